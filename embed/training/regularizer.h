/* Regularisers, weighted by occurrence: what a query's rows cost, and its gradient. */
#ifndef EMB_TRAINING_REGULARIZER_H
#define EMB_TRAINING_REGULARIZER_H

#include "scorers/scorer.h"

typedef enum emb_i_regularizer_kind {
    EMB_I_REGULARIZE_NONE,
    EMB_I_N3,  /* Σ |x_k|³ over anchor, relation and target [Lacroix et al. 2018] */
    EMB_I_L2,  /* Σ x_k² over the same */
    EMB_I_DURA /* |query|² + |target|² [Zhang, Cai & Wang 2020] */
} emb_i_regularizer_kind;
#define EMB_I_REGULARIZERS "none n3 l2 dura"

typedef struct emb_i_regularizer {
    emb_i_regularizer_kind kind;
    const emb_i_scorer *scorer;
} emb_i_regularizer;

/* The rows of one query; d_target NULL: the target does not pay. */
typedef struct emb_i_regularized {
    const gnn_real *anchor, *relation, *target, *query;
    gnn_real *d_anchor, *d_relation, *d_target, *d_query;
} emb_i_regularized;

/* factor times the cost of a query; adds factor times its gradients. */
double emb_i_regularize(const emb_i_regularizer *regularizer, emb_i_side side,
                        double factor, const emb_i_regularized *rows);

#endif
