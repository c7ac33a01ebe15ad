/* Graphs that change or borrow: assign, wrap, rows, batch; types of arcs. */
#include <math.h>

#include "core/alloc.h"
#include "graph/graph.h"
#include "graph_random.h"

/* ---- assign ---- */

typedef struct arcs {
    gnn_id n_nodes;
    int64_t n;
    gnn_id source[300], target[300];
    gnn_real weight[300];
} arcs;

static arcs random_arcs(uint64_t seed, gnn_id n_nodes, int64_t n) {
    arcs list = {.n_nodes = n_nodes, .n = n};
    for (uint64_t e = 0; e < (uint64_t)n; e++) {
        list.source[e] = (gnn_id)support_below(seed, 2 * e, n_nodes);
        list.target[e] = (gnn_id)support_below(seed, 2 * e + 1, n_nodes);
    }
    support_fill(list.weight, (size_t)n, seed);
    return list;
}

static const gnn_graph_options keep_all = {
    .directed = true, .duplicates = GNN_DUPLICATES_KEEP, .keep_edge_index = true};

START_TEST(assigns_as_it_builds) {
    gnn_graph *graph, *want;
    ck_assert_ok(gnn_graph_new(0, 0, NULL, NULL, NULL, &keep_all, &graph));
    for (uint64_t seed = 0; seed < 40; seed++) {
        arcs list = random_arcs(seed, (gnn_id)(1 + seed % 13), (int64_t)(seed * 7 % 300));
        const gnn_real *weight = seed % 3 ? list.weight : NULL;
        ck_assert_ok(gnn_graph_assign(graph, list.n_nodes, list.n, list.source,
                                      list.target, weight));
        ck_assert_ok(gnn_graph_new(list.n_nodes, list.n, list.source, list.target, weight,
                                   &keep_all, &want));
        check_invariants(graph);
        check_equal(graph, want);
        if (list.n > 0)
            ck_assert_same_bytes(gnn_graph_edge_index(graph), gnn_graph_edge_index(want),
                                 (size_t)list.n * sizeof(gnn_off));
        ck_assert(!gnn_graph_is_symmetric(graph));
        gnn_graph_free(want);
    }
    gnn_graph_free(graph);
}
END_TEST

/* Refused arcs, and allocations that fail, leave the graph and its views as they were. */
START_TEST(assigns_all_or_nothing) {
    arcs small = random_arcs(1, 9, 40), large = random_arcs(2, 60, 300), bad = large;
    bad.source[299] = 60;
    gnn_graph *graph, *copy;
    const gnn_i_gcn_weights *before, *after;
    ck_assert_ok(gnn_graph_new(9, 40, small.source, small.target, small.weight, &keep_all,
                               &graph));
    ck_assert_ok(
        gnn_graph_new(9, 40, small.source, small.target, small.weight, &keep_all, &copy));
    uint64_t stamp = gnn_graph_stamp(graph);
    ck_assert_ok(gnn_i_graph_gcn_weights(graph, true, &before));
    ck_assert_fails(gnn_graph_assign(graph, 60, 300, bad.source, bad.target, bad.weight),
                    GNN_ERR_INPUT, "edge 299: source id 60");
    int64_t k = 0;
    for (;; k++) {
        gnn_i_alloc_fail_after(k);
        gnn_status status =
            gnn_graph_assign(graph, 60, 300, large.source, large.target, large.weight);
        gnn_i_alloc_fail_after(-1);
        if (status == GNN_OK) break;
        ck_assert_int_eq(status, GNN_ERR_MEMORY);
        check_equal(graph, copy);
        ck_assert(gnn_graph_stamp(graph) == stamp);
        ck_assert_ok(gnn_i_graph_gcn_weights(graph, true, &after));
        ck_assert_ptr_eq(before, after);
    }
    ck_assert_int_gt(k, 1);
    ck_assert_int_eq(gnn_graph_n_arcs(graph), 300);
    gnn_graph_free(graph);
    gnn_graph_free(copy);
}
END_TEST

/* The transpose of a symmetric graph shares its arrays: where those move before a refill
 * fails, the view has to follow. */
