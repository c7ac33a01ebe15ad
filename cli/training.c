/* One seed of a training problem: data, split, model, training, report. */
#include "training.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* --- what is trained on --- */

static gnn_status read_data(cli_training *training) {
    gnn_status status = GNN_OK;
    cli_settings *settings = &training->settings;
    const data_nodes *nodes = &training->nodes;
    data_options options;
    GNN_TRY(cli_data_options(settings, &training->progress, &options));
    options.features_default = "degree";
    GNN_TRY(cli_data_read(settings, &options, &training->nodes));
    GNN_CHECK(nodes->features, GNN_ERR_ARGUMENT, "--features %s: training needs features",
              nodes->feature_kind);
    GNN_CHECK(nodes->labels, GNN_ERR_INPUT,
              "%s has no labels; give them with --labels FILE", nodes->name);
    if (!options.features && strcmp(nodes->feature_kind, options.features_default) == 0) {
        cli_note("%s has no features: nodes are described by their degree (--features)",
                 nodes->name);
        cli_settings_set(settings, "features", options.features_default);
    }
cleanup:
    cli_progress_end(&training->progress);
    return status;
}

/* --split, the data's own, or a random one. */
static gnn_status choose_split(cli_training *training) {
    const data_nodes *nodes = &training->nodes;
    const char *given = cli_settings_get(&training->settings, "split");
    if (!given) {
        if (!nodes->part)
            cli_note("%s has no split: random:.6,.2,.2 is drawn by the seed (--split)",
                     nodes->name);
        cli_settings_set(&training->settings, "split",
                         nodes->part ? "public" : "random:.6,.2,.2");
    }
    training->split = cli_settings_get(&training->settings, "split");
    if (!cli_split_is_drawn(training->split) && !nodes->part)
        return gnn_fail(GNN_ERR_INPUT, "--split %s: %s has no split", training->split,
                        nodes->name);
    training->part =
        cli_alloc((size_t)gnn_graph_n_nodes(nodes->graph), sizeof *training->part);
    return GNN_OK;
}

/* Files that settings name are found again from other folders. */
static void make_absolute(cli_settings *settings) {
    static const char *const names[] = {"data", "labels", "features", "split"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *value = cli_settings_get(settings, names[i]);
        if (!value) continue;
        char *absolute = cli_absolute(value);
        cli_settings_set(settings, names[i], absolute);
        free(absolute);
    }
}

/* Counts of the part's nodes that can be learned from, as a note. */
static gnn_status check_part(const cli_training *training, bool say) {
    const data_nodes *nodes = &training->nodes;
    int64_t train = cli_count_part(nodes, training->part, GNN_PART_TRAIN);
    if (train == 0)
        return gnn_fail(GNN_ERR_INPUT, "%s: split %s has no training nodes", nodes->name,
                        training->split);
    if (say)
        cli_note("split %s: %lld node%s to train, %lld to validate, %lld to test",
                 training->split, (long long)train, cli_plural(train),
                 (long long)cli_count_part(nodes, training->part, GNN_PART_VALID),
                 (long long)cli_count_part(nodes, training->part, GNN_PART_TEST));
    return GNN_OK;
}

static void say_what_was_read(const data_nodes *nodes) {
    int64_t n = gnn_graph_n_nodes(nodes->graph), n_arcs = gnn_graph_n_arcs(nodes->graph);
    int64_t width = nodes->features->shape[1], n_outputs = nodes->labels->n_outputs;
    const char *outputs = nodes->labels->task == DATA_TASK_REGRESS
                              ? n_outputs == 1 ? "target" : "targets"
                          : n_outputs == 1 ? "class"
                                           : "classes";
    cli_note("%s: %lld node%s, %lld arc%s, %lld feature%s, %lld %s", nodes->name,
             (long long)n, cli_plural(n), (long long)n_arcs, cli_plural(n_arcs),
             (long long)width, cli_plural(width), (long long)n_outputs, outputs);
}

