/* Any layer n times: h_0 = x, h_k = act(layer_k(dropout(h_{k-1}))), the last one without
 * activation. Dropout of a hidden state is drawn in one pass with the activation before
 * it, so a residual sees the dropped values, too. Norm and residual are options of hidden
 * layers; where layers have heads, hidden ones concatenate them and the last one averages
 * `out-heads`. Groups: "first" for the parameters of the first layer, "rest". */
#include "models/tower.h"

static const gnn_option stack_table[] = {
    GNN_I_TOWER_LAYER,
    GNN_I_TOWER_OPTIONS,
    GNN_I_OPTION_INT(gnn_i_tower_options, out_heads, "out-heads", 1, 1, 64,
                     "heads of the last layer, averaged, where layers have heads"),
    GNN_I_OPTION_END,
};

gnn_status gnn_i_stack_setup(gnn_model *model) {
    gnn_status status;
    const gnn_i_tower_options *options = model->options;
    int64_t width = model->n_in;
    GNN_TRY(gnn_model_begin_group(model, "first"));
    GNN_TRY(gnn_model_begin_group(model, "rest"));
    for (int k = 0; k < options->layers; k++) {
        const gnn_layer *layer;
        bool last = k + 1 == options->layers;
        GNN_TRY(gnn_i_tower_layer(model, k, width, last ? model->n_out : options->hidden,
                                  last, &layer));
        width = gnn_layer_width(layer);
    }
cleanup:
    return status;
}

void gnn_i_stack_stage(gnn_context *ctx, const gnn_model *model, const gnn_i_stage *stage,
                       const gnn_graph *graph, gnn_state *state) {
    const gnn_i_tower_options *options = model->options;
    gnn_i_tower_run(ctx, model, stage, stage->step + 1 == options->layers, graph, state,
                    0);
}

const gnn_i_model_type gnn_i_model_stack = {
    .info = {"stack", "any layer n times, also called by the layer's name", stack_table,
             "lr=0.01,weight-decay=0.0005,epochs=200,patience=50,monitor=loss"},
    .options_size = sizeof(gnn_i_tower_options),
    .layer = "",
    .setup = gnn_i_stack_setup,
    .stage = gnn_i_stack_stage,
};
