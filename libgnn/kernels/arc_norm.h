/* Symmetric normalisation of arc weights by degrees that follow the weights (Kipf &
 * Welling 2017, eq. 2), differentiable in the weights. */
#ifndef GNN_KERNELS_ARC_NORM_H
#define GNN_KERNELS_ARC_NORM_H

#include <gnn/status.h>

/* With d_i = 1 + Σ_{a in row i} w_a and s = d^-1/2 (0 where d <= 0):
 *   arc[a] = w_a s_i s_j  for the arc a from j to i,   loop[i] = s_i².
 * A square structure, row_ptr from 0. @param s (n) is written. */
void gnn_i_arc_norm(int n_threads, int64_t n, const gnn_off *row_ptr, const gnn_id *col,
                    const gnn_real *w, gnn_real *arc, gnn_real *loop, gnn_real *s);
/* dw[a] = or += darc_a s_i s_j + dd_i,
 *   dd_i = -½ s_i³ (Σ_{a in row i} darc_a w_a s_j + Σ_{a from i} darc_a w_a s_target)
 *          - dloop_i s_i⁴.
 * t_ptr, t_row, perm: the transpose, perm[t] the number of its arc t.
 * scratch: (n) gnn_real. */
void gnn_i_arc_norm_backward(int n_threads, int64_t n, const gnn_off *row_ptr,
                             const gnn_id *col, const gnn_off *t_ptr, const gnn_id *t_row,
                             const gnn_id *perm, const gnn_real *w, const gnn_real *s,
                             const gnn_real *darc, const gnn_real *dloop, gnn_real *dw,
                             bool accumulate, gnn_real *scratch);

#endif
