/* Backward: gradients laid out by lifetime, then the tape run in reverse.
 *
 * A gradient lives from the last call that reads its tensor (the first to write it) to
 * the call that made the tensor. Walking the tape in reverse, memory is placed first-fit
 * among the gaps of gradients that have ended; leaves' gradients stand in front and stay.
 * Where an op allows it, an input's gradient takes over the memory of the output's.
 * Layout only computes offsets, so that memory is asked for once, and backward fails
 * there or never. */
#include <string.h>

#include "core/alloc.h"
#include "tensor/context.h"

enum { ALIGN = 64 };

static size_t round_up(size_t bytes) {
    return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

/* ---- placing ---- */

typedef struct layout {
    gnn_context *ctx;
    size_t top;  /* end of what is placed */
    size_t peak; /* largest top */
} layout;

/* First gap that holds `bytes`, else the end. */
static size_t place(layout *l, size_t bytes) {
    gnn_context *ctx = l->ctx;
    for (int32_t g = 0; g < ctx->n_gaps; g++) {
        gnn_i_gap *gap = &ctx->gaps[g];
        if (gap->bytes < bytes) continue;
        size_t at = gap->offset;
        gap->offset += bytes;
        gap->bytes -= bytes;
        if (!gap->bytes) {
            memmove(gap, gap + 1, (size_t)(ctx->n_gaps - g - 1) * sizeof *gap);
            ctx->n_gaps--;
        }
        return at;
    }
    size_t at = l->top;
    gnn_i_gap *last = ctx->n_gaps ? &ctx->gaps[ctx->n_gaps - 1] : NULL;
    if (last && last->offset + last->bytes == l->top) {
        at = last->offset;
        ctx->n_gaps--;
    }
    l->top = at + bytes;
    if (l->top > l->peak) l->peak = l->top;
    return at;
}

/* Give a stretch back, merged with the gaps that touch it. */
static void give_back(layout *l, size_t offset, size_t bytes) {
    gnn_context *ctx = l->ctx;
    if (!bytes) return;
    int32_t g = 0;
    while (g < ctx->n_gaps && ctx->gaps[g].offset < offset) g++;
    bool joins_left = g > 0 && ctx->gaps[g - 1].offset + ctx->gaps[g - 1].bytes == offset;
    bool joins_right = g < ctx->n_gaps && offset + bytes == ctx->gaps[g].offset;
    if (joins_left) {
        ctx->gaps[g - 1].bytes += bytes;
        if (!joins_right) return;
        ctx->gaps[g - 1].bytes += ctx->gaps[g].bytes;
        memmove(&ctx->gaps[g], &ctx->gaps[g + 1],
                (size_t)(ctx->n_gaps - g - 1) * sizeof *ctx->gaps);
        ctx->n_gaps--;
    } else if (joins_right) {
        ctx->gaps[g].offset = offset;
        ctx->gaps[g].bytes += bytes;
    } else {
        memmove(&ctx->gaps[g + 1], &ctx->gaps[g],
                (size_t)(ctx->n_gaps - g) * sizeof *ctx->gaps);
        ctx->gaps[g] = (gnn_i_gap){offset, bytes};
        ctx->n_gaps++;
    }
}

/* ---- layout ---- */

static gnn_i_slot *input_slot(gnn_context *ctx, const gnn_i_call *call, int i) {
    const gnn_tensor *in = call->in[i];
    if (!in || !in->requires_grad) return NULL;
    int32_t slot = gnn_i_find_slot(ctx, in);
    return slot < 0 ? NULL : &ctx->slots[slot];
}

static void mark_needed(gnn_context *ctx, int32_t loss_slot) {
    for (int32_t s = 0; s < ctx->n_slots; s++) {
        gnn_i_slot *slot = &ctx->slots[s];
        slot->needed = slot->placed = false;
        slot->gradient = NULL;
        slot->rows = NULL;
        slot->bytes = round_up((size_t)gnn_tensor_count(slot->tensor) * sizeof(gnn_real));
    }
    ctx->slots[loss_slot].needed = true;
    for (int32_t c = ctx->n_calls - 1; c >= 0; c--) {
        const gnn_i_call *call = ctx->calls[c];
        if (!ctx->slots[call->out->slot].needed) continue;
        for (int i = 0; i < call->n_inputs; i++) {
            gnn_i_slot *slot = input_slot(ctx, call, i);
            if (slot) slot->needed = true;
        }
    }
}

/* Ops that overwrite what they saved cannot run backward a second time. */
static gnn_status check_fresh(const gnn_context *ctx) {
    for (int32_t c = ctx->n_calls - 1; c >= 0; c--) {
        const gnn_i_call *call = ctx->calls[c];
        if (call->op->backward_once && call->ran_backward &&
            ctx->slots[call->out->slot].needed)
            return gnn_i_call_fail(call, GNN_ERR_ARGUMENT,
                                   "backward ran already: %s keeps nothing for a second "
                                   "time",
                                   call->op->name);
    }
    return GNN_OK;
}

static bool is_row_sparse(const gnn_i_slot *slot) {
    return slot->producer < 0 && !slot->has_dense_use && slot->n_rows > 0;
}

static gnn_status place_leaves(layout *l) {
    for (int32_t s = 0; s < l->ctx->n_slots; s++) {
        gnn_i_slot *slot = &l->ctx->slots[s];
        if (slot->producer >= 0 || !slot->needed) continue;
        if (is_row_sparse(slot)) {
            slot->bytes = round_up(
                gnn_i_rows_gradient_bytes(slot->n_rows, gnn_tensor_width(slot->tensor)));
            if (!slot->bytes)
                return gnn_fail(GNN_ERR_MEMORY, "a row-sparse gradient of %lld rows",
                                (long long)slot->n_rows);
        }
        slot->offset = place(l, slot->bytes);
    }
    return GNN_OK;
}

/* Whether input 0 may have its gradient in the memory of the output's. */
static bool takes_over(gnn_context *ctx, const gnn_i_call *call, const gnn_i_slot *slot,
                       const gnn_i_slot *out) {
    if (call->op->first_gradient == GNN_I_GRADIENT_OWN) return false;
    if (slot->producer < 0 || slot->placed ||
        gnn_tensor_count(slot->tensor) != gnn_tensor_count(out->tensor))
        return false;
    for (int i = 1; i < call->n_inputs; i++)
        if (input_slot(ctx, call, i) == slot) return false;
    return true;
}

static void lay_out_call(layout *l, gnn_i_call *call) {
    gnn_context *ctx = l->ctx;
    gnn_i_slot *out = &ctx->slots[call->out->slot];
    bool out_lives_on = false;
    for (int i = 0; i < call->n_inputs; i++) {
        gnn_i_slot *slot = input_slot(ctx, call, i);
        call->accumulate[i] = false;
        if (!slot) continue;
        if (slot->producer >= 0 && !slot->placed) {
            if (i == 0 && takes_over(ctx, call, slot, out)) {
                slot->offset = out->offset;
                out_lives_on = true;
            } else
                slot->offset = place(l, slot->bytes);
        } else
            call->accumulate[i] = slot->placed;
        slot->placed = true;
        call->d_in_offset[i] = slot->offset;
    }
    size_t scratch = round_up(call->backward_scratch_bytes);
    if (scratch) {
        call->scratch_offset = place(l, scratch);
        give_back(l, call->scratch_offset, scratch);
    }
    if (!out_lives_on) give_back(l, out->offset, out->bytes);
}

static gnn_status lay_out(gnn_context *ctx, int32_t loss_slot, size_t *bytes) {
    gnn_status status = GNN_OK;
    layout l = {.ctx = ctx};
    ctx->n_gaps = 0;
    GNN_TRY(gnn_i_grow(&ctx->gaps, &ctx->cap_gaps, ctx->n_slots + 2, sizeof *ctx->gaps,
                       "the context's gaps"));
    mark_needed(ctx, loss_slot);
    GNN_TRY(check_fresh(ctx));
    GNN_TRY(place_leaves(&l));
    gnn_i_slot *loss = &ctx->slots[loss_slot];
    if (loss->producer >= 0) loss->offset = place(&l, loss->bytes);
    loss->placed = true;
    for (int32_t c = ctx->n_calls - 1; c >= 0; c--)
        if (ctx->slots[ctx->calls[c]->out->slot].needed) lay_out_call(&l, ctx->calls[c]);
    *bytes = l.peak;
cleanup:
    return status;
}

/* ---- running ---- */

static void point_at_gradients(gnn_context *ctx, char *base) {
    for (int32_t s = 0; s < ctx->n_slots; s++) {
        gnn_i_slot *slot = &ctx->slots[s];
        if (!slot->needed || !slot->placed) continue;
        void *memory = base + slot->offset;
        if (is_row_sparse(slot))
            slot->rows = gnn_i_rows_gradient_place(memory, slot->n_rows,
                                                   gnn_tensor_width(slot->tensor));
        else
            slot->gradient = memory;
    }
}

static void run_call(gnn_context *ctx, gnn_i_call *call, char *base) {
    call->d_out = (const gnn_real *)(base + ctx->slots[call->out->slot].offset);
    call->scratch = call->backward_scratch_bytes ? base + call->scratch_offset : NULL;
    bool any = false;
    for (int i = 0; i < call->n_inputs; i++) {
        gnn_i_slot *slot = input_slot(ctx, call, i);
        call->d_in[i] = NULL;
        if (!slot) continue;
        if (slot->rows) {
            gnn_i_rows_gradient_append(slot->rows, call->n_rows, call->rows, call->d_out);
            continue;
        }
        call->d_in[i] = (gnn_real *)(base + call->d_in_offset[i]);
        any = true;
    }
    if (!any) return;
    call->op->backward(call);
    call->ran_backward = true;
}

gnn_status gnn_backward(gnn_context *ctx, const gnn_tensor *loss) {
    gnn_status status = ctx->status;
    if (status != GNN_OK) return status;
    int32_t slot = gnn_i_find_slot(ctx, loss);
    size_t bytes = 0;
    GNN_CHECK(ctx->mode == GNN_TRAIN, GNN_ERR_ARGUMENT,
              "gnn_backward: the context is in evaluation mode");
    GNN_CHECK(loss && gnn_tensor_count(loss) == 1, GNN_ERR_SHAPE,
              "gnn_backward: the loss has %lld values, expected one",
              (long long)gnn_tensor_count(loss));
    GNN_CHECK(
        slot >= 0, GNN_ERR_ARGUMENT,
        "gnn_backward: the loss does not depend on anything that requires a gradient");
    gnn_i_arena_reset(&ctx->gradients);
    GNN_TRY(lay_out(ctx, slot, &bytes));
    char *base = gnn_i_arena_take(&ctx->gradients, bytes);
    if (!base) {
        status = GNN_ERR_MEMORY;
        goto cleanup;
    }
    if (ctx->dry) return GNN_OK;
    for (int32_t h = 0; h < ctx->n_hooks; h++) ctx->hooks[h].run(ctx->hooks[h].argument);
    ctx->n_hooks = 0;
    point_at_gradients(ctx, base);
    *(gnn_real *)(base + ctx->slots[slot].offset) = 1;
    for (int32_t c = ctx->n_calls - 1; c >= 0; c--)
        if (ctx->slots[ctx->calls[c]->out->slot].needed)
            run_call(ctx, ctx->calls[c], base);
    for (int32_t s = 0; s < ctx->n_slots; s++)
        if (ctx->slots[s].rows) gnn_i_rows_gradient_coalesce(ctx->slots[s].rows);
    return GNN_OK;
cleanup:
    gnn_i_sticky(ctx, status);
    return status;
}

gnn_real *gnn_gradient(gnn_context *ctx, const gnn_tensor *tensor) {
    int32_t slot = gnn_i_find_slot(ctx, tensor);
    if (slot < 0 || ctx->slots[slot].producer >= 0) return NULL;
    return ctx->slots[slot].gradient;
}

bool gnn_gradient_rows(gnn_context *ctx, const gnn_tensor *tensor, gnn_rows *rows) {
    int32_t slot = gnn_i_find_slot(ctx, tensor);
    if (slot < 0 || !ctx->slots[slot].rows) return false;
    const gnn_i_rows_gradient *g = ctx->slots[slot].rows;
    *rows = (gnn_rows){.n = g->n, .index = g->index, .values = g->merged};
    return true;
}
