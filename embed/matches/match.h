/* How queries are compared with candidates: n × m scores at a time, and back.
 *
 * The gradient of the loss by a score becomes a *weight* of the pair, of which the
 * gradients by query and candidate are sums:
 *
 *     kind        score                       weight w         dq_i
 *     DOT         q · c                       ds               Σ_j w_ij c_j
 *     EUCLIDEAN   -|q - c|                    ds / |q - c|     Σ_j w_ij (c_j - q_i)
 *     SQUARED     -|q - c|² + a_q + b_c       2 ds             the same; a, b: Σ ds
 *     MANHATTAN   -|q - c|_1                  ds               Σ_j w_ij sign(c_j - q_i)
 *     MODULUS     -Σ_k |q_k - c_k|, complex   ds               Σ_j w_ij e, e = c_j - q_i
 *                                                              over its length, by number
 *     PROJECTED   -|q - c + (u·c) u|          ds / |...|       projected.c
 *     POLAR       -|q_m - c_m|                ds               polar.c
 *                 - weight Σ |sin((q_p - c_p) / 2)|
 *
 * and dc_j the same with q and c exchanged; but u, a unit normal, is the query's. All but
 * MANHATTAN, MODULUS and the phases of POLAR are dense products. Each score depends on
 * its query and its candidate only, to the bit: not on where in a block they stand.
 * Everything runs on the calling thread. */
#ifndef EMB_MATCHES_MATCH_H
#define EMB_MATCHES_MATCH_H

#include <gnn/status.h>

#include "kernels/ahead.h"

typedef enum emb_i_match_kind {
    EMB_I_DOT,
    EMB_I_EUCLIDEAN,
    EMB_I_SQUARED,
    EMB_I_MANHATTAN,
    EMB_I_MODULUS,   /* real parts first, then the imaginary ones */
    EMB_I_PROJECTED, /* u behind q */
    EMB_I_POLAR      /* moduli first, then phases */
} emb_i_match_kind;

typedef struct emb_i_match {
    emb_i_match_kind kind;
    int64_t width; /* floats that are compared; a query holds a_q or u behind them */
    int64_t bias;  /* SQUARED: place of b_c behind the candidate's first float; 0: none */
    gnn_real weight; /* POLAR: of the phases */
    bool bf16; /* products of numbers rounded to bfloat16, summed in single precision:
                    * only where gnn_i_kernels_have_bf16 */
} emb_i_match;

/* n queries (rows ldq apart), m candidates (rows ldc apart), pairs (n, m) rows lds
 * apart. */
typedef struct emb_i_pairs {
    int64_t n, m;
    const gnn_real *q;
    int64_t ldq;
    const gnn_real *c;
    int64_t ldc;
    gnn_real *s; /* scores, or ds, or weights */
    int64_t lds;
    gnn_i_ahead ahead; /* what is read afterwards: products in single precision ask for
                        * it */
} emb_i_pairs;

/* s = scores. scratch, here and below: emb_i_match_scratch(match, n, m) reals. */
void emb_i_match_scores(const emb_i_match *match, const emb_i_pairs *pairs,
                        gnn_real *scratch);
size_t emb_i_match_scratch(const emb_i_match *match, int64_t n, int64_t m);
/* Score of query i with candidate i, n of them, with the same bits. scratch: of any n and
 * m. */
void emb_i_match_own(const emb_i_match *match, int64_t n, const gnn_real *q, int64_t ldq,
                     const gnn_real *c, int64_t ldc, gnn_real *s, gnn_real *scratch);
/* n numbers as its products see them: rounded to bfloat16 where it multiplies that. */
void emb_i_match_round(const emb_i_match *match, int64_t n, gnn_real *x,
                       uint16_t *scratch);
/* Whether weights are anything but ds. */
bool emb_i_match_weighs(const emb_i_match *match);
/* Whether emb_i_match_weights needs the scores. */
bool emb_i_match_keeps_scores(const emb_i_match *match);
/* w = ds → weights in place, from the scores (n, m) rows ld apart. */
void emb_i_match_weights(const emb_i_match *match, int64_t n, int64_t m,
                         const gnn_real *score, int64_t ld, gnn_real *w, int64_t ldw);
/* Make rows (n, columns) of gradients ready: zero, unless the match will overwrite all of
 * them. Returns what to pass for `accumulate`. */
bool emb_i_match_clear(const emb_i_match *match, int64_t n, int64_t columns, gnn_real *d);
/* dq (rows ldd apart, match->width of each, and what stands behind them) = …, from
 * pairs->s = weights; or += …, where `accumulate`. */
void emb_i_match_query_grad(const emb_i_match *match, const emb_i_pairs *pairs,
                            gnn_real *dq, int64_t ldd, bool accumulate,
                            gnn_real *scratch);
/* dc the same way. */
void emb_i_match_candidate_grad(const emb_i_match *match, const emb_i_pairs *pairs,
                                gnn_real *dc, int64_t ldd, bool accumulate,
                                gnn_real *scratch);

/* dq_i += …, dc_i += … of the pairs (i, i), n of them, from their weights. */
void emb_i_match_own_grad(const emb_i_match *match, int64_t n, gnn_real *w,
                          const gnn_real *q, int64_t ldq, const gnn_real *c, int64_t ldc,
                          gnn_real *dq, gnn_real *dc, gnn_real *scratch);

#endif
