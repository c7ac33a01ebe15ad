/* The world of the ops' examples, and the table that cases.def makes of them. */
#include "support/op_cases.h"

#include <math.h>

enum { SEED = 41 };

/* ---- lists ---- */

static double uniform(uint64_t stream, int64_t i) {
    return (double)(support_bits(SEED + stream, (uint64_t)i) >> 11) * 0x1p-53;
}

static void fill_lists(op_world *w) {
    w->n_list = w->n + 3;
    w->list = calloc((size_t)w->n_list, sizeof *w->list);
    for (int64_t i = 0; i < w->n_list; i++)
        w->list[i] = (gnn_id)support_below(SEED, (uint64_t)i, w->n - 1);
    w->rows = calloc((size_t)w->n, sizeof *w->rows);
    for (int64_t i = 0; i < w->n; i++)
        if (i % 3 != 1) w->rows[w->n_rows++] = (gnn_id)i;
    w->n_segments = 4;
    w->ptr = calloc(5, sizeof *w->ptr);
    w->ptr[1] = w->ptr[2] = (gnn_id)(w->n / 3);
    w->ptr[3] = (gnn_id)(w->n / 2);
    w->ptr[4] = (gnn_id)w->n;
    w->classes = calloc((size_t)w->n, sizeof *w->classes);
    for (int64_t i = 0; i < w->n; i++)
        w->classes[i] = (gnn_id)support_below(SEED + 1, (uint64_t)i, w->d + 1) - 1;
    w->target = calloc((size_t)(w->n * w->d), sizeof *w->target);
    w->binary = calloc((size_t)(w->n * w->d), sizeof *w->binary);
    for (int64_t i = 0; i < w->n * w->d; i++) {
        w->target[i] = i % 5 == 3 ? (gnn_real)NAN : (gnn_real)(2 * uniform(2, i) - 1);
        w->binary[i] = i % 7 == 2   ? (gnn_real)NAN
                       : i % 4 == 0 ? (gnn_real)uniform(3, i)
                                    : (gnn_real)(i % 2);
    }
    w->weights = calloc((size_t)w->d, sizeof *w->weights);
    for (int64_t c = 0; c < w->d; c++) w->weights[c] = (gnn_real)(.5 + uniform(4, c));
}

/* ---- graphs ---- */

/* Sources of target t: a few, and many for the last node; none for node 1. */
static int64_t degree_of(const op_world *w, int64_t t) {
    if (t == 1) return 0;
    return t == w->n - 1 ? w->n / 2 : support_below(SEED + 5, (uint64_t)t, 5) + 1;
}

static gnn_status new_graph(const op_world *w, bool directed, bool weighted,
                            gnn_graph **graph) {
    int64_t n_edges = 0, e = 0;
    for (int64_t t = 0; t < w->n; t++) n_edges += degree_of(w, t);
    gnn_id *source = calloc((size_t)n_edges + 1, sizeof *source);
    gnn_id *target = calloc((size_t)n_edges + 1, sizeof *target);
    gnn_real *weight = calloc((size_t)n_edges + 1, sizeof *weight);
    for (int64_t t = 0; t < w->n; t++)
        for (int64_t k = 0; k < degree_of(w, t); k++, e++) {
            source[e] = (gnn_id)support_below(SEED + 6, (uint64_t)e, w->n);
            target[e] = (gnn_id)t;
            weight[e] = (gnn_real)(.3 + uniform(7, e));
        }
    gnn_graph_options options = {.directed = directed, .duplicates = GNN_DUPLICATES_DROP};
    gnn_status status = gnn_graph_new((gnn_id)w->n, n_edges, source, target,
                                      weighted ? weight : NULL, &options, graph);
    free(source);
    free(target);
    free(weight);
    return status;
}

/* A wrapped graph borrows its arrays: they stay with the world. */
typedef struct block_arrays {
    gnn_off *row_ptr;
    gnn_id *col;
    gnn_real *weight;
} block_arrays;

static gnn_status new_block(op_world *w) {
    block_arrays *a = calloc(1, sizeof *a);
    w->arrays = a;
    w->n_targets = w->n / 2;
    a->row_ptr = calloc((size_t)w->n_targets + 1, sizeof *a->row_ptr);
    a->col = calloc((size_t)w->n_targets * 4, sizeof *a->col);
    a->weight = calloc((size_t)w->n_targets * 4, sizeof *a->weight);
    gnn_off n = 0;
    for (int64_t t = 0; t < w->n_targets; t++) {
        int64_t stride = w->n / 4 > 0 ? w->n / 4 : 1;
        for (int64_t k = 0; k < 4 && t % 3 != 1; k++) {
            int64_t s =
                k * stride + support_below(SEED + 8, (uint64_t)(4 * t + k), stride);
            if (s >= w->n) continue;
            a->weight[n] = (gnn_real)(.3 + uniform(9, n));
            a->col[n++] = (gnn_id)s;
        }
        a->row_ptr[t + 1] = n;
    }
    gnn_csr csr = {.n_rows = (gnn_id)w->n_targets,
                   .n_cols = (gnn_id)w->n,
                   .n_arcs = n,
                   .row_offset = 1,
                   .row_ptr = a->row_ptr,
                   .col = a->col};
    return gnn_graph_wrap(&csr, a->weight, &w->block);
}

