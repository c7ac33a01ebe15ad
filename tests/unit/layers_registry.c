/* Layers by name: every one has a case, tables are sound, messages name what is known,
 * failures leave the model as it was, allocation may fail anywhere. */
#include <stdio.h>

#include "layers/layer.h"
#include "support/layers.h"

static size_t n_cases_of(const char *kind) {
    size_t n = 0;
    for (size_t i = 0; i < support_n_layer_cases; i++)
        n += strcmp(support_layer_cases[i].kind, kind) == 0;
    return n;
}

START_TEST(every_layer_has_a_case) {
    for (size_t i = 0; i < gnn_layer_count(); i++)
        if (n_cases_of(gnn_layer_get(i)->name) == 0)
            ck_abort_msg("layer %s has no line in tests/layer_cases.def",
                         gnn_layer_get(i)->name);
    ck_assert_ptr_null(gnn_layer_get(gnn_layer_count()));
}
END_TEST

START_TEST(every_layer_is_described) {
    for (size_t i = 0; i < gnn_layer_count(); i++) {
        const gnn_layer_info *info = gnn_layer_get(i);
        ck_assert_str_ne(info->help, "");
        ck_assert_ptr_null(strchr(info->help, '\n'));
        for (const gnn_option *e = info->options; e->name != NULL; e++) {
            ck_assert_str_ne(e->help, "");
            /* one name, one meaning: common options are looked up in the same text */
            for (const gnn_option *c = gnn_layer_common_options(); c->name != NULL; c++)
                ck_assert_str_ne(e->name, c->name);
        }
    }
}
END_TEST

START_TEST(unknown_names_are_answered_with_known_ones) {
    gnn_model *model;
    gnn_layer *layer;
    ck_assert_ok(gnn_model_new(NULL, 4, 3, NULL, 1, &model));
    ck_assert_fails(gnn_layer_new(model, "gnc", "a", 4, 3, NULL, &layer),
                    GNN_ERR_ARGUMENT,
                    "unknown layer 'gnc'; known: linear, mlp, gcn, sage");
    ck_assert_ptr_null(layer);
    ck_assert_fails(gnn_layer_new(model, "gat", "a", 4, 3, "heds=2", &layer),
                    GNN_ERR_ARGUMENT,
                    "layer gat: unknown option 'heds'; known: heads, concat");
    ck_assert_fails(gnn_layer_new(model, "gat", "a", 4, 3, "heads=0", &layer),
                    GNN_ERR_ARGUMENT, "heads is '0'");
    ck_assert_fails(gnn_layer_new(model, "linear", "a", 4, 3, "arcs=2", &layer),
                    GNN_ERR_ARGUMENT, "reads no arcs");
    ck_assert_fails(gnn_layer_new(model, "gcn", "", 4, 3, NULL, &layer), GNN_ERR_ARGUMENT,
                    "name");
    ck_assert_fails(gnn_layer_new(model, "gcn", "a", 0, 3, NULL, &layer),
                    GNN_ERR_ARGUMENT, "widths");
    ck_assert_int_eq(gnn_model_n_parameters(model), 0);
    gnn_model_free(model);
}
END_TEST

START_TEST(a_failure_leaves_the_model_as_it_was) {
    gnn_model *model;
    gnn_layer *layer;
    gnn_tensor *taken;
    const int64_t one = 1;
    ck_assert_ok(gnn_model_new(NULL, 4, 3, NULL, 1, &model));
    ck_assert_ok(gnn_model_add_parameter(model, "a.mlp.bias", 1, &one, GNN_INIT_ONE, 0, 0,
                                         true, &taken));
    ck_assert_fails(gnn_layer_new(model, "gin", "a", 4, 3, NULL, &layer),
                    GNN_ERR_ARGUMENT, "'a.mlp.bias' already");
    ck_assert_int_eq(gnn_model_n_parameters(model), 1);
    ck_assert_ptr_eq(gnn_model_parameter(model, 0), taken);
    ck_assert_ok(gnn_layer_new(model, "gin", "b", 4, 3, NULL, &layer));
    gnn_model_free(model);
}
END_TEST

