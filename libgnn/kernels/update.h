/* Optimiser steps, one pass over parameter, gradient and state; norms and dots in
 * double. */
#ifndef GNN_KERNELS_UPDATE_H
#define GNN_KERNELS_UPDATE_H

#include <gnn/status.h>

/* Σ x², Σ x y in double: fixed blocks in order. scratch: gnn_i_sum_scratch(n) bytes. */
double gnn_i_squared_norm(int n_threads, int64_t n, const gnn_real *x, void *scratch);
double gnn_i_dot(int n_threads, int64_t n, const gnn_real *x, const gnn_real *y,
                 void *scratch);
double gnn_i_sum(int n_threads, int64_t n, const gnn_real *x, void *scratch);
size_t gnn_i_sum_scratch(int64_t n);

/* Adam (Kingma & Ba 2015) and AdamW (Loshchilov & Hutter 2019) at step t = 1, 2, …:
 *   g = grad_scale g (+ weight_decay w unless decoupled)
 *   m = beta1 m + (1 - beta1) g,  v = beta2 v + (1 - beta2) g²
 *   w -= lr (m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps) (+ weight_decay w)). */
typedef struct gnn_i_adam_args {
    double lr, beta1, beta2, eps, weight_decay;
    bool decoupled;    /* AdamW */
    double grad_scale; /* gradient clipping; 1: none */
    int64_t step;      /* t, from 1 */
} gnn_i_adam_args;
void gnn_i_adam(int n_threads, const gnn_i_adam_args *args, int64_t n, const gnn_real *g,
                gnn_real *w, gnn_real *m, gnn_real *v);

/* SGD: g = grad_scale g + weight_decay w;  u = momentum u + g;
 *      w -= lr u, or lr (g + momentum u) with nesterov.
 * velocity NULL: no momentum (u = g). */
typedef struct gnn_i_sgd_args {
    double lr, momentum, weight_decay;
    bool nesterov;
    double grad_scale;
} gnn_i_sgd_args;
void gnn_i_sgd(int n_threads, const gnn_i_sgd_args *args, int64_t n, const gnn_real *g,
               gnn_real *w, gnn_real *velocity);

#endif
