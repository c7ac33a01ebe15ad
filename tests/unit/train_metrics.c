/* Metrics against values worked out by hand. */
#include "support/support.h"

#include <gnn/metrics.h>
#include <math.h>

static gnn_tensor *outputs(int64_t n, int64_t k, const gnn_real *x) {
    gnn_tensor *t;
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, (int64_t[]){n, k}, &t));
    memcpy(t->data, x, (size_t)(n * k) * sizeof *x);
    return t;
}

static gnn_metrics measure(gnn_task task, gnn_tensor *x, const gnn_id *class_of,
                           const gnn_real *target, int64_t n, const gnn_id *rows) {
    gnn_metrics m;
    gnn_metrics_scratch *scratch = NULL;
    ck_assert_ok(
        gnn_metrics_compute(task, x, class_of, target, n, rows, true, &scratch, &m));
    gnn_metrics_scratch_free(scratch);
    gnn_tensor_free(x);
    return m;
}

/* Six rows, three classes; guesses 0 0 1 1 2 0, truth 0 1 1 1 2 2, row 6 unlabelled. */
START_TEST(classes) {
    gnn_real x[7][3] = {{2, 0, 0}, {2, 0, 0}, {0, 2, 0}, {0, 2, 0},
                        {0, 0, 2}, {2, 0, 0}, {9, 9, 9}};
    const gnn_id truth[] = {0, 1, 1, 1, 2, 2, -1};
    gnn_metrics m =
        measure(GNN_TASK_CLASS, outputs(7, 3, &x[0][0]), truth, NULL, 0, NULL);
    double e2 = exp(2), right = -log(e2 / (e2 + 2)), wrong = -log(1 / (e2 + 2));
    ck_assert_int_eq(m.n, 6);
    ck_assert_double_eq_tol(m.accuracy, 4 / 6.0, 1e-12);
    ck_assert_double_eq_tol(m.loss, (4 * right + 2 * wrong) / 6, 1e-6);
    /* F1: class 0 2·1/(3+1), class 1 2·2/(2+3), class 2 2·1/(1+2) */
    ck_assert_double_eq_tol(m.macro_f1, (0.5 + 0.8 + 2 / 3.0) / 3, 1e-12);
    ck_assert_double_eq_tol(m.micro_f1, 4 / 6.0, 1e-12);
    ck_assert(isnan(m.rmse));
}
END_TEST

/* Scores .9 .8 .7 .6 with truth 1 0 1 0: AUC 3/4, AP (1 + 2/3)/2; a tie counts half. */
START_TEST(ranking) {
    gnn_real x[4][2] = {{0, 9}, {0, 8}, {0, 7}, {0, 6}};
    const gnn_id truth[] = {1, 0, 1, 0};
    gnn_metrics m =
        measure(GNN_TASK_CLASS, outputs(4, 2, &x[0][0]), truth, NULL, 0, NULL);
    ck_assert_double_eq_tol(m.roc_auc, 0.75, 1e-12);
    ck_assert_double_eq_tol(m.average_precision, (1 + 2 / 3.0) / 2, 1e-12);
    gnn_real tied[4][2] = {{0, 1}, {0, 1}, {0, 1}, {0, 1}};
    m = measure(GNN_TASK_CLASS, outputs(4, 2, &tied[0][0]), truth, NULL, 0, NULL);
    ck_assert_double_eq_tol(m.roc_auc, 0.5, 1e-12);
    ck_assert_double_eq_tol(m.average_precision, 0.5, 1e-12);
}
END_TEST

/* Many rows against the definition: the share of pairs in the right order. */
START_TEST(area_is_the_share_of_ordered_pairs) {
    enum { N = 400 };
    gnn_real x[N][2];
    gnn_id truth[N];
    for (int i = 0; i < N; i++) {
        x[i][0] = 0;
        x[i][1] = (gnn_real)support_below(1, (uint64_t)i, 50);
        truth[i] = (gnn_id)support_below(2, (uint64_t)i, 2);
    }
    double pairs = 0, ordered = 0;
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++)
            if (truth[i] == 1 && truth[j] == 0) {
                pairs++;
                ordered += x[i][1] > x[j][1] ? 1 : x[i][1] == x[j][1] ? 0.5 : 0;
            }
    gnn_metrics m =
        measure(GNN_TASK_CLASS, outputs(N, 2, &x[0][0]), truth, NULL, 0, NULL);
    ck_assert_double_eq_tol(m.roc_auc, ordered / pairs, 1e-12);
}
END_TEST

