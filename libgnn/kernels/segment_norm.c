/* GraphNorm. A block is one segment and a strip of columns, so that a single large graph
 * is shared among threads too; sums run down the rows of a segment in double. Sums over
 * segments are added in order from what each left in the scratch. */
#include "kernels/segment_norm.h"

#include <math.h>

#include <gnn/parallel.h>

enum { STRIP = 32, N_SUMS = 3 };

typedef struct norm_job {
    int64_t n_segments, cols, n_strips;
    const gnn_off *ptr;
    const gnn_real *x, *shift, *gain, *offset;
    double eps;
    gnn_real *y, *mean, *rstd;
    const gnn_real *dy;
    gnn_real *dx;
    double *sums; /* (n_segments, N_SUMS, cols): of -mean du, dy x̂, dy */
} norm_job;

static void forward_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const norm_job *j = argument;
    int64_t s = block / j->n_strips, c0 = block % j->n_strips * STRIP;
    int64_t width = j->cols - c0 < STRIP ? j->cols - c0 : STRIP;
    gnn_off first = j->ptr[s], end = j->ptr[s + 1];
    double n = end > first ? (double)(end - first) : 1;
    double sum[STRIP] = {0}, square[STRIP] = {0}, scale[STRIP];
    for (gnn_off r = first; r < end; r++)
        for (int64_t c = 0; c < width; c++) sum[c] += (double)j->x[r * j->cols + c0 + c];
    for (int64_t c = 0; c < width; c++) {
        j->mean[s * j->cols + c0 + c] = (gnn_real)(sum[c] / n);
        sum[c] /= n;
        if (j->shift) sum[c] *= (double)j->shift[c0 + c];
    }
    for (gnn_off r = first; r < end; r++)
        for (int64_t c = 0; c < width; c++) {
            double u = (double)j->x[r * j->cols + c0 + c] - sum[c];
            square[c] += u * u;
        }
    for (int64_t c = 0; c < width; c++) {
        scale[c] = 1 / sqrt(square[c] / n + j->eps);
        j->rstd[s * j->cols + c0 + c] = (gnn_real)scale[c];
        if (j->gain) scale[c] *= (double)j->gain[c0 + c];
    }
    for (gnn_off r = first; r < end; r++)
        for (int64_t c = 0; c < width; c++) {
            int64_t at = r * j->cols + c0 + c;
            double offset = j->offset ? (double)j->offset[c0 + c] : 0;
            j->y[at] = (gnn_real)(((double)j->x[at] - sum[c]) * scale[c] + offset);
        }
}

void gnn_i_segment_norm(int n_threads, int64_t n_segments, const gnn_off *ptr,
                        int64_t cols, const gnn_real *x, const gnn_real *shift,
                        const gnn_real *gain, const gnn_real *offset, gnn_real eps,
                        gnn_real *y, gnn_real *mean, gnn_real *rstd) {
    norm_job job = {.n_segments = n_segments,
                    .cols = cols,
                    .n_strips = (cols + STRIP - 1) / STRIP,
                    .ptr = ptr,
                    .x = x,
                    .shift = shift,
                    .gain = gain,
                    .offset = offset,
                    .eps = (double)eps,
                    .y = y,
                    .mean = mean,
                    .rstd = rstd};
    gnn_parallel_for(n_threads, n_segments * job.n_strips, forward_block, &job);
}

static void backward_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const norm_job *j = argument;
    int64_t s = block / j->n_strips, c0 = block % j->n_strips * STRIP;
    int64_t width = j->cols - c0 < STRIP ? j->cols - c0 : STRIP;
    gnn_off first = j->ptr[s], end = j->ptr[s + 1];
    double n = end > first ? (double)(end - first) : 1;
    double centre[STRIP], rstd[STRIP], gain[STRIP];
    double dot[STRIP] = {0}, total[STRIP] = {0}, hats[STRIP] = {0};
    for (int64_t c = 0; c < width; c++) {
        centre[c] = (double)j->mean[s * j->cols + c0 + c];
        if (j->shift) centre[c] *= (double)j->shift[c0 + c];
        rstd[c] = (double)j->rstd[s * j->cols + c0 + c];
        gain[c] = j->gain ? (double)j->gain[c0 + c] : 1;
    }
    for (gnn_off r = first; r < end; r++)
        for (int64_t c = 0; c < width; c++) {
            int64_t at = r * j->cols + c0 + c;
            double hat = ((double)j->x[at] - centre[c]) * rstd[c], dy = (double)j->dy[at];
            dot[c] += dy * hat;
            total[c] += dy;
            hats[c] += hat;
        }
    double *sums = j->sums + s * N_SUMS * j->cols + c0;
    for (int64_t c = 0; c < width; c++) {
        /* mean of du = rstd (Σ g - Σ x̂ mean(g x̂)) / n */
        double du = rstd[c] * gain[c] * (total[c] - hats[c] * dot[c] / n);
        sums[c] = -(double)j->mean[s * j->cols + c0 + c] * du;
        sums[j->cols + c] = dot[c];
        sums[2 * j->cols + c] = total[c];
        total[c] = (j->shift ? (double)j->shift[c0 + c] : 1) * du / n;
    }
    if (!j->dx) return;
    for (gnn_off r = first; r < end; r++)
        for (int64_t c = 0; c < width; c++) {
            int64_t at = r * j->cols + c0 + c;
            double hat = ((double)j->x[at] - centre[c]) * rstd[c];
            double du = rstd[c] * gain[c] * ((double)j->dy[at] - hat * dot[c] / n);
            j->dx[at] += (gnn_real)(du - total[c]);
        }
}

/* to[c] += Σ_s sums[s, which, c]. */
static void add_sums(const norm_job *j, int which, gnn_real *to) {
    for (int64_t c = 0; to && c < j->cols; c++) {
        double sum = 0;
        for (int64_t s = 0; s < j->n_segments; s++)
            sum += j->sums[(s * N_SUMS + which) * j->cols + c];
        to[c] += (gnn_real)sum;
    }
}

void gnn_i_segment_norm_backward(int n_threads, int64_t n_segments, const gnn_off *ptr,
                                 int64_t cols, const gnn_real *x, const gnn_real *shift,
                                 const gnn_real *gain, const gnn_real *mean,
                                 const gnn_real *rstd, const gnn_real *dy, gnn_real *dx,
                                 gnn_real *dshift, gnn_real *dgain, gnn_real *doffset,
                                 void *scratch) {
    norm_job job = {.n_segments = n_segments,
                    .cols = cols,
                    .n_strips = (cols + STRIP - 1) / STRIP,
                    .ptr = ptr,
                    .x = x,
                    .shift = shift,
                    .gain = gain,
                    .mean = (gnn_real *)mean,
                    .rstd = (gnn_real *)rstd,
                    .dy = dy,
                    .dx = dx,
                    .sums = scratch};
    gnn_parallel_for(n_threads, n_segments * job.n_strips, backward_block, &job);
    add_sums(&job, 0, dshift);
    add_sums(&job, 1, dgain);
    add_sums(&job, 2, doffset);
}

size_t gnn_i_segment_norm_scratch(int64_t n_segments, int64_t cols) {
    return (size_t)n_segments * N_SUMS * (size_t)cols * sizeof(double);
}
