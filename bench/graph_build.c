/* How long does it take to build a graph from its pairs, and how much memory at the peak?
 *
 *     build/bench/graph_build [nodes [pairs [threads]]]      (1,000,000  10,000,000  all)
 *
 * Distinct uniform pairs, undirected: the builder alone, from pairs in memory (freed on
 * the way) to the CSR, unweighted and weighted; then its transpose's arc numbers, the GCN
 * weights, the RCM order, and a sampled batch. Times: passed, and worked by all threads
 * together (what a busy machine leaves comparable), the least of 3 for building. Peak:
 * the most resident memory while building beyond what was there before the pairs. */
#include <gnn/graph.h>
#include <gnn/parallel.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/alloc.h"
#include "core/graph_take.h"
#include "core/rng.h"
#include "graph/graph.h"

enum { TURNS = 3 };

static double clock_now(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Time passed, and time that processors worked for this process. */
typedef struct span {
    double wall, cpu;
} span;

static span now(void) {
    return (span){clock_now(CLOCK_MONOTONIC), clock_now(CLOCK_PROCESS_CPUTIME_ID)};
}

static span since(span start) {
    span end = now();
    return (span){end.wall - start.wall, end.cpu - start.cpu};
}

static void print_span(const char *what, span took) {
    printf("%-26s %7.3f s  %7.3f s", what, took.wall, took.cpu);
}

static void need(gnn_status status) {
    if (status == GNN_OK) return;
    fprintf(stderr, "graph_build: %s\n", gnn_last_error());
    exit(1);
}

/* ---- resident memory, as the kernel counts it ---- */

static double status_mb(const char *field) {
    char line[256];
    double kb = 0;
    FILE *file = fopen("/proc/self/status", "r");
    if (file == NULL) return 0;
    size_t n = strlen(field);
    while (fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, field, n) == 0) kb = atof(line + n);
    fclose(file);
    return kb / 1024;
}

static void reset_peak(void) {
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file == NULL) return;
    fputs("5", file);
    fclose(file);
}

/* ---- pairs ---- */

typedef struct pairs {
    gnn_id n_nodes;
    int64_t n;
    gnn_id *source, *target;
    gnn_real *weight;
} pairs;

/* Pair e of a fixed list without repeats: source and stride come from a bijection of e on
 * n_nodes * n_nodes / 2 codes (an odd multiplier modulo a power of two, walked until it
 * falls in range), shuffled enough for the caches. */
static uint64_t code_of(uint64_t e, uint64_t n_codes) {
    uint64_t mask = ((uint64_t)1 << (64 - __builtin_clzll(n_codes))) - 1;
    do {
        e = (e * 0x9e3779b97f4a7c15u + 0x7f4a7c15u) & mask;
        e ^= e >> 17;
    } while (e >= n_codes);
    return e;
}

static pairs make_pairs(gnn_id n_nodes, int64_t n, bool weighted) {
    pairs p = {.n_nodes = n_nodes, .n = n};
    uint64_t half = (uint64_t)(n_nodes / 2), nodes = (uint64_t)n_nodes;
    need(gnn_i_alloc(&p.source, (size_t)n, sizeof *p.source, "source"));
    need(gnn_i_alloc(&p.target, (size_t)n, sizeof *p.target, "target"));
    if (weighted) need(gnn_i_alloc(&p.weight, (size_t)n, sizeof *p.weight, "weight"));
    for (int64_t e = 0; e < n; e++) {
        uint64_t code = code_of((uint64_t)e, nodes * (half - 1));
        uint64_t u = code % nodes, stride = 1 + code / nodes;
        p.source[e] = (gnn_id)u;
        p.target[e] = (gnn_id)((u + stride) % nodes);
        if (weighted) p.weight[e] = 1;
    }
    return p;
}

static double csr_mb(const gnn_graph *graph) {
    double bytes =
        8.0 * gnn_graph_n_targets(graph) + 4.0 * (double)gnn_graph_n_arcs(graph);
    if (gnn_graph_weight(graph) != NULL)
        bytes += (double)sizeof(gnn_real) * (double)gnn_graph_n_arcs(graph);
    return bytes / (1 << 20);
}

/* ---- what is measured ---- */

