/* WordNet as a knowledge graph. */
#ifndef DATASETS_NAMED_WORDNET_TRIPLES_H
#define DATASETS_NAMED_WORDNET_TRIPLES_H

#include <datasets/triples.h>

/* See data_triple_sets_read. `folder` NULL: where Debian's wordnet-base has them. */
gnn_status data_i_wordnet_triples_read(const char *folder, int64_t n_valid,
                                       int64_t n_test, const data_options *options,
                                       data_triple_sets *sets);

#endif
