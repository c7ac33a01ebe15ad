/* The reader of triples: a window's lines are parsed in parallel; names become rows and
 * repeats are dropped in file order, so that the result does not depend on the number of
 * threads. */
#include <datasets/triples.h>

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "text/ids.h"
#include "text/triple_set.h"
#include "text/window.h"

/* One reading. */
typedef struct reading {
    const data_options *options;
    const char *relations_from; /* NULL: open */
    gnn_names *entities, *relations;
    gnn_triples *triples;
    int64_t capacity; /* of the columns */
    data_i_triple_set set;
    data_triples_notes notes;
    /* The window: line i has its entities at places 2i and 2i + 1. */
    data_i_source source;
    data_i_layout layout;
    data_i_words ends, kinds;
    data_i_outcome *outcomes; /* (chunks) */
    int64_t n_outcomes;
    gnn_id *relation; /* where the relation of line 0 goes, when they are closed */
} reading;

/* ---- parsing: many threads at once ---- */

static bool wrong_name(data_i_outcome *outcome, data_i_field field, const char *what) {
    if (field.length == 0) return data_i_outcome_fail(outcome, "the %s is empty", what);
    return data_i_outcome_fail(outcome, "a %s of %zu bytes, expected at most %d", what,
                               field.length, DATA_I_LONGEST_ID);
}

static bool parse_relation(const reading *r, data_i_outcome *outcome, data_i_field field,
                           int64_t slot) {
    char quoted[DATA_I_QUOTED];
    if (r->relations_from == NULL) {
        r->kinds.text[slot] = field.text;
        r->kinds.length[slot] = (uint32_t)field.length;
        return true;
    }
    r->relation[slot] = (gnn_id)gnn_names_find(r->relations, field.text, field.length);
    if (r->relation[slot] >= 0) return true;
    return data_i_outcome_fail(outcome, "relation %s is not in %.100s",
                               data_i_quote(field, quoted), r->relations_from);
}

static bool check_entity(const reading *r, data_i_outcome *outcome, data_i_field field) {
    char quoted[DATA_I_QUOTED];
    const char *from = r->options->entities_from;
    if (from == NULL || gnn_names_find(r->entities, field.text, field.length) >= 0)
        return true;
    return data_i_outcome_fail(outcome, "entity %s is not in %.100s",
                               data_i_quote(field, quoted), from);
}

static bool parse_line(const reading *r, data_i_outcome *outcome, data_i_field line,
                       int64_t slot) {
    static const char *const what[] = {"head", "relation", "tail"};
    data_i_field field[3];
    int n = data_i_fields_split(line, r->layout.separator, 3, field);
    if (n != 3)
        return data_i_outcome_fail(outcome,
                                   "%d column%s, expected head, relation and tail", n,
                                   n == 1 ? "" : "s");
    for (int i = 0; i < 3; i++)
        if (field[i].length == 0 || field[i].length > DATA_I_LONGEST_ID)
            return wrong_name(outcome, field[i], what[i]);
    if (!check_entity(r, outcome, field[0]) || !check_entity(r, outcome, field[2]))
        return false;
    r->ends.text[2 * slot] = field[0].text;
    r->ends.length[2 * slot] = (uint32_t)field[0].length;
    r->ends.text[2 * slot + 1] = field[2].text;
    r->ends.length[2 * slot + 1] = (uint32_t)field[2].length;
    return parse_relation(r, outcome, field[1], slot);
}

static void parse_chunk(void *argument, int64_t block, int thread) {
    (void)thread;
    const reading *r = argument;
    const data_i_chunk *piece = &r->source.chunks[block];
    data_i_outcome *outcome = &r->outcomes[block];
    const char *p = r->source.text + piece->begin, *end = r->source.text + piece->end;
    outcome->n = 0;
    outcome->failed = false;
    while (p < end) {
        const char *begin = p;
        data_i_field line = data_i_line_at(p, &p);
        if (!data_i_line_is_data(line, &r->layout)) continue;
        if (!parse_line(r, outcome, line, piece->line + outcome->n)) {
            outcome->error_at = (size_t)(begin - r->source.text);
            return;
        }
        outcome->n++;
    }
}

/* ---- a window ---- */

/* The byte of the window where data line `index` of it begins; -1: it has fewer. */
static int64_t find_line(const data_i_source *source, const data_i_layout *layout,
                         int64_t index, data_i_field *line) {
    const char *p = source->text, *end = p + source->size;
    while (p < end) {
        const char *begin = p;
        *line = data_i_line_at(p, &p);
        if (data_i_line_is_data(*line, layout) && index-- == 0)
            return begin - source->text;
    }
    return -1;
}

/* Room for the lines of this window, and for the rest of the file as this one lets
 * expect. */
