/* RotatE [1]: s = -Σ_k |h_k e^(iθ_k) - t_k|, complex vectors of dim / 2 numbers, real
 * parts first; a relation is its dim / 2 angles θ. Tails asked: q = h e^(iθ); heads
 * asked: q = t e^(-iθ), since turning both ends keeps the distance.
 * Cost: 3 dim operations and dim / 2 roots a candidate.
 * [1] Sun, Deng, Nie & Tang 2019, arXiv:1902.10197 */
#include "scorers/scorer.h"

#include <math.h>

static gnn_status setup(emb_i_scorer *scorer) {
    scorer->relation = scorer->dim / 2;
    scorer->mixed = scorer->dim;
    scorer->modulus = 2;
    scorer->match.kind = EMB_I_MODULUS;
    return GNN_OK;
}

/* Of angles their cosines, then their sines. */
static void mix(const emb_i_scorer *s, const emb_i_mix *m) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < m->n; i++) {
        const gnn_real *angle = m->relation + i * half;
        gnn_real *re = m->mixed + i * s->dim, *im = re + half;
        for (int64_t k = 0; k < half; k++) {
            re[k] = (gnn_real)cos((double)angle[k]);
            im[k] = (gnn_real)sin((double)angle[k]);
        }
    }
}

static void mix_backward(const emb_i_scorer *s, const emb_i_mix *m) {
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < m->n; i++) {
        const gnn_real *re = m->mixed + i * s->dim, *im = re + half;
        const gnn_real *d_re = m->d_mixed + i * s->dim, *d_im = d_re + half;
        gnn_real *d = m->d_relation + i * half;
        for (int64_t k = 0; k < half; k++) d[k] += re[k] * d_im[k] - im[k] * d_re[k];
    }
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2;
    const gnn_real sign = side == EMB_I_TAIL ? 1 : -1;
    const gnn_real *re = f->relation, *im = re + half;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->dim;
        gnn_real *q = f->query + i * s->dim;
        for (int64_t k = 0; k < half; k++) {
            q[k] = a[k] * re[k] - sign * a[half + k] * im[k];
            q[half + k] = sign * a[k] * im[k] + a[half + k] * re[k];
        }
    }
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2;
    const gnn_real sign = side == EMB_I_TAIL ? 1 : -1;
    const gnn_real *restrict re = f->relation, *restrict im = f->relation + half;
    gnn_real *restrict d_re = f->d_relation, *restrict d_im = f->d_relation + half;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *restrict a = f->anchor + i * s->dim;
        const gnn_real *restrict d = f->d_query + i * s->dim;
        gnn_real *restrict da = f->d_anchor + i * s->dim;
        for (int64_t k = 0; k < half; k++) {
            da[k] += d[k] * re[k] + sign * d[half + k] * im[k];
            da[half + k] += d[half + k] * re[k] - sign * d[k] * im[k];
            d_re[k] += d[k] * a[k] + d[half + k] * a[half + k];
            d_im[k] += sign * (d[half + k] * a[k] - d[k] * a[half + k]);
        }
    }
}

/* Angles all around; entities as usual. */
static void init(const emb_i_scorer *s, const emb_i_rows_init *init) {
    (void)s;
    int64_t width = init->part == EMB_I_RELATION ? s->relation : s->entity;
    for (int64_t i = 0; i < init->n * width; i++)
        init->rows[i] *=
            init->part == EMB_I_RELATION ? (gnn_real)1.8138 : (gnn_real)init->scale;
}

const emb_i_scorer_type emb_i_scorer_rotate = {
    .info = {"rotate", "-|h e^(i theta) - t|, complex components [Sun et al. 2019]",
             NULL},
    .parts = 2,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
    .mix = mix,
    .mix_backward = mix_backward,
    .init = init,
};
