/* The context: memory of a step, its first error, slots of tensors that require a
 * gradient. */
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "tensor/context.h"

enum { FIRST_LEAVES = 64 };

gnn_status gnn_context_new(int n_threads, uint64_t seed, gnn_context **out) {
    gnn_status status = GNN_OK;
    gnn_context *ctx = NULL;
    *out = NULL;
    GNN_CHECK(n_threads >= 0 && n_threads <= GNN_MOST_THREADS, GNN_ERR_ARGUMENT,
              "context: %d threads; expected 0 (all processors) to %d", n_threads,
              GNN_MOST_THREADS);
    GNN_TRY(gnn_i_calloc(&ctx, 1, sizeof *ctx, "a context"));
    ctx->n_threads = n_threads ? n_threads : gnn_n_processors();
    ctx->seed = seed;
    GNN_TRY(gnn_i_arena_init(&ctx->values, 0));
    GNN_TRY(gnn_i_arena_init(&ctx->gradients, 0));
    GNN_TRY(gnn_i_calloc(&ctx->leaf_index, FIRST_LEAVES, sizeof *ctx->leaf_index,
                         "the context's leaves"));
    ctx->cap_leaves = FIRST_LEAVES;
    *out = ctx;
    return GNN_OK;
cleanup:
    gnn_context_free(ctx);
    return status;
}

/* Release what was taken since the step's memory was filled up to `mark`. */
static void release_holds(gnn_context *ctx, size_t mark) {
    while (ctx->n_holds > 0 && ctx->holds[ctx->n_holds - 1].used >= mark) {
        const gnn_i_hold *hold = &ctx->holds[--ctx->n_holds];
        hold->release(hold->object);
    }
}

void gnn_context_free(gnn_context *ctx) {
    if (!ctx) return;
    release_holds(ctx, 0);
    gnn_i_free(ctx->holds);
    gnn_i_arena_clear(&ctx->values);
    gnn_i_arena_clear(&ctx->gradients);
    gnn_i_free(ctx->calls);
    gnn_i_free(ctx->slots);
    gnn_i_free(ctx->leaf_index);
    gnn_i_free(ctx->hooks);
    gnn_i_free(ctx->gaps);
    gnn_i_free(ctx);
}

void gnn_context_begin(gnn_context *ctx, gnn_mode mode, uint64_t step) {
    release_holds(ctx, 0);
    ctx->mode = mode;
    ctx->step = step;
    ctx->status = GNN_OK;
    ctx->n_calls = ctx->n_slots = ctx->n_leaves = ctx->n_hooks = 0;
    ctx->n_applied = 0;
    memset(ctx->leaf_index, 0, (size_t)ctx->cap_leaves * sizeof *ctx->leaf_index);
    gnn_i_arena_reset(&ctx->values);
    gnn_i_arena_reset(&ctx->gradients);
}

gnn_mode gnn_context_mode(const gnn_context *ctx) {
    return ctx->mode;
}
gnn_status gnn_context_status(const gnn_context *ctx) {
    return ctx->status;
}
int gnn_context_n_threads(const gnn_context *ctx) {
    return ctx->n_threads;
}
uint64_t gnn_context_seed(const gnn_context *ctx) {
    return ctx->seed;
}
bool gnn_i_ok(const gnn_context *ctx) {
    return ctx->status == GNN_OK;
}

size_t gnn_context_peak_bytes(const gnn_context *ctx) {
    return ctx->values.peak + ctx->gradients.peak;
}

void gnn_i_context_dry(gnn_context *ctx) {
    ctx->dry = true;
}

size_t gnn_context_mark(gnn_context *ctx) {
    return ctx->values.used;
}
void gnn_context_rewind(gnn_context *ctx, size_t mark) {
    release_holds(ctx, mark);
    gnn_i_arena_rewind(&ctx->values, mark);
}

gnn_tensor *gnn_i_sticky(gnn_context *ctx, gnn_status status) {
    if (ctx->status == GNN_OK) ctx->status = status;
    return NULL;
}

void *gnn_i_step_alloc(gnn_context *ctx, int64_t count, size_t size) {
    size_t bytes;
    if (count < 0 || !gnn_i_mul_size((size_t)count, size, &bytes)) {
        gnn_i_sticky(ctx, gnn_fail(GNN_ERR_MEMORY, "a step's tensor: %lld × %zu bytes",
                                   (long long)count, size));
        return NULL;
    }
    void *memory = gnn_i_arena_take(&ctx->values, bytes);
    if (!memory) gnn_i_sticky(ctx, GNN_ERR_MEMORY);
    return memory;
}

gnn_tensor *gnn_step_tensor(gnn_context *ctx, gnn_axis axis, int n_axes,
                            const int64_t *shape) {
    if (!gnn_i_ok(ctx)) return NULL;
    int64_t count = 1;
    bool fits = n_axes >= 0 && n_axes <= GNN_MAX_AXES;
    for (int i = 0; fits && i < n_axes; i++)
        fits = shape[i] >= 0 && !__builtin_mul_overflow(count, shape[i], &count);
    if (!fits)
        return gnn_i_sticky(ctx, gnn_fail(GNN_ERR_ARGUMENT,
                                          "gnn_step_tensor: %d axes, of 0 to %d, or one "
                                          "that is negative or too long",
                                          n_axes, GNN_MAX_AXES));
    gnn_tensor *t = gnn_i_step_alloc(ctx, 1, sizeof *t);
    if (!t) return NULL;
    *t = (gnn_tensor){.dtype = GNN_REAL,
                      .axis = axis,
                      .n_axes = n_axes,
                      .shape = {1, 1, 1, 1},
                      .slot = -1};
    for (int i = 0; i < n_axes; i++) t->shape[i] = shape[i];
    t->data = gnn_i_step_alloc(ctx, count, sizeof(gnn_real));
    return t->data ? t : NULL;
}

