/* Files that are whole or not there: writing through a temporary file, flat folders,
 * locks. Every failure to write is GNN_ERR_OUTPUT with the path and the system's
 * reason. */
#ifndef GNN_RUN_FILE_H
#define GNN_RUN_FILE_H

#include <gnn/status.h>

#define GNN_I_PATH_BYTES 4096

/* path = the printed text. GNN_ERR_ARGUMENT when it does not fit GNN_I_PATH_BYTES. */
gnn_status gnn_i_path(char *path, const char *format, ...) GNN_PRINTF(2, 3);

/* A file on its way to replace `path`: written as `path`.tmp, then renamed. */
typedef struct gnn_i_replacement {
    const char *path; /* borrowed */
    char temporary[GNN_I_PATH_BYTES];
    int file; /* -1 when shut */
} gnn_i_replacement;

gnn_status gnn_i_replacement_open(gnn_i_replacement *r, const char *path);
gnn_status gnn_i_replacement_write(gnn_i_replacement *r, const void *bytes, size_t size);
/* Put the file in its place; with `durable` it is on disk when this returns. On failure
 * the temporary file is removed. */
gnn_status gnn_i_replacement_commit(gnn_i_replacement *r, bool durable);
/* Give it up, if it was not committed. */
void gnn_i_replacement_drop(gnn_i_replacement *r);

/* All of `size` bytes to an open file; `path` is for the message. */
gnn_status gnn_i_write_all(int file, const char *path, const void *bytes, size_t size);
/* Flush a file, or a folder's entries, to disk. */
gnn_status gnn_i_sync(const char *path);
/* Flush the folder that `path` is an entry of. */
gnn_status gnn_i_sync_parent(const char *path);
/* Flush every file of a folder, and the folder. */
gnn_status gnn_i_sync_folder(const char *folder);

bool gnn_i_exists(const char *path);
/* The content of a file of at most `limit` bytes and a NUL, to be given to gnn_i_free.
 * Errors: GNN_ERR_INPUT. */
gnn_status gnn_i_read_file(const char *path, size_t limit, char **content, size_t *size);
/* Copy the files of a folder into another one. */
gnn_status gnn_i_copy_folder(const char *from, const char *to);
/* Remove a folder and the files in it; a folder inside it stops that. Nothing to remove
 * is no failure. */
gnn_status gnn_i_remove_folder(const char *folder);
/* Remove the temporary files that killed replacements left in a folder. */
gnn_status gnn_i_remove_temporary(const char *folder);
/* Make the folders that `path` lies in. */
gnn_status gnn_i_make_parents(const char *path);

/* Hold the lock file `path`, made if needed; *file has to be kept. GNN_ERR_OUTPUT when
 * another process has it. */
gnn_status gnn_i_lock(const char *path, int *file);
void gnn_i_unlock(const char *path, int file);

#endif
