/* Front ends of the kernels over rows and columns. Sums over rows are gathered by blocks
 * whose number depends on the shape, then added in order. */
#include "kernels/rows.h"

#include <string.h>

#include "kernels/blocks.h"
#include "kernels/table.h"

static double work_of(int64_t rows, int64_t cols) {
    return (double)rows * (double)(cols + 8);
}

/* ---- sums over rows ---- */

static int64_t column_blocks(int64_t rows, int64_t cols) {
    int64_t blocks = gnn_i_block_count(work_of(rows, cols));
    return blocks > rows ? (rows > 0 ? rows : 1) : blocks;
}

/* A row for each block, and one for a result. */
size_t gnn_i_column_scratch(int64_t rows, int64_t cols) {
    size_t bytes = (size_t)((column_blocks(rows, cols) + 1) * cols) * sizeof(gnn_real);
    return (bytes + 63) / 64 * 64;
}

typedef struct column_job {
    const gnn_i_kernels *kernels;
    gnn_i_column_args args;
    const gnn_i_head_args *head; /* instead of args: the gradient of head dots */
    int64_t rows, n_blocks;
    gnn_real *sums; /* (n_blocks, cols) */
} column_job;

static void column_block(void *argument, int64_t block, int thread) {
    const column_job *j = argument;
    (void)thread;
    int64_t r0 = gnn_i_block_bound(j->rows, j->n_blocks, 1, block);
    int64_t r1 = gnn_i_block_bound(j->rows, j->n_blocks, 1, block + 1);
    gnn_real *sums = j->sums + block * j->args.cols;
    if (!j->head) {
        j->kernels->columns(&j->args, r0, r1, sums);
        return;
    }
    memset(sums, 0, (size_t)j->args.cols * sizeof *sums);
    j->kernels->head_dot_backward(j->head, r0, r1, sums);
}

/* y = or += the summands' sums over all rows. */
static void run_columns(int n_threads, column_job *j, gnn_real *y, bool accumulate,
                        void *scratch) {
    int64_t cols = j->args.cols;
    if (cols <= 0) return;
    j->kernels = gnn_i_kernels_get();
    j->n_blocks = column_blocks(j->rows, cols);
    j->sums = scratch;
    if (j->rows > 0)
        gnn_parallel_for(gnn_i_threads_for(n_threads, work_of(j->rows, cols)),
                         j->n_blocks, column_block, j);
    for (int64_t c = 0; c < cols; c++) {
        double sum = accumulate ? (double)y[c] : 0;
        for (int64_t b = 0; j->rows > 0 && b < j->n_blocks; b++)
            sum += (double)j->sums[b * cols + c];
        y[c] = (gnn_real)sum;
    }
}

void gnn_i_column_sums(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                       gnn_real *y, bool accumulate, void *scratch) {
    column_job job = {.args = {.kind = GNN_I_COLUMN_SUM, .cols = cols, .x = x},
                      .rows = rows};
    run_columns(n_threads, &job, y, accumulate, scratch);
}

void gnn_i_column_dots(int n_threads, int64_t rows, int64_t cols, const gnn_real *a,
                       const gnn_real *b, gnn_real *y, bool accumulate, void *scratch) {
    column_job job = {.args = {.kind = GNN_I_COLUMN_DOT, .cols = cols, .x = a, .y = b},
                      .rows = rows};
    run_columns(n_threads, &job, y, accumulate, scratch);
}

void gnn_i_column_stats(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                        gnn_real *mean, gnn_real *var, void *scratch) {
    column_job job = {.args = {.kind = GNN_I_COLUMN_SUM, .cols = cols, .x = x},
                      .rows = rows};
    run_columns(n_threads, &job, mean, false, scratch);
    for (int64_t c = 0; c < cols; c++) mean[c] /= (gnn_real)rows;
    job.args.kind = GNN_I_COLUMN_DEVIATION;
    job.args.mean = mean;
    run_columns(n_threads, &job, var, false, scratch);
    for (int64_t c = 0; c < cols; c++) var[c] /= (gnn_real)rows;
}

typedef struct row_sum_args {
    int64_t cols;
    const gnn_real *x;
    gnn_real *y;
    bool accumulate;
} row_sum_args;

static void row_sums(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    const row_sum_args *s = args;
    k->row_sums(s->cols, s->x, s->y, s->accumulate, r0, r1);
}

void gnn_i_row_sums(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                    gnn_real *y, bool accumulate) {
    row_sum_args args = {cols, x, y, accumulate};
    gnn_i_run_range(n_threads, work_of(rows, cols), rows, 16, row_sums, &args);
}

/* ---- heads ---- */

static void head_dot(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->head_dot(args, r0, r1);
}

void gnn_i_head_dot(int n_threads, int64_t rows, int heads, int64_t dim,
                    const gnn_real *x, const gnn_real *a, gnn_real *y) {
    gnn_i_head_args args = {.heads = heads, .dim = dim, .x = x, .a = a, .y = y};
    gnn_i_run_range(n_threads, work_of(rows, heads * (dim + 4)), rows, 16, head_dot,
                    &args);
}

