/* Gradients brought together by row. */
#include "training/gradients.h"

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

/* One pass of a stable counting sort by 11 bits of the key. */
static void sort_pass(const uint64_t *from, uint64_t *to, int64_t n, int shift) {
    enum { BUCKETS = 2048 };
    int64_t start[BUCKETS + 1] = {0};
    for (int64_t i = 0; i < n; i++) start[(from[i] >> shift) % BUCKETS + 1]++;
    for (int b = 0; b < BUCKETS; b++) start[b + 1] += start[b];
    for (int64_t i = 0; i < n; i++) to[start[(from[i] >> shift) % BUCKETS]++] = from[i];
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
    g->n_groups = 0;
    for (int64_t i = 0; i < g->n; i++)
        if (i == 0 || g->key[i] >> 32 != g->key[i - 1] >> 32) g->group[g->n_groups++] = i;
    g->group[g->n_groups] = g->n;
}

/* Contribution number `at` in the order of rows. */
static const gnn_real *value_at(const emb_i_gradients *g, int64_t at) {
    return g->value[g->key[at] & 0xffffffffu];
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

/* Asks for what group i will need: its row and its first contribution. */
static void fetch(const emb_i_gradients *g, const emb_i_optimizer *o, int64_t i) {
    uint64_t key = g->key[g->group[i]];
    const char *row = (const char *)(o->table->values + (int64_t)(key >> 32) * g->width);
    const char *value = (const char *)g->value[key & 0xffffffffu];
    size_t bytes = (size_t)g->width * sizeof(gnn_real);
    for (size_t at = 0; at < bytes; at += 64) {
        __builtin_prefetch(row + at, 1);
        __builtin_prefetch(value + at);
    }
}

static void apply_block(void *argument, int64_t block, int thread) {
    const applying *a = argument;
    const emb_i_gradients *g = a->g;
    gnn_real *sum = g->sums + thread * g->width;
    int64_t end = (block + 1) * GROUPS_A_BLOCK;
    for (int64_t i = block * GROUPS_A_BLOCK; i < g->n_groups && i < end; i++) {
        if (i + 2 < g->n_groups) fetch(g, a->optimizer, i + 2);
        int64_t at = g->group[i], last = g->group[i + 1] - 1;
        const gnn_real *all = value_at(g, at);
        for (; at < last; all = sum) add(g->width, all, value_at(g, ++at), sum);
        emb_i_optimizer_row(a->optimizer, (int64_t)(g->key[last] >> 32), all);
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
        if ((int64_t)(g->key[middle] >> 32) < first)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < g->n && (int64_t)(g->key[low] >> 32) < first + n; low++) {
        gnn_real *sum = sums + ((int64_t)(g->key[low] >> 32) - first) * g->width;
        add(g->width, sum, value_at(g, low), sum);
    }
}
