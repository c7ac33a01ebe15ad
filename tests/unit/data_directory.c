/* Data directories and bare edge lists, as a whole: what comes out of which files. */
#include "support/support.h"

#include <datasets/datasets.h>
#include <math.h>
#include <stdio.h>

#include "core/alloc.h"

/* A directory of four nodes with everything in it. */
static const char *write_all(const char *folder) {
    char name[200];
    const char *const files[][2] = {
        {"edges.tsv", "# a comment\n0\t1\n1\t2\n2\t0\n3\t2\n"},
        {"features.tsv", "0\t0:1 2:3\n1\t1:2\n3\t0:2 1:2\n2\t\n"},
        {"labels.tsv", "0\tb\n1\ta\n2\t-1\n3\tb\n"},
        {"split.tsv", "0\ttrain\n1\tval\n3\ttest\n"},
    };
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        snprintf(name, sizeof name, "%s/%s", folder, files[i][0]);
        support_write(name, files[i][1]);
    }
    return support_path(folder);
}

static gnn_off row_begin(const data_nodes *nodes, gnn_id v) {
    return gnn_graph_csr(nodes->graph)->row_ptr[v];
}

START_TEST(reads_a_whole_directory) {
    data_nodes nodes;
    ck_assert_ok(data_nodes_read(write_all("four"), NULL, &nodes));
    ck_assert_str_eq(nodes.name, "four");
    ck_assert_int_eq(gnn_graph_n_nodes(nodes.graph), 4);
    ck_assert_int_eq(gnn_graph_n_arcs(nodes.graph), 8);
    ck_assert(gnn_graph_is_symmetric(nodes.graph));
    ck_assert(gnn_names_are_integers(nodes.names));
    ck_assert_int_eq(gnn_names_count(nodes.names), 4);
    ck_assert_ptr_null(nodes.titles);

    /* Rows of features sum to one: sparse, none negative. */
    const gnn_tensor *x = nodes.features;
    ck_assert_int_eq(x->layout, GNN_SPARSE);
    ck_assert_int_eq(x->shape[0], 4);
    ck_assert_int_eq(x->shape[1], 3);
    ck_assert_str_eq(nodes.feature_kind, "file");
    ck_assert_str_eq(nodes.normalize, "rows");
    const gnn_off row_ptr[] = {0, 2, 3, 3, 5};
    const gnn_real value[] = {0.25f, 0.75f, 1, 0.5f, 0.5f};
    ck_assert_same_bytes(x->sparse->row_ptr, row_ptr, sizeof row_ptr);
    ck_assert_close(x->sparse->value, value, 5, 1e-6, 0);

    /* Classes by name, the unlabelled node aside. */
    const gnn_id class_of[] = {1, 0, -1, 1};
    ck_assert_int_eq(nodes.labels->n_outputs, 2);
    ck_assert_same_bytes(nodes.labels->class_of, class_of, sizeof class_of);
    ck_assert_str_eq(gnn_names_get(nodes.labels->classes, 1, NULL), "b");
    const uint8_t part[] = {GNN_PART_TRAIN, GNN_PART_VALID, GNN_PART_NONE, GNN_PART_TEST};
    ck_assert_same_bytes(nodes.part, part, sizeof part);
    data_nodes_clear(&nodes);
    ck_assert_int_eq(gnn_i_alloc_live(), 0);
}
END_TEST

