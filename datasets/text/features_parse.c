/* Parsing of features. Runs on many threads at once: nothing here allocates or fails but
 * by leaving a message in its chunk. */
#include "text/features_parse.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

data_i_table_kind data_i_feature_kind(data_i_field token) {
    double number;
    gnn_id index;
    const char *colon = memchr(token.text, ':', token.length);
    if (colon != NULL) {
        data_i_field before = {token.text, (size_t)(colon - token.text)};
        data_i_integer_kind kind = data_i_parse_integer(before, &index);
        return kind == DATA_I_NO_INTEGER ? DATA_I_TABLE_WORDS : DATA_I_TABLE_SPARSE;
    }
    return data_i_parse_real(token, &number) ? DATA_I_TABLE_DENSE : DATA_I_TABLE_WORDS;
}

static bool parse_node(const data_i_feature_job *job, data_i_feature_chunk *chunk,
                       data_i_field field, int64_t line) {
    const data_i_ids *ids = job->ids;
    char message[DATA_I_COMPLAINT], quoted[DATA_I_QUOTED];
    const char *complaint = data_i_id_complaint(ids->mode, field, message);
    if (complaint != NULL) return data_i_outcome_fail(&chunk->outcome, "%s", complaint);
    if (job->id_texts != NULL) {
        job->id_texts[line] = field.text;
        job->id_lengths[line] = (uint32_t)field.length;
        return true;
    }
    gnn_id row;
    if (ids->mode == DATA_I_IDS_STRING) {
        row = (gnn_id)gnn_names_find(ids->names, field.text, field.length);
    } else {
        data_i_parse_integer(field, &row);
        if (ids->closed_by != NULL && row >= ids->n) row = -1;
    }
    if (row < 0)
        return data_i_outcome_fail(&chunk->outcome, "node %s is not in %s",
                                   data_i_quote(field, quoted), ids->closed_by);
    job->row[line] = row;
    if (row > chunk->largest_row) chunk->largest_row = row;
    return true;
}

static bool parse_value(data_i_feature_chunk *chunk, data_i_field field,
                        gnn_real *value) {
    char quoted[DATA_I_QUOTED];
    double number;
    if (!data_i_parse_real(field, &number))
        return data_i_outcome_fail(&chunk->outcome, "feature value %s is not a number",
                                   data_i_quote(field, quoted));
    *value = (gnn_real)number;
    if (!isfinite(*value))
        return data_i_outcome_fail(&chunk->outcome, "feature value %s is not finite",
                                   data_i_quote(field, quoted));
    return true;
}

/* index:value */
static bool parse_pair(const data_i_feature_job *job, data_i_feature_chunk *chunk,
                       data_i_field token, int64_t entry) {
    char quoted[DATA_I_QUOTED];
    const char *colon = memchr(token.text, ':', token.length);
    if (colon == NULL)
        return data_i_outcome_fail(&chunk->outcome, "%s, expected index:value",
                                   data_i_quote(token, quoted));
    data_i_field index = {token.text, (size_t)(colon - token.text)};
    data_i_field value = {colon + 1, token.length - index.length - 1};
    gnn_id column;
    if (data_i_parse_integer(index, &column) != DATA_I_INTEGER)
        return data_i_outcome_fail(&chunk->outcome,
                                   "feature index %s, expected a number from 0 to %d",
                                   data_i_quote(index, quoted), INT32_MAX - 1);
    if (job->width_is_forced && column >= job->width)
        return data_i_outcome_fail(&chunk->outcome,
                                   "feature index %d is past the %" PRId64
                                   " columns of the model",
                                   column, job->width);
    job->column[entry] = column;
    if (column > chunk->largest_column) chunk->largest_column = column;
    return parse_value(chunk, value, &job->value[entry]);
}

/* word or word:value; what follows the last colon counts if it is a number */
static bool parse_word(const data_i_feature_job *job, data_i_feature_chunk *chunk,
                       data_i_field token, int64_t entry) {
    const char *colon = memrchr(token.text, ':', token.length);
    double number;
    job->value[entry] = 1;
    if (colon != NULL && colon > token.text) {
        data_i_field value = {colon + 1, (size_t)(token.text + token.length - colon - 1)};
        if (data_i_parse_real(value, &number)) {
            token.length = (size_t)(colon - token.text);
            if (!parse_value(chunk, value, &job->value[entry])) return false;
        }
    }
    if (token.length > DATA_I_LONGEST_ID)
        return data_i_outcome_fail(&chunk->outcome,
                                   "a word of %zu bytes, expected at most %d",
                                   token.length, DATA_I_LONGEST_ID);
    job->words[entry] = token.text;
    job->word_lengths[entry] = (uint32_t)token.length;
    return true;
}

static bool parse_line(const data_i_feature_job *job, data_i_feature_chunk *chunk,
                       data_i_field line, int64_t slot, int64_t first_entry) {
    data_i_field rest = line, token;
    if (!data_i_field_next(&rest, job->layout.separator, &token))
        return data_i_outcome_fail(&chunk->outcome,
                                   "no node id, expected node and features");
    if (!parse_node(job, chunk, token, slot)) {
        /* A node may stand alone, but 0,1.5,2 is a line of another separator. */
        bool has_commas = memchr(token.text, ',', token.length) != NULL;
        if (has_commas && !data_i_field_next(&rest, ' ', &token))
            data_i_outcome_fail(
                &chunk->outcome,
                "1 column, expected node and features, separated by a tab or blanks");
        return false;
    }
    int64_t n = 0;
    while (data_i_field_next(&rest, ' ', &token)) {
        int64_t entry = first_entry + n++;
        bool good;
        if (job->kind == DATA_I_TABLE_SPARSE)
            good = parse_pair(job, chunk, token, entry);
        else if (job->kind == DATA_I_TABLE_WORDS)
            good = parse_word(job, chunk, token, entry);
        else
            good = parse_value(chunk, token, &job->value[entry]);
        if (!good) return false;
    }
    if (job->kind == DATA_I_TABLE_DENSE && n != job->width)
        return data_i_outcome_fail(&chunk->outcome,
                                   "%" PRId64 " feature values, expected %" PRId64, n,
                                   job->width);
    job->count[slot] = (gnn_id)n;
    return true;
}

void data_i_features_parse(void *argument, int64_t block, int thread) {
    (void)thread;
    const data_i_feature_job *job = argument;
    const data_i_chunk *piece = &job->source->chunks[block];
    data_i_feature_chunk *chunk = &job->chunks[block];
    const char *p = job->source->text + piece->begin,
               *end = job->source->text + piece->end;
    *chunk = (data_i_feature_chunk){.largest_row = -1, .largest_column = -1};
    while (p < end) {
        const char *begin = p;
        data_i_field line = data_i_line_at(p, &p);
        if (!data_i_line_is_data(line, &job->layout)) continue;
        int64_t slot = piece->line + chunk->outcome.n;
        if (!parse_line(job, chunk, line, slot, piece->separator + chunk->n_entries)) {
            chunk->outcome.error_at = (size_t)(begin - job->source->text);
            return;
        }
        chunk->outcome.n++;
        chunk->n_entries += job->count[slot];
    }
}
