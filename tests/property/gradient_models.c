/* Gradients of every model against central differences: all parameters and x, in
 * training, with the masks of one step. */
#include <stdio.h>

#include "support/layers.h"

typedef struct setting {
    const gnn_model *model;
    const gnn_graph *graph;
    gnn_tensor *x;
} setting;

static gnn_tensor *run(gnn_context *ctx, gnn_tensor *const *leaves, void *argument) {
    (void)leaves;
    const setting *s = argument;
    return gnn_model_forward(ctx, s->model, 1, &s->graph, s->x);
}

START_TEST(of_every_model) {
    for (size_t i = 0; i < support_n_model_cases; i++) {
        const support_model_case *c = &support_model_cases[i];
        char what[256];
        gnn_model *model;
        gnn_tensor *leaves[64];
        ck_assert_ok(gnn_model_new(c->kind, c->n_in, c->n_out, c->options, 3, &model));
        if (!gnn_model_is_fitted_directly(model)) {
            support_perturb(model, 8);
            gnn_graph *graph = support_graph(7, i % 2, i % 3 == 0);
            gnn_tensor *x = support_matrix(GNN_AXIS_NODE, 7, c->n_in, -1, 1, 21);
            setting s = {model, graph, x};
            snprintf(what, sizeof what, "%s (%s)", c->kind, c->options);
            ck_assert_int_lt(gnn_model_n_parameters(model), 63);
            support_check_gradient(what, run, &s, support_leaves(model, 1, &x, leaves),
                                   leaves);
            gnn_tensor_free(x);
            gnn_graph_free(graph);
        }
        gnn_model_free(model);
    }
}
END_TEST

TESTS("models/gradient", 120, of_every_model)
