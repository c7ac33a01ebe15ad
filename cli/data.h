/* Settings that say what to read and on which machine: from text to what the libraries
 * take. */
#ifndef CLI_DATA_H
#define CLI_DATA_H

#include <datasets/datasets.h>
#include <gnn/model.h>

#include "options.h"
#include "progress.h"

/** --data, for commands that do not take it as their first word. */
extern const cli_option cli_spec_table[];
/** --labels --features --task …: how to read. All of them are settings, and so is
 *  --split, of which every command has its own to say. */
extern const cli_option cli_data_table[];
/** --threads and --isa (settings). */
extern const cli_option cli_machine_table[];

/** Whether a name is a setting of one of these two, or split. */
bool cli_is_data_setting(const char *name);

/** Check the settings of both tables and fill the options of readers, which borrow the
 *  texts. Forces the instruction set. Errors: GNN_ERR_ARGUMENT naming the option. */
gnn_status cli_data_options(const cli_settings *settings, cli_progress *progress,
                            data_options *options);
/** --threads, 0 when it is not given; --isa is forced. */
gnn_status cli_machine(const cli_settings *settings, int *n_threads);
/** A whole number that is 0 or more; `initial` when it is not set. */
gnn_status cli_whole(const cli_settings *settings, const char *name, int64_t initial,
                     int64_t *value);
/** Whether a switch is on. */
gnn_status cli_switch(const cli_settings *settings, const char *name, bool *on);

/** Read data. Fails when the settings name none. */
gnn_status cli_data_read(const cli_settings *settings, const data_options *options,
                         data_nodes *nodes);
/** Fails with GNN_ERR_INPUT naming the first arc whose weight is not positive, unless the
 *  model reads no arcs: sums of such weights make degrees that have no root. */
gnn_status cli_check_weights(const data_nodes *nodes, const gnn_model *model);
/** Whether a split is drawn at random ("random:…", "per-class:…") rather than read. */
bool cli_split_is_drawn(const char *split);

/** A path or SPEC that means the same from every folder. New memory. */
char *cli_absolute(const char *spec);

/** Nodes of a part; all nodes of any part for GNN_PART_NONE. */
int64_t cli_count_part(const data_nodes *nodes, const uint8_t *part, int which);
/** Which nodes --part names: beside a gnn_part all of them, or those of no part. */
enum { CLI_PART_ALL = -1, CLI_PART_REST = GNN_PART_NONE };
/** "all", "train", "valid" (or "val"), "test", "rest". */
gnn_status cli_part(const char *name, int *part);
/** Rows of the nodes of a part, ascending; `part` may be NULL for CLI_PART_ALL. New
 *  memory. */
gnn_id *cli_part_rows(const data_nodes *nodes, const uint8_t *part, int which,
                      int64_t *n);

#endif
