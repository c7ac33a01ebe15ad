/* Cached views: transposes and GCN weights against plain loops over dense matrices;
 * slots; the same bits on any number of threads; ranges of rows. */
#include <math.h>
#include <pthread.h>

#include "core/alloc.h"
#include "graph/storage.h"
#include "graph_random.h"

/* A graph with or without everything, from the bits of i. */
static gnn_graph *graph_number(unsigned i, gnn_id n, int64_t edges, int n_threads) {
    return random_graph_new(
        (random_graph){.n_nodes = n,
                       .n_edges = edges,
                       .seed = i,
                       .directed = i & 1,
                       .weighted = i & 2,
                       .skewed = i & 4,
                       .duplicates = i & 8 ? GNN_DUPLICATES_KEEP : GNN_DUPLICATES_AUTO,
                       .n_threads = n_threads});
}
enum { N_KINDS = 16 };

/* ---- transposes ---- */

/* Rows of the transpose list each arc once, in order, under its source. */
static void check_transpose(const gnn_graph *graph) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    const gnn_i_transpose *transpose;
    ck_assert_ok(gnn_i_graph_transpose(graph, &transpose));
    const gnn_csr *t = &transpose->csr;
    ck_assert_int_eq(t->n_rows, csr->n_cols);
    ck_assert_int_eq(t->n_cols, csr->n_rows);
    ck_assert_int_eq(t->n_arcs, csr->n_arcs);
    ck_assert_int_eq(t->row_offset, -csr->row_offset);
    ck_assert_int_eq(t->row_ptr[0], 0);
    gnn_off k = 0;
    for (gnn_id s = 0; s < csr->n_cols; s++) {
        ck_assert_int_eq(t->row_ptr[s], k);
        for (gnn_id r = 0; r < csr->n_rows; r++)
            for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++) {
                if (csr->col[a] != s) continue;
                ck_assert_int_eq(t->col[k], r);
                ck_assert_int_eq(transpose->arc[k], a - csr->row_ptr[0]);
                k++;
            }
    }
    ck_assert_int_eq(t->row_ptr[csr->n_cols], k);
}

static void check_transpose_weights(const gnn_graph *graph) {
    const gnn_i_transpose *transpose;
    const gnn_real *weight, *permuted;
    gnn_off origin = gnn_graph_csr(graph)->row_ptr[0], n = gnn_graph_n_arcs(graph);
    ck_assert_ok(gnn_i_graph_transpose(graph, &transpose));
    ck_assert_ok(gnn_i_graph_transpose_weight(graph, &permuted));
    weight = gnn_graph_weight(graph);
    ck_assert_int_eq(permuted != NULL, weight != NULL);
    for (gnn_off k = 0; weight != NULL && k < n; k++)
        ck_assert(permuted[k] == weight[origin + transpose->arc[k]]);

    const gnn_i_gcn_weights *gcn;
    for (int loops = 0; loops < 2; loops++) {
        ck_assert_ok(gnn_i_graph_gcn_weights(graph, loops, &gcn));
        ck_assert_ok(gnn_i_graph_gcn_transpose(graph, loops, &permuted));
        for (gnn_off k = 0; k < n; k++)
            ck_assert(permuted[k] == gcn->arc[transpose->arc[k]]);
    }
}

START_TEST(transposes) {
    for (unsigned i = 0; i < N_KINDS; i++) {
        gnn_graph *graph = graph_number(i, 30, 100, 1), *range = NULL;
        const gnn_i_transpose *pattern;
        check_transpose(graph);
        check_transpose_weights(graph);
        ck_assert_ok(gnn_i_graph_transpose_pattern(graph, &pattern));
        if (gnn_graph_is_symmetric(graph)) {
            ck_assert_ptr_eq(pattern->csr.col, gnn_graph_csr(graph)->col);
            ck_assert_ptr_null(pattern->arc);
        } else {
            ck_assert_ptr_nonnull(pattern->arc);
        }
        for (gnn_id first = 0; first < 30; first += 7) {
            ck_assert_ok(gnn_graph_rows(graph, first, first == 28 ? 2 : 7, &range));
            ck_assert(!gnn_graph_is_symmetric(range));
            check_transpose(range);
            check_transpose_weights(range);
        }
        gnn_graph_free(range);
        gnn_graph_free(graph);
    }
}
END_TEST

