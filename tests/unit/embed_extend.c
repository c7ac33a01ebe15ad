/* Models that become larger: old rows keep their numbers, vectors and optimiser state. */
#include <stdio.h>
#include <string.h>

#include <embed/embed.h>

#include "support/support.h"

/* Entities on a ring; relation r leads r + 1 places on. Before: the first of each. */
enum { ENTITIES = 50, RELATIONS = 3, TRIPLES = ENTITIES * RELATIONS };
enum { OLD_ENTITIES = 37, OLD_RELATIONS = 2, DIM = 12 };

static gnn_id ids[3 * TRIPLES];
static gnn_triples all = {0, ids, ids + TRIPLES, ids + 2 * TRIPLES};

/* Triples among the first ones. */
static const gnn_triples *make_triples(int entities, int relations) {
    all.n = 0;
    for (int i = 0; i < entities; i++)
        for (int r = 0; r < relations; r++, all.n++) {
            all.head[all.n] = i;
            all.relation[all.n] = r;
            all.tail[all.n] = (i + r + 1) % entities;
        }
    return &all;
}

static emb_model *make(const char *scorer, int entities, int relations, uint64_t seed) {
    emb_model *model;
    const emb_model_options options = {.n_entities = entities,
                                       .n_relations = relations,
                                       .dim = DIM,
                                       .reciprocal = true,
                                       .init_scale = .1,
                                       .seed = seed};
    ck_assert_ok(emb_model_new(scorer, NULL, &options, &model));
    return model;
}

static emb_train_options settings(const char *text, const emb_growth *growth) {
    emb_train_options options;
    emb_train_options_init(&options);
    ck_assert_ok(gnn_options_parse(emb_train_option_table(), "test", text, &options));
    options.n_threads = 2;
    options.growth = growth;
    return options;
}

static void same_rows(const gnn_real *a, const gnn_real *b, int64_t n, int64_t width) {
    ck_assert_same_bytes(a, b, n * width * (int64_t)sizeof *a);
}

/* Whether `large` has the rows of `small` where an extension puts them. */
static void keeps_old_rows(const emb_model *small, const emb_model *large) {
    int64_t width, n;
    const gnn_real *x = emb_model_entities(small, &width);
    same_rows(emb_model_entities(large, &width), x, OLD_ENTITIES, width);
    x = emb_model_relations(small, &n, &width);
    const gnn_real *y = emb_model_relations(large, &n, &width);
    same_rows(y, x, OLD_RELATIONS, width);
    same_rows(y + RELATIONS * width, x + OLD_RELATIONS * width, OLD_RELATIONS, width);
}

START_TEST(keeps_rows_and_draws_the_others) {
    static const char *const scorers[] = {"complex", "mure", "tucker"};
    for (int i = 0; i < 3; i++) {
        int64_t n, width;
        emb_model *small = make(scorers[i], OLD_ENTITIES, OLD_RELATIONS, 1), *large;
        emb_model *drawn = make(scorers[i], ENTITIES, RELATIONS, 9);
        ck_assert_ok(emb_model_extend(small, ENTITIES, RELATIONS, 9, &large));
        keeps_old_rows(small, large);
        const gnn_real *x = emb_model_entities(drawn, &width);
        const gnn_real *y = emb_model_entities(large, &width);
        same_rows(y + OLD_ENTITIES * width, x + OLD_ENTITIES * width,
                  ENTITIES - OLD_ENTITIES, width);
        x = emb_model_relations(drawn, &n, &width);
        y = emb_model_relations(large, &n, &width);
        ck_assert_int_eq(n, 2 * RELATIONS);
        same_rows(y + OLD_RELATIONS * width, x + OLD_RELATIONS * width, 1, width);
        same_rows(y + (n - 1) * width, x + (n - 1) * width, 1, width);
        emb_model_free(small);
        emb_model_free(drawn);
        ck_assert_fails(emb_model_extend(large, ENTITIES, OLD_RELATIONS, 9, &small),
                        GNN_ERR_ARGUMENT, "cannot become");
        emb_model_free(large);
    }
}
END_TEST

START_TEST(frozen_rows_stay_and_others_learn) {
    static const struct {
        const char *scorer, *training;
    } cases[] = {{"complex", "epochs=3,batch=40,regularizer=n3,relation-weight=0.1"},
                 {"tucker", "epochs=3,batch=40,loss=bce,optimizer=adam"},
                 {"transe", "epochs=3,batch=40,loss=logistic,chunk=20,negatives=30"}};
    for (int i = 0; i < 3; i++) {
        emb_growth growth = {OLD_ENTITIES, OLD_RELATIONS, true, NULL};
        emb_train_options options = settings(cases[i].training, &growth);
        emb_train_report report;
        emb_model *small = make(cases[i].scorer, OLD_ENTITIES, OLD_RELATIONS, 1), *large,
                  *fresh;
        ck_assert_ok(emb_model_extend(small, ENTITIES, RELATIONS, 9, &large));
        ck_assert_ok(emb_model_extend(small, ENTITIES, RELATIONS, 9, &fresh));
        const gnn_triples *train = make_triples(ENTITIES, RELATIONS);
        ck_assert_ok(emb_train(large, train, NULL, &options, NULL, NULL, &report));
        keeps_old_rows(small, large);
        int64_t width, n;
        const gnn_real *x = emb_model_entities(large, &width);
        const gnn_real *y = emb_model_entities(fresh, &width);
        for (int e = OLD_ENTITIES; e < ENTITIES; e++)
            ck_assert_int_ne(memcmp(x + e * width, y + e * width, sizeof *x), 0);
        x = emb_model_relations(large, &n, &width);
        y = emb_model_relations(fresh, &n, &width);
        ck_assert_int_ne(memcmp(x + (n - 1) * width, y + (n - 1) * width, sizeof *x), 0);
        growth.n_entities = ENTITIES + 1;
        ck_assert_fails(emb_train(large, train, NULL, &options, NULL, NULL, &report),
                        GNN_ERR_ARGUMENT, "is said to have had");
        emb_model_free(small);
        emb_model_free(large);
        emb_model_free(fresh);
    }
}
END_TEST

