/* The formats of `gnn export`. */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include <gnn/names.h>
#include <gnn/tensor.h>

#include "cli.h"

/** A table of rows as files for another program. */
typedef struct cli_exporter {
    const char *name, *extension;
    const char *help; /**< one line */
    /** `layer` is what the table is called where a format has names for tables. */
    gnn_status (*write)(const char *path, const gnn_names *names, const gnn_tensor *table,
                        const char *layer);
} cli_exporter;
extern const cli_exporter cli_exporters[];
extern const size_t cli_n_exporters;

#endif
