/* What to read, as said on the command line or in a run's configuration. */
#include "data.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <gnn/parallel.h>

const cli_option cli_spec_table[] = {
    CLI_OPTION_SETTING('d', "data", "SPEC",
                       "data directory, a file whose extension names its reader, "
                       "or READER:PATH[:OPTIONS]"),
    CLI_OPTIONS_END,
};

const cli_option cli_data_table[] = {
    CLI_OPTIONS_HEADING("What to read:"),
    CLI_OPTION_SETTING(0, "labels", "FILE", "labels, a line `node label` each"),
    CLI_OPTION_SETTING(0, "features", "FILE|KIND",
                       "features from a file, or degree, onehot, random:D, "
                       "none"),
    CLI_OPTION_SETTING(0, "normalize", "KIND",
                       "features: none, rows (sum 1), l2 or standard [rows when "
                       "they are sparse and none is negative, else none]"),
    CLI_OPTION_SETTING(0, "task", "TASK",
                       "what labels are: class, multilabel or regress [class]"),
    CLI_OPTION_SETTING(0, "ids", "KIND", "node ids: auto, integer or string [auto]"),
    CLI_OPTION_SWITCH("directed", "keep the direction of arcs"),
    CLI_OPTION_SETTING(0, "duplicates", "KIND",
                       "pairs listed twice: auto, keep, sum, drop or error "
                       "[auto: drop, weighted ones sum]"),
    CLI_OPTION_SETTING(0, "comment", "TEXT",
                       "what begins a comment line; '' for none [#]"),
    CLI_OPTIONS_END,
};

const cli_option cli_machine_table[] = {
    CLI_OPTIONS_HEADING("Machine:"),
    CLI_OPTION_SETTING(0, "threads", "N", "threads [all processors]"),
    CLI_OPTION_SETTING(0, "isa", "NAME",
                       "instruction set of the kernels: avx512, avx2 or baseline "
                       "[the best there is]"),
    CLI_OPTIONS_END,
};

bool cli_is_data_setting(const char *name) {
    if (strcmp(name, "data") == 0 || strcmp(name, "split") == 0) return true;
    for (const cli_option *option = cli_data_table; option->help; option++)
        if (option->name && strcmp(option->name, name) == 0) return true;
    return false;
}

/* Place of a setting's value among words; 0 when it is not set. */
static gnn_status choice(const cli_settings *settings, const char *name, size_t n,
                         const char *const *words, int *place) {
    *place = 0;
    const char *value = cli_settings_get(settings, name);
    if (!value) return GNN_OK;
    for (size_t i = 0; i < n; i++)
        if (strcmp(value, words[i]) == 0) {
            *place = (int)i;
            return GNN_OK;
        }
    char *what = cli_text("value of --%s", name);
    gnn_status status = cli_unknown(what, value, n, words);
    free(what);
    return status;
}
#define CHOICE(settings, name, words, place)                                             \
    choice((settings), (name), sizeof(words) / sizeof *(words), (words), (place))

gnn_status cli_whole(const cli_settings *settings, const char *name, int64_t initial,
                     int64_t *value) {
    const char *text = cli_settings_get(settings, name);
    *value = initial;
    if (!text) return GNN_OK;
    char *end;
    errno = 0;
    long long number = strtoll(text, &end, 10);
    if (end == text || *end || errno || number < 0)
        return gnn_fail(GNN_ERR_ARGUMENT, "--%s %s: expected a whole number from 0", name,
                        text);
    *value = number;
    return GNN_OK;
}

gnn_status cli_switch(const cli_settings *settings, const char *name, bool *on) {
    static const char *const words[] = {"no",  "false", "0", "off",
                                        "yes", "true",  "1", "on"};
    int place;
    gnn_status status = CHOICE(settings, name, words, &place);
    *on = place >= 4;
    return status;
}

gnn_status cli_machine(const cli_settings *settings, int *n_threads) {
    gnn_status status = GNN_OK;
    int64_t threads;
    const char *isa = cli_settings_get(settings, "isa");
    *n_threads = 0;
    if (isa) GNN_TRY(gnn_isa_set(isa));
    GNN_TRY(cli_whole(settings, "threads", 0, &threads));
    GNN_CHECK(threads <= 1024, GNN_ERR_ARGUMENT, "--threads %lld: expected at most 1024",
              (long long)threads);
    *n_threads = (int)threads;
cleanup:
    return status;
}

bool cli_split_is_drawn(const char *split) {
    return strncmp(split, "random:", 7) == 0 || strncmp(split, "per-class:", 10) == 0;
}

/* A value that is neither a file nor one of the kinds is a slip, unless it looks like a
 * path: then the file is missed. `known` are kinds, with what follows a colon. */
static gnn_status check_kind(const cli_settings *settings, const char *name, size_t n,
                             const char *const *known) {
    const char *value = cli_settings_get(settings, name);
    if (!value || strpbrk(value, "./") || access(value, F_OK) == 0) return GNN_OK;
    for (size_t i = 0; i < n; i++) {
        size_t colon = strcspn(known[i], ":");
        bool same = known[i][colon] ? strncmp(value, known[i], colon + 1) == 0
                                    : strcmp(value, known[i]) == 0;
        if (same) return GNN_OK;
    }
    char *what = cli_text("value of --%s", name);
    gnn_status status = cli_unknown(what, value, n, known);
    free(what);
    return status;
}
#define CHECK_KIND(settings, name, known)                                                \
    check_kind((settings), (name), sizeof(known) / sizeof *(known), (known))

