/* What a step of SGD takes off the tables is the gradient of the loss that it reports:
 * for every scorer, loss and regulariser, against central differences. A double build
 * resolves them to 1e-6; a float build asks for finite numbers. */
#include <float.h>
#include <math.h>
#include <stdio.h>

#include <embed/embed.h>

#include "model/model.h"
#include "support/support.h"

#if GNN_REAL_DOUBLE
static const double STEP = 1e-7, TOLERANCE = 1e-6;
#else
static const double STEP = 1e-2, TOLERANCE = INFINITY;
#endif

/* More entities than one tile holds. */
enum {
    N_ENTITIES = 600,
    N_RELATIONS = 3,
    N_TRIPLES = 40,
    N_PROBES = GNN_REAL_DOUBLE ? 9 : 3
};

typedef struct setting {
    const char *scorer, *options;
    int64_t dim;
    bool reciprocal;
    const char *training;
} setting;

static int64_t n_entities = N_ENTITIES; /* those beyond are in no triple */
static double init_scale = .5;
static gnn_id ids[3 * N_TRIPLES];
static const gnn_triples triples = {N_TRIPLES, ids, ids + N_TRIPLES, ids + 2 * N_TRIPLES};

static void draw_triples(void) {
    for (uint64_t i = 0; i < N_TRIPLES; i++) {
        triples.head[i] = (gnn_id)(support_bits(1, i) % N_ENTITIES);
        triples.relation[i] = (gnn_id)(support_bits(2, i) % N_RELATIONS);
        triples.tail[i] = (gnn_id)(support_bits(3, i) % N_ENTITIES);
        if (i % 4 == 0) continue; /* some questions have several answers */
        triples.head[i] = triples.head[i - i % 4];
        triples.relation[i] = triples.relation[i - i % 4];
    }
}

static emb_model *make(const setting *s) {
    emb_model *model;
    const emb_model_options options = {.n_entities = n_entities,
                                       .n_relations = N_RELATIONS,
                                       .dim = s->dim,
                                       .reciprocal = s->reciprocal,
                                       .init_scale = init_scale,
                                       .seed = 3};
    ck_assert_ok(emb_model_new(s->scorer, s->options, &options, &model));
    return model;
}

static int keep_loss(void *user, const emb_epoch *epoch) {
    *(double *)user = epoch->loss;
    return 0;
}

/* One step on all questions; the loss before it. */
static double train(emb_model *model, const setting *s) {
    double loss = NAN;
    emb_train_report report;
    emb_train_options options;
    emb_train_options_init(&options);
    ck_assert_ok(
        gnn_options_parse(emb_train_option_table(), "training", s->training, &options));
    options.epochs = 1;
    options.batch = 2 * N_TRIPLES;
    options.optimizer = 3; /* sgd */
    options.lr = 1;
    options.n_threads = 2;
    const emb_watch watch = {.epoch = keep_loss, .user = &loss};
    ck_assert_ok(emb_train(model, &triples, NULL, &options, NULL, &watch, &report));
    return loss;
}

enum { ENTITY, RELATION, SHARED };
static emb_i_table *table_of(emb_model *model, int kind) {
    return kind == ENTITY     ? &model->entity
           : kind == RELATION ? &model->relation
                              : &model->shared;
}

/* The loss with one number of a table moved. */
static double moved(const setting *s, int kind, int64_t place, double by) {
    emb_model *model = make(s);
    table_of(model, kind)->values[place] += (gnn_real)by;
    double loss = train(model, s);
    emb_model_free(model);
    return loss;
}

static void check(const setting *s) {
    static const char *const names[] = {"entity", "relation", "part"};
    emb_model *before = make(s), *after = make(s);
    double loss = train(after, s);
    for (int k = 0; k < N_PROBES; k++) {
        int kind = k % 3 != 0                      ? ENTITY
                   : k % 2 && before->shared.n > 0 ? SHARED
                                                   : RELATION;
        const emb_i_table *table = table_of(before, kind);
        /* an entity of some triple by turns with any */
        int64_t row = k % 2 == 0 && kind == ENTITY
                          ? triples.tail[k % N_TRIPLES]
                          : (int64_t)(support_bits(5, (uint64_t)k) % (uint64_t)table->n);
        int64_t place = row * table->width +
                        (int64_t)(support_bits(6, (uint64_t)k) % (uint64_t)table->width);
        double gradient =
            (double)table->values[place] - (double)table_of(after, kind)->values[place];
        double difference =
            (moved(s, kind, place, STEP) - moved(s, kind, place, -STEP)) / (2 * STEP);
        double size = fmax(fmax(fabs(gradient), fabs(difference)), .1);
        double rounding = 4 * DBL_EPSILON * fabs(loss) / STEP; /* of the difference */
        if (!(fabs(gradient - difference) <= TOLERANCE * size + rounding))
            ck_abort_msg("%s (%s), %s: %s %lld column %lld: gradient %.9g, difference "
                         "%.9g",
                         s->scorer, s->options ? s->options : "", s->training,
                         names[kind], (long long)row, (long long)(place % table->width),
                         gradient, difference);
    }
    emb_model_free(before);
    emb_model_free(after);
}

