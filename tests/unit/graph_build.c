/* The builder against a plain one: every combination of options on small random lists of
 * edges, the same bits at any number of threads on larger ones, and what it refuses. */
#include <gnn/graph.h>
#include <math.h>

#include "core/alloc.h"
#include "core/graph_take.h"
#include "support/support.h"

enum { MOST_NODES = 9, MOST_EDGES = 60, MOST_ARCS = 2 * MOST_EDGES + MOST_NODES };

typedef struct edge_list {
    gnn_id n_nodes;
    int64_t n;
    gnn_id source[MOST_EDGES], target[MOST_EDGES];
    gnn_real weight[MOST_EDGES];
    bool weighted;
} edge_list;

typedef struct plain_arc {
    gnn_id row, col;
    double weight;
    gnn_off edge;
} plain_arc;

typedef struct plain_graph {
    int n;
    plain_arc arc[MOST_ARCS];
    bool refused;
} plain_graph;

static edge_list random_edges(uint64_t seed, bool weighted) {
    edge_list list = {.weighted = weighted};
    list.n_nodes = (gnn_id)(1 + support_below(seed, 0, MOST_NODES));
    list.n = support_below(seed, 1, MOST_EDGES + 1);
    for (int64_t e = 0; e < list.n; e++) {
        uint64_t at = 2 + 3 * (uint64_t)e;
        list.source[e] = (gnn_id)support_below(seed, at, list.n_nodes);
        list.target[e] = (gnn_id)support_below(seed, at + 1, list.n_nodes);
        list.weight[e] = (gnn_real)(1 + support_below(seed, at + 2, 3)) / 4;
    }
    return list;
}

/* Lists without repeats of a direction, and with equal weights both ways. */
static edge_list tidy_edges(uint64_t seed, bool weighted) {
    edge_list list = random_edges(seed, weighted), tidy = list;
    tidy.n = 0;
    for (int64_t e = 0; e < list.n; e++) {
        bool repeat = false;
        for (int64_t f = 0; f < e; f++)
            repeat |=
                list.source[f] == list.source[e] && list.target[f] == list.target[e];
        if (repeat) continue;
        tidy.source[tidy.n] = list.source[e];
        tidy.target[tidy.n] = list.target[e];
        tidy.weight[tidy.n++] = (gnn_real)(list.source[e] + list.target[e] + 1);
    }
    return tidy;
}

static bool lists(const edge_list *list, int64_t e, gnn_id row, gnn_id col,
                  const gnn_graph_options *options) {
    gnn_id u = list->source[e], v = list->target[e];
    if (u == v && options->drop_self_loops) return false;
    return (v == row && u == col) || (!options->directed && u == row && v == col);
}

static void plain_add(plain_graph *graph, gnn_id row, gnn_id col, double weight,
                      gnn_off edge) {
    ck_assert_int_lt(graph->n, MOST_ARCS);
    graph->arc[graph->n++] = (plain_arc){row, col, weight, edge};
}

/* The arcs row <- col by the words of gnn_duplicates. */
static void plain_pair(const edge_list *list, const gnn_graph_options *options,
                       gnn_id row, gnn_id col, plain_graph *graph) {
    gnn_duplicates rule = options->duplicates;
    double total = 0, first_weight = 0, way[2] = {0, 0};
    int64_t first = -1, n_way[2] = {0, 0};
    for (int64_t e = 0; e < list->n; e++) {
        if (!lists(list, e, row, col, options)) continue;
        double weight = list->weighted ? (double)list->weight[e] : 1;
        if (rule == GNN_DUPLICATES_KEEP) plain_add(graph, row, col, weight, e);
        if (first < 0) {
            first = e;
            first_weight = weight;
        }
        total += weight;
        way[list->source[e] > list->target[e]] += weight;
        n_way[list->source[e] > list->target[e]]++;
    }
    if (rule == GNN_DUPLICATES_KEEP) {
        if (first < 0 && row == col && options->add_self_loops)
            plain_add(graph, row, col, 1, -1);
        return;
    }
    if (first < 0) {
        if (row == col && options->add_self_loops) plain_add(graph, row, col, 1, -1);
        return;
    }
    double one = n_way[0] > 0 ? way[0] : way[1];
    bool differ = n_way[0] > 0 && n_way[1] > 0 && way[0] != way[1];
    bool repeat = n_way[0] > 1 || n_way[1] > 1;
    switch (rule) {
    case GNN_DUPLICATES_AUTO:
        if (list->weighted) graph->refused |= differ;
        plain_add(graph, row, col, list->weighted ? one : 1, first);
        break;
    case GNN_DUPLICATES_ERROR:
        graph->refused |= differ || repeat;
        plain_add(graph, row, col, one, first);
        break;
    case GNN_DUPLICATES_SUM: plain_add(graph, row, col, total, first); break;
    default: plain_add(graph, row, col, first_weight, first);
    }
}