START_TEST(numbers_strings_by_first_appearance) {
    data_nodes nodes;
    data_options options = {.directed = true};
    const char *path = support_write("e.tsv", "b a 2.5\r\na c 1\r\nb c -1e-1\r\n");
    ck_assert_ok(data_nodes_read(path, &options, &nodes));
    ck_assert_str_eq(nodes.name, "e");
    ck_assert_int_eq(gnn_graph_n_nodes(nodes.graph), 3);
    ck_assert_str_eq(gnn_names_get(nodes.names, 0, NULL), "b");
    ck_assert_str_eq(gnn_names_get(nodes.names, 2, NULL), "c");
    /* Row = target: a has b, c has a and b. */
    ck_assert_int_eq(row_begin(&nodes, 1), 0);
    ck_assert_int_eq(row_begin(&nodes, 2), 1);
    const gnn_id col[] = {0, 0, 1};
    const gnn_real weight[] = {2.5f, -0.1f, 1};
    ck_assert_same_bytes(gnn_graph_csr(nodes.graph)->col, col, sizeof col);
    ck_assert_close(gnn_graph_weight(nodes.graph), weight, 3, 1e-7, 0);
    ck_assert_ptr_null(nodes.features);
    ck_assert_str_eq(nodes.feature_kind, "none");
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(string_mode_keeps_numbers_as_text) {
    data_nodes nodes;
    data_options options = {.ids = 2};
    ck_assert_ok(data_nodes_read(support_write("e.tsv", "007 1000000\n7 007\n"), &options,
                                 &nodes));
    ck_assert_int_eq(gnn_graph_n_nodes(nodes.graph), 3);
    ck_assert_str_eq(gnn_names_get(nodes.names, 0, NULL), "007");
    ck_assert_str_eq(gnn_names_get(nodes.names, 2, NULL), "7");
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(labels_reach_isolated_nodes) {
    data_nodes nodes;
    data_options options = {.labels = support_write("l.tsv", "0\tx\n5\ty\n")};
    ck_assert_ok(data_nodes_read(support_write("e.tsv", "0\t1\n"), &options, &nodes));
    ck_assert_int_eq(gnn_graph_n_nodes(nodes.graph), 6);
    ck_assert_int_eq(nodes.labels->class_of[5], 1);
    ck_assert_int_eq(nodes.labels->class_of[3], -1);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(nodes_file_gives_rows_and_titles) {
    data_nodes nodes;
    support_write("d/nodes.tsv", "z\tThe last\ny\nx\tA first one\n");
    support_write("d/edges.tsv", "x\ty\n");
    support_write("d/features.tsv", "x\t1.5\t2\nz\t-1\t0\n");
    ck_assert_ok(data_nodes_read(support_path("d"), NULL, &nodes));
    ck_assert_int_eq(gnn_graph_n_nodes(nodes.graph), 3);
    ck_assert_str_eq(gnn_names_get(nodes.names, 0, NULL), "z");
    ck_assert_str_eq(data_texts_get(nodes.titles, 0), "The last");
    ck_assert_str_eq(data_texts_get(nodes.titles, 1), "");
    ck_assert_str_eq(data_texts_get(nodes.titles, 2), "A first one");
    ck_assert_str_eq(data_texts_get(nodes.titles, 3), "");
    const gnn_real x[] = {-1, 0, 0, 0, 1.5f, 2};
    ck_assert_int_eq(nodes.features->layout, GNN_DENSE);
    ck_assert_str_eq(nodes.normalize, "none");
    ck_assert_close(gnn_tensor_real(nodes.features), x, 6, 0, 0);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(header_names_weight_type_and_features) {
    data_nodes nodes;
    int32_t n_types;
    const char *text = "#source target type f0 weight f1\n"
                       "a b likes 1 0.5 2\n"
                       "b c hates 3 2 4\n";
    ck_assert_ok(data_nodes_read(support_write("e.tsv", text), NULL, &nodes));
    ck_assert_int_eq(gnn_graph_n_arcs(nodes.graph), 4);
    /* Rows a: b; b: a, c; c: b. A mirrored arc has its pair's type, weight and
     * features. */
    const int32_t type[] = {1, 1, 0, 0};
    const gnn_real weight[] = {0.5f, 0.5f, 2, 2}, features[] = {1, 2, 1, 2, 3, 4, 3, 4};
    ck_assert_same_bytes(gnn_graph_arc_type(nodes.graph, &n_types), type, sizeof type);
    ck_assert_int_eq(n_types, 2);
    ck_assert_str_eq(gnn_names_get(nodes.arc_types, 0, NULL), "hates");
    ck_assert_close(gnn_graph_weight(nodes.graph), weight, 4, 0, 0);
    const gnn_tensor *tensor = gnn_graph_tensor(nodes.graph, GNN_AXIS_ARC, "features");
    ck_assert_int_eq(tensor->shape[1], 2);
    ck_assert_close(gnn_tensor_real(tensor), features, 8, 0, 0);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(header_without_a_mark_is_no_edge) {
    data_nodes nodes;
    ck_assert_ok(data_nodes_read(
        support_write("e.tsv", "source\ttarget\tweight\n0\t1\t2\n"), NULL, &nodes));
    ck_assert(gnn_names_are_integers(nodes.names));
    ck_assert_int_eq(gnn_graph_n_arcs(nodes.graph), 2);
    ck_assert_close(gnn_graph_weight(nodes.graph), ((gnn_real[]){2, 2}), 2, 0, 0);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(comments_can_be_turned_off) {
    data_nodes nodes;
    data_options options = {.comment = ""};
    ck_assert_ok(
        data_nodes_read(support_write("e.tsv", "#a\tb\nb\t#a x\n"), &options, &nodes));
    ck_assert_int_eq(gnn_names_find(nodes.names, "#a", 2), 0);
    ck_assert_int_eq(gnn_names_find(nodes.names, "#a x", 4), 2);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(duplicates_are_dropped_or_summed) {
    data_nodes nodes;
    data_options options = {0};
    ck_assert_ok(
        data_nodes_read(support_write("e.tsv", "0\t1\n1\t0\n0\t1\n"), NULL, &nodes));
    ck_assert_int_eq(gnn_graph_n_arcs(nodes.graph), 2);
    ck_assert_ptr_null(gnn_graph_weight(nodes.graph));
    data_nodes_clear(&nodes);

    ck_assert_ok(
        data_nodes_read(support_write("w.tsv", "0\t1\t2\n0\t1\t3\n"), NULL, &nodes));
    ck_assert_close(gnn_graph_weight(nodes.graph), ((gnn_real[]){5, 5}), 2, 0, 0);
    data_nodes_clear(&nodes);

    options.duplicates = GNN_DUPLICATES_ERROR;
    ck_assert_fails(data_nodes_read(support_path("w.tsv"), &options, &nodes),
                    GNN_ERR_INPUT, "w.tsv");
    ck_assert_ptr_null(nodes.graph);
}
END_TEST

START_TEST(unknown_readers_are_named) {
    data_nodes nodes;
    ck_assert_fails(data_nodes_read("graphics:x.png", NULL, &nodes), GNN_ERR_ARGUMENT,
                    "unknown reader 'graphics'; known: directory, edges");
    ck_assert_fails(data_nodes_read(support_write("x.png", "0 1\n"), NULL, &nodes),
                    GNN_ERR_ARGUMENT, "its extension names no reader");
    ck_assert_fails(data_nodes_read("nowhere", NULL, &nodes), GNN_ERR_INPUT,
                    "nowhere: no such");
    char spec[300];
    snprintf(spec, sizeof spec, "edges:%s", support_path("x.png"));
    ck_assert_ok(data_nodes_read(spec, NULL, &nodes));
    ck_assert_str_eq(nodes.name, "x");
    data_nodes_clear(&nodes);
}
END_TEST

static gnn_status read_all(void *argument) {
    data_nodes nodes;
    gnn_status status = data_nodes_read(argument, NULL, &nodes);
    if (status == GNN_OK) data_nodes_clear(&nodes);
    return status;
}

START_TEST(survives_failing_allocations) {
    char path[300];
    snprintf(path, sizeof path, "%s", write_all("four"));
    ck_assert_int_gt(support_starve(read_all, path), 20);
    support_write("s/edges.tsv", "#source target type f0\na b likes 1\nb c hates 3\n");
    support_write("s/nodes.tsv", "a\tA\nb\tB\nc\tC\n");
    support_write("s/features.tsv", "a\tx y:2\nb\tx\n");
    snprintf(path, sizeof path, "%s", support_path("s"));
    ck_assert_int_gt(support_starve(read_all, path), 20);
}
END_TEST

TESTS("data/directory", 20, reads_a_whole_directory, numbers_strings_by_first_appearance,
      string_mode_keeps_numbers_as_text, labels_reach_isolated_nodes,
      nodes_file_gives_rows_and_titles, header_names_weight_type_and_features,
      header_without_a_mark_is_no_edge, comments_can_be_turned_off,
      duplicates_are_dropped_or_summed, unknown_readers_are_named,
      survives_failing_allocations)
