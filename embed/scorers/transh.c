/* TransH [1]: s = -|h⊥ + d - t⊥|, x⊥ = x - (u·x) u: the distance of what is left of both
 * ends on the hyperplane of the relation, u = w / |w| its unit normal. A relation's row
 * is w, then d. Tails asked: q = h⊥ + d; heads asked: q = t⊥ - d; a query is q, then u.
 * [1] squares the distance and holds d near the hyperplane by a penalty; here d is free.
 * Cost: 4 dim operations a candidate.
 * [1] Wang, Zhang, Feng & Chen 2014, Knowledge graph embedding by translating on
 *     hyperplanes, AAAI 28 */
#include "scorers/scorer.h"

#include <math.h>

/* Below it a normal counts as this long. */
static const gnn_real LEAST_LENGTH = (gnn_real)1e-9;

static gnn_status setup(emb_i_scorer *scorer) {
    scorer->relation = scorer->query = 2 * scorer->dim;
    scorer->match.kind = EMB_I_PROJECTED;
    return GNN_OK;
}

static gnn_real dot(int64_t n, const gnn_real *x, const gnn_real *y) {
    gnn_real sum = 0;
    for (int64_t k = 0; k < n; k++) sum += x[k] * y[k];
    return sum;
}

static gnn_real length_of(int64_t n, const gnn_real *x) {
    gnn_real length = (gnn_real)sqrt((double)dot(n, x, x));
    return length > LEAST_LENGTH ? length : LEAST_LENGTH;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const gnn_real sign = side == EMB_I_TAIL ? 1 : -1;
    const int64_t dim = s->dim;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * dim, *w = f->relation;
        gnn_real *q = f->query + i * s->query, *u = q + dim;
        const gnn_real length = length_of(dim, w);
        for (int64_t k = 0; k < dim; k++) u[k] = w[k] / length;
        const gnn_real along = dot(dim, u, a);
        for (int64_t k = 0; k < dim; k++) q[k] = a[k] - along * u[k] + sign * w[dim + k];
    }
}

/* d_query is dq, then du; what of it is along u does not turn w. */
static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const gnn_real sign = side == EMB_I_TAIL ? 1 : -1;
    const int64_t dim = s->dim;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * dim, *u = f->query + i * s->query + dim;
        const gnn_real *dq = f->d_query + i * s->query, *du = dq + dim;
        gnn_real *da = f->d_anchor + i * dim, *dw = f->d_relation;
        const gnn_real length = length_of(dim, f->relation);
        const gnn_real along = dot(dim, u, a), pulled = dot(dim, u, dq);
        /* u·(du - (u·a) dq - (u·dq) a) */
        const gnn_real radial = dot(dim, u, du) - 2 * along * pulled;
        for (int64_t k = 0; k < dim; k++) {
            da[k] += dq[k] - pulled * u[k];
            dw[k] += (du[k] - along * dq[k] - pulled * a[k] - radial * u[k]) / length;
            dw[dim + k] += sign * dq[k];
        }
    }
}

const emb_i_scorer_type emb_i_scorer_transh = {
    .info = {"transh", "-|h + d - t| on a hyperplane of the relation [Wang et al. 2014]",
             NULL},
    .parts = 1,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
};
