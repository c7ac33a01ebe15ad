/* Dots by head: y[i,h] = Σ_k x[i,h,k] a[h,k];  dx[i,h,k] = dy[i,h] a[h,k],
 * da[h,k] = Σ_i dy[i,h] x[i,h,k]. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/rows.h"
#include "ops/registry.h"

static gnn_status plan_head_dot(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0], *a = call->in[1];
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 2));
    GNN_TRY(gnn_i_call_need_dense(call, 1, 2));
    GNN_TRY(gnn_i_need_count(call, 1, "a", x->shape[1], "x", "columns"));
    GNN_TRY(gnn_i_need_heads(call, "x", x->shape[1], a->shape[0]));
    GNN_TRY(gnn_i_call_shape(call, x->axis, 2, (int64_t[]){x->shape[0], a->shape[0]}));
    if (gnn_i_will_want(call, 1))
        call->backward_scratch_bytes = gnn_i_column_scratch(x->shape[0], x->shape[1]);
cleanup:
    return status;
}

static void forward_head_dot(gnn_i_call *call) {
    const gnn_tensor *a = call->in[1];
    gnn_i_head_dot(call->n_threads, call->out->shape[0], (int)a->shape[0], a->shape[1],
                   gnn_i_in(call, 0), gnn_i_in(call, 1), gnn_i_out(call));
}

static void backward_head_dot(gnn_i_call *call) {
    const gnn_tensor *a = call->in[1];
    gnn_i_start_gradient(call, 0);
    gnn_i_start_gradient(call, 1);
    gnn_i_head_dot_backward(call->n_threads, call->out->shape[0], (int)a->shape[0],
                            a->shape[1], gnn_i_in(call, 0), gnn_i_in(call, 1),
                            call->d_out, call->d_in[0], call->d_in[1], call->scratch);
}

const gnn_i_op gnn_i_op_head_dot = {
    .name = "head_dot",
    .formula = "y[i,h] = Σ_k x[i,h,k] a[h,k]",
    .plan = plan_head_dot,
    .forward = forward_head_dot,
    .backward = backward_head_dot,
};

gnn_tensor *gnn_head_dot(gnn_context *ctx, gnn_tensor *x, gnn_tensor *a) {
    gnn_tensor *in[] = {x, a};
    return gnn_i_apply(ctx, &gnn_i_op_head_dot, 2, in, 0, NULL, NULL, 0);
}
