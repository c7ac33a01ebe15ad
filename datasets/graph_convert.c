/* A module's graph with its attributes → nodes to learn about. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "core/graph_take.h"
#include "graph_format.h"
#include "text/ids.h"
#include "text/node_list.h"
#include "text/sort_names.h"

static const data_module_column *find(const data_module_columns *columns,
                                      const char *name) {
    for (int64_t i = 0; i < columns->n; i++)
        if (strcmp(columns->column[i].name, name) == 0) return &columns->column[i];
    return NULL;
}

/* The column of a role: by name, which must be there, or the first of `defaults` (a list
 * that NULL ends), or NULL. */
static gnn_status choose(const data_module_columns *columns, const char *name,
                         const char *const *defaults, const char *path, const char *role,
                         const data_module_column **column) {
    *column = NULL;
    if (name[0] != '\0') {
        *column = find(columns, name);
        if (*column != NULL) return GNN_OK;
        return gnn_fail(GNN_ERR_INPUT, "%s: no attribute '%s', which %s= names", path,
                        name, role);
    }
    for (; *defaults != NULL && *column == NULL; defaults++)
        *column = find(columns, *defaults);
    return GNN_OK;
}

/* A value as text, whatever it is. */
static const char *value_text(const data_module_column *column, int64_t i,
                              char buffer[32]) {
    if (column->text != NULL) return column->text[i];
    if (isnan(column->number[i])) return "";
    snprintf(buffer, 32, "%.15g", column->number[i]);
    return buffer;
}

/* ---- names ---- */

static bool is_name(const char *text) {
    size_t length = strlen(text);
    return length > 0 && length <= DATA_I_LONGEST_ID && strpbrk(text, "\t\n") == NULL &&
           data_i_utf8_valid(text, length) == length;
}

/* Names by a column's texts; *names is NULL when they do not tell the vertices apart. */
static gnn_status try_names(const data_module_column *column, int64_t n,
                            gnn_names **names) {
    gnn_status status;
    gnn_names *made = NULL;
    char buffer[32];
    bool all_differ = true;
    *names = NULL;
    GNN_TRY(gnn_names_new(&made));
    for (int64_t i = 0; i < n && all_differ; i++) {
        const char *text = value_text(column, i, buffer);
        int64_t row = -1;
        if (is_name(text)) GNN_TRY(gnn_names_add(made, text, strlen(text), &row));
        all_differ = row == i;
    }
    if (all_differ) {
        *names = made;
        made = NULL;
    }
cleanup:
    gnn_names_free(made);
    return status;
}

static gnn_status set_names(const data_module_graph *from, const char *path,
                            const char *id, data_nodes *nodes,
                            const data_module_column **used) {
    static const char *const candidates[] = {"name", "id", "label", NULL};
    static const char *const none[] = {NULL};
    const data_module_column *column;
    gnn_status status = GNN_OK;
    *used = NULL;
    if (id[0] != '\0') {
        GNN_TRY(choose(&from->vertices, id, none, path, "id", &column));
        GNN_TRY(try_names(column, from->n_nodes, &nodes->names));
        GNN_CHECK(nodes->names != NULL, GNN_ERR_INPUT,
                  "%s: attribute '%s' does not differ between all vertices, as ids must",
                  path, id);
        *used = column;
        return GNN_OK;
    }
    for (int i = 0; candidates[i] != NULL && nodes->names == NULL; i++) {
        column = find(&from->vertices, candidates[i]);
        if (column == NULL || column->text == NULL) continue;
        GNN_TRY(try_names(column, from->n_nodes, &nodes->names));
        if (nodes->names != NULL) *used = column;
    }
    if (nodes->names == NULL)
        GNN_TRY(gnn_names_new_integers(from->n_nodes, &nodes->names));
cleanup:
    return status;
}

static gnn_status set_titles(const data_module_column *column, int64_t n,
                             data_nodes *nodes) {
    gnn_status status;
    char buffer[32];
    GNN_TRY(gnn_i_calloc(&nodes->titles, 1, sizeof *nodes->titles, "titles"));
    for (int64_t i = 0; i < n; i++) {
        const char *text = value_text(column, i, buffer);
        GNN_TRY(data_i_texts_add(nodes->titles, text, strlen(text)));
    }
cleanup:
    return status;
}

/* ---- labels ---- */

static gnn_status labels_new(data_task task, int32_t n_outputs, data_nodes *nodes) {
    gnn_status status = gnn_i_calloc(&nodes->labels, 1, sizeof *nodes->labels, "labels");
    if (status != GNN_OK) return status;
    nodes->labels->task = task;
    nodes->labels->n_outputs = n_outputs;
    return GNN_OK;
}

