/* Linear aggregations: thin arrangements of spmm, with the degrees they divide by. */
#include "layers/propagate.h"

#include <string.h>

#include <gnn/parallel.h>

#include "layers/arcs.h"
#include "tensor/tape.h"

enum { BLOCK_ROWS = 4096 };

static int64_t n_blocks(int64_t rows) {
    return (rows + BLOCK_ROWS - 1) / BLOCK_ROWS;
}

/* ---- columns over the targets: constants of the step ---- */

typedef enum column_kind {
    COLUMN_ONE,    /* 1 */
    COLUMN_EMPTY,  /* 1 for a target without arcs, else 0 */
    COLUMN_DEGREE, /* Σ w of the arcs */
    COLUMN_INVERSE /* 1 / (Σ w + loops), 0 where that is 1 / 0 */
} column_kind;

typedef struct column_options {
    column_kind kind;
    bool loops;
} column_options;

static gnn_status column_plan(gnn_i_call *call) {
    const int64_t shape[] = {gnn_graph_n_targets(call->graph), 1};
    return gnn_i_call_shape(call, GNN_AXIS_NODE, 2, shape);
}

static double degree_of(const gnn_csr *csr, const gnn_real *weight, int64_t row) {
    gnn_off begin = csr->row_ptr[row], end = csr->row_ptr[row + 1];
    if (weight == NULL) return (double)(end - begin);
    double sum = 0;
    for (gnn_off a = begin; a < end; a++) sum += (double)weight[a];
    return sum;
}

static void column_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const gnn_i_call *call = argument;
    const column_options *options = call->options;
    const gnn_csr *csr = gnn_graph_csr(call->graph);
    const gnn_real *weight = gnn_graph_weight(call->graph);
    gnn_real *out = call->out->data;
    int64_t first = block * BLOCK_ROWS, last = first + BLOCK_ROWS;
    if (last > csr->n_rows) last = csr->n_rows;
    for (int64_t r = first; r < last; r++) {
        double value = 1;
        if (options->kind == COLUMN_EMPTY) value = csr->row_ptr[r] == csr->row_ptr[r + 1];
        if (options->kind >= COLUMN_DEGREE)
            value = degree_of(csr, weight, r) + (options->loops ? 1 : 0);
        if (options->kind == COLUMN_INVERSE) value = value != 0 ? 1 / value : 0;
        out[r] = (gnn_real)value;
    }
}

static void column_forward(gnn_i_call *call) {
    gnn_parallel_for(call->n_threads, n_blocks(call->out->shape[0]), column_block, call);
}

static const gnn_i_op column_op = {
    .name = "column", .plan = column_plan, .forward = column_forward};

static gnn_tensor *column(gnn_context *ctx, const gnn_graph *graph, column_kind kind,
                          bool loops) {
    const column_options options = {kind, loops};
    return gnn_i_apply(ctx, &column_op, 0, NULL, 0, graph, &options, sizeof options);
}

gnn_tensor *gnn_i_hop_degrees(gnn_context *ctx, const gnn_i_hop *hop) {
    if (hop->weight == NULL) return column(ctx, hop->graph, COLUMN_DEGREE, false);
    const int64_t shape[] = {-1, 1};
    return gnn_from_arcs(ctx, hop->graph,
                         gnn_reshape(ctx, hop->weight, GNN_AXIS_ARC, 2, shape), GNN_SUM);
}

/* ---- aggregations ---- */

gnn_tensor *gnn_i_hop_sum(gnn_context *ctx, const gnn_i_hop *hop, gnn_tensor *x) {
    return gnn_spmm(ctx, hop->graph, x, GNN_SUM, hop->weight, NULL);
}

gnn_tensor *gnn_i_hop_max(gnn_context *ctx, const gnn_i_hop *hop, gnn_tensor *x) {
    return gnn_spmm(ctx, hop->graph, x, GNN_MAX, hop->weight, NULL);
}

gnn_tensor *gnn_i_hop_mean(gnn_context *ctx, const gnn_i_hop *hop, gnn_tensor *x,
                           bool loops) {
    bool weighted = hop->weight != NULL || gnn_graph_weight(hop->graph) != NULL;
    if (!weighted && !loops) return gnn_spmm(ctx, hop->graph, x, GNN_MEAN, NULL, NULL);
    gnn_tensor *self = loops ? column(ctx, hop->graph, COLUMN_ONE, false) : NULL;
    if (loops && self == NULL) return NULL;
    gnn_tensor *sum = gnn_spmm(ctx, hop->graph, x, GNN_SUM, hop->weight, self);
    if (hop->weight == NULL)
        return gnn_mul(ctx, sum, column(ctx, hop->graph, COLUMN_INVERSE, loops));
    /* 1 in the place of a sum over no arcs */
    gnn_tensor *degree = gnn_i_hop_degrees(ctx, hop);
    degree = loops ? gnn_shift(ctx, degree, 1)
                   : gnn_add(ctx, degree, column(ctx, hop->graph, COLUMN_EMPTY, false));
    return gnn_div(ctx, sum, degree);
}

