/* Normalisation: rows (layer norm), columns (batch norm), columns within each graph of a
 * batch (graph norm). With x̂ the normalised x, y = gain ∘ x̂ + offset. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "kernels/rows.h"
#include "kernels/segment_norm.h"
#include "ops/registry.h"

/* gain, offset and whatever else is one value a column: input i, absent or as wide as
 * x. */
static gnn_status need_columns(const gnn_i_call *call, int i, const char *name) {
    if (!call->in[i]) return GNN_OK;
    return gnn_i_need_count(call, i, name, gnn_i_columns(call->in[0]), "x", "columns");
}

static gnn_status need_epsilon(const gnn_i_call *call, gnn_real epsilon) {
    if (epsilon >= 0) return GNN_OK;
    return gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "epsilon is %g", (double)epsilon);
}

/* ---- layer norm: inputs x, gain, offset ---- */

typedef struct layer_options {
    gnn_real epsilon;
} layer_options;

static gnn_status plan_layer(gnn_i_call *call) {
    const layer_options *o = call->options;
    const gnn_tensor *x = call->in[0];
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    GNN_TRY(need_columns(call, 1, "gain"));
    GNN_TRY(need_columns(call, 2, "offset"));
    GNN_TRY(need_epsilon(call, o->epsilon));
    GNN_TRY(gnn_i_call_shape_like(call, x));
    int64_t rows = gnn_i_rows(x), cols = gnn_i_columns(x);
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, rows, sizeof(gnn_real)));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, rows, sizeof(gnn_real)));
    call->backward_scratch_bytes = 2 * gnn_i_column_scratch(rows, cols);
cleanup:
    return status;
}

static void forward_layer(gnn_i_call *call) {
    const layer_options *o = call->options;
    int64_t rows = gnn_i_rows(call->out);
    gnn_i_parts saved = {call->saved};
    gnn_real *mean = gnn_i_part(&saved, rows, sizeof *mean);
    gnn_real *rstd = gnn_i_part(&saved, rows, sizeof *rstd);
    gnn_i_layer_norm(call->n_threads, rows, gnn_i_columns(call->out), gnn_i_in(call, 0),
                     gnn_i_in(call, 1), gnn_i_in(call, 2), o->epsilon, gnn_i_out(call),
                     mean, rstd);
}

static void backward_layer(gnn_i_call *call) {
    int64_t rows = gnn_i_rows(call->out);
    gnn_i_parts saved = {call->saved};
    const gnn_real *mean = gnn_i_part(&saved, rows, sizeof *mean);
    const gnn_real *rstd = gnn_i_part(&saved, rows, sizeof *rstd);
    for (int i = 0; i < 3; i++) gnn_i_start_gradient(call, i);
    gnn_i_layer_norm_backward(call->n_threads, rows, gnn_i_columns(call->out),
                              gnn_i_in(call, 0), gnn_i_in(call, 1), mean, rstd,
                              call->d_out, call->d_in[0], call->d_in[1], call->d_in[2],
                              call->scratch);
}

const gnn_i_op gnn_i_op_layer_norm = {
    .name = "layer_norm",
    .formula = "(x - mean) / deviation of each row [Ba et al. 2016]",
    .plan = plan_layer,
    .forward = forward_layer,
    .backward = backward_layer,
};

gnn_tensor *gnn_layer_norm(gnn_context *ctx, gnn_tensor *x, gnn_tensor *gain,
                           gnn_tensor *offset, gnn_real epsilon) {
    layer_options options = {epsilon};
    gnn_tensor *in[] = {x, gain, offset};
    return gnn_i_apply(ctx, &gnn_i_op_layer_norm, 3, in, 6u, NULL, &options,
                       sizeof options);
}

/* ---- batch norm: inputs x, gain, offset, running mean, running variance ---- */

typedef struct batch_options {
    gnn_real momentum, epsilon;
    bool training;
    gnn_real *mean, *var; /* of this batch, in the step's memory */
} batch_options;

