/* Folds of scorers whose relation is a matrix: s = hᵀ R t, R (dim, dim) row-major. */
#ifndef EMB_SCORERS_BILINEAR_H
#define EMB_SCORERS_BILINEAR_H

#include "scorers/scorer.h"

/* Tails asked: q = Rᵀ h; heads asked: q = R t. f->relation is R. */
void emb_i_bilinear_fold(const emb_i_scorer *scorer, emb_i_side side,
                         const emb_i_fold *fold);
void emb_i_bilinear_fold_backward(const emb_i_scorer *scorer, emb_i_side side,
                                  const emb_i_fold *fold);

#endif
