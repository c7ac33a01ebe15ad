/* Runs of `gnn embed`: how they are written and read.
 *
 *     config.json         {"version", "command": "embed", "name", "seed", "threads",
 *                          "isa", "products": what precision 'auto' came to, "hash",
 *                          "n_triples" (to learn), "triples": {settings of reading},
 *                          "embedding": {the model}, "train": {as asked for}, "extends":
 *                          embed_extend.c}
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
/** The same for a command that knows both kinds of runs, with its options that mean
 *  something to one of them only: tables, of which the last is NULL; --comment goes with
 *  both. Errors: GNN_ERR_ARGUMENT naming an option that was given with a run of the other
 *  kind. */
gnn_status cli_kind_of_run(const char *path, const cli_option *const *of_nodes,
                           const cli_option *const *of_triples, const cli_settings *given,
                           bool *is_embed);

/** A finished run, opened. */
typedef struct cli_embed_run {
    const char *path; /**< borrowed */
    gnn_run *run;
    gnn_config *config;
    cli_settings settings; /**< of reading its triples, and its seed */
    emb_model *model;
    gnn_names *entities, *relations;
} cli_embed_run;
gnn_status cli_embed_open(const char *path, cli_embed_run *run);
void cli_embed_close(cli_embed_run *run);
/** Its triples, read again, with those that the runs knew which it froze; or those that
 *  `given` names. In rows of its tables. */
gnn_status cli_embed_triples(const cli_embed_run *run, const cli_settings *given,
                             cli_progress *progress, cli_triples *triples);

/** What people call its entities, by row (data_entity_labels_free); NULL where the run
 *  does not say. */
gnn_status cli_embed_labels(const cli_embed_run *run, const char *const **labels);

/** Settle for a precision of products: that which the run `resumed` (NULL: none) was
 *  begun with, else what is asked for means on this machine. */
gnn_status cli_embed_settle(const char *resumed, const emb_model *model,
                            emb_train_options *options);
/** "fp32" or "bf16", of options that are settled. */
const char *cli_embed_products(const emb_train_options *settled);
/** config.json of a run that is about to be trained with `settled` options, which were
 *  `asked` for. The caller frees. */
gnn_status cli_embed_config(const cli_settings *settings, const cli_triples *triples,
                            const emb_model *model, const emb_train_options *asked,
                            const emb_train_options *settled, gnn_config **config);
/** Its object "triples": the files that settings name, from the root. */
gnn_status cli_embed_put_files(const cli_settings *settings, gnn_config *config);
/** Begin or resume the run at a place. */
gnn_status cli_embed_begin(const char *path, bool resume, gnn_config *config,
                           gnn_run **run);
/** Names and labels. */
gnn_status cli_embed_write_names(gnn_run *run, const cli_triples *triples);

/** embed_extend.c: the run that `gnn embed --extend` goes on from, with the triples, old
 *  and new, that it is given. Rows of its entities and relations keep their numbers; new
 *  ones follow. config.json says so in an object "extends": {"run", "entities",
 *  "relations" (before), "freeze-old"}. With frozen rows the new triples may be given
 *  alone, so that the old ones are remembered there, as in a configuration of their own:
 *  "seed", "triples" and, where that run had frozen another, "extends". */
typedef struct cli_extension {
    char *path; /**< NULL: no run is extended */
    cli_embed_run run;
    emb_growth growth;
} cli_extension;
/** Open the run of a path (NULL: none), or the one that the run `resumed` (NULL: none)
 *  was begun with. */
gnn_status cli_extension_open(const char *path, bool freeze, const char *resumed,
                              cli_extension *extension);
void cli_extension_close(cli_extension *extension);
/** Its settings, below those that are `given`, into `base`: with a tenth of its epochs.
 *  Errors: GNN_ERR_ARGUMENT for one that a model cannot change. */
gnn_status cli_extension_settings(const cli_extension *extension,
                                  const cli_settings *given, cli_settings *base);
/** Its model, larger; its own is freed. Triples without labels get its. */
gnn_status cli_extension_model(cli_extension *extension, cli_triples *triples,
                               uint64_t seed, emb_model **model);
/** Let the optimiser of this name go on, if it is the run's. */
void cli_extension_optimizer(cli_extension *extension, const char *optimizer);
/** Before ranking: where rows are frozen, know also what the run knew. Its triples may be
 *  gone by now; a note says so. */
gnn_status cli_extension_know(const cli_extension *extension, cli_progress *progress,
                              cli_triples *triples);
gnn_status cli_extension_configure(const cli_extension *extension, gnn_config *config);

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
/** embed_predict.c: scores of the triples that `given` names, to `out` (NULL: stdout),
 *  an array when it ends with .npy. Their probabilities, too (in an array instead),
 *  unless `calibration` is NULL or "none": "platt" or "isotonic". Only the first `limit`
 *  triples, unless that is 0. */
gnn_status cli_embed_predict(const char *path, const cli_settings *given,
                             const char *calibration, int64_t limit, const char *out,
                             cli_progress *progress);

#endif
