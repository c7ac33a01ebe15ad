/* Front ends of the random kernels. */
#include "kernels/rng.h"

#include "kernels/blocks.h"
#include "kernels/table.h"

enum {
    UNIT = 256
}; /* blocks of elements start at multiples of it: see isa/elementwise.c */

static void dropout_items(const gnn_i_kernels *k, const void *args, int64_t i0,
                          int64_t i1) {
    k->dropout(args, i0, i1);
}

static void fill_items(const gnn_i_kernels *k, const void *args, int64_t i0, int64_t i1) {
    k->fill(args, i0, i1);
}

void gnn_i_dropout_backward(int n_threads, const gnn_i_dropout *dropout, int64_t n,
                            const gnn_real *dy, gnn_real *dx, bool accumulate) {
    gnn_i_dropout_args args = {*dropout, dy, dx, accumulate};
    gnn_i_run_range(n_threads, 5 * (double)n, n, UNIT, dropout_items, &args);
}

void gnn_i_dropout_apply(int n_threads, const gnn_i_dropout *dropout, int64_t n,
                         const gnn_real *x, gnn_real *y) {
    gnn_i_dropout_backward(n_threads, dropout, n, x, y, false);
}

void gnn_i_fill_uniform(int n_threads, uint64_t seed, uint64_t stream, int64_t n,
                        gnn_real low, gnn_real high, gnn_real *x) {
    gnn_i_fill_args args = {seed, stream, false, low, high, x};
    gnn_i_run_range(n_threads, 8 * (double)n, n, UNIT, fill_items, &args);
}

void gnn_i_fill_normal(int n_threads, uint64_t seed, uint64_t stream, int64_t n,
                       gnn_real mean, gnn_real deviation, gnn_real *x) {
    gnn_i_fill_args args = {seed, stream, true, mean, deviation, x};
    gnn_i_run_range(n_threads, 100 * (double)n, n, UNIT, fill_items, &args);
}

void gnn_i_philox_blocks(uint64_t seed, uint64_t stream, uint64_t first_block,
                         int64_t n_blocks, uint32_t *words) {
    gnn_i_kernels_get()->philox(seed, stream, first_block, n_blocks, words);
}

void gnn_i_dropout_mask(const gnn_i_dropout *dropout, uint64_t first, int64_t n,
                        gnn_real *mask) {
    const gnn_real scale = gnn_i_dropout_scale(dropout);
    for (int64_t i = 0; i < n;) {
        uint32_t words[4];
        uint64_t element = first + (uint64_t)i;
        gnn_i_philox_blocks(dropout->seed, dropout->stream, element / 8, 1, words);
        for (int lane = (int)(element % 8); lane < 8 && i < n; lane++, i++) {
            uint32_t drawn = words[lane / 2] >> (16 * (lane % 2)) & 0xffffu;
            mask[i] = drawn >= dropout->threshold ? scale : 0;
        }
    }
}