static const struct {
    const char *scorer, *options;
    int64_t dim;
} scorers[] = {{"transe", "norm=l1", 7}, {"transe", "norm=l2", 7},
               {"distmult", NULL, 17},   {"cp", NULL, 10},
               {"complex", NULL, 18},    {"simple", NULL, 12},
               {"rotate", NULL, 14},     {"rescal", NULL, 5},
               {"quate", NULL, 12},      {"mure", NULL, 9},
               {"rote", NULL, 10},       {"tucker", "relation-dim=3", 6},
               {"transh", NULL, 8},      {"hake", "phase-weight=0.3", 12}};
enum { N_SCORERS = sizeof scorers / sizeof *scorers };

START_TEST(every_scorer_is_tested) {
    for (size_t i = 0; i < emb_scorer_count(); i++) {
        bool found = false;
        for (size_t k = 0; k < N_SCORERS; k++)
            found = found || strcmp(scorers[k].scorer, emb_scorer_get(i)->name) == 0;
        ck_assert_msg(found, "no case for scorer %s", emb_scorer_get(i)->name);
    }
}
END_TEST

static void check_all(const char *const *trainings, size_t n) {
    draw_triples();
    for (size_t i = 0; i < N_SCORERS; i++)
        for (size_t k = 0; k < n; k++)
            check(&(setting){scorers[i].scorer, scorers[i].options, scorers[i].dim, true,
                             trainings[k]});
}

START_TEST(of_losses_over_all_entities) {
    static const char *const trainings[] = {
        "loss=softmax", "loss=softmax,smoothing=0.1,softmax-memory=0",
        "loss=softmax,regularizer=n3,weight=0.1", "loss=bce,regularizer=l2,weight=0.01"};
    check_all(trainings, sizeof trainings / sizeof *trainings);
}
END_TEST

/* So many tiles that a share holds several, and the largest score grows within it; with
 * large vectors by more than exponentials may exceed what they are relative to. */
START_TEST(of_many_tiles) {
    static const char *const scorers_of[] = {"complex", "transe", "rotate", "hake",
                                             "mure"};
    static const char *const trainings[] = {
        "loss=softmax", "loss=softmax,answers=all,softmax-memory=0",
        "loss=softmax,smoothing=0.1", "loss=bce,softmax-memory=0"};
    n_entities = 5000;
    draw_triples();
    for (size_t i = 0; i < sizeof scorers_of / sizeof *scorers_of; i++)
        for (size_t k = 0; k < sizeof trainings / sizeof *trainings; k++)
            check(&(setting){scorers_of[i], NULL, 8, true, trainings[k]});
    init_scale = 2;
    for (size_t k = 0; k < sizeof trainings / sizeof *trainings; k++)
        check(&(setting){"complex", NULL, 8, true, trainings[k]});
}
END_TEST

START_TEST(of_questions_with_several_answers) {
    static const char *const trainings[] = {
        "answers=all,loss=softmax",
        "answers=all,loss=softmax,smoothing=0.2,regularizer=n3,weight=0.1",
        "answers=all,loss=bce,smoothing=0.1,regularizer=l2,weight=0.1"};
    check_all(trainings, sizeof trainings / sizeof *trainings);
}
END_TEST

/* The same numbers are dropped each time: seed and step are the same. */
START_TEST(of_dropped_rows) {
    static const char *const trainings[] = {
        "entity-dropout=0.3,relation-dropout=0.2,query-dropout=0.4",
        "query-dropout=0.4,softmax-memory=0",
        "loss=logistic,negatives=9,chunk=32,query-dropout=0.5,regularizer=dura"};
    check_all(trainings, sizeof trainings / sizeof *trainings);
}
END_TEST

/* Scorers that can be asked for relations. */
START_TEST(of_predicted_relations) {
    static const char *const names[] = {"distmult", "cp", "complex", "simple"};
    draw_triples();
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        check(&(setting){names[i], NULL, 8, true, "relation-weight=0.5"});
        check(&(setting){names[i], NULL, 8, true,
                         "loss=logistic,negatives=7,chunk=30,relation-weight=2"});
    }
}
END_TEST

