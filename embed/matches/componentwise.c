/* Distances that are no products: s = -|q - c|_1, and s = -Σ_k |q_k - c_k| of complex
 * numbers, real parts first. The kernels go over components of pairs. */
#include <math.h>

#include "kernels/table.h"
#include "matches/kinds.h"

typedef void kernel(const gnn_i_pairs_args *args);

/* Pairs for the kernels: scores, or the gradient of the queries. */
static gnn_i_pairs_args queries(const emb_i_match *match, const emb_i_pairs *p) {
    return (gnn_i_pairs_args){.n = p->n,
                              .m = p->m,
                              .width = match->width,
                              .x = p->q,
                              .ldx = p->ldq,
                              .y = p->c,
                              .ldy = p->ldc,
                              .s = p->s,
                              .w = p->s,
                              .row_step = p->lds,
                              .column_step = 1};
}

static void query_grad(kernel *gradient, const emb_i_match *match, const emb_i_pairs *p,
                       gnn_real *dq, int64_t ldd) {
    gnn_i_pairs_args args = queries(match, p);
    args.dx = dq;
    args.ldd = ldd;
    gradient(&args);
}

/* The same from the candidates' side: weights are columns. */
static void candidate_grad(kernel *gradient, const emb_i_match *match,
                           const emb_i_pairs *p, gnn_real *dc, int64_t ldd) {
    const gnn_i_pairs_args args = {.n = p->m,
                                   .m = p->n,
                                   .width = match->width,
                                   .x = p->c,
                                   .ldx = p->ldc,
                                   .y = p->q,
                                   .ldy = p->ldq,
                                   .w = p->s,
                                   .row_step = 1,
                                   .column_step = p->lds,
                                   .dx = dc,
                                   .ldd = ldd};
    gradient(&args);
}

/* ---- 1-norm ---- */

static void manhattan_scores(const emb_i_match *match, const emb_i_pairs *p,
                             gnn_real *scratch) {
    (void)scratch;
    const gnn_i_pairs_args args = queries(match, p);
    gnn_i_kernels_get()->manhattan(&args);
}
static void manhattan_query_grad(const emb_i_match *match, const emb_i_pairs *p,
                                 gnn_real *dq, int64_t ldd, bool accumulate,
                                 gnn_real *scratch) {
    (void)accumulate, (void)scratch;
    query_grad(gnn_i_kernels_get()->manhattan_gradient, match, p, dq, ldd);
}
static void manhattan_candidate_grad(const emb_i_match *match, const emb_i_pairs *p,
                                     gnn_real *dc, int64_t ldd, bool accumulate,
                                     gnn_real *scratch) {
    (void)accumulate, (void)scratch;
    candidate_grad(gnn_i_kernels_get()->manhattan_gradient, match, p, dc, ldd);
}

static void manhattan_own_grad(const emb_i_match *match, const emb_i_pair *pair) {
    for (int64_t k = 0; k < match->width; k++) {
        gnn_real step = pair->c[k] - pair->q[k] < 0 ? -pair->w : pair->w;
        pair->dq[k] += step;
        pair->dc[k] -= step;
    }
}

const emb_i_match_type emb_i_match_manhattan = {
    .scores = manhattan_scores,
    .query_grad = manhattan_query_grad,
    .candidate_grad = manhattan_candidate_grad,
    .own_grad = manhattan_own_grad,
};

/* ---- complex numbers ---- */

static void modulus_scores(const emb_i_match *match, const emb_i_pairs *p,
                           gnn_real *scratch) {
    (void)scratch;
    const gnn_i_pairs_args args = queries(match, p);
    gnn_i_kernels_get()->modulus(&args);
}
static void modulus_query_grad(const emb_i_match *match, const emb_i_pairs *p,
                               gnn_real *dq, int64_t ldd, bool accumulate,
                               gnn_real *scratch) {
    (void)accumulate, (void)scratch;
    query_grad(gnn_i_kernels_get()->modulus_gradient, match, p, dq, ldd);
}
static void modulus_candidate_grad(const emb_i_match *match, const emb_i_pairs *p,
                                   gnn_real *dc, int64_t ldd, bool accumulate,
                                   gnn_real *scratch) {
    (void)accumulate, (void)scratch;
    candidate_grad(gnn_i_kernels_get()->modulus_gradient, match, p, dc, ldd);
}

static void modulus_own_grad(const emb_i_match *match, const emb_i_pair *pair) {
    const int64_t half = match->width / 2;
    const gnn_real *q = pair->q, *c = pair->c;
    for (int64_t k = 0; k < half; k++) {
        gnn_real re = c[k] - q[k], im = c[half + k] - q[half + k];
        gnn_real length = (gnn_real)sqrt((double)(re * re + im * im));
        if (length < EMB_I_LEAST_DISTANCE) length = EMB_I_LEAST_DISTANCE;
        pair->dq[k] += pair->w * re / length;
        pair->dq[half + k] += pair->w * im / length;
        pair->dc[k] -= pair->w * re / length;
        pair->dc[half + k] -= pair->w * im / length;
    }
}

const emb_i_match_type emb_i_match_modulus = {
    .scores = modulus_scores,
    .query_grad = modulus_query_grad,
    .candidate_grad = modulus_candidate_grad,
    .own_grad = modulus_own_grad,
};
