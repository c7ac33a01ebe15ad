/* Triples that a command works on: the files that its settings name, and the result of
 * ranking. */
#ifndef CLI_TRIPLES_H
#define CLI_TRIPLES_H

#include <cjson/cJSON.h>
#include <datasets/triples.h>
#include <embed/evaluate.h>

#include "options.h"
#include "progress.h"

/** --triples, --valid and --test, which are settings. */
extern const cli_option cli_triples_table[];

typedef struct cli_triples {
    char *name; /**< of the data, for reports */
    data_triple_sets sets;
    int64_t n_known;      /**< entities of the training triples: the first rows */
    int64_t n_duplicates; /**< training triples that were listed again */
    uint64_t hash[3];     /**< of train, valid and test */
} cli_triples;

/** Read what the settings name: a file of triples, a folder with train.txt, valid.txt and
 *  test.txt (or .tsv, .gz, .zst), or wordnet:triples. Says on stderr what was read. */
gnn_status cli_triples_read(const cli_settings *settings, cli_progress *progress,
                            cli_triples *triples);
void cli_triples_clear(cli_triples *triples);

/** "mean", "optimistic", "pessimistic". */
gnn_status cli_ties(const char *name, emb_ties *ties);
const char *cli_ties_name(emb_ties ties);

/** Rankings of a result ("valid", "test" …) as a table on stdout, with tails and heads
 *  apart. */
void cli_print_rankings(const cJSON *result);
/** How to rank. */
typedef enum cli_by { CLI_BY_NOTHING, CLI_BY_RELATION, CLI_BY_KIND } cli_by;
typedef struct cli_ranking {
    bool raw; /**< nothing is filtered */
    emb_ties ties;
    cli_by by; /**< what results are shown apart for */
    int n_threads;
} cli_ranking;
/** "relation" or "kind"; NULL: nothing. */
gnn_status cli_by_name(const char *name, cli_by *by);
/** Rank a set filtered by what is known; adds it to `result` under `name`, with how it
 *  was done. */
gnn_status cli_rank(const emb_model *model, const cli_triples *triples, const char *name,
                    const cli_ranking *ranking, cli_progress *progress, cJSON *result);

#endif