START_TEST(of_losses_against_negatives) {
    static const char *const trainings[] = {
        "loss=sampled-softmax,negatives=9,chunk=32,correct-sampling=false",
        "loss=sampled-softmax,negatives=9,chunk=32,negative-sampling=degree",
        "loss=logistic,negatives=40,chunk=7",
        "loss=logistic,negatives=6,chunk=9,in-batch-negatives=true,filter-negatives=true",
        "loss=self-adversarial,temperature=0,negatives=9,chunk=9,negative-sampling="
        "degree",
        "loss=logistic,negatives=5,chunk=20,self-negatives=true,entity-dropout=0.3",
        "loss=sampled-softmax,negatives=5,chunk=9,self-negatives=true,"
        "in-batch-negatives=true,filter-negatives=true",
        "loss=margin,margin=1.5,negatives=11,chunk=80,regularizer=dura,weight=0.1"};
    check_all(trainings, sizeof trainings / sizeof *trainings);
}
END_TEST

/* ---- folds by themselves, of both sides ---- */

enum { MOST = 64 };
static gnn_real shared[MOST * MOST];

/* One question: its anchor and its relation, MOST apart. */
typedef struct one_fold {
    gnn_real query[MOST], mixed[MOST * MOST], d_mixed[MOST * MOST];
    gnn_id id;
} one_fold;
static emb_i_folds folds_of(one_fold *room, const gnn_real *x, const gnn_real *d_query,
                            gnn_real *d) {
    return (emb_i_folds){.n = 1,
                         .id = &room->id,
                         .anchor = x,
                         .groups = {.n = 1,
                                    .relation = x + MOST,
                                    .shared = shared,
                                    .mixed = room->mixed,
                                    .d_mixed = room->d_mixed,
                                    .d_relation = d + MOST},
                         .query = room->query,
                         .d_query = d_query,
                         .d_anchor = d};
}

/* L = Σ weight ∘ query of one question (of three: fold_ends). */
static double folded(const emb_i_scorer *scorer, int side, const gnn_real *x) {
    one_fold room = {0};
    gnn_real *query = room.query, d[2 * MOST];
    double sum = 0;
    if (side == 2) {
        scorer->type->fold_ends(scorer, 1, x, x + MOST, query);
    } else {
        const emb_i_folds folds = folds_of(&room, x, NULL, d);
        emb_i_fold_forward(scorer, (emb_i_side)side, &folds);
    }
    gnn_real weight[MOST];
    support_fill(weight, MOST, 77);
    /* what is compared, and what stands behind it: a bias, a normal */
    int64_t n = scorer->match.kind == EMB_I_DOT ? scorer->match.width : scorer->query;
    if (side == 2) n = scorer->relation;
    for (int64_t k = 0; k < n; k++) sum += (double)(weight[k] * query[k]);
    return sum;
}

static void check_fold(const emb_i_scorer *scorer, int side) {
    one_fold room = {0};
    gnn_real x[2 * MOST], d[2 * MOST] = {0}, weight[MOST];
    support_fill(x, 2 * MOST, 78);
    support_fill(weight, MOST, 77);
    if (side == 2) {
        scorer->type->fold_ends_backward(scorer, 1, x, x + MOST, weight, d, d + MOST);
    } else {
        const emb_i_folds folds = folds_of(&room, x, weight, d);
        emb_i_fold_forward(scorer, (emb_i_side)side, &folds);
        emb_i_fold_backward(scorer, (emb_i_side)side, &folds);
    }
    for (int i = 0; i < 2 * MOST; i++) {
        gnn_real kept = x[i];
        x[i] = kept + (gnn_real)STEP;
        double above = folded(scorer, side, x);
        x[i] = kept - (gnn_real)STEP;
        double difference = (above - folded(scorer, side, x)) / (2 * STEP);
        x[i] = kept;
        if (!(fabs(difference - (double)d[i]) <= TOLERANCE * fmax(fabs(difference), .1)))
            ck_abort_msg("%s, side %d: number %d of %s: gradient %.9g, difference %.9g",
                         scorer->type->info.name, side, i % MOST,
                         i < MOST ? "the anchor" : "the other", (double)d[i], difference);
    }
}

START_TEST(of_folds) {
    support_fill(shared, MOST * MOST, 79);
    for (size_t i = 0; i < N_SCORERS; i++) {
        emb_i_scorer scorer;
        ck_assert_ok(emb_i_scorer_make(scorers[i].scorer, scorers[i].dim,
                                       scorers[i].options, &scorer));
        check_fold(&scorer, EMB_I_TAIL);
        if (!scorer.type->needs_reciprocal) check_fold(&scorer, EMB_I_HEAD);
        if (scorer.type->fold_ends != NULL) check_fold(&scorer, 2);
        emb_i_scorer_clear(&scorer);
    }
}
END_TEST

TESTS("embed/gradient", 240, every_scorer_is_tested, of_losses_over_all_entities,
      of_many_tiles, of_questions_with_several_answers, of_dropped_rows,
      of_predicted_relations, of_losses_against_negatives, of_folds)
