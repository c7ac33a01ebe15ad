/* Settings of a model: which kind, which layer, and the options of both from one text. */
#include "models/model.h"

#include <stdio.h>
#include <string.h>

#include "core/alloc.h"

/* The tables that a model reads, in the order in which a name is looked up. */
static int sets_of(gnn_model *model, gnn_i_option_set sets[3]) {
    sets[0] = (gnn_i_option_set){model->type->info.options, model->options};
    if (model->layer_type == NULL) return 1;
    sets[1] = (gnn_i_option_set){model->layer_type->info.options, model->layer_options};
    sets[2] = (gnn_i_option_set){gnn_i_layer_common_table, &model->common};
    return 3;
}

/* The value of `name` in "name=value,…"; NULL when it is not there. */
static const char *scan(const char *text, const char *name, size_t *size) {
    size_t length = strlen(name);
    for (const char *item = text; item != NULL && *item != '\0';) {
        size_t end = strcspn(item, ",");
        if (end > length && item[length] == '=' && strncmp(item, name, length) == 0) {
            *size = end - length - 1;
            return item + length + 1;
        }
        item += end;
        item += *item == ',';
    }
    return NULL;
}

/* The layer that a kind is made of: named by the kind itself, by the text, or by
 * default. */
static gnn_status find_layer(gnn_model *model, const char *kind, const char *text) {
    const gnn_option *entry = gnn_i_options_find(model->type->info.options, "layer", 5);
    const gnn_i_layer_type *by_kind =
        gnn_i_model_find(kind) ? NULL : gnn_i_layer_find(kind);
    char known[256];
    size_t size = 0;
    const char *named = scan(text, "layer", &size);
    if (entry == NULL) {
        model->layer_type = gnn_i_layer_find(model->type->layer);
        return GNN_OK;
    }
    int place = named != NULL ? gnn_i_options_place(entry->choices, named, size)
                : by_kind != NULL
                    ? gnn_i_options_place(entry->choices, kind, strlen(kind))
                    : (int)entry->initial;
    if (place < 0)
        return gnn_fail(GNN_ERR_ARGUMENT, "unknown layer '%.*s'; known: %s",
                        size < 64 ? (int)size : 64, named,
                        gnn_i_options_list(gnn_i_layer_names, known, sizeof known));
    model->layer_type = gnn_i_layer_type_get((size_t)place);
    if (by_kind != NULL && model->layer_type != by_kind)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "model %s: layer is '%s'; a stack of another layer "
                        "is called by that layer's name",
                        kind, model->layer_type->info.name);
    return GNN_OK;
}

gnn_status gnn_i_model_read_settings(gnn_model *model, const char *kind,
                                     const char *text) {
    gnn_status status;
    char what[80];
    gnn_i_option_set sets[3];
    snprintf(what, sizeof what, "model %s", kind);
    GNN_TRY(
        gnn_i_calloc(&model->options, 1, model->type->options_size, "a model's options"));
    if (model->type->layer != NULL) {
        GNN_TRY(find_layer(model, kind, text));
        GNN_TRY(gnn_i_calloc(&model->layer_options, 1, model->layer_type->options_size,
                             "a layer's options"));
    }
    int n = sets_of(model, sets);
    for (int s = 0; s < n; s++) gnn_options_init(sets[s].table, sets[s].options);
    const gnn_option *layer = gnn_i_options_find(sets[0].table, "layer", 5);
    if (layer != NULL) {
        GNN_TRY(gnn_i_options_parse(sets, n, what, model->layer_type->stack));
        GNN_TRY(gnn_options_set(layer, what, "layer", model->layer_type->info.name,
                                model->options));
    }
    GNN_TRY(gnn_i_options_parse(sets, n, what, text));
    GNN_TRY(gnn_i_model_write_settings(model));
cleanup:
    return status;
}

gnn_status gnn_i_model_write_settings(gnn_model *model) {
    gnn_i_option_set sets[3];
    int n = sets_of(model, sets);
    char *text;
    gnn_status status = gnn_i_options_text(sets, n, &text);
    if (status != GNN_OK) return status;
    gnn_i_free(model->text);
    model->text = text;
    return GNN_OK;
}

gnn_status gnn_i_model_layer_text(const gnn_model *model, bool is_output,
                                  int64_t out_heads, char **text) {
    gnn_status status;
    const gnn_i_layer_type *type = model->layer_type;
    void *copy = NULL;
    char number[32];
    *text = NULL;
    GNN_TRY(gnn_i_calloc(&copy, 1, type->options_size, "a layer's options"));
    if (type->options_size > 0) memcpy(copy, model->layer_options, type->options_size);
    gnn_i_layer_common common = model->common;
    const gnn_i_option_set sets[] = {{type->info.options, copy},
                                     {gnn_i_layer_common_table, &common}};
    if (is_output) {
        common.norm = GNN_I_NORM_NONE;
        common.residual = false;
        if (gnn_i_options_find(type->info.options, "heads", 5) != NULL) {
            snprintf(number, sizeof number, "%lld", (long long)out_heads);
            GNN_TRY(gnn_options_set(type->info.options, "output", "heads", number, copy));
            GNN_TRY(
                gnn_options_set(type->info.options, "output", "concat", "false", copy));
        }
    }
    GNN_TRY(gnn_i_options_text(sets, 2, text));
cleanup:
    gnn_i_free(copy);
    return status;
}