/* ---- GCN weights ---- */

/* The dense D^-1/2 (A + I) D^-1/2 or without I. */
static void dense_gcn(const gnn_graph *graph, bool loops, double *dense) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    gnn_id n = csr->n_rows;
    double degree[64] = {0};
    memset(dense, 0, (size_t)n * (size_t)n * sizeof *dense);
    for (gnn_id r = 0; r < n; r++) {
        for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++)
            dense[r * n + csr->col[a]] += arc_weight(graph, a);
        if (loops) dense[r * n + r] += 1;
        for (gnn_id c = 0; c < n; c++) degree[r] += dense[r * n + c];
    }
    for (gnn_id r = 0; r < n; r++)
        for (gnn_id c = 0; c < n; c++)
            dense[r * n + c] *= degree[r] > 0 && degree[c] > 0
                                    ? 1 / sqrt(degree[r]) / sqrt(degree[c])
                                    : 0;
}

/* What a layer would apply, as a dense matrix of these rows. */
static void dense_of_view(const gnn_graph *graph, bool loops, double *dense) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    const gnn_i_gcn_weights *gcn;
    ck_assert_ok(gnn_i_graph_gcn_weights(graph, loops, &gcn));
    ck_assert_int_eq(gcn->diag != NULL, loops);
    memset(dense, 0, (size_t)csr->n_rows * (size_t)csr->n_cols * sizeof *dense);
    for (gnn_id r = 0; r < csr->n_rows; r++) {
        double *row = dense + (gnn_off)r * csr->n_cols;
        for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++)
            row[csr->col[a]] += (double)gcn->arc[a - csr->row_ptr[0]];
        if (loops) row[csr->row_offset + r] += (double)gcn->diag[r];
    }
}

START_TEST(normalises_as_gcn_does) {
    enum { N = 24 };
    for (unsigned i = 0; i < N_KINDS; i++)
        for (int loops = 0; loops < 2; loops++) {
            gnn_graph *graph = graph_number(i, N, 60, 1), *range = NULL;
            double want[N * N], got[N * N];
            dense_gcn(graph, loops, want);
            dense_of_view(graph, loops, got);
            ck_assert_close_double(got, want, N * N, 2e-6, 1e-12);
            ck_assert_ok(gnn_graph_rows(graph, 5, 10, &range));
            dense_of_view(range, loops, got);
            ck_assert_close_double(got, want + 5 * N, 10 * N, 2e-6, 1e-12);
            gnn_graph_free(range);
            gnn_graph_free(graph);
        }
}
END_TEST

START_TEST(inverts_degrees) {
    for (unsigned i = 0; i < N_KINDS; i++) {
        gnn_graph *graph = graph_number(i, 40, 50, 1);
        const gnn_csr *csr = gnn_graph_csr(graph);
        const gnn_real *inverse;
        ck_assert_ok(gnn_i_graph_inverse_degree(graph, &inverse));
        for (gnn_id r = 0; r < csr->n_rows; r++) {
            double sum = 0;
            for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++)
                sum += arc_weight(graph, a);
            ck_assert_double_eq_tol((double)inverse[r], sum > 0 ? 1 / sum : 0, 1e-6);
        }
        gnn_graph_free(graph);
    }
}
END_TEST

