/* Vectors of names, a line each. */
#include <datasets/triples.h>

#include <math.h>

#include "core/alloc.h"
#include "text/lines.h"

typedef struct reading {
    data_i_lines lines;
    const gnn_names *names;
    int64_t width;
    gnn_real *values; /* (width) of the line that is read */
    bool *is_read;    /* (names) */
    bool started;     /* past the first line */
} reading;

/* Whether the first line is word2vec's: how many vectors, of how many numbers. A vector
 * of one number looks the same. */
static gnn_status take_header(reading *r, data_i_field line, bool *is_header) {
    data_i_field field[2];
    gnn_id count, width;
    *is_header = !r->started && r->width > 1 &&
                 data_i_fields_split(line, r->lines.layout.separator, 2, field) == 2 &&
                 data_i_parse_integer(field[0], &count) == DATA_I_INTEGER &&
                 data_i_parse_integer(field[1], &width) == DATA_I_INTEGER;
    r->started = true;
    if (*is_header && width != r->width)
        return data_i_lines_fail(&r->lines, "vectors of %d numbers, expected %lld", width,
                                 (long long)r->width);
    return GNN_OK;
}

/* The numbers behind a name. */
static gnn_status read_values(reading *r, data_i_field rest) {
    char quoted[DATA_I_QUOTED];
    data_i_field field;
    double value;
    int64_t n = 0;
    while (data_i_field_next(&rest, r->lines.layout.separator, &field)) {
        if (field.length == 0 && rest.length == 0) break; /* a blank ends the line */
        if (!data_i_parse_real(field, &value) || !isfinite((gnn_real)value))
            return data_i_lines_fail(&r->lines, "%s, expected a finite number",
                                     data_i_quote(field, quoted));
        if (n < r->width) r->values[n] = (gnn_real)value;
        n++;
    }
    if (n != r->width)
        return data_i_lines_fail(&r->lines, "a vector of %lld numbers, expected %lld",
                                 (long long)n, (long long)r->width);
    return GNN_OK;
}

static gnn_status read_line(reading *r, data_i_field line, const data_vector_taker *taker,
                            data_vectors_notes *notes) {
    gnn_status status;
    char quoted[DATA_I_QUOTED];
    bool is_header;
    data_i_field rest = line, name;
    GNN_TRY(take_header(r, line, &is_header));
    if (is_header) return GNN_OK;
    data_i_field_next(&rest, r->lines.layout.separator, &name);
    if (name.length == 0)
        return data_i_lines_fail(&r->lines,
                                 "the name is empty, expected name and vector");
    GNN_TRY(read_values(r, rest));
    int64_t row = gnn_names_find(r->names, name.text, name.length);
    if (row < 0) {
        notes->n_unknown++;
        return GNN_OK;
    }
    if (r->is_read[row])
        return data_i_lines_fail(&r->lines, "%s is listed twice",
                                 data_i_quote(name, quoted));
    r->is_read[row] = true;
    notes->n_read++;
    GNN_TRY(taker->take(taker->user, (gnn_id)row, r->values));
cleanup:
    return status;
}

gnn_status data_vectors_read(const char *path, const data_options *options,
                             const gnn_names *names, int64_t width,
                             const data_vector_taker *taker, data_vectors_notes *notes) {
    static const data_options defaults = {0};
    gnn_status status;
    reading r = {.names = names, .width = width};
    data_i_field line;
    bool more = true;
    size_t n = (size_t)gnn_names_count(names);
    *notes = (data_vectors_notes){0};
    GNN_TRY(data_i_lines_open(&r.lines, path, options != NULL ? options : &defaults));
    GNN_TRY(gnn_i_alloc(&r.values, (size_t)width, sizeof *r.values, "a vector"));
    GNN_TRY(gnn_i_calloc(&r.is_read, n > 0 ? n : 1, sizeof *r.is_read, "vectors"));
    for (;;) {
        GNN_TRY(data_i_lines_next(&r.lines, &line, &more));
        if (!more) break;
        GNN_TRY(read_line(&r, line, taker, notes));
    }
    GNN_CHECK(notes->n_read > 0, GNN_ERR_INPUT,
              "%s: holds a vector of none of the names that were looked for", path);
cleanup:
    data_i_lines_close(&r.lines);
    gnn_i_free(r.values);
    gnn_i_free(r.is_read);
    return status;
}
