/* Comparisons of every query with every candidate, and softmax over blocks of their
 * scores: what the embedding trainer runs on. One block each, on the calling thread. */
#ifndef GNN_KERNELS_PAIRS_H
#define GNN_KERNELS_PAIRS_H

#include <gnn/status.h>

/* n rows x and m rows y of `width` numbers, and a number for each pair (i, j) at
 * s[i row_step + j column_step]. */
typedef struct gnn_i_pairs_args {
    int64_t n, m, width;
    const gnn_real *x;
    int64_t ldx;
    const gnn_real *y;
    int64_t ldy;
    gnn_real *s; /* distances or areas; column_step is 1 then */
    const gnn_real *w;
    int64_t row_step, column_step;
    gnn_real *dx; /* rows ldd apart */
    int64_t ldd;
} gnn_i_pairs_args;

/* Dot products of x_i and y_j on the way to distances, rows ld apart. */
typedef struct gnn_i_euclid_args {
    int64_t n, m;
    gnn_real *s; /* x · y, becomes -|x - y|, or -|x - y|² + x_bias + y_bias */
    int64_t ld;
    const gnn_real *x2, *y2; /* (n), (m) |x|², |y|² */
    bool root;
    const gnn_real *x_bias, *y_bias; /* (n), (m) or NULL, without root */
} gnn_i_euclid_args;

/* A block of scores, rows ld apart; what becomes of them goes to w, rows ldw apart, which
 * may be the scores themselves. */
typedef struct gnn_i_tile_args {
    int64_t n, m;
    const gnn_real *s;
    int64_t ld;
    gnn_real *w;
    int64_t ldw;
    gnn_real *top, *sum; /* (n) largest score, with `more` less by at most slack;
                          * Σ exp(s - top) */
    bool more;           /* tile_sums, tile_sigmoid: go on from what they hold */
    gnn_real slack;      /* tile_sums: by how much scores may exceed a top that stays */
    const gnn_real *lse; /* (n) log of the sum of exponentials; a score to compare with */
    int64_t *above, *equal; /* (n) scores not at most, and as high as it: added */
    gnn_real factor;
    gnn_real temperature, margin; /* of tile_adversarial */
} gnn_i_tile_args;

#endif
