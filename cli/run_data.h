/* What a run directory says of the data it was trained on: how it is written and read.
 *
 *     config.json            {"version", "command", "model", "seed", "data_seed",
 *                             "threads", "isa", "name", "fingerprint", "n_outputs",
 *                             "data": settings of reading, resolved,
 *                             "features": {"n", "named", "kind", "normalize"},
 *                             "model_options": {…}, "train": {…}}
 *     nodes.tsv              ids of the training graph's nodes
 *     classes.tsv            names of the classes, unless numbers were learned
 *     features_vocab.tsv     names of the feature columns, where they have names
 *     features.safetensors   "mean" and "deviation" of standardised features
 *     report.json            the result that `train --json` printed
 *
 * so that other data can be read alike: same columns, same classes, same transforms. */
#ifndef CLI_RUN_DATA_H
#define CLI_RUN_DATA_H

#include <cjson/cJSON.h>
#include <gnn/train.h>

#include "data.h"

/** --split, for commands that ask a run again. */
extern const cli_option cli_run_split_table[];

/** A finished run, opened. */
typedef struct cli_run {
    gnn_run *run;
    cli_settings settings; /**< its data, training and model settings */
    char *name;            /**< of the data */
    char *kind;            /**< of the model */
    char *model_options;
    int64_t n_outputs;
    uint64_t seed;      /**< of the model and of its random split */
    uint64_t data_seed; /**< of random features: that of the first of several runs */
    gnn_task task;
    char *fingerprint; /**< hexadecimal */
    gnn_names *vocabulary, *classes;
    gnn_safetensors *statistics;
    data_schema schema; /**< borrows from the fields above */
    char *feature_kind, *normalize;
} cli_run;

/** Errors: GNN_ERR_INPUT when it is no finished run, or a file of it is damaged. */
gnn_status cli_run_open(const char *path, cli_run *run);
void cli_run_close(cli_run *run);
/** Its model with the trained parameters; the caller frees it. */
gnn_status cli_run_model(cli_run *run, gnn_model **model);
/** Read data as the run's were read: the run's own, or those that `given` (settings of
 *  the command line) names. The split is that of --split, the run's when the data are its
 *  own, or the one the data bring; *part, which the caller frees, is NULL when there is
 *  none, or when none is needed. The run's own data may have changed since: a note says
 *  so, but for a drawn split, which would put nodes that were trained on into the test,
 *  it is GNN_ERR_INPUT. */
gnn_status cli_run_read(cli_run *run, const cli_settings *given, bool needs_split,
                        cli_progress *progress, data_nodes *nodes, uint8_t **part);
/** The task for training and evaluation; borrows. */
void cli_node_task(const data_nodes *nodes, const uint8_t *part, gnn_node_task *task);

/** The settings of a config.json, as text. Errors: GNN_ERR_INPUT naming the file and
 *  field. */
gnn_status cli_config_settings(const gnn_config *config, cli_settings *settings);
/** Check what --config names: unknown fields and training settings out of range are
 *  GNN_ERR_INPUT naming the file. */
gnn_status cli_config_check(const char *file, const gnn_config *config);
/** All fields of an object, as text. */
gnn_status cli_config_fields(const gnn_config *object, cli_settings *settings);
/** config.json of what gnn_run_resume(path) would go on with; NULL when there is nothing.
 *  */
gnn_status cli_config_before(const char *path, gnn_config **config);
/** Whether there is no finished run at `path`, but an interrupted one (or some of several
 *  seeds) that --resume would go on with. */
bool cli_run_is_interrupted(const char *path);
/** Before training anew: say so when an interrupted run at `path` is given up by it. */
void cli_note_given_up(const char *path);
/** config.json of a run that is about to be trained, everything resolved. The caller
 *  frees. */
gnn_status cli_config_make(const cli_settings *settings, const data_nodes *nodes,
                           const gnn_model *model, const gnn_train_options *options,
                           uint64_t data_seed, gnn_config **config);
/** Set "model_options" anew: a model that is fitted directly knows some only then. */
gnn_status cli_config_model(gnn_config *config, const gnn_model *model);
/** Fails with GNN_ERR_ARGUMENT naming the first setting in which a run that is to be
 *  resumed differs (GNN_ERR_INPUT when it is the data). How long to train and on how many
 *  threads may differ: the settings of `now` are then taken. */
gnn_status cli_config_compare(gnn_config *before, gnn_config *now);
/** The files beside config.json that do not depend on the seed. */
gnn_status cli_run_write_data(gnn_run *run, const data_nodes *nodes);
/** report.json. */
gnn_status cli_run_write_report(gnn_run *run, const cJSON *result);
/** report.json of a run's folder; NULL when there is none. The caller deletes it. */
cJSON *cli_run_report(gnn_run *run);
/** What it says of the training, into the result of another command: epochs, best_epoch,
 *  seconds_per_epoch. */
void cli_run_add_training(gnn_run *run, cJSON *result);

#endif
