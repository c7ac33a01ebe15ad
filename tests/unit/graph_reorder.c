/* Nodes called otherwise: reordering against the definition, and reverse
 * Cuthill-McKee. */
#include "core/alloc.h"
#include "graph_random.h"

static void shuffled(gnn_id *order, gnn_id n, uint64_t seed) {
    for (gnn_id v = 0; v < n; v++) order[v] = v;
    for (gnn_id v = n - 1; v > 0; v--) {
        gnn_id other = (gnn_id)support_below(seed, (uint64_t)v, v + 1), held = order[v];
        order[v] = order[other];
        order[other] = held;
    }
}

static void check_permutation(const gnn_id *order, gnn_id n) {
    char *seen = calloc((size_t)n + 1, 1);
    for (gnn_id v = 0; v < n; v++) {
        ck_assert(order[v] >= 0 && order[v] < n);
        ck_assert_int_eq(seen[order[v]]++, 0);
    }
    free(seen);
}

/* Going to new names and back by the inverse gives the same bits; an arc keeps its
 * data. */
START_TEST(moves_arcs_along) {
    for (unsigned bits = 0; bits < 8; bits++) {
        enum { N = 40 };
        gnn_id order[N], inverse[N];
        gnn_graph *graph = random_graph_new((random_graph){.n_nodes = N,
                                                           .n_edges = 150,
                                                           .seed = bits,
                                                           .directed = bits & 1,
                                                           .weighted = bits & 2,
                                                           .typed = bits & 4});
        gnn_graph *there, *back;
        shuffled(order, N, bits);
        for (gnn_id v = 0; v < N; v++) inverse[order[v]] = v;
        ck_assert_ok(gnn_graph_reorder(graph, order, &there));
        check_invariants(there);
        ck_assert_int_eq(gnn_graph_is_symmetric(there), !(bits & 1));
        const gnn_csr *old = gnn_graph_csr(graph), *new = gnn_graph_csr(there);
        for (gnn_id v = 0; v < N; v++)
            for (gnn_off a = old->row_ptr[v]; a < old->row_ptr[v + 1]; a++) {
                gnn_off b = new->row_ptr[order[v]];
                while (new->col[b] != order[old->col[a]]) b++;
                ck_assert_int_lt(b, new->row_ptr[order[v] + 1]);
                ck_assert(arc_weight(graph, a) == arc_weight(there, b));
            }
        ck_assert_ok(gnn_graph_reorder(there, inverse, &back));
        check_equal(back, graph);
        gnn_graph_free(back);
        gnn_graph_free(there);
        gnn_graph_free(graph);
    }
}
END_TEST

START_TEST(moves_edge_numbers_along) {
    gnn_id source[] = {0, 1, 2, 0}, target[] = {1, 2, 3, 3}, order[] = {2, 0, 3, 1};
    gnn_graph_options options = {.keep_edge_index = true};
    gnn_graph *graph, *moved;
    ck_assert_ok(gnn_graph_new(4, 4, source, target, NULL, &options, &graph));
    ck_assert_ok(gnn_graph_reorder(graph, order, &moved));
    const gnn_csr *csr = gnn_graph_csr(moved);
    for (gnn_off a = 0; a < csr->n_arcs; a++) {
        gnn_off e = gnn_graph_edge_index(moved)[a];
        gnn_id r = row_of_arc(csr, a), c = csr->col[a];
        gnn_id u = order[source[e]], v = order[target[e]];
        ck_assert((r == u && c == v) || (r == v && c == u));
    }
    gnn_graph_free(graph);
    gnn_graph_free(moved);
}
END_TEST

START_TEST(refuses_what_is_no_order) {
    gnn_graph *graph =
        random_graph_new((random_graph){.n_nodes = 3, .n_edges = 4, .seed = 1});
    gnn_graph *out, *range = NULL, *batch = NULL;
    gnn_id twice[] = {0, 1, 1}, far[] = {0, 1, 3}, fine[] = {0, 1, 2};
    ck_assert_fails(gnn_graph_reorder(graph, twice, &out), GNN_ERR_ARGUMENT,
                    "nodes 1 and 2 have the place 1");
    ck_assert_ptr_null(out);
    ck_assert_fails(gnn_graph_reorder(graph, far, &out), GNN_ERR_ARGUMENT,
                    "place 3 of node 2");
    ck_assert_ok(gnn_graph_rows(graph, 0, 2, &range));
    ck_assert_fails(gnn_graph_reorder(range, fine, &out), GNN_ERR_SHAPE, "square");
    ck_assert_fails(gnn_graph_order_rcm(range, far), GNN_ERR_SHAPE, "square");
    const gnn_graph *one[] = {graph};
    ck_assert_ok(gnn_graph_batch(1, one, &batch));
    ck_assert_fails(gnn_graph_reorder(batch, fine, &out), GNN_ERR_UNSUPPORTED, "batch");
    gnn_graph_free(batch);
    gnn_graph_free(range);
    gnn_graph_free(graph);
}
END_TEST

