/* SimplE [1]: s = (Σ_k h_k r_k t'_k + Σ_k t_k r'_k h'_k) / 2, where entities and
 * relations have two vectors of dim / 2 numbers, halves of their rows. Tails asked: q =
 * [r' ∘ h', h ∘ r] / 2; heads asked: q = [r ∘ t', t ∘ r'] / 2, against whole rows.
 * Cost: 2 dim operations a candidate.
 * [1] Kazemi & Poole 2018, arXiv:1802.04868 */
#include "scorers/scorer.h"

static gnn_status setup(emb_i_scorer *scorer) {
    (void)scorer;
    return GNN_OK;
}

/* q[k] = a[half + k] r[own] / 2, q[half + k] = a[k] r[other] / 2. */
static int64_t own_half(const emb_i_scorer *s, emb_i_side side) {
    return side == EMB_I_TAIL ? s->dim / 2 : 0;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2, own = own_half(s, side), other = half - own;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->dim, *r = f->relation;
        gnn_real *q = f->query + i * s->dim;
        for (int64_t k = 0; k < half; k++) {
            q[k] = a[half + k] * r[own + k] / 2;
            q[half + k] = a[k] * r[other + k] / 2;
        }
    }
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2, own = own_half(s, side), other = half - own;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->dim, *r = f->relation;
        const gnn_real *d = f->d_query + i * s->dim;
        gnn_real *da = f->d_anchor + i * s->dim, *dr = f->d_relation;
        for (int64_t k = 0; k < half; k++) {
            da[half + k] += d[k] * r[own + k] / 2;
            da[k] += d[half + k] * r[other + k] / 2;
            dr[own + k] += d[k] * a[half + k] / 2;
            dr[other + k] += d[half + k] * a[k] / 2;
        }
    }
}

static void fold_ends(const emb_i_scorer *s, int64_t n, const gnn_real *head,
                      const gnn_real *tail, gnn_real *query) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < n; i++) {
        const gnn_real *h = head + i * s->dim, *t = tail + i * s->dim;
        gnn_real *q = query + i * s->dim;
        for (int64_t k = 0; k < half; k++) {
            q[k] = h[k] * t[half + k] / 2;
            q[half + k] = t[k] * h[half + k] / 2;
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
            dh[k] += d[k] * t[half + k] / 2;
            dt[half + k] += d[k] * h[k] / 2;
            dt[k] += d[half + k] * h[half + k] / 2;
            dh[half + k] += d[half + k] * t[k] / 2;
        }
    }
}

const emb_i_scorer_type emb_i_scorer_simple = {
    .info = {"simple", "mean of CP and of CP turned around [Kazemi & Poole 2018]", NULL},
    .parts = 2,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
    .fold_ends = fold_ends,
    .fold_ends_backward = fold_ends_backward,
};
