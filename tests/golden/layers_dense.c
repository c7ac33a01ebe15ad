/* Every layer against its formula, written down for dense matrices in double: no code is
 * shared with the library but the parameters. Sources of the formulas: the papers named
 * in the files of libgnn/layers. Tolerance: 1e-5 relative in float, 1e-11 in double, of
 * values near 1.
 *
 * The graph has N nodes; A[i][j] is the weight of the arc j → i, 0 where there is
 * none. */
#include <math.h>
#include <stdio.h>

#include "support/layers.h"

enum { N = 9, WIDE = 12 };
static const double TOLERANCE = sizeof(gnn_real) == sizeof(float) ? 1e-5 : 1e-11;

typedef double matrix[N][WIDE];

typedef struct world {
    support_layer made;
    gnn_graph *graph;
    gnn_tensor *x, *features;
    double a[N][N];    /* weights of arcs */
    bool arc[N][N];    /* whether there is one */
    double f[N][N][4]; /* arc features */
    int64_t n_in, n_out;
    double y[N][WIDE]; /* what is expected */
} world;

static world make(const char *kind, int64_t n_in, int64_t n_out, int64_t arcs,
                  const char *options, bool weighted) {
    world w = {.n_in = n_in, .n_out = n_out};
    const support_layer_case c = {kind, n_in, n_out, arcs, options};
    w.made = support_layer_new(&c);
    w.graph = support_graph(N, true, weighted);
    w.x = support_matrix(GNN_AXIS_NODE, N, n_in, -1, 1, 51);
    const gnn_csr *csr = gnn_graph_csr(w.graph);
    const gnn_real *weight = gnn_graph_weight(w.graph);
    if (arcs > 0) w.features = support_matrix(GNN_AXIS_ARC, csr->n_arcs, arcs, -1, 1, 52);
    for (int i = 0; i < N; i++)
        for (gnn_off k = csr->row_ptr[i]; k < csr->row_ptr[i + 1]; k++) {
            int j = csr->col[k];
            w.a[i][j] = weight != NULL ? (double)weight[k] : 1;
            w.arc[i][j] = true;
            for (int64_t e = 0; e < arcs; e++)
                w.f[i][j][e] = (double)gnn_tensor_real(w.features)[k * arcs + e];
        }
    return w;
}

static double x_of(const world *w, int i, int64_t c) {
    return (double)gnn_tensor_real(w->x)[i * w->n_in + c];
}

/* Value (r, c) of the parameter conv.NAME; 0 where the layer has none of that name. */
static double p(const world *w, const char *name, int64_t r, int64_t c) {
    char full[64];
    snprintf(full, sizeof full, "conv.%s", name);
    const gnn_tensor *t = gnn_model_find_parameter(w->made.model, full);
    if (t == NULL) return 0;
    return (double)gnn_tensor_real(t)[t->n_axes == 1 ? c : r * gnn_tensor_width(t) + c];
}

/* out = in W with the parameter NAME, whose columns begin at `first`. */
static void times(const world *w, double in[N][WIDE], int64_t n_in, const char *name,
                  int64_t first, int64_t n_out, double out[N][WIDE]) {
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < n_out; c++) {
            double sum = 0;
            for (int64_t k = 0; k < n_in; k++) sum += in[i][k] * p(w, name, k, first + c);
            out[i][c] = sum;
        }
}

/* out = S in for a dense N × N matrix. */
static void apply(double s[N][N], double in[N][WIDE], int64_t width,
                  double out[N][WIDE]) {
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < width; c++) {
            double sum = 0;
            for (int j = 0; j < N; j++) sum += s[i][j] * in[j][c];
            out[i][c] = sum;
        }
}

static void input(const world *w, double out[N][WIDE]) {
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < w->n_in; c++) out[i][c] = x_of(w, i, c);
}

static void add_bias(world *w, int64_t width) {
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < width; c++) w->y[i][c] += p(w, "bias", 0, c);
}

