/* Features: the three kinds of tables, .npy, what is made, how they are scaled, and how
 * another data set follows the first one's layout. */
#include "support/support.h"

#include <datasets/datasets.h>
#include <math.h>
#include <stdio.h>

#include "core/alloc.h"
#include "support/compress.h"

static const char *const edges = "0\t1\n1\t2\n2\t0\n";

/* Read a graph of three nodes with the features of a file of that name and content. */
static gnn_status read_with(const char *name, const void *data, size_t size,
                            data_options options, data_nodes *nodes) {
    char path[300];
    snprintf(path, sizeof path, "%s", support_write_bytes(name, data, size));
    options.features = path;
    return data_nodes_read(support_write("e.tsv", edges), &options, nodes);
}

static gnn_status read_text(const char *text, data_options options, data_nodes *nodes) {
    return read_with("f.tsv", text, strlen(text), options, nodes);
}

/* Compare with a dense matrix, whatever the layout. */
static void check_matrix(const gnn_tensor *x, int64_t rows, int64_t columns,
                         const gnn_real *want) {
    ck_assert_ptr_nonnull(x);
    ck_assert_int_eq(x->axis, GNN_AXIS_NODE);
    ck_assert_int_eq(x->shape[0], rows);
    ck_assert_int_eq(x->shape[1], columns);
    gnn_tensor *dense = NULL;
    if (x->layout == GNN_SPARSE) ck_assert_ok(gnn_tensor_to_dense(x, &dense));
    ck_assert_close(gnn_tensor_real(dense ? dense : x), want, rows * columns, 1e-6, 1e-7);
    gnn_tensor_free(dense);
}

static const data_options as_is = {.normalize = "none"};

