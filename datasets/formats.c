/* The registry of readers, and what every reader's result goes through. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include <datasets/datasets.h>

#include "core/alloc.h"
#include "finish.h"
#include "graph_format.h"
#include "named/wordnet.h"
#include "text/directory.h"

#define FORMAT(symbol, name, extensions, help, read)                                     \
    static const data_format format_##symbol = {name, extensions, help, read};
#include "formats.def"
#undef FORMAT

static const data_format *const formats[] = {
#define FORMAT(symbol, name, extensions, help, read) &format_##symbol,
#include "formats.def"
#undef FORMAT
};

enum { N_FORMATS = sizeof formats / sizeof *formats };

const data_format *const *data_formats(size_t *n) {
    *n = N_FORMATS;
    return formats;
}

/* ---- SPEC → reader, path, arguments ---- */

static bool exists(const char *path, bool *is_directory) {
    struct stat about;
    if (stat(path, &about) != 0) return false;
    *is_directory = S_ISDIR(about.st_mode);
    return true;
}

/* Whether `word`, of `length` bytes, is one of the blank-separated words of a list. */
static bool lists(const char *list, const char *word, size_t length) {
    while (*list != '\0') {
        size_t n = strcspn(list, " ");
        if (n == length && strncmp(list, word, n) == 0) return true;
        list += n;
        list += strspn(list, " ");
    }
    return false;
}

static const data_format *format_named(const char *name, size_t length) {
    for (size_t i = 0; i < N_FORMATS; i++)
        if (lists(formats[i]->name, name, length)) return formats[i];
    return NULL;
}

/* The extension in front of .gz or .zst; length 0 for none. */
static const char *extension_of(const char *path, size_t *length) {
    const char *base = strrchr(path, '/');
    base = base == NULL ? path : base + 1;
    size_t n = strlen(base);
    if (n > 3 && strcmp(base + n - 3, ".gz") == 0) n -= 3;
    if (n > 4 && strcmp(base + n - 4, ".zst") == 0) n -= 4;
    size_t dot = n;
    while (dot > 0 && base[dot - 1] != '.') dot--;
    *length = dot > 1 ? n - dot : 0;
    return base + dot;
}

static const data_format *format_of_extension(const char *path) {
    size_t length;
    const char *extension = extension_of(path, &length);
    if (length == 0) return NULL;
    for (size_t i = 0; i < N_FORMATS; i++)
        if (lists(formats[i]->extensions, extension, length)) return formats[i];
    return NULL;
}

/* All names, or all extensions, as one text. */
static void list_formats(bool extensions, char *out, size_t size) {
    size_t at = 0;
    out[0] = '\0';
    for (size_t i = 0; i < N_FORMATS; i++) {
        const char *words = extensions ? formats[i]->extensions : formats[i]->name;
        if (*words == '\0' || at >= size) continue;
        int n = snprintf(out + at, size - at, "%s%s", at > 0 ? ", " : "", words);
        at += n > 0 ? (size_t)n : 0;
    }
}

/* A spec taken apart; strings are owned. */
typedef struct parsed_spec {
    const data_format *format;
    char *path;
    char *arguments; /* NULL: none */
} parsed_spec;

static void spec_clear(parsed_spec *parsed) {
    gnn_i_free(parsed->path);
    gnn_i_free(parsed->arguments);
}

/* reader:PATH[:options]. A path that exists is taken whole; else its last colon begins
 * the options. */
static gnn_status parse_named(const char *spec, const char *colon, parsed_spec *parsed) {
    gnn_status status;
    char known[512];
    bool is_directory;
    size_t length = (size_t)(colon - spec);
    parsed->format = format_named(spec, length);
    if (parsed->format == NULL) {
        list_formats(false, known, sizeof known);
        return gnn_fail(GNN_ERR_ARGUMENT, "unknown reader '%.*s'; known: %s",
                        (int)(length < 40 ? length : 40), spec, known);
    }
    GNN_TRY(gnn_i_strdup(&parsed->path, colon + 1));
    GNN_CHECK(parsed->path[0] != '\0', GNN_ERR_ARGUMENT, "'%s': nothing behind the colon",
              spec);
    char *last = strrchr(parsed->path, ':');
    if (last != NULL && !exists(parsed->path, &is_directory)) {
        GNN_TRY(gnn_i_strdup(&parsed->arguments, last + 1));
        *last = '\0';
    }
cleanup:
    return status;
}

static gnn_status parse_spec(const char *spec, parsed_spec *parsed) {
    char known[512];
    bool is_directory = false;
    *parsed = (parsed_spec){0};
    if (!exists(spec, &is_directory)) {
        const char *colon = strchr(spec, ':');
        if (colon != NULL && memchr(spec, '/', (size_t)(colon - spec)) == NULL)
            return parse_named(spec, colon, parsed);
        return gnn_fail(GNN_ERR_INPUT, "%s: no such file or directory", spec);
    }
    parsed->format = is_directory ? &format_directory : format_of_extension(spec);
    if (parsed->format == NULL) {
        list_formats(true, known, sizeof known);
        return gnn_fail(
            GNN_ERR_ARGUMENT,
            "%s: its extension names no reader; known: %s; or write reader:PATH", spec,
            known);
    }
    return gnn_i_strdup(&parsed->path, spec);
}

/* ---- reading ---- */

/* The directory's or file's base name without extensions. */
static gnn_status base_name(const char *path, char **name) {
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/') begin--;
    bool is_directory = false;
    const char *dot = memchr(path + begin, '.', end - begin);
    if (dot != NULL && dot > path + begin && exists(path, &is_directory) && !is_directory)
        end = (size_t)(dot - path);
    gnn_status status = gnn_i_alloc(name, end - begin + 1, 1, "a name");
    if (status != GNN_OK) return status;
    memcpy(*name, path + begin, end - begin);
    (*name)[end - begin] = '\0';
    return GNN_OK;
}

gnn_status data_nodes_read(const char *spec, const data_options *options,
                           data_nodes *nodes) {
    static const data_options defaults = {0};
    gnn_status status;
    parsed_spec parsed;
    *nodes = (data_nodes){0};
    if (options == NULL) options = &defaults;
    GNN_TRY(parse_spec(spec, &parsed));
    GNN_TRY(parsed.format->read(parsed.path, parsed.arguments, options, nodes));
    if (nodes->name == NULL) GNN_TRY(base_name(parsed.path, &nodes->name));
    GNN_TRY(data_i_nodes_finish(nodes, options));
cleanup:
    spec_clear(&parsed);
    if (status != GNN_OK) data_nodes_clear(nodes);
    return status;
}
