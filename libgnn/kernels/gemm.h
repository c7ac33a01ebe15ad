/* Dense products, row-major. C is M × N, rows ldc apart; strides count elements. None of the
 * operands overlaps C. M, N or K may be 0 (an empty sum is 0, or leaves C when accumulating).
 * Rows are shared among threads in blocks that depend on the shapes only. */
#ifndef GNN_KERNELS_GEMM_H
#define GNN_KERNELS_GEMM_H

#include <gnn/status.h>

typedef enum gnn_i_epilogue { GNN_I_IDENTITY, GNN_I_RELU } gnn_i_epilogue;

/* C = or += A B (+ bias), then the epilogue. A is M × K, B is K × N, bias (N) or NULL. */
void gnn_i_gemm_nn(int n_threads, int64_t m, int64_t n, int64_t k, const gnn_real *a,
                   int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                   bool accumulate, const gnn_real *bias, gnn_i_epilogue epilogue);
/* C = or += A Bᵀ (+ bias), then the epilogue. A is M × K, B is N × K. */
void gnn_i_gemm_nt(int n_threads, int64_t m, int64_t n, int64_t k, const gnn_real *a,
                   int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                   bool accumulate, const gnn_real *bias, gnn_i_epilogue epilogue);
/* C = or += Aᵀ B. A is K × M, B is K × N: weight gradients, K may be millions. Fixed blocks of
 * K are summed in order. scratch: gnn_i_gemm_tn_scratch(m, n, k) bytes, aligned to 64. */
void gnn_i_gemm_tn(int n_threads, int64_t m, int64_t n, int64_t k, const gnn_real *a,
                   int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                   bool accumulate, void *scratch);
size_t gnn_i_gemm_tn_scratch(int64_t m, int64_t n, int64_t k);

#endif
