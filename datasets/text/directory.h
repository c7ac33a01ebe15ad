/* The readers of data directories and of bare edge lists (see data_format). */
#ifndef DATASETS_TEXT_DIRECTORY_H
#define DATASETS_TEXT_DIRECTORY_H

#include <datasets/datasets.h>

gnn_status data_i_directory_read(const char *path, const char *arguments,
                                 const data_options *options, data_nodes *nodes);
gnn_status data_i_edge_list_read(const char *path, const char *arguments,
                                 const data_options *options, data_nodes *nodes);

#endif
