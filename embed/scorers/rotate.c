/* RotatE [1]: s = -Σ_k |h_k e^(iθ_k) - t_k|, complex vectors of dim / 2 numbers, real
 * parts first; a relation is its dim / 2 angles θ. Tails asked: q = h e^(iθ); heads
 * asked: q = t e^(-iθ), since turning both ends keeps the distance.
 * Cost: 3 dim operations and dim / 2 roots a candidate.
 * [1] Sun, Deng, Nie & Tang 2019, arXiv:1902.10197 */
#include "scorers/scorer.h"

#include <math.h>

static gnn_status setup(emb_i_scorer *scorer) {
    scorer->relation = scorer->dim / 2;
    scorer->modulus = 2;
    scorer->match.kind = EMB_I_MODULUS;
    return GNN_OK;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2;
    const gnn_real sign = side == EMB_I_TAIL ? 1 : -1;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->dim, *angle = f->relation + i * half;
        gnn_real *q = f->query + i * s->dim;
        for (int64_t k = 0; k < half; k++) {
            gnn_real re = (gnn_real)cos((double)angle[k]);
            gnn_real im = sign * (gnn_real)sin((double)angle[k]);
            q[k] = a[k] * re - a[half + k] * im;
            q[half + k] = a[k] * im + a[half + k] * re;
        }
    }
}

/* dq/dθ = ±i q: the query is at hand. */
static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t half = s->dim / 2;
    const gnn_real sign = side == EMB_I_TAIL ? 1 : -1;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *angle = f->relation + i * half, *q = f->query + i * s->dim;
        const gnn_real *d = f->d_query + i * s->dim;
        gnn_real *da = f->d_anchor + i * s->dim, *dr = f->d_relation + i * half;
        for (int64_t k = 0; k < half; k++) {
            gnn_real re = (gnn_real)cos((double)angle[k]);
            gnn_real im = sign * (gnn_real)sin((double)angle[k]);
            da[k] += d[k] * re + d[half + k] * im;
            da[half + k] += d[half + k] * re - d[k] * im;
            dr[k] += sign * (d[half + k] * q[k] - d[k] * q[half + k]);
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
    .init = init,
};
