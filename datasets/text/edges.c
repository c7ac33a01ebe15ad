/* The edge reader: window after window is parsed in parallel, each chunk into the places
 * that its line numbers give it; then comments are squeezed out and texts become rows in
 * file order, so that the result does not depend on the number of threads. */
#include "text/edges.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "text/edges_parse.h"
#include "text/sort_names.h"

/* What is kept of one window, used again for the next. */
typedef struct window_store {
    data_i_edge_chunk *chunks;
    int64_t n_chunks;
    data_i_words ids, types;
} window_store;

static void store_clear(window_store *store) {
    gnn_i_free(store->chunks);
    data_i_words_clear(&store->ids);
    data_i_words_clear(&store->types);
    *store = (window_store){0};
}

static gnn_status store_reserve(window_store *store, const data_i_source *source,
                                bool has_id_texts, bool has_types) {
    gnn_status status = GNN_OK;
    if (source->n_chunks > store->n_chunks) {
        GNN_TRY(gnn_i_realloc(&store->chunks, (size_t)source->n_chunks,
                              sizeof *store->chunks, "edges"));
        store->n_chunks = source->n_chunks;
    }
    if (has_id_texts)
        GNN_TRY(data_i_words_reserve(&store->ids, 2 * source->n_lines, "node ids"));
    if (has_types)
        GNN_TRY(data_i_words_reserve(&store->types, source->n_lines, "arc types"));
cleanup:
    return status;
}

/* Room for the lines of this window, and, by their share of the file, for the rest of
 * it. */
static gnn_status reserve(data_i_edges *edges, const data_i_source *source,
                          const data_i_edge_columns *columns) {
    gnn_status status = GNN_OK;
    int64_t need = edges->n + source->n_lines;
    if (need <= edges->capacity) return GNN_OK;
    int64_t more = data_i_source_expect(source, need);
    size_t n = (size_t)more;
    GNN_TRY(gnn_i_realloc(&edges->source, n, sizeof *edges->source, "edges"));
    GNN_TRY(gnn_i_realloc(&edges->target, n, sizeof *edges->target, "edges"));
    if (columns->weight >= 0)
        GNN_TRY(gnn_i_realloc(&edges->weight, n, sizeof *edges->weight, "edge weights"));
    if (columns->type >= 0)
        GNN_TRY(gnn_i_realloc(&edges->type, n, sizeof *edges->type, "edge types"));
    if (columns->n_features > 0) {
        size_t count;
        GNN_CHECK(gnn_i_mul_size(n, (size_t)columns->n_features, &count), GNN_ERR_MEMORY,
                  "out of memory: edge features");
        GNN_TRY(gnn_i_realloc(&edges->features, count, sizeof *edges->features,
                              "edge features"));
    }
    edges->capacity = more;
cleanup:
    return status;
}

/* ---- the first lines ---- */

/* The first two fields of a line; false when it has fewer. */
static bool first_ids(data_i_field line, char separator, data_i_field ids[2]) {
    return data_i_fields_split(line, separator, 2, ids) >= 2;
}

/* Whether the line, the first one, names columns: two texts, and then two integers in the
 * next line, which begins at p. `names` receives the texts. */
static bool is_bare_header(data_i_field line, const char *p, const char *end,
                           const data_i_layout *layout, char names[DATA_I_QUOTED]) {
    enum { SHOWN = 32 };
    char text[2 * SHOWN];
    data_i_field ids[2];
    double number;
    gnn_id value;
    if (!first_ids(line, layout->separator, ids)) return false;
    for (int i = 0; i < 2; i++)
        if (data_i_parse_real(ids[i], &number)) return false;
    int length =
        snprintf(text, sizeof text, "%.*s %.*s",
                 (int)(ids[0].length < SHOWN ? ids[0].length : SHOWN - 1), ids[0].text,
                 (int)(ids[1].length < SHOWN ? ids[1].length : SHOWN - 1), ids[1].text);
    data_i_quote((data_i_field){text, (size_t)length}, names);
    while (p < end) {
        data_i_field next = data_i_line_at(p, &p);
        if (!data_i_line_is_data(next, layout)) continue;
        return first_ids(next, layout->separator, ids) &&
               data_i_parse_integer(ids[0], &value) == DATA_I_INTEGER &&
               data_i_parse_integer(ids[1], &value) == DATA_I_INTEGER;
    }
    return false;
}

