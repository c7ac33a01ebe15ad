/* Parsing of edge lines. Runs on many threads at once: nothing here allocates or fails
 * but by leaving a message in its chunk. */
#include "text/edges_parse.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* An id that becomes a row at once: an integer, or a text of a closed set. */
static bool row_of(const data_i_edge_job *job, data_i_edge_chunk *chunk,
                   data_i_field field, gnn_id *row) {
    const data_i_ids *ids = job->ids;
    char quoted[DATA_I_QUOTED];
    if (ids->mode == DATA_I_IDS_STRING) {
        *row = (gnn_id)gnn_names_find(ids->names, field.text, field.length);
        if (*row >= 0) return true;
        return data_i_outcome_fail(&chunk->outcome, "node %s is not in %s",
                                   data_i_quote(field, quoted), ids->closed_by);
    }
    data_i_parse_integer(field, row);
    if (ids->closed_by != NULL && *row >= ids->n)
        return data_i_outcome_fail(&chunk->outcome,
                                   "node id %d is not in %s, which ends at %d", *row,
                                   ids->closed_by, ids->n - 1);
    if (*row > chunk->largest) chunk->largest = *row;
    return true;
}

static bool parse_id(const data_i_edge_job *job, data_i_edge_chunk *chunk,
                     data_i_field field, int column, int64_t slot) {
    char message[DATA_I_COMPLAINT];
    const char *complaint = data_i_id_complaint(job->ids->mode, field, message);
    if (complaint != NULL) return data_i_outcome_fail(&chunk->outcome, "%s", complaint);
    if (job->id_texts == NULL)
        return row_of(job, chunk, field,
                      (column == 0 ? job->source_row : job->target_row) + slot);
    job->id_texts[2 * slot + column] = field.text;
    job->id_lengths[2 * slot + column] = (uint32_t)field.length;
    return true;
}

static bool parse_number(data_i_edge_chunk *chunk, data_i_field field, const char *what,
                         gnn_real *out) {
    char quoted[DATA_I_QUOTED];
    double value;
    if (!data_i_parse_real(field, &value))
        return data_i_outcome_fail(&chunk->outcome, "%s %s is not a number", what,
                                   data_i_quote(field, quoted));
    *out = (gnn_real)value;
    if (!isfinite(*out))
        return data_i_outcome_fail(&chunk->outcome, "%s %s is not finite", what,
                                   data_i_quote(field, quoted));
    return true;
}

static bool parse_type(const data_i_edge_job *job, data_i_edge_chunk *chunk,
                       data_i_field field, int64_t slot) {
    if (field.length == 0 || field.length > DATA_I_LONGEST_ID)
        return data_i_outcome_fail(&chunk->outcome,
                                   "an arc type of %zu bytes, expected 1 to %d",
                                   field.length, DATA_I_LONGEST_ID);
    job->type_texts[slot] = field.text;
    job->type_lengths[slot] = (uint32_t)field.length;
    return true;
}

static bool wrong_columns(const data_i_edge_job *job, data_i_edge_chunk *chunk,
                          data_i_field line) {
    int n = data_i_fields_split(line, job->layout.separator, 0, NULL);
    const char *separator = job->layout.separator == '\t' ? "tab" : "blank";
    return data_i_outcome_fail(&chunk->outcome, "%d %s-separated column%s, expected %d",
                               n, separator, n == 1 ? "" : "s", job->columns.n);
}

/* Any line of data: all columns, all checks. */
static bool parse_line(const data_i_edge_job *job, data_i_edge_chunk *chunk,
                       data_i_field line, int64_t slot) {
    const data_i_edge_columns *columns = &job->columns;
    char separator = job->layout.separator;
    data_i_field rest = line, field;
    int feature = 0, column = 0;
    for (; column < columns->n; column++) {
        if (!data_i_field_next(&rest, separator, &field))
            return wrong_columns(job, chunk, line);
        bool good;
        if (column < 2)
            good = parse_id(job, chunk, field, column, slot);
        else if (column == columns->weight)
            good = parse_number(chunk, field, "weight", &job->weight[slot]);
        else if (column == columns->type)
            good = parse_type(job, chunk, field, slot);
        else
            good = parse_number(chunk, field, "feature",
                                &job->features[slot * columns->n_features + feature++]);
        if (!good) return false;
    }
    if (data_i_field_next(&rest, separator, &field))
        return wrong_columns(job, chunk, line);
    return true;
}

