/* Probabilities of triples: pooling against its closed form, Platt's line against the one
 * that made the labels, errors that are plausible. */
#include <math.h>

#include <embed/embed.h>

#include "evaluate/typed.h"
#include "support/support.h"

enum { MOST = 12 };

/* Isotonic regression in closed form: p_i = max over a <= i of min over b >= i of the
 * mean of a .. b; samples are sorted, ties end at the same a and b. */
static double max_min(int n, const double *score, const double *y, const double *w,
                      int i) {
    double best = -INFINITY;
    for (int a = 0; a <= i || (a < n && score[a] == score[i]); a++) {
        double least = INFINITY;
        if (a > 0 && score[a - 1] == score[a]) continue;
        for (int b = i; b < n; b++) {
            if (b + 1 < n && score[b + 1] == score[b]) continue;
            double sum = 0, weight = 0;
            for (int k = a; k <= b; k++) {
                sum += w[k] * y[k];
                weight += w[k];
            }
            least = fmin(least, sum / weight);
        }
        best = fmax(best, least);
    }
    return best;
}

START_TEST(pool_violators_as_the_closed_form) {
    for (uint64_t seed = 0; seed < 300; seed++) {
        int n = 2 + (int)(support_bits(seed, 0) % (MOST - 1));
        double score[MOST], y[MOST], w[MOST];
        uint8_t is_true[MOST];
        emb_calibration c;
        double s = -3;
        for (int i = 0; i < n; i++) {
            s += (double)(support_bits(seed, 10 + (uint64_t)i) % 3) / 2; /* ties, too */
            score[i] = s;
            is_true[i] = i < 2 ? (uint8_t)i : support_bits(seed, 40 + (uint64_t)i) & 1;
            y[i] = is_true[i];
            w[i] = 1 + (double)(support_bits(seed, 70 + (uint64_t)i) % 4);
        }
        ck_assert_ok(
            emb_calibration_fit(EMB_CALIBRATION_ISOTONIC, n, score, is_true, w, &c));
        for (int i = 0; i < n; i++)
            ck_assert_double_eq_tol(emb_calibration_probability(&c, score[i]),
                                    max_min(n, score, y, w, i), 1e-12);
        emb_calibration_clear(&c);
    }
}
END_TEST

/* Both labels at each score, weighted by a logistic function's values: the likelihood's
 * maximum is that function. */
static void fit_line(double slope, double offset, emb_calibration *c) {
    enum { POINTS = 200 };
    static double score[2 * POINTS], weight[2 * POINTS];
    static uint8_t is_true[2 * POINTS];
    for (int i = 0; i < POINTS; i++) {
        double s = -4 + 8. * i / POINTS, p = 1 / (1 + exp(-(slope * s + offset)));
        score[2 * i] = score[2 * i + 1] = s;
        is_true[2 * i] = 1;
        is_true[2 * i + 1] = 0;
        weight[2 * i] = 1e6 * p;
        weight[2 * i + 1] = 1e6 * (1 - p);
    }
    ck_assert_ok(emb_calibration_fit(EMB_CALIBRATION_PLATT, 2 * POINTS, score, is_true,
                                     weight, c));
}

START_TEST(find_the_line_that_made_the_labels) {
    static const double lines[][2] = {{1, 0}, {2, -1}, {.05, 3}, {8, 5}};
    emb_calibration c;
    for (int i = 0; i < 4; i++) {
        fit_line(lines[i][0], lines[i][1], &c);
        ck_assert_double_eq_tol(c.slope, lines[i][0], 1e-4 * lines[i][0]);
        ck_assert_double_eq_tol(c.offset, lines[i][1], 1e-4 * (1 + fabs(lines[i][1])));
    }
    /* lower scores for the true: the order is never turned round */
    fit_line(-2, 1, &c);
    ck_assert(c.slope == 0);
    double p = emb_calibration_probability(&c, 0);
    ck_assert(p > .5 && p < .8 && p == emb_calibration_probability(&c, 7));
}
END_TEST

