/* How long does attention over arcs take, forward and backward?
 *
 *   attention [threads]
 *
 * Two graphs: one of Cora's size (2,708 nodes, 10.5 k arcs, 8 heads × 8) and an R-MAT
 * graph of 170,000 nodes and 1.37 M arcs (4 heads × 64), each with self arcs and dropout
 * .6 and without dropout. Least of the repeats, milliseconds. */
#include <gnn/parallel.h>

#include "kernels/edge_softmax.h"
#include "rmat.h"

typedef struct graph {
    gnn_id n;
    int64_t n_arcs;
    gnn_off *row_ptr, *col_ptr;
    gnn_id *col, *row;
    int32_t *perm;
} graph;

static graph make_graph(gnn_id n, int64_t n_arcs) {
    graph g = {.n = n};
    uint64_t *arcs = bench_take((size_t)n_arcs, sizeof *arcs);
    g.n_arcs = bench_rmat(n, n_arcs, arcs);
    size_t m = (size_t)g.n_arcs, rows = (size_t)n + 1;
    g.row_ptr = bench_take(rows, sizeof *g.row_ptr);
    g.col_ptr = bench_take(rows, sizeof *g.col_ptr);
    g.col = bench_take(m, sizeof *g.col);
    g.row = bench_take(m, sizeof *g.row);
    g.perm = bench_take(m, sizeof *g.perm);
    bench_csr(n, arcs, g.n_arcs, g.row_ptr, g.col);
    for (int64_t a = 0; a < g.n_arcs; a++) g.col_ptr[g.col[a] + 1]++;
    for (gnn_id v = 0; v < n; v++) g.col_ptr[v + 1] += g.col_ptr[v];
    gnn_off *next = bench_take(rows, sizeof *next);
    memcpy(next, g.col_ptr, rows * sizeof *next);
    for (int64_t a = 0; a < g.n_arcs; a++) {
        gnn_off t = next[g.col[a]]++;
        g.row[t] = (gnn_id)(arcs[a] >> 32);
        g.perm[t] = (int32_t)a;
    }
    gnn_i_free(next);
    gnn_i_free(arcs);
    return g;
}

static gnn_real *noise(int64_t n, uint64_t stream) {
    gnn_real *x = bench_take((size_t)n, sizeof *x);
    gnn_i_fill_uniform(1, 1, stream, n, -1, 1, x);
    return x;
}

static void measure(const char *name, int threads, const graph *g, int heads, int64_t dim,
                    bool v2, double drop, int repeats) {
    int64_t width = heads * dim, n = g->n, rows = n * heads;
    gnn_i_attention_args s = {.n_rows = n,
                              .row_ptr = g->row_ptr,
                              .col = g->col,
                              .heads = heads,
                              .dim = dim,
                              .slope = (gnn_real).2,
                              .self_arc = true,
                              .n_arcs = g->n_arcs,
                              .dropout = gnn_i_dropout_make(1, 2, drop),
                              .z = noise(n * width, 1),
                              .src = noise(rows, 2),
                              .dst = noise(rows, 3),
                              .zr = noise(n * width, 4),
                              .att = v2 ? noise(width, 5) : NULL,
                              .y = noise(n * width, 6),
                              .row_max = noise(rows, 7),
                              .row_sum = noise(rows, 8)};
    s.shares = noise(gnn_i_attention_share_count(&s), 15);
    gnn_i_attention_grad d = {.n_sources = n,
                              .col_ptr = g->col_ptr,
                              .row = g->row,
                              .perm = g->perm,
                              .dy = noise(n * width, 9),
                              .dz = noise(n * width, 10),
                              .dsrc = noise(rows, 11),
                              .ddst = noise(rows, 12),
                              .datt = noise(width, 13),
                              .dzr = noise(n * width, 14),
                              .scratch =
                                  bench_take(gnn_i_attention_backward_scratch(&s), 1)};
    double forward = 1e30, backward = 1e30;
    for (int k = 0; k < repeats; k++) {
        double t0 = bench_seconds();
        gnn_i_attention_forward(threads, &s);
        double t1 = bench_seconds();
        gnn_i_attention_backward(threads, &s, &d);
        double t2 = bench_seconds();
        if (t1 - t0 < forward) forward = t1 - t0;
        if (t2 - t1 < backward) backward = t2 - t1;
    }
    printf("%-9s %-6s %2d x %3d  dropout %.1f  forward %9.3f  backward %9.3f\n", name,
           v2 ? "gatv2" : "gat", heads, (int)dim, drop, 1e3 * forward, 1e3 * backward);
    const void *blocks[] = {s.z,       s.src,     s.dst,    s.zr,     s.att, s.y,
                            s.row_max, s.row_sum, s.shares, d.dy,     d.dz,  d.dsrc,
                            d.ddst,    d.datt,    d.dzr,    d.scratch};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        gnn_i_free((void *)blocks[i]);
}

static void clear_graph(graph *g) {
    void *blocks[] = {g->row_ptr, g->col_ptr, g->col, g->row, g->perm};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) gnn_i_free(blocks[i]);
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : gnn_n_processors();
    graph small = make_graph(2708, 11700), large = make_graph(170000, 1420000);
    printf("%lld and %lld arcs, %d threads, %s, %zu-byte reals, ms\n",
           (long long)small.n_arcs, (long long)large.n_arcs, threads, gnn_isa(),
           sizeof(gnn_real));
    for (int v2 = 0; v2 < 2; v2++)
        for (int dropped = 1; dropped >= 0; dropped--) {
            measure("cora-like", threads, &small, 8, 8, v2, dropped ? .6 : 0, 200);
            measure("cora-like", threads, &small, 1, 7, v2, dropped ? .6 : 0, 200);
            measure("170k", threads, &large, 4, 64, v2, dropped ? .6 : 0, 7);
        }
    clear_graph(&small);
    clear_graph(&large);
    return 0;
}
