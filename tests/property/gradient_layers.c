/* Gradients of every layer against central differences, in double: all parameters, x, arc weights
 * and arc features, on a directed graph with a node that has no arcs. */
#include <stdio.h>

#include "support/layers.h"

typedef struct setting {
    const gnn_layer *layer;
    const gnn_graph *graph;
    gnn_tensor *x, *weight, *features;
} setting;

static gnn_tensor *run(gnn_context *ctx, void *argument) {
    const setting *s = argument;
    return support_scalar_of(ctx, gnn_layer_forward_arcs(ctx, s->layer, s->graph, s->x,
                                                         s->weight, s->features));
}

/* Trained parameters and the inputs that are there. */
static int leaves_of(const setting *s, const gnn_model *model, gnn_tensor **leaves) {
    gnn_tensor *inputs[] = {s->x, s->weight, s->features};
    int n = 0;
    for (int i = 0; i < gnn_model_n_parameters(model); i++)
        if (gnn_model_parameter(model, i)->requires_grad)
            leaves[n++] = gnn_model_parameter(model, i);
    for (int i = 0; i < 3; i++)
        if (inputs[i] != NULL && inputs[i]->requires_grad) leaves[n++] = inputs[i];
    return n;
}

static void check(const support_layer_case *c, bool directed, bool graph_weights,
                  bool given_weights) {
    char what[256];
    gnn_tensor *leaves[64];
    support_layer made = support_layer_new(c);
    gnn_graph *graph = support_graph(7, directed, graph_weights);
    gnn_off arcs = gnn_graph_n_arcs(graph);
    setting s = {.layer = made.layer, .graph = graph};
    s.x = support_tensor(GNN_AXIS_NODE, 7, c->n_in, -1, 1, 21);
    s.x->requires_grad = true;
    if (given_weights) {
        s.weight = support_vector(GNN_AXIS_ARC, arcs, 0.5, 1.5, 22);
        s.weight->requires_grad = true;
    }
    if (c->arcs > 0) {
        s.features = support_tensor(GNN_AXIS_ARC, arcs, c->arcs, -1, 1, 23);
        s.features->requires_grad = true;
    }
    snprintf(what, sizeof what, "%s (%s)%s%s%s", c->kind, c->options,
             directed ? ", directed" : "", graph_weights ? ", weighted" : "",
             given_weights ? ", weights given" : "");
    support_check_gradients(what, run, &s, leaves_of(&s, made.model, leaves), leaves);
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

int main(void) {
    const TTest *const tests[] = {of_every_layer, through_weights_of_arcs};
    if (sizeof(gnn_real) < sizeof(double)) {
        printf("-- SKIPPED: differences need -DGNN_REAL_DOUBLE=ON\n");
        return 77;
    }
    return support_run("layers/gradient", 120, 2, tests);
}
