/* Products with a weight matrix.
 *
 *   Y = X W + 1 bᵀ     dX = dY Wᵀ,  dW = Xᵀ dY,  db = column sums of dY
 *   Y = α X + β X W    dX = α dY + β dY Wᵀ,  dW = β Xᵀ dY
 *
 * A sparse X is multiplied as it is, row by row forward, column by column (through its
 * stored transpose) for dW; being constant it has no gradient. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/gemm.h"
#include "kernels/rows.h"
#include "kernels/spmm.h"
#include "ops/registry.h"

/* ---- X W + bias ---- */

static gnn_status plan_matmul(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0], *w = call->in[1];
    bool sparse = x->layout == GNN_SPARSE;
    gnn_status status = GNN_OK;
    if (!sparse) GNN_TRY(gnn_i_call_need_dense(call, 0, 2));
    GNN_TRY(gnn_i_call_need_dense(call, 1, 2));
    if (x->shape[1] != w->shape[0]) {
        status = gnn_i_call_fail(call, GNN_ERR_SHAPE,
                                 "x has %lld columns, weight has %lld rows",
                                 (long long)x->shape[1], (long long)w->shape[0]);
        goto cleanup;
    }
    if (call->in[2])
        GNN_TRY(gnn_i_need_count(call, 2, "bias", w->shape[1], "weight", "columns"));
    if (sparse && gnn_i_will_want(call, 0)) {
        status = gnn_i_call_fail(call, GNN_ERR_UNSUPPORTED, "a sparse x has no gradient");
        goto cleanup;
    }
    GNN_TRY(gnn_i_call_shape(call, x->axis, 2, (int64_t[]){x->shape[0], w->shape[1]}));
    if (!sparse && gnn_i_will_want(call, 1))
        call->backward_scratch_bytes =
            gnn_i_gemm_tn_scratch(w->shape[0], w->shape[1], x->shape[0]);
    if (gnn_i_will_want(call, 2))
        gnn_i_at_least(&call->backward_scratch_bytes,
                       gnn_i_column_scratch(x->shape[0], w->shape[1]));
cleanup:
    return status;
}

static void forward_matmul(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0];
    int64_t n = x->shape[0], k = x->shape[1], m = call->out->shape[1];
    if (x->layout == GNN_SPARSE) {
        gnn_i_spmm(call->n_threads, &(gnn_i_spmm_args){.n_rows = n,
                                                       .row_ptr = x->sparse->row_ptr,
                                                       .col = x->sparse->col,
                                                       .w = x->sparse->value,
                                                       .width = m,
                                                       .x = gnn_i_in(call, 1),
                                                       .y = gnn_i_out(call),
                                                       .bias = gnn_i_in(call, 2)});
        return;
    }
    gnn_i_gemm_nn(call->n_threads, n, m, k, gnn_i_in(call, 0), k, gnn_i_in(call, 1), m,
                  gnn_i_out(call), m, false,
                  &(gnn_i_gemm_epilogue){.bias = gnn_i_in(call, 2)});
}

/* dW = or += Xᵀ dY. */
static void weight_gradient(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0];
    int64_t n = x->shape[0], k = x->shape[1], m = call->out->shape[1];
    if (x->layout == GNN_SPARSE)
        gnn_i_spmm(call->n_threads,
                   &(gnn_i_spmm_args){.n_rows = k,
                                      .row_ptr = x->sparse->col_ptr,
                                      .col = x->sparse->row,
                                      .w = x->sparse->value,
                                      .perm = x->sparse->entry,
                                      .width = m,
                                      .x = call->d_out,
                                      .y = call->d_in[1],
                                      .accumulate = call->accumulate[1]});
    else
        gnn_i_gemm_tn(call->n_threads, k, m, n, gnn_i_in(call, 0), k, call->d_out, m,
                      call->d_in[1], m, call->accumulate[1], call->scratch);
}

static void backward_matmul(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0];
    int64_t n = x->shape[0], k = x->shape[1], m = call->out->shape[1];
    if (gnn_i_wants(call, 0))
        gnn_i_gemm_nt(call->n_threads, n, k, m, call->d_out, m, gnn_i_in(call, 1), m,
                      call->d_in[0], k, call->accumulate[0], NULL);
    if (gnn_i_wants(call, 1)) weight_gradient(call);
    gnn_i_pass_column_sums(call, 2, call->scratch);
}

