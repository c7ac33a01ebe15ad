/* Plain structs that readers fill and trainers use: names, triples. Neither side needs
 * the other. */
#ifndef GNN_NAMES_H
#define GNN_NAMES_H

#include <gnn/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A two-way table row ↔ text, rows 0 .. n-1 by first appearance. In integer mode nothing
 *  is stored: row r is called by its decimal. Texts may hold any byte but NUL, tab and
 *  newline, and up to 65534 bytes. A name costs its text and 10 to 16 bytes. */
typedef struct gnn_names gnn_names;

GNN_API gnn_status gnn_names_new(gnn_names **names);
/** Rows 0 .. n-1 named by their decimals; costs no memory per row. */
GNN_API gnn_status gnn_names_new_integers(int64_t n, gnn_names **names);
GNN_API void gnn_names_free(gnn_names *names);

GNN_API int64_t gnn_names_count(const gnn_names *names);
GNN_API bool gnn_names_are_integers(const gnn_names *names);
/** Row of a text, -1 when it is not there. Safe from many threads while nobody adds. */
GNN_API int64_t gnn_names_find(const gnn_names *names, const char *text, size_t length);
/** Row of a text, which is added when it is new. Errors: GNN_ERR_MEMORY; GNN_ERR_ARGUMENT
 *  in integer mode, beyond INT32_MAX rows, or for a text that a name may not be. */
GNN_API gnn_status gnn_names_add(gnn_names *names, const char *text, size_t length,
                                 int64_t *row);
/** As gnn_names_add for n texts at once (hashed ahead and prefetched: for bulk readers).
 *  rows[i] receives the row of the text at texts[i], lengths[i]. On failure the texts
 *  before the one that failed have been added. */
GNN_API gnn_status gnn_names_add_many(gnn_names *names, int64_t n,
                                      const char *const *texts, const uint32_t *lengths,
                                      gnn_id *rows);
/** Text of a row, NUL-terminated, borrowed until the next add; integer mode writes into
 *  `buffer` (at least 24 bytes). NULL when row is out of range. */
GNN_API const char *gnn_names_get(const gnn_names *names, int64_t row, char *buffer);
/** Bytes held. */
GNN_API size_t gnn_names_bytes(const gnn_names *names);

/** Triples head –relation→ tail as three columns of n rows. */
typedef struct gnn_triples {
    int64_t n;
    gnn_id *head;     /**< (n) entity rows */
    gnn_id *relation; /**< (n) relation rows */
    gnn_id *tail;     /**< (n) entity rows */
} gnn_triples;

#ifdef __cplusplus
}
#endif

#endif
