/* Calling an op: plan, allocate, forward, record. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "tensor/context.h"

/* ---- for plan ---- */

gnn_status gnn_i_call_fail(const gnn_i_call *call, gnn_status status, const char *format,
                           ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return gnn_fail(status, "%s: %s", call->op->name, text);
}

gnn_status gnn_i_call_shape(gnn_i_call *call, gnn_axis axis, int n_axes,
                            const int64_t *shape) {
    gnn_tensor *out = call->out;
    int64_t count = 1;
    out->axis = axis;
    out->n_axes = n_axes;
    for (int i = 0; i < GNN_MAX_AXES; i++) {
        out->shape[i] = i < n_axes ? shape[i] : 1;
        if (out->shape[i] < 0 || __builtin_mul_overflow(count, out->shape[i], &count))
            return gnn_i_call_fail(call, GNN_ERR_SHAPE,
                                   "axis %d of the result has length %lld", i,
                                   (long long)out->shape[i]);
    }
    return GNN_OK;
}

gnn_status gnn_i_call_shape_like(gnn_i_call *call, const gnn_tensor *like) {
    return gnn_i_call_shape(call, like->axis, like->n_axes, like->shape);
}

gnn_status gnn_i_call_need_dense(const gnn_i_call *call, int i, int n_axes) {
    const gnn_tensor *t = call->in[i];
    if (!gnn_tensor_real(t) && gnn_tensor_count(t) > 0)
        return gnn_i_call_fail(call, GNN_ERR_SHAPE, "input %d is %s, needs dense %s", i,
                               t->layout == GNN_SPARSE ? "sparse"
                                                       : gnn_dtype_name(t->dtype),
                               gnn_dtype_name(GNN_REAL));
    if (n_axes && t->n_axes != n_axes)
        return gnn_i_call_fail(call, GNN_ERR_SHAPE, "input %d has %d axes, needs %d", i,
                               t->n_axes, n_axes);
    return GNN_OK;
}

gnn_status gnn_i_call_add_bytes(gnn_i_call *call, size_t *bytes, int64_t count,
                                size_t size) {
    size_t more, total;
    if (count < 0 || !gnn_i_mul_size((size_t)count, size, &more) ||
        more > SIZE_MAX - 64 || !gnn_i_add_size(*bytes, (more + 63) / 64 * 64, &total))
        return gnn_i_call_fail(call, GNN_ERR_MEMORY, "%lld × %zu bytes of scratch",
                               (long long)count, size);
    *bytes = total;
    return GNN_OK;
}

/* ---- the call ---- */

static gnn_i_call *new_call(gnn_context *ctx, const gnn_i_op *op, int n_inputs,
                            gnn_tensor *const *inputs, const gnn_graph *graph,
                            const void *options, size_t options_size) {
    /* call, options and header in one block: one cache line of bookkeeping less a
     * tensor */
    size_t call_size = (sizeof(gnn_i_call) + 63) / 64 * 64;
    size_t options_room = (options_size + 63) / 64 * 64;
    char *memory = gnn_i_step_alloc(
        ctx, (int64_t)(call_size + options_room + sizeof(gnn_tensor)), 1);
    if (!memory) return NULL;
    gnn_i_call *call = (gnn_i_call *)memory;
    *call = (gnn_i_call){.op = op, .ctx = ctx, .n_inputs = n_inputs, .graph = graph};
    if (options) {
        call->options = memory + call_size;
        memcpy(memory + call_size, options, options_size);
    }
    call->out = (gnn_tensor *)(memory + call_size + options_room);
    *call->out = (gnn_tensor){.dtype = GNN_REAL, .shape = {1, 1, 1, 1}, .slot = -1};
    call->n_threads = ctx->n_threads;
    call->seed = ctx->seed;
    call->stream = ctx->step << 24 | (ctx->n_applied++ & 0xFFFFFF);
    bool any = false;
    for (int i = 0; i < n_inputs; i++) {
        call->in[i] = inputs[i];
        any |= inputs[i] && inputs[i]->requires_grad;
    }
    call->recorded = any && op->backward && ctx->mode == GNN_TRAIN;
    return call;
}

static bool allocate(gnn_context *ctx, gnn_i_call *call, size_t *mark) {
    gnn_tensor *out = call->out;
    if (call->op->reshapes)
        out->data = call->in[0]->data;
    else if (!out->data && !out->sparse) {
        out->data =
            gnn_i_step_alloc(ctx, gnn_tensor_count(out), gnn_dtype_size(out->dtype));
        if (!out->data) return false;
    }
    if (!call->recorded) *mark = ctx->values.used;
    if (call->saved_bytes) {
        call->saved = gnn_i_step_alloc(ctx, (int64_t)call->saved_bytes, 1);
        if (!call->saved) return false;
    }
    if (call->recorded) *mark = ctx->values.used;
    if (call->forward_scratch_bytes) {
        call->scratch = gnn_i_step_alloc(ctx, (int64_t)call->forward_scratch_bytes, 1);
        if (!call->scratch) return false;
    }
    return true;
}

/* A slot for the result, slots for leaves, a place on the tape. */
static bool record(gnn_context *ctx, gnn_i_call *call) {
    for (int i = 0; i < call->n_inputs; i++) {
        const gnn_tensor *in = call->in[i];
        if (!in || !in->requires_grad) continue;
        int32_t slot = gnn_i_leaf_slot(ctx, in);
        if (slot < 0) return false;
        if (call->op->row_sparse && i == 0)
            ctx->slots[slot].n_rows += call->n_rows;
        else
            ctx->slots[slot].has_dense_use = true;
    }
    if (gnn_i_grow(&ctx->slots, &ctx->cap_slots, ctx->n_slots + 1, sizeof *ctx->slots,
                   "the context's slots") != GNN_OK ||
        gnn_i_grow(&ctx->calls, &ctx->cap_calls, ctx->n_calls + 1, sizeof *ctx->calls,
                   "the tape") != GNN_OK) {
        gnn_i_sticky(ctx, GNN_ERR_MEMORY);
        return false;
    }
    call->out->requires_grad = true;
    call->out->slot = ctx->n_slots;
    ctx->slots[ctx->n_slots++] =
        (gnn_i_slot){.tensor = call->out, .producer = ctx->n_calls};
    ctx->calls[ctx->n_calls++] = call;
    return true;
}

gnn_tensor *gnn_i_apply(gnn_context *ctx, const gnn_i_op *op, int n_inputs,
                        gnn_tensor *const *inputs, unsigned optional,
                        const gnn_graph *graph, const void *options,
                        size_t options_size) {
    if (!gnn_i_ok(ctx)) return NULL;
    for (int i = 0; i < n_inputs; i++)
        if (!inputs[i] && !(optional >> i & 1))
            return gnn_i_sticky(
                ctx, gnn_fail(GNN_ERR_ARGUMENT, "%s: input %d is NULL", op->name, i));
    gnn_i_call *call = new_call(ctx, op, n_inputs, inputs, graph, options, options_size);
    if (!call) return NULL;
    gnn_status status = op->plan(call);
    if (status != GNN_OK) return gnn_i_sticky(ctx, status);
    size_t mark = 0;
    if (!allocate(ctx, call, &mark)) return NULL;
    if (!ctx->dry) op->forward(call);
    call->scratch = NULL;
    gnn_i_arena_rewind(&ctx->values, mark);
    if (!gnn_i_ok(ctx)) return NULL;
    if (call->recorded && !record(ctx, call)) return NULL;
    return call->out;
}