START_TEST(sparse_numbers) {
    data_nodes nodes;
    const gnn_real want[] = {0, 0.5f, 0, -2, 0, 0, 0, 0, 1e-3f, 0, 0, 7};
    /* Any order of lines and indices; zeros are not stored. */
    ck_assert_ok(read_text("2\t3:7 0:1e-3 1:0\n0\t3:-2  1:.5\n1\t\n", as_is, &nodes));
    check_matrix(nodes.features, 3, 4, want);
    ck_assert_int_eq(gnn_tensor_n_stored(nodes.features), 4);
    ck_assert_ptr_null(nodes.vocabulary);
    data_nodes_clear(&nodes);
    /* Blanks instead of tabs, the first node without features. */
    ck_assert_ok(read_text("1\n0 3:-2 1:.5\n2 0:1e-3 3:7\n", as_is, &nodes));
    check_matrix(nodes.features, 3, 4, want);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(words) {
    data_nodes nodes;
    ck_assert_ok(read_text("0\tgraph node graph\n1\ta:b:3.5\n2\tarc\n", as_is, &nodes));
    ck_assert_int_eq(gnn_names_find(nodes.vocabulary, "graph", 5), 0);
    ck_assert_int_eq(gnn_names_find(nodes.vocabulary, "node", 4), 1);
    ck_assert_int_eq(gnn_names_find(nodes.vocabulary, "a:b", 3), 2);
    ck_assert_int_eq(gnn_names_find(nodes.vocabulary, "arc", 3), 3);
    const gnn_real all[] = {2, 1, 0, 0, 0, 0, 3.5f, 0, 0, 0, 0, 1};
    check_matrix(nodes.features, 3, 4, all);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(dense_numbers) {
    data_nodes nodes;
    const gnn_real want[] = {1, 2.5f, -3, 0, 4, 5};
    ck_assert_ok(read_text("0\t1\t2.5\n2\t4\t5\n1\t-3\t0\n", (data_options){0}, &nodes));
    ck_assert_int_eq(nodes.features->layout, GNN_DENSE);
    ck_assert(nodes.features->is_constant);
    ck_assert_str_eq(nodes.normalize, "none");
    check_matrix(nodes.features, 3, 2, want);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(many_lines_in_parallel) {
    /* 60,000 nodes, read on one and three threads, plain and compressed. */
    enum { N = 60000 };
    size_t size = 0;
    char *text = malloc(N * 40), path[300], f[300];
    for (int i = N - 1; i >= 0; i--)
        size +=
            (size_t)sprintf(text + size, "%d\t%d:%d %d:1.5\n", i, i % 97, i, 97 + i % 5);
    snprintf(f, sizeof f, "%s", support_write_bytes("f.tsv", text, size));
    char edge[32];
    snprintf(edge, sizeof edge, "0 %d\n", N - 1);
    snprintf(path, sizeof path, "%s", support_write("e.tsv", edge));
    data_options options = {.features = f, .normalize = "none"};
    uint64_t fingerprint = 0;
    for (int how = 0; how < 3; how++) {
        data_nodes nodes;
        options.n_threads = how == 0 ? 1 : 3;
        if (how == 2)
            snprintf(f, sizeof f, "%s", support_write_gzip("f.tsv.gz", text, size));
        ck_assert_ok(data_nodes_read(path, &options, &nodes));
        ck_assert_int_eq(nodes.features->shape[1], 102);
        const gnn_sparse *s = nodes.features->sparse;
        /* Node 97 has a zero, which is not stored. */
        for (int i = 1; i < N; i++) {
            gnn_off k = s->row_ptr[i];
            ck_assert_int_eq(s->row_ptr[i + 1] - k, 2);
            ck_assert_int_eq(s->col[k], i % 97);
            ck_assert(s->value[k] == (gnn_real)i);
        }
        if (how > 0) ck_assert_uint_eq(nodes.fingerprint, fingerprint);
        fingerprint = nodes.fingerprint;
        data_nodes_clear(&nodes);
    }
    free(text);
}
END_TEST

/* ---- .npy ---- */

/* A version 1 file of type `descr` with the data given. Returns its size. */
static size_t make_npy(char *out, int version, const char *descr, const char *order,
                       const char *shape, const void *data, size_t size) {
    char header[128];
    int n = snprintf(header, sizeof header,
                     "{'descr': '%s', 'fortran_order': %s, 'shape': %s, }\n", descr,
                     order, shape);
    memcpy(out, "\x93NUMPY", 6);
    out[6] = (char)version;
    out[7] = 0;
    size_t at = 8;
    for (int i = 0; i < (version == 1 ? 2 : 4); i++)
        out[at++] = (char)(n >> (8 * i) & 255);
    memcpy(out + at, header, (size_t)n);
    memcpy(out + at + n, data, size);
    return at + (size_t)n + size;
}

START_TEST(npy_of_every_type) {
    const float f4[] = {1, 2, 3, 4, 5, 6};
    const double f8[] = {1, 2, 3, 4, 5, 6};
    const int8_t i1[] = {1, 2, 3, 4, 5, 6};
    const int16_t i2[] = {1, 2, 3, 4, 5, 6};
    const int32_t i4[] = {1, 2, 3, 4, 5, 6};
    const int64_t i8[] = {1, 2, 3, 4, 5, 6};
    const uint32_t u4[] = {1, 2, 3, 4, 5, 6};
    const struct {
        const char *descr;
        const void *data;
        size_t size;
    } types[] = {
        {"<f4", f4, sizeof f4}, {"<f8", f8, sizeof f8}, {"|i1", i1, sizeof i1},
        {"<i2", i2, sizeof i2}, {"<i4", i4, sizeof i4}, {"<i8", i8, sizeof i8},
        {"|u1", i1, sizeof i1}, {"<u2", i2, sizeof i2}, {"<u4", u4, sizeof u4},
    };
    const gnn_real by_row[] = {1, 2, 3, 4, 5, 6}, by_column[] = {1, 4, 2, 5, 3, 6};
    char bytes[512];
    data_nodes nodes;
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        for (int how = 0; how < 4; how++) {
            bool fortran = how & 1;
            size_t n = make_npy(bytes, how < 2 ? 1 : 2, types[i].descr,
                                fortran ? "True" : "False", "(3, 2)", types[i].data,
                                types[i].size);
            ck_assert_ok(read_with("f.npy", bytes, n, as_is, &nodes));
            check_matrix(nodes.features, 3, 2, fortran ? by_column : by_row);
            data_nodes_clear(&nodes);
        }
}
END_TEST

START_TEST(npy_truth_values_vectors_and_compression) {
    char bytes[512];
    data_nodes nodes;
    const char truth[] = {0, 1, 1};
    size_t n = make_npy(bytes, 1, "|b1", "False", "(3,)", truth, 3);
    ck_assert_ok(read_with("f.npy", bytes, n, as_is, &nodes));
    check_matrix(nodes.features, 3, 1, (gnn_real[]){0, 1, 1});
    data_nodes_clear(&nodes);

    char path[300];
    snprintf(path, sizeof path, "%s", support_write_gzip("f.npy.gz", bytes, n));
    data_options options = {.features = path};
    ck_assert_ok(data_nodes_read(support_write("e.tsv", edges), &options, &nodes));
    check_matrix(nodes.features, 3, 1, (gnn_real[]){0, 1, 1});
    data_nodes_clear(&nodes);

    const float bad[] = {0, NAN, 1};
    n = make_npy(bytes, 1, "<f4", "False", "(3,)", bad, sizeof bad);
    ck_assert_fails(read_with("f.npy", bytes, n, as_is, &nodes), GNN_ERR_INPUT,
                    "f.npy: row 1, column 0");
    n = make_npy(bytes, 1, "|b1", "False", "(2,)", truth, 3);
    ck_assert_fails(read_with("f.npy", bytes, n, as_is, &nodes), GNN_ERR_INPUT,
                    "e.tsv:2:");
    n = make_npy(bytes, 1, "|b1", "False", "(3,)", truth, 3);
    bytes[n] = 0;
    ck_assert_fails(read_with("f.npy", bytes, n + 1, as_is, &nodes), GNN_ERR_INPUT,
                    "bytes behind the data");
}
END_TEST

START_TEST(edge_features_follow_the_lines) {
    char bytes[512];
    data_nodes nodes;
    const float rows[] = {1, 2, 3, 4};
    size_t n = make_npy(bytes, 1, "<f4", "False", "(4, 1)", rows, sizeof rows);
    support_write("d/edges.tsv", "2\t0\n# c\n0\t1\n0\t1\n1\t2\n");
    support_write_bytes("d/edge_features.npy", bytes, n);
    ck_assert_ok(data_nodes_read(support_path("d"), NULL, &nodes));
    /* Rows 0: 1, 2; 1: 0, 2; 2: 0, 1. Of a pair listed twice the first line counts. */
    const gnn_real want[] = {2, 1, 2, 4, 1, 4};
    const gnn_tensor *arcs = gnn_graph_tensor(nodes.graph, GNN_AXIS_ARC, "features");
    ck_assert_int_eq(arcs->shape[0], 6);
    ck_assert_close(gnn_tensor_real(arcs), want, 6, 0, 0);
    data_nodes_clear(&nodes);
}
END_TEST

/* ---- made ---- */

START_TEST(degrees) {
    data_nodes nodes;
    data_options options = {.features = "degree"};
    /* A star of 40 leaves and an isolated node. */
    char text[1024];
    size_t n = 0;
    for (int i = 1; i <= 40; i++) n += (size_t)sprintf(text + n, "0 %d\n", i);
    options.labels = support_write("l.tsv", "41\tx\n");
    ck_assert_ok(data_nodes_read(support_write("e.tsv", text), &options, &nodes));
    ck_assert_str_eq(nodes.feature_kind, "degree");
    ck_assert_str_eq(nodes.normalize, "none");
    ck_assert_int_eq(nodes.features->shape[1], 33);
    const gnn_sparse *s = nodes.features->sparse;
    const gnn_real centre = (gnn_real)(log(41) / 10), leaf = (gnn_real)(log(2) / 10);
    ck_assert_close(&s->value[0], &centre, 1, 1e-6, 0);
    ck_assert_int_eq(s->col[1], 1 + 16 + 1); /* 32 .. 63 */
    ck_assert_close(&s->value[2], &leaf, 1, 1e-6, 0);
    ck_assert_int_eq(s->col[3], 1 + 1);
    ck_assert_int_eq(s->col[2 * 41 + 1], 1); /* degree 0 */
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(one_column_a_node) {
    data_nodes nodes;
    data_options options = {.features = "onehot"};
    ck_assert_ok(data_nodes_read(support_write("e.tsv", edges), &options, &nodes));
    check_matrix(nodes.features, 3, 3, (gnn_real[]){1, 0, 0, 0, 1, 0, 0, 0, 1});
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(random_numbers_by_seed) {
    data_nodes one, two;
    char text[64];
    snprintf(text, sizeof text, "0 %d\n", 4999);
    data_options options = {.features = "random:16", .seed = 3, .n_threads = 1};
    const char *path = support_write("e.tsv", text);
    ck_assert_ok(data_nodes_read(path, &options, &one));
    options.n_threads = 3;
    ck_assert_ok(data_nodes_read(path, &options, &two));
    size_t n = 5000 * 16;
    const gnn_real *x = gnn_tensor_real(one.features);
    ck_assert_same_bytes(x, gnn_tensor_real(two.features), n * sizeof *x);
    data_nodes_clear(&two);
    options.seed = 4;
    ck_assert_ok(data_nodes_read(path, &options, &two));
    ck_assert(memcmp(x, gnn_tensor_real(two.features), n * sizeof *x) != 0);
    double sum = 0, square = 0;
    for (size_t i = 0; i < n; i++) {
        sum += (double)x[i];
        square += (double)x[i] * (double)x[i];
    }
    /* Mean 0 and variance 1/16, to five standard errors. */
    ck_assert(fabs(sum / (double)n) < 5 * 0.25 / sqrt((double)n));
    ck_assert(fabs(square / (double)n * 16 - 1) < 5 * sqrt(2 / (double)n));
    data_nodes_clear(&one);
    data_nodes_clear(&two);
}
END_TEST

/* ---- scaled ---- */

START_TEST(scaling) {
    data_nodes nodes;
    const char *sparse = "0\t0:3 1:1\n1\t\n2\t1:4\n",
               *dense = "0\t3\t-1\n1\t1\t-1\n2\t2\t-1\n";
    ck_assert_ok(read_text(sparse, (data_options){0}, &nodes));
    ck_assert_str_eq(nodes.normalize, "rows");
    check_matrix(nodes.features, 3, 2, (gnn_real[]){.75f, .25f, 0, 0, 0, 1});
    data_nodes_clear(&nodes);

    ck_assert_ok(read_text("0\t0:3 1:-1\n2\t\n", (data_options){0}, &nodes));
    ck_assert_str_eq(nodes.normalize, "none");
    data_nodes_clear(&nodes);

    ck_assert_ok(read_text(dense, (data_options){.normalize = "l2"}, &nodes));
    const gnn_real s10 = (gnn_real)sqrt(10), s2 = (gnn_real)sqrt(2),
                   s5 = (gnn_real)sqrt(5);
    check_matrix(nodes.features, 3, 2,
                 (gnn_real[]){3 / s10, -1 / s10, 1 / s2, -1 / s2, 2 / s5, -1 / s5});
    data_nodes_clear(&nodes);

    /* The second column is constant: shifted only. */
    ck_assert_ok(read_text(dense, (data_options){.normalize = "standard"}, &nodes));
    const gnn_real deviation = (gnn_real)sqrt(2.0 / 3);
    check_matrix(nodes.features, 3, 2,
                 (gnn_real[]){1 / deviation, 0, -1 / deviation, 0, 0, 0});
    ck_assert_close(nodes.mean, ((gnn_real[]){2, -1}), 2, 1e-6, 0);
    ck_assert_close(nodes.deviation, ((gnn_real[]){deviation, 1}), 2, 1e-6, 0);
    data_nodes_clear(&nodes);

    ck_assert_ok(read_text(sparse, (data_options){.normalize = "standard"}, &nodes));
    ck_assert_int_eq(nodes.features->layout, GNN_DENSE);
    ck_assert_close(nodes.mean, ((gnn_real[]){1, 5.0f / 3}), 2, 1e-6, 0);
    data_nodes_clear(&nodes);
}
END_TEST

/* ---- alike ---- */

START_TEST(another_data_set_follows_the_schema) {
    data_nodes first, second;
    data_schema schema;
    data_options options = {.schema = &schema};
    ck_assert_ok(read_text("0\tx y\n1\ty\n2\tz\n", (data_options){0}, &first));
    data_nodes_schema(&first, &schema);
    ck_assert_int_eq(schema.n_features, 3);
    /* Unknown words are dropped before rows are scaled. */
    ck_assert_ok(read_text("0\tz new x\n1\tnew\n2\ty\n", options, &second));
    check_matrix(second.features, 3, 3, (gnn_real[]){.5f, 0, .5f, 0, 0, 0, 0, 1, 0});
    ck_assert_int_eq(gnn_names_count(second.vocabulary), 3);
    data_nodes_clear(&second);
    data_nodes_clear(&first);

    ck_assert_ok(read_text("0\t0:1\n1\t4:1\n2\t\n", (data_options){0}, &first));
    data_nodes_schema(&first, &schema);
    ck_assert_ok(read_text("0\t1:2\n1\t\n2\t\n", options, &second));
    ck_assert_int_eq(second.features->shape[1], 5);
    data_nodes_clear(&second);
    ck_assert_fails(read_text("0\t1:2\n1\t5:1\n2\t\n", options, &second), GNN_ERR_INPUT,
                    "f.tsv:2: feature index 5 is past the 5 columns");
    ck_assert_fails(read_text("0\t1\t2\n", options, &second), GNN_ERR_INPUT,
                    "2 feature values, expected 5");
    ck_assert_fails(read_text("0\tword\n", options, &second), GNN_ERR_INPUT,
                    "the model's columns are numbers");
    ck_assert_fails(data_nodes_read(support_write("e.tsv", edges), &options, &second),
                    GNN_ERR_INPUT, "no features, but the model was trained with some");
    data_nodes_clear(&first);
}
END_TEST

START_TEST(statistics_are_applied_again) {
    data_nodes first, second;
    data_schema schema;
    ck_assert_ok(
        read_text("0\t1\n1\t2\n2\t6\n", (data_options){.normalize = "standard"}, &first));
    data_nodes_schema(&first, &schema);
    ck_assert_ok(
        read_text("0\t3\n1\t3\n2\t4\n", (data_options){.schema = &schema}, &second));
    const gnn_real d = first.deviation[0];
    check_matrix(second.features, 3, 1, (gnn_real[]){0, 0, 1 / d});
    ck_assert_str_eq(second.normalize, "standard");
    data_nodes_clear(&first);
    data_nodes_clear(&second);
}
END_TEST

START_TEST(made_features_are_made_again) {
    data_nodes first, second;
    data_schema schema;
    data_options options = {.features = "degree"};
    const char *path = support_write("e.tsv", edges);
    ck_assert_ok(data_nodes_read(path, &options, &first));
    data_nodes_schema(&first, &schema);
    options = (data_options){.schema = &schema};
    ck_assert_ok(data_nodes_read(support_write("o.tsv", "0 1\n"), &options, &second));
    ck_assert_str_eq(second.feature_kind, "degree");
    ck_assert_int_eq(second.features->shape[1], first.features->shape[1]);
    data_nodes_clear(&first);
    data_nodes_clear(&second);

    options = (data_options){.features = "onehot"};
    ck_assert_ok(data_nodes_read(support_write("e.tsv", edges), &options, &first));
    data_nodes_schema(&first, &schema);
    options = (data_options){.schema = &schema};
    ck_assert_fails(data_nodes_read(support_write("o.tsv", "0 1\n"), &options, &second),
                    GNN_ERR_INPUT, "onehot features have 2 columns here, expected the 3");
    data_nodes_clear(&first);
}
END_TEST

static gnn_status read_words(void *argument) {
    data_nodes nodes;
    data_options options = {.features = argument, .normalize = "standard"};
    gnn_status status = data_nodes_read(support_path("e.tsv"), &options, &nodes);
    if (status == GNN_OK) data_nodes_clear(&nodes);
    return status;
}

START_TEST(survives_failing_allocations) {
    char path[300];
    support_write("e.tsv", edges);
    snprintf(path, sizeof path, "%s", support_write("f.tsv", "0\tx y\n1\ty\n2\tz\n"));
    ck_assert_int_gt(support_starve(read_words, path), 20);
    char bytes[512];
    const float rows[] = {1, 2, 3};
    size_t n = make_npy(bytes, 1, "<f4", "False", "(3, 1)", rows, sizeof rows);
    snprintf(path, sizeof path, "%s", support_write_bytes("f.npy", bytes, n));
    ck_assert_int_gt(support_starve(read_words, path), 10);
    char made[] = "random:3";
    ck_assert_int_gt(support_starve(read_words, made), 10);
}
END_TEST

TESTS("data/features", 30, sparse_numbers, words, dense_numbers, many_lines_in_parallel,
      npy_of_every_type, npy_truth_values_vectors_and_compression,
      edge_features_follow_the_lines, degrees, one_column_a_node, random_numbers_by_seed,
      scaling, another_data_set_follows_the_schema, statistics_are_applied_again,
      made_features_are_made_again, survives_failing_allocations)
