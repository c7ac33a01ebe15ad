/* The list of nodes and their titles. */
#include "text/node_list.h"

#include <string.h>

#include "text/grow.h"

gnn_status data_i_texts_add(data_texts *texts, const char *text, size_t length) {
    gnn_status status;
    int64_t need = texts->n_bytes + (int64_t)length + 1;
    GNN_TRY(data_i_grow(&texts->start, &texts->start_capacity, texts->n + 1,
                        sizeof *texts->start, "titles"));
    GNN_TRY(data_i_grow(&texts->bytes, &texts->bytes_capacity, need, 1, "titles"));
    char *out = texts->bytes + texts->n_bytes;
    for (size_t i = 0; i < length; i++)
        out[i] = (unsigned char)text[i] < ' ' ? ' ' : text[i];
    out[length] = '\0';
    texts->start[texts->n++] = texts->n_bytes;
    texts->n_bytes = need;
cleanup:
    return status;
}

const char *data_texts_get(const data_texts *texts, int64_t row) {
    if (texts == NULL || row < 0 || row >= texts->n) return "";
    return texts->bytes + texts->start[row];
}

void data_texts_free(data_texts *texts) {
    if (texts == NULL) return;
    gnn_i_free(texts->start);
    gnn_i_free(texts->bytes);
    gnn_i_free(texts);
}

static gnn_status add_line(const data_i_lines *lines, data_i_ids *ids, data_i_field line,
                           data_texts *titles, bool *any_title) {
    char quoted[DATA_I_QUOTED];
    data_i_field rest = line, node;
    gnn_id row;
    int64_t before = data_i_ids_count(ids);
    if (!data_i_field_next(&rest, lines->layout.separator, &node))
        return data_i_lines_fail(lines, "no node id, expected node and perhaps a title");
    gnn_status status = data_i_ids_row(ids, lines, node, true, &row);
    if (status != GNN_OK) return status;
    if (row < before)
        return data_i_lines_fail(lines, "node %s is listed twice",
                                 data_i_quote(node, quoted));
    if (row > before)
        return data_i_lines_fail(lines,
                                 "node %s, expected %d: integer ids are row numbers; "
                                 "--ids string numbers nodes by their lines here",
                                 data_i_quote(node, quoted), (int)before);
    while (rest.length > 0 && data_i_is_blank(*rest.text)) {
        rest.text++;
        rest.length--;
    }
    if (rest.length > 0) *any_title = true;
    return data_i_texts_add(titles, rest.text, rest.length);
}

gnn_status data_i_node_list_read(const char *path, const data_options *options,
                                 data_i_ids *ids, data_texts **titles) {
    gnn_status status;
    data_i_lines lines;
    data_i_field line;
    data_texts *made = NULL;
    bool more, any_title = false;
    *titles = NULL;
    GNN_TRY(data_i_lines_open(&lines, path, options));
    GNN_TRY(gnn_i_calloc(&made, 1, sizeof *made, "titles"));
    for (;;) {
        GNN_TRY(data_i_lines_next(&lines, &line, &more));
        if (!more) break;
        GNN_TRY(add_line(&lines, ids, line, made, &any_title));
    }
    GNN_CHECK(made->n > 0, GNN_ERR_INPUT, "%s: holds no nodes, expected one a line",
              path);
    ids->closed_by = path;
    if (any_title) {
        *titles = made;
        made = NULL;
    }
cleanup:
    data_i_lines_close(&lines);
    data_texts_free(made);
    return status;
}
