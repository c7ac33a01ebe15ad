/* Ranks by trained vectors against a count by the scorers' formulas, written down again
 * here: rank for rank in double precision, where no two scores are near enough to be told
 * apart differently; nearly so in single precision. */
#include <math.h>

#include <embed/embed.h>

#include "support/support.h"

enum { ENTITIES = 83, RELATIONS = 4, TRAIN = 220, TEST = 60, DIM = 12, HALF = DIM / 2 };

static gnn_id ids[3 * (TRAIN + TEST)];
static const gnn_triples train = {TRAIN, ids, ids + TRAIN, ids + 2 * TRAIN};
static const gnn_triples test = {TEST, ids + 3 * TRAIN, ids + 3 * TRAIN + TEST,
                                 ids + 3 * TRAIN + 2 * TEST};

/* Relation k leads k + 1 places on, with some noise; hubs have many tails. */
static void draw(const gnn_triples *t, uint64_t seed) {
    for (uint64_t i = 0; i < (uint64_t)t->n; i++) {
        uint64_t head = support_bits(seed, 3 * i) % ENTITIES;
        uint64_t noise = support_bits(seed, 3 * i + 1);
        t->relation[i] = (gnn_id)(support_bits(seed, 3 * i + 2) % RELATIONS);
        if (noise % 4 == 0) head = 7;
        t->head[i] = (gnn_id)head;
        t->tail[i] =
            (gnn_id)(noise % 4 == 0 ? noise / 4 % ENTITIES
                                    : (head + (uint64_t)t->relation[i] + 1) % ENTITIES);
    }
}

/* ---- formulas, in double ---- */

typedef struct tables {
    const gnn_real *entity, *relation;
    int64_t width, relation_width;
} tables;

typedef double (*formula)(const gnn_real *h, const gnn_real *r, const gnn_real *t);

static double distmult(const gnn_real *h, const gnn_real *r, const gnn_real *t) {
    double s = 0;
    for (int k = 0; k < DIM; k++) s += (double)h[k] * (double)r[k] * (double)t[k];
    return s;
}
static double complex_product(const gnn_real *h, const gnn_real *r, const gnn_real *t) {
    double s = 0;
    for (int k = 0; k < HALF; k++) {
        double re =
            (double)h[k] * (double)r[k] - (double)h[HALF + k] * (double)r[HALF + k];
        double im =
            (double)h[k] * (double)r[HALF + k] + (double)h[HALF + k] * (double)r[k];
        s += re * (double)t[k] + im * (double)t[HALF + k];
    }
    return s;
}
static double transe(const gnn_real *h, const gnn_real *r, const gnn_real *t) {
    double s = 0;
    for (int k = 0; k < DIM; k++) s -= fabs((double)h[k] + (double)r[k] - (double)t[k]);
    return s;
}
static double rotate(const gnn_real *h, const gnn_real *r, const gnn_real *t) {
    double s = 0;
    for (int k = 0; k < HALF; k++) {
        double re = cos((double)r[k]), im = sin((double)r[k]);
        double x = (double)h[k] * re - (double)h[HALF + k] * im - (double)t[k];
        double y = (double)h[k] * im + (double)h[HALF + k] * re - (double)t[HALF + k];
        s -= hypot(x, y);
    }
    return s;
}
static double rescal(const gnn_real *h, const gnn_real *r, const gnn_real *t) {
    double s = 0;
    for (int i = 0; i < DIM; i++)
        for (int j = 0; j < DIM; j++)
            s += (double)h[i] * (double)r[i * DIM + j] * (double)t[j];
    return s;
}

/* ---- ranks ---- */

static bool is_known(gnn_id h, gnn_id r, gnn_id t) {
    const gnn_triples *sets[] = {&train, &test};
    for (int s = 0; s < 2; s++)
        for (int64_t i = 0; i < sets[s]->n; i++)
            if (sets[s]->head[i] == h && sets[s]->relation[i] == r &&
                sets[s]->tail[i] == t)
                return true;
    return false;
}

static double count(const tables *x, formula f, bool reciprocal, bool head_asked,
                    int64_t i) {
    const gnn_id h = test.head[i], r = test.relation[i], t = test.tail[i];
    double own = 0, above = 0, equal = 0, score[ENTITIES];
    for (gnn_id c = 0; c < ENTITIES; c++) {
        const gnn_id from = head_asked ? (reciprocal ? t : c) : h;
        const gnn_id to = head_asked && !reciprocal ? t : c;
        const int64_t row = r + (reciprocal && head_asked ? RELATIONS : 0);
        score[c] = f(x->entity + from * x->width, x->relation + row * x->relation_width,
                     x->entity + to * x->width);
        if (c == (head_asked ? h : t)) own = score[c];
    }
    for (gnn_id c = 0; c < ENTITIES; c++) {
        if (head_asked ? is_known(c, r, t) : is_known(h, r, c)) continue;
        above += score[c] > own;
        equal += score[c] == own;
    }
    return 1 + above + equal / 2;
}

static void check(const char *scorer, formula f, bool reciprocal) {
    emb_model *model;
    emb_train_options training;
    emb_train_report report;
    emb_evaluation e;
    static double ranks[2 * TEST];
    const gnn_triples none = {0};
    const gnn_triples *known[] = {&train, &test};
    const emb_evaluate_options options = {.n_known = 2, .known = known, .n_threads = 2};
    const emb_model_options shape = {.n_entities = ENTITIES,
                                     .n_relations = RELATIONS,
                                     .dim = DIM,
                                     .reciprocal = reciprocal,
                                     .init_scale = .3,
                                     .seed = 2};
    int64_t n;
    tables x;
    draw(&train, 1);
    draw(&test, 2);
    ck_assert_ok(emb_model_new(scorer, NULL, &shape, &model));
    emb_train_options_init(&training);
    ck_assert_ok(gnn_options_parse(emb_train_option_table(), "test",
                                   "epochs=8,batch=40,lr=.1", &training));
    training.n_threads = 1;
    ck_assert_ok(emb_train(model, &train, &none, &training, NULL, NULL, &report));
    ck_assert_ok(emb_evaluate(model, &test, &options, ranks, &e));
    x.entity = emb_model_entities(model, &x.width);
    x.relation = emb_model_relations(model, &n, &x.relation_width);
    int64_t others = 0;
    for (int64_t i = 0; i < 2 * TEST; i++)
        others += ranks[i] != count(&x, f, reciprocal, i % 2 == 1, i / 2);
    ck_assert_int_le(others, sizeof(gnn_real) == sizeof(double) ? 0 : 2);
    ck_assert_ok(emb_evaluate(model, &train, &options, NULL, &e));
    ck_assert_double_gt(e.both.amri, .3); /* the vectors were trained */
    emb_model_free(model);
}

START_TEST(of_trained_vectors_are_those_of_the_formulas) {
    static const struct {
        const char *scorer;
        formula f;
    } cases[] = {{"distmult", distmult},
                 {"complex", complex_product},
                 {"transe", transe},
                 {"rotate", rotate},
                 {"rescal", rescal}};
    for (int i = 0; i < 5; i++)
        for (int reciprocal = 0; reciprocal < 2; reciprocal++)
            check(cases[i].scorer, cases[i].f, reciprocal);
}
END_TEST

TESTS("embed/ranks in double", 60, of_trained_vectors_are_those_of_the_formulas)
