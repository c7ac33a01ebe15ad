/* Loading modules (modules/module.h). */
#ifndef DATASETS_MODULE_H
#define DATASETS_MODULE_H

#include "modules/module.h"

/* The functions that modules get from this side. */
extern const data_module_host data_i_module_host;

/* Load the igraph module at the first call and lock it: igraph keeps its errors and its
 * random numbers in globals. data_i_module_unlock gives it back.
 * Errors: GNN_ERR_UNSUPPORTED when it or its library is not there, naming the package. */
gnn_status data_i_module_lock(const data_module **module);
void data_i_module_unlock(void);

void data_i_module_graph_clear(data_module_graph *graph);

#endif
