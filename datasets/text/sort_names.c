/* Sorting a table of names. */
#include "text/sort_names.h"

#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "text/scan.h"

typedef struct named_row {
    const char *text;
    size_t length;
    gnn_id row;
} named_row;

static int by_bytes(const void *left, const void *right) {
    return strcmp(((const named_row *)left)->text, ((const named_row *)right)->text);
}

/* Canonical decimals: the longer one is larger. */
static int by_number(const void *left, const void *right) {
    const named_row *a = left, *b = right;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    return strcmp(a->text, b->text);
}

static bool is_decimal(const char *text, size_t length) {
    if (length == 0 || (text[0] == '0' && length > 1)) return false;
    for (size_t i = 0; i < length; i++)
        if (!data_i_is_digit(text[i])) return false;
    return true;
}

gnn_status data_i_sort_names(gnn_names **names, gnn_id **place) {
    gnn_status status;
    int64_t n = gnn_names_count(*names), row;
    named_row *rows = NULL;
    gnn_names *sorted = NULL;
    gnn_id *to = NULL;
    bool all_decimal = true;
    *place = NULL;
    GNN_TRY(gnn_i_alloc(&rows, (size_t)n, sizeof *rows, "names"));
    GNN_TRY(gnn_i_alloc(&to, (size_t)n, sizeof *to, "names"));
    GNN_TRY(gnn_names_new(&sorted));
    for (int64_t i = 0; i < n; i++) {
        rows[i].text = gnn_names_get(*names, i, NULL);
        rows[i].length = strlen(rows[i].text);
        rows[i].row = (gnn_id)i;
        all_decimal = all_decimal && is_decimal(rows[i].text, rows[i].length);
    }
    if (n > 0) qsort(rows, (size_t)n, sizeof *rows, all_decimal ? by_number : by_bytes);
    for (int64_t i = 0; i < n; i++) {
        GNN_TRY(gnn_names_add(sorted, rows[i].text, rows[i].length, &row));
        to[rows[i].row] = (gnn_id)i;
    }
    gnn_names_free(*names);
    *names = sorted;
    *place = to;
    sorted = NULL;
    to = NULL;
cleanup:
    gnn_names_free(sorted);
    gnn_i_free(rows);
    gnn_i_free(to);
    return status;
}

gnn_status data_i_names_copy(const gnn_names *names, gnn_names **copy) {
    int64_t n = gnn_names_count(names), row;
    if (gnn_names_are_integers(names)) return gnn_names_new_integers(n, copy);
    gnn_status status;
    gnn_names *made = NULL;
    *copy = NULL;
    GNN_TRY(gnn_names_new(&made));
    for (int64_t i = 0; i < n; i++) {
        const char *text = gnn_names_get(names, i, NULL);
        GNN_TRY(gnn_names_add(made, text, strlen(text), &row));
    }
    *copy = made;
    made = NULL;
cleanup:
    gnn_names_free(made);
    return status;
}
