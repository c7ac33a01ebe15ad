/* Deep graph convolution with initial residual and identity mapping                  [1,
 * eq. 5]:
 *   H_0 = relu(dropout(X) W_in + b_in),
 *   P_l = (1 - α) Â dropout(H_{l-1}) + α H_0,
 *   H_l = relu((1 - β_l) P_l + β_l P_l W_l),  β_l = log(θ / l + 1),
 *   Y = dropout(H_L) W_out + b_out.
 * The state is H_l, dropped already, and H_0. W_l are filled uniformly in
 * ±1/sqrt(hidden), as in the authors' program. Groups: "conv" for W_l, "linear" for the
 * rest. Cost: O(layers · (arcs · hidden + nodes · hidden²) + nodes · hidden · (n_in +
 * n_out)). [1] Chen, Wei, Huang, Ding & Li 2020, arXiv:2007.02133 */
#include "models/model.h"

#include <math.h>
#include <stdio.h>

enum { MOST_LAYERS = 256 };

typedef struct gcnii_options {
    int64_t layers, hidden;
    double alpha, theta, dropout;
} gcnii_options;

typedef struct gcnii {
    gnn_tensor *weight_in, *bias_in, *weight_out, *bias_out;
    gnn_tensor *weight[MOST_LAYERS];
} gcnii;

static const gnn_option gcnii_table[] = {
    GNN_I_OPTION_INT(gcnii_options, layers, "layers", 64, 1, MOST_LAYERS, "convolutions"),
    GNN_I_OPTION_INT(gcnii_options, hidden, "hidden", 64, 1, 65536, "width"),
    GNN_I_OPTION_REAL(gcnii_options, alpha, "alpha", 0.1, 0, 1,
                      "share of the first hidden state in each convolution"),
    GNN_I_OPTION_REAL(gcnii_options, theta, "theta", 0.5, 0, 100,
                      "weight of the learned map: log(theta / layer + 1)"),
    GNN_I_OPTION_REAL(gcnii_options, dropout, "dropout", 0.6, 0, 0.99,
                      "probability of dropping a value before each map"),
    GNN_I_OPTION_END,
};

/* A linear map (n_in, n_out) and its bias, uniform in ±1/sqrt(n_in). */
static gnn_status linear(gnn_model *model, const char *weight_name, const char *bias_name,
                         int64_t n_in, int64_t n_out, gnn_tensor **weight,
                         gnn_tensor **bias) {
    gnn_status status;
    GNN_TRY(gnn_i_model_matrix(model, weight_name, GNN_INIT_UNIFORM_FAN_IN, n_in, n_out,
                               weight));
    GNN_TRY(
        gnn_i_model_vector(model, bias_name, GNN_INIT_UNIFORM_FAN_IN, n_out, n_in, bias));
cleanup:
    return status;
}

static gnn_status gcnii_setup(gnn_model *model) {
    gnn_status status;
    const gcnii_options *options = model->options;
    gcnii *own = model->own;
    int64_t width = options->hidden, n = options->layers;
    char name[32];
    GNN_TRY(gnn_model_begin_group(model, "linear"));
    GNN_TRY(linear(model, "weight_in", "bias_in", model->n_in, width, &own->weight_in,
                   &own->bias_in));
    GNN_TRY(gnn_model_begin_group(model, "conv"));
    for (int l = 0; l < n; l++) {
        snprintf(name, sizeof name, "weight%d", l + 1);
        GNN_TRY(gnn_i_model_matrix(model, name, GNN_INIT_UNIFORM_FAN_IN, width, width,
                                   &own->weight[l]));
    }
    GNN_TRY(gnn_model_begin_group(model, "linear"));
    GNN_TRY(linear(model, "weight_out", "bias_out", width, model->n_out, &own->weight_out,
                   &own->bias_out));
    for (int s = 0; s < n + 2; s++)
        GNN_TRY(gnn_i_model_add_stage(
            model,
            (gnn_i_stage){.hop = s > 0 && s <= n, .ends_hidden = true, .step = s}));
cleanup:
    return status;
}

static void begin(gnn_context *ctx, const gcnii *own, gnn_real dropout,
                  gnn_state *state) {
    gnn_tensor *x = gnn_dropout(ctx, state->tensor[0], dropout);
    gnn_tensor *h0 = gnn_relu(ctx, gnn_matmul(ctx, x, own->weight_in, own->bias_in));
    *state = (gnn_state){.n = 2, .tensor = {gnn_dropout(ctx, h0, dropout), h0}};
}

static void convolve(gnn_context *ctx, const gnn_model *model, int l,
                     const gnn_graph *graph, gnn_state *state) {
    const gcnii_options *options = model->options;
    const gcnii *own = model->own;
    gnn_real alpha = (gnn_real)options->alpha, dropout = (gnn_real)options->dropout;
    gnn_real beta = (gnn_real)log(options->theta / l + 1);
    gnn_tensor *h0 = gnn_targets(ctx, graph, state->tensor[1]);
    gnn_tensor *p =
        gnn_gcn_propagate_axpby(ctx, graph, state->tensor[0], 1 - alpha, h0, alpha);
    gnn_tensor *h = gnn_matmul_residual(ctx, p, own->weight[l - 1], 1 - beta, beta);
    state->tensor[0] = gnn_activate(ctx, h, GNN_ACT_RELU, dropout);
    state->tensor[1] = h0;
    if (l == options->layers) state->n = 1;
}

static void gcnii_stage(gnn_context *ctx, const gnn_model *model,
                        const gnn_i_stage *stage, const gnn_graph *graph,
                        gnn_state *state) {
    const gcnii_options *options = model->options;
    const gcnii *own = model->own;
    if (stage->step == 0)
        begin(ctx, own, (gnn_real)options->dropout, state);
    else if (stage->step <= options->layers)
        convolve(ctx, model, stage->step, graph, state);
    else
        state->tensor[0] =
            gnn_matmul(ctx, state->tensor[0], own->weight_out, own->bias_out);
}

const gnn_i_model_type gnn_i_model_gcnii = {
    .info = {"gcnii", "deep convolution with initial residual [Chen et al. 2020]",
             gcnii_table,
             "lr=0.01,group-decay=conv:0.01;linear:0.0005,epochs=1500,patience=100,"
             "monitor=loss"},
    .options_size = sizeof(gcnii_options),
    .own_size = sizeof(gcnii),
    .setup = gcnii_setup,
    .stage = gcnii_stage,
};
