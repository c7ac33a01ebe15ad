/* Scorers: the score by definition; the same whether tails or heads are asked for; and
 * from a query for relations. */
#include <math.h>

#include <embed/embed.h>

#include "core/alloc.h"
#include "scorers/scorer.h"
#include "support/support.h"

enum { MOST = 64 };
static gnn_real shared[MOST * MOST];
#if GNN_REAL_DOUBLE
static const double NEAR = 1e-12;
#else
static const double NEAR = 2e-5;
#endif

/* Score of one triple with `side` asked. */
static double score(const emb_i_scorer *s, emb_i_side side, const gnn_real *h,
                    const gnn_real *r, const gnn_real *t) {
    gnn_real query[2 * MOST], mixed[MOST * MOST], result, scratch[2048];
    const gnn_id id = 0;
    const emb_i_folds folds = {
        .n = 1,
        .id = &id,
        .anchor = side == EMB_I_TAIL ? h : t,
        .groups = {.n = 1, .relation = r, .shared = shared, .mixed = mixed},
        .query = query};
    emb_i_fold_forward(s, side, &folds);
    emb_i_match_own(&s->match, 1, query, s->query,
                    (side == EMB_I_TAIL ? t : h) + s->first[side], s->entity, &result,
                    scratch);
    return (double)result;
}

/* Σ <h ⊗ r / |r|, t> by the table of products: i j = k and so on. */
static double quaternions(int64_t n, const gnn_real *h, const gnn_real *r,
                          const gnn_real *t) {
    static const int place[4][4] = {
        {0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}};
    static const int sign[4][4] = {
        {1, 1, 1, 1}, {1, -1, 1, -1}, {1, -1, -1, 1}, {1, 1, -1, -1}};
    double sum = 0;
    for (int64_t k = 0; k < n; k++) {
        double length = 0;
        for (int a = 0; a < 4; a++) length += pow((double)r[a * n + k], 2);
        for (int a = 0; a < 4; a++)
            for (int b = 0; b < 4; b++)
                sum += sign[a][b] * (double)h[a * n + k] * (double)r[b * n + k] *
                       (double)t[place[a][b] * n + k] / sqrt(length);
    }
    return sum;
}

