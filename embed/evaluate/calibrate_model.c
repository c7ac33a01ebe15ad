/* Calibration of a model: validation triples against plausible errors. */
#include <embed/calibrate.h>

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "evaluate/known.h"
#include "evaluate/typed.h"

static const uint64_t ERROR_STREAM = (uint64_t)14 << 60;

/* True triples and their errors: 3 i is true, behind it come those with another tail and
 * another head. An error that was not found repeats the triple, with weight 0. */
typedef struct judged {
    gnn_triples triples;
    gnn_id *ids; /* (9 n) the three columns */
    uint8_t *is_true;
    double *weight, *score;
    gnn_real *raw;
} judged;

static gnn_status judged_make(judged *j, int64_t n) {
    gnn_status status;
    const size_t m = (size_t)(3 * n);
    GNN_TRY(gnn_i_alloc(&j->ids, 3 * m, sizeof *j->ids, "a calibration"));
    GNN_TRY(gnn_i_alloc(&j->is_true, m, 1, "a calibration"));
    GNN_TRY(gnn_i_alloc(&j->weight, m, sizeof *j->weight, "a calibration"));
    GNN_TRY(gnn_i_alloc(&j->score, m, sizeof *j->score, "a calibration"));
    GNN_TRY(gnn_i_alloc(&j->raw, m, sizeof *j->raw, "a calibration"));
    j->triples = (gnn_triples){3 * n, j->ids, j->ids + m, j->ids + 2 * m};
cleanup:
    return status;
}

static void judged_clear(judged *j) {
    gnn_i_free(j->ids);
    gnn_i_free(j->is_true);
    gnn_i_free(j->weight);
    gnn_i_free(j->score);
    gnn_i_free(j->raw);
}

/* In the order of the questions: the side of a triple that is asked about is replaced. */
static void make_errors(const emb_model *model, const gnn_triples *valid,
                        const emb_i_questions *questions, const emb_i_known *known,
                        const emb_i_typed *typed, uint64_t seed, judged *j) {
    for (int64_t i = 0; i < j->triples.n; i++) {
        j->triples.head[i] = valid->head[i / 3];
        j->triples.relation[i] = valid->relation[i / 3];
        j->triples.tail[i] = valid->tail[i / 3];
        j->is_true[i] = i % 3 == 0;
        j->weight[i] = i % 3 == 0 ? 1 : .5;
    }
    for (int64_t k = 0; k < questions->n; k++) {
        int64_t n_known;
        const gnn_id *answers = emb_i_known_get(known, k, &n_known);
        for (int64_t a = questions->first[k]; a < questions->first[k + 1]; a++) {
            const int64_t place = questions->asked[a].place;
            const bool head = (place & 1) != 0;
            const int64_t i = 3 * (place / 2) + 1 + head;
            gnn_i_rng rng;
            gnn_i_rng_init(&rng, seed, ERROR_STREAM | (uint64_t)place);
            gnn_id drawn = emb_i_typed_draw(typed, &rng, j->triples.relation[i], head,
                                            model->entity.n, n_known, answers);
            if (drawn >= 0)
                (head ? j->triples.head : j->triples.tail)[i] = drawn;
            else
                j->weight[i] = 0;
        }
    }
}

/* ---- fitting and holding out ---- */

/* Groups of three in the order of `order`, as one run without those of weight 0. */
static int64_t take(const judged *j, int64_t n, const gnn_id *order, double *score,
                    uint8_t *is_true, double *weight) {
    int64_t kept = 0;
    for (int64_t i = 0; i < 3 * n; i++) {
        int64_t from = 3 * (int64_t)order[i / 3] + i % 3;
        if (j->weight[from] <= 0) continue;
        score[kept] = (double)j->raw[from];
        is_true[kept] = j->is_true[from];
        weight[kept++] = j->weight[from];
    }
    return kept;
}

static void judge(const emb_calibration *c, int64_t n, const double *score,
                  const uint8_t *is_true, const double *weight,
                  emb_calibration_report *report) {
    double total = 0;
    report->brier = report->log_loss = 0;
    for (int64_t i = 0; i < n; i++) {
        double p = emb_calibration_probability(c, score[i]);
        double said = is_true[i] ? p : 1 - p;
        total += weight[i];
        report->brier += weight[i] * (1 - said) * (1 - said);
        report->log_loss -= weight[i] * log(fmax(said, 1e-6));
    }
    report->brier /= total;
    report->log_loss /= total;
}

static gnn_status fit(const judged *j, emb_calibration_kind kind, uint64_t seed,
                      emb_calibration *calibration, emb_calibration_report *report) {
    gnn_status status;
    const int64_t n = j->triples.n / 3, n_held_out = n / 5;
    gnn_id *order = NULL;
    uint8_t *is_true = NULL;
    double *weight = NULL;
    gnn_i_rng rng;
    GNN_TRY(gnn_i_alloc(&order, (size_t)n, sizeof *order, "a calibration"));
    GNN_TRY(gnn_i_alloc(&is_true, (size_t)(3 * n), 1, "a calibration"));
    GNN_TRY(gnn_i_alloc(&weight, (size_t)(3 * n), sizeof *weight, "a calibration"));
    for (gnn_id i = 0; i < n; i++) order[i] = i;
    gnn_i_rng_init(&rng, seed, ERROR_STREAM | (uint64_t)(2 * n));
    gnn_i_rng_shuffle(&rng, order, n);
    int64_t kept = take(j, n - n_held_out, order + n_held_out, j->score, is_true, weight);
    GNN_TRY(emb_calibration_fit(kind, kept, j->score, is_true, weight, calibration));
    kept = take(j, n_held_out, order, j->score, is_true, weight);
    judge(calibration, kept, j->score, is_true, weight, report);
    report->n_fitted = n - n_held_out;
    report->n_held_out = n_held_out;
cleanup:
    gnn_i_free(order);
    gnn_i_free(is_true);
    gnn_i_free(weight);
    return status;
}

gnn_status emb_calibrate(const emb_model *model, const gnn_triples *train,
                         const gnn_triples *valid, emb_calibration_kind kind,
                         uint64_t seed, int n_threads, emb_calibration *calibration,
                         emb_calibration_report *report) {
    gnn_status status;
    emb_i_questions questions = {0};
    emb_i_known known = {0};
    emb_i_typed typed = {0};
    judged j = {0};
    const gnn_triples *sets[] = {train, valid};
    *calibration = (emb_calibration){0};
    GNN_CHECK(valid->n >= 5, GNN_ERR_ARGUMENT,
              "cannot calibrate with %lld validation triples: expected 5 or more",
              (long long)valid->n);
    GNN_TRY(emb_i_check_triples(model, train, "a training"));
    GNN_TRY(emb_i_check_triples(model, valid, "a validation"));
    GNN_TRY(emb_i_questions_make(&questions, valid));
    GNN_TRY(emb_i_known_make(&known, &questions, 2, sets));
    GNN_TRY(emb_i_typed_make(&typed, model->options.n_relations, train));
    GNN_TRY(judged_make(&j, valid->n));
    make_errors(model, valid, &questions, &known, &typed, seed, &j);
    GNN_TRY(emb_model_score(model, &j.triples, n_threads, j.raw));
    GNN_TRY(fit(&j, kind, seed, calibration, report));
cleanup:
    judged_clear(&j);
    emb_i_questions_clear(&questions);
    emb_i_known_clear(&known);
    emb_i_typed_clear(&typed);
    if (status != GNN_OK) emb_calibration_clear(calibration);
    return status;
}
