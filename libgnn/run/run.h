/* A run directory from inside. */
#ifndef GNN_RUN_RUN_H
#define GNN_RUN_RUN_H

#include <gnn/run.h>

#include "run/file.h"
#include "run/text.h"

typedef enum gnn_i_run_mode {
    GNN_I_RUN_READING, /* a finished run */
    GNN_I_RUN_STAGED,  /* being made in .partial, under the lock */
    GNN_I_RUN_GONE     /* abandoned */
} gnn_i_run_mode;

struct gnn_run {
    gnn_i_run_mode mode;
    char place[GNN_I_PATH_BYTES];   /* where the run is, or will be */
    char partial[GNN_I_PATH_BYTES]; /* place.partial */
    char old[GNN_I_PATH_BYTES];     /* place.gnn-old */
    char scratch[GNN_I_PATH_BYTES]; /* place.gnn-tmp */
    char lock[GNN_I_PATH_BYTES];    /* place.lock */
    char folder[GNN_I_PATH_BYTES];  /* where its files are now */
    char path[GNN_I_PATH_BYTES];    /* what gnn_run_path returned */
    int lock_file;                  /* -1: not held */
    int metrics_file;               /* metrics.jsonl, open for appending; -1: not yet */
    int64_t metrics_bytes;          /* its length */
    bool is_dirty;                  /* files were written that are not known to be on
                                     * disk */
    bool goes_back;                 /* resumed, and its state was not loaded yet */
    bool is_kept;                   /* finishing failed: gnn_run_free leaves what is
                                     * there */
    gnn_i_text text;                /* reused: headers of states, lines of metrics */
};

/* Files with a meaning of their own. */
#define GNN_I_CONFIG "config.json"
#define GNN_I_METRICS "metrics.jsonl"
#define GNN_I_STATE "state.safetensors"
#define GNN_I_UNFINISHED "UNFINISHED"

/* Path of a file in the run's folder. */
gnn_status gnn_i_run_file(const gnn_run *run, const char *name, char *path);
/* Flush what was written since the last flush to disk. */
gnn_status gnn_i_run_sync(gnn_run *run);
/* GNN_ERR_ARGUMENT unless the run is being made. */
gnn_status gnn_i_run_writable(const gnn_run *run);

/* staging.c: everything that makes, moves and removes folders. Called under the lock. */

/* Whether a folder is there and is a finished run. */
bool gnn_i_is_run(const char *folder);
/* Bring back what a crash of another process left half done. */
gnn_status gnn_i_staging_recover(const gnn_run *run);
/* GNN_ERR_OUTPUT unless the place is free, an empty folder or a run. */
gnn_status gnn_i_staging_check_place(const gnn_run *run);
/* A .partial, marked as unfinished, with copies of the files of the folder `from` (NULL:
 * none); whatever run was in it is removed. */
gnn_status gnn_i_staging_make(const gnn_run *run, const char *from);
/* Whether .partial is a run that was begun and not finished. */
bool gnn_i_staging_is_begun(const gnn_run *run);
/* Remove .partial. */
gnn_status gnn_i_staging_discard(const gnn_run *run);
/* Put .partial, which is whole and on disk, in its place and remove the older run. When
 * only flushing the exchange to disk fails, *is_published is true all the same. */
gnn_status gnn_i_staging_publish(const gnn_run *run, bool *is_published);

#endif
