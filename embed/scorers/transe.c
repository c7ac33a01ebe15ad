/* TransE [1]: s = -|h + r - t| in the 1- or 2-norm. Tails asked: q = h + r; heads asked:
 * q = t - r.
 * Cost: 3 dim operations a candidate for the 1-norm, 2 dim for the 2-norm.
 * [1] Bordes, Usunier, Garcia-Duran, Weston & Yakhnenko 2013, NIPS 26 */
#include "scorers/scorer.h"

typedef struct transe_options {
    int norm; /* 0: l1, 1: l2 */
} transe_options;

static const gnn_option table[] = {
    GNN_I_OPTION_CHOICE(transe_options, norm, "norm", 0, "l1 l2", "norm of the distance"),
    GNN_I_OPTION_END,
};

static gnn_status setup(emb_i_scorer *scorer) {
    const transe_options *options = scorer->options;
    scorer->match.kind = options->norm == 0 ? EMB_I_MANHATTAN : EMB_I_EUCLIDEAN;
    return GNN_OK;
}

static void fold(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const gnn_real sign = side == EMB_I_TAIL ? 1 : -1;
    const gnn_real *a = f->anchor;
    gnn_real *q = f->query;
    for (int64_t i = 0; i < f->n; i++, a += s->dim, q += s->dim)
        for (int64_t k = 0; k < s->dim; k++) q[k] = a[k] + sign * f->relation[k];
}

static void fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_fold *f) {
    const gnn_real sign = side == EMB_I_TAIL ? 1 : -1;
    const gnn_real *d = f->d_query;
    gnn_real *da = f->d_anchor;
    for (int64_t i = 0; i < f->n; i++, d += s->dim, da += s->dim)
        for (int64_t k = 0; k < s->dim; k++) {
            da[k] += d[k];
            f->d_relation[k] += sign * d[k];
        }
}

const emb_i_scorer_type emb_i_scorer_transe = {
    .info = {"transe", "-|h + r - t|, 1- or 2-norm [Bordes et al. 2013]", table},
    .options_size = sizeof(transe_options),
    .parts = 1,
    .setup = setup,
    .fold = fold,
    .fold_backward = fold_backward,
};