static gnn_graph *measure_build(gnn_id n_nodes, int64_t n, bool weighted, int threads) {
    gnn_graph *graph = NULL;
    gnn_graph_options options = {.n_threads = threads};
    span least = {1e9, 1e9};
    double peak = 0;
    for (int turn = 0; turn < TURNS; turn++) {
        gnn_graph_free(graph);
        double base = status_mb("VmRSS:");
        pairs p = make_pairs(n_nodes, n, weighted);
        reset_peak();
        span start = now();
        need(gnn_i_graph_new_take(p.n_nodes, p.n, p.source, p.target, p.weight, &options,
                                  &graph));
        span took = since(start);
        double most = status_mb("VmHWM:") - base;
        if (took.wall < least.wall) least.wall = took.wall;
        if (took.cpu < least.cpu) least.cpu = took.cpu;
        if (most > peak) peak = most;
    }
    print_span(weighted ? "build, weighted" : "build, unweighted", least);
    printf("   peak %.0f MB, pairs included = %.2f times the CSR's %.0f MB\n", peak,
           peak / csr_mb(graph), csr_mb(graph));
    return graph;
}

static void measure_views(const gnn_graph *graph) {
    const gnn_i_transpose *transpose;
    const gnn_i_gcn_weights *gcn;
    span start = now();
    need(gnn_i_graph_transpose(graph, &transpose));
    print_span("arcs of the transpose", since(start));
    puts("");
    start = now();
    need(gnn_i_graph_gcn_weights(graph, true, &gcn));
    print_span("GCN weights", since(start));
    puts("");
}

static void measure_order(const gnn_graph *graph) {
    gnn_id *order;
    gnn_graph *reordered;
    need(gnn_i_alloc(&order, (size_t)gnn_graph_n_nodes(graph), sizeof *order, "order"));
    span start = now();
    need(gnn_graph_order_rcm(graph, order));
    print_span("RCM order, 1 thread", since(start));
    puts("");
    start = now();
    need(gnn_graph_reorder(graph, order, &reordered));
    print_span("reordering", since(start));
    puts("");
    gnn_graph_free(reordered);
    gnn_i_free(order);
}

static void measure_sampler(const gnn_graph *graph, int threads) {
    enum { SEEDS = 1024, DRAWS = 20 };
    static const int fanout[] = {10, 10, 10};
    gnn_sampler *sampler;
    gnn_graph *block[3];
    const gnn_id *node;
    gnn_id seeds[SEEDS];
    int64_t n_nodes, arcs = 0;
    need(gnn_sampler_new(graph, 3, fanout, threads, &sampler));
    for (gnn_id i = 0; i < SEEDS; i++) seeds[i] = i * (gnn_graph_n_nodes(graph) / SEEDS);
    span start = now();
    for (int i = 0; i <= DRAWS; i++) {
        if (i == 1) start = now(); /* the first takes the memory */
        need(gnn_sampler_draw(sampler, SEEDS, seeds, 1, (uint64_t)i, block, &node,
                              &n_nodes));
        if (i > 0)
            for (int hop = 0; hop < 3; hop++) arcs += gnn_graph_n_arcs(block[hop]);
    }
    span took = since(start);
    print_span("a batch of 1024 x 10^3", (span){took.wall / DRAWS, took.cpu / DRAWS});
    printf("   %.1f million arcs a second\n", 1e-6 * (double)arcs / took.wall);
    gnn_sampler_free(sampler);
}

int main(int argc, char **argv) {
    gnn_id n_nodes = argc > 1 ? atoi(argv[1]) : 1000000;
    int64_t n = argc > 2 ? atoll(argv[2]) : 10000000;
    int threads = argc > 3 ? atoi(argv[3]) : gnn_n_processors();
    if (n_nodes < 2048 || n > (int64_t)n_nodes * (n_nodes / 2 - 1) || threads < 1) {
        fprintf(stderr, "usage: graph_build [nodes >= 2048 [pairs [threads]]]\n");
        return 2;
    }
    printf("%d nodes, %lld distinct pairs, undirected, %d threads\n", n_nodes,
           (long long)n, threads);
    gnn_graph_free(measure_build(n_nodes, n, true, threads));
    gnn_graph *graph = measure_build(n_nodes, n, false, threads);
    measure_views(graph);
    measure_sampler(graph, threads);
    measure_order(graph);
    gnn_graph_free(graph);
    return 0;
}