/* Degrees that are not positive give zeros, nothing infinite. */
START_TEST(survives_odd_degrees) {
    gnn_id source[] = {1, 2, 0}, target[] = {0, 1, 2};
    gnn_real weight[] = {-1, 0, 2};
    gnn_graph_options options = {.directed = true};
    gnn_graph *graph;
    const gnn_i_gcn_weights *gcn;
    ck_assert_ok(gnn_graph_new(3, 3, source, target, weight, &options, &graph));
    for (int loops = 0; loops < 2; loops++) {
        ck_assert_ok(gnn_i_graph_gcn_weights(graph, loops, &gcn));
        for (int a = 0; a < 3; a++) ck_assert(isfinite(gcn->arc[a]));
    }
    gnn_graph_free(graph);
}
END_TEST

START_TEST(refuses_gcn_weights_of_a_rectangle) {
    gnn_off row_ptr[] = {0, 1};
    gnn_id col[] = {2};
    gnn_csr csr = {.n_rows = 1, .n_cols = 3, .n_arcs = 1, .row_ptr = row_ptr, .col = col};
    gnn_graph *graph = NULL;
    const gnn_i_gcn_weights *gcn;
    ck_assert_ok(gnn_graph_wrap(&csr, NULL, &graph));
    ck_assert_fails(gnn_i_graph_gcn_weights(graph, true, &gcn), GNN_ERR_SHAPE, "square");
    check_transpose(graph);
    gnn_graph_free(graph);
}
END_TEST

/* ---- threads ---- */

START_TEST(gives_the_same_bits_on_more_threads) {
    for (unsigned i = 0; i < N_KINDS; i++) {
        gnn_graph *graph[3];
        const gnn_i_transpose *transpose[3];
        const gnn_i_gcn_weights *gcn[3];
        for (int k = 0; k < 3; k++) {
            graph[k] = graph_number(i, 2000, 120000, 1 << k);
            ck_assert_ok(gnn_i_graph_transpose(graph[k], &transpose[k]));
            ck_assert_ok(gnn_i_graph_gcn_weights(graph[k], true, &gcn[k]));
        }
        size_t n = (size_t)gnn_graph_n_arcs(graph[0]);
        for (int k = 1; k < 3; k++) {
            check_equal(graph[k], graph[0]);
            ck_assert_same_bytes(transpose[k]->csr.row_ptr, transpose[0]->csr.row_ptr,
                                 2001 * sizeof(gnn_off));
            ck_assert_same_bytes(transpose[k]->csr.col, transpose[0]->csr.col, n * 4);
            ck_assert_same_bytes(transpose[k]->arc, transpose[0]->arc, n * 4);
            ck_assert_same_bytes(gcn[k]->arc, gcn[0]->arc, n * sizeof(gnn_real));
            ck_assert_same_bytes(gcn[k]->diag, gcn[0]->diag, 2000 * sizeof(gnn_real));
        }
        for (int k = 0; k < 3; k++) gnn_graph_free(graph[k]);
    }
}
END_TEST

/* ---- slots ---- */

static int n_built, n_freed;
static bool build_fails;

static gnn_status number_build(const gnn_graph *graph, uint64_t number,
                               const void *argument, void **view) {
    ck_assert_ptr_null(*view);
    if (build_fails) return gnn_fail(GNN_ERR_NUMERIC, "as asked");
    gnn_status status = gnn_i_alloc(view, 1, sizeof(uint64_t), "number");
    if (status != GNN_OK) return status;
    n_built++;
    *(uint64_t *)*view = 1000 * number + (uint64_t)gnn_graph_n_arcs(graph);
    if (argument != NULL) *(uint64_t *)*view += *(const uint64_t *)argument;
    return GNN_OK;
}

static void number_free(void *view) {
    n_freed++;
    gnn_i_free(view);
}

static const gnn_i_view_kind number_kind = {"number", number_build, number_free, NULL,
                                            false};
static const gnn_i_view_kind other_kind = {"other", number_build, number_free, NULL,
                                           false};

