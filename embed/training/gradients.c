/* Gradients brought together by row. */
#include "training/gradients.h"

#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "kernels/table.h"

gnn_status emb_i_gradients_make(emb_i_gradients *g, int64_t capacity, int64_t width,
                                int n_threads) {
    gnn_status status;
    size_t n = (size_t)capacity;
    *g = (emb_i_gradients){.capacity = capacity, .width = width};
    GNN_TRY(gnn_i_alloc(&g->row, n, sizeof *g->row, "gradients"));
    GNN_TRY(gnn_i_alloc(&g->value, n, sizeof *g->value, "gradients"));
    GNN_TRY(gnn_i_alloc(&g->key, n, sizeof *g->key, "gradients"));
    GNN_TRY(gnn_i_alloc(&g->spare, n, sizeof *g->spare, "gradients"));
    GNN_TRY(gnn_i_alloc(&g->group, n + 1, sizeof *g->group, "gradients"));
    GNN_TRY(gnn_i_alloc(&g->order, n, sizeof *g->order, "gradients"));
    GNN_TRY(
        gnn_i_alloc(&g->sums, (size_t)(n_threads * width), sizeof *g->sums, "gradients"));
    return GNN_OK;
cleanup:
    emb_i_gradients_clear(g);
    return status;
}

void emb_i_gradients_clear(emb_i_gradients *g) {
    gnn_i_free(g->row);
    gnn_i_free(g->value);
    gnn_i_free(g->key);
    gnn_i_free(g->spare);
    gnn_i_free(g->group);
    gnn_i_free(g->order);
    gnn_i_free(g->sums);
    *g = (emb_i_gradients){0};
}

void emb_i_gradients_reset(emb_i_gradients *g) {
    g->n = 0;
}

void emb_i_gradients_add(emb_i_gradients *g, int64_t n, const gnn_id *rows,
                         const gnn_real *values, int64_t step) {
    for (int64_t i = 0; i < n; i++, g->n++) {
        g->row[g->n] = rows[i];
        g->value[g->n] = values + i * step;
    }
}

/* Contribution number `at` in the order of rows: its row, its place, its numbers. */
static int64_t row_at(const emb_i_gradients *g, int64_t at) {
    return (int64_t)(g->key[at] >> 32);
}
static int64_t place_at(const emb_i_gradients *g, int64_t at) {
    return (int64_t)(g->key[at] & 0xffffffffu);
}
static const gnn_real *value_at(const emb_i_gradients *g, int64_t at) {
    return g->value[place_at(g, at)];
}

/* One pass of a stable counting sort by 11 bits of the key. */
static void sort_pass(const uint64_t *from, uint64_t *to, int64_t n, int shift) {
    enum { BUCKETS = 2048 };
    int64_t start[BUCKETS + 1] = {0};
    for (int64_t i = 0; i < n; i++) start[(from[i] >> shift) % BUCKETS + 1]++;
    for (int b = 0; b < BUCKETS; b++) start[b + 1] += start[b];
    for (int64_t i = 0; i < n; i++) to[start[(from[i] >> shift) % BUCKETS]++] = from[i];
}

static void find_groups(emb_i_gradients *g) {
    uint64_t *group_of =
        g->spare; /* by contribution: group + 1, 0 for all but its first */
    memset(group_of, 0, (size_t)g->n * sizeof *group_of);
    g->n_groups = 0;
    for (int64_t i = 0; i < g->n; i++) {
        if (i > 0 && g->key[i] >> 32 == g->key[i - 1] >> 32) continue;
        g->group[g->n_groups++] = i;
        group_of[place_at(g, i)] = (uint64_t)g->n_groups;
    }
    g->group[g->n_groups] = g->n;
    int64_t *next = g->order;
    for (int64_t place = 0; place < g->n; place++)
        if (group_of[place] > 0) *next++ = (int64_t)group_of[place] - 1;
}

void emb_i_gradients_sort(emb_i_gradients *g) {
    gnn_id largest = 0;
    for (int64_t i = 0; i < g->n; i++) {
        g->key[i] = (uint64_t)(uint32_t)g->row[i] << 32 | (uint64_t)i;
        if (g->row[i] > largest) largest = g->row[i];
    }
    for (int shift = 32; shift < 64 && (uint64_t)largest >> (shift - 32) > 0;
         shift += 11) {
        sort_pass(g->key, g->spare, g->n, shift);
        uint64_t *swap = g->key;
        g->key = g->spare;
        g->spare = swap;
    }
    find_groups(g);
}

/* sum = a + b */
static void add(int64_t width, const gnn_real *a, const gnn_real *b, gnn_real *sum) {
    const gnn_i_combine_args args = {.alpha = 1, .a = a, .beta = 1, .b = b, .y = sum};
    gnn_i_kernels_get()->combine(&args, 0, width);
}

typedef struct applying {
    emb_i_gradients *g;
    const emb_i_optimizer *optimizer;
} applying;

enum { GROUPS_A_BLOCK = 64 };

static void apply_block(void *argument, int64_t block, int thread) {
    enum { AHEAD = 3 };
    const applying *a = argument;
    const emb_i_gradients *g = a->g;
    gnn_real *sum = g->sums + thread * g->width;
    int64_t end = (block + 1) * GROUPS_A_BLOCK;
    for (int64_t i = block * GROUPS_A_BLOCK; i < g->n_groups && i < end; i++) {
        if (i + AHEAD < g->n_groups)
            emb_i_optimizer_fetch(a->optimizer, row_at(g, g->group[g->order[i + AHEAD]]));
        int64_t at = g->group[g->order[i]], last = g->group[g->order[i] + 1] - 1;
        const gnn_real *all = value_at(g, at);
        for (; at < last; all = sum) add(g->width, all, value_at(g, ++at), sum);
        emb_i_optimizer_row(a->optimizer, row_at(g, last), all);
    }
}

void emb_i_gradients_apply(emb_i_gradients *g, int n_threads,
                           const emb_i_optimizer *optimizer) {
    applying a = {g, optimizer};
    int64_t blocks = (g->n_groups + GROUPS_A_BLOCK - 1) / GROUPS_A_BLOCK;
    gnn_parallel_for(n_threads, blocks, apply_block, &a);
}

void emb_i_gradients_add_range(const emb_i_gradients *g, int64_t first, int64_t n,
                               gnn_real *sums) {
    int64_t low = 0, high = g->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (row_at(g, middle) < first)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < g->n && row_at(g, low) < first + n; low++) {
        gnn_real *sum = sums + (row_at(g, low) - first) * g->width;
        add(g->width, sum, value_at(g, low), sum);
    }
}