static void check_transpose(const gnn_graph *graph) {
    const gnn_i_transpose *view;
    ck_assert_ok(gnn_i_graph_transpose(graph, &view));
    ck_assert_ptr_eq(view->csr.row_ptr, gnn_graph_csr(graph)->row_ptr);
    ck_assert_ptr_eq(view->csr.col, gnn_graph_csr(graph)->col);
}

START_TEST(views_follow_arrays_that_moved) {
    arcs large = random_arcs(2, 60, 300);
    gnn_graph *parts[2], *batch = NULL;
    for (unsigned i = 0; i < 2; i++)
        parts[i] = random_graph_new((random_graph){
            .n_nodes = (gnn_id)(9 + 300 * i), .n_edges = 40 + 900 * i, .seed = i});
    ck_assert_ok(gnn_graph_batch(1, (const gnn_graph *const *)parts, &batch));
    check_transpose(batch);
    check_transpose(parts[0]);
    gnn_status assigned = GNN_ERR_MEMORY, batched = GNN_ERR_MEMORY;
    for (int64_t k = 0; assigned != GNN_OK || batched != GNN_OK; k++) {
        gnn_i_alloc_fail_after(k);
        if (assigned != GNN_OK)
            assigned = gnn_graph_assign(parts[0], 60, 300, large.source, large.target,
                                        large.weight);
        gnn_i_alloc_fail_after(k);
        if (batched != GNN_OK)
            batched = gnn_graph_batch(1, (const gnn_graph *const *)parts + 1, &batch);
        gnn_i_alloc_fail_after(-1);
        if (assigned != GNN_OK) check_transpose(parts[0]);
        if (batched != GNN_OK) check_transpose(batch);
    }
    gnn_graph_free(batch);
    gnn_graph_free(parts[0]);
    gnn_graph_free(parts[1]);
}
END_TEST

/* ---- wrap ---- */

static gnn_status wrap(gnn_id n_rows, gnn_id n_cols, gnn_id offset,
                       const gnn_off *row_ptr, const gnn_id *col,
                       const gnn_real *weight) {
    gnn_graph *graph = NULL;
    gnn_csr csr = {n_rows, n_cols, row_ptr[n_rows], offset, row_ptr, col};
    gnn_status status = gnn_graph_wrap(&csr, weight, &graph);
    if (status != GNN_OK) ck_assert_ptr_null(graph);
    gnn_graph_free(graph);
    return status;
}

START_TEST(wraps_what_is_sound) {
    gnn_off ptr[] = {0, 2, 3}, odd[] = {1, 2, 3}, down[] = {0, 4, 3};
    gnn_id col[] = {0, 2, 1}, far[] = {0, 3, 1}, unsorted[] = {2, 0, 1};
    gnn_real weight[] = {1, 2, 3}, nan[] = {1, (gnn_real)NAN, 1};
    ck_assert_ok(wrap(2, 3, 0, ptr, col, weight));
    ck_assert_ok(wrap(2, 3, 1, ptr, col, NULL));
    ck_assert_fails(wrap(2, 3, 2, ptr, col, NULL), GNN_ERR_ARGUMENT, "targets 2..3");
    ck_assert_fails(wrap(2, 3, -1, ptr, col, NULL), GNN_ERR_ARGUMENT, "targets -1..0");
    ck_assert_fails(wrap(2, 3, 0, odd, col, NULL), GNN_ERR_ARGUMENT, "begin with 0");
    ck_assert_fails(wrap(2, 3, 0, down, col, NULL), GNN_ERR_INPUT, "descends at row 1");
    ck_assert_fails(wrap(2, 3, 0, ptr, far, NULL), GNN_ERR_INPUT, "arc 1: source 3");
    ck_assert_fails(wrap(2, 3, 0, ptr, unsorted, NULL), GNN_ERR_INPUT,
                    "row 0 do not ascend");
    ck_assert_fails(wrap(2, 3, 0, ptr, col, nan), GNN_ERR_INPUT, "arc 1: weight nan");
    ck_assert_fails(wrap(2, 3, 0, ptr, NULL, NULL), GNN_ERR_ARGUMENT, "without sources");
}
END_TEST