/* Runs the layer, compares with w->y, frees all. */
static void compare(world *w, int64_t width) {
    gnn_context *ctx;
    gnn_real want[N * WIDE];
    ck_assert_int_eq(gnn_layer_width(w->made.layer), width);
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < width; c++) want[i * width + c] = (gnn_real)w->y[i][c];
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_tensor *y =
        gnn_layer_forward_arcs(ctx, w->made.layer, w->graph, w->x, NULL, w->features);
    ck_assert_ok(gnn_context_status(ctx));
    ck_assert_int_eq(y->shape[0], N);
    ck_assert_int_eq(y->shape[1], width);
    ck_assert_close(gnn_tensor_real(y), want, N * width, TOLERANCE, TOLERANCE);
    gnn_context_free(ctx);
    gnn_tensor_free(w->x);
    gnn_tensor_free(w->features);
    gnn_graph_free(w->graph);
    gnn_model_free(w->made.model);
}

/* ---- weights learned from features ---- */

static void gate(world *w, int64_t arcs) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            if (!w->arc[i][j]) continue;
            double score = p(w, "gate_bias", 0, 0) + log(exp(1.0) - 1);
            for (int64_t e = 0; e < arcs; e++)
                score += w->f[i][j][e] * p(w, "gate", e, 0);
            w->a[i][j] *= log(1 + exp(score));
        }
}

/* ---- linear, mlp ---- */

START_TEST(linear_layers) {
    world w = make("linear", 4, 3, 0, "", false);
    matrix x;
    input(&w, x);
    times(&w, x, 4, "weight", 0, 3, w.y);
    add_bias(&w, 3);
    compare(&w, 3);

    w = make("linear", 4, 3, 0, "residual=true,bias=false", false);
    matrix r;
    times(&w, x, 4, "weight", 0, 3, w.y);
    times(&w, x, 4, "residual", 0, 3, r);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < 3; c++) w.y[i][c] += r[i][c];
    compare(&w, 3);
}
END_TEST

/* relu(in W1 + b1) W2 + b2 of the parameters PREFIXweight1 …; bias2 is PREFIXbias. */
static void perceptron(world *w, const char *prefix, double in[N][WIDE], int64_t n_in,
                       int64_t hidden) {
    char name[4][32];
    matrix h;
    snprintf(name[0], sizeof name[0], "%sweight1", prefix);
    snprintf(name[1], sizeof name[1], "%sbias1", prefix);
    snprintf(name[2], sizeof name[2], "%sweight2", prefix);
    snprintf(name[3], sizeof name[3], "%sbias", prefix);
    times(w, in, n_in, name[0], 0, hidden, h);
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < hidden; c++)
            h[i][c] = fmax(h[i][c] + p(w, name[1], 0, c), 0);
    times(w, h, hidden, name[2], 0, w->n_out, w->y);
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < w->n_out; c++) w->y[i][c] += p(w, name[3], 0, c);
}

START_TEST(perceptrons) {
    world w = make("mlp", 4, 3, 0, "mlp-hidden=5", false);
    matrix x;
    input(&w, x);
    perceptron(&w, "", x, 4, 5);
    compare(&w, 3);
}
END_TEST

/* ---- gcn ---- */

static void gcn_operator(const world *w, bool loops, double s[N][N]) {
    double d[N];
    for (int i = 0; i < N; i++) {
        d[i] = loops ? 1 : 0;
        for (int j = 0; j < N; j++) d[i] += w->a[i][j];
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double a = w->a[i][j] + (loops && i == j);
            s[i][j] = d[i] > 0 && d[j] > 0 ? a / sqrt(d[i] * d[j]) : 0;
        }
}

static void check_gcn(int64_t n_in, int64_t n_out, int64_t arcs, bool loops,
                      bool weighted) {
    world w = make("gcn", n_in, n_out, arcs, loops ? "" : "self-loops=false", weighted);
    double s[N][N];
    matrix x, xw;
    if (arcs > 0) gate(&w, arcs);
    gcn_operator(&w, loops, s);
    input(&w, x);
    times(&w, x, n_in, "weight", 0, n_out, xw);
    apply(s, xw, n_out, w.y);
    add_bias(&w, n_out);
    compare(&w, n_out);
}

