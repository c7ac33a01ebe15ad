/* The neighbour sampler: what a block is, how its arcs are drawn, what it carries. */
#include <math.h>

#include "core/alloc.h"
#include "graph/graph.h"
#include "graph_random.h"

enum { MOST_HOPS = 4 };

typedef struct sample {
    gnn_graph *block[MOST_HOPS];
    const gnn_id *node;
    int64_t n_nodes;
} sample;

static sample draw(gnn_sampler *sampler, int64_t n, const gnn_id *seeds,
                   uint64_t stream) {
    sample s;
    ck_assert_ok(
        gnn_sampler_draw(sampler, n, seeds, 11, stream, s.block, &s.node, &s.n_nodes));
    return s;
}

/* ---- structure ---- */

static void check_target(const gnn_graph *whole, const gnn_graph *block,
                         const gnn_off *arc, const gnn_id *node, gnn_id t, int fanout) {
    const gnn_csr *csr = gnn_graph_csr(block), *full = gnn_graph_csr(whole);
    gnn_off begin = full->row_ptr[node[t]], end = full->row_ptr[node[t] + 1];
    gnn_off n = csr->row_ptr[t + 1] - csr->row_ptr[t], degree = end - begin;
    int32_t n_types;
    const int32_t *type = gnn_graph_arc_type(block, &n_types);
    ck_assert_int_eq(n, fanout < 0 || degree < fanout ? degree : fanout);
    for (gnn_off a = csr->row_ptr[t]; a < csr->row_ptr[t + 1]; a++) {
        ck_assert(arc[a] >= begin && arc[a] < end);
        for (gnn_off b = csr->row_ptr[t]; b < a; b++) ck_assert(arc[a] != arc[b]);
        ck_assert_int_eq(node[csr->col[a]], full->col[arc[a]]);
        ck_assert(arc_weight(block, a) == arc_weight(whole, arc[a]));
        if (type != NULL)
            ck_assert_int_eq(type[a], gnn_graph_arc_type(whole, &n_types)[arc[a]]);
    }
}

static void check_sample(const gnn_graph *whole, const gnn_sampler *sampler,
                         const sample *s, int n_hops, const int *fanout, int64_t n_seeds,
                         const gnn_id *seeds) {
    int64_t n_targets = n_seeds;
    for (int64_t i = 0; i < n_seeds; i++) ck_assert_int_eq(s->node[i], seeds[i]);
    for (int64_t i = 0; i < s->n_nodes; i++)
        for (int64_t j = 0; j < i; j++) ck_assert_int_ne(s->node[i], s->node[j]);
    for (int hop = n_hops - 1; hop >= 0; hop--) {
        const gnn_csr *csr = gnn_graph_csr(s->block[hop]);
        check_invariants(s->block[hop]);
        ck_assert_int_eq(csr->n_rows, n_targets);
        ck_assert_int_eq(csr->row_offset, 0);
        ck_assert(!gnn_graph_is_symmetric(s->block[hop]));
        char *met = calloc((size_t)csr->n_cols + 1, 1);
        for (gnn_off a = 0; a < csr->n_arcs; a++) met[csr->col[a]] = 1;
        for (gnn_id c = (gnn_id)n_targets; c < csr->n_cols; c++) ck_assert(met[c]);
        free(met);
        for (gnn_id t = 0; t < n_targets; t++)
            check_target(whole, s->block[hop], gnn_sampler_arcs(sampler, hop), s->node, t,
                         fanout[hop]);
        n_targets = csr->n_cols;
    }
    ck_assert_int_eq(n_targets, s->n_nodes);
}

START_TEST(draws_blocks) {
    static const int fanouts[][MOST_HOPS] = {{3, 2}, {-1, 1}, {5, -1}, {100, 100}};
    static const gnn_id seeds[] = {17, 3, 99, 40, 41, 0};
    for (unsigned i = 0; i < 16; i++) {
        gnn_graph *graph = random_graph_new((random_graph){
            .n_nodes = 100,
            .n_edges = 300,
            .seed = i,
            .directed = i & 1,
            .weighted = i & 2,
            .skewed = i & 4,
            .typed = i & 1,
            .duplicates = i & 8 ? GNN_DUPLICATES_KEEP : GNN_DUPLICATES_AUTO});
        const int *fanout = fanouts[i / 2 % 4];
        gnn_sampler *sampler;
        ck_assert_ok(gnn_sampler_new(graph, 2, fanout, 2, &sampler));
        for (uint64_t stream = 0; stream < 5; stream++)
            for (int64_t n = 0; n <= 6; n += 3) {
                sample s = draw(sampler, n, seeds, stream);
                check_sample(graph, sampler, &s, 2, fanout, n, seeds);
            }
        gnn_sampler_free(sampler);
        gnn_graph_free(graph);
    }
}
END_TEST

