/* MuRE [1]: s = -|R h + r - t|² + b_h + b_t, R diagonal. An entity's row is its vector
 * and two biases, as a head and as a tail; a relation's is the diagonal of R and r. R
 * stands at the head, so that heads are asked for by reciprocal relations.
 * Cost: 2 dim operations a candidate.
 * [1] Balažević, Allen & Hospedales 2019, arXiv:1905.09791 (Euclidean case) */
#include "scorers/scorer.h"

static gnn_status setup(emb_i_scorer *scorer) {
    scorer->entity = scorer->own = scorer->dim + 2;
    scorer->relation = 2 * scorer->dim;
    scorer->query = scorer->dim + 1;
    scorer->match = (emb_i_match){
        .kind = EMB_I_SQUARED, .width = scorer->dim, .bias = scorer->dim + 1};
    return GNN_OK;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    (void)side;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->entity, *r = f->relation;
        gnn_real *q = f->query + i * s->query;
        for (int64_t k = 0; k < s->dim; k++) q[k] = a[k] * r[k] + r[s->dim + k];
        q[s->dim] = a[s->dim];
    }
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    (void)side;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->entity, *r = f->relation;
        const gnn_real *d = f->d_query + i * s->query;
        gnn_real *da = f->d_anchor + i * s->entity;
        gnn_real *dr = f->d_relation;
        for (int64_t k = 0; k < s->dim; k++) {
            da[k] += d[k] * r[k];
            dr[k] += d[k] * a[k];
            dr[s->dim + k] += d[k];
        }
        da[s->dim] += d[s->dim];
    }
}

/* Biases 0, the diagonals around 1. */
static void init(const emb_i_scorer *s, const emb_i_rows_init *init) {
    int64_t width = init->part == EMB_I_RELATION ? s->relation : s->entity;
    for (int64_t i = 0; i < init->n * width; i++) {
        bool diagonal = init->part == EMB_I_RELATION && i % width < s->dim;
        bool bias = init->part == EMB_I_ENTITY && i % width >= s->dim;
        init->rows[i] = bias ? 0
                             : (gnn_real)init->scale * init->rows[i] +
                                   (diagonal ? (gnn_real)1 : (gnn_real)0);
    }
}

const emb_i_scorer_type emb_i_scorer_mure = {
    .info = {"mure", "-|R h + r - t|² and biases, R diagonal [Balazevic et al. 2019]",
             NULL},
    .parts = 1,
    .needs_reciprocal = true,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
    .init = init,
};
