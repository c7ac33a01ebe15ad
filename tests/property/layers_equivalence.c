/* What must not change a layer's result: names of nodes, the number of threads, how
 * targets are shared into ranges or sampled blocks with all neighbours, the layout of
 * features. */
#include <math.h>
#include <stdio.h>

#include "layers/layer.h"
#include "support/layers.h"

static const double TOLERANCE = sizeof(gnn_real) == sizeof(float) ? 2e-5 : 1e-12;

typedef struct setting {
    const support_layer_case *c;
    support_layer made;
    gnn_graph *graph;
    gnn_tensor *x;
} setting;

/* Features ride on the graph, as data sets give them. */
static setting make(const support_layer_case *c, gnn_id n, bool directed, bool weighted) {
    setting s = {.c = c, .made = support_layer_new(c)};
    s.graph = support_graph(n, directed, weighted);
    s.x = support_matrix(GNN_AXIS_NODE, n, c->n_in, -1, 1, 31);
    if (c->arcs > 0)
        ck_assert_ok(gnn_graph_tensor_set(
            s.graph, GNN_AXIS_ARC, "features",
            support_matrix(GNN_AXIS_ARC, gnn_graph_n_arcs(s.graph), c->arcs, -1, 1, 32)));
    return s;
}

static void drop(setting *s) {
    gnn_tensor_free(s->x);
    gnn_graph_free(s->graph);
    gnn_model_free(s->made.model);
}

/* ---- names of nodes ---- */

/* The weight of the arc j → i times 4 plus a number of the pair: the same in both
 * graphs. */
static void copy_features(const gnn_graph *from, gnn_graph *to, const gnn_id *order,
                          int64_t width) {
    const gnn_csr *a = gnn_graph_csr(from), *b = gnn_graph_csr(to);
    const gnn_real *have =
        gnn_tensor_real(gnn_graph_tensor(from, GNN_AXIS_ARC, "features"));
    gnn_tensor *t = support_matrix(GNN_AXIS_ARC, b->n_arcs, width, 0, 1, 1);
    for (gnn_id r = 0; r < a->n_rows; r++)
        for (gnn_off k = a->row_ptr[r]; k < a->row_ptr[r + 1]; k++)
            for (gnn_off m = b->row_ptr[order[r]]; m < b->row_ptr[order[r] + 1]; m++)
                if (b->col[m] == order[a->col[k]])
                    memcpy(gnn_tensor_real(t) + m * width, have + k * width,
                           (size_t)width * sizeof *have);
    ck_assert_ok(gnn_graph_tensor_set(to, GNN_AXIS_ARC, "features", t));
}

static void check_permuted(const support_layer_case *c, bool weighted) {
    enum { N = 11 };
    setting s = make(c, N, true, weighted);
    gnn_id order[N];
    gnn_graph *other;
    gnn_tensor *x = support_matrix(GNN_AXIS_NODE, N, c->n_in, 0, 1, 1);
    for (int i = 0; i < N; i++) order[i] = (gnn_id)(7 * i + 3) % N;
    ck_assert_ok(gnn_graph_reorder(s.graph, order, &other));
    if (c->arcs > 0) copy_features(s.graph, other, order, c->arcs);
    for (int i = 0; i < N; i++)
        memcpy(gnn_tensor_real(x) + order[i] * c->n_in,
               gnn_tensor_real(s.x) + i * c->n_in, (size_t)c->n_in * sizeof(gnn_real));
    gnn_context *ctx;
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_tensor *y = gnn_layer_forward(ctx, s.made.layer, s.graph, s.x);
    gnn_tensor *z = gnn_layer_forward(ctx, s.made.layer, other, x);
    ck_assert_ok(gnn_context_status(ctx));
    ck_assert_int_eq(y->shape[1], gnn_layer_width(s.made.layer));
    for (int i = 0; i < N; i++)
        ck_assert_close(gnn_tensor_real(z) + order[i] * y->shape[1],
                        gnn_tensor_real(y) + i * y->shape[1], y->shape[1], TOLERANCE,
                        TOLERANCE);
    gnn_context_free(ctx);
    gnn_tensor_free(x);
    gnn_graph_free(other);
    drop(&s);
}

START_TEST(nodes_may_be_renamed) {
    for (size_t i = 0; i < support_n_layer_cases; i++)
        for (int weighted = 0; weighted < 2; weighted++)
            check_permuted(&support_layer_cases[i], weighted);
}
END_TEST

