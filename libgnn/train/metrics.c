/* Metrics over predictions. Sums run in double, row after row: the bits depend on nothing
 * else.
 *
 *   accuracy    share of rows whose largest logit is the true class (multilabel: share of
 *               decisions x > 0 that are right)
 *   F1          2 TP / (2 TP + FP + FN): micro from the sums over classes, macro the mean
 *   over
 *               classes that occur in truth or prediction
 *   ROC-AUC     chance that a positive scores above a negative, ties half (Fawcett 2006)
 *   average precision   Σ (R_k - R_{k-1}) P_k over distinct scores, falling */
#include <math.h>
#include <string.h>

#include <gnn/metrics.h>

#include "core/alloc.h"

const char gnn_metric_names[] =
    "loss accuracy macro_f1 micro_f1 roc_auc average_precision rmse mae";

typedef struct scored {
    double score;
    int32_t positive;
} scored;

struct gnn_metrics_scratch {
    size_t classes_room, rows_room;
    double *counts; /* (3, classes) true positives, predicted, true */
    scored *rows;   /* (rows) for the ranking metrics */
};

void gnn_metrics_scratch_free(gnn_metrics_scratch *scratch) {
    if (!scratch) return;
    gnn_i_free(scratch->counts);
    gnn_i_free(scratch->rows);
    gnn_i_free(scratch);
}

static gnn_status reserve(gnn_metrics_scratch **scratch, size_t classes, size_t rows) {
    gnn_status status = GNN_OK;
    if (!*scratch) GNN_TRY(gnn_i_calloc(scratch, 1, sizeof **scratch, "metrics"));
    gnn_metrics_scratch *s = *scratch;
    if (classes > s->classes_room) {
        GNN_TRY(gnn_i_realloc(&s->counts, classes, 3 * sizeof *s->counts, "metrics"));
        s->classes_room = classes;
    }
    if (rows > s->rows_room) {
        GNN_TRY(gnn_i_realloc(&s->rows, rows, sizeof *s->rows, "metrics"));
        s->rows_room = rows;
    }
cleanup:
    return status;
}

/* The rows that are looked at. */
typedef struct selection {
    const gnn_real *x;
    int64_t n, k;
    const gnn_id *rows;
} selection;

static int64_t row_of(const selection *s, int64_t i) {
    return s->rows ? s->rows[i] : i;
}

static int64_t arg_max(const gnn_real *x, int64_t k) {
    int64_t best = 0;
    for (int64_t c = 1; c < k; c++)
        if (x[c] > x[best]) best = c;
    return best;
}

static double log_sum_exp(const gnn_real *x, int64_t k) {
    double top = (double)x[arg_max(x, k)], sum = 0;
    for (int64_t c = 0; c < k; c++) sum += exp((double)x[c] - top);
    return top + log(sum);
}

/* F1 scores from the counts of each class. */
static void f1_scores(const double *counts, int64_t k, gnn_metrics *m) {
    const double *hit = counts, *predicted = counts + k, *actual = counts + 2 * k;
    double hits = 0, all = 0, macro = 0;
    int64_t seen = 0;
    for (int64_t c = 0; c < k; c++) {
        double sum = predicted[c] + actual[c];
        hits += hit[c];
        all += sum;
        if (sum > 0) macro += 2 * hit[c] / sum, seen++;
    }
    m->micro_f1 = all > 0 ? 2 * hits / all : NAN;
    m->macro_f1 = seen ? macro / (double)seen : NAN;
}

/* Sort by falling score, in place: the C library's qsort would allocate. Quicksort down
 * to short runs, the shorter side by recursion, then one pass of insertion. */
static void sort_runs(scored *rows, int64_t n) {
    while (n > 16) {
        double a = rows[0].score, b = rows[n / 2].score, c = rows[n - 1].score;
        double pivot = fmax(fmin(a, b), fmin(fmax(a, b), c));
        int64_t i = 0, j = n - 1;
        while (i <= j) {
            while (rows[i].score > pivot) i++;
            while (rows[j].score < pivot) j--;
            if (i > j) break;
            scored swap = rows[i];
            rows[i++] = rows[j];
            rows[j--] = swap;
        }
        bool left_is_short = j + 1 < n - i;
        if (left_is_short)
            sort_runs(rows, j + 1);
        else
            sort_runs(rows + i, n - i);
        if (left_is_short) {
            rows += i;
            n -= i;
        } else
            n = j + 1;
    }
}

static void sort_falling(scored *rows, int64_t n) {
    sort_runs(rows, n);
    for (int64_t i = 1; i < n; i++) {
        scored row = rows[i];
        int64_t j = i;
        for (; j > 0 && rows[j - 1].score < row.score; j--) rows[j] = rows[j - 1];
        rows[j] = row;
    }
}