START_TEST(keeps_views_until_the_graph_changes) {
    gnn_graph *graph = graph_number(1, 10, 20, 1);
    uint64_t arcs = (uint64_t)gnn_graph_n_arcs(graph), five = 5;
    const void *a, *b, *c, *d;
    build_fails = true;
    ck_assert_fails(gnn_i_graph_view(graph, &number_kind, 1, NULL, &a), GNN_ERR_NUMERIC,
                    "as asked");
    ck_assert_ptr_null(a);
    build_fails = false;
    ck_assert_ok(gnn_i_graph_view(graph, &number_kind, 1, NULL, &a));
    ck_assert_ok(gnn_i_graph_view(graph, &number_kind, 2, &five, &b));
    ck_assert_ok(gnn_i_graph_view(graph, &other_kind, 1, NULL, &c));
    ck_assert_ok(gnn_i_graph_view(graph, &number_kind, 1, &five, &d));
    ck_assert_ptr_eq(a, d);
    ck_assert(a != b && a != c);
    ck_assert_int_eq(n_built, 3);
    ck_assert(*(const uint64_t *)a == 1000 + arcs);
    ck_assert(*(const uint64_t *)b == 2005 + arcs);

    uint64_t stamp = gnn_graph_stamp(graph);
    gnn_id zero = 0;
    ck_assert_ok(gnn_graph_assign(graph, 1, 1, &zero, &zero, NULL));
    ck_assert(gnn_graph_stamp(graph) != stamp);
    ck_assert_int_eq(n_freed, 3);
    ck_assert_ok(gnn_i_graph_view(graph, &number_kind, 1, NULL, &a));
    ck_assert(*(const uint64_t *)a == 1001);
    ck_assert_int_eq(n_built, 4);
    gnn_graph_free(graph);
    ck_assert_int_eq(n_freed, 4);
}
END_TEST

static void *view_thread(void *argument) {
    const gnn_i_gcn_weights *gcn;
    if (gnn_i_graph_gcn_weights(argument, true, &gcn) != GNN_OK) return NULL;
    const gnn_real *transposed;
    if (gnn_i_graph_gcn_transpose(argument, true, &transposed) != GNN_OK) return NULL;
    return (void *)gcn->arc;
}

START_TEST(builds_a_view_once_for_many_threads) {
    enum { N = 6 };
    gnn_graph *graph = graph_number(1, 3000, 60000, 1);
    pthread_t thread[N];
    void *result[N];
    for (int i = 0; i < N; i++)
        ck_assert_int_eq(pthread_create(&thread[i], NULL, view_thread, graph), 0);
    for (int i = 0; i < N; i++) pthread_join(thread[i], &result[i]);
    ck_assert_ptr_nonnull(result[0]);
    for (int i = 1; i < N; i++) ck_assert_ptr_eq(result[i], result[0]);
    gnn_graph_free(graph);
}
END_TEST

/* ---- attributes ---- */

static int n_values_freed;
static void value_free(void *value) {
    n_values_freed++;
    gnn_i_free(value);
}

static void *value_new(void) {
    void *value;
    ck_assert_ok(gnn_i_alloc(&value, 1, 8, "value"));
    return value;
}

START_TEST(carries_attributes) {
    gnn_graph *graph = graph_number(0, 5, 5, 1);
    void *x = value_new(), *y = value_new(), *z = value_new();
    ck_assert_ok(gnn_i_graph_attribute_set(graph, 1, "x", x, value_free));
    ck_assert_ok(gnn_i_graph_attribute_set(graph, 2, "x", y, value_free));
    ck_assert_ptr_eq(gnn_i_graph_attribute(graph, 1, "x"), x);
    ck_assert_ptr_eq(gnn_i_graph_attribute(graph, 2, "x"), y);
    ck_assert_ptr_null(gnn_i_graph_attribute(graph, 1, "y"));
    ck_assert_ok(gnn_i_graph_attribute_set(graph, 1, "x", z, value_free));
    ck_assert_int_eq(n_values_freed, 1);
    ck_assert_ptr_eq(gnn_i_graph_attribute(graph, 1, "x"), z);
    ck_assert_ok(gnn_i_graph_attribute_set(graph, 2, "x", NULL, NULL));
    ck_assert_ptr_null(gnn_i_graph_attribute(graph, 2, "x"));
    ck_assert_int_eq(n_values_freed, 2);
    gnn_graph_free(graph);
    ck_assert_int_eq(n_values_freed, 3);
}
END_TEST

