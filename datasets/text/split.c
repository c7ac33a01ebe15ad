/* split.tsv, and splits that are drawn. */
#include "text/split.h"

#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "text/labels.h"

static gnn_part part_of(data_i_field field) {
    if (data_i_field_is(field, "train")) return GNN_PART_TRAIN;
    if (data_i_field_is(field, "test")) return GNN_PART_TEST;
    if (data_i_field_is(field, "val") || data_i_field_is(field, "valid") ||
        data_i_field_is(field, "validation"))
        return GNN_PART_VALID;
    return GNN_PART_NONE;
}

static gnn_status add_line(const data_i_lines *lines, data_i_ids *ids, data_i_field line,
                           uint8_t *part, int64_t n_of[4]) {
    char quoted[DATA_I_QUOTED];
    data_i_field field[2];
    int n = data_i_fields_split(line, lines->layout.separator, 2, field);
    if (n != 2)
        return data_i_lines_fail(lines,
                                 "%d column%s, expected node and train, val or test", n,
                                 n == 1 ? "" : "s");
    gnn_id row;
    gnn_status status = data_i_ids_row(ids, lines, field[0], false, &row);
    if (status != GNN_OK) return status;
    if (row < 0)
        return data_i_lines_fail(lines, "split of an unknown node %s",
                                 data_i_quote(field[0], quoted));
    gnn_part which = part_of(field[1]);
    if (which == GNN_PART_NONE)
        return data_i_lines_fail(lines, "part %s, expected train, val or test",
                                 data_i_quote(field[1], quoted));
    if (part[row] != GNN_PART_NONE)
        return data_i_lines_fail(lines, "node %s is listed twice",
                                 data_i_quote(field[0], quoted));
    part[row] = (uint8_t)which;
    n_of[which]++;
    return GNN_OK;
}

gnn_status data_i_split_read(const char *path, const data_options *options,
                             data_i_ids *ids, gnn_id n_nodes, uint8_t **part) {
    gnn_status status;
    data_i_lines lines;
    data_i_field line;
    uint8_t *made = NULL;
    int64_t n_of[4] = {0};
    bool more;
    *part = NULL;
    GNN_TRY(data_i_lines_open(&lines, path, options));
    GNN_TRY(gnn_i_calloc(&made, (size_t)n_nodes, 1, "a split"));
    for (;;) {
        GNN_TRY(data_i_lines_next(&lines, &line, &more));
        if (!more) break;
        GNN_TRY(add_line(&lines, ids, line, made, n_of));
    }
    GNN_CHECK(n_of[GNN_PART_TRAIN] > 0, GNN_ERR_INPUT, "%s: no node is in train", path);
    *part = made;
    made = NULL;
cleanup:
    data_i_lines_close(&lines);
    gnn_i_free(made);
    return status;
}

/* ---- drawing ---- */

/* The numbers behind a prefix: "random:.6,.2,.2". False unless there are exactly n of
 * them. */
static bool parse_numbers(const char *text, int n, double *number) {
    for (int i = 0; i < n; i++) {
        size_t length = strcspn(text, ",");
        if (!data_i_parse_real((data_i_field){text, length}, &number[i])) return false;
        text += length;
        if (*text == ',' && i < n - 1)
            text++;
        else if (*text != '\0' || i < n - 1)
            return false;
    }
    return true;
}

bool data_i_split_is_drawn(const char *split) {
    return strncmp(split, "random:", 7) == 0 || strncmp(split, "per-class:", 10) == 0;
}

/* eligible[v]: node v has a label. */
static gnn_status find_labelled(const data_labels *labels, gnn_id n_nodes,
                                uint8_t **eligible) {
    *eligible = NULL;
    if (labels == NULL) return GNN_OK;
    gnn_status status = gnn_i_alloc(eligible, (size_t)n_nodes, 1, "a split");
    if (status != GNN_OK) return status;
    for (gnn_id v = 0; v < n_nodes; v++) {
        const gnn_real *target = labels->target == NULL
                                     ? NULL
                                     : labels->target + (int64_t)v * labels->n_outputs;
        (*eligible)[v] =
            target != NULL ? target[0] == target[0] : labels->class_of[v] >= 0;
    }
    return GNN_OK;
}

/* In an order drawn by seed, the first `train` nodes of a class train, the next `valid`
 * validate, the rest tests. */
static gnn_status draw_per_class(const data_labels *labels, gnn_id n_nodes, int64_t train,
                                 int64_t valid, uint64_t seed, uint8_t *part) {
    gnn_status status;
    gnn_id *order = NULL;
    int64_t *drawn = NULL;
    gnn_i_rng rng;
    GNN_CHECK(labels != NULL && labels->class_of != NULL, GNN_ERR_ARGUMENT,
              "a split per class needs nodes with one class each");
    GNN_TRY(gnn_i_alloc(&order, (size_t)n_nodes, sizeof *order, "a split"));
    GNN_TRY(gnn_i_calloc(&drawn, (size_t)labels->n_outputs, sizeof *drawn, "a split"));
    for (gnn_id v = 0; v < n_nodes; v++) order[v] = v;
    gnn_i_rng_init(&rng, seed, DATA_I_SPLIT_STREAM);
    gnn_i_rng_shuffle(&rng, order, n_nodes);
    for (gnn_id i = 0; i < n_nodes; i++) {
        gnn_id v = order[i], c = labels->class_of[v];
        part[v] = GNN_PART_NONE;
        if (c < 0) continue;
        int64_t before = drawn[c]++;
        part[v] = before < train           ? GNN_PART_TRAIN
                  : before < train + valid ? GNN_PART_VALID
                                           : GNN_PART_TEST;
    }
cleanup:
    gnn_i_free(order);
    gnn_i_free(drawn);
    return status;
}

gnn_status data_split_draw(const data_nodes *nodes, const char *split, uint64_t seed,
                           uint8_t *part) {
    double number[3];
    uint8_t *eligible;
    gnn_id n_nodes = gnn_graph_n_nodes(nodes->graph);
    if (strncmp(split, "per-class:", 10) == 0 && parse_numbers(split + 10, 2, number) &&
        number[0] >= 1 && number[0] <= n_nodes && number[1] >= 0 && number[1] <= n_nodes)
        return draw_per_class(nodes->labels, n_nodes, (int64_t)number[0],
                              (int64_t)number[1], seed, part);
    if (strncmp(split, "random:", 7) != 0 || !parse_numbers(split + 7, 3, number))
        return gnn_fail(
            GNN_ERR_ARGUMENT,
            "split '%s', expected random:TRAIN,VALID,TEST or per-class:TRAIN,VALID",
            split);
    gnn_status status = find_labelled(nodes->labels, n_nodes, &eligible);
    if (status == GNN_OK)
        status = gnn_split_random(n_nodes, eligible, number[0], number[1], number[2],
                                  seed, part);
    gnn_i_free(eligible);
    return status;
}
