/* Sums and multiples with numbers and with a bias: maps whose gradients need no
 * operand. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/rows.h"
#include "ops/registry.h"

typedef struct affine_options {
    gnn_real alpha, beta;
} affine_options;

/* ---- alpha a + beta b ---- */

static gnn_status plan_axpby(gnn_i_call *call) {
    const gnn_tensor *a = call->in[0], *b = call->in[1];
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    GNN_TRY(gnn_i_call_shape_like(call, a));
    if (!b) return GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 1, a->n_axes));
    for (int i = 0; i < a->n_axes; i++)
        if (a->shape[i] != b->shape[i]) {
            status = gnn_i_call_fail(call, GNN_ERR_SHAPE,
                                     "axis %d of the operands has lengths %lld and %lld",
                                     i, (long long)a->shape[i], (long long)b->shape[i]);
            goto cleanup;
        }
cleanup:
    return status;
}

static void forward_axpby(gnn_i_call *call) {
    const affine_options *o = call->options;
    int64_t n = gnn_tensor_count(call->out);
    if (call->in[1])
        gnn_i_axpby(call->n_threads, n, o->alpha, gnn_i_in(call, 0), o->beta,
                    gnn_i_in(call, 1), gnn_i_out(call));
    else
        gnn_i_scaled_copy(call->n_threads, n, o->alpha, gnn_i_in(call, 0),
                          gnn_i_out(call));
}

static void backward_axpby(gnn_i_call *call) {
    const affine_options *o = call->options;
    bool takes_over = call->d_in[0] == call->d_out;
    if (!takes_over) gnn_i_pass_scaled(call, 0, o->alpha);
    gnn_i_pass_scaled(call, 1, o->beta);
    if (takes_over) gnn_i_pass_scaled(call, 0, o->alpha);
}

const gnn_i_op gnn_i_op_axpby = {
    .name = "axpby",
    .formula = "alpha a + beta b",
    .plan = plan_axpby,
    .forward = forward_axpby,
    .backward = backward_axpby,
    .first_gradient = GNN_I_GRADIENT_IN_PLACE,
};

gnn_tensor *gnn_axpby(gnn_context *ctx, gnn_real alpha, gnn_tensor *a, gnn_real beta,
                      gnn_tensor *b) {
    affine_options options = {alpha, beta};
    gnn_tensor *in[] = {a, b};
    return gnn_i_apply(ctx, &gnn_i_op_axpby, 2, in, 1u << 1, NULL, &options,
                       sizeof options);
}

/* ---- factor a, a + term ---- */

static gnn_status plan_number(gnn_i_call *call) {
    gnn_status status = gnn_i_call_need_dense(call, 0, 0);
    return status == GNN_OK ? gnn_i_call_shape_like(call, call->in[0]) : status;
}

static void forward_scale(gnn_i_call *call) {
    const affine_options *o = call->options;
    gnn_i_scaled_copy(call->n_threads, gnn_tensor_count(call->out), o->alpha,
                      gnn_i_in(call, 0), gnn_i_out(call));
}

static void backward_scale(gnn_i_call *call) {
    const affine_options *o = call->options;
    gnn_i_pass_scaled(call, 0, o->alpha);
}

const gnn_i_op gnn_i_op_scale = {
    .name = "scale",
    .formula = "factor a",
    .plan = plan_number,
    .forward = forward_scale,
    .backward = backward_scale,
    .first_gradient = GNN_I_GRADIENT_IN_PLACE,
};

gnn_tensor *gnn_scale(gnn_context *ctx, gnn_tensor *a, gnn_real factor) {
    affine_options options = {.alpha = factor};
    return gnn_i_apply(ctx, &gnn_i_op_scale, 1, &a, 0, NULL, &options, sizeof options);
}

static void forward_shift(gnn_i_call *call) {
    const affine_options *o = call->options;
    gnn_i_binary(call->n_threads, GNN_I_BINARY_ADD, 1, gnn_tensor_count(call->out),
                 gnn_i_in(call, 0), GNN_I_FULL, &o->beta, GNN_I_SCALAR, gnn_i_out(call));
}

static void backward_shift(gnn_i_call *call) {
    gnn_i_pass_gradient(call, 0);
}

const gnn_i_op gnn_i_op_shift = {
    .name = "shift",
    .formula = "a + term",
    .plan = plan_number,
    .forward = forward_shift,
    .backward = backward_shift,
    .first_gradient = GNN_I_GRADIENT_SAME,
};

gnn_tensor *gnn_shift(gnn_context *ctx, gnn_tensor *a, gnn_real term) {
    affine_options options = {.beta = term};
    return gnn_i_apply(ctx, &gnn_i_op_shift, 1, &a, 0, NULL, &options, sizeof options);
}

/* ---- x + bias ---- */

static gnn_status plan_bias(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0];
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    GNN_TRY(gnn_i_need_count(call, 1, "bias", gnn_i_columns(x), "x", "columns"));
    GNN_TRY(gnn_i_call_shape_like(call, x));
    call->backward_scratch_bytes = gnn_i_column_scratch(gnn_i_rows(x), gnn_i_columns(x));
cleanup:
    return status;
}

static void forward_bias(gnn_i_call *call) {
    gnn_i_binary(call->n_threads, GNN_I_BINARY_ADD, gnn_i_rows(call->out),
                 gnn_i_columns(call->out), gnn_i_in(call, 0), GNN_I_FULL,
                 gnn_i_in(call, 1), GNN_I_ROW, gnn_i_out(call));
}

static void backward_bias(gnn_i_call *call) {
    gnn_i_pass_gradient(call, 0);
    gnn_i_pass_column_sums(call, 1, call->scratch);
}

const gnn_i_op gnn_i_op_bias = {
    .name = "bias",
    .formula = "x + b, b one value a column",
    .plan = plan_bias,
    .forward = forward_bias,
    .backward = backward_bias,
    .first_gradient = GNN_I_GRADIENT_SAME,
};

gnn_tensor *gnn_bias(gnn_context *ctx, gnn_tensor *x, gnn_tensor *bias) {
    if (!bias && gnn_i_ok(ctx) && x) return x;
    gnn_tensor *in[] = {x, bias};
    return gnn_i_apply(ctx, &gnn_i_op_bias, 2, in, 0, NULL, NULL, 0);
}
