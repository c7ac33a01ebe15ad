/* The training loop: epochs of steps, evaluation, the best epoch, checkpoints,
 * stopping. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "core/number.h"
#include "core/option.h"
#include "models/model.h"
#include "ops/product.h"
#include "train/trainer.h"

/* ---- setting up ---- */

/* "first:0.0005;rest:0" → weight decay of groups. */
static gnn_status set_groups(gnn_optimizer *optimizer, const char *text) {
    gnn_status status = GNN_OK;
    while (*text) {
        char name[64];
        size_t length = strcspn(text, ";"), colon = strcspn(text, ":");
        const char *end = NULL;
        double decay = -1;
        if (colon < length) gnn_i_real_parse(text + colon + 1, &end, &decay);
        GNN_CHECK(colon < length && colon > 0 && colon < sizeof name &&
                      end == text + length && decay >= 0 && isfinite(decay),
                  GNN_ERR_ARGUMENT, "group-decay '%.*s': expected GROUP:NUMBER",
                  (int)length, text);
        memcpy(name, text, colon);
        name[colon] = 0;
        GNN_TRY(gnn_optimizer_group(optimizer, name, 1, decay));
        text += length + (text[length] == ';');
    }
cleanup:
    return status;
}

/* Weights n / (k · count of the class); classes without training nodes get 0. */
static gnn_status weigh_classes(gnn_i_trainer *t) {
    gnn_status status = GNN_OK;
    int64_t k = t->task->n_outputs, n = t->n_rows[GNN_PART_TRAIN];
    GNN_TRY(gnn_i_calloc(&t->class_weight, (size_t)k, sizeof *t->class_weight,
                         "class weights"));
    for (int64_t i = 0; i < n; i++)
        t->class_weight[t->task->class_of[t->rows[GNN_PART_TRAIN][i]]] += 1;
    for (int64_t c = 0; c < k; c++)
        if (t->class_weight[c] > 0)
            t->class_weight[c] =
                (gnn_real)((double)n / ((double)k * (double)t->class_weight[c]));
cleanup:
    return status;
}

/* Name of the i-th metric of gnn_metric_names, "" past the last. */
static const char *metric_name(int i, char *buffer, size_t size) {
    const char *at = gnn_metric_names;
    for (; i > 0 && *at; i--) at += strcspn(at, " ") + (strchr(at, ' ') != NULL);
    size_t length = strcspn(at, " ");
    if (length >= size) length = size - 1;
    memcpy(buffer, at, length);
    buffer[length] = 0;
    return buffer;
}

static bool task_has(gnn_task kind, const char *metric) {
    bool of_numbers = strcmp(metric, "rmse") == 0 || strcmp(metric, "mae") == 0;
    return strcmp(metric, "loss") == 0 || of_numbers == (kind == GNN_TASK_REGRESS);
}

/* The monitor has to be a metric of the task: any other is NaN in every epoch. */
static gnn_status check_monitor(const gnn_node_task *task,
                                const gnn_train_options *options) {
    char name[32], known[sizeof name * 16] = "";
    if (task_has(task->kind, metric_name(options->monitor, name, sizeof name)))
        return GNN_OK;
    for (int i = 0; *metric_name(i, name, sizeof name); i++) {
        size_t used = strlen(known);
        if (task_has(task->kind, name))
            snprintf(known + used, sizeof known - used, "%s%s", used ? ", " : "", name);
    }
    return gnn_fail(GNN_ERR_ARGUMENT, "monitor '%s': the task has %s",
                    metric_name(options->monitor, name, sizeof name), known);
}

static void clear(gnn_i_trainer *t) {
    if (t->task->x && t->x.id != t->task->x->id)
        gnn_i_product_forget(t->task->graph, &t->x);
    gnn_sampler_free(t->sampler);
    gnn_i_inference_free(t->inference);
    gnn_optimizer_free(t->optimizer);
    gnn_context_free(t->ctx);
    gnn_metrics_scratch_free(t->scratch);
    gnn_i_checkpoint_free(t->checkpoint);
    gnn_tensor_free(t->batch_x);
    for (int p = 0; p < N_PARTS; p++) gnn_i_free(t->rows[p]);
    gnn_i_free(t->best);
    gnn_i_free(t->class_weight);
    gnn_i_free(t->blocks);
    gnn_i_free(t->order);
    gnn_i_free(t->batch_class);
    gnn_i_free(t->batch_target);
}

