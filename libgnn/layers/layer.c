/* The registry of layers, and making one by name. */
#include "layers/layer.h"

#include <stdio.h>
#include <string.h>

#include "core/alloc.h"

#define GNN_LAYER(name) extern const gnn_i_layer_type gnn_i_layer_##name;
#include "layers/layers.def"
#undef GNN_LAYER

static const gnn_i_layer_type *const types[] = {
#define GNN_LAYER(name) &gnn_i_layer_##name,
#include "layers/layers.def"
#undef GNN_LAYER
};

const char gnn_i_layer_names[] =
#define GNN_LAYER(name) #name " "
#include "layers/layers.def"
#undef GNN_LAYER
    ;

const gnn_option gnn_i_layer_common_table[] = {
    GNN_I_OPTION_BOOL(gnn_i_layer_common, bias, "bias", 1, "add a learned bias"),
    GNN_I_OPTION_BOOL(gnn_i_layer_common, residual, "residual", 0,
                      "add the input, through a linear map where widths differ"),
    GNN_I_OPTION_CHOICE(gnn_i_layer_common, norm, "norm", GNN_I_NORM_NONE,
                        GNN_I_NORM_CHOICES, "normalise the result"),
    GNN_I_OPTION_REAL(gnn_i_layer_common, dropout, "dropout", 0, 0, 0.99,
                      "probability of dropping a value of the input in training"),
    GNN_I_OPTION_INT(gnn_i_layer_common, arcs, "arcs", 0, 0, 65536,
                     "width of the arc features that are read, 0: none"),
    GNN_I_OPTION_END,
};

size_t gnn_layer_count(void) {
    return sizeof types / sizeof *types;
}
const gnn_i_layer_type *gnn_i_layer_type_get(size_t i) {
    return i < gnn_layer_count() ? types[i] : NULL;
}
const gnn_layer_info *gnn_layer_get(size_t i) {
    return i < gnn_layer_count() ? &types[i]->info : NULL;
}
const gnn_option *gnn_layer_common_options(void) {
    return gnn_i_layer_common_table;
}

const gnn_i_layer_type *gnn_i_layer_find(const char *name) {
    for (size_t i = 0; name != NULL && i < gnn_layer_count(); i++)
        if (strcmp(types[i]->info.name, name) == 0) return types[i];
    return NULL;
}

int64_t gnn_layer_width(const gnn_layer *layer) {
    return layer->width;
}
int gnn_layer_n_hops(const gnn_layer *layer) {
    return layer->n_hops;
}

/* ---- for setup ---- */

gnn_status gnn_i_layer_parameter(gnn_layer *layer, const char *name, int n_axes,
                                 const int64_t *shape, gnn_init init, int64_t fan_in,
                                 int64_t fan_out, gnn_tensor **parameter) {
    char full[256];
    snprintf(full, sizeof full, "%s.%s", layer->name, name);
    return gnn_i_parameters_add(layer->parameters, full, n_axes, shape, init, fan_in,
                                fan_out, true, parameter);
}

gnn_status gnn_i_layer_matrix(gnn_layer *layer, const char *name, int64_t rows,
                              int64_t columns, gnn_tensor **parameter) {
    const int64_t shape[] = {rows, columns};
    return gnn_i_layer_parameter(layer, name, 2, shape, GNN_INIT_GLOROT, rows, columns,
                                 parameter);
}

gnn_status gnn_i_layer_inner(gnn_layer *layer, const char *kind, const char *name,
                             int64_t n_in, int64_t n_out, const char *options,
                             gnn_layer **inner) {
    char full[256];
    snprintf(full, sizeof full, "%s.%s", layer->name, name);
    gnn_status status =
        gnn_i_layer_make(layer->parameters, kind, full, n_in, n_out, options, inner);
    if (status != GNN_OK) return status;
    (*inner)->next = layer->inner;
    layer->inner = *inner;
    return GNN_OK;
}

/* ---- making ---- */

void gnn_i_layer_free(gnn_layer *layer) {
    if (layer == NULL) return;
    while (layer->inner != NULL) {
        gnn_layer *inner = layer->inner;
        layer->inner = inner->next;
        gnn_i_layer_free(inner);
    }
    gnn_i_free(layer->name);
    gnn_i_free(layer->options);
    gnn_i_free(layer->own);
    gnn_i_free(layer);
}

