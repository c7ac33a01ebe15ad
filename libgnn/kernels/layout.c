/* Transposes by tiles that fit the first cache, and strided copies. Both are bound by
 * memory. */
#include "kernels/layout.h"

#include <string.h>

#include <gnn/parallel.h>

enum { TILE = 32, BLOCK_VALUES = 1 << 15 };

typedef struct transpose_job {
    int64_t rows, cols, tiles_across;
    const gnn_real *x;
    gnn_real *y;
    bool accumulate;
} transpose_job;

/* A block is a row of tiles of y: TILE columns of x. */
static void transpose_tiles(void *argument, int64_t block, int thread) {
    (void)thread;
    const transpose_job *j = argument;
    int64_t c0 = block * TILE, c1 = c0 + TILE < j->cols ? c0 + TILE : j->cols;
    for (int64_t r0 = 0; r0 < j->rows; r0 += TILE) {
        int64_t r1 = r0 + TILE < j->rows ? r0 + TILE : j->rows;
        for (int64_t c = c0; c < c1; c++) {
            const gnn_real *from = j->x + c;
            gnn_real *to = j->y + c * j->rows;
            if (j->accumulate)
                for (int64_t r = r0; r < r1; r++) to[r] += from[r * j->cols];
            else
                for (int64_t r = r0; r < r1; r++) to[r] = from[r * j->cols];
        }
    }
}

void gnn_i_matrix_transpose(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                            gnn_real *y, bool accumulate) {
    transpose_job job = {
        .rows = rows, .cols = cols, .x = x, .y = y, .accumulate = accumulate};
    int64_t n_blocks = (cols + TILE - 1) / TILE;
    if (rows * cols <= BLOCK_VALUES) n_threads = 1;
    gnn_parallel_for(n_threads, n_blocks, transpose_tiles, &job);
}

typedef struct copy_job {
    int64_t rows, cols, rows_a_block;
    const gnn_real *x;
    int64_t ldx;
    gnn_real *y;
    int64_t ldy;
    bool accumulate;
} copy_job;

static void copy_rows(void *argument, int64_t block, int thread) {
    (void)thread;
    const copy_job *j = argument;
    int64_t first = block * j->rows_a_block, end = first + j->rows_a_block;
    if (end > j->rows) end = j->rows;
    for (int64_t r = first; r < end; r++) {
        const gnn_real *x = j->x + r * j->ldx;
        gnn_real *y = j->y + r * j->ldy;
        if (j->accumulate)
            for (int64_t c = 0; c < j->cols; c++) y[c] += x[c];
        else
            memcpy(y, x, (size_t)j->cols * sizeof *y);
    }
}

void gnn_i_copy_block(int n_threads, int64_t rows, int64_t cols, const gnn_real *x,
                      int64_t ldx, gnn_real *y, int64_t ldy, bool accumulate) {
    if (rows <= 0 || cols <= 0) return;
    if (rows == 1 || (ldx == cols && ldy == cols)) {
        /* One stretch: cut it anew, so that a single long row has many blocks. */
        int64_t n = rows * cols;
        copy_job job = {.cols = n,
                        .rows = 1,
                        .rows_a_block = 1,
                        .x = x,
                        .y = y,
                        .accumulate = accumulate};
        if (n > BLOCK_VALUES) {
            int64_t whole = n / BLOCK_VALUES;
            job = (copy_job){.cols = BLOCK_VALUES,
                             .rows = whole,
                             .rows_a_block = 1,
                             .x = x,
                             .ldx = BLOCK_VALUES,
                             .y = y,
                             .ldy = BLOCK_VALUES,
                             .accumulate = accumulate};
            gnn_parallel_for(n_threads, whole, copy_rows, &job);
            job.x += whole * BLOCK_VALUES;
            job.y += whole * BLOCK_VALUES;
            job.cols = n - whole * BLOCK_VALUES;
            job.rows = 1;
        }
        copy_rows(&job, 0, 0);
        return;
    }
    int64_t rows_a_block = BLOCK_VALUES / cols > 0 ? BLOCK_VALUES / cols : 1;
    copy_job job = {rows, cols, rows_a_block, x, ldx, y, ldy, accumulate};
    gnn_parallel_for(n_threads, (rows + rows_a_block - 1) / rows_a_block, copy_rows,
                     &job);
}
