/* What has to hold between graphs, whatever they are: relations that need no oracle. */
#include "../unit/graph_random.h"
#include "graph/graph.h"

enum { N = 300, EDGES = 2000, N_SEEDS = 8 };

typedef struct edge_list {
    gnn_id source[2 * EDGES], target[2 * EDGES];
    gnn_real weight[2 * EDGES];
} edge_list;

/* Pairs with quarters for weights, whose sums are exact in any order. */
static void random_edges(uint64_t seed, edge_list *list) {
    for (uint64_t e = 0; e < EDGES; e++) {
        list->source[e] = (gnn_id)support_below(seed, 3 * e, N);
        list->target[e] = (gnn_id)support_below(seed, 3 * e + 1, N);
        list->weight[e] = (gnn_real)(1 + support_below(seed, 3 * e + 2, 9)) / 4;
    }
}

static gnn_graph *build(const edge_list *list, int64_t n, bool weighted, bool directed,
                        gnn_duplicates duplicates) {
    gnn_graph *graph;
    gnn_graph_options options = {.directed = directed, .duplicates = duplicates};
    ck_assert_ok(gnn_graph_new(N, n, list->source, list->target,
                               weighted ? list->weight : NULL, &options, &graph));
    check_invariants(graph);
    return graph;
}

/* The order of the edges does not matter. */
START_TEST(edges_in_any_order_give_the_same_graph) {
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        edge_list list, turned;
        random_edges(seed, &list);
        for (int e = 0; e < EDGES; e++) {
            turned.source[e] = list.source[EDGES - 1 - e];
            turned.target[e] = list.target[EDGES - 1 - e];
            turned.weight[e] = list.weight[EDGES - 1 - e];
        }
        bool weighted = seed & 1, directed = seed & 2;
        gnn_duplicates rule = weighted ? GNN_DUPLICATES_SUM : GNN_DUPLICATES_AUTO;
        gnn_graph *a = build(&list, EDGES, weighted, directed, rule);
        gnn_graph *b = build(&turned, EDGES, weighted, directed, rule);
        check_equal(a, b);
        gnn_graph_free(a);
        gnn_graph_free(b);
    }
}
END_TEST

/* An undirected file may list each pair once or twice: the graph is the same. */
START_TEST(pairs_listed_both_ways_count_once) {
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        edge_list list;
        random_edges(seed, &list);
        bool weighted = seed & 1;
        /* The distinct pairs, in one direction. */
        gnn_graph *once = build(&list, EDGES, weighted, false, GNN_DUPLICATES_SUM);
        const gnn_csr *csr = gnn_graph_csr(once);
        int64_t n = 0;
        for (gnn_id r = 0; r < N; r++)
            for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++)
                if (csr->col[a] <= r) {
                    list.source[n] = csr->col[a];
                    list.target[n] = r;
                    list.weight[n++] = gnn_graph_weight(once)[a];
                }
        gnn_graph *single = build(&list, n, weighted, false, GNN_DUPLICATES_AUTO);
        int64_t m = n;
        for (int64_t e = 0; e < n; e++) {
            if (list.source[e] == list.target[e]) continue;
            list.source[m] = list.target[e];
            list.target[m] = list.source[e];
            list.weight[m++] = list.weight[e];
        }
        gnn_graph *both = build(&list, m, weighted, false, GNN_DUPLICATES_AUTO);
        check_equal(single, both);
        gnn_graph_free(single);
        gnn_graph_free(both);
        gnn_graph_free(once);
    }
}
END_TEST

/* Undirected graphs equal their transpose; directed ones are the transpose of theirs. */
START_TEST(transposes_twice) {
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        edge_list list;
        random_edges(seed, &list);
        gnn_graph *graph = build(&list, EDGES, true, seed & 2,
                                 seed & 4 ? GNN_DUPLICATES_KEEP : GNN_DUPLICATES_SUM);
        gnn_graph *turned = NULL, *back = NULL;
        const gnn_i_transpose *transpose;
        const gnn_real *weight;
        ck_assert_ok(gnn_i_graph_transpose(graph, &transpose));
        ck_assert_ok(gnn_i_graph_transpose_weight(graph, &weight));
        ck_assert_ok(gnn_graph_wrap(&transpose->csr, weight, &turned));
        ck_assert_ok(gnn_i_graph_transpose(turned, &transpose));
        ck_assert_ok(gnn_i_graph_transpose_weight(turned, &weight));
        ck_assert_ok(gnn_graph_wrap(&transpose->csr, weight, &back));
        check_equal(back, graph);
        if (gnn_graph_is_symmetric(graph)) check_equal(turned, graph);
        gnn_graph_free(back);
        gnn_graph_free(turned);
        gnn_graph_free(graph);
    }
}
END_TEST