/* ---- randomness ---- */

START_TEST(gives_the_same_bits_on_more_threads) {
    enum { N = 20000, SEEDS = 3000 };
    gnn_graph *graph = random_graph_new((random_graph){
        .n_nodes = N, .n_edges = 150000, .seed = 5, .skewed = true, .weighted = true});
    static const int fanout[] = {6, 4, 3};
    gnn_id seeds[SEEDS];
    gnn_sampler *sampler[3];
    sample s[3];
    for (gnn_id i = 0; i < SEEDS; i++) seeds[i] = i * 6;
    for (int k = 0; k < 3; k++) {
        ck_assert_ok(gnn_sampler_new(graph, 3, fanout, 1 << k, &sampler[k]));
        s[k] = draw(sampler[k], SEEDS, seeds, 9);
        ck_assert_int_eq(s[k].n_nodes, s[0].n_nodes);
        ck_assert_same_bytes(s[k].node, s[0].node, (size_t)s[0].n_nodes * sizeof(gnn_id));
        for (int hop = 0; hop < 3; hop++) {
            check_equal(s[k].block[hop], s[0].block[hop]);
            size_t n = (size_t)gnn_graph_n_arcs(s[0].block[hop]);
            ck_assert_same_bytes(gnn_sampler_arcs(sampler[k], hop),
                                 gnn_sampler_arcs(sampler[0], hop), n * sizeof(gnn_off));
        }
    }
    for (int k = 0; k < 3; k++) gnn_sampler_free(sampler[k]);
    gnn_graph_free(graph);
}
END_TEST

/* What a node draws depends on the node, the hop, the seed and the stream. */
START_TEST(draws_by_node_and_stream) {
    gnn_graph *graph =
        random_graph_new((random_graph){.n_nodes = 50, .n_edges = 900, .seed = 6});
    static const int fanout[] = {5, 5};
    gnn_sampler *sampler;
    gnn_id two[] = {30, 7}, one[] = {7};
    gnn_off first[5], outer[5];
    ck_assert_ok(gnn_sampler_new(graph, 2, fanout, 1, &sampler));
    draw(sampler, 1, one, 1);
    memcpy(first, gnn_sampler_arcs(sampler, 1), sizeof first);
    memcpy(outer, gnn_sampler_arcs(sampler, 0), sizeof outer);
    ck_assert_int_ne(memcmp(first, outer, sizeof first), 0); /* node 7 in both hops */
    draw(sampler, 2, two, 1);
    /* The same set; its order within the row follows the numbers of this batch. */
    for (int i = 0; i < 5; i++) {
        bool found = false;
        for (int j = 5; j < 10; j++) found |= gnn_sampler_arcs(sampler, 1)[j] == first[i];
        ck_assert(found);
    }
    draw(sampler, 1, one, 2);
    ck_assert_int_ne(memcmp(first, gnn_sampler_arcs(sampler, 1), sizeof first), 0);
    gnn_sampler_free(sampler);
    gnn_graph_free(graph);
}
END_TEST

/* A star: node 0 has arcs from 1 .. degree. */
static gnn_graph *star_new(gnn_id degree) {
    gnn_id *source = malloc((size_t)degree * sizeof *source);
    gnn_id *target = calloc((size_t)degree, sizeof *target);
    for (gnn_id i = 0; i < degree; i++) source[i] = i + 1;
    gnn_graph_options options = {.directed = true};
    gnn_graph *graph;
    ck_assert_ok(
        gnn_graph_new(degree + 1, degree, source, target, NULL, &options, &graph));
    free(source);
    free(target);
    return graph;
}

/* Every set is as likely as another: single arcs and pairs of arcs come as often as they
 * should, within 5.5 standard deviations. */
