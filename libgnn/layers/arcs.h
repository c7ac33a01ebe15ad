/* Weights and features of arcs, as layers read them. */
#ifndef GNN_LAYERS_ARCS_H
#define GNN_LAYERS_ARCS_H

#include "layers/layer.h"

/* Shapes of given weights and features against graph and layer; errors are sticky. */
void gnn_i_arcs_check(gnn_context *ctx, const gnn_layer *layer, const gnn_i_hop *hop);
/* The graph's arc tensor "features", (arcs, `arcs` option): of a range of rows or a
 * sampled block those of the arcs that it has of the graph it was cut from. */
gnn_tensor *gnn_i_arcs_features(gnn_context *ctx, const gnn_layer *layer,
                                const gnn_graph *graph);
/* Weights learned from features: w_a softplus(<v, f_a> + c + log(e - 1)), see
 * gnn_layer_forward_arcs; w_a the hop's weight, or the graph's, or 1. */
gnn_tensor *gnn_i_arcs_gate(gnn_context *ctx, const gnn_layer *layer,
                            const gnn_i_hop *hop);
/* The weights of the hop or of its graph as a tensor (arcs); NULL without error: all are
 * 1. */
gnn_tensor *gnn_i_arcs_weight(gnn_context *ctx, const gnn_i_hop *hop);

#endif
