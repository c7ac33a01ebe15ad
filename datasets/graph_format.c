/* The readers of graph formats: options → roles of attributes, bytes → module → nodes. */
#include "graph_format.h"

#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "finish.h"
#include "module.h"
#include "text/stream.h"

/* Attribute files are read whole; beyond this an edge list serves better. */
static const size_t LARGEST_FILE = (size_t)4 << 30;

/* key=value,key=value … */
static gnn_status parse_roles(const char *text, data_i_attribute_roles *roles) {
    *roles = (data_i_attribute_roles){0};
    const struct {
        const char *name;
        char *value;
        size_t size;
    } known[] = {
        {"id", roles->id, sizeof roles->id},
        {"title", roles->title, sizeof roles->title},
        {"label", roles->label, sizeof roles->label},
        {"features", roles->features, sizeof roles->features},
        {"weight", roles->weight, sizeof roles->weight},
    };
    while (text != NULL && *text != '\0') {
        size_t length = strcspn(text, ","), name_length = strcspn(text, "=,");
        bool found = false;
        for (size_t i = 0; i < sizeof known / sizeof *known && !found; i++) {
            if (strlen(known[i].name) != name_length ||
                strncmp(text, known[i].name, name_length) != 0 ||
                length <= name_length + 1 || length - name_length > known[i].size)
                continue;
            memcpy(known[i].value, text + name_length + 1, length - name_length - 1);
            found = true;
        }
        if (!found)
            return gnn_fail(
                GNN_ERR_ARGUMENT,
                "reader option '%.*s', expected id=A, title=A, label=A, features=A+B, "
                "weight=A",
                (int)(length < 60 ? length : 60), text);
        text += length;
        if (*text == ',') text++;
    }
    return GNN_OK;
}

static gnn_status read_format(const char *format, const char *path, const char *arguments,
                              const data_options *options, data_nodes *nodes) {
    gnn_status status;
    data_i_attribute_roles roles;
    data_module_graph graph = {0};
    const data_module *module;
    char *bytes = NULL;
    size_t size;
    GNN_TRY(parse_roles(arguments, &roles));
    GNN_TRY(data_i_read_all(path, LARGEST_FILE, &bytes, &size));
    GNN_TRY(data_i_module_lock(&module));
    status = module->read(&data_i_module_host, format, path, bytes, size, &graph);
    data_i_module_unlock();
    if (status != GNN_OK) goto cleanup;
    GNN_TRY(data_i_graph_convert(&graph, path, &roles, options, nodes));
    GNN_TRY(data_i_nodes_override(nodes, options, path));
cleanup:
    gnn_i_free(bytes);
    data_i_module_graph_clear(&graph);
    return status;
}

gnn_status data_i_graphml_read(const char *path, const char *arguments,
                               const data_options *options, data_nodes *nodes) {
    return read_format("graphml", path, arguments, options, nodes);
}

gnn_status data_i_gml_read(const char *path, const char *arguments,
                           const data_options *options, data_nodes *nodes) {
    return read_format("gml", path, arguments, options, nodes);
}

gnn_status data_i_pajek_read(const char *path, const char *arguments,
                             const data_options *options, data_nodes *nodes) {
    return read_format("pajek", path, arguments, options, nodes);
}

gnn_status data_i_lgl_read(const char *path, const char *arguments,
                           const data_options *options, data_nodes *nodes) {
    return read_format("lgl", path, arguments, options, nodes);
}

gnn_status data_i_ncol_read(const char *path, const char *arguments,
                            const data_options *options, data_nodes *nodes) {
    return read_format("ncol", path, arguments, options, nodes);
}

gnn_status data_i_dl_read(const char *path, const char *arguments,
                          const data_options *options, data_nodes *nodes) {
    return read_format("dl", path, arguments, options, nodes);
}
