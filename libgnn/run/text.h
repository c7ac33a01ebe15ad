/* A growing text, and the pieces of JSON that are written into it. */
#ifndef GNN_RUN_TEXT_H
#define GNN_RUN_TEXT_H

#include <gnn/status.h>

/* Zero-initialised is empty. A call that runs out of memory sets `failed`, and all that
 * follow do nothing, so that one check at the end is enough. The memory is kept by
 * gnn_i_text_reset: a text that is filled again with as much allocates nothing. */
typedef struct gnn_i_text {
    char *bytes; /* NUL-terminated; NULL while nothing was ever appended */
    size_t length, capacity;
    bool failed;
} gnn_i_text;

void gnn_i_text_clear(gnn_i_text *text);
void gnn_i_text_reset(gnn_i_text *text);
/* GNN_OK, or GNN_ERR_MEMORY if an append failed. */
gnn_status gnn_i_text_check(const gnn_i_text *text);

void gnn_i_text_append(gnn_i_text *text, const char *bytes, size_t length);
void gnn_i_text_puts(gnn_i_text *text, const char *string);
void gnn_i_text_repeat(gnn_i_text *text, char c, size_t count);
/* "string", with what JSON wants escaped. */
void gnn_i_text_json_string(gnn_i_text *text, const char *string);
/* The shortest decimal that reads back to the same double; whole numbers below 2^53
 * without point and exponent; null when it is not finite. Whatever the locale, with a
 * point. */
void gnn_i_text_json_number(gnn_i_text *text, double value);
void gnn_i_text_integer(gnn_i_text *text, int64_t value);

#endif
