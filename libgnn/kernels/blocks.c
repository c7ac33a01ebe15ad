/* Loops over blocks of rows and of plain ranges, for kernels that need no more than
 * that. */
#include "kernels/blocks.h"

#include "kernels/table.h"

typedef struct range_job {
    const gnn_i_kernels *kernels;
    const gnn_off *row_ptr; /* NULL: an even split */
    int64_t n, unit, n_blocks;
    gnn_i_range_body body;
    const void *args;
} range_job;

static int64_t bound(const range_job *job, int64_t block) {
    if (job->row_ptr) return gnn_i_row_bound(job->row_ptr, job->n, job->n_blocks, block);
    return gnn_i_block_bound(job->n, job->n_blocks, job->unit, block);
}

static void range_block(void *argument, int64_t block, int thread) {
    const range_job *job = argument;
    (void)thread;
    int64_t first = bound(job, block), end = bound(job, block + 1);
    if (first < end) job->body(job->kernels, job->args, first, end);
}

static void run(int n_threads, double work, range_job *job) {
    if (job->n <= 0) return;
    job->kernels = gnn_i_kernels_get();
    job->n_blocks = gnn_i_block_count(work);
    gnn_parallel_for(gnn_i_threads_for(n_threads, work), job->n_blocks, range_block, job);
}

void gnn_i_run_rows(int n_threads, double work, const gnn_off *row_ptr, int64_t n_rows,
                    gnn_i_range_body body, const void *args) {
    range_job job = {.row_ptr = row_ptr, .n = n_rows, .body = body, .args = args};
    run(n_threads, work, &job);
}

void gnn_i_run_range(int n_threads, double work, int64_t n, int64_t unit,
                     gnn_i_range_body body, const void *args) {
    range_job job = {.n = n, .unit = unit, .body = body, .args = args};
    run(n_threads, work, &job);
}
