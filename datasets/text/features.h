/* Features of nodes, a line a node:
 *
 *   node⇥index:value index:value …     sparse, columns are numbers from 0
 *   node⇥word word:value …             sparse, columns are named; a bare word counts 1
 *   node⇥value⇥value…                  dense, the same number of values on every line
 *
 * The first line that holds any decides which. A table is read before the number of
 * nodes is known; data_i_table_tensor makes the matrix when it is. */
#ifndef DATASETS_TEXT_FEATURES_H
#define DATASETS_TEXT_FEATURES_H

#include "text/ids.h"

typedef enum data_i_table_kind {
    DATA_I_TABLE_OPEN, /* no line with features so far */
    DATA_I_TABLE_SPARSE,
    DATA_I_TABLE_WORDS,
    DATA_I_TABLE_DENSE
} data_i_table_kind;

/* Lines in file order; all arrays are owned. */
typedef struct data_i_table {
    data_i_table_kind kind;
    int64_t n_lines, lines_capacity, counts_capacity;
    gnn_id *row;   /* (n_lines) the node */
    gnn_id *count; /* (n_lines) its entries */
    int64_t n_entries, columns_capacity, values_capacity;
    gnn_id
        *column; /* (n_entries); NULL when dense. -1: a word the schema does not know */
    gnn_real *value;       /* (n_entries) */
    int64_t width;         /* columns: the largest index + 1, or the schema's */
    gnn_id largest;        /* largest node row, -1 for none */
    gnn_names *vocabulary; /* names of the columns of WORDS */
} data_i_table;

/* Read a features file. Ids as in data_i_edges_read; options->schema forces the width,
 * and the vocabulary if it has one.
 * Errors: GNN_ERR_INPUT naming file and line; GNN_ERR_MEMORY; GNN_ERR_CANCELLED. */
gnn_status data_i_table_read(data_i_table *table, const char *path,
                             const data_options *options, data_i_ids *ids);
void data_i_table_clear(data_i_table *table);

/* The matrix (n_nodes, width); nodes without a line get zeros. Sparse values of 0 are
 * left out; words listed again add up. `path` and `options` are for messages.
 * Errors: GNN_ERR_INPUT for a node or an index listed twice; GNN_ERR_MEMORY. */
gnn_status data_i_table_tensor(const data_i_table *table, const char *path,
                               const data_options *options, gnn_id n_nodes,
                               gnn_tensor **tensor);

#endif