static gnn_status plan_batch(gnn_i_call *call) {
    batch_options *o = call->options;
    const gnn_tensor *x = call->in[0];
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 2));
    GNN_TRY(need_columns(call, 1, "gain"));
    GNN_TRY(need_columns(call, 2, "offset"));
    GNN_TRY(need_columns(call, 3, "the running mean"));
    GNN_TRY(need_columns(call, 4, "the running variance"));
    GNN_TRY(need_epsilon(call, o->epsilon));
    if (call->in[3]->requires_grad || call->in[4]->requires_grad) {
        status = gnn_i_call_fail(call, GNN_ERR_ARGUMENT,
                                 "running statistics have no gradient");
        goto cleanup;
    }
    GNN_TRY(gnn_i_call_shape_like(call, x));
    o->training = gnn_i_training(call) && x->shape[0] > 0;
    size_t columns = gnn_i_column_scratch(x->shape[0], x->shape[1]);
    if (o->training) {
        /* Not in `saved`: the running statistics move even where nothing is recorded. */
        o->mean = gnn_i_step_alloc(call->ctx, x->shape[1], sizeof *o->mean);
        o->var = gnn_i_step_alloc(call->ctx, x->shape[1], sizeof *o->var);
        if (!o->mean || !o->var) return GNN_ERR_MEMORY;
        call->forward_scratch_bytes = columns;
    }
    call->backward_scratch_bytes = 2 * columns;
cleanup:
    return status;
}

/* running = (1 - momentum) running + momentum statistic; the variance as n/(n-1) of the
 * biased one that normalised the batch. */
static void move_running(void *argument) {
    const gnn_i_call *call = argument;
    const batch_options *o = call->options;
    gnn_real *mean = call->in[3]->data, *var = call->in[4]->data;
    int64_t n = call->in[0]->shape[0];
    double unbias = n > 1 ? (double)n / (double)(n - 1) : 1, m = (double)o->momentum;
    for (int64_t c = 0; c < call->in[0]->shape[1]; c++) {
        mean[c] = (gnn_real)((1 - m) * (double)mean[c] + m * (double)o->mean[c]);
        var[c] = (gnn_real)((1 - m) * (double)var[c] + m * unbias * (double)o->var[c]);
    }
}

static void forward_batch(gnn_i_call *call) {
    const batch_options *o = call->options;
    int64_t rows = call->out->shape[0], cols = call->out->shape[1];
    const gnn_real *mean = gnn_i_in(call, 3), *var = gnn_i_in(call, 4);
    if (o->training) {
        gnn_i_column_stats(call->n_threads, rows, cols, gnn_i_in(call, 0), o->mean,
                           o->var, call->scratch);
        mean = o->mean;
        var = o->var;
        gnn_i_after_forward(call->ctx, move_running, call);
    }
    gnn_i_batch_norm(call->n_threads, rows, cols, gnn_i_in(call, 0), mean, var,
                     gnn_i_in(call, 1), gnn_i_in(call, 2), o->epsilon, gnn_i_out(call));
}

/* Runs in training only, where the statistics are the batch's (or there are no rows). */
static void backward_batch(gnn_i_call *call) {
    const batch_options *o = call->options;
    for (int i = 0; i < 3; i++) gnn_i_start_gradient(call, i);
    if (!o->training) return;
    gnn_i_batch_norm_backward(call->n_threads, call->out->shape[0], call->out->shape[1],
                              gnn_i_in(call, 0), o->mean, o->var, gnn_i_in(call, 1),
                              o->epsilon, true, call->d_out, call->d_in[0], call->d_in[1],
                              call->d_in[2], call->scratch);
}

const gnn_i_op gnn_i_op_batch_norm = {
    .name = "batch_norm",
    .formula = "(x - mean) / deviation of each column [Ioffe & Szegedy 2015]",
    .plan = plan_batch,
    .forward = forward_batch,
    .backward = backward_batch,
};

gnn_tensor *gnn_batch_norm(gnn_context *ctx, gnn_tensor *x, gnn_tensor *gain,
                           gnn_tensor *offset, gnn_tensor *running_mean,
                           gnn_tensor *running_var, gnn_real momentum, gnn_real epsilon) {
    batch_options options = {.momentum = momentum, .epsilon = epsilon};
    gnn_tensor *in[] = {x, gain, offset, running_mean, running_var};
    return gnn_i_apply(ctx, &gnn_i_op_batch_norm, 5, in, 6u, NULL, &options,
                       sizeof options);
}

