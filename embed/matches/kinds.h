/* Kinds of matches with files of their own, and what they share with match.c. */
#ifndef EMB_MATCHES_KINDS_H
#define EMB_MATCHES_KINDS_H

#include "matches/match.h"

/* Below it a distance counts as this long, so that weights stay finite. */
#define EMB_I_LEAST_DISTANCE ((gnn_real)1e-9)

/* C (rows, columns) = or += op(A) op(B) over `inner`. */
void emb_i_match_product(const emb_i_match *match, bool a_transposed, bool b_transposed,
                         int64_t rows, int64_t columns, int64_t inner, const gnn_real *a,
                         int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c,
                         int64_t ldc, bool accumulate);
/* |x|² */
gnn_real emb_i_match_squared(int64_t width, const gnn_real *x);

/* As their counterparts of match.h; gradients are added. projected.c: */
void emb_i_projected_scores(const emb_i_match *match, const emb_i_pairs *pairs,
                            gnn_real *scratch);
void emb_i_projected_query_grad(const emb_i_match *match, const emb_i_pairs *pairs,
                                gnn_real *dq, int64_t ldd, gnn_real *scratch);
void emb_i_projected_candidate_grad(const emb_i_match *match, const emb_i_pairs *pairs,
                                    gnn_real *dc, int64_t ldd, gnn_real *scratch);

/* polar.c: */
void emb_i_polar_scores(const emb_i_match *match, const emb_i_pairs *pairs,
                        gnn_real *scratch);
void emb_i_polar_query_grad(const emb_i_match *match, const emb_i_pairs *pairs,
                            gnn_real *dq, int64_t ldd, gnn_real *scratch);
void emb_i_polar_candidate_grad(const emb_i_match *match, const emb_i_pairs *pairs,
                                gnn_real *dc, int64_t ldd, gnn_real *scratch);

#endif