/* ---- limits ---- */

/* Arcs are numbered in 32 bits. The size is refused before anything is read. */
START_TEST(refuses_to_number_too_many_arcs) {
    gnn_graph *graph = graph_number(1, 3, 3, 1);
    gnn_off arcs = graph->csr.n_arcs;
    const gnn_i_transpose *transpose;
    graph->csr.n_arcs = (gnn_off)INT32_MAX + 1;
    ck_assert_fails(gnn_i_graph_transpose(graph, &transpose), GNN_ERR_UNSUPPORTED,
                    "2147483648 arcs, at most 2147483647 can be numbered");
    graph->csr.n_arcs = arcs;
    check_transpose(graph);
    gnn_graph_free(graph);
}
END_TEST

/* ---- memory ---- */

static gnn_status views_body(void *argument) {
    const gnn_csr *csr = argument;
    gnn_graph *graph = NULL, *range = NULL;
    const gnn_i_gcn_weights *gcn;
    const gnn_real *weight;
    gnn_real *weights = NULL;
    int32_t type[64] = {0};
    gnn_status status;
    GNN_TRY(gnn_i_calloc(&weights, (size_t)csr->n_arcs, sizeof *weights, "weights"));
    GNN_TRY(gnn_graph_wrap(csr, weights, &graph));
    GNN_TRY(gnn_graph_arc_type_set(graph, type, 1));
    GNN_TRY(gnn_i_graph_gcn_weights(graph, true, &gcn));
    GNN_TRY(gnn_i_graph_gcn_transpose(graph, false, &weight));
    GNN_TRY(gnn_i_graph_transpose_weight(graph, &weight));
    GNN_TRY(gnn_i_graph_inverse_degree(graph, &weight));
    GNN_TRY(gnn_graph_rows(graph, 1, 3, &range));
    GNN_TRY(gnn_i_graph_gcn_transpose(range, true, &weight));
    GNN_TRY(gnn_i_graph_attribute_set(graph, 1, "name", graph, NULL));
cleanup:
    gnn_graph_free(range);
    gnn_graph_free(graph);
    gnn_i_free(weights);
    return status;
}

START_TEST(survives_failing_allocations) {
    gnn_graph *graph = graph_number(1, 10, 30, 1);
    gnn_csr csr = *gnn_graph_csr(graph);
    ck_assert_int_gt(support_starve(views_body, &csr), 15);
    gnn_graph_free(graph);
}
END_TEST

/* A view that could not be built leaves the graph usable, and is built at the next
 * request. */
START_TEST(recovers_after_a_failed_view) {
    gnn_graph *graph = graph_number(1, 10, 30, 1);
    const gnn_real *weight;
    gnn_status status;
    int failures = 0;
    for (int64_t k = 0;; k++) {
        gnn_i_alloc_fail_after(k % 3);
        status = gnn_i_graph_gcn_transpose(graph, true, &weight);
        gnn_i_alloc_fail_after(-1);
        if (status == GNN_OK) break;
        ck_assert_int_eq(status, GNN_ERR_MEMORY);
        ck_assert_int_lt(++failures, 100);
    }
    ck_assert_int_gt(failures, 3);
    check_transpose_weights(graph);
    ck_assert(gnn_graph_bytes(graph) > 100);
    gnn_graph_free(graph);
}
END_TEST

TESTS("graph/views", 60, transposes, normalises_as_gcn_does, inverts_degrees,
      survives_odd_degrees, refuses_gcn_weights_of_a_rectangle,
      gives_the_same_bits_on_more_threads, keeps_views_until_the_graph_changes,
      builds_a_view_once_for_many_threads, refuses_to_number_too_many_arcs,
      carries_attributes, survives_failing_allocations, recovers_after_a_failed_view)
