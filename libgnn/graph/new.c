/* Graphs from edges: made, and refilled. */
#include <gnn/parallel.h>

#include "core/graph_take.h"
#include "graph/storage.h"

static gnn_status check_edges(gnn_id n_nodes, const gnn_i_edges *edges) {
    if (n_nodes < 0 || n_nodes == INT32_MAX)
        return gnn_fail(GNN_ERR_ARGUMENT, "graph of %d nodes: need 0..%d", n_nodes,
                        INT32_MAX - 1);
    if (edges->n < 0 || edges->n > INT64_MAX / 4)
        return gnn_fail(GNN_ERR_ARGUMENT, "graph of %lld edges", (long long)edges->n);
    if (edges->n > 0 && (edges->source == NULL || edges->target == NULL))
        return gnn_fail(GNN_ERR_ARGUMENT, "graph: edges without source or target");
    return GNN_OK;
}

static gnn_status check_options(const gnn_graph_options *options) {
    if ((unsigned)options->duplicates > GNN_DUPLICATES_ERROR)
        return gnn_fail(GNN_ERR_ARGUMENT, "graph options: duplicates is %d",
                        (int)options->duplicates);
    if (options->n_threads < 0 || options->n_threads > GNN_MOST_THREADS)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "graph options: n_threads is %d, expected 0 to %d",
                        options->n_threads, GNN_MOST_THREADS);
    return GNN_OK;
}

static gnn_status graph_from_edges(gnn_id n_nodes, gnn_i_edges *edges,
                                   const gnn_graph_options *options, gnn_graph **graph) {
    static const gnn_graph_options defaults = GNN_GRAPH_OPTIONS_INIT;
    gnn_graph *g = NULL;
    gnn_status status;
    if (options == NULL) options = &defaults;
    *graph = NULL;
    GNN_TRY(check_edges(n_nodes, edges));
    GNN_TRY(check_options(options));
    GNN_TRY(gnn_i_graph_alloc(GNN_I_GRAPH_BUILT, options->n_threads, &g));
    g->keeps_edge_index = options->keep_edge_index;
    GNN_TRY(gnn_i_graph_fill(g, n_nodes, edges, options));
    *graph = g;
    g = NULL;
cleanup:
    gnn_graph_free(g);
    gnn_i_edges_clear(edges);
    return status;
}

gnn_status gnn_graph_new(gnn_id n_nodes, int64_t n_edges, const gnn_id *source,
                         const gnn_id *target, const gnn_real *weight,
                         const gnn_graph_options *options, gnn_graph **graph) {
    gnn_i_edges edges = {n_edges, source, target, weight, false};
    return graph_from_edges(n_nodes, &edges, options, graph);
}

gnn_status gnn_i_graph_new_take(gnn_id n_nodes, int64_t n_edges, gnn_id *source,
                                gnn_id *target, gnn_real *weight,
                                const gnn_graph_options *options, gnn_graph **graph) {
    gnn_i_edges edges = {n_edges, source, target, weight, true};
    return graph_from_edges(n_nodes, &edges, options, graph);
}

gnn_status gnn_graph_assign(gnn_graph *graph, gnn_id n_nodes, int64_t n_arcs,
                            const gnn_id *source, const gnn_id *target,
                            const gnn_real *weight) {
    gnn_i_edges edges = {n_arcs, source, target, weight, false};
    if (graph->kind != GNN_I_GRAPH_BUILT)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "only a graph that owns its arcs can be assigned to");
    gnn_status status = check_edges(n_nodes, &edges);
    if (status != GNN_OK) return status;
    gnn_graph_options options = {.directed = true,
                                 .duplicates = GNN_DUPLICATES_KEEP,
                                 .keep_edge_index = graph->keeps_edge_index};
    graph->refilled = true;
    status = gnn_i_graph_fill(graph, n_nodes, &edges, &options);
    if (status != GNN_OK) return status;
    graph->is_batch = false;
    graph->n_graphs = 1;
    return GNN_OK;
}
