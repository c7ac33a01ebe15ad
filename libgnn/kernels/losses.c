/* Losses of single values. Blocks of rows hold about BLOCK_VALUES values, whatever the
 * number of threads; each leaves its two sums, which are added in order. */
#include "kernels/losses.h"

#include <math.h>

#include <gnn/parallel.h>

enum { BLOCK_VALUES = 4096 };

static int64_t rows_a_block(int64_t cols) {
    return cols > 0 && cols < BLOCK_VALUES ? BLOCK_VALUES / cols : 1;
}

static int64_t count_blocks(int64_t n, int64_t cols) {
    int64_t rows = rows_a_block(cols);
    return (n + rows - 1) / rows;
}

/* log(1 + e^-x) without overflow. */
static double softplus_minus(double x) {
    return (x < 0 ? -x : 0) + log1p(exp(-fabs(x)));
}

static double loss_of(const gnn_i_loss_args *a, double x, double t, double weight) {
    double r = x - t;
    switch (a->kind) {
    case GNN_I_LOSS_BCE: return (1 - t) * x + (1 + (weight - 1) * t) * softplus_minus(x);
    case GNN_I_LOSS_SQUARE: return r * r;
    case GNN_I_LOSS_ABSOLUTE: return fabs(r);
    case GNN_I_LOSS_HUBER: {
        double delta = (double)a->delta;
        return fabs(r) <= delta ? .5 * r * r : delta * (fabs(r) - .5 * delta);
    }
    }
    return 0;
}

static double slope_of(const gnn_i_loss_args *a, double x, double t, double weight) {
    double r = x - t;
    switch (a->kind) {
    case GNN_I_LOSS_BCE: return (1 - t) - (1 + (weight - 1) * t) / (1 + exp(x));
    case GNN_I_LOSS_SQUARE: return 2 * r;
    case GNN_I_LOSS_ABSOLUTE: return (r > 0) - (r < 0);
    case GNN_I_LOSS_HUBER: {
        double delta = (double)a->delta;
        return r > delta ? delta : r < -delta ? -delta : r;
    }
    }
    return 0;
}

typedef struct loss_job {
    const gnn_i_loss_args *args;
    double *sums; /* (blocks, 2) */
    double factor;
    gnn_real *dx;
} loss_job;

static void sum_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const loss_job *job = argument;
    const gnn_i_loss_args *a = job->args;
    int64_t rows = rows_a_block(a->cols), end = (block + 1) * rows;
    double sum = 0, count = 0;
    if (end > a->n) end = a->n;
    for (int64_t i = block * rows; i < end; i++) {
        int64_t at = (a->rows ? a->rows[i] : i) * a->cols;
        for (int64_t c = 0; c < a->cols; c++) {
            double t = (double)a->target[at + c];
            if (isnan(t)) continue;
            double weight = a->positive_weight ? (double)a->positive_weight[c] : 1;
            sum += loss_of(a, (double)a->x[at + c], t, weight);
            count++;
        }
    }
    job->sums[2 * block] = sum;
    job->sums[2 * block + 1] = count;
}

void gnn_i_loss_sums(int n_threads, const gnn_i_loss_args *args, double sums[2],
                     void *scratch) {
    loss_job job = {.args = args, .sums = scratch};
    int64_t n_blocks = count_blocks(args->n, args->cols);
    gnn_parallel_for(n_threads, n_blocks, sum_block, &job);
    sums[0] = sums[1] = 0;
    for (int64_t b = 0; b < n_blocks; b++) {
        sums[0] += job.sums[2 * b];
        sums[1] += job.sums[2 * b + 1];
    }
}

size_t gnn_i_loss_scratch(int64_t n, int64_t cols) {
    return (size_t)count_blocks(n, cols) * 2 * sizeof(double);
}

static void slope_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const loss_job *job = argument;
    const gnn_i_loss_args *a = job->args;
    int64_t rows = rows_a_block(a->cols), end = (block + 1) * rows;
    if (end > a->n) end = a->n;
    for (int64_t i = block * rows; i < end; i++) {
        int64_t at = (a->rows ? a->rows[i] : i) * a->cols;
        for (int64_t c = 0; c < a->cols; c++) {
            double t = (double)a->target[at + c];
            if (isnan(t)) continue;
            double weight = a->positive_weight ? (double)a->positive_weight[c] : 1;
            double slope = slope_of(a, (double)a->x[at + c], t, weight);
            job->dx[at + c] += (gnn_real)(job->factor * slope);
        }
    }
}

void gnn_i_loss_backward(int n_threads, const gnn_i_loss_args *args, gnn_real factor,
                         gnn_real *dx) {
    loss_job job = {.args = args, .factor = (double)factor, .dx = dx};
    gnn_parallel_for(n_threads, count_blocks(args->n, args->cols), slope_block, &job);
}