void gnn_i_head_dot_backward(int n_threads, int64_t rows, int heads, int64_t dim,
                             const gnn_real *x, const gnn_real *a, const gnn_real *dy,
                             gnn_real *dx, gnn_real *da, void *scratch) {
    gnn_i_head_args args = {
        .heads = heads, .dim = dim, .x = x, .a = a, .dy = dy, .dx = dx};
    column_job job = {.args = {.cols = heads * dim}, .head = &args, .rows = rows};
    gnn_real *unwanted = NULL;
    if (!da) {
        /* the sums are made all the same; they end in the scratch's last row */
        unwanted = (gnn_real *)scratch + column_blocks(rows, heads * dim) * heads * dim;
        memset(unwanted, 0, (size_t)(heads * dim) * sizeof *unwanted);
    }
    run_columns(n_threads, &job, da ? da : unwanted, true, scratch);
}

/* ---- softmax ---- */

static void softmax(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->softmax(args, r0, r1);
}

static void softmax_backward(const gnn_i_kernels *k, const void *args, int64_t r0,
                             int64_t r1) {
    k->softmax_backward(args, r0, r1);
}

static void run_softmax(int n_threads, int64_t rows, gnn_i_softmax_args args) {
    gnn_i_run_range(n_threads, 8 * work_of(rows, args.cols), rows, 16,
                    args.dy ? softmax_backward : softmax, &args);
}

void gnn_i_softmax(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                   gnn_real *y) {
    run_softmax(n_threads, rows, (gnn_i_softmax_args){.cols = cols, .x = x, .y = y});
}

void gnn_i_log_softmax(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                       gnn_real *y) {
    run_softmax(n_threads, rows,
                (gnn_i_softmax_args){.cols = cols, .logarithm = true, .x = x, .y = y});
}

void gnn_i_softmax_backward(int n_threads, int64_t rows, int64_t cols, const gnn_real *y,
                            const gnn_real *dy, gnn_real *dx, bool accumulate) {
    run_softmax(n_threads, rows,
                (gnn_i_softmax_args){.cols = cols,
                                     .y = (gnn_real *)y,
                                     .dy = dy,
                                     .dx = dx,
                                     .accumulate = accumulate});
}

void gnn_i_log_softmax_backward(int n_threads, int64_t rows, int64_t cols,
                                const gnn_real *y, const gnn_real *dy, gnn_real *dx,
                                bool accumulate) {
    run_softmax(n_threads, rows,
                (gnn_i_softmax_args){.cols = cols,
                                     .logarithm = true,
                                     .y = (gnn_real *)y,
                                     .dy = dy,
                                     .dx = dx,
                                     .accumulate = accumulate});
}

/* ---- cross-entropy ---- */

enum { ENTROPY_ROWS = 512 }; /* rows of a block */

static int64_t entropy_blocks(int64_t n) {
    return (n + ENTROPY_ROWS - 1) / ENTROPY_ROWS;
}

typedef struct entropy_job {
    const gnn_i_kernels *kernels;
    gnn_i_entropy_args args;
    int64_t n;
    double *sums; /* (n_blocks, 2) */
} entropy_job;

static void entropy_block(void *argument, int64_t block, int thread) {
    const entropy_job *j = argument;
    (void)thread;
    int64_t first = block * ENTROPY_ROWS, end = first + ENTROPY_ROWS;
    if (end > j->n) end = j->n;
    if (j->args.dx)
        j->kernels->cross_entropy_backward(&j->args, first, end);
    else
        j->kernels->cross_entropy(&j->args, first, end, j->sums + 2 * block);
}

static void run_entropy(int n_threads, entropy_job *job) {
    job->kernels = gnn_i_kernels_get();
    double work = 16 * work_of(job->n, job->args.cols);
    gnn_parallel_for(gnn_i_threads_for(n_threads, work), entropy_blocks(job->n),
                     entropy_block, job);
}

void gnn_i_cross_entropy(int n_threads, int64_t n, const gnn_id *rows, int64_t cols,
                         const gnn_real *x, const int32_t *labels,
                         const gnn_real *class_weight, gnn_real smoothing, gnn_real *lse,
                         double sums[2], void *scratch) {
    entropy_job job = {.args = {.rows = rows,
                                .cols = cols,
                                .x = x,
                                .labels = labels,
                                .class_weight = class_weight,
                                .smoothing = smoothing,
                                .lse = lse},
                       .n = n,
                       .sums = scratch};
    sums[0] = sums[1] = 0;
    if (n <= 0) return;
    run_entropy(n_threads, &job);
    for (int64_t b = 0; b < entropy_blocks(n); b++) {
        sums[0] += job.sums[2 * b];
        sums[1] += job.sums[2 * b + 1];
    }
}

void gnn_i_cross_entropy_backward(int n_threads, int64_t n, const gnn_id *rows,
                                  int64_t cols, const gnn_real *x, const int32_t *labels,
                                  const gnn_real *class_weight, gnn_real smoothing,
                                  const gnn_real *lse, gnn_real factor, gnn_real *dx) {
    entropy_job job = {.args = {.rows = rows,
                                .cols = cols,
                                .x = x,
                                .labels = labels,
                                .class_weight = class_weight,
                                .smoothing = smoothing,
                                .lse = (gnn_real *)lse,
                                .factor = factor,
                                .dx = dx},
                       .n = n};
    if (n > 0) run_entropy(n_threads, &job);
}

