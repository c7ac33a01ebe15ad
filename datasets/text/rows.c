/* A list of nodes of a graph that was read before. */
#include <inttypes.h>
#include <string.h>

#include "text/lines.h"

gnn_status data_rows_read(const char *path, const gnn_names *names, const char *where,
                          void (*take)(void *user, gnn_id row), void *user) {
    static const data_options defaults = {0};
    gnn_status status;
    data_i_lines lines;
    data_i_field line;
    bool more;
    GNN_TRY(data_i_lines_open(&lines, path, &defaults));
    for (;;) {
        GNN_TRY(data_i_lines_next(&lines, &line, &more));
        if (!more) break;
        /* Ids may hold blanks, so that only a tab ends them. */
        const char *tab = memchr(line.text, '\t', line.length);
        data_i_field id = {line.text,
                           tab != NULL ? (size_t)(tab - line.text) : line.length};
        int64_t row = gnn_names_find(names, id.text, id.length);
        if (row < 0) {
            char quoted[DATA_I_QUOTED];
            status = data_i_lines_fail(&lines, "node %s is not in %s",
                                       data_i_quote(id, quoted), where);
            goto cleanup;
        }
        take(user, (gnn_id)row);
    }
cleanup:
    data_i_lines_close(&lines);
    return status;
}
