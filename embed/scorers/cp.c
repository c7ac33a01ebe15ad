/* CP [1, 2]: s = Σ_k h_k r_k t'_k, where an entity has two vectors of dim / 2 numbers: h
 * as a head, t' as a tail. Tails asked: q = h ∘ r against the second halves; heads asked:
 * q = t' ∘ r against the first ones.
 * Cost: dim operations a candidate.
 * [1] Hitchcock 1927; [2] Lacroix, Usunier & Obozinski 2018, arXiv:1806.07297 */
#include "scorers/scorer.h"

static gnn_status setup(emb_i_scorer *scorer) {
    scorer->relation = scorer->query = scorer->match.width = scorer->dim / 2;
    scorer->first[EMB_I_TAIL] = scorer->own_first[EMB_I_HEAD] = scorer->own =
        scorer->dim / 2;
    return GNN_OK;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < f->n; i++)
        for (int64_t k = 0; k < half; k++)
            f->query[i * half + k] =
                f->anchor[i * s->dim + s->own_first[side] + k] * f->relation[k];
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < f->n; i++)
        for (int64_t k = 0; k < half; k++) {
            int64_t a = i * s->dim + s->own_first[side] + k;
            const gnn_real d = f->d_query[i * half + k];
            f->d_anchor[a] += d * f->relation[k];
            f->d_relation[k] += d * f->anchor[a];
        }
}

static void fold_ends(const emb_i_scorer *s, int64_t n, const gnn_real *head,
                      const gnn_real *tail, gnn_real *query) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < half; k++)
            query[i * half + k] = head[i * s->dim + k] * tail[i * s->dim + half + k];
}

static void fold_ends_backward(const emb_i_scorer *s, int64_t n, const gnn_real *head,
                               const gnn_real *tail, const gnn_real *d_query,
                               gnn_real *d_head, gnn_real *d_tail) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < n; i++)
        for (int64_t k = 0; k < half; k++) {
            gnn_real d = d_query[i * half + k];
            d_head[i * s->dim + k] += d * tail[i * s->dim + half + k];
            d_tail[i * s->dim + half + k] += d * head[i * s->dim + k];
        }
}

const emb_i_scorer_type emb_i_scorer_cp = {
    .info = {"cp", "sum of h r t', a vector for each part of an entity [Hitchcock 1927]",
             NULL},
    .parts = 2,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
    .fold_ends = fold_ends,
    .fold_ends_backward = fold_ends_backward,
};
