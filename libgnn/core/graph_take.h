/* Building a graph from arrays of core/alloc.h: for the readers of the project, which is
 * why it is declared here and not in graph/. Exported, and promised to nobody outside. */
#ifndef GNN_CORE_GRAPH_TAKE_H
#define GNN_CORE_GRAPH_TAKE_H

#include <gnn/graph.h>

/* As gnn_graph_new, but takes ownership of `source`, `target` and `weight` (made by
 * gnn_i_alloc) and frees them as early as it can: the peak stays below three times the
 * CSR. They are freed on failure, too. */
GNN_API gnn_status gnn_i_graph_new_take(gnn_id n_nodes, int64_t n_edges, gnn_id *source,
                                        gnn_id *target, gnn_real *weight,
                                        const gnn_graph_options *options,
                                        gnn_graph **graph);

#endif
