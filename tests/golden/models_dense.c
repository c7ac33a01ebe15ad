/* Models against their formulas, written down for dense matrices in double: SGC, APPNP,
 * GCNII, jumping knowledge, a stack, label propagation, the majority. Sources: the papers
 * named in libgnn/models. Tolerance: 1e-5 relative in float, 1e-11 in double, of values
 * near 1. */
#include <math.h>
#include <stdio.h>

#include "support/layers.h"

enum { N = 9, WIDE = 16, N_IN = 5, N_OUT = 3 };
static const double TOLERANCE = sizeof(gnn_real) == sizeof(float) ? 1e-5 : 1e-11;

typedef double matrix[N][WIDE];

typedef struct world {
    gnn_model *model;
    gnn_graph *graph;
    gnn_tensor *x;
    double s[N][N];     /* D^-1/2 (A + I) D^-1/2 */
    double plain[N][N]; /* D^-1/2 A D^-1/2 */
    matrix h;           /* starts as X, ends as what is expected */
} world;

static world make(const char *kind, const char *options) {
    world w = {0};
    ck_assert_ok(gnn_model_new(kind, N_IN, N_OUT, options, 3, &w.model));
    support_perturb(w.model, 4);
    w.graph = support_graph(N, false, true);
    w.x = support_matrix(GNN_AXIS_NODE, N, N_IN, -1, 1, 71);
    const gnn_csr *csr = gnn_graph_csr(w.graph);
    double a[N][N] = {{0}}, d[N] = {0};
    for (int i = 0; i < N; i++)
        for (gnn_off k = csr->row_ptr[i]; k < csr->row_ptr[i + 1]; k++)
            d[i] += a[i][csr->col[k]] = (double)gnn_graph_weight(w.graph)[k];
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            w.s[i][j] = (a[i][j] + (i == j)) / sqrt((d[i] + 1) * (d[j] + 1));
            w.plain[i][j] = a[i][j] > 0 ? a[i][j] / sqrt(d[i] * d[j]) : 0;
        }
    for (int i = 0; i < N; i++)
        for (int c = 0; c < N_IN; c++)
            w.h[i][c] = (double)gnn_tensor_real(w.x)[i * N_IN + c];
    return w;
}

static double p(const world *w, const char *name, int64_t r, int64_t c) {
    const gnn_tensor *t = gnn_model_find_parameter(w->model, name);
    ck_assert_msg(t != NULL, "no parameter %s", name);
    return (double)gnn_tensor_real(t)[t->n_axes == 1 ? c : r * gnn_tensor_width(t) + c];
}

/* h = h W + b (bias NULL: none), for a parameter W (n_in, n_out). */
static void times(const world *w, double h[N][WIDE], const char *name, const char *bias) {
    const gnn_tensor *t = gnn_model_find_parameter(w->model, name);
    ck_assert_msg(t != NULL, "no parameter %s", name);
    matrix out = {{0}};
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < t->shape[1]; c++) {
            for (int64_t k = 0; k < t->shape[0]; k++)
                out[i][c] += h[i][k] * p(w, name, k, c);
            if (bias != NULL) out[i][c] += p(w, bias, 0, c);
        }
    memcpy(h, out, sizeof out);
}

/* h = S h. */
static void propagate(double s[N][N], double h[N][WIDE]) {
    matrix out = {{0}};
    for (int i = 0; i < N; i++)
        for (int c = 0; c < WIDE; c++)
            for (int j = 0; j < N; j++) out[i][c] += s[i][j] * h[j][c];
    memcpy(h, out, sizeof out);
}

static void relu(double h[N][WIDE]) {
    for (int i = 0; i < N; i++)
        for (int c = 0; c < WIDE; c++) h[i][c] = fmax(h[i][c], 0);
}

/* h = alpha h + beta g. */
static void mix(double h[N][WIDE], double alpha, double g[N][WIDE], double beta) {
    for (int i = 0; i < N; i++)
        for (int c = 0; c < WIDE; c++) h[i][c] = alpha * h[i][c] + beta * g[i][c];
}

