/* The labels reader. Two tables of names are in play: what the file calls a class
 * (`keys`), and the classes themselves. */
#include "text/labels.h"

#include <math.h>
#include <string.h>

#include "text/classes.h"
#include "text/grow.h"

enum { UNLABELLED = -1, NONE = -2 };

static gnn_status add_entry(data_i_label_table *table, gnn_id row, gnn_id class_row) {
    gnn_status status;
    GNN_TRY(data_i_grow(&table->row, &table->row_capacity, table->n + 1,
                        sizeof *table->row, "labels"));
    if (table->task != DATA_TASK_REGRESS) {
        GNN_TRY(data_i_grow(&table->class_row, &table->class_capacity, table->n + 1,
                            sizeof *table->class_row, "labels"));
        table->class_row[table->n] = class_row;
    }
    table->row[table->n++] = row;
cleanup:
    return status;
}

/* A set of nodes that grows. */
typedef struct node_set {
    uint8_t *has;
    int64_t capacity;
} node_set;

/* Put a node into the set; *was_there tells whether it had been. */
static gnn_status set_add(node_set *set, gnn_id row, bool *was_there) {
    int64_t old = set->capacity;
    gnn_status status =
        data_i_grow(&set->has, &set->capacity, (int64_t)row + 1, 1, "labelled nodes");
    if (status != GNN_OK) return status;
    if (set->capacity > old) memset(set->has + old, 0, (size_t)(set->capacity - old));
    *was_there = set->has[row] != 0;
    set->has[row] = 1;
    return GNN_OK;
}

/* The node that a line is about. In string mode, and once the nodes are all known, a
 * label makes no new ones. */
static gnn_status find_node(const data_i_lines *lines, data_i_ids *ids,
                            data_i_field field, gnn_id *row) {
    char quoted[DATA_I_QUOTED];
    bool may_add = ids->mode == DATA_I_IDS_INTEGER;
    gnn_status status = data_i_ids_row(ids, lines, field, may_add, row);
    if (status != GNN_OK || *row >= 0) return status;
    data_i_quote(field, quoted);
    if (ids->closed_by != NULL)
        return data_i_lines_fail(lines, "label of an unknown node %s, which is not in %s",
                                 quoted, ids->closed_by);
    return data_i_lines_fail(
        lines,
        "label of an unknown node %s: no edge names it, nor do features or "
        "nodes.tsv",
        quoted);
}

static gnn_status add_class(data_i_label_table *table, const data_i_lines *lines,
                            data_i_classes *classes, gnn_id row, data_i_field label) {
    if (label.length == 0 || data_i_field_is(label, "-1"))
        return add_entry(table, row, UNLABELLED);
    gnn_id class_row;
    gnn_status status = data_i_classes_row(classes, lines, label, &class_row);
    return status == GNN_OK ? add_entry(table, row, class_row) : status;
}

/* class,class,… */
static gnn_status add_classes(data_i_label_table *table, const data_i_lines *lines,
                              data_i_classes *classes, gnn_id row, data_i_field label) {
    if (data_i_field_is(label, ",")) return add_entry(table, row, NONE);
    for (;;) {
        const char *comma = memchr(label.text, ',', label.length);
        data_i_field one = {label.text,
                            comma == NULL ? label.length : (size_t)(comma - label.text)};
        if (comma != NULL && one.length == 0)
            return data_i_lines_fail(lines, "an empty label between commas");
        gnn_status status = add_class(table, lines, classes, row, one);
        if (status != GNN_OK || comma == NULL) return status;
        label = (data_i_field){comma + 1, label.length - one.length - 1};
    }
}

static gnn_status parse_target(const data_i_lines *lines, data_i_field field,
                               gnn_real *value) {
    char quoted[DATA_I_QUOTED];
    double number = NAN;
    if (field.length > 0 && !data_i_parse_real(field, &number))
        return data_i_lines_fail(lines, "target %s is not a number",
                                 data_i_quote(field, quoted));
    *value = (gnn_real)number;
    if (isinf(*value))
        return data_i_lines_fail(lines, "target %s is not finite",
                                 data_i_quote(field, quoted));
    return GNN_OK;
}

/* number⇥number… : as many as on the first line; all or none of them given */
static gnn_status add_numbers(data_i_label_table *table, const data_i_lines *lines,
                              gnn_id row, data_i_field rest) {
    gnn_status status;
    data_i_field field;
    char separator = lines->layout.separator;
    if (rest.length == 0) return GNN_OK; /* unlabelled, however many there should be */
    int64_t n = data_i_fields_split(rest, separator, 0, NULL);
    if (table->n_values == 0) table->n_values = n;
    if (n != table->n_values)
        return data_i_lines_fail(lines, "%d targets, expected %d", (int)n,
                                 (int)table->n_values);
    GNN_TRY(data_i_grow(&table->value, &table->value_capacity, (table->n + 1) * n,
                        sizeof *table->value, "targets"));
    gnn_real *out = table->value + table->n * n;
    int64_t n_missing = 0;
    for (int64_t i = 0; i < n; i++) {
        out[i] = (gnn_real)NAN;
        if (data_i_field_next(&rest, separator, &field))
            GNN_TRY(parse_target(lines, field, &out[i]));
        n_missing += isnan(out[i]);
    }
    if (n_missing > 0 && n_missing < n)
        return data_i_lines_fail(lines, "some targets are missing: give all, or none");
    GNN_TRY(add_entry(table, row, UNLABELLED));
cleanup:
    return status;
}

