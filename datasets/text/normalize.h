/* Feature transforms, and features that are made rather than read. */
#ifndef DATASETS_TEXT_NORMALIZE_H
#define DATASETS_TEXT_NORMALIZE_H

#include <datasets/datasets.h>

/* Scale nodes->features as options->normalize says (NULL: the schema's way, else the one
 * that the reader left in nodes->normalize, else rows for sparse features without
 * negatives that were read, else none), and note it in `nodes`:
 *   rows      x_i / sum_j |x_ij|          (zero rows stay)
 *   l2        x_i / sqrt(sum_j x_ij^2)
 *   standard  (x_ij - mean_j) / deviation_j over all nodes, or by the schema's
 *             statistics; constant columns are only shifted; sparse features become
 *             dense
 * Errors: GNN_ERR_ARGUMENT for an unknown name; GNN_ERR_INPUT for a schema without the
 * statistics; GNN_ERR_MEMORY. */
gnn_status data_i_normalize(data_nodes *nodes, const data_options *options);

/* Features from the graph alone, instead of any it has:
 *   degree    sparse, 33 columns, see make.c
 *   onehot    sparse identity: a column of its own for each node
 *   random:D  dense, independent normal numbers of variance 1/D, by options->seed
 *   none      none at all
 * Errors: GNN_ERR_ARGUMENT for D out of 1 .. 65536; GNN_ERR_INPUT for a one-hot schema of
 * another number of nodes; GNN_ERR_MEMORY. */
gnn_status data_i_make_features(data_nodes *nodes, const char *kind,
                                const data_options *options);

#endif
