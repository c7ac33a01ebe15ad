/* Labels of the three tasks, names of classes, splits that are read and drawn. */
#include "support/support.h"

#include <datasets/datasets.h>
#include <math.h>
#include <stdio.h>

#include "core/alloc.h"

/* Read a path of `n` nodes with the labels given. */
static gnn_status read_labels(int n, const char *labels, data_options options,
                              data_nodes *nodes) {
    char text[64 * 12], path[300];
    size_t at = 0;
    for (int i = 0; i + 1 < n; i++)
        at += (size_t)sprintf(text + at, "%d\t%d\n", i, i + 1);
    snprintf(path, sizeof path, "%s", support_write("e.tsv", text));
    if (labels != NULL) options.labels = support_write("l.tsv", labels);
    return data_nodes_read(path, &options, nodes);
}

static const char *class_name(const data_nodes *nodes, int64_t row) {
    static char buffer[24];
    return gnn_names_get(nodes->labels->classes, row, buffer);
}

START_TEST(classes_are_in_order) {
    data_nodes nodes;
    /* Numbers by value, and by their texts once one is none. */
    ck_assert_ok(
        read_labels(4, "0\t10\n1\t9\n2\t100\n3\t9\n", (data_options){0}, &nodes));
    const gnn_id want[] = {1, 0, 2, 0};
    ck_assert_int_eq(nodes.labels->n_outputs, 3);
    ck_assert_same_bytes(nodes.labels->class_of, want, sizeof want);
    ck_assert_str_eq(class_name(&nodes, 2), "100");
    ck_assert_ptr_null(nodes.labels->target);
    data_nodes_clear(&nodes);

    ck_assert_ok(
        read_labels(4, "0\t10\n1\t9\n2\t100\n3\tb c\n", (data_options){0}, &nodes));
    const gnn_id by_text[] = {0, 2, 1, 3};
    ck_assert_same_bytes(nodes.labels->class_of, by_text, sizeof by_text);
    ck_assert_str_eq(class_name(&nodes, 3), "b c");
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(unlabelled_nodes) {
    data_nodes nodes;
    const gnn_id want[] = {-1, 0, -1, -1};
    ck_assert_ok(read_labels(4, "0\t-1\n1\tx\n2\t\n", (data_options){0}, &nodes));
    ck_assert_same_bytes(nodes.labels->class_of, want, sizeof want);
    ck_assert_int_eq(nodes.labels->n_outputs, 1);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(names_of_classes) {
    data_nodes nodes;
    support_write("d/edges.tsv", "0\t1\n1\t2\n");
    support_write("d/labels.tsv", "0\t1\n1\t0\n2\tThird one\n");
    support_write("d/class_names.tsv",
                  "0\tFirst\n1\tThe second\n7\tThird one\n9\tNobody\n");
    ck_assert_ok(data_nodes_read(support_path("d"), NULL, &nodes));
    const gnn_id want[] = {1, 0, 2};
    ck_assert_int_eq(nodes.labels->n_outputs, 4);
    ck_assert_same_bytes(nodes.labels->class_of, want, sizeof want);
    ck_assert_str_eq(class_name(&nodes, 1), "The second");
    ck_assert_str_eq(class_name(&nodes, 3), "Nobody");
    data_nodes_clear(&nodes);
    /* Blank-separated, and names alone. */
    support_write("d/class_names.tsv", "0 First\n1 The second\nThird one\n");
    ck_assert_fails(data_nodes_read(support_path("d"), NULL, &nodes), GNN_ERR_INPUT,
                    "labels.tsv:3: label 'Third one' is not in");
    support_write("d/labels.tsv", "0\tb\n1\ta\n");
    support_write("d/class_names.tsv", "b\na\n");
    ck_assert_ok(data_nodes_read(support_path("d"), NULL, &nodes));
    ck_assert_str_eq(class_name(&nodes, 0), "b");
    ck_assert_int_eq(nodes.labels->class_of[1], 1);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(several_classes_a_node) {
    data_nodes nodes;
    const data_options options = {.task = DATA_TASK_MULTILABEL};
    const gnn_real n = (gnn_real)NAN;
    const gnn_real want[] = {1, 1, 0, 1, 0, 1, 0, 0, 0, n, n, n, n, n, n};
    ck_assert_ok(read_labels(5, "0\ta,b\n1\tc\n1\ta\n2\t,\n3\t-1\n", options, &nodes));
    ck_assert_int_eq(nodes.labels->n_outputs, 3);
    ck_assert_ptr_null(nodes.labels->class_of);
    for (int i = 0; i < 15; i++) {
        gnn_real x = nodes.labels->target[i];
        ck_assert_msg(x == want[i] || (isnan(x) && isnan(want[i])), "%d: %g", i,
                      (double)x);
    }
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(numbers_to_predict) {
    data_nodes nodes;
    const data_options options = {.task = DATA_TASK_REGRESS};
    ck_assert_ok(read_labels(4, "0\t\n1\t-1\t2.5\n3\t1e3\t0\n", options, &nodes));
    ck_assert_int_eq(nodes.labels->n_outputs, 2);
    ck_assert_ptr_null(nodes.labels->classes);
    const gnn_real *y = nodes.labels->target;
    ck_assert(isnan(y[0]) && isnan(y[1]) && isnan(y[4]) && isnan(y[5]));
    ck_assert_close(y + 2, ((gnn_real[]){-1, 2.5f}), 2, 0, 0);
    ck_assert_close(y + 6, ((gnn_real[]){1000, 0}), 2, 0, 0);
    data_nodes_clear(&nodes);
    ck_assert_fails(read_labels(3, "0\t1\tnan\n", options, &nodes), GNN_ERR_INPUT,
                    "some targets are missing");
}
END_TEST

START_TEST(classes_of_the_schema) {
    data_nodes first, second;
    data_schema schema;
    ck_assert_ok(read_labels(3, "0\ta\n1\tb\n2\tc\n", (data_options){0}, &first));
    data_nodes_schema(&first, &schema);
    data_options options = {.schema = &schema};
    schema.features = "none";
    ck_assert_ok(read_labels(3, "0\tc\n1\ta\n", options, &second));
    const gnn_id want[] = {2, 0, -1};
    ck_assert_int_eq(second.labels->n_outputs, 3);
    ck_assert_same_bytes(second.labels->class_of, want, sizeof want);
    data_nodes_clear(&second);
    ck_assert_fails(read_labels(3, "0\tc\n1\tz\n", options, &second), GNN_ERR_INPUT,
                    "l.tsv:2: label 'z' is none of the 3 classes");
    data_nodes_clear(&first);
}
END_TEST

/* ---- splits ---- */

static int64_t count(const uint8_t *part, int64_t n, int which) {
    int64_t found = 0;
    for (int64_t i = 0; i < n; i++) found += part[i] == which;
    return found;
}

START_TEST(parts_by_any_name) {
    data_nodes nodes;
    data_options options = {
        .split =
            support_write("s.tsv", "0 train\n1 val\n2 valid\n3 validation\n4 test\n")};
    ck_assert_ok(read_labels(6, NULL, options, &nodes));
    const uint8_t want[] = {GNN_PART_TRAIN, GNN_PART_VALID, GNN_PART_VALID,
                            GNN_PART_VALID, GNN_PART_TEST,  GNN_PART_NONE};
    ck_assert_same_bytes(nodes.part, want, sizeof want);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(random_splits_take_labelled_nodes) {
    data_nodes nodes;
    char labels[800];
    size_t at = 0;
    for (int i = 0; i < 50; i++)
        at += (size_t)sprintf(labels + at, "%d\t%d\n", i, i < 10 ? -1 : i % 4);
    data_options options = {.split = "random:.6,.2,.2", .seed = 1};
    ck_assert_ok(read_labels(60, labels, options, &nodes));
    ck_assert_int_eq(count(nodes.part, 60, GNN_PART_TRAIN), 24);
    ck_assert_int_eq(count(nodes.part, 60, GNN_PART_VALID), 8);
    ck_assert_int_eq(count(nodes.part, 60, GNN_PART_TEST), 8);
    ck_assert_int_eq(count(nodes.part, 10, GNN_PART_NONE), 10);
    ck_assert_int_eq(count(nodes.part + 50, 10, GNN_PART_NONE), 10);

    uint8_t again[60], other[60];
    ck_assert_ok(data_split_draw(&nodes, "random:.6,.2,.2", 1, again));
    ck_assert_same_bytes(again, nodes.part, 60);
    ck_assert_ok(data_split_draw(&nodes, "random:.6,.2,.2", 2, other));
    ck_assert(memcmp(again, other, 60) != 0);

    ck_assert_ok(data_split_draw(&nodes, "per-class:3,2", 1, again));
    for (int c = 0; c < 4; c++) {
        int n[4] = {0};
        for (int i = 10; i < 50; i++)
            if (i % 4 == c) n[again[i]]++;
        ck_assert_int_eq(n[GNN_PART_TRAIN], 3);
        ck_assert_int_eq(n[GNN_PART_VALID], 2);
        ck_assert_int_eq(n[GNN_PART_TEST], 5);
    }
    ck_assert_int_eq(count(again, 10, GNN_PART_NONE), 10);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(splits_that_cannot_be_drawn) {
    data_nodes nodes;
    uint8_t part[4];
    ck_assert_ok(read_labels(4, NULL, (data_options){0}, &nodes));
    const char *const wrong[] = {
        "random:",       "random:.5",     "random:.5,.5,.5",   "random:a,b,c",
        "random:1,1",    "per-class:3",   "per-class:0,1",     "halves",
        "random:-1,1,0", "per-class:2,x", "random:.1,.1,.1,.1"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        ck_assert_msg(data_split_draw(&nodes, wrong[i], 0, part) == GNN_ERR_ARGUMENT,
                      "%s", wrong[i]);
    ck_assert_fails(data_split_draw(&nodes, "per-class:1,1", 0, part), GNN_ERR_ARGUMENT,
                    "one class each");
    data_nodes_clear(&nodes);
}
END_TEST

static gnn_status read_all(void *argument) {
    data_nodes nodes;
    data_options options = {.labels = support_path("l.tsv"),
                            .split = support_path("s.tsv"),
                            .task = *(data_task *)argument};
    gnn_status status = data_nodes_read(support_path("e.tsv"), &options, &nodes);
    if (status == GNN_OK) data_nodes_clear(&nodes);
    return status;
}

START_TEST(survives_failing_allocations) {
    support_write("e.tsv", "0 1\n");
    support_write("s.tsv", "0 train\n");
    support_write("l.tsv", "0 1\n1 2\n");
    for (data_task task = DATA_TASK_CLASS; task <= DATA_TASK_REGRESS; task++)
        ck_assert_int_gt(support_starve(read_all, &task), 15);
}
END_TEST

TESTS("data/labels", 30, classes_are_in_order, unlabelled_nodes, names_of_classes,
      several_classes_a_node, numbers_to_predict, classes_of_the_schema,
      parts_by_any_name, random_splits_take_labelled_nodes, splits_that_cannot_be_drawn,
      survives_failing_allocations)
