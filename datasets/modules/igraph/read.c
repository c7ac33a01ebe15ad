/* igraph's readers of graph formats, from memory. */
#include <stdio.h>
#include <string.h>

#include "modules/igraph/igraph.h"

static igraph_error_t read_graphml(igraph_t *graph, FILE *file) {
    return igraph_read_graph_graphml(graph, file, 0);
}

static igraph_error_t read_lgl(igraph_t *graph, FILE *file) {
    return igraph_read_graph_lgl(graph, file, true, IGRAPH_ADD_WEIGHTS_IF_PRESENT,
                                 IGRAPH_UNDIRECTED);
}

static igraph_error_t read_ncol(igraph_t *graph, FILE *file) {
    return igraph_read_graph_ncol(graph, file, NULL, true, IGRAPH_ADD_WEIGHTS_IF_PRESENT,
                                  IGRAPH_DIRECTED);
}

static igraph_error_t read_dl(igraph_t *graph, FILE *file) {
    return igraph_read_graph_dl(graph, file, IGRAPH_DIRECTED);
}

static const struct {
    const char *name;
    igraph_error_t (*read)(igraph_t *graph, FILE *file);
} formats[] = {
    {"graphml", read_graphml},
    {"gml", igraph_read_graph_gml},
    {"pajek", igraph_read_graph_pajek},
    {"lgl", read_lgl},
    {"ncol", read_ncol},
    {"dl", read_dl},
};

gnn_status module_read(const data_module_host *host, const char *format, const char *path,
                       const char *bytes, size_t size, data_module_graph *graph) {
    size_t which = 0, n = sizeof formats / sizeof *formats;
    while (which < n && strcmp(formats[which].name, format) != 0) which++;
    if (which == n)
        return host->fail(GNN_ERR_ARGUMENT, "igraph reads no format '%s'", format);
    if (size == 0)
        return host->fail(GNN_ERR_INPUT, "%s: empty, expected %s", path, format);

    FILE *file = fmemopen((void *)bytes, size, "r"); /* it is only read */
    if (file == NULL) return host->fail(GNN_ERR_MEMORY, "out of memory: %s", path);
    igraph_t made;
    module_begin();
    /* Numbers are written with a point whatever the program's locale says. */
    igraph_safelocale_t locale;
    igraph_error_t code = igraph_enter_safelocale(&locale);
    if (code == IGRAPH_SUCCESS) {
        code = formats[which].read(&made, file);
        igraph_exit_safelocale(&locale);
    }
    fclose(file);
    if (code == IGRAPH_ENOMEM)
        return host->fail(GNN_ERR_MEMORY, "out of memory: %s", path);
    if (code != IGRAPH_SUCCESS)
        return host->fail(GNN_ERR_INPUT, "%s: not as %s should be: %s", path, format,
                          module_complaint()[0] != '\0' ? module_complaint()
                                                        : igraph_strerror(code));
    gnn_status status = module_copy(host, &made, graph);
    igraph_destroy(&made);
    return status;
}
