/* `gnn train`: the problem that was read, and how one seed of it is trained. */
#ifndef CLI_TRAINING_H
#define CLI_TRAINING_H

#include <cjson/cJSON.h>

#include "run_data.h"
#include "settings.h"

/** All that one command trains on, resolved. */
typedef struct cli_training {
    cli_settings settings; /**< of the recipe's user: configuration and command line */
    const char *model;     /**< borrowed from settings */
    char *model_options;
    gnn_train_options options;
    data_nodes nodes;
    const char *split; /**< borrowed: "public", a file, "random:…", "per-class:…" */
    uint8_t *part;     /**< (n_nodes) of the seed that is trained */
    bool quiet;
    cli_progress progress;
} cli_training;

/** Resolve `settings` (moved into `training`): check the model and the options, read the
 *  data, decide on a split and on features. Says on stderr what was read. */
gnn_status cli_training_begin(cli_settings *settings, bool quiet, cli_training *training);
void cli_training_end(cli_training *training);

/** A run of one seed, made but not trained. */
typedef struct cli_seed {
    uint64_t seed;
    gnn_model *model;
    gnn_config *config;
    gnn_train_options options;
} cli_seed;
/** The model with its initial parameters, and its split in training->part. */
gnn_status cli_seed_begin(cli_training *training, uint64_t seed, cli_seed *one);
void cli_seed_end(cli_seed *one);
/** Say how much memory training will take. */
gnn_status cli_training_memory(const cli_training *training, const cli_seed *one);
/** Train (or fit) in a begun run, which receives all its files but those of
 *  cli_run_write_data, and is left to be finished. *result is the report as JSON. */
gnn_status cli_seed_train(cli_training *training, cli_seed *one, gnn_run *run,
                          cJSON **result);

/** Begin the run at `path`: anew, or go on with what is there when `resume`, if it was
 *  begun with the same settings. */
gnn_status cli_seed_open(const char *path, bool resume, cli_seed *one, gnn_run **run);

/** Train `n` seeds from options.seed on; the best on the validation part becomes the run
 *  at `out`. *result is that run's report with "runs", "mean" and "sd". */
gnn_status cli_train_seeds(cli_training *training, int64_t n, const char *out,
                           bool resume, cJSON **result);

/** config.json of the first seed of an interrupted cli_train_seeds at `out`; NULL when
 *  there is nothing. */
gnn_status cli_seeds_before(const char *out, gnn_config **config);

#endif
