/* The context: one a thread. It owns the memory of a step, the tape, gradients, the
 * random stream, the number of threads and the first error. */
#ifndef GNN_CONTEXT_H
#define GNN_CONTEXT_H

#include <gnn/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct gnn_context gnn_context;

/** @param n_threads 0: all processors. @param seed of dropout and other randomness in
 *  steps. */
GNN_API gnn_status gnn_context_new(int n_threads, uint64_t seed, gnn_context **ctx);
GNN_API void gnn_context_free(gnn_context *ctx);

typedef enum gnn_mode {
    GNN_TRAIN, /**< ops are recorded, dropout drops, batch norm uses the batch */
    GNN_EVAL   /**< nothing is recorded, dropout is the identity */
} gnn_mode;

/** Begin a step: forget the tensors, tape, gradients and error of the one before. `step`
 *  picks the random stream: the same (seed, step) draws the same dropout masks. Allocates
 *  nothing. */
GNN_API void gnn_context_begin(gnn_context *ctx, gnn_mode mode, uint64_t step);
GNN_API gnn_mode gnn_context_mode(const gnn_context *ctx);

/** The first error since gnn_context_begin, GNN_OK if there was none; gnn_last_error has
 *  its message. Ops given NULL return NULL, so checking once, at the end, is enough. */
GNN_API gnn_status gnn_context_status(const gnn_context *ctx);

GNN_API int gnn_context_n_threads(const gnn_context *ctx);
GNN_API uint64_t gnn_context_seed(const gnn_context *ctx);
/** Bytes of the step arenas at their peak. */
GNN_API size_t gnn_context_peak_bytes(const gnn_context *ctx);

/** Mark the step's memory and later give back what was taken since: for inference in node
 *  blocks (GNN_EVAL only). Tensors made after the mark are gone. */
GNN_API size_t gnn_context_mark(gnn_context *ctx);
GNN_API void gnn_context_rewind(gnn_context *ctx, size_t mark);

/** A dense gnn_real tensor in the step's memory, uninitialised, to be filled by the
 *  caller. NULL on error (sticky): GNN_ERR_ARGUMENT for a shape that cannot be,
 *  GNN_ERR_MEMORY. */
GNN_API gnn_tensor *gnn_step_tensor(gnn_context *ctx, gnn_axis axis, int n_axes,
                                    const int64_t *shape);

/** Gradients of the scalar `loss` with respect to everything that requires one. Lays out
 *  all gradients by lifetime first: it fails there (GNN_ERR_MEMORY) or never. Reports any
 *  error since gnn_context_begin.
 *  Called again in a step, for the same loss or another, it forgets the gradients of the
 *  time before. Attention keeps nothing for a second time: where the loss depends on a
 *  call of gnn_attention or gnn_attention2 that ran backward already, the second call
 *  fails with GNN_ERR_ARGUMENT. */
GNN_API gnn_status gnn_backward(gnn_context *ctx, const gnn_tensor *loss);

/** Gradient of a parameter or of a tensor made with gnn_watch after gnn_backward: dense,
 *  the shape of the tensor, borrowed until gnn_context_begin. NULL when none reached it,
 *  or when it is row-sparse (gnn_gradient_rows). */
GNN_API gnn_real *gnn_gradient(gnn_context *ctx, const gnn_tensor *tensor);

/** A row-sparse gradient: distinct ascending rows of the tensor and their values,
 *  coalesced. */
typedef struct gnn_rows {
    int64_t n;              /**< rows touched */
    const gnn_id *index;    /**< (n) */
    const gnn_real *values; /**< (n, width) */
} gnn_rows;
/** The gradient of a tensor that only gnn_lookup read. False when it is dense or
 *  absent. */
GNN_API bool gnn_gradient_rows(gnn_context *ctx, const gnn_tensor *tensor,
                               gnn_rows *rows);

/** A constant of the caller's (features, say) seen as requiring a gradient in this
 *  step. */
GNN_API gnn_tensor *gnn_watch(gnn_context *ctx, const gnn_tensor *tensor);

#ifdef __cplusplus
}
#endif

#endif