/* The definitions, number by number. */
static double by_definition(const char *name, int64_t dim, const gnn_real *h,
                            const gnn_real *r, const gnn_real *t) {
    const int64_t n = dim / 2;
    double sum = 0;
    if (strcmp(name, "transe l1") == 0 || strcmp(name, "transe l2") == 0) {
        bool l2 = name[8] == '2';
        for (int64_t k = 0; k < dim; k++) {
            double d = (double)(h[k] + r[k] - t[k]);
            sum += l2 ? d * d : fabs(d);
        }
        return l2 ? -sqrt(sum) : -sum;
    }
    if (strcmp(name, "transh") == 0) {
        double length = 0, along_h = 0, along_t = 0;
        for (int64_t k = 0; k < dim; k++) length += pow((double)r[k], 2);
        for (int64_t k = 0; k < dim; k++) {
            along_h += (double)(r[k] * h[k]) / length;
            along_t += (double)(r[k] * t[k]) / length;
        }
        for (int64_t k = 0; k < dim; k++) {
            double on_h = (double)h[k] - along_h * (double)r[k];
            double on_t = (double)t[k] - along_t * (double)r[k];
            sum += pow(on_h + (double)r[dim + k] - on_t, 2);
        }
        return -sqrt(sum);
    }
    if (strcmp(name, "hake") == 0) {
        double phases = 0;
        for (int64_t k = 0; k < n; k++) {
            sum += pow((double)h[k] * fabs((double)r[k]) - (double)t[k], 2);
            phases += fabs(sin((double)(h[n + k] + r[n + k] - t[n + k]) / 2));
        }
        return -sqrt(sum) - .3 * phases;
    }
    if (strcmp(name, "distmult") == 0)
        for (int64_t k = 0; k < dim; k++) sum += (double)(h[k] * r[k] * t[k]);
    if (strcmp(name, "rescal") == 0)
        for (int64_t k = 0; k < dim; k++)
            for (int64_t l = 0; l < dim; l++)
                sum += (double)(h[k] * r[k * dim + l]) * (double)t[l];
    if (strcmp(name, "tucker") == 0)
        for (int64_t j = 0; j < 4; j++)
            for (int64_t k = 0; k < dim; k++)
                for (int64_t l = 0; l < dim; l++)
                    sum += (double)(shared[(j * dim + k) * dim + l] * r[j]) *
                           (double)(h[k] * t[l]);
    if (strcmp(name, "quate") == 0) return quaternions(dim / 4, h, r, t);
    if (strcmp(name, "mure") == 0 || strcmp(name, "rote") == 0) {
        for (int64_t k = 0; k < dim; k++) {
            double moved = (double)(h[k] * r[k] + r[dim + k]);
            if (name[0] == 'r') { /* components k and n + k turn together */
                double angle = (double)r[k % n], other = (double)h[(k + n) % dim];
                moved = cos(angle) * (double)h[k] +
                        (k < n ? -1 : 1) * sin(angle) * other + (double)r[n + k];
            }
            sum -= pow(moved - (double)t[k], 2);
        }
        return sum + (double)h[dim] + (double)t[dim + 1];
    }
    for (int64_t k = 0; k < n; k++) {
        double hr = (double)h[k], hi = (double)h[n + k], tr = (double)t[k],
               ti = (double)t[n + k];
        if (strcmp(name, "cp") == 0) sum += hr * (double)r[k] * ti;
        if (strcmp(name, "simple") == 0)
            sum += (hr * (double)r[k] * ti + tr * (double)r[n + k] * hi) / 2;
        if (strcmp(name, "complex") == 0) {
            double rr = (double)r[k], ri = (double)r[n + k];
            sum += (hr * rr - hi * ri) * tr + (hr * ri + hi * rr) * ti;
        }
        if (strcmp(name, "rotate") == 0) {
            double c = cos((double)r[k]), s = sin((double)r[k]);
            sum -= hypot(hr * c - hi * s - tr, hr * s + hi * c - ti);
        }
    }
    return sum;
}

static const struct {
    const char *name, *scorer, *options;
    int64_t dim;
} cases[] = {{"transe l1", "transe", "norm=l1", 9},
             {"transe l2", "transe", "norm=l2", 9},
             {"distmult", "distmult", NULL, 21},
             {"cp", "cp", NULL, 14},
             {"complex", "complex", NULL, 22},
             {"simple", "simple", NULL, 18},
             {"rotate", "rotate", NULL, 10},
             {"rescal", "rescal", NULL, 7},
             {"quate", "quate", NULL, 16},
             {"mure", "mure", NULL, 11},
             {"rote", "rote", NULL, 12},
             {"tucker", "tucker", "relation-dim=4", 8},
             {"transh", "transh", NULL, 13},
             {"hake", "hake", "phase-weight=0.3", 22}};
enum { N_CASES = sizeof cases / sizeof *cases };

START_TEST(score_as_they_are_defined) {
    support_fill(shared, MOST * MOST, 9);
    for (size_t i = 0; i < N_CASES; i++) {
        emb_i_scorer s;
        gnn_real h[MOST], r[MOST], t[MOST];
        support_fill(h, MOST, 10 + i);
        support_fill(r, MOST, 20 + i);
        support_fill(t, MOST, 30 + i);
        ck_assert_ok(
            emb_i_scorer_make(cases[i].scorer, cases[i].dim, cases[i].options, &s));
        double want = by_definition(cases[i].name, cases[i].dim, h, r, t);
        ck_assert_double_eq_tol(score(&s, EMB_I_TAIL, h, r, t), want, NEAR);
        if (!s.type->needs_reciprocal)
            ck_assert_double_eq_tol(score(&s, EMB_I_HEAD, h, r, t), want, NEAR);
        if (s.type->fold_ends != NULL) {
            gnn_real query[MOST];
            double dot = 0;
            s.type->fold_ends(&s, 1, h, t, query);
            for (int64_t k = 0; k < s.relation; k++) dot += (double)(query[k] * r[k]);
            ck_assert_double_eq_tol(dot, want, NEAR);
        }
        emb_i_scorer_clear(&s);
    }
}
END_TEST

