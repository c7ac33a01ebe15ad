/* The registry of models. */
#include "models/model.h"

#include <string.h>

#define GNN_MODEL(name) extern const gnn_i_model_type gnn_i_model_##name;
#include "models/models.def"
#undef GNN_MODEL

static const gnn_i_model_type *const types[] = {
#define GNN_MODEL(name) &gnn_i_model_##name,
#include "models/models.def"
#undef GNN_MODEL
};

const char gnn_i_model_names[] =
#define GNN_MODEL(name) #name " "
#include "models/models.def"
#undef GNN_MODEL
    ;

size_t gnn_model_count(void) {
    return sizeof types / sizeof *types;
}
const gnn_model_info *gnn_model_get(size_t i) {
    return i < gnn_model_count() ? &types[i]->info : NULL;
}

const gnn_i_model_type *gnn_i_model_find(const char *name) {
    for (size_t i = 0; name != NULL && i < gnn_model_count(); i++)
        if (strcmp(types[i]->info.name, name) == 0) return types[i];
    return NULL;
}

const char *gnn_model_recipe(const char *kind) {
    static const char plain[] = "lr=0.01,weight-decay=0.0005,epochs=200,monitor=loss";
    const gnn_i_model_type *type = gnn_i_model_find(kind);
    if (type != NULL) return type->info.recipe;
    const gnn_i_layer_type *layer = gnn_i_layer_find(kind);
    if (layer == NULL) return NULL;
    return layer->recipe != NULL ? layer->recipe : plain;
}