START_TEST(wraps_anew) {
    gnn_graph *a =
        random_graph_new((random_graph){.n_nodes = 9, .n_edges = 40, .seed = 1});
    gnn_graph *b = random_graph_new(
        (random_graph){.n_nodes = 7, .n_edges = 50, .seed = 2, .weighted = true});
    gnn_graph *wrapped = NULL;
    ck_assert_ok(gnn_graph_wrap(gnn_graph_csr(a), NULL, &wrapped));
    check_equal(wrapped, a);
    ck_assert(!gnn_graph_is_symmetric(wrapped));
    gnn_graph *first = wrapped;
    uint64_t stamp = gnn_graph_stamp(wrapped);
    ck_assert_ok(gnn_graph_wrap(gnn_graph_csr(b), gnn_graph_weight(b), &wrapped));
    ck_assert_ptr_eq(wrapped, first);
    check_equal(wrapped, b);
    ck_assert(gnn_graph_stamp(wrapped) != stamp);

    gnn_graph *other = a;
    ck_assert_fails(gnn_graph_wrap(gnn_graph_csr(b), NULL, &other), GNN_ERR_ARGUMENT,
                    "made another way");
    ck_assert_fails(gnn_graph_assign(wrapped, 0, 0, NULL, NULL, NULL), GNN_ERR_ARGUMENT,
                    "owns its arcs");
    gnn_graph_free(wrapped);
    gnn_graph_free(a);
    gnn_graph_free(b);
}
END_TEST

/* ---- rows ---- */

START_TEST(takes_rows) {
    gnn_graph *graph = random_graph_new((random_graph){
        .n_nodes = 20, .n_edges = 80, .seed = 3, .weighted = true, .typed = true});
    const gnn_csr *whole = gnn_graph_csr(graph);
    gnn_graph *range = NULL, *inner = NULL;
    int32_t n_types;
    for (gnn_id first = 0; first <= 20; first += 5)
        for (gnn_id count = 0; count <= 20 - first; count += 5) {
            ck_assert_ok(gnn_graph_rows(graph, first, count, &range));
            const gnn_csr *csr = gnn_graph_csr(range);
            check_invariants(range);
            ck_assert_int_eq(csr->n_rows, count);
            ck_assert_int_eq(csr->n_cols, 20);
            ck_assert_int_eq(csr->row_offset, first);
            ck_assert_ptr_eq(csr->col, whole->col);
            ck_assert_ptr_eq(csr->row_ptr, whole->row_ptr + first);
            ck_assert_ptr_eq(gnn_graph_weight(range), gnn_graph_weight(graph));
            ck_assert_ptr_nonnull(gnn_graph_arc_type(range, &n_types));
            ck_assert_int_eq(n_types, 5);
        }
    ck_assert_ok(gnn_graph_rows(graph, 5, 10, &range));
    gnn_graph *same = range;
    ck_assert_fails(gnn_graph_rows(range, 0, 2, &same), GNN_ERR_ARGUMENT, "the place of");
    ck_assert_ok(gnn_graph_rows(range, 2, 3, &inner));
    ck_assert_fails(gnn_graph_rows(inner, 0, 2, &same), GNN_ERR_ARGUMENT, "the place of");
    ck_assert_int_eq(gnn_graph_csr(inner)->row_offset, 7);
    ck_assert_ptr_eq(gnn_graph_csr(inner)->row_ptr, whole->row_ptr + 7);
    const gnn_i_gcn_weights *gcn, *all;
    ck_assert_ok(gnn_i_graph_gcn_weights(graph, true, &all));
    ck_assert_ok(gnn_i_graph_gcn_weights(inner, true, &gcn));
    ck_assert_ptr_eq(gcn->arc, all->arc + whole->row_ptr[7]);
    ck_assert_ptr_eq(gcn->diag, all->diag + 7);
    ck_assert_fails(gnn_graph_rows(graph, 15, 6, &range), GNN_ERR_ARGUMENT,
                    "rows 15..20");
    ck_assert_fails(gnn_graph_rows(graph, -1, 3, &range), GNN_ERR_ARGUMENT, "rows -1..1");
    ck_assert_fails(gnn_graph_arc_type_set(range, NULL, 2), GNN_ERR_ARGUMENT,
                    "whole graph");
    gnn_graph_free(inner);
    gnn_graph_free(range);
    gnn_graph_free(graph);
}
END_TEST

