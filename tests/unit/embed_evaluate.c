/* Ranks against a count by brute force, on tables of small dyadic numbers: scores are
 * exact and many are equal. */
#include <math.h>
#include <sys/resource.h>

#include <embed/embed.h>

#include "support/support.h"

enum { ENTITIES = 530, RELATIONS = 3, TRIPLES = 300, DIM = 8 };

static gnn_id train_ids[3 * TRIPLES], test_ids[3 * TRIPLES];
static const gnn_triples train = {TRIPLES, train_ids, train_ids + TRIPLES,
                                  train_ids + 2 * TRIPLES};
static const gnn_triples test = {TRIPLES, test_ids, test_ids + TRIPLES,
                                 test_ids + 2 * TRIPLES};

static void draw(const gnn_triples *triples, uint64_t seed) {
    for (uint64_t i = 0; i < TRIPLES; i++) {
        triples->head[i] = (gnn_id)(support_bits(seed, 3 * i) % 40);
        triples->relation[i] = (gnn_id)(support_bits(seed, 3 * i + 1) % RELATIONS);
        triples->tail[i] = (gnn_id)(support_bits(seed, 3 * i + 2) % ENTITIES);
    }
}

/* Values k / 4 with |k| <= 2: sums of products of three are exact. */
static void make_dyadic(gnn_real *values, int64_t n, uint64_t seed) {
    for (int64_t i = 0; i < n; i++)
        values[i] = (gnn_real)((int64_t)(support_bits(seed, (uint64_t)i) % 5) - 2) / 4;
}

static emb_model *make(const char *scorer, bool reciprocal) {
    emb_model *model;
    const emb_model_options options = {.n_entities = ENTITIES,
                                       .n_relations = RELATIONS,
                                       .dim = DIM,
                                       .reciprocal = reciprocal,
                                       .init_scale = 1};
    int64_t n, width;
    ck_assert_ok(emb_model_new(scorer, NULL, &options, &model));
    gnn_real *entity = (gnn_real *)emb_model_entities(model, &width);
    make_dyadic(entity, ENTITIES * width, 11);
    gnn_real *relation = (gnn_real *)emb_model_relations(model, &n, &width);
    make_dyadic(relation, n * width, 12);
    return model;
}

static double score(const emb_model *model, gnn_id h, gnn_id r, gnn_id t) {
    const gnn_triples one = {1, &h, &r, &t};
    gnn_real s;
    ck_assert_ok(emb_model_score(model, &one, 1, &s));
    return (double)s;
}

/* With reciprocal relations heads are asked as tails of relation r + RELATIONS, which
 * emb_model_score does not take: DistMult's formula. */
static double distmult(const emb_model *model, gnn_id a, int64_t relation, gnn_id c) {
    int64_t n, width;
    const gnn_real *e = emb_model_entities(model, &width);
    const gnn_real *r = emb_model_relations(model, &n, &width) + relation * width;
    double sum = 0;
    for (int64_t k = 0; k < width; k++)
        sum += (double)e[a * width + k] * (double)r[k] * (double)e[c * width + k];
    return sum;
}

static bool is_in(const gnn_triples *set, gnn_id h, gnn_id r, gnn_id t) {
    for (int64_t i = 0; i < set->n; i++)
        if (set->head[i] == h && set->relation[i] == r && set->tail[i] == t) return true;
    return false;
}

static double brute_force(const emb_model *model, bool reciprocal, int64_t i, bool head,
                          emb_ties ties, bool filtered) {
    gnn_id h = test.head[i], r = test.relation[i], t = test.tail[i];
    double own =
        reciprocal && head ? distmult(model, t, r + RELATIONS, h) : score(model, h, r, t);
    double above = 0, equal = 0;
    for (gnn_id c = 0; c < ENTITIES; c++) {
        gnn_id x = head ? c : h, y = head ? t : c;
        if (c == (head ? h : t)) continue;
        if (filtered && (is_in(&train, x, r, y) || is_in(&test, x, r, y))) continue;
        double s = reciprocal && head ? distmult(model, t, r + RELATIONS, c)
                                      : distmult(model, x, r, y);
        above += s > own;
        equal += s == own;
    }
    return 1 + above +
           (ties == EMB_TIES_MEAN          ? equal / 2
            : ties == EMB_TIES_PESSIMISTIC ? equal
                                           : 0);
}

