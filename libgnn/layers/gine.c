/* Isomorphism network with arc features: y_i = MLP((1 + ε) x_i + Σ_j w_ij relu(x_j +
 * e_ij))  [1].
 *
 * e_ij are the arc features (option arcs), through a learned linear map where their width
 * is not n_in; without features e = 0. Weights multiply the messages. Gradients reach
 * features and weights. Without weights the message is fused and nothing of size arcs ·
 * n_in is stored but e itself. X is read dense.
 * Cost: O(arcs · n_in + nodes · (n_in · hidden + hidden · n_out)).
 * [1] Hu, Liu, Gomes, Zitnik, Liang, Pande & Leskovec 2020, arXiv:1905.12265 */
#include "layers/arcs.h"
#include "layers/gin.h"
#include "layers/propagate.h"
#include "tensor/tape.h"

static const gnn_option gine_table[] = {GNN_I_GIN_OPTIONS, GNN_I_OPTION_END};

static gnn_status gine_setup(gnn_layer *layer) {
    gnn_status status;
    gnn_i_gin *own = layer->own;
    int64_t arcs = layer->common.arcs;
    GNN_TRY(gnn_i_gin_setup(layer, layer->n_in));
    if (arcs > 0 && arcs != layer->n_in)
        GNN_TRY(gnn_i_layer_matrix(layer, "arc", arcs, layer->n_in, &own->arc));
cleanup:
    return status;
}

/* Σ_j w_ij relu(x_j + e_ij). */
static gnn_tensor *messages(gnn_context *ctx, const gnn_layer *layer,
                            const gnn_i_hop *hop, gnn_tensor *x) {
    const gnn_i_gin *own = layer->own;
    const int64_t column[] = {-1, 1};
    if (layer->common.arcs == 0) return gnn_i_hop_sum(ctx, hop, gnn_relu(ctx, x));
    gnn_tensor *e = hop->features, *weight = gnn_i_arcs_weight(ctx, hop);
    if (own->arc != NULL) e = gnn_matmul(ctx, e, own->arc, NULL);
    if (!gnn_i_ok(ctx)) return NULL;
    if (weight == NULL) return gnn_spmm_relu_add(ctx, hop->graph, x, e);
    gnn_tensor *m = gnn_relu(ctx, gnn_add(ctx, gnn_to_arcs(ctx, hop->graph, x, NULL), e));
    m = gnn_mul(ctx, m, gnn_reshape(ctx, weight, GNN_AXIS_ARC, 2, column));
    return gnn_from_arcs(ctx, hop->graph, m, GNN_SUM);
}

static void gine_hop(gnn_context *ctx, const gnn_layer *layer, int k,
                     const gnn_i_hop *hop, gnn_state *state) {
    (void)k;
    const gnn_i_gin *own = layer->own;
    gnn_tensor *x = gnn_i_as_dense(ctx, state->tensor[0]);
    gnn_tensor *sum = messages(ctx, layer, hop, x);
    sum = gnn_i_gin_add_self(ctx, layer, hop->graph, x, sum);
    state->tensor[0] = gnn_i_mlp_apply(ctx, own->mlp, sum);
}

const gnn_i_layer_type gnn_i_layer_gine = {
    .info = {"gine", "isomorphism network with arc features [Hu et al. 2020]",
             gine_table},
    .options_size = sizeof(gnn_i_gin_options),
    .own_size = sizeof(gnn_i_gin),
    .arcs = GNN_I_ARCS_FEATURES,
    .setup = gine_setup,
    .hop = gine_hop,
    .stack = "layers=2,hidden=64,activation=relu,dropout=0.5",
    .recipe = "lr=0.01,weight-decay=0.0005,epochs=200,patience=50,monitor=loss",
};
