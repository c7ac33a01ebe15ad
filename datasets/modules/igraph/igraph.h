/* What the files of this module share. */
#ifndef DATASETS_MODULES_IGRAPH_H
#define DATASETS_MODULES_IGRAPH_H

#include <igraph/igraph.h>

#include "modules/module.h"

/* Make igraph return its errors instead of aborting, and forget the last one. */
void module_begin(void);
/* What igraph complained about last, "" for nothing; without its trailing full stop. */
const char *module_complaint(void);

/* Copy nodes, edges and attributes. Errors: GNN_ERR_MEMORY; GNN_ERR_INPUT beyond 2^31 -
 * 2. */
gnn_status module_copy(const data_module_host *host, const igraph_t *from,
                       data_module_graph *graph);

gnn_status module_read(const data_module_host *host, const char *format, const char *path,
                       const char *bytes, size_t size, data_module_graph *graph);
gnn_status module_generate(const data_module_host *host, const char *kind,
                           const data_module_value *values, uint64_t seed, bool directed,
                           data_module_graph *graph);

#endif
