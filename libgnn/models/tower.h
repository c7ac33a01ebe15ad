/* Layers one upon the other, with activation and dropout between them: what stack,
 * jumping and mlp have in common. */
#ifndef GNN_MODELS_TOWER_H
#define GNN_MODELS_TOWER_H

#include "models/model.h"

typedef struct gnn_i_tower_options {
    int layer; /* place in gnn_i_layer_names */
    int64_t layers;
    int64_t hidden;
    int activation; /* gnn_activation */
    double dropout;
    double input_dropout; /* < 0: as dropout */
    int64_t out_heads;
    int mode; /* jumping: what is made of the hidden states */
} gnn_i_tower_options;
enum { GNN_I_MOST_LAYERS = 64 };

/* Entries of the tables. */
#define GNN_I_TOWER_OPTIONS                                                              \
    GNN_I_OPTION_INT(gnn_i_tower_options, layers, "layers", 2, 1, GNN_I_MOST_LAYERS,     \
                     "how many layers"),                                                 \
        GNN_I_OPTION_INT(gnn_i_tower_options, hidden, "hidden", 16, 1, 65536,            \
                         "width of hidden layers; of each head where they have heads"),  \
        GNN_I_OPTION_CHOICE(gnn_i_tower_options, activation, "activation", GNN_ACT_RELU, \
                            GNN_I_ACTIVATIONS, "between layers"),                        \
        GNN_I_OPTION_REAL(gnn_i_tower_options, dropout, "dropout", 0.5, 0, 0.99,         \
                          "probability of dropping a value of a hidden layer"),          \
        GNN_I_OPTION_REAL(                                                               \
            gnn_i_tower_options, input_dropout, "input-dropout", -1, -1, 0.99,           \
            "probability of dropping a value of the input, -1: as dropout")
#define GNN_I_TOWER_LAYER                                                                \
    GNN_I_OPTION_CHOICE(gnn_i_tower_options, layer, "layer", GNN_I_LAYER_gcn,            \
                        gnn_i_layer_names, "which layer")

/* Make one layer, called "layer<step + 1>", and its stages; the last of a stack is an
 * output layer. */
gnn_status gnn_i_tower_layer(gnn_model *model, int step, int64_t n_in, int64_t n_out,
                             bool is_output, const gnn_layer **layer);
/* Run a part of a layer: dropout of the input before the first, activation and dropout
 * after the last part of a hidden layer. n_kept tensors at the end of the state are not
 * the layer's. */
void gnn_i_tower_run(gnn_context *ctx, const gnn_model *model, const gnn_i_stage *stage,
                     bool is_output, const gnn_graph *graph, gnn_state *state,
                     int n_kept);

/* The stack itself, which mlp is one of: layers from n_in to n_out, and its stages. */
gnn_status gnn_i_stack_setup(gnn_model *model);
void gnn_i_stack_stage(gnn_context *ctx, const gnn_model *model, const gnn_i_stage *stage,
                       const gnn_graph *graph, gnn_state *state);

#endif
