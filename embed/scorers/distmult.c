/* DistMult [1]: s = Σ_k h_k r_k t_k, q = h ∘ r. Heads and tails change places freely, so
 * that without reciprocal relations it cannot tell a relation from its inverse.
 * Cost: 2 dim operations a candidate.
 * [1] Yang, Yih, He, Gao & Deng 2015, arXiv:1412.6575 */
#include "scorers/scorer.h"

static gnn_status setup(emb_i_scorer *scorer) {
    (void)scorer;
    return GNN_OK;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    (void)side;
    const gnn_real *a = f->anchor;
    gnn_real *q = f->query;
    for (int64_t i = 0; i < f->n; i++, a += s->dim, q += s->dim)
        for (int64_t k = 0; k < s->dim; k++) q[k] = a[k] * f->relation[k];
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    (void)side;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->dim, *d = f->d_query + i * s->dim;
        gnn_real *da = f->d_anchor + i * s->dim;
        for (int64_t k = 0; k < s->dim; k++) {
            da[k] += d[k] * f->relation[k];
            f->d_relation[k] += d[k] * a[k];
        }
    }
}

static void fold_ends(const emb_i_scorer *s, int64_t n, const gnn_real *head,
                      const gnn_real *tail, gnn_real *query) {
    for (int64_t i = 0; i < n * s->dim; i++) query[i] = head[i] * tail[i];
}

static void fold_ends_backward(const emb_i_scorer *s, int64_t n, const gnn_real *head,
                               const gnn_real *tail, const gnn_real *d_query,
                               gnn_real *d_head, gnn_real *d_tail) {
    for (int64_t i = 0; i < n * s->dim; i++) {
        d_head[i] += d_query[i] * tail[i];
        d_tail[i] += d_query[i] * head[i];
    }
}

const emb_i_scorer_type emb_i_scorer_distmult = {
    .info = {"distmult", "sum of h r t, by component [Yang et al. 2015]", NULL},
    .parts = 1,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
    .fold_ends = fold_ends,
    .fold_ends_backward = fold_ends_backward,
};
