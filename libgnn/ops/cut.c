/* Joining and cutting along an axis: concat and slice. A tensor cut at an axis is a
 * matrix (what stands before the axis × the axis and all behind it), so that both copy
 * blocks of rows. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/layout.h"
#include "ops/registry.h"

typedef struct cut_options {
    gnn_axis kind; /* of axis 0 of a slice */
    int axis;
    int64_t first, count;
} cut_options;

/* Product of the axes before `axis`, and of the others. */
static int64_t outer_size(const gnn_tensor *t, int axis) {
    int64_t n = 1;
    for (int i = 0; i < axis; i++) n *= t->shape[i];
    return n;
}
static int64_t inner_size(const gnn_tensor *t, int axis) {
    int64_t n = 1;
    for (int i = axis; i < t->n_axes; i++) n *= t->shape[i];
    return n;
}

static gnn_status check_axis(const gnn_i_call *call, int axis) {
    if (axis >= 0 && axis < call->in[0]->n_axes) return GNN_OK;
    return gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "axis %d of a tensor with %d axes",
                           axis, call->in[0]->n_axes);
}

static gnn_status plan_concat(gnn_i_call *call) {
    const cut_options *o = call->options;
    const gnn_tensor *first = call->in[0];
    gnn_status status = GNN_OK;
    int64_t shape[GNN_MAX_AXES], total = 0;
    GNN_TRY(check_axis(call, o->axis));
    for (int i = 0; i < call->n_inputs; i++) {
        const gnn_tensor *part = call->in[i];
        GNN_TRY(gnn_i_call_need_dense(call, i, first->n_axes));
        for (int k = 0; k < first->n_axes; k++)
            if (k != o->axis && part->shape[k] != first->shape[k]) {
                status = gnn_i_call_fail(
                    call, GNN_ERR_SHAPE,
                    "axis %d of parts 0 and %d has lengths %lld and %lld", k, i,
                    (long long)first->shape[k], (long long)part->shape[k]);
                goto cleanup;
            }
        total += part->shape[o->axis];
    }
    for (int k = 0; k < first->n_axes; k++) shape[k] = first->shape[k];
    shape[o->axis] = total;
    GNN_TRY(gnn_i_call_shape(call, o->axis == 0 ? GNN_AXIS_FREE : first->axis,
                             first->n_axes, shape));
cleanup:
    return status;
}

static void forward_concat(gnn_i_call *call) {
    const cut_options *o = call->options;
    int64_t rows = outer_size(call->out, o->axis), total = inner_size(call->out, o->axis);
    int64_t at = 0;
    for (int i = 0; i < call->n_inputs; i++) {
        int64_t columns = inner_size(call->in[i], o->axis);
        gnn_i_copy_block(call->n_threads, rows, columns, gnn_i_in(call, i), columns,
                         gnn_i_out(call) + at, total, false);
        at += columns;
    }
}

static void backward_concat(gnn_i_call *call) {
    const cut_options *o = call->options;
    int64_t rows = outer_size(call->out, o->axis), total = inner_size(call->out, o->axis);
    int64_t at = 0;
    for (int i = 0; i < call->n_inputs; i++) {
        int64_t columns = inner_size(call->in[i], o->axis);
        if (gnn_i_wants(call, i))
            gnn_i_copy_block(call->n_threads, rows, columns, call->d_out + at, total,
                             call->d_in[i], columns, call->accumulate[i]);
        at += columns;
    }
}

const gnn_i_op gnn_i_op_concat = {
    .name = "concat",
    .formula = "parts one after the other along an axis",
    .plan = plan_concat,
    .forward = forward_concat,
    .backward = backward_concat,
};

