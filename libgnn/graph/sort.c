/* Sorting rows of ids, and of keys that hold an id and a payload. */
#include "graph/sort.h"

enum {
    INSERTION_MOST = 32,
    BITS_LEAST = 4,
    BITS_MOST = 8,
    MOST_BUCKETS = 1 << BITS_MOST
};

/* About one bucket for four keys. */
static int bucket_bits(size_t n) {
    int bits = 62 - __builtin_clzll((unsigned long long)n);
    return bits < BITS_LEAST ? BITS_LEAST : bits > BITS_MOST ? BITS_MOST : bits;
}

#define KEY uint32_t
#define NAME(x) x##_ids
#include "graph/sort.inc"
#undef KEY
#undef NAME

#define KEY uint64_t
#define NAME(x) x##_keys
#include "graph/sort.inc"
#undef KEY
#undef NAME

void gnn_i_sort_ids(gnn_id *values, size_t n) {
    sort_ids((uint32_t *)values, n); /* ids are not negative: the order is the same */
}

void gnn_i_sort_keys(uint64_t *values, size_t n) {
    sort_keys(values, n);
}