/* ROC-AUC and average precision of n scored rows; false when one side is empty. */
static bool rank_one(scored *rows, int64_t n, double *auc, double *precision) {
    sort_falling(rows, n);
    double positives = 0, negatives = 0, area = 0, average = 0, total = 0;
    for (int64_t i = 0; i < n; i++) total += rows[i].positive;
    if (total == 0 || total == (double)n) return false;
    for (int64_t i = 0; i < n;) {
        int64_t end = i;
        double p = 0;
        while (end < n && !(rows[end].score < rows[i].score)) p += rows[end++].positive;
        double q = (double)(end - i) - p;
        area += q * (positives + p / 2);
        positives += p;
        negatives += q;
        average += p / total * positives / (positives + negatives);
        i = end;
    }
    *auc = area / (total * ((double)n - total));
    *precision = average;
    return true;
}

/* Mean over columns of the ranking metrics, each column against the rest. With two
 * classes only class 1, scored by its margin. */
static void rank_columns(const selection *s, const gnn_id *class_of,
                         const gnn_real *target, scored *rows, gnn_metrics *m) {
    double auc_sum = 0, precision_sum = 0;
    int64_t counted = 0;
    bool binary = class_of && s->k == 2;
    for (int64_t c = binary ? 1 : 0; c < s->k; c++) {
        int64_t n = 0;
        for (int64_t i = 0; i < s->n; i++) {
            int64_t r = row_of(s, i);
            const gnn_real *x = s->x + r * s->k;
            if (class_of ? class_of[r] < 0 : isnan(target[r * s->k + c])) continue;
            double score = binary ? (double)x[1] - (double)x[0] : (double)x[c];
            if (class_of && !binary) score -= log_sum_exp(x, s->k);
            if (isnan(score)) return; /* no order, no ranking metric */
            rows[n++] = (scored){score, class_of ? class_of[r] == c
                                                 : target[r * s->k + c] > (gnn_real)0.5};
        }
        double auc, precision;
        if (!rank_one(rows, n, &auc, &precision)) continue;
        auc_sum += auc;
        precision_sum += precision;
        counted++;
    }
    m->roc_auc = counted ? auc_sum / (double)counted : NAN;
    m->average_precision = counted ? precision_sum / (double)counted : NAN;
}

static void class_metrics(const selection *s, const gnn_id *class_of, double *counts,
                          gnn_metrics *m) {
    double loss = 0, right = 0;
    memset(counts, 0, (size_t)(3 * s->k) * sizeof *counts);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t r = row_of(s, i), truth = class_of[r];
        if (truth < 0 || truth >= s->k) continue;
        const gnn_real *x = s->x + r * s->k;
        int64_t guess = arg_max(x, s->k);
        loss += log_sum_exp(x, s->k) - (double)x[truth];
        right += guess == truth;
        counts[guess] += guess == truth;
        counts[s->k + guess]++;
        counts[2 * s->k + truth]++;
        m->n++;
    }
    if (!m->n) return;
    m->loss = loss / (double)m->n;
    m->accuracy = right / (double)m->n;
    f1_scores(counts, s->k, m);
}

static void multilabel_metrics(const selection *s, const gnn_real *target, double *counts,
                               gnn_metrics *m) {
    double loss = 0, right = 0, decisions = 0;
    memset(counts, 0, (size_t)(3 * s->k) * sizeof *counts);
    for (int64_t i = 0; i < s->n; i++) {
        int64_t r = row_of(s, i);
        bool known = false;
        for (int64_t c = 0; c < s->k; c++) {
            double t = (double)target[r * s->k + c], x = (double)s->x[r * s->k + c];
            if (isnan(t)) continue;
            bool guess = x > 0, truth = t > 0.5;
            loss += fmax(x, 0) - t * x + log1p(exp(-fabs(x)));
            right += guess == truth;
            counts[c] += guess && truth;
            counts[s->k + c] += guess;
            counts[2 * s->k + c] += truth;
            decisions++;
            known = true;
        }
        m->n += known;
    }
    if (decisions == 0) return;
    m->loss = loss / decisions;
    m->accuracy = right / decisions;
    f1_scores(counts, s->k, m);
}

static void regress_metrics(const selection *s, const gnn_real *target, gnn_metrics *m) {
    double square = 0, absolute = 0, values = 0;
    for (int64_t i = 0; i < s->n; i++) {
        int64_t r = row_of(s, i);
        bool known = false;
        for (int64_t c = 0; c < s->k; c++) {
            double t = (double)target[r * s->k + c];
            if (isnan(t)) continue;
            double error = (double)s->x[r * s->k + c] - t;
            square += error * error;
            absolute += fabs(error);
            values++;
            known = true;
        }
        m->n += known;
    }
    if (values == 0) return;
    m->loss = square / values;
    m->rmse = sqrt(m->loss);
    m->mae = absolute / values;
}

