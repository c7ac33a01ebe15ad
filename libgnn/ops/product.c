/* Kept products. Each is a tensor with an id of its own, so that products with products
 * (the K hops of SGC) are kept, too. A graph keeps the latest few; a context holds those
 * that its step reads, so that no other step and no change of the graph frees them. */
#include "ops/product.h"

#include <stdatomic.h>

#include "core/alloc.h"

/* Of each kind, beside those that a step reads. */
enum { MOST_KEPT = 4 };

typedef struct kept_product {
    gnn_tensor *tensor;
    atomic_int n_holders; /* the graph, and a context for each step that reads it */
} kept_product;

static void release_product(void *view) {
    kept_product *kept = view;
    if (atomic_fetch_sub(&kept->n_holders, 1) > 1) return;
    gnn_tensor_free(kept->tensor);
    gnn_i_free(kept);
}

static void hold_product(void *view) {
    kept_product *kept = view;
    atomic_fetch_add(&kept->n_holders, 1);
}

static bool product_is_held(const void *view) {
    const kept_product *kept = view;
    return atomic_load(&kept->n_holders) > 1;
}

static const gnn_i_view_holds holds = {MOST_KEPT, hold_product, product_is_held};

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
    kept_product *kept;
    gnn_status status = gnn_i_calloc(&kept, 1, sizeof *kept, "a product");
    if (status != GNN_OK) return status;
    atomic_init(&kept->n_holders, 1);
    status = gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2,
                            (int64_t[]){args.n_rows, args.width}, &kept->tensor);
    if (status != GNN_OK) {
        gnn_i_free(kept);
        return status;
    }
    args.y = kept->tensor->data;
    gnn_i_spmm(p->n_threads, &args);
    gnn_tensor_set_constant(kept->tensor, true);
    *view = kept;
    return GNN_OK;
}

static size_t product_bytes(const void *view) {
    const kept_product *kept = view;
    return sizeof *kept + sizeof *kept->tensor +
           (size_t)gnn_tensor_count(kept->tensor) * sizeof(gnn_real);
}

static const gnn_i_view_kind kinds[GNN_I_N_PRODUCTS] = {
    [GNN_I_PRODUCT_GCN] = {"a product with the GCN operator", build_product,
                           release_product, product_bytes, false},
    [GNN_I_PRODUCT_GCN_PLAIN] = {"a product with the GCN operator", build_product,
                                 release_product, product_bytes, false},
    [GNN_I_PRODUCT_SUM] = {"sums over neighbours", build_product, release_product,
                           product_bytes, false},
    [GNN_I_PRODUCT_MEAN] = {"means over neighbours", build_product, release_product,
                            product_bytes, false},
    [GNN_I_PRODUCT_MAX] = {"maxima over neighbours", build_product, release_product,
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
    gnn_status status =
        gnn_i_graph_view_held(graph, &kinds[product], &holds, x->id, &argument, &view);
    if (status != GNN_OK) return gnn_i_sticky(ctx, status);
    if (!gnn_i_hold_for_step(ctx, (void *)view, release_product)) return NULL;
    gnn_tensor *alias = gnn_i_step_alloc(ctx, 1, sizeof *alias);
    if (!alias) return NULL;
    *alias = *((const kept_product *)view)->tensor;
    return alias;
}

void gnn_i_product_forget(const gnn_graph *graph, const gnn_tensor *x) {
    for (int i = 0; i < GNN_I_N_PRODUCTS; i++)
        gnn_i_graph_view_drop(graph, &kinds[i], x->id);
}
