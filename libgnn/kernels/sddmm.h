/* Sampled dense-dense products: the gradient of sparse products with respect to
 * weights. */
#ifndef GNN_KERNELS_SDDMM_H
#define GNN_KERNELS_SDDMM_H

#include "kernels/spmm.h"

/* dw[a heads + h] = or += scale_r Σ_{c in head h} dY[r,c] X[col_a,c]   for each arc a of
 * row r; head h is columns h width/heads .. (h+1) width/heads - 1, heads <=
 * GNN_I_MAX_HEADS. dw is indexed by arc number, as row_ptr counts them.
 * @param col NULL: arc a reads row a
 * @param row_scale (n_rows) or NULL (1): 1/degree gives the gradient of a mean
 * @param ldy, ldx row strides, 0: width
 * Cost: O(arcs width). */
void gnn_i_sddmm(int n_threads, int64_t n_rows, const gnn_off *row_ptr, const gnn_id *col,
                 int heads, int64_t width, const gnn_real *dy, int64_t ldy,
                 const gnn_real *x, int64_t ldx, const gnn_real *row_scale, gnn_real *dw,
                 bool accumulate);

/* y[r] = or += Σ_c a[r,c] b[r,c]: dots of rows (the gradient of a diagonal, say). */
void gnn_i_row_dot(int n_threads, int64_t n_rows, int64_t width, const gnn_real *a,
                   const gnn_real *b, gnn_real *y, bool accumulate);

#endif
