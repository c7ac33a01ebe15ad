/* Reading WordNet's data files. A line is a synset:
 *
 *   offset lexfile type n_words(hex) word lex_id ...
 *       n_pointers symbol offset type source/target ... [frames] | gloss
 *
 * A pointer names its target by part of speech and offset, so that pointers are resolved
 * when all files have been read. Lines that begin with a blank are the licence. */
#include "named/wordnet.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "finish.h"
#include "named/gloss.h"
#include "named/wordnet_kinds.h"
#include "text/grow.h"
#include "text/lines.h"
#include "text/node_list.h"

enum { N_FILES = 4, LEAST_TEXTS = 2, TITLE_BYTES = 72 };
static const char *const file_names[N_FILES] = {"data.noun", "data.verb", "data.adj",
                                                "data.adv"};
static const char file_letters[N_FILES] = {'n', 'v', 'a', 'r'};

typedef struct pointer {
    gnn_id source; /* row */
    gnn_id target; /* offset in its file, later a row */
    int8_t file;   /* of the target */
    int8_t kind;
    int32_t line; /* for messages */
} pointer;

typedef struct wordnet {
    gnn_id *offset;  /* (n) of each synset in its file, ascending within a file */
    gnn_id *lexfile; /* (n) */
    int64_t n, offset_capacity, lexfile_capacity;
    int64_t first[N_FILES + 1]; /* rows of each file */
    pointer *pointers;
    int64_t n_pointers, pointers_capacity;
    data_i_glosses glosses;
    gnn_names *names;
    data_texts *titles;
} wordnet;

static void wordnet_clear(wordnet *w) {
    gnn_i_free(w->offset);
    gnn_i_free(w->lexfile);
    gnn_i_free(w->pointers);
    data_i_glosses_clear(&w->glosses);
    gnn_names_free(w->names);
    data_texts_free(w->titles);
}

/* ---- one synset ---- */

/* The next field as a number of the given base. */
static bool next_number(data_i_field *rest, int base, gnn_id *value) {
    data_i_field field;
    int64_t number = 0;
    if (!data_i_field_next(rest, ' ', &field) || field.length > 8) return false;
    for (size_t i = 0; i < field.length; i++) {
        char c = field.text[i];
        int digit = data_i_is_digit(c)     ? c - '0'
                    : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                           : 99;
        if (digit >= base) return false;
        number = number * base + digit;
    }
    *value = (gnn_id)number;
    return number <= INT32_MAX;
}

/* The file that a part of speech is in: adjectives and their satellites share one. */
static int file_of(data_i_field type) {
    if (type.length != 1) return -1;
    char letter = type.text[0] == 's' ? 'a' : type.text[0];
    for (int i = 0; i < N_FILES; i++)
        if (file_letters[i] == letter) return i;
    return -1;
}

static gnn_status read_pointer(wordnet *w, const data_i_lines *lines,
                               data_i_field *rest) {
    data_i_field symbol, type, words;
    gnn_id target;
    bool whole = data_i_field_next(rest, ' ', &symbol) &&
                 next_number(rest, 10, &target) && data_i_field_next(rest, ' ', &type) &&
                 data_i_field_next(rest, ' ', &words);
    int kind = whole ? data_i_wordnet_kind_of(symbol) : -1;
    int file = whole ? file_of(type) : -1;
    if (kind < 0 || file < 0)
        return data_i_lines_fail(lines,
                                 "a broken pointer, expected symbol, offset, part of "
                                 "speech and words");
    gnn_status status = data_i_grow(&w->pointers, &w->pointers_capacity,
                                    w->n_pointers + 1, sizeof *w->pointers, "pointers");
    if (status != GNN_OK) return status;
    w->pointers[w->n_pointers++] = (pointer){(gnn_id)w->n, target, (int8_t)file,
                                             (int8_t)kind, (int32_t)lines->number};
    return GNN_OK;
}

