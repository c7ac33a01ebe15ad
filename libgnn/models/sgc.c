/* Simple graph convolution: Y = Â^K X W + b                                         [1,
 * eq. 8]. By linearity computed as Â^K (X W): K hops over n_out columns, and X may stay
 * sparse. K is the number of hops. Cost: O(K · arcs · n_out + nodes · n_in · n_out).
 * [1] Wu et al. 2019, arXiv:1902.07153 */
#include "models/model.h"

typedef struct sgc_options {
    int64_t k;
    double dropout;
    bool bias;
} sgc_options;

typedef struct sgc {
    gnn_tensor *weight, *bias;
} sgc;

static const gnn_option sgc_table[] = {
    GNN_I_OPTION_INT(sgc_options, k, "k", 2, 0, 64, "hops"),
    GNN_I_OPTION_REAL(sgc_options, dropout, "dropout", 0, 0, 0.99,
                      "probability of dropping a value of the input"),
    GNN_I_OPTION_BOOL(sgc_options, bias, "bias", 1, "add a learned bias"),
    GNN_I_OPTION_END,
};

static gnn_status sgc_setup(gnn_model *model) {
    gnn_status status;
    const sgc_options *options = model->options;
    sgc *own = model->own;
    GNN_TRY(gnn_i_model_matrix(model, "weight", GNN_INIT_GLOROT, model->n_in,
                               model->n_out, &own->weight));
    if (options->bias)
        GNN_TRY(gnn_i_model_vector(model, "bias", GNN_INIT_ZERO, model->n_out, 0,
                                   &own->bias));
    for (int k = 0; k <= options->k; k++)
        GNN_TRY(gnn_i_model_add_stage(
            model, (gnn_i_stage){.hop = k > 0, .ends_hidden = true, .step = k}));
cleanup:
    return status;
}

static void sgc_stage(gnn_context *ctx, const gnn_model *model, const gnn_i_stage *stage,
                      const gnn_graph *graph, gnn_state *state) {
    const sgc_options *options = model->options;
    const sgc *own = model->own;
    gnn_tensor *x = state->tensor[0];
    gnn_tensor *bias = stage->step == options->k ? own->bias : NULL;
    if (stage->step == 0)
        x = gnn_matmul(ctx, gnn_dropout(ctx, x, (gnn_real)options->dropout), own->weight,
                       bias);
    else
        x = gnn_gcn_propagate(ctx, graph, x, true, bias);
    state->tensor[0] = x;
}

const gnn_i_model_type gnn_i_model_sgc = {
    .info = {"sgc", "simple graph convolution, powers of one operator [Wu et al. 2019]",
             sgc_table, "lr=0.2,weight-decay=0.00001,epochs=100,monitor=loss"},
    .options_size = sizeof(sgc_options),
    .own_size = sizeof(sgc),
    .setup = sgc_setup,
    .stage = sgc_stage,
};
