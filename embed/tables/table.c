/* Tables of vectors. */
#include "tables/table.h"

#include <string.h>

#include "core/alloc.h"
#include "kernels/table.h"

gnn_status emb_i_table_make(emb_i_table *table, int64_t n, int64_t width,
                            emb_i_precision precision, const char *what) {
    *table = (emb_i_table){.n = n, .width = width};
    size_t count;
    if (!gnn_i_mul_size((size_t)n, (size_t)width, &count))
        return gnn_fail(GNN_ERR_MEMORY, "%s: %lld rows of %lld floats are too many", what,
                        (long long)n, (long long)width);
    if (precision == EMB_I_BF16)
        return gnn_i_calloc(&table->halves, count, sizeof *table->halves, what);
    return gnn_i_calloc(&table->values, count, sizeof *table->values, what);
}

void emb_i_table_clear(emb_i_table *table) {
    gnn_i_free(table->values);
    gnn_i_free(table->halves);
    *table = (emb_i_table){0};
}

/* rows (n, width) = rows first … */
static void copy(const emb_i_table *table, int64_t first, int64_t n, gnn_real *rows) {
    const int64_t at = first * table->width, count = n * table->width;
    if (table->halves != NULL)
        gnn_i_kernels_get()->bf16_widen(count, table->halves + at, rows);
    else
        memcpy(rows, table->values + at, (size_t)count * sizeof *rows);
}

/* Asks for a row that is read soon: rows lie all over memory. */
static void fetch(const emb_i_table *table, gnn_id id) {
    const size_t bytes = emb_i_table_row_bytes(table);
    const char *row = (const char *)emb_i_table_data(table) + (size_t)id * bytes;
    for (size_t at = 0; at < bytes; at += 64) __builtin_prefetch(row + at);
}

void emb_i_table_rows(const emb_i_table *table, int64_t n, const gnn_id *ids,
                      gnn_real *rows) {
    enum { AHEAD = 3 };
    for (int64_t i = 0; i < n; i++) {
        if (i + AHEAD < n) fetch(table, ids[i + AHEAD]);
        copy(table, ids[i], 1, rows + i * table->width);
    }
}

const gnn_real *emb_i_table_block(const emb_i_table *table, int64_t first, int64_t n,
                                  gnn_real *scratch) {
    if (table->halves == NULL) return table->values + first * table->width;
    copy(table, first, n, scratch);
    return scratch;
}

void emb_i_table_set(emb_i_table *table, int64_t first, int64_t n, const gnn_real *rows) {
    const int64_t at = first * table->width, count = n * table->width;
    if (table->halves != NULL)
        gnn_i_kernels_get()->bf16_narrow(
            &(gnn_i_bf16_args){.n = count, .x = rows, .y = table->halves + at});
    else
        memcpy(table->values + at, rows, (size_t)count * sizeof *rows);
}

void emb_i_rows_spread(int64_t parts, int64_t n, int64_t n_to, size_t size,
                       const void *from, void *to) {
    const char *source = from;
    char *target = to;
    if (n == 0) return; /* of an empty table there may be no address */
    for (int64_t part = 0; part < parts; part++)
        memcpy(target + (size_t)(part * n_to) * size, source + (size_t)(part * n) * size,
               (size_t)n * size);
}
