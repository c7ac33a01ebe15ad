/* Sorting in place against qsort: sizes around every threshold, narrow and wide ranges,
 * equal, ascending and descending keys. */
#include "graph/sort.h"
#include "support/support.h"

static int compare_keys(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

enum { MOST = 70000, N_SHAPES = 7 };

static uint64_t key_at(int shape, size_t n, size_t i) {
    uint64_t bits = support_bits((uint64_t)shape, i);
    switch (shape) {
    case 0: return bits;
    case 1: return bits % 3;
    case 2: return i;
    case 3: return n - i;
    case 4: return 7;
    case 5: return i % 2 ? bits % 100 : UINT64_MAX - bits % 100; /* two far clusters */
    default: return (uint64_t)1 << (bits % 64);                  /* every scale */
    }
}

static void check_sorts(int shape, size_t n) {
    uint64_t *want = malloc((n + 1) * sizeof *want),
             *keys = malloc((n + 1) * sizeof *keys);
    gnn_id *ids = malloc((n + 1) * sizeof *ids);
    for (size_t i = 0; i < n; i++) want[i] = keys[i] = key_at(shape, n, i);
    qsort(want, n, sizeof *want, compare_keys);
    gnn_i_sort_keys(keys, n);
    ck_assert_same_bytes(keys, want, n * sizeof *keys);

    for (size_t i = 0; i < n; i++) {
        ids[i] = (gnn_id)(key_at(shape, n, i) & INT32_MAX);
        want[i] = (uint64_t)ids[i];
    }
    qsort(want, n, sizeof *want, compare_keys);
    gnn_i_sort_ids(ids, n);
    for (size_t i = 0; i < n; i++) ck_assert(ids[i] == (gnn_id)want[i]);
    free(want);
    free(keys);
    free(ids);
}

START_TEST(sorts_as_qsort_does) {
    static const size_t sizes[] = {0,  1,   2,   3,   31,   32,   33,  34,
                                   64, 100, 255, 256, 1000, 4097, MOST};
    for (int shape = 0; shape < N_SHAPES; shape++)
        for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
            check_sorts(shape, sizes[i]);
}
END_TEST

TESTS("graph/sort", 20, sorts_as_qsort_does)
