/* Runs on disk: settings as JSON, and the directory that training writes and everything
 * else reads.
 *
 *     OUT/config.json         every setting
 *     OUT/model.safetensors   weights or tables
 *     OUT/nodes.tsv …         what else belongs to the model: ids, classes, vocabularies
 *     OUT/metrics.jsonl       a line an epoch
 *     OUT/state.safetensors   all that is needed to go on training
 *
 * A run is built beside its place, in OUT.partial, and put there by one rename once it is
 * whole; an older run in that place is exchanged for it and then removed. So at every
 * instant, whatever is killed or full, OUT is the older run or the new one, and
 * OUT.partial, if it is there, can be resumed:
 *
 *     OUT.partial/UNFINISHED  tells a run that is being made from an older one that was
 *                             exchanged but not yet removed; goes after the exchange
 *     OUT.lock                held (flock) by the process that writes OUT
 *     OUT.gnn-tmp             being filled or emptied; what a kill left of it is removed
 *                             by the next writer
 *     OUT.gnn-old             only where the file system cannot exchange two folders: the
 *                             older run, between two renames. Readers find it there, and
 *                             the next writer puts it back.
 */
#ifndef GNN_RUN_H
#define GNN_RUN_H

#include <gnn/names.h>
#include <gnn/safetensors.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- settings ---- */

/** An ordered JSON object: named booleans, numbers, strings, lists of numbers or of
 *  strings, and objects of the same kind. */
typedef struct gnn_config gnn_config;

typedef enum gnn_config_kind {
    GNN_CONFIG_ABSENT,
    GNN_CONFIG_BOOL,
    GNN_CONFIG_NUMBER,
    GNN_CONFIG_STRING,
    GNN_CONFIG_NUMBERS,
    GNN_CONFIG_STRINGS,
    GNN_CONFIG_OBJECT
} gnn_config_kind;

GNN_API gnn_status gnn_config_new(gnn_config **config);
GNN_API void gnn_config_free(gnn_config *config);

/** Read a JSON file. Errors: GNN_ERR_INPUT with file, and line or field. null, nested
 *  lists and a name given twice are refused. */
GNN_API gnn_status gnn_config_load(const char *path, gnn_config **config);
/** Write a JSON file, which is replaced in one step. Errors: GNN_ERR_OUTPUT. */
GNN_API gnn_status gnn_config_save(gnn_config *config, const char *path);
/** As JSON text, indented or on one line: borrowed until the next call that is not a get.
 *  A number is the shortest text that reads back to the same double. NULL: out of
 *  memory. */
GNN_API const char *gnn_config_text(gnn_config *config, bool one_line);

/** Set a field; a new one comes last, an old one keeps its place. Text and arrays are
 *  copied.
 *  Errors: GNN_ERR_MEMORY; GNN_ERR_ARGUMENT for numbers that JSON cannot keep: not
 *  finite, integers beyond ±2^53. */
GNN_API gnn_status gnn_config_set_bool(gnn_config *config, const char *name, bool value);
GNN_API gnn_status gnn_config_set_int(gnn_config *config, const char *name,
                                      int64_t value);
GNN_API gnn_status gnn_config_set_real(gnn_config *config, const char *name,
                                       double value);
GNN_API gnn_status gnn_config_set_string(gnn_config *config, const char *name,
                                         const char *value);
GNN_API gnn_status gnn_config_set_numbers(gnn_config *config, const char *name, int64_t n,
                                          const double *values);
GNN_API gnn_status gnn_config_set_strings(gnn_config *config, const char *name, int64_t n,
                                          const char *const *values);
/** The object of a name, made (in place of whatever was there) when it is none;
 *  borrowed. */
GNN_API gnn_status gnn_config_set_object(gnn_config *config, const char *name,
                                         gnn_config **object);

/** Fields in their order, to look for unknown ones. */
GNN_API int64_t gnn_config_count(const gnn_config *config);
GNN_API const char *gnn_config_name(const gnn_config *config, int64_t i);
GNN_API gnn_config_kind gnn_config_kind_of(const gnn_config *config, const char *name);
GNN_API bool gnn_config_has(const gnn_config *config, const char *name);

/** Read a field; what is returned is borrowed until the field is set or the whole is
 *  freed.
 *  Errors: GNN_ERR_INPUT when it is missing or of another kind: "config.json: field
 *  'train.lr' is "fast", expected a number". get_int takes whole numbers only; an empty
 *  list is both a list of numbers and of strings. */
GNN_API gnn_status gnn_config_get_bool(const gnn_config *config, const char *name,
                                       bool *value);
GNN_API gnn_status gnn_config_get_int(const gnn_config *config, const char *name,
                                      int64_t *value);
GNN_API gnn_status gnn_config_get_real(const gnn_config *config, const char *name,
                                       double *value);
GNN_API gnn_status gnn_config_get_string(const gnn_config *config, const char *name,
                                         const char **value);
GNN_API gnn_status gnn_config_get_numbers(const gnn_config *config, const char *name,
                                          int64_t *n, const double **values);
