/* Node ids → rows, for all the files of one data set.
 *
 * Integer mode: an id is its row, and there are as many nodes as the largest id says.
 * String mode: rows by first appearance. Once the set of nodes is closed (nodes.tsv or
 * features have named them all), an id that is not in it is an error. */
#ifndef DATASETS_TEXT_IDS_H
#define DATASETS_TEXT_IDS_H

#include "text/lines.h"

typedef enum data_i_id_mode {
    DATA_I_IDS_AUTO,
    DATA_I_IDS_INTEGER,
    DATA_I_IDS_STRING
} data_i_id_mode;

enum { DATA_I_LONGEST_ID = 65534 }; /* what a table of names takes */

typedef struct data_i_ids {
    data_i_id_mode mode;   /* AUTO until the first id decides */
    gnn_id n;              /* integer mode: largest id + 1 */
    gnn_names *names;      /* string mode: owned */
    const char *closed_by; /* the file that named all nodes, borrowed; NULL: still open */
    int64_t
        n_mentions; /* ids seen: far fewer than n mean that integers are no row numbers */
} data_i_ids;

/* Errors: GNN_ERR_ARGUMENT for an options->ids that is none of the modes. */
gnn_status data_i_ids_init(data_i_ids *ids, const data_options *options);
void data_i_ids_clear(data_i_ids *ids);
/* Fix the mode by the first id of the edges, if it is open. Errors: GNN_ERR_MEMORY. */
gnn_status data_i_ids_settle(data_i_ids *ids, data_i_field first);
int64_t data_i_ids_count(const data_i_ids *ids);

/* What is wrong with a field as an id in this mode, NULL if nothing, as text in
 * `message`. */
const char *data_i_id_complaint(data_i_id_mode mode, data_i_field field,
                                char message[DATA_I_COMPLAINT]);

/* The row of an id. While the set is open and may_add is set, a new id joins it;
 * otherwise *row = -1 for an id that is not in it.
 * Errors: GNN_ERR_INPUT, naming the line of `lines`, for an id that is none;
 * GNN_ERR_MEMORY. */
gnn_status data_i_ids_row(data_i_ids *ids, const data_i_lines *lines, data_i_field field,
                          bool may_add, gnn_id *row);
/* As gnn_names_add_many, for string mode; too many ids are an error of the file at
 * `path`. */
gnn_status data_i_ids_add_many(data_i_ids *ids, const char *path, int64_t n,
                               const char *const *texts, const uint32_t *lengths,
                               gnn_id *rows);

/* GNN_ERR_INPUT when integers leave so many rows empty that they cannot be row
 * numbers. */
gnn_status data_i_ids_check_gaps(const data_i_ids *ids, const char *path);

/* The finished table of names (integer mode: decimals), which the caller owns. */
gnn_status data_i_ids_take(data_i_ids *ids, gnn_names **names);

/* The ids of nodes that are known already: what a labels file of a graph read elsewhere
 * is looked up in. Borrows `names`; not to be cleared. */
data_i_ids data_i_ids_of(const gnn_names *names, const char *closed_by);

#endif