size_t gnn_i_cross_entropy_scratch(int64_t n) {
    return (size_t)(2 * entropy_blocks(n)) * sizeof(double);
}

/* ---- normalisation ---- */

static void layer_norm(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->layer_norm(args, r0, r1);
}

static void layer_norm_backward(const gnn_i_kernels *k, const void *args, int64_t r0,
                                int64_t r1) {
    k->layer_norm_backward(args, r0, r1);
}

static void batch_norm(const gnn_i_kernels *k, const void *args, int64_t r0, int64_t r1) {
    k->batch_norm(args, r0, r1);
}

static void batch_norm_backward(const gnn_i_kernels *k, const void *args, int64_t r0,
                                int64_t r1) {
    k->batch_norm_backward(args, r0, r1);
}

void gnn_i_layer_norm(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                      const gnn_real *gamma, const gnn_real *beta, gnn_real eps,
                      gnn_real *y, gnn_real *mean, gnn_real *rstd) {
    gnn_i_norm_args args = {.cols = cols,
                            .x = x,
                            .gamma = gamma,
                            .beta = beta,
                            .eps = eps,
                            .y = y,
                            .row_mean = mean,
                            .row_rstd = rstd};
    if (cols > 0)
        gnn_i_run_range(n_threads, 3 * work_of(rows, cols), rows, 16, layer_norm, &args);
}

void gnn_i_layer_norm_backward(int n_threads, int64_t rows, int64_t cols,
                               const gnn_real *x, const gnn_real *gamma,
                               const gnn_real *mean, const gnn_real *rstd,
                               const gnn_real *dy, gnn_real *dx, gnn_real *dgamma,
                               gnn_real *dbeta, void *scratch) {
    if (dgamma) {
        column_job job = {.args = {.kind = GNN_I_COLUMN_ROW_HAT,
                                   .cols = cols,
                                   .x = x,
                                   .y = dy,
                                   .mean = mean,
                                   .rstd = rstd},
                          .rows = rows};
        run_columns(n_threads, &job, dgamma, true, scratch);
    }
    if (dbeta) gnn_i_column_sums(n_threads, rows, cols, dy, dbeta, true, scratch);
    gnn_i_norm_args args = {.cols = cols,
                            .x = x,
                            .gamma = gamma,
                            .dy = dy,
                            .dx = dx,
                            .row_mean = (gnn_real *)mean,
                            .row_rstd = (gnn_real *)rstd};
    if (dx && cols > 0)
        gnn_i_run_range(n_threads, 3 * work_of(rows, cols), rows, 16, layer_norm_backward,
                        &args);
}

void gnn_i_batch_norm(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                      const gnn_real *mean, const gnn_real *var, const gnn_real *gamma,
                      const gnn_real *beta, gnn_real eps, gnn_real *y) {
    gnn_i_norm_args args = {.cols = cols,
                            .x = x,
                            .mean = mean,
                            .var = var,
                            .gamma = gamma,
                            .beta = beta,
                            .eps = eps,
                            .y = y};
    gnn_i_run_range(n_threads, 2 * work_of(rows, cols), rows, 16, batch_norm, &args);
}

void gnn_i_batch_norm_backward(int n_threads, int64_t rows, int64_t cols,
                               const gnn_real *x, const gnn_real *mean,
                               const gnn_real *var, const gnn_real *gamma, gnn_real eps,
                               bool batch_stats, const gnn_real *dy, gnn_real *dx,
                               gnn_real *dgamma, gnn_real *dbeta, void *scratch) {
    char *half = (char *)scratch + gnn_i_column_scratch(rows, cols);
    int64_t last = column_blocks(rows, cols) * cols;
    gnn_real *dots = (gnn_real *)scratch + last, *sums = (gnn_real *)half + last;
    column_job job = {.args = {.kind = GNN_I_COLUMN_HAT,
                               .cols = cols,
                               .x = x,
                               .y = dy,
                               .mean = mean,
                               .rstd = var,
                               .eps = eps},
                      .rows = rows};
    if (dgamma || batch_stats) run_columns(n_threads, &job, dots, false, scratch);
    if (dbeta || batch_stats)
        gnn_i_column_sums(n_threads, rows, cols, dy, sums, false, half);
    for (int64_t c = 0; dgamma && c < cols; c++) dgamma[c] += dots[c];
    for (int64_t c = 0; dbeta && c < cols; c++) dbeta[c] += sums[c];
    gnn_i_norm_args args = {.rows = rows,
                            .cols = cols,
                            .x = x,
                            .mean = mean,
                            .var = var,
                            .gamma = gamma,
                            .eps = eps,
                            .dy = dy,
                            .dx = dx};
    if (batch_stats) args.sums = sums, args.dots = dots;
    if (dx)
        gnn_i_run_range(n_threads, 2 * work_of(rows, cols), rows, 16, batch_norm_backward,
                        &args);
}
