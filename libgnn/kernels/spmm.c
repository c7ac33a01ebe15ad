/* Front ends of the sparse products: they cut rows into blocks and share them out. */
#include "kernels/spmm.h"

#include "kernels/blocks.h"
#include "kernels/table.h"

typedef struct spmm_job {
    const gnn_i_kernels *kernels;
    gnn_i_spmm_args args;
    int64_t n_blocks;
} spmm_job;

static void spmm_block(void *argument, int64_t block, int thread) {
    const spmm_job *job = argument;
    const gnn_i_spmm_args *s = &job->args;
    (void)thread;
    int64_t r0 = gnn_i_row_bound(s->row_ptr, s->n_rows, job->n_blocks, block);
    int64_t r1 = gnn_i_row_bound(s->row_ptr, s->n_rows, job->n_blocks, block + 1);
    if (r0 < r1) job->kernels->spmm(s, r0, r1);
}

void gnn_i_spmm(int n_threads, const gnn_i_spmm_args *args) {
    if (args->n_rows <= 0 || args->width <= 0) return;
    spmm_job job = {.kernels = gnn_i_kernels_get(), .args = *args};
    gnn_i_spmm_args *s = &job.args;
    if (s->heads < 1) s->heads = 1;
    if (s->ldx == 0) s->ldx = s->width;
    if (s->ldy == 0) s->ldy = s->width;
    if (s->scale == 0) s->scale = 1;
    double work = (double)(s->row_ptr[s->n_rows] - s->row_ptr[0] + s->n_rows) *
                  (double)s->width;
    job.n_blocks = gnn_i_block_count(work);
    gnn_parallel_for(gnn_i_threads_for(n_threads, work), job.n_blocks, spmm_block, &job);
}
