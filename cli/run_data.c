/* A run, opened: its settings, how its data were laid out, its model. */
#include "run_data.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"
#include "settings.h"

/* The text of a field, as the command line would give it. */
static gnn_status take_field(const gnn_config *object, const char *name,
                             cli_settings *settings) {
    gnn_status status = GNN_OK;
    const char *text = "";
    char number_text[40];
    bool truth;
    double number;
    switch (gnn_config_kind_of(object, name)) {
    case GNN_CONFIG_BOOL:
        GNN_TRY(gnn_config_get_bool(object, name, &truth));
        text = truth ? "true" : "false";
        break;
    case GNN_CONFIG_NUMBER:
        GNN_TRY(gnn_config_get_real(object, name, &number));
        snprintf(number_text, sizeof number_text, "%.15g", number);
        if (strtod(number_text, NULL) != number)
            snprintf(number_text, sizeof number_text, "%.17g", number);
        text = number_text;
        break;
    default: GNN_TRY(gnn_config_get_string(object, name, &text));
    }
    cli_settings_set(settings, name, text);
cleanup:
    return status;
}

gnn_status cli_config_fields(const gnn_config *object, cli_settings *settings) {
    gnn_status status = GNN_OK;
    for (int64_t k = 0; status == GNN_OK && k < gnn_config_count(object); k++)
        status = take_field(object, gnn_config_name(object, k), settings);
    return status;
}

gnn_status cli_config_settings(const gnn_config *config, cli_settings *settings) {
    static const char *const objects[] = {"data", "triples", "train", "model_options",
                                          "embedding"};
    static const char *const fields[] = {"model", "seed"};
    gnn_status status = GNN_OK;
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        if (gnn_config_has(config, fields[i]))
            GNN_TRY(take_field(config, fields[i], settings));
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        const gnn_config *object;
        if (!gnn_config_has(config, objects[i])) continue;
        GNN_TRY(gnn_config_get_object(config, objects[i], &object));
        GNN_TRY(cli_config_fields(object, settings));
    }
cleanup:
    return status;
}

const cli_option cli_run_split_table[] = {
    CLI_OPTION_SETTING(0, "split", "SPLIT",
                       "public (the data's own), a file, random:TRAIN,VALID,TEST or "
                       "per-class:TRAIN,VALID [the run's; with other data public]"),
    CLI_OPTIONS_END,
};

static gnn_status copy_string(const gnn_config *config, const char *name, char **copy) {
    const char *text;
    gnn_status status = gnn_config_get_string(config, name, &text);
    if (status == GNN_OK) *copy = cli_copy(text);
    return status;
}

/* The layout of the columns and classes. */
static gnn_status read_schema(const gnn_config *config, cli_run *run) {
    gnn_status status = GNN_OK;
    const gnn_config *features;
    bool named;
    data_schema *schema = &run->schema;
    GNN_TRY(gnn_config_get_object(config, "features", &features));
    GNN_TRY(gnn_config_get_int(features, "n", &schema->n_features));
    GNN_TRY(copy_string(features, "kind", &run->feature_kind));
    GNN_TRY(copy_string(features, "normalize", &run->normalize));
    GNN_TRY(gnn_config_get_bool(features, "named", &named));
    if (named)
        GNN_TRY(gnn_run_read_names(run->run, "features_vocab.tsv", &run->vocabulary));
    GNN_CHECK(!named || gnn_names_count(run->vocabulary) == schema->n_features,
              GNN_ERR_INPUT, "%s: expected %lld names",
              gnn_run_path(run->run, "features_vocab.tsv"),
              (long long)schema->n_features);
    if (run->task != GNN_TASK_REGRESS) {
        GNN_TRY(gnn_run_read_names(run->run, "classes.tsv", &run->classes));
        GNN_CHECK(gnn_names_count(run->classes) == run->n_outputs, GNN_ERR_INPUT,
                  "%s: expected %lld classes", gnn_run_path(run->run, "classes.tsv"),
                  (long long)run->n_outputs);
    }
    if (strcmp(run->normalize, "standard") == 0) {
        const gnn_array *mean, *deviation;
        GNN_TRY(gnn_safetensors_open(gnn_run_path(run->run, "features.safetensors"),
                                     &run->statistics));
        GNN_TRY(gnn_safetensors_need(run->statistics, "mean", GNN_ARRAY_REAL, 1,
                                     &schema->n_features, &mean));
        GNN_TRY(gnn_safetensors_need(run->statistics, "deviation", GNN_ARRAY_REAL, 1,
                                     &schema->n_features, &deviation));
        schema->mean = mean->data;
        schema->deviation = deviation->data;
    }
    schema->vocabulary = run->vocabulary;
    schema->classes = run->classes;
    schema->features = run->feature_kind;
    schema->normalize = run->normalize;
cleanup:
    return status;
}