static void compare(world *w) {
    const gnn_graph *graph = w->graph;
    gnn_context *ctx;
    gnn_real want[N * N_OUT];
    for (int i = 0; i < N; i++)
        for (int c = 0; c < N_OUT; c++) want[i * N_OUT + c] = (gnn_real)w->h[i][c];
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_tensor *y = gnn_model_forward(ctx, w->model, 1, &graph, w->x);
    ck_assert_ok(gnn_context_status(ctx));
    ck_assert_int_eq(gnn_tensor_count(y), N * N_OUT);
    ck_assert_close(gnn_tensor_real(y), want, N * N_OUT, TOLERANCE, TOLERANCE);
    gnn_context_free(ctx);
    gnn_tensor_free(w->x);
    gnn_graph_free(w->graph);
    gnn_model_free(w->model);
}

START_TEST(stack_of_convolutions) {
    world w = make("gcn", "layers=3,hidden=4");
    for (int k = 1; k <= 3; k++) {
        char weight[32], bias[32];
        snprintf(weight, sizeof weight, "layer%d.weight", k);
        snprintf(bias, sizeof bias, "layer%d.bias", k);
        propagate(w.s, w.h);
        times(&w, w.h, weight, bias);
        if (k < 3) relu(w.h);
    }
    compare(&w);
}
END_TEST

START_TEST(sgc) {
    world w = make("sgc", "k=3");
    for (int k = 0; k < 3; k++) propagate(w.s, w.h);
    times(&w, w.h, "weight", "bias");
    compare(&w);
}
END_TEST

START_TEST(appnp) {
    world w = make("appnp", "hidden=6,k=5,alpha=0.2");
    matrix start;
    times(&w, w.h, "weight1", "bias1");
    relu(w.h);
    times(&w, w.h, "weight2", "bias2");
    memcpy(start, w.h, sizeof start);
    for (int k = 0; k < 5; k++) {
        propagate(w.s, w.h);
        mix(w.h, 0.8, start, 0.2);
    }
    compare(&w);
}
END_TEST

START_TEST(gcnii) {
    world w = make("gcnii", "layers=4,hidden=6,alpha=0.3,theta=0.7");
    matrix first, mapped;
    times(&w, w.h, "weight_in", "bias_in");
    relu(w.h);
    memcpy(first, w.h, sizeof first);
    for (int l = 1; l <= 4; l++) {
        char weight[24];
        double beta = log(0.7 / l + 1);
        snprintf(weight, sizeof weight, "weight%d", l);
        propagate(w.s, w.h);
        mix(w.h, 0.7, first, 0.3);
        memcpy(mapped, w.h, sizeof mapped);
        times(&w, mapped, weight, NULL);
        mix(w.h, 1 - beta, mapped, beta);
        relu(w.h);
    }
    times(&w, w.h, "weight_out", "bias_out");
    compare(&w);
}
END_TEST

static void check_jumping(const char *mode) {
    char options[64];
    bool concat = !strcmp(mode, "concat");
    snprintf(options, sizeof options, "layers=3,hidden=4,mode=%s", mode);
    world w = make("jumping", options);
    matrix joined = {{0}};
    for (int k = 0; k < 3; k++) {
        char weight[32], bias[32];
        snprintf(weight, sizeof weight, "layer%d.weight", k + 1);
        snprintf(bias, sizeof bias, "layer%d.bias", k + 1);
        propagate(w.s, w.h);
        times(&w, w.h, weight, bias);
        relu(w.h);
        for (int i = 0; i < N; i++)
            for (int c = 0; c < 4; c++) {
                if (concat)
                    joined[i][4 * k + c] = w.h[i][c];
                else
                    joined[i][c] = k == 0 ? w.h[i][c] : fmax(joined[i][c], w.h[i][c]);
            }
    }
    memcpy(w.h, joined, sizeof joined);
    times(&w, w.h, "output.weight", "output.bias");
    compare(&w);
}

START_TEST(jumping_knowledge) {
    check_jumping("concat");
    check_jumping("max");
}
END_TEST

/* ---- without gradients ---- */

static const gnn_id class_of[N] = {0, 1, -1, -1, 2, 1, -1, 1, -1};
static const gnn_id known[] = {0, 1, 4, 5}; /* node 7 has a class, but is not told */

/* (count + 1) / (n + classes) of the known nodes. */
static const double shares[N_OUT] = {2.0 / 7, 3.0 / 7, 2.0 / 7};

