/* Graph convolution: Y = Â X W + b, Â = D^-1/2 (A + I) D^-1/2, d_i = 1 + Σ_j w_ij   [1,
 * eq. 2].
 *
 * Arc weights enter A, and so the degrees: they have to keep the degrees positive. The
 * graph's own are normalised once and cached; weights given as a tensor are normalised in
 * the step, with gradients through the degrees (square graphs only). Arc features become
 * weights by the gate. Order: A(XW) where n_in > n_out, X may then be sparse; else (AX)W,
 * with AX cached when X is constant. Without self-loops: D^-1/2 A D^-1/2, d_i = Σ_j w_ij.
 * Cost: O(arcs · min(n_in, n_out) + nodes · n_in · n_out).
 * [1] Kipf & Welling 2017, arXiv:1609.02907 */
#include "layers/propagate.h"

typedef struct gcn_options {
    bool self_loops;
} gcn_options;

typedef struct gcn {
    gnn_tensor *weight; /* (n_in, n_out) */
} gcn;

static const gnn_option gcn_table[] = {
    GNN_I_OPTION_BOOL(gcn_options, self_loops, "self-loops", 1,
                      "give every node an arc to itself, of weight 1"),
    GNN_I_OPTION_END,
};

static gnn_status gcn_setup(gnn_layer *layer) {
    gcn *own = layer->own;
    layer->prepares = !gnn_i_aggregate_first(layer->n_in, layer->n_out);
    return gnn_i_layer_matrix(layer, "weight", layer->n_in, layer->n_out, &own->weight);
}

static void gcn_prepare(gnn_context *ctx, const gnn_layer *layer, gnn_state *state) {
    const gcn *own = layer->own;
    state->tensor[0] = gnn_matmul(ctx, state->tensor[0], own->weight, NULL);
}

static void gcn_hop(gnn_context *ctx, const gnn_layer *layer, int k, const gnn_i_hop *hop,
                    gnn_state *state) {
    (void)k;
    const gcn_options *options = layer->options;
    const gcn *own = layer->own;
    gnn_tensor *x = state->tensor[0];
    if (layer->prepares) {
        state->tensor[0] =
            gnn_i_hop_symmetric(ctx, hop, x, options->self_loops, layer->bias);
        return;
    }
    gnn_tensor *ax =
        gnn_i_hop_symmetric(ctx, hop, gnn_i_as_dense(ctx, x), options->self_loops, NULL);
    state->tensor[0] = gnn_matmul(ctx, ax, own->weight, layer->bias);
}

const gnn_i_layer_type gnn_i_layer_gcn = {
    .info = {"gcn", "graph convolution, D^-1/2 (A+I) D^-1/2 X W [Kipf & Welling 2017]",
             gcn_table},
    .options_size = sizeof(gcn_options),
    .own_size = sizeof(gcn),
    .arcs = GNN_I_ARCS_GATE,
    .learned_weight_needs_square = true,
    .setup = gcn_setup,
    .prepare = gcn_prepare,
    .hop = gcn_hop,
    .stack = "layers=2,hidden=16,activation=relu,dropout=0.5",
    .recipe =
        "lr=0.01,group-decay=first:0.0005;rest:0,epochs=200,patience=10,monitor=loss",
};
