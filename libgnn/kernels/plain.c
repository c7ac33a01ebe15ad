#include "kernels/ref.h"
#include <string.h>
void gnn_i_dropout_apply(int n_threads, const gnn_i_dropout *dropout, int64_t n,
                         const gnn_real *x, gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_dropout_apply(dropout, n, x, y);
}
void gnn_i_dropout_backward(int n_threads, const gnn_i_dropout *dropout, int64_t n,
                            const gnn_real *dy, gnn_real *dx, bool accumulate) {
    (void)n_threads;
    gnn_i_ref_dropout_backward(dropout, n, dy, dx, accumulate);
}
void gnn_i_fill_uniform(int n_threads, uint64_t seed, uint64_t stream, int64_t n,
                        gnn_real low, gnn_real high, gnn_real *x) {
    (void)n_threads;
    gnn_i_ref_fill_uniform(seed, stream, n, low, high, x);
}
void gnn_i_fill_normal(int n_threads, uint64_t seed, uint64_t stream, int64_t n,
                       gnn_real mean, gnn_real deviation, gnn_real *x) {
    (void)n_threads;
    gnn_i_ref_fill_normal(seed, stream, n, mean, deviation, x);
}
void gnn_i_fill(int n_threads, int64_t n, gnn_real value, gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_fill(n, value, y);
}
void gnn_i_copy(int n_threads, int64_t n, const gnn_real *x, gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_copy(n, x, y);
}
void gnn_i_scale(int n_threads, int64_t n, gnn_real factor, gnn_real *x) {
    (void)n_threads;
    gnn_i_ref_scale(n, factor, x);
}
void gnn_i_axpy(int n_threads, int64_t n, gnn_real factor, const gnn_real *x,
                gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_axpy(n, factor, x, y);
}
void gnn_i_axpby(int n_threads, int64_t n, gnn_real alpha, const gnn_real *a,
                 gnn_real beta, const gnn_real *b, gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_axpby(n, alpha, a, beta, b, y);
}
void gnn_i_unary(int n_threads, gnn_i_unary_op op, gnn_real parameter, int64_t n,
                 const gnn_real *x, gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_unary(op, parameter, n, x, y);
}
void gnn_i_unary_backward(int n_threads, gnn_i_unary_op op, gnn_real parameter, int64_t n,
                          const gnn_real *x, const gnn_real *y, const gnn_real *dy,
                          gnn_real *dx, bool accumulate) {
    (void)n_threads;
    gnn_i_ref_unary_backward(op, parameter, n, x, y, dy, dx, accumulate);
}
void gnn_i_unary_dropout(int n_threads, gnn_i_unary_op op, gnn_real parameter,
                         const gnn_i_dropout *dropout, int64_t n, const gnn_real *x,
                         gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_unary_dropout(op, parameter, dropout, n, x, y);
}
void gnn_i_unary_dropout_backward(int n_threads, gnn_i_unary_op op, gnn_real parameter,
                                  const gnn_i_dropout *dropout, int64_t n,
                                  const gnn_real *x, const gnn_real *y,
                                  const gnn_real *dy, gnn_real *dx, bool accumulate) {
    (void)n_threads;
    gnn_i_ref_unary_dropout_backward(op, parameter, dropout, n, x, y, dy, dx, accumulate);
}
void gnn_i_binary(int n_threads, gnn_i_binary_op op, int64_t rows, int64_t cols,
                  const gnn_real *a, gnn_i_broadcast kind_a, const gnn_real *b,
                  gnn_i_broadcast kind_b, gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_binary(op, rows, cols, a, kind_a, b, kind_b, y);
}
void gnn_i_binary_backward(int n_threads, gnn_i_binary_op op, int64_t rows, int64_t cols,
                           const gnn_real *a, gnn_i_broadcast kind_a, const gnn_real *b,
                           gnn_i_broadcast kind_b, const gnn_real *dy, gnn_real *da,
                           gnn_real *db, void *scratch) {
    (void)n_threads;
    (void)scratch;
    gnn_i_ref_binary_backward(op, rows, cols, a, kind_a, b, kind_b, dy, da, db);
}
void gnn_i_column_sums(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                       gnn_real *y, bool accumulate, void *scratch) {
    (void)n_threads;
    (void)scratch;
    gnn_i_ref_column_sums(rows, cols, x, y, accumulate);
}
void gnn_i_column_dots(int n_threads, int64_t rows, int64_t cols, const gnn_real *a,
                       const gnn_real *b, gnn_real *y, bool accumulate, void *scratch) {
    (void)n_threads;
    (void)scratch;
    gnn_i_ref_column_dots(rows, cols, a, b, y, accumulate);
}
void gnn_i_row_sums(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                    gnn_real *y, bool accumulate) {
    (void)n_threads;
    gnn_i_ref_row_sums(rows, cols, x, y, accumulate);
}
void gnn_i_head_dot(int n_threads, int64_t rows, int heads, int64_t dim,
                    const gnn_real *x, const gnn_real *a, gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_head_dot(rows, heads, dim, x, a, y);
}
void gnn_i_head_dot_backward(int n_threads, int64_t rows, int heads, int64_t dim,
                             const gnn_real *x, const gnn_real *a, const gnn_real *dy,
                             gnn_real *dx, gnn_real *da, void *scratch) {
    (void)n_threads;
    (void)scratch;
    gnn_i_ref_head_dot_backward(rows, heads, dim, x, a, dy, dx, da);
}
void gnn_i_softmax(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                   gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_softmax(rows, cols, x, y);
}
void gnn_i_log_softmax(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                       gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_log_softmax(rows, cols, x, y);
}
void gnn_i_softmax_backward(int n_threads, int64_t rows, int64_t cols, const gnn_real *y,
                            const gnn_real *dy, gnn_real *dx, bool accumulate) {
    (void)n_threads;
    gnn_i_ref_softmax_backward(rows, cols, y, dy, dx, accumulate);
}
void gnn_i_log_softmax_backward(int n_threads, int64_t rows, int64_t cols,
                                const gnn_real *y, const gnn_real *dy, gnn_real *dx,
                                bool accumulate) {
    (void)n_threads;
    gnn_i_ref_log_softmax_backward(rows, cols, y, dy, dx, accumulate);
}
void gnn_i_cross_entropy(int n_threads, int64_t n, const gnn_id *rows, int64_t cols,
                         const gnn_real *x, const int32_t *labels,
                         const gnn_real *class_weight, gnn_real smoothing, gnn_real *lse,
                         double sums[2], void *scratch) {
    (void)n_threads;
    (void)scratch;
    gnn_i_ref_cross_entropy(n, rows, cols, x, labels, class_weight, smoothing, lse, sums);
}
void gnn_i_cross_entropy_backward(int n_threads, int64_t n, const gnn_id *rows,
                                  int64_t cols, const gnn_real *x, const int32_t *labels,
                                  const gnn_real *class_weight, gnn_real smoothing,
                                  const gnn_real *lse, gnn_real factor, gnn_real *dx) {
    (void)n_threads;
    (void)lse;
    gnn_i_ref_cross_entropy_backward(n, rows, cols, x, labels, class_weight, smoothing,
                                     factor, dx);
}
void gnn_i_layer_norm(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                      const gnn_real *gamma, const gnn_real *beta, gnn_real eps,
                      gnn_real *y, gnn_real *mean, gnn_real *rstd) {
    (void)n_threads;
    gnn_i_ref_layer_norm(rows, cols, x, gamma, beta, eps, y, mean, rstd);
}
void gnn_i_layer_norm_backward(int n_threads, int64_t rows, int64_t cols,
                               const gnn_real *x, const gnn_real *gamma,
                               const gnn_real *mean, const gnn_real *rstd,
                               const gnn_real *dy, gnn_real *dx, gnn_real *dgamma,
                               gnn_real *dbeta, void *scratch) {
    (void)n_threads;
    (void)scratch;
    gnn_i_ref_layer_norm_backward(rows, cols, x, gamma, mean, rstd, dy, dx, dgamma,
                                  dbeta);
}
void gnn_i_column_stats(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                        gnn_real *mean, gnn_real *var, void *scratch) {
    (void)n_threads;
    (void)scratch;
    gnn_i_ref_column_stats(rows, cols, x, mean, var);
}
void gnn_i_batch_norm(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                      const gnn_real *mean, const gnn_real *var, const gnn_real *gamma,
                      const gnn_real *beta, gnn_real eps, gnn_real *y) {
    (void)n_threads;
    gnn_i_ref_batch_norm(rows, cols, x, mean, var, gamma, beta, eps, y);
}
void gnn_i_batch_norm_backward(int n_threads, int64_t rows, int64_t cols,
                               const gnn_real *x, const gnn_real *mean,
                               const gnn_real *var, const gnn_real *gamma, gnn_real eps,
                               bool batch_stats, const gnn_real *dy, gnn_real *dx,
                               gnn_real *dgamma, gnn_real *dbeta, void *scratch) {
    (void)n_threads;
    (void)scratch;
    gnn_i_ref_batch_norm_backward(rows, cols, x, mean, var, gamma, eps, batch_stats, dy,
                                  dx, dgamma, dbeta);
}
double gnn_i_dot(int n_threads, int64_t n, const gnn_real *x, const gnn_real *y,
                 void *scratch) {
    (void)n_threads;
    (void)scratch;
    return gnn_i_ref_dot(n, x, y);
}
double gnn_i_sum(int n_threads, int64_t n, const gnn_real *x, void *scratch) {
    (void)n_threads;
    (void)scratch;
    return gnn_i_ref_sum(n, x);
}
void gnn_i_adam(int n_threads, const gnn_i_adam_args *args, int64_t n, const gnn_real *g,
                gnn_real *w, gnn_real *m, gnn_real *v) {
    (void)n_threads;
    gnn_i_ref_adam(args, n, g, w, m, v);
}
void gnn_i_sgd(int n_threads, const gnn_i_sgd_args *args, int64_t n, const gnn_real *g,
               gnn_real *w, gnn_real *velocity) {
    (void)n_threads;
    gnn_i_ref_sgd(args, n, g, w, velocity);
}
void gnn_i_philox_blocks(uint64_t seed, uint64_t stream, uint64_t first_block,
                         int64_t n_blocks, uint32_t *words) {
    for (int64_t b = 0; b < n_blocks; b++)
        gnn_i_ref_philox(seed, stream, first_block + (uint64_t)b, words + 4 * b);
}
void gnn_i_dropout_mask(const gnn_i_dropout *dropout, uint64_t first, int64_t n,
                        gnn_real *mask) {
    for (int64_t i = 0; i < n; i++)
        mask[i] = gnn_i_ref_mask(dropout, first + (uint64_t)i);
}
bool gnn_i_unary_needs_x(gnn_i_unary_op op) {
    return op != GNN_I_UNARY_NEG && op != GNN_I_UNARY_RELU && op != GNN_I_UNARY_TANH &&
           op != GNN_I_UNARY_SIGMOID && op != GNN_I_UNARY_EXP && op != GNN_I_UNARY_SQRT;
}
bool gnn_i_unary_needs_y(gnn_i_unary_op op) {
    return op == GNN_I_UNARY_RELU || op == GNN_I_UNARY_TANH ||
           op == GNN_I_UNARY_SIGMOID || op == GNN_I_UNARY_EXP || op == GNN_I_UNARY_SQRT;
}
size_t gnn_i_binary_scratch(int64_t rows, int64_t cols) {
    (void)rows;
    (void)cols;
    return 64;
}
size_t gnn_i_column_scratch(int64_t rows, int64_t cols) {
    (void)rows;
    (void)cols;
    return 64;
}
size_t gnn_i_cross_entropy_scratch(int64_t n) {
    (void)n;
    return 64;
}
size_t gnn_i_sum_scratch(int64_t n) {
    (void)n;
    return 64;
}
double gnn_i_squared_norm(int n_threads, int64_t n, const gnn_real *x, void *scratch) {
    (void)n_threads;
    (void)scratch;
    return gnn_i_ref_dot(n, x, x);
}