bool gnn_i_hold_for_step(gnn_context *ctx, void *object, void (*release)(void *object)) {
    if (gnn_i_grow(&ctx->holds, &ctx->cap_holds, ctx->n_holds + 1, sizeof *ctx->holds,
                   "what the context holds") != GNN_OK) {
        release(object);
        gnn_i_sticky(ctx, GNN_ERR_MEMORY);
        return false;
    }
    ctx->holds[ctx->n_holds++] = (gnn_i_hold){object, release, ctx->values.used};
    return true;
}

void gnn_i_after_forward(gnn_context *ctx, void (*run)(void *argument), void *argument) {
    if (gnn_i_grow(&ctx->hooks, &ctx->cap_hooks, ctx->n_hooks + 1, sizeof *ctx->hooks,
                   "the context's hooks") != GNN_OK) {
        gnn_i_sticky(ctx, GNN_ERR_MEMORY);
        return;
    }
    ctx->hooks[ctx->n_hooks++] = (gnn_i_hook){run, argument};
}

gnn_status gnn_i_grow(void *array, int32_t *capacity, int32_t need, size_t size,
                      const char *what) {
    if (need <= *capacity) return GNN_OK;
    int32_t wish = *capacity < 32 ? 64 : *capacity;
    while (wish < need) {
        if (wish > INT32_MAX / 2) return gnn_fail(GNN_ERR_MEMORY, "%s: too many", what);
        wish *= 2;
    }
    gnn_status status = gnn_i_realloc(array, (size_t)wish, size, what);
    if (status == GNN_OK) *capacity = wish;
    return status;
}

/* ---- slots ---- */

static int32_t leaf_place(const gnn_context *ctx, const gnn_tensor *leaf) {
    uint64_t h = (uint64_t)(uintptr_t)leaf * 0x9E3779B97F4A7C15u;
    int32_t at = (int32_t)(h >> 40) & (ctx->cap_leaves - 1);
    while (ctx->leaf_index[at] && ctx->slots[ctx->leaf_index[at] - 1].tensor != leaf)
        at = (at + 1) & (ctx->cap_leaves - 1);
    return at;
}

int32_t gnn_i_find_slot(const gnn_context *ctx, const gnn_tensor *tensor) {
    if (!tensor) return -1;
    int32_t slot = tensor->slot;
    if (slot >= 0 && slot < ctx->n_slots && ctx->slots[slot].tensor == tensor)
        return slot;
    return ctx->leaf_index[leaf_place(ctx, tensor)] - 1;
}

/* Keep the table at most half full. */
static gnn_status grow_leaf_index(gnn_context *ctx) {
    gnn_status status = GNN_OK;
    int32_t *wider = NULL;
    GNN_TRY(gnn_i_calloc(&wider, (size_t)ctx->cap_leaves * 2, sizeof *wider,
                         "the context's leaves"));
    gnn_i_free(ctx->leaf_index);
    ctx->leaf_index = wider;
    ctx->cap_leaves *= 2;
    for (int32_t s = 0; s < ctx->n_slots; s++)
        if (ctx->slots[s].producer < 0)
            ctx->leaf_index[leaf_place(ctx, ctx->slots[s].tensor)] = s + 1;
cleanup:
    return status;
}

int32_t gnn_i_leaf_slot(gnn_context *ctx, const gnn_tensor *leaf) {
    int32_t found = gnn_i_find_slot(ctx, leaf);
    if (found >= 0) return found;
    if (gnn_i_grow(&ctx->slots, &ctx->cap_slots, ctx->n_slots + 1, sizeof *ctx->slots,
                   "the context's slots") != GNN_OK ||
        (2 * (ctx->n_leaves + 1) > ctx->cap_leaves && grow_leaf_index(ctx) != GNN_OK)) {
        gnn_i_sticky(ctx, GNN_ERR_MEMORY);
        return -1;
    }
    int32_t slot = ctx->n_slots++;
    ctx->slots[slot] = (gnn_i_slot){.tensor = leaf, .producer = -1};
    ctx->n_leaves++;
    ctx->leaf_index[leaf_place(ctx, leaf)] = slot + 1;
    return slot;
}

gnn_tensor *gnn_watch(gnn_context *ctx, const gnn_tensor *tensor) {
    if (!gnn_i_ok(ctx) || !tensor) return NULL;
    if (!gnn_tensor_real(tensor))
        return gnn_i_sticky(ctx, gnn_fail(GNN_ERR_ARGUMENT,
                                          "gnn_watch: needs a dense tensor of gnn_real"));
    gnn_tensor *seen = gnn_i_step_alloc(ctx, 1, sizeof *seen);
    if (!seen) return NULL;
    *seen = *tensor;
    seen->requires_grad = true;
    seen->is_constant = false;
    seen->id = 0;
    seen->slot = -1;
    seen->slot = gnn_i_leaf_slot(ctx, seen);
    return seen->slot < 0 ? NULL : seen;
}
