/* Chebyshev convolution: Y = Σ_{k=0}^{K-1} T_k(L̂) X W_k + b,  L̂ = 2 L / λ - I
 * [1, eq. 5].
 *
 * K is the number of terms T_0 … T_{K-1} (option terms, "filter size" of [1], K of
 * PyTorch Geometric); the polynomial's order, and the number of hops, is K - 1. λ (option
 * scale) is the largest eigenvalue, or a bound of it. Laplacians, with weights w_ij and
 * d_i = Σ_j w_ij:
 *   sym   I - D^-1/2 A D^-1/2, λ <= 2     rw   I - D^-1 A, λ <= 2     none   D - A
 * A node without arcs has a zero row in A, so 1 on the diagonal of sym and rw.
 * Arc weights enter L; given as a tensor, they get gradients (sym: on square graphs
 * only). Arc features become weights by the gate.
 *
 * One hop multiplies by L̂ once, so that the layer also runs on sampled blocks, hop by
 * hop. n_in > n_out (or one term): all Y_k = X W_k first, then Clenshaw's recursion [2]
 * on n_out columns,
 *   b_k = Y_k + 2 L̂ b_{k+1} - b_{k+2},  Y = Y_0 + L̂ b_1 - b_2.
 * Else T_{k+1} = 2 L̂ T_k - T_{k-1} on n_in columns, adding up T_k W_k.
 * Cost: O(K · arcs · min(n_in, n_out) + K · nodes · n_in · n_out).
 * [1] Defferrard, Bresson & Vandergheynst 2016, arXiv:1606.09375
 * [2] Clenshaw 1955, doi:10.1090/S0025-5718-1955-0071856-0 */
#include "layers/propagate.h"

typedef enum laplacian { LAPLACIAN_SYM, LAPLACIAN_RW, LAPLACIAN_NONE } laplacian;

typedef struct cheb_options {
    int64_t terms;
    double scale;
    int laplacian; /* enum laplacian */
} cheb_options;

typedef struct cheb {
    gnn_tensor *weight; /* (n_in, terms · n_out): W_0 | W_1 | … */
} cheb;

static const gnn_option cheb_table[] = {
    GNN_I_OPTION_INT(cheb_options, terms, "terms", 3, 1, 32,
                     "Chebyshev terms T_0 … T_(terms-1); the order is terms - 1"),
    GNN_I_OPTION_REAL(
        cheb_options, scale, "scale", 2, 1e-6, 1e12,
        "largest eigenvalue λ of the Laplacian: L is mapped to 2 L / λ - I"),
    GNN_I_OPTION_CHOICE(cheb_options, laplacian, "laplacian", LAPLACIAN_SYM,
                        "sym rw none", "normalisation of the Laplacian"),
    GNN_I_OPTION_END,
};

static gnn_status cheb_setup(gnn_layer *layer) {
    const cheb_options *options = layer->options;
    cheb *own = layer->own;
    const int64_t shape[] = {layer->n_in, options->terms * layer->n_out};
    layer->n_hops = (int)options->terms - 1;
    layer->prepares =
        options->terms == 1 || !gnn_i_aggregate_first(layer->n_in, layer->n_out);
    return gnn_i_layer_parameter(layer, "weight", 2, shape, GNN_INIT_GLOROT, layer->n_in,
                                 layer->n_out, &own->weight);
}

/* factor · L̂ x + rest on the targets; rest NULL: 0. */
static gnn_tensor *scaled_laplacian(gnn_context *ctx, const gnn_layer *layer,
                                    const gnn_i_hop *hop, gnn_tensor *x, double factor,
                                    gnn_tensor *rest) {
    const cheb_options *options = layer->options;
    double ratio = 2 / options->scale, diagonal = factor * (ratio - 1);
    gnn_tensor *self = gnn_targets(ctx, hop->graph, x), *ax = NULL;
    switch ((laplacian)options->laplacian) {
    case LAPLACIAN_SYM: ax = gnn_i_hop_symmetric(ctx, hop, x, false, NULL); break;
    case LAPLACIAN_RW: ax = gnn_i_hop_mean(ctx, hop, x, false); break;
    case LAPLACIAN_NONE:
        diagonal = -factor;
        ax = gnn_sub(ctx, gnn_i_hop_sum(ctx, hop, x),
                     gnn_mul(ctx, self, gnn_i_hop_degrees(ctx, hop)));
        break;
    }
    gnn_tensor *y = gnn_axpby(ctx, (gnn_real)(-factor * ratio), ax, 1, rest);
    return diagonal != 0 ? gnn_axpby(ctx, (gnn_real)diagonal, self, 1, y) : y;
}

