/* gnn info: what is in a data set or in a run, and what training on it would cost. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "embed_run.h"
#include "report.h"
#include "run_data.h"
#include "settings.h"

/* A line of the table, and the same in the JSON object. */
static void tell(const char *name, const char *text) {
    printf("%-10s %s\n", name, text);
}

static void tell_free(const char *name, char *text) {
    tell(name, text);
    free(text);
}

/* --- a data set --- */

static int by_value(const void *a, const void *b) {
    const gnn_off *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* Nodes that are neither source nor target of an arc. */
static int64_t count_isolated(const gnn_csr *csr) {
    int64_t n = csr->n_rows, isolated = 0;
    bool *has_arc = cli_alloc((size_t)n, sizeof *has_arc);
    for (int64_t v = 0; v < n; v++) {
        if (csr->row_ptr[v] < csr->row_ptr[v + 1]) has_arc[v] = true;
        for (gnn_off a = csr->row_ptr[v]; a < csr->row_ptr[v + 1]; a++)
            has_arc[csr->col[a]] = true;
    }
    for (int64_t v = 0; v < n; v++) isolated += !has_arc[v];
    free(has_arc);
    return isolated;
}

static void tell_graph(const data_nodes *nodes, cJSON *json) {
    const gnn_csr *csr = gnn_graph_csr(nodes->graph);
    int64_t n = csr->n_rows, isolated = count_isolated(csr);
    gnn_off *degree = cli_alloc((size_t)n, sizeof *degree);
    for (int64_t v = 0; v < n; v++) degree[v] = csr->row_ptr[v + 1] - csr->row_ptr[v];
    qsort(degree, (size_t)n, sizeof *degree, by_value);
    bool symmetric = gnn_graph_is_symmetric(nodes->graph);
    double mean = n ? (double)csr->n_arcs / (double)n : 0;
    long long median = n ? (long long)degree[n / 2] : 0,
              most = n ? (long long)degree[n - 1] : 0;
    tell_free("nodes", cli_text("%lld", (long long)n));
    tell_free("arcs", cli_text("%lld, %s%s", (long long)csr->n_arcs,
                               symmetric ? "each pair both ways" : "directed",
                               gnn_graph_weight(nodes->graph) ? ", weighted" : ""));
    tell_free(symmetric ? "degree" : "in-degree",
              cli_text("mean %.3g, median %lld, largest %lld, %lld node%s without arcs",
                       mean, median, most, (long long)isolated, cli_plural(isolated)));
    cli_json_number(json, "nodes", (double)n);
    cli_json_number(json, "arcs", (double)csr->n_arcs);
    cli_json_add(json, "directed", cJSON_CreateBool(!symmetric));
    cli_json_number(json, "degree_mean", mean);
    cli_json_number(json, "degree_median", (double)median);
    cli_json_number(json, "degree_largest", (double)most);
    cli_json_number(json, "isolated", (double)isolated);
    free(degree);
    int32_t n_types = 0;
    if (gnn_graph_arc_type(nodes->graph, &n_types)) {
        tell_free("arc types", cli_text("%d", n_types));
        cli_json_number(json, "arc_types", n_types);
    }
    const gnn_tensor *arcs = gnn_graph_tensor(nodes->graph, GNN_AXIS_ARC, "features");
    if (arcs) {
        tell_free("arc data", cli_text("%lld number%s an arc (--arcs)",
                                       (long long)gnn_tensor_width(arcs),
                                       cli_plural(gnn_tensor_width(arcs))));
        cli_json_number(json, "arc_features", (double)gnn_tensor_width(arcs));
    }
}

static void tell_features(const data_nodes *nodes, cJSON *json) {
    const gnn_tensor *x = nodes->features;
    cli_json_number(json, "features", x ? (double)x->shape[1] : 0);
    if (!x) {
        tell("features", "none");
        return;
    }
    double all = (double)gnn_tensor_count(x), stored = (double)gnn_tensor_n_stored(x);
    tell_free("features", cli_text("%lld, %s%s, normalize %s", (long long)x->shape[1],
                                   x->layout == GNN_SPARSE ? "sparse" : "dense",
                                   nodes->vocabulary ? ", named" : "", nodes->normalize));
    if (x->layout == GNN_SPARSE)
        tell_free("", cli_text("%.0f stored, %.3g %% of all", stored,
                               all > 0 ? 100 * stored / all : 0));
    cli_json_number(json, "features_stored", stored);
    cli_json_text(json, "normalize", nodes->normalize);
}

/* Share of arcs that join nodes of one class, among those whose ends are both labelled.
 * */
static double homophily(const data_nodes *nodes) {
    const gnn_csr *csr = gnn_graph_csr(nodes->graph);
    const gnn_id *class_of = nodes->labels->class_of;
    int64_t same = 0, all = 0;
    for (int64_t v = 0; v < csr->n_rows; v++)
        for (gnn_off a = csr->row_ptr[v]; a < csr->row_ptr[v + 1]; a++) {
            gnn_id u = csr->col[a];
            if (class_of[v] < 0 || class_of[u] < 0 || u == v) continue;
            all++;
            same += class_of[v] == class_of[u];
        }
    return all ? (double)same / (double)all : 0;
}

static void tell_classes(const data_nodes *nodes, cJSON *json) {
    enum { SHOWN = 12 };
    const data_labels *labels = nodes->labels;
    int64_t n = gnn_graph_n_nodes(nodes->graph), unlabelled = 0;
    int64_t *count = cli_alloc((size_t)labels->n_outputs, sizeof *count);
    for (int64_t v = 0; v < n; v++) {
        if (labels->class_of[v] < 0)
            unlabelled++;
        else
            count[labels->class_of[v]]++;
    }
    char *list = NULL, buffer[32];
    cJSON *counts = cli_json(cJSON_CreateObject());
    for (int32_t c = 0; c < labels->n_outputs; c++) {
        const char *name = gnn_names_get(labels->classes, c, buffer);
        if (c < SHOWN) cli_append(&list, ", ", "%s %lld", name, (long long)count[c]);
        cli_json_number(counts, name, (double)count[c]);
    }
    if (labels->n_outputs > SHOWN) cli_append(&list, ", ", "…");
    tell_free("classes", cli_text("%d: %s", labels->n_outputs, list ? list : ""));
    tell_free("unlabelled", cli_text("%lld", (long long)unlabelled));
    double same = homophily(nodes);
    tell_free("homophily", cli_text("%.3f of the arcs join nodes of one class", same));
    cli_json_add(json, "classes", counts);
    cli_json_number(json, "unlabelled", (double)unlabelled);
    cli_json_number(json, "homophily", same);
    free(count);
    free(list);
}

static void tell_labels(const data_nodes *nodes, cJSON *json) {
    const data_labels *labels = nodes->labels;
    if (!labels) {
        tell("labels", "none");
    } else if (labels->task == DATA_TASK_CLASS) {
        tell_classes(nodes, json);
    } else {
        bool numbers = labels->task == DATA_TASK_REGRESS;
        tell_free(numbers ? "targets" : "labels",
                  cli_text("%d %s%s%s", labels->n_outputs, numbers ? "number" : "label",
                           cli_plural(labels->n_outputs),
                           numbers ? " a node" : ", any of them a node"));
        cli_json_number(json, numbers ? "targets" : "labels", labels->n_outputs);
    }
    if (!nodes->part) {
        tell("split", "none");
        return;
    }
    static const char *const names[] = {"train", "valid", "test"};
    char *text = NULL;
    cJSON *split = cli_json(cJSON_CreateObject());
    for (int p = GNN_PART_TRAIN; p <= GNN_PART_TEST; p++) {
        int64_t n = cli_count_part(nodes, nodes->part, p);
        cli_append(&text, ", ", "%lld %s", (long long)n, names[p - 1]);
        cli_json_number(split, names[p - 1], (double)n);
    }
    tell_free("split", text);
    cli_json_add(json, "split", split);
}

/* What training --model would take. */
static gnn_status tell_memory(const cli_settings *settings, const data_nodes *nodes,
                              cJSON *json) {
    gnn_status status = GNN_OK;
    gnn_model *model = NULL;
    gnn_node_task task;
    size_t training = 0, inference = 0;
    const char *kind = cli_settings_get(settings, "model");
    char *model_options = cli_model_options(settings);
    gnn_train_options options;
    GNN_TRY(cli_check_model(kind));
    GNN_TRY(cli_train_options(kind, settings, &options));
    GNN_CHECK(nodes->features, GNN_ERR_ARGUMENT,
              "%s has no features; say which with --features", nodes->name);
    cli_node_task(nodes, nodes->part, &task);
    if (!nodes->labels) task.n_outputs = 2;
    GNN_TRY(gnn_model_new(kind, nodes->features->shape[1], task.n_outputs, model_options,
                          0, &model));
    if (!gnn_model_is_fitted_directly(model))
        GNN_TRY(gnn_train_memory(model, &task, &training, &inference));
    char *whole = cli_bytes_text((double)training),
         *less = cli_bytes_text((double)inference);
    tell_free("memory", cli_text("%s: %s to train as a full batch, %s for inference",
                                 kind, whole, less));
    cli_json_number(json, "training_bytes", (double)training);
    cli_json_number(json, "inference_bytes", (double)inference);
    free(whole);
    free(less);
cleanup:
    free(model_options);
    gnn_model_free(model);
    return status;
}

static gnn_status tell_data(const cli_settings *settings, cli_progress *progress,
                            cJSON *json) {
    gnn_status status = GNN_OK;
    data_options options;
    data_nodes nodes = {0};
    GNN_TRY(cli_data_options(settings, progress, &options));
    GNN_TRY(cli_data_read(settings, &options, &nodes));
    cli_progress_end(progress);
    tell("data", nodes.name);
    cli_json_text(json, "data", nodes.name);
    tell_graph(&nodes, json);
    tell_features(&nodes, json);
    tell_labels(&nodes, json);
    if (cli_settings_get(settings, "model")) GNN_TRY(tell_memory(settings, &nodes, json));
cleanup:
    cli_progress_end(progress);
    data_nodes_clear(&nodes);
    return status;
}

/* --- a run --- */

/* Append --NAME=VALUE as a shell reads it. */
static void append_option(char **line, const struct cli_setting *setting) {
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                "0123456789_./:,+-=@%";
    const char *value = setting->value;
    bool is_plain = value[0] && value[strspn(value, plain)] == '\0';
    cli_append(line, " ", "--%s=%s", setting->name, is_plain ? value : "'");
    if (is_plain) return;
    for (; *value; value++) {
        if (*value == '\'')
            cli_append(line, "", "'\\''");
        else
            cli_append(line, "", "%c", *value);
    }
    cli_append(line, "", "'");
}

/* The options that read the same data and train alike, fit to be pasted. */
static void tell_settings(const cli_run *run, bool is_trained) {
    char *train = NULL, *data = NULL;
    for (size_t i = 0; i < run->settings.n; i++) {
        const struct cli_setting *setting = &run->settings.entry[i];
        bool is_data = cli_is_data_setting(setting->name);
        if (is_data)
            append_option(&data, setting);
        else if (cli_is_train_setting(setting->name) && setting->value[0])
            append_option(&train, setting);
    }
    tell_free("read by", data ? data : cli_copy(""));
    if (is_trained)
        tell_free("trained by", train ? train : cli_copy(""));
    else
        free(train);
}

static gnn_status tell_run(const char *path, cJSON *json) {
    gnn_status status = GNN_OK;
    cli_run run = {0};
    gnn_model *model = NULL;
    cJSON *report = NULL;
    GNN_TRY(cli_run_open(path, &run));
    GNN_TRY(cli_run_model(&run, &model));
    tell_free("run", cli_text("%s on %s, seed %llu", run.kind, run.name,
                              (unsigned long long)run.seed));
    tell("model", run.model_options);
    tell_free("features",
              cli_text("%lld, %s, normalize %s", (long long)run.schema.n_features,
                       run.feature_kind, run.normalize));
    tell_free("outputs", cli_text("%lld", (long long)run.n_outputs));
    tell_settings(&run, !gnn_model_is_fitted_directly(model));
    cJSON *parameters = cli_json(cJSON_CreateObject());
    for (int i = 0; i < gnn_model_n_parameters(model); i++) {
        const gnn_tensor *p = gnn_model_parameter(model, i);
        char *shape = NULL;
        for (int a = 0; a < p->n_axes; a++)
            cli_append(&shape, " × ", "%lld", (long long)p->shape[a]);
        tell_free(i ? "" : "parameters", cli_text("%s %s", p->name, shape ? shape : ""));
        cli_json_text(parameters, p->name, shape ? shape : "");
        free(shape);
    }
    cli_json_text(json, "model", run.kind);
    cli_json_text(json, "data", run.name);
    cli_json_number(json, "seed", (double)run.seed);
    cli_json_add(json, "parameters", parameters);
    report = cli_run_report(run.run);
    if (report) {
        putchar('\n');
        cli_print_parts(report);
        cli_json_add(json, "report", cJSON_Duplicate(report, true));
    }
cleanup:
    cJSON_Delete(report);
    gnn_model_free(model);
    cli_run_close(&run);
    return status;
}

static bool is_run(const char *path) {
    char *config = cli_text("%s/config.json", path);
    char *model = cli_text("%s/model.safetensors", path);
    bool found = access(config, F_OK) == 0 || access(model, F_OK) == 0 ||
                 (access(path, F_OK) != 0 && cli_run_is_interrupted(path));
    free(config);
    free(model);
    return found;
}

int cli_info(int argc, char **argv) {
    cli_settings settings = {0};
    cli_progress progress;
    const char *what = NULL;
    bool json = false, quiet = false;
    cli_option *training = NULL, *models = NULL;
    const cli_option split_table[] = {
        CLI_OPTION_SETTING(0, "split", "SPLIT",
                           "whose parts to count: public (the data's own), a file, "
                           "random:TRAIN,VALID,TEST or per-class:TRAIN,VALID [public]"),
        CLI_OPTIONS_END,
    };
    const cli_option own[] = {
        CLI_OPTION_SETTING('m', "model", "NAME",
                           "also tell how much memory training this model would take"),
        CLI_OPTION_FLAG('j', "json", "print the same as one JSON object, last", &json),
        CLI_OPTION_FLAG('q', "quiet", "say nothing but results and errors", &quiet),
        CLI_OPTIONS_END,
    };
    cli_training_tables(NULL, &training, &models);
    for (cli_option *option = training; option && option->help; option++)
        option->hidden = true;
    for (cli_option *option = models; option && option->help; option++)
        option->hidden = true;
    cli_grammar grammar = {
        .arguments = "SPEC|RUN",
        .least = 1,
        .most = 1,
        .words = &what,
        .settings = &settings,
        .help = "Tell what is in a data set (nodes, arcs, degrees, features, classes, "
                "split) or in "
                "a run directory (model, settings, results). With --model, that model's "
                "options "
                "are understood, too.",
        .more = "Example:\n  gnn info cora --model gcn --hidden 64",
        .tables = {own, cli_data_table, split_table, cli_machine_table, training,
                   models}};
    gnn_status status = cli_parse(&grammar, argc, argv);
    if (status == GNN_OK) {
        cli_quiet(quiet);
        cli_stop_on_signals();
        cli_progress_begin(&progress, quiet);
        cJSON *object = cli_json(cJSON_CreateObject());
        if (is_run(what)) {
            status = cli_is_embed_run(what) ? cli_embed_info(what, object)
                                            : tell_run(what, object);
        } else {
            cli_settings_set(&settings, "data", what);
            status = tell_data(&settings, &progress, object);
        }
        if (status == GNN_OK && json) cli_print_json(object);
        cJSON_Delete(object);
    }
    cli_options_free(training);
    cli_options_free(models);
    cli_settings_clear(&settings);
    return cli_end(status);
}