static gnn_status new_graphs(op_world *w) {
    gnn_status status = GNN_OK;
    GNN_TRY(new_graph(w, true, true, &w->arcs));
    GNN_TRY(new_graph(w, false, true, &w->pairs));
    GNN_TRY(new_graph(w, false, false, &w->plain));
    GNN_TRY(new_block(w));
    w->n_range = w->n / 2;
    GNN_TRY(gnn_graph_rows(w->arcs, 2, (gnn_id)w->n_range, &w->range));
    GNN_TRY(gnn_graph_rows(w->arcs, 0, (gnn_id)w->n_range, &w->first_rows));
    w->a_arcs = gnn_graph_n_arcs(w->arcs);
    w->p_arcs = gnn_graph_n_arcs(w->pairs);
    w->b_arcs = gnn_graph_n_arcs(w->block);
    w->r_arcs = gnn_graph_n_arcs(w->range);
cleanup:
    return status;
}

/* ---- tensors ---- */

static gnn_status new_sparse(op_world *w) {
    gnn_off *row_ptr = calloc((size_t)w->n + 1, sizeof *row_ptr), n = 0;
    gnn_id *col = calloc((size_t)(w->n * w->d), sizeof *col);
    gnn_real *value = calloc((size_t)(w->n * w->d), sizeof *value);
    for (int64_t r = 0; r < w->n; r++) {
        for (int64_t c = 0; c < w->d; c++)
            if (uniform(10, r * w->d + c) < .4) {
                value[n] = (gnn_real)(2 * uniform(11, n) - 1);
                col[n++] = (gnn_id)c;
            }
        row_ptr[r + 1] = n;
    }
    gnn_status status =
        gnn_tensor_new_sparse(GNN_AXIS_NODE, w->n, w->d, row_ptr, col, value, &w->sparse);
    free(row_ptr);
    free(col);
    free(value);
    return status;
}

static gnn_status new_tensors(op_world *w) {
    gnn_status status = GNN_OK;
    int64_t wide[] = {w->n, w->d};
    GNN_TRY(support_tensor(GNN_AXIS_FREE, 1, &w->d, -1, 1, 12, false, &w->mean));
    GNN_TRY(support_tensor(GNN_AXIS_FREE, 1, &w->d, .5, 1.5, 13, false, &w->var));
    GNN_TRY(support_tensor(GNN_AXIS_NODE, 2, wide, -1, 1, 14, false, &w->steady));
    gnn_tensor_set_constant(w->steady, true);
    GNN_TRY(new_sparse(w));
cleanup:
    return status;
}

gnn_status op_world_new(int scale, op_world *w) {
    gnn_status status = GNN_OK;
    *w = (op_world){.n = scale > 0 ? 2000 : 7, .d = scale > 0 ? 24 : 3};
    fill_lists(w);
    GNN_TRY(new_graphs(w));
    GNN_TRY(new_tensors(w));
    return GNN_OK;
cleanup:
    op_world_clear(w);
    return status;
}

void op_world_clear(op_world *w) {
    block_arrays *a = w->arrays;
    gnn_graph_free(w->range);
    gnn_graph_free(w->first_rows);
    gnn_graph_free(w->block);
    gnn_graph_free(w->arcs);
    gnn_graph_free(w->pairs);
    gnn_graph_free(w->plain);
    if (a) {
        free(a->row_ptr);
        free(a->col);
        free(a->weight);
        free(a);
    }
    free(w->list);
    free(w->rows);
    free(w->ptr);
    free(w->classes);
    free(w->target);
    free(w->binary);
    free(w->weights);
    gnn_tensor_free(w->mean);
    gnn_tensor_free(w->var);
    gnn_tensor_free(w->steady);
    gnn_tensor_free(w->sparse);
    *w = (op_world){0};
}

/* ---- the table ---- */

#define INPUTS(...) __VA_ARGS__
#define OP_CASE(op, label, numbering, input_list, ...)                                   \
    static int inputs_##op##_##label(const op_world *w, op_input *list) {                \
        (void)w;                                                                         \
        const op_input inputs[] = {input_list};                                          \
        memcpy(list, inputs, sizeof inputs);                                             \
        return (int)(sizeof inputs / sizeof *inputs);                                    \
    }                                                                                    \
    static gnn_tensor *run_##op##_##label(gnn_context *ctx, const op_world *w,           \
                                          gnn_tensor *const *x) {                        \
        (void)w;                                                                         \
        return __VA_ARGS__;                                                              \
    }
#include "cases.def"

static const op_case table[] = {
#define OP_CASE(op, label, numbering, input_list, ...)                                   \
    {#op, #label, #op "/" #label, numbering, inputs_##op##_##label, run_##op##_##label},
#include "cases.def"
};

size_t op_case_count(void) {
    return sizeof table / sizeof *table;
}

const op_case *op_case_get(size_t i) {
    return &table[i];
}

gnn_status op_case_tensors(const op_case *c, const op_world *w, int *n, gnn_tensor **x) {
    op_input list[OP_MAX_INPUTS];
    gnn_status status = GNN_OK;
    int count = c->inputs(w, list);
    *n = 0;
    for (int i = 0; i < count; i++) {
        bool positive = list[i].values == OP_POSITIVE;
        GNN_TRY(support_tensor(list[i].axis, list[i].n_axes, list[i].shape,
                               positive ? .5 : -1, positive ? 1.5 : 1,
                               (uint64_t)(SEED + 100 + i), list[i].values != OP_CONSTANT,
                               &x[i]));
        gnn_tensor_set_constant(x[i], list[i].values == OP_CONSTANT);
        *n = i + 1;
    }
    return GNN_OK;
cleanup:
    op_case_free_tensors(*n, x);
    *n = 0;
    return status;
}

void op_case_free_tensors(int n, gnn_tensor **x) {
    for (int i = 0; i < n; i++) gnn_tensor_free(x[i]);
}

gnn_tensor *op_run_function(gnn_context *ctx, gnn_tensor *const *x, void *argument) {
    const op_run *run = argument;
    return run->c->run(ctx, run->w, x);
}
