/* Named parameters: made, filled, grouped, found. */
#include "models/model.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"

/* Streams of the seed for initial values; dropout draws by step from 0 up, the trainer's
 * purposes stand above 2^60. */
static const uint64_t INIT_STREAM = (uint64_t)3 << 60;

static gnn_status grow(void *array, int *capacity, int need, size_t size,
                       const char *what) {
    if (need <= *capacity) return GNN_OK;
    int wish = *capacity > 0 ? 2 * *capacity : 16;
    gnn_status status = gnn_i_realloc(array, (size_t)wish, size, what);
    if (status == GNN_OK) *capacity = wish;
    return status;
}

/* ---- groups ---- */

gnn_status gnn_model_begin_group(gnn_model *model, const char *name) {
    for (int g = 0; g < model->n_groups; g++)
        if (strcmp(model->groups[g], name) == 0) {
            model->group = g;
            return GNN_OK;
        }
    gnn_status status;
    char *copy = NULL;
    GNN_TRY(grow(&model->groups, &model->cap_groups, model->n_groups + 1,
                 sizeof *model->groups, "parameter groups"));
    GNN_TRY(gnn_i_strdup(&copy, name));
    model->groups[model->n_groups] = copy;
    model->group = model->n_groups++;
cleanup:
    return status;
}

int gnn_model_n_groups(const gnn_model *model) {
    return model->n_groups;
}
const char *gnn_model_group_name(const gnn_model *model, int group) {
    return group >= 0 && group < model->n_groups ? model->groups[group] : NULL;
}
int gnn_model_parameter_group(const gnn_model *model, int i) {
    return i >= 0 && i < model->n_parameters ? model->parameters[i].group : -1;
}

/* ---- filling ---- */

static double bound_of(gnn_init init, int64_t fan_in, int64_t fan_out) {
    double in = (double)(fan_in > 0 ? fan_in : 1),
           out = (double)(fan_out > 0 ? fan_out : 0);
    switch (init) {
    case GNN_INIT_GLOROT: return sqrt(6 / (in + out));
    case GNN_INIT_HE: return sqrt(6 / in);
    case GNN_INIT_UNIFORM_FAN_IN: return sqrt(1 / in);
    case GNN_INIT_ZERO:
    case GNN_INIT_ONE: break;
    }
    return 0;
}

static void fill(gnn_tensor *tensor, gnn_init init, int64_t fan_in, int64_t fan_out,
                 uint64_t seed, int place) {
    gnn_real *value = gnn_tensor_real(tensor);
    int64_t n = gnn_tensor_count(tensor);
    double bound = bound_of(init, fan_in, fan_out);
    if (init == GNN_INIT_ONE)
        for (int64_t i = 0; i < n; i++) value[i] = 1;
    if (bound == 0) return;
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, seed, INIT_STREAM | (uint64_t)place);
    /* drawn in float, so that both builds begin at the same point */
    for (int64_t i = 0; i < n; i++)
        value[i] = (gnn_real)(bound * (2 * (double)gnn_i_rng_uniform_f32(&rng) - 1));
}

/* ---- parameters ---- */

gnn_status gnn_model_add_parameter(gnn_model *model, const char *name, int n_axes,
                                   const int64_t *shape, gnn_init init, int64_t fan_in,
                                   int64_t fan_out, bool trained,
                                   gnn_tensor **parameter) {
    gnn_status status;
    gnn_tensor *tensor = NULL;
    char *copy = NULL;
    *parameter = NULL;
    GNN_CHECK(name != NULL && name[0] != '\0', GNN_ERR_ARGUMENT,
              "a parameter without a name");
    GNN_CHECK(gnn_model_find_parameter(model, name) == NULL, GNN_ERR_ARGUMENT,
              "the model has a parameter '%s' already", name);
    if (model->n_groups == 0) GNN_TRY(gnn_model_begin_group(model, "all"));
    GNN_TRY(grow(&model->parameters, &model->cap_parameters, model->n_parameters + 1,
                 sizeof *model->parameters, "parameters"));
    GNN_TRY(gnn_i_strdup(&copy, name));
    GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_FREE, n_axes, shape, &tensor));
    fill(tensor, init, fan_in, fan_out, model->seed, model->n_parameters);
    tensor->name = copy;
    tensor->requires_grad = trained;
    tensor->is_constant = false;
    model->parameters[model->n_parameters++] =
        (gnn_i_parameter){.tensor = tensor, .name = copy, .group = model->group};
    *parameter = tensor;
    return GNN_OK;
cleanup:
    gnn_i_free(copy);
    return status;
}

int gnn_model_n_parameters(const gnn_model *model) {
    return model->n_parameters;
}
gnn_tensor *gnn_model_parameter(const gnn_model *model, int i) {
    return i >= 0 && i < model->n_parameters ? model->parameters[i].tensor : NULL;
}
gnn_tensor *gnn_model_find_parameter(const gnn_model *model, const char *name) {
    for (int i = 0; i < model->n_parameters; i++)
        if (strcmp(model->parameters[i].name, name) == 0)
            return model->parameters[i].tensor;
    return NULL;
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

gnn_status gnn_i_model_adopt(gnn_model *model, gnn_layer *layer) {
    gnn_status status = grow(&model->layers, &model->cap_layers, model->n_layers + 1,
                             sizeof *model->layers, "layers");
    if (status == GNN_OK) model->layers[model->n_layers++] = layer;
    return status;
}

gnn_i_model_mark gnn_i_model_mark_get(const gnn_model *model) {
    return (gnn_i_model_mark){model->n_parameters, model->n_layers};
}

void gnn_i_model_rollback(gnn_model *model, gnn_i_model_mark mark) {
    while (model->n_parameters > mark.n_parameters) {
        gnn_i_parameter *last = &model->parameters[--model->n_parameters];
        gnn_tensor_free(last->tensor);
        gnn_i_free(last->name);
    }
    while (model->n_layers > mark.n_layers)
        gnn_i_layer_free(model->layers[--model->n_layers]);
}

gnn_status gnn_i_model_add_stage(gnn_model *model, gnn_i_stage stage) {
    gnn_status status = grow(&model->stages, &model->cap_stages, model->n_stages + 1,
                             sizeof *model->stages, "stages");
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
