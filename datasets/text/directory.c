/* Data directories and bare edge lists.
 *
 * Order of reading: nodes.tsv, which may close the set of nodes; edges; features, which
 * close it if nodes.tsv did not; labels; then the graph is built, since only now its
 * size is known; then the split. */
#include "text/directory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/alloc.h"
#include "text/companions.h"
#include "text/node_list.h"

/* The files of a directory, owned; NULL for those that are not there. */
typedef struct directory_files {
    char *edges, *nodes, *features, *labels, *class_names, *split, *edge_features;
} directory_files;

static void files_clear(directory_files *files) {
    gnn_i_free(files->edges);
    gnn_i_free(files->nodes);
    gnn_i_free(files->features);
    gnn_i_free(files->labels);
    gnn_i_free(files->class_names);
    gnn_i_free(files->split);
    gnn_i_free(files->edge_features);
}

/* folder/name, or with .gz or .zst behind it, whichever there is; *found is NULL for
 * none. */
static gnn_status find_file(const char *folder, const char *name, char **found) {
    static const char *const endings[] = {"", ".gz", ".zst"};
    gnn_status status;
    size_t size = strlen(folder) + strlen(name) + sizeof "/.zst";
    char *path;
    size_t length = strlen(folder);
    const char *slash = length > 0 && folder[length - 1] == '/' ? "" : "/";
    *found = NULL;
    GNN_TRY(gnn_i_alloc(&path, size, 1, "a path"));
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        snprintf(path, size, "%s%s%s%s", folder, slash, name, endings[i]);
        if (access(path, F_OK) != 0) continue;
        *found = path;
        return GNN_OK;
    }
    gnn_i_free(path);
cleanup:
    return status;
}

static gnn_status find_files(const char *folder, directory_files *files) {
    gnn_status status;
    GNN_TRY(find_file(folder, "edges.tsv", &files->edges));
    GNN_CHECK(files->edges != NULL, GNN_ERR_INPUT,
              "%s: no edges.tsv in it, expected one (or edges.tsv.gz, edges.tsv.zst)",
              folder);
    GNN_TRY(find_file(folder, "nodes.tsv", &files->nodes));
    GNN_TRY(find_file(folder, "features.tsv", &files->features));
    if (files->features == NULL)
        GNN_TRY(find_file(folder, "features.npy", &files->features));
    GNN_TRY(find_file(folder, "labels.tsv", &files->labels));
    GNN_TRY(find_file(folder, "class_names.tsv", &files->class_names));
    GNN_TRY(find_file(folder, "split.tsv", &files->split));
    GNN_TRY(find_file(folder, "edge_features.npy", &files->edge_features));
cleanup:
    return status;
}

static gnn_status read_edge_features(const char *path, data_i_edges *edges) {
    gnn_status status;
    data_i_npy npy;
    gnn_real *values = NULL;
    size_t count;
    GNN_TRY(data_i_npy_open(&npy, path));
    GNN_CHECK(edges->features == NULL, GNN_ERR_INPUT,
              "%s: the edges have features in their own file, too", path);
    GNN_CHECK(npy.rows == edges->n, GNN_ERR_INPUT,
              "%s: %" PRId64 " rows, expected one for each of the %" PRId64 " edges",
              path, npy.rows, edges->n);
    GNN_CHECK(gnn_i_mul_size((size_t)npy.rows, (size_t)npy.columns, &count),
              GNN_ERR_MEMORY, "out of memory: edge features");
    GNN_TRY(gnn_i_alloc(&values, count, sizeof *values, "edge features"));
    GNN_TRY(data_i_npy_values(&npy, values));
    edges->features = values;
    edges->n_features = npy.columns;
    values = NULL;
cleanup:
    gnn_i_free(values);
    data_i_npy_close(&npy);
    return status;
}

/* Read everything that `files` name into `nodes`. */
static gnn_status read_files(const directory_files *files, const data_options *options,
                             data_nodes *nodes) {
    gnn_status status;
    data_i_ids ids;
    data_i_edges edges = {0};
    data_i_companions companions = {0};
    data_i_files own = {files->features, files->labels, files->class_names, files->split},
                 chosen;
    gnn_id n_nodes;
    GNN_TRY(data_i_ids_init(&ids, options));
    GNN_TRY(data_i_files_choose(&own, options, &chosen));
    if (files->nodes != NULL) {
        GNN_TRY(data_i_edges_settle(files->edges, options, &ids));
        GNN_TRY(data_i_node_list_read(files->nodes, options, &ids, &nodes->titles));
    }
    GNN_TRY(data_i_edges_read(&edges, files->edges, options, &ids));
    if (files->edge_features != NULL)
        GNN_TRY(read_edge_features(files->edge_features, &edges));
    GNN_TRY(data_i_companions_read(&companions, &chosen, options, &ids, &edges,
                                   files->edges));
    GNN_TRY(data_i_ids_check_gaps(&ids, files->edges));
    n_nodes = (gnn_id)data_i_ids_count(&ids);
    ids.closed_by = files->edges;
    GNN_TRY(data_i_edges_build(&edges, files->edges, options, n_nodes, &nodes->graph,
                               &nodes->arc_types));
    GNN_TRY(data_i_companions_finish(&companions, options, &ids, n_nodes, nodes));
    GNN_TRY(data_i_ids_take(&ids, &nodes->names));
cleanup:
    data_i_companions_clear(&companions);
    data_i_edges_clear(&edges);
    data_i_ids_clear(&ids);
    return status;
}

gnn_status data_i_directory_read(const char *path, const char *arguments,
                                 const data_options *options, data_nodes *nodes) {
    gnn_status status;
    directory_files files = {0};
    GNN_CHECK(arguments == NULL, GNN_ERR_ARGUMENT,
              "a data directory takes no options, not '%s'", arguments);
    GNN_TRY(find_files(path, &files));
    GNN_TRY(read_files(&files, options, nodes));
cleanup:
    files_clear(&files);
    return status;
}

gnn_status data_i_edge_list_read(const char *path, const char *arguments,
                                 const data_options *options, data_nodes *nodes) {
    gnn_status status;
    directory_files files = {0};
    GNN_CHECK(arguments == NULL, GNN_ERR_ARGUMENT,
              "an edge list takes no options, not '%s'", arguments);
    GNN_TRY(gnn_i_strdup(&files.edges, path));
    GNN_TRY(read_files(&files, options, nodes));
cleanup:
    files_clear(&files);
    return status;
}
