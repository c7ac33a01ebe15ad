/* Data directories: what text/directory.c reads. */
#include <datasets/write.h>

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "write/file.h"

static const char *const part_names[] = {NULL, "train", "val", "test"};

static void put_name(FILE *stream, const gnn_names *names, int64_t row) {
    char buffer[24];
    fputs(gnn_names_get(names, row, buffer), stream);
}

static void put_real(FILE *stream, gnn_real x) {
    char number[32];
#if GNN_REAL_DOUBLE
    size_t n = data_i_format_f64(x, number);
#else
    size_t n = data_i_format_f32(x, number);
#endif
    fwrite(number, 1, n, stream);
}

gnn_status data_write_split(const char *path, const gnn_names *names,
                            const uint8_t *part) {
    data_i_file file;
    gnn_status status = data_i_file_open(&file, path);
    if (status != GNN_OK) return status;
    int64_t n = gnn_names_count(names);
    for (int64_t v = 0; v < n; v++) {
        if (part[v] == GNN_PART_NONE) continue;
        put_name(file.stream, names, v);
        fprintf(file.stream, "\t%s\n", part_names[part[v]]);
    }
    return data_i_file_close(&file, GNN_OK);
}

/* ---- the files of a directory ---- */

static void put_nodes(FILE *stream, const data_nodes *nodes) {
    int64_t n = gnn_names_count(nodes->names);
    for (int64_t v = 0; v < n; v++) {
        put_name(stream, nodes->names, v);
        if (nodes->titles != NULL)
            fprintf(stream, "\t%s", data_texts_get(nodes->titles, v));
        fputc('\n', stream);
    }
}

/* The arc a = source → target, with the columns that the header names. */
static void put_arc(FILE *stream, const data_nodes *nodes, gnn_id source, gnn_id target,
                    gnn_off a) {
    const gnn_graph *graph = nodes->graph;
    const gnn_real *weight = gnn_graph_weight(graph);
    const gnn_tensor *features = gnn_graph_tensor(graph, GNN_AXIS_ARC, "features");
    int32_t n_types;
    const int32_t *type = gnn_graph_arc_type(graph, &n_types);
    put_name(stream, nodes->names, source);
    fputc('\t', stream);
    put_name(stream, nodes->names, target);
    if (weight != NULL) {
        fputc('\t', stream);
        put_real(stream, weight[a]);
    }
    if (type != NULL) {
        fputc('\t', stream);
        if (nodes->arc_types != NULL)
            put_name(stream, nodes->arc_types, type[a]);
        else
            fprintf(stream, "%d", type[a]);
    }
    for (int64_t j = 0; features != NULL && j < gnn_tensor_width(features); j++) {
        fputc('\t', stream);
        put_real(stream, gnn_tensor_real(features)[a * gnn_tensor_width(features) + j]);
    }
    fputc('\n', stream);
}

static void put_edges(FILE *stream, const data_nodes *nodes) {
    const gnn_csr *csr = gnn_graph_csr(nodes->graph);
    const gnn_tensor *features = gnn_graph_tensor(nodes->graph, GNN_AXIS_ARC, "features");
    int32_t n_types;
    bool has_type = gnn_graph_arc_type(nodes->graph, &n_types) != NULL;
    bool is_symmetric = gnn_graph_is_symmetric(nodes->graph);
    if (has_type || features != NULL) {
        fprintf(stream, "#source\ttarget%s%s",
                gnn_graph_weight(nodes->graph) != NULL ? "\tweight" : "",
                has_type ? "\ttype" : "");
        for (int64_t j = 0; features != NULL && j < gnn_tensor_width(features); j++)
            fprintf(stream, "\tf%" PRId64, j);
        fputc('\n', stream);
    }
    for (gnn_id v = 0; v < csr->n_rows; v++)
        for (gnn_off a = csr->row_ptr[v]; a < csr->row_ptr[v + 1]; a++)
            if (!is_symmetric || csr->col[a] <= v)
                put_arc(stream, nodes, csr->col[a], v, a);
}

static void put_features(FILE *stream, const data_nodes *nodes) {
    const gnn_sparse *s = nodes->features->sparse;
    char buffer[24];
    for (int64_t v = 0; v < nodes->features->shape[0]; v++) {
        put_name(stream, nodes->names, v);
        for (gnn_off k = s->row_ptr[v]; k < s->row_ptr[v + 1]; k++) {
            fputc(k == s->row_ptr[v] ? '\t' : ' ', stream);
            if (nodes->vocabulary != NULL)
                fputs(gnn_names_get(nodes->vocabulary, s->col[k], buffer), stream);
            else
                fprintf(stream, "%d", s->col[k]);
            fputc(':', stream);
            put_real(stream, s->value[k]);
        }
        if (s->row_ptr[v] == s->row_ptr[v + 1]) fputc('\t', stream);
        fputc('\n', stream);
    }
}

/* Classes by their numbers: class_names.tsv has the names. */
static void put_label(FILE *stream, const data_labels *labels, int64_t v) {
    const gnn_real *row = labels->target + v * labels->n_outputs;
    if (labels->task == DATA_TASK_CLASS) {
        fprintf(stream, "%d", labels->class_of[v]);
    } else if (labels->task == DATA_TASK_REGRESS) {
        for (int32_t j = 0; j < labels->n_outputs && !isnan(row[0]); j++) {
            if (j > 0) fputc('\t', stream);
            put_real(stream, row[j]);
        }
    } else if (isnan(row[0])) {
        fputs("-1", stream);
    } else {
        int n = 0;
        for (int32_t j = 0; j < labels->n_outputs; j++)
            if (row[j] != 0) fprintf(stream, "%s%d", n++ > 0 ? "," : "", j);
        if (n == 0) fputc(',', stream);
    }
}

