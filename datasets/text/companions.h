/* The files beside a graph: features, labels, split. The readers of edge lists go
 * through them before the number of nodes is known, since a node may be named by any of
 * them; readers of other formats afterwards. */
#ifndef DATASETS_TEXT_COMPANIONS_H
#define DATASETS_TEXT_COMPANIONS_H

#include "text/edges.h"
#include "text/features.h"
#include "text/labels.h"
#include "text/npy.h"

/* Where they are; NULL for what is not given. Borrowed. */
typedef struct data_i_files {
    const char *features; /* table or .npy */
    const char *labels;
    const char *class_names;
    const char *split;
} data_i_files;

/* What was read of them so far. */
typedef struct data_i_companions {
    data_i_files files;
    bool has_table, has_npy, has_labels;
    data_i_table table;
    data_i_npy npy;
    data_i_label_table labels;
} data_i_companions;

/* Read features, then labels. Features close the set of nodes: edges to nodes without
 * any are an error, and so are labels of others.
 * @param edges what `edges_path` gave, or NULL when the set of nodes is closed already
 * Errors: GNN_ERR_INPUT naming file and line; GNN_ERR_MEMORY; GNN_ERR_CANCELLED. */
gnn_status data_i_companions_read(data_i_companions *companions,
                                  const data_i_files *files, const data_options *options,
                                  data_i_ids *ids, const data_i_edges *edges,
                                  const char *edges_path);
/* Make matrix, labels and split for n_nodes nodes; they replace those of `nodes`. */
gnn_status data_i_companions_finish(data_i_companions *companions,
                                    const data_options *options, data_i_ids *ids,
                                    gnn_id n_nodes, data_nodes *nodes);
void data_i_companions_clear(data_i_companions *companions);

/* The files that options name, as overrides of `own`. Errors: GNN_ERR_INPUT for "public"
 * when there is no split of one's own; GNN_ERR_ARGUMENT. */
gnn_status data_i_files_choose(const data_i_files *own, const data_options *options,
                               data_i_files *chosen);

/* Features that options (or the schema) ask to be made rather than read. */
bool data_i_features_are_made(const char *features);

#endif
