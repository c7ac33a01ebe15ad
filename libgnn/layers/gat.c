/* Graph attention                                                                    [1].
 *   z = X W,  s_ij = leaky(<a_s, z_j> + <a_t, z_i> + <a_e, f_ij> + log w_ij)  for each
 *   head, α = softmax of s over the arcs of row i,  y_i = Σ_j α_ij z_j, heads joined, +
 *   b.
 *
 * Arc features f_ij enter the score through a learned a_e (option arcs). A weight w_ij >
 * 0 is added as its logarithm: where the leaky relu is not cut, α is proportional to it,
 * and weights 1 are no weights. Gradients reach both. The arc a node gets to itself
 * (self-loops) has neither. Heads: (targets, heads · n_out) side by side, or their
 * average (concat=false). Cost: O(nodes · n_in · heads · n_out + arcs · heads · n_out).
 * [1] Veličković et al. 2018, arXiv:1710.10903, eq. 1-6 */
#include "layers/arcs.h"
#include "layers/attention.h"
#include "tensor/tape.h"

typedef struct gat_options {
    gnn_i_heads heads;
} gat_options;

typedef struct gat {
    gnn_tensor *weight;              /* (n_in, heads · n_out) */
    gnn_tensor *a_source, *a_target; /* (heads, n_out) */
    gnn_tensor *a_arc;               /* (arcs, heads), NULL without arc features */
} gat;

static const gnn_option gat_table[] = {
    GNN_I_HEADS_OPTIONS(gat_options, heads),
    GNN_I_OPTION_END,
};

static gnn_status gat_setup(gnn_layer *layer) {
    gnn_status status;
    const gat_options *options = layer->options;
    const gnn_i_heads *heads = &options->heads;
    gat *own = layer->own;
    gnn_i_heads_width(layer, heads);
    GNN_TRY(gnn_i_layer_matrix(layer, "weight", layer->n_in, heads->heads * layer->n_out,
                               &own->weight));
    GNN_TRY(gnn_i_heads_vector(layer, heads, "a_source", &own->a_source));
    GNN_TRY(gnn_i_heads_vector(layer, heads, "a_target", &own->a_target));
    if (layer->common.arcs > 0)
        GNN_TRY(gnn_i_layer_matrix(layer, "a_arc", layer->common.arcs, heads->heads,
                                   &own->a_arc));
cleanup:
    return status;
}

static void gat_prepare(gnn_context *ctx, const gnn_layer *layer, gnn_state *state) {
    const gat *own = layer->own;
    state->tensor[0] = gnn_matmul(ctx, state->tensor[0], own->weight, NULL);
}

/* <a_e, f> + log w as (arcs, heads); NULL without error when there is neither. */
static gnn_tensor *arc_score(gnn_context *ctx, const gnn_layer *layer,
                             const gnn_i_hop *hop) {
    const gat_options *options = layer->options;
    const gat *own = layer->own;
    const int64_t column[] = {-1, 1};
    gnn_tensor *weight = gnn_i_arcs_weight(ctx, hop), *log_weight = NULL;
    if (weight != NULL)
        log_weight = gnn_reshape(ctx, gnn_log(ctx, weight), GNN_AXIS_ARC, 2, column);
    if (own->a_arc != NULL) {
        gnn_tensor *score = gnn_matmul(ctx, hop->features, own->a_arc, NULL);
        return weight != NULL ? gnn_add(ctx, score, log_weight) : score;
    }
    if (weight == NULL || options->heads.heads == 1) return log_weight;
    gnn_tensor *copies[GNN_I_MOST_HEADS];
    for (int64_t h = 0; h < options->heads.heads; h++) copies[h] = log_weight;
    return gnn_concat(ctx, (int)options->heads.heads, copies, 1);
}

static void gat_hop(gnn_context *ctx, const gnn_layer *layer, int k, const gnn_i_hop *hop,
                    gnn_state *state) {
    (void)k;
    const gat_options *options = layer->options;
    const gat *own = layer->own;
    const gnn_attention_options attention = gnn_i_heads_attention(&options->heads);
    gnn_tensor *score = arc_score(ctx, layer, hop);
    if (!gnn_i_ok(ctx)) return;
    gnn_tensor *y = gnn_attention(ctx, hop->graph, state->tensor[0], own->a_source,
                                  own->a_target, score, &attention);
    state->tensor[0] = gnn_i_heads_join(ctx, layer, &options->heads, y);
}

const gnn_i_layer_type gnn_i_layer_gat = {
    .info = {"gat", "graph attention [Veličković et al. 2018]", gat_table},
    .options_size = sizeof(gat_options),
    .own_size = sizeof(gat),
    .arcs = GNN_I_ARCS_FEATURES,
    .setup = gat_setup,
    .prepare = gat_prepare,
    .hop = gat_hop,
    .stack = "layers=2,hidden=8,heads=8,activation=elu,dropout=0.6,attention-dropout=0.6",
    .recipe = "lr=0.005,weight-decay=0.0005,epochs=1000,patience=100,monitor=loss",
};
