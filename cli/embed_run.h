/* Runs of `gnn embed`: how they are written and read.
 *
 *     config.json         {"version", "command": "embed", "name", "seed", "threads",
 *                          "isa", "hash", "triples": {settings of reading}, "embedding":
 *                          {the model}, "train": {…}}
 *     entities.tsv        row → name; entity_labels.tsv what people call them, if known
 *     relations.tsv
 *     model.safetensors   "entity" (rows, floats), "relation"
 *     report.json         the result that `embed --json` printed */
#ifndef CLI_EMBED_RUN_H
#define CLI_EMBED_RUN_H

#include <cjson/cJSON.h>
#include <embed/embed.h>

#include "export.h"
#include "triples.h"

/** Whether a run directory was written by `gnn embed`. */
bool cli_is_embed_run(const char *path);

/** A finished run, opened. */
typedef struct cli_embed_run {
    gnn_run *run;
    gnn_config *config;
    cli_settings settings; /**< of reading its triples, and its seed */
    emb_model *model;
    gnn_names *entities, *relations;
} cli_embed_run;
gnn_status cli_embed_open(const char *path, cli_embed_run *run);
void cli_embed_close(cli_embed_run *run);
/** Its triples, read again, or those that `given` names, in rows of its tables. */
gnn_status cli_embed_triples(const cli_embed_run *run, const cli_settings *given,
                             cli_progress *progress, cli_triples *triples);

/** What people call its entities, by row (data_entity_labels_free); NULL where the run
 *  does not say. */
gnn_status cli_embed_labels(const cli_embed_run *run, const char *const **labels);

/** config.json of a run that is about to be trained. The caller frees. */
gnn_status cli_embed_config(const cli_settings *settings, const cli_triples *triples,
                            const emb_model *model, const emb_train_options *options,
                            gnn_config **config);
/** Begin or resume the run at a place. */
gnn_status cli_embed_begin(const char *path, bool resume, gnn_config *config,
                           gnn_run **run);
/** Names and labels. */
gnn_status cli_embed_write_names(gnn_run *run, const cli_triples *triples);

/** embed_eval.c: rank the run's valid and test triples, or those that `given` names. */
typedef struct cli_embed_wish {
    bool raw;
    const char *ties, *by; /**< as given, or NULL */
    int64_t sample, seed;  /**< 0: exact */
} cli_embed_wish;
gnn_status cli_embed_eval(const char *path, const cli_settings *given,
                          const cli_embed_wish *wish, bool json, cli_progress *progress);

/** embed_export.c: vectors of entities, or of relations, as `layer` says. */
gnn_status cli_embed_export(const char *path, const cli_exporter *exporter,
                            const char *layer, const char *out);

/** embed_info.c: what is in the run, on stdout and into `json`. */
gnn_status cli_embed_info(const char *path, cJSON *json);
/** embed_predict.c: scores of the triples that `given` names, to `out` (NULL: stdout).
 *  A column of probabilities, unless `calibration` is NULL or "none": "platt" or
 *  "isotonic". */
gnn_status cli_embed_predict(const char *path, const cli_settings *given,
                             const char *calibration, const char *out,
                             cli_progress *progress);

#endif