START_TEST(labels) {
    gnn_real x[2][3] = {{1, -1, 2}, {-3, 4, 0}};
    const gnn_real nan_ = (gnn_real)NAN;
    const gnn_real target[] = {1, 1, nan_, 0, 1, 0};
    gnn_metrics m =
        measure(GNN_TASK_MULTILABEL, outputs(2, 3, &x[0][0]), NULL, target, 0, NULL);
    double loss =
        log1p(exp(-1)) + (1 + log1p(exp(-1))) + log1p(exp(-3)) + log1p(exp(-4)) + log(2);
    ck_assert_int_eq(m.n, 2);
    ck_assert_double_eq_tol(m.loss, loss / 5, 1e-6);
    ck_assert_double_eq_tol(m.accuracy, 4 / 5.0, 1e-12);
    ck_assert_double_eq_tol(m.micro_f1, 2 * 2 / 5.0, 1e-12);
}
END_TEST

START_TEST(numbers_on_chosen_rows) {
    gnn_real x[3][1] = {{1}, {100}, {4}};
    const gnn_real target[] = {2, 0, 2};
    gnn_metrics m = measure(GNN_TASK_REGRESS, outputs(3, 1, &x[0][0]), NULL, target, 2,
                            (gnn_id[]){0, 2});
    ck_assert_double_eq_tol(m.rmse, sqrt(2.5), 1e-12);
    ck_assert_double_eq_tol(m.mae, 1.5, 1e-12);
    m = measure(GNN_TASK_REGRESS, outputs(3, 1, &x[0][0]), NULL, target, 0,
                (gnn_id[]){0});
    ck_assert_int_eq(m.n, 0);
    ck_assert(isnan(m.rmse));
}
END_TEST

START_TEST(confusion_and_names) {
    gnn_real x[3][2] = {{1, 0}, {0, 1}, {1, 0}};
    const gnn_id truth[] = {0, 0, 1};
    gnn_tensor *t = outputs(3, 2, &x[0][0]);
    int64_t confusion[4];
    ck_assert_ok(gnn_metrics_confusion(t, truth, 0, NULL, confusion));
    ck_assert_same_bytes(confusion, ((int64_t[]){1, 1, 1, 0}), sizeof confusion);
    gnn_tensor_free(t);
    gnn_metrics m = {.accuracy = 0.25};
    double value;
    bool more;
    ck_assert(gnn_metric_get(&m, "accuracy", &value, &more) && more && value == 0.25);
    ck_assert(gnn_metric_get(&m, "loss", &value, &more) && !more);
    ck_assert(!gnn_metric_get(&m, "beauty", &value, &more));
    char names[256], *save;
    strcpy(names, gnn_metric_names);
    for (char *n = strtok_r(names, " ", &save); n; n = strtok_r(NULL, " ", &save))
        ck_assert(gnn_metric_get(&m, n, NULL, NULL));
}
END_TEST

START_TEST(rows_that_are_not_there_are_refused) {
    gnn_real x[3][2] = {{1, 0}, {0, 1}, {1, 0}};
    const gnn_id truth[] = {0, 0, 1}, below[] = {0, -1}, beyond[] = {3};
    gnn_tensor *t = outputs(3, 2, &x[0][0]);
    int64_t confusion[4];
    gnn_metrics m;
    gnn_metrics_scratch *scratch = NULL;
    ck_assert_fails(gnn_metrics_compute(GNN_TASK_CLASS, t, truth, NULL, 2, below, false,
                                        &scratch, &m),
                    GNN_ERR_ARGUMENT, "row -1");
    ck_assert_fails(gnn_metrics_confusion(t, truth, 1, beyond, confusion),
                    GNN_ERR_ARGUMENT, "row 3");
    ck_assert_fails(gnn_metrics_confusion(t, NULL, 0, NULL, confusion), GNN_ERR_ARGUMENT,
                    "missing");
    gnn_tensor_free(t);
    gnn_metrics_scratch_free(scratch);
}
END_TEST

TESTS("train/metrics", 10, classes, ranking, area_is_the_share_of_ordered_pairs, labels,
      numbers_on_chosen_rows, rows_that_are_not_there_are_refused, confusion_and_names)