gnn_status cli_training_begin(cli_settings *settings, bool quiet,
                              cli_training *training) {
    gnn_status status = GNN_OK;
    *training = (cli_training){.settings = *settings, .quiet = quiet};
    *settings = (cli_settings){0};
    cli_progress_begin(&training->progress, quiet);
    training->model = cli_settings_get(&training->settings, "model");
    GNN_TRY(cli_check_model(training->model));
    GNN_TRY(cli_train_options(training->model, &training->settings, &training->options));
    GNN_CHECK(!training->options.fanout[0] || training->options.batch > 0,
              GNN_ERR_ARGUMENT,
              "--fanout %s: expected --batch, too; a full batch draws no neighbours",
              training->options.fanout);
    training->model_options = cli_model_options(&training->settings);
    make_absolute(&training->settings);
    GNN_TRY(read_data(training));
    GNN_TRY(choose_split(training));
    const data_nodes *nodes = &training->nodes;
    say_what_was_read(nodes);
cleanup:
    return status;
}

void cli_training_end(cli_training *training) {
    cli_progress_end(&training->progress);
    cli_settings_clear(&training->settings);
    free(training->model_options);
    free(training->part);
    data_nodes_clear(&training->nodes);
}

/* --- one seed --- */

gnn_status cli_seed_begin(cli_training *training, uint64_t seed, cli_seed *one) {
    gnn_status status = GNN_OK;
    const data_nodes *nodes = &training->nodes;
    bool is_first = seed == training->options.seed;
    *one = (cli_seed){.seed = seed, .options = training->options};
    one->options.seed = seed;
    if (cli_split_is_drawn(training->split)) {
        GNN_TRY(data_split_draw(nodes, training->split, seed, training->part));
    } else {
        memcpy(training->part, nodes->part, (size_t)gnn_graph_n_nodes(nodes->graph));
    }
    GNN_TRY(check_part(training, is_first));
    GNN_TRY(gnn_model_new(training->model, nodes->features->shape[1],
                          nodes->labels->n_outputs, training->model_options, seed,
                          &one->model));
    if (is_first) GNN_TRY(cli_check_weights(nodes, one->model));
    GNN_TRY(cli_config_make(&training->settings, nodes, one->model, &one->options,
                            training->options.seed, &one->config));
cleanup:
    if (status != GNN_OK) cli_seed_end(one);
    return status;
}

void cli_seed_end(cli_seed *one) {
    gnn_model_free(one->model);
    gnn_config_free(one->config);
    *one = (cli_seed){0};
}

static int64_t count_parameters(const gnn_model *model) {
    int64_t n = 0;
    for (int i = 0; i < gnn_model_n_parameters(model); i++) {
        const gnn_tensor *parameter = gnn_model_parameter(model, i);
        if (parameter->requires_grad) n += gnn_tensor_count(parameter);
    }
    return n;
}

gnn_status cli_training_memory(const cli_training *training, const cli_seed *one) {
    gnn_node_task task;
    size_t in_training, in_inference;
    if (gnn_model_is_fitted_directly(one->model) || training->quiet) return GNN_OK;
    cli_node_task(&training->nodes, training->part, &task);
    gnn_status status = gnn_train_memory(one->model, &task, &in_training, &in_inference);
    if (status != GNN_OK) return status;
    int64_t n = count_parameters(one->model);
    char *whole = cli_bytes_text((double)in_training);
    char *inference = cli_bytes_text((double)in_inference);
    cli_note("%s with %lld parameter%s: about %s of memory%s, %s for inference",
             training->model, (long long)n, cli_plural(n), whole,
             training->options.batch > 0 ? " as a full batch, less in sampled ones" : "",
             inference);
    free(whole);
    free(inference);
    return GNN_OK;
}

