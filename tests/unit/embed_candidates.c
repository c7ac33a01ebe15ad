/* Which entities questions are compared with, and which ends of triples are asked for. */
#include <math.h>

#include <embed/embed.h>

#include "support/support.h"
#include "training/candidates.h"
#include "training/trainer.h"

enum { ENTITIES = 6, RELATIONS = 2, TRIPLES = 6 };

/* Relation 0: one head, tails 1 .. 4; relation 1: heads 1, 2, one tail. Nothing has 5. */
static const gnn_id heads[] = {0, 0, 0, 0, 1, 2}, relations[] = {0, 0, 0, 0, 1, 1},
                    tails[] = {1, 2, 3, 4, 3, 3};
static const gnn_triples triples = {TRIPLES, (gnn_id *)heads, (gnn_id *)relations,
                                    (gnn_id *)tails};

static emb_train_options settings(const char *text) {
    emb_train_options options;
    emb_train_options_init(&options);
    ck_assert_ok(gnn_options_parse(emb_train_option_table(), "test", text, &options));
    options.seed = 3;
    return options;
}

/* A batch that asks for the ends at these places. */
typedef struct asked {
    gnn_id anchor[8], relation[8], target[8], place[8];
    emb_i_batch batch;
} asked;

static void ask(asked *a, int n, const gnn_id *places) {
    *a = (asked){.batch = {.n = n,
                           .anchor = a->anchor,
                           .relation = a->relation,
                           .target = a->target,
                           .place = a->place}};
    for (int i = 0; i < n; i++) {
        a->place[i] = places[i];
        a->target[i] = emb_i_triple_answer(&triples, places[i]);
        a->anchor[i] = (places[i] & 1 ? tails : heads)[places[i] / 2];
        a->relation[i] = relations[places[i] / 2];
    }
    a->batch.head_asked = n > 0 && places[0] % 2 == 1;
}

/* How often each entity is drawn. */
static void count(const char *text, const asked *a, int64_t drawn, double *share) {
    emb_train_options options = settings(text);
    emb_i_candidates c;
    ck_assert_ok(emb_i_candidates_begin(&c, &options, ENTITIES, RELATIONS, &triples));
    gnn_id *ids = malloc((size_t)emb_i_candidates_most(&options) * sizeof *ids);
    const int64_t m = emb_i_candidates_count(&c, &a->batch, a->batch.n);
    ck_assert_int_eq(m, drawn);
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 1, 2);
    emb_i_candidates_draw(&c, &rng, &a->batch, 0, a->batch.n, ids);
    for (int e = 0; e < ENTITIES; e++) share[e] = 0;
    for (int64_t j = 0; j < m; j++) share[ids[j]] += 1 / (double)m;
    free(ids);
    emb_i_candidates_end(&c);
}

START_TEST(draws_by_degree) {
    asked a;
    double share[ENTITIES];
    /* degrees 4, 2, 2, 3, 1, 0 */
    const double degrees[] = {4, 2, 2, 3, 1, 0};
    ask(&a, 1, (gnn_id[]){0});
    for (int k = 0; k < 2; k++) {
        const double power = k == 0 ? 1 : .5;
        double sum = 0;
        for (int e = 0; e < ENTITIES; e++)
            sum += degrees[e] > 0 ? pow(degrees[e], power) : 0;
        count(k == 0 ? "negatives=200000,negative-sampling=degree,degree-power=1"
                     : "negatives=200000,negative-sampling=degree,degree-power=0.5",
              &a, 200000, share);
        for (int e = 0; e < ENTITIES; e++) /* five standard deviations */
            ck_assert_double_eq_tol(
                share[e], degrees[e] > 0 ? pow(degrees[e], power) / sum : 0, .006);
    }
    count("negatives=200000", &a, 200000, share);
    for (int e = 0; e < ENTITIES; e++) ck_assert_double_eq_tol(share[e], 1. / 6, .006);
}
END_TEST