/* Look at the first data line: it settles separator, columns and the mode of the ids.
 * False in *found when the window has no data line. A header line is turned into
 * `columns`; where it is no comment, job->header keeps it from being read as data. */
static gnn_status settle(data_i_source *source, data_i_edge_job *job, data_i_ids *ids,
                         bool *found) {
    char message[DATA_I_COMPLAINT], names[DATA_I_QUOTED];
    const char *p = source->text, *end = p + source->size;
    *found = false;
    while (p < end) {
        const char *begin = p;
        data_i_field line = data_i_line_at(p, &p);
        int64_t number = data_i_source_line(source, (size_t)(begin - source->text));
        if (job->columns.n == 0 && line.length > 0 &&
            data_i_edge_header(line, &job->layout, &job->columns, message)) {
            if (message[0] != '\0')
                return gnn_fail(GNN_ERR_INPUT, "%s:%" PRId64 ": %s", source->path, number,
                                message);
            job->header = begin;
            continue;
        }
        if (!data_i_line_is_data(line, &job->layout)) continue;
        data_i_layout_settle(&job->layout, line);
        if (ids->mode == DATA_I_IDS_AUTO &&
            is_bare_header(line, p, end, &job->layout, names))
            return gnn_fail(GNN_ERR_INPUT,
                            "%s:%" PRId64
                            ": %s looks like a header; begin it with # (or give "
                            "--ids string)",
                            source->path, number, names);
        if (job->columns.n == 0) {
            int n = data_i_fields_split(line, job->layout.separator, 0, NULL);
            if (n != 2 && n != 3)
                return gnn_fail(GNN_ERR_INPUT,
                                "%s:%" PRId64
                                ": %d column%s, expected source, target and "
                                "perhaps weight; more need a first line "
                                "'#source target weight type f0 ...'",
                                source->path, number, n, n == 1 ? "" : "s");
            job->columns =
                (data_i_edge_columns){.n = n, .weight = n == 3 ? 2 : -1, .type = -1};
        }
        data_i_field first = {NULL, 0};
        data_i_fields_split(line, job->layout.separator, 1, &first);
        *found = true;
        return data_i_ids_settle(ids, first);
    }
    return GNN_OK;
}

/* ---- after a window was parsed ---- */

/* Close the gaps that comments and empty lines left, and report the first error. */
static gnn_status gather(const data_i_edge_job *job, const window_store *store,
                         int64_t *n, gnn_id *largest) {
    const data_i_source *source = job->source;
    *n = 0;
    for (int64_t i = 0; i < source->n_chunks; i++) {
        const data_i_edge_chunk *chunk = &store->chunks[i];
        gnn_status status = data_i_outcome_status(&chunk->outcome, source);
        if (status != GNN_OK) return status;
        int64_t from = source->chunks[i].line, count = chunk->outcome.n;
        data_i_squeeze(job->source_row, sizeof(gnn_id), *n, from, count);
        data_i_squeeze(job->target_row, sizeof(gnn_id), *n, from, count);
        data_i_squeeze(job->weight, sizeof(gnn_real), *n, from, count);
        data_i_squeeze(job->features, sizeof(gnn_real) * (size_t)job->columns.n_features,
                       *n, from, count);
        data_i_squeeze(job->id_texts, 2 * sizeof(char *), *n, from, count);
        data_i_squeeze(job->id_lengths, 2 * sizeof(uint32_t), *n, from, count);
        data_i_squeeze(job->type_texts, sizeof(char *), *n, from, count);
        data_i_squeeze(job->type_lengths, sizeof(uint32_t), *n, from, count);
        if (chunk->largest > *largest) *largest = chunk->largest;
        *n += count;
    }
    return GNN_OK;
}

