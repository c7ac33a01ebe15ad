/* The kernels of one instruction set, as functions on one block of the work. The front
 * ends (spmm.c, gemm.c …) cut the blocks and hand them to threads. */
#ifndef GNN_KERNELS_TABLE_H
#define GNN_KERNELS_TABLE_H

#include "kernels/ahead.h"
#include "kernels/bf16.h"
#include "kernels/edge_softmax.h"
#include "kernels/elementwise.h"
#include "kernels/gemm.h"
#include "kernels/pairs.h"
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
 *   C = old + scale Σ_{k0 <= k < k1} A(i, k) B(k, j) + addend_scale addend + bias, then
 *   relu,
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
    gnn_i_ahead ahead;
} gnn_i_gemm_args;

/* The backward pass of attention: its arguments and how its scratch is used. ds, which
 * takes the place of the shares, and p have (n_local + n_rows, heads) values: those of
 * arcs from row_ptr[0] on, then of self arcs. */
typedef struct gnn_i_attention_job {
    const gnn_i_attention_args *args;
    const gnn_i_attention_grad *grad;
    gnn_off n_local; /* arcs of the rows */
    gnn_real *facts; /* (n_rows, 2, heads): 1 / sum, Σ dY Y */
    gnn_real *ds;    /* shares, then gradients of scores */
    gnn_real *p;     /* GATv2: α mask */
} gnn_i_attention_job;
/* Elementwise kernels; `dropout` all zero: none. */
typedef struct gnn_i_unary_args {
    gnn_i_unary_op op;
    gnn_real parameter;
    gnn_i_dropout dropout;
    const gnn_real *x;
    gnn_real *y;
    const gnn_real *dy;
    gnn_real *dx;
    bool accumulate;
} gnn_i_unary_args;

typedef struct gnn_i_binary_args {
    gnn_i_binary_op op;
    int64_t cols;
    const gnn_real *a, *b;
    gnn_i_broadcast kind_a, kind_b;
    gnn_real *y;
    const gnn_real *dy;
    gnn_real *da, *db;
} gnn_i_binary_args;

/* y = alpha a + beta b; a NULL: beta everywhere; b NULL: alpha a. */
typedef struct gnn_i_combine_args {
    gnn_real alpha;
    const gnn_real *a;
    gnn_real beta;
    const gnn_real *b;
    gnn_real *y;
} gnn_i_combine_args;

typedef struct gnn_i_dropout_args {
    gnn_i_dropout dropout;
    const gnn_real *x;
    gnn_real *y;
    bool accumulate;
} gnn_i_dropout_args;

/* Uniform in [a, b), or normal with mean a and deviation b. */
typedef struct gnn_i_fill_args {
    uint64_t seed, stream;
    bool normal;
    gnn_real a, b;
    gnn_real *x;
} gnn_i_fill_args;

/* w = shrink w - size m / (sqrt(bias v) + eps) after the moments' update. */
typedef struct gnn_i_adam_job {
    gnn_real grad_scale, coupled_decay, shrink;
    gnn_real beta1, rest1, beta2, rest2; /* rest = 1 - beta */
    gnn_real size, bias, eps;
    const gnn_real *g;
    gnn_real *w, *m, *v;
} gnn_i_adam_job;

/* sum = sum + g², w = w - lr g / (sqrt(sum) + eps). */
typedef struct gnn_i_adagrad_job {
    gnn_real lr, eps;
    const gnn_real *g;
    gnn_real *w, *sum;
} gnn_i_adagrad_job;

typedef struct gnn_i_sgd_job {
    gnn_real lr, momentum, weight_decay, grad_scale;
    bool nesterov;
    const gnn_real *g;
    gnn_real *w, *velocity;
} gnn_i_sgd_job;

/* What is summed over rows. mean and rstd are indexed by row for ROW_HAT, else by column;
 * HAT takes variances in rstd's place, with eps. */
typedef enum gnn_i_column_kind {
    GNN_I_COLUMN_SUM,       /* x */
    GNN_I_COLUMN_DOT,       /* x y */
    GNN_I_COLUMN_DEVIATION, /* (x - mean)² */
    GNN_I_COLUMN_HAT,       /* y (x - mean) / sqrt(var + eps) */
    GNN_I_COLUMN_ROW_HAT    /* y (x - mean) rstd */
} gnn_i_column_kind;

