/* What must not change a model's outputs: running its stages range of rows by range of
 * rows, or on sampled blocks with all neighbours; threads; names of nodes. */
#include <stdio.h>

#include "support/layers.h"

enum { N = 23 };
static const double TOLERANCE = sizeof(gnn_real) == sizeof(float) ? 5e-5 : 1e-11;

typedef struct setting {
    gnn_model *model;
    gnn_graph *graph;
    gnn_tensor *x;
    gnn_id class_of[N];
} setting;

static setting make(const support_model_case *c, bool directed, bool weighted) {
    setting s;
    ck_assert_ok(gnn_model_new(c->kind, c->n_in, c->n_out, c->options, 3, &s.model));
    s.graph = support_graph(N, directed, weighted);
    s.x = support_matrix(GNN_AXIS_NODE, N, c->n_in, -1, 1, 61);
    for (int i = 0; i < N; i++) s.class_of[i] = i % 5 < 3 ? i % 3 : -1;
    if (gnn_model_is_fitted_directly(s.model))
        ck_assert_ok(gnn_model_fit(s.model, s.graph, s.class_of, N, NULL));
    else
        support_perturb(s.model, 9);
    return s;
}

static void drop(setting *s) {
    gnn_tensor_free(s->x);
    gnn_graph_free(s->graph);
    gnn_model_free(s->model);
}

static gnn_tensor *forward(gnn_context *ctx, const setting *s) {
    const gnn_graph *graph = s->graph;
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_tensor *y = gnn_model_forward(ctx, s->model, 1, &graph, s->x);
    ck_assert_ok(gnn_context_status(ctx));
    return y;
}

/* ---- ranges of rows ---- */

/* Tensors of the caller's, with a row for every node. */
typedef struct whole_state {
    int n;
    gnn_tensor *tensor[GNN_MAX_STATE];
} whole_state;

static gnn_tensor *copy_of(const gnn_tensor *t, int64_t rows) {
    gnn_tensor *copy = support_matrix(GNN_AXIS_NODE, rows, gnn_tensor_width(t), 0, 1, 1);
    return copy;
}

static void run_stage(gnn_context *ctx, const setting *s, int stage, whole_state *now) {
    whole_state next = {0};
    gnn_graph *range = NULL;
    bool hop = gnn_model_stage_is_hop(s->model, stage);
    for (gnn_id first = 0; first < N; first += 6) {
        gnn_id count = N - first < 6 ? N - first : 6;
        gnn_tensor headers[GNN_MAX_STATE];
        gnn_state state = {.n = now->n};
        ck_assert_ok(gnn_graph_rows(s->graph, first, count, &range));
        for (int i = 0; i < now->n; i++) {
            headers[i] = *now->tensor[i];
            state.tensor[i] = &headers[i];
            if (hop) continue;
            headers[i].shape[0] = count;
            headers[i].data = gnn_tensor_real(now->tensor[i]) +
                              first * gnn_tensor_width(now->tensor[i]);
        }
        gnn_context_begin(ctx, GNN_EVAL, 0);
        gnn_model_stage(ctx, s->model, stage, hop ? range : NULL, &state);
        ck_assert_ok(gnn_context_status(ctx));
        next.n = state.n;
        for (int i = 0; i < state.n; i++) {
            const gnn_tensor *t = state.tensor[i];
            int64_t width = gnn_tensor_width(t);
            ck_assert_int_eq(t->shape[0], count);
            if (first == 0) next.tensor[i] = copy_of(t, N);
            memcpy(gnn_tensor_real(next.tensor[i]) + first * width, t->data,
                   (size_t)(count * width) * sizeof(gnn_real));
        }
    }
    for (int i = 0; i < now->n; i++)
        if (now->tensor[i] != s->x) gnn_tensor_free(now->tensor[i]);
    gnn_graph_free(range);
    *now = next;
}

START_TEST(stages_may_run_range_by_range) {
    for (size_t k = 0; k < support_n_model_cases; k++)
        for (int kind = 0; kind < 4; kind++) {
            setting s = make(&support_model_cases[k], kind & 1, kind & 2);
            gnn_context *whole, *ctx;
            ck_assert_ok(gnn_context_new(1, 1, &whole));
            ck_assert_ok(gnn_context_new(1, 1, &ctx));
            gnn_tensor *y = forward(whole, &s);
            whole_state state = {.n = 1, .tensor = {s.x}};
            for (int stage = 0; stage < gnn_model_n_stages(s.model); stage++)
                run_stage(ctx, &s, stage, &state);
            ck_assert_int_eq(state.n, 1);
            ck_assert_int_eq(state.tensor[0]->shape[1], gnn_model_n_out(s.model));
            ck_assert_close(gnn_tensor_real(state.tensor[0]), gnn_tensor_real(y),
                            gnn_tensor_count(y), TOLERANCE, TOLERANCE);
            gnn_tensor_free(state.tensor[0]);
            gnn_context_free(whole);
            gnn_context_free(ctx);
            drop(&s);
        }
}
END_TEST

/* ---- sampled blocks ---- */

