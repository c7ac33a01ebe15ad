/* Labels and splits, a line a node:
 *
 *   node⇥class                  DATA_TASK_CLASS
 *   node⇥class,class,…          DATA_TASK_MULTILABEL; a node may have several lines; a
 *                               lone comma says «none of the classes»
 *   node⇥number⇥number…         DATA_TASK_REGRESS
 *   node⇥train|val|test         split.tsv (valid, validation are understood, too)
 *
 * An empty label and, in the first two, -1 is «unlabelled». */
#ifndef DATASETS_TEXT_LABELS_H
#define DATASETS_TEXT_LABELS_H

#include "text/ids.h"

/* What a labels file says, before the number of nodes is known. Owned. */
typedef struct data_i_label_table {
    data_task task;
    int64_t n, row_capacity, class_capacity, value_capacity;
    gnn_id *row;       /* (n) nodes; classes: a line with m classes is m entries */
    gnn_id *class_row; /* (n) class; -1 unlabelled; -2 labelled, none of the classes */
    gnn_real *value;   /* (n, n_values) regression; NaN: unlabelled */
    int64_t n_values;
    gnn_names *classes;
} data_i_label_table;

/* Read a labels file.
 * @param class_names file with `label⇥name` (or just names, a line each), which also
 *        gives the order of the classes; NULL: numbers ascending, or texts sorted
 * With options->schema the classes are those of the schema.
 * Errors: GNN_ERR_INPUT naming file and line (a node that is unknown or listed twice, a
 * label that is no class, a number that is none); GNN_ERR_MEMORY. */
gnn_status data_i_labels_read(data_i_label_table *table, const char *path,
                              const char *class_names, const data_options *options,
                              data_i_ids *ids);
void data_i_labels_clear(data_i_label_table *table);
/* The labels of n_nodes nodes; the classes move over. */
gnn_status data_i_labels_finish(data_i_label_table *table, gnn_id n_nodes,
                                data_labels **labels);

/* part (n_nodes): gnn_part of each node. All nodes of the file must be known.
 * Errors: GNN_ERR_INPUT naming file and line; GNN_ERR_MEMORY. */
gnn_status data_i_split_read(const char *path, const data_options *options,
                             data_i_ids *ids, gnn_id n_nodes, uint8_t **part);

#endif
