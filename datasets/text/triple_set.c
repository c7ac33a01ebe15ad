/* A hash table over columns. */
#include "text/triple_set.h"

#include "core/alloc.h"

enum { LEAST_BITS = 10, MOST_BITS = 32, BATCH = 32 /* lookups in flight */ };

/* Any bit of the 96 moves every bit of the hash: two rounds of multiply and fold. */
static inline uint64_t hash_of(gnn_id head, gnn_id relation, gnn_id tail) {
    uint64_t h = ((uint64_t)(uint32_t)head << 32 | (uint32_t)tail) * 0x9e3779b97f4a7c15u;
    h = (h ^ h >> 32 ^ (uint32_t)relation) * 0xd6e8feb86659fd93u;
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93u;
    return h ^ h >> 32;
}

static inline size_t home(const data_i_triple_set *set, uint64_t hash) {
    return (size_t)(hash >> (64 - set->bits));
}

static inline uint32_t tag_of(const data_i_triple_set *set, uint64_t hash) {
    return (uint32_t)((uint64_t)(uint32_t)hash << set->bits);
}

static inline uint32_t row_mask(const data_i_triple_set *set) {
    return (uint32_t)(((uint64_t)1 << set->bits) - 1);
}

void data_i_triple_set_clear(data_i_triple_set *set) {
    gnn_i_free(set->slots);
    *set = (data_i_triple_set){0};
}

gnn_status data_i_triple_set_reserve(data_i_triple_set *set, const gnn_triples *triples,
                                     int64_t n) {
    data_i_triple_set made = {.bits = set->bits > LEAST_BITS ? set->bits : LEAST_BITS};
    while (made.bits < MOST_BITS && ((int64_t)1 << made.bits) / 4 * 3 < n) made.bits++;
    if (((int64_t)1 << made.bits) / 4 * 3 < n)
        return gnn_fail(GNN_ERR_MEMORY, "too many triples to find repeats among");
    if (made.bits == set->bits) return GNN_OK;
    size_t n_slots = (size_t)1 << made.bits, mask = n_slots - 1;
    gnn_status status = gnn_i_calloc(&made.slots, n_slots, sizeof *made.slots, "triples");
    if (status != GNN_OK) return status;
    for (int64_t row = 0; row < triples->n; row++) { /* they are all different */
        uint64_t hash =
            hash_of(triples->head[row], triples->relation[row], triples->tail[row]);
        size_t i = home(&made, hash);
        while (made.slots[i] != 0) i = (i + 1) & mask;
        made.slots[i] = (uint32_t)(row + 1) | tag_of(&made, hash);
    }
    gnn_i_free(set->slots);
    *set = made;
    return GNN_OK;
}

/* Whether the triple at place `from` is new; then it becomes the next row. */
static inline bool add(data_i_triple_set *set, gnn_triples *triples, int64_t from,
                       uint64_t hash) {
    gnn_id head = triples->head[from], relation = triples->relation[from],
           tail = triples->tail[from];
    size_t mask = ((size_t)1 << set->bits) - 1, i = home(set, hash);
    uint32_t rows = row_mask(set), tag = tag_of(set, hash);
    for (; set->slots[i] != 0; i = (i + 1) & mask) {
        if ((set->slots[i] & ~rows) != tag) continue;
        int64_t row = (int64_t)(set->slots[i] & rows) - 1;
        if (triples->head[row] == head && triples->tail[row] == tail &&
            triples->relation[row] == relation)
            return false;
    }
    int64_t row = triples->n++;
    triples->head[row] = head;
    triples->relation[row] = relation;
    triples->tail[row] = tail;
    set->slots[i] = (uint32_t)(row + 1) | tag;
    return true;
}

int64_t data_i_triple_set_add(data_i_triple_set *set, gnn_triples *triples,
                              int64_t more) {
    uint64_t hashes[BATCH];
    int64_t begin = triples->n, first_repeat = -1;
    for (int64_t at = 0; at < more; at += BATCH) {
        int64_t n = more - at < BATCH ? more - at : BATCH, from = begin + at;
        for (int64_t i = 0; i < n; i++) {
            hashes[i] = hash_of(triples->head[from + i], triples->relation[from + i],
                                triples->tail[from + i]);
            __builtin_prefetch(&set->slots[home(set, hashes[i])], 1);
        }
        for (int64_t i = 0; i < n; i++)
            if (!add(set, triples, from + i, hashes[i]) && first_repeat < 0)
                first_repeat = at + i;
    }
    return first_repeat;
}