static void put_labels(FILE *stream, const data_nodes *nodes) {
    int64_t n = gnn_names_count(nodes->names);
    for (int64_t v = 0; v < n; v++) {
        put_name(stream, nodes->names, v);
        fputc('\t', stream);
        put_label(stream, nodes->labels, v);
        fputc('\n', stream);
    }
}

static void put_class_names(FILE *stream, const data_nodes *nodes) {
    for (int32_t i = 0; i < nodes->labels->n_outputs; i++) {
        fprintf(stream, "%d\t", i);
        put_name(stream, nodes->labels->classes, i);
        fputc('\n', stream);
    }
}

/* ---- the directory ---- */

enum { PATH_BYTES = 4096 };

static gnn_status join(const char *folder, const char *name, char path[PATH_BYTES]) {
    if (snprintf(path, PATH_BYTES, "%s/%s", folder, name) < PATH_BYTES) return GNN_OK;
    return gnn_fail(GNN_ERR_OUTPUT, "%s: the path is too long", folder);
}

static gnn_status write_file(const char *folder, const char *name,
                             const data_nodes *nodes,
                             void (*put)(FILE *, const data_nodes *)) {
    char path[PATH_BYTES];
    data_i_file file = {0};
    gnn_status status = join(folder, name, path);
    if (status == GNN_OK) status = data_i_file_open(&file, path);
    if (status != GNN_OK) return status;
    put(file.stream, nodes);
    return data_i_file_close(&file, GNN_OK);
}

/* Make the folder. One that holds data already is left alone: files of two data sets
 * would mix. */
static gnn_status make_folder(const char *folder) {
    static const char *const names[] = {
        "edges.tsv",  "nodes.tsv",       "features.tsv", "features.npy",
        "labels.tsv", "class_names.tsv", "split.tsv",    "edge_features.npy"};
    char path[PATH_BYTES];
    struct stat about;
    if (mkdir(folder, 0777) == 0) return GNN_OK;
    if (errno != EEXIST)
        return gnn_fail(GNN_ERR_OUTPUT, "%s: %s", folder, strerror(errno));
    if (stat(folder, &about) != 0 || !S_ISDIR(about.st_mode))
        return gnn_fail(GNN_ERR_OUTPUT, "%s: exists, and is no directory", folder);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        gnn_status status = join(folder, names[i], path);
        if (status != GNN_OK) return status;
        if (access(path, F_OK) == 0)
            return gnn_fail(GNN_ERR_OUTPUT,
                            "%s: exists already, expected an empty folder", path);
    }
    return GNN_OK;
}

/* An id that a reader would take for a comment cannot be written. */
static gnn_status check_names(const gnn_names *names, const char *folder) {
    int64_t n = gnn_names_count(names);
    if (gnn_names_are_integers(names)) return GNN_OK;
    for (int64_t v = 0; v < n; v++) {
        const char *name = gnn_names_get(names, v, NULL);
        if (name[0] == '#')
            return gnn_fail(GNN_ERR_OUTPUT,
                            "%s: node id '%.40s' would be read as a comment", folder,
                            name);
    }
    return GNN_OK;
}

/* Whether the files but nodes.tsv tell how many nodes there are, and in which order. */
static bool needs_list(const data_nodes *nodes) {
    const gnn_csr *csr = gnn_graph_csr(nodes->graph);
    if (!gnn_names_are_integers(nodes->names) || nodes->titles != NULL) return true;
    bool has_rows = nodes->labels != NULL || nodes->features != NULL;
    return !has_rows &&
           (csr->n_rows == 0 || csr->row_ptr[csr->n_rows - 1] == csr->n_arcs);
}

/* Whether class i is called i: then the labels say it all. */
static bool classes_are_numbers(const data_labels *labels) {
    char number[16];
    for (int32_t i = 0; i < labels->n_outputs; i++) {
        char buffer[24];
        snprintf(number, sizeof number, "%d", i);
        if (strcmp(gnn_names_get(labels->classes, i, buffer), number) != 0) return false;
    }
    return true;
}

/* Sparse features are lines, but for degrees: a reader scales sparse features, which
 * would change them, and leaves dense ones alone. (Rows of a one-hot code stay.) */
static bool is_written_in_lines(const data_nodes *nodes) {
    bool is_degree =
        nodes->feature_kind != NULL && strcmp(nodes->feature_kind, "degree") == 0;
    return nodes->features->layout == GNN_SPARSE && !is_degree;
}

gnn_status data_write_directory(const char *path, const data_nodes *nodes) {
    gnn_status status;
    char name[PATH_BYTES];
    bool has_features = nodes->features != NULL;
    bool in_lines = has_features && is_written_in_lines(nodes);
    GNN_TRY(check_names(nodes->names, path));
    GNN_TRY(make_folder(path));
    GNN_TRY(write_file(path, "edges.tsv", nodes, put_edges));
    if (needs_list(nodes)) GNN_TRY(write_file(path, "nodes.tsv", nodes, put_nodes));
    if (in_lines) GNN_TRY(write_file(path, "features.tsv", nodes, put_features));
    if (has_features && !in_lines) {
        GNN_TRY(join(path, "features.npy", name));
        GNN_TRY(data_write_npy(name, nodes->features));
    }
    if (nodes->labels != NULL) {
        GNN_TRY(write_file(path, "labels.tsv", nodes, put_labels));
        if (nodes->labels->classes != NULL && !classes_are_numbers(nodes->labels))
            GNN_TRY(write_file(path, "class_names.tsv", nodes, put_class_names));
    }
    if (nodes->part != NULL) {
        GNN_TRY(join(path, "split.tsv", name));
        GNN_TRY(data_write_split(name, nodes->names, nodes->part));
    }
cleanup:
    return status;
}
