/* Features, labels and splits that belong to a graph. */
#include "text/companions.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "text/split.h"

bool data_i_features_are_made(const char *features) {
    return strcmp(features, "degree") == 0 || strcmp(features, "onehot") == 0 ||
           strcmp(features, "none") == 0 || strncmp(features, "random:", 7) == 0;
}

gnn_status data_i_files_choose(const data_i_files *own, const data_options *options,
                               data_i_files *chosen) {
    *chosen = *own;
    if (options->labels != NULL) {
        chosen->labels = options->labels;
        chosen->class_names = NULL;
    }
    const char *features = options->features;
    bool by_schema = features == NULL && options->schema != NULL;
    if (by_schema) features = options->schema->features;
    if (by_schema && strcmp(features, "file") == 0) features = NULL;
    if (features != NULL)
        chosen->features = data_i_features_are_made(features) ? NULL : features;
    const char *split = options->split;
    if (split != NULL && data_i_split_is_drawn(split)) chosen->split = NULL;
    if (split != NULL && !data_i_split_is_drawn(split) && strcmp(split, "public") != 0)
        chosen->split = split;
    if (split != NULL && strcmp(split, "public") == 0 && own->split == NULL)
        return gnn_fail(GNN_ERR_INPUT,
                        "the data come without a split.tsv, expected one for the "
                        "public split");
    return GNN_OK;
}

/* ---- edges to nodes that have no features ---- */

static gnn_status fail_edge(const char *edges_path, const char *features_path,
                            const data_options *options, int64_t edge, data_i_ids *ids,
                            gnn_id row) {
    char buffer[24];
    int64_t line;
    gnn_status status = data_i_edges_line(edges_path, options, edge, &line);
    if (status != GNN_OK) return status;
    const char *name = buffer;
    if (ids->names != NULL)
        name = gnn_names_get(ids->names, row, buffer);
    else
        snprintf(buffer, sizeof buffer, "%d", row);
    return gnn_fail(GNN_ERR_INPUT,
                    "%s:%" PRId64 ": an edge to an unknown node '%.60s', which %s "
                    "does not list",
                    edges_path, line, name, features_path);
}

/* known[v] (NULL: all below n) tells which nodes the features list. */
static gnn_status check_edges(const data_i_edges *edges, const char *edges_path,
                              const char *features_path, const data_options *options,
                              data_i_ids *ids, const uint8_t *known, gnn_id n) {
    for (int64_t i = 0; i < edges->n; i++) {
        gnn_id s = edges->source[i], t = edges->target[i];
        bool has_source = s < n && (known == NULL || known[s]);
        bool has_target = t < n && (known == NULL || known[t]);
        if (has_source && has_target) continue;
        return fail_edge(edges_path, features_path, options, i, ids, has_source ? t : s);
    }
    return GNN_OK;
}

/* The nodes that features list are all there are. */
static gnn_status close_by_table(const data_i_companions *companions,
                                 const data_options *options, data_i_ids *ids,
                                 gnn_id n_edge_ids, const data_i_edges *edges,
                                 const char *edges_path) {
    gnn_status status = GNN_OK;
    const char *path = companions->files.features;
    const data_i_table *table = &companions->table;
    uint8_t *known = NULL;
    if (ids->mode == DATA_I_IDS_INTEGER) {
        if (n_edge_ids > table->largest + 1)
            GNN_TRY(check_edges(edges, edges_path, path, options, ids, NULL,
                                table->largest + 1));
    } else {
        gnn_id n = (gnn_id)data_i_ids_count(ids);
        GNN_TRY(gnn_i_calloc(&known, (size_t)n, 1, "nodes with features"));
        for (int64_t i = 0; i < table->n_lines; i++) known[table->row[i]] = 1;
        GNN_TRY(check_edges(edges, edges_path, path, options, ids, known, n));
    }
    ids->closed_by = path;
cleanup:
    gnn_i_free(known);
    return status;
}

static gnn_status close_by_npy(const data_i_companions *companions,
                               const data_options *options, data_i_ids *ids,
                               const data_i_edges *edges, const char *edges_path) {
    const data_i_npy *npy = &companions->npy;
    int64_t n = data_i_ids_count(ids);
    if (ids->closed_by == NULL && ids->mode == DATA_I_IDS_STRING)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: its rows cannot be told apart: string ids need a nodes.tsv",
                        npy->path);
    if (ids->closed_by != NULL && npy->rows != n)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: %" PRId64 " rows, expected one for each of the %" PRId64
                        " nodes of %s",
                        npy->path, npy->rows, n, ids->closed_by);
    if (ids->closed_by != NULL) return GNN_OK;
    if (n > npy->rows) {
        gnn_status status = check_edges(edges, edges_path, npy->path, options, ids, NULL,
                                        (gnn_id)npy->rows);
        if (status != GNN_OK) return status;
    }
    ids->n = (gnn_id)npy->rows;
    ids->n_mentions += npy->rows;
    ids->closed_by = npy->path;
    return GNN_OK;
}