gnn_status cli_seed_open(const char *path, bool resume, cli_seed *one, gnn_run **run) {
    gnn_status status = GNN_OK;
    gnn_config *before = NULL;
    *run = NULL;
    if (!resume) return gnn_run_create(path, run);
    GNN_TRY(cli_config_before(path, &before));
    if (before) {
        GNN_TRY(cli_config_compare(before, one->config));
        GNN_TRY(gnn_run_resume(path, run));
    } else {
        cli_note("%s: nothing was saved to go on from; training begins anew", path);
        GNN_TRY(gnn_run_create(path, run));
    }
cleanup:
    gnn_config_free(before);
    return status;
}

typedef struct watching {
    cli_training *training;
    const char *metric; /* shown beside the loss */
} watching;

static int after_epoch(void *user, const gnn_epoch *epoch) {
    watching *w = user;
    cli_progress *progress = &w->training->progress;
    if (cli_progress_is_due(progress)) {
        double value = NAN;
        char *note = cli_text("loss %.4f", epoch->train_loss);
        if (epoch->valid && gnn_metric_get(epoch->valid, w->metric, &value, NULL))
            cli_append(&note, "  ", "valid %s %.4f", w->metric, value);
        cli_progress_show(progress, "epoch", epoch->epoch, w->training->options.epochs,
                          note);
        free(note);
    } else if (epoch->epoch == 1) {
        cli_progress_show(progress, "epoch", 1, w->training->options.epochs, NULL);
    }
    return cli_stopping();
}

static cJSON *result_json(const cli_training *training, const cli_seed *one,
                          const gnn_train_report *report) {
    static const char *const tasks[] = {"class", "multilabel", "regress"};
    cJSON *result = cli_json(cJSON_CreateObject());
    cli_json_text(result, "task", tasks[training->nodes.labels->task]);
    cli_json_text(result, "model", training->model);
    cli_json_text(result, "data", training->nodes.name);
    cli_json_text(result, "split", training->split);
    cli_json_number(result, "seed", (double)one->seed);
    cli_json_number(result, "parameters", (double)count_parameters(one->model));
    cli_json_number(result, "epochs", (double)report->epochs);
    cli_json_number(result, "best_epoch", (double)report->best_epoch);
    cli_json_add(result, "train", cli_metrics_json(&report->train));
    cli_json_add(result, "valid", cli_metrics_json(&report->valid));
    cli_json_add(result, "test", cli_metrics_json(&report->test));
    cli_json_number(result, "seconds_total", report->seconds_total);
    cli_json_number(result, "seconds_per_epoch", report->seconds_per_epoch);
    cli_json_number(result, "seconds_per_step", report->seconds_per_step);
    cli_json_number(result, "items_per_second", report->items_per_second);
    cli_machine_json(result, one->options.n_threads);
    return result;
}

gnn_status cli_seed_train(cli_training *training, cli_seed *one, gnn_run *run,
                          cJSON **result) {
    gnn_status status = GNN_OK;
    gnn_node_task task;
    gnn_train_report report;
    *result = NULL;
    cli_node_task(&training->nodes, training->part, &task);
    GNN_TRY(gnn_run_write_config(run, one->config));
    static const char *const shown[] = {"accuracy", "micro_f1", "rmse"};
    watching watched = {training, shown[task.kind]};
    GNN_TRY(gnn_train_nodes(one->model, &task, &one->options, run, after_epoch, &watched,
                            &report));
    if (gnn_model_is_fitted_directly(one->model)) {
        GNN_TRY(cli_config_model(one->config, one->model));
        GNN_TRY(gnn_run_write_config(run, one->config));
    }
    GNN_TRY(gnn_model_save(one->model, run));
    *result = result_json(training, one, &report);
    status = cli_run_write_report(run, *result);
    if (status != GNN_OK) {
        cJSON_Delete(*result);
        *result = NULL;
    }
cleanup:
    cli_progress_end(&training->progress);
    return status;
}
