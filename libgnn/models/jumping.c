/* Jumping knowledge [1]: the output is a linear map of what all layers found,
 *   y = [h_1 | … | h_L] W + b     or     y = max(h_1, …, h_L) W + b, coordinate by
 *   coordinate,
 * with h_k = act(layer_k(dropout(h_{k-1}))). Hidden states that wait are cut to the
 * targets of each hop. Groups: "first", "rest" (the output map included).
 * [1] Xu et al. 2018, arXiv:1806.03536 */
#include "models/tower.h"

enum { JUMPING_CONCAT, JUMPING_MAX };

typedef struct jumping {
    gnn_layer *output;
} jumping;

static const gnn_option jumping_table[] = {
    GNN_I_TOWER_LAYER,
    GNN_I_TOWER_OPTIONS,
    GNN_I_OPTION_CHOICE(gnn_i_tower_options, mode, "mode", JUMPING_CONCAT, "concat max",
                        "what is made of the hidden states"),
    GNN_I_OPTION_END,
};

static gnn_status jumping_setup(gnn_model *model) {
    gnn_status status;
    const gnn_i_tower_options *options = model->options;
    jumping *own = model->own;
    int64_t width = model->n_in, n = options->layers;
    GNN_TRY(gnn_model_begin_group(model, "first"));
    GNN_TRY(gnn_model_begin_group(model, "rest"));
    for (int k = 0; k < n; k++) {
        const gnn_layer *layer;
        GNN_TRY(gnn_i_tower_layer(model, k, width, options->hidden, false, &layer));
        width = gnn_layer_width(layer);
    }
    GNN_TRY(gnn_model_begin_group(model, "rest"));
    GNN_TRY(gnn_layer_new(model, "linear", "output",
                          options->mode == JUMPING_CONCAT ? n * width : width,
                          model->n_out, NULL, &own->output));
    GNN_TRY(gnn_i_model_add_layer(model, own->output, (int)n));
cleanup:
    return status;
}

/* State: h_k, then h_1 … h_{k-1}. */
static gnn_tensor *join(gnn_context *ctx, const gnn_model *model,
                        const gnn_state *state) {
    const gnn_i_tower_options *options = model->options;
    gnn_tensor *parts[GNN_I_MOST_LAYERS], *largest = state->tensor[0];
    for (int i = 1; i < state->n; i++) parts[i - 1] = state->tensor[i];
    parts[state->n - 1] = state->tensor[0];
    if (options->mode == JUMPING_CONCAT) return gnn_concat(ctx, state->n, parts, 1);
    for (int i = 1; i < state->n; i++) largest = gnn_max2(ctx, largest, state->tensor[i]);
    return largest;
}

static void jumping_stage(gnn_context *ctx, const gnn_model *model,
                          const gnn_i_stage *stage, const gnn_graph *graph,
                          gnn_state *state) {
    const jumping *own = model->own;
    if (stage->layer == own->output) {
        *state = (gnn_state){.n = 1, .tensor = {join(ctx, model, state)}};
        if (state->tensor[0] != NULL)
            gnn_i_layer_part(ctx, own->output, stage->part, NULL, state, 0);
        return;
    }
    /* h_{step} goes on into layer step + 1, and waits */
    if (stage->step > 0 && stage->part == 0) state->tensor[state->n++] = state->tensor[0];
    gnn_i_tower_run(ctx, model, stage, false, graph, state, stage->step);
}

const gnn_i_model_type gnn_i_model_jumping = {
    .info = {"jumping", "jumping knowledge over the layers of a stack [Xu et al. 2018]",
             jumping_table,
             "lr=0.01,weight-decay=0.0005,epochs=200,patience=50,monitor=loss"},
    .options_size = sizeof(gnn_i_tower_options),
    .own_size = sizeof(jumping),
    .layer = "",
    .setup = jumping_setup,
    .stage = jumping_stage,
};
