/* nodes.tsv: node[⇥title], which names all nodes and gives string ids their rows. */
#ifndef DATASETS_TEXT_NODE_LIST_H
#define DATASETS_TEXT_NODE_LIST_H

#include "text/ids.h"

/* Texts that are collected row by row. */
struct data_texts {
    int64_t n, start_capacity, bytes_capacity;
    int64_t n_bytes;
    int64_t *start; /* (n) where each text begins in bytes */
    char *bytes;    /* the texts, each with a NUL */
};
/* Append a text as the next row, its control characters made blanks. */
gnn_status data_i_texts_add(data_texts *texts, const char *text, size_t length);

/* Read nodes.tsv into `ids`, which closes the set of nodes. In integer mode the lines
 * must be 0, 1, 2 … in order. *titles is NULL when no line has one.
 * Errors: GNN_ERR_INPUT naming file and line; GNN_ERR_MEMORY. */
gnn_status data_i_node_list_read(const char *path, const data_options *options,
                                 data_i_ids *ids, data_texts **titles);

#endif
