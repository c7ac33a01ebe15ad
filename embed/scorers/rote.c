/* RotE [1]: s = -|G h + r - t|² + b_h + b_t, G a rotation of each of dim / 2 planes
 * (components k and dim / 2 + k). An entity's row is its vector and two biases, as a head
 * and as a tail; a relation's is dim / 2 angles and r. Heads are asked for by reciprocal
 * relations.
 * Cost: 2 dim operations a candidate.
 * [1] Chami, Wolf, Juan, Sala, Ravi & Ré 2020, arXiv:2005.00545 */
#include "scorers/scorer.h"

#include <math.h>

static gnn_status setup(emb_i_scorer *scorer) {
    scorer->entity = scorer->own = scorer->dim + 2;
    scorer->relation = scorer->dim / 2 + scorer->dim;
    scorer->query = scorer->dim + 1;
    scorer->match = (emb_i_match){
        .kind = EMB_I_SQUARED, .width = scorer->dim, .bias = scorer->dim + 1};
    return GNN_OK;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    (void)side;
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->entity, *r = f->relation;
        gnn_real *q = f->query + i * s->query;
        for (int64_t k = 0; k < half; k++) {
            gnn_real c = (gnn_real)cos((double)r[k]), sine = (gnn_real)sin((double)r[k]);
            q[k] = c * a[k] - sine * a[half + k] + r[half + k];
            q[half + k] = sine * a[k] + c * a[half + k] + r[2 * half + k];
        }
        q[s->dim] = a[s->dim];
    }
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    (void)side;
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->entity, *r = f->relation;
        const gnn_real *d = f->d_query + i * s->query;
        gnn_real *da = f->d_anchor + i * s->entity;
        gnn_real *dr = f->d_relation;
        for (int64_t k = 0; k < half; k++) {
            gnn_real c = (gnn_real)cos((double)r[k]), sine = (gnn_real)sin((double)r[k]);
            gnn_real x = a[k], y = a[half + k], dx = d[k], dy = d[half + k];
            da[k] += c * dx + sine * dy;
            da[half + k] += c * dy - sine * dx;
            dr[k] += dx * (-sine * x - c * y) + dy * (c * x - sine * y);
            dr[half + k] += dx;
            dr[2 * half + k] += dy;
        }
        da[s->dim] += d[s->dim];
    }
}

/* Biases 0, angles all around. */
static void init(const emb_i_scorer *s, const emb_i_rows_init *init) {
    int64_t width = init->part == EMB_I_RELATION ? s->relation : s->entity;
    for (int64_t i = 0; i < init->n * width; i++) {
        bool angle = init->part == EMB_I_RELATION && i % width < s->dim / 2;
        bool bias = init->part == EMB_I_ENTITY && i % width >= s->dim;
        init->rows[i] *= bias    ? 0
                         : angle ? (gnn_real)1.8138 /* the deviation of (-π, π) */
                                 : (gnn_real)init->scale;
    }
}

const emb_i_scorer_type emb_i_scorer_rote = {
    .info = {"rote", "-|G h + r - t|² and biases, G a rotation [Chami et al. 2020]",
             NULL},
    .parts = 2,
    .needs_reciprocal = true,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
    .init = init,
};
