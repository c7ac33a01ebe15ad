/* A text file that is there whole or not at all. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <gnn/names.h>

#include "cli.h"

typedef struct cli_output {
    FILE *file;      /**< to write to */
    char *path;      /**< NULL: standard output */
    char *temporary; /**< NULL: written in place (standard output, a device, a pipe) */
} cli_output;

/** Make the folders in which `path` is to be, where they are missing. Errors:
 *  GNN_ERR_OUTPUT. */
gnn_status cli_make_parents(const char *path);
/** Open what is to be at `path`, in folders that are made; NULL or "-": standard output.
 *  Errors: GNN_ERR_OUTPUT. */
gnn_status cli_output_begin(const char *path, cli_output *output);
/** Put it there. Errors: GNN_ERR_OUTPUT; what was there before stays. */
gnn_status cli_output_finish(cli_output *output);
/** Give it up, unless it was finished. */
void cli_output_end(cli_output *output);

/** Fails with GNN_ERR_ARGUMENT when the name promises what is not written: compressed
 *  text. NULL is fine. */
gnn_status cli_check_out(const char *path);
/** Whether the name asks for an array: it ends with `.npy`. NULL does not. */
bool cli_is_npy(const char *path);
/** The ids of rows of a table that holds none, beside it: PATH without its extension,
 *  with `.nodes.tsv`. `rows` (n) of the names; NULL: all of them. */
gnn_status cli_write_ids(const char *path, const gnn_names *names, int64_t n,
                         const gnn_id *rows);

#endif