static void train_in(const char *place, emb_model *model, const gnn_triples *triples,
                     const emb_train_options *options) {
    gnn_run *run;
    gnn_config *config;
    emb_train_report report;
    ck_assert_ok(gnn_run_create(place, &run));
    ck_assert_ok(gnn_config_new(&config));
    ck_assert_ok(emb_model_configure(model, config));
    ck_assert_ok(gnn_run_write_config(run, config));
    ck_assert_ok(emb_train(model, triples, NULL, options, run, NULL, &report));
    ck_assert_ok(emb_model_save(model, run));
    ck_assert_ok(gnn_run_finish(run));
    gnn_config_free(config);
    gnn_run_free(run);
}

/* An array of a finished run's state; the file stays open. */
static const gnn_array *state_of(gnn_run *run, const char *name, gnn_safetensors **file) {
    ck_assert_ok(gnn_run_load_state(run, file));
    const gnn_array *array = gnn_safetensors_find(*file, name);
    ck_assert_ptr_nonnull(array);
    return array;
}

/* No step is trained after the extension, so that its state is what it inherited. */
START_TEST(optimisers_of_old_rows_go_on) {
    static const struct {
        const char *optimizer, *array;
        int64_t width; /* bytes a row */
        int parts;
    } cases[] = {{"adagrad", "v.entity", DIM * sizeof(gnn_real), 1},
                 {"adagrad", "v.relation", DIM * sizeof(gnn_real), 2},
                 {"row-adagrad", "v.relation", sizeof(gnn_real), 2},
                 {"adam", "m.entity", DIM * sizeof(gnn_real), 1},
                 {"adam", "steps.relation", sizeof(int32_t), 2}};
    char *before = strdup(support_path("before")), *after = strdup(support_path("after"));
    for (int i = 0; i < 5; i++) {
        char text[64];
        emb_growth growth = {OLD_ENTITIES, OLD_RELATIONS, false, NULL};
        emb_model *small = make("complex", OLD_ENTITIES, OLD_RELATIONS, 1), *large;
        snprintf(text, sizeof text, "epochs=2,optimizer=%s", cases[i].optimizer);
        emb_train_options options = settings(text, NULL);
        train_in(before, small, make_triples(OLD_ENTITIES, OLD_RELATIONS), &options);
        ck_assert_ok(emb_model_extend(small, ENTITIES, RELATIONS, 9, &large));
        ck_assert_ok(gnn_run_open(before, &growth.run));
        options.growth = &growth;
        options.epochs = 0;
        train_in(after, large, make_triples(ENTITIES, RELATIONS), &options);
        gnn_run *run;
        gnn_safetensors *files[2];
        ck_assert_ok(gnn_run_open(after, &run));
        const char *x = state_of(growth.run, cases[i].array, &files[0])->data;
        const char *y = state_of(run, cases[i].array, &files[1])->data;
        const bool entities = cases[i].parts == 1;
        const int64_t n = (entities ? OLD_ENTITIES : OLD_RELATIONS) * cases[i].width;
        const int64_t step = (entities ? ENTITIES : RELATIONS) * cases[i].width;
        ck_assert(x[0] != 0 || x[3] != 0);
        for (int k = 0; k < cases[i].parts; k++)
            ck_assert_same_bytes(y + k * step, x + k * n, n);
        ck_assert(y[step - 1] == 0 && y[step - 2] == 0); /* the last one is new */
        gnn_safetensors_free(files[0]);
        gnn_safetensors_free(files[1]);
        gnn_run_free(run);
        options.optimizer = options.optimizer == 1 ? 0 : 1; /* a state of other shape */
        emb_train_report report;
        ck_assert_fails(emb_train(large, &all, NULL, &options, NULL, NULL, &report),
                        GNN_ERR_INPUT, "state.safetensors");
        gnn_run_free(growth.run);
        emb_model_free(small);
        emb_model_free(large);
    }
    free(before);
    free(after);
}
END_TEST

TESTS("embed/extend", 60, keeps_rows_and_draws_the_others,
      frozen_rows_stay_and_others_learn, optimisers_of_old_rows_go_on)