/* Columns of term k in Y or W. */
static gnn_tensor *term(gnn_context *ctx, const gnn_layer *layer, gnn_tensor *all,
                        int64_t k) {
    return gnn_slice(ctx, all, 1, k * layer->n_out, layer->n_out);
}

static void cheb_prepare(gnn_context *ctx, const gnn_layer *layer, gnn_state *state) {
    const cheb *own = layer->own;
    gnn_tensor *bias = layer->n_hops == 0 ? layer->bias : NULL;
    state->tensor[0] = gnn_matmul(ctx, state->tensor[0], own->weight, bias);
}

/* State: Y; then b_{k+1}, b_{k+2}, Y. */
static void clenshaw_hop(gnn_context *ctx, const gnn_layer *layer, int hop_number,
                         const gnn_i_hop *hop, gnn_state *state) {
    int64_t k = layer->n_hops - 1 - hop_number;
    gnn_tensor *y = state->tensor[state->n - 1], *b1 = state->tensor[0], *b2 = NULL;
    if (hop_number == 0)
        b1 = term(ctx, layer, y, layer->n_hops);
    else
        b2 = gnn_targets(ctx, hop->graph, state->tensor[1]);
    gnn_tensor *y_targets = gnn_targets(ctx, hop->graph, y);
    gnn_tensor *b = scaled_laplacian(ctx, layer, hop, b1, k == 0 ? 1 : 2,
                                     term(ctx, layer, y_targets, k));
    if (b2 != NULL) b = gnn_axpby(ctx, 1, b, -1, b2);
    state->tensor[0] = k == 0 ? gnn_bias(ctx, b, layer->bias) : b;
    state->n = k == 0 ? 1 : 3;
    if (k == 0) return;
    state->tensor[1] = gnn_targets(ctx, hop->graph, b1);
    state->tensor[2] = y_targets;
}

/* State: X; then T_k, T_{k-1}, the sum so far. */
static void recursion_hop(gnn_context *ctx, const gnn_layer *layer, int hop_number,
                          const gnn_i_hop *hop, gnn_state *state) {
    const cheb *own = layer->own;
    gnn_tensor *t = gnn_i_as_dense(ctx, state->tensor[0]), *previous = NULL, *sum;
    gnn_tensor *t_targets = gnn_targets(ctx, hop->graph, t);
    if (hop_number > 0) {
        previous = gnn_targets(ctx, hop->graph, state->tensor[1]);
        previous = gnn_scale(ctx, previous, -1);
        sum = gnn_targets(ctx, hop->graph, state->tensor[2]);
    } else
        sum = gnn_matmul(ctx, t_targets, term(ctx, layer, own->weight, 0), layer->bias);
    t = scaled_laplacian(ctx, layer, hop, t, hop_number == 0 ? 1 : 2, previous);
    gnn_tensor *w = term(ctx, layer, own->weight, hop_number + 1);
    sum = gnn_add(ctx, sum, gnn_matmul(ctx, t, w, NULL));
    bool last = hop_number + 1 == layer->n_hops;
    state->tensor[0] = last ? sum : t;
    state->tensor[1] = t_targets;
    state->tensor[2] = sum;
    state->n = last ? 1 : 3;
}

static void cheb_hop(gnn_context *ctx, const gnn_layer *layer, int k,
                     const gnn_i_hop *hop, gnn_state *state) {
    (layer->prepares ? clenshaw_hop : recursion_hop)(ctx, layer, k, hop, state);
}

const gnn_i_layer_type gnn_i_layer_cheb = {
    .info = {"cheb", "Chebyshev polynomial of the Laplacian [Defferrard et al. 2016]",
             cheb_table},
    .options_size = sizeof(cheb_options),
    .own_size = sizeof(cheb),
    .arcs = GNN_I_ARCS_GATE,
    .learned_weight_needs_square = true,
    .setup = cheb_setup,
    .prepare = cheb_prepare,
    .hop = cheb_hop,
    .stack = "layers=2,hidden=16,activation=relu,dropout=0.5",
    .recipe =
        "lr=0.01,group-decay=first:0.0005;rest:0,epochs=200,patience=10,monitor=loss",
};
