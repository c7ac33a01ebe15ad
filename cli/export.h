/* The formats of `gnn export`. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include <gnn/names.h>
#include <gnn/tensor.h>

#include "cli.h"

/** A table of rows, as an exporter takes it. */
typedef struct cli_table {
    const gnn_names *names;
    const char *const *labels; /**< what people call the rows, NULL where unknown; or
                                *   NULL */
    const gnn_tensor *values;
    const char *layer; /**< what the table is called where a format has names for it */
} cli_table;

/** Writes it as files for another program. */
typedef struct cli_exporter {
    const char *name, *extension; /**< NULL: `path` is a folder */
    const char *help;             /**< one line */
    gnn_status (*write)(const char *path, const cli_table *table);
} cli_exporter;
extern const cli_exporter cli_exporters[];
extern const size_t cli_n_exporters;

#endif