static void check(bool reciprocal) {
    static double ranks[2 * TRIPLES];
    const gnn_triples *known[] = {&train, &test};
    emb_model *model = make("distmult", reciprocal);
    draw(&train, 1);
    draw(&test, 2);
    for (int ties = EMB_TIES_MEAN; ties <= EMB_TIES_PESSIMISTIC; ties++)
        for (int filtered = 0; filtered < 2; filtered++) {
            emb_evaluation e;
            const emb_evaluate_options options = {.ties = (emb_ties)ties,
                                                  .n_known = filtered ? 2 : 0,
                                                  .known = known,
                                                  .n_threads = 1 + filtered};
            ck_assert_ok(emb_evaluate(model, &test, &options, ranks, &e));
            double sum = 0;
            for (int64_t i = 0; i < TRIPLES; i += filtered ? 7 : 1) {
                ck_assert(ranks[2 * i] == brute_force(model, reciprocal, i, false,
                                                      (emb_ties)ties, filtered));
                ck_assert(ranks[2 * i + 1] == brute_force(model, reciprocal, i, true,
                                                          (emb_ties)ties, filtered));
            }
            for (int64_t i = 0; i < 2 * TRIPLES; i++) sum += 1 / ranks[i];
            ck_assert_double_eq_tol(e.both.mrr, sum / (2 * TRIPLES), 1e-12);
            ck_assert_int_eq(e.both.n, 2 * TRIPLES);
            ck_assert_double_eq_tol(e.both.mrr, (e.tail.mrr + e.head.mrr) / 2, 1e-12);
        }
    emb_model_free(model);
}

START_TEST(agree_with_brute_force) {
    check(false);
}
END_TEST

START_TEST(agree_with_reciprocal_relations) {
    check(true);
}
END_TEST

START_TEST(of_a_constant_scorer_are_in_the_middle) {
    static double ranks[2 * TRIPLES];
    emb_evaluation e;
    const emb_evaluate_options options = {.n_threads = 1};
    emb_model *model = make("complex", false);
    int64_t n, width;
    gnn_real *relation = (gnn_real *)emb_model_relations(model, &n, &width);
    memset(relation, 0, (size_t)(n * width) * sizeof *relation);
    draw(&test, 2);
    ck_assert_ok(emb_evaluate(model, &test, &options, ranks, &e));
    ck_assert_double_eq_tol(e.both.mr, (ENTITIES + 1) / 2., 1e-9);
    ck_assert_double_eq_tol(e.both.amr, 1, 1e-9);
    ck_assert_double_eq_tol(e.both.amri, 0, 1e-9);
    /* numbers that are none never look good */
    for (int64_t i = 0; i < n * width; i++) relation[i] = NAN;
    ck_assert_ok(emb_evaluate(model, &test, &options, ranks, &e));
    ck_assert_double_eq_tol(e.both.mr, ENTITIES, 1e-9);
    emb_model_free(model);
}
END_TEST

/* One question with more answers than a block takes, some of them twice, and another
 * question behind it: each rank is that of the triple asked about alone. */
START_TEST(of_many_answers_are_those_of_each) {
    enum { MANY = 2600 };
    static gnn_id ids[3 * MANY];
    static double ranks[2 * MANY];
    const gnn_triples many = {MANY, ids, ids + MANY, ids + 2 * MANY};
    emb_model *model = make("transe", false);
    emb_evaluation e;
    draw(&train, 1);
    for (gnn_id i = 0; i < MANY; i++) {
        many.head[i] = i == MANY - 1 ? 4 : 3;
        many.relation[i] = 1;
        many.tail[i] = (i * 7) % ENTITIES;
    }
    const gnn_triples *known[] = {&train, &many};
    emb_evaluate_options options = {.n_known = 2, .known = known, .n_threads = 2};
    ck_assert_ok(emb_evaluate(model, &many, &options, ranks, &e));
    ck_assert_int_eq(e.tail.n, MANY);
    for (int64_t i = 0; i < MANY; i += i < MANY - 14 ? 13 : 1) {
        const gnn_triples one = {1, many.head + i, many.relation + i, many.tail + i};
        double alone[2];
        ck_assert_ok(emb_evaluate(model, &one, &options, alone, &e));
        ck_assert(ranks[2 * i] == alone[0] && ranks[2 * i + 1] == alone[1]);
        ck_assert_double_ge(alone[0], 1);
    }
    emb_model_free(model);
}
END_TEST

