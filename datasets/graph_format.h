/* Graph formats and generators of the igraph module, as data_nodes. */
#ifndef DATASETS_GRAPH_FORMAT_H
#define DATASETS_GRAPH_FORMAT_H

#include <datasets/datasets.h>

#include "modules/module.h"

/* The readers of the formats (see data_format). Their options say what attributes mean:
 * `id=A,title=A,label=A,features=A+B|all|none,weight=A`. By default
 *   id        the first of the text attributes name, id, label that differs between all
 *             vertices; none: row numbers
 *   title     label, where it is a text and not the id
 *   label     the first of class, target, group, community; texts or numbers
 *   features  all numbers but the ones above and `id`
 *   weight    the edges' weight, then value; another number of theirs only by name */
gnn_status data_i_graphml_read(const char *path, const char *arguments,
                               const data_options *options, data_nodes *nodes);
gnn_status data_i_gml_read(const char *path, const char *arguments,
                           const data_options *options, data_nodes *nodes);
gnn_status data_i_pajek_read(const char *path, const char *arguments,
                             const data_options *options, data_nodes *nodes);
gnn_status data_i_lgl_read(const char *path, const char *arguments,
                           const data_options *options, data_nodes *nodes);
gnn_status data_i_ncol_read(const char *path, const char *arguments,
                            const data_options *options, data_nodes *nodes);
gnn_status data_i_dl_read(const char *path, const char *arguments,
                          const data_options *options, data_nodes *nodes);

/* What the attributes of a graph mean: names of theirs, "" for the default. */
typedef struct data_i_attribute_roles {
    char id[64], title[64], label[64], features[512], weight[64];
} data_i_attribute_roles;

/* A module's graph as nodes: builds the graph (source and target move into it), names,
 * titles, labels, features. `path` is for messages. */
gnn_status data_i_graph_convert(data_module_graph *from, const char *path,
                                const data_i_attribute_roles *roles,
                                const data_options *options, data_nodes *nodes);

#endif
