/* Graph isomorphism network: y_i = MLP((1 + ε) x_i + Σ_j w_ij x_j)                [1, eq.
 * 4.1].
 *
 * Arc weights multiply the messages, with a gradient when they are given as a tensor; arc
 * features become weights by the gate. The MLP is an inner layer `mlp` (two linear maps);
 * its first product is taken before the sum, which is linear, where that makes rows
 * shorter or X is sparse. ε = eps + what is learned (train-eps), zero at first.
 * Cost: O(arcs · min(n_in, hidden) + nodes · (n_in · hidden + hidden · n_out)).
 * [1] Xu, Hu, Leskovec & Jegelka 2019, arXiv:1810.00826 */
#include "layers/gin.h"

#include "layers/propagate.h"

static const gnn_option gin_table[] = {GNN_I_GIN_OPTIONS, GNN_I_OPTION_END};

gnn_status gnn_i_gin_setup(gnn_layer *layer, int64_t n_in) {
    gnn_status status;
    const gnn_i_gin_options *options = layer->options;
    gnn_i_gin *own = layer->own;
    const int64_t one = 1;
    GNN_TRY(gnn_i_mlp_inner(layer, &options->mlp, n_in, &own->mlp));
    layer->adds_bias = false; /* the MLP ends with it */
    if (options->train_epsilon)
        GNN_TRY(gnn_i_layer_parameter(layer, "eps", 1, &one, GNN_INIT_ZERO, 0, 0,
                                      &own->epsilon));
cleanup:
    return status;
}

gnn_tensor *gnn_i_gin_add_self(gnn_context *ctx, const gnn_layer *layer,
                               const gnn_graph *graph, gnn_tensor *x, gnn_tensor *sum) {
    const gnn_i_gin_options *options = layer->options;
    const gnn_i_gin *own = layer->own;
    gnn_real factor = (gnn_real)(1 + options->epsilon);
    gnn_tensor *self = gnn_targets(ctx, graph, x);
    if (own->epsilon == NULL) return gnn_axpby(ctx, factor, self, 1, sum);
    return gnn_add(ctx, sum, gnn_mul(ctx, self, gnn_shift(ctx, own->epsilon, factor)));
}

static gnn_status gin_setup(gnn_layer *layer) {
    gnn_status status = gnn_i_gin_setup(layer, layer->n_in);
    if (status != GNN_OK) return status;
    const gnn_i_gin *own = layer->own;
    layer->prepares =
        !gnn_i_aggregate_first(layer->n_in, gnn_i_mlp_first_width(own->mlp));
    return GNN_OK;
}

static void gin_prepare(gnn_context *ctx, const gnn_layer *layer, gnn_state *state) {
    const gnn_i_gin *own = layer->own;
    state->tensor[0] = gnn_i_mlp_first(ctx, own->mlp, state->tensor[0]);
}

static void gin_hop(gnn_context *ctx, const gnn_layer *layer, int k, const gnn_i_hop *hop,
                    gnn_state *state) {
    (void)k;
    const gnn_i_gin *own = layer->own;
    gnn_tensor *x = gnn_i_as_dense(ctx, state->tensor[0]);
    gnn_tensor *sum =
        gnn_i_gin_add_self(ctx, layer, hop->graph, x, gnn_i_hop_sum(ctx, hop, x));
    gnn_tensor *y = layer->prepares ? gnn_i_mlp_rest(ctx, own->mlp, sum)
                                    : gnn_i_mlp_apply(ctx, own->mlp, sum);
    state->tensor[0] = y;
}

const gnn_i_layer_type gnn_i_layer_gin = {
    .info = {"gin", "MLP of (1+eps) x_i + sum of the neighbours [Xu et al. 2019]",
             gin_table},
    .options_size = sizeof(gnn_i_gin_options),
    .own_size = sizeof(gnn_i_gin),
    .arcs = GNN_I_ARCS_GATE,
    .setup = gin_setup,
    .prepare = gin_prepare,
    .hop = gin_hop,
    .stack = "layers=2,hidden=64,activation=relu,dropout=0.5",
    .recipe = "lr=0.01,weight-decay=0.0005,epochs=200,patience=50,monitor=loss",
};