static int stop(void *user, const char *what, int64_t done, int64_t total) {
    (void)user, (void)what, (void)done, (void)total;
    return 1;
}

START_TEST(refuse_what_does_not_fit) {
    emb_evaluation e;
    emb_evaluate_options options = {.n_threads = 1};
    emb_model *model = make("distmult", false);
    draw(&test, 2);
    test.tail[5] = ENTITIES;
    ck_assert_fails(emb_evaluate(model, &test, &options, NULL, &e), GNN_ERR_ARGUMENT,
                    "triple 5: tail is 530, expected 0 to 529");
    draw(&test, 2);
    options.progress = stop;
    ck_assert_fails(emb_evaluate(model, &test, &options, NULL, &e), GNN_ERR_CANCELLED,
                    "interrupted");
    emb_model_free(model);
}
END_TEST

/* An estimate lies near what it estimates: within `errors` half widths. */
/* Entities of 1, 2, 3, 4 and a relation of 1 score (h, t) as h t. Of (1, 3) the tail has
 * one rival above it, 4, and the head three. */
START_TEST(adjusted_by_hand) {
    enum { DIMS = 2 };
    gnn_id zero[] = {0}, two[] = {2}, three[] = {3};
    const gnn_triples asked = {1, zero, zero, two}, above = {1, zero, zero, three};
    const gnn_triples *known[] = {&above};
    const emb_model_options four = {
        .n_entities = 4, .n_relations = 1, .dim = DIMS, .init_scale = 1};
    emb_evaluate_options options = {.known = known, .n_threads = 1};
    emb_model *model;
    emb_evaluation e;
    emb_sampled_evaluation s;
    ck_assert_ok(emb_model_new("distmult", NULL, &four, &model));
    for (gnn_id i = 0; i < 4; i++)
        ck_assert_ok(emb_model_set_entity(model, i, (gnn_real[DIMS]){(gnn_real)i + 1}));
    ck_assert_ok(emb_model_set_relation(model, 0, (gnn_real[DIMS]){1}));
    /* ranks 2 and 4 of 4 */
    ck_assert_ok(emb_evaluate(model, &asked, &options, NULL, &e));
    ck_assert_double_eq_tol(e.both.mr, 3, 1e-12);
    ck_assert_double_eq_tol(e.both.amr, 3 / 2.5, 1e-12);
    ck_assert_double_eq_tol(e.both.amri, 1 - 2 / 1.5, 1e-12);
    ck_assert_double_eq_tol(e.tail.amr, 2 / 2.5, 1e-12);
    ck_assert_double_eq_tol(e.head.amr, 4 / 2.5, 1e-12);
    /* ranks 1 of 3 and 4 of 4; a sample finds none and all of the rivals above, too */
    options.n_known = 1;
    ck_assert_ok(emb_evaluate(model, &asked, &options, NULL, &e));
    ck_assert_double_eq_tol(e.both.amr, 5 / 4.5, 1e-12);
    ck_assert_double_eq_tol(e.both.amri, 1 - 3 / 2.5, 1e-12);
    ck_assert_ok(emb_evaluate_sampled(model, &asked, &options, 7, 1, &s));
    ck_assert_double_eq_tol(s.both.amr.value, 5 / 4.5, 1e-12);
    ck_assert_double_eq_tol(s.both.amri.value, 1 - 3 / 2.5, 1e-12);
    ck_assert_double_eq_tol(s.both.amr.error, s.both.mr.error / 2.25, 1e-12);
    emb_model_free(model);
}
END_TEST

static void check_near(emb_estimate estimate, double truth, double errors) {
    ck_assert_double_ge(estimate.error, 0);
    ck_assert_double_le(fabs(estimate.value - truth), errors * estimate.error + 1e-12);
}