const gnn_i_op gnn_i_op_matmul = {
    .name = "matmul",
    .formula = "X W + b, X dense or sparse",
    .plan = plan_matmul,
    .forward = forward_matmul,
    .backward = backward_matmul,
};

gnn_tensor *gnn_matmul(gnn_context *ctx, gnn_tensor *x, gnn_tensor *w, gnn_tensor *bias) {
    gnn_tensor *in[] = {x, w, bias};
    return gnn_i_apply(ctx, &gnn_i_op_matmul, 3, in, 1u << 2, NULL, NULL, 0);
}

/* ---- alpha X + beta X W ---- */

typedef struct residual_options {
    gnn_real alpha, beta;
} residual_options;

static gnn_status plan_residual(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0], *w = call->in[1];
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 2));
    GNN_TRY(gnn_i_call_need_dense(call, 1, 2));
    int64_t n = x->shape[0], k = x->shape[1];
    if (w->shape[0] != k || w->shape[1] != k) {
        status =
            gnn_i_call_fail(call, GNN_ERR_SHAPE,
                            "x has %lld columns, weight is %lld × %lld, not square to it",
                            (long long)k, (long long)w->shape[0], (long long)w->shape[1]);
        goto cleanup;
    }
    GNN_TRY(gnn_i_call_shape_like(call, x));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->backward_scratch_bytes, k * k,
                                 sizeof(gnn_real)));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->backward_scratch_bytes,
                                 (int64_t)gnn_i_gemm_tn_scratch(k, k, n), 1));
cleanup:
    return status;
}

static void forward_residual(gnn_i_call *call) {
    const residual_options *o = call->options;
    int64_t n = call->out->shape[0], k = call->out->shape[1];
    if (o->beta == 0) { /* a scale of 0 means none to the kernel */
        gnn_i_scaled_copy(call->n_threads, n * k, o->alpha, gnn_i_in(call, 0),
                          gnn_i_out(call));
        return;
    }
    gnn_i_gemm_nn(call->n_threads, n, k, k, gnn_i_in(call, 0), k, gnn_i_in(call, 1), k,
                  gnn_i_out(call), k, false,
                  &(gnn_i_gemm_epilogue){.scale = o->beta,
                                         .addend = gnn_i_in(call, 0),
                                         .addend_scale = o->alpha});
}

static void backward_residual(gnn_i_call *call) {
    const residual_options *o = call->options;
    int64_t n = call->out->shape[0], k = call->out->shape[1];
    if (gnn_i_wants(call, 0)) {
        if (o->beta == 0)
            gnn_i_pass_scaled(call, 0, o->alpha);
        else
            gnn_i_gemm_nt(call->n_threads, n, k, k, call->d_out, k, gnn_i_in(call, 1), k,
                          call->d_in[0], k, call->accumulate[0],
                          &(gnn_i_gemm_epilogue){.scale = o->beta,
                                                 .addend = call->d_out,
                                                 .addend_scale = o->alpha});
    }
    if (!gnn_i_wants(call, 1)) return;
    gnn_i_parts parts = {call->scratch};
    gnn_real *product = gnn_i_part(&parts, k * k, sizeof *product);
    bool direct = !call->accumulate[1];
    gnn_real *to = direct ? call->d_in[1] : product;
    gnn_i_gemm_tn(call->n_threads, k, k, n, gnn_i_in(call, 0), k, call->d_out, k, to, k,
                  false, parts.at);
    if (direct)
        gnn_i_scale(call->n_threads, k * k, o->beta, to);
    else
        gnn_i_axpy(call->n_threads, k * k, o->beta, product, call->d_in[1]);
}

const gnn_i_op gnn_i_op_matmul_residual = {
    .name = "matmul_residual",
    .formula = "α X + β X W [Chen et al. 2020, GCNII, eq. 5]",
    .plan = plan_residual,
    .forward = forward_residual,
    .backward = backward_residual,
};

gnn_tensor *gnn_matmul_residual(gnn_context *ctx, gnn_tensor *x, gnn_tensor *w,
                                gnn_real alpha, gnn_real beta) {
    residual_options options = {alpha, beta};
    gnn_tensor *in[] = {x, w};
    return gnn_i_apply(ctx, &gnn_i_op_matmul_residual, 2, in, 0, NULL, &options,
                       sizeof options);
}
