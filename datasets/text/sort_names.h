/* Classes and arc types in an order that does not depend on the order of a file. */
#ifndef DATASETS_TEXT_SORT_NAMES_H
#define DATASETS_TEXT_SORT_NAMES_H

#include <gnn/names.h>

/* Put the names in order: ascending numbers when all are canonical decimals, else by
 * bytes. *place (owned by the caller) holds for each old row its new one. On failure
 * nothing changed.
 * Errors: GNN_ERR_MEMORY. */
gnn_status data_i_sort_names(gnn_names **names, gnn_id **place);

/* A table of its own with the same names in the same rows. */
gnn_status data_i_names_copy(const gnn_names *names, gnn_names **copy);

#endif