START_TEST(graph_convolutions) {
    for (int weighted = 0; weighted < 2; weighted++)
        for (int loops = 0; loops < 2; loops++)
            for (int arcs = 0; arcs < 3; arcs += 2) {
                check_gcn(4, 3, arcs, loops, weighted);
                check_gcn(3, 4, arcs, loops, weighted);
            }
}
END_TEST

/* ---- sage ---- */

static void check_sage(const char *aggregator, int64_t n_in, int64_t n_out, int64_t arcs,
                       bool weighted) {
    char options[64];
    snprintf(options, sizeof options, "aggregator=%s", aggregator);
    world w = make("sage", n_in, n_out, arcs, options, weighted);
    matrix x, self, agg;
    bool mean = !strcmp(aggregator, "mean"), gcn = !strcmp(aggregator, "gcn");
    bool max = !strcmp(aggregator, "max");
    if (arcs > 0) gate(&w, arcs);
    input(&w, x);
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < n_in; c++) {
            double sum = gcn ? x[i][c] : 0, weight = gcn ? 1 : 0, most = -INFINITY;
            for (int j = 0; j < N; j++) {
                if (!w.arc[i][j]) continue;
                sum += w.a[i][j] * x[j][c];
                weight += w.a[i][j];
                most = fmax(most, w.a[i][j] * x[j][c]);
            }
            agg[i][c] = sum;
            if (mean || gcn) agg[i][c] = weight > 0 ? sum / weight : 0;
            if (max) agg[i][c] = isfinite(most) ? most : 0;
        }
    times(&w, agg, n_in, "neighbour", 0, n_out, w.y);
    times(&w, x, n_in, "self", 0, n_out,
          self); /* 0 for gcn: there is no such parameter */
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < n_out; c++) w.y[i][c] += self[i][c];
    add_bias(&w, n_out);
    compare(&w, n_out);
}

START_TEST(sage_aggregators) {
    static const char *const names[] = {"mean", "max", "sum", "gcn"};
    for (int i = 0; i < 4; i++)
        for (int weighted = 0; weighted < 2; weighted++) {
            check_sage(names[i], 4, 3, 0, weighted);
            check_sage(names[i], 3, 4, 2, weighted);
        }
}
END_TEST

/* ---- attention ---- */

static double leaky(double v, double slope) {
    return v > 0 ? v : slope * v;
}

/* y of one head from scores: α over the arcs (and the loop), then Σ α z. */
static void attend(world *w, double score[N][N], bool loops, double z[N][WIDE],
                   int64_t first, double out[N][WIDE], double share) {
    for (int i = 0; i < N; i++) {
        double sum = 0;
        for (int j = 0; j < N; j++)
            if (w->arc[i][j] || (loops && i == j)) sum += exp(score[i][j]);
        for (int j = 0; j < N; j++)
            for (int64_t c = 0; c < w->n_out; c++)
                if (w->arc[i][j] || (loops && i == j))
                    out[i][c] += share * exp(score[i][j]) / sum * z[j][first + c];
    }
}

static void check_attention(bool second, int64_t heads, bool concat, bool loops,
                            int64_t arcs, bool weighted) {
    char options[128];
    snprintf(options, sizeof options, "heads=%d,concat=%s,self-loops=%s,slope=0.3",
             (int)heads, concat ? "true" : "false", loops ? "true" : "false");
    world w = make(second ? "gatv2" : "gat", 4, 3, arcs, options, weighted);
    matrix x, z, t, head;
    input(&w, x);
    times(&w, x, 4, second ? "source" : "weight", 0, heads * 3, z);
    times(&w, x, 4, second ? "target" : "weight", 0, heads * 3, t);
    for (int64_t h = 0; h < heads; h++) {
        double score[N][N] = {{0}};
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double log_w = w.arc[i][j] ? log(w.a[i][j]) : 0, s = 0;
                for (int64_t e = 0; e < arcs && !second; e++)
                    s += w.f[i][j][e] * p(&w, "a_arc", e, h);
                if (!second) s += log_w;
                for (int64_t c = 0; c < 3; c++) {
                    int64_t k = h * 3 + c;
                    if (!second) {
                        s += z[j][k] * p(&w, "a_source", h, c);
                        s += z[i][k] * p(&w, "a_target", h, c);
                        continue;
                    }
                    double inner = z[j][k] + t[i][k] + log_w * p(&w, "arc_weight", 0, k);
                    for (int64_t e = 0; e < arcs; e++)
                        inner += w.f[i][j][e] * p(&w, "arc", e, k);
                    s += p(&w, "a", h, c) * leaky(inner, 0.3);
                }
                score[i][j] = second ? s : leaky(s, 0.3);
            }
        memset(head, 0, sizeof head);
        attend(&w, score, loops, z, h * 3, head, concat ? 1 : 1.0 / (double)heads);
        for (int i = 0; i < N; i++)
            for (int64_t c = 0; c < 3; c++) w.y[i][concat ? h * 3 + c : c] += head[i][c];
    }
    int64_t width = concat ? heads * 3 : 3;
    add_bias(&w, width);
    compare(&w, width);
}