static gnn_status reserve(reading *r) {
    gnn_status status = GNN_OK;
    gnn_triples *triples = r->triples;
    int64_t n_lines = r->source.n_lines, need = triples->n + n_lines;
    if (r->source.n_chunks > r->n_outcomes) {
        GNN_TRY(gnn_i_realloc(&r->outcomes, (size_t)r->source.n_chunks,
                              sizeof *r->outcomes, "triples"));
        r->n_outcomes = r->source.n_chunks;
    }
    GNN_TRY(data_i_words_reserve(&r->ends, 2 * n_lines, "entities"));
    if (r->relations_from == NULL)
        GNN_TRY(data_i_words_reserve(&r->kinds, n_lines, "relations"));
    if (need > r->capacity) {
        int64_t more = data_i_source_expect(&r->source, need);
        size_t n = (size_t)more;
        GNN_TRY(gnn_i_realloc(&triples->head, n, sizeof *triples->head, "triples"));
        GNN_TRY(
            gnn_i_realloc(&triples->relation, n, sizeof *triples->relation, "triples"));
        GNN_TRY(gnn_i_realloc(&triples->tail, n, sizeof *triples->tail, "triples"));
        r->capacity = more;
    }
    /* The set doubles by itself: no room for what may never come. */
    if (r->options->duplicates != GNN_DUPLICATES_KEEP)
        GNN_TRY(data_i_triple_set_reserve(
            &r->set, triples, r->source.bytes_total > 0 ? r->capacity : need));
cleanup:
    return status;
}

/* Close the gaps that comments and empty lines left, and report the first error. */
static gnn_status gather(reading *r, int64_t *n) {
    *n = 0;
    for (int64_t i = 0; i < r->source.n_chunks; i++) {
        const data_i_outcome *outcome = &r->outcomes[i];
        gnn_status status = data_i_outcome_status(outcome, &r->source);
        if (status != GNN_OK) return status;
        int64_t from = r->source.chunks[i].line, count = outcome->n;
        data_i_squeeze(r->ends.text, 2 * sizeof(char *), *n, from, count);
        data_i_squeeze(r->ends.length, 2 * sizeof(uint32_t), *n, from, count);
        data_i_squeeze(r->kinds.text, sizeof(char *), *n, from, count);
        data_i_squeeze(r->kinds.length, sizeof(uint32_t), *n, from, count);
        data_i_squeeze(r->relation, sizeof(gnn_id), *n, from, count);
        *n += count;
    }
    return GNN_OK;
}

static gnn_status add_names(const reading *r, gnn_names *names, const data_i_words *words,
                            int64_t n, gnn_id *rows) {
    gnn_status status = gnn_names_add_many(names, n, words->text, words->length, rows);
    if (status == GNN_ERR_ARGUMENT) /* too many of them */
        return gnn_fail(GNN_ERR_INPUT, "%s: %s", r->source.path, gnn_last_error());
    return status;
}

/* Names of the window → rows, behind the triples that there are. */
static gnn_status look_up(reading *r, int64_t n) {
    gnn_triples *triples = r->triples;
    gnn_id *head = triples->head + triples->n, *tail = triples->tail + triples->n;
    gnn_status status = add_names(r, r->entities, &r->ends, 2 * n, r->ends.row);
    if (status == GNN_OK && r->relations_from == NULL)
        status = add_names(r, r->relations, &r->kinds, n, triples->relation + triples->n);
    if (status != GNN_OK) return status;
    for (int64_t i = 0; i < n; i++) {
        head[i] = r->ends.row[2 * i];
        tail[i] = r->ends.row[2 * i + 1];
    }
    return GNN_OK;
}

/* Count the n triples behind those that there are in; repeats by the option. */
static gnn_status take(reading *r, int64_t n) {
    gnn_triples *triples = r->triples;
    int64_t before = triples->n;
    r->notes.n_read += n;
    if (r->options->duplicates == GNN_DUPLICATES_KEEP) {
        triples->n += n;
        return GNN_OK;
    }
    int64_t first = data_i_triple_set_add(&r->set, triples, n);
    r->notes.n_duplicates += n - (triples->n - before);
    if (first < 0 || r->options->duplicates != GNN_DUPLICATES_ERROR) return GNN_OK;
    char quoted[DATA_I_QUOTED];
    data_i_field line = {"", 0};
    int64_t at = find_line(&r->source, &r->layout, first, &line);
    return gnn_fail(GNN_ERR_INPUT, "%s:%" PRId64 ": triple %s is listed twice",
                    r->source.path, data_i_source_line(&r->source, (size_t)at),
                    data_i_quote(line, quoted));
}