/* ---- types ---- */

START_TEST(keeps_types) {
    gnn_graph *graph =
        random_graph_new((random_graph){.n_nodes = 5, .n_edges = 9, .seed = 4});
    size_t n = (size_t)gnn_graph_n_arcs(graph);
    int32_t type[18] = {0}, n_types = 7;
    ck_assert_ptr_null(gnn_graph_arc_type(graph, &n_types));
    ck_assert_int_eq(n_types, 0);
    for (size_t a = 0; a < n; a++) type[a] = (int32_t)(a % 3);
    ck_assert_ok(gnn_graph_arc_type_set(graph, type, 3));
    ck_assert_same_bytes(gnn_graph_arc_type(graph, &n_types), type, n * sizeof *type);
    ck_assert_int_eq(n_types, 3);
    type[2] = 3;
    ck_assert_fails(gnn_graph_arc_type_set(graph, type, 3), GNN_ERR_INPUT,
                    "arc 2: type 3 is outside 0..2");
    type[2] = -1;
    ck_assert_fails(gnn_graph_arc_type_set(graph, type, 3), GNN_ERR_INPUT, "type -1");
    ck_assert_ok(gnn_graph_assign(graph, 1, 0, NULL, NULL, NULL));
    ck_assert_ptr_null(gnn_graph_arc_type(graph, &n_types));
    gnn_graph_free(graph);
}
END_TEST

/* ---- batch ---- */

enum { N_PARTS = 5 };

static void make_parts(gnn_graph **parts, bool directed, bool typed) {
    for (unsigned i = 0; i < N_PARTS; i++)
        parts[i] = random_graph_new((random_graph){.n_nodes = (gnn_id)(1 + 3 * i),
                                                   .n_edges = 5 * i,
                                                   .seed = i,
                                                   .directed = directed && i == 2,
                                                   .weighted = i % 2,
                                                   .typed = typed});
}

static void check_batch(const gnn_graph *batch, gnn_graph *const *parts) {
    const gnn_csr *csr = gnn_graph_csr(batch);
    int64_t n_graphs;
    const gnn_id *ptr = gnn_graph_ptr(batch, &n_graphs);
    ck_assert_int_eq(n_graphs, N_PARTS);
    check_invariants(batch);
    gnn_off a = 0;
    gnn_id node = 0;
    for (int i = 0; i < N_PARTS; i++) {
        const gnn_csr *part = gnn_graph_csr(parts[i]);
        ck_assert_int_eq(ptr[i], node);
        for (gnn_id r = 0; r < part->n_rows; r++) {
            ck_assert_int_eq(csr->row_ptr[node + r], a);
            for (gnn_off b = part->row_ptr[r]; b < part->row_ptr[r + 1]; a++, b++) {
                int32_t n_types;
                ck_assert_int_eq(csr->col[a], node + part->col[b]);
                ck_assert(arc_weight(batch, a) == arc_weight(parts[i], b));
                if (gnn_graph_arc_type(batch, &n_types) != NULL)
                    ck_assert_int_eq(gnn_graph_arc_type(batch, &n_types)[a],
                                     gnn_graph_arc_type(parts[i], &n_types)[b]);
            }
        }
        node += part->n_rows;
    }
    ck_assert_int_eq(ptr[N_PARTS], node);
    ck_assert_int_eq(csr->n_rows, node);
    ck_assert_int_eq(csr->n_arcs, a);
}