GNN_API gnn_status gnn_config_get_strings(const gnn_config *config, const char *name,
                                          int64_t *n, const char *const **values);
GNN_API gnn_status gnn_config_get_object(const gnn_config *config, const char *name,
                                         const gnn_config **object);

/* ---- run directories ---- */

typedef struct gnn_run gnn_run;

/** Begin a run that will be at `path`. An interrupted run of that path is given up; a
 *  finished one stays until gnn_run_finish. Missing parent folders are made.
 *  Errors: GNN_ERR_OUTPUT when `path` is something else than a run or an empty folder,
 *  cannot be written beside, or is being written by another process. */
GNN_API gnn_status gnn_run_create(const char *path, gnn_run **run);
/** Go on with the run of `path`: with the interrupted one, else with a copy of the
 *  finished one (which stays in its place until the copy is finished). Call
 *  gnn_run_load_state next: a run that was killed before its first state has none, and
 *  holds the files that were written until then, so training starts over.
 *  Errors: GNN_ERR_INPUT when there is neither an interrupted run nor a finished one with
 *  a state; those of gnn_run_create. */
GNN_API gnn_status gnn_run_resume(const char *path, gnn_run **run);
/** Open a finished run for reading. Errors: GNN_ERR_INPUT, also for an interrupted
 *  one. */
GNN_API gnn_status gnn_run_open(const char *path, gnn_run **run);
/** Close a run. One that was begun and not finished stays in `path`.partial if it holds a
 *  state or finishing it failed; else nothing of it is left. */
GNN_API void gnn_run_free(gnn_run *run);

/** Put a begun run, whole on disk, in its place, and remove the older one. It needs a
 *  config.json. From here on it is open for reading.
 *  Errors: GNN_ERR_OUTPUT; the older run and `path`.partial are then both as they were
 *  (or, if it was the last flush to disk that failed, exchanged: a power cut may still
 *  undo that). */
GNN_API gnn_status gnn_run_finish(gnn_run *run);
/** Remove a begun run, its state too; the older one stays. The run has to be freed after
 *  it. */
GNN_API gnn_status gnn_run_abandon(gnn_run *run);

/** Path of a file of the run, or of its folder as it is now (name NULL). Borrowed until
 *  the next call with this run. */
GNN_API const char *gnn_run_path(gnn_run *run, const char *name);
/** Whether the run holds a file. */
GNN_API bool gnn_run_has(gnn_run *run, const char *name);

/** Write files of a begun run; a file of that name is replaced in one step. They are on
 *  disk when the next state is, or the run is finished. Errors: GNN_ERR_OUTPUT;
 *  GNN_ERR_ARGUMENT for a name with a slash or a leading dot, or for a run that is open
 *  for reading. */
GNN_API gnn_status gnn_run_write_text(gnn_run *run, const char *name, const char *text,
                                      size_t length);
GNN_API gnn_status gnn_run_write_arrays(gnn_run *run, const char *name, int64_t n,
                                        const gnn_array *arrays, int64_t n_notes,
                                        const gnn_note *notes);
/** config.json. */
GNN_API gnn_status gnn_run_write_config(gnn_run *run, gnn_config *config);
GNN_API gnn_status gnn_run_read_config(gnn_run *run, gnn_config **config);
/** A table of names, one a line: line i is row i. A table whose rows are called by their
 *  numbers is read as one of integers, whichever it was. Errors of reading:
 *  GNN_ERR_INPUT. */
GNN_API gnn_status gnn_run_write_names(gnn_run *run, const char *name,
                                       const gnn_names *names);
GNN_API gnn_status gnn_run_read_names(gnn_run *run, const char *name, gnn_names **names);

/** A field of a line of metrics.jsonl. */
typedef struct gnn_run_metric {
    const char *name;
    double value; /**< null in the file when it is not finite */
} gnn_run_metric;
/** Append a line to metrics.jsonl: {"epoch": 3, "loss": 0.25}. Allocates nothing once a
 *  line as long was written. Errors: GNN_ERR_OUTPUT. */
GNN_API gnn_status gnn_run_append_metrics(gnn_run *run, int n,
                                          const gnn_run_metric *metrics);

/** Replace the state by these arrays, on disk when this returns. The length of
 *  metrics.jsonl is kept with them. Allocates nothing from the second state of the same
 *  arrays on.
 *  Errors: GNN_ERR_OUTPUT; the state before is then still whole. */
GNN_API gnn_status gnn_run_save_state(gnn_run *run, int64_t n, const gnn_array *arrays);
/** Open the state; *state is NULL when the run has none. The first call for a resumed run
 *  takes the run back to it: lines of metrics.jsonl that are younger are cut off. The
 *  caller frees it (before the next save, or later: it keeps what it shows). Errors:
 *  GNN_ERR_INPUT. */
GNN_API gnn_status gnn_run_load_state(gnn_run *run, gnn_safetensors **state);

#ifdef __cplusplus
}
#endif

#endif
