/* Layers: a convolution over a graph with its parameters, made and called by name. */
#ifndef GNN_LAYER_H
#define GNN_LAYER_H

#include <gnn/ops.h>
#include <gnn/option.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Owns parameters and layers; see model.h. Many threads may read it. */
typedef struct gnn_model gnn_model;
typedef struct gnn_layer gnn_layer;

/** Make a layer in a model, which owns it and its parameters.
 *  @param kind a name of `gnn list layers`: linear, gcn, sage, gat, …
 *  @param name prefix of its parameters' names ("conv1" → "conv1.weight")
 *  @param options "name=value,…" of the layer's own table and of the common one:
 *         bias (true), residual (false), norm (none|batch|layer|graph), dropout (0, on
 *         the input), arcs (0: width of the arc features it reads)
 *  Errors: GNN_ERR_ARGUMENT naming what is unknown and what is known. On failure the
 *  model is as it was before. */
GNN_API gnn_status gnn_layer_new(gnn_model *model, const char *kind, const char *name,
                                 int64_t n_in, int64_t n_out, const char *options,
                                 gnn_layer **layer);

/** y = norm(convolution(dropout(x))) + residual(x): (sources, n_in) → (targets, n_out).
 *  Reads the graph's own weights, and its arc tensor "features" when the layer has arcs >
 *  0. The residual is x itself where widths agree, else a linear map of it.
 *  `graph` may be NULL for layers without hops (linear, mlp).
 *  Errors, sticky in ctx: GNN_ERR_SHAPE where x, weights or features do not fit layer and
 *  graph; GNN_ERR_UNSUPPORTED for layers of several hops on a graph that is not
 *  square. */
GNN_API gnn_tensor *gnn_layer_forward(gnn_context *ctx, const gnn_layer *layer,
                                      const gnn_graph *graph, gnn_tensor *x);
/** The same with arc weights (arcs) and arc features (arcs, width) given as tensors that
 *  may require a gradient; either may be NULL: the graph's own. Rows follow the arcs of
 *  `graph`. Layers that know no features of arcs by themselves turn them into positive
 *  weights, w_a softplus(<v, f_a> + c + log(e - 1)), v and c learned: so c = v = 0 leaves
 *  w_a. */
GNN_API gnn_tensor *gnn_layer_forward_arcs(gnn_context *ctx, const gnn_layer *layer,
                                           const gnn_graph *graph, gnn_tensor *x,
                                           gnn_tensor *weight, gnn_tensor *features);
/** Width of the result; differs from n_out where heads are concatenated. */
GNN_API int64_t gnn_layer_width(const gnn_layer *layer);
/** How many arcs far a node's result looks: 0 for linear and mlp, several for cheb, else
 *  1. */
GNN_API int gnn_layer_n_hops(const gnn_layer *layer);

/** A row of `gnn list layers`. */
typedef struct gnn_layer_info {
    const char *name;
    const char *help;          /**< one line with the source */
    const gnn_option *options; /**< own options, beside the common ones */
} gnn_layer_info;
GNN_API size_t gnn_layer_count(void);
GNN_API const gnn_layer_info *gnn_layer_get(size_t i);
GNN_API const gnn_option *gnn_layer_common_options(void);

#ifdef __cplusplus
}
#endif

#endif
