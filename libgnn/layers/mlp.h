/* The perceptron inside other layers (GIN, GINE): its first product may be moved before
 * an aggregation, (Σ x_j) W = Σ (x_j W). */
#ifndef GNN_LAYERS_MLP_H
#define GNN_LAYERS_MLP_H

#include "layers/layer.h"

typedef struct gnn_i_mlp_options {
    int64_t layers; /* linear maps */
    int64_t hidden; /* width between them, 0: that of the result */
    int activation; /* gnn_activation */
    int norm;       /* gnn_i_norm_kind but graph, before each activation */
} gnn_i_mlp_options;
/* The table's entries, for layers that have a perceptron among their own options. */
#define GNN_I_MLP_OPTIONS(type, field)                                                   \
    GNN_I_OPTION_INT(type, field.layers, "mlp-layers", 2, 1, 8,                          \
                     "linear maps of the MLP"),                                          \
        GNN_I_OPTION_INT(type, field.hidden, "mlp-hidden", 0, 0, 65536,                  \
                         "width inside the MLP, 0: that of the result"),                 \
        GNN_I_OPTION_CHOICE(type, field.activation, "mlp-activation", GNN_ACT_RELU,      \
                            GNN_I_ACTIVATIONS, "activation inside the MLP"),             \
        GNN_I_OPTION_CHOICE(type, field.norm, "mlp-norm", GNN_I_NORM_NONE,               \
                            "none batch layer", "normalisation inside the MLP")

/* An inner layer NAME.mlp from n_in to the layer's n_out, with the layer's bias
 * option. */
gnn_status gnn_i_mlp_inner(gnn_layer *layer, const gnn_i_mlp_options *options,
                           int64_t n_in, gnn_layer **mlp);
/* Width after the first linear map. */
int64_t gnn_i_mlp_first_width(const gnn_layer *mlp);
/* x W_1 without bias, and all that follows: + b_1, norm, activation, the other maps. */
gnn_tensor *gnn_i_mlp_first(gnn_context *ctx, const gnn_layer *mlp, gnn_tensor *x);
gnn_tensor *gnn_i_mlp_rest(gnn_context *ctx, const gnn_layer *mlp, gnn_tensor *h);
gnn_tensor *gnn_i_mlp_apply(gnn_context *ctx, const gnn_layer *mlp, gnn_tensor *x);

#endif
