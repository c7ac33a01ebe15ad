/* Sparse × dense products over compressed rows, and what goes with their gradients.
 *
 * Row r has the arcs row_ptr[r] <= a < row_ptr[r+1]; arc a reads row col[a] of X. row_ptr
 * may be a part of a larger graph's: its values are places in col and w, row_ptr[0] need
 * not be 0. Each output row has one writer; blocks of rows are balanced by arcs, with
 * bounds that depend on the structure and the width alone, so results have the same bits
 * at any thread count. */
#ifndef GNN_KERNELS_SPMM_H
#define GNN_KERNELS_SPMM_H

#include "kernels/rng.h"

/* The most heads that a kernel takes: their weights fit buffers on the stack. */
#define GNN_I_MAX_HEADS 512

typedef enum gnn_i_reduce { GNN_I_SUM, GNN_I_MEAN, GNN_I_MAX } gnn_i_reduce;

/* Y[r,c] = old + scale_r reduce_{a in r} W[a,c] X[col_a,c] + self_r X[r+self_offset,c]
 *              + addend_scale addend[r,c] + bias[c],            then relu where asked for
 *   old     = Y[r,c] if accumulate, else 0
 *   scale_r = (scale or 1) (row_scale[r] or 1)                       times 1/arcs(r) for
 *   MEAN
 *   W[a,c]  = w[p(a) heads + c / (width / heads)] col_scale[col_a] mask(p(a) heads + …)
 *   p(a)    = perm[a], perm64[a] or a;  self_r = self_weight + diag[r] (not scaled)
 * A row without arcs reduces to 0. Every pointer but row_ptr, x and y may be NULL; fields
 * left zero mean «absent», so that {.n_rows, .row_ptr, .col, .width, .x, .y} is Y = A X.
 * MAX takes the first of equal values; a NaN wins only as the first arc.
 * Cost: O(arcs width); memory-bound, gathers arcs × width × sizeof(gnn_real) bytes. */
typedef struct gnn_i_spmm_args {
    int64_t n_rows;
    const gnn_off *row_ptr; /* (n_rows + 1) */
    const gnn_id *col;      /* NULL: arc a reads row a (contiguous segments) */

    const gnn_real *w;         /* (arcs, heads) */
    int heads;                 /* 0 or 1: one weight an arc; width is a multiple of it */
    const int32_t *perm;       /* where the weight (and mask) of arc a stands:
                                 * transposes */
    const gnn_off *perm64;     /* the same for 2^31 arcs and more; at most one of the
                                 * two */
    const gnn_real *col_scale; /* (sources) */
    gnn_i_dropout dropout;     /* of the weights; element index p(a) heads + head */

    gnn_real self_weight;
    const gnn_real *diag; /* (n_rows) */
    int64_t self_offset;  /* the source that row 0 is */

    int64_t width;
    const gnn_real *x; /* (sources, width), rows ldx apart; not overlapping y */
    int64_t ldx;       /* 0: width */
    gnn_real *y;       /* (n_rows, width), rows ldy apart */
    int64_t ldy;       /* 0: width */

    gnn_i_reduce reduce;
    int32_t *argmax; /* MAX: (n_rows, width) place of the winning arc in its row, -1:
                      * none */

    gnn_real scale;            /* 0: 1 */
    const gnn_real *row_scale; /* (n_rows) */
    const gnn_real *addend;    /* (n_rows, width), packed; may be y itself */
    gnn_real addend_scale;     /* used as it is */
    const gnn_real *bias;      /* (width) */
    bool accumulate;
    bool relu;
} gnn_i_spmm_args;

void gnn_i_spmm(int n_threads, const gnn_i_spmm_args *args);

/* Gradient of the MAX reducer with respect to X, one writer a source, through the
 * transpose:
 *   dX[j,c] = or += Σ_{arcs t of source j} [argmax[r_t,c] = q_t] W_t dY[r_t,c]
 * with r_t = t_row[t], arc p(t) of the forward product, q_t = p(t) - row_ptr[r_t].
 * @param t_ptr (n_sources + 1), t_row (arcs), perm or perm64 (arcs): the transpose
 * @param row_ptr of the forward product; w (arcs) its weights or NULL. */
void gnn_i_spmm_max_backward(int n_threads, int64_t n_sources, const gnn_off *t_ptr,
                             const gnn_id *t_row, const int32_t *perm,
                             const gnn_off *perm64, const gnn_off *row_ptr,
                             const gnn_real *w, int64_t width, const gnn_real *dy,
                             const int32_t *argmax, gnn_real *dx, bool accumulate);
/* … and with respect to the weights: dw[a] = or += Σ_c [argmax[r,c] = a - row_ptr[r]]
 * dY[r,c] X[col_a,c]. */
void gnn_i_spmm_max_backward_w(int n_threads, int64_t n_rows, const gnn_off *row_ptr,
                               const gnn_id *col, int64_t width, const gnn_real *dy,
                               const gnn_real *x, const int32_t *argmax, gnn_real *dw,
                               bool accumulate);

/* Sum of rectified messages with arc features (GINE, Hu et al. 2020, arXiv:1905.12265):
 *   y[r,c] = Σ_{a in r} relu(X[col_a,c] + E[a,c]). */
void gnn_i_spmm_relu_add(int n_threads, int64_t n_rows, const gnn_off *row_ptr,
                         const gnn_id *col, int64_t width, const gnn_real *x,
                         const gnn_real *e, gnn_real *y);
/* dE[a,c] += [X[col_a,c] + E[a,c] > 0] dY[r_a,c];   dX[j,c] += the same over the arcs of
 * source j (transpose as in gnn_i_spmm_max_backward). de, dx: NULL to skip; de needs
 * row_ptr and col, dx the transpose. */
void gnn_i_spmm_relu_add_backward(int n_threads, int64_t n_rows, const gnn_off *row_ptr,
                                  const gnn_id *col, int64_t n_sources,
                                  const gnn_off *t_ptr, const gnn_id *t_row,
                                  const int32_t *perm, const gnn_off *perm64,
                                  int64_t width, const gnn_real *x, const gnn_real *e,
                                  const gnn_real *dy, gnn_real *dx, gnn_real *de);

#endif
