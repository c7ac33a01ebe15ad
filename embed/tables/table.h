/* A table of vectors: rows of one width, one after another.
 *
 * What is done to a table goes through rows, blocks and updates, never through a base
 * pointer, so that other storage may stand behind it. */
#ifndef EMB_TABLES_TABLE_H
#define EMB_TABLES_TABLE_H

#include <gnn/status.h>

typedef struct emb_i_table {
    int64_t n, width;
    gnn_real *values; /* (n, width) */
} emb_i_table;

/* Zero rows. Errors: GNN_ERR_MEMORY. */
gnn_status emb_i_table_make(emb_i_table *table, int64_t n, int64_t width,
                            const char *what);
void emb_i_table_clear(emb_i_table *table);

/* rows (n, width) = the rows of n ids. */
void emb_i_table_rows(const emb_i_table *table, int64_t n, const gnn_id *ids,
                      gnn_real *rows);
/* The rows first .. first + n - 1: borrowed, width apart. */
static inline const gnn_real *emb_i_table_block(const emb_i_table *table, int64_t first) {
    return table->values + first * table->width;
}

/* Rows of `size` bytes in `parts` parts, `n` a part, to where those parts have `n_to`
 * rows each (n_to >= n): relations and reciprocal relations, of which more have come. */
void emb_i_rows_spread(int64_t parts, int64_t n, int64_t n_to, size_t size,
                       const void *from, void *to);

#endif
