/* What the kernel benchmarks share: memory, time, R-MAT graphs (.57 .19 .19 .05),
 * numbered at random and without repeated arcs. */
#ifndef BENCH_RMAT_H
#define BENCH_RMAT_H

#include <gnn/graph.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/alloc.h"
#include "core/rng.h"

static inline void *bench_take(size_t count, size_t size) {
    void *p = NULL;
    if (gnn_i_calloc(&p, count, size, "benchmark") != GNN_OK) {
        fprintf(stderr, "%s\n", gnn_last_error());
        exit(1);
    }
    return p;
}

static inline double bench_seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline int bench_ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Arcs as target << 32 | source, in the square of `levels` bits, kept where both are < n.
 */
static inline int64_t bench_rmat(gnn_id n, int64_t n_arcs, uint64_t *arcs) {
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 1, 0);
    gnn_id *name = bench_take((size_t)n, sizeof *name);
    for (gnn_id v = 0; v < n; v++) name[v] = v;
    gnn_i_rng_shuffle(&rng, name, n);
    int levels = 1;
    while ((1 << levels) < n) levels++;
    for (int64_t i = 0; i < n_arcs;) {
        int64_t row = 0, col = 0;
        for (int l = 0; l < levels; l++) {
            double u = gnn_i_rng_uniform(&rng);
            row = 2 * row + (u >= .76);
            col = 2 * col + ((u >= .57 && u < .76) || u >= .95);
        }
        if (row < n && col < n)
            arcs[i++] = (uint64_t)name[row] << 32 | (uint64_t)name[col];
    }
    qsort(arcs, (size_t)n_arcs, sizeof *arcs, bench_ascending);
    int64_t kept = 0;
    for (int64_t i = 0; i < n_arcs; i++)
        if (kept == 0 || arcs[kept - 1] != arcs[i]) arcs[kept++] = arcs[i];
    gnn_i_free(name);
    return kept;
}

/* Compressed rows from n_arcs sorted arcs; row_ptr has n + 1 places. */
static inline void bench_csr(gnn_id n, const uint64_t *arcs, int64_t n_arcs,
                             gnn_off *row_ptr, gnn_id *col) {
    memset(row_ptr, 0, (size_t)(n + 1) * sizeof *row_ptr);
    for (int64_t a = 0; a < n_arcs; a++) row_ptr[(arcs[a] >> 32) + 1]++;
    for (gnn_id r = 0; r < n; r++) row_ptr[r + 1] += row_ptr[r];
    for (int64_t a = 0; a < n_arcs; a++) col[a] = (gnn_id)(uint32_t)arcs[a];
}

#endif
