/* Sets of triples by name. */
#include <datasets/triples.h>

#include <string.h>

#include "core/alloc.h"
#include "named/wordnet_triples.h"

enum { HELD_OUT = 3000 /* about as many as WN18RR has */ };
static const char WORDNET[] = "wordnet:triples";

gnn_status data_triple_sets_read(const char *spec, int64_t n_valid, int64_t n_test,
                                 const data_options *options, data_triple_sets *sets) {
    static const data_options defaults = {0};
    gnn_status status;
    size_t length = strlen(WORDNET);
    *sets = (data_triple_sets){0};
    bool is_known = strncmp(spec, WORDNET, length) == 0 &&
                    (spec[length] == '\0' || spec[length] == ':');
    GNN_CHECK(is_known, GNN_ERR_ARGUMENT, "unknown triples '%.60s'; known: %s[:FOLDER]",
              spec, WORDNET);
    GNN_TRY(gnn_i_strdup(&sets->name, WORDNET));
    GNN_TRY(data_i_wordnet_triples_read(
        spec[length] == ':' ? spec + length + 1 : NULL, n_valid < 0 ? HELD_OUT : n_valid,
        n_test < 0 ? HELD_OUT : n_test, options != NULL ? options : &defaults, sets));
cleanup:
    if (status != GNN_OK) data_triple_sets_clear(sets);
    return status;
}

void data_triple_sets_clear(data_triple_sets *sets) {
    gnn_i_free(sets->name);
    data_triples_clear(&sets->train);
    data_triples_clear(&sets->valid);
    data_triples_clear(&sets->test);
    gnn_names_free(sets->entities);
    gnn_names_free(sets->relations);
    data_entity_labels_free(sets->labels);
    *sets = (data_triple_sets){0};
}
