/* GraphSAGE: y_i = W_s x_i + W_n agg_j(x_j) + b                                      [1].
 *   mean  Σ_j w_ij x_j / Σ_j w_ij        max  largest w_ij x_j, coordinate by coordinate
 *   sum   Σ_j w_ij x_j
 *   gcn   y_i = W_n (x_i + Σ_j w_ij x_j) / (1 + Σ_j w_ij) + b: no W_s  [1, section 3.1]
 *
 * Arc weights: as above (mean and gcn need positive sums), with gradients to weights
 * given as a tensor; arc features become weights by the gate. Neighbours are drawn by the
 * sampler, not here. Linear aggregators multiply first where n_in > n_out. Cost: O(arcs ·
 * min(n_in, n_out) + nodes · n_in · n_out).
 * [1] Hamilton, Ying & Leskovec 2017, arXiv:1706.02216 */
#include "layers/propagate.h"

typedef enum sage_aggregator { SAGE_MEAN, SAGE_MAX, SAGE_SUM, SAGE_GCN } sage_aggregator;

typedef struct sage_options {
    int aggregator; /* sage_aggregator */
} sage_options;

typedef struct sage {
    gnn_tensor *neighbour; /* (n_in, n_out) */
    gnn_tensor *self;      /* (n_in, n_out); NULL for gcn */
} sage;

static const gnn_option sage_table[] = {
    GNN_I_OPTION_CHOICE(sage_options, aggregator, "aggregator", SAGE_MEAN,
                        "mean max sum gcn", "what is made of the neighbours"),
    GNN_I_OPTION_END,
};

static gnn_status sage_setup(gnn_layer *layer) {
    gnn_status status;
    const sage_options *options = layer->options;
    sage *own = layer->own;
    layer->prepares = options->aggregator != SAGE_MAX &&
                      !gnn_i_aggregate_first(layer->n_in, layer->n_out);
    GNN_TRY(gnn_i_layer_matrix(layer, "neighbour", layer->n_in, layer->n_out,
                               &own->neighbour));
    if (options->aggregator != SAGE_GCN)
        GNN_TRY(gnn_i_layer_matrix(layer, "self", layer->n_in, layer->n_out, &own->self));
cleanup:
    return status;
}

static void sage_prepare(gnn_context *ctx, const gnn_layer *layer, gnn_state *state) {
    const sage *own = layer->own;
    gnn_tensor *x = state->tensor[0];
    state->tensor[0] = gnn_matmul(ctx, x, own->neighbour, NULL);
    if (own->self != NULL)
        state->tensor[state->n++] = gnn_matmul(ctx, x, own->self, layer->bias);
}

static gnn_tensor *aggregate(gnn_context *ctx, const gnn_layer *layer,
                             const gnn_i_hop *hop, gnn_tensor *x) {
    const sage_options *options = layer->options;
    switch ((sage_aggregator)options->aggregator) {
    case SAGE_MEAN: return gnn_i_hop_mean(ctx, hop, x, false);
    case SAGE_MAX: return gnn_i_hop_max(ctx, hop, x);
    case SAGE_SUM: return gnn_i_hop_sum(ctx, hop, x);
    case SAGE_GCN: return gnn_i_hop_mean(ctx, hop, x, true);
    }
    return NULL;
}

static void sage_hop(gnn_context *ctx, const gnn_layer *layer, int k,
                     const gnn_i_hop *hop, gnn_state *state) {
    (void)k;
    const sage *own = layer->own;
    gnn_tensor *x = state->tensor[0], *y;
    if (layer->prepares) {
        y = aggregate(ctx, layer, hop, x);
        y = own->self != NULL
                ? gnn_add(ctx, y, gnn_targets(ctx, hop->graph, state->tensor[1]))
                : gnn_bias(ctx, y, layer->bias);
    } else {
        x = gnn_i_as_dense(ctx, x);
        gnn_tensor *bias = own->self == NULL ? layer->bias : NULL;
        y = gnn_matmul(ctx, aggregate(ctx, layer, hop, x), own->neighbour, bias);
        if (own->self != NULL)
            y = gnn_add(
                ctx, y,
                gnn_matmul(ctx, gnn_targets(ctx, hop->graph, x), own->self, layer->bias));
    }
    state->tensor[0] = y;
    state->n = 1;
}

const gnn_i_layer_type gnn_i_layer_sage = {
    .info = {"sage",
             "own features and an aggregate of the neighbours [Hamilton et al. 2017]",
             sage_table},
    .options_size = sizeof(sage_options),
    .own_size = sizeof(sage),
    .arcs = GNN_I_ARCS_GATE,
    .setup = sage_setup,
    .prepare = sage_prepare,
    .hop = sage_hop,
    .stack = "layers=2,hidden=16,activation=relu,dropout=0.5,aggregator=gcn",
    .recipe = "lr=0.01,weight-decay=0.0005,epochs=200,patience=50,monitor=loss",
};
