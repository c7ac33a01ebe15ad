/* The values of golden/ops.def; their source and tolerance stand there. */
#include <math.h>

#include <gnn/gnn.h>

#include "ops/registry.h"
#include "support/support.h"

#define TOLERANCE (GNN_REAL_DOUBLE ? 1e-13 : 2e-6)

enum { MAX_INPUTS = 6, MAX_VALUES = 16 };

typedef struct literal {
    int n_axes;
    int64_t shape[2];
    double values[MAX_VALUES];
} literal;

typedef struct golden {
    const char *op, *name;
    int n_inputs;
    literal inputs[MAX_INPUTS];
    gnn_tensor *(*run)(gnn_context *ctx, const gnn_graph *g, gnn_tensor *sparse,
                       gnn_tensor *const *x);
    int n_out;
    double out[MAX_VALUES];
} golden;

#define IN(...) __VA_ARGS__
#define OUT(...) __VA_ARGS__
#define COUNT(type, ...) (int)(sizeof((type[]){__VA_ARGS__}) / sizeof(type))
#define M(rows, columns, ...)                                                            \
    {                                                                                    \
        2, {rows, columns}, {                                                            \
            __VA_ARGS__                                                                  \
        }                                                                                \
    }
#define V(...)                                                                           \
    {                                                                                    \
        1, {COUNT(double, __VA_ARGS__), 1}, {                                            \
            __VA_ARGS__                                                                  \
        }                                                                                \
    }

#define GOLDEN(op, label, input_list, expression, values)                                \
    static gnn_tensor *run_##op##_##label(gnn_context *ctx, const gnn_graph *g,          \
                                          gnn_tensor *sparse, gnn_tensor *const *x) {    \
        (void)g, (void)sparse;                                                           \
        return expression;                                                               \
    }
#include "golden/ops.def"

static const golden table[] = {
#define GOLDEN(op, label, input_list, expression, values)                                \
    {#op,          #op "/" #label,     COUNT(literal, input_list),                       \
     {input_list}, run_##op##_##label, COUNT(double, values),                            \
     {values}},
#include "golden/ops.def"
};
enum { N_GOLDEN = sizeof table / sizeof *table };

static gnn_graph *new_graph(void) {
    gnn_graph *graph;
    gnn_graph_options options = {.directed = true};
    ck_assert_ok(gnn_graph_new(3, 4, (gnn_id[]){1, 2, 0, 1}, (gnn_id[]){0, 0, 1, 2},
                               (gnn_real[]){2, 1, .5, 4}, &options, &graph));
    return graph;
}

static gnn_tensor *new_tensor(const literal *from) {
    gnn_tensor *t;
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_FREE, from->n_axes, from->shape, &t));
    for (int64_t i = 0; i < gnn_tensor_count(t); i++)
        ((gnn_real *)t->data)[i] = (gnn_real)from->values[i];
    return t;
}

static void check(const golden *c, gnn_mode mode) {
    gnn_context *ctx;
    gnn_graph *g = new_graph();
    gnn_tensor *x[MAX_INPUTS], *sparse;
    ck_assert_ok(gnn_tensor_new_sparse(GNN_AXIS_NODE, 3, 2, (gnn_off[]){0, 1, 1, 3},
                                       (gnn_id[]){1, 0, 1}, (gnn_real[]){2, 3, -1},
                                       &sparse));
    ck_assert_ok(gnn_context_new(2, 3, &ctx));
    for (int i = 0; i < c->n_inputs; i++) x[i] = new_tensor(&c->inputs[i]);
    gnn_context_begin(ctx, mode, 1);
    const gnn_tensor *y = c->run(ctx, g, sparse, x);
    ck_assert_msg(y, "%s: %s", c->name, gnn_last_error());
    ck_assert_msg(gnn_tensor_count(y) == c->n_out, "%s: %lld values, not %d", c->name,
                  (long long)gnn_tensor_count(y), c->n_out);
    for (int i = 0; i < c->n_out; i++) {
        double got = (double)((gnn_real *)y->data)[i], want = c->out[i];
        if (!(fabs(got - want) <= TOLERANCE * fmax(1, fabs(want))))
            ck_abort_msg("%s: value %d is %.15g, not %.15g", c->name, i, got, want);
    }
    for (int i = 0; i < c->n_inputs; i++) gnn_tensor_free(x[i]);
    gnn_tensor_free(sparse);
    gnn_graph_free(g);
    gnn_context_free(ctx);
}

START_TEST(values_are_as_worked_out) {
    for (int i = 0; i < N_GOLDEN; i++) check(&table[i], GNN_TRAIN);
}
END_TEST

/* Evaluation computes the same, but for dropout and batch norm. */
START_TEST(evaluation_gives_the_same_values) {
    for (int i = 0; i < N_GOLDEN; i++)
        if (!strstr(table[i].op, "dropout") && strcmp(table[i].op, "batch_norm") != 0)
            check(&table[i], GNN_EVAL);
}
END_TEST

START_TEST(every_op_has_golden_values) {
    for (size_t i = 0; i < gnn_i_op_count(); i++) {
        bool found = false;
        for (int k = 0; k < N_GOLDEN; k++)
            found |= strcmp(table[k].op, gnn_i_op_get(i)->name) == 0;
        if (!found)
            ck_abort_msg("op %s has no values in golden/ops.def", gnn_i_op_get(i)->name);
    }
}
END_TEST

TESTS("ops/values", 20, values_are_as_worked_out, evaluation_gives_the_same_values,
      every_op_has_golden_values)