/* `lemma: beginning of the gloss`, cut between words. */
static gnn_status add_title(wordnet *w, data_i_field lemma, data_i_field gloss) {
    char title[TITLE_BYTES + 4];
    size_t n = 0;
    /* Adjectives may carry a marker of their position: `galore(ip)`. */
    for (size_t i = 0; i < lemma.length && lemma.text[i] != '(' && n < TITLE_BYTES / 2;
         i++)
        title[n++] = lemma.text[i] == '_' ? ' ' : lemma.text[i];
    title[n++] = ':';
    title[n++] = ' ';
    size_t room = TITLE_BYTES - n, length = gloss.length;
    const char *end = memchr(gloss.text, ';', length);
    if (end != NULL) length = (size_t)(end - gloss.text);
    bool is_cut = length > room;
    if (is_cut) {
        length = room;
        while (length > 0 && gloss.text[length] != ' ') length--;
    }
    memcpy(title + n, gloss.text, length);
    n += length;
    if (is_cut) {
        memcpy(title + n, "...", 3);
        n += 3;
    }
    return data_i_texts_add(w->titles, title, n);
}

static gnn_status add_synset(wordnet *w, gnn_id offset, gnn_id lexfile, int file) {
    gnn_status status;
    char id[16];
    int64_t row;
    GNN_TRY(data_i_grow(&w->offset, &w->offset_capacity, w->n + 1, sizeof *w->offset,
                        "synsets"));
    GNN_TRY(data_i_grow(&w->lexfile, &w->lexfile_capacity, w->n + 1, sizeof *w->lexfile,
                        "synsets"));
    w->offset[w->n] = offset;
    w->lexfile[w->n] = lexfile;
    int length = snprintf(id, sizeof id, "%c%08d", file_letters[file], offset);
    GNN_TRY(gnn_names_add(w->names, id, (size_t)length, &row));
cleanup:
    return status;
}

static gnn_status read_synset(wordnet *w, const data_i_lines *lines, data_i_field line,
                              int file) {
    gnn_status status;
    data_i_field rest = line, type, word, first_word = {"", 0};
    gnn_id offset, lexfile, n_words, n_pointers, number;
    if (!next_number(&rest, 10, &offset) || !next_number(&rest, 10, &lexfile) ||
        !data_i_field_next(&rest, ' ', &type) || file_of(type) != file ||
        !next_number(&rest, 16, &n_words))
        return data_i_lines_fail(lines,
                                 "no synset, expected offset, lexicographer file, part "
                                 "of speech and number of words");
    if (lexfile >= DATA_I_WORDNET_CLASSES)
        return data_i_lines_fail(lines, "lexicographer file %d, expected 0 to %d",
                                 lexfile, DATA_I_WORDNET_CLASSES - 1);
    if (w->n > w->first[file] && offset <= w->offset[w->n - 1])
        return data_i_lines_fail(lines, "offset %d is not above the one before", offset);
    for (gnn_id i = 0; i < n_words; i++) {
        if (!data_i_field_next(&rest, ' ', &word) || !next_number(&rest, 16, &number))
            return data_i_lines_fail(lines, "%d words, expected %d", i, n_words);
        if (i == 0) first_word = word;
    }
    if (!next_number(&rest, 10, &n_pointers))
        return data_i_lines_fail(lines, "no number of pointers");
    GNN_TRY(add_synset(w, offset, lexfile, file));
    for (gnn_id i = 0; i < n_pointers; i++) GNN_TRY(read_pointer(w, lines, &rest));
    const char *bar = memchr(rest.text, '|', rest.length);
    data_i_field gloss = {"", 0};
    if (bar != NULL)
        gloss = (data_i_field){bar + 1, (size_t)(rest.text + rest.length - bar - 1)};
    while (gloss.length > 0 && data_i_is_blank(*gloss.text)) {
        gloss.text++;
        gloss.length--;
    }
    while (gloss.length > 0 && data_i_is_blank(gloss.text[gloss.length - 1]))
        gloss.length--;
    GNN_TRY(add_title(w, first_word, gloss));
    GNN_TRY(data_i_glosses_add(&w->glosses, gloss));
    w->n++;
cleanup:
    return status;
}

/* ---- files ---- */

static gnn_status file_path(const char *folder, int file, char **path) {
    size_t size = strlen(folder) + strlen(file_names[file]) + 2;
    gnn_status status = gnn_i_alloc(path, size, 1, "a path");
    if (status == GNN_OK) snprintf(*path, size, "%s/%s", folder, file_names[file]);
    return status;
}