START_TEST(batches) {
    gnn_graph *batch = NULL;
    for (int bits = 0; bits < 4; bits++) {
        gnn_graph *parts[N_PARTS];
        make_parts(parts, bits & 1, bits & 2);
        ck_assert_ok(gnn_graph_batch(N_PARTS, (const gnn_graph *const *)parts, &batch));
        check_batch(batch, parts);
        ck_assert_int_eq(gnn_graph_is_symmetric(batch), !(bits & 1));
        int32_t n_types;
        ck_assert_int_eq(gnn_graph_arc_type(batch, &n_types) != NULL, (bits & 2) != 0);
        for (int i = 0; i < N_PARTS; i++) gnn_graph_free(parts[i]);
    }
    gnn_graph_free(batch);
}
END_TEST

START_TEST(batches_batches_and_nothing) {
    gnn_graph *a =
        random_graph_new((random_graph){.n_nodes = 3, .n_edges = 4, .seed = 1});
    gnn_graph *b =
        random_graph_new((random_graph){.n_nodes = 5, .n_edges = 9, .seed = 2});
    const gnn_graph *pair[] = {a, b};
    gnn_graph *inner = NULL, *outer = NULL, *range = NULL;
    int64_t n;
    ck_assert_ok(gnn_graph_batch(2, pair, &inner));
    const gnn_graph *nested[] = {b, inner};
    ck_assert_ok(gnn_graph_batch(2, nested, &outer));
    const gnn_id want[] = {0, 5, 8, 13};
    ck_assert_same_bytes(gnn_graph_ptr(outer, &n), want, sizeof want);
    ck_assert_int_eq(n, 3);
    ck_assert_ok(gnn_graph_batch(0, NULL, &outer));
    ck_assert_int_eq(gnn_graph_n_nodes(outer), 0);
    gnn_graph_ptr(outer, &n);
    ck_assert_int_eq(n, 0);

    ck_assert_ok(gnn_graph_rows(a, 0, 2, &range));
    const gnn_graph *flat[] = {a, range};
    ck_assert_fails(gnn_graph_batch(2, flat, &outer), GNN_ERR_SHAPE,
                    "graph 1 of a batch");
    ck_assert_fails(gnn_graph_batch(2, pair, &a), GNN_ERR_ARGUMENT, "made another way");
    int32_t type[32] = {0};
    ck_assert_ok(gnn_graph_arc_type_set(a, type, 1));
    ck_assert_fails(gnn_graph_batch(2, pair, &outer), GNN_ERR_ARGUMENT,
                    "graph 1 of a batch");
    gnn_graph_free(range);
    gnn_graph_free(inner);
    gnn_graph_free(outer);
    gnn_graph_free(a);
    gnn_graph_free(b);
}
END_TEST

static gnn_status batch_body(void *argument) {
    gnn_graph *batch = NULL;
    gnn_status status = gnn_graph_batch(N_PARTS, argument, &batch);
    gnn_graph_free(batch);
    return status;
}

START_TEST(survives_failing_allocations) {
    gnn_graph *parts[N_PARTS];
    make_parts(parts, false, true);
    ck_assert_int_gt(support_starve(batch_body, parts), 5);

    /* A batch that is refilled stays what it was, too. */
    gnn_graph *batch = NULL, *before = NULL;
    ck_assert_ok(gnn_graph_batch(2, (const gnn_graph *const *)parts, &batch));
    ck_assert_ok(gnn_graph_batch(2, (const gnn_graph *const *)parts, &before));
    for (int64_t k = 0;; k++) {
        gnn_i_alloc_fail_after(k);
        gnn_status status =
            gnn_graph_batch(N_PARTS, (const gnn_graph *const *)parts, &batch);
        gnn_i_alloc_fail_after(-1);
        if (status == GNN_OK) break;
        check_equal(batch, before);
    }
    check_batch(batch, parts);
    gnn_graph_free(batch);
    gnn_graph_free(before);
    for (int i = 0; i < N_PARTS; i++) gnn_graph_free(parts[i]);
}
END_TEST

TESTS("graph/refill", 20, assigns_as_it_builds, assigns_all_or_nothing,
      views_follow_arrays_that_moved, wraps_what_is_sound, wraps_anew, takes_rows,
      keeps_types, batches, batches_batches_and_nothing, survives_failing_allocations)
