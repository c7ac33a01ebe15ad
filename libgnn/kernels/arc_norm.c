/* Degree normalisation of arc weights and its gradient: loops over rows, a few bytes an
 * arc. */
#include "kernels/arc_norm.h"

#include <math.h>

#include <gnn/parallel.h>

enum { ROWS_A_BLOCK = 1024 };

typedef struct arc_job {
    int64_t n;
    const gnn_off *row_ptr, *t_ptr;
    const gnn_id *col, *t_row, *perm;
    const gnn_real *w, *darc, *dloop;
    gnn_real *arc, *loop, *s, *dd, *dw;
    bool accumulate;
} arc_job;

static void run(int n_threads, const arc_job *job, gnn_block_body body) {
    gnn_parallel_for(n_threads, (job->n + ROWS_A_BLOCK - 1) / ROWS_A_BLOCK, body,
                     (void *)job);
}

static int64_t end_of(const arc_job *j, int64_t block) {
    int64_t end = (block + 1) * ROWS_A_BLOCK;
    return end < j->n ? end : j->n;
}

static void degree_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const arc_job *j = argument;
    for (int64_t i = block * ROWS_A_BLOCK; i < end_of(j, block); i++) {
        double d = 1;
        for (gnn_off a = j->row_ptr[i]; a < j->row_ptr[i + 1]; a++) d += (double)j->w[a];
        j->s[i] = (gnn_real)(d > 0 ? 1 / sqrt(d) : 0);
        j->loop[i] = (gnn_real)(d > 0 ? 1 / d : 0);
    }
}

static void arc_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const arc_job *j = argument;
    for (int64_t i = block * ROWS_A_BLOCK; i < end_of(j, block); i++)
        for (gnn_off a = j->row_ptr[i]; a < j->row_ptr[i + 1]; a++)
            j->arc[a] = j->w[a] * j->s[i] * j->s[j->col[a]];
}

void gnn_i_arc_norm(int n_threads, int64_t n, const gnn_off *row_ptr, const gnn_id *col,
                    const gnn_real *w, gnn_real *arc, gnn_real *loop, gnn_real *s) {
    arc_job job = {
        .n = n, .row_ptr = row_ptr, .col = col, .w = w, .arc = arc, .loop = loop, .s = s};
    run(n_threads, &job, degree_block);
    run(n_threads, &job, arc_block);
}

static void degree_gradient_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const arc_job *j = argument;
    for (int64_t i = block * ROWS_A_BLOCK; i < end_of(j, block); i++) {
        double sum = 0, s = (double)j->s[i];
        for (gnn_off a = j->row_ptr[i]; a < j->row_ptr[i + 1]; a++)
            sum += (double)(j->darc[a] * j->w[a]) * (double)j->s[j->col[a]];
        for (gnn_off t = j->t_ptr[i]; t < j->t_ptr[i + 1]; t++) {
            gnn_id a = j->perm[t];
            sum += (double)(j->darc[a] * j->w[a]) * (double)j->s[j->t_row[t]];
        }
        j->dd[i] =
            (gnn_real)(-.5 * s * s * s * sum - (double)j->dloop[i] * s * s * s * s);
    }
}

static void weight_gradient_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const arc_job *j = argument;
    for (int64_t i = block * ROWS_A_BLOCK; i < end_of(j, block); i++)
        for (gnn_off a = j->row_ptr[i]; a < j->row_ptr[i + 1]; a++) {
            gnn_real g = j->darc[a] * j->s[i] * j->s[j->col[a]] + j->dd[i];
            j->dw[a] = j->accumulate ? j->dw[a] + g : g;
        }
}

void gnn_i_arc_norm_backward(int n_threads, int64_t n, const gnn_off *row_ptr,
                             const gnn_id *col, const gnn_off *t_ptr, const gnn_id *t_row,
                             const gnn_id *perm, const gnn_real *w, const gnn_real *s,
                             const gnn_real *darc, const gnn_real *dloop, gnn_real *dw,
                             bool accumulate, gnn_real *scratch) {
    arc_job job = {.n = n,
                   .row_ptr = row_ptr,
                   .col = col,
                   .t_ptr = t_ptr,
                   .t_row = t_row,
                   .perm = perm,
                   .w = w,
                   .darc = darc,
                   .dloop = dloop,
                   .s = (gnn_real *)s,
                   .dd = scratch,
                   .dw = dw,
                   .accumulate = accumulate};
    run(n_threads, &job, degree_gradient_block);
    run(n_threads, &job, weight_gradient_block);
}
