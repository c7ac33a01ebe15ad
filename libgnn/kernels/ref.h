/* The plain version of every kernel: loops that follow the formula in its header, sums in
 * double, one thread. The oracle of the tests; nothing in the library calls it.
 * Signatures are those of the kernels without threads and scratch. */
#ifndef GNN_KERNELS_REF_H
#define GNN_KERNELS_REF_H

#include "kernels/edge_softmax.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/pairs.h"
#include "kernels/rng.h"
#include "kernels/rows.h"
#include "kernels/sddmm.h"
#include "kernels/segment.h"
#include "kernels/spmm.h"
#include "kernels/update.h"

/* rng.h: drawn with Random123's own code, one element at a time */
gnn_real gnn_i_ref_mask(const gnn_i_dropout *dropout, uint64_t element);
void gnn_i_ref_philox(uint64_t seed, uint64_t stream, uint64_t block, uint32_t words[4]);
void gnn_i_ref_dropout_apply(const gnn_i_dropout *dropout, int64_t n, const gnn_real *x,
                             gnn_real *y);
void gnn_i_ref_dropout_backward(const gnn_i_dropout *dropout, int64_t n,
                                const gnn_real *dy, gnn_real *dx, bool accumulate);
void gnn_i_ref_fill_uniform(uint64_t seed, uint64_t stream, int64_t n, gnn_real low,
                            gnn_real high, gnn_real *x);
void gnn_i_ref_fill_normal(uint64_t seed, uint64_t stream, int64_t n, gnn_real mean,
                           gnn_real deviation, gnn_real *x);

/* spmm.h, sddmm.h */
void gnn_i_ref_spmm(const gnn_i_spmm_args *args);
void gnn_i_ref_spmm_max_backward(int64_t n_sources, const gnn_off *t_ptr,
                                 const gnn_id *t_row, const int32_t *perm,
                                 const gnn_off *perm64, const gnn_off *row_ptr,
                                 const gnn_real *w, int64_t width, const gnn_real *dy,
                                 const int32_t *argmax, gnn_real *dx, bool accumulate);
void gnn_i_ref_spmm_max_backward_w(int64_t n_rows, const gnn_off *row_ptr,
                                   const gnn_id *col, int64_t width, const gnn_real *dy,
                                   const gnn_real *x, const int32_t *argmax, gnn_real *dw,
                                   bool accumulate);
void gnn_i_ref_spmm_relu_add(int64_t n_rows, const gnn_off *row_ptr, const gnn_id *col,
                             int64_t width, const gnn_real *x, const gnn_real *e,
                             gnn_real *y);
void gnn_i_ref_spmm_relu_add_backward(int64_t n_rows, const gnn_off *row_ptr,
                                      const gnn_id *col, int64_t width, const gnn_real *x,
                                      const gnn_real *e, const gnn_real *dy, gnn_real *dx,
                                      gnn_real *de);
void gnn_i_ref_sddmm(int64_t n_rows, const gnn_off *row_ptr, const gnn_id *col, int heads,
                     int64_t width, const gnn_real *dy, int64_t ldy, const gnn_real *x,
                     int64_t ldx, const gnn_real *row_scale, gnn_real *dw,
                     bool accumulate);
void gnn_i_ref_row_dot(int64_t n_rows, int64_t width, const gnn_real *a,
                       const gnn_real *b, gnn_real *y, bool accumulate);

/* segment.h */
void gnn_i_ref_segment_reduce(gnn_i_reduce reduce, int64_t n_segments, const gnn_off *ptr,
                              const gnn_id *index, int64_t width, const gnn_real *x,
                              gnn_real *y, int32_t *argmax, bool accumulate);
void gnn_i_ref_segment_reduce_backward(gnn_i_reduce reduce, int64_t n_segments,
                                       const gnn_off *ptr, int64_t width,
                                       const gnn_real *dy, const int32_t *argmax,
                                       gnn_real *dx, bool accumulate);