gnn_status cli_data_options(const cli_settings *settings, cli_progress *progress,
                            data_options *options) {
    static const char *const ids[] = {"auto", "integer", "string"};
    static const char *const duplicates[] = {"auto", "keep", "sum", "drop", "error"};
    static const char *const tasks[] = {"class", "multilabel", "regress"};
    static const char *const splits[] = {"public", "random:TRAIN,VALID,TEST",
                                         "per-class:TRAIN,VALID", "FILE"};
    static const char *const features[] = {"degree", "onehot", "random:D", "none",
                                           "FILE"};
    gnn_status status = GNN_OK;
    int place;
    int64_t seed;
    *options =
        (data_options){.progress = cli_progress_callback, .progress_user = progress};
    GNN_TRY(cli_machine(settings, &options->n_threads));
    GNN_TRY(CHOICE(settings, "ids", ids, &options->ids));
    GNN_TRY(CHOICE(settings, "duplicates", duplicates, &place));
    options->duplicates = (gnn_duplicates)place;
    GNN_TRY(CHOICE(settings, "task", tasks, &place));
    options->task = (data_task)place;
    GNN_TRY(cli_switch(settings, "directed", &options->directed));
    GNN_TRY(cli_whole(settings, "seed", 0, &seed));
    options->seed = (uint64_t)seed;
    GNN_TRY(CHECK_KIND(settings, "split", splits));
    GNN_TRY(CHECK_KIND(settings, "features", features));
    options->comment = cli_settings_get(settings, "comment");
    options->labels = cli_settings_get(settings, "labels");
    options->features = cli_settings_get(settings, "features");
    options->normalize = cli_settings_get(settings, "normalize");
    options->split = cli_settings_get(settings, "split");
cleanup:
    return status;
}

gnn_status cli_data_read(const cli_settings *settings, const data_options *options,
                         data_nodes *nodes) {
    const char *spec = cli_settings_get(settings, "data");
    if (!spec) return gnn_fail(GNN_ERR_ARGUMENT, "expected --data SPEC");
    return data_nodes_read(spec, options, nodes);
}

gnn_status cli_check_weights(const data_nodes *nodes, const gnn_model *model) {
    const gnn_csr *csr = gnn_graph_csr(nodes->graph);
    const gnn_real *weight = gnn_graph_weight(nodes->graph);
    if (!weight || gnn_model_n_hops(model) == 0) return GNN_OK;
    for (int64_t v = 0; v < csr->n_rows; v++)
        for (gnn_off a = csr->row_ptr[v]; a < csr->row_ptr[v + 1]; a++) {
            char source[32], target[32];
            if (weight[a] > 0) continue;
            return gnn_fail(
                GNN_ERR_INPUT,
                "%s: the arc from '%s' to '%s' has weight %g; weights have to "
                "be positive",
                nodes->name, gnn_names_get(nodes->names, csr->col[a], source),
                gnn_names_get(nodes->names, v, target), (double)weight[a]);
        }
    return GNN_OK;
}

/* The absolute form of a path that exists, else NULL. */
static char *existing(const char *path) {
    char whole[PATH_MAX];
    return realpath(path, whole) ? cli_copy(whole) : NULL;
}

char *cli_absolute(const char *spec) {
    char *path = existing(spec);
    if (path) return path;
    const char *colon = strchr(spec, ':');
    if (!colon) return cli_copy(spec);
    /* READER:PATH[:OPTIONS] */
    const char *last = strrchr(spec, ':');
    path = existing(colon + 1);
    if (path) {
        char *text = cli_text("%.*s:%s", (int)(colon - spec), spec, path);
        free(path);
        return text;
    }
    if (last == colon) return cli_copy(spec);
    char *middle = strndup(colon + 1, (size_t)(last - colon - 1));
    path = middle ? existing(middle) : NULL;
    char *text = path ? cli_text("%.*s:%s%s", (int)(colon - spec), spec, path, last)
                      : cli_copy(spec);
    free(middle);
    free(path);
    return text;
}

int64_t cli_count_part(const data_nodes *nodes, const uint8_t *part, int which) {
    int64_t n = 0, n_nodes = gnn_graph_n_nodes(nodes->graph);
    for (int64_t v = 0; v < n_nodes; v++)
        n += which == GNN_PART_NONE ? part[v] != GNN_PART_NONE : part[v] == which;
    return n;
}

gnn_status cli_part(const char *name, int *part) {
    static const char *const names[] = {"all", "train", "valid", "test", "rest"};
    static const int parts[] = {CLI_PART_ALL, GNN_PART_TRAIN, GNN_PART_VALID,
                                GNN_PART_TEST, CLI_PART_REST};
    if (strcmp(name, "val") == 0) name = "valid"; /* as files of splits say */
    for (int i = 0; i < 5; i++)
        if (strcmp(name, names[i]) == 0) {
            *part = parts[i];
            return GNN_OK;
        }
    return cli_unknown("part", name, 5, names);
}

gnn_id *cli_part_rows(const data_nodes *nodes, const uint8_t *part, int which,
                      int64_t *n) {
    int64_t n_nodes = gnn_graph_n_nodes(nodes->graph);
    gnn_id *rows = cli_alloc((size_t)n_nodes, sizeof *rows);
    *n = 0;
    for (int64_t v = 0; v < n_nodes; v++)
        if (which == CLI_PART_ALL || part[v] == which) rows[(*n)++] = (gnn_id)v;
    return rows;
}
