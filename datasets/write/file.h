/* Files that come into their place when they are complete. */
#ifndef DATASETS_WRITE_FILE_H
#define DATASETS_WRITE_FILE_H

#include <gnn/status.h>
#include <stdio.h>

typedef struct data_i_file {
    const char *path; /* borrowed */
    FILE *stream;     /* write here; errors are found by data_i_file_close */
    char *temporary;  /* written to, until it is renamed; NULL: written in place */
    bool is_stdout;
} data_i_file;

/* Begin to write `path`; "-" is the standard output, and what is there but no plain file
 * (a device, a pipe) is written in place. Errors: GNN_ERR_OUTPUT, GNN_ERR_MEMORY. */
gnn_status data_i_file_open(data_i_file *file, const char *path);
/* Finish. With a status of failure the file is dropped and the status returned;
 * otherwise it takes its place. Errors: GNN_ERR_OUTPUT with the system's reason (a full
 * disk …). */
gnn_status data_i_file_close(data_i_file *file, gnn_status status);

/* The shortest decimal that reads back as x; returns its length. `out` has room for
 * 32. */
size_t data_i_format_f32(float x, char out[32]);
size_t data_i_format_f64(double x, char out[32]);

#endif
