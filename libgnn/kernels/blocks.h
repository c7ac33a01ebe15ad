/* How work is cut into blocks: bounds depend on shapes and structure only, never on
 * threads. */
#ifndef GNN_KERNELS_BLOCKS_H
#define GNN_KERNELS_BLOCKS_H

#include <gnn/parallel.h>

/* Elementary operations (about a quarter of a nanosecond each with vectors) worth a block
 * of its own, and those below which a second thread does not pay: what one core wrote,
 * the other fetches slowly. */
#define GNN_I_BLOCK_WORK 131072
#define GNN_I_SERIAL_WORK 4194304
#define GNN_I_MAX_BLOCKS 256

/* Number of blocks for `work` operations: 1 .. GNN_I_MAX_BLOCKS. */
static inline int64_t gnn_i_block_count(double work) {
    if (work >= (double)GNN_I_BLOCK_WORK * GNN_I_MAX_BLOCKS) return GNN_I_MAX_BLOCKS;
    return 1 + (int64_t)(work / GNN_I_BLOCK_WORK);
}

static inline int gnn_i_threads_for(int n_threads, double work) {
    return work < GNN_I_SERIAL_WORK ? 1 : n_threads;
}

/* Bound number `block` (0 .. n_blocks) of n items in blocks whose sizes are multiples of
 * `unit`, but for the last. */
static inline int64_t gnn_i_block_bound(int64_t n, int64_t n_blocks, int64_t unit,
                                        int64_t block) {
    int64_t units = (n + unit - 1) / unit;
    int64_t bound =
        unit * (units / n_blocks * block + units % n_blocks * block / n_blocks);
    return bound < n ? bound : n;
}

/* Bound number `block` of rows balanced by arcs: the first row r at which
 * (row_ptr[r] - row_ptr[0]) + r reaches block / n_blocks of its total. Rows are never
 * split. */
static inline int64_t gnn_i_row_bound(const gnn_off *row_ptr, int64_t n_rows,
                                      int64_t n_blocks, int64_t block) {
    if (block >= n_blocks) return n_rows;
    gnn_off total = row_ptr[n_rows] - row_ptr[0] + n_rows;
    gnn_off target = total / n_blocks * block + total % n_blocks * block / n_blocks;
    int64_t low = 0, high = n_rows;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (row_ptr[middle] - row_ptr[0] + middle < target)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct gnn_i_kernels;
/* Does the items first .. end-1 of what `args` describes. */
typedef void (*gnn_i_range_body)(const struct gnn_i_kernels *kernels, const void *args,
                                 int64_t first, int64_t end);

/* Shares the rows 0 .. n_rows-1 out, balanced by arcs. `work` is the whole's number of
 * elementary operations. */
void gnn_i_run_rows(int n_threads, double work, const gnn_off *row_ptr, int64_t n_rows,
                    gnn_i_range_body body, const void *args);
/* Shares the items 0 .. n-1 out evenly, in multiples of `unit`. */
void gnn_i_run_range(int n_threads, double work, int64_t n, int64_t unit,
                     gnn_i_range_body body, const void *args);

#endif
