/* A text file that is there whole or not at all. */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include "cli.h"

typedef struct cli_output {
    FILE *file;      /**< to write to */
    char *path;      /**< NULL: standard output */
    char *temporary; /**< NULL: written in place (standard output, a device, a pipe) */
} cli_output;

/** Open what is to be at `path`; NULL or "-": standard output. Errors: GNN_ERR_OUTPUT. */
gnn_status cli_output_begin(const char *path, cli_output *output);
/** Put it there. Errors: GNN_ERR_OUTPUT; what was there before stays. */
gnn_status cli_output_finish(cli_output *output);
/** Give it up, unless it was finished. */
void cli_output_end(cli_output *output);

#endif
