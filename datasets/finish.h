/* What every set of nodes goes through after it was read or made. */
#ifndef DATASETS_FINISH_H
#define DATASETS_FINISH_H

#include <datasets/datasets.h>

/* The files that options name, for a reader whose nodes are all known and named: labels,
 * features and split replace what the reader gave. `where` names the nodes' origin. */
gnn_status data_i_nodes_override(data_nodes *nodes, const data_options *options,
                                 const char *where);

/* Make features that options ask for, normalise, draw a split, take the fingerprint. */
gnn_status data_i_nodes_finish(data_nodes *nodes, const data_options *options);

#endif
