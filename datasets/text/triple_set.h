/* The set of the triples that are in three columns: finds repeats. */
#ifndef DATASETS_TEXT_TRIPLE_SET_H
#define DATASETS_TEXT_TRIPLE_SET_H

#include <gnn/names.h>

/* Open addressing, linear probing, at most 3/4 full. A slot is one word: the triple's
 * row + 1 in the low `bits`, the low bits of its hash above; 0 is empty. So a triple
 * costs 5.3 to 10.7 bytes, and rows with another tag are not looked at. Zero is the empty
 * set. */
typedef struct data_i_triple_set {
    uint32_t *slots; /* (2^bits) */
    int bits;
} data_i_triple_set;

void data_i_triple_set_clear(data_i_triple_set *set);

/* Make room for n triples; the set holds rows 0 .. triples->n - 1.
 * Errors: GNN_ERR_MEMORY, also for more than 3 * 2^30 triples. */
gnn_status data_i_triple_set_reserve(data_i_triple_set *set, const gnn_triples *triples,
                                     int64_t n);

/* Take the `more` triples that stand behind the triples->n of the set: those that are new
 * close up and are counted in triples->n, repeats are dropped. There is room for all.
 * Returns the place among `more` of the first repeat, -1 for none. */
int64_t data_i_triple_set_add(data_i_triple_set *set, gnn_triples *triples, int64_t more);

#endif