START_TEST(rise_with_the_score) {
    enum { N = 500 };
    static double score[N];
    static uint8_t is_true[N];
    for (uint64_t i = 0; i < N; i++) {
        score[i] = (double)(support_bits(3, i) % 1000) - 500;
        is_true[i] = score[i] + (double)(support_bits(4, i) % 800) - 400 > 0;
    }
    for (int kind = 0; kind < 2; kind++) {
        emb_calibration c;
        ck_assert_ok(
            emb_calibration_fit((emb_calibration_kind)kind, N, score, is_true, NULL, &c));
        double before = 0;
        for (double s = -700; s < 700; s += .37) {
            double p = emb_calibration_probability(&c, s);
            ck_assert(p >= before && p <= 1);
            before = p;
        }
        ck_assert(before > .9 && emb_calibration_probability(&c, -700) < .1);
        ck_assert(isnan(emb_calibration_probability(&c, NAN)));
        ck_assert_double_ge(emb_calibration_probability(&c, INFINITY), before);
        emb_calibration_clear(&c);
    }
}
END_TEST

START_TEST(refuse_what_says_nothing) {
    double score[] = {1, NAN, 2};
    const uint8_t is_true[] = {1, 0, 1};
    emb_calibration c;
    ck_assert_fails(
        emb_calibration_fit(EMB_CALIBRATION_PLATT, 3, score, is_true, NULL, &c),
        GNN_ERR_ARGUMENT, "score 1 is");
    score[1] = 0;
    const uint8_t all[] = {1, 1, 1};
    ck_assert_fails(
        emb_calibration_fit(EMB_CALIBRATION_ISOTONIC, 3, score, all, NULL, &c),
        GNN_ERR_ARGUMENT, "false ones");
    /* one score for all: its share of true ones */
    const double level[] = {2, 2, 2};
    ck_assert_ok(
        emb_calibration_fit(EMB_CALIBRATION_ISOTONIC, 3, level, is_true, NULL, &c));
    ck_assert_double_eq_tol(emb_calibration_probability(&c, 9), 2 / 3., 1e-12);
    emb_calibration_clear(&c);
    ck_assert_ok(emb_calibration_fit(EMB_CALIBRATION_PLATT, 3, level, is_true, NULL, &c));
    ck_assert(c.slope == 0);
}
END_TEST

/* ---- models ---- */

/* Entities 0 .. 99 on a line, relation 0 leads one on, relation 1 to 7: TransE knows. */
enum { ENTITIES = 100, TRIPLES = 99 };
static gnn_id ids[6 * TRIPLES];

static emb_model *make(gnn_triples *train, gnn_triples *valid) {
    emb_model *model;
    const emb_model_options options = {
        .n_entities = ENTITIES, .n_relations = 2, .dim = 4, .init_scale = 1};
    int64_t n, width;
    ck_assert_ok(emb_model_new("transe", NULL, &options, &model));
    gnn_real *entity = (gnn_real *)emb_model_entities(model, &width);
    gnn_real *relation = (gnn_real *)emb_model_relations(model, &n, &width);
    memset(entity, 0, (size_t)(ENTITIES * width) * sizeof *entity);
    memset(relation, 0, (size_t)(n * width) * sizeof *relation);
    for (int64_t i = 0; i < ENTITIES; i++) entity[i * width] = (gnn_real)i;
    relation[0] = 1;
    *train = (gnn_triples){0, ids, ids + TRIPLES, ids + 2 * TRIPLES};
    *valid = (gnn_triples){0, ids + 3 * TRIPLES, ids + 4 * TRIPLES, ids + 5 * TRIPLES};
    for (gnn_id i = 0; i < TRIPLES; i++) {
        gnn_triples *to = i % 4 == 0 ? valid : train;
        to->head[to->n] = i;
        to->relation[to->n] = 0;
        to->tail[to->n++] = i + 1;
    }
    return model;
}