static void check_uniform(gnn_id degree, int fanout, int draws) {
    gnn_graph *graph = star_new(degree);
    gnn_sampler *sampler;
    gnn_id zero = 0;
    int *count = calloc((size_t)degree * (size_t)degree, sizeof *count);
    ck_assert_ok(gnn_sampler_new(graph, 1, &fanout, 1, &sampler));
    for (int i = 0; i < draws; i++) {
        draw(sampler, 1, &zero, (uint64_t)i);
        const gnn_off *arc = gnn_sampler_arcs(sampler, 0);
        for (int a = 0; a < fanout; a++)
            for (int b = 0; b < fanout; b++) count[arc[a] * degree + arc[b]]++;
    }
    double f = fanout, d = degree;
    for (gnn_id a = 0; a < degree; a++)
        for (gnn_id b = 0; b < degree; b++) {
            double p = a == b ? f / d : f / d * (f - 1) / (d - 1);
            double limit = 5.5 * sqrt(draws * p * (1 - p)) + 1;
            ck_assert_double_eq_tol(count[a * degree + b], draws * p, limit);
        }
    free(count);
    gnn_sampler_free(sampler);
    gnn_graph_free(graph);
}

START_TEST(draws_uniformly) {
    check_uniform(10, 3, 20000);
    check_uniform(7, 6, 20000);
    check_uniform(60, 40, 4000);
    check_uniform(5, 1, 20000);
}
END_TEST

/* ---- GCN weights ---- */

/* arc = (weight in the whole graph) * degree / drawn, and their mean over draws is that
 * of the whole graph: the sampled operator is unbiased. */
START_TEST(scales_gcn_weights) {
    enum { N = 30, DRAWS = 6000, NODE = 4 };
    for (int weighted = 0; weighted < 2; weighted++) {
        gnn_graph *graph = random_graph_new((random_graph){.n_nodes = N,
                                                           .n_edges = 200,
                                                           .seed = 7,
                                                           .weighted = weighted,
                                                           .directed = true});
        const gnn_csr *whole = gnn_graph_csr(graph);
        const gnn_i_gcn_weights *full, *part;
        gnn_sampler *sampler;
        gnn_id seeds[] = {NODE, 9};
        int fanout = 3;
        gnn_off begin = whole->row_ptr[NODE], degree = whole->row_ptr[NODE + 1] - begin;
        double mean[N * N] = {0};
        ck_assert_int_gt(degree, 4);
        ck_assert_ok(gnn_i_graph_gcn_weights(graph, true, &full));
        ck_assert_ok(gnn_sampler_new(graph, 1, &fanout, 1, &sampler));
        for (int i = 0; i < DRAWS; i++) {
            sample s = draw(sampler, 2, seeds, (uint64_t)i);
            const gnn_off *arc = gnn_sampler_arcs(sampler, 0);
            ck_assert_ok(gnn_i_graph_gcn_weights(s.block[0], true, &part));
            for (int a = 0; a < 3; a++) {
                double want = (double)full->arc[arc[a]] * (double)degree / 3;
                ck_assert_double_eq_tol((double)part->arc[a], want, 1e-5 * fabs(want));
                mean[arc[a] - begin] += (double)part->arc[a] / DRAWS;
            }
            ck_assert(part->diag[0] == full->diag[NODE]);
            ck_assert(part->diag[1] == full->diag[9]);
        }
        for (gnn_off i = 0; i < degree; i++)
            ck_assert_double_eq_tol(mean[i], (double)full->arc[begin + i],
                                    .12 * (double)full->arc[begin + i]);
        gnn_sampler_free(sampler);
        gnn_graph_free(graph);
    }
}
END_TEST

/* ---- refusals and memory ---- */

