/* Front ends of segments and row indices. */
#include "kernels/segment.h"

#include <string.h>

#include "kernels/blocks.h"
#include "kernels/table.h"

static double items(const gnn_off *ptr, int64_t n, int64_t width) {
    return n > 0 ? (double)(ptr[n] - ptr[0] + n) * (double)width : 0;
}

void gnn_i_segment_reduce(int n_threads, gnn_i_reduce reduce, int64_t n_segments,
                          const gnn_off *ptr, const gnn_id *index, int64_t width,
                          const gnn_real *x, gnn_real *y, int32_t *argmax,
                          bool accumulate) {
    gnn_i_spmm_args args = {.n_rows = n_segments,
                            .row_ptr = ptr,
                            .col = index,
                            .width = width,
                            .x = x,
                            .y = y,
                            .reduce = reduce,
                            .argmax = argmax,
                            .accumulate = accumulate};
    gnn_i_spmm(n_threads, &args);
}

static void backward(const gnn_i_kernels *k, const void *args, int64_t s0, int64_t s1) {
    k->segment_backward(args, s0, s1);
}

void gnn_i_segment_reduce_backward(int n_threads, gnn_i_reduce reduce, int64_t n_segments,
                                   const gnn_off *ptr, int64_t width, const gnn_real *dy,
                                   const int32_t *argmax, gnn_real *dx, bool accumulate) {
    gnn_i_segment_args args = {.reduce = reduce,
                               .ptr = ptr,
                               .width = width,
                               .dy = dy,
                               .argmax = argmax,
                               .dx = dx,
                               .accumulate = accumulate};
    gnn_i_run_rows(n_threads, items(ptr, n_segments, width), ptr, n_segments, backward,
                   &args);
}

static void softmax(const gnn_i_kernels *k, const void *args, int64_t s0, int64_t s1) {
    k->segment_softmax(args, s0, s1);
}
static void softmax_backward(const gnn_i_kernels *k, const void *args, int64_t s0,
                             int64_t s1) {
    k->segment_softmax_backward(args, s0, s1);
}

void gnn_i_segment_softmax(int n_threads, int64_t n_segments, const gnn_off *ptr,
                           int64_t width, const gnn_real *x, gnn_real *y) {
    gnn_i_segment_args args = {.ptr = ptr, .width = width, .x = x, .y = y};
    gnn_i_run_rows(n_threads, 8 * items(ptr, n_segments, width), ptr, n_segments, softmax,
                   &args);
}

void gnn_i_segment_softmax_backward(int n_threads, int64_t n_segments, const gnn_off *ptr,
                                    int64_t width, const gnn_real *y, const gnn_real *dy,
                                    gnn_real *dx, bool accumulate) {
    gnn_i_segment_args args = {.ptr = ptr,
                               .width = width,
                               .y = (gnn_real *)y,
                               .dy = dy,
                               .dx = dx,
                               .accumulate = accumulate};
    gnn_i_run_rows(n_threads, 4 * items(ptr, n_segments, width), ptr, n_segments,
                   softmax_backward, &args);
}

static void gather(const gnn_i_kernels *k, const void *args, int64_t i0, int64_t i1) {
    k->gather_rows(args, i0, i1);
}
static void scatter(const gnn_i_kernels *k, const void *args, int64_t c0, int64_t c1) {
    k->scatter_add_columns(args, c0, c1);
}

void gnn_i_gather_rows(int n_threads, int64_t n, const gnn_id *index, int64_t width,
                       const gnn_real *x, gnn_real *y, bool accumulate) {
    gnn_i_index_args args = {n, index, width, x, y, accumulate};
    gnn_i_run_range(n_threads, (double)n * (double)width, n, 1, gather, &args);
}

void gnn_i_scatter_add_rows(int n_threads, int64_t n, const gnn_id *index, int64_t width,
                            const gnn_real *x, gnn_real *y) {
    /* Whole cache lines of columns for each block, or threads would share them. */
    gnn_i_index_args args = {n, index, width, x, y, true};
    gnn_i_run_range(n_threads, (double)n * (double)width, width,
                    64 / (int64_t)sizeof(gnn_real), scatter, &args);
}

void gnn_i_index_csr(int64_t n, const gnn_id *index, int64_t n_targets, gnn_off *ptr,
                     gnn_id *order) {
    memset(ptr, 0, (size_t)(n_targets + 1) * sizeof *ptr);
    for (int64_t i = 0; i < n; i++) ptr[index[i] + 1]++;
    for (int64_t t = 0; t < n_targets; t++) ptr[t + 1] += ptr[t];
    /* ptr[t] runs to the end of t's places, that is the start of t + 1's; then shift
     * back */
    for (int64_t i = 0; i < n; i++) order[ptr[index[i]]++] = (gnn_id)i;
    for (int64_t t = n_targets; t > 0; t--) ptr[t] = ptr[t - 1];
    ptr[0] = 0;
}
