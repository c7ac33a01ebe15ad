/* Models by name: every kind has a case, settings are resolved and read back, parameters
 * have groups and published counts, hidden states have stages, messages name what is
 * known. */
#include <stdio.h>

#include <gnn/train.h>

#include "support/layers.h"

static size_t n_cases_of(const char *kind) {
    size_t n = 0;
    for (size_t i = 0; i < support_n_model_cases; i++)
        n += strcmp(support_model_cases[i].kind, kind) == 0;
    return n;
}

START_TEST(every_model_has_a_case) {
    for (size_t i = 0; i < gnn_model_count(); i++)
        if (n_cases_of(gnn_model_get(i)->name) == 0)
            ck_abort_msg("model %s has no line in tests/model_cases.def",
                         gnn_model_get(i)->name);
    ck_assert_ptr_null(gnn_model_get(gnn_model_count()));
}
END_TEST

START_TEST(every_model_is_described) {
    for (size_t i = 0; i < gnn_model_count(); i++) {
        const gnn_model_info *info = gnn_model_get(i);
        ck_assert_str_ne(info->help, "");
        for (const gnn_option *e = info->options; e->name != NULL; e++)
            ck_assert_str_ne(e->help, "");
    }
}
END_TEST

/* A stack hands everything but its own settings to its layers: names must not collide,
 * dropout apart, which the stack does itself. */
START_TEST(settings_of_stacks_and_layers_differ) {
    for (size_t m = 0; m < gnn_model_count(); m++) {
        const gnn_option *own = gnn_model_get(m)->options;
        bool stacks = false;
        for (const gnn_option *e = own; e->name != NULL; e++)
            stacks |= !strcmp(e->name, "layer");
        for (size_t i = 0; stacks && i < gnn_layer_count(); i++)
            for (const gnn_option *e = own; e->name != NULL; e++)
                for (const gnn_option *o = gnn_layer_get(i)->options; o->name != NULL;
                     o++)
                    ck_assert_str_ne(e->name, o->name);
    }
}
END_TEST

START_TEST(recipes_are_training_settings) {
    gnn_train_options options;
    for (size_t i = 0; i < gnn_model_count(); i++) {
        gnn_train_options_init(&options);
        ck_assert_ok(gnn_options_parse(gnn_train_option_table(), gnn_model_get(i)->name,
                                       gnn_model_recipe(gnn_model_get(i)->name),
                                       &options));
    }
    for (size_t i = 0; i < gnn_layer_count(); i++) {
        gnn_train_options_init(&options);
        ck_assert_ok(gnn_options_parse(gnn_train_option_table(), gnn_layer_get(i)->name,
                                       gnn_model_recipe(gnn_layer_get(i)->name),
                                       &options));
    }
    ck_assert_ptr_null(gnn_model_recipe("gnc"));
}
END_TEST

