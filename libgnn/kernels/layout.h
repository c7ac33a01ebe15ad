/* Moving matrices about: transposes and blocks of columns. */
#ifndef GNN_KERNELS_LAYOUT_H
#define GNN_KERNELS_LAYOUT_H

#include <gnn/status.h>

/* y[c,r] = or += x[r,c], both packed; y does not overlap x. Cost: O(rows cols). */
void gnn_i_matrix_transpose(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                            gnn_real *y, bool accumulate);
/* y[r,c] = or += x[r,c] for c < cols, rows of x ldx and rows of y ldy apart. */
void gnn_i_copy_block(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                      int64_t ldx, gnn_real *y, int64_t ldy, bool accumulate);

#endif