/* D^-1/2 A (D^-1/2 x): scaling rows of x and of the result, so that the weights' gradient
 * flows through the degrees, too. A node without arcs gets the factor 0. */
static gnn_tensor *symmetric_given(gnn_context *ctx, const gnn_i_hop *hop,
                                   gnn_tensor *x) {
    gnn_tensor *empty = column(ctx, hop->graph, COLUMN_EMPTY, false);
    gnn_tensor *full = gnn_shift(ctx, gnn_scale(ctx, empty, -1), 1);
    gnn_tensor *degree = gnn_add(ctx, gnn_i_hop_degrees(ctx, hop), empty);
    gnn_tensor *factor = gnn_div(ctx, full, gnn_sqrt(ctx, degree));
    return gnn_mul(ctx, gnn_i_hop_sum(ctx, hop, gnn_mul(ctx, x, factor)), factor);
}

gnn_tensor *gnn_i_hop_symmetric(gnn_context *ctx, const gnn_i_hop *hop, gnn_tensor *x,
                                bool loops, gnn_tensor *bias) {
    if (hop->weight == NULL) return gnn_gcn_propagate(ctx, hop->graph, x, loops, bias);
    if (gnn_graph_n_targets(hop->graph) != gnn_graph_n_nodes(hop->graph))
        return gnn_i_sticky(
            ctx, gnn_fail(GNN_ERR_UNSUPPORTED,
                          "weights given a step are normalised by the degrees "
                          "of all nodes: no sampled batches or ranges of nodes"));
    if (!loops) return gnn_bias(ctx, symmetric_given(ctx, hop, x), bias);
    gnn_tensor *normalised = gnn_gcn_norm(ctx, hop->graph, hop->weight);
    int64_t arcs = gnn_graph_n_arcs(hop->graph), nodes = gnn_graph_n_nodes(hop->graph);
    gnn_tensor *arc = gnn_slice(ctx, normalised, 0, 0, arcs);
    gnn_tensor *self = gnn_slice(ctx, normalised, 0, arcs, nodes);
    if (!gnn_i_ok(ctx)) return NULL;
    return gnn_bias(ctx, gnn_spmm(ctx, hop->graph, x, GNN_SUM, arc, self), bias);
}

/* ---- rows ---- */

static gnn_status dense_plan(gnn_i_call *call) {
    return gnn_i_call_shape_like(call, call->in[0]);
}

static void dense_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const gnn_i_call *call = argument;
    const gnn_sparse *sparse = call->in[0]->sparse;
    int64_t columns = call->out->shape[1];
    int64_t first = block * BLOCK_ROWS, last = first + BLOCK_ROWS;
    if (last > call->out->shape[0]) last = call->out->shape[0];
    for (int64_t r = first; r < last; r++) {
        gnn_real *row = (gnn_real *)call->out->data + r * columns;
        memset(row, 0, (size_t)columns * sizeof *row);
        for (gnn_off k = sparse->row_ptr[r]; k < sparse->row_ptr[r + 1]; k++)
            row[sparse->col[k]] = sparse->value[k];
    }
}

static void dense_forward(gnn_i_call *call) {
    gnn_parallel_for(call->n_threads, n_blocks(call->out->shape[0]), dense_block, call);
}

static const gnn_i_op dense_op = {
    .name = "dense", .plan = dense_plan, .forward = dense_forward};

gnn_tensor *gnn_i_as_dense(gnn_context *ctx, gnn_tensor *x) {
    if (x == NULL || x->layout == GNN_DENSE) return x;
    return gnn_i_apply(ctx, &dense_op, 1, &x, 0, NULL, NULL, 0);
}

gnn_tensor *gnn_i_target_rows(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x) {
    if (x != NULL && x->layout == GNN_SPARSE &&
        gnn_graph_n_targets(graph) != gnn_graph_n_nodes(graph))
        x = gnn_i_as_dense(ctx, x);
    return gnn_targets(ctx, graph, x);
}
