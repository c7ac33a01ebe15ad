/* Named tensors on a graph: attributes of the graph that happen to be tensors. */
#include <gnn/tensor.h>

#include "graph/graph.h"

static void free_tensor(void *tensor) {
    gnn_tensor_free(tensor);
}

gnn_status gnn_graph_tensor_set(gnn_graph *graph, gnn_axis axis, const char *name,
                                gnn_tensor *take) {
    int64_t n_graphs = 1, need;
    if (axis == GNN_AXIS_GRAPH) gnn_graph_ptr(graph, &n_graphs);
    need = axis == GNN_AXIS_NODE  ? gnn_graph_n_nodes(graph)
           : axis == GNN_AXIS_ARC ? gnn_graph_n_arcs(graph)
                                  : n_graphs;
    if (axis == GNN_AXIS_FREE || (take && take->shape[0] != need)) {
        long long rows = take ? (long long)take->shape[0] : 0;
        gnn_tensor_free(take);
        return gnn_fail(GNN_ERR_SHAPE, "graph tensor '%s' has %lld rows, expected %lld",
                        name, rows, (long long)need);
    }
    gnn_status status =
        gnn_i_graph_attribute_set(graph, (int)axis, name, take, free_tensor);
    if (status != GNN_OK) gnn_tensor_free(take); /* it was taken all the same */
    return status;
}

gnn_tensor *gnn_graph_tensor(const gnn_graph *graph, gnn_axis axis, const char *name) {
    return gnn_i_graph_attribute(graph, (int)axis, name);
}
