/* Means of ranks. */
#ifndef EMB_EVALUATE_RANKING_H
#define EMB_EVALUATE_RANKING_H

#include <embed/evaluate.h>

/* The rank of an answer with so many rivals above it and level with it. */
static inline double emb_i_rank(emb_ties ties, double above, double equal) {
    switch (ties) {
    case EMB_TIES_OPTIMISTIC: return 1 + above;
    case EMB_TIES_PESSIMISTIC: return 1 + above + equal;
    case EMB_TIES_MEAN: break;
    }
    return 1 + above + equal / 2;
}

/* Evaluations of n triples and of their groups, from the ranks of the tail of triple i at
 * 2 i, of its head behind it, and how many entities competed for each. Sums run in this
 * order. */
void emb_i_rankings(int64_t n, const double *ranks, const gnn_id *candidates,
                    const emb_evaluate_options *options, emb_evaluation *evaluation);

#endif
