/* Attention over arcs, fused: scores, softmax over the arcs of a row, dropout, weighted
 * sum. Nothing of size arcs × heads × features is stored.
 *
 * Scores of arc a = (j → r), head h (width of a head: dim; Z, Zr, E rows are heads ×
 * dim):
 *   GAT   [1]  s = lrelu(src[j,h] + dst[r,h] + arc_score[a,h])
 *   GATv2 [2]  s = Σ_c att[h,c] lrelu(Z[j,h,c] + Zr[r,h,c] + E[a,h,c])
 * lrelu(x) = x for x > 0, else slope x. With self_arc, row r has one arc more, from the
 * source self_offset + r, with self_score[r,h] (GAT) and no E; its dropout index is
 * (n_arcs + r) heads + h, that of arc a is a heads + h.
 *   α[a,h] = exp(s[a,h] - max) / Σ exp(s - max)   over the arcs of r
 *   Y[r,h,:] = Σ_a α[a,h] mask[a,h] Z[j_a,h,:];   a row without arcs gives 0
 * [1] Veličković et al. 2018, arXiv:1710.10903  [2] Brody et al. 2022,
 * arXiv:2105.14491 */
#ifndef GNN_KERNELS_EDGE_SOFTMAX_H
#define GNN_KERNELS_EDGE_SOFTMAX_H

#include "kernels/spmm.h"

typedef struct gnn_i_attention_args {
    int64_t n_rows;
    const gnn_off *row_ptr; /* (n_rows + 1) */
    const gnn_id *col;      /* source of each arc */
    int heads;              /* <= GNN_I_MAX_HEADS */
    int64_t dim;            /* of a head */
    gnn_real slope;         /* of the leaky relu, 0 .. 1 */
    bool self_arc;          /* one more arc a row, from the row itself */
    int64_t self_offset;    /* the source that row 0 is */
    gnn_off n_arcs;         /* of the whole graph: where the dropout indices of self arcs
                       * begin */
    gnn_i_dropout dropout;

    const gnn_real *z; /* (sources, heads dim) */
    /* GAT */
    const gnn_real *src;        /* (sources, heads) */
    const gnn_real *dst;        /* (n_rows, heads) */
    const gnn_real *arc_score;  /* (arcs, heads) or NULL */
    const gnn_real *self_score; /* (n_rows, heads) or NULL */
    /* GATv2, chosen when att is there; src … self_score are then not read */
    const gnn_real *att; /* (heads, dim) */
    const gnn_real *zr;  /* (n_rows, heads dim) */
    const gnn_real *e;   /* (arcs, heads dim) or NULL */

    gnn_real *y;       /* (n_rows, heads dim) out, and read by the backward pass */
    gnn_real *row_max; /* (n_rows, heads) out: largest score of the row, 0 without arcs */
    gnn_real *row_sum; /* (n_rows, heads) out: Σ exp(s - max), 0 without arcs */
    gnn_real *shares;  /* out, or NULL: for the backward pass, (arcs of the rows + n_rows,
                        * heads) of arcs and then self arcs; allocate
                        * gnn_i_attention_share_count */
} gnn_i_attention_args;

/* Numbers to allocate for shares: vectors may read behind the last. */
int64_t gnn_i_attention_share_count(const gnn_i_attention_args *args);
/* Fills y, row_max, row_sum, shares. Cost: O(arcs heads dim), each source row is gathered
 * once. */
void gnn_i_attention_forward(int n_threads, const gnn_i_attention_args *args);

/* A share is exp(s - max) with two flags: the argument of lrelu was not positive, the arc
 * was dropped. Such a number lies between 0 and 1, which leaves the sign and the highest
 * bit of the exponent free for them. */
#if GNN_REAL_DOUBLE
typedef uint64_t gnn_i_share_bits;
#else
typedef uint32_t gnn_i_share_bits;
#endif
#define GNN_I_SHARE_BELOW ((gnn_i_share_bits)1 << (8 * sizeof(gnn_real) - 1))
#define GNN_I_SHARE_DROPPED ((gnn_i_share_bits)1 << (8 * sizeof(gnn_real) - 2))

/* Gradients, each added to what is there; NULL ones are skipped. */
typedef struct gnn_i_attention_grad {
    /* the transpose: arcs of source j are col_ptr[j] <= t < col_ptr[j+1], to target
     * row[t], arc perm[t] (or perm64[t]) of the forward pass */
    int64_t n_sources;
    const gnn_off *col_ptr;
    const gnn_id *row;
    const int32_t *perm;
    const gnn_off *perm64;

    const gnn_real *dy;    /* (n_rows, heads dim) */
    gnn_real *dz;          /* (sources, heads dim) */
    gnn_real *dsrc;        /* (sources, heads)       GAT */
    gnn_real *ddst;        /* (n_rows, heads)        GAT */
    gnn_real *darc_score;  /* (arcs, heads)       GAT */
    gnn_real *dself_score; /* (n_rows, heads)     GAT */
    gnn_real *datt;        /* (heads, dim)        GATv2 */
    gnn_real *dzr;         /* (n_rows, heads dim) GATv2 */
    gnn_real *de;          /* (arcs, heads dim)   GATv2 */
    void *scratch;         /* gnn_i_attention_backward_scratch bytes, aligned to 64 */
} gnn_i_attention_grad;

/* Bytes of scratch for the structure in args (row_ptr is read; att tells GAT from
 * GATv2). */
size_t gnn_i_attention_backward_scratch(const gnn_i_attention_args *args);
/* With D[r,h] = Σ_c dY Y, t = Σ_c dY[r,h,c] Z[j,h,c]:
 *   ds[a,h] = α (mask t - D),   dZ[j] += Σ α mask dY[r_a],   and on through the score.
 * args->shares are those of the forward pass; ds takes their place. */
void gnn_i_attention_backward(int n_threads, const gnn_i_attention_args *args,
                              const gnn_i_attention_grad *grad);

#endif
