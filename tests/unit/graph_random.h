/* Random graphs for the tests of libgnn/graph. */
#ifndef TESTS_GRAPH_RANDOM_H
#define TESTS_GRAPH_RANDOM_H

#include <gnn/graph.h>

#include "support/support.h"

typedef struct random_graph {
    gnn_id n_nodes;
    int64_t n_edges;
    uint64_t seed;
    bool directed, weighted, skewed, typed; /* skewed: half of the targets are 3 hubs */
    gnn_duplicates duplicates;
    int n_threads;
} random_graph;

/* Positive weights, so that sums of a row are not near 0. The caller frees the graph. */
static inline gnn_graph *random_graph_new(random_graph how) {
    size_t n = (size_t)how.n_edges;
    gnn_id *source = malloc((n + 1) * sizeof *source);
    gnn_id *target = malloc((n + 1) * sizeof *target);
    gnn_real *weight = malloc((n + 1) * sizeof *weight);
    for (size_t e = 0; e < n; e++) {
        gnn_id hubs = how.n_nodes < 3 ? how.n_nodes : 3;
        bool hub = how.skewed && e % 2 == 1;
        source[e] = (gnn_id)support_below(how.seed, 3 * e, how.n_nodes);
        target[e] = (gnn_id)support_below(how.seed, 3 * e + 1, hub ? hubs : how.n_nodes);
        weight[e] = (gnn_real)(1 + support_below(how.seed, 3 * e + 2, 7)) / 4;
    }
    gnn_graph *graph;
    gnn_graph_options options = {.directed = how.directed,
                                 .duplicates = how.weighted && !how.duplicates
                                                   ? GNN_DUPLICATES_SUM
                                                   : how.duplicates,
                                 .n_threads = how.n_threads};
    ck_assert_ok(gnn_graph_new(how.n_nodes, how.n_edges, source, target,
                               how.weighted ? weight : NULL, &options, &graph));
    if (how.typed) {
        size_t arcs = (size_t)gnn_graph_n_arcs(graph);
        int32_t *type = malloc((arcs + 1) * sizeof *type);
        for (size_t a = 0; a < arcs; a++) type[a] = (int32_t)(a % 5);
        ck_assert_ok(gnn_graph_arc_type_set(graph, type, 5));
        free(type);
    }
    free(source);
    free(target);
    free(weight);
    return graph;
}

/* The row of arc a. */
static inline gnn_id row_of_arc(const gnn_csr *csr, gnn_off a) {
    gnn_id r = 0;
    while (csr->row_ptr[r + 1] <= a) r++;
    return r;
}

static inline double arc_weight(const gnn_graph *graph, gnn_off a) {
    const gnn_real *weight = gnn_graph_weight(graph);
    return weight != NULL ? (double)weight[a] : 1;
}

/* row_ptr and sources ascend and are in range: what every graph promises. */
static inline void check_invariants(const gnn_graph *graph) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    ck_assert_int_eq(csr->n_arcs, csr->row_ptr[csr->n_rows] - csr->row_ptr[0]);
    for (gnn_id r = 0; r < csr->n_rows; r++) {
        ck_assert_int_le(csr->row_ptr[r], csr->row_ptr[r + 1]);
        for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++) {
            ck_assert(csr->col[a] >= 0 && csr->col[a] < csr->n_cols);
            ck_assert(a == csr->row_ptr[r] || csr->col[a - 1] <= csr->col[a]);
        }
    }
}

/* The same arcs, weights and types, bit for bit. */
static inline void check_equal(const gnn_graph *a, const gnn_graph *b) {
    const gnn_csr *x = gnn_graph_csr(a), *y = gnn_graph_csr(b);
    size_t rows = (size_t)x->n_rows, arcs = (size_t)x->n_arcs;
    int32_t types_a, types_b;
    ck_assert_int_eq(x->n_rows, y->n_rows);
    ck_assert_int_eq(x->n_cols, y->n_cols);
    ck_assert_int_eq(x->n_arcs, y->n_arcs);
    ck_assert_int_eq(x->row_offset, y->row_offset);
    ck_assert_same_bytes(x->row_ptr, y->row_ptr, (rows + 1) * sizeof(gnn_off));
    if (arcs == 0) return;
    ck_assert_same_bytes(x->col, y->col, arcs * sizeof(gnn_id));
    const gnn_real *w = gnn_graph_weight(a), *v = gnn_graph_weight(b);
    ck_assert_int_eq(w != NULL, v != NULL);
    if (w != NULL) ck_assert_same_bytes(w, v, arcs * sizeof(gnn_real));
    const int32_t *s = gnn_graph_arc_type(a, &types_a),
                  *t = gnn_graph_arc_type(b, &types_b);
    ck_assert_int_eq(types_a, types_b);
    if (s != NULL) ck_assert_same_bytes(s, t, arcs * sizeof *s);
}

#endif
