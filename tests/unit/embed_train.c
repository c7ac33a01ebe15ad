/* Training of vectors: it learns, gives the same bits at any number of threads, and goes
 * on from an interruption to the same bits. */
#include <math.h>
#include <stdio.h>

#include <embed/embed.h>
#include <gnn/parallel.h>

#include "kernels/table.h"
#include "support/support.h"

/* Entities on a ring: relation r leads r + 1 places on. */
enum { ENTITIES = 60, RELATIONS = 3, TRIPLES = ENTITIES * RELATIONS };

static gnn_id ids[3 * TRIPLES];
static const gnn_triples triples = {TRIPLES, ids, ids + TRIPLES, ids + 2 * TRIPLES};

static void make_triples(void) {
    for (int i = 0; i < TRIPLES; i++) {
        triples.head[i] = i / RELATIONS;
        triples.relation[i] = i % RELATIONS;
        triples.tail[i] = (i / RELATIONS + i % RELATIONS + 1) % ENTITIES;
    }
}

static emb_model *make_of(int64_t n_entities, double init_scale, const char *scorer,
                          bool reciprocal) {
    emb_model *model;
    const emb_model_options options = {.n_entities = n_entities,
                                       .n_relations = RELATIONS,
                                       .dim = 32,
                                       .reciprocal = reciprocal,
                                       .init_scale = init_scale,
                                       .seed = 4};
    ck_assert_ok(emb_model_new(scorer, NULL, &options, &model));
    make_triples();
    return model;
}

static emb_model *make(const char *scorer, bool reciprocal) {
    return make_of(ENTITIES, .1, scorer, reciprocal);
}

static emb_train_options settings(const char *text, int n_threads) {
    emb_train_options options;
    emb_train_options_init(&options);
    ck_assert_ok(gnn_options_parse(emb_train_option_table(), "test", text, &options));
    options.n_threads = n_threads;
    options.seed = 5;
    return options;
}

static double mrr(const emb_model *model) {
    emb_evaluation e;
    const gnn_triples *known[] = {&triples};
    const emb_evaluate_options options = {.n_known = 1, .known = known, .n_threads = 1};
    ck_assert_ok(emb_evaluate(model, &triples, &options, NULL, &e));
    return e.both.mrr;
}

static const struct {
    const char *scorer;
    bool reciprocal;
    const char *training;
    double mrr;
} cases[] = {
    {"complex", true, "loss=softmax,epochs=40,batch=50,regularizer=n3,weight=0.001", .9},
    {"distmult", true, "loss=bce,epochs=150,batch=60,optimizer=adam,lr=0.03", .7},
    {"cp", true, "loss=softmax,epochs=40,batch=64,optimizer=row-adagrad", .9},
    {"simple", false, "loss=softmax,epochs=60,batch=32", .9},
    {"transe", false,
     "loss=self-adversarial,margin=2,epochs=150,batch=64,chunk=16,negatives=32,"
     "optimizer=adam,lr=0.02",
     .4},
    {"rotate", false,
     "loss=margin,margin=1,epochs=150,batch=64,chunk=20,negatives=16,optimizer=adam,"
     "lr=0.02",
     .8},
    {"complex", true,
     "loss=sampled-softmax,epochs=60,batch=90,chunk=30,negatives=24,lr=0.2", .9},
    {"transe", false,
     "loss=self-adversarial,margin=2,epochs=200,batch=64,chunk=16,negatives=16,"
     "optimizer=adam,lr=0.02,negative-sampling=degree,in-batch-negatives=true,"
     "filter-negatives=true,corrupt=bernoulli",
     .4},
    {"rotate", true,
     "loss=self-adversarial,margin=2,epochs=150,batch=64,chunk=16,negatives=8,"
     "optimizer=adam,lr=0.02,self-negatives=true",
     .8},
    {"complex", true,
     "loss=logistic,epochs=80,batch=90,chunk=40,negatives=8,head-negatives=12,lr=0.2,"
     "negative-sampling=typed,filter-negatives=true",
     .9},
    {"tucker", false,
     "loss=bce,answers=all,epochs=100,batch=60,optimizer=adam,lr=0.01,smoothing=0.1,"
     "query-dropout=0.1",
     .9},
    {"distmult", true,
     "loss=softmax,answers=all,epochs=60,batch=50,entity-dropout=0.2,"
     "relation-dropout=0.1",
     .7}};
enum { N_CASES = sizeof cases / sizeof *cases };