static gnn_status add_line(data_i_label_table *table, const data_i_lines *lines,
                           data_i_classes *classes, data_i_ids *ids, node_set *seen,
                           data_i_field line) {
    gnn_id row;
    bool was_there;
    data_i_field rest = line, node, label, more;
    char separator = lines->layout.separator;
    if (!data_i_field_next(&rest, separator, &node))
        return data_i_lines_fail(lines, "no node id, expected node and label");
    data_i_field numbers = rest;
    if (!data_i_field_next(&rest, separator, &label))
        return data_i_lines_fail(
            lines, "1 column, expected node and label, separated by a tab or blanks");
    gnn_status status = find_node(lines, ids, node, &row);
    if (status == GNN_OK) status = set_add(seen, row, &was_there);
    if (status != GNN_OK) return status;
    if (was_there && table->task != DATA_TASK_MULTILABEL) {
        char quoted[DATA_I_QUOTED];
        return data_i_lines_fail(lines, "node %s is labelled twice",
                                 data_i_quote(node, quoted));
    }
    if (table->task == DATA_TASK_REGRESS) return add_numbers(table, lines, row, numbers);
    if (data_i_field_next(&rest, separator, &more))
        return data_i_lines_fail(lines, "more than 2 columns, expected node and label");
    if (table->task == DATA_TASK_CLASS)
        return add_class(table, lines, classes, row, label);
    return add_classes(table, lines, classes, row, label);
}

gnn_status data_i_labels_read(data_i_label_table *table, const char *path,
                              const char *class_names, const data_options *options,
                              data_i_ids *ids) {
    gnn_status status;
    data_i_lines lines;
    data_i_classes classes = {0};
    node_set seen = {0};
    gnn_id *place = NULL;
    data_i_field line;
    bool more;
    *table = (data_i_label_table){.task = options->task};
    GNN_TRY(data_i_lines_open(&lines, path, options));
    if (table->task != DATA_TASK_REGRESS)
        GNN_TRY(data_i_classes_init(&classes, class_names, options));
    for (;;) {
        GNN_TRY(data_i_lines_next(&lines, &line, &more));
        if (!more) break;
        GNN_TRY(add_line(table, &lines, &classes, ids, &seen, line));
    }
    GNN_CHECK(table->n > 0, GNN_ERR_INPUT,
              "%s: holds no labels, expected node and label a line", path);
    if (table->task != DATA_TASK_REGRESS) {
        GNN_TRY(data_i_classes_finish(&classes, &table->classes, &place));
        GNN_CHECK(gnn_names_count(table->classes) > 0, GNN_ERR_INPUT,
                  "%s: no node has a label", path);
        for (int64_t i = 0; place != NULL && i < table->n; i++)
            if (table->class_row[i] >= 0)
                table->class_row[i] = place[table->class_row[i]];
    }
cleanup:
    data_i_classes_clear(&classes);
    data_i_lines_close(&lines);
    gnn_i_free(seen.has);
    gnn_i_free(place);
    if (status != GNN_OK) data_i_labels_clear(table);
    return status;
}

void data_i_labels_clear(data_i_label_table *table) {
    gnn_i_free(table->row);
    gnn_i_free(table->class_row);
    gnn_i_free(table->value);
    gnn_names_free(table->classes);
    *table = (data_i_label_table){0};
}

/* ---- for all nodes ---- */

static gnn_status fill_targets(const data_i_label_table *table, gnn_id n_nodes,
                               data_labels *labels) {
    int64_t width = labels->n_outputs;
    size_t count;
    if (!gnn_i_mul_size((size_t)n_nodes, (size_t)width, &count))
        return gnn_fail(GNN_ERR_MEMORY, "out of memory: targets");
    gnn_status status =
        gnn_i_alloc(&labels->target, count, sizeof *labels->target, "targets");
    if (status != GNN_OK) return status;
    for (size_t i = 0; i < count; i++) labels->target[i] = (gnn_real)NAN;
    for (int64_t i = 0; i < table->n; i++) {
        gnn_real *out = labels->target + table->row[i] * width;
        if (table->task == DATA_TASK_REGRESS) {
            memcpy(out, table->value + i * width, (size_t)width * sizeof *out);
            continue;
        }
        if (table->class_row[i] == UNLABELLED) continue;
        if (isnan(out[0])) memset(out, 0, (size_t)width * sizeof *out);
        if (table->class_row[i] >= 0) out[table->class_row[i]] = 1;
    }
    return GNN_OK;
}

gnn_status data_i_labels_finish(data_i_label_table *table, gnn_id n_nodes,
                                data_labels **labels) {
    gnn_status status;
    data_labels *made = NULL;
    *labels = NULL;
    GNN_TRY(gnn_i_calloc(&made, 1, sizeof *made, "labels"));
    made->task = table->task;
    made->n_outputs = (int32_t)(table->classes != NULL ? gnn_names_count(table->classes)
                                                       : table->n_values);
    if (table->task == DATA_TASK_CLASS) {
        GNN_TRY(gnn_i_alloc(&made->class_of, (size_t)n_nodes, sizeof *made->class_of,
                            "labels"));
        for (gnn_id v = 0; v < n_nodes; v++) made->class_of[v] = UNLABELLED;
        for (int64_t i = 0; i < table->n; i++)
            made->class_of[table->row[i]] = table->class_row[i];
    } else {
        GNN_TRY(fill_targets(table, n_nodes, made));
    }
    made->classes = table->classes;
    table->classes = NULL;
    *labels = made;
    made = NULL;
cleanup:
    data_labels_free(made);
    return status;
}

void data_labels_free(data_labels *labels) {
    if (labels == NULL) return;
    gnn_i_free(labels->class_of);
    gnn_i_free(labels->target);
    gnn_names_free(labels->classes);
    gnn_i_free(labels);
}
