/* Vectors of entities in bfloat16: trained, ranked and asked as if they were reals. */
#include <math.h>
#include <stdio.h>

#include <embed/embed.h>

#include "model/model.h"
#include "optimizers/optimizer.h"
#include "support/support.h"

/* Entities on a ring: relation r leads r + 1 places on. */
enum { ENTITIES = 60, RELATIONS = 3, TRIPLES = ENTITIES * RELATIONS, DIM = 32 };

static gnn_id ids[3 * TRIPLES];
static const gnn_triples triples = {TRIPLES, ids, ids + TRIPLES, ids + 2 * TRIPLES};

static emb_model *make(const char *scorer, int precision) {
    emb_model *model;
    const emb_model_options options = {.n_entities = ENTITIES,
                                       .n_relations = RELATIONS,
                                       .dim = DIM,
                                       .reciprocal = true,
                                       .init_scale = .1,
                                       .entity_precision = precision,
                                       .seed = 4};
    for (int i = 0; i < TRIPLES; i++) {
        triples.head[i] = i / RELATIONS;
        triples.relation[i] = i % RELATIONS;
        triples.tail[i] = (i / RELATIONS + i % RELATIONS + 1) % ENTITIES;
    }
    ck_assert_ok(emb_model_new(scorer, NULL, &options, &model));
    return model;
}

static emb_train_options settings(const char *text, int n_threads) {
    emb_train_options options;
    emb_train_options_init(&options);
    ck_assert_ok(gnn_options_parse(emb_train_option_table(), "test", text, &options));
    options.n_threads = n_threads;
    options.seed = 5;
    return options;
}

/* All entities' vectors. */
typedef struct vectors {
    gnn_real x[ENTITIES * DIM];
} vectors;

static vectors read(const emb_model *model) {
    vectors v;
    int64_t width;
    emb_model_entities(model, &width);
    ck_assert_int_eq(width, DIM);
    ck_assert_ok(emb_model_read_entities(model, 0, ENTITIES, v.x));
    return v;
}

static double ranked(const emb_model *model, double *ranks) {
    emb_evaluation e;
    const gnn_triples *known[] = {&triples};
    const emb_evaluate_options options = {.n_known = 1, .known = known, .n_threads = 1};
    ck_assert_ok(emb_evaluate(model, &triples, &options, ranks, &e));
    return e.both.mrr;
}

static const char *const trainings[] = {
    "loss=softmax,epochs=40,batch=50,regularizer=n3,weight=0.001",
    "loss=softmax,epochs=40,batch=50,softmax-memory=0",
    "loss=sampled-softmax,epochs=60,batch=90,chunk=30,negatives=24,lr=0.2,"
    "optimizer=row-adagrad",
    "loss=logistic,epochs=120,batch=90,chunk=30,negatives=24,lr=0.02,optimizer=adam"};
enum { N_TRAININGS = sizeof trainings / sizeof *trainings };

START_TEST(learns_with_the_same_bits_at_any_number_of_threads) {
    for (int i = 0; i < N_TRAININGS; i++) {
        vectors first;
        for (int threads = 1; threads <= 4; threads *= 2) {
            emb_model *model = make("complex", EMB_I_BF16);
            emb_train_options options = settings(trainings[i], threads);
            ck_assert_ok(emb_train(model, &triples, NULL, &options, NULL, NULL, NULL));
            double mrr = ranked(model, NULL);
            if (mrr < .9) ck_abort_msg("%s: MRR %g", trainings[i], mrr);
            vectors v = read(model);
            if (threads == 1) first = v;
            ck_assert_same_bytes(&v, &first, (int64_t)sizeof v);
            emb_model_free(model);
        }
    }
}
END_TEST

/* A model of reals with the same vectors gives the same ranks, scores and answers. */
START_TEST(is_asked_like_reals) {
    static const char *const scorers[] = {"complex", "mure", "transe"};
    for (size_t i = 0; i < sizeof scorers / sizeof *scorers; i++) {
        emb_model *halves = make(scorers[i], EMB_I_BF16);
        emb_model *reals = make(scorers[i], EMB_I_FP32);
        const emb_model *models[] = {halves, reals};
        emb_train_options options = settings("loss=logistic,epochs=3,batch=60", 1);
        double ranks[2][2 * TRIPLES];
        gnn_real scores[2][TRIPLES];
        emb_answer near[2][5], tails[2][5];
        int64_t n, width, entity;
        ck_assert_ok(emb_train(halves, &triples, NULL, &options, NULL, NULL, NULL));
        ck_assert_ptr_null(emb_model_entities(halves, &entity));
        gnn_real *rows = malloc((size_t)(ENTITIES * entity) * sizeof *rows);
        ck_assert_ok(emb_model_read_entities(halves, 0, ENTITIES, rows));
        for (gnn_id e = 0; e < ENTITIES; e++)
            ck_assert_ok(emb_model_set_entity(reals, e, rows + e * entity));
        free(rows);
        const gnn_real *relations = emb_model_relations(halves, &n, &width);
        for (gnn_id r = 0; r < n; r++)
            ck_assert_ok(emb_model_set_relation(reals, r, relations + r * width));
        for (int k = 0; k < 2; k++) {
            emb_question q = EMB_QUESTION_INIT;
            ranked(models[k], ranks[k]);
            ck_assert_ok(emb_model_score(models[k], &triples, 2, scores[k]));
            q.near = 7;
            ck_assert_ok(emb_query(models[k], &q, 5, 2, near[k], &n));
            q = (emb_question)EMB_QUESTION_INIT;
            q.head = 3;
            q.relation = 1;
            ck_assert_ok(emb_query(models[k], &q, 5, 2, tails[k], &n));
        }
        ck_assert_same_bytes(ranks[0], ranks[1], (int64_t)sizeof ranks[0]);
        ck_assert_same_bytes(scores[0], scores[1], (int64_t)sizeof scores[0]);
        for (int k = 0; k < 5; k++) {
            ck_assert_int_eq(near[0][k].row, near[1][k].row);
            ck_assert_int_eq(tails[0][k].row, tails[1][k].row);
        }
        emb_model_free(halves);
        emb_model_free(reals);
    }
}
END_TEST

