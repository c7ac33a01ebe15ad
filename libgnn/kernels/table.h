/* The kernels of one instruction set, as functions on one block of the work. The front ends
 * (spmm.c, gemm.c …) cut the blocks and hand them to threads. */
#ifndef GNN_KERNELS_TABLE_H
#define GNN_KERNELS_TABLE_H

#include "kernels/spmm.h"

typedef struct gnn_i_kernels {
    /* spmm.h: rows r0 <= r < r1; ldx, ldy, heads, scale are set */
    void (*spmm)(const gnn_i_spmm_args *args, int64_t r0, int64_t r1);
} gnn_i_kernels;

/* The table of the instruction set in use (gnn_isa). */
const gnn_i_kernels *gnn_i_kernels_get(void);

#endif
