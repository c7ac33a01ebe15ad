/* The features reader: windows are parsed in parallel and appended in file order. */
#include "text/features.h"

#include <inttypes.h>
#include <string.h>

#include "text/features_parse.h"
#include "text/grow.h"
#include "text/sort_names.h"

/* Scratch for one window. */
typedef struct window_store {
    data_i_feature_chunk *chunks;
    gnn_id *row, *count, *column;
    gnn_real *value;
    const char **id_texts, **words;
    uint32_t *id_lengths, *word_lengths;
    int64_t n_chunks, n_lines, n_entries; /* capacities */
} window_store;

static void store_clear(window_store *store) {
    gnn_i_free(store->chunks);
    gnn_i_free(store->row);
    gnn_i_free(store->count);
    gnn_i_free(store->column);
    gnn_i_free(store->value);
    gnn_i_free(store->id_texts);
    gnn_i_free(store->words);
    gnn_i_free(store->id_lengths);
    gnn_i_free(store->word_lengths);
    *store = (window_store){0};
}

static gnn_status store_reserve(window_store *store, const data_i_source *source,
                                data_i_table_kind kind, bool has_id_texts) {
    gnn_status status = GNN_OK;
    size_t n = (size_t)source->n_lines, m = (size_t)source->n_separators;
    if (source->n_chunks > store->n_chunks) {
        GNN_TRY(gnn_i_realloc(&store->chunks, (size_t)source->n_chunks,
                              sizeof *store->chunks, "features"));
        store->n_chunks = source->n_chunks;
    }
    if (source->n_lines > store->n_lines) {
        GNN_TRY(gnn_i_realloc(&store->row, n, sizeof *store->row, "features"));
        GNN_TRY(gnn_i_realloc(&store->count, n, sizeof *store->count, "features"));
        if (has_id_texts) {
            GNN_TRY(
                gnn_i_realloc(&store->id_texts, n, sizeof *store->id_texts, "node ids"));
            GNN_TRY(gnn_i_realloc(&store->id_lengths, n, sizeof *store->id_lengths,
                                  "node ids"));
        }
        store->n_lines = source->n_lines;
    }
    if (kind != DATA_I_TABLE_OPEN && source->n_separators > store->n_entries) {
        GNN_TRY(gnn_i_realloc(&store->value, m, sizeof *store->value, "features"));
        if (kind != DATA_I_TABLE_DENSE)
            GNN_TRY(gnn_i_realloc(&store->column, m, sizeof *store->column, "features"));
        if (kind == DATA_I_TABLE_WORDS) {
            GNN_TRY(gnn_i_realloc(&store->words, m, sizeof *store->words, "words"));
            GNN_TRY(gnn_i_realloc(&store->word_lengths, m, sizeof *store->word_lengths,
                                  "words"));
        }
        store->n_entries = source->n_separators;
    }
cleanup:
    return status;
}

/* Look at the window's data lines until one holds features: it tells the kind of the
 * table, and the width of a dense one. A window of nodes without features leaves the
 * kind open. */
static gnn_status settle(const data_i_source *source, data_i_feature_job *job,
                         data_i_ids *ids) {
    const char *p = source->text, *end = p + source->size;
    while (p < end && (job->kind == DATA_I_TABLE_OPEN || job->layout.separator == 0)) {
        data_i_field line = data_i_line_at(p, &p), first = {NULL, 0}, token;
        if (!data_i_line_is_data(line, &job->layout)) continue;
        data_i_layout_settle(&job->layout, line);
        data_i_field rest = line;
        if (!data_i_field_next(&rest, job->layout.separator, &first)) continue;
        gnn_status status = data_i_ids_settle(ids, first);
        if (status != GNN_OK) return status;
        if (!data_i_field_next(&rest, ' ', &token) || job->kind != DATA_I_TABLE_OPEN)
            continue;
        job->kind = data_i_feature_kind(token);
        if (job->kind != DATA_I_TABLE_DENSE || job->width_is_forced) continue;
        for (job->width = 1; data_i_field_next(&rest, ' ', &token);) job->width++;
    }
    return GNN_OK;
}

/* Room for what the chunks of this window hold, and, by their share of the file, for the
 * rest. */
