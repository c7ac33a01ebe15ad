/* Linear aggregations over the arcs of a hop, with weights that may require gradients,
 * and the rows that layers need beside them. All take x (sources, width), dense, to
 * (targets, width). */
#ifndef GNN_LAYERS_PROPAGATE_H
#define GNN_LAYERS_PROPAGATE_H

#include "layers/layer.h"

/* Σ_j w_ij x_j, or the largest w_ij x_j (0 for a target without arcs). */
gnn_tensor *gnn_i_hop_sum(gnn_context *ctx, const gnn_i_hop *hop, gnn_tensor *x);
gnn_tensor *gnn_i_hop_max(gnn_context *ctx, const gnn_i_hop *hop, gnn_tensor *x);
/* Σ_j w_ij x_j / Σ_j w_ij, 0 for a target without arcs. With loops x_i counts as one more
 * neighbour of weight 1. */
gnn_tensor *gnn_i_hop_mean(gnn_context *ctx, const gnn_i_hop *hop, gnn_tensor *x,
                           bool loops);
/* D^-1/2 (A + I) D^-1/2 x + bias with d_i = 1 + Σ_j w_ij; without loops D^-1/2 A D^-1/2 x
 * + bias with d_i = Σ_j w_ij, where a node of degree 0 gives 0. Weights of the graph
 * itself are cached in it; given ones are normalised in the step, on square graphs
 * only. */
gnn_tensor *gnn_i_hop_symmetric(gnn_context *ctx, const gnn_i_hop *hop, gnn_tensor *x,
                                bool loops, gnn_tensor *bias);
/* d_i = Σ_j w_ij as (targets, 1). */
gnn_tensor *gnn_i_hop_degrees(gnn_context *ctx, const gnn_i_hop *hop);

/* x as a dense tensor: x itself, or the sparse x with its zeros. */
gnn_tensor *gnn_i_as_dense(gnn_context *ctx, gnn_tensor *x);
/* Rows of x that are targets, x dense or sparse. */
gnn_tensor *gnn_i_target_rows(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x);

/* Whether to aggregate before multiplying by a matrix (n_in, n_out): A(XW) aggregates
 * rows of n_out numbers forward and backward, (AX)W rows of n_in numbers, not backward
 * where x wants no gradient, so that it is no dearer when n_in <= n_out. Decided by
 * widths alone, when the layer is made: the parts of a layer depend on it. */
static inline bool gnn_i_aggregate_first(int64_t n_in, int64_t n_out) {
    return n_in <= n_out;
}

#endif
