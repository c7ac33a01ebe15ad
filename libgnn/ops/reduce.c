/* Sums, means and maxima over an axis, over everything, and over segments of rows.
 *
 * A tensor is cut at the axis into outer × length × inner. Rows (inner = 1), columns
 * (outer = 1) and the whole (both) have kernels of their own; what remains, and every
 * maximum, is a segmented reduction: `outer` segments of `length` rows of `inner`
 * values. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/rows.h"
#include "kernels/segment.h"
#include "kernels/update.h"
#include "ops/registry.h"

static const gnn_i_reduce kernel_reduce[] = {
    [GNN_SUM] = GNN_I_SUM, [GNN_MEAN] = GNN_I_MEAN, [GNN_MAX] = GNN_I_MAX};

/* ---- over an axis ---- */

typedef enum way { BY_SEGMENTS, BY_ROWS, BY_COLUMNS, BY_ALL } way;

typedef struct axis_options {
    gnn_reduce how;
    int axis;
    int64_t outer, length, inner;
    way way;
} axis_options;

static gnn_status plan_axis(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0];
    axis_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    if (o->axis < -1 || o->axis >= x->n_axes || (unsigned)o->how > GNN_MAX) {
        status = gnn_i_call_fail(call, GNN_ERR_ARGUMENT,
                                 "reducer %d over axis %d of a tensor with %d axes",
                                 (int)o->how, o->axis, x->n_axes);
        goto cleanup;
    }
    int64_t shape[GNN_MAX_AXES] = {1, 1, 1, 1};
    int n_axes = 1;
    o->outer = o->inner = 1;
    o->length = o->axis < 0 ? gnn_tensor_count(x) : x->shape[o->axis];
    for (int i = 0, k = 0; o->axis >= 0 && i < x->n_axes; i++) {
        if (i == o->axis) continue;
        *(i < o->axis ? &o->outer : &o->inner) *= x->shape[i];
        shape[k++] = x->shape[i];
        n_axes = k;
    }
    o->way = o->how == GNN_MAX                ? BY_SEGMENTS
             : o->outer == 1 && o->inner == 1 ? BY_ALL
             : o->inner == 1                  ? BY_ROWS
             : o->outer == 1                  ? BY_COLUMNS
                                              : BY_SEGMENTS;
    if (o->way == BY_SEGMENTS && o->length > INT32_MAX) {
        status = gnn_i_call_fail(call, GNN_ERR_UNSUPPORTED, "over %lld values",
                                 (long long)o->length);
        goto cleanup;
    }
    GNN_TRY(gnn_i_call_shape(call, o->axis > 0 ? x->axis : GNN_AXIS_FREE, n_axes, shape));
    int64_t n = o->outer * o->inner;
    if (o->way == BY_SEGMENTS) {
        GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, o->outer + 1,
                                     sizeof(gnn_off)));
        if (o->how == GNN_MAX)
            GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, n, sizeof(int32_t)));
    }
    if (o->way == BY_ALL) call->forward_scratch_bytes = gnn_i_sum_scratch(o->length);
    if (o->way == BY_COLUMNS)
        call->forward_scratch_bytes = gnn_i_column_scratch(o->length, o->inner);
    if (o->how == GNN_MEAN)
        GNN_TRY(gnn_i_call_add_bytes(call, &call->backward_scratch_bytes, n,
                                     sizeof(gnn_real)));
cleanup:
    return status;
}

/* What `saved` holds of a segmented reduction. */
static void saved_parts(const gnn_i_call *call, const axis_options *o, gnn_off **ptr,
                        int32_t **argmax) {
    gnn_i_parts parts = {call->saved};
    *ptr = gnn_i_part(&parts, o->outer + 1, sizeof **ptr);
    *argmax = o->how == GNN_MAX ? (int32_t *)parts.at : NULL;
}

static void forward_axis(gnn_i_call *call) {
    const axis_options *o = call->options;
    const gnn_real *x = gnn_i_in(call, 0);
    gnn_real *y = gnn_i_out(call);
    int64_t n = o->outer * o->inner;
    switch (o->way) {
    case BY_ALL: {
        double sum = gnn_i_sum(call->n_threads, o->length, x, call->scratch);
        if (o->how == GNN_MEAN && o->length > 0) sum /= (double)o->length;
        y[0] = (gnn_real)sum;
        return;
    }
    case BY_ROWS: gnn_i_row_sums(call->n_threads, n, o->length, x, y, false); break;
    case BY_COLUMNS:
        gnn_i_column_sums(call->n_threads, o->length, n, x, y, false, call->scratch);
        break;
    case BY_SEGMENTS: {
        gnn_off *ptr;
        int32_t *argmax;
        saved_parts(call, o, &ptr, &argmax);
        for (int64_t i = 0; i <= o->outer; i++) ptr[i] = i * o->length;
        gnn_i_segment_reduce(call->n_threads, kernel_reduce[o->how], o->outer, ptr, NULL,
                             o->inner, x, y, argmax, false);
        return;
    }
    }
    if (o->how == GNN_MEAN && o->length > 0)
        gnn_i_scale(call->n_threads, n, (gnn_real)(1.0 / (double)o->length), y);
}

/* dx = or += dy, repeated along the axis: dy is a column, a row or a scalar of the
 * matrix. */