/* What to look at, checked. */
static gnn_status select_rows(const gnn_tensor *outputs, int64_t n_rows,
                              const gnn_id *rows, selection *s) {
    gnn_status status = GNN_OK;
    GNN_CHECK(outputs, GNN_ERR_ARGUMENT, "metrics: outputs are NULL");
    *s = (selection){gnn_tensor_real(outputs), rows ? n_rows : outputs->shape[0],
                     outputs->shape[1], rows};
    GNN_CHECK(outputs->n_axes == 2 && s->k > 0 && (s->x || s->n == 0), GNN_ERR_SHAPE,
              "metrics: outputs must be dense with two axes");
    GNN_CHECK(s->n >= 0, GNN_ERR_ARGUMENT, "metrics: %lld rows", (long long)s->n);
    for (int64_t i = 0; rows && i < s->n; i++)
        GNN_CHECK(rows[i] >= 0 && rows[i] < outputs->shape[0], GNN_ERR_ARGUMENT,
                  "metrics: row %d is outside 0..%lld", rows[i],
                  (long long)outputs->shape[0] - 1);
cleanup:
    return status;
}

gnn_status gnn_metrics_compute(gnn_task task, const gnn_tensor *outputs,
                               const gnn_id *class_of, const gnn_real *target,
                               int64_t n_rows, const gnn_id *rows, bool ranked,
                               gnn_metrics_scratch **scratch, gnn_metrics *metrics) {
    gnn_status status = GNN_OK;
    *metrics = (gnn_metrics){.loss = NAN,
                             .accuracy = NAN,
                             .macro_f1 = NAN,
                             .micro_f1 = NAN,
                             .roc_auc = NAN,
                             .average_precision = NAN,
                             .rmse = NAN,
                             .mae = NAN};
    selection s;
    GNN_TRY(select_rows(outputs, n_rows, rows, &s));
    GNN_CHECK((unsigned)task <= GNN_TASK_REGRESS, GNN_ERR_ARGUMENT,
              "metrics: unknown kind of task %d", (int)task);
    GNN_CHECK(task == GNN_TASK_CLASS ? class_of != NULL : target != NULL,
              GNN_ERR_ARGUMENT, "metrics: the task's labels are missing");
    GNN_TRY(reserve(scratch, (size_t)s.k, ranked ? (size_t)s.n : 0));
    switch (task) {
    case GNN_TASK_CLASS: class_metrics(&s, class_of, (*scratch)->counts, metrics); break;
    case GNN_TASK_MULTILABEL:
        multilabel_metrics(&s, target, (*scratch)->counts, metrics);
        break;
    case GNN_TASK_REGRESS: regress_metrics(&s, target, metrics); break;
    }
    if (ranked && task != GNN_TASK_REGRESS)
        rank_columns(&s, task == GNN_TASK_CLASS ? class_of : NULL, target,
                     (*scratch)->rows, metrics);
cleanup:
    return status;
}

gnn_status gnn_metrics_confusion(const gnn_tensor *outputs, const gnn_id *class_of,
                                 int64_t n_rows, const gnn_id *rows, int64_t *confusion) {
    gnn_status status = GNN_OK;
    selection s = {0};
    GNN_TRY(select_rows(outputs, n_rows, rows, &s));
    GNN_CHECK(class_of, GNN_ERR_ARGUMENT, "metrics: the classes are missing");
    memset(confusion, 0, (size_t)(s.k * s.k) * sizeof *confusion);
    for (int64_t i = 0; i < s.n; i++) {
        int64_t r = row_of(&s, i);
        if (class_of[r] >= 0 && class_of[r] < s.k)
            confusion[class_of[r] * s.k + arg_max(s.x + r * s.k, s.k)]++;
    }
cleanup:
    return status;
}

bool gnn_metric_get(const gnn_metrics *m, const char *name, double *value,
                    bool *more_is_better) {
    const struct {
        const char *name;
        double value;
        bool more;
    } all[] = {{"loss", m->loss, false},
               {"accuracy", m->accuracy, true},
               {"macro_f1", m->macro_f1, true},
               {"micro_f1", m->micro_f1, true},
               {"roc_auc", m->roc_auc, true},
               {"average_precision", m->average_precision, true},
               {"rmse", m->rmse, false},
               {"mae", m->mae, false}};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (strcmp(all[i].name, name) == 0) {
            if (value) *value = all[i].value;
            if (more_is_better) *more_is_better = all[i].more;
            return true;
        }
    return false;
}