/* ---- threads ---- */

/* Result and all gradients, one after the other. */
static size_t run(const setting *s, int n_threads, gnn_real *out) {
    gnn_context *ctx;
    size_t n = 0;
    ck_assert_ok(gnn_context_new(n_threads, 1, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 2);
    gnn_tensor *x = gnn_watch(ctx, s->x);
    gnn_tensor *y = gnn_layer_forward(ctx, s->made.layer, s->graph, x);
    ck_assert_ok(gnn_backward(ctx, support_scalar_of(ctx, y)));
    memcpy(out, gnn_tensor_real(y), (size_t)gnn_tensor_count(y) * sizeof *out);
    n += (size_t)gnn_tensor_count(y);
    for (int i = -1; i < gnn_model_n_parameters(s->made.model); i++) {
        const gnn_tensor *leaf = i < 0 ? x : gnn_model_parameter(s->made.model, i);
        const gnn_real *d = gnn_gradient(ctx, leaf);
        if (d == NULL) continue;
        memcpy(out + n, d, (size_t)gnn_tensor_count(leaf) * sizeof *out);
        n += (size_t)gnn_tensor_count(leaf);
    }
    gnn_context_free(ctx);
    return n;
}

START_TEST(threads_give_the_same_bits) {
    static gnn_real one[120000], more[120000];
    for (size_t i = 0; i < support_n_layer_cases; i++) {
        setting s = make(&support_layer_cases[i], 4500, true, i % 2);
        size_t n = run(&s, 1, one);
        ck_assert_uint_le(n, sizeof one / sizeof *one);
        for (int threads = 2; threads <= 4; threads += 2) {
            ck_assert_uint_eq(run(&s, threads, more), n);
            ck_assert_same_bytes(more, one, n * sizeof *one);
        }
        drop(&s);
    }
}
END_TEST

/* ---- ranges of rows and sampled blocks ---- */

static void check_rows(setting *s, const gnn_tensor *whole) {
    gnn_context *ctx;
    gnn_graph *range = NULL;
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    for (gnn_id first = 0, n = (gnn_id)whole->shape[0]; first < n; first += 5) {
        gnn_id count = n - first < 5 ? n - first : 5;
        ck_assert_ok(gnn_graph_rows(s->graph, first, count, &range));
        gnn_context_begin(ctx, GNN_EVAL, 0);
        gnn_tensor *y = gnn_layer_forward(ctx, s->made.layer, range, s->x);
        ck_assert_ok(gnn_context_status(ctx));
        ck_assert_int_eq(y->shape[0], count);
        ck_assert_close(gnn_tensor_real(y),
                        gnn_tensor_real(whole) + first * whole->shape[1],
                        count * whole->shape[1], TOLERANCE, TOLERANCE);
    }
    gnn_graph_free(range);
    gnn_context_free(ctx);
}

static void check_block(setting *s, const gnn_tensor *whole) {
    static const gnn_id seeds[] = {3, 0, 10, 7};
    const int all = -1;
    const gnn_id *nodes;
    int64_t n_nodes;
    gnn_sampler *sampler;
    gnn_graph *block;
    gnn_tensor *x = NULL;
    gnn_context *ctx;
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    ck_assert_ok(gnn_sampler_new(s->graph, 1, &all, 1, &sampler));
    ck_assert_ok(gnn_sampler_draw(sampler, 4, seeds, 1, 1, &block, &nodes, &n_nodes));
    ck_assert_ok(gnn_tensor_take_rows(s->x, n_nodes, nodes, &x));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_tensor *y = gnn_layer_forward(ctx, s->made.layer, block, x);
    ck_assert_ok(gnn_context_status(ctx));
    for (int i = 0; i < 4; i++)
        ck_assert_close(gnn_tensor_real(y) + i * y->shape[1],
                        gnn_tensor_real(whole) + seeds[i] * y->shape[1], y->shape[1],
                        TOLERANCE, TOLERANCE);
    gnn_tensor_free(x);
    gnn_sampler_free(sampler);
    gnn_context_free(ctx);
}

START_TEST(targets_may_be_shared_out) {
    for (size_t i = 0; i < support_n_layer_cases; i++)
        for (int weighted = 0; weighted < 2; weighted++) {
            const support_layer_case *c = &support_layer_cases[i];
            setting s = make(c, 13, true, weighted);
            gnn_context *ctx;
            if (gnn_layer_n_hops(s.made.layer) == 1 &&
                !gnn_i_layer_needs_whole_graph(s.made.layer)) {
                ck_assert_ok(gnn_context_new(1, 1, &ctx));
                gnn_context_begin(ctx, GNN_EVAL, 0);
                gnn_tensor *y = gnn_layer_forward(ctx, s.made.layer, s.graph, s.x);
                ck_assert_ok(gnn_context_status(ctx));
                check_rows(&s, y);
                check_block(&s, y);
                gnn_context_free(ctx);
            }
            drop(&s);
        }
}
END_TEST

START_TEST(what_needs_a_whole_graph_says_so) {
    int n_refused = 0;
    for (size_t i = 0; i < support_n_layer_cases; i++) {
        const support_layer_case *c = &support_layer_cases[i];
        setting s = make(c, 13, true, false);
        if (gnn_i_layer_needs_whole_graph(s.made.layer) ||
            gnn_layer_n_hops(s.made.layer) > 1) {
            gnn_graph *range = NULL;
            gnn_context *ctx;
            ck_assert_ok(gnn_context_new(1, 1, &ctx));
            ck_assert_ok(gnn_graph_rows(s.graph, 0, 5, &range));
            gnn_context_begin(ctx, GNN_EVAL, 0);
            ck_assert_ptr_null(gnn_layer_forward(ctx, s.made.layer, range, s.x));
            ck_assert_int_eq(gnn_context_status(ctx), GNN_ERR_UNSUPPORTED);
            gnn_graph_free(range);
            gnn_context_free(ctx);
            n_refused++;
        }
        drop(&s);
    }
    ck_assert_int_gt(n_refused, 3);
}
END_TEST

/* ---- layout of features ---- */

START_TEST(sparse_features_are_dense_ones) {
    for (size_t i = 0; i < support_n_layer_cases; i++) {
        const support_layer_case *c = &support_layer_cases[i];
        if (strstr(c->options, "dropout") != NULL) continue;
        setting s = make(c, 13, true, false);
        gnn_tensor *dense, *sparse = support_sparse(13, c->n_in, 41, &dense);
        gnn_context *ctx;
        ck_assert_ok(gnn_context_new(1, 1, &ctx));
        gnn_context_begin(ctx, GNN_TRAIN, 0);
        gnn_tensor *y = gnn_layer_forward(ctx, s.made.layer, s.graph, sparse);
        ck_assert_ok(gnn_backward(ctx, support_scalar_of(ctx, y)));
        gnn_tensor *z = gnn_layer_forward(ctx, s.made.layer, s.graph, dense);
        ck_assert_ok(gnn_context_status(ctx));
        ck_assert_close(gnn_tensor_real(y), gnn_tensor_real(z), gnn_tensor_count(z),
                        TOLERANCE, TOLERANCE);
        gnn_tensor_free(sparse);
        gnn_tensor_free(dense);
        gnn_context_free(ctx);
        drop(&s);
    }
}
END_TEST

START_TEST(weights_of_one_are_no_weights) {
    for (size_t i = 0; i < support_n_layer_cases; i++) {
        const support_layer_case *c = &support_layer_cases[i];
        setting s = make(c, 13, true, false);
        gnn_off arcs = gnn_graph_n_arcs(s.graph);
        gnn_tensor *ones = support_vector(GNN_AXIS_ARC, arcs, 1, 1, 1);
        gnn_context *ctx;
        ck_assert_ok(gnn_context_new(1, 1, &ctx));
        gnn_context_begin(ctx, GNN_EVAL, 0);
        gnn_tensor *y = gnn_layer_forward(ctx, s.made.layer, s.graph, s.x);
        gnn_tensor *z =
            gnn_layer_forward_arcs(ctx, s.made.layer, s.graph, s.x, ones, NULL);
        ck_assert_ok(gnn_context_status(ctx));
        ck_assert_close(gnn_tensor_real(z), gnn_tensor_real(y), gnn_tensor_count(y),
                        TOLERANCE, TOLERANCE);
        gnn_tensor_free(ones);
        gnn_context_free(ctx);
        drop(&s);
    }
}
END_TEST

TESTS("layers/equivalence", 60, nodes_may_be_renamed, threads_give_the_same_bits,
      targets_may_be_shared_out, what_needs_a_whole_graph_says_so,
      sparse_features_are_dense_ones, weights_of_one_are_no_weights)