static gnn_status set_classes(const data_module_column *column, const char *path,
                              int64_t n, const gnn_names *fixed, data_nodes *nodes) {
    gnn_status status;
    gnn_id *place = NULL;
    char buffer[32];
    int64_t row;
    GNN_TRY(labels_new(DATA_TASK_CLASS, 0, nodes));
    data_labels *labels = nodes->labels;
    if (fixed != NULL)
        GNN_TRY(data_i_names_copy(fixed, &labels->classes));
    else
        GNN_TRY(gnn_names_new(&labels->classes));
    GNN_TRY(
        gnn_i_alloc(&labels->class_of, (size_t)n, sizeof *labels->class_of, "labels"));
    for (int64_t i = 0; i < n; i++) {
        const char *text = value_text(column, i, buffer);
        labels->class_of[i] = -1;
        if (!is_name(text) || strcmp(text, "-1") == 0) continue;
        row = gnn_names_find(labels->classes, text, strlen(text));
        GNN_CHECK(row >= 0 || fixed == NULL, GNN_ERR_INPUT,
                  "%s: label '%.60s' is none of the %d classes of the model", path, text,
                  (int)gnn_names_count(labels->classes));
        if (row < 0) GNN_TRY(gnn_names_add(labels->classes, text, strlen(text), &row));
        labels->class_of[i] = (gnn_id)row;
    }
    GNN_CHECK(gnn_names_count(labels->classes) > 0, GNN_ERR_INPUT,
              "%s: attribute '%s' labels no vertex", path, column->name);
    if (fixed == NULL) GNN_TRY(data_i_sort_names(&labels->classes, &place));
    for (int64_t i = 0; i < n && place != NULL; i++)
        if (labels->class_of[i] >= 0) labels->class_of[i] = place[labels->class_of[i]];
    labels->n_outputs = (int32_t)gnn_names_count(labels->classes);
cleanup:
    gnn_i_free(place);
    return status;
}

static gnn_status set_labels(const data_module_column *column, const char *path,
                             int64_t n, const data_options *options, data_nodes *nodes) {
    gnn_status status;
    const gnn_names *fixed = options->schema != NULL ? options->schema->classes : NULL;
    if (options->task == DATA_TASK_CLASS)
        return set_classes(column, path, n, fixed, nodes);
    GNN_CHECK(options->task == DATA_TASK_REGRESS && column->number != NULL, GNN_ERR_INPUT,
              "%s: attribute '%s' is %s, expected numbers for regression", path,
              column->name,
              options->task == DATA_TASK_REGRESS ? "a text" : "one label a vertex");
    GNN_TRY(labels_new(DATA_TASK_REGRESS, 1, nodes));
    GNN_TRY(gnn_i_alloc(&nodes->labels->target, (size_t)n, sizeof(gnn_real), "targets"));
    for (int64_t i = 0; i < n; i++)
        nodes->labels->target[i] = (gnn_real)column->number[i];
cleanup:
    return status;
}

/* ---- features ---- */

/* Whether `name` is one of the `+`-separated names of a list. */
static bool lists(const char *list, const char *name) {
    size_t length = strlen(name);
    for (const char *at = list; *at != '\0';) {
        size_t n = strcspn(at, "+");
        if (n == length && strncmp(at, name, n) == 0) return true;
        at += n;
        if (*at == '+') at++;
    }
    return false;
}

/* Every name of the list must be a numeric attribute. */
static gnn_status check_list(const data_module_columns *columns, const char *list,
                             const char *path) {
    for (const char *at = list; *at != '\0';) {
        char name[64];
        size_t n = strcspn(at, "+");
        snprintf(name, sizeof name, "%.*s", (int)(n < 63 ? n : 63), at);
        const data_module_column *column = find(columns, name);
        if (column == NULL || column->number == NULL)
            return gnn_fail(GNN_ERR_INPUT, "%s: %s '%s', which features= names", path,
                            column == NULL ? "no attribute" : "no numbers in attribute",
                            name);
        at += n;
        if (*at == '+') at++;
    }
    return GNN_OK;
}

