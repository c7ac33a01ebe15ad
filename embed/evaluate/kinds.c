/* Kinds of relations. */
#include <embed/evaluate.h>

#include <stdlib.h>

#include "core/alloc.h"

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* distinct[r] = how many different ends the triples of relation r have. */
static void count_distinct(const gnn_triples *triples, const gnn_id *end, uint64_t *keys,
                           int64_t n_relations, int64_t *distinct) {
    for (int64_t r = 0; r < n_relations; r++) distinct[r] = 0;
    for (int64_t i = 0; i < triples->n; i++)
        keys[i] = (uint64_t)(uint32_t)triples->relation[i] << 32 | (uint32_t)end[i];
    qsort(keys, (size_t)triples->n, sizeof *keys, ascending);
    for (int64_t i = 0; i < triples->n; i++)
        if (i == 0 || keys[i] != keys[i - 1]) distinct[keys[i] >> 32]++;
}

gnn_status emb_relation_kinds(int64_t n_relations, const gnn_triples *triples,
                              int32_t *kind) {
    static const double many = 1.5;
    gnn_status status;
    uint64_t *keys = NULL;
    int64_t *counts = NULL; /* (3, n_relations): triples, heads, tails */
    GNN_TRY(gnn_i_alloc(&keys, (size_t)triples->n, sizeof *keys, "kinds of relations"));
    GNN_TRY(gnn_i_calloc(&counts, (size_t)(3 * n_relations), sizeof *counts,
                         "kinds of relations"));
    int64_t *heads = counts + n_relations, *tails = heads + n_relations;
    for (int64_t i = 0; i < triples->n; i++) counts[triples->relation[i]]++;
    count_distinct(triples, triples->head, keys, n_relations, heads);
    count_distinct(triples, triples->tail, keys, n_relations, tails);
    for (int64_t r = 0; r < n_relations; r++) {
        bool many_tails = (double)counts[r] >= many * (double)heads[r] && counts[r] > 0;
        bool many_heads = (double)counts[r] >= many * (double)tails[r] && counts[r] > 0;
        kind[r] = many_heads ? (many_tails ? EMB_MANY_TO_MANY : EMB_MANY_TO_ONE)
                             : (many_tails ? EMB_ONE_TO_MANY : EMB_ONE_TO_ONE);
    }
cleanup:
    gnn_i_free(keys);
    gnn_i_free(counts);
    return status;
}
