/* A configuration that a person may have written: every field has to be one that is
 * known, and what is wrong is said with the name of the file. */
#include <string.h>

#include "run_data.h"
#include "settings.h"

/* «FILE: unknown field 'OBJECT.NAME'», with the nearest of n known ones. */
static gnn_status unknown_field(const char *file, const char *object, const char *name,
                                size_t n, const char *const *known) {
    const char *nearest = cli_nearest(name, n, known);
    return gnn_fail(GNN_ERR_INPUT, "%s: unknown field '%s%s%s'%s%s%s", file, object,
                    object[0] ? "." : "", name, nearest ? "; did you mean '" : "",
                    nearest ? nearest : "", nearest ? "'?" : "");
}

static gnn_status check_names(const char *file, const gnn_config *config) {
    static const char *const known[] = {"version",       "command",   "model", "seed",
                                        "data_seed",     "threads",   "isa",   "name",
                                        "fingerprint",   "n_outputs", "data",  "features",
                                        "model_options", "train"};
    enum { N_KNOWN = sizeof known / sizeof *known };
    for (int64_t i = 0; i < gnn_config_count(config); i++) {
        const char *name = gnn_config_name(config, i);
        size_t place = 0;
        while (place < N_KNOWN && strcmp(known[place], name) != 0) place++;
        if (place == N_KNOWN) return unknown_field(file, "", name, N_KNOWN, known);
    }
    return GNN_OK;
}

static gnn_status check_train(const char *file, const gnn_config *train) {
    enum { MOST = 128 };
    gnn_status status = GNN_OK;
    const gnn_option *table = gnn_train_option_table();
    const char *known[MOST];
    size_t n = 0;
    gnn_train_options options;
    cli_settings settings = {0};
    for (; table[n].name && n < MOST; n++) known[n] = table[n].name;
    gnn_train_options_init(&options);
    GNN_TRY(cli_config_fields(train, &settings));
    for (size_t i = 0; i < settings.n; i++) {
        const struct cli_setting *field = &settings.entry[i];
        if (!cli_is_train_setting(field->name)) {
            status = unknown_field(file, "train", field->name, n, known);
            goto cleanup;
        }
        status = gnn_options_set(table, file, field->name, field->value, &options);
        if (status == GNN_ERR_ARGUMENT)
            status = gnn_fail(GNN_ERR_INPUT, "%s", gnn_last_error());
        if (status != GNN_OK) goto cleanup;
    }
cleanup:
    cli_settings_clear(&settings);
    return status;
}

static gnn_status check_model(const char *file, const gnn_config *config,
                              const gnn_config *options) {
    const char *model;
    gnn_status status = gnn_config_get_string(config, "model", &model);
    if (status == GNN_OK) status = cli_check_model(model);
    for (int64_t i = 0; status == GNN_OK && i < gnn_config_count(options); i++)
        if (!cli_is_model_setting(model, gnn_config_name(options, i)))
            status = unknown_field(file, "model_options", gnn_config_name(options, i), 0,
                                   NULL);
    return status;
}

gnn_status cli_config_check(const char *file, const gnn_config *config) {
    gnn_status status = GNN_OK;
    const gnn_config *object;
    GNN_TRY(check_names(file, config));
    if (gnn_config_has(config, "train")) {
        GNN_TRY(gnn_config_get_object(config, "train", &object));
        GNN_TRY(check_train(file, object));
    }
    if (gnn_config_has(config, "data")) {
        GNN_TRY(gnn_config_get_object(config, "data", &object));
        for (int64_t i = 0; i < gnn_config_count(object); i++)
            if (!cli_is_data_setting(gnn_config_name(object, i)))
                return unknown_field(file, "data", gnn_config_name(object, i), 0, NULL);
    }
    if (gnn_config_has(config, "model") && gnn_config_has(config, "model_options")) {
        GNN_TRY(gnn_config_get_object(config, "model_options", &object));
        GNN_TRY(check_model(file, config, object));
    }
cleanup:
    return status;
}
