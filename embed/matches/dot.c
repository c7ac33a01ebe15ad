/* s = q · c: three dense products. */
#include "kernels/table.h"
#include "matches/kinds.h"

void emb_i_match_product(const emb_i_match *match, bool a_transposed, bool b_transposed,
                         int64_t rows, int64_t columns, int64_t inner, const gnn_real *a,
                         int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c,
                         int64_t ldc, bool accumulate, const gnn_i_ahead *ahead) {
    gnn_i_gemm_args args = {.a = a,
                            .lda = lda,
                            .a_transposed = a_transposed,
                            .b = b,
                            .ldb = ldb,
                            .b_transposed = b_transposed,
                            .c = c,
                            .ldc = ldc,
                            .k1 = inner,
                            .scale = 1,
                            .accumulate = accumulate};
    if (ahead != NULL) args.ahead = *ahead;
    const gnn_i_kernels *kernels = gnn_i_kernels_get();
    (match->bf16 ? kernels->gemm_bf16 : kernels->gemm)(&args, 0, rows, 0, columns);
}

static void scores(const emb_i_match *match, const emb_i_pairs *p, gnn_real *scratch) {
    (void)scratch;
    emb_i_match_product(match, false, true, p->n, p->m, match->width, p->q, p->ldq, p->c,
                        p->ldc, p->s, p->lds, false, &p->ahead);
}

static void query_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dq,
                       int64_t ldd, bool accumulate, gnn_real *scratch) {
    (void)scratch;
    emb_i_match_product(match, false, false, p->n, match->width, p->m, p->s, p->lds, p->c,
                        p->ldc, dq, ldd, accumulate, &p->ahead);
}

static void candidate_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dc,
                           int64_t ldd, bool accumulate, gnn_real *scratch) {
    (void)scratch;
    emb_i_match_product(match, true, false, p->m, match->width, p->n, p->s, p->lds, p->q,
                        p->ldq, dc, ldd, accumulate, &p->ahead);
}

/* y += w x */
static void add(int64_t n, gnn_real w, const gnn_real *x, gnn_real *y) {
    const gnn_i_combine_args args = {.alpha = 1, .a = y, .beta = w, .b = x, .y = y};
    gnn_i_kernels_get()->combine(&args, 0, n);
}

static void own_grad(const emb_i_match *match, const emb_i_pair *pair) {
    add(match->width, pair->w, pair->c, pair->dq);
    add(match->width, pair->w, pair->q, pair->dc);
}

const emb_i_match_type emb_i_match_dot = {
    .scores = scores,
    .overwrites = true,
    .query_grad = query_grad,
    .candidate_grad = candidate_grad,
    .own_grad = own_grad,
};
