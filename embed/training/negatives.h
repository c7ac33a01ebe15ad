/* Losses of one true answer against some false ones. */
#ifndef EMB_TRAINING_NEGATIVES_H
#define EMB_TRAINING_NEGATIVES_H

#include <embed/train.h>

/* The loss of a question, from the score of its answer and those of m negatives. With σ
 * the logistic function, γ the margin, α the temperature:
 *
 *     sampled-softmax    log(e^own + Σ e^s_j) - own
 *     logistic           -log σ(own) - mean_j log σ(-s_j)
 *     margin             mean_j max(0, γ + s_j - own)
 *     self-adversarial   (-log σ(γ + own) - Σ_j p_j log σ(-γ - s_j)) / 2,
 *                        p = softmax(α s), a constant        [Sun et al. 2019, eq. 5]
 *
 * s becomes factor times the gradient by s; *own likewise. */
double emb_i_negatives_loss(const emb_train_options *options, double factor, int64_t m,
                            gnn_real *s, gnn_real *own);

#endif