static gnn_status read_file(wordnet *w, const char *folder, int file,
                            const data_options *options) {
    gnn_status status;
    data_i_lines lines = {0};
    data_i_field line;
    data_options plain = *options;
    char *path = NULL;
    bool more;
    plain.comment = ""; /* no line of theirs is a comment */
    GNN_TRY(file_path(folder, file, &path));
    w->first[file] = w->n;
    status = data_i_lines_open(&lines, path, &plain);
    if (status == GNN_ERR_INPUT)
        gnn_fail(status, "%s (Debian's package wordnet-base has WordNet's files)",
                 gnn_last_error());
    if (status != GNN_OK) goto cleanup;
    for (;;) {
        GNN_TRY(data_i_lines_next(&lines, &line, &more));
        if (!more) break;
        if (line.text[0] != ' ') GNN_TRY(read_synset(w, &lines, line, file));
    }
    w->first[file + 1] = w->n;
    GNN_CHECK(w->n > w->first[file], GNN_ERR_INPUT, "%s: holds no synset", path);
    if (options->progress != NULL &&
        options->progress(options->progress_user, "WordNet", file + 1, N_FILES) != 0)
        status = gnn_fail(GNN_ERR_CANCELLED, "%s: reading was cancelled", path);
cleanup:
    data_i_lines_close(&lines);
    gnn_i_free(path);
    return status;
}

/* Offsets of targets → rows. */
static gnn_status resolve(wordnet *w, const char *folder) {
    for (int64_t i = 0; i < w->n_pointers; i++) {
        pointer *p = &w->pointers[i];
        int64_t low = w->first[p->file], high = w->first[p->file + 1];
        while (low < high) {
            int64_t middle = low + (high - low) / 2;
            if (w->offset[middle] < p->target)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == w->first[p->file + 1] || w->offset[low] != p->target) {
            int file = 0;
            while (p->source >= w->first[file + 1]) file++;
            return gnn_fail(GNN_ERR_INPUT,
                            "%s/%s:%d: a pointer to offset %08d of %s, where no "
                            "synset begins",
                            folder, file_names[file], p->line, p->target,
                            file_names[p->file]);
        }
        p->target = (gnn_id)low;
    }
    return GNN_OK;
}

/* ---- the graph ---- */

static gnn_status build_graph(const wordnet *w, const data_options *options,
                              gnn_graph **graph) {
    gnn_status status;
    gnn_id *source = NULL, *target = NULL;
    size_t n = (size_t)w->n_pointers;
    /* A pointer between two words of one synset joins nothing. */
    gnn_graph_options how = {.directed = options->directed,
                             .drop_self_loops = true,
                             .duplicates = options->duplicates,
                             .n_threads = options->n_threads};
    GNN_TRY(gnn_i_alloc(&source, n, sizeof *source, "pointers"));
    GNN_TRY(gnn_i_alloc(&target, n, sizeof *target, "pointers"));
    for (size_t i = 0; i < n; i++) {
        source[i] = w->pointers[i].source;
        target[i] = w->pointers[i].target;
    }
    GNN_TRY(
        gnn_graph_new((gnn_id)w->n, w->n_pointers, source, target, NULL, &how, graph));
cleanup:
    gnn_i_free(source);
    gnn_i_free(target);
    return status;
}

/* By target, then source; of several kinds between two synsets the first of the table
 * counts. */
static int by_ends(const void *left, const void *right) {
    const pointer *a = left, *b = right;
    if (a->target != b->target) return a->target < b->target ? -1 : 1;
    if (a->source != b->source) return a->source < b->source ? -1 : 1;
    return (a->kind > b->kind) - (a->kind < b->kind);
}