START_TEST(draws_from_sides_of_relations) {
    asked a;
    double share[ENTITIES];
    ask(&a, 2, (gnn_id[]){0, 8}); /* tails of relation 0, of relation 1 */
    count("negatives=40000,negative-sampling=typed", &a, 40000, share);
    const double tails_of[] = {0, .125, .125, .625, .125, 0};
    for (int e = 0; e < ENTITIES; e++)
        ck_assert_double_eq_tol(share[e], tails_of[e], .015);
    ask(&a, 1, (gnn_id[]){9}); /* heads of relation 1 */
    count("negatives=10000,negative-sampling=typed", &a, 10000, share);
    ck_assert_double_eq_tol(share[1], .5, .03);
    ck_assert_double_eq_tol(share[1] + share[2], 1, 1e-9);
}
END_TEST

START_TEST(counts_by_side_and_adds_answers_of_the_chunk) {
    asked a;
    double share[ENTITIES];
    const char *text = "negatives=5,head-negatives=9,in-batch-negatives=true,chunk=4";
    ask(&a, 3, (gnn_id[]){0, 2, 4});
    count(text, &a, 5 + 3, share);
    ask(&a, 2, (gnn_id[]){9, 11});
    count(text, &a, 9 + 2, share);
    emb_train_options options = settings(text);
    ck_assert_int_eq(emb_i_candidates_most(&options), 9 + 4);
    text = "negatives=40000,self-negatives=true,chunk=4";
    ask(&a, 3, (gnn_id[]){0, 9, 11}); /* of entities 0, 3, 3 */
    count(text, &a, 40000 + 3, share);
    options = settings(text);
    ck_assert_int_eq(emb_i_candidates_most(&options), 40000 + 4);
}
END_TEST

/* Which of all entities, listed twice, count for a question. */
static void check_mask(const char *text, gnn_id place, const char *out) {
    asked a;
    uint64_t scratch[2 * ENTITIES];
    gnn_id ids[2 * ENTITIES];
    gnn_real s[2 * ENTITIES + 1] = {0};
    emb_train_options options = settings(text);
    emb_i_candidates c;
    ask(&a, 1, &place);
    ck_assert_ok(emb_i_candidates_begin(&c, &options, ENTITIES, RELATIONS, &triples));
    for (int j = 0; j < 2 * ENTITIES; j++) ids[j] = (j * 5) % ENTITIES;
    emb_i_candidates_mask(&c, &a.batch, 0, 1, 2 * ENTITIES, ids, scratch, s,
                          2 * ENTITIES + 1);
    for (int j = 0; j < 2 * ENTITIES; j++)
        ck_assert_msg((s[j] < 0) == (strchr(out, '0' + ids[j]) != NULL),
                      "%s, place %d: entity %d", text, place, ids[j]);
    emb_i_candidates_end(&c);
}

START_TEST(leaves_out_what_is_true) {
    check_mask("negatives=4", 0, "");
    check_mask("negatives=4,in-batch-negatives=true", 0, "1");
    check_mask("filter-negatives=true", 0, "1234");
    check_mask("filter-negatives=true", 1, "0");
    check_mask("filter-negatives=true", 10, "3");
    check_mask("filter-negatives=true,in-batch-negatives=true", 9, "12");
    check_mask("self-negatives=true", 0, "01");
    check_mask("self-negatives=true", 9, "13");
}
END_TEST

/* exp(-shift) is how often each entity is drawn, over many chunks: by degree, and with
 * the answers of a chunk that asks for one tail and two heads. */
