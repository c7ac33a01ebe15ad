/* A table of features → the matrix, once the number of nodes is known. */
#include "text/features.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"

/* GNN_ERR_INPUT at the line of the table's line `index`. */
static gnn_status fail_at(const char *path, const data_options *options, int64_t index,
                          const char *what, gnn_id which) {
    gnn_status status;
    data_i_lines lines;
    data_i_field text, node = {"", 0};
    char quoted[DATA_I_QUOTED];
    bool more = true;
    GNN_TRY(data_i_lines_open(&lines, path, options));
    for (int64_t i = 0; i <= index && more; i++)
        GNN_TRY(data_i_lines_next(&lines, &text, &more));
    data_i_fields_split(text, lines.layout.separator, 1, &node);
    data_i_quote(node, quoted);
    if (which < 0)
        status = data_i_lines_fail(&lines, "node %s %s", quoted, what);
    else
        status = data_i_lines_fail(&lines, "node %s has feature index %d %s", quoted,
                                   which, what);
cleanup:
    data_i_lines_close(&lines);
    return status;
}

/* line_of[v] = the line of node v, -1 for none. */
static gnn_status index_lines(const data_i_table *table, const char *path,
                              const data_options *options, gnn_id n_nodes,
                              int64_t *line_of) {
    for (gnn_id v = 0; v < n_nodes; v++) line_of[v] = -1;
    for (int64_t i = 0; i < table->n_lines; i++) {
        gnn_id v = table->row[i];
        if (line_of[v] >= 0) return fail_at(path, options, i, "is listed twice", -1);
        line_of[v] = i;
    }
    return GNN_OK;
}

static gnn_status make_dense(const data_i_table *table, gnn_id n_nodes,
                             const int64_t *line_of, gnn_tensor **tensor) {
    gnn_status status = gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2,
                                       (int64_t[]){n_nodes, table->width}, tensor);
    if (status != GNN_OK) return status;
    gnn_real *out = gnn_tensor_real(*tensor);
    for (gnn_id v = 0; v < n_nodes; v++)
        if (line_of[v] >= 0)
            memcpy(out + v * table->width, table->value + line_of[v] * table->width,
                   (size_t)table->width * sizeof *out);
    gnn_tensor_set_constant(*tensor, true);
    return GNN_OK;
}

typedef struct entry {
    gnn_id column;
    gnn_real value;
} entry;

static int by_column(const void *left, const void *right) {
    const entry *a = left, *b = right;
    return (a->column > b->column) - (a->column < b->column);
}

/* The entries of a line in order of columns, without zeros and unknown words. Words add
 * up; a number listed twice is returned in *twice (else -1). Returns how many are
 * left. */
static int64_t tidy(data_i_table_kind kind, entry *row, int64_t n, gnn_id *twice) {
    bool is_sorted = true;
    *twice = -1;
    for (int64_t i = 1; i < n; i++)
        is_sorted = is_sorted && row[i - 1].column < row[i].column;
    if (!is_sorted) qsort(row, (size_t)n, sizeof *row, by_column);
    int64_t m = 0;
    for (int64_t i = 0; i < n; i++) {
        if (row[i].column < 0) continue;
        if (m == 0 || row[m - 1].column != row[i].column) {
            row[m++] = row[i];
        } else if (kind == DATA_I_TABLE_WORDS) {
            row[m - 1].value += row[i].value;
        } else {
            *twice = row[i].column;
            return m;
        }
    }
    int64_t left = 0;
    for (int64_t i = 0; i < m; i++)
        if (row[i].value != 0) row[left++] = row[i];
    return left;
}

/* Where each line's entries begin. */
static gnn_status line_starts(const data_i_table *table, int64_t **starts,
                              int64_t *longest) {
    gnn_status status =
        gnn_i_alloc(starts, (size_t)table->n_lines + 1, sizeof **starts, "features");
    if (status != GNN_OK) return status;
    (*starts)[0] = 0;
    *longest = 0;
    for (int64_t i = 0; i < table->n_lines; i++) {
        (*starts)[i + 1] = (*starts)[i] + table->count[i];
        if (table->count[i] > *longest) *longest = table->count[i];
    }
    return GNN_OK;
}

static gnn_status make_sparse(const data_i_table *table, const char *path,
                              const data_options *options, gnn_id n_nodes,
                              const int64_t *line_of, gnn_tensor **tensor) {
    gnn_status status;
    int64_t *starts = NULL, longest;
    gnn_off *row_ptr = NULL;
    gnn_id *column = NULL;
    gnn_real *value = NULL;
    entry *row = NULL;
    int64_t n = 0;
    GNN_TRY(line_starts(table, &starts, &longest));
    GNN_TRY(gnn_i_alloc(&row_ptr, (size_t)n_nodes + 1, sizeof *row_ptr, "features"));
    GNN_TRY(gnn_i_alloc(&column, (size_t)table->n_entries, sizeof *column, "features"));
    GNN_TRY(gnn_i_alloc(&value, (size_t)table->n_entries, sizeof *value, "features"));
    GNN_TRY(gnn_i_alloc(&row, (size_t)longest, sizeof *row, "features"));
    row_ptr[0] = 0;
    for (gnn_id v = 0; v < n_nodes; v++) {
        int64_t line = line_of[v], begin = line < 0 ? 0 : starts[line];
        int64_t count = line < 0 ? 0 : table->count[line];
        gnn_id twice;
        for (int64_t i = 0; i < count; i++)
            row[i] = (entry){table->column[begin + i], table->value[begin + i]};
        count = tidy(table->kind, row, count, &twice);
        if (twice >= 0) {
            status = fail_at(path, options, line, "twice", twice);
            goto cleanup;
        }
        for (int64_t i = 0; i < count; i++, n++) {
            column[n] = row[i].column;
            value[n] = row[i].value;
        }
        row_ptr[v + 1] = n;
    }
    GNN_TRY(gnn_tensor_new_sparse(GNN_AXIS_NODE, n_nodes, table->width, row_ptr, column,
                                  value, tensor));
cleanup:
    gnn_i_free(starts);
    gnn_i_free(row_ptr);
    gnn_i_free(column);
    gnn_i_free(value);
    gnn_i_free(row);
    return status;
}

gnn_status data_i_table_tensor(const data_i_table *table, const char *path,
                               const data_options *options, gnn_id n_nodes,
                               gnn_tensor **tensor) {
    gnn_status status;
    int64_t *line_of = NULL;
    *tensor = NULL;
    GNN_TRY(gnn_i_alloc(&line_of, (size_t)n_nodes, sizeof *line_of, "features"));
    GNN_TRY(index_lines(table, path, options, n_nodes, line_of));
    if (table->kind == DATA_I_TABLE_DENSE)
        GNN_TRY(make_dense(table, n_nodes, line_of, tensor));
    else
        GNN_TRY(make_sparse(table, path, options, n_nodes, line_of, tensor));
cleanup:
    gnn_i_free(line_of);
    return status;
}