static plain_graph plain_build(const edge_list *list, const gnn_graph_options *options) {
    plain_graph graph = {.n = 0};
    for (gnn_id row = 0; row < list->n_nodes; row++)
        for (gnn_id col = 0; col < list->n_nodes; col++)
            plain_pair(list, options, row, col, &graph);
    return graph;
}

static void check_same(const gnn_graph *graph, const plain_graph *plain,
                       const edge_list *list, const gnn_graph_options *options) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    const gnn_real *weight = gnn_graph_weight(graph);
    const gnn_off *edge = gnn_graph_edge_index(graph);
    ck_assert_int_eq(csr->n_rows, list->n_nodes);
    ck_assert_int_eq(csr->n_cols, list->n_nodes);
    ck_assert_int_eq(csr->n_arcs, plain->n);
    ck_assert_int_eq(csr->row_ptr[0], 0);
    ck_assert_int_eq(csr->row_ptr[csr->n_rows], csr->n_arcs);
    ck_assert_int_eq(gnn_graph_is_symmetric(graph), !options->directed);
    if (!list->weighted && options->duplicates != GNN_DUPLICATES_SUM)
        ck_assert_ptr_null(weight);
    else if (csr->n_arcs > 0)
        ck_assert_ptr_nonnull(weight);
    if (!options->keep_edge_index)
        ck_assert_ptr_null(edge);
    else if (csr->n_arcs > 0)
        ck_assert_ptr_nonnull(edge);
    for (gnn_id r = 0; r < csr->n_rows; r++)
        for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++) {
            ck_assert_int_eq(plain->arc[a].row, r);
            ck_assert_int_eq(plain->arc[a].col, csr->col[a]);
            if (weight != NULL)
                ck_assert_double_eq((double)weight[a], plain->arc[a].weight);
            if (edge != NULL) ck_assert_int_eq(edge[a], plain->arc[a].edge);
        }
}

/* Sums of quarters are exact in any order, so that `==` is the right comparison. */
static void check_options(const edge_list *list, const gnn_graph_options *options) {
    plain_graph plain = plain_build(list, options);
    gnn_graph *graph;
    gnn_status status =
        gnn_graph_new(list->n_nodes, list->n, list->source, list->target,
                      list->weighted ? list->weight : NULL, options, &graph);
    if (plain.refused) {
        ck_assert_int_eq(status, GNN_ERR_INPUT);
        ck_assert_ptr_null(graph);
        return;
    }
    ck_assert_ok(status);
    check_same(graph, &plain, list, options);
    gnn_graph_free(graph);
}

START_TEST(agrees_with_the_plain_builder) {
    for (uint64_t seed = 0; seed < 60; seed++)
        for (unsigned bits = 0; bits < 64; bits++)
            for (int rule = GNN_DUPLICATES_AUTO; rule <= GNN_DUPLICATES_ERROR; rule++) {
                gnn_graph_options options = {.directed = bits & 1,
                                             .add_self_loops = bits & 2,
                                             .drop_self_loops = bits & 4,
                                             .keep_edge_index = bits & 8,
                                             .duplicates = (gnn_duplicates)rule,
                                             .n_threads = 1};
                bool weighted = bits & 16;
                edge_list list =
                    bits & 32 ? tidy_edges(seed, weighted) : random_edges(seed, weighted);
                check_options(&list, &options);
            }
}
END_TEST

/* ---- larger lists ---- */

