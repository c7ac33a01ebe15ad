/* Rounding of reals to bfloat16, eight significant bits. */
#ifndef GNN_KERNELS_BF16_H
#define GNN_KERNELS_BF16_H

#include <gnn/status.h>

/* y = x, rounded to the nearest, to even ones from the middle; or, stochastic, to either
 * neighbour, to the nearer one with the larger probability: right on average, so that
 * many steps too small for eight bits are not lost. `key` tells one drawing from
 * another. */
typedef struct gnn_i_bf16_args {
    int64_t n;
    const gnn_real *x;
    uint16_t *y;
    bool stochastic;
    uint64_t key;
} gnn_i_bf16_args;

#endif