void gnn_i_ref_segment_softmax(int64_t n_segments, const gnn_off *ptr, int64_t width,
                               const gnn_real *x, gnn_real *y);
void gnn_i_ref_segment_softmax_backward(int64_t n_segments, const gnn_off *ptr,
                                        int64_t width, const gnn_real *y,
                                        const gnn_real *dy, gnn_real *dx,
                                        bool accumulate);
void gnn_i_ref_gather_rows(int64_t n, const gnn_id *index, int64_t width,
                           const gnn_real *x, gnn_real *y, bool accumulate);
void gnn_i_ref_scatter_add_rows(int64_t n, const gnn_id *index, int64_t width,
                                const gnn_real *x, gnn_real *y);

/* edge_softmax.h */
void gnn_i_ref_attention_forward(const gnn_i_attention_args *args);
void gnn_i_ref_attention_backward(const gnn_i_attention_args *args,
                                  const gnn_i_attention_grad *grad);

/* gemm.h */
void gnn_i_ref_gemm_nn(int64_t m, int64_t n, int64_t k, const gnn_real *a, int64_t lda,
                       const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                       bool accumulate, const gnn_i_gemm_epilogue *epilogue);
void gnn_i_ref_gemm_nt(int64_t m, int64_t n, int64_t k, const gnn_real *a, int64_t lda,
                       const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                       bool accumulate, const gnn_i_gemm_epilogue *epilogue);
void gnn_i_ref_gemm_tn(int64_t m, int64_t n, int64_t k, const gnn_real *a, int64_t lda,
                       const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                       bool accumulate);

/* A number as the nearest bfloat16, ties to even. */
gnn_real gnn_i_ref_bf16(gnn_real x);

/* elementwise.h */
void gnn_i_ref_fill(int64_t n, gnn_real value, gnn_real *y);
void gnn_i_ref_copy(int64_t n, const gnn_real *x, gnn_real *y);
void gnn_i_ref_scale(int64_t n, gnn_real factor, gnn_real *x);
void gnn_i_ref_axpy(int64_t n, gnn_real factor, const gnn_real *x, gnn_real *y);
void gnn_i_ref_axpby(int64_t n, gnn_real alpha, const gnn_real *a, gnn_real beta,
                     const gnn_real *b, gnn_real *y);
void gnn_i_ref_unary(gnn_i_unary_op op, gnn_real parameter, int64_t n, const gnn_real *x,
                     gnn_real *y);
void gnn_i_ref_unary_backward(gnn_i_unary_op op, gnn_real parameter, int64_t n,
                              const gnn_real *x, const gnn_real *y, const gnn_real *dy,
                              gnn_real *dx, bool accumulate);
void gnn_i_ref_unary_dropout(gnn_i_unary_op op, gnn_real parameter,
                             const gnn_i_dropout *dropout, int64_t n, const gnn_real *x,
                             gnn_real *y);
void gnn_i_ref_unary_dropout_backward(gnn_i_unary_op op, gnn_real parameter,
                                      const gnn_i_dropout *dropout, int64_t n,
                                      const gnn_real *x, const gnn_real *y,
                                      const gnn_real *dy, gnn_real *dx, bool accumulate);
void gnn_i_ref_binary(gnn_i_binary_op op, int64_t rows, int64_t cols, const gnn_real *a,
                      gnn_i_broadcast kind_a, const gnn_real *b, gnn_i_broadcast kind_b,
                      gnn_real *y);
void gnn_i_ref_binary_backward(gnn_i_binary_op op, int64_t rows, int64_t cols,
                               const gnn_real *a, gnn_i_broadcast kind_a,
                               const gnn_real *b, gnn_i_broadcast kind_b,
                               const gnn_real *dy, gnn_real *da, gnn_real *db);

/* rows.h */
void gnn_i_ref_column_sums(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *y,
                           bool accumulate);
void gnn_i_ref_column_dots(int64_t rows, int64_t cols, const gnn_real *a,
                           const gnn_real *b, gnn_real *y, bool accumulate);