/* Products of 'auto', and of single precision where that is another. */
static const char *const precisions[] = {"auto", "fp32"};
static int n_precisions(void) {
    return gnn_i_kernels_have_bf16() ? 2 : 1;
}

START_TEST(learns_a_ring_with_the_same_bits_at_any_number_of_threads) {
    for (int i = 0; i < N_CASES * n_precisions(); i++) {
        const int c = i % N_CASES;
        char training[256];
        emb_model *first = NULL;
        const int threads[] = {1, 2, 4};
        snprintf(training, sizeof training, "%s,precision=%s", cases[c].training,
                 precisions[i / N_CASES]);
        for (int k = 0; k < 3; k++) {
            emb_model *model = make(cases[c].scorer, cases[c].reciprocal);
            emb_train_options options = settings(training, threads[k]);
            emb_train_report report;
            int64_t n, width;
            ck_assert_ok(emb_train(model, &triples, NULL, &options, NULL, NULL, &report));
            ck_assert_int_eq(report.epochs, options.epochs);
            if (first == NULL) {
                double reached = mrr(model);
                if (reached < cases[c].mrr)
                    ck_abort_msg("%s, %s: MRR %g", cases[c].scorer, training, reached);
                first = model;
                continue;
            }
            const gnn_real *x = emb_model_entities(first, &width);
            ck_assert_same_bytes(emb_model_entities(model, &width), x,
                                 ENTITIES * width * (int64_t)sizeof *x);
            x = emb_model_relations(first, &n, &width);
            ck_assert_same_bytes(emb_model_relations(model, &n, &width), x,
                                 n * width * (int64_t)sizeof *x);
            emb_model_free(model);
        }
        emb_model_free(first);
    }
}
END_TEST

/* Threads that do not wait for each other learn the same, though not the same bits; with
 * one thread they are the same, too. */
START_TEST(learns_without_order) {
    static const char training[] = "loss=sampled-softmax,epochs=60,batch=90,chunk=15,"
                                   "negatives=24,lr=0.2,hogwild=true";
    const int threads[] = {1, 1, 8};
    emb_model *models[3];
    int64_t width;
    for (int k = 0; k < 3; k++) {
        emb_train_options options = settings(training, threads[k]);
        emb_train_report report;
        models[k] = make("complex", true);
        ck_assert_ok(emb_train(models[k], &triples, NULL, &options, NULL, NULL, &report));
        ck_assert_double_ge(mrr(models[k]), .9);
    }
    const gnn_real *x = emb_model_entities(models[0], &width);
    ck_assert_same_bytes(emb_model_entities(models[1], &width), x,
                         ENTITIES * width * (int64_t)sizeof *x);
    x = emb_model_entities(models[2], &width);
    for (int64_t i = 0; i < ENTITIES * width; i++) ck_assert(isfinite((double)x[i]));
    for (int k = 0; k < 3; k++) emb_model_free(models[k]);
}
END_TEST

/* Scores beyond softmax-memory are computed again: to the same bits, at any number of
 * threads, where shares are of several tiles and the largest score moves. */
START_TEST(keeps_scores_or_not_with_the_same_bits) {
    enum { MANY = 5000, WAYS = 3 };
    static const char *const losses[] = {"softmax", "softmax,smoothing=0.1", "bce"};
    for (int i = 0; i < 3 * n_precisions(); i++) {
        emb_model *models[WAYS];
        int64_t width;
        for (int k = 0; k < WAYS; k++) {
            char text[128];
            snprintf(text, sizeof text,
                     "epochs=2,batch=70,softmax-memory=%d,loss=%s,precision=%s",
                     k == 1 ? 64 : 0, losses[i % 3], precisions[i / 3]);
            emb_train_options options = settings(text, 1 << k);
            models[k] = make_of(MANY, 2, "complex", true);
            ck_assert_ok(
                emb_train(models[k], &triples, NULL, &options, NULL, NULL, NULL));
        }
        const gnn_real *x = emb_model_entities(models[0], &width);
        for (int64_t j = 0; j < MANY * width; j++) ck_assert(isfinite((double)x[j]));
        for (int k = 1; k < WAYS; k++)
            ck_assert_same_bytes(emb_model_entities(models[k], &width), x,
                                 MANY * width * (int64_t)sizeof *x);
        for (int k = 0; k < WAYS; k++) emb_model_free(models[k]);
    }
}
END_TEST

