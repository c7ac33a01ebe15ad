/* Kernels over the rows or columns of a dense (rows, cols) matrix: sums, softmax, losses,
 * normalisation. Sums over rows add fixed blocks in order. */
#ifndef GNN_KERNELS_ROWS_H
#define GNN_KERNELS_ROWS_H

#include <gnn/status.h>

/* y[c] = or += Σ_r x[r,c] (bias gradients). scratch: gnn_i_column_scratch bytes. */
void gnn_i_column_sums(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                       gnn_real *y, bool accumulate, void *scratch);
/* y[c] = or += Σ_r a[r,c] b[r,c]. */
void gnn_i_column_dots(int n_threads, int64_t rows, int64_t cols, const gnn_real *a,
                       const gnn_real *b, gnn_real *y, bool accumulate, void *scratch);
size_t gnn_i_column_scratch(int64_t rows, int64_t cols);
/* y[r] = or += Σ_c x[r,c]. */
void gnn_i_row_sums(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                    gnn_real *y, bool accumulate);

/* Per head h: y[r,h] = Σ_k x[r,h,k] a[h,k]; x (rows, heads dim), a (heads, dim). */
void gnn_i_head_dot(int n_threads, int64_t rows, int heads, int64_t dim,
                    const gnn_real *x, const gnn_real *a, gnn_real *y);
/* dx[r,h,k] += dy[r,h] a[h,k],  da[h,k] += Σ_r dy[r,h] x[r,h,k]. dx, da: NULL to skip.
 * scratch: gnn_i_column_scratch(rows, heads dim) bytes. */
void gnn_i_head_dot_backward(int n_threads, int64_t rows, int heads, int64_t dim,
                             const gnn_real *x, const gnn_real *a, const gnn_real *dy,
                             gnn_real *dx, gnn_real *da, void *scratch);

/* y[r,:] = softmax(x[r,:]); with log: its logarithm. y may be x. cols > 0. */
void gnn_i_softmax(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                   gnn_real *y);
void gnn_i_log_softmax(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                       gnn_real *y);
/* dx = or += y (dy - Σ_c y dy);  of the logarithm: dx = or += dy - exp(y) Σ_c dy.
 * dx may be dy. */
void gnn_i_softmax_backward(int n_threads, int64_t rows, int64_t cols, const gnn_real *y,
                            const gnn_real *dy, gnn_real *dx, bool accumulate);
void gnn_i_log_softmax_backward(int n_threads, int64_t rows, int64_t cols,
                                const gnn_real *y, const gnn_real *dy, gnn_real *dx,
                                bool accumulate);

/* Cross-entropy of the rows rows[i] (or i where rows is NULL), i < n, of logits x (…,
 * cols):
 *   l_i = v_t Σ_c -q_c log softmax(x)_c,  q_c = (1 - smoothing) [c = t] + smoothing /
 *   cols
 * with t = labels[row] and v its class weight (1 where NULL). Rows with label < 0 are
 * skipped. sums[0] = Σ l_i, sums[1] = Σ v_t, in double, fixed blocks in order; the mean
 * loss is their quotient. lse (n) receives log Σ exp of each row for the backward pass.
 * scratch: gnn_i_cross_entropy_scratch(n) bytes. */
void gnn_i_cross_entropy(int n_threads, int64_t n, const gnn_id *rows, int64_t cols,
                         const gnn_real *x, const int32_t *labels,
                         const gnn_real *class_weight, gnn_real smoothing, gnn_real *lse,
                         double sums[2], void *scratch);
size_t gnn_i_cross_entropy_scratch(int64_t n);
/* dx[row,c] += factor v_t (softmax(x)_c - q_c) for each i; with more than one
 * thread the rows have to be distinct. */
void gnn_i_cross_entropy_backward(int n_threads, int64_t n, const gnn_id *rows,
                                  int64_t cols, const gnn_real *x, const int32_t *labels,
                                  const gnn_real *class_weight, gnn_real smoothing,
                                  const gnn_real *lse, gnn_real factor, gnn_real *dx);

/* Layer normalisation (Ba et al. 2016): y = (x - mean_r) rstd_r gamma + beta over each
 * row, rstd = 1 / sqrt(var + eps), biased variance. gamma, beta (cols) or NULL (1, 0).
 * mean, rstd (rows) are written. y may be x. */
void gnn_i_layer_norm(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                      const gnn_real *gamma, const gnn_real *beta, gnn_real eps,
                      gnn_real *y, gnn_real *mean, gnn_real *rstd);
/* With x̂ = (x - mean) rstd, g = dy gamma:
 *   dx += rstd (g - mean_c(g) - x̂ mean_c(g x̂)),  dgamma += Σ_r dy x̂,  dbeta += Σ_r dy.
 * dx, dgamma, dbeta: NULL to skip. scratch: 2 gnn_i_column_scratch bytes. */
void gnn_i_layer_norm_backward(int n_threads, int64_t rows, int64_t cols,
                               const gnn_real *x, const gnn_real *gamma,
                               const gnn_real *mean, const gnn_real *rstd,
                               const gnn_real *dy, gnn_real *dx, gnn_real *dgamma,
                               gnn_real *dbeta, void *scratch);

/* Column statistics: mean[c], var[c] (biased) over the rows, in two passes. rows > 0.
 * scratch: gnn_i_column_scratch bytes. */
void gnn_i_column_stats(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                        gnn_real *mean, gnn_real *var, void *scratch);
/* Batch normalisation (Ioffe & Szegedy 2015) with given statistics (of this batch, or the
 * running ones): y = (x - mean_c) / sqrt(var_c + eps) gamma + beta. y may be x. */
void gnn_i_batch_norm(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                      const gnn_real *mean, const gnn_real *var, const gnn_real *gamma,
                      const gnn_real *beta, gnn_real eps, gnn_real *y);
/* Gradient where the statistics are those of this batch (batch_stats) or constants. With
 * rstd = 1/sqrt(var + eps), x̂ = (x - mean) rstd:
 *   dgamma += Σ_r dy x̂, dbeta += Σ_r dy,
 *   dx += gamma rstd (dy - mean_r(dy) - x̂ mean_r(dy x̂))   or   gamma rstd dy.
 * scratch: 2 gnn_i_column_scratch bytes. */
void gnn_i_batch_norm_backward(int n_threads, int64_t rows, int64_t cols,
                               const gnn_real *x, const gnn_real *mean,
                               const gnn_real *var, const gnn_real *gamma, gnn_real eps,
                               bool batch_stats, const gnn_real *dy, gnn_real *dx,
                               gnn_real *dgamma, gnn_real *dbeta, void *scratch);

#endif
