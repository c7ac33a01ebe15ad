/* Gradients of every layer against central differences: all parameters, x, arc weights
 * and arc features, on a graph with a node that has no arcs. */
#include <stdio.h>

#include "support/layers.h"

typedef struct setting {
    const gnn_layer *layer;
    const gnn_graph *graph;
    gnn_tensor *x, *weight, *features;
} setting;

/* The leaves are what the setting points at. */
static gnn_tensor *run(gnn_context *ctx, gnn_tensor *const *leaves, void *argument) {
    (void)leaves;
    const setting *s = argument;
    return gnn_layer_forward_arcs(ctx, s->layer, s->graph, s->x, s->weight, s->features);
}

static void check(const support_layer_case *c, bool directed, bool graph_weights,
                  bool given_weights) {
    char what[256];
    gnn_tensor *leaves[64];
    support_layer made = support_layer_new(c);
    gnn_graph *graph = support_graph(7, directed, graph_weights);
    gnn_off arcs = gnn_graph_n_arcs(graph);
    setting s = {.layer = made.layer, .graph = graph};
    s.x = support_matrix(GNN_AXIS_NODE, 7, c->n_in, -1, 1, 21);
    if (given_weights) s.weight = support_vector(GNN_AXIS_ARC, arcs, 0.5, 1.5, 22);
    if (c->arcs > 0) s.features = support_matrix(GNN_AXIS_ARC, arcs, c->arcs, -1, 1, 23);
    snprintf(what, sizeof what, "%s (%s)%s%s%s", c->kind, c->options,
             directed ? ", directed" : "", graph_weights ? ", weighted" : "",
             given_weights ? ", weights given" : "");
    gnn_tensor *inputs[] = {s.x, s.weight, s.features};
    support_check_gradient(what, run, &s, support_leaves(made.model, 3, inputs, leaves),
                           leaves);
    gnn_tensor_free(s.x);
    gnn_tensor_free(s.weight);
    gnn_tensor_free(s.features);
    gnn_graph_free(graph);
    gnn_model_free(made.model);
}

START_TEST(of_every_layer) {
    for (size_t i = 0; i < support_n_layer_cases; i++) {
        check(&support_layer_cases[i], false, false, false);
        check(&support_layer_cases[i], true, true, false);
    }
}
END_TEST

START_TEST(through_weights_of_arcs) {
    for (size_t i = 0; i < support_n_layer_cases; i++)
        check(&support_layer_cases[i], true, false, true);
}
END_TEST

TESTS("layers/gradient", 120, of_every_layer, through_weights_of_arcs)
