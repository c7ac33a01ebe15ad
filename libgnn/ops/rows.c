/* Picking and spreading rows by number.
 *
 *   gather       y[i] = x[index[i]]        dx[index[i]] += dy[i]
 *   scatter_add  y[index[i]] += x[i]       dx[i] = dy[index[i]]
 *   lookup       as gather; the tape keeps the gradient row-sparse where it can */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/segment.h"
#include "ops/registry.h"

typedef struct rows_options {
    gnn_axis axis;
    int64_t n; /* rows of the output */
    const gnn_id *index;
} rows_options;

/* The shape of x with n rows. */
static gnn_status shape_with_rows(gnn_i_call *call) {
    const rows_options *o = call->options;
    const gnn_tensor *x = call->in[0];
    int64_t shape[GNN_MAX_AXES] = {o->n, x->shape[1], x->shape[2], x->shape[3]};
    return gnn_i_call_shape(call, o->axis, x->n_axes, shape);
}

static gnn_status need_rows(const gnn_i_call *call) {
    gnn_status status = gnn_i_call_need_dense(call, 0, 0);
    if (status == GNN_OK && call->in[0]->n_axes == 0)
        status = gnn_i_call_fail(call, GNN_ERR_SHAPE, "x has no axes");
    return status;
}

/* ---- gather and lookup ---- */

static gnn_status plan_gather(gnn_i_call *call) {
    const rows_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(need_rows(call));
    GNN_TRY(gnn_i_need_index(call, "index", o->n, o->index, call->in[0]->shape[0]));
    GNN_TRY(shape_with_rows(call));
    call->n_rows = o->n;
    call->rows = o->index;
cleanup:
    return status;
}

static void forward_gather(gnn_i_call *call) {
    const rows_options *o = call->options;
    gnn_i_gather_rows(call->n_threads, o->n, o->index, gnn_tensor_width(call->out),
                      gnn_i_in(call, 0), gnn_i_out(call), false);
}

static void backward_gather(gnn_i_call *call) {
    const rows_options *o = call->options;
    gnn_i_start_gradient(call, 0);
    gnn_i_scatter_add_rows(call->n_threads, o->n, o->index, gnn_tensor_width(call->out),
                           call->d_out, call->d_in[0]);
}

const gnn_i_op gnn_i_op_gather = {
    .name = "gather",
    .formula = "y[i] = x[index[i]]",
    .plan = plan_gather,
    .forward = forward_gather,
    .backward = backward_gather,
};

const gnn_i_op gnn_i_op_lookup = {
    .name = "lookup",
    .formula = "y[i] = table[index[i]], gradient row-sparse",
    .plan = plan_gather,
    .forward = forward_gather,
    .backward = backward_gather,
    .row_sparse = true,
};

gnn_tensor *gnn_gather(gnn_context *ctx, gnn_tensor *x, gnn_axis axis, int64_t n,
                       const gnn_id *index) {
    rows_options options = {axis, n, index};
    return gnn_i_apply(ctx, &gnn_i_op_gather, 1, &x, 0, NULL, &options, sizeof options);
}

gnn_tensor *gnn_lookup(gnn_context *ctx, gnn_tensor *table, gnn_axis axis, int64_t n,
                       const gnn_id *index) {
    rows_options options = {axis, n, index};
    return gnn_i_apply(ctx, &gnn_i_op_lookup, 1, &table, 0, NULL, &options,
                       sizeof options);
}

/* ---- scatter_add ---- */

static gnn_status plan_scatter(gnn_i_call *call) {
    const rows_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(need_rows(call));
    if (o->n < 0) {
        status = gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "%lld rows", (long long)o->n);
        goto cleanup;
    }
    GNN_TRY(gnn_i_need_index(call, "index", call->in[0]->shape[0], o->index, o->n));
    GNN_TRY(shape_with_rows(call));
cleanup:
    return status;
}

static void forward_scatter(gnn_i_call *call) {
    const rows_options *o = call->options;
    gnn_i_fill(call->n_threads, gnn_tensor_count(call->out), 0, gnn_i_out(call));
    gnn_i_scatter_add_rows(call->n_threads, call->in[0]->shape[0], o->index,
                           gnn_tensor_width(call->out), gnn_i_in(call, 0),
                           gnn_i_out(call));
}

static void backward_scatter(gnn_i_call *call) {
    const rows_options *o = call->options;
    gnn_i_gather_rows(call->n_threads, call->in[0]->shape[0], o->index,
                      gnn_tensor_width(call->out), call->d_out, call->d_in[0],
                      call->accumulate[0]);
}

const gnn_i_op gnn_i_op_scatter_add = {
    .name = "scatter_add",
    .formula = "y[index[i]] += x[i]",
    .plan = plan_scatter,
    .forward = forward_scatter,
    .backward = backward_scatter,
};

gnn_tensor *gnn_scatter_add(gnn_context *ctx, gnn_tensor *x, gnn_axis axis,
                            int64_t n_rows, const gnn_id *index) {
    rows_options options = {axis, n_rows, index};
    return gnn_i_apply(ctx, &gnn_i_op_scatter_add, 1, &x, 0, NULL, &options,
                       sizeof options);
}