START_TEST(unknown_names_are_answered_with_known_ones) {
    static const struct {
        const char *kind, *options, *message;
    } wrong[] = {
        {"gnc", NULL, "unknown model 'gnc'; known: stack, jumping, sgc"},
        {"gnc", NULL, "stacks of the layers linear, mlp, gcn"},
        {"gcn", "hiden=3",
         "model gcn: unknown option 'hiden'; known: layer, layers, hidden"},
        {"gcn", "heads=3", "unknown option 'heads'"},
        {"gcn", "layer=sage", "layer is 'sage'"},
        {"stack", "layer=gnc", "unknown layer 'gnc'; known: linear"},
        {"stack", "layers=0", "layers is '0'"},
        {"stack", "layers=65", "from 1 to 64"},
        {"gat", "heads=many", "heads is 'many'"},
        {"mlp", "arcs=3", "reads no arcs"},
        {"sgc", "k=-1", "k is '-1'"},
        {"appnp", "alpha=2", "alpha is '2'"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        gnn_model *model;
        ck_assert_fails(gnn_model_new(wrong[i].kind, 4, 3, wrong[i].options, 1, &model),
                        GNN_ERR_ARGUMENT, wrong[i].message);
        ck_assert_ptr_null(model);
    }
    gnn_model *model;
    ck_assert_fails(gnn_model_new("gcn", 0, 3, NULL, 1, &model), GNN_ERR_ARGUMENT,
                    "widths");
    ck_assert_fails(gnn_model_new("gcn", 3, -1, NULL, 1, &model), GNN_ERR_ARGUMENT,
                    "widths");
}
END_TEST

/* ---- settings ---- */

static int64_t n_values(const gnn_model *model) {
    int64_t n = 0;
    for (int i = 0; i < gnn_model_n_parameters(model); i++)
        n += gnn_tensor_count(gnn_model_parameter(model, i));
    return n;
}

START_TEST(resolved_settings_make_the_same_model) {
    for (size_t k = 0; k < support_n_model_cases; k++) {
        const support_model_case *c = &support_model_cases[k];
        gnn_model *model, *again;
        ck_assert_ok(gnn_model_new(c->kind, c->n_in, c->n_out, c->options, 3, &model));
        const char *text = gnn_model_options_text(model);
        ck_assert_ok(gnn_model_new(c->kind, c->n_in, c->n_out, text, 3, &again));
        ck_assert_str_eq(gnn_model_options_text(again), text);
        ck_assert_str_eq(gnn_model_kind(again), c->kind);
        ck_assert_int_eq(gnn_model_n_parameters(again), gnn_model_n_parameters(model));
        ck_assert_int_eq(gnn_model_n_stages(again), gnn_model_n_stages(model));
        for (int i = 0; i < gnn_model_n_parameters(model); i++) {
            const gnn_tensor *p = gnn_model_parameter(model, i);
            const gnn_tensor *q = gnn_model_parameter(again, i);
            ck_assert_str_eq(p->name, q->name);
            ck_assert_same_bytes(p->data, q->data,
                                 (size_t)gnn_tensor_count(p) * sizeof(gnn_real));
        }
        gnn_model_free(model);
        gnn_model_free(again);
    }
}
END_TEST

START_TEST(stacks_have_the_settings_they_are_published_with) {
    gnn_model *model;
    ck_assert_ok(gnn_model_new("gat", 10, 3, NULL, 1, &model));
    const char *text = gnn_model_options_text(model);
    ck_assert_ptr_nonnull(strstr(text, "hidden=8,"));
    ck_assert_ptr_nonnull(strstr(text, "activation=elu"));
    ck_assert_ptr_nonnull(strstr(text, ",heads=8"));
    ck_assert_ptr_nonnull(strstr(text, ",dropout=0.6"));
    ck_assert_ptr_nonnull(strstr(text, ",attention-dropout=0.6"));
    ck_assert_int_eq(gnn_model_find_parameter(model, "layer2.weight")->shape[0], 64);
    ck_assert_int_eq(gnn_model_find_parameter(model, "layer2.weight")->shape[1], 3);
    gnn_model_free(model);
    ck_assert_ok(
        gnn_model_new("stack", 10, 3, "layer=gat,out-heads=2,norm=layer", 1, &model));
    ck_assert_int_eq(gnn_model_find_parameter(model, "layer2.weight")->shape[1], 6);
    ck_assert_ptr_nonnull(gnn_model_find_parameter(model, "layer1.norm.gain"));
    ck_assert_ptr_null(gnn_model_find_parameter(model, "layer2.norm.gain"));
    gnn_model_free(model);
}
END_TEST

static void check_count(const char *kind, const char *options, int64_t want) {
    gnn_model *model;
    ck_assert_ok(gnn_model_new(kind, 1433, 7, options, 1, &model));
    if (n_values(model) != want)
        ck_abort_msg("%s (%s) has %lld values, not %lld", kind, options,
                     (long long)n_values(model), (long long)want);
    gnn_model_free(model);
}

START_TEST(parameters_are_as_many_as_published) {
    check_count("gcn", "", 1433 * 16 + 16 + 16 * 7 + 7); /* 23,063 [Kipf & Welling] */
    check_count("gat", "", 1433 * 64 + 64 + 128 + 64 * 7 + 7 + 14); /* 92,373 */
    check_count("sgc", "", 1433 * 7 + 7);
    check_count("appnp", "", 1433 * 64 + 64 + 64 * 7 + 7);
    check_count("gcnii", "", 1433 * 64 + 64 + 64 * 64 * 64 + 64 * 7 + 7);
    check_count("cheb", "", 3 * 1433 * 16 + 16 + 3 * 16 * 7 + 7);
    check_count("mlp", "", 1433 * 16 + 16 + 16 * 7 + 7);
    check_count("jumping", "layers=3", 1433 * 16 + 16 + 2 * (256 + 16) + 48 * 7 + 7);
    check_count("linear", "", 1433 * 7 + 7);
}
END_TEST

/* ---- groups, hidden states ---- */

static const char *group_of(const gnn_model *model, const char *name) {
    for (int i = 0; i < gnn_model_n_parameters(model); i++)
        if (strcmp(gnn_model_parameter(model, i)->name, name) == 0)
            return gnn_model_group_name(model, gnn_model_parameter_group(model, i));
    return "no such parameter";
}

START_TEST(parameters_have_groups) {
    gnn_model *model;
    ck_assert_ok(gnn_model_new("gcn", 10, 3, "layers=3", 1, &model));
    ck_assert_int_eq(gnn_model_n_groups(model), 2);
    ck_assert_str_eq(group_of(model, "layer1.weight"), "first");
    ck_assert_str_eq(group_of(model, "layer1.bias"), "first");
    ck_assert_str_eq(group_of(model, "layer2.weight"), "rest");
    ck_assert_str_eq(group_of(model, "layer3.bias"), "rest");
    ck_assert_ptr_null(gnn_model_group_name(model, 2));
    gnn_model_free(model);
    ck_assert_ok(gnn_model_new("gcn", 10, 3, "layers=1", 1, &model));
    ck_assert_int_eq(gnn_model_n_groups(model), 2); /* recipes name both */
    gnn_model_free(model);
    ck_assert_ok(gnn_model_new("gcnii", 10, 3, "layers=3", 1, &model));
    ck_assert_str_eq(group_of(model, "weight_in"), "linear");
    ck_assert_str_eq(group_of(model, "weight2"), "conv");
    ck_assert_str_eq(group_of(model, "bias_out"), "linear");
    gnn_model_free(model);
    ck_assert_ok(gnn_model_new("sgc", 10, 3, NULL, 1, &model));
    ck_assert_str_eq(group_of(model, "weight"), "all");
    gnn_model_free(model);
}
END_TEST

START_TEST(hidden_states_have_stages) {
    static const struct {
        const char *kind, *options;
        int n_hidden, n_hops, n_stages;
    } cases[] = {
        {"gcn", "layers=3", 3, 3, 5}, /* 10 → 16: one part; 16 → 16: one; 16 → 3: two */
        {"mlp", "layers=3", 3, 0, 3},   {"cheb", "terms=4,layers=2", 2, 6, 8},
        {"sgc", "k=3", 4, 3, 4},        {"appnp", "k=4", 6, 4, 6},
        {"gcnii", "layers=5", 7, 5, 7}, {"jumping", "layers=2,layer=gat", 3, 2, 5},
        {"majority", "", 1, 0, 1},      {"labelprop", "", 1, 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gnn_model *model;
        ck_assert_ok(gnn_model_new(cases[i].kind, 20, 3, cases[i].options, 1, &model));
        int n = gnn_model_n_hidden(model);
        ck_assert_int_eq(n, cases[i].n_hidden);
        ck_assert_int_eq(gnn_model_n_hops(model), cases[i].n_hops);
        if (i > 0) ck_assert_int_eq(gnn_model_n_stages(model), cases[i].n_stages);
        ck_assert_int_eq(gnn_model_hidden_stage(model, 0), 0);
        ck_assert_int_eq(gnn_model_hidden_stage(model, n), gnn_model_n_stages(model));
        ck_assert_int_eq(gnn_model_find_hidden(model, "input"), 0);
        ck_assert_int_eq(gnn_model_find_hidden(model, "output"), n);
        ck_assert_int_eq(gnn_model_find_hidden(model, "1"), 1);
        ck_assert_int_eq(gnn_model_find_hidden(model, "100"), -1);
        ck_assert_int_eq(gnn_model_find_hidden(model, "last"), -1);
        for (int k = 1; k <= n; k++)
            ck_assert_int_gt(gnn_model_hidden_stage(model, k),
                             gnn_model_hidden_stage(model, k - 1));
        gnn_model_free(model);
    }
}
END_TEST

START_TEST(whole_graphs_are_asked_for) {
    static const struct {
        const char *kind, *options;
        bool needs;
    } cases[] = {{"gcn", "", false},           {"gcn", "norm=graph", true},
                 {"gcn", "norm=batch", false}, {"gcn", "arcs=2", true},
                 {"sage", "arcs=2", false},    {"cheb", "arcs=2", true},
                 {"mlp", "norm=graph", true}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gnn_model *model;
        ck_assert_ok(gnn_model_new(cases[i].kind, 10, 3, cases[i].options, 1, &model));
        ck_assert_int_eq(gnn_model_needs_whole_graph(model), cases[i].needs);
        gnn_model_free(model);
    }
}
END_TEST

/* ---- initial values ---- */

START_TEST(initial_values_depend_on_seed_and_place) {
    gnn_model *a, *b, *c;
    ck_assert_ok(gnn_model_new("gcn", 100, 3, NULL, 1, &a));
    ck_assert_ok(gnn_model_new("gcn", 100, 3, NULL, 2, &b));
    ck_assert_ok(gnn_model_new("gcn", 100, 3, "norm=layer", 1, &c));
    const gnn_tensor *p = gnn_model_parameter(a, 0), *q = gnn_model_parameter(b, 0);
    const gnn_tensor *r = gnn_model_parameter(c, 0);
    size_t n = (size_t)gnn_tensor_count(p);
    ck_assert_same_bytes(p->data, r->data, n * sizeof(gnn_real));
    ck_assert_int_ne(memcmp(p->data, q->data, n * sizeof(gnn_real)), 0);
    double bound = 0.2275 /* sqrt(6 / 116) */, sum = 0, most = 0;
    for (size_t i = 0; i < n; i++) {
        double v = (double)gnn_tensor_real(p)[i];
        sum += v * v;
        if (v > most) most = v;
    }
    ck_assert_double_le(most, bound);
    ck_assert_double_ge(most, 0.99 * bound);
    ck_assert_double_eq_tol(sum / (double)n, bound * bound / 3, 0.05 * bound * bound / 3);
    gnn_model_free(a);
    gnn_model_free(b);
    gnn_model_free(c);
}
END_TEST

START_TEST(every_filling_has_its_scale) {
    static const gnn_init kinds[] = {GNN_INIT_HE, GNN_INIT_UNIFORM_FAN_IN};
    static const double bounds[] = {0.346410, 0.141421}; /* sqrt(6/50), sqrt(1/50) */
    gnn_model *model;
    ck_assert_ok(gnn_model_new(NULL, 4, 3, NULL, 1, &model));
    for (int k = 0; k < 2; k++) {
        const int64_t shape[] = {50, 100};
        gnn_tensor *p;
        char name[16];
        double most = 0;
        snprintf(name, sizeof name, "p%d", k);
        ck_assert_ok(
            gnn_model_add_parameter(model, name, 2, shape, kinds[k], 50, 100, true, &p));
        for (int64_t i = 0; i < 5000; i++)
            if ((double)gnn_tensor_real(p)[i] > most)
                most = (double)gnn_tensor_real(p)[i];
        ck_assert_double_le(most, bounds[k] * 1.00001);
        ck_assert_double_ge(most, bounds[k] * 0.99);
    }
    gnn_model_free(model);
}
END_TEST

/* ---- what does not fit ---- */

START_TEST(what_does_not_fit_is_named) {
    gnn_model *model, *empty;
    gnn_context *ctx;
    gnn_graph *graph = support_graph(9, false, false);
    const gnn_graph *graphs[] = {graph, graph, graph};
    gnn_tensor *x = support_matrix(GNN_AXIS_NODE, 9, 4, -1, 1, 1);
    gnn_tensor *wide = support_matrix(GNN_AXIS_NODE, 9, 5, -1, 1, 1);
    ck_assert_ok(gnn_model_new("gcn", 4, 3, NULL, 1, &model));
    ck_assert_ok(gnn_model_new(NULL, 4, 3, NULL, 1, &empty));
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    ck_assert_ptr_null(gnn_model_forward(ctx, model, 1, graphs, wide));
    ck_assert_fails(gnn_context_status(ctx), GNN_ERR_SHAPE,
                    "x has 5 columns, expected 4");
    gnn_context_begin(ctx, GNN_EVAL, 0);
    ck_assert_ptr_null(gnn_model_forward(ctx, model, 3, graphs, x));
    ck_assert_fails(gnn_context_status(ctx), GNN_ERR_ARGUMENT,
                    "3 graphs for a model of 2");
    gnn_context_begin(ctx, GNN_EVAL, 0);
    ck_assert_ptr_null(gnn_model_forward(ctx, model, 1, graphs, NULL));
    ck_assert_fails(gnn_context_status(ctx), GNN_ERR_ARGUMENT, "x is NULL");
    gnn_context_begin(ctx, GNN_EVAL, 0);
    ck_assert_ptr_null(gnn_model_forward(ctx, empty, 1, graphs, x));
    ck_assert_fails(gnn_context_status(ctx), GNN_ERR_ARGUMENT, "no stages");
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_state state = {.n = 1, .tensor = {x}};
    gnn_model_stage(ctx, model, 17, graph, &state);
    ck_assert_fails(gnn_context_status(ctx), GNN_ERR_ARGUMENT, "stage 17");
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_model_stage(ctx, model, gnn_model_n_stages(model) - 1, NULL, &state);
    ck_assert_fails(gnn_context_status(ctx), GNN_ERR_ARGUMENT, "needs a graph");
    ck_assert_fails(gnn_model_fit(model, graph, NULL, 0, NULL), GNN_ERR_UNSUPPORTED,
                    "learns by gradients");
    gnn_context_free(ctx);
    gnn_model_free(model);
    gnn_model_free(empty);
    gnn_tensor_free(x);
    gnn_tensor_free(wide);
    gnn_graph_free(graph);
}
END_TEST

/* ---- failing allocations ---- */

static gnn_status live(void *argument) {
    const support_model_case *c = argument;
    static const gnn_id class_of[9] = {0, 1, 2, 0, 1, 2, -1, -1, 0};
    gnn_status status;
    gnn_model *model = NULL;
    gnn_graph *graph = NULL;
    gnn_context *ctx = NULL;
    gnn_tensor *x = NULL, *y;
    const int64_t shape[] = {9, c->n_in};
    GNN_TRY(gnn_model_new(c->kind, c->n_in, c->n_out, c->options, 3, &model));
    GNN_TRY(support_graph_make(9, true, true, &graph));
    GNN_TRY(gnn_context_new(1, 1, &ctx));
    GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, shape, &x));
    if (gnn_model_is_fitted_directly(model))
        GNN_TRY(gnn_model_fit(model, graph, class_of, 9, NULL));
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    const gnn_graph *borrowed = graph;
    y = gnn_model_forward(ctx, model, 1, &borrowed, x);
    GNN_TRY(gnn_context_status(ctx));
    if (!gnn_model_is_fitted_directly(model))
        GNN_TRY(gnn_backward(ctx, gnn_reduce_axis(ctx, y, GNN_SUM, -1)));
cleanup:
    gnn_tensor_free(x);
    gnn_context_free(ctx);
    gnn_graph_free(graph);
    gnn_model_free(model);
    return status;
}

START_TEST(allocation_may_fail_anywhere) {
    for (size_t i = 0; i < support_n_model_cases; i++) {
        support_model_case c = support_model_cases[i];
        ck_assert_int_gt(support_starve(live, &c), 10);
    }
}
END_TEST

TESTS("models/registry", 60, every_model_has_a_case, every_model_is_described,
      settings_of_stacks_and_layers_differ, recipes_are_training_settings,
      unknown_names_are_answered_with_known_ones, resolved_settings_make_the_same_model,
      stacks_have_the_settings_they_are_published_with,
      parameters_are_as_many_as_published, parameters_have_groups,
      hidden_states_have_stages, whole_graphs_are_asked_for,
      initial_values_depend_on_seed_and_place, every_filling_has_its_scale,
      what_does_not_fit_is_named, allocation_may_fail_anywhere)
