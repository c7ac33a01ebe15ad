/* Predict, then propagate by personalised PageRank                                  [1,
 * eq. 4]:
 *   H = MLP(x),  Z_0 = H,  Z_{k+1} = (1 - α) Â Z_k + α H,  k < K.
 * Each hop is one pass over memory. The state is Z_k and H, which is cut to each hop's
 * targets. Cost: O(K · arcs · n_out + nodes · (n_in · hidden + hidden · n_out)).
 * [1] Gasteiger, Bojchevski & Günnemann 2019, arXiv:1810.05997 */
#include "models/model.h"

#include <stdio.h>

typedef struct appnp_options {
    int64_t layers, hidden, k;
    double alpha, dropout;
} appnp_options;

enum { MOST_LAYERS = 16 };

typedef struct appnp {
    gnn_tensor *weight[MOST_LAYERS], *bias[MOST_LAYERS];
} appnp;

static const gnn_option appnp_table[] = {
    GNN_I_OPTION_INT(appnp_options, layers, "layers", 2, 1, MOST_LAYERS,
                     "linear maps of the MLP"),
    GNN_I_OPTION_INT(appnp_options, hidden, "hidden", 64, 1, 65536,
                     "width inside the MLP"),
    GNN_I_OPTION_INT(appnp_options, k, "k", 10, 0, 1000, "hops"),
    GNN_I_OPTION_REAL(appnp_options, alpha, "alpha", 0.1, 0, 1,
                      "teleport probability: share of the own prediction in each hop"),
    GNN_I_OPTION_REAL(appnp_options, dropout, "dropout", 0.5, 0, 0.99,
                      "probability of dropping a value before each linear map"),
    GNN_I_OPTION_END,
};

static gnn_status appnp_setup(gnn_model *model) {
    gnn_status status = GNN_OK;
    const appnp_options *options = model->options;
    appnp *own = model->own;
    char name[32];
    int64_t n_in = model->n_in, n = options->layers;
    for (int i = 0; i < n; i++) {
        int64_t width = i + 1 == n ? model->n_out : options->hidden;
        GNN_TRY(gnn_model_begin_group(model, i == 0 ? "first" : "rest"));
        snprintf(name, sizeof name, "weight%d", i + 1);
        GNN_TRY(gnn_i_model_matrix(model, name, GNN_INIT_GLOROT, n_in, width,
                                   &own->weight[i]));
        snprintf(name, sizeof name, "bias%d", i + 1);
        GNN_TRY(gnn_i_model_vector(model, name, GNN_INIT_ZERO, width, 0, &own->bias[i]));
        n_in = width;
    }
    for (int s = 0; s < n + options->k; s++)
        GNN_TRY(gnn_i_model_add_stage(
            model, (gnn_i_stage){.hop = s >= n, .ends_hidden = true, .step = s}));
cleanup:
    return status;
}

static void appnp_stage(gnn_context *ctx, const gnn_model *model,
                        const gnn_i_stage *stage, const gnn_graph *graph,
                        gnn_state *state) {
    const appnp_options *options = model->options;
    const appnp *own = model->own;
    int step = stage->step, last = (int)options->layers - 1;
    gnn_real alpha = (gnn_real)options->alpha, dropout = (gnn_real)options->dropout;
    gnn_tensor *h = state->tensor[0];
    if (step <= last) {
        if (step == 0) h = gnn_dropout(ctx, h, dropout);
        h = gnn_matmul(ctx, h, own->weight[step], own->bias[step]);
        if (step < last) h = gnn_activate(ctx, h, GNN_ACT_RELU, dropout);
        *state =
            (gnn_state){.n = step < last || options->k == 0 ? 1 : 2, .tensor = {h, h}};
        return;
    }
    gnn_tensor *start = gnn_targets(ctx, graph, state->tensor[1]);
    state->tensor[0] = gnn_gcn_propagate_axpby(ctx, graph, h, 1 - alpha, start, alpha);
    state->tensor[1] = start;
    if (step - last == options->k) state->n = 1;
}

const gnn_i_model_type gnn_i_model_appnp = {
    .info = {"appnp", "an MLP, then personalised PageRank [Gasteiger et al. 2019]",
             appnp_table,
             "lr=0.01,weight-decay=0.0005,epochs=200,patience=100,monitor=loss"},
    .options_size = sizeof(appnp_options),
    .own_size = sizeof(appnp),
    .setup = appnp_setup,
    .stage = appnp_stage,
};
