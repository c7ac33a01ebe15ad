/* Products of a graph with constants, computed once and kept in the graph. */
#ifndef GNN_OPS_PRODUCT_H
#define GNN_OPS_PRODUCT_H

#include "kernels/spmm.h"
#include "ops/structure.h"

/* Which product: they are kept apart by kind and by the tensor's id. */
typedef enum gnn_i_product {
    GNN_I_PRODUCT_GCN,       /* Â X with self-loops */
    GNN_I_PRODUCT_GCN_PLAIN, /* … without */
    GNN_I_PRODUCT_SUM,
    GNN_I_PRODUCT_MEAN,
    GNN_I_PRODUCT_MAX,
    GNN_I_N_PRODUCTS
} gnn_i_product;

/* Whether a product with x may be kept: x never changes, wants no gradient, and the graph
 * is whole (a range of rows or a sampled block is gone before it would pay). */
bool gnn_i_product_is_kept(const gnn_graph *graph, const gnn_tensor *x);
/* The product that args describes (y is ignored), taken from the graph or computed and
 * left there until the graph changes or later products need the place. A constant tensor
 * of the step that shares its data; NULL on error (sticky). */
gnn_tensor *gnn_i_product_get(gnn_context *ctx, const gnn_graph *graph,
                              gnn_i_product product, const gnn_tensor *x,
                              const gnn_i_spmm_args *args);

/* Give up what the graph keeps of x. */
void gnn_i_product_forget(const gnn_graph *graph, const gnn_tensor *x);

#endif
