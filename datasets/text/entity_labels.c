/* entity_names.tsv: what people call entities. */
#include "text/entity_labels.h"

#include "core/alloc.h"
#include "text/lines.h"
#include "text/node_list.h"

static void strip(data_i_field *field) {
    while (field->length > 0 && data_i_is_blank(*field->text)) {
        field->text++;
        field->length--;
    }
    while (field->length > 0 && data_i_is_blank(field->text[field->length - 1]))
        field->length--;
}

/* A name that the table lacks is checked for nothing: it may well be listed twice. */
static gnn_status read_line(const data_i_lines *lines, data_i_field line,
                            const gnn_names *entities, data_texts *texts,
                            gnn_id *of_row) {
    char quoted[DATA_I_QUOTED];
    data_i_field rest = line, name, label = {"", 0};
    data_i_field_next(&rest, lines->layout.separator, &name);
    if (name.length == 0)
        return data_i_lines_fail(lines, "the name is empty, expected name and label");
    int64_t row = gnn_names_find(entities, name.text, name.length);
    if (row < 0) return GNN_OK;
    if (of_row[row] >= 0)
        return data_i_lines_fail(lines, "%s is listed twice", data_i_quote(name, quoted));
    if (lines->layout.separator == '\t')
        data_i_field_next(&rest, '\t', &label);
    else
        label = rest;
    strip(&label);
    of_row[row] = (gnn_id)texts->n;
    return data_i_texts_add(texts, label.text, label.length);
}

gnn_status data_i_entity_labels_make(const data_texts *texts, const gnn_id *of_row,
                                     int64_t n, const char *const **labels) {
    char *block;
    size_t pointers = (size_t)n * sizeof(char *), bytes = 1; /* never an empty block */
    for (int64_t i = 0; i < n; i++)
        if (of_row[i] >= 0) bytes += strlen(data_texts_get(texts, of_row[i])) + 1;
    gnn_status status = gnn_i_alloc(&block, pointers + bytes, 1, "labels");
    if (status != GNN_OK) return status;
    const char **label = (const char **)(void *)block;
    char *at = block + pointers;
    for (int64_t i = 0; i < n; i++) {
        const char *text = of_row[i] < 0 ? "" : data_texts_get(texts, of_row[i]);
        size_t size = strlen(text) + 1;
        label[i] = NULL;
        if (size == 1) continue;
        label[i] = memcpy(at, text, size);
        at += size;
    }
    *labels = label;
    return GNN_OK;
}

gnn_status data_entity_labels_read(const char *path, const data_options *options,
                                   const gnn_names *entities,
                                   const char *const **labels) {
    static const data_options defaults = {0};
    gnn_status status;
    data_i_lines lines;
    data_i_field line;
    data_texts *texts = NULL;
    gnn_id *of_row = NULL;
    int64_t n = gnn_names_count(entities);
    bool more = true;
    *labels = NULL;
    GNN_TRY(data_i_lines_open(&lines, path, options != NULL ? options : &defaults));
    GNN_TRY(gnn_i_calloc(&texts, 1, sizeof *texts, "labels"));
    GNN_TRY(gnn_i_alloc(&of_row, (size_t)n, sizeof *of_row, "labels"));
    for (int64_t i = 0; i < n; i++) of_row[i] = -1;
    for (;;) {
        GNN_TRY(data_i_lines_next(&lines, &line, &more));
        if (!more) break;
        GNN_TRY(read_line(&lines, line, entities, texts, of_row));
    }
    GNN_TRY(data_i_entity_labels_make(texts, of_row, n, labels));
cleanup:
    data_i_lines_close(&lines);
    data_texts_free(texts);
    gnn_i_free(of_row);
    return status;
}

void data_entity_labels_free(const char *const *labels) {
    gnn_i_free((void *)(uintptr_t)labels);
}