/* A sample of all neighbours of all nodes is the graph, with its GCN weights. */
START_TEST(sampling_everything_gives_the_graph) {
    for (uint64_t seed = 0; seed < N_SEEDS; seed++) {
        edge_list list;
        random_edges(seed, &list);
        gnn_graph *graph = build(&list, EDGES, seed & 1, seed & 2, GNN_DUPLICATES_SUM);
        gnn_graph *block;
        gnn_sampler *sampler;
        gnn_id all[N];
        const gnn_id *node;
        int64_t n_nodes;
        int fanout = -1;
        for (gnn_id v = 0; v < N; v++) all[v] = v;
        ck_assert_ok(gnn_sampler_new(graph, 1, &fanout, 2, &sampler));
        ck_assert_ok(gnn_sampler_draw(sampler, N, all, 1, 1, &block, &node, &n_nodes));
        ck_assert_int_eq(n_nodes, N);
        check_equal(block, graph);
        const gnn_i_gcn_weights *a, *b;
        ck_assert_ok(gnn_i_graph_gcn_weights(graph, true, &a));
        ck_assert_ok(gnn_i_graph_gcn_weights(block, true, &b));
        size_t n = (size_t)gnn_graph_n_arcs(graph);
        ck_assert_same_bytes(a->arc, b->arc, n * sizeof(gnn_real));
        ck_assert_same_bytes(a->diag, b->diag, N * sizeof(gnn_real));
        gnn_sampler_free(sampler);
        gnn_graph_free(graph);
    }
}
END_TEST

/* Rows cut from a batch at its graphs are the graphs. */
START_TEST(rows_of_a_batch_are_its_graphs) {
    enum { PARTS = 6 };
    gnn_graph *part[PARTS], *batch = NULL, *range = NULL;
    for (unsigned i = 0; i < PARTS; i++)
        part[i] = random_graph_new((random_graph){.n_nodes = (gnn_id)(5 + i),
                                                  .n_edges = 20,
                                                  .seed = i,
                                                  .weighted = true,
                                                  .directed = i % 2});
    ck_assert_ok(gnn_graph_batch(PARTS, (const gnn_graph *const *)part, &batch));
    int64_t n;
    const gnn_id *ptr = gnn_graph_ptr(batch, &n);
    const gnn_real *whole, *own;
    for (int i = 0; i < PARTS; i++) {
        ck_assert_ok(gnn_graph_rows(batch, ptr[i], ptr[i + 1] - ptr[i], &range));
        const gnn_csr *a = gnn_graph_csr(range), *b = gnn_graph_csr(part[i]);
        ck_assert_int_eq(a->n_arcs, b->n_arcs);
        for (gnn_off k = 0; k < a->n_arcs; k++)
            ck_assert_int_eq(a->col[a->row_ptr[0] + k] - ptr[i], b->col[k]);
        ck_assert_ok(gnn_i_graph_inverse_degree(range, &whole));
        ck_assert_ok(gnn_i_graph_inverse_degree(part[i], &own));
        ck_assert_same_bytes(whole, own, (size_t)b->n_rows * sizeof(gnn_real));
    }
    gnn_graph_free(range);
    gnn_graph_free(batch);
    for (int i = 0; i < PARTS; i++) gnn_graph_free(part[i]);
}
END_TEST

TESTS("graph/relations", 20, edges_in_any_order_give_the_same_graph,
      pairs_listed_both_ways_count_once, transposes_twice,
      sampling_everything_gives_the_graph, rows_of_a_batch_are_its_graphs)