typedef struct gnn_i_column_args {
    gnn_i_column_kind kind;
    int64_t cols;
    const gnn_real *x, *y;
    const gnn_real *mean, *rstd;
    gnn_real eps;
} gnn_i_column_args;

typedef struct gnn_i_head_args {
    int64_t heads, dim;
    const gnn_real *x, *a;
    gnn_real *y;
    const gnn_real *dy;
    gnn_real *dx;
} gnn_i_head_args;

typedef struct gnn_i_softmax_args {
    int64_t cols;
    bool logarithm;
    const gnn_real *x;
    gnn_real *y;
    const gnn_real *dy;
    gnn_real *dx;
    bool accumulate;
} gnn_i_softmax_args;

typedef struct gnn_i_entropy_args {
    const gnn_id *rows;
    int64_t cols;
    const gnn_real *x;
    const int32_t *labels;
    const gnn_real *class_weight;
    gnn_real smoothing;
    gnn_real *lse;
    gnn_real factor;
    gnn_real *dx;
} gnn_i_entropy_args;

typedef struct gnn_i_norm_args {
    int64_t rows, cols;
    const gnn_real *x;
    const gnn_real *mean, *var; /* (cols) batch norm's */
    const gnn_real *gamma, *beta;
    gnn_real eps;
    gnn_real *y;
    gnn_real *row_mean, *row_rstd; /* (rows) layer norm's */
    const gnn_real *dy;
    gnn_real *dx;
    const gnn_real *sums, *dots; /* (cols) of batch norm's gradient, or NULL */
} gnn_i_norm_args;

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
    /* the same of A and B rounded to bfloat16, with sums in single precision; no addend,
     * bias, relu or requests ahead. only where gnn_i_kernels_have_bf16 */
    void (*gemm_bf16)(const gnn_i_gemm_args *g, int64_t r0, int64_t r1, int64_t c0,
                      int64_t c1);
    /* rows (targets) or sources of attention; datt: the block's part */
    void (*attention)(const gnn_i_attention_args *s, int64_t r0, int64_t r1);
    void (*attention_facts)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
    void (*attention_sources)(const gnn_i_attention_job *job, int64_t j0, int64_t j1);
    void (*attention_targets)(const gnn_i_attention_job *job, int64_t r0, int64_t r1);
    void (*attention2_rows)(const gnn_i_attention_job *job, int64_t r0, int64_t r1,
                            gnn_real *datt);
    void (*attention2_sources)(const gnn_i_attention_job *job, int64_t j0, int64_t j1);
    /* items i0 <= i < i1, i0 a multiple of 256 */
    void (*unary)(const gnn_i_unary_args *s, int64_t i0, int64_t i1);
    void (*unary_backward)(const gnn_i_unary_args *s, int64_t i0, int64_t i1);
    void (*binary_rows)(const gnn_i_binary_args *s, int64_t r0, int64_t r1);
    void (*binary_items)(const gnn_i_binary_args *s, int64_t i0, int64_t i1);
    void (*binary_backward_rows)(const gnn_i_binary_args *s, int64_t r0, int64_t r1,
                                 gnn_real *row_a, gnn_real *row_b, double *total_a,
                                 double *total_b);
    void (*binary_backward_items)(const gnn_i_binary_args *s, int64_t i0, int64_t i1);
    void (*combine)(const gnn_i_combine_args *s, int64_t i0, int64_t i1);
    void (*dropout)(const gnn_i_dropout_args *s, int64_t i0, int64_t i1);
    void (*fill)(const gnn_i_fill_args *s, int64_t i0, int64_t i1);
    void (*philox)(uint64_t seed, uint64_t stream, uint64_t first, int64_t n,
                   uint32_t *words);
    void (*adam)(const gnn_i_adam_job *s, int64_t i0, int64_t i1);
    void (*sgd)(const gnn_i_sgd_job *s, int64_t i0, int64_t i1);
    void (*adagrad)(const gnn_i_adagrad_job *s, int64_t i0, int64_t i1);
    double (*sum)(const gnn_real *x, const gnn_real *y, int64_t n);
    /* y = x; bf16.h */
    void (*bf16_widen)(int64_t n, const uint16_t *x, gnn_real *y);
    void (*bf16_narrow)(const gnn_i_bf16_args *s);
    void (*columns)(const gnn_i_column_args *s, int64_t r0, int64_t r1, gnn_real *sums);
    void (*row_sums)(int64_t cols, const gnn_real *x, gnn_real *y, bool accumulate,
                     int64_t r0, int64_t r1);
    void (*head_dot)(const gnn_i_head_args *s, int64_t r0, int64_t r1);
    void (*head_dot_backward)(const gnn_i_head_args *s, int64_t r0, int64_t r1,
                              gnn_real *da);
    void (*softmax)(const gnn_i_softmax_args *s, int64_t r0, int64_t r1);
    void (*softmax_backward)(const gnn_i_softmax_args *s, int64_t r0, int64_t r1);
    void (*cross_entropy)(const gnn_i_entropy_args *s, int64_t i0, int64_t i1,
                          double sums[2]);
    void (*cross_entropy_backward)(const gnn_i_entropy_args *s, int64_t i0, int64_t i1);
    /* whole blocks: distances -Σ_k |x_k - y_k|, and with x, y complex; areas of pairs of
     * vectors in the plane, -Σ_k |x_k × y_k|; their gradients */
    void (*manhattan)(const gnn_i_pairs_args *s);
    void (*manhattan_gradient)(const gnn_i_pairs_args *s);
    void (*modulus)(const gnn_i_pairs_args *s);
    void (*modulus_gradient)(const gnn_i_pairs_args *s);
    void (*area)(const gnn_i_pairs_args *s);
    void (*area_gradient)(const gnn_i_pairs_args *s);
    /* cos and sin of angle / 2 */
    void (*half_angles)(int64_t n, const gnn_real *angle, gnn_real *cosine,
                        gnn_real *sine);
    /* |x|² of n rows; distances from products; w /= max(-s, least); sums of w over its
     * rows and over its columns, either NULL */
    void (*row_squares)(int64_t n, int64_t width, const gnn_real *x, int64_t ld,
                        gnn_real *squares);
    void (*euclid)(const gnn_i_euclid_args *s);
    void (*tile_over_lengths)(const gnn_i_tile_args *s, gnn_real least);
    void (*tile_margins)(int64_t n, int64_t m, const gnn_real *w, int64_t ld,
                         gnn_real *rows, gnn_real *columns);
    /* top and sum of each row, and unless it is NULL w = exp(s - top), of which the next
     * makes w = factor s exp(top - lse); w = factor exp(s - lse); w = factor σ(s), sum,
     * unless it is NULL, = Σ log(1 + e^s); with p the softmax of temperature s and
     * x = s + margin, w = factor p σ(x), sum = Σ p log(1 + e^x), scores of -inf left
     * out */
    void (*tile_sums)(const gnn_i_tile_args *s);
    void (*tile_scale)(const gnn_i_tile_args *s);
    void (*tile_softmax)(const gnn_i_tile_args *s);
    void (*tile_sigmoid)(const gnn_i_tile_args *s);
    void (*tile_adversarial)(const gnn_i_tile_args *s);
    void (*tile_counts)(const gnn_i_tile_args *s);
    void (*layer_norm)(const gnn_i_norm_args *s, int64_t r0, int64_t r1);
    void (*layer_norm_backward)(const gnn_i_norm_args *s, int64_t r0, int64_t r1);
    void (*batch_norm)(const gnn_i_norm_args *s, int64_t r0, int64_t r1);
    void (*batch_norm_backward)(const gnn_i_norm_args *s, int64_t r0, int64_t r1);
} gnn_i_kernels;

/* The table of the instruction set in use (gnn_isa). The embedding trainer, too, calls
 * kernels by it, a block at a time. */
GNN_API const gnn_i_kernels *gnn_i_kernels_get(void);
/* Whether gemm_bf16 of that table is there and the processor has what it needs. */
GNN_API bool gnn_i_kernels_have_bf16(void);

#endif
