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

/* A block of a dense product: rows r0 .. r1-1 and columns c0 .. c1-1 of
 *   C = old + scale Σ_{k0 <= k < k1} A(i, k) B(k, j) + addend_scale addend + bias, then relu,
 * old = C when accumulating, else 0; A(i, k) is a[k lda + i] when transposed. */
typedef struct gnn_i_gemm_args {
    const gnn_real *a;
    int64_t lda;
    bool a_transposed;
    const gnn_real *b;
    int64_t ldb;
    bool b_transposed;
    gnn_real *c;
    int64_t ldc;
    int64_t k0, k1;
    gnn_real scale;
    bool accumulate;
    const gnn_real *addend, *bias;
    gnn_real addend_scale;
    bool relu;
} gnn_i_gemm_args;

/* The backward pass of attention: its arguments and how its scratch is used. ds and p have
 * (n_local + n_rows, heads) values: those of arcs from row_ptr[0] on, then of self arcs. */
typedef struct gnn_i_attention_job {
    const gnn_i_attention_args *args;
    const gnn_i_attention_grad *grad;
    gnn_off n_local; /* arcs of the rows */
    gnn_real *facts; /* (n_rows, 4, heads): dst, max, 1 / sum, Σ dY Y */
    gnn_real *ds;    /* gradients of scores */
    gnn_real *p;     /* GATv2: α mask */
} gnn_i_attention_job;

typedef struct gnn_i_kernels {
    /* rows r0 <= r < r1; ldx, ldy, heads, scale are set */
    void (*spmm)(const gnn_i_spmm_args *s, int64_t r0, int64_t r1);
    void (*sddmm)(const gnn_i_sddmm_args *s, int64_t r0, int64_t r1);
    void (*row_dots)(int64_t width, const gnn_real *a, const gnn_real *b, gnn_real *y,
                     bool accumulate, int64_t r0, int64_t r1);
    void (*max_backward)(const gnn_i_transpose_args *s, int64_t j0, int64_t j1);
    void (*max_backward_w)(const gnn_i_sddmm_args *s, const int32_t *argmax, int64_t r0,
                           int64_t r1);
    void (*relu_add)(const gnn_i_relu_add_args *s, int64_t r0, int64_t r1);
    void (*relu_add_de)(const gnn_i_relu_add_args *s, int64_t r0, int64_t r1);
    void (*relu_add_dx)(const gnn_i_relu_add_args *s, int64_t j0, int64_t j1);
    /* segments s0 <= i < s1 */
    void (*segment_backward)(const gnn_i_segment_args *s, int64_t s0, int64_t s1);
    void (*segment_softmax)(const gnn_i_segment_args *s, int64_t s0, int64_t s1);
    void (*segment_softmax_backward)(const gnn_i_segment_args *s, int64_t s0, int64_t s1);
    void (*gather_rows)(const gnn_i_index_args *s, int64_t i0, int64_t i1);
    void (*scatter_add_columns)(const gnn_i_index_args *s, int64_t c0, int64_t c1);
    void (*gemm)(const gnn_i_gemm_args *g, int64_t r0, int64_t r1, int64_t c0,
                 int64_t c1);
    /* rows (targets) or sources of attention; datt: the block's part */
    void (*attention)(const gnn_i_attention_args *s, int64_t r0, int64_t r1);
    void (*attention_facts)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
    void (*attention_sources)(const gnn_i_attention_job *job, int64_t j0, int64_t j1);
    void (*attention_targets)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
    void (*attention2_rows)(const gnn_i_attention_job *job, int64_t r0, int64_t r1,
                            gnn_real *datt);
    void (*attention2_sources)(const gnn_i_attention_job *job, int64_t j0, int64_t j1);
} gnn_i_kernels;

/* The table of the instruction set in use (gnn_isa). */
const gnn_i_kernels *gnn_i_kernels_get(void);

#endif
