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

/* The options of one model: its own, or those of a stack and of the layer it is made of.
 * */
static void add_model(cli_option **list, const char *name) {
    const gnn_model_info *model = find_model(name);
    const gnn_layer_info *layer = find_layer(name);
    char *headline = cli_text("Model %s:", name);
    if (!model && layer) model = find_model("stack");
    if (layer) cli_options_from_table(list, headline, layer->options, false);
    if (model)
        cli_options_from_table(list, *list ? NULL : headline, model->options, false);
    if (layer) cli_options_from_table(list, NULL, gnn_layer_common_options(), false);
    /* A stack that is called by its layer's name asks for no other. */
    for (cli_option *option = *list; layer && option && option->help; option++)
        if (option->name && strcmp(option->name, "layer") == 0) option->hidden = true;
    free(headline);
}

void cli_training_tables(const char *model, cli_option **training, cli_option **models) {
    cli_options_from_table(training, "Training:", gnn_train_option_table(), false);
    bool known = model && (find_model(model) || find_layer(model));
    if (known) add_model(models, model);
    const char *headline =
        known ? NULL : "Models (--model NAME --help shows those of one):";
    for (size_t i = 0; i < gnn_model_count(); i++)
        cli_options_from_table(models, *models ? NULL : headline,
                               gnn_model_get(i)->options, known);
    cli_options_from_table(models, *models ? NULL : headline, gnn_layer_common_options(),
                           known);
    for (size_t i = 0; i < gnn_layer_count(); i++)
        cli_options_from_table(models, *models ? NULL : headline,
                               gnn_layer_get(i)->options, known);
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
    GNN_TRY(cli_threads(settings, &options->n_threads));
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
