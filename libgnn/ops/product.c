/* Cached products. Each is a tensor with an id of its own, so that products with products
 * (the K hops of SGC) are kept, too. */
#include "ops/product.h"

typedef struct product_argument {
    const gnn_i_spmm_args *args;
    int n_threads;
} product_argument;

static gnn_status build_product(const gnn_graph *graph, uint64_t number,
                                const void *argument, void **view) {
    (void)graph;
    (void)number;
    const product_argument *p = argument;
    gnn_i_spmm_args args = *p->args;
    gnn_tensor *product = NULL;
    gnn_status status = gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2,
                                       (int64_t[]){args.n_rows, args.width}, &product);
    if (status != GNN_OK) return status;
    args.y = product->data;
    gnn_i_spmm(p->n_threads, &args);
    *view = product;
    return GNN_OK;
}

static void free_product(void *view) {
    gnn_tensor_free(view);
}

static size_t product_bytes(const void *view) {
    const gnn_tensor *product = view;
    return sizeof *product + (size_t)gnn_tensor_count(product) * sizeof(gnn_real);
}

static const gnn_i_view_kind kinds[GNN_I_N_PRODUCTS] = {
    [GNN_I_PRODUCT_GCN] = {"a product with the GCN operator", build_product, free_product,
                           product_bytes, false},
    [GNN_I_PRODUCT_GCN_PLAIN] = {"a product with the GCN operator", build_product,
                                 free_product, product_bytes, false},
    [GNN_I_PRODUCT_SUM] = {"sums over neighbours", build_product, free_product,
                           product_bytes, false},
    [GNN_I_PRODUCT_MEAN] = {"means over neighbours", build_product, free_product,
                            product_bytes, false},
    [GNN_I_PRODUCT_MAX] = {"maxima over neighbours", build_product, free_product,
                           product_bytes, false},
};

bool gnn_i_product_is_kept(const gnn_graph *graph, const gnn_tensor *x) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    return x->is_constant && x->id != 0 && !x->requires_grad &&
           csr->n_rows == csr->n_cols;
}

gnn_tensor *gnn_i_product_get(gnn_context *ctx, const gnn_graph *graph,
                              gnn_i_product product, const gnn_tensor *x,
                              const gnn_i_spmm_args *args) {
    product_argument argument = {args, gnn_context_n_threads(ctx)};
    const void *view = NULL;
    gnn_status status = gnn_i_graph_view(graph, &kinds[product], x->id, &argument, &view);
    if (status != GNN_OK) return gnn_i_sticky(ctx, status);
    gnn_tensor *alias = gnn_i_step_alloc(ctx, 1, sizeof *alias);
    if (!alias) return NULL;
    *alias = *(const gnn_tensor *)view;
    return alias;
}
