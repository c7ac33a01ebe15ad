/* Reading WordNet's data files. A line is a synset:
 *
 *   offset lexfile type n_words(hex) word lex_id ...
 *       n_pointers symbol offset type source/target ... [frames] | gloss
 *
 * A pointer names its target by part of speech and offset, so that pointers are resolved
 * when all files have been read. Lines that begin with a blank are the licence. */
#include "named/wordnet_files.h"

#include <stdio.h>
#include <string.h>

#include "named/wordnet_kinds.h"
#include "text/grow.h"
#include "text/lines.h"
#include "text/node_list.h"

enum { TITLE_BYTES = 72 };
static const char *const file_names[DATA_I_WORDNET_FILES] = {"data.noun", "data.verb",
                                                             "data.adj", "data.adv"};
static const char file_letters[DATA_I_WORDNET_FILES] = {'n', 'v', 'a', 'r'};

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
    for (int i = 0; i < DATA_I_WORDNET_FILES; i++)
        if (file_letters[i] == letter) return i;
    return -1;
}

static gnn_status read_pointer(data_i_wordnet *w, const data_i_lines *lines,
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
    w->pointers[w->n_pointers++] = (data_i_wordnet_pointer){
        (gnn_id)w->n, target, (int8_t)file, (int8_t)kind, (int32_t)lines->number};
    return GNN_OK;
}

/* `lemma: beginning of the gloss`, cut between words. */
static gnn_status add_title(data_i_wordnet *w, data_i_field lemma, data_i_field gloss) {
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

static gnn_status add_synset(data_i_wordnet *w, gnn_id offset, gnn_id lexfile, int file) {
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

static gnn_status read_synset(data_i_wordnet *w, const data_i_lines *lines,
                              data_i_field line, int file) {
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
    if (w->has_glosses) GNN_TRY(data_i_glosses_add(&w->glosses, gloss));
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

static gnn_status read_file(data_i_wordnet *w, const char *folder, int file,
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
        options->progress(options->progress_user, "WordNet", file + 1,
                          DATA_I_WORDNET_FILES) != 0)
        status = gnn_fail(GNN_ERR_CANCELLED, "%s: reading was cancelled", path);
cleanup:
    data_i_lines_close(&lines);
    gnn_i_free(path);
    return status;
}

/* Offsets of targets → rows. */
static gnn_status resolve(data_i_wordnet *w, const char *folder) {
    for (int64_t i = 0; i < w->n_pointers; i++) {
        data_i_wordnet_pointer *p = &w->pointers[i];
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

gnn_status data_i_wordnet_files_read(data_i_wordnet *w, const char *folder,
                                     const data_options *options, bool has_glosses) {
    gnn_status status;
    *w = (data_i_wordnet){.has_glosses = has_glosses};
    GNN_TRY(gnn_names_new(&w->names));
    GNN_TRY(gnn_i_calloc(&w->titles, 1, sizeof *w->titles, "titles"));
    if (has_glosses) GNN_TRY(data_i_glosses_init(&w->glosses));
    for (int i = 0; i < DATA_I_WORDNET_FILES; i++)
        GNN_TRY(read_file(w, folder, i, options));
    GNN_TRY(resolve(w, folder));
cleanup:
    if (status != GNN_OK) data_i_wordnet_clear(w);
    return status;
}

void data_i_wordnet_clear(data_i_wordnet *w) {
    gnn_i_free(w->offset);
    gnn_i_free(w->lexfile);
    gnn_i_free(w->pointers);
    data_i_glosses_clear(&w->glosses);
    gnn_names_free(w->names);
    data_texts_free(w->titles);
    *w = (data_i_wordnet){0};
}
