/* Cross-entropy of logits with class weights and label smoothing [Szegedy et al. 2016]:
 *   L = Σ_i w_i l_i / Σ_i w_i,  l_i = -Σ_c q_ic log p_ic,  p = softmax x,
 *   q_ic = (1 - s) [c = c_i] + s / C,   dx_ic = dL w_i (p_ic - q_ic) / Σ w. */
#include "ops/common.h"

#include <gnn/loss.h>

#include "kernels/rows.h"
#include "ops/registry.h"

typedef struct entropy_options {
    const gnn_id *class_of;
    int64_t n; /* rows looked at */
    const gnn_id *rows;
    const gnn_real *class_weight;
    gnn_real smoothing;
    bool may_repeat; /* set by plan: rows may be listed twice */
} entropy_options;

static gnn_status need_classes(const gnn_i_call *call, const entropy_options *o) {
    int64_t n_classes = call->in[0]->shape[1];
    if (!o->class_of && o->n > 0)
        return gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "class_of is NULL");
    for (int64_t i = 0; i < o->n; i++) {
        int64_t row = o->rows ? o->rows[i] : i;
        if (o->class_of[row] < -1 || o->class_of[row] >= n_classes)
            return gnn_i_call_fail(
                call, GNN_ERR_ARGUMENT, "the class of row %lld is %d, x has %lld columns",
                (long long)row, o->class_of[row], (long long)n_classes);
    }
    return GNN_OK;
}

static gnn_status plan_entropy(gnn_i_call *call) {
    entropy_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 2));
    if (!o->rows)
        o->n = call->in[0]->shape[0];
    else
        GNN_TRY(gnn_i_need_index(call, "rows", o->n, o->rows, call->in[0]->shape[0]));
    GNN_TRY(need_classes(call, o));
    if (!(o->smoothing >= 0 && o->smoothing <= 1)) {
        status = gnn_i_call_fail(call, GNN_ERR_ARGUMENT,
                                 "label smoothing is %g, expected 0 to 1",
                                 (double)o->smoothing);
        goto cleanup;
    }
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_FREE, 1, (int64_t[]){1}));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, 2, sizeof(double)));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, o->n, sizeof(gnn_real)));
    o->may_repeat = call->recorded && o->rows && !gnn_i_index_ascends(o->n, o->rows);
    call->forward_scratch_bytes = gnn_i_cross_entropy_scratch(o->n);
cleanup:
    return status;
}

static void forward_entropy(gnn_i_call *call) {
    const entropy_options *o = call->options;
    gnn_i_parts saved = {call->saved};
    double *sums = gnn_i_part(&saved, 2, sizeof *sums);
    gnn_real *lse = gnn_i_part(&saved, o->n, sizeof *lse);
    gnn_i_cross_entropy(call->n_threads, o->n, o->rows, call->in[0]->shape[1],
                        gnn_i_in(call, 0), o->class_of, o->class_weight, o->smoothing,
                        lse, sums, call->scratch);
    gnn_i_out(call)[0] = (gnn_real)(sums[1] != 0 ? sums[0] / sums[1] : 0);
}

static void backward_entropy(gnn_i_call *call) {
    const entropy_options *o = call->options;
    gnn_i_parts saved = {call->saved};
    const double *sums = gnn_i_part(&saved, 2, sizeof *sums);
    const gnn_real *lse = gnn_i_part(&saved, o->n, sizeof *lse);
    int n_threads = o->may_repeat ? 1 : call->n_threads; /* two writers of a row */
    gnn_i_start_gradient(call, 0);
    if (sums[1] == 0) return;
    gnn_i_cross_entropy_backward(
        n_threads, o->n, o->rows, call->in[0]->shape[1], gnn_i_in(call, 0), o->class_of,
        o->class_weight, o->smoothing, lse, (gnn_real)((double)call->d_out[0] / sums[1]),
        call->d_in[0]);
}

const gnn_i_op gnn_i_op_cross_entropy = {
    .name = "cross_entropy",
    .formula = "mean of -Σ q log softmax(x), q smoothed labels [Szegedy et al. 2016]",
    .plan = plan_entropy,
    .forward = forward_entropy,
    .backward = backward_entropy,
};

gnn_tensor *gnn_cross_entropy(gnn_context *ctx, gnn_tensor *x, const gnn_id *class_of,
                              int64_t n_rows, const gnn_id *rows,
                              const gnn_real *class_weight, gnn_real smoothing) {
    entropy_options options = {.class_of = class_of,
                               .n = n_rows,
                               .rows = rows,
                               .class_weight = class_weight,
                               .smoothing = smoothing};
    return gnn_i_apply(ctx, &gnn_i_op_cross_entropy, 1, &x, 0, NULL, &options,
                       sizeof options);
}
