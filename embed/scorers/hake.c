/* HAKE [1]: s = -|h_m ∘ |r_m| - t_m| - weight Σ |sin((h_p + r_p - t_p) / 2)|. An entity
 * is dim / 2 moduli, then dim / 2 phases; so is a relation, and the query,
 * q = (h_m ∘ |r_m|, h_p + r_p). Moduli tell levels of a hierarchy apart, phases what
 * stands on one level.
 *
 * A mixture bias r' of [1] amounts to the modulus (r + r') / (1 - r') and a weight 1 - r'
 * of each component; there is none here, the modulus stands for both. Of the two weights
 * that [1] learns, that of the moduli is in the entities' lengths, that of the phases is
 * an option. The modulus of a relation stands at the head, so that heads are asked for by
 * reciprocal relations.
 * Cost: 3 dim operations a candidate.
 * [1] Zhang, Cai, Zhang & Wang 2020, arXiv:1911.09419 */
#include "scorers/scorer.h"

#include <math.h>

typedef struct hake_options {
    double phase_weight;
} hake_options;

static const gnn_option table[] = {
    GNN_I_OPTION_REAL(hake_options, phase_weight, "phase-weight", .2, 0, 1e6,
                      "of the phases, beside moduli"),
    GNN_I_OPTION_END,
};

static gnn_status setup(emb_i_scorer *scorer) {
    const hake_options *options = scorer->options;
    scorer->match.kind = EMB_I_POLAR;
    scorer->match.weight = (gnn_real)options->phase_weight;
    return GNN_OK;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    (void)side;
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->dim, *r = f->relation;
        gnn_real *q = f->query + i * s->dim;
        for (int64_t k = 0; k < half; k++) {
            q[k] = a[k] * (gnn_real)fabs((double)r[k]);
            q[half + k] = a[half + k] + r[half + k];
        }
    }
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    (void)side;
    const int64_t half = s->dim / 2;
    for (int64_t i = 0; i < f->n; i++) {
        const gnn_real *a = f->anchor + i * s->dim, *r = f->relation;
        const gnn_real *d = f->d_query + i * s->dim;
        gnn_real *da = f->d_anchor + i * s->dim, *dr = f->d_relation;
        for (int64_t k = 0; k < half; k++) {
            da[k] += d[k] * (gnn_real)fabs((double)r[k]);
            dr[k] += r[k] < 0 ? -d[k] * a[k] : d[k] * a[k];
            da[half + k] += d[half + k];
            dr[half + k] += d[half + k];
        }
    }
}

/* Phases all around; the moduli of relations around 1. */
static void init(const emb_i_scorer *s, const emb_i_rows_init *init) {
    for (int64_t i = 0; i < init->n * s->dim; i++) {
        const bool phase = i % s->dim >= s->dim / 2;
        init->rows[i] *= phase ? (gnn_real)1.8138 /* the deviation of (-π, π) */
                               : (gnn_real)init->scale;
        if (!phase && init->part == EMB_I_RELATION) init->rows[i] += 1;
    }
}

const emb_i_scorer_type emb_i_scorer_hake = {
    .info = {"hake", "-|h r - t| - |sin((h + r - t) / 2)| of phases [Zhang et al. 2020]",
             table},
    .options_size = sizeof(hake_options),
    .parts = 2,
    .needs_reciprocal = true,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
    .init = init,
};
