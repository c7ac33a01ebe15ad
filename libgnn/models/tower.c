/* A layer of a tower: made with the options its model read, run with what surrounds
 * it. */
#include "models/tower.h"

#include <stdio.h>

#include "core/alloc.h"

gnn_status gnn_i_tower_layer(gnn_model *model, int step, int64_t n_in, int64_t n_out,
                             bool is_output, const gnn_layer **out) {
    gnn_status status;
    const gnn_i_tower_options *options = model->options;
    gnn_layer *layer = NULL;
    char *text = NULL, name[32];
    snprintf(name, sizeof name, "layer%d", step + 1);
    GNN_TRY(gnn_model_begin_group(model, step == 0 ? "first" : "rest"));
    GNN_TRY(gnn_i_model_layer_text(model, is_output, options->out_heads, &text));
    GNN_TRY(gnn_layer_new(model, model->layer_type->info.name, name, n_in, n_out, text,
                          &layer));
    GNN_TRY(gnn_i_model_add_layer(model, layer, step));
    *out = layer;
cleanup:
    gnn_i_free(text);
    return status;
}

void gnn_i_tower_run(gnn_context *ctx, const gnn_model *model, const gnn_i_stage *stage,
                     bool is_output, const gnn_graph *graph, gnn_state *state,
                     int n_kept) {
    const gnn_i_tower_options *options = model->options;
    double input = options->input_dropout < 0 ? options->dropout : options->input_dropout;
    const gnn_i_hop hop = {.graph = graph};
    if (stage->step == 0 && stage->part == 0)
        state->tensor[0] = gnn_dropout(ctx, state->tensor[0], (gnn_real)input);
    gnn_i_layer_part(ctx, stage->layer, stage->part, &hop, state, n_kept);
    if (stage->is_last_part && !is_output)
        state->tensor[0] =
            gnn_activate(ctx, state->tensor[0], (gnn_activation)options->activation,
                         (gnn_real)options->dropout);
}
