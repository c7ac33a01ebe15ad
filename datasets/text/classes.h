/* Classes: what a labels file calls them, what a person calls them, and their rows. */
#ifndef DATASETS_TEXT_CLASSES_H
#define DATASETS_TEXT_CLASSES_H

#include "text/lines.h"

typedef struct data_i_classes {
    gnn_names *keys;  /* what class_names.tsv lets a label be; NULL: no such file */
    gnn_names *names; /* row i is the name of key i; without keys what was seen so far */
    const char *keys_path;  /* borrowed */
    const gnn_names *fixed; /* the schema's classes, which rows refer to; borrowed */
} data_i_classes;

/* class_names: a file, or NULL. Errors: GNN_ERR_INPUT for a key or name that is listed
 * twice. */
gnn_status data_i_classes_init(data_i_classes *classes, const char *class_names,
                               const data_options *options);
void data_i_classes_clear(data_i_classes *classes);
/* The row of a label, in the order before data_i_classes_finish.
 * Errors: GNN_ERR_INPUT for one that is no class. */
gnn_status data_i_classes_row(data_i_classes *classes, const data_i_lines *lines,
                              data_i_field label, gnn_id *row);
/* The names of all classes, owned by the caller, and where each row moved (NULL:
 * nowhere). */
gnn_status data_i_classes_finish(data_i_classes *classes, gnn_names **names,
                                 gnn_id **place);

#endif
