/* The same values in another arrangement: transpose and reshape. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/layout.h"
#include "ops/registry.h"

/* ---- transpose ---- */

static gnn_status plan_transpose(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0];
    gnn_status status = gnn_i_call_need_dense(call, 0, 2);
    if (status != GNN_OK) return status;
    return gnn_i_call_shape(call, GNN_AXIS_FREE, 2,
                            (int64_t[]){x->shape[1], x->shape[0]});
}

static void forward_transpose(gnn_i_call *call) {
    const int64_t *shape = call->in[0]->shape;
    gnn_i_matrix_transpose(call->n_threads, shape[0], shape[1], gnn_i_in(call, 0),
                           gnn_i_out(call), false);
}

static void backward_transpose(gnn_i_call *call) {
    const int64_t *shape = call->in[0]->shape;
    gnn_i_matrix_transpose(call->n_threads, shape[1], shape[0], call->d_out,
                           call->d_in[0], call->accumulate[0]);
}

const gnn_i_op gnn_i_op_transpose = {
    .name = "transpose",
    .formula = "xᵀ of 2 axes",
    .plan = plan_transpose,
    .forward = forward_transpose,
    .backward = backward_transpose,
};

gnn_tensor *gnn_transpose(gnn_context *ctx, gnn_tensor *x) {
    return gnn_i_apply(ctx, &gnn_i_op_transpose, 1, &x, 0, NULL, NULL, 0);
}

/* ---- reshape ---- */

typedef struct reshape_options {
    gnn_axis axis;
    int n_axes;
    int64_t shape[GNN_MAX_AXES];
} reshape_options;

static gnn_status plan_reshape(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0];
    reshape_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    if (o->n_axes < 0 || o->n_axes > GNN_MAX_AXES) {
        status =
            gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "%d axes, at most %d are possible",
                            o->n_axes, GNN_MAX_AXES);
        goto cleanup;
    }
    int64_t count = gnn_tensor_count(x), known = 1;
    int open = -1;
    for (int i = 0; i < o->n_axes; i++) {
        if (o->shape[i] == -1 && open < 0)
            open = i;
        else if (o->shape[i] < 0 || __builtin_mul_overflow(known, o->shape[i], &known)) {
            status = gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "axis %d of length %lld", i,
                                     (long long)o->shape[i]);
            goto cleanup;
        }
    }
    if (open >= 0) o->shape[open] = known > 0 ? count / known : 0;
    if (open >= 0) known *= o->shape[open];
    if (known != count) {
        status = gnn_i_call_fail(call, GNN_ERR_SHAPE,
                                 "x has %lld values, they do not fill the new shape",
                                 (long long)count);
        goto cleanup;
    }
    GNN_TRY(gnn_i_call_shape(call, o->axis, o->n_axes, o->shape));
cleanup:
    return status;
}

/* The output shares the data of the input. */
static void forward_reshape(gnn_i_call *call) {
    (void)call;
}

static void backward_reshape(gnn_i_call *call) {
    gnn_i_pass_gradient(call, 0);
}

const gnn_i_op gnn_i_op_reshape = {
    .name = "reshape",
    .formula = "the same values in another shape, not copied",
    .plan = plan_reshape,
    .forward = forward_reshape,
    .backward = backward_reshape,
    .first_gradient = GNN_I_GRADIENT_SAME,
    .reshapes = true,
};

gnn_tensor *gnn_reshape(gnn_context *ctx, gnn_tensor *x, gnn_axis axis, int n_axes,
                        const int64_t *shape) {
    reshape_options options = {.axis = axis, .n_axes = n_axes};
    for (int i = 0; i < n_axes && i < GNN_MAX_AXES; i++) options.shape[i] = shape[i];
    return gnn_i_apply(ctx, &gnn_i_op_reshape, 1, &x, 0, NULL, &options, sizeof options);
}
