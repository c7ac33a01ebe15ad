/* Losses of single values, as means over the given rows and all columns: binary
 * cross-entropy with logits, squared, absolute and Huber error. Targets that are NaN are
 * skipped; a mean over nothing is 0 and has gradient 0. */
#include "ops/common.h"

#include <gnn/loss.h>

#include "kernels/losses.h"
#include "ops/registry.h"

typedef struct loss_options {
    gnn_i_loss kind;
    int64_t n; /* rows looked at */
    const gnn_id *rows;
    const gnn_real *target;
    const gnn_real *positive_weight;
    gnn_real delta;
    bool may_repeat; /* set by plan: rows may be listed twice */
} loss_options;

static gnn_status plan_loss(gnn_i_call *call) {
    loss_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    if (call->in[0]->n_axes == 0) {
        status = gnn_i_call_fail(call, GNN_ERR_SHAPE, "x has no axes");
        goto cleanup;
    }
    if (!o->rows)
        o->n = call->in[0]->shape[0];
    else
        GNN_TRY(gnn_i_need_index(call, "rows", o->n, o->rows, call->in[0]->shape[0]));
    if (!o->target && o->n > 0) {
        status = gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "target is NULL");
        goto cleanup;
    }
    if (o->kind == GNN_I_LOSS_HUBER && !(o->delta > 0)) {
        status = gnn_i_call_fail(call, GNN_ERR_ARGUMENT,
                                 "delta is %g, expected more than 0", (double)o->delta);
        goto cleanup;
    }
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_FREE, 1, (int64_t[]){1}));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, 2, sizeof(double)));
    o->may_repeat = call->recorded && o->rows && !gnn_i_index_ascends(o->n, o->rows);
    call->forward_scratch_bytes = gnn_i_loss_scratch(o->n, gnn_tensor_width(call->in[0]));
cleanup:
    return status;
}

static gnn_i_loss_args arguments_of(const gnn_i_call *call) {
    const loss_options *o = call->options;
    return (gnn_i_loss_args){.kind = o->kind,
                             .n = o->n,
                             .rows = o->rows,
                             .cols = gnn_tensor_width(call->in[0]),
                             .x = gnn_i_in(call, 0),
                             .target = o->target,
                             .positive_weight = o->positive_weight,
                             .delta = o->delta};
}

static void forward_loss(gnn_i_call *call) {
    gnn_i_loss_args args = arguments_of(call);
    double *sums = call->saved;
    gnn_i_loss_sums(call->n_threads, &args, sums, call->scratch);
    gnn_i_out(call)[0] = (gnn_real)(sums[1] > 0 ? sums[0] / sums[1] : 0);
}

static void backward_loss(gnn_i_call *call) {
    const loss_options *o = call->options;
    gnn_i_loss_args args = arguments_of(call);
    int n_threads = o->may_repeat ? 1 : call->n_threads; /* two writers of a row */
    const double *sums = call->saved;
    gnn_i_start_gradient(call, 0);
    if (sums[1] > 0)
        gnn_i_loss_backward(n_threads, &args,
                            (gnn_real)((double)call->d_out[0] / sums[1]), call->d_in[0]);
}

#define LOSS(op, text)                                                                   \
    const gnn_i_op gnn_i_op_##op = {                                                     \
        .name = #op,                                                                     \
        .formula = text,                                                                 \
        .plan = plan_loss,                                                               \
        .forward = forward_loss,                                                         \
        .backward = backward_loss,                                                       \
    }

LOSS(bce_with_logits, "mean of log(1 + e^x) - t x");
LOSS(mse, "mean of (x - t)²");
LOSS(l1, "mean of |x - t|");
LOSS(huber, "mean of ½r², |r| <= δ, else δ(|r| - ½δ), r = x - t [Huber 1964]");

static gnn_tensor *loss(gnn_context *ctx, const gnn_i_op *op, gnn_tensor *x,
                        const loss_options *options) {
    return gnn_i_apply(ctx, op, 1, &x, 0, NULL, options, sizeof *options);
}

gnn_tensor *gnn_bce_with_logits(gnn_context *ctx, gnn_tensor *x, const gnn_real *target,
                                int64_t n_rows, const gnn_id *rows,
                                const gnn_real *positive_weight) {
    return loss(ctx, &gnn_i_op_bce_with_logits, x,
                &(loss_options){.kind = GNN_I_LOSS_BCE,
                                .n = n_rows,
                                .rows = rows,
                                .target = target,
                                .positive_weight = positive_weight});
}

gnn_tensor *gnn_mse(gnn_context *ctx, gnn_tensor *x, const gnn_real *target,
                    int64_t n_rows, const gnn_id *rows) {
    return loss(
        ctx, &gnn_i_op_mse, x,
        &(loss_options){
            .kind = GNN_I_LOSS_SQUARE, .n = n_rows, .rows = rows, .target = target});
}

gnn_tensor *gnn_l1(gnn_context *ctx, gnn_tensor *x, const gnn_real *target,
                   int64_t n_rows, const gnn_id *rows) {
    return loss(
        ctx, &gnn_i_op_l1, x,
        &(loss_options){
            .kind = GNN_I_LOSS_ABSOLUTE, .n = n_rows, .rows = rows, .target = target});
}

gnn_tensor *gnn_huber(gnn_context *ctx, gnn_tensor *x, const gnn_real *target,
                      int64_t n_rows, const gnn_id *rows, gnn_real delta) {
    return loss(ctx, &gnn_i_op_huber, x,
                &(loss_options){.kind = GNN_I_LOSS_HUBER,
                                .n = n_rows,
                                .rows = rows,
                                .target = target,
                                .delta = delta});
}