static void check_shift(const char *text, int n, const gnn_id *places, bool in_batch) {
    enum { CHUNKS = 20000, MOST = 16 };
    asked a;
    double drawn[ENTITIES] = {0};
    gnn_id ids[MOST];
    gnn_real shift[MOST];
    gnn_i_rng rng;
    emb_i_candidates c;
    emb_train_options options = settings(text);
    gnn_i_rng_init(&rng, 5, 6);
    ask(&a, n, places);
    ck_assert_ok(emb_i_candidates_begin(&c, &options, ENTITIES, RELATIONS, &triples));
    ck_assert(c.corrects);
    const int64_t m = emb_i_candidates_count(&c, &a.batch, n);
    ck_assert_int_le(m, MOST);
    for (int k = 0; k < CHUNKS; k++) {
        /* other questions of the same sides */
        for (int i = 0; i < n && in_batch; i++)
            a.place[i] =
                (gnn_id)(2 * (int)gnn_i_rng_below(&rng, TRIPLES) + (places[i] & 1));
        for (int i = 0; i < n; i++)
            a.target[i] = emb_i_triple_answer(&triples, a.place[i]);
        emb_i_candidates_draw(&c, &rng, &a.batch, 0, n, ids);
        for (int64_t j = 0; j < m; j++) drawn[ids[j]] += 1. / CHUNKS;
    }
    emb_i_candidates_shift(&c, &a.batch, 0, n, m, ids, shift);
    for (int64_t j = 0; j < m; j++)
        ck_assert_double_eq_tol(exp(-(double)shift[j]), drawn[ids[j]], .05);
    emb_i_candidates_end(&c);
}

START_TEST(corrects_for_how_often_entities_are_drawn) {
    const gnn_id places[] = {0, 1, 3};
    check_shift("loss=sampled-softmax,negatives=9", 3, places, false);
    check_shift("loss=sampled-softmax,negatives=9,negative-sampling=degree", 3, places,
                false);
    check_shift("loss=sampled-softmax,negatives=5,in-batch-negatives=true", 3, places,
                true);
    check_shift("loss=sampled-softmax,negatives=2,in-batch-negatives=true,"
                "negative-sampling=degree,degree-power=1",
                3, places, true);
    check_mask("loss=sampled-softmax", 0, "1");
    check_mask("loss=sampled-softmax,correct-sampling=false", 0, "");
}
END_TEST

/* A question's own entity counts, in a column of its own; but not as its answer, nor,
 * filtered, where it is known to be true. */
START_TEST(counts_the_own_entity_once) {
    static const gnn_id three[] = {3, 3}, zero[] = {0, 0}, ends[] = {3, 1};
    const gnn_triples loops = {2, (gnn_id *)three, (gnn_id *)zero, (gnn_id *)ends};
    const gnn_id place[] = {0, 2}; /* (3, 0, ?): 3, and 1 */
    const emb_i_batch batch = {.n = 2,
                               .anchor = (gnn_id *)three,
                               .relation = (gnn_id *)zero,
                               .target = (gnn_id *)ends,
                               .place = (gnn_id *)place};
    for (int filter = 0; filter < 2; filter++) {
        emb_train_options options = settings("self-negatives=true");
        gnn_id ids[] = {0, 1, 3};
        uint64_t scratch[3];
        gnn_real s[8] = {0};
        emb_i_candidates c;
        options.filter_negatives = filter != 0;
        ck_assert_ok(emb_i_candidates_begin(&c, &options, ENTITIES, RELATIONS, &loops));
        emb_i_candidates_mask(&c, &batch, 0, 2, 3, ids, scratch, s, 4);
        const bool out[] = {false, filter != 0, true, true,
                            false, true,        true, filter != 0};
        for (int k = 0; k < 8; k++) ck_assert_int_eq(s[k] < 0, out[k]);
        emb_i_candidates_end(&c);
    }
}
END_TEST

static emb_model *make(bool reciprocal) {
    emb_model *model;
    const emb_model_options options = {.n_entities = ENTITIES,
                                       .n_relations = RELATIONS,
                                       .dim = 2,
                                       .reciprocal = reciprocal,
                                       .init_scale = 1};
    ck_assert_ok(emb_model_new("distmult", NULL, &options, &model));
    return model;
}