START_TEST(among_a_sample_estimate_the_mean) {
    static double ranks[2 * TRIPLES];
    const gnn_triples *known[] = {&train, &test};
    emb_model *model = make("distmult", true);
    draw(&train, 1);
    draw(&test, 2);
    for (int ties = EMB_TIES_MEAN; ties <= EMB_TIES_PESSIMISTIC; ties++)
        for (int filtered = 0; filtered < 2; filtered++) {
            emb_evaluation exact;
            emb_sampled_evaluation few, many, again;
            emb_evaluate_options options = {.ties = (emb_ties)ties,
                                            .n_known = filtered ? 2 : 0,
                                            .known = known,
                                            .n_threads = 1};
            ck_assert_ok(emb_evaluate(model, &test, &options, ranks, &exact));
            ck_assert_ok(emb_evaluate_sampled(model, &test, &options, 20, 5, &few));
            ck_assert_ok(emb_evaluate_sampled(model, &test, &options, 3000, 5, &many));
            ck_assert_int_eq(few.both.n, 2 * TRIPLES);
            ck_assert_int_eq(few.head.n, TRIPLES);
            check_near(few.both.mr, exact.both.mr, 2);
            check_near(few.tail.mr, exact.tail.mr, 2);
            check_near(few.both.amr, exact.both.amr, 2);
            check_near(few.both.amri, exact.both.amri, 2);
            /* the share of a large sample is the exact one, but for sampling */
            ck_assert_double_le(fabs(many.head.mr.value - exact.head.mr), 1.5);
            ck_assert_double_gt(few.both.mrr.value, exact.both.mrr);
            options.n_threads = 4;
            ck_assert_ok(emb_evaluate_sampled(model, &test, &options, 20, 5, &again));
            ck_assert(memcmp(&few, &again, sizeof few) == 0);
            ck_assert_ok(emb_evaluate_sampled(model, &test, &options, 20, 6, &again));
            ck_assert(few.both.mr.value != again.both.mr.value);
        }
    emb_sampled_evaluation e;
    const emb_evaluate_options options = {.n_threads = 1};
    ck_assert_fails(emb_evaluate_sampled(model, &test, &options, 0, 1, &e),
                    GNN_ERR_ARGUMENT, "a sample of 0 entities");
    emb_model_free(model);
}
END_TEST

/* Known answers and the answer itself are never drawn: with one rival left, which is
 * better, every draw is above; with none, the rank is 1. */
START_TEST(among_a_sample_are_of_rivals_only) {
    static gnn_id ids[3 * ENTITIES];
    const gnn_triples all = {ENTITIES, ids, ids + ENTITIES, ids + 2 * ENTITIES};
    gnn_triples some = all;
    const gnn_triples *known[] = {&some};
    emb_sampled_evaluation e;
    const emb_evaluate_options options = {.n_known = 1, .known = known, .n_threads = 1};
    emb_model *model = make("distmult", false);
    int64_t n, width;
    gnn_real *entity = (gnn_real *)emb_model_entities(model, &width);
    gnn_real *relation = (gnn_real *)emb_model_relations(model, &n, &width);
    for (int64_t i = 0; i < ENTITIES * width; i++) entity[i] = i < (ENTITIES - 1) * width;
    for (int64_t i = 0; i < n * width; i++) relation[i] = 1;
    for (gnn_id i = 0; i < ENTITIES; i++) all.tail[i] = (i + 1) % ENTITIES;
    /* the last entity, whose score is 0, against entity 0, the only one not known */
    const gnn_triples last = {1, all.head, all.relation, all.tail + ENTITIES - 2};
    some.n = ENTITIES - 1;
    ck_assert_int_eq(last.tail[0], ENTITIES - 1);
    ck_assert_ok(emb_evaluate_sampled(model, &last, &options, 50, 1, &e));
    ck_assert_double_eq_tol(e.tail.mrr.value, 1 / 51., 1e-12);
    ck_assert_double_eq_tol(e.tail.mr.value, 2, 1e-12);
    some.n = ENTITIES;
    ck_assert_ok(emb_evaluate_sampled(model, &last, &options, 50, 1, &e));
    ck_assert(e.tail.mr.value == 1);
    emb_model_free(model);
}
END_TEST

static gnn_status evaluate_all(void *argument) {
    emb_evaluation e;
    const gnn_triples *known[] = {&test};
    const emb_evaluate_options options = {.n_known = 1, .known = known, .n_threads = 1};
    emb_sampled_evaluation sampled;
    gnn_status status = emb_evaluate(argument, &test, &options, NULL, &e);
    if (status != GNN_OK) return status;
    return emb_evaluate_sampled(argument, &test, &options, 3, 0, &sampled);
}

START_TEST(survive_short_memory) {
    emb_model *model = make("distmult", false);
    draw(&test, 2);
    ck_assert_int_ge(support_starve(evaluate_all, model), 3);
    emb_model_free(model);
}
END_TEST

