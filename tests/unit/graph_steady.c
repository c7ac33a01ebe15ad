/* Graphs that change from step to step allocate nothing once the largest was seen, and
 * nor do their views. */
#include "graph/graph.h"
#include "graph_random.h"
#include "support/interpose.h"

/* Every view that a training step may ask for. No assertions here: Check allocates. */
static bool touch_views(const gnn_graph *graph) {
    const gnn_i_transpose *transpose;
    const gnn_i_gcn_weights *gcn;
    const gnn_real *weight;
    return gnn_i_graph_transpose(graph, &transpose) == GNN_OK &&
           gnn_i_graph_transpose_pattern(graph, &transpose) == GNN_OK &&
           gnn_i_graph_gcn_weights(graph, true, &gcn) == GNN_OK &&
           gnn_i_graph_gcn_weights(graph, false, &gcn) == GNN_OK &&
           gnn_i_graph_gcn_transpose(graph, true, &weight) == GNN_OK &&
           gnn_i_graph_inverse_degree(graph, &weight) == GNN_OK &&
           gnn_i_graph_transpose_weight(graph, &weight) == GNN_OK;
}

enum { N = 400, ARCS = 3000, STEPS = 6 };

typedef struct arcs {
    gnn_id source[ARCS], target[ARCS];
    gnn_real weight[ARCS];
    int32_t type[ARCS];
} arcs;

static arcs random_arcs(void) {
    arcs list;
    for (uint64_t e = 0; e < ARCS; e++) {
        list.source[e] = (gnn_id)support_below(1, e, N / 2);
        list.target[e] = (gnn_id)support_below(2, e, N / 2);
        list.weight[e] = (gnn_real)(1 + support_below(3, e, 5));
        list.type[e] = (int32_t)(e % 3);
    }
    return list;
}

/* The first step is the largest. */
static int64_t arcs_of_step(int step) {
    return ARCS - 300 * step;
}

START_TEST(assign) {
    arcs list = random_arcs();
    gnn_graph *graph;
    gnn_graph_options options = {.keep_edge_index = true};
    ck_assert_ok(gnn_graph_new(0, 0, NULL, NULL, NULL, &options, &graph));
    int64_t before = 0;
    bool fine = true;
    for (int step = 0; step < STEPS; step++) {
        if (step == 1) before = support_allocations();
        int64_t n = arcs_of_step(step);
        fine &= gnn_graph_assign(graph, N - step, n, list.source, list.target,
                                 step % 2 ? NULL : list.weight) == GNN_OK;
        fine &= gnn_graph_arc_type_set(graph, list.type, 3) == GNN_OK;
        fine &= touch_views(graph);
    }
    int64_t after = support_allocations();
    ck_assert(fine);
    ck_assert_int_eq(after - before, 0);
    gnn_graph_free(graph);
}
END_TEST

START_TEST(wrap) {
    gnn_graph *part[STEPS], *graph = NULL;
    for (unsigned i = 0; i < STEPS; i++)
        part[i] = random_graph_new((random_graph){
            .n_nodes = N, .n_edges = arcs_of_step((int)i), .seed = i, .weighted = true});
    int64_t before = 0;
    bool fine = true;
    for (int step = 0; step < STEPS; step++) {
        if (step == 1) before = support_allocations();
        fine &= gnn_graph_wrap(gnn_graph_csr(part[step]), gnn_graph_weight(part[step]),
                               &graph) == GNN_OK;
        fine &= touch_views(graph);
    }
    int64_t after = support_allocations();
    ck_assert(fine);
    ck_assert_int_eq(after - before, 0);
    gnn_graph_free(graph);
    for (int i = 0; i < STEPS; i++) gnn_graph_free(part[i]);
}
END_TEST

START_TEST(rows) {
    gnn_graph *range = NULL,
              *graph = random_graph_new((random_graph){
                  .n_nodes = N, .n_edges = ARCS, .seed = 1, .weighted = true});
    int64_t before = 0;
    bool fine = true;
    for (gnn_id step = 0; step < STEPS; step++) {
        if (step == 1) before = support_allocations();
        fine &= gnn_graph_rows(graph, 10 * step, N - 20 * step, &range) == GNN_OK;
        fine &= touch_views(range);
    }
    int64_t after = support_allocations();
    ck_assert(fine);
    ck_assert_int_eq(after - before, 0);
    gnn_graph_free(range);
    gnn_graph_free(graph);
}
END_TEST

START_TEST(batch) {
    gnn_graph *part[STEPS], *graph = NULL;
    for (unsigned i = 0; i < STEPS; i++)
        part[i] = random_graph_new((random_graph){.n_nodes = 20,
                                                  .n_edges = 50,
                                                  .seed = i,
                                                  .directed = i == 0,
                                                  .weighted = i == 0,
                                                  .typed = true});
    int64_t before = 0;
    bool fine = true;
    for (int step = 0; step < STEPS; step++) {
        if (step == 2) before = support_allocations();
        const gnn_graph *const *from = (const gnn_graph *const *)part;
        fine &= gnn_graph_batch(STEPS - step / 2, from, &graph) == GNN_OK;
        fine &= touch_views(graph);
    }
    int64_t after = support_allocations();
    ck_assert(fine);
    ck_assert_int_eq(after - before, 0);
    gnn_graph_free(graph);
    for (int i = 0; i < STEPS; i++) gnn_graph_free(part[i]);
}
END_TEST

static void check_sampler(int n_threads) {
    enum { BIG = 20000, SEEDS = 800, HOPS = 2 };
    static const int fanout[HOPS] = {10, 5};
    gnn_graph *graph = random_graph_new((random_graph){.n_nodes = BIG,
                                                       .n_edges = 200000,
                                                       .seed = 1,
                                                       .weighted = true,
                                                       .typed = true,
                                                       .skewed = true}),
              *block[HOPS];
    gnn_sampler *sampler;
    gnn_id seeds[SEEDS];
    const gnn_id *node;
    int64_t n_nodes, before = 0;
    bool fine = true;
    ck_assert_ok(gnn_sampler_new(graph, HOPS, fanout, n_threads, &sampler));
    for (int step = 0; step < STEPS; step++) {
        if (step == 1) before = support_allocations();
        for (gnn_id i = 0; i < SEEDS; i++) seeds[i] = (i * 25 + step) % BIG;
        fine &= gnn_sampler_draw(sampler, SEEDS - 50 * step, seeds, 1, (uint64_t)step,
                                 block, &node, &n_nodes) == GNN_OK;
        for (int hop = 0; hop < HOPS; hop++) fine &= touch_views(block[hop]);
    }
    int64_t after = support_allocations();
    ck_assert(fine);
    ck_assert_int_eq(after - before, 0);
    gnn_sampler_free(sampler);
    gnn_graph_free(graph);
}

START_TEST(sampler) {
    check_sampler(1);
}
END_TEST

START_TEST(sampler_on_two_threads) {
    check_sampler(2);
}
END_TEST

TESTS("graph/steady", 20, assign, wrap, rows, batch, sampler, sampler_on_two_threads)
