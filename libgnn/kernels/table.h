/* The kernels of one instruction set, as functions on one block of the work. The front ends
 * (spmm.c, gemm.c …) cut the blocks and hand them to threads. */
#ifndef GNN_KERNELS_TABLE_H
#define GNN_KERNELS_TABLE_H

#include "kernels/edge_softmax.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/rows.h"
#include "kernels/sddmm.h"
#include "kernels/segment.h"
#include "kernels/spmm.h"
#include "kernels/update.h"

/* Arguments of gnn_i_sddmm (strides set) and gnn_i_spmm_max_backward_w. */
typedef struct gnn_i_sddmm_args {
    const gnn_off *row_ptr;
    const gnn_id *col;
    int heads;
    int64_t width;
    const gnn_real *dy;
    int64_t ldy;
    const gnn_real *x;
    int64_t ldx;
    const gnn_real *row_scale;
    gnn_real *dw;
    bool accumulate;
} gnn_i_sddmm_args;

/* Arguments of gnn_i_spmm_max_backward. */
typedef struct gnn_i_transpose_args {
    const gnn_off *t_ptr;
    const gnn_id *t_row;
    const int32_t *perm;
    const gnn_off *perm64;
    const gnn_off *row_ptr;
    const gnn_real *w;
    int64_t width;
    const gnn_real *dy;
    const int32_t *argmax;
    gnn_real *dx;
    bool accumulate;
} gnn_i_transpose_args;

/* Arguments of gnn_i_spmm_relu_add and its gradient. */
typedef struct gnn_i_relu_add_args {
    const gnn_off *row_ptr;
    const gnn_id *col;
    const gnn_off *t_ptr;
    const gnn_id *t_row;
    const int32_t *perm;
    const gnn_off *perm64;
    int64_t width;
    const gnn_real *x;
    const gnn_real *e;
    gnn_real *y;
    const gnn_real *dy;
    gnn_real *dx;
    gnn_real *de;
} gnn_i_relu_add_args;

/* Arguments of the segment kernels. */
typedef struct gnn_i_segment_args {
    gnn_i_reduce reduce;
    const gnn_off *ptr;
    int64_t width;
    const gnn_real *x;
    gnn_real *y;
    const gnn_real *dy;
    const int32_t *argmax;
    gnn_real *dx;
    bool accumulate;
} gnn_i_segment_args;

/* Arguments of gnn_i_gather_rows and gnn_i_scatter_add_rows. */
typedef struct gnn_i_index_args {
    int64_t n;
    const gnn_id *index;
    int64_t width;
    const gnn_real *x;
    gnn_real *y;
    bool accumulate;
} gnn_i_index_args;

/* rows (targets) or sources of attention; datt: the block's part */
void (*attention)(const gnn_i_attention_args *s, int64_t r0, int64_t r1);
void (*attention_facts)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
void (*attention_sources)(const gnn_i_attention_job *job, int64_t j0, int64_t j1);
void (*attention_targets)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
void (*attention2_rows)(const gnn_i_attention_job *job, int64_t r0, int64_t r1,
                        gnn_real *datt);
void (*attention2_sources)(const gnn_i_attention_job *job, int64_t j0, int64_t j1);