START_TEST(of_models_tell_true_from_false) {
    gnn_triples train, valid;
    emb_model *model = make(&train, &valid);
    for (int kind = 0; kind < 2; kind++) {
        emb_calibration c, again;
        emb_calibration_report report, other;
        ck_assert_ok(emb_calibrate(model, &train, &valid, (emb_calibration_kind)kind, 1,
                                   1, &c, &report));
        ck_assert_int_eq(report.n_held_out, valid.n / 5);
        ck_assert_int_eq(report.n_fitted, valid.n - valid.n / 5);
        ck_assert_double_lt(report.brier, .08);
        ck_assert_double_lt(report.log_loss, .3);
        ck_assert_double_gt(emb_calibration_probability(&c, 0), .8);
        ck_assert_double_lt(emb_calibration_probability(&c, -20), .2);
        ck_assert_ok(emb_calibrate(model, &train, &valid, (emb_calibration_kind)kind, 1,
                                   4, &again, &other));
        ck_assert(memcmp(&report, &other, sizeof report) == 0 && c.slope == again.slope);
        emb_calibration_clear(&c);
        emb_calibration_clear(&again);
    }
    emb_model_free(model);
}
END_TEST

START_TEST(of_models_need_triples) {
    gnn_triples train, valid;
    emb_calibration c;
    emb_calibration_report report;
    emb_model *model = make(&train, &valid);
    int64_t n = valid.n;
    valid.n = 4;
    ck_assert_fails(
        emb_calibrate(model, &train, &valid, EMB_CALIBRATION_PLATT, 0, 1, &c, &report),
        GNN_ERR_ARGUMENT, "4 validation triples: expected 5 or more");
    valid.n = n;
    valid.tail[2] = ENTITIES;
    ck_assert_fails(
        emb_calibrate(model, &train, &valid, EMB_CALIBRATION_PLATT, 0, 1, &c, &report),
        GNN_ERR_ARGUMENT, "a validation triple 2: tail is 100");
    emb_model_free(model);
}
END_TEST

typedef struct set_up {
    emb_model *model;
    gnn_triples train, valid;
} set_up;

static gnn_status calibrate(void *argument) {
    const set_up *s = argument;
    emb_calibration c;
    emb_calibration_report report;
    gnn_status status = emb_calibrate(s->model, &s->train, &s->valid,
                                      EMB_CALIBRATION_ISOTONIC, 0, 1, &c, &report);
    emb_calibration_clear(&c);
    return status;
}

START_TEST(survive_short_memory) {
    set_up s;
    s.model = make(&s.train, &s.valid);
    ck_assert_int_ge(support_starve(calibrate, &s), 8);
    emb_model_free(s.model);
}
END_TEST

START_TEST(errors_are_plausible) {
    gnn_id head[] = {1, 1, 2}, relation[] = {0, 0, 2}, tail[] = {5, 6, 7};
    const gnn_triples triples = {3, head, relation, tail};
    const gnn_id five[] = {5}, both[] = {5, 6}, all[] = {0, 1, 2, 3, 4, 5, 6, 7};
    emb_i_typed typed;
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 1, 0);
    ck_assert_ok(emb_i_typed_make(&typed, 3, &triples));
    for (int i = 0; i < 50; i++) {
        gnn_id any = emb_i_typed_draw(&typed, &rng, 0, false, 8, 0, NULL);
        ck_assert(any == 5 || any == 6);
        ck_assert_int_eq(emb_i_typed_draw(&typed, &rng, 0, true, 8, 0, NULL), 1);
        ck_assert_int_eq(emb_i_typed_draw(&typed, &rng, 2, true, 8, 0, NULL), 2);
        ck_assert_int_eq(emb_i_typed_draw(&typed, &rng, 0, false, 8, 1, five), 6);
        /* nothing of the side will do, or nothing stands there: any entity */
        any = emb_i_typed_draw(&typed, &rng, 0, false, 8, 2, both);
        ck_assert(any >= 0 && any < 8 && any != 5 && any != 6);
        any = emb_i_typed_draw(&typed, &rng, 1, false, 8, 0, NULL);
        ck_assert(any >= 0 && any < 8);
        ck_assert_int_eq(emb_i_typed_draw(&typed, &rng, 0, false, 8, 8, all), -1);
    }
    emb_i_typed_clear(&typed);
}
END_TEST

TESTS("embed/probabilities", 60, pool_violators_as_the_closed_form,
      find_the_line_that_made_the_labels, rise_with_the_score, refuse_what_says_nothing,
      of_models_tell_true_from_false, of_models_need_triples, survive_short_memory,
      errors_are_plausible)