/* Bernoulli asks each triple once an epoch: relation 0 for its head with probability
 * 4 / 5, relation 1 with 1 / 3. */
START_TEST(asks_for_the_end_that_is_less_often_true) {
    enum { EPOCHS = 3000 };
    for (int reciprocal = 0; reciprocal < 2; reciprocal++) {
        emb_model *model = make(reciprocal != 0);
        emb_train_options options = settings("corrupt=bernoulli,batch=4");
        emb_i_queries q;
        asked a;
        double head_asked[RELATIONS] = {0};
        ck_assert_ok(emb_i_queries_begin(&q, model, &triples, &options));
        const gnn_id *answers[8];
        int32_t n_answers[8];
        ask(&a, 0, NULL);
        a.batch.answer = answers;
        a.batch.n_answers = n_answers;
        for (int epoch = 0; epoch < EPOCHS; epoch++) {
            int seen[TRIPLES] = {0};
            emb_i_queries_shuffle(&q, epoch);
            ck_assert_int_eq(q.n_all, TRIPLES);
            ck_assert_int_le(q.n_all_batches, q.most_batches);
            for (int64_t b = 0; b < q.n_all_batches; b++) {
                emb_i_queries_batch(&q, b, &a.batch);
                for (int64_t i = 0; i < a.batch.n; i++) {
                    const gnn_id place = a.place[i];
                    const bool head = place % 2 == 1;
                    seen[place / 2]++;
                    head_asked[relations[place / 2]] += head;
                    ck_assert_int_eq(a.target[i], emb_i_triple_answer(&triples, place));
                    ck_assert_int_eq(a.batch.side == EMB_I_HEAD, head && !reciprocal);
                }
            }
            for (int i = 0; i < TRIPLES; i++) ck_assert_int_eq(seen[i], 1);
        }
        ck_assert_double_eq_tol(head_asked[0] / (4 * EPOCHS), .8, .02);
        ck_assert_double_eq_tol(head_asked[1] / (2 * EPOCHS), 1. / 3, .03);
        emb_i_queries_end(&q);
        emb_model_free(model);
    }
}
END_TEST

/* With a number of negatives of their own, questions for heads are in batches of theirs,
 * also where relations are reciprocal. */
START_TEST(keeps_sides_apart_where_they_differ) {
    emb_model *model = make(true);
    emb_train_options options = settings("head-negatives=7,batch=4");
    emb_i_queries q;
    asked a;
    const gnn_id *answers[8];
    int32_t n_answers[8];
    ck_assert_ok(emb_i_queries_begin(&q, model, &triples, &options));
    emb_i_queries_shuffle(&q, 1);
    ask(&a, 0, NULL);
    a.batch.answer = answers;
    a.batch.n_answers = n_answers;
    int n = 0;
    for (int64_t b = 0; b < q.n_all_batches; b++) {
        emb_i_queries_batch(&q, b, &a.batch);
        ck_assert_int_eq(a.batch.side, EMB_I_TAIL);
        for (int64_t i = 0; i < a.batch.n; i++, n++) {
            ck_assert_int_eq(a.place[i] % 2 == 1, a.batch.head_asked);
            ck_assert_int_eq(a.relation[i] >= RELATIONS, a.batch.head_asked);
        }
    }
    ck_assert_int_eq(n, 2 * TRIPLES);
    emb_i_queries_end(&q);
    emb_model_free(model);
}
END_TEST

TESTS("embed/candidates", 60, draws_by_degree, draws_from_sides_of_relations,
      counts_by_side_and_adds_answers_of_the_chunk, leaves_out_what_is_true,
      counts_the_own_entity_once, corrects_for_how_often_entities_are_drawn,
      asks_for_the_end_that_is_less_often_true, keeps_sides_apart_where_they_differ)
