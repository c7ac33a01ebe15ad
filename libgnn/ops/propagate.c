/* Propagation by the GCN operator Â = D^-1/2 (A + I) D^-1/2 [Kipf & Welling 2017], or
 * without the loops. Its weights are the graph's cached views.
 *
 *   Y = Â X + 1 bᵀ       dX = Âᵀ dY,  db = column sums of dY
 *   Z = α Â X + β Y      dX = α Âᵀ dZ,  dY = β dZ
 *
 * Products of constants are computed once and kept. */
#include <gnn/ops.h>

#include "kernels/rows.h"
#include "ops/product.h"
#include "ops/registry.h"

typedef struct gcn_options {
    bool self_loops;
    gnn_real alpha, beta;
    /* found by plan */
    gnn_i_structure s;
    const gnn_i_gcn_weights *weights;
    const gnn_i_transpose *transpose;
    const gnn_real *transpose_arc;
} gcn_options;

/* What both ops have in common: the structure, the weights, the transpose, the shape. */
static gnn_status plan_operator(gnn_i_call *call) {
    gcn_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_structure_of(call, &o->s));
    GNN_TRY(gnn_i_need_sources(call, 0, "x", 2, &o->s));
    int64_t width = call->in[0]->shape[1];
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_NODE, 2, (int64_t[]){o->s.n_rows, width}));
    GNN_TRY(gnn_i_graph_gcn_weights(call->graph, o->self_loops, &o->weights));
    if (!gnn_i_will_want(call, 0)) return GNN_OK;
    GNN_TRY(gnn_i_graph_transpose_pattern(call->graph, &o->transpose));
    GNN_TRY(gnn_i_graph_gcn_transpose(call->graph, o->self_loops, &o->transpose_arc));
cleanup:
    return status;
}

static gnn_i_spmm_args forward_arguments(const gnn_i_call *call) {
    const gcn_options *o = call->options;
    return (gnn_i_spmm_args){.n_rows = o->s.n_rows,
                             .row_ptr = o->s.row_ptr,
                             .col = o->s.col,
                             .w = o->weights->arc,
                             .diag = o->weights->diag,
                             .self_offset = o->s.row_offset,
                             .width = call->out->shape[1],
                             .x = gnn_i_in(call, 0),
                             .y = gnn_i_out(call)};
}

/* dx = or += scale Âᵀ dy. `diag` is the diagonal times scale; scratch for
 * gnn_i_add_to_self. */
static void operator_gradient(gnn_i_call *call, gnn_real scale, const gnn_real *diag,
                              void *scratch) {
    const gcn_options *o = call->options;
    bool on_diagonal = gnn_i_is_square(&o->s);
    gnn_i_spmm(call->n_threads, &(gnn_i_spmm_args){.n_rows = o->s.n_cols,
                                                   .row_ptr = o->transpose->csr.row_ptr,
                                                   .col = o->transpose->csr.col,
                                                   .w = o->transpose_arc,
                                                   .diag = on_diagonal ? diag : NULL,
                                                   .width = call->out->shape[1],
                                                   .x = call->d_out,
                                                   .y = call->d_in[0],
                                                   .scale = scale,
                                                   .accumulate = call->accumulate[0]});
    if (diag && !on_diagonal)
        gnn_i_add_to_self(call, &o->s, call->out->shape[1], diag, call->d_out,
                          call->d_in[0], scratch);
}

/* ---- Â X + bias ---- */

static gnn_status plan_propagate(gnn_i_call *call) {
    gnn_status status = GNN_OK;
    GNN_TRY(plan_operator(call));
    int64_t rows = call->out->shape[0], cols = call->out->shape[1];
    if (call->in[1]) GNN_TRY(gnn_i_need_count(call, 1, "bias", cols, "x", "columns"));
    gnn_i_at_least(&call->backward_scratch_bytes, gnn_i_column_scratch(rows, cols));
    gnn_i_at_least(&call->backward_scratch_bytes, gnn_i_binary_scratch(rows, cols));
cleanup:
    return status;
}

static void forward_propagate(gnn_i_call *call) {
    gnn_i_spmm_args args = forward_arguments(call);
    args.bias = gnn_i_in(call, 1);
    gnn_i_spmm(call->n_threads, &args);
}

static void backward_propagate(gnn_i_call *call) {
    const gcn_options *o = call->options;
    if (gnn_i_wants(call, 0)) operator_gradient(call, 1, o->weights->diag, call->scratch);
    gnn_i_pass_column_sums(call, 1, call->scratch);
}

const gnn_i_op gnn_i_op_gcn_propagate = {
    .name = "gcn_propagate",
    .formula = "D^-1/2 (A + I) D^-1/2 X + b [Kipf & Welling 2017, eq. 2]",
    .plan = plan_propagate,
    .forward = forward_propagate,
    .backward = backward_propagate,
};

