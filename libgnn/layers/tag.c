/* Topology-adaptive convolution: Y = Σ_{k=0}^{K} S^k X W_k + b, S = D^-1/2 A D^-1/2
 * [1, eq. 7].
 *
 * K is the number of hops (option hops). Arc weights enter A and the degrees; given as a
 * tensor, they get gradients (square graphs only). Arc features become weights by the
 * gate. By Horner's rule: Y_k = X W_k first, then b_K = Y_K, b_k = Y_k + S b_{k+1}, Y =
 * b_0: each hop multiplies n_out columns by S once, and X may be sparse.
 * Cost: O(K · arcs · n_out + K · nodes · n_in · n_out).
 * [1] Du, Zhang, Wu, Moura & Kar 2017, arXiv:1710.10370 */
#include "layers/propagate.h"

typedef struct tag_options {
    int64_t hops;
} tag_options;

typedef struct tag {
    gnn_tensor *weight; /* (n_in, (hops + 1) · n_out): W_0 | W_1 | … */
} tag;

static const gnn_option tag_table[] = {
    GNN_I_OPTION_INT(tag_options, hops, "hops", 3, 0, 32, "powers of the operator"),
    GNN_I_OPTION_END,
};

static gnn_status tag_setup(gnn_layer *layer) {
    const tag_options *options = layer->options;
    tag *own = layer->own;
    const int64_t shape[] = {layer->n_in, (options->hops + 1) * layer->n_out};
    layer->n_hops = (int)options->hops;
    return gnn_i_layer_parameter(layer, "weight", 2, shape, GNN_INIT_GLOROT, layer->n_in,
                                 layer->n_out, &own->weight);
}

static void tag_prepare(gnn_context *ctx, const gnn_layer *layer, gnn_state *state) {
    const tag *own = layer->own;
    gnn_tensor *bias = layer->n_hops == 0 ? layer->bias : NULL;
    state->tensor[0] = gnn_matmul(ctx, state->tensor[0], own->weight, bias);
}

/* State: all Y_k side by side; then b_{k+1} and them. */
static void tag_hop(gnn_context *ctx, const gnn_layer *layer, int number,
                    const gnn_i_hop *hop, gnn_state *state) {
    int64_t k = layer->n_hops - 1 - number, width = layer->n_out;
    gnn_tensor *y = state->tensor[state->n - 1], *b = state->tensor[0];
    if (number == 0) b = gnn_slice(ctx, y, 1, layer->n_hops * width, width);
    y = gnn_targets(ctx, hop->graph, y);
    b = gnn_add(ctx, gnn_i_hop_symmetric(ctx, hop, b, false, k == 0 ? layer->bias : NULL),
                gnn_slice(ctx, y, 1, k * width, width));
    state->tensor[0] = b;
    state->tensor[1] = y;
    state->n = k == 0 ? 1 : 2;
}

const gnn_i_layer_type gnn_i_layer_tag = {
    .info = {"tag", "powers of the normalised adjacency [Du et al. 2017]", tag_table},
    .options_size = sizeof(tag_options),
    .own_size = sizeof(tag),
    .arcs = GNN_I_ARCS_GATE,
    .learned_weight_needs_square = true,
    .setup = tag_setup,
    .prepare = tag_prepare,
    .hop = tag_hop,
    .recipe = "lr=0.01,weight-decay=0.0005,epochs=200,patience=50,monitor=loss",
};
