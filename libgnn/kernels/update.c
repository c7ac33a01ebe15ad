/* Front ends of optimiser steps, norms and dots. */
#include "kernels/update.h"

#include <math.h>

#include "kernels/blocks.h"
#include "kernels/table.h"

enum { UNIT = 256 };

static void adam_items(const gnn_i_kernels *k, const void *args, int64_t i0, int64_t i1) {
    k->adam(args, i0, i1);
}

static void sgd_items(const gnn_i_kernels *k, const void *args, int64_t i0, int64_t i1) {
    k->sgd(args, i0, i1);
}

void gnn_i_adam(int n_threads, const gnn_i_adam_args *args, int64_t n, const gnn_real *g,
                gnn_real *w, gnn_real *m, gnn_real *v) {
    double bias1 = 1 - pow(args->beta1, (double)args->step);
    double bias2 = 1 - pow(args->beta2, (double)args->step);
    gnn_i_adam_job job = {
        .grad_scale = (gnn_real)args->grad_scale,
        .coupled_decay = (gnn_real)(args->decoupled ? 0 : args->weight_decay),
        .shrink = (gnn_real)(args->decoupled ? 1 - args->lr * args->weight_decay : 1),
        .beta1 = (gnn_real)args->beta1,
        .rest1 = (gnn_real)(1 - args->beta1),
        .beta2 = (gnn_real)args->beta2,
        .rest2 = (gnn_real)(1 - args->beta2),
        .size = (gnn_real)(args->lr / bias1),
        .bias = (gnn_real)(1 / bias2),
        .eps = (gnn_real)args->eps,
        .g = g,
        .w = w,
        .m = m,
        .v = v};
    gnn_i_run_range(n_threads, 4 * (double)n, n, UNIT, adam_items, &job);
}

void gnn_i_sgd(int n_threads, const gnn_i_sgd_args *args, int64_t n, const gnn_real *g,
               gnn_real *w, gnn_real *velocity) {
    gnn_i_sgd_job job = {.lr = (gnn_real)args->lr,
                         .momentum = (gnn_real)args->momentum,
                         .weight_decay = (gnn_real)args->weight_decay,
                         .grad_scale = (gnn_real)args->grad_scale,
                         .nesterov = args->nesterov,
                         .g = g,
                         .w = w,
                         .velocity = velocity};
    gnn_i_run_range(n_threads, 2 * (double)n, n, UNIT, sgd_items, &job);
}

/* ---- sums ---- */

typedef struct sum_job {
    const gnn_i_kernels *kernels;
    const gnn_real *x, *y;
    int64_t n, n_blocks;
    double *sums; /* (n_blocks) */
} sum_job;

static void sum_block(void *argument, int64_t block, int thread) {
    const sum_job *j = argument;
    (void)thread;
    int64_t first = gnn_i_block_bound(j->n, j->n_blocks, UNIT, block);
    int64_t end = gnn_i_block_bound(j->n, j->n_blocks, UNIT, block + 1);
    j->sums[block] =
        j->kernels->sum(j->x + first, j->y ? j->y + first : NULL, end - first);
}

double gnn_i_dot(int n_threads, int64_t n, const gnn_real *x, const gnn_real *y,
                 void *scratch) {
    if (n <= 0) return 0;
    sum_job job = {gnn_i_kernels_get(), x, y, n, gnn_i_block_count((double)n), scratch};
    gnn_parallel_for(gnn_i_threads_for(n_threads, (double)n), job.n_blocks, sum_block,
                     &job);
    double sum = 0;
    for (int64_t b = 0; b < job.n_blocks; b++) sum += job.sums[b];
    return sum;
}

double gnn_i_squared_norm(int n_threads, int64_t n, const gnn_real *x, void *scratch) {
    return gnn_i_dot(n_threads, n, x, x, scratch);
}

double gnn_i_sum(int n_threads, int64_t n, const gnn_real *x, void *scratch) {
    return gnn_i_dot(n_threads, n, x, NULL, scratch);
}

size_t gnn_i_sum_scratch(int64_t n) {
    return (size_t)gnn_i_block_count((double)n) * sizeof(double);
}