static void check_threads(bool weighted, bool skewed, gnn_duplicates rule) {
    enum { N = 5000, EDGES = 300000 };
    gnn_id *source = malloc(EDGES * sizeof *source),
           *target = malloc(EDGES * sizeof *target);
    gnn_real *weight = malloc(EDGES * sizeof *weight);
    support_fill(weight, EDGES, 3);
    for (int e = 0; e < EDGES; e++) {
        source[e] = (gnn_id)support_below(1, (uint64_t)e, N);
        target[e] = (gnn_id)support_below(2, (uint64_t)e, skewed && e % 2 ? 3 : N);
    }
    gnn_graph *graph[3];
    for (int i = 0; i < 3; i++) {
        gnn_graph_options options = {.duplicates = rule, .n_threads = 1 << i};
        ck_assert_ok(gnn_graph_new(N, EDGES, source, target, weighted ? weight : NULL,
                                   &options, &graph[i]));
    }
    const gnn_csr *one = gnn_graph_csr(graph[0]);
    for (gnn_id r = 0; r < N; r++)
        for (gnn_off a = one->row_ptr[r]; a + 1 < one->row_ptr[r + 1]; a++)
            ck_assert(one->col[a] < one->col[a + 1] || rule == GNN_DUPLICATES_KEEP);
    for (int i = 1; i < 3; i++) {
        const gnn_csr *csr = gnn_graph_csr(graph[i]);
        size_t n = (size_t)one->n_arcs;
        ck_assert_int_eq(csr->n_arcs, one->n_arcs);
        ck_assert_same_bytes(csr->row_ptr, one->row_ptr, (N + 1) * sizeof(gnn_off));
        ck_assert_same_bytes(csr->col, one->col, n * sizeof(gnn_id));
        if (weighted)
            ck_assert_same_bytes(gnn_graph_weight(graph[i]), gnn_graph_weight(graph[0]),
                                 n * sizeof(gnn_real));
    }
    for (int i = 0; i < 3; i++) gnn_graph_free(graph[i]);
    free(source);
    free(target);
    free(weight);
}

START_TEST(gives_the_same_bits_on_more_threads) {
    check_threads(false, false, GNN_DUPLICATES_AUTO);
    check_threads(false, true, GNN_DUPLICATES_AUTO);
    check_threads(true, false, GNN_DUPLICATES_SUM);
    check_threads(true, true, GNN_DUPLICATES_SUM);
    check_threads(true, true, GNN_DUPLICATES_KEEP);
}
END_TEST

/* Both mirrored arcs carry the same bits, and listing every pair both ways changes
 * nothing. */
START_TEST(makes_symmetric_weights) {
    gnn_id source[] = {0, 1, 2, 0, 1, 3, 0}, target[] = {1, 0, 1, 1, 0, 3, 2};
    gnn_real weight[] = {.1f, .2f, .3f, .2f, .1f, 2, .7f};
    gnn_graph *graph;
    ck_assert_ok(gnn_graph_new(4, 7, source, target, weight, NULL, &graph));
    const gnn_csr *csr = gnn_graph_csr(graph);
    const gnn_real *w = gnn_graph_weight(graph);
    gnn_real want[] = {.3f, .7f, .3f, .3f, .7f, .3f, 2};
    ck_assert_int_eq(csr->n_arcs, 7);
    ck_assert_close(w, want, 7, 1e-6, 0);
    ck_assert(w[0] == w[2]);
    gnn_graph_free(graph);
}
END_TEST

/* ---- what is refused ---- */

static gnn_status build(gnn_id n_nodes, int64_t n, const gnn_id *source,
                        const gnn_id *target, const gnn_real *weight,
                        gnn_graph_options options) {
    gnn_graph *graph;
    gnn_status status =
        gnn_graph_new(n_nodes, n, source, target, weight, &options, &graph);
    if (status != GNN_OK) ck_assert_ptr_null(graph);
    gnn_graph_free(graph);
    return status;
}

