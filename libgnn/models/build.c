/* What a model is put together of: parameters, layers, stages. */
#include "models/model.h"

#include "core/alloc.h"
#include "tensor/context.h"

/* ---- parameters ---- */

gnn_status gnn_model_begin_group(gnn_model *model, const char *name) {
    return gnn_i_parameters_begin_group(&model->parameters, name);
}
int gnn_model_n_groups(const gnn_model *model) {
    return model->parameters.n_groups;
}
const char *gnn_model_group_name(const gnn_model *model, int group) {
    bool known = group >= 0 && group < model->parameters.n_groups;
    return known ? model->parameters.groups[group] : NULL;
}

/* Parameter i; NULL when there is none. */
static const gnn_i_parameter *parameter_at(const gnn_model *model, int i) {
    return i >= 0 && i < model->parameters.n ? &model->parameters.item[i] : NULL;
}
int gnn_model_n_parameters(const gnn_model *model) {
    return model->parameters.n;
}
gnn_tensor *gnn_model_parameter(const gnn_model *model, int i) {
    const gnn_i_parameter *parameter = parameter_at(model, i);
    return parameter != NULL ? parameter->tensor : NULL;
}
int gnn_model_parameter_group(const gnn_model *model, int i) {
    const gnn_i_parameter *parameter = parameter_at(model, i);
    return parameter != NULL ? parameter->group : -1;
}
gnn_tensor *gnn_model_find_parameter(const gnn_model *model, const char *name) {
    return gnn_i_parameters_find(&model->parameters, name);
}

gnn_status gnn_model_add_parameter(gnn_model *model, const char *name, int n_axes,
                                   const int64_t *shape, gnn_init init, int64_t fan_in,
                                   int64_t fan_out, bool trained,
                                   gnn_tensor **parameter) {
    return gnn_i_parameters_add(&model->parameters, name, n_axes, shape, init, fan_in,
                                fan_out, trained, parameter);
}
gnn_status gnn_i_model_matrix(gnn_model *model, const char *name, gnn_init init,
                              int64_t rows, int64_t columns, gnn_tensor **parameter) {
    const int64_t shape[] = {rows, columns};
    return gnn_model_add_parameter(model, name, 2, shape, init, rows, columns, true,
                                   parameter);
}
gnn_status gnn_i_model_vector(gnn_model *model, const char *name, gnn_init init,
                              int64_t n, int64_t fan_in, gnn_tensor **parameter) {
    return gnn_model_add_parameter(model, name, 1, &n, init, fan_in, 0, true, parameter);
}

/* ---- layers and stages ---- */

gnn_status gnn_layer_new(gnn_model *model, const char *kind, const char *name,
                         int64_t n_in, int64_t n_out, const char *options,
                         gnn_layer **layer) {
    gnn_status status;
    *layer = NULL;
    GNN_TRY(gnn_i_grow(&model->layers, &model->layers_capacity, model->n_layers + 1,
                       sizeof(gnn_layer *), "layers"));
    GNN_TRY(
        gnn_i_layer_make(&model->parameters, kind, name, n_in, n_out, options, layer));
    model->layers[model->n_layers++] = *layer;
cleanup:
    return status;
}

gnn_status gnn_i_model_add_stage(gnn_model *model, gnn_i_stage stage) {
    gnn_status status = gnn_i_grow(&model->stages, &model->stages_capacity,
                                   model->n_stages + 1, sizeof *model->stages, "stages");
    if (status == GNN_OK) model->stages[model->n_stages++] = stage;
    return status;
}

gnn_status gnn_i_model_add_layer(gnn_model *model, const gnn_layer *layer, int step) {
    gnn_status status = GNN_OK;
    int n_parts = gnn_i_layer_n_parts(layer);
    for (int part = 0; part < n_parts; part++) {
        bool last = part + 1 == n_parts;
        GNN_TRY(gnn_i_model_add_stage(
            model, (gnn_i_stage){.hop = gnn_i_layer_part_is_hop(layer, part),
                                 .ends_hidden = last,
                                 .step = step,
                                 .layer = layer,
                                 .part = part,
                                 .is_last_part = last}));
    }
cleanup:
    return status;
}