void gnn_i_ref_row_sums(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *y,
                        bool accumulate);
void gnn_i_ref_head_dot(int64_t rows, int heads, int64_t dim, const gnn_real *x,
                        const gnn_real *a, gnn_real *y);
void gnn_i_ref_head_dot_backward(int64_t rows, int heads, int64_t dim, const gnn_real *x,
                                 const gnn_real *a, const gnn_real *dy, gnn_real *dx,
                                 gnn_real *da);
void gnn_i_ref_softmax(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *y);
void gnn_i_ref_log_softmax(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *y);
void gnn_i_ref_softmax_backward(int64_t rows, int64_t cols, const gnn_real *y,
                                const gnn_real *dy, gnn_real *dx, bool accumulate);
void gnn_i_ref_log_softmax_backward(int64_t rows, int64_t cols, const gnn_real *y,
                                    const gnn_real *dy, gnn_real *dx, bool accumulate);
void gnn_i_ref_cross_entropy(int64_t n, const gnn_id *rows, int64_t cols,
                             const gnn_real *x, const int32_t *labels,
                             const gnn_real *class_weight, gnn_real smoothing,
                             gnn_real *lse, double sums[2]);
void gnn_i_ref_cross_entropy_backward(int64_t n, const gnn_id *rows, int64_t cols,
                                      const gnn_real *x, const int32_t *labels,
                                      const gnn_real *class_weight, gnn_real smoothing,
                                      gnn_real factor, gnn_real *dx);
void gnn_i_ref_layer_norm(int64_t rows, int64_t cols, const gnn_real *x,
                          const gnn_real *gamma, const gnn_real *beta, gnn_real eps,
                          gnn_real *y, gnn_real *mean, gnn_real *rstd);
void gnn_i_ref_layer_norm_backward(int64_t rows, int64_t cols, const gnn_real *x,
                                   const gnn_real *gamma, const gnn_real *mean,
                                   const gnn_real *rstd, const gnn_real *dy, gnn_real *dx,
                                   gnn_real *dgamma, gnn_real *dbeta);
void gnn_i_ref_column_stats(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *mean,
                            gnn_real *var);
void gnn_i_ref_batch_norm(int64_t rows, int64_t cols, const gnn_real *x,
                          const gnn_real *mean, const gnn_real *var,
                          const gnn_real *gamma, const gnn_real *beta, gnn_real eps,
                          gnn_real *y);
void gnn_i_ref_batch_norm_backward(int64_t rows, int64_t cols, const gnn_real *x,
                                   const gnn_real *mean, const gnn_real *var,
                                   const gnn_real *gamma, gnn_real eps, bool batch_stats,
                                   const gnn_real *dy, gnn_real *dx, gnn_real *dgamma,
                                   gnn_real *dbeta);

/* update.h */
double gnn_i_ref_dot(int64_t n, const gnn_real *x, const gnn_real *y);
double gnn_i_ref_sum(int64_t n, const gnn_real *x);
void gnn_i_ref_adam(const gnn_i_adam_args *args, int64_t n, const gnn_real *g,
                    gnn_real *w, gnn_real *m, gnn_real *v);
void gnn_i_ref_sgd(const gnn_i_sgd_args *args, int64_t n, const gnn_real *g, gnn_real *w,
                   gnn_real *velocity);

/* pairs.h: distances -Σ_k |x_k - y_k| of every pair, real or (halves) complex, and d_i +=
 * Σ_j w_ij (y_j - x_i) over its length. */
void gnn_i_ref_distances(bool complex_numbers, const gnn_i_pairs_args *args);
void gnn_i_ref_distances_backward(bool complex_numbers, const gnn_i_pairs_args *args);
/* Areas -Σ_k |x_k × y_k| of every pair, halves of a row being the two coordinates. */
void gnn_i_ref_areas(const gnn_i_pairs_args *args);
void gnn_i_ref_areas_backward(const gnn_i_pairs_args *args);

#endif
