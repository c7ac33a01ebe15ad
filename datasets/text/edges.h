/* Edge lists: source⇥target[⇥weight], or the columns that a first line names:
 * #source target weight type f0 f1 … */
#ifndef DATASETS_TEXT_EDGES_H
#define DATASETS_TEXT_EDGES_H

#include "text/ids.h"

/* The edges of a file in the order of its data lines. All arrays are owned. */
typedef struct data_i_edges {
    int64_t n, capacity;
    gnn_id *source, *target; /* (n) rows */
    gnn_real *weight;        /* (n), NULL when the file gives none */
    gnn_id *type;            /* (n), NULL when the file gives none */
    gnn_names *types;        /* names of the types: numbers ascending, or texts sorted */
    gnn_real *features;      /* (n, n_features) or NULL */
    int64_t n_features;
} data_i_edges;

/* Read `path`. The first id settles the mode of `ids`; unless the set of nodes is
 * closed, ids join it by first appearance.
 * Errors: GNN_ERR_INPUT naming file and line; GNN_ERR_MEMORY; GNN_ERR_CANCELLED.
 * Cost: one parallel pass over the file; beside the arrays a window of it at a time. */
gnn_status data_i_edges_read(data_i_edges *edges, const char *path,
                             const data_options *options, data_i_ids *ids);
void data_i_edges_clear(data_i_edges *edges);

/* Settle the mode of the ids by the first edge, without reading further. */
gnn_status data_i_edges_settle(const char *path, const data_options *options,
                               data_i_ids *ids);

/* Number of the line that holds the edge `index`: reads the file again, for messages. */
gnn_status data_i_edges_line(const char *path, const data_options *options, int64_t index,
                             int64_t *line);

/* Build the graph, emptying `edges` early: types and features move to the graph's arcs.
 * @param types receives the names of the arc types, or NULL
 * Errors: GNN_ERR_INPUT, naming the line of `path`, for a pair listed twice where
 * options say error; GNN_ERR_MEMORY. */
gnn_status data_i_edges_build(data_i_edges *edges, const char *path,
                              const data_options *options, gnn_id n_nodes,
                              gnn_graph **graph, gnn_names **types);

#endif