static gnn_status read_window(reading *r) {
    gnn_status status;
    int64_t n;
    data_i_field line;
    if (r->layout.separator == 0) {
        if (find_line(&r->source, &r->layout, 0, &line) < 0) return GNN_OK;
        data_i_layout_settle(&r->layout, line);
    }
    GNN_TRY(reserve(r));
    if (r->relations_from != NULL) r->relation = r->triples->relation + r->triples->n;
    data_i_source_run(&r->source, parse_chunk, r);
    GNN_TRY(gather(r, &n));
    GNN_TRY(look_up(r, n));
    GNN_TRY(take(r, n));
cleanup:
    return status;
}

/* ---- the file ---- */

static gnn_status check(const reading *r) {
    if (gnn_names_are_integers(r->entities) || gnn_names_are_integers(r->relations))
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "triples need tables of texts, not of integers");
    if (r->options->duplicates == GNN_DUPLICATES_SUM)
        return gnn_fail(GNN_ERR_ARGUMENT, "repeats of triples have no weights to sum; "
                                          "expected keep, drop or error");
    return GNN_OK;
}

/* Where memory does not suffice for all of a file, the line from which on it does not. */
static gnn_status name_line(const reading *r, const char *path, gnn_status status) {
    if (status != GNN_ERR_MEMORY) return status;
    const int64_t line = r->source.first_line > 0 ? r->source.first_line : 1;
    return gnn_fail(status, "%s:%" PRId64 ": from here on, %s", path, line,
                    gnn_last_error());
}

static gnn_status read_file(reading *r, const char *path) {
    gnn_status status;
    bool more = true;
    GNN_TRY(data_i_source_open(&r->source, path, r->options->n_threads));
    for (;;) {
        GNN_TRY(data_i_source_next(&r->source, &more));
        if (!more) break;
        GNN_TRY(read_window(r));
        GNN_TRY(data_i_source_report(&r->source, r->options, "triples"));
    }
    GNN_CHECK(r->triples->n > 0, GNN_ERR_INPUT,
              "%s: holds no triples, expected head, relation and tail a line", path);
cleanup:
    return name_line(r, path, status);
}

gnn_status data_triples_read(const char *path, const char *relations_from,
                             const data_options *options, gnn_names *entities,
                             gnn_names *relations, gnn_triples *triples,
                             data_triples_notes *notes) {
    static const data_options defaults = {0};
    gnn_status status;
    reading r = {.options = options != NULL ? options : &defaults,
                 .relations_from = relations_from,
                 .entities = entities,
                 .relations = relations,
                 .triples = triples,
                 .source = {.stream = {.fd = -1}}};
    int64_t n_entities = gnn_names_count(entities);
    int64_t n_relations = gnn_names_count(relations);
    *triples = (gnn_triples){0};
    GNN_TRY(check(&r));
    r.layout = data_i_layout_of(r.options);
    GNN_TRY(read_file(&r, path));
    r.notes.n_new_entities = gnn_names_count(entities) - n_entities;
    r.notes.n_new_relations = gnn_names_count(relations) - n_relations;
    if (notes != NULL) *notes = r.notes;
cleanup:
    data_i_triple_set_clear(&r.set);
    data_i_words_clear(&r.ends);
    data_i_words_clear(&r.kinds);
    gnn_i_free(r.outcomes);
    data_i_source_close(&r.source);
    if (status != GNN_OK) data_triples_clear(triples);
    return status;
}

gnn_status data_triples_append(gnn_triples *triples, const gnn_triples *more) {
    gnn_status status;
    const size_t n = (size_t)triples->n, n_more = (size_t)more->n, size = sizeof(gnn_id);
    GNN_TRY(gnn_i_realloc(&triples->head, n + n_more, size, "heads"));
    GNN_TRY(gnn_i_realloc(&triples->relation, n + n_more, size, "relations"));
    GNN_TRY(gnn_i_realloc(&triples->tail, n + n_more, size, "tails"));
    if (n_more == 0) goto cleanup;
    memcpy(triples->head + n, more->head, n_more * size);
    memcpy(triples->relation + n, more->relation, n_more * size);
    memcpy(triples->tail + n, more->tail, n_more * size);
    triples->n += more->n;
cleanup:
    return status;
}

uint64_t data_triples_hash(const gnn_triples *triples) {
    size_t bytes = (size_t)triples->n * sizeof(gnn_id);
    uint64_t hash = gnn_i_hash(triples->head, bytes, (uint64_t)triples->n);
    hash = gnn_i_hash(triples->relation, bytes, hash);
    return gnn_i_hash(triples->tail, bytes, hash);
}

void data_triples_clear(gnn_triples *triples) {
    gnn_i_free(triples->head);
    gnn_i_free(triples->relation);
    gnn_i_free(triples->tail);
    *triples = (gnn_triples){0};
}