static gnn_status read_features(data_i_companions *companions,
                                const data_options *options, data_i_ids *ids,
                                const data_i_edges *edges, const char *edges_path) {
    gnn_status status;
    const char *path = companions->files.features;
    if (data_i_is_npy(path)) {
        status = data_i_npy_open(&companions->npy, path);
        companions->has_npy = status == GNN_OK;
        if (status != GNN_OK) return status;
        const data_schema *schema = options->schema;
        if (schema != NULL && schema->n_features != companions->npy.columns)
            return gnn_fail(GNN_ERR_INPUT,
                            "%s: %" PRId64 " columns, expected the %" PRId64
                            " of the model",
                            path, companions->npy.columns, schema->n_features);
        return close_by_npy(companions, options, ids, edges, edges_path);
    }
    gnn_id n_edge_ids = ids->n;
    status = data_i_table_read(&companions->table, path, options, ids);
    companions->has_table = status == GNN_OK;
    if (status != GNN_OK || ids->closed_by != NULL) return status;
    return close_by_table(companions, options, ids, n_edge_ids, edges, edges_path);
}

gnn_status data_i_companions_read(data_i_companions *companions,
                                  const data_i_files *files, const data_options *options,
                                  data_i_ids *ids, const data_i_edges *edges,
                                  const char *edges_path) {
    gnn_status status = GNN_OK;
    *companions = (data_i_companions){.files = *files};
    if (files->features != NULL)
        GNN_TRY(read_features(companions, options, ids, edges, edges_path));
    if (files->labels != NULL) {
        GNN_TRY(data_i_labels_read(&companions->labels, files->labels, files->class_names,
                                   options, ids));
        companions->has_labels = true;
    }
cleanup:
    if (status != GNN_OK) data_i_companions_clear(companions);
    return status;
}

static gnn_status finish_npy(data_i_npy *npy, gnn_id n_nodes, gnn_tensor **tensor) {
    gnn_tensor *made = NULL;
    gnn_status status = gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2,
                                       (int64_t[]){n_nodes, npy->columns}, &made);
    if (status == GNN_OK) status = data_i_npy_values(npy, gnn_tensor_real(made));
    if (status != GNN_OK) {
        gnn_tensor_free(made);
        return status;
    }
    gnn_tensor_set_constant(made, true);
    *tensor = made;
    return GNN_OK;
}

gnn_status data_i_companions_finish(data_i_companions *companions,
                                    const data_options *options, data_i_ids *ids,
                                    gnn_id n_nodes, data_nodes *nodes) {
    gnn_status status = GNN_OK;
    gnn_tensor *features = NULL;
    data_labels *labels = NULL;
    const data_i_files *files = &companions->files;
    if (companions->has_table)
        GNN_TRY(data_i_table_tensor(&companions->table, files->features, options, n_nodes,
                                    &features));
    if (companions->has_npy) GNN_TRY(finish_npy(&companions->npy, n_nodes, &features));
    if (features != NULL) {
        gnn_tensor_free(nodes->features);
        gnn_names_free(nodes->vocabulary);
        nodes->features = features;
        nodes->vocabulary = companions->table.vocabulary;
        companions->table.vocabulary = NULL;
    }
    if (companions->has_labels) {
        GNN_TRY(data_i_labels_finish(&companions->labels, n_nodes, &labels));
        data_labels_free(nodes->labels);
        nodes->labels = labels;
    }
    if (files->split != NULL) {
        uint8_t *part;
        GNN_TRY(data_i_split_read(files->split, options, ids, n_nodes, &part));
        gnn_i_free(nodes->part);
        nodes->part = part;
    }
cleanup:
    return status;
}

void data_i_companions_clear(data_i_companions *companions) {
    if (companions->has_table) data_i_table_clear(&companions->table);
    if (companions->has_npy) data_i_npy_close(&companions->npy);
    if (companions->has_labels) data_i_labels_clear(&companions->labels);
    *companions = (data_i_companions){0};
}