/* The kind of the pointer source → target, -1 for none. */
static int find_kind(const wordnet *w, gnn_id source, gnn_id target) {
    pointer key = {.source = source, .target = target, .kind = -1};
    int64_t low = 0, high = w->n_pointers;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (by_ends(&w->pointers[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == w->n_pointers) return -1;
    const pointer *p = &w->pointers[low];
    return p->source == source && p->target == target ? p->kind : -1;
}

/* Every arc has the kind of its own direction. Sorts the pointers. */
static gnn_status set_kinds(wordnet *w, data_nodes *nodes) {
    gnn_status status;
    int32_t *type = NULL;
    int64_t row;
    const gnn_csr *csr = gnn_graph_csr(nodes->graph);
    if (w->n_pointers > 0)
        qsort(w->pointers, (size_t)w->n_pointers, sizeof *w->pointers, by_ends);
    GNN_TRY(gnn_i_alloc(&type, (size_t)csr->n_arcs, sizeof *type, "arc types"));
    for (gnn_id v = 0; v < csr->n_rows; v++)
        for (gnn_off a = csr->row_ptr[v]; a < csr->row_ptr[v + 1]; a++) {
            int kind = find_kind(w, csr->col[a], v);
            if (kind < 0)
                kind = data_i_wordnet_kinds[find_kind(w, v, csr->col[a])].inverse;
            type[a] = kind;
        }
    GNN_TRY(gnn_graph_arc_type_set(nodes->graph, type, DATA_I_WORDNET_KINDS));
    GNN_TRY(gnn_names_new(&nodes->arc_types));
    for (int i = 0; i < DATA_I_WORDNET_KINDS; i++) {
        const char *name = data_i_wordnet_kinds[i].name;
        GNN_TRY(gnn_names_add(nodes->arc_types, name, strlen(name), &row));
    }
cleanup:
    gnn_i_free(type);
    return status;
}

static gnn_status set_labels(wordnet *w, data_nodes *nodes) {
    gnn_status status;
    data_labels *labels;
    int64_t row;
    GNN_TRY(gnn_i_calloc(&nodes->labels, 1, sizeof *labels, "labels"));
    labels = nodes->labels;
    labels->task = DATA_TASK_CLASS;
    labels->n_outputs = DATA_I_WORDNET_CLASSES;
    GNN_TRY(gnn_names_new(&labels->classes));
    for (int i = 0; i < DATA_I_WORDNET_CLASSES; i++) {
        const char *name = data_i_wordnet_classes[i];
        GNN_TRY(gnn_names_add(labels->classes, name, strlen(name), &row));
    }
    labels->class_of = w->lexfile;
    w->lexfile = NULL;
cleanup:
    return status;
}

gnn_status data_i_wordnet_read(const char *path, const char *arguments,
                               const data_options *options, data_nodes *nodes) {
    gnn_status status;
    wordnet w = {0};
    const data_schema *schema = options->schema;
    const char *folder = arguments != NULL ? arguments : "/usr/share/wordnet";
    GNN_CHECK(strcmp(path, "lexname") == 0, GNN_ERR_ARGUMENT,
              "wordnet:%s; known: wordnet:lexname[:FOLDER]", path);
    GNN_CHECK(options->task == DATA_TASK_CLASS || options->labels != NULL,
              GNN_ERR_ARGUMENT, "wordnet:lexname has one class a node");
    GNN_TRY(gnn_names_new(&w.names));
    GNN_TRY(gnn_i_calloc(&w.titles, 1, sizeof *w.titles, "titles"));
    GNN_TRY(data_i_glosses_init(&w.glosses));
    for (int i = 0; i < N_FILES; i++) GNN_TRY(read_file(&w, folder, i, options));
    GNN_TRY(resolve(&w, folder));
    GNN_TRY(build_graph(&w, options, &nodes->graph));
    GNN_TRY(set_kinds(&w, nodes));
    GNN_TRY(set_labels(&w, nodes));
    GNN_TRY(data_i_glosses_finish(&w.glosses, LEAST_TEXTS,
                                  schema != NULL ? schema->vocabulary : NULL,
                                  &nodes->features, &nodes->vocabulary));
    nodes->names = w.names;
    nodes->titles = w.titles;
    w.names = NULL;
    w.titles = NULL;
    GNN_TRY(gnn_i_strdup(&nodes->name, "wordnet:lexname"));
    /* Glosses are of about one length: dividing rows by their sums would only make all
     * values small, and the first layer slow to learn. */
    if (options->features == NULL) GNN_TRY(gnn_i_strdup(&nodes->normalize, "none"));
    GNN_TRY(data_i_nodes_override(nodes, options, "WordNet"));
cleanup:
    wordnet_clear(&w);
    return status;
}
