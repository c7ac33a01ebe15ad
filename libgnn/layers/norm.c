/* Batch norm [Ioffe & Szegedy 2015], layer norm [Ba et al. 2016], graph norm [Cai et al.
 * 2021], with their parameters. */
#include "layers/norm.h"

#include <stdio.h>

#include "tensor/tape.h"

static const gnn_real EPSILON = (gnn_real)1e-5; /* added to variances */
static const gnn_real MOMENTUM = (gnn_real)0.1; /* of running statistics */

static gnn_status add(gnn_i_parameters *parameters, const char *prefix, const char *name,
                      int64_t width, gnn_init init, bool trained,
                      gnn_tensor **parameter) {
    char full[256];
    snprintf(full, sizeof full, "%s.norm.%s", prefix, name);
    return gnn_i_parameters_add(parameters, full, 1, &width, init, 0, 0, trained,
                                parameter);
}

gnn_status gnn_i_norm_new(gnn_i_parameters *parameters, const char *prefix, int kind,
                          int64_t width, gnn_i_norm *norm) {
    gnn_status status = GNN_OK;
    *norm = (gnn_i_norm){.kind = kind};
    if (kind == GNN_I_NORM_NONE) return GNN_OK;
    GNN_TRY(add(parameters, prefix, "gain", width, GNN_INIT_ONE, true, &norm->gain));
    GNN_TRY(add(parameters, prefix, "offset", width, GNN_INIT_ZERO, true, &norm->offset));
    if (kind == GNN_I_NORM_BATCH) {
        GNN_TRY(
            add(parameters, prefix, "mean", width, GNN_INIT_ZERO, false, &norm->mean));
        GNN_TRY(add(parameters, prefix, "variance", width, GNN_INIT_ONE, false,
                    &norm->variance));
    }
    if (kind == GNN_I_NORM_GRAPH)
        GNN_TRY(
            add(parameters, prefix, "shift", width, GNN_INIT_ONE, true, &norm->shift));
cleanup:
    return status;
}

/* Graphs of a batch, or everything as one graph. */
static gnn_tensor *graph_norm(gnn_context *ctx, const gnn_i_norm *norm,
                              const gnn_graph *graph, gnn_tensor *x) {
    int64_t n_graphs = 1;
    const gnn_id *ptr = NULL;
    if (graph != NULL) {
        const gnn_csr *csr = gnn_graph_csr(graph);
        if (csr->n_rows != csr->n_cols || x->shape[0] != csr->n_rows)
            return gnn_i_sticky(ctx, gnn_fail(GNN_ERR_UNSUPPORTED,
                                              "graph norm needs all nodes of a graph: no "
                                              "sampled batches or ranges of nodes"));
        ptr = gnn_graph_ptr(graph, &n_graphs);
    } else {
        gnn_id *all = gnn_i_step_alloc(ctx, 2, sizeof *all);
        if (all == NULL) return NULL;
        all[0] = 0;
        all[1] = (gnn_id)x->shape[0];
        ptr = all;
    }
    return gnn_graph_norm(ctx, x, n_graphs, ptr, norm->shift, norm->gain, norm->offset,
                          EPSILON);
}

gnn_tensor *gnn_i_norm_apply(gnn_context *ctx, const gnn_i_norm *norm,
                             const gnn_graph *graph, gnn_tensor *x) {
    if (x == NULL) return NULL;
    switch ((gnn_i_norm_kind)norm->kind) {
    case GNN_I_NORM_BATCH:
        return gnn_batch_norm(ctx, x, norm->gain, norm->offset, norm->mean,
                              norm->variance, MOMENTUM, EPSILON);
    case GNN_I_NORM_LAYER:
        return gnn_layer_norm(ctx, x, norm->gain, norm->offset, EPSILON);
    case GNN_I_NORM_GRAPH: return graph_norm(ctx, norm, graph, x);
    case GNN_I_NORM_NONE: break;
    }
    return x;
}