/* ---- reverse Cuthill-McKee ---- */

/* A w x h grid whose nodes have been given random names. */
static gnn_graph *shuffled_grid(gnn_id w, gnn_id h, bool directed) {
    gnn_id n = w * h;
    int64_t m = 0;
    gnn_id *name = malloc((size_t)n * sizeof *name);
    gnn_id *source = malloc((size_t)n * 2 * sizeof *source);
    gnn_id *target = malloc((size_t)n * 2 * sizeof *target);
    shuffled(name, n, 5);
    for (gnn_id y = 0; y < h; y++)
        for (gnn_id x = 0; x < w; x++) {
            if (x + 1 < w) {
                source[m] = name[y * w + x];
                target[m++] = name[y * w + x + 1];
            }
            if (y + 1 < h) {
                source[m] = name[y * w + x];
                target[m++] = name[(y + 1) * w + x];
            }
        }
    gnn_graph *graph;
    gnn_graph_options options = {.directed = directed};
    ck_assert_ok(gnn_graph_new(n, m, source, target, NULL, &options, &graph));
    free(name);
    free(source);
    free(target);
    return graph;
}

static gnn_id bandwidth(const gnn_graph *graph, const gnn_id *order) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    gnn_id most = 0;
    for (gnn_id r = 0; r < csr->n_rows; r++)
        for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++) {
            gnn_id reach = abs(order[r] - order[csr->col[a]]);
            if (reach > most) most = reach;
        }
    return most;
}

/* A w x h grid has bandwidth min(w, h); breadth first from a corner has it too. */
START_TEST(finds_the_band_of_a_grid) {
    enum { W = 40, H = 12, N = W * H };
    for (int directed = 0; directed < 2; directed++) {
        gnn_graph *graph = shuffled_grid(W, H, directed);
        gnn_id order[N], identity[N];
        for (gnn_id v = 0; v < N; v++) identity[v] = v;
        ck_assert_int_gt(bandwidth(graph, identity), N / 2);
        ck_assert_ok(gnn_graph_order_rcm(graph, order));
        check_permutation(order, N);
        ck_assert_int_le(bandwidth(graph, order), H + 1);
        gnn_graph_free(graph);
    }
}
END_TEST

START_TEST(orders_any_graph) {
    for (unsigned seed = 0; seed < 30; seed++) {
        gnn_id order[60];
        gnn_graph *graph =
            random_graph_new((random_graph){.n_nodes = (gnn_id)(2 * seed + 1),
                                            .n_edges = seed * 2,
                                            .seed = seed,
                                            .directed = seed % 2,
                                            .skewed = seed % 3 == 0});
        ck_assert_ok(gnn_graph_order_rcm(graph, order));
        check_permutation(order, (gnn_id)(2 * seed + 1));
        gnn_graph_free(graph);
    }
    gnn_graph *empty;
    ck_assert_ok(gnn_graph_new(0, 0, NULL, NULL, NULL, NULL, &empty));
    ck_assert_ok(gnn_graph_order_rcm(empty, NULL));
    gnn_graph_free(empty);
}
END_TEST

static gnn_status reorder_body(void *argument) {
    gnn_graph *graph = argument, *moved = NULL, *own = NULL;
    gnn_id order[20];
    gnn_status status;
    /* A wrapped graph has no transpose yet. */
    GNN_TRY(gnn_graph_wrap(gnn_graph_csr(graph), gnn_graph_weight(graph), &own));
    GNN_TRY(gnn_graph_order_rcm(own, order));
    status = gnn_graph_reorder(graph, order, &moved);
cleanup:
    gnn_graph_free(moved);
    gnn_graph_free(own);
    return status;
}

START_TEST(survives_failing_allocations) {
    gnn_graph *graph = random_graph_new((random_graph){
        .n_nodes = 20, .n_edges = 50, .seed = 1, .weighted = true, .typed = true});
    ck_assert_int_gt(support_starve(reorder_body, graph), 12);
    gnn_graph_free(graph);
}
END_TEST

TESTS("graph/reorder", 20, moves_arcs_along, moves_edge_numbers_along,
      refuses_what_is_no_order, finds_the_band_of_a_grid, orders_any_graph,
      survives_failing_allocations)