/* ---- graph norm: inputs x, shift, gain, offset ---- */

typedef struct graph_options {
    int64_t n;
    const gnn_id *ptr;
    gnn_real epsilon;
} graph_options;

/* The saved parts: segments as the kernel takes them, and their statistics. */
typedef struct graph_saved {
    gnn_off *ptr;
    gnn_real *mean, *rstd;
} graph_saved;

static graph_saved saved_of(const gnn_i_call *call) {
    const graph_options *o = call->options;
    int64_t n = o->n * gnn_i_columns(call->out);
    gnn_i_parts parts = {call->saved};
    graph_saved saved;
    saved.ptr = gnn_i_part(&parts, o->n + 1, sizeof *saved.ptr);
    saved.mean = gnn_i_part(&parts, n, sizeof *saved.mean);
    saved.rstd = gnn_i_part(&parts, n, sizeof *saved.rstd);
    return saved;
}

static gnn_status plan_graph(gnn_i_call *call) {
    const graph_options *o = call->options;
    const gnn_tensor *x = call->in[0];
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 2));
    GNN_TRY(need_columns(call, 1, "shift"));
    GNN_TRY(need_columns(call, 2, "gain"));
    GNN_TRY(need_columns(call, 3, "offset"));
    GNN_TRY(need_epsilon(call, o->epsilon));
    GNN_TRY(gnn_i_need_ptr(call, o->n, o->ptr, x->shape[0]));
    if (o->ptr[0] != 0 || o->ptr[o->n] != x->shape[0]) {
        status = gnn_i_call_fail(call, GNN_ERR_SHAPE,
                                 "graphs hold rows %d to %d, x has %lld rows", o->ptr[0],
                                 o->ptr[o->n], (long long)x->shape[0]);
        goto cleanup;
    }
    GNN_TRY(gnn_i_call_shape_like(call, x));
    int64_t n = o->n * x->shape[1];
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, o->n + 1, sizeof(gnn_off)));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, n, sizeof(gnn_real)));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, n, sizeof(gnn_real)));
    call->backward_scratch_bytes = gnn_i_segment_norm_scratch(o->n, x->shape[1]);
cleanup:
    return status;
}

static void forward_graph(gnn_i_call *call) {
    const graph_options *o = call->options;
    graph_saved saved = saved_of(call);
    for (int64_t i = 0; i <= o->n; i++) saved.ptr[i] = o->ptr[i];
    gnn_i_segment_norm(call->n_threads, o->n, saved.ptr, call->out->shape[1],
                       gnn_i_in(call, 0), gnn_i_in(call, 1), gnn_i_in(call, 2),
                       gnn_i_in(call, 3), o->epsilon, gnn_i_out(call), saved.mean,
                       saved.rstd);
}

static void backward_graph(gnn_i_call *call) {
    const graph_options *o = call->options;
    graph_saved saved = saved_of(call);
    for (int i = 0; i < 4; i++) gnn_i_start_gradient(call, i);
    gnn_i_segment_norm_backward(
        call->n_threads, o->n, saved.ptr, call->out->shape[1], gnn_i_in(call, 0),
        gnn_i_in(call, 1), gnn_i_in(call, 2), saved.mean, saved.rstd, call->d_out,
        call->d_in[0], call->d_in[1], call->d_in[2], call->d_in[3], call->scratch);
}

const gnn_i_op gnn_i_op_graph_norm = {
    .name = "graph_norm",
    .formula = "(x - shift mean) / deviation per graph and column [Cai et al. 2021]",
    .plan = plan_graph,
    .forward = forward_graph,
    .backward = backward_graph,
};

gnn_tensor *gnn_graph_norm(gnn_context *ctx, gnn_tensor *x, int64_t n, const gnn_id *ptr,
                           gnn_tensor *shift, gnn_tensor *gain, gnn_tensor *offset,
                           gnn_real epsilon) {
    graph_options options = {n, ptr, epsilon};
    gnn_tensor *in[] = {x, shift, gain, offset};
    return gnn_i_apply(ctx, &gnn_i_op_graph_norm, 4, in, 14u, NULL, &options,
                       sizeof options);
}
