/* Graph attention with dynamic scores                                                [1].
 *   z = X W_s,  t = X W_t (shared: W_t = W_s),
 *   s_ij = <a, leaky(z_j + t_i + E_ij)>  for each head,  E_ij = f_ij W_e + log(w_ij) u,
 *   α = softmax of s over the arcs of row i,  y_i = Σ_j α_ij z_j, heads joined, + b.
 *
 * Arc features f_ij are mapped to all heads (option arcs). The logarithm of a weight w_ij
 * > 0 is one more feature, with the learned vector u: weights 1 are no weights, and u,
 * which every layer has, then stays as it is. Gradients reach both. Self-loops, heads: as
 * in gat.c. Cost: that of gat, and with features or weights O(arcs · heads · n_out)
 * memory. [1] Brody, Alon & Yahav 2022, arXiv:2105.14491 */
#include "layers/arcs.h"
#include "layers/attention.h"
#include "tensor/tape.h"

typedef struct gatv2_options {
    gnn_i_heads heads;
    bool shared;
} gatv2_options;

typedef struct gatv2 {
    gnn_tensor *source, *target; /* (n_in, heads · n_out); target NULL when shared */
    gnn_tensor *a;               /* (heads, n_out) */
    gnn_tensor *arc;             /* (arcs, heads · n_out), NULL without arc features */
    gnn_tensor *arc_weight;      /* (1, heads · n_out): u */
} gatv2;

static const gnn_option gatv2_table[] = {
    GNN_I_HEADS_OPTIONS(gatv2_options, heads),
    GNN_I_OPTION_BOOL(gatv2_options, shared, "shared", 0,
                      "one matrix for sources and targets"),
    GNN_I_OPTION_END,
};

static gnn_status gatv2_setup(gnn_layer *layer) {
    gnn_status status;
    const gatv2_options *options = layer->options;
    gatv2 *own = layer->own;
    int64_t width = options->heads.heads * layer->n_out;
    gnn_i_heads_width(layer, &options->heads);
    GNN_TRY(gnn_i_layer_matrix(layer, "source", layer->n_in, width, &own->source));
    if (!options->shared)
        GNN_TRY(gnn_i_layer_matrix(layer, "target", layer->n_in, width, &own->target));
    GNN_TRY(gnn_i_heads_vector(layer, &options->heads, "a", &own->a));
    if (layer->common.arcs > 0)
        GNN_TRY(gnn_i_layer_matrix(layer, "arc", layer->common.arcs, width, &own->arc));
    GNN_TRY(gnn_i_layer_matrix(layer, "arc_weight", 1, width, &own->arc_weight));
cleanup:
    return status;
}

static void gatv2_prepare(gnn_context *ctx, const gnn_layer *layer, gnn_state *state) {
    const gatv2 *own = layer->own;
    gnn_tensor *x = state->tensor[0];
    state->tensor[0] = gnn_matmul(ctx, x, own->source, NULL);
    if (own->target != NULL)
        state->tensor[state->n++] = gnn_matmul(ctx, x, own->target, NULL);
}

/* E as (arcs, heads · n_out); NULL without error when arcs have neither features nor
 * weights. */
static gnn_tensor *arc_term(gnn_context *ctx, const gatv2 *own, const gnn_i_hop *hop) {
    const int64_t column[] = {-1, 1};
    gnn_tensor *weight = gnn_i_arcs_weight(ctx, hop), *term = NULL;
    if (own->arc != NULL) term = gnn_matmul(ctx, hop->features, own->arc, NULL);
    if (weight == NULL || !gnn_i_ok(ctx)) return term;
    gnn_tensor *log_weight =
        gnn_reshape(ctx, gnn_log(ctx, weight), GNN_AXIS_ARC, 2, column);
    gnn_tensor *weight_term = gnn_matmul(ctx, log_weight, own->arc_weight, NULL);
    return term != NULL ? gnn_add(ctx, term, weight_term) : weight_term;
}

static void gatv2_hop(gnn_context *ctx, const gnn_layer *layer, int k,
                      const gnn_i_hop *hop, gnn_state *state) {
    (void)k;
    const gatv2_options *options = layer->options;
    const gatv2 *own = layer->own;
    const gnn_attention_options attention = gnn_i_heads_attention(&options->heads);
    gnn_tensor *term = arc_term(ctx, own, hop), *z = state->tensor[0];
    if (!gnn_i_ok(ctx)) return;
    gnn_tensor *t =
        gnn_targets(ctx, hop->graph, own->target != NULL ? state->tensor[1] : z);
    gnn_tensor *y = gnn_attention2(ctx, hop->graph, z, t, term, own->a, &attention);
    state->tensor[0] = gnn_i_heads_join(ctx, layer, &options->heads, y);
    state->n = 1;
}

const gnn_i_layer_type gnn_i_layer_gatv2 = {
    .info = {"gatv2", "graph attention with dynamic scores [Brody et al. 2022]",
             gatv2_table},
    .options_size = sizeof(gatv2_options),
    .own_size = sizeof(gatv2),
    .arcs = GNN_I_ARCS_FEATURES,
    .setup = gatv2_setup,
    .prepare = gatv2_prepare,
    .hop = gatv2_hop,
    .stack = "layers=2,hidden=8,heads=8,activation=elu,dropout=0.6,attention-dropout=0.6",
    .recipe = "lr=0.005,weight-decay=0.0005,epochs=1000,patience=100,monitor=loss",
};
