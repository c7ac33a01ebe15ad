/* Normalisation of a layer's result, by the option `norm`. */
#ifndef GNN_LAYERS_NORM_H
#define GNN_LAYERS_NORM_H

#include "layers/parameters.h"

typedef enum gnn_i_norm_kind {
    GNN_I_NORM_NONE,
    GNN_I_NORM_BATCH,
    GNN_I_NORM_LAYER,
    GNN_I_NORM_GRAPH
} gnn_i_norm_kind;
#define GNN_I_NORM_CHOICES "none batch layer graph"

typedef struct gnn_i_norm {
    int kind;                    /* gnn_i_norm_kind */
    gnn_tensor *gain, *offset;   /* (width) */
    gnn_tensor *mean, *variance; /* batch: running statistics, buffers */
    gnn_tensor *shift;           /* graph: learned share of the mean */
} gnn_i_norm;

/* Parameters PREFIX.norm.gain …, none for GNN_I_NORM_NONE. */
gnn_status gnn_i_norm_new(gnn_i_parameters *parameters, const char *prefix, int kind,
                          int64_t width, gnn_i_norm *norm);
/* norm(x), (rows, width). Graph norm: over the graphs of a batch when x has a row a node
 * of `graph`, over all rows when graph is NULL; GNN_ERR_UNSUPPORTED for parts of a
 * graph. */
gnn_tensor *gnn_i_norm_apply(gnn_context *ctx, const gnn_i_norm *norm,
                             const gnn_graph *graph, gnn_tensor *x);

#endif