static gnn_status reserve(data_i_table *table, const data_i_source *source,
                          const data_i_feature_chunk *chunks) {
    gnn_status status = GNN_OK;
    int64_t lines = table->n_lines, entries = table->n_entries;
    for (int64_t i = 0; i < source->n_chunks; i++) {
        lines += chunks[i].outcome.n;
        entries += chunks[i].n_entries;
    }
    if (source->bytes_total > source->bytes_done && lines > table->lines_capacity) {
        double share = (double)source->bytes_total / (double)source->bytes_done * 1.02;
        lines = (int64_t)((double)lines * share) + 16;
        entries = (int64_t)((double)entries * share) + 16;
    }
    GNN_TRY(data_i_grow(&table->row, &table->lines_capacity, lines, sizeof *table->row,
                        "features"));
    GNN_TRY(data_i_grow(&table->count, &table->counts_capacity, lines,
                        sizeof *table->count, "features"));
    GNN_TRY(data_i_grow(&table->value, &table->values_capacity, entries,
                        sizeof *table->value, "features"));
    if (table->kind != DATA_I_TABLE_DENSE)
        GNN_TRY(data_i_grow(&table->column, &table->columns_capacity, entries,
                            sizeof *table->column, "features"));
cleanup:
    return status;
}

static void append(void *to, int64_t at, const void *from, int64_t first, int64_t n,
                   size_t size) {
    if (n > 0)
        memcpy((char *)to + (size_t)at * size, (const char *)from + (size_t)first * size,
               (size_t)n * size);
}

/* Append a chunk's lines and entries to the table, which has room for them. */
static void append_chunk(data_i_table *table, const window_store *store,
                         const data_i_chunk *piece, const data_i_feature_chunk *chunk) {
    append(table->row, table->n_lines, store->row, piece->line, chunk->outcome.n,
           sizeof(gnn_id));
    append(table->count, table->n_lines, store->count, piece->line, chunk->outcome.n,
           sizeof(gnn_id));
    append(table->value, table->n_entries, store->value, piece->separator,
           chunk->n_entries, sizeof(gnn_real));
    if (table->kind != DATA_I_TABLE_DENSE)
        append(table->column, table->n_entries, store->column, piece->separator,
               chunk->n_entries, sizeof(gnn_id));
    table->n_lines += chunk->outcome.n;
    table->n_entries += chunk->n_entries;
}

/* Texts of a chunk → rows and columns. Words that a schema's vocabulary lacks get column
 * -1. */
static gnn_status look_up(data_i_table *table, const data_i_feature_job *job,
                          const window_store *store, data_i_ids *ids, int64_t block,
                          const gnn_names *fixed_vocabulary) {
    const data_i_chunk *piece = &job->source->chunks[block];
    const data_i_feature_chunk *chunk = &job->chunks[block];
    gnn_status status = GNN_OK;
    if (job->id_texts != NULL)
        status = data_i_ids_add_many(
            ids, job->source->path, chunk->outcome.n, store->id_texts + piece->line,
            store->id_lengths + piece->line, store->row + piece->line);
    if (status != GNN_OK || job->kind != DATA_I_TABLE_WORDS) return status;
    int64_t first = piece->separator;
    if (fixed_vocabulary == NULL)
        return gnn_names_add_many(table->vocabulary, chunk->n_entries,
                                  store->words + first, store->word_lengths + first,
                                  store->column + first);
    for (int64_t i = first; i < first + chunk->n_entries; i++)
        store->column[i] = (gnn_id)gnn_names_find(fixed_vocabulary, store->words[i],
                                                  store->word_lengths[i]);
    return GNN_OK;
}

