/* ComplEx [1]: s = Re Σ_k h_k r_k conj(t_k), complex vectors of dim / 2 numbers, real
 * parts first. Tails asked: q = h r; heads asked: q = t conj(r). Either way the score is
 * the dot product of the floats.
 * Cost: 2 dim operations a candidate.
 * [1] Trouillon, Welbl, Riedel, Gaussier & Bouchard 2016, arXiv:1606.06357 */
#include "scorers/scorer.h"

static gnn_status setup(emb_i_scorer *scorer) {
    scorer->modulus = scorer->relation_modulus = 2;
    return GNN_OK;
}

/* sign: 1 multiplies by r, -1 by its conjugate. */
static gnn_real sign_of(emb_i_side side) {
    return side == EMB_I_TAIL ? 1 : -1;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2;
    const gnn_real sign = sign_of(side);
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->dim, *r = f->relation;
        gnn_real *q = f->query + i * s->dim;
        for (int64_t k = 0; k < half; k++) {
            gnn_real r_im = sign * r[half + k];
            q[k] = a[k] * r[k] - a[half + k] * r_im;
            q[half + k] = a[k] * r_im + a[half + k] * r[k];
        }
    }
}

/* Of one question. The parts by themselves: the compiler has to know that nothing
 * overlaps. */
static void back(int64_t half, gnn_real sign, const gnn_real *restrict a,
                 const gnn_real *restrict r, const gnn_real *restrict d,
                 gnn_real *restrict da_re, gnn_real *restrict da_im,
                 gnn_real *restrict dr_re, gnn_real *restrict dr_im) {
    for (int64_t k = 0; k < half; k++) {
        gnn_real d_re = d[k], d_im = d[half + k], r_im = sign * r[half + k];
        da_re[k] += d_re * r[k] + d_im * r_im;
        da_im[k] += d_im * r[k] - d_re * r_im;
        dr_re[k] += d_re * a[k] + d_im * a[half + k];
        dr_im[k] += sign * (d_im * a[k] - d_re * a[half + k]);
    }
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < f->n; i++) {
        gnn_real *da = f->d_anchor + i * s->dim;
        back(half, sign_of(side), f->anchor + i * s->dim, f->relation,
             f->d_query + i * s->dim, da, da + half, f->d_relation, f->d_relation + half);
    }
}

/* s = Re Σ r (h conj(t)): the dot of r with conj(h conj(t)) = conj(h) t. */
static void fold_ends(const emb_i_scorer *s, int64_t n, const gnn_real *head,
                      const gnn_real *tail, gnn_real *query) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < n; i++) {
        const gnn_real *h = head + i * s->dim, *t = tail + i * s->dim;
        gnn_real *q = query + i * s->dim;
        for (int64_t k = 0; k < half; k++) {
            q[k] = h[k] * t[k] + h[half + k] * t[half + k];
            q[half + k] = h[k] * t[half + k] - h[half + k] * t[k];
        }
    }
}

static void fold_ends_backward(const emb_i_scorer *s, int64_t n, const gnn_real *head,
                               const gnn_real *tail, const gnn_real *d_query,
                               gnn_real *d_head, gnn_real *d_tail) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < n; i++) {
        const gnn_real *h = head + i * s->dim, *t = tail + i * s->dim;
        const gnn_real *d = d_query + i * s->dim;
        gnn_real *dh = d_head + i * s->dim, *dt = d_tail + i * s->dim;
        for (int64_t k = 0; k < half; k++) {
            gnn_real re = d[k], im = d[half + k];
            dh[k] += re * t[k] + im * t[half + k];
            dh[half + k] += re * t[half + k] - im * t[k];
            dt[k] += re * h[k] - im * h[half + k];
            dt[half + k] += re * h[half + k] + im * h[k];
        }
    }
}

const emb_i_scorer_type emb_i_scorer_complex = {
    .info = {"complex", "Re of h r conj(t), complex components [Trouillon et al. 2016]",
             NULL},
    .parts = 2,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
    .fold_ends = fold_ends,
    .fold_ends_backward = fold_ends_backward,
};
