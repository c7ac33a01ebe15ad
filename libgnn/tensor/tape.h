/* The tape: how an op is described, called, recorded and run backward.
 *
 * An op is one descriptor. `plan` checks shapes and says what memory the call wants: the
 * only part that may fail. `forward` and `backward` are then plain arithmetic. Creation
 * order is the topological order; backward is the reverse loop. */
#ifndef GNN_TENSOR_TAPE_H
#define GNN_TENSOR_TAPE_H

#include <gnn/context.h>

typedef struct gnn_i_call gnn_i_call;

/* What backward may do with the memory of an input's gradient, given that of the
 * output. */
typedef enum gnn_i_gradient_use {
    GNN_I_GRADIENT_OWN = 0, /* nothing: written from d_out into memory of its own */
    GNN_I_GRADIENT_SAME,    /* d_in is d_out, value by value: may share its memory */
    GNN_I_GRADIENT_IN_PLACE /* d_in may overwrite d_out, value by value, once all other
                               gradients of the call are written */
} gnn_i_gradient_use;

typedef struct gnn_i_op {
    const char *name;    /* as `gnn list ops` shows it */
    const char *formula; /* one line, with its source */
    gnn_status (*plan)(gnn_i_call *call);
    void (*forward)(gnn_i_call *call);
    void (*backward)(gnn_i_call *call); /* NULL: no gradient passes */
    gnn_i_gradient_use first_gradient;  /* of input 0, when no other op wrote it before */
    bool reshapes;   /* the output shares the data of input 0: plan allocates no output */
    bool row_sparse; /* input 0 is a table that backward touches in rows call->rows
                      * only */
    bool backward_once; /* backward overwrites what it reads: it runs once a step */
} gnn_i_op;

#define GNN_I_MAX_INPUTS 8 /* variadic ops (concat) chain beyond that */

struct gnn_i_call {
    const gnn_i_op *op;
    gnn_context *ctx;
    int n_inputs;
    gnn_tensor *in[GNN_I_MAX_INPUTS]; /* optional inputs are NULL */
    gnn_tensor *out;                  /* header set by plan, data allocated after it */
    const gnn_graph *graph;           /* or NULL */
    void *options;                    /* the op's option struct, copied to the step's
                                       * memory; plan may note in it what it found */
    int n_threads;
    bool recorded;   /* a backward may follow: keep what it needs in `saved` */
    uint64_t seed;   /* of the random masks of this call … */
    uint64_t stream; /* … and their stream */
    /* Set by plan, in bytes; made before forward. */
    size_t saved_bytes;            /* kept from forward to backward (scratch if not
                                    * recorded) */
    size_t forward_scratch_bytes;  /* during forward */
    size_t backward_scratch_bytes; /* during backward */
    void *saved;
    void *scratch; /* of the phase that runs */
    /* Row-sparse ops: rows of input 0 that this call touches, set by plan. */
    int64_t n_rows;
    const gnn_id *rows;
    /* During backward. Write the inputs' gradients in ascending order (one tensor may be
     * two inputs: the second then accumulates on the first), except that d_in[0] comes
     * last where it is d_out's memory. */
    const gnn_real *d_out;
    gnn_real *d_in[GNN_I_MAX_INPUTS];  /* NULL: not wanted */
    bool accumulate[GNN_I_MAX_INPUTS]; /* false: d_in[i] is uninitialised, write it
                                        * whole */
    /* Private to backward.c: whether backward ran, and where the layout put the above. */
    bool ran_backward;
    size_t d_in_offset[GNN_I_MAX_INPUTS];
    size_t scratch_offset;
};

/* Call an op: plan, allocate, forward, record. Any of the n_inputs may be NULL only if
 * `optional` has its bit set; another NULL means an error happened before, and gives
 * NULL. options (size bytes, may be NULL) are copied. */
gnn_tensor *gnn_i_apply(gnn_context *ctx, const gnn_i_op *op, int n_inputs,
                        gnn_tensor *const *inputs, unsigned optional,
                        const gnn_graph *graph, const void *options, size_t options_size);

/* For plan: describe the output. Sizes are overflow-checked. */
gnn_status gnn_i_call_shape(gnn_i_call *call, gnn_axis axis, int n_axes,
                            const int64_t *shape);
gnn_status gnn_i_call_shape_like(gnn_i_call *call, const gnn_tensor *like);
/* For plan: messages that name the op. */
gnn_status gnn_i_call_fail(const gnn_i_call *call, gnn_status status, const char *format,
                           ...) GNN_PRINTF(3, 4);
/* Input i is dense gnn_real with this many axes (0: any). */
gnn_status gnn_i_call_need_dense(const gnn_i_call *call, int i, int n_axes);
/* Bytes for count values of `size`, overflow-checked into *bytes (added to it). */
gnn_status gnn_i_call_add_bytes(gnn_i_call *call, size_t *bytes, int64_t count,
                                size_t size);

/* For backward: input i wants a gradient. */
static inline bool gnn_i_wants(const gnn_i_call *call, int i) {
    return i < call->n_inputs && call->d_in[i] != NULL;
}
/* For plan: input i is there and will want a gradient. */
static inline bool gnn_i_will_want(const gnn_i_call *call, int i) {
    return i < call->n_inputs && call->in[i] && call->in[i]->requires_grad &&
           call->recorded;
}

/* Put an error into the context unless one is there; returns NULL for `return
 * gnn_i_sticky(…)`. */
gnn_tensor *gnn_i_sticky(gnn_context *ctx, gnn_status status);
/* Whether the context is free of errors. */
bool gnn_i_ok(const gnn_context *ctx);

/* Memory of the step (64-byte aligned, uninitialised); NULL and a sticky error when
 * short. */
void *gnn_i_step_alloc(gnn_context *ctx, int64_t count, size_t size);

/* Something that tensors of the step point at: released when the step's memory is given
 * back, or here and now, with a sticky error and false, when memory is short. */
bool gnn_i_hold_for_step(gnn_context *ctx, void *object, void (*release)(void *object));

/* The header of x for somebody who knows that its data stay as they are: a constant, with
 * an id of its own unless x is one already. */
gnn_tensor gnn_i_tensor_as_constant(const gnn_tensor *x);

/* Something to do once, right after the forward pass succeeded and before the optimiser:
 * batch norm moves its running statistics by it. `argument` lives in the step's memory.
 * Run by gnn_backward; never in evaluation. */
void gnn_i_after_forward(gnn_context *ctx, void (*run)(void *argument), void *argument);

#endif