gnn_status cli_run_open(const char *path, cli_run *run) {
    gnn_status status = GNN_OK;
    gnn_config *config = NULL;
    int64_t seed;
    *run = (cli_run){0};
    GNN_CHECK(!cli_run_is_interrupted(path), GNN_ERR_INPUT,
              "%s: interrupted or still going on; `gnn train node --resume --out %s` "
              "finishes it",
              path, path);
    GNN_TRY(gnn_run_open(path, &run->run));
    GNN_TRY(gnn_run_read_config(run->run, &config));
    GNN_TRY(cli_config_settings(config, &run->settings));
    GNN_TRY(copy_string(config, "model", &run->kind));
    GNN_TRY(copy_string(config, "name", &run->name));
    GNN_TRY(copy_string(config, "fingerprint", &run->fingerprint));
    GNN_TRY(gnn_config_get_int(config, "n_outputs", &run->n_outputs));
    GNN_TRY(gnn_config_get_int(config, "seed", &seed));
    run->seed = (uint64_t)seed;
    GNN_TRY(gnn_config_get_int(config, "data_seed", &seed));
    run->data_seed = (uint64_t)seed;
    run->model_options = cli_model_options(&run->settings);
    data_options options;
    GNN_TRY(cli_data_options(&run->settings, NULL, &options));
    run->task = (gnn_task)options.task;
    GNN_TRY(read_schema(config, run));
cleanup:
    gnn_config_free(config);
    if (status != GNN_OK) cli_run_close(run);
    return status;
}

void cli_run_close(cli_run *run) {
    cli_settings_clear(&run->settings);
    gnn_names_free(run->vocabulary);
    gnn_names_free(run->classes);
    gnn_safetensors_free(run->statistics);
    gnn_run_free(run->run);
    free(run->name);
    free(run->kind);
    free(run->model_options);
    free(run->fingerprint);
    free(run->feature_kind);
    free(run->normalize);
    *run = (cli_run){0};
}

gnn_status cli_run_model(cli_run *run, gnn_model **out) {
    gnn_status status = GNN_OK;
    gnn_model *model = NULL;
    *out = NULL;
    GNN_TRY(gnn_model_new(run->kind, run->schema.n_features, run->n_outputs,
                          run->model_options, run->seed, &model));
    GNN_TRY(gnn_model_load(model, gnn_run_path(run->run, "model.safetensors")));
    *out = model;
    return GNN_OK;
cleanup:
    gnn_model_free(model);
    return status;
}

/* Whether the command line names data in another place than the run's own. */
static bool names_others(const cli_run *run, const cli_settings *given) {
    const char *data = cli_settings_get(given, "data");
    const char *own = cli_settings_get(&run->settings, "data");
    if (!data) return false;
    char *place = cli_absolute(data);
    bool others = !own || strcmp(place, own) != 0;
    free(place);
    return others;
}

/* Settings by which data are read for a run: its own, without the files of its data when
 * the command line names others. */
static void merge_settings(const cli_run *run, const cli_settings *given,
                           cli_settings *merged) {
    cli_settings_lay(merged, &run->settings);
    if (names_others(run, given)) {
        static const char *const of_own_data[] = {"data", "labels", "features", "split"};
        for (size_t i = 0; i < sizeof of_own_data / sizeof *of_own_data; i++)
            cli_settings_unset(merged, of_own_data[i]);
    }
    cli_settings_lay(merged, given);
}

