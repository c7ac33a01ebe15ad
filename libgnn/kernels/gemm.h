/* Dense products, row-major. C is M × N, rows ldc apart; strides count elements. None of
 * the operands overlaps C. M, N or K may be 0 (an empty sum is 0, or leaves C when
 * accumulating). Rows are shared among threads in blocks that depend on the shapes
 * only. */
#ifndef GNN_KERNELS_GEMM_H
#define GNN_KERNELS_GEMM_H

#include <gnn/status.h>

/* What is done to each element of a product before it is stored:
 *   C = old + scale AB + addend_scale addend + bias, then relu where asked for,
 * old = C when accumulating, else 0. Fields left zero are absent. */
typedef struct gnn_i_gemm_epilogue {
    gnn_real scale;         /* 0: 1 */
    const gnn_real *addend; /* (M, N), rows ldc apart; may be C itself; NULL: none */
    gnn_real addend_scale;
    const gnn_real *bias; /* (N) or NULL */
    bool relu;
} gnn_i_gemm_epilogue;

/* C = or += A B, then the epilogue (NULL: none). A is M × K, B is K × N. */
void gnn_i_gemm_nn(int n_threads, int64_t m, int64_t n, int64_t k, const gnn_real *a,
                   int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                   bool accumulate, const gnn_i_gemm_epilogue *epilogue);
/* C = or += A Bᵀ, then the epilogue. A is M × K, B is N × K. */
void gnn_i_gemm_nt(int n_threads, int64_t m, int64_t n, int64_t k, const gnn_real *a,
                   int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                   bool accumulate, const gnn_i_gemm_epilogue *epilogue);
/* C = or += Aᵀ B. A is K × M, B is K × N: weight gradients, K may be millions. Fixed
 * blocks of K are summed in order. scratch: gnn_i_gemm_tn_scratch(m, n, k) bytes, aligned
 * to 64. */
void gnn_i_gemm_tn(int n_threads, int64_t m, int64_t n, int64_t k, const gnn_real *a,
                   int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                   bool accumulate, void *scratch);
size_t gnn_i_gemm_tn_scratch(int64_t m, int64_t n, int64_t k);

#endif
