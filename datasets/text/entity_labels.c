/* entity_names.tsv: what people call entities. */
#include <datasets/triples.h>

#include "core/alloc.h"
#include "text/grow.h"
#include "text/lines.h"

/* Labels in file order. */
typedef struct label_list {
    int64_t *start; /* (entities) where a row's label begins in bytes, -1 for none */
    char *bytes;    /* each with a NUL */
    int64_t n_bytes, capacity;
} label_list;

static void strip(data_i_field *field) {
    while (field->length > 0 && data_i_is_blank(*field->text)) {
        field->text++;
        field->length--;
    }
    while (field->length > 0 && data_i_is_blank(field->text[field->length - 1]))
        field->length--;
}

static gnn_status add_label(label_list *list, int64_t row, data_i_field label) {
    int64_t need = list->n_bytes + (int64_t)label.length + 1;
    gnn_status status = data_i_grow(&list->bytes, &list->capacity, need, 1, "labels");
    if (status != GNN_OK) return status;
    char *out = list->bytes + list->n_bytes;
    for (size_t i = 0; i < label.length; i++)
        out[i] = (unsigned char)label.text[i] < ' ' ? ' ' : label.text[i];
    out[label.length] = '\0';
    list->start[row] = list->n_bytes;
    list->n_bytes = need;
    return GNN_OK;
}

/* A name that the table lacks is checked for nothing: it may well be listed twice. */
static gnn_status read_line(label_list *list, const data_i_lines *lines,
                            data_i_field line, const gnn_names *entities) {
    char quoted[DATA_I_QUOTED];
    data_i_field rest = line, name, label = {"", 0};
    data_i_field_next(&rest, lines->layout.separator, &name);
    if (name.length == 0)
        return data_i_lines_fail(lines, "the name is empty, expected name and label");
    int64_t row = gnn_names_find(entities, name.text, name.length);
    if (row < 0) return GNN_OK;
    if (list->start[row] >= 0)
        return data_i_lines_fail(lines, "%s is listed twice", data_i_quote(name, quoted));
    if (lines->layout.separator == '\t')
        data_i_field_next(&rest, '\t', &label);
    else
        label = rest;
    strip(&label);
    return add_label(list, row, label);
}

/* One block: a pointer for each row, and the texts behind them. */
static gnn_status pack(const label_list *list, int64_t n, const char *const **labels) {
    size_t size;
    char *block;
    if (!gnn_i_add_size((size_t)n * sizeof(char *), (size_t)list->n_bytes + 1, &size))
        return gnn_fail(GNN_ERR_MEMORY, "out of memory: labels");
    gnn_status status = gnn_i_alloc(&block, size, 1, "labels");
    if (status != GNN_OK) return status;
    const char **of_row = (const char **)(void *)block;
    char *texts = block + (size_t)n * sizeof(char *);
    if (list->n_bytes > 0) memcpy(texts, list->bytes, (size_t)list->n_bytes);
    for (int64_t i = 0; i < n; i++) {
        int64_t start = list->start[i];
        of_row[i] = start < 0 || texts[start] == '\0' ? NULL : texts + start;
    }
    *labels = of_row;
    return GNN_OK;
}

gnn_status data_entity_labels_read(const char *path, const data_options *options,
                                   const gnn_names *entities,
                                   const char *const **labels) {
    static const data_options defaults = {0};
    gnn_status status;
    data_i_lines lines;
    data_i_field line;
    label_list list = {0};
    int64_t n = gnn_names_count(entities);
    bool more = true;
    *labels = NULL;
    GNN_TRY(data_i_lines_open(&lines, path, options != NULL ? options : &defaults));
    GNN_TRY(gnn_i_alloc(&list.start, (size_t)n, sizeof *list.start, "labels"));
    for (int64_t i = 0; i < n; i++) list.start[i] = -1;
    for (;;) {
        GNN_TRY(data_i_lines_next(&lines, &line, &more));
        if (!more) break;
        GNN_TRY(read_line(&list, &lines, line, entities));
    }
    GNN_TRY(pack(&list, n, labels));
cleanup:
    data_i_lines_close(&lines);
    gnn_i_free(list.start);
    gnn_i_free(list.bytes);
    return status;
}

void data_entity_labels_free(const char *const *labels) {
    gnn_i_free((void *)(uintptr_t)labels);
}
