/* The files of a run that say what it was trained on and how. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnn/parallel.h>

#include "report.h"
#include "run_data.h"

/* The settings of reading, as they turned out. */
static gnn_status put_data(gnn_config *config, const cli_settings *settings,
                           const data_nodes *nodes) {
    gnn_status status = GNN_OK;
    gnn_config *data, *features;
    GNN_TRY(gnn_config_set_object(config, "data", &data));
    for (size_t i = 0; i < settings->n; i++)
        if (cli_is_data_setting(settings->entry[i].name))
            GNN_TRY(gnn_config_set_string(data, settings->entry[i].name,
                                          settings->entry[i].value));
    data_schema schema;
    data_nodes_schema(nodes, &schema);
    GNN_TRY(gnn_config_set_object(config, "features", &features));
    GNN_TRY(gnn_config_set_int(features, "n", schema.n_features));
    GNN_TRY(gnn_config_set_bool(features, "named", schema.vocabulary != NULL));
    GNN_TRY(gnn_config_set_string(features, "kind", schema.features));
    GNN_TRY(gnn_config_set_string(features, "normalize", schema.normalize));
cleanup:
    return status;
}

/* "hidden=16,dropout=0.5" as fields. */
gnn_status cli_config_model(gnn_config *config, const gnn_model *model) {
    gnn_status status = GNN_OK;
    const char *text = gnn_model_options_text(model);
    char *copy = cli_copy(text ? text : ""), *rest = NULL;
    gnn_config *object;
    GNN_TRY(gnn_config_set_object(config, "model_options", &object));
    for (char *item = strtok_r(copy, ",", &rest); item;
         item = strtok_r(NULL, ",", &rest)) {
        char *value = strchr(item, '=');
        if (!value) continue;
        *value++ = '\0';
        GNN_TRY(gnn_config_set_string(object, item, value));
    }
cleanup:
    free(copy);
    return status;
}

static gnn_status put_train_options(gnn_config *config,
                                    const gnn_train_options *options) {
    gnn_status status = GNN_OK;
    gnn_config *object;
    GNN_TRY(gnn_config_set_object(config, "train", &object));
    for (const gnn_option *entry = gnn_train_option_table(); entry->name; entry++) {
        char buffer[256];
        const char *text = gnn_options_get(entry, options, buffer, sizeof buffer);
        switch (entry->type) {
        case GNN_OPTION_BOOL:
            GNN_TRY(gnn_config_set_bool(object, entry->name, strcmp(text, "true") == 0));
            break;
        case GNN_OPTION_INT:
        case GNN_OPTION_REAL:
            GNN_TRY(gnn_config_set_real(object, entry->name, strtod(text, NULL)));
            break;
        default: GNN_TRY(gnn_config_set_string(object, entry->name, text));
        }
    }
cleanup:
    return status;
}

gnn_status cli_config_make(const cli_settings *settings, const data_nodes *nodes,
                           const gnn_model *model, const gnn_train_options *options,
                           uint64_t data_seed, gnn_config **out) {
    gnn_status status = GNN_OK;
    gnn_config *config = NULL;
    char fingerprint[32];
    *out = NULL;
    snprintf(fingerprint, sizeof fingerprint, "%016llx",
             (unsigned long long)nodes->fingerprint);
    int threads = options->n_threads > 0 ? options->n_threads : gnn_n_processors();
    GNN_TRY(gnn_config_new(&config));
    GNN_TRY(gnn_config_set_string(config, "version", GNN_VERSION));
    GNN_TRY(gnn_config_set_string(config, "command", "train node"));
    GNN_TRY(gnn_config_set_string(config, "model", gnn_model_kind(model)));
    GNN_TRY(gnn_config_set_int(config, "seed", (int64_t)options->seed));
    GNN_TRY(gnn_config_set_int(config, "data_seed", (int64_t)data_seed));
    GNN_TRY(gnn_config_set_int(config, "threads", threads));
    GNN_TRY(gnn_config_set_string(config, "isa", gnn_isa()));
    GNN_TRY(gnn_config_set_string(config, "name", nodes->name));
    GNN_TRY(gnn_config_set_string(config, "fingerprint", fingerprint));
    GNN_TRY(gnn_config_set_int(config, "n_outputs", gnn_model_n_out(model)));
    GNN_TRY(put_data(config, settings, nodes));
    GNN_TRY(cli_config_model(config, model));
    GNN_TRY(put_train_options(config, options));
    *out = config;
    return GNN_OK;
cleanup:
    gnn_config_free(config);
    return status;
}

/* --- comparing --- */

/* Whether FOLDER SUFFIX/NAME is there. */
static bool has_file(const char *folder, const char *suffix, const char *name) {
    char *path = cli_text("%s%s/%s", folder, suffix, name);
    bool there = access(path, F_OK) == 0;
    free(path);
    return there;
}

/* Whether the run at `path`, or one of its seeds, was interrupted. */
static bool has_partial(const char *path) {
    return has_file(path, ".partial", "UNFINISHED") || has_file(path, ".runs", ".");
}