/* Whether the data are those that the run was trained on. */
static bool are_own(const cli_run *run, const data_nodes *nodes) {
    char fingerprint[32];
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)nodes->fingerprint);
    return strcmp(fingerprint, run->fingerprint) == 0;
}

/* Whether the command line says anything of what to read. */
static bool names_data(const cli_settings *given) {
    for (size_t i = 0; i < given->n; i++)
        if (cli_is_data_setting(given->entry[i].name)) return true;
    return false;
}

/* The run's own split when these are its data, one that was asked for, or the data's. */
static gnn_status find_split(const cli_run *run, const cli_settings *given,
                             const data_nodes *nodes, uint8_t **part) {
    size_t n_nodes = (size_t)gnn_graph_n_nodes(nodes->graph);
    const char *split = cli_settings_get(given, "split");
    if (!split && (!names_others(run, given) || are_own(run, nodes))) {
        split = cli_settings_get(&run->settings, "split");
        if (split && cli_split_is_drawn(split) && !are_own(run, nodes))
            return gnn_fail(GNN_ERR_INPUT,
                            "%s has changed since the run was trained: its split cannot "
                            "be drawn again; give --split or --part all",
                            nodes->name);
    }
    bool drawn = split && cli_split_is_drawn(split);
    if (!drawn && !nodes->part) return GNN_OK;
    *part = cli_alloc(n_nodes, sizeof **part);
    if (drawn) return data_split_draw(nodes, split, run->seed, *part);
    memcpy(*part, nodes->part, n_nodes);
    return GNN_OK;
}

gnn_status cli_run_read(cli_run *run, const cli_settings *given, bool needs_split,
                        cli_progress *progress, data_nodes *nodes, uint8_t **part) {
    gnn_status status = GNN_OK;
    cli_settings merged = {0};
    data_options options;
    *nodes = (data_nodes){0};
    *part = NULL;
    merge_settings(run, given, &merged);
    GNN_TRY(cli_data_options(&merged, progress, &options));
    options.schema = &run->schema;
    options.seed = run->data_seed;
    GNN_TRY(cli_data_read(&merged, &options, nodes));
    if (needs_split) GNN_TRY(find_split(run, given, nodes, part));
    cli_progress_end(progress);
    if (!names_data(given) && !are_own(run, nodes))
        cli_note("%s has changed since the run was trained", nodes->name);
cleanup:
    if (status != GNN_OK) {
        data_nodes_clear(nodes);
        free(*part);
        *part = NULL;
    }
    cli_settings_clear(&merged);
    return status;
}

void cli_node_task(const data_nodes *nodes, const uint8_t *part, gnn_node_task *task) {
    *task = (gnn_node_task){.graph = nodes->graph, .x = nodes->features, .part = part};
    if (!nodes->labels) return;
    task->kind = (gnn_task)nodes->labels->task;
    task->n_outputs = nodes->labels->n_outputs;
    task->class_of = nodes->labels->class_of;
    task->target = nodes->labels->target;
}

void cli_run_add_training(gnn_run *run, cJSON *result) {
    static const char *const names[] = {"epochs", "best_epoch", "seconds_per_epoch"};
    cJSON *report = cli_run_report(run);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const cJSON *value = cJSON_GetObjectItem(report, names[i]);
        if (cJSON_IsNumber(value)) cli_json_number(result, names[i], value->valuedouble);
    }
    cJSON_Delete(report);
}

cJSON *cli_run_report(gnn_run *run) {
    if (!gnn_run_has(run, "report.json")) return NULL;
    FILE *file = fopen(gnn_run_path(run, "report.json"), "r");
    if (!file) return NULL;
    char *text = NULL;
    size_t size = 0;
    cJSON *report = getdelim(&text, &size, '\0', file) > 0 ? cJSON_Parse(text) : NULL;
    free(text);
    fclose(file);
    return report;
}
