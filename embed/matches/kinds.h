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

/* C (rows, columns) = or += op(A) op(B) over `inner`. ahead: NULL, or what is read
 * next. */
void emb_i_match_product(const emb_i_match *match, bool a_transposed, bool b_transposed,
                         int64_t rows, int64_t columns, int64_t inner, const gnn_real *a,
                         int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c,
                         int64_t ldc, bool accumulate, const gnn_i_ahead *ahead);

#endif