/* Rounded products: near the same vectors, the same bits at any number of threads. */
START_TEST(multiplies_rounded_numbers_where_the_processor_can) {
    emb_train_report report;
    emb_model *model = make("complex", true);
    emb_train_options options = settings("precision=bf16", 1);
    const char *isa = gnn_isa();
    ck_assert_ok(gnn_isa_set("baseline"));
    ck_assert_fails(emb_train(model, &triples, NULL, &options, NULL, NULL, &report),
                    GNN_ERR_UNSUPPORTED, "precision 'bf16'");
    ck_assert_ok(gnn_isa_set(isa));
    emb_model_free(model);
    if (!gnn_i_kernels_have_bf16()) return;
    emb_model *models[3];
    static const char *const trainings[] = {"epochs=40,batch=50,precision=bf16",
                                            "epochs=40,batch=50,precision=bf16",
                                            "epochs=40,batch=50,precision=fp32"};
    for (int k = 0; k < 3; k++) {
        options = settings(trainings[k], k + 1);
        models[k] = make("complex", true);
        ck_assert_ok(emb_train(models[k], &triples, NULL, &options, NULL, NULL, &report));
    }
    int64_t width;
    const gnn_real *x = emb_model_entities(models[0], &width);
    ck_assert_same_bytes(emb_model_entities(models[1], &width), x,
                         ENTITIES * width * (int64_t)sizeof *x);
    ck_assert_double_eq_tol(mrr(models[0]), mrr(models[2]), .02);
    ck_assert_double_ge(mrr(models[0]), .9);
    for (int k = 0; k < 3; k++) emb_model_free(models[k]);
}
END_TEST

/* Where the answer is certain its label takes off what the products add, and nothing
 * moves, whatever was rounded, and whatever turned up before the answer did. */
START_TEST(leaves_certain_answers_alone) {
    enum { DIM = 32, HEAD = 601, TAIL = 600, RIVAL = 300, MANY = 5000 };
    gnn_id one[] = {HEAD, 0, TAIL};
    const gnn_triples certain = {1, one, one + 1, one + 2};
    static const char *const trainings[] = {
        "epochs=1,batch=2,optimizer=sgd,lr=1,precision=fp32",
        "epochs=1,batch=2,optimizer=sgd,lr=1,precision=bf16"};
    for (int k = 0; k < (gnn_i_kernels_have_bf16() ? 2 : 1); k++) {
        emb_model *model = make_of(MANY, .1, "distmult", true);
        const emb_train_options options = settings(trainings[k], 2);
        gnn_real row[DIM] = {0}, rows[2][DIM];
        for (gnn_id i = 0; i < MANY; i++) emb_model_set_entity(model, i, row);
        /* head relation rival = 83 */
        for (int c = 0; c < DIM; c++) row[c] = (gnn_real)(83 / (DIM * 1.0039));
        ck_assert_ok(emb_model_set_entity(model, RIVAL, row));
        /* head relation tail = 97 for each other, 0 for themselves */
        for (int c = 0; c < DIM; c++) {
            const gnn_real sign = (gnn_real)(c < DIM / 2 ? 1 : -1);
            rows[0][c] = (gnn_real)1.0039 * sign;
            rows[1][c] = (gnn_real)3.005;
            row[c] = sign;
        }
        ck_assert_ok(emb_model_set_entity(model, HEAD, rows[0]));
        ck_assert_ok(emb_model_set_entity(model, TAIL, rows[1]));
        ck_assert_ok(emb_model_set_relation(model, 0, row));
        ck_assert_ok(emb_model_set_relation(model, RELATIONS, row));
        ck_assert_ok(emb_train(model, &certain, NULL, &options, NULL, NULL, NULL));
        int64_t width;
        const gnn_real *x = emb_model_entities(model, &width);
        for (int i = 0; i < 2; i++)
            for (int c = 0; c < DIM; c++)
                ck_assert_double_eq_tol((double)x[(i == 0 ? HEAD : TAIL) * width + c],
                                        (double)rows[i][c], 2e-5);
        emb_model_free(model);
    }
}
END_TEST