/* Values of all trained parameters of a layer. */
static int64_t count(const char *kind, int64_t n_in, int64_t n_out, const char *options) {
    gnn_model *model;
    gnn_layer *layer;
    int64_t n = 0;
    ck_assert_ok(gnn_model_new(NULL, n_in, n_out, NULL, 1, &model));
    ck_assert_ok(gnn_layer_new(model, kind, "a", n_in, n_out, options, &layer));
    for (int i = 0; i < gnn_model_n_parameters(model); i++)
        if (gnn_model_parameter(model, i)->requires_grad)
            n += gnn_tensor_count(gnn_model_parameter(model, i));
    gnn_model_free(model);
    return n;
}

START_TEST(parameters_are_as_many_as_published) {
    ck_assert_int_eq(count("linear", 10, 7, NULL), 70 + 7);
    ck_assert_int_eq(count("gcn", 1433, 16, NULL), 1433 * 16 + 16);
    ck_assert_int_eq(count("gcn", 10, 7, "bias=false"), 70);
    ck_assert_int_eq(count("gcn", 10, 7, "norm=batch"), 70 + 7 + 14);
    ck_assert_int_eq(count("gcn", 10, 7, "norm=graph,residual=true"), 70 + 7 + 21 + 70);
    ck_assert_int_eq(count("gcn", 10, 10, "residual=true"), 100 + 10);
    ck_assert_int_eq(count("gcn", 10, 7, "arcs=3"), 70 + 7 + 3 + 1);
    ck_assert_int_eq(count("sage", 10, 7, NULL), 2 * 70 + 7);
    ck_assert_int_eq(count("sage", 10, 7, "aggregator=gcn"), 70 + 7);
    ck_assert_int_eq(count("gat", 10, 7, "heads=4"), 10 * 28 + 2 * 28 + 28);
    ck_assert_int_eq(count("gat", 10, 7, "heads=4,concat=false"), 10 * 28 + 2 * 28 + 7);
    ck_assert_int_eq(count("gat", 10, 7, "heads=4,arcs=3"), 10 * 28 + 2 * 28 + 28 + 12);
    ck_assert_int_eq(count("gatv2", 10, 7, "heads=4"), 2 * 280 + 28 + 28 + 28);
    ck_assert_int_eq(count("gatv2", 10, 7, "shared=true"), 70 + 7 + 7 + 7);
    ck_assert_int_eq(count("gin", 10, 7, NULL), 70 + 7 + 49 + 7 + 1);
    ck_assert_int_eq(count("gine", 10, 7, "arcs=3"), 70 + 7 + 49 + 7 + 1 + 30);
    ck_assert_int_eq(count("gine", 10, 7, "arcs=10,train-eps=false"), 70 + 7 + 49 + 7);
    ck_assert_int_eq(count("cheb", 10, 7, "terms=3"), 3 * 70 + 7);
}
END_TEST

START_TEST(widths_and_hops_are_told) {
    const support_layer_case cases[] = {{"gat", 4, 3, 0, "heads=5"},
                                        {"gat", 4, 3, 0, "heads=5,concat=false"},
                                        {"cheb", 4, 3, 0, "terms=4"},
                                        {"linear", 4, 3, 0, ""}};
    const int64_t widths[] = {15, 3, 3, 3};
    const int hops[] = {1, 1, 3, 0};
    for (int i = 0; i < 4; i++) {
        support_layer made = support_layer_new(&cases[i]);
        ck_assert_int_eq(gnn_layer_width(made.layer), widths[i]);
        ck_assert_int_eq(gnn_layer_n_hops(made.layer), hops[i]);
        gnn_model_free(made.model);
    }
}
END_TEST

/* ---- what does not fit ---- */

