/* Normalisation of the columns of each segment of rows (the graphs of a batch), with a
 * learned share of the mean taken away: GraphNorm (Cai et al. 2021, arXiv:2009.03294, eq.
 * 4). */
#ifndef GNN_KERNELS_SEGMENT_NORM_H
#define GNN_KERNELS_SEGMENT_NORM_H

#include <gnn/status.h>

/* For each segment s of n_s rows and column c:
 *   mean = Σ x / n_s,  u = x - shift_c mean,  rstd = 1 / √(Σ u² / n_s + eps),
 *   y = gain_c u rstd + offset_c.
 * @param ptr (n_segments + 1) from 0 @param shift, gain, offset (cols) or NULL (1, 1, 0)
 * @param mean, rstd (n_segments, cols) are written. y may be x. */
void gnn_i_segment_norm(int n_threads, int64_t n_segments, const gnn_off *ptr,
                        int64_t cols, const gnn_real *x, const gnn_real *shift,
                        const gnn_real *gain, const gnn_real *offset, gnn_real eps,
                        gnn_real *y, gnn_real *mean, gnn_real *rstd);
/* With x̂ = u rstd, g = dy gain:  du = rstd (g - x̂ mean(g x̂)),  dx += du - shift
 * mean(du), dshift += -Σ_s mean_s Σ du,  dgain += Σ dy x̂,  doffset += Σ dy. NULL ones
 * are skipped. scratch: gnn_i_segment_norm_scratch bytes, aligned to 64. */
void gnn_i_segment_norm_backward(int n_threads, int64_t n_segments, const gnn_off *ptr,
                                 int64_t cols, const gnn_real *x, const gnn_real *shift,
                                 const gnn_real *gain, const gnn_real *mean,
                                 const gnn_real *rstd, const gnn_real *dy, gnn_real *dx,
                                 gnn_real *dshift, gnn_real *dgain, gnn_real *doffset,
                                 void *scratch);
size_t gnn_i_segment_norm_scratch(int64_t n_segments, int64_t cols);

#endif
