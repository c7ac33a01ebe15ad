/* s = q · c: three dense products. */
#include "kernels/table.h"
#include "matches/kinds.h"

static void multiply(const emb_i_match *match, int64_t rows, int64_t columns,
                     const gnn_i_gemm_args *args) {
    const gnn_i_kernels *kernels = gnn_i_kernels_get();
    (match->bf16 ? kernels->gemm_bf16 : kernels->gemm)(args, 0, rows, 0, columns);
}

/* S = Q Cᵀ */
static void scores(const emb_i_match *match, const emb_i_pairs *p, gnn_real *scratch) {
    (void)scratch;
    multiply(match, p->n, p->m,
             &(gnn_i_gemm_args){.a = p->q,
                                .lda = p->ldq,
                                .b = p->c,
                                .ldb = p->ldc,
                                .b_transposed = true,
                                .c = p->s,
                                .ldc = p->lds,
                                .k1 = match->width,
                                .scale = 1,
                                .ahead = p->ahead});
}

/* dQ = W C */
static void query_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dq,
                       int64_t ldd, bool accumulate, gnn_real *scratch) {
    (void)scratch;
    multiply(match, p->n, match->width,
             &(gnn_i_gemm_args){.a = p->s,
                                .lda = p->lds,
                                .b = p->c,
                                .ldb = p->ldc,
                                .c = dq,
                                .ldc = ldd,
                                .k1 = p->m,
                                .scale = 1,
                                .accumulate = accumulate,
                                .ahead = p->ahead});
}

/* dC = Wᵀ Q */
static void candidate_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dc,
                           int64_t ldd, bool accumulate, gnn_real *scratch) {
    (void)scratch;
    multiply(match, p->m, match->width,
             &(gnn_i_gemm_args){.a = p->s,
                                .lda = p->lds,
                                .a_transposed = true,
                                .b = p->q,
                                .ldb = p->ldq,
                                .c = dc,
                                .ldc = ldd,
                                .k1 = p->n,
                                .scale = 1,
                                .accumulate = accumulate,
                                .ahead = p->ahead});
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