/* Â x of a constant x, kept in the graph. */
static gnn_tensor *kept_product(gnn_context *ctx, const gnn_graph *graph,
                                const gnn_tensor *x, bool self_loops) {
    const gnn_i_gcn_weights *weights;
    gnn_status status = gnn_i_graph_gcn_weights(graph, self_loops, &weights);
    if (status != GNN_OK) return gnn_i_sticky(ctx, status);
    const gnn_csr *csr = gnn_graph_csr(graph);
    gnn_i_spmm_args args = {.n_rows = csr->n_rows,
                            .row_ptr = csr->row_ptr,
                            .col = csr->col,
                            .w = weights->arc,
                            .diag = weights->diag,
                            .width = x->shape[1],
                            .x = x->data};
    return gnn_i_product_get(
        ctx, graph, self_loops ? GNN_I_PRODUCT_GCN : GNN_I_PRODUCT_GCN_PLAIN, x, &args);
}

gnn_tensor *gnn_gcn_propagate(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x,
                              bool self_loops, gnn_tensor *bias) {
    if (x && gnn_i_ok(ctx) && gnn_tensor_real(x) && x->n_axes == 2 &&
        x->shape[0] == gnn_graph_n_nodes(graph) && gnn_i_product_is_kept(graph, x))
        return gnn_bias(ctx, kept_product(ctx, graph, x, self_loops), bias);
    gcn_options options = {.self_loops = self_loops};
    gnn_tensor *in[] = {x, bias};
    return gnn_i_apply(ctx, &gnn_i_op_gcn_propagate, 2, in, 1u << 1, graph, &options,
                       sizeof options);
}

/* ---- alpha Â X + beta Y ---- */

static gnn_status plan_axpby(gnn_i_call *call) {
    const gcn_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(plan_operator(call));
    GNN_TRY(gnn_i_need_rows(call, 1, "y", 2, o->s.n_rows, "the graph", "targets"));
    if (call->in[1]->shape[1] != call->out->shape[1]) {
        status = gnn_i_call_fail(call, GNN_ERR_SHAPE, "x has %lld columns, y has %lld",
                                 (long long)call->out->shape[1],
                                 (long long)call->in[1]->shape[1]);
        goto cleanup;
    }
    /* The kernel does not scale the diagonal: both passes need a scaled copy. */
    GNN_TRY(gnn_i_call_add_bytes(call, &call->forward_scratch_bytes, o->s.n_rows,
                                 sizeof(gnn_real)));
    call->backward_scratch_bytes = call->forward_scratch_bytes;
    GNN_TRY(gnn_i_call_add_bytes(
        call, &call->backward_scratch_bytes,
        (int64_t)gnn_i_binary_scratch(o->s.n_rows, call->out->shape[1]), 1));
cleanup:
    return status;
}

/* alpha times the diagonal, in the scratch, which *rest goes on behind. */
static const gnn_real *scaled_diagonal(gnn_i_call *call, void **rest) {
    const gcn_options *o = call->options;
    gnn_i_parts parts = {call->scratch};
    gnn_real *diag = gnn_i_part(&parts, o->s.n_rows, sizeof *diag);
    *rest = parts.at;
    if (!o->weights->diag) return NULL;
    gnn_i_scaled_copy(call->n_threads, o->s.n_rows, o->alpha, o->weights->diag, diag);
    return diag;
}

static void forward_axpby(gnn_i_call *call) {
    const gcn_options *o = call->options;
    if (o->alpha == 0) { /* a scale of 0 means none to the kernel */
        gnn_i_scaled_copy(call->n_threads, gnn_tensor_count(call->out), o->beta,
                          gnn_i_in(call, 1), gnn_i_out(call));
        return;
    }
    void *rest;
    gnn_i_spmm_args args = forward_arguments(call);
    args.scale = o->alpha;
    args.diag = scaled_diagonal(call, &rest);
    args.addend = gnn_i_in(call, 1);
    args.addend_scale = o->beta;
    gnn_i_spmm(call->n_threads, &args);
}

static void backward_axpby(gnn_i_call *call) {
    const gcn_options *o = call->options;
    if (gnn_i_wants(call, 0)) {
        void *rest;
        if (o->alpha == 0)
            gnn_i_start_gradient(call, 0);
        else {
            const gnn_real *diag = scaled_diagonal(call, &rest);
            operator_gradient(call, o->alpha, diag, rest);
        }
    }
    gnn_i_pass_scaled(call, 1, o->beta);
}

const gnn_i_op gnn_i_op_gcn_propagate_axpby = {
    .name = "gcn_propagate_axpby",
    .formula = "α Â X + β Y [Gasteiger et al. 2019, APPNP, eq. 4]",
    .plan = plan_axpby,
    .forward = forward_axpby,
    .backward = backward_axpby,
};

gnn_tensor *gnn_gcn_propagate_axpby(gnn_context *ctx, const gnn_graph *graph,
                                    gnn_tensor *x, gnn_real alpha, gnn_tensor *y,
                                    gnn_real beta) {
    gcn_options options = {.self_loops = true, .alpha = alpha, .beta = beta};
    gnn_tensor *in[] = {x, y};
    return gnn_i_apply(ctx, &gnn_i_op_gcn_propagate_axpby, 2, in, 0, graph, &options,
                       sizeof options);
}