/* Texts of the window → rows, in file order. */
static gnn_status look_up(data_i_edges *edges, const data_i_edge_job *job,
                          window_store *store, data_i_ids *ids, int64_t n) {
    gnn_status status = GNN_OK;
    if (job->id_texts != NULL) {
        status = data_i_ids_add_many(ids, job->source->path, 2 * n, store->ids.text,
                                     store->ids.length, store->ids.row);
        if (status != GNN_OK) return status;
        for (int64_t i = 0; i < n; i++) {
            job->source_row[i] = store->ids.row[2 * i];
            job->target_row[i] = store->ids.row[2 * i + 1];
        }
    }
    if (job->type_texts != NULL) {
        if (edges->types == NULL) status = gnn_names_new(&edges->types);
        if (status == GNN_OK)
            status = gnn_names_add_many(edges->types, n, store->types.text,
                                        store->types.length, edges->type + edges->n);
    }
    return status;
}

static gnn_status read_window(data_i_edges *edges, data_i_source *source,
                              data_i_edge_job *job, window_store *store,
                              data_i_ids *ids) {
    gnn_status status;
    bool has_id_texts = ids->mode == DATA_I_IDS_STRING && ids->closed_by == NULL;
    int64_t n = 0;
    gnn_id largest = -1;
    GNN_TRY(store_reserve(store, source, has_id_texts, job->columns.type >= 0));
    GNN_TRY(reserve(edges, source, &job->columns));
    job->source = source;
    job->ids = ids;
    job->chunks = store->chunks;
    job->source_row = edges->source + edges->n;
    job->target_row = edges->target + edges->n;
    job->weight = edges->weight == NULL ? NULL : edges->weight + edges->n;
    job->features = edges->features == NULL
                        ? NULL
                        : edges->features + edges->n * job->columns.n_features;
    job->id_texts = has_id_texts ? store->ids.text : NULL;
    job->id_lengths = has_id_texts ? store->ids.length : NULL;
    job->type_texts = store->types.text;
    job->type_lengths = store->types.length;
    data_i_source_run(source, data_i_edges_parse, job);
    GNN_TRY(gather(job, store, &n, &largest));
    job->header = NULL;
    GNN_TRY(look_up(edges, job, store, ids, n));
    edges->n += n;
    ids->n_mentions += 2 * n;
    if (ids->closed_by == NULL && largest >= ids->n) ids->n = largest + 1;
cleanup:
    return status;
}

/* Types by number, or by the alphabet: the order does not depend on the file's. */
static gnn_status sort_types(data_i_edges *edges) {
    if (edges->types == NULL) return GNN_OK;
    gnn_id *place = NULL;
    gnn_status status = data_i_sort_names(&edges->types, &place);
    if (status != GNN_OK) return status;
    for (int64_t i = 0; i < edges->n; i++) edges->type[i] = place[edges->type[i]];
    gnn_i_free(place);
    return GNN_OK;
}

gnn_status data_i_edges_read(data_i_edges *edges, const char *path,
                             const data_options *options, data_i_ids *ids) {
    gnn_status status;
    data_i_source source;
    window_store store = {0};
    data_i_edge_job job = {.layout = data_i_layout_of(options)};
    bool more = true, found = false;
    *edges = (data_i_edges){0};
    GNN_TRY(data_i_source_open(&source, path, options->n_threads));
    for (;;) {
        GNN_TRY(data_i_source_next(&source, &more));
        if (!more) break;
        if (!found) GNN_TRY(settle(&source, &job, ids, &found));
        if (found) GNN_TRY(read_window(edges, &source, &job, &store, ids));
        if (!found) job.header = NULL;
        GNN_TRY(data_i_source_report(&source, options, "edges"));
    }
    GNN_CHECK(edges->n > 0, GNN_ERR_INPUT,
              "%s: holds no edges, expected source and target a line", path);
    edges->n_features = job.columns.n_features;
    GNN_TRY(sort_types(edges));
cleanup:
    store_clear(&store);
    data_i_source_close(&source);
    if (status != GNN_OK) data_i_edges_clear(edges);
    return status;
}

void data_i_edges_clear(data_i_edges *edges) {
    gnn_i_free(edges->source);
    gnn_i_free(edges->target);
    gnn_i_free(edges->weight);
    gnn_i_free(edges->type);
    gnn_i_free(edges->features);
    gnn_names_free(edges->types);
    *edges = (data_i_edges){0};
}
