/* The baseline that sees no arcs: a stack of linear layers. */
#include "models/tower.h"

static const gnn_option mlp_table[] = {GNN_I_TOWER_OPTIONS, GNN_I_OPTION_END};

const gnn_i_model_type gnn_i_model_mlp = {
    .info = {"mlp", "a perceptron that sees no arcs: the baseline", mlp_table,
             "lr=0.01,weight-decay=0.0005,epochs=200,patience=50,monitor=loss"},
    .options_size = sizeof(gnn_i_tower_options),
    .layer = "linear",
    .setup = gnn_i_stack_setup,
    .stage = gnn_i_stack_stage,
};
