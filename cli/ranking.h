/* Ranks of the triples of a command: how they are asked for, computed and shown. */
#ifndef CLI_RANKING_H
#define CLI_RANKING_H

#include <cjson/cJSON.h>
#include <embed/evaluate.h>

#include "triples.h"

/** "mean", "optimistic", "pessimistic". */
gnn_status cli_ties(const char *name, emb_ties *ties);
const char *cli_ties_name(emb_ties ties);

/** Rankings of a result ("valid", "test" …) as a table on stdout, with tails and heads
 *  apart, and groups below, likewise: what a relation leads to few of has easy tails and
 *  hard heads, or the other way round. */
void cli_print_rankings(const cJSON *result);
/** The same of ranks among a sample, each with half its 95 % confidence interval. */
void cli_print_sampled_rankings(const cJSON *result);

/** How to rank. */
typedef enum cli_by { CLI_BY_NOTHING, CLI_BY_RELATION, CLI_BY_KIND } cli_by;
typedef struct cli_ranking {
    const gnn_names *relations; /**< of the model */
    bool raw;                   /**< nothing is filtered */
    emb_ties ties;
    cli_by by;      /**< what results are shown apart for */
    int64_t sample; /**< rivals drawn for each question; 0: all of them, exact ranks */
    uint64_t seed;  /**< of the sample */
    int n_threads;
} cli_ranking;
/** "relation" or "kind"; NULL: nothing. */
gnn_status cli_by_name(const char *name, cli_by *by);
/** Rank a set filtered by what is known; adds it to `result` under `name`, with how it
 *  was done. */
gnn_status cli_rank(const emb_model *model, const cli_triples *triples, const char *name,
                    const cli_ranking *ranking, cli_progress *progress, cJSON *result);

#endif
