/* Scorers: the score by definition; the same whether tails or heads are asked for; and
 * from a query for relations. */
#include <embed/embed.h>

#include "core/alloc.h"
#include "scorers/scorer.h"
#include "support/scores.h"
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

START_TEST(score_as_they_are_defined) {
    support_fill(shared, MOST * MOST, 9);
    const support_scorer *one;
    for (size_t i = 0; (one = support_scorer_get(i)) != NULL; i++) {
        emb_i_scorer s;
        gnn_real h[MOST], r[MOST], t[MOST];
        support_fill(h, MOST, 10 + i);
        support_fill(r, MOST, 20 + i);
        support_fill(t, MOST, 30 + i);
        ck_assert_ok(emb_i_scorer_make(one->scorer, one->dim, one->options, &s));
        double want = support_score(one, shared, h, r, t);
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
