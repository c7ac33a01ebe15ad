/* Losses: means over rows, as scalars (shape {1}), summed in double. */
#ifndef GNN_LOSS_H
#define GNN_LOSS_H

#include <gnn/context.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Rows that a loss looks at: n row numbers, or all rows when NULL. Borrowed until the
 *  step ends. With `rows`, target arrays are still indexed by row of x. A row may be
 *  listed more than once and counts as often; where the list does not ascend strictly,
 *  its gradient is taken by one thread. */

/** Mean over rows i of w_{c_i} · -[(1-s) log p(c_i) + s/C Σ_c log p(c)], p = softmax(x),
 *  divided by Σ w_{c_i}; s label smoothing [Szegedy et al. 2016].
 *  @param x (n, classes) logits @param class_of (n) class of each row of x, -1: skipped
 *  @param rows (n_rows) or NULL @param class_weight (classes) or NULL
 *  Gradient: (p - target)·w / Σw on the rows, zero elsewhere. */
GNN_API gnn_tensor *gnn_cross_entropy(gnn_context *ctx, gnn_tensor *x,
                                      const gnn_id *class_of, int64_t n_rows,
                                      const gnn_id *rows, const gnn_real *class_weight,
                                      gnn_real smoothing);
/** Mean over rows and columns of log(1+e^x) - t x; NaN targets are skipped;
 *  positive_weight (columns) multiplies the positive terms, or NULL. */
GNN_API gnn_tensor *gnn_bce_with_logits(gnn_context *ctx, gnn_tensor *x,
                                        const gnn_real *target, int64_t n_rows,
                                        const gnn_id *rows,
                                        const gnn_real *positive_weight);
/** Mean of (x - t)², |x - t|, or Huber's ½r² (|r| <= δ), δ(|r| - ½δ) else; NaN targets
 *  are skipped. */
GNN_API gnn_tensor *gnn_mse(gnn_context *ctx, gnn_tensor *x, const gnn_real *target,
                            int64_t n_rows, const gnn_id *rows);
GNN_API gnn_tensor *gnn_l1(gnn_context *ctx, gnn_tensor *x, const gnn_real *target,
                           int64_t n_rows, const gnn_id *rows);
GNN_API gnn_tensor *gnn_huber(gnn_context *ctx, gnn_tensor *x, const gnn_real *target,
                              int64_t n_rows, const gnn_id *rows, gnn_real delta);

#ifdef __cplusplus
}
#endif

#endif
