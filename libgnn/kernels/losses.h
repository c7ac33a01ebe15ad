/* Losses of single values and their gradients; sums in double, fixed blocks in order. */
#ifndef GNN_KERNELS_LOSSES_H
#define GNN_KERNELS_LOSSES_H

#include <gnn/status.h>

typedef enum gnn_i_loss {
    GNN_I_LOSS_BCE, /* -[v t log σ(x) + (1 - t) log(1 - σ(x))], v the positive weight */
    GNN_I_LOSS_SQUARE,   /* (x - t)² */
    GNN_I_LOSS_ABSOLUTE, /* |x - t|, gradient 0 at 0 */
    GNN_I_LOSS_HUBER /* ½r² for |r| <= delta, else delta (|r| - ½delta), r = x - t */
} gnn_i_loss;

typedef struct gnn_i_loss_args {
    gnn_i_loss kind;
    int64_t n;          /* rows looked at */
    const gnn_id *rows; /* (n) or NULL: rows 0 .. n-1 */
    int64_t cols;
    const gnn_real *x;               /* (…, cols) */
    const gnn_real *target;          /* (…, cols); NaN: the value is skipped */
    const gnn_real *positive_weight; /* BCE: (cols) or NULL (1) */
    gnn_real delta;                  /* HUBER */
} gnn_i_loss_args;

/* sums[0] = Σ losses, sums[1] = how many values were not skipped.
 * scratch: gnn_i_loss_scratch bytes, aligned to 8. */
void gnn_i_loss_sums(int n_threads, const gnn_i_loss_args *args, double sums[2],
                     void *scratch);
size_t gnn_i_loss_scratch(int64_t n, int64_t cols);
/* dx[row,c] += factor ∂loss/∂x, nothing where the target is NaN. With more than one
 * thread the rows have to be distinct. */
void gnn_i_loss_backward(int n_threads, const gnn_i_loss_args *args, gnn_real factor,
                         gnn_real *dx);

#endif