/* A relation's matrix is large: rows of it are gathered few at a time. Eight threads, and
 * the tables come first, so that what is added afterwards is the evaluation's. */
START_TEST(take_little_memory) {
    emb_model *model;
    emb_evaluation e;
    struct rusage before, after;
    const gnn_triples *known[] = {&test};
    const emb_evaluate_options options = {.n_known = 1, .known = known, .n_threads = 8};
    const emb_model_options shape = {.n_entities = ENTITIES,
                                     .n_relations = RELATIONS,
                                     .dim = 256,
                                     .reciprocal = true,
                                     .init_scale = 1};
    draw(&test, 2);
    ck_assert_ok(emb_model_new("rescal", NULL, &shape, &model));
    getrusage(RUSAGE_SELF, &before);
    ck_assert_ok(emb_evaluate(model, &test, &options, NULL, &e));
    getrusage(RUSAGE_SELF, &after);
    ck_assert_int_lt(after.ru_maxrss - before.ru_maxrss, 64 << 10); /* kB */
    emb_model_free(model);
}
END_TEST

START_TEST(of_groups_are_means_of_their_triples) {
    emb_model *model = make("distmult", true);
    static double ranks[2 * TRIPLES];
    int32_t group[TRIPLES];
    emb_evaluation all, groups[RELATIONS + 1];
    draw(&train, 1);
    draw(&test, 2);
    for (int i = 0; i < TRIPLES; i++) group[i] = test.relation[i];
    const gnn_triples *known[] = {&train};
    const emb_evaluate_options options = {.n_known = 1,
                                          .known = known,
                                          .n_threads = 2,
                                          .group = group,
                                          .n_groups = RELATIONS + 1,
                                          .groups = groups};
    ck_assert_ok(emb_evaluate(model, &test, &options, ranks, &all));
    ck_assert_int_eq(groups[RELATIONS].both.n, 0); /* a group without triples */
    ck_assert(groups[RELATIONS].both.mrr == 0);
    for (int32_t g = 0; g < RELATIONS; g++) {
        double tails = 0, heads = 0, n = 0;
        for (int i = 0; i < TRIPLES; i++) {
            if (group[i] != g) continue;
            tails += 1 / ranks[2 * i];
            heads += 1 / ranks[2 * i + 1];
            n++;
        }
        ck_assert_int_eq(groups[g].tail.n, (int64_t)n);
        ck_assert_double_eq_tol(groups[g].tail.mrr, tails / n, 1e-12);
        ck_assert_double_eq_tol(groups[g].head.mrr, heads / n, 1e-12);
        ck_assert_double_eq_tol(groups[g].both.mrr, (tails + heads) / (2 * n), 1e-12);
    }
    emb_model_free(model);
}
END_TEST

START_TEST(of_relations_have_kinds) {
    /* relation 0: one to one; 1: from one head to three tails; 2: the other way round; 3:
     * both; 4: without triples; 5: three triples with two heads each: exactly 1.5 */
    gnn_id head[] = {0, 1, 2, 2, 2, 3, 4, 5, 6, 6, 7, 7, 0, 0, 1};
    gnn_id relation[] = {0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 5, 5, 5};
    gnn_id tail[] = {1, 2, 3, 4, 5, 8, 8, 8, 1, 2, 1, 2, 3, 4, 5};
    const gnn_triples triples = {15, head, relation, tail};
    static const int32_t want[] = {EMB_ONE_TO_ONE,   EMB_ONE_TO_MANY, EMB_MANY_TO_ONE,
                                   EMB_MANY_TO_MANY, EMB_ONE_TO_ONE,  EMB_ONE_TO_MANY};
    int32_t kind[6];
    ck_assert_ok(emb_relation_kinds(6, &triples, kind));
    for (int r = 0; r < 6; r++) ck_assert_int_eq(kind[r], want[r]);
}
END_TEST

TESTS("embed/ranks", 60, of_groups_are_means_of_their_triples, of_relations_have_kinds,
      agree_with_brute_force, agree_with_reciprocal_relations,
      of_many_answers_are_those_of_each, among_a_sample_estimate_the_mean,
      among_a_sample_are_of_rivals_only, adjusted_by_hand,
      of_a_constant_scorer_are_in_the_middle, refuse_what_does_not_fit,
      survive_short_memory, take_little_memory)
