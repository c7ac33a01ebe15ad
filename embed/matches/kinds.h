/* What a kind of match is: one descriptor a file; match.c lists them. */
#ifndef EMB_MATCHES_KINDS_H
#define EMB_MATCHES_KINDS_H

#include "kernels/pairs.h"
#include "matches/match.h"

/* Below it a distance counts as this long, so that weights stay finite. */
#define EMB_I_LEAST_DISTANCE ((gnn_real)1e-9)

/* One pair by itself: its weight, its rows, its gradients. */
typedef struct emb_i_pair {
    gnn_real w;
    const gnn_real *q, *c;
    gnn_real *dq, *dc;
} emb_i_pair;

typedef struct emb_i_match_type {
    /* Reals of scratch; NULL: none. */
    int64_t (*scratch)(const emb_i_match *match, int64_t n, int64_t m);
    void (*scores)(const emb_i_match *match, const emb_i_pairs *pairs, gnn_real *scratch);
    /* ds → weights; NULL: they are the same. */
    void (*weights)(const gnn_i_tile_args *tile);
    bool needs_scores; /* for that */
    /* Gradients of the queries, of the candidates, from weights: added; or, where they
     * are not to `accumulate` and the kind overwrites, put in place of what is there. */
    bool overwrites;
    void (*query_grad)(const emb_i_match *match, const emb_i_pairs *pairs, gnn_real *dq,
                       int64_t ldd, bool accumulate, gnn_real *scratch);
    void (*candidate_grad)(const emb_i_match *match, const emb_i_pairs *pairs,
                           gnn_real *dc, int64_t ldd, bool accumulate, gnn_real *scratch);
    /* Both gradients of one pair, added; NULL: by the two above. */
    void (*own_grad)(const emb_i_match *match, const emb_i_pair *pair);
} emb_i_match_type;

extern const emb_i_match_type emb_i_match_dot, emb_i_match_euclidean, emb_i_match_squared,
    emb_i_match_manhattan, emb_i_match_modulus, emb_i_match_projected, emb_i_match_polar;

#endif