/* 'auto' is what it says it is. */
START_TEST(settles_for_a_precision) {
    const char *isa = gnn_isa();
    for (int k = 0; k < 3; k++) {
        const bool is_product = k != 1, has_bf16 = gnn_i_kernels_have_bf16();
        emb_model *models[2];
        emb_train_options options = settings("epochs=3,batch=50", 1);
        models[0] = make(is_product ? "complex" : "transe", true);
        models[1] = make(is_product ? "complex" : "transe", true);
        if (k == 2) ck_assert_ok(gnn_isa_set("baseline"));
        ck_assert_ok(emb_train(models[0], &triples, NULL, &options, NULL, NULL, NULL));
        ck_assert_ok(emb_train_options_settle(models[1], &options));
        char buffer[32];
        const gnn_option *option = emb_train_option_table();
        while (strcmp(option->name, "precision") != 0) option++;
        ck_assert_str_eq(gnn_options_get(option, &options, buffer, sizeof buffer),
                         is_product && has_bf16 && k != 2 ? "bf16" : "fp32");
        ck_assert_ok(emb_train(models[1], &triples, NULL, &options, NULL, NULL, NULL));
        int64_t width;
        const gnn_real *x = emb_model_entities(models[0], &width);
        ck_assert_same_bytes(emb_model_entities(models[1], &width), x,
                             ENTITIES * width * (int64_t)sizeof *x);
        ck_assert_ok(gnn_isa_set(isa));
        for (int i = 0; i < 2; i++) emb_model_free(models[i]);
    }
}
END_TEST

/* ---- interruptions ---- */

typedef struct stopper {
    int steps; /* until it stops; below 0: never */
} stopper;

static int count_down(void *user, const char *what, int64_t done, int64_t total) {
    (void)what, (void)done, (void)total;
    stopper *s = user;
    return s->steps-- == 0;
}

static gnn_status train_in(const char *place, const char *training, bool resume,
                           int steps, emb_model **out) {
    gnn_status status;
    gnn_run *run = NULL;
    gnn_config *config = NULL;
    emb_train_report report;
    stopper s = {steps};
    const emb_watch watch = {.step = count_down, .user = &s};
    emb_train_options options = settings(training, 2);
    emb_model *model = make("complex", true);
    if (resume)
        GNN_TRY(gnn_run_resume(place, &run));
    else
        GNN_TRY(gnn_run_create(place, &run));
    GNN_TRY(gnn_config_new(&config));
    GNN_TRY(emb_model_configure(model, config));
    GNN_TRY(gnn_run_write_config(run, config));
    GNN_TRY(emb_train(model, &triples, &triples, &options, run, &watch, &report));
    GNN_TRY(emb_model_save(model, run));
    GNN_TRY(gnn_run_finish(run));
    *out = model;
    model = NULL;
cleanup:
    gnn_config_free(config);
    gnn_run_free(run);
    emb_model_free(model);
    return status;
}

START_TEST(goes_on_after_an_interruption_with_the_same_bits) {
    static const char *const trainings[] = {
        "epochs=6,batch=50,evaluate-every=2,regularizer=n3,schedule=cosine,warmup=1",
        "epochs=6,batch=50,evaluate-every=2,loss=logistic,chunk=20,negatives=8,optimizer="
        "adam,lr=0.01,schedule=plateau,schedule-every=1"};
    for (int i = 0; i < 2; i++) {
        emb_model *whole, *parts;
        char a[32], b[32];
        int64_t width;
        snprintf(a, sizeof a, "whole%d", i);
        snprintf(b, sizeof b, "parts%d", i);
        char *place_a = strdup(support_path(a)), *place_b = strdup(support_path(b));
        ck_assert_ok(train_in(place_a, trainings[i], false, -1, &whole));
        /* 8 steps an epoch */
        ck_assert_fails(train_in(place_b, trainings[i], false, 2, &parts),
                        GNN_ERR_CANCELLED, "in epoch 1");
        ck_assert_fails(train_in(place_b, trainings[i], true, 20, &parts),
                        GNN_ERR_CANCELLED, "interrupted");
        ck_assert_ok(train_in(place_b, trainings[i], true, -1, &parts));
        const gnn_real *x = emb_model_entities(whole, &width);
        ck_assert_same_bytes(emb_model_entities(parts, &width), x,
                             ENTITIES * width * (int64_t)sizeof *x);
        emb_model_free(parts);
        gnn_run *run;
        ck_assert_ok(gnn_run_open(place_b, &run));
        ck_assert_ok(emb_model_load(run, &parts));
        ck_assert_same_bytes(emb_model_entities(parts, &width), x,
                             ENTITIES * width * (int64_t)sizeof *x);
        ck_assert_str_eq(emb_model_scorer(parts), "complex");
        gnn_run_free(run);
        emb_model_free(parts);
        emb_model_free(whole);
        free(place_a);
        free(place_b);
    }
}
END_TEST

