/* Classes of a data set. */
#include "text/classes.h"

#include "core/alloc.h"
#include "text/ids.h"
#include "text/sort_names.h"

/* Add a text that must be new. */
static gnn_status add_new(gnn_names *names, const data_i_lines *lines, data_i_field field,
                          const char *what) {
    char quoted[DATA_I_QUOTED];
    int64_t row;
    if (field.length == 0 || field.length > DATA_I_LONGEST_ID)
        return data_i_lines_fail(lines, "a %s of %zu bytes, expected 1 to %d", what,
                                 field.length, DATA_I_LONGEST_ID);
    if (gnn_names_find(names, field.text, field.length) >= 0)
        return data_i_lines_fail(lines, "%s %s is listed twice", what,
                                 data_i_quote(field, quoted));
    return gnn_names_add(names, field.text, field.length, &row);
}

/* label⇥name, or name alone. A name may hold blanks: only the first separator counts. */
static gnn_status read_names(data_i_classes *classes, const char *path,
                             const data_options *options) {
    gnn_status status;
    data_i_lines lines;
    data_i_field line, key, name;
    bool more;
    classes->keys_path = path;
    GNN_TRY(data_i_lines_open(&lines, path, options));
    for (;;) {
        GNN_TRY(data_i_lines_next(&lines, &line, &more));
        if (!more) break;
        name = line;
        if (!data_i_field_next(&name, lines.layout.separator, &key)) continue;
        while (name.length > 0 && data_i_is_blank(*name.text)) {
            name.text++;
            name.length--;
        }
        if (name.text == NULL || name.length == 0) name = key;
        GNN_TRY(add_new(classes->keys, &lines, key, "label"));
        GNN_TRY(add_new(classes->names, &lines, name, "class name"));
    }
    GNN_CHECK(gnn_names_count(classes->keys) > 0, GNN_ERR_INPUT,
              "%s: holds no classes, expected label and name a line", path);
cleanup:
    data_i_lines_close(&lines);
    return status;
}

gnn_status data_i_classes_init(data_i_classes *classes, const char *class_names,
                               const data_options *options) {
    gnn_status status;
    *classes = (data_i_classes){0};
    if (options->schema != NULL) classes->fixed = options->schema->classes;
    GNN_TRY(gnn_names_new(&classes->names));
    if (class_names != NULL) {
        GNN_TRY(gnn_names_new(&classes->keys));
        GNN_TRY(read_names(classes, class_names, options));
    }
cleanup:
    if (status != GNN_OK) data_i_classes_clear(classes);
    return status;
}

void data_i_classes_clear(data_i_classes *classes) {
    gnn_names_free(classes->keys);
    gnn_names_free(classes->names);
    *classes = (data_i_classes){0};
}

gnn_status data_i_classes_row(data_i_classes *classes, const data_i_lines *lines,
                              data_i_field label, gnn_id *row) {
    char quoted[DATA_I_QUOTED], buffer[24];
    if (label.length > DATA_I_LONGEST_ID)
        return data_i_lines_fail(lines, "a label of %zu bytes, expected at most %d",
                                 label.length, DATA_I_LONGEST_ID);
    int64_t at = -1;
    if (classes->keys != NULL) {
        at = gnn_names_find(classes->keys, label.text, label.length);
        if (at < 0) at = gnn_names_find(classes->names, label.text, label.length);
        if (at < 0)
            return data_i_lines_fail(lines, "label %s is not in %s",
                                     data_i_quote(label, quoted), classes->keys_path);
    }
    if (classes->fixed != NULL) {
        int64_t found = -1;
        if (at >= 0) {
            const char *name = gnn_names_get(classes->names, at, buffer);
            found = gnn_names_find(classes->fixed, name, strlen(name));
        }
        if (found < 0) found = gnn_names_find(classes->fixed, label.text, label.length);
        if (found < 0)
            return data_i_lines_fail(
                lines, "label %s is none of the %d classes of the model",
                data_i_quote(label, quoted), (int)gnn_names_count(classes->fixed));
        at = found;
    } else if (at < 0) {
        gnn_status status = gnn_names_add(classes->names, label.text, label.length, &at);
        if (status != GNN_OK) return status;
    }
    *row = (gnn_id)at;
    return GNN_OK;
}

gnn_status data_i_classes_finish(data_i_classes *classes, gnn_names **names,
                                 gnn_id **place) {
    *place = NULL;
    if (classes->fixed != NULL) return data_i_names_copy(classes->fixed, names);
    if (classes->keys == NULL) {
        gnn_status status = data_i_sort_names(&classes->names, place);
        if (status != GNN_OK) return status;
    }
    *names = classes->names;
    classes->names = NULL;
    return GNN_OK;
}
