/* A perceptron: h_1 = X W_1 + b_1, h_k = act(norm(h_k-1)) W_k + b_k, without arcs. */
#include "layers/mlp.h"

#include <stdio.h>

#include "core/alloc.h"

enum { MOST_LAYERS = 8 };

typedef struct mlp {
    gnn_tensor *weight[MOST_LAYERS];
    gnn_tensor *bias[MOST_LAYERS]; /* the last one is the layer's own */
    gnn_i_norm norm[MOST_LAYERS];
} mlp;

static const gnn_option mlp_table[] = {
    GNN_I_OPTION_INT(gnn_i_mlp_options, layers, "mlp-layers", 2, 1, MOST_LAYERS,
                     "linear maps"),
    GNN_I_OPTION_INT(gnn_i_mlp_options, hidden, "mlp-hidden", 0, 0, 65536,
                     "width between them, 0: that of the result"),
    GNN_I_OPTION_CHOICE(gnn_i_mlp_options, activation, "mlp-activation", GNN_ACT_RELU,
                        GNN_I_ACTIVATIONS, "activation between them"),
    GNN_I_OPTION_CHOICE(gnn_i_mlp_options, norm, "mlp-norm", GNN_I_NORM_NONE,
                        "none batch layer", "normalisation before each activation"),
    GNN_I_OPTION_END,
};

static int64_t width_after(const gnn_layer *layer, int64_t k) {
    const gnn_i_mlp_options *options = layer->options;
    bool last = k + 1 == options->layers;
    return last || options->hidden == 0 ? layer->n_out : options->hidden;
}

static gnn_status mlp_setup(gnn_layer *layer) {
    gnn_status status = GNN_OK;
    const gnn_i_mlp_options *options = layer->options;
    mlp *own = layer->own;
    char name[160];
    for (int64_t k = 0, n_in = layer->n_in; k < options->layers; k++) {
        int64_t width = width_after(layer, k);
        snprintf(name, sizeof name, "weight%lld", (long long)k + 1);
        GNN_TRY(gnn_i_layer_matrix(layer, name, n_in, width, &own->weight[k]));
        n_in = width;
        if (k + 1 == options->layers) break;
        snprintf(name, sizeof name, "bias%lld", (long long)k + 1);
        if (layer->common.bias)
            GNN_TRY(gnn_i_layer_parameter(layer, name, 1, &width, GNN_INIT_ZERO, 0, 0,
                                          &own->bias[k]));
        snprintf(name, sizeof name, "%s.%lld", layer->name, (long long)k + 1);
        GNN_TRY(
            gnn_i_norm_new(layer->parameters, name, options->norm, width, &own->norm[k]));
    }
cleanup:
    return status;
}

static gnn_tensor *bias_of(const gnn_layer *layer, int64_t k) {
    const gnn_i_mlp_options *options = layer->options;
    const mlp *own = layer->own;
    return k + 1 == options->layers ? layer->bias : own->bias[k];
}

/* From the result of map 1, bias included, to the result of the last one. */
static gnn_tensor *go_on(gnn_context *ctx, const gnn_layer *layer, gnn_tensor *h) {
    const gnn_i_mlp_options *options = layer->options;
    const mlp *own = layer->own;
    for (int64_t k = 1; k < options->layers; k++) {
        h = gnn_i_norm_apply(ctx, &own->norm[k - 1], NULL, h);
        h = gnn_activate(ctx, h, (gnn_activation)options->activation, 0);
        h = gnn_matmul(ctx, h, own->weight[k], bias_of(layer, k));
    }
    return h;
}

static void mlp_prepare(gnn_context *ctx, const gnn_layer *layer, gnn_state *state) {
    state->tensor[0] = gnn_i_mlp_apply(ctx, layer, state->tensor[0]);
}

const gnn_i_layer_type gnn_i_layer_mlp = {
    .info = {"mlp", "a perceptron of several linear maps, without arcs", mlp_table},
    .options_size = sizeof(gnn_i_mlp_options),
    .own_size = sizeof(mlp),
    .setup = mlp_setup,
    .prepare = mlp_prepare,
};

/* ---- inside other layers ---- */

gnn_status gnn_i_mlp_inner(gnn_layer *layer, const gnn_i_mlp_options *options,
                           int64_t n_in, gnn_layer **inner) {
    gnn_i_mlp_options copy = *options;
    gnn_i_layer_common common = {.bias = layer->common.bias};
    const gnn_i_option_set sets[] = {{mlp_table, &copy},
                                     {gnn_i_layer_common_table, &common}};
    char *text = NULL;
    gnn_status status = gnn_i_options_text(sets, 2, &text);
    if (status == GNN_OK)
        status = gnn_i_layer_inner(layer, "mlp", "mlp", n_in, layer->n_out, text, inner);
    gnn_i_free(text);
    return status;
}

int64_t gnn_i_mlp_first_width(const gnn_layer *layer) {
    return width_after(layer, 0);
}

gnn_tensor *gnn_i_mlp_first(gnn_context *ctx, const gnn_layer *layer, gnn_tensor *x) {
    const mlp *own = layer->own;
    return gnn_matmul(ctx, x, own->weight[0], NULL);
}

gnn_tensor *gnn_i_mlp_rest(gnn_context *ctx, const gnn_layer *layer, gnn_tensor *h) {
    return go_on(ctx, layer, gnn_bias(ctx, h, bias_of(layer, 0)));
}

gnn_tensor *gnn_i_mlp_apply(gnn_context *ctx, const gnn_layer *layer, gnn_tensor *x) {
    const mlp *own = layer->own;
    return go_on(ctx, layer, gnn_matmul(ctx, x, own->weight[0], bias_of(layer, 0)));
}
