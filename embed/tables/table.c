/* Tables of vectors. */
#include "tables/table.h"

#include <string.h>

#include "core/alloc.h"

gnn_status emb_i_table_make(emb_i_table *table, int64_t n, int64_t width,
                            const char *what) {
    *table = (emb_i_table){.n = n, .width = width};
    size_t count;
    if (!gnn_i_mul_size((size_t)n, (size_t)width, &count))
        return gnn_fail(GNN_ERR_MEMORY, "%s: %lld rows of %lld floats are too many", what,
                        (long long)n, (long long)width);
    return gnn_i_calloc(&table->values, count, sizeof *table->values, what);
}

void emb_i_table_clear(emb_i_table *table) {
    gnn_i_free(table->values);
    *table = (emb_i_table){0};
}

/* Asks for a row that is read soon: rows lie all over memory. */
static void fetch(const emb_i_table *table, gnn_id id) {
    const char *row = (const char *)(table->values + id * table->width);
    size_t bytes = (size_t)table->width * sizeof *table->values;
    for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch(row + at);
}

void emb_i_table_rows(const emb_i_table *table, int64_t n, const gnn_id *ids,
                      gnn_real *rows) {
    enum { AHEAD = 3 };
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n) fetch(table, ids[i + AHEAD]);
        memcpy(rows + i * table->width, table->values + ids[i] * table->width,
               (size_t)table->width * sizeof *rows);
    }
}

void emb_i_rows_spread(int64_t parts, int64_t n, int64_t n_to, size_t size,
                       const void *from, void *to) {
    const char *source = from;
    char *target = to;
    for (int64_t part = 0; part < parts; part++)
        memcpy(target + (size_t)(part * n_to) * size, source + (size_t)(part * n) * size,
               (size_t)n * size);
}