/* A step schedule that drops to nothing after the first epoch. */
START_TEST(follows_its_schedule) {
    static const char *const trainings[] = {
        "epochs=1,batch=50",
        "epochs=3,batch=50,schedule=step,schedule-every=1,"
        "schedule-factor=0",
        "epochs=3,batch=50"};
    emb_model *models[3];
    emb_train_report report;
    int64_t width;
    for (int k = 0; k < 3; k++) {
        models[k] = make("distmult", true);
        emb_train_options options = settings(trainings[k], 1);
        ck_assert_ok(emb_train(models[k], &triples, NULL, &options, NULL, NULL, &report));
    }
    const gnn_real *x = emb_model_entities(models[0], &width);
    const size_t size = (size_t)(ENTITIES * width) * sizeof *x;
    ck_assert_same_bytes(emb_model_entities(models[1], &width), x, (int64_t)size);
    ck_assert_int_ne(memcmp(emb_model_entities(models[2], &width), x, size), 0);
    for (int k = 0; k < 3; k++) emb_model_free(models[k]);
}
END_TEST

START_TEST(ends_with_the_best_epoch) {
    emb_model *model = make("distmult", true);
    emb_train_options options =
        settings("epochs=30,batch=360,evaluate-every=1,patience=3,lr=1", 1);
    emb_train_report report;
    ck_assert_ok(emb_train(model, &triples, &triples, &options, NULL, NULL, &report));
    ck_assert_int_ge(report.best_epoch, 1);
    ck_assert_int_le(report.epochs, report.best_epoch + 3);
    emb_model_free(model);
}
END_TEST

static gnn_status make_and_train(void *argument) {
    (void)argument;
    gnn_status status;
    emb_model *model = NULL;
    emb_train_report report;
    const emb_model_options made = {.n_entities = ENTITIES,
                                    .n_relations = RELATIONS,
                                    .dim = 4,
                                    .reciprocal = true,
                                    .init_scale = .1};
    emb_train_options options = settings("epochs=1,batch=100", 1);
    GNN_TRY(emb_model_new("transe", "norm=l2", &made, &model));
    GNN_TRY(emb_train(model, &triples, &triples, &options, NULL, NULL, &report));
    options.loss = 3;
    GNN_TRY(emb_train(model, &triples, NULL, &options, NULL, NULL, &report));
cleanup:
    emb_model_free(model);
    return status;
}

START_TEST(survives_short_memory) {
    make_triples();
    ck_assert_int_ge(support_starve(make_and_train, NULL), 20);
}
END_TEST

START_TEST(refuses_what_does_not_fit) {
    emb_model *model = make("complex", true);
    emb_train_report report;
    emb_train_options options = settings("epochs=1", 1);
    const gnn_triples none = {0, ids, ids, ids};
    ck_assert_fails(emb_train(model, &none, NULL, &options, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "0 triples");
    triples.head[7] = -1;
    ck_assert_fails(emb_train(model, &triples, NULL, &options, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "a training triple 7: head is -1");
    make_triples();
    options.lr = 1e30;
    options.optimizer = 3;
    options.epochs = 20;
    ck_assert_fails(emb_train(model, &triples, NULL, &options, NULL, NULL, &report),
                    GNN_ERR_NUMERIC, "not finite");
    emb_model_free(model);
    model = make("transe", true);
    options = settings("precision=bf16", 1);
    ck_assert_fails(emb_train(model, &triples, NULL, &options, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "not with transe");
    emb_model_free(model);
    model = make("complex", true);
    options = settings("hogwild=true", 1);
    ck_assert_fails(emb_train(model, &triples, NULL, &options, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "hogwild");
    options = settings("answers=all,corrupt=bernoulli", 1);
    ck_assert_fails(emb_train(model, &triples, NULL, &options, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "bernoulli");
    options = settings("head-negatives=3", 1);
    ck_assert_fails(emb_train(model, &triples, NULL, &options, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "head-negatives");
    options = settings("answers=all,loss=logistic", 1);
    ck_assert_fails(emb_train(model, &triples, NULL, &options, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "answers 'all'");
    emb_model_free(model);
    const emb_model_options many = {
        .n_entities = INT32_MAX / 2 + 1, .n_relations = 1, .dim = 2, .init_scale = 1};
    ck_assert_fails(emb_model_new("complex", NULL, &many, &model), GNN_ERR_ARGUMENT,
                    "entities");
}
END_TEST

TESTS("embed/train", 120, learns_a_ring_with_the_same_bits_at_any_number_of_threads,
      learns_without_order, keeps_scores_or_not_with_the_same_bits,
      multiplies_rounded_numbers_where_the_processor_can, settles_for_a_precision,
      leaves_certain_answers_alone, goes_on_after_an_interruption_with_the_same_bits,
      follows_its_schedule, ends_with_the_best_epoch, survives_short_memory,
      refuses_what_does_not_fit)
