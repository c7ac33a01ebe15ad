/* The context's insides: shared by the tape, backward and the row-sparse gradients. */
#ifndef GNN_TENSOR_CONTEXT_H
#define GNN_TENSOR_CONTEXT_H

#include "core/arena.h"
#include "tensor/tape.h"

/* A tensor as the tape sees it: one slot for every tensor that requires a gradient. */
typedef struct gnn_i_slot {
    const gnn_tensor *tensor;
    int32_t producer; /* call that made it, -1 for a leaf */
    bool needed;      /* backward: the loss depends on it, and its gradient is laid out */
    bool placed;      /* layout: offset and bytes are set */
    bool has_dense_use; /* leaf: something but row lookups reads it */
    int64_t n_rows;     /* leaf: rows that lookups touch, counted with repeats */
    size_t offset;      /* of the gradient in the gradient arena … */
    size_t bytes;       /* … and its size */
    gnn_real *gradient; /* dense gradient; NULL when there is none, or it is row-sparse */
    struct gnn_i_rows_gradient *rows; /* row-sparse gradient instead of a dense one */
} gnn_i_slot;

typedef struct gnn_i_hook {
    void (*run)(void *argument);
    void *argument;
} gnn_i_hook;

/* Something outside of the step's memory that the step reads. */
typedef struct gnn_i_hold {
    void *object;
    void (*release)(void *object);
    size_t used; /* of the step's memory when it was taken */
} gnn_i_hold;

/* A free stretch of the gradient arena while it is laid out. */
typedef struct gnn_i_gap {
    size_t offset, bytes;
} gnn_i_gap;

struct gnn_context {
    int n_threads;
    uint64_t seed;
    gnn_mode mode;
    bool dry; /* lay memory out, compute nothing */
    uint64_t step;
    gnn_status status;

    gnn_i_arena values;    /* tensors, saved values, scratch of the step */
    gnn_i_arena gradients; /* laid out by gnn_backward */

    gnn_i_call **calls; /* the tape: (n_calls) recorded calls, in the step's memory */
    int32_t n_calls, cap_calls;
    uint64_t n_applied; /* calls of this step, recorded or not: numbers random streams */
    gnn_i_slot *slots;
    int32_t n_slots, cap_slots;
    int32_t *leaf_index; /* open addressing by leaf tensor's address → slot + 1 */
    int32_t cap_leaves;  /* a power of two */
    int32_t n_leaves;
    gnn_i_hook *hooks;
    int32_t n_hooks, cap_hooks;
    gnn_i_gap *gaps;
    int32_t n_gaps, cap_gaps;
    gnn_i_hold *holds; /* in the order in which they were taken */
    int32_t n_holds, cap_holds;
};

/* From now on ops plan and allocate but do not run, and gnn_backward only lays gradients
 * out: gnn_context_peak_bytes then tells what the step would take. */
void gnn_i_context_dry(gnn_context *ctx);

/* Grow *array (elements of `size` bytes, *capacity places) to hold `need`. */
gnn_status gnn_i_grow(void *array, int32_t *capacity, int32_t need, size_t size,
                      const char *what);
/* Slot of a leaf that requires a gradient, made when it is new; -1 and an error when
 * memory is short. */
int32_t gnn_i_leaf_slot(gnn_context *ctx, const gnn_tensor *leaf);
/* Slot of any tensor, -1 when it has none. */
int32_t gnn_i_find_slot(const gnn_context *ctx, const gnn_tensor *tensor);

/* ---- row-sparse gradients (rows_grad.c) ---- */
typedef struct gnn_i_rows_gradient {
    int64_t width, capacity; /* values a row, rows with repeats */
    int64_t n;               /* rows held: as they came, then coalesced */
    gnn_id *index;           /* (capacity) */
    gnn_real *values;        /* (capacity, width) */
    int64_t *order;          /* (2 * capacity) scratch of the sort */
    gnn_real *merged;        /* (capacity, width) coalesced values */
} gnn_i_rows_gradient;
/* Bytes of a gradient for `rows` rows of `width`; 0 on overflow. */
size_t gnn_i_rows_gradient_bytes(int64_t rows, int64_t width);
/* Lay it out in memory of that size. */
gnn_i_rows_gradient *gnn_i_rows_gradient_place(void *memory, int64_t rows, int64_t width);
/* Append n rows. */
void gnn_i_rows_gradient_append(gnn_i_rows_gradient *gradient, int64_t n,
                                const gnn_id *index, const gnn_real *values);
/* Sort by row and sum repeats in the order in which they came. */
void gnn_i_rows_gradient_coalesce(gnn_i_rows_gradient *gradient);

#endif