START_TEST(attention_layers) {
    for (int second = 0; second < 2; second++)
        for (int weighted = 0; weighted < 2; weighted++) {
            check_attention(second, 1, true, true, 0, weighted);
            check_attention(second, 3, true, true, 0, weighted);
            check_attention(second, 3, false, false, 0, weighted);
            check_attention(second, 2, true, true, 2, weighted);
            check_attention(second, 2, false, false, 3, weighted);
        }
}
END_TEST

/* ---- isomorphism networks ---- */

static void check_gin(const char *kind, int64_t n_in, int64_t arcs, bool weighted) {
    bool edges = !strcmp(kind, "gine");
    world w = make(kind, n_in, 3, arcs, "eps=0.25", weighted);
    matrix x, h;
    if (arcs > 0 && !edges) gate(&w, arcs);
    input(&w, x);
    double own = 1.25 + p(&w, "eps", 0, 0);
    for (int i = 0; i < N; i++)
        for (int64_t c = 0; c < n_in; c++) {
            h[i][c] = own * x[i][c];
            for (int j = 0; j < N; j++) {
                if (!w.arc[i][j]) continue;
                double e = arcs == n_in ? w.f[i][j][c] : 0;
                for (int64_t k = 0; k < arcs && arcs != n_in; k++)
                    e += w.f[i][j][k] * p(&w, "arc", k, c);
                double message = edges ? fmax(x[j][c] + e, 0) : x[j][c];
                h[i][c] += w.a[i][j] * message;
            }
        }
    perceptron(&w, "mlp.", h, n_in, 3);
    compare(&w, 3);
}

START_TEST(isomorphism_networks) {
    for (int weighted = 0; weighted < 2; weighted++) {
        check_gin("gin", 4, 0, weighted);
        check_gin("gin", 2, 2, weighted);
        check_gin("gine", 4, 0, weighted);
        check_gin("gine", 4, 4, weighted);
        check_gin("gine", 4, 2, weighted);
    }
}
END_TEST

/* ---- Chebyshev ---- */

static void scaled_laplacian(const world *w, const char *kind, double scale,
                             double l[N][N]) {
    double d[N], s[N][N];
    gcn_operator(w, false, s);
    for (int i = 0; i < N; i++) {
        d[i] = 0;
        for (int j = 0; j < N; j++) d[i] += w->a[i][j];
    }
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            double same = i == j, value = same - s[i][j];
            if (!strcmp(kind, "rw")) value = same - (d[i] > 0 ? w->a[i][j] / d[i] : 0);
            if (!strcmp(kind, "none")) value = same * d[i] - w->a[i][j];
            l[i][j] = 2 / scale * value - same;
        }
}