static gnn_status set_up(gnn_i_trainer *t, gnn_run *run) {
    gnn_status status = GNN_OK;
    const gnn_train_options *options = t->options;
    GNN_TRY(gnn_i_options_check(gnn_train_option_table(), "training", options));
    GNN_TRY(gnn_i_task_check(t->model, t->task));
    t->x = gnn_i_tensor_as_constant(t->task->x);
    GNN_TRY(gnn_context_new(options->n_threads, options->seed, &t->ctx));
    for (int p = GNN_PART_TRAIN; p < N_PARTS; p++)
        GNN_TRY(gnn_i_labelled_rows(t->task, (gnn_part)p, &t->rows[p], &t->n_rows[p]));
    GNN_CHECK(t->n_rows[GNN_PART_TRAIN] > 0, GNN_ERR_INPUT,
              "no labelled node is in the training part");
    t->n_values = gnn_i_parameters_count(t->model);
    GNN_TRY(
        gnn_i_calloc(&t->best, (size_t)t->n_values, sizeof *t->best, "the best epoch"));
    gnn_i_parameters_get(t->model, t->best);
    t->at.schedule = options->schedule;
    t->at.schedule.epochs = options->epochs;
    t->at.schedule.current = 1;
    t->at.schedule.best = INFINITY;
    if (gnn_model_is_fitted_directly(t->model)) return GNN_OK;
    GNN_TRY(check_monitor(t->task, options));
    GNN_TRY(gnn_optimizer_new(t->model, &options->optimizer, &t->optimizer));
    GNN_TRY(set_groups(t->optimizer, options->group_decay));
    if (options->balance_classes && t->task->class_of) GNN_TRY(weigh_classes(t));
    if (options->batch > 0) GNN_TRY(gnn_i_prepare_batches(t));
    if (run) {
        GNN_TRY(gnn_i_checkpoint_new(t, &t->checkpoint));
        GNN_TRY(gnn_i_checkpoint_load(t, run));
    }
cleanup:
    return status;
}

/* ---- the loop ---- */

/* Whether the epoch is the best so far; then its parameters are kept. */
static bool keep_best(gnn_i_trainer *t, const gnn_metrics *valid) {
    char name[32];
    double value = NAN;
    bool more = false;
    gnn_metric_get(valid, metric_name(t->options->monitor, name, sizeof name), &value,
                   &more);
    if (isnan(value)) value = valid->loss, more = false;
    bool better = t->at.best_epoch == 0 ||
                  (more ? value > t->at.best_value : value < t->at.best_value);
    if (!better) {
        t->at.since_best++;
        return false;
    }
    t->at.best_value = value;
    t->at.best_epoch = t->at.epoch;
    t->at.since_best = 0;
    gnn_i_parameters_get(t->model, t->best);
    return true;
}

static gnn_status append_metrics(gnn_run *run, const gnn_epoch *e) {
    gnn_run_metric line[10] = {{"epoch", (double)e->epoch},
                               {"train_loss", e->train_loss}};
    int n = 2;
    if (e->valid) {
        const char *names[] = {"loss", "accuracy", "macro_f1", "rmse"};
        const char *shown[] = {"valid_loss", "valid_accuracy", "valid_macro_f1",
                               "valid_rmse"};
        for (int i = 0; i < 4; i++) {
            double value = NAN;
            gnn_metric_get(e->valid, names[i], &value, NULL);
            if (!isnan(value)) line[n++] = (gnn_run_metric){shown[i], value};
        }
    }
    return gnn_run_append_metrics(run, n, line);
}

static gnn_status one_epoch(gnn_i_trainer *t, gnn_run *run, gnn_epoch *epoch,
                            gnn_metrics *valid) {
    gnn_status status = GNN_OK;
    const gnn_tensor *outputs;
    double began = gnn_i_now();
    char name[32];
    GNN_TRY(gnn_i_train_epoch(t, &epoch->train_loss));
    t->at.epoch++;
    bool last = t->at.epoch == t->options->epochs;
    bool evaluates = t->n_rows[GNN_PART_VALID] > 0 &&
                     (last || t->at.epoch % t->options->evaluate_every == 0);
    epoch->valid = NULL;
    epoch->is_best = false;
    if (evaluates) {
        metric_name(t->options->monitor, name, sizeof name);
        bool ranked = !strcmp(name, "roc_auc") || !strcmp(name, "average_precision");
        GNN_TRY(gnn_i_outputs(t, &outputs));
        GNN_TRY(gnn_i_measure(t, outputs, GNN_PART_VALID, ranked, valid));
        epoch->valid = valid;
        epoch->is_best = keep_best(t, valid);
        gnn_schedule_observe(&t->at.schedule, valid->loss);
    }
    epoch->epoch = t->at.epoch;
    epoch->seconds = gnn_i_now() - began;
    t->at.seconds += epoch->seconds;
    gnn_i_times_add(&t->epoch_times, epoch->seconds);
    if (run) GNN_TRY(append_metrics(run, epoch));
cleanup:
    return status;
}