START_TEST(shapes_that_do_not_fit_are_named) {
    const support_layer_case c = {"gat", 4, 3, 2, ""};
    support_layer made = support_layer_new(&c);
    gnn_graph *graph = support_graph(9, false, false);
    gnn_off arcs = gnn_graph_n_arcs(graph);
    gnn_tensor *x = support_matrix(GNN_AXIS_NODE, 9, 4, -1, 1, 1);
    gnn_tensor *wide = support_matrix(GNN_AXIS_NODE, 9, 5, -1, 1, 1);
    gnn_tensor *tall = support_matrix(GNN_AXIS_NODE, 10, 4, -1, 1, 1);
    gnn_tensor *features = support_matrix(GNN_AXIS_ARC, arcs, 2, -1, 1, 1);
    gnn_tensor *broad = support_matrix(GNN_AXIS_ARC, arcs, 3, -1, 1, 1);
    gnn_tensor *weight = support_vector(GNN_AXIS_ARC, arcs - 1, 1, 2, 1);
    const struct {
        const gnn_graph *graph;
        gnn_tensor *x, *weight, *features;
        gnn_status status;
        const char *message;
    } wrong[] = {
        {graph, wide, NULL, features, GNN_ERR_SHAPE, "x has 5 columns, expected 4"},
        {graph, tall, NULL, features, GNN_ERR_SHAPE, "x has 10 rows, the graph 9 nodes"},
        {graph, x, weight, features, GNN_ERR_SHAPE, "arc weights"},
        {graph, x, NULL, broad, GNN_ERR_SHAPE, "arc features are"},
        {graph, x, NULL, NULL, GNN_ERR_ARGUMENT, "the graph has none"},
        {NULL, x, NULL, features, GNN_ERR_ARGUMENT, "needs a graph"},
        {graph, NULL, NULL, features, GNN_ERR_ARGUMENT, "x is NULL"},
    };
    gnn_context *ctx;
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        gnn_context_begin(ctx, GNN_TRAIN, 0);
        ck_assert_ptr_null(gnn_layer_forward_arcs(ctx, made.layer, wrong[i].graph,
                                                  wrong[i].x, wrong[i].weight,
                                                  wrong[i].features));
        ck_assert_fails(gnn_context_status(ctx), wrong[i].status, wrong[i].message);
        ck_assert_ptr_nonnull(strstr(gnn_last_error(), "layer 'conv'"));
    }
    gnn_context_free(ctx);
    gnn_tensor_free(x);
    gnn_tensor_free(wide);
    gnn_tensor_free(tall);
    gnn_tensor_free(features);
    gnn_tensor_free(broad);
    gnn_tensor_free(weight);
    gnn_graph_free(graph);
    gnn_model_free(made.model);
}
END_TEST

/* ---- failing allocations ---- */

/* Make a layer and a graph, run forward and backward, free all. */
static gnn_status live(void *argument) {
    const support_layer_case *c = argument;
    gnn_status status;
    support_layer made = {NULL, NULL};
    gnn_graph *graph = NULL;
    gnn_context *ctx = NULL;
    gnn_tensor *x = NULL, *features = NULL, *loss;
    const int64_t shape[] = {9, c->n_in};
    GNN_TRY(support_layer_make(c, &made));
    GNN_TRY(support_graph_make(9, true, true, &graph));
    GNN_TRY(gnn_context_new(1, 1, &ctx));
    GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, shape, &x));
    const int64_t arc_shape[] = {gnn_graph_n_arcs(graph), c->arcs};
    if (c->arcs > 0)
        GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_ARC, 2, arc_shape, &features));
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    loss = gnn_reduce_axis(
        ctx, gnn_layer_forward_arcs(ctx, made.layer, graph, x, NULL, features), GNN_SUM,
        -1);
    GNN_TRY(gnn_backward(ctx, loss));
cleanup:
    gnn_tensor_free(features);
    gnn_tensor_free(x);
    gnn_context_free(ctx);
    gnn_graph_free(graph);
    gnn_model_free(made.model);
    return status;
}

START_TEST(allocation_may_fail_anywhere) {
    for (size_t i = 0; i < support_n_layer_cases; i++) {
        support_layer_case c = support_layer_cases[i];
        ck_assert_int_gt(support_starve(live, &c), 10);
    }
}
END_TEST

TESTS("layers/registry", 60, every_layer_has_a_case, every_layer_is_described,
      unknown_names_are_answered_with_known_ones, a_failure_leaves_the_model_as_it_was,
      parameters_are_as_many_as_published, widths_and_hops_are_told,
      shapes_that_do_not_fit_are_named, allocation_may_fail_anywhere)
