/* Triples that a command works on: the files that its settings name. */
#ifndef CLI_TRIPLES_H
#define CLI_TRIPLES_H

#include <datasets/triples.h>

#include "options.h"
#include "progress.h"

/** --triples, --valid and --test, which are settings. */
extern const cli_option cli_triples_table[];

typedef struct cli_triples {
    char *name; /**< of the data, for reports */
    data_triple_sets sets;
    int64_t n_ranked[3];  /**< of each set: the first ones; all others are known only */
    int64_t n_known;      /**< entities of the training triples: the first rows */
    int64_t n_duplicates; /**< training triples that were listed again */
    uint64_t hash[3];     /**< of train, valid and test */
} cli_triples;

/** Read what the settings name: a file of triples, a folder with train.txt, valid.txt and
 *  test.txt (or .tsv, .gz, .zst), or wordnet:triples.
 *  @param entities, relations names that have the first rows already (copied), or NULL
 *  @param run NULL: other names join them. Else they are those of this run, and a triple
 *         with another name is GNN_ERR_INPUT with file and line */
gnn_status cli_triples_read(const cli_settings *settings, const gnn_names *entities,
                            const gnn_names *relations, const char *run,
                            cli_progress *progress, cli_triples *triples);
/** Whether a setting names triples that have rows of their own: wordnet:triples. */
bool cli_triples_are_named(const char *spec);
/** Know also what was known before, in the same rows: behind the triples of each set.
 *  Those that were to be watched or ranked are ranked now only where there are no
 *  others. */
gnn_status cli_triples_join(cli_triples *triples, const cli_triples *before);
/** Say on stderr what is in them, to somebody who trains with them. */
void cli_triples_tell(const cli_triples *triples);
void cli_triples_clear(cli_triples *triples);

#endif
