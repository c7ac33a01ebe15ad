/* Sorting in place, for the rows of a graph: ascending, no memory, no recursion deeper
 * than a few levels. */
#ifndef GNN_GRAPH_SORT_H
#define GNN_GRAPH_SORT_H

#include <gnn/status.h>

/* Non-negative ids. */
void gnn_i_sort_ids(gnn_id *values, size_t n);
void gnn_i_sort_keys(uint64_t *values, size_t n);

#endif