START_TEST(are_found_by_name_only) {
    emb_i_scorer s;
    ck_assert_fails(emb_i_scorer_make("distmul", 4, NULL, &s), GNN_ERR_ARGUMENT,
                    "unknown scorer 'distmul'; known: transe");
    ck_assert_fails(emb_i_scorer_make("complex", 5, NULL, &s), GNN_ERR_ARGUMENT,
                    "dim is 5, expected a multiple of 2");
    ck_assert_fails(emb_i_scorer_make("transe", 0, NULL, &s), GNN_ERR_ARGUMENT, "dim");
    ck_assert_fails(emb_i_scorer_make("transe", 4, "norm=l3", &s), GNN_ERR_ARGUMENT,
                    "norm");
    ck_assert_fails(emb_i_scorer_make("distmult", 4, "norm=l1", &s), GNN_ERR_ARGUMENT,
                    "no options");
    for (size_t i = 0; i < emb_scorer_count(); i++) {
        ck_assert_ptr_nonnull(emb_scorer_get(i)->help);
        ck_assert_ptr_nonnull(emb_i_scorer_find(emb_scorer_get(i)->name));
    }
    ck_assert_ptr_null(emb_scorer_get(emb_scorer_count()));
}
END_TEST

/* A score is the same to the bit wherever its pair stands in a block. */
START_TEST(of_a_pair_do_not_depend_on_its_place) {
    enum { N = 19, M = 37, WIDTH = 33 };
    gnn_real *q, *c, *s, *scratch;
    const size_t room =
        emb_i_match_scratch(&(emb_i_match){.kind = EMB_I_POLAR, .width = WIDTH}, N, M);
    ck_assert_ok(gnn_i_alloc(&q, N * (WIDTH + 1), sizeof *q, "test"));
    ck_assert_ok(gnn_i_alloc(&c, M * (WIDTH + 1), sizeof *c, "test"));
    ck_assert_ok(gnn_i_alloc(&s, N * M, sizeof *s, "test"));
    ck_assert_ok(gnn_i_alloc(&scratch, room, sizeof *s, "test"));
    support_fill(q, N * (WIDTH + 1), 1);
    support_fill(c, M * (WIDTH + 1), 2);
    for (int kind = EMB_I_DOT; kind <= EMB_I_POLAR; kind++) {
        const emb_i_match match = {.kind = (emb_i_match_kind)kind,
                                   .width = kind == EMB_I_PROJECTED ? WIDTH / 2
                                            : kind >= EMB_I_MODULUS ? WIDTH - 1
                                                                    : WIDTH,
                                   .weight = (gnn_real).7,
                                   .bias = kind == EMB_I_SQUARED ? WIDTH : 0};
        const emb_i_pairs pairs = {.n = N,
                                   .m = M,
                                   .q = q,
                                   .ldq = WIDTH + 1,
                                   .c = c,
                                   .ldc = WIDTH + 1,
                                   .s = s,
                                   .lds = M};
        emb_i_match_scores(&match, &pairs, scratch);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < M; j++) {
                gnn_real alone;
                emb_i_match_own(&match, 1, q + i * (WIDTH + 1), WIDTH + 1,
                                c + j * (WIDTH + 1), WIDTH + 1, &alone, scratch);
                ck_assert_same_bytes(&alone, &s[i * M + j], sizeof alone);
            }
    }
    gnn_i_free(q);
    gnn_i_free(c);
    gnn_i_free(s);
    gnn_i_free(scratch);
}
END_TEST

TESTS("embed/scorers", 30, score_as_they_are_defined, are_found_by_name_only,
      of_a_pair_do_not_depend_on_its_place)