static void check_cheb(const char *kind, int64_t n_in, int64_t n_out, int terms,
                       double scale, int64_t arcs, bool weighted) {
    char options[96];
    snprintf(options, sizeof options, "terms=%d,scale=%g,laplacian=%s", terms, scale,
             kind);
    world w = make("cheb", n_in, n_out, arcs, options, weighted);
    double l[N][N];
    matrix before = {{0}}, now, next, part;
    if (arcs > 0) gate(&w, arcs);
    scaled_laplacian(&w, kind, scale, l);
    input(&w, now);
    for (int k = 0; k < terms; k++) {
        times(&w, now, n_in, "weight", k * n_out, n_out, part);
        apply(l, now, n_in, next);
        for (int i = 0; i < N; i++) {
            for (int64_t c = 0; c < n_out; c++) w.y[i][c] += part[i][c];
            for (int64_t c = 0; c < n_in; c++) {
                next[i][c] = k == 0 ? next[i][c] : 2 * next[i][c] - before[i][c];
                before[i][c] = now[i][c];
                now[i][c] = next[i][c];
            }
        }
    }
    add_bias(&w, n_out);
    compare(&w, n_out);
}

START_TEST(chebyshev_polynomials) {
    static const char *const kinds[] = {"sym", "rw", "none"};
    for (int i = 0; i < 3; i++)
        for (int terms = 1; terms <= 5; terms++)
            for (int weighted = 0; weighted < 2; weighted++) {
                /* D - A has larger eigenvalues: T_k explodes where they are not scaled
                 * down */
                double scale = i == 2 ? 24 : 2;
                check_cheb(kinds[i], 4, 3, terms, scale, 0, weighted);
                check_cheb(kinds[i], 3, 4, terms, 1.25 * scale, 2, weighted);
            }
}
END_TEST

static void check_tag(int64_t n_in, int hops, int64_t arcs, bool weighted) {
    char options[32];
    snprintf(options, sizeof options, "hops=%d", hops);
    world w = make("tag", n_in, 3, arcs, options, weighted);
    double s[N][N];
    matrix now, next, part;
    if (arcs > 0) gate(&w, arcs);
    gcn_operator(&w, false, s);
    input(&w, now);
    for (int k = 0; k <= hops; k++) {
        times(&w, now, n_in, "weight", k * 3, 3, part);
        for (int i = 0; i < N; i++)
            for (int c = 0; c < 3; c++) w.y[i][c] += part[i][c];
        apply(s, now, n_in, next);
        memcpy(now, next, sizeof now);
    }
    add_bias(&w, 3);
    compare(&w, 3);
}

START_TEST(powers_of_the_adjacency) {
    for (int hops = 0; hops < 4; hops++)
        for (int weighted = 0; weighted < 2; weighted++) {
            check_tag(4, hops, 0, weighted);
            check_tag(2, hops, 2, weighted);
        }
}
END_TEST

/* ---- what is around a layer ---- */

START_TEST(norms_and_residuals) {
    world w = make("linear", 3, 3, 0, "residual=true,norm=layer", false);
    matrix x, h;
    input(&w, x);
    times(&w, x, 3, "weight", 0, 3, h);
    for (int i = 0; i < N; i++) {
        double mean = 0, square = 0;
        for (int c = 0; c < 3; c++) mean += (h[i][c] += p(&w, "bias", 0, c)) / 3;
        for (int c = 0; c < 3; c++) square += (h[i][c] - mean) * (h[i][c] - mean) / 3;
        for (int c = 0; c < 3; c++)
            w.y[i][c] =
                (h[i][c] - mean) / sqrt(square + 1e-5) * p(&w, "norm.gain", 0, c) +
                p(&w, "norm.offset", 0, c) + x[i][c];
    }
    compare(&w, 3);

    w = make("linear", 3, 3, 0, "norm=batch", false); /* evaluation: running statistics */
    times(&w, x, 3, "weight", 0, 3, h);
    for (int i = 0; i < N; i++)
        for (int c = 0; c < 3; c++)
            w.y[i][c] = (h[i][c] + p(&w, "bias", 0, c) - p(&w, "norm.mean", 0, c)) /
                            sqrt(p(&w, "norm.variance", 0, c) + 1e-5) *
                            p(&w, "norm.gain", 0, c) +
                        p(&w, "norm.offset", 0, c);
    compare(&w, 3);
}
END_TEST

TESTS("layers/golden", 30, linear_layers, perceptrons, graph_convolutions,
      sage_aggregators, attention_layers, isomorphism_networks, chebyshev_polynomials,
      powers_of_the_adjacency, norms_and_residuals)
