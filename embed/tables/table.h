/* A table of vectors: rows of one width, one after another, of reals or of bfloat16.
 *
 * What is done to a table goes through rows, blocks and updates, never through a base
 * pointer, so that other storage may stand behind it. Rows of bfloat16 are widened where
 * they are read, and rounded where they are written. */
#ifndef EMB_TABLES_TABLE_H
#define EMB_TABLES_TABLE_H

#include <gnn/safetensors.h>
#include <gnn/status.h>

typedef enum emb_i_precision { EMB_I_FP32, EMB_I_BF16 } emb_i_precision;

typedef struct emb_i_table {
    int64_t n, width;
    gnn_real *values; /* (n, width); NULL: */
    uint16_t *halves; /* (n, width) of bfloat16 */
} emb_i_table;

/* Zero rows. Errors: GNN_ERR_MEMORY. */
gnn_status emb_i_table_make(emb_i_table *table, int64_t n, int64_t width,
                            emb_i_precision precision, const char *what);
void emb_i_table_clear(emb_i_table *table);

/* rows (n, width) = the rows of n ids. */
void emb_i_table_rows(const emb_i_table *table, int64_t n, const gnn_id *ids,
                      gnn_real *rows);
/* The rows first .. first + n - 1, width apart: borrowed from the table, or widened into
 * scratch, (n, width) where the table has halves. */
const gnn_real *emb_i_table_block(const emb_i_table *table, int64_t first, int64_t n,
                                  gnn_real *scratch);
static inline int64_t emb_i_table_scratch(const emb_i_table *table, int64_t n) {
    return table->halves != NULL ? n * table->width : 0;
}
/* The rows first .. first + n - 1 = rows (n, width), rounded to the nearest. */
void emb_i_table_set(emb_i_table *table, int64_t first, int64_t n, const gnn_real *rows);

/* The whole as it lies in memory, for files and copies. */
static inline void *emb_i_table_data(const emb_i_table *table) {
    return table->halves != NULL ? (void *)table->halves : (void *)table->values;
}
static inline gnn_array_type emb_i_table_type(const emb_i_table *table) {
    return table->halves != NULL ? GNN_ARRAY_BF16 : GNN_ARRAY_REAL;
}
static inline size_t emb_i_table_row_bytes(const emb_i_table *table) {
    return (size_t)table->width *
           (table->halves != NULL ? sizeof *table->halves : sizeof *table->values);
}
/* A row as it lies in memory. */
static inline const void *emb_i_table_place(const emb_i_table *table, int64_t row) {
    return (const char *)emb_i_table_data(table) +
           (size_t)row * emb_i_table_row_bytes(table);
}
static inline size_t emb_i_table_bytes(const emb_i_table *table) {
    return (size_t)table->n * emb_i_table_row_bytes(table);
}

/* Rows of `size` bytes in `parts` parts, `n` a part, to where those parts have `n_to`
 * rows each (n_to >= n): relations and reciprocal relations, of which more have come. */
void emb_i_rows_spread(int64_t parts, int64_t n, int64_t n_to, size_t size,
                       const void *from, void *to);

#endif
