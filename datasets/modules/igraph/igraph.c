/* The module's face, igraph's errors, and igraph's graphs as plain arrays. */
#include "modules/igraph/igraph.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

GNN_API extern const data_module data_module_table;
const data_module data_module_table = {DATA_MODULE_VERSION, module_read, module_generate};

/* ---- errors ---- */

static char complaint[256];

/* igraph calls this where it finds an error, then again on its way out: the first one
 * counts. */
static void keep_complaint(const char *reason, const char *file, int line,
                           igraph_error_t code) {
    (void)file;
    (void)line;
    (void)code;
    if (complaint[0] == '\0') {
        snprintf(complaint, sizeof complaint, "%s", reason);
        size_t n = strlen(complaint);
        if (n > 0 && complaint[n - 1] == '.') complaint[n - 1] = '\0';
    }
    IGRAPH_FINALLY_FREE();
}

static void drop_warning(const char *reason, const char *file, int line) {
    (void)reason;
    (void)file;
    (void)line;
}

void module_begin(void) {
    complaint[0] = '\0';
    igraph_set_error_handler(keep_complaint);
    igraph_set_warning_handler(drop_warning);
    igraph_set_attribute_table(&igraph_cattribute_table);
}

const char *module_complaint(void) {
    return complaint;
}

/* ---- attributes ---- */

static gnn_status copy_text(const data_module_host *host, const char *text, char **copy) {
    size_t bytes = strlen(text) + 1;
    gnn_status status = host->alloc(copy, bytes, 1, "an attribute's name");
    if (status == GNN_OK) memcpy(*copy, text, bytes);
    return status;
}

static gnn_status copy_texts(const data_module_host *host, const igraph_strvector_t *from,
                             data_module_column *column) {
    gnn_status status;
    igraph_integer_t n = igraph_strvector_size(from);
    size_t bytes = 0;
    for (igraph_integer_t i = 0; i < n; i++)
        bytes += strlen(igraph_strvector_get(from, i)) + 1;
    GNN_TRY(host->alloc(&column->text, (size_t)n, sizeof *column->text, "an attribute"));
    GNN_TRY(host->alloc(&column->bytes, bytes, 1, "an attribute"));
    char *at = column->bytes;
    for (igraph_integer_t i = 0; i < n; i++) {
        const char *text = igraph_strvector_get(from, i);
        size_t size = strlen(text) + 1;
        memcpy(at, text, size);
        column->text[i] = at;
        at += size;
    }
cleanup:
    return status;
}

static gnn_status fail_memory(const data_module_host *host) {
    return host->fail(GNN_ERR_MEMORY, "out of memory: igraph's attributes");
}

static gnn_status copy_text_column(const data_module_host *host, const igraph_t *from,
                                   bool of_vertices, const char *name,
                                   data_module_column *column) {
    igraph_strvector_t values;
    if (igraph_strvector_init(&values, 0) != IGRAPH_SUCCESS) return fail_memory(host);
    igraph_error_t code =
        of_vertices ? VASV(from, name, &values) : EASV(from, name, &values);
    gnn_status status =
        code == IGRAPH_SUCCESS ? copy_texts(host, &values, column) : fail_memory(host);
    igraph_strvector_destroy(&values);
    return status;
}

/* Numbers, or truth values as 0 and 1. */
static gnn_status copy_number_column(const data_module_host *host, const igraph_t *from,
                                     bool of_vertices, const char *name, bool are_numbers,
                                     data_module_column *column) {
    igraph_integer_t n = of_vertices ? igraph_vcount(from) : igraph_ecount(from);
    gnn_status status =
        host->alloc(&column->number, (size_t)n, sizeof *column->number, "an attribute");
    if (status != GNN_OK) return status;
    igraph_vector_t values;
    if (are_numbers && igraph_vector_init(&values, 0) != IGRAPH_SUCCESS)
        return fail_memory(host);
    if (are_numbers) {
        igraph_error_t code =
            of_vertices ? VANV(from, name, &values) : EANV(from, name, &values);
        if (code != IGRAPH_SUCCESS) status = fail_memory(host);
        for (igraph_integer_t i = 0; status == GNN_OK && i < n; i++)
            column->number[i] = VECTOR(values)[i];
        igraph_vector_destroy(&values);
        return status;
    }
    for (igraph_integer_t i = 0; i < n; i++)
        column->number[i] = of_vertices ? VAB(from, name, i) : EAB(from, name, i);
    return GNN_OK;
}

