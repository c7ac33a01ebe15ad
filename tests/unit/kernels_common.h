/* Shared by the kernel tests: instruction sets, thread counts, random compressed rows. */
#ifndef TESTS_KERNELS_COMMON_H
#define TESTS_KERNELS_COMMON_H

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "kernels/ref.h"
#include "support/support.h"

/* Widths that meet every tail of every vector length, and every pass of the products. */
static const int64_t kernel_widths[] = {
    1,  2,  3,  4,  5,  7,  8,  9,  11, 13, 15, 16, 17, 20, 23,  24,  31,  32,  33,
    37, 40, 47, 48, 49, 55, 63, 64, 65, 66, 67, 70, 96, 97, 128, 130, 200, 256, 300};
#define N_KERNEL_WIDTHS ((int)(sizeof kernel_widths / sizeof *kernel_widths))

/* Units in which float and double results may differ from sums in double. */
static const double kernel_epsilon =
    sizeof(gnn_real) == sizeof(float) ? 0x1p-23 : 0x1p-52;

/* Makes instruction set number i the one in use; false when there is none or it is not to
 * be had here. */
static inline bool kernel_isa(int i, bool *present) {
    static const char *const names[] = {"baseline", "avx2", "avx512"};
    if (i >= 3) return false;
    *present = gnn_isa_set(names[i]) == GNN_OK;
    return true;
}
#define FOR_EACH_ISA                                                                     \
    for (struct {                                                                        \
             int i;                                                                      \
             bool present;                                                               \
         } isa_ = {0, false};                                                            \
         kernel_isa(isa_.i, &isa_.present); isa_.i++)                                    \
        if (isa_.present)

static inline void *kernel_take(size_t count, size_t size) {
    void *p = NULL;
    ck_assert_ok(gnn_i_calloc(&p, count + 1, size, "test"));
    return p;
}
static inline gnn_real *kernel_random(size_t n, uint64_t seed) {
    gnn_real *x = kernel_take(n, sizeof *x);
    support_fill(x, n, seed);
    return x;
}
static inline gnn_real *kernel_copy(const gnn_real *x, size_t n) {
    gnn_real *y = kernel_take(n, sizeof *y);
    memcpy(y, x, n * sizeof *y);
    return y;
}

static const int kernel_threads[] = {1, 2, 4};
/* Runs `call`, which fills out[0 .. n) (first set to `before`), with `threads` at 1, 2
 * and 4 on every instruction set: near `want`, and the same bits whatever the threads. */
#define KERNEL_CHECK(call, out, before, want, n, ...)                                    \
    FOR_EACH_ISA {                                                                       \
        gnn_real *first_ = kernel_take((size_t)(n), sizeof(gnn_real));                   \
        for (int t_ = 0; t_ < 3; t_++) {                                                 \
            int threads = kernel_threads[t_];                                            \
            memmove((out), (before), (size_t)(n) * sizeof(gnn_real));                    \
            call;                                                                        \
            if (t_ == 0) memcpy(first_, (out), (size_t)(n) * sizeof(gnn_real));          \
            if (t_ == 0) ck_assert_close((out), (want), (n), __VA_ARGS__);               \
            ck_assert_same_bytes((out), first_, (size_t)(n) * sizeof(gnn_real));         \
        }                                                                                \
        gnn_i_free(first_);                                                              \
    }

/* Compressed rows with their transpose. */
typedef struct kernel_graph {
    int64_t n_rows, n_cols;
    gnn_off n_arcs;
    gnn_off *row_ptr;
    gnn_id *col;
    gnn_off *col_ptr;
    gnn_id *row;
    int32_t *perm;
    gnn_off *perm64;
} kernel_graph;

/* About `degree` arcs a row; some rows have none, row 1 (if any) has many; arcs
 * repeat. */
static inline kernel_graph kernel_graph_make(int64_t n_rows, int64_t n_cols,
                                             int64_t degree, uint64_t seed) {
    kernel_graph g = {.n_rows = n_rows, .n_cols = n_cols};
    g.row_ptr = kernel_take((size_t)n_rows + 1, sizeof *g.row_ptr);
    for (int64_t r = 0; r < n_rows; r++) {
        int64_t arcs = support_below(seed, (uint64_t)r, 2 * degree + 1);
        if (r % 5 == 3 || n_cols == 0)
            arcs = 0;
        else if (r == 1)
            arcs = 40 * degree + 300;
        g.row_ptr[r + 1] = g.row_ptr[r] + arcs;
    }
    g.n_arcs = g.row_ptr[n_rows];
    size_t n = (size_t)g.n_arcs;
    g.col = kernel_take(n, sizeof *g.col);
    g.row = kernel_take(n, sizeof *g.row);
    g.perm = kernel_take(n, sizeof *g.perm);
    g.perm64 = kernel_take(n, sizeof *g.perm64);
    g.col_ptr = kernel_take((size_t)n_cols + 1, sizeof *g.col_ptr);
    for (gnn_off a = 0; a < g.n_arcs; a++)
        g.col[a] = (gnn_id)support_below(seed + 1, (uint64_t)a, n_cols);
    for (gnn_off a = 0; a < g.n_arcs; a++) g.col_ptr[g.col[a] + 1]++;
    for (int64_t c = 0; c < n_cols; c++) g.col_ptr[c + 1] += g.col_ptr[c];
    gnn_off *next = kernel_take((size_t)n_cols + 1, sizeof *next);
    memcpy(next, g.col_ptr, (size_t)(n_cols + 1) * sizeof *next);
    for (int64_t r = 0; r < n_rows; r++)
        for (gnn_off a = g.row_ptr[r]; a < g.row_ptr[r + 1]; a++) {
            gnn_off t = next[g.col[a]]++;
            g.row[t] = (gnn_id)r;
            g.perm[t] = (int32_t)a;
            g.perm64[t] = a;
        }
    gnn_i_free(next);
    return g;
}

static inline void kernel_graph_clear(kernel_graph *g) {
    gnn_i_free(g->row_ptr);
    gnn_i_free(g->col);
    gnn_i_free(g->col_ptr);
    gnn_i_free(g->row);
    gnn_i_free(g->perm);
    gnn_i_free(g->perm64);
}

#endif