/* Steps of an eightieth of what halves of 1 are apart add up. */
START_TEST(does_not_lose_small_steps) {
    enum { WIDTH = 300, STEPS = 4000 };
    emb_i_table table;
    emb_i_optimizer optimizer;
    gnn_real x[WIDTH], gradient[WIDTH];
    double sum = 0;
    for (int k = 0; k < WIDTH; k++) x[k] = gradient[k] = 1;
    ck_assert_ok(emb_i_table_make(&table, 1, WIDTH, EMB_I_BF16, "test"));
    emb_i_table_set(&table, 0, 1, x);
    ck_assert_ok(emb_i_optimizer_make(&optimizer, EMB_I_SGD, &table, 1e-4));
    for (int step = 0; step < STEPS; step++) {
        optimizer.step = (uint64_t)step;
        emb_i_optimizer_row(&optimizer, 0, gradient);
    }
    emb_i_table_rows(&table, 1, (gnn_id[]){0}, x);
    for (int k = 0; k < WIDTH; k++) sum += (double)x[k] / WIDTH;
    ck_assert_double_eq_tol(sum, 1 - STEPS * 1e-4, .01);
    emb_i_optimizer_clear(&optimizer);
    emb_i_table_clear(&table);
}
END_TEST

typedef struct stopper {
    int steps; /* until it stops; below 0: never */
} stopper;
static int count_down(void *user, const char *what, int64_t done, int64_t total) {
    (void)what, (void)done, (void)total;
    stopper *s = user;
    return s->steps-- == 0;
}

/* Trains in a run directory until `steps`; *out is what the finished run holds. */
static gnn_status train_in(const char *place, bool resume, int steps, vectors *out) {
    gnn_status status;
    gnn_run *run = NULL, *finished = NULL;
    gnn_config *config = NULL;
    stopper s = {steps};
    const emb_watch watch = {.step = count_down, .user = &s};
    emb_train_options options = settings("epochs=6,batch=50,evaluate-every=2", 2);
    emb_model *model = make("complex", EMB_I_BF16), *loaded = NULL;
    if (resume)
        GNN_TRY(gnn_run_resume(place, &run));
    else
        GNN_TRY(gnn_run_create(place, &run));
    GNN_TRY(gnn_config_new(&config));
    GNN_TRY(emb_model_configure(model, config));
    GNN_TRY(gnn_run_write_config(run, config));
    GNN_TRY(emb_train(model, &triples, &triples, &options, run, &watch, NULL));
    GNN_TRY(emb_model_save(model, run));
    GNN_TRY(gnn_run_finish(run));
    GNN_TRY(gnn_run_open(place, &finished));
    GNN_TRY(emb_model_load(finished, &loaded));
    ck_assert_int_eq(emb_model_get_options(loaded)->entity_precision, EMB_I_BF16);
    *out = read(loaded);
    vectors trained = read(model);
    ck_assert_same_bytes(out, &trained, (int64_t)sizeof trained);
cleanup:
    gnn_config_free(config);
    gnn_run_free(run);
    gnn_run_free(finished);
    emb_model_free(model);
    emb_model_free(loaded);
    return status;
}

START_TEST(goes_on_after_an_interruption_with_the_same_bits) {
    char *a = strdup(support_path("whole")), *b = strdup(support_path("parts"));
    vectors whole, parts;
    ck_assert_ok(train_in(a, false, -1, &whole));
    ck_assert_fails(train_in(b, false, 11, &parts), GNN_ERR_CANCELLED, "interrupted");
    ck_assert_ok(train_in(b, true, -1, &parts));
    ck_assert_same_bytes(&parts, &whole, (int64_t)sizeof whole);
    free(a);
    free(b);
}
END_TEST

START_TEST(grows) {
    emb_model *small = make("complex", EMB_I_BF16), *large;
    vectors then = read(small);
    gnn_real now[(ENTITIES + 2) * DIM];
    ck_assert_ok(emb_model_extend(small, ENTITIES + 2, RELATIONS, 4, &large));
    ck_assert_ok(emb_model_read_entities(large, 0, ENTITIES + 2, now));
    ck_assert_same_bytes(now, &then, (int64_t)sizeof then);
    ck_assert_fails(emb_model_read_entities(large, ENTITIES, 3, now), GNN_ERR_ARGUMENT,
                    "3 rows from 60 on, of 62");
    emb_model_free(small);
    emb_model_free(large);
}
END_TEST

TESTS("embed/halves", 120, learns_with_the_same_bits_at_any_number_of_threads,
      is_asked_like_reals, does_not_lose_small_steps,
      goes_on_after_an_interruption_with_the_same_bits, grows)