static void spread(gnn_i_call *call, const axis_options *o, const gnn_real *dy) {
    static const gnn_real zero = 0;
    gnn_real *dx = call->d_in[0];
    int64_t rows = o->way == BY_COLUMNS ? o->length : o->outer;
    int64_t cols = o->way == BY_COLUMNS ? o->inner : o->length;
    gnn_i_broadcast kind = o->way == BY_ROWS      ? GNN_I_COL
                           : o->way == BY_COLUMNS ? GNN_I_ROW
                                                  : GNN_I_SCALAR;
    bool add = call->accumulate[0];
    gnn_i_binary(call->n_threads, GNN_I_BINARY_ADD, rows, cols, dy, kind,
                 add ? dx : &zero, add ? GNN_I_FULL : GNN_I_SCALAR, dx);
}

static void backward_axis(gnn_i_call *call) {
    const axis_options *o = call->options;
    if (o->way == BY_SEGMENTS) {
        gnn_off *ptr;
        int32_t *argmax;
        saved_parts(call, o, &ptr, &argmax);
        gnn_i_segment_reduce_backward(call->n_threads, kernel_reduce[o->how], o->outer,
                                      ptr, o->inner, call->d_out, argmax, call->d_in[0],
                                      call->accumulate[0]);
        return;
    }
    const gnn_real *dy = call->d_out;
    if (o->how == GNN_MEAN && o->length > 0) {
        gnn_i_scaled_copy(call->n_threads, o->outer * o->inner,
                          (gnn_real)(1.0 / (double)o->length), dy, call->scratch);
        dy = call->scratch;
    }
    spread(call, o, dy);
}

const gnn_i_op gnn_i_op_reduce_axis = {
    .name = "reduce_axis",
    .formula = "sum, mean or max over an axis or everything",
    .plan = plan_axis,
    .forward = forward_axis,
    .backward = backward_axis,
};

gnn_tensor *gnn_reduce_axis(gnn_context *ctx, gnn_tensor *x, gnn_reduce how, int axis) {
    axis_options options = {.how = how, .axis = axis};
    return gnn_i_apply(ctx, &gnn_i_op_reduce_axis, 1, &x, 0, NULL, &options,
                       sizeof options);
}

/* ---- over segments of rows ---- */

typedef struct segment_options {
    gnn_reduce how;
    int64_t n;
    const gnn_id *ptr;
} segment_options;

static gnn_status plan_segments(gnn_i_call *call) {
    const gnn_tensor *x = call->in[0];
    const segment_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    if (x->n_axes == 0 || (unsigned)o->how > GNN_MAX) {
        status =
            gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "reducer %d of a tensor with %d axes",
                            (int)o->how, x->n_axes);
        goto cleanup;
    }
    GNN_TRY(gnn_i_need_ptr(call, o->n, o->ptr, x->shape[0]));
    int64_t shape[GNN_MAX_AXES] = {o->n, x->shape[1], x->shape[2], x->shape[3]};
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_GRAPH, x->n_axes, shape));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, o->n + 1, sizeof(gnn_off)));
    if (o->how == GNN_MAX)
        GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes,
                                     gnn_tensor_count(call->out), sizeof(int32_t)));
cleanup:
    return status;
}

static void forward_segments(gnn_i_call *call) {
    const segment_options *o = call->options;
    gnn_i_parts parts = {call->saved};
    gnn_off *ptr = gnn_i_part(&parts, o->n + 1, sizeof *ptr);
    for (int64_t i = 0; i <= o->n; i++) ptr[i] = o->ptr[i];
    gnn_i_segment_reduce(call->n_threads, kernel_reduce[o->how], o->n, ptr, NULL,
                         gnn_tensor_width(call->out), gnn_i_in(call, 0), gnn_i_out(call),
                         o->how == GNN_MAX ? (int32_t *)parts.at : NULL, false);
}

static void backward_segments(gnn_i_call *call) {
    const segment_options *o = call->options;
    gnn_i_parts parts = {call->saved};
    const gnn_off *ptr = gnn_i_part(&parts, o->n + 1, sizeof *ptr);
    bool covers = ptr[0] == 0 && ptr[o->n] == call->in[0]->shape[0];
    bool accumulate = call->accumulate[0] || !covers;
    if (!covers) gnn_i_start_gradient(call, 0); /* the kernel leaves rows outside alone */
    gnn_i_segment_reduce_backward(call->n_threads, kernel_reduce[o->how], o->n, ptr,
                                  gnn_tensor_width(call->out), call->d_out,
                                  o->how == GNN_MAX ? (int32_t *)parts.at : NULL,
                                  call->d_in[0], accumulate);
}

const gnn_i_op gnn_i_op_reduce_segments = {
    .name = "reduce_segments",
    .formula = "sum, mean or max of the rows ptr[r] .. ptr[r+1]-1",
    .plan = plan_segments,
    .forward = forward_segments,
    .backward = backward_segments,
};

gnn_tensor *gnn_reduce_segments(gnn_context *ctx, gnn_tensor *x, gnn_reduce how,
                                int64_t n, const gnn_id *ptr) {
    segment_options options = {how, n, ptr};
    return gnn_i_apply(ctx, &gnn_i_op_reduce_segments, 1, &x, 0, NULL, &options,
                       sizeof options);
}