bool cli_run_is_interrupted(const char *path) {
    char *place = cli_copy(path);
    for (size_t n = strlen(place); n > 1 && place[n - 1] == '/';) place[--n] = '\0';
    bool found = !has_file(place, "", "config.json") && has_partial(place);
    free(place);
    return found;
}

void cli_note_given_up(const char *path) {
    if (has_partial(path))
        cli_note("%s: the interrupted run that was there is given up (--resume goes on)",
                 path);
}

gnn_status cli_config_before(const char *path, gnn_config **config) {
    static const char partial[] = ".partial";
    *config = NULL;
    bool interrupted = has_file(path, partial, "UNFINISHED") &&
                       has_file(path, partial, "state.safetensors");
    if (!interrupted && !has_file(path, "", "state.safetensors")) return GNN_OK;
    char *file = cli_text("%s%s/config.json", path, interrupted ? partial : "");
    gnn_status status = gnn_config_load(file, config);
    free(file);
    return status;
}

/* The text of a field that is no object; new memory. */
static char *field_text(const gnn_config *config, const char *name) {
    bool truth;
    double number;
    const char *text;
    if (gnn_config_kind_of(config, name) == GNN_CONFIG_BOOL &&
        gnn_config_get_bool(config, name, &truth) == GNN_OK)
        return cli_copy(truth ? "true" : "false");
    if (gnn_config_kind_of(config, name) == GNN_CONFIG_NUMBER &&
        gnn_config_get_real(config, name, &number) == GNN_OK) {
        char *short_text = cli_text("%.15g", number);
        if (strtod(short_text, NULL) == number) return short_text;
        free(short_text);
        return cli_text("%.17g", number);
    }
    if (gnn_config_kind_of(config, name) == GNN_CONFIG_STRING &&
        gnn_config_get_string(config, name, &text) == GNN_OK)
        return cli_copy(text);
    return NULL;
}

static bool may_differ(const char *name) {
    static const char *const names[] = {"version",  "threads",    "isa",  "epochs",
                                        "patience", "save-every", "data", "name"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

/* Compare the plain fields of two objects. */
static gnn_status compare_fields(const gnn_config *before, const gnn_config *now) {
    gnn_status status = GNN_OK;
    for (int64_t i = 0; status == GNN_OK && i < gnn_config_count(now); i++) {
        const char *name = gnn_config_name(now, i);
        if (gnn_config_kind_of(now, name) == GNN_CONFIG_OBJECT || may_differ(name))
            continue;
        char *a = field_text(before, name), *b = field_text(now, name);
        if (!a || !b || strcmp(a, b) != 0)
            status =
                strcmp(name, "fingerprint") == 0
                    ? gnn_fail(GNN_ERR_INPUT,
                               "cannot resume: the data are not those that "
                               "the run was begun with")
                    : gnn_fail(GNN_ERR_ARGUMENT,
                               "cannot resume: %s is %s, but the run was begun with %s",
                               name, b ? b : "not set", a ? a : "none");
        free(a);
        free(b);
    }
    return status;
}

gnn_status cli_config_compare(gnn_config *before, gnn_config *now) {
    static const char *const objects[] = {"features", "model_options", "train", "data"};
    gnn_status status = GNN_OK;
    GNN_TRY(compare_fields(before, now));
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        const gnn_config *a, *b;
        GNN_TRY(gnn_config_get_object(before, objects[i], &a));
        GNN_TRY(gnn_config_get_object(now, objects[i], &b));
        GNN_TRY(compare_fields(a, b));
    }
cleanup:
    return status;
}

/* --- files --- */

gnn_status cli_run_write_data(gnn_run *run, const data_nodes *nodes) {
    gnn_status status = GNN_OK;
    data_schema schema;
    data_nodes_schema(nodes, &schema);
    GNN_TRY(gnn_run_write_names(run, "nodes.tsv", nodes->names));
    if (schema.classes) GNN_TRY(gnn_run_write_names(run, "classes.tsv", schema.classes));
    if (schema.vocabulary)
        GNN_TRY(gnn_run_write_names(run, "features_vocab.tsv", schema.vocabulary));
    if (schema.mean) {
        const gnn_array arrays[] = {{.name = "mean",
                                     .type = GNN_ARRAY_REAL,
                                     .n_axes = 1,
                                     .shape = {schema.n_features},
                                     .data = schema.mean},
                                    {.name = "deviation",
                                     .type = GNN_ARRAY_REAL,
                                     .n_axes = 1,
                                     .shape = {schema.n_features},
                                     .data = schema.deviation}};
        GNN_TRY(gnn_run_write_arrays(run, "features.safetensors", 2, arrays, 0, NULL));
    }
cleanup:
    return status;
}

gnn_status cli_run_write_report(gnn_run *run, const cJSON *result) {
    char *text = cJSON_Print(result);
    if (!text) return gnn_fail(GNN_ERR_MEMORY, "report.json: out of memory");
    char *line = cli_text("%s\n", text);
    gnn_status status = gnn_run_write_text(run, "report.json", line, strlen(line));
    free(line);
    cJSON_free(text);
    return status;
}