/* A canonical decimal of at most 9 digits at *p; *p moves behind it. -1: anything
 * else. */
static inline gnn_id quick_integer(const char **p) {
    const char *q = *p;
    unsigned digit = (unsigned char)(*q - '0');
    if (digit > 9) return -1;
    gnn_id value = (gnn_id)digit;
    const char *end = q + 9;
    for (q++; q < end; q++) {
        digit = (unsigned char)(*q - '0');
        if (digit > 9) break;
        value = 10 * value + (gnn_id)digit;
    }
    if ((**p == '0' && q > *p + 1) || data_i_is_digit(*q)) return -1;
    *p = q;
    return value;
}

/* The plain line `integer separator integer newline`, which most large files consist of.
 * False, with nothing changed, for any other line. */
static inline bool quick_line(const data_i_edge_job *job, data_i_edge_chunk *chunk,
                              const char **at, int64_t slot) {
    const char *p = *at;
    gnn_id source = quick_integer(&p);
    if (source < 0 || !(*p == '\t' || (*p == ' ' && job->layout.separator == ' ')))
        return false;
    p++;
    gnn_id target = quick_integer(&p);
    if (target < 0) return false;
    if (*p == '\r') p++;
    if (*p != '\n') return false;
    gnn_id larger = source > target ? source : target;
    if (job->ids->closed_by != NULL && larger >= job->ids->n) return false;
    if (larger > chunk->largest) chunk->largest = larger;
    job->source_row[slot] = source;
    job->target_row[slot] = target;
    *at = p + 1;
    return true;
}

void data_i_edges_parse(void *argument, int64_t block, int thread) {
    (void)thread;
    const data_i_edge_job *job = argument;
    const data_i_chunk *piece = &job->source->chunks[block];
    data_i_edge_chunk *chunk = &job->chunks[block];
    const char *p = job->source->text + piece->begin,
               *end = job->source->text + piece->end;
    *chunk = (data_i_edge_chunk){.largest = -1};
    bool is_quick = job->ids->mode == DATA_I_IDS_INTEGER && job->columns.n == 2 &&
                    !data_i_is_digit(job->layout.comment[0]);
    int64_t slot = piece->line;
    while (p < end) {
        if (is_quick && quick_line(job, chunk, &p, slot)) {
            slot++;
            continue;
        }
        const char *begin = p;
        data_i_field line = data_i_line_at(p, &p);
        if (begin == job->header || !data_i_line_is_data(line, &job->layout)) continue;
        if (!parse_line(job, chunk, line, slot)) {
            chunk->outcome.error_at = (size_t)(begin - job->source->text);
            break;
        }
        slot++;
    }
    chunk->outcome.n = slot - piece->line;
}

/* ---- the header ---- */

bool data_i_edge_header(data_i_field line, const data_i_layout *layout,
                        data_i_edge_columns *columns, char message[DATA_I_COMPLAINT]) {
    char separator = memchr(line.text, '\t', line.length) != NULL ? '\t' : ' ';
    size_t mark = strlen(layout->comment);
    data_i_field rest = line, field;
    message[0] = '\0';
    if (line.length > 0 && line.text[0] == '#')
        rest = (data_i_field){line.text + 1, line.length - 1};
    else if (mark > 0 && line.length > mark &&
             memcmp(line.text, layout->comment, mark) == 0)
        rest = (data_i_field){line.text + mark, line.length - mark};
    if (!data_i_field_next(&rest, separator, &field) || !data_i_field_is(field, "source"))
        return false;
    if (!data_i_field_next(&rest, separator, &field) || !data_i_field_is(field, "target"))
        return false;
    *columns = (data_i_edge_columns){.n = 2, .weight = -1, .type = -1};
    while (data_i_field_next(&rest, separator, &field)) {
        int *place = data_i_field_is(field, "weight") ? &columns->weight
                     : data_i_field_is(field, "type") ? &columns->type
                                                      : NULL;
        if (place != NULL && *place >= 0)
            snprintf(message, DATA_I_COMPLAINT, "two columns named %.*s",
                     (int)field.length, field.text);
        if (place != NULL)
            *place = columns->n;
        else
            columns->n_features++;
        if (++columns->n > DATA_I_EDGE_COLUMNS) {
            snprintf(message, DATA_I_COMPLAINT, "more than %d columns",
                     DATA_I_EDGE_COLUMNS);
            break;
        }
    }
    return true;
}