/* More parts than a call takes are joined in groups, then the groups. */
gnn_tensor *gnn_concat(gnn_context *ctx, int n, gnn_tensor *const *parts, int axis) {
    if (!gnn_i_ok(ctx)) return NULL;
    if (n < 1 || !parts)
        return gnn_i_sticky(ctx, gnn_fail(GNN_ERR_ARGUMENT, "concat: %d parts", n));
    if (axis == -1 && parts[0]) axis = parts[0]->n_axes - 1;
    cut_options options = {.axis = axis};
    gnn_tensor *const *level = parts;
    while (n > 1) {
        int n_groups = (n + GNN_I_MAX_INPUTS - 1) / GNN_I_MAX_INPUTS;
        gnn_tensor **joined = gnn_i_step_alloc(ctx, n_groups, sizeof(gnn_tensor *));
        if (!joined) return NULL;
        for (int g = 0; g < n_groups; g++) {
            gnn_tensor *const *group = level + (ptrdiff_t)g * GNN_I_MAX_INPUTS;
            int size = n - g * GNN_I_MAX_INPUTS;
            if (size > GNN_I_MAX_INPUTS) size = GNN_I_MAX_INPUTS;
            joined[g] = size == 1 ? group[0]
                                  : gnn_i_apply(ctx, &gnn_i_op_concat, size, group, 0,
                                                NULL, &options, sizeof options);
        }
        level = joined;
        n = n_groups;
    }
    if (!level[0] && gnn_i_ok(ctx))
        return gnn_i_sticky(ctx, gnn_fail(GNN_ERR_ARGUMENT, "concat: part 0 is NULL"));
    return level[0];
}

static gnn_status plan_slice(gnn_i_call *call) {
    const cut_options *o = call->options;
    const gnn_tensor *x = call->in[0];
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    GNN_TRY(check_axis(call, o->axis));
    int64_t length = x->shape[o->axis];
    if (o->first < 0 || o->count < 0 || o->first > length ||
        o->count > length - o->first) {
        status = gnn_i_call_fail(
            call, GNN_ERR_ARGUMENT, "%lld from %lld of axis %d, which has %lld",
            (long long)o->count, (long long)o->first, o->axis, (long long)length);
        goto cleanup;
    }
    int64_t shape[GNN_MAX_AXES];
    for (int k = 0; k < x->n_axes; k++) shape[k] = x->shape[k];
    shape[o->axis] = o->count;
    GNN_TRY(gnn_i_call_shape(call, o->axis == 0 ? o->kind : x->axis, x->n_axes, shape));
cleanup:
    return status;
}

static void forward_slice(gnn_i_call *call) {
    const cut_options *o = call->options;
    const gnn_tensor *x = call->in[0];
    int64_t total = inner_size(x, o->axis), columns = inner_size(call->out, o->axis);
    int64_t before = o->first * inner_size(x, o->axis + 1);
    gnn_i_copy_block(call->n_threads, outer_size(x, o->axis), columns,
                     gnn_i_in(call, 0) + before, total, gnn_i_out(call), columns, false);
}

static void backward_slice(gnn_i_call *call) {
    const cut_options *o = call->options;
    const gnn_tensor *x = call->in[0];
    int64_t total = inner_size(x, o->axis), columns = inner_size(call->out, o->axis);
    int64_t before = o->first * inner_size(x, o->axis + 1);
    gnn_i_start_gradient(call, 0);
    gnn_i_copy_block(call->n_threads, outer_size(x, o->axis), columns, call->d_out,
                     columns, call->d_in[0] + before, total, true);
}

const gnn_i_op gnn_i_op_slice = {
    .name = "slice",
    .formula = "a range of an axis",
    .plan = plan_slice,
    .forward = forward_slice,
    .backward = backward_slice,
};

static gnn_tensor *slice(gnn_context *ctx, gnn_tensor *x, int axis, int64_t first,
                         int64_t count, gnn_axis kind) {
    if (axis == -1 && x) axis = x->n_axes - 1;
    cut_options options = {kind, axis, first, count};
    return gnn_i_apply(ctx, &gnn_i_op_slice, 1, &x, 0, NULL, &options, sizeof options);
}

gnn_tensor *gnn_slice(gnn_context *ctx, gnn_tensor *x, int axis, int64_t first,
                      int64_t count) {
    return slice(ctx, x, axis, first, count, GNN_AXIS_FREE);
}

gnn_tensor *gnn_targets(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    bool all = csr->n_rows == csr->n_cols && csr->row_offset == 0;
    if (all && x && gnn_i_ok(ctx)) return x;
    return slice(ctx, x, 0, csr->row_offset, csr->n_rows, GNN_AXIS_NODE);
}