START_TEST(refuses_what_is_wrong) {
    gnn_graph *graph =
        random_graph_new((random_graph){.n_nodes = 9, .n_edges = 30, .seed = 1});
    gnn_graph *range = NULL;
    gnn_sampler *sampler;
    sample s;
    int fanout[] = {2, 0};
    gnn_id twice[] = {1, 2, 1}, far[] = {1, 9}, fine[] = {1, 2};
    ck_assert_fails(gnn_sampler_new(graph, 2, fanout, 1, &sampler), GNN_ERR_ARGUMENT,
                    "fan-out 0 of hop 1");
    ck_assert_ptr_null(sampler);
    ck_assert_fails(gnn_sampler_new(graph, 0, fanout, 1, &sampler), GNN_ERR_ARGUMENT,
                    "0 hops");
    ck_assert_ok(gnn_graph_rows(graph, 0, 5, &range));
    ck_assert_fails(gnn_sampler_new(range, 1, fanout, 1, &sampler), GNN_ERR_SHAPE,
                    "targets");
    ck_assert_fails(gnn_sampler_new(graph, 1, fanout, 200000, &sampler), GNN_ERR_ARGUMENT,
                    "200000 threads");
    ck_assert_ok(gnn_sampler_new(graph, 1, fanout, 1, &sampler));
    ck_assert_ptr_null(gnn_sampler_arcs(sampler, 1));
    ck_assert_ptr_null(gnn_sampler_arcs(sampler, -1));
    ck_assert_fails(
        gnn_sampler_draw(sampler, 3, twice, 1, 1, s.block, &s.node, &s.n_nodes),
        GNN_ERR_ARGUMENT, "seeds 0 and 2 are both node 1");
    ck_assert_fails(gnn_sampler_draw(sampler, 2, far, 1, 1, s.block, &s.node, &s.n_nodes),
                    GNN_ERR_ARGUMENT, "seed 1: node 9 is outside 0..8");
    s = draw(sampler, 2, fine, 1);
    check_sample(graph, sampler, &s, 1, fanout, 2, fine);
    ck_assert_fails(gnn_graph_rows(s.block[0], 0, 1, &range), GNN_ERR_UNSUPPORTED,
                    "block");
    gnn_graph_free(range);
    ck_assert_ok(gnn_graph_assign(graph, 3, 0, NULL, NULL, NULL));
    ck_assert_fails(
        gnn_sampler_draw(sampler, 2, fine, 1, 1, s.block, &s.node, &s.n_nodes),
        GNN_ERR_ARGUMENT, "graph has changed");
    gnn_sampler_free(sampler);
    gnn_graph_free(graph);
}
END_TEST

static gnn_status sample_body(void *argument) {
    static const gnn_id seeds[] = {1, 2, 3};
    static const int fanout[] = {3, 2};
    gnn_graph *own = NULL;
    gnn_sampler *sampler = NULL;
    sample s;
    const gnn_real *weight;
    gnn_status status;
    GNN_TRY(gnn_graph_wrap(gnn_graph_csr(argument), gnn_graph_weight(argument), &own));
    GNN_TRY(gnn_sampler_new(own, 2, fanout, 1, &sampler));
    GNN_TRY(gnn_sampler_draw(sampler, 3, seeds, 1, 1, s.block, &s.node, &s.n_nodes));
    GNN_TRY(gnn_i_graph_gcn_transpose(s.block[0], true, &weight));
    status = gnn_i_graph_transpose_weight(s.block[1], &weight);
cleanup:
    gnn_sampler_free(sampler);
    gnn_graph_free(own);
    return status;
}

START_TEST(survives_failing_allocations) {
    gnn_graph *graph = random_graph_new(
        (random_graph){.n_nodes = 20, .n_edges = 80, .seed = 1, .weighted = true});
    ck_assert_int_gt(support_starve(sample_body, graph), 20);

    /* A sampler whose draw failed draws again. */
    static const int fanout[] = {3, 2};
    static const gnn_id seeds[] = {4, 5};
    gnn_sampler *sampler;
    sample s;
    ck_assert_ok(gnn_sampler_new(graph, 2, fanout, 1, &sampler));
    for (int64_t k = 0;; k++) {
        gnn_i_alloc_fail_after(k % 2);
        gnn_status status =
            gnn_sampler_draw(sampler, 2, seeds, 1, 1, s.block, &s.node, &s.n_nodes);
        gnn_i_alloc_fail_after(-1);
        if (status == GNN_OK) break;
        ck_assert_int_eq(status, GNN_ERR_MEMORY);
        ck_assert_int_lt(k, 100);
    }
    check_sample(graph, sampler, &s, 2, fanout, 2, seeds);
    gnn_sampler_free(sampler);
    gnn_graph_free(graph);
}
END_TEST

TESTS("graph/sample", 60, draws_blocks, gives_the_same_bits_on_more_threads,
      draws_by_node_and_stream, draws_uniformly, scales_gcn_weights,
      refuses_what_is_wrong, survives_failing_allocations)
