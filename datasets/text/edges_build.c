/* Edges → a graph, and from an edge back to its line. */
#include "text/edges.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/graph_take.h"
#include "text/edges_parse.h"

/* Go to the edge `index` of an open file; *found is false when there are fewer. */
static gnn_status go_to_edge(data_i_lines *lines, int64_t index, data_i_field *text,
                             bool *found) {
    data_i_edge_columns columns;
    char message[DATA_I_COMPLAINT];
    *found = true;
    for (int64_t i = -1; i < index && *found;) {
        gnn_status status = data_i_lines_next(lines, text, found);
        if (status != GNN_OK) return status;
        bool is_header = i < 0 && *found &&
                         data_i_edge_header(*text, &lines->layout, &columns, message);
        if (!is_header) i++;
    }
    return GNN_OK;
}

/* Where the edge `index` stands, and its ends as they are written (ends NULL: not
 * asked). */
static gnn_status find_edge(const char *path, const data_options *options, int64_t index,
                            int64_t *line, char ends[2][DATA_I_QUOTED]) {
    gnn_status status;
    data_i_lines lines;
    data_i_field text = {"", 0}, id[2] = {{"", 0}, {"", 0}};
    bool found;
    GNN_TRY(data_i_lines_open(&lines, path, options));
    GNN_TRY(go_to_edge(&lines, index, &text, &found));
    *line = lines.number;
    if (found) data_i_fields_split(text, lines.layout.separator, 2, id);
    for (int i = 0; ends != NULL && i < 2; i++) data_i_quote(id[i], ends[i]);
cleanup:
    data_i_lines_close(&lines);
    return status;
}

gnn_status data_i_edges_line(const char *path, const data_options *options, int64_t index,
                             int64_t *line) {
    return find_edge(path, options, index, line, NULL);
}

/* The graph refused a pair and names edges by their numbers: say it by lines and ids. */
static gnn_status fail_pair(const char *path, const data_options *options) {
    enum { MESSAGE = 400, NUMBER = 32 };
    char message[MESSAGE], one[NUMBER], other[NUMBER], ends[2][DATA_I_QUOTED];
    char edge_text[NUMBER] = "", first_text[NUMBER] = "";
    int64_t line = 0, first_line = 0;
    snprintf(message, sizeof message, "%s", gnn_last_error());
    bool repeats = sscanf(message, "edge %31[0-9]: %*s %*s repeats edge %31[0-9]",
                          edge_text, first_text) == 2;
    bool differs = !repeats && sscanf(message,
                                      "edge %31[0-9]: %*s %*s has weight %31s one way "
                                      "and %31s the other (edge %31[0-9])",
                                      edge_text, one, other, first_text) == 4;
    int64_t edge = strtoll(edge_text, NULL, 10), first = strtoll(first_text, NULL, 10);
    bool found = (repeats || differs) &&
                 find_edge(path, options, first, &first_line, ends) == GNN_OK &&
                 find_edge(path, options, edge, &line, ends) == GNN_OK;
    if (!found) return gnn_fail(GNN_ERR_INPUT, "%s: %s", path, message);
    if (repeats)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s:%" PRId64
                        ": the pair %s %s is listed before, in line %" PRId64,
                        path, line, ends[0], ends[1], first_line);
    return gnn_fail(GNN_ERR_INPUT,
                    "%s:%" PRId64 ": the pair %s %s has weight %s, in line %" PRId64
                    " the other way %s: not undirected; --directed, or --duplicates "
                    "keep, sum or drop",
                    path, line, ends[0], ends[1], one, first_line, other);
}

gnn_status data_i_edges_settle(const char *path, const data_options *options,
                               data_i_ids *ids) {
    gnn_status status;
    data_i_lines lines;
    data_i_field text, first = {NULL, 0};
    bool found;
    GNN_TRY(data_i_lines_open(&lines, path, options));
    GNN_TRY(go_to_edge(&lines, 0, &text, &found));
    if (found) {
        data_i_fields_split(text, lines.layout.separator, 1, &first);
        GNN_TRY(data_i_ids_settle(ids, first));
    }
cleanup:
    data_i_lines_close(&lines);
    return status;
}

/* features[arc] = the row of the edge that the arc came from. */
static gnn_status set_arc_features(gnn_graph *graph, const gnn_real *features,
                                   int64_t width) {
    gnn_off n_arcs = gnn_graph_n_arcs(graph);
    const gnn_off *edge = gnn_graph_edge_index(graph);
    gnn_tensor *tensor;
    gnn_status status =
        gnn_tensor_new(GNN_REAL, GNN_AXIS_ARC, 2, (int64_t[]){n_arcs, width}, &tensor);
    if (status != GNN_OK) return status;
    gnn_real *out = gnn_tensor_real(tensor);
    for (gnn_off a = 0; a < n_arcs; a++)
        memcpy(out + a * width, features + edge[a] * width, (size_t)width * sizeof *out);
    gnn_tensor_set_constant(tensor, true);
    return gnn_graph_tensor_set(graph, GNN_AXIS_ARC, "features", tensor);
}

static gnn_status set_arc_types(gnn_graph *graph, const gnn_id *type, int32_t n_types) {
    gnn_off n_arcs = gnn_graph_n_arcs(graph);
    const gnn_off *edge = gnn_graph_edge_index(graph);
    int32_t *of_arc;
    gnn_status status = gnn_i_alloc(&of_arc, (size_t)n_arcs, sizeof *of_arc, "arc types");
    if (status != GNN_OK) return status;
    for (gnn_off a = 0; a < n_arcs; a++) of_arc[a] = type[edge[a]];
    status = gnn_graph_arc_type_set(graph, of_arc, n_types);
    gnn_i_free(of_arc);
    return status;
}

gnn_status data_i_edges_build(data_i_edges *edges, const char *path,
                              const data_options *options, gnn_id n_nodes,
                              gnn_graph **graph, gnn_names **types) {
    gnn_status status;
    gnn_graph *made = NULL;
    bool has_more = edges->type != NULL || edges->features != NULL;
    gnn_graph_options how = {.directed = options->directed,
                             .duplicates = options->duplicates,
                             .keep_edge_index = has_more,
                             .n_threads = options->n_threads};
    *graph = NULL;
    *types = NULL;
    gnn_id *source = edges->source, *target = edges->target;
    gnn_real *weight = edges->weight;
    edges->source = edges->target = NULL;
    edges->weight = NULL;
    status = gnn_i_graph_new_take(n_nodes, edges->n, source, target, weight, &how, &made);
    if (status == GNN_ERR_INPUT) status = fail_pair(path, options);
    if (status != GNN_OK) goto cleanup;
    if (edges->type != NULL) {
        GNN_TRY(set_arc_types(made, edges->type, (int32_t)gnn_names_count(edges->types)));
        *types = edges->types;
        edges->types = NULL;
    }
    if (edges->features != NULL)
        GNN_TRY(set_arc_features(made, edges->features, edges->n_features));
    *graph = made;
    made = NULL;
cleanup:
    gnn_graph_free(made);
    if (status != GNN_OK) {
        gnn_names_free(*types);
        *types = NULL;
    }
    data_i_edges_clear(edges);
    return status;
}
