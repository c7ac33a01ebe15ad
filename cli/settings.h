/* Settings of training: the model's recipe, a configuration and the command line,
 * resolved. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include <gnn/train.h>

#include "options.h"

/** The options of every model, layer, optimiser and schedule for a command that trains.
 *  With `model` (may be NULL) only that model's are shown by --help, with the defaults
 *  that a run of it gets; the others are hidden. */
void cli_training_tables(const char *model, cli_option **training, cli_option **models);

/** Fails with what is known when `model` is no model and no layer. */
gnn_status cli_check_model(const char *model);

/** Defaults, then the recipe of the model, then `settings`. */
gnn_status cli_train_options(const char *model, const cli_settings *settings,
                             gnn_train_options *options);
/** The settings that are neither of data nor of training: the model's own, as
 *  "name=value,…". New memory, "" when there are none. */
char *cli_model_options(const cli_settings *settings);
/** Whether a name is a setting of training (of gnn_train_option_table). */
bool cli_is_train_setting(const char *name);
/** Whether a name is a setting of a model that is known. */
bool cli_is_model_setting(const char *model, const char *name);

#endif