static gnn_status read_options(gnn_layer *layer, const char *text) {
    char what[64];
    snprintf(what, sizeof what, "layer %s", layer->type->info.name);
    const gnn_i_option_set sets[] = {{layer->type->info.options, layer->options},
                                     {gnn_i_layer_common_table, &layer->common}};
    gnn_options_init(sets[0].table, sets[0].options);
    gnn_options_init(sets[1].table, sets[1].options);
    return gnn_i_options_parse(sets, 2, what, text);
}

/* Options, then parameters: the layer's own, and those that all layers share. */
static gnn_status set_up(gnn_layer *layer, const char *options) {
    gnn_status status;
    const gnn_i_layer_type *type = layer->type;
    GNN_TRY(gnn_i_calloc(&layer->options, 1, type->options_size, "a layer's options"));
    GNN_TRY(gnn_i_calloc(&layer->own, 1, type->own_size, "a layer"));
    GNN_TRY(read_options(layer, options));
    int64_t arcs = layer->common.arcs;
    GNN_CHECK(arcs == 0 || type->arcs != GNN_I_ARCS_NONE, GNN_ERR_ARGUMENT,
              "layer %s reads no arcs: arcs is %lld, expected 0", type->info.name,
              (long long)arcs);
    layer->width = layer->n_out;
    layer->n_hops = type->hop != NULL;
    layer->prepares = type->prepare != NULL;
    layer->adds_bias = layer->common.bias;
    GNN_TRY(type->setup(layer));
    const int64_t one = 1;
    if (layer->adds_bias)
        GNN_TRY(gnn_i_layer_parameter(layer, "bias", 1, &layer->width, GNN_INIT_ZERO, 0,
                                      0, &layer->bias));
    GNN_TRY(gnn_i_norm_new(layer->parameters, layer->name, layer->common.norm,
                           layer->width, &layer->norm));
    if (layer->common.residual && layer->n_in != layer->width)
        GNN_TRY(gnn_i_layer_matrix(layer, "residual", layer->n_in, layer->width,
                                   &layer->residual));
    if (arcs > 0 && type->arcs == GNN_I_ARCS_GATE) {
        GNN_TRY(gnn_i_layer_matrix(layer, "gate", arcs, 1, &layer->gate));
        GNN_TRY(gnn_i_layer_parameter(layer, "gate_bias", 1, &one, GNN_INIT_ZERO, 0, 0,
                                      &layer->gate_bias));
    }
cleanup:
    return status;
}

gnn_status gnn_i_layer_make(gnn_i_parameters *parameters, const char *kind,
                            const char *name, int64_t n_in, int64_t n_out,
                            const char *options, gnn_layer **out) {
    gnn_status status;
    gnn_layer *layer = NULL;
    int n_before = parameters->n;
    char known[256];
    const gnn_i_layer_type *type = gnn_i_layer_find(kind);
    *out = NULL;
    GNN_CHECK(type != NULL, GNN_ERR_ARGUMENT, "unknown layer '%s'; known: %s",
              kind != NULL ? kind : "",
              gnn_i_options_list(gnn_i_layer_names, known, sizeof known));
    GNN_CHECK(name != NULL && name[0] != '\0' && strlen(name) < 128, GNN_ERR_ARGUMENT,
              "layer %s: its name has %zu characters, expected 1 to 127", kind,
              name != NULL ? strlen(name) : 0);
    GNN_CHECK(n_in > 0 && n_out > 0 && n_in < INT32_MAX && n_out < INT32_MAX,
              GNN_ERR_ARGUMENT, "layer %s: widths %lld to %lld, expected at least 1",
              kind, (long long)n_in, (long long)n_out);
    GNN_TRY(gnn_i_calloc(&layer, 1, sizeof *layer, "a layer"));
    *layer =
        (gnn_layer){.type = type, .parameters = parameters, .n_in = n_in, .n_out = n_out};
    GNN_TRY(gnn_i_strdup(&layer->name, name));
    GNN_TRY(set_up(layer, options));
    *out = layer;
    return GNN_OK;
cleanup:
    gnn_i_parameters_cut(parameters, n_before);
    gnn_i_layer_free(layer);
    return status;
}