static void check_propagation(bool clamp) {
    char options[64];
    snprintf(options, sizeof options, "iterations=6,alpha=0.8,clamp=%s",
             clamp ? "true" : "false");
    world w = make("labelprop", options);
    matrix y = {{0}};
    for (int k = 0; k < 4; k++) y[known[k]][class_of[known[k]]] = 1;
    memcpy(w.h, y, sizeof y);
    for (int t = 0; t < 6; t++) {
        propagate(w.plain, w.h);
        mix(w.h, 0.8, y, 0.2);
        for (int k = 0; k < 4 && clamp; k++)
            memcpy(w.h[known[k]], y[known[k]], sizeof y[0]);
    }
    for (int i = 0; i < N; i++) {
        double sum = w.h[i][0] + w.h[i][1] + w.h[i][2];
        for (int c = 0; c < N_OUT; c++)
            w.h[i][c] =
                log(((sum > 0 ? w.h[i][c] / sum : shares[c]) + 1e-3 * shares[c]) / 1.001);
    }
    ck_assert_ok(gnn_model_fit(w.model, w.graph, class_of, 4, known));
    ck_assert_ptr_nonnull(strstr(gnn_model_options_text(w.model), "nodes=9"));
    compare(&w);
}

START_TEST(label_propagation) {
    check_propagation(true);
    check_propagation(false);
}
END_TEST

START_TEST(label_propagation_keeps_to_its_graph) {
    gnn_model *model, *again;
    gnn_graph *graph = support_graph(N, false, false),
              *other = support_graph(8, false, false);
    const gnn_graph *borrowed = other;
    gnn_tensor *x = support_matrix(GNN_AXIS_NODE, 8, N_IN, -1, 1, 1);
    gnn_context *ctx;
    ck_assert_ok(gnn_model_new("labelprop", N_IN, N_OUT, NULL, 1, &model));
    ck_assert(gnn_model_is_fitted_directly(model));
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    ck_assert_ptr_null(gnn_model_forward(ctx, model, 1, &borrowed, x));
    ck_assert_fails(gnn_context_status(ctx), GNN_ERR_SHAPE, "a graph of 0 nodes");
    ck_assert_ok(gnn_model_fit(model, graph, class_of, 4, known));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    ck_assert_ptr_null(gnn_model_forward(ctx, model, 1, &borrowed, x));
    ck_assert_fails(gnn_context_status(ctx), GNN_ERR_SHAPE, "of 9 nodes, this one has 8");
    /* fitted anew to the other graph; settings make room for its scores */
    ck_assert_ok(gnn_model_fit(model, other, class_of, 4, known));
    ck_assert_ok(gnn_model_new("labelprop", N_IN, N_OUT, gnn_model_options_text(model), 1,
                               &again));
    ck_assert_int_eq(gnn_model_find_parameter(again, "score")->shape[0], 8);
    gnn_context_free(ctx);
    gnn_model_free(model);
    gnn_model_free(again);
    gnn_tensor_free(x);
    gnn_graph_free(graph);
    gnn_graph_free(other);
}
END_TEST

START_TEST(majority) {
    world w = make("majority", "");
    for (int i = 0; i < N; i++)
        for (int c = 0; c < N_OUT; c++) w.h[i][c] = log(shares[c]);
    ck_assert_ok(gnn_model_fit(w.model, w.graph, class_of, 4, known));
    compare(&w);
}
END_TEST

START_TEST(baselines_need_classes) {
    static const gnn_id none[N] = {-1, -1, -1, -1, -1, -1, -1, -1, -1};
    static const gnn_id beyond[N] = {0, 3};
    static const char *const kinds[] = {"majority", "labelprop"};
    gnn_graph *graph = support_graph(N, false, false);
    for (int k = 0; k < 2; k++) {
        gnn_model *model;
        ck_assert_ok(gnn_model_new(kinds[k], N_IN, N_OUT, NULL, 1, &model));
        ck_assert_fails(gnn_model_fit(model, graph, none, N, NULL), GNN_ERR_INPUT,
                        "no node to learn from has a class");
        ck_assert_fails(gnn_model_fit(model, graph, beyond, N, NULL), GNN_ERR_INPUT,
                        "class 3 of node 1, there are 3 classes");
        gnn_model_free(model);
    }
    gnn_graph_free(graph);
}
END_TEST

TESTS("models/golden", 30, stack_of_convolutions, sgc, appnp, gcnii, jumping_knowledge,
      label_propagation, label_propagation_keeps_to_its_graph, majority,
      baselines_need_classes)
