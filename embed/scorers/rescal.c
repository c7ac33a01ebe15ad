/* RESCAL [1]: s = hᵀ R t, a matrix R (dim, dim) for each relation, row-major. Tails
 * asked: q = Rᵀ h; heads asked: q = R t.
 * Cost: 2 dim operations a candidate, 2 dim² a question; dim² floats a relation.
 * [1] Nickel, Tresp & Kriegel 2011, ICML 28 */
#include "scorers/scorer.h"

#include <string.h>

static gnn_status setup(emb_i_scorer *scorer) {
    if (scorer->dim > 2048)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "scorer rescal: dim is %lld, expected at most 2048: a relation "
                        "has dim² floats",
                        (long long)scorer->dim);
    scorer->relation = scorer->dim * scorer->dim;
    return GNN_OK;
}

/* y += xᵀ M, or M x. */
static void multiply(int64_t n, bool transposed, const gnn_real *m, const gnn_real *x,
                     gnn_real *y) {
    for (int64_t i = 0; i < n; i++) {
        const gnn_real *row = m + i * n;
        gnn_real sum = 0;
        if (transposed)
            for (int64_t k = 0; k < n; k++) y[k] += x[i] * row[k];
        else
            for (int64_t k = 0; k < n; k++) sum += row[k] * x[k];
        y[i] += sum;
    }
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    memset(f->query, 0, (size_t)(f->n * s->dim) * sizeof *f->query);
    for (int64_t i = 0; i < f->n; i++)
        multiply(s->dim, side == EMB_I_TAIL, f->relation + i * s->relation,
                 f->anchor + i * s->dim, f->query + i * s->dim);
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const int64_t dim = s->dim;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * dim, *d = f->d_query + i * dim;
        const gnn_real *left = side == EMB_I_TAIL ? a : d;
        const gnn_real *right = side == EMB_I_TAIL ? d : a;
        gnn_real *dr = f->d_relation + i * s->relation;
        multiply(dim, side == EMB_I_HEAD, f->relation + i * s->relation, d,
                 f->d_anchor + i * dim);
        for (int64_t k = 0; k < dim; k++)
            for (int64_t l = 0; l < dim; l++) dr[k * dim + l] += left[k] * right[l];
    }
}

const emb_i_scorer_type emb_i_scorer_rescal = {
    .info = {"rescal", "h R t, a matrix for each relation [Nickel et al. 2011]", NULL},
    .parts = 1,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
};
