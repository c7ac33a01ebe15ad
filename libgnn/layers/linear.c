/* Y = X W + b: no graph. X may be sparse. W is filled by Glorot's rule, b is zero at
 * first. */
#include "layers/layer.h"

typedef struct linear {
    gnn_tensor *weight; /* (n_in, n_out) */
} linear;

static const gnn_option linear_table[] = {GNN_I_OPTION_END};

static gnn_status linear_setup(gnn_layer *layer) {
    linear *own = layer->own;
    return gnn_i_layer_matrix(layer, "weight", layer->n_in, layer->n_out, &own->weight);
}

static void linear_prepare(gnn_context *ctx, const gnn_layer *layer, gnn_state *state) {
    const linear *own = layer->own;
    state->tensor[0] = gnn_matmul(ctx, state->tensor[0], own->weight, layer->bias);
}

const gnn_i_layer_type gnn_i_layer_linear = {
    .info = {"linear", "Y = X W + b, without arcs", linear_table},
    .own_size = sizeof(linear),
    .setup = linear_setup,
    .prepare = linear_prepare,
    .stack = "layers=1,dropout=0",
    .recipe = "lr=0.01,weight-decay=0.0005,epochs=200,patience=50,monitor=loss",
};
