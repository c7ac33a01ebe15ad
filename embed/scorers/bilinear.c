/* Folds by matrices: products of all questions of a relation at once. */
#include "scorers/bilinear.h"

#include "kernels/table.h"

/* C += A op(R), rows of A and C are vectors of questions. */
static void multiply(const emb_i_scorer *s, int64_t n, const gnn_real *a,
                     const gnn_real *r, bool transposed, gnn_real *c, bool accumulate) {
    const gnn_i_gemm_args args = {.a = a,
                                  .lda = s->dim,
                                  .b = r,
                                  .ldb = s->dim,
                                  .b_transposed = transposed,
                                  .c = c,
                                  .ldc = s->dim,
                                  .k1 = s->dim,
                                  .scale = 1,
                                  .accumulate = accumulate};
    gnn_i_kernels_get()->gemm(&args, 0, n, 0, s->dim);
}

void emb_i_bilinear_fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    multiply(s, f->n, f->anchor, f->relation, side == EMB_I_HEAD, f->query, false);
}

void emb_i_bilinear_fold_backward(const emb_i_scorer *s, emb_i_side side,
                                  const emb_i_fold *f) {
    multiply(s, f->n, f->d_query, f->relation, side == EMB_I_TAIL, f->d_anchor, true);
    /* dR = Σ h dqᵀ, or of heads asked Σ dq tᵀ */
    const gnn_i_gemm_args args = {.a = side == EMB_I_TAIL ? f->anchor : f->d_query,
                                  .lda = s->dim,
                                  .a_transposed = true,
                                  .b = side == EMB_I_TAIL ? f->d_query : f->anchor,
                                  .ldb = s->dim,
                                  .c = f->d_relation,
                                  .ldc = s->dim,
                                  .k1 = f->n,
                                  .scale = 1,
                                  .accumulate = true};
    gnn_i_kernels_get()->gemm(&args, 0, s->dim, 0, s->dim);
}
