/* Made graphs: random ones, regular ones and famous ones, by igraph's generators. */
#ifndef DATASETS_GENERATE_H
#define DATASETS_GENERATE_H

#include <datasets/datasets.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One generator: what `gnn generate --help` shows. */
typedef struct data_generator {
    const char *name;
    const char *parameters; /**< with their defaults, e.g. "n=1000,m=2" */
    const char *help;       /**< one line, with its source */
} data_generator;
GNN_API const data_generator *const *data_generators(size_t *n);

/** Make a graph.
 *  @param kind name of a generator
 *  @param parameters "name=value,…"; NULL or "": all defaults. Lists are written with
 *         `+`: sizes=50+50+100
 *  @param options directed, duplicates, features, split, n_threads and seed are used
 *  @param nodes filled; labels where the generator knows groups (sbm: the blocks)
 *  Errors: GNN_ERR_ARGUMENT for an unknown kind, name or value; GNN_ERR_UNSUPPORTED
 *  without igraph; GNN_ERR_MEMORY. The same seed gives the same graph. */
GNN_API gnn_status data_generate(const char *kind, const char *parameters,
                                 const data_options *options, data_nodes *nodes);

#ifdef __cplusplus
}
#endif

#endif