START_TEST(refuses_what_is_wrong) {
    gnn_graph_options plain = GNN_GRAPH_OPTIONS_INIT;
    gnn_graph_options strict = {.duplicates = GNN_DUPLICATES_ERROR};
    gnn_graph_options odd = {.duplicates = (gnn_duplicates)9};
    gnn_id u[] = {0, 1, 2}, high[] = {1, 2, 3}, low[] = {1, -1, 0}, v[] = {1, 2, 0};
    ck_assert_fails(build(3, 3, u, high, NULL, plain), GNN_ERR_INPUT,
                    "edge 2: target id 3 is outside 0..2");
    ck_assert_fails(build(3, 3, low, u, NULL, plain), GNN_ERR_INPUT,
                    "edge 1: source id -1 is outside 0..2");
    ck_assert_fails(build(0, 1, u, v, NULL, plain), GNN_ERR_INPUT, "edge 0");
    gnn_real nan[] = {1, 1, (gnn_real)NAN}, inf[] = {1, (gnn_real)INFINITY, 1};
    ck_assert_fails(build(3, 3, u, v, nan, plain), GNN_ERR_INPUT, "edge 2: weight nan");
    ck_assert_fails(build(3, 3, u, v, inf, plain), GNN_ERR_INPUT, "edge 1: weight inf");
    ck_assert_fails(build(-1, 0, NULL, NULL, NULL, plain), GNN_ERR_ARGUMENT, "-1 nodes");
    ck_assert_fails(build(INT32_MAX, 0, NULL, NULL, NULL, plain), GNN_ERR_ARGUMENT,
                    "nodes");
    ck_assert_fails(build(3, -1, u, v, NULL, plain), GNN_ERR_ARGUMENT, "-1 edges");
    ck_assert_fails(build(3, 3, NULL, v, NULL, plain), GNN_ERR_ARGUMENT,
                    "without source");
    ck_assert_fails(build(3, 3, u, v, NULL, odd), GNN_ERR_ARGUMENT, "duplicates");
    gnn_graph_options many = {.n_threads = 200000};
    ck_assert_fails(build(3, 3, u, v, NULL, many), GNN_ERR_ARGUMENT, "200000");

    gnn_graph_options numbered = {.keep_edge_index = true};
    ck_assert_fails(build(3, ((int64_t)1 << 32) + 1, u, v, NULL, numbered),
                    GNN_ERR_UNSUPPORTED, "4294967297 edges");
    ck_assert_fails(build(3, INT64_MAX, u, v, NULL, plain), GNN_ERR_ARGUMENT, "edges");

    gnn_id a[] = {0, 1, 2, 1}, b[] = {1, 0, 0, 0};
    ck_assert_fails(build(3, 4, a, b, NULL, strict), GNN_ERR_INPUT,
                    "edge 3: 1 0 repeats edge 1");
    ck_assert_ok(build(3, 3, a, b, NULL, strict));
    gnn_real uneven[] = {1, 2, 5, 0};
    ck_assert_fails(build(3, 3, a, b, uneven, plain), GNN_ERR_INPUT,
                    "edge 1: 1 0 has weight 2 one way and 1 the other (edge 0)");
    plain.directed = true;
    ck_assert_ok(build(3, 3, a, b, uneven, plain));
}
END_TEST

START_TEST(builds_graphs_without_arcs) {
    gnn_graph *graph;
    ck_assert_ok(gnn_graph_new(0, 0, NULL, NULL, NULL, NULL, &graph));
    ck_assert_int_eq(gnn_graph_n_nodes(graph), 0);
    ck_assert_int_eq(gnn_graph_csr(graph)->row_ptr[0], 0);
    gnn_graph_free(graph);
    ck_assert_ok(gnn_graph_new(5, 0, NULL, NULL, NULL, NULL, &graph));
    int64_t n_graphs;
    const gnn_id *ptr = gnn_graph_ptr(graph, &n_graphs);
    ck_assert_int_eq(n_graphs, 1);
    ck_assert_int_eq(ptr[0], 0);
    ck_assert_int_eq(ptr[1], 5);
    ck_assert_int_eq(gnn_graph_n_arcs(graph), 0);
    gnn_graph_free(graph);
}
END_TEST

/* ---- memory ---- */

static gnn_status take_body(void *argument) {
    const edge_list *list = argument;
    gnn_id *ends[2] = {NULL, NULL};
    gnn_real *weight = NULL;
    gnn_graph *graph = NULL;
    size_t n = (size_t)list->n;
    gnn_graph_options options = {.keep_edge_index = true, .add_self_loops = true};
    gnn_status status;
    GNN_TRY(gnn_i_alloc(&ends[0], n, sizeof(gnn_id), "source"));
    GNN_TRY(gnn_i_alloc(&ends[1], n, sizeof(gnn_id), "target"));
    if (list->weighted) GNN_TRY(gnn_i_alloc(&weight, n, sizeof(gnn_real), "weight"));
    memcpy(ends[0], list->source, n * sizeof(gnn_id));
    memcpy(ends[1], list->target, n * sizeof(gnn_id));
    if (weight != NULL) memcpy(weight, list->weight, n * sizeof(gnn_real));
    if (!list->weighted) options.keep_edge_index = false;
    status = gnn_i_graph_new_take(list->n_nodes, list->n, ends[0], ends[1], weight,
                                  &options, &graph);
    ends[0] = ends[1] = NULL;
    weight = NULL;
cleanup:
    gnn_i_free(ends[0]);
    gnn_i_free(ends[1]);
    gnn_i_free(weight);
    gnn_graph_free(graph);
    return status;
}

START_TEST(survives_failing_allocations) {
    for (int weighted = 0; weighted < 2; weighted++) {
        edge_list list = tidy_edges(4, weighted);
        ck_assert_int_gt(list.n, 10);
        ck_assert_int_gt(support_starve(take_body, &list), 4);
    }
}
END_TEST

TESTS("graph/build", 60, agrees_with_the_plain_builder,
      gives_the_same_bits_on_more_threads, makes_symmetric_weights, refuses_what_is_wrong,
      builds_graphs_without_arcs, survives_failing_allocations)