static gnn_status copy_columns(const data_module_host *host, const igraph_t *from,
                               bool of_vertices, const igraph_strvector_t *names,
                               const igraph_vector_int_t *types,
                               data_module_columns *columns) {
    gnn_status status;
    igraph_integer_t n = igraph_strvector_size(names);
    GNN_TRY(
        host->alloc(&columns->column, (size_t)n, sizeof *columns->column, "attributes"));
    for (igraph_integer_t i = 0; i < n; i++) {
        const char *name = igraph_strvector_get(names, i);
        igraph_integer_t type = VECTOR(*types)[i];
        data_module_column *column = &columns->column[columns->n];
        *column = (data_module_column){0};
        columns->n++;
        GNN_TRY(copy_text(host, name, &column->name));
        if (type == IGRAPH_ATTRIBUTE_STRING)
            GNN_TRY(copy_text_column(host, from, of_vertices, name, column));
        else
            GNN_TRY(copy_number_column(host, from, of_vertices, name,
                                       type == IGRAPH_ATTRIBUTE_NUMERIC, column));
    }
cleanup:
    return status;
}

static gnn_status copy_attributes(const data_module_host *host, const igraph_t *from,
                                  data_module_graph *graph) {
    gnn_status status = GNN_ERR_MEMORY;
    igraph_strvector_t names[3];
    igraph_vector_int_t types[3];
    int made = 0;
    for (; made < 3; made++) {
        if (igraph_strvector_init(&names[made], 0) != IGRAPH_SUCCESS) break;
        if (igraph_vector_int_init(&types[made], 0) != IGRAPH_SUCCESS) {
            igraph_strvector_destroy(&names[made]);
            break;
        }
    }
    bool listed = made == 3 &&
                  igraph_cattribute_list(from, &names[0], &types[0], &names[1], &types[1],
                                         &names[2], &types[2]) == IGRAPH_SUCCESS;
    if (listed)
        status = copy_columns(host, from, true, &names[1], &types[1], &graph->vertices);
    else
        fail_memory(host);
    if (status == GNN_OK)
        status = copy_columns(host, from, false, &names[2], &types[2], &graph->edges);
    while (made-- > 0) {
        igraph_strvector_destroy(&names[made]);
        igraph_vector_int_destroy(&types[made]);
    }
    return status;
}

gnn_status module_copy(const data_module_host *host, const igraph_t *from,
                       data_module_graph *graph) {
    gnn_status status;
    igraph_integer_t n = igraph_vcount(from), m = igraph_ecount(from);
    if (n >= INT32_MAX)
        return host->fail(GNN_ERR_INPUT, "a graph of %lld nodes, expected fewer than %d",
                          (long long)n, INT32_MAX);
    graph->n_nodes = n;
    graph->n_edges = m;
    graph->is_directed = igraph_is_directed(from);
    GNN_TRY(host->alloc(&graph->source, (size_t)m, sizeof *graph->source, "edges"));
    GNN_TRY(host->alloc(&graph->target, (size_t)m, sizeof *graph->target, "edges"));
    for (igraph_integer_t e = 0; e < m; e++) {
        graph->source[e] = (gnn_id)IGRAPH_FROM(from, e);
        graph->target[e] = (gnn_id)IGRAPH_TO(from, e);
    }
    GNN_TRY(copy_attributes(host, from, graph));
cleanup:
    return status;
}
