/* Elementwise maps and their gradients. Arrays are packed; outputs may be one of the
 * inputs. */
#ifndef GNN_KERNELS_ELEMENTWISE_H
#define GNN_KERNELS_ELEMENTWISE_H

#include "kernels/rng.h"

/* y = value; y = x; x *= factor; y += factor x; y = alpha a + beta b. */
void gnn_i_fill(int n_threads, int64_t n, gnn_real value, gnn_real *y);
void gnn_i_copy(int n_threads, int64_t n, const gnn_real *x, gnn_real *y);
void gnn_i_scale(int n_threads, int64_t n, gnn_real factor, gnn_real *x);
void gnn_i_axpy(int n_threads, int64_t n, gnn_real factor, const gnn_real *x,
                gnn_real *y);
void gnn_i_axpby(int n_threads, int64_t n, gnn_real alpha, const gnn_real *a,
                 gnn_real beta, const gnn_real *b, gnn_real *y);

/* ---- one argument ---- */

typedef enum gnn_i_unary_op {
    GNN_I_UNARY_NEG,
    GNN_I_UNARY_RELU,
    GNN_I_UNARY_LEAKY_RELU, /* parameter: slope for x < 0 */
    GNN_I_UNARY_ELU,        /* x > 0: x, else parameter (exp x - 1) */
    GNN_I_UNARY_GELU,       /* x Φ(x) with erf, not the tanh form (Hendrycks & Gimpel
                             * 2016) */
    GNN_I_UNARY_SILU,       /* x sigmoid(x) */
    GNN_I_UNARY_TANH,
    GNN_I_UNARY_SIGMOID,
    GNN_I_UNARY_SOFTPLUS, /* log(1 + exp x) */
    GNN_I_UNARY_EXP,
    GNN_I_UNARY_LOG,
    GNN_I_UNARY_SQUARE,
    GNN_I_UNARY_SQRT,
    GNN_I_UNARY_ABS, /* gradient 0 at 0 */
    GNN_I_N_UNARY
} gnn_i_unary_op;

/* y = f(x). Errors of exp, log, tanh, sigmoid, erf in float: a few units in the last
 * place (kernels_elementwise tests state and check each bound); double uses libm. */
void gnn_i_unary(int n_threads, gnn_i_unary_op op, gnn_real parameter, int64_t n,
                 const gnn_real *x, gnn_real *y);
/* Which of x and y the gradient reads; the other may be NULL. */
bool gnn_i_unary_needs_x(gnn_i_unary_op op);
bool gnn_i_unary_needs_y(gnn_i_unary_op op);
/* dx = or += f'(x) dy. dx may be dy. */
void gnn_i_unary_backward(int n_threads, gnn_i_unary_op op, gnn_real parameter, int64_t n,
                          const gnn_real *x, const gnn_real *y, const gnn_real *dy,
                          gnn_real *dx, bool accumulate);

/* y[i] = mask_i f(x[i]): an activation and the dropout that follows it, in one pass. */
void gnn_i_unary_dropout(int n_threads, gnn_i_unary_op op, gnn_real parameter,
                         const gnn_i_dropout *dropout, int64_t n, const gnn_real *x,
                         gnn_real *y);
/* dx[i] = or += mask_i f'(x[i]) dy[i]. RELU reads only y, whose sign tells the mask; the
 * other maps read only x and draw the mask again. The unused one may be NULL. */
void gnn_i_unary_dropout_backward(int n_threads, gnn_i_unary_op op, gnn_real parameter,
                                  const gnn_i_dropout *dropout, int64_t n,
                                  const gnn_real *x, const gnn_real *y,
                                  const gnn_real *dy, gnn_real *dx, bool accumulate);

/* ---- two arguments with broadcasting ---- */

typedef enum gnn_i_binary_op {
    GNN_I_BINARY_ADD,
    GNN_I_BINARY_SUB,
    GNN_I_BINARY_MUL,
    GNN_I_BINARY_DIV,
    GNN_I_BINARY_MAX /* the larger; a tie sends the gradient to a */
} gnn_i_binary_op;

/* How an argument fills rows × cols. */
typedef enum gnn_i_broadcast {
    GNN_I_FULL,  /* (rows, cols) */
    GNN_I_ROW,   /* (1, cols): the same row everywhere */
    GNN_I_COL,   /* (rows, 1): the same column everywhere */
    GNN_I_SCALAR /* (1, 1) */
} gnn_i_broadcast;

/* y[r,c] = a op b; y is full and may be an argument that is full. */
void gnn_i_binary(int n_threads, gnn_i_binary_op op, int64_t rows, int64_t cols,
                  const gnn_real *a, gnn_i_broadcast kind_a, const gnn_real *b,
                  gnn_i_broadcast kind_b, gnn_real *y);
/* da += ∂(a op b)/∂a dy, db likewise, summed over what was broadcast (fixed blocks in
 * order). da, db: NULL to skip. ADD and SUB read neither a nor b.
 * scratch: gnn_i_binary_scratch bytes, aligned to 64. */
void gnn_i_binary_backward(int n_threads, gnn_i_binary_op op, int64_t rows, int64_t cols,
                           const gnn_real *a, gnn_i_broadcast kind_a, const gnn_real *b,
                           gnn_i_broadcast kind_b, const gnn_real *dy, gnn_real *da,
                           gnn_real *db, void *scratch);
size_t gnn_i_binary_scratch(int64_t rows, int64_t cols);

#endif
