/* Softmax over the last axis and its logarithm:
 *   y = e^x / Σ e^x    dx = y (dy - Σ y dy)
 *   y = log softmax x  dx = dy - e^y Σ dy */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/rows.h"
#include "ops/registry.h"

static gnn_status plan_softmax(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0];
    gnn_status status = gnn_i_call_need_dense(call, 0, 0);
    if (status == GNN_OK && gnn_i_columns(x) == 0)
        status = gnn_i_call_fail(call, GNN_ERR_SHAPE, "x has no columns");
    return status == GNN_OK ? gnn_i_call_shape_like(call, x) : status;
}

static void forward_softmax(gnn_i_call *call) {
    gnn_i_softmax(call->n_threads, gnn_i_rows(call->out), gnn_i_columns(call->out),
                  gnn_i_in(call, 0), gnn_i_out(call));
}

static void backward_softmax(gnn_i_call *call) {
    gnn_i_softmax_backward(call->n_threads, gnn_i_rows(call->out),
                           gnn_i_columns(call->out), gnn_i_out(call), call->d_out,
                           call->d_in[0], call->accumulate[0]);
}

const gnn_i_op gnn_i_op_softmax = {
    .name = "softmax",
    .formula = "e^x / Σ e^x over the last axis",
    .plan = plan_softmax,
    .forward = forward_softmax,
    .backward = backward_softmax,
    .first_gradient = GNN_I_GRADIENT_IN_PLACE,
};

gnn_tensor *gnn_softmax(gnn_context *ctx, gnn_tensor *x) {
    return gnn_i_apply(ctx, &gnn_i_op_softmax, 1, &x, 0, NULL, NULL, 0);
}

static void forward_log_softmax(gnn_i_call *call) {
    gnn_i_log_softmax(call->n_threads, gnn_i_rows(call->out), gnn_i_columns(call->out),
                      gnn_i_in(call, 0), gnn_i_out(call));
}

static void backward_log_softmax(gnn_i_call *call) {
    gnn_i_log_softmax_backward(call->n_threads, gnn_i_rows(call->out),
                               gnn_i_columns(call->out), gnn_i_out(call), call->d_out,
                               call->d_in[0], call->accumulate[0]);
}

const gnn_i_op gnn_i_op_log_softmax = {
    .name = "log_softmax",
    .formula = "x - log Σ e^x over the last axis",
    .plan = plan_softmax,
    .forward = forward_log_softmax,
    .backward = backward_log_softmax,
    .first_gradient = GNN_I_GRADIENT_IN_PLACE,
};

gnn_tensor *gnn_log_softmax(gnn_context *ctx, gnn_tensor *x) {
    return gnn_i_apply(ctx, &gnn_i_op_log_softmax, 1, &x, 0, NULL, NULL, 0);
}