static gnn_status read_window(data_i_table *table, data_i_source *source,
                              data_i_feature_job *job, window_store *store,
                              data_i_ids *ids, const gnn_names *fixed_vocabulary) {
    gnn_status status;
    bool has_id_texts = ids->mode == DATA_I_IDS_STRING && ids->closed_by == NULL;
    GNN_TRY(store_reserve(store, source, job->kind, has_id_texts));
    job->source = source;
    job->ids = ids;
    job->chunks = store->chunks;
    job->row = store->row;
    job->count = store->count;
    job->column = store->column;
    job->value = store->value;
    job->id_texts = has_id_texts ? store->id_texts : NULL;
    job->id_lengths = store->id_lengths;
    job->words = store->words;
    job->word_lengths = store->word_lengths;
    table->kind = job->kind;
    data_i_source_run(source, data_i_features_parse, job);
    GNN_TRY(reserve(table, source, store->chunks));
    for (int64_t i = 0; i < source->n_chunks; i++) {
        const data_i_feature_chunk *chunk = &store->chunks[i];
        GNN_TRY(data_i_outcome_status(&chunk->outcome, source));
        GNN_TRY(look_up(table, job, store, ids, i, fixed_vocabulary));
        append_chunk(table, store, &source->chunks[i], chunk);
        if (chunk->largest_row > table->largest) table->largest = chunk->largest_row;
        if (!job->width_is_forced && chunk->largest_column >= table->width)
            table->width = chunk->largest_column + 1;
    }
cleanup:
    return status;
}

/* The width, and checks that need the whole table. */
static gnn_status finish(data_i_table *table, const data_i_feature_job *job,
                         const char *path) {
    enum { FREE = 1 << 20, FACTOR = 100 };
    if (table->n_lines == 0)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: holds no features, expected node and features a line", path);
    if (job->width_is_forced || table->kind == DATA_I_TABLE_DENSE)
        table->width = job->width;
    else if (table->kind == DATA_I_TABLE_WORDS)
        table->width = gnn_names_count(table->vocabulary);
    else if (table->width > FREE && table->width / FACTOR > table->n_entries)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: feature index %" PRId64 ", but only %" PRId64
                        " entries: indices are column numbers from 0",
                        path, table->width - 1, table->n_entries);
    if (table->width == 0)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: no node has a feature, expected node and features, "
                        "separated by a tab or blanks",
                        path);
    return GNN_OK;
}

gnn_status data_i_table_read(data_i_table *table, const char *path,
                             const data_options *options, data_i_ids *ids) {
    gnn_status status;
    data_i_source source;
    window_store store = {0};
    data_i_feature_job job = {.layout = data_i_layout_of(options)};
    const data_schema *schema = options->schema;
    const gnn_names *fixed = schema != NULL ? schema->vocabulary : NULL;
    bool more;
    *table = (data_i_table){.largest = -1};
    if (schema != NULL) {
        job.width = schema->n_features;
        job.width_is_forced = true;
        if (fixed != NULL) job.kind = DATA_I_TABLE_WORDS;
    }
    GNN_TRY(data_i_source_open(&source, path, options->n_threads));
    for (;;) {
        GNN_TRY(data_i_source_next(&source, &more));
        if (!more) break;
        GNN_TRY(settle(&source, &job, ids));
        GNN_CHECK(schema == NULL || fixed != NULL || job.kind != DATA_I_TABLE_WORDS,
                  GNN_ERR_INPUT, "%s: holds words, but the model's columns are numbers",
                  path);
        if (job.kind == DATA_I_TABLE_WORDS && fixed == NULL && table->vocabulary == NULL)
            GNN_TRY(gnn_names_new(&table->vocabulary));
        if (job.layout.separator != 0)
            GNN_TRY(read_window(table, &source, &job, &store, ids, fixed));
        GNN_TRY(data_i_source_report(&source, options, "features"));
    }
    GNN_TRY(finish(table, &job, path));
    if (fixed != NULL) GNN_TRY(data_i_names_copy(fixed, &table->vocabulary));
    ids->n_mentions += table->n_lines;
    if (ids->mode == DATA_I_IDS_INTEGER && ids->closed_by == NULL &&
        table->largest >= ids->n)
        ids->n = table->largest + 1;
cleanup:
    store_clear(&store);
    data_i_source_close(&source);
    if (status != GNN_OK) data_i_table_clear(table);
    return status;
}

void data_i_table_clear(data_i_table *table) {
    gnn_i_free(table->row);
    gnn_i_free(table->count);
    gnn_i_free(table->column);
    gnn_i_free(table->value);
    gnn_names_free(table->vocabulary);
    *table = (data_i_table){.largest = -1};
}