static gnn_status set_features(const data_module_graph *from, const char *path,
                               const char *wanted, const data_module_column *label,
                               const data_module_column *id, data_nodes *nodes) {
    gnn_status status = GNN_OK;
    const data_module_columns *columns = &from->vertices;
    const data_module_column **chosen = NULL;
    int64_t width = 0;
    bool all = wanted[0] == '\0' || strcmp(wanted, "all") == 0;
    if (strcmp(wanted, "none") == 0) return GNN_OK;
    if (!all) GNN_TRY(check_list(columns, wanted, path));
    GNN_TRY(gnn_i_alloc(&chosen, (size_t)columns->n, sizeof(void *), "attributes"));
    for (int64_t i = 0; i < columns->n; i++) {
        const data_module_column *column = &columns->column[i];
        bool is_free = column != label && column != id && strcmp(column->name, "id") != 0;
        if (column->number != NULL && (all ? is_free : lists(wanted, column->name)))
            chosen[width++] = column;
    }
    if (width > 0 && from->n_nodes > 0) {
        GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2,
                               (int64_t[]){from->n_nodes, width}, &nodes->features));
        gnn_real *out = gnn_tensor_real(nodes->features);
        for (int64_t v = 0; v < from->n_nodes; v++)
            for (int64_t j = 0; j < width; j++) {
                double value = chosen[j]->number[v];
                GNN_CHECK(isfinite((gnn_real)value), GNN_ERR_INPUT,
                          "%s: attribute '%s' of vertex %" PRId64
                          " is missing or not finite",
                          path, chosen[j]->name, v);
                *out++ = (gnn_real)value;
            }
        gnn_tensor_set_constant(nodes->features, true);
    }
cleanup:
    gnn_i_free(chosen);
    return status;
}

/* ---- the graph ---- */

static gnn_status copy_weights(const data_module_graph *from,
                               const data_module_column *column, const char *path,
                               gnn_real **weight) {
    *weight = NULL;
    if (column == NULL) return GNN_OK;
    if (column->number == NULL)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: edge attribute '%s' is no number, as weights are", path,
                        column->name);
    gnn_status status =
        gnn_i_alloc(weight, (size_t)from->n_edges, sizeof **weight, "edge weights");
    if (status != GNN_OK) return status;
    for (int64_t e = 0; e < from->n_edges; e++)
        (*weight)[e] = (gnn_real)column->number[e];
    return GNN_OK;
}

static gnn_status build(data_module_graph *from, const char *path,
                        const char *weight_name, const data_options *options,
                        data_nodes *nodes) {
    static const char *const candidates[] = {"weight", "value", NULL};
    const data_module_column *column;
    gnn_real *weight;
    gnn_graph_options how = {.directed = options->directed,
                             .duplicates = options->duplicates,
                             .n_threads = options->n_threads};
    gnn_status status =
        choose(&from->edges, weight_name, candidates, path, "weight", &column);
    if (status == GNN_OK && weight_name[0] == '\0' && column != NULL &&
        column->number == NULL)
        column = NULL;
    if (status == GNN_OK) status = copy_weights(from, column, path, &weight);
    if (status != GNN_OK) return status;
    gnn_id *source = from->source, *target = from->target;
    from->source = from->target = NULL;
    status = gnn_i_graph_new_take((gnn_id)from->n_nodes, from->n_edges, source, target,
                                  weight, &how, &nodes->graph);
    if (status == GNN_ERR_INPUT)
        return gnn_fail(status, "%s: %s", path, gnn_last_error());
    return status;
}

gnn_status data_i_graph_convert(data_module_graph *from, const char *path,
                                const data_i_attribute_roles *roles,
                                const data_options *options, data_nodes *nodes) {
    static const char *const label_names[] = {"class", "target", "group", "community",
                                              NULL};
    static const char *const title_names[] = {"label", NULL};
    gnn_status status;
    const data_module_column *id, *label, *title;
    const data_module_columns *vertices = &from->vertices;
    GNN_CHECK(from->n_nodes > 0, GNN_ERR_INPUT, "%s: a graph without nodes", path);
    GNN_TRY(set_names(from, path, roles->id, nodes, &id));
    GNN_TRY(choose(vertices, roles->label, label_names, path, "label", &label));
    GNN_TRY(choose(vertices, roles->title, title_names, path, "title", &title));
    if (title != NULL && title != id && (title->text != NULL || roles->title[0] != '\0'))
        GNN_TRY(set_titles(title, from->n_nodes, nodes));
    if (label != NULL && options->labels == NULL)
        GNN_TRY(set_labels(label, path, from->n_nodes, options, nodes));
    GNN_TRY(set_features(from, path, roles->features, label, id, nodes));
    GNN_TRY(build(from, path, roles->weight, options, nodes));
cleanup:
    return status;
}