START_TEST(sampled_blocks_with_all_neighbours_are_the_whole) {
    static const gnn_id seeds[] = {4, 1, 21, 9};
    int fanout[32];
    for (int h = 0; h < 32; h++) fanout[h] = -1;
    for (size_t k = 0; k < support_n_model_cases; k++) {
        setting s = make(&support_model_cases[k], true, true);
        int n_hops = gnn_model_n_hops(s.model);
        if (gnn_model_is_fitted_directly(s.model) || n_hops == 0) {
            drop(&s);
            continue;
        }
        gnn_graph *blocks[32];
        const gnn_id *nodes;
        int64_t n_nodes;
        gnn_sampler *sampler;
        gnn_tensor *x = NULL;
        gnn_context *whole, *ctx;
        ck_assert_int_le(n_hops, 32);
        ck_assert_ok(gnn_context_new(1, 1, &whole));
        ck_assert_ok(gnn_context_new(1, 1, &ctx));
        gnn_tensor *want = forward(whole, &s);
        ck_assert_ok(gnn_sampler_new(s.graph, n_hops, fanout, 1, &sampler));
        ck_assert_ok(gnn_sampler_draw(sampler, 4, seeds, 1, 1, blocks, &nodes, &n_nodes));
        ck_assert_ok(gnn_tensor_take_rows(s.x, n_nodes, nodes, &x));
        gnn_context_begin(ctx, GNN_EVAL, 0);
        gnn_tensor *y =
            gnn_model_forward(ctx, s.model, n_hops, (const gnn_graph *const *)blocks, x);
        ck_assert_ok(gnn_context_status(ctx));
        ck_assert_int_eq(y->shape[0], 4);
        for (int i = 0; i < 4; i++)
            ck_assert_close(gnn_tensor_real(y) + i * y->shape[1],
                            gnn_tensor_real(want) + seeds[i] * y->shape[1], y->shape[1],
                            TOLERANCE, TOLERANCE);
        gnn_tensor_free(x);
        gnn_sampler_free(sampler);
        gnn_context_free(whole);
        gnn_context_free(ctx);
        drop(&s);
    }
}
END_TEST

/* ---- threads, names of nodes ---- */

START_TEST(threads_give_the_same_bits) {
    for (size_t k = 0; k < support_n_model_cases; k++) {
        const support_model_case *c = &support_model_cases[k];
        gnn_real *first = NULL;
        size_t bytes = 0;
        for (int threads = 1; threads <= 4; threads *= 2) {
            gnn_model *model;
            gnn_context *ctx;
            const gnn_graph *graph = support_graph(4500, true, k % 2);
            gnn_tensor *x = support_matrix(GNN_AXIS_NODE, 4500, c->n_in, -1, 1, 62);
            ck_assert_ok(
                gnn_model_new(c->kind, c->n_in, c->n_out, c->options, 3, &model));
            ck_assert_ok(gnn_context_new(threads, 1, &ctx));
            if (!gnn_model_is_fitted_directly(model)) {
                gnn_context_begin(ctx, GNN_TRAIN, 5);
                gnn_tensor *y = gnn_model_forward(ctx, model, 1, &graph, x);
                ck_assert_ok(gnn_backward(ctx, support_scalar_of(ctx, y)));
                /* the first parameter's gradient has passed through everything */
                const gnn_tensor *p = gnn_model_parameter(model, 0);
                bytes = (size_t)gnn_tensor_count(p) * sizeof(gnn_real);
                const gnn_real *d = gnn_gradient(ctx, p);
                if (first == NULL)
                    first = memcpy(malloc(bytes), d, bytes);
                else
                    ck_assert_same_bytes(d, first, bytes);
            }
            gnn_context_free(ctx);
            gnn_model_free(model);
            gnn_tensor_free(x);
            gnn_graph_free((gnn_graph *)graph);
        }
        free(first);
    }
}
END_TEST

START_TEST(nodes_may_be_renamed) {
    for (size_t k = 0; k < support_n_model_cases; k++) {
        setting s = make(&support_model_cases[k], true, true), t = s;
        gnn_id order[N];
        gnn_context *one, *two;
        for (int i = 0; i < N; i++) order[i] = (gnn_id)(5 * i + 2) % N;
        ck_assert_ok(gnn_graph_reorder(s.graph, order, &t.graph));
        t.x = support_matrix(GNN_AXIS_NODE, N, s.x->shape[1], 0, 1, 1);
        for (int i = 0; i < N; i++) {
            t.class_of[order[i]] = s.class_of[i];
            memcpy(gnn_tensor_real(t.x) + order[i] * s.x->shape[1],
                   gnn_tensor_real(s.x) + i * s.x->shape[1],
                   (size_t)s.x->shape[1] * sizeof(gnn_real));
        }
        ck_assert_ok(gnn_context_new(1, 1, &one));
        ck_assert_ok(gnn_context_new(1, 1, &two));
        gnn_tensor *y = forward(one, &s);
        if (gnn_model_is_fitted_directly(s.model)) {
            gnn_tensor *kept = support_matrix(GNN_AXIS_NODE, N, y->shape[1], 0, 1, 1);
            memcpy(kept->data, y->data, (size_t)gnn_tensor_count(y) * sizeof(gnn_real));
            ck_assert_ok(gnn_model_fit(t.model, t.graph, t.class_of, N, NULL));
            gnn_tensor *z = forward(two, &t);
            for (int i = 0; i < N; i++)
                ck_assert_close(gnn_tensor_real(z) + order[i] * y->shape[1],
                                gnn_tensor_real(kept) + i * y->shape[1], y->shape[1],
                                TOLERANCE, TOLERANCE);
            gnn_tensor_free(kept);
        } else {
            gnn_tensor *z = forward(two, &t);
            for (int i = 0; i < N; i++)
                ck_assert_close(gnn_tensor_real(z) + order[i] * y->shape[1],
                                gnn_tensor_real(y) + i * y->shape[1], y->shape[1],
                                TOLERANCE, TOLERANCE);
        }
        gnn_context_free(one);
        gnn_context_free(two);
        gnn_tensor_free(t.x);
        gnn_graph_free(t.graph);
        drop(&s);
    }
}
END_TEST

TESTS("models/equivalence", 60, stages_may_run_range_by_range,
      sampled_blocks_with_all_neighbours_are_the_whole, threads_give_the_same_bits,
      nodes_may_be_renamed)