static bool stops_early(const gnn_i_trainer *t) {
    return t->options->patience > 0 &&
           t->at.since_best * t->options->evaluate_every >= t->options->patience;
}

static gnn_status loop(gnn_i_trainer *t, gnn_run *run, gnn_epoch_callback callback,
                       void *user) {
    gnn_status status = GNN_OK;
    double saved = gnn_i_now();
    while (t->at.epoch < t->options->epochs && !stops_early(t)) {
        gnn_epoch epoch;
        gnn_metrics valid;
        GNN_TRY(one_epoch(t, run, &epoch, &valid));
        bool cancelled = callback && callback(user, &epoch) != 0;
        bool due =
            t->options->save_every > 0 && gnn_i_now() - saved >= t->options->save_every;
        if (run && (cancelled || due)) {
            GNN_TRY(gnn_i_checkpoint_save(t, run));
            saved = gnn_i_now();
        }
        GNN_CHECK(!cancelled, GNN_ERR_CANCELLED,
                  "training was interrupted after epoch %lld", (long long)t->at.epoch);
    }
    if (run) GNN_TRY(gnn_i_checkpoint_save(t, run));
cleanup:
    return status;
}

static gnn_status fit_directly(gnn_i_trainer *t) {
    double began = gnn_i_now();
    int before = t->model->n_threads;
    t->model->n_threads = gnn_context_n_threads(t->ctx);
    gnn_status status = gnn_model_fit(t->model, t->task->graph, t->task->class_of,
                                      t->n_rows[GNN_PART_TRAIN], t->rows[GNN_PART_TRAIN]);
    t->model->n_threads = before;
    t->at.seconds = gnn_i_now() - began;
    return status;
}

static gnn_status report_on(gnn_i_trainer *t, gnn_train_report *report) {
    gnn_status status = GNN_OK;
    const gnn_tensor *outputs;
    double steps = gnn_i_times_median(&t->step_times);
    int64_t n = t->n_rows[GNN_PART_TRAIN];
    if (t->options->batch > 0 && t->options->batch < n) n = t->options->batch;
    *report = (gnn_train_report){.epochs = t->at.epoch,
                                 .best_epoch = t->at.best_epoch,
                                 .seconds_total = t->at.seconds,
                                 .seconds_per_epoch = gnn_i_times_median(&t->epoch_times),
                                 .seconds_per_step = steps,
                                 .items_per_second = steps > 0 ? (double)n / steps : 0};
    GNN_TRY(gnn_i_outputs(t, &outputs));
    GNN_TRY(gnn_i_measure(t, outputs, GNN_PART_TRAIN, false, &report->train));
    GNN_TRY(gnn_i_measure(t, outputs, GNN_PART_VALID, true, &report->valid));
    GNN_TRY(gnn_i_measure(t, outputs, GNN_PART_TEST, true, &report->test));
cleanup:
    return status;
}

gnn_status gnn_train_nodes(gnn_model *model, const gnn_node_task *task,
                           const gnn_train_options *options, gnn_run *run,
                           gnn_epoch_callback callback, void *user,
                           gnn_train_report *report) {
    gnn_status status = GNN_OK;
    gnn_i_trainer *t = NULL;
    GNN_TRY(gnn_i_calloc(&t, 1, sizeof *t, "a trainer"));
    t->model = model;
    t->task = task;
    t->options = options;
    GNN_TRY(set_up(t, run));
    if (gnn_model_is_fitted_directly(model)) {
        GNN_CHECK(task->kind == GNN_TASK_CLASS, GNN_ERR_UNSUPPORTED,
                  "model '%s' predicts classes only", gnn_model_kind(model));
        GNN_TRY(fit_directly(t));
    } else {
        GNN_TRY(loop(t, run, callback, user));
        if (t->at.best_epoch > 0) gnn_i_parameters_set(model, t->best);
    }
    GNN_TRY(report_on(t, report));
cleanup:
    if (t) clear(t);
    gnn_i_free(t);
    return status;
}
