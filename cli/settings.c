/* What training is told, from three places: the recipe a model was published with, the
 * configuration of an earlier run, the command line. The later one wins. */
#include "settings.h"

#include <stdlib.h>
#include <string.h>

#include "data.h"

static const gnn_model_info *find_model(const char *name) {
    for (size_t i = 0; i < gnn_model_count(); i++)
        if (strcmp(gnn_model_get(i)->name, name) == 0) return gnn_model_get(i);
    return NULL;
}

static const gnn_layer_info *find_layer(const char *name) {
    for (size_t i = 0; i < gnn_layer_count(); i++)
        if (strcmp(gnn_layer_get(i)->name, name) == 0) return gnn_layer_get(i);
    return NULL;
}

/* The option tables of a model: its own, or those of the layer that it stacks, of a stack
 * and of all layers. Ends with NULL. */
static void model_tables(const char *name, const gnn_option *tables[4]) {
    const gnn_model_info *model = find_model(name);
    const gnn_layer_info *layer = find_layer(name);
    int n = 0;
    if (!model && layer) model = find_model("stack");
    if (layer) tables[n++] = layer->options;
    if (model) tables[n++] = model->options;
    if (layer) tables[n++] = gnn_layer_common_options();
    tables[n] = NULL;
}

/* What a run of this model gets where nothing is said, from a small one: layers have
 * other defaults in a model than alone. NULL when none can be made so small. */
static char *model_defaults(const char *name) {
    gnn_model *model = NULL;
    if (gnn_model_new(name, 1, 1, NULL, 0, &model) != GNN_OK) return NULL;
    char *text = cli_copy(gnn_model_options_text(model));
    gnn_model_free(model);
    return text;
}

static void add_model(cli_option **list, const char *name) {
    const gnn_option *tables[4];
    char *headline = cli_text("Model %s:", name), *defaults = model_defaults(name);
    model_tables(name, tables);
    for (int i = 0; tables[i]; i++)
        cli_options_from_table(list, *list ? NULL : headline, tables[i], defaults, false);
    /* A stack that is called by its layer's name asks for no other. */
    for (cli_option *option = *list; find_layer(name) && option && option->help; option++)
        if (option->name && strcmp(option->name, "layer") == 0) option->hidden = true;
    free(headline);
    free(defaults);
}

void cli_training_tables(const char *model, cli_option **training, cli_option **models) {
    const char *recipe = model ? gnn_model_recipe(model) : NULL;
    cli_options_from_table(
        training,
        recipe ? "Training:" : "Training (defaults of a model: --model NAME --help):",
        gnn_train_option_table(), recipe, false);
    bool known = model && (find_model(model) || find_layer(model));
    if (known) add_model(models, model);
    const char *headline =
        known ? NULL : "Models (--model NAME --help shows those of one):";
    for (size_t i = 0; i < gnn_model_count(); i++)
        cli_options_from_table(models, *models ? NULL : headline,
                               gnn_model_get(i)->options, NULL, known);
    cli_options_from_table(models, *models ? NULL : headline, gnn_layer_common_options(),
                           NULL, known);
    for (size_t i = 0; i < gnn_layer_count(); i++)
        cli_options_from_table(models, *models ? NULL : headline,
                               gnn_layer_get(i)->options, NULL, known);
    cli_options_drop(*models, "nodes"); /* what label propagation was fitted to */
}

bool cli_is_model_setting(const char *model, const char *name) {
    const gnn_option *tables[4];
    model_tables(model, tables);
    for (int i = 0; tables[i]; i++)
        for (const gnn_option *entry = tables[i]; entry->name; entry++)
            if (strcmp(entry->name, name) == 0) return true;
    return false;
}

gnn_status cli_check_model(const char *model) {
    if (!model)
        return gnn_fail(GNN_ERR_ARGUMENT, "expected --model NAME; see gnn list models");
    if (find_model(model) || find_layer(model)) return GNN_OK;
    size_t n = 0;
    const char **known = cli_alloc(gnn_model_count() + gnn_layer_count(), sizeof *known);
    for (size_t i = 0; i < gnn_layer_count(); i++) known[n++] = gnn_layer_get(i)->name;
    for (size_t i = 0; i < gnn_model_count(); i++)
        if (!find_layer(gnn_model_get(i)->name)) known[n++] = gnn_model_get(i)->name;
    gnn_status status = cli_unknown("model", model, n, known);
    free(known);
    return status;
}

bool cli_is_train_setting(const char *name) {
    for (const gnn_option *entry = gnn_train_option_table(); entry->name; entry++)
        if (strcmp(entry->name, name) == 0) return true;
    return false;
}

gnn_status cli_train_options(const char *model, const cli_settings *settings,
                             gnn_train_options *options) {
    gnn_status status = GNN_OK;
    const gnn_option *table = gnn_train_option_table();
    int64_t seed;
    gnn_train_options_init(options);
    GNN_TRY(gnn_options_parse(table, "recipe", gnn_model_recipe(model), options));
    for (size_t i = 0; i < settings->n; i++)
        if (cli_is_train_setting(settings->entry[i].name))
            GNN_TRY(gnn_options_set(table, "train", settings->entry[i].name,
                                    settings->entry[i].value, options));
    GNN_TRY(cli_whole(settings, "seed", 0, &seed));
    options->seed = (uint64_t)seed;
    GNN_TRY(cli_machine(settings, &options->n_threads));
cleanup:
    return status;
}

char *cli_model_options(const cli_settings *settings) {
    static const char *const others[] = {"model", "seed", "threads", "isa"};
    char *text = cli_copy("");
    for (size_t i = 0; i < settings->n; i++) {
        const char *name = settings->entry[i].name;
        bool other = cli_is_data_setting(name) || cli_is_train_setting(name);
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            other = other || strcmp(name, others[k]) == 0;
        if (!other) cli_append(&text, ",", "%s=%s", name, settings->entry[i].value);
    }
    return text;
}
