/* Cases and inputs of support/layers.h. */
#include "support/layers.h"

#include <math.h>
#include <stdio.h>

#define LAYER_CASE(kind, n_in, n_out, arcs, options) {#kind, n_in, n_out, arcs, options},
const support_layer_case support_layer_cases[] = {
#include "layer_cases.def"
};
#undef LAYER_CASE
const size_t support_n_layer_cases =
    sizeof support_layer_cases / sizeof *support_layer_cases;

#define MODEL_CASE(kind, n_in, n_out, options) {#kind, n_in, n_out, options},
const support_model_case support_model_cases[] = {
#include "model_cases.def"
};
#undef MODEL_CASE
const size_t support_n_model_cases =
    sizeof support_model_cases / sizeof *support_model_cases;

/* ---- inputs ---- */

gnn_status support_graph_make(gnn_id n, bool directed, bool weighted, gnn_graph **graph) {
    int64_t n_pairs = 3 * (int64_t)n;
    gnn_id *source = malloc((size_t)n_pairs * sizeof *source);
    gnn_id *target = malloc((size_t)n_pairs * sizeof *target);
    gnn_real *weight = malloc((size_t)n_pairs * sizeof *weight);
    for (int64_t i = 0; i < n_pairs; i++) {
        source[i] = (gnn_id)support_below(11, 3 * (uint64_t)i, n - 1);
        target[i] = (gnn_id)support_below(11, 3 * (uint64_t)i + 1, n - 1);
        weight[i] = (gnn_real)(4 + support_below(11, 3 * (uint64_t)i + 2, 9)) / 8;
    }
    const gnn_graph_options options = {
        .directed = directed, .drop_self_loops = true, .duplicates = GNN_DUPLICATES_DROP};
    gnn_status status = gnn_graph_new(n, n_pairs, source, target,
                                      weighted ? weight : NULL, &options, graph);
    free(source);
    free(target);
    free(weight);
    return status;
}

gnn_graph *support_graph(gnn_id n, bool directed, bool weighted) {
    gnn_graph *graph;
    ck_assert_ok(support_graph_make(n, directed, weighted, &graph));
    return graph;
}

static gnn_tensor *filled(gnn_axis axis, int n_axes, const int64_t *shape, double low,
                          double high, uint64_t seed) {
    gnn_tensor *t;
    ck_assert_ok(support_tensor(axis, n_axes, shape, low, high, seed, false, &t));
    return t;
}

gnn_tensor *support_matrix(gnn_axis axis, int64_t rows, int64_t columns, double low,
                           double high, uint64_t seed) {
    return filled(axis, 2, (const int64_t[]){rows, columns}, low, high, seed);
}

gnn_tensor *support_vector(gnn_axis axis, int64_t n, double low, double high,
                           uint64_t seed) {
    return filled(axis, 1, &n, low, high, seed);
}

gnn_tensor *support_sparse(int64_t rows, int64_t columns, uint64_t seed,
                           gnn_tensor **dense) {
    size_t room = (size_t)(rows * columns);
    gnn_off *row_ptr = malloc(((size_t)rows + 1) * sizeof *row_ptr), n = 0;
    gnn_id *col = malloc((room + 1) * sizeof *col);
    gnn_real *value = malloc((room + 1) * sizeof *value);
    gnn_tensor *full = support_matrix(GNN_AXIS_NODE, rows, columns, -1, 1, seed), *sparse;
    gnn_real *x = gnn_tensor_real(full);
    for (int64_t r = 0; r < rows; r++) {
        row_ptr[r] = n;
        for (int64_t c = 0; c < columns; c++) {
            if (support_bits(seed + 1, (uint64_t)(r * columns + c)) & 1) {
                col[n] = (gnn_id)c;
                value[n++] = x[r * columns + c];
            } else
                x[r * columns + c] = 0;
        }
    }
    row_ptr[rows] = n;
    ck_assert_ok(gnn_tensor_new_sparse(GNN_AXIS_NODE, rows, columns, row_ptr, col, value,
                                       &sparse));
    free(row_ptr);
    free(col);
    free(value);
    if (dense != NULL)
        *dense = full;
    else
        gnn_tensor_free(full);
    return sparse;
}

void support_perturb(gnn_model *model, uint64_t seed) {
    for (int i = 0; i < gnn_model_n_parameters(model); i++) {
        gnn_tensor *p = gnn_model_parameter(model, i);
        for (int64_t k = 0; k < gnn_tensor_count(p); k++) {
            double bits = (double)(support_bits(seed + (uint64_t)i, (uint64_t)k) >> 40);
            gnn_tensor_real(p)[k] += (gnn_real)(0.3 * (bits * 0x1p-23 - 1));
        }
        /* variances stay positive */
        if (!p->requires_grad)
            for (int64_t k = 0; k < gnn_tensor_count(p); k++)
                gnn_tensor_real(p)[k] = (gnn_real)fabs((double)gnn_tensor_real(p)[k]);
    }
}

/* ---- a layer by itself ---- */

gnn_status support_layer_make(const support_layer_case *c, support_layer *made) {
    char options[256];
    snprintf(options, sizeof options, "%s%sarcs=%lld", c->options,
             c->options[0] ? "," : "", (long long)c->arcs);
    made->layer = NULL;
    gnn_status status = gnn_model_new(NULL, c->n_in, c->n_out, NULL, 7, &made->model);
    if (status != GNN_OK) return status;
    status = gnn_layer_new(made->model, c->kind, "conv", c->n_in, c->n_out, options,
                           &made->layer);
    if (status == GNN_OK) return GNN_OK;
    gnn_model_free(made->model);
    made->model = NULL;
    return status;
}

support_layer support_layer_new(const support_layer_case *c) {
    support_layer made;
    ck_assert_ok(support_layer_make(c, &made));
    support_perturb(made.model, 5);
    return made;
}

/* ---- gradients ---- */

gnn_tensor *support_scalar_of(gnn_context *ctx, gnn_tensor *y) {
    if (y == NULL) return NULL;
    gnn_tensor *r = gnn_step_tensor(ctx, y->axis, y->n_axes, y->shape);
    if (r == NULL) return NULL;
    support_fill(gnn_tensor_real(r), (size_t)gnn_tensor_count(r), 99);
    return gnn_reduce_axis(ctx, gnn_mul(ctx, y, r), GNN_SUM, -1);
}

int support_leaves(const gnn_model *model, int n_inputs, gnn_tensor *const *inputs,
                   gnn_tensor **leaves) {
    int n = 0;
    for (int i = 0; i < gnn_model_n_parameters(model); i++)
        if (gnn_model_parameter(model, i)->requires_grad)
            leaves[n++] = gnn_model_parameter(model, i);
    for (int i = 0; i < n_inputs; i++)
        if (inputs[i] != NULL) {
            inputs[i]->requires_grad = true;
            leaves[n++] = inputs[i];
        }
    return n;
}
