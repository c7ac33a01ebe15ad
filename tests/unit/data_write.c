/* What is written can be read again; what cannot be written leaves nothing behind. */
#include "support/support.h"

#include <datasets/generate.h>
#include <datasets/write.h>
#include <math.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "write/file.h"

/* ---- numbers ---- */

START_TEST(floats_read_back_equal) {
    char text[32];
    for (uint64_t i = 0; i < 300000; i++) {
        uint32_t bits = (uint32_t)support_bits(1, i);
        float x;
        memcpy(&x, &bits, sizeof x);
        if (i % 2)
            x = (float)((double)(int32_t)bits / 0x1p31 * pow(10, (double)(i % 14) - 6));
        if (!isfinite(x)) continue;
        size_t n = data_i_format_f32(x, text);
        ck_assert_uint_eq(strlen(text), n);
        ck_assert_msg(strtof(text, NULL) == x, "%a as %s", (double)x, text);
    }
}
END_TEST

START_TEST(short_numbers_stay_short) {
    const struct {
        float x;
        const char *text;
    } cases[] = {{0, "0"},
                 {1, "1"},
                 {-2.5f, "-2.5"},
                 {0.1f, "0.1"},
                 {100000, "100000"},
                 {999999, "999999"},
                 {0.00025f, "0.00025"},
                 {123.456f, "123.456"},
                 {1e-7f, "1e-07"},
                 {1e30f, "1e+30"},
                 {0.999999f, "0.999999"}};
    char text[32];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        data_i_format_f32(cases[i].x, text);
        ck_assert_str_eq(text, cases[i].text);
    }
    data_i_format_f64(0.1, text);
    ck_assert_str_eq(text, "0.1");
    data_i_format_f64(1.0 / 3, text);
    ck_assert(strtod(text, NULL) == 1.0 / 3);
}
END_TEST

/* ---- tables ---- */

static gnn_tensor *make_tensor(gnn_dtype dtype, int64_t rows, int64_t columns) {
    gnn_tensor *x;
    ck_assert_ok(gnn_tensor_new(dtype, GNN_AXIS_FREE, 2, (int64_t[]){rows, columns}, &x));
    return x;
}

START_TEST(npy_header_and_data) {
    size_t size;
    gnn_tensor *x = make_tensor(GNN_F32, 3, 2);
    for (int i = 0; i < 6; i++) ((float *)x->data)[i] = (float)i / 2;
    const char *path = support_path("x.npy");
    ck_assert_ok(data_write_npy(path, x));
    char *bytes = support_read(path, &size);
    ck_assert_same_bytes(bytes, "\x93NUMPY\1\0", 8);
    size_t header = (unsigned char)bytes[8] + 256u * (unsigned char)bytes[9];
    ck_assert_uint_eq((10 + header) % 64, 0);
    ck_assert_int_eq(bytes[9 + header], '\n');
    ck_assert_ptr_nonnull(strstr(
        bytes + 10, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"));
    ck_assert_uint_eq(size, 10 + header + 24);
    ck_assert_same_bytes(bytes + 10 + header, x->data, 24);
    free(bytes);
    gnn_tensor_free(x);
    ck_assert_ok(gnn_tensor_new(GNN_I64, GNN_AXIS_FREE, 1, (int64_t[]){2}, &x));
    ck_assert_ok(data_write_npy(path, x));
    bytes = support_read(path, &size);
    ck_assert_ptr_nonnull(
        strstr(bytes + 10, "'<i8', 'fortran_order': False, 'shape': (2,), }"));
    free(bytes);
    gnn_tensor_free(x);
}
END_TEST

START_TEST(tables_as_text) {
    size_t size;
    gnn_names *names;
    int64_t row;
    ck_assert_ok(gnn_names_new(&names));
    ck_assert_ok(gnn_names_add(names, "a b", 3, &row));
    ck_assert_ok(gnn_names_add(names, "c", 1, &row));
    gnn_tensor *x = make_tensor(GNN_REAL, 2, 2);
    memcpy(x->data, (gnn_real[]){1, 0.5f, -3, 0}, 4 * sizeof(gnn_real));
    ck_assert_ok(data_write_tsv(support_path("x.tsv"), names, x));
    char *text = support_read(support_path("x.tsv"), &size);
    ck_assert_str_eq(text, "a b\t1\t0.5\nc\t-3\t0\n");
    free(text);
    ck_assert_ok(data_write_tsv(support_path("x.tsv"), NULL, x));
    text = support_read(support_path("x.tsv"), &size);
    ck_assert_str_eq(text, "1\t0.5\n-3\t0\n");
    free(text);
    ck_assert_ok(data_write_word2vec(support_path("x.txt"), names, x));
    text = support_read(support_path("x.txt"), &size);
    ck_assert_str_eq(text, "2 2\na_b 1 0.5\nc -3 0\n");
    free(text);
    gnn_tensor_free(x);

    const gnn_off row_ptr[] = {0, 2, 2};
    const gnn_id col[] = {1, 3};
    const gnn_real value[] = {2, 0.25f};
    ck_assert_ok(gnn_tensor_new_sparse(GNN_AXIS_FREE, 2, 4, row_ptr, col, value, &x));
    ck_assert_ok(data_write_tsv(support_path("x.tsv"), names, x));
    text = support_read(support_path("x.tsv"), &size);
    ck_assert_str_eq(text, "a b\t1:2 3:0.25\nc\t\n");
    free(text);
    ck_assert_ok(data_write_npy(support_path("x.npy"), x));
    text = support_read(support_path("x.npy"), &size);
    ck_assert_same_bytes(text + size - 8 * sizeof(gnn_real),
                         ((gnn_real[]){0, 2, 0, 0.25f, 0, 0, 0, 0}),
                         8 * sizeof(gnn_real));
    free(text);
    gnn_tensor_free(x);
    gnn_names_free(names);
}
END_TEST

/* ---- directories ---- */

/* Read what `spec` names, write it, read that: the same fingerprint and split. */
static void check_round_trip(const char *spec, data_options options) {
    data_nodes first, second;
    static int n;
    char name[16], folder[300];
    snprintf(name, sizeof name, "out%d", n++);
    snprintf(folder, sizeof folder, "%s", support_path(name));
    ck_assert_ok(data_nodes_read(spec, &options, &first));
    ck_assert_ok(data_write_directory(folder, &first));
    data_options again = {.directed = options.directed,
                          .ids = options.ids,
                          .task = options.task,
                          .normalize = options.normalize};
    ck_assert_ok(data_nodes_read(folder, &again, &second));
    ck_assert_msg(first.fingerprint == second.fingerprint, "%s changed", spec);
    if (first.titles != NULL)
        ck_assert_str_eq(data_texts_get(first.titles, 0),
                         data_texts_get(second.titles, 0));
    data_nodes_clear(&first);
    data_nodes_clear(&second);
}

START_TEST(directories_read_back) {
    char spec[300];
    support_write("a/edges.tsv", "0\t1\n1\t2\n2\t2\n");
    support_write("a/features.tsv", "0\t0:1 2:3\n1\t1:2\n2\t\n3\t2:.125\n");
    support_write("a/labels.tsv", "0\tred\n1\tdark blue\n2\t-1\n");
    support_write("a/split.tsv", "0\ttrain\n1\tval\n3\ttest\n");
    snprintf(spec, sizeof spec, "%s", support_path("a"));
    check_round_trip(spec, (data_options){0});
    check_round_trip(spec, (data_options){.directed = true});

    support_write("b/edges.tsv", "#source target weight type f0 f1\n"
                                 "x y 1.5 t 1 2\nz y 0.1 u 3 4\nz x -2 t 5 6.25\n");
    support_write("b/nodes.tsv", "z\tLast\nx\tThe x\nw\ny\n");
    support_write("b/features.tsv", "z\t1.5\t2\nx\t-1\t0\ny\t0.1\t1e-9\nw\t0\t0\n");
    support_write("b/labels.tsv", "x\ta,b\ny\t,\nz\tb\n");
    snprintf(spec, sizeof spec, "%s", support_path("b"));
    check_round_trip(spec,
                     (data_options){.task = DATA_TASK_MULTILABEL, .normalize = "none"});
    check_round_trip(spec, (data_options){.task = DATA_TASK_MULTILABEL,
                                          .directed = true,
                                          .normalize = "none"});

    support_write("c/edges.tsv", "b\ta\n");
    support_write("c/features.tsv", "b\tw:1 w2:3 a:b:2\na\tw\n");
    support_write("c/labels.tsv", "a\t1.5\t-1\nb\t0.1\t2\n");
    snprintf(spec, sizeof spec, "%s", support_path("c"));
    check_round_trip(spec, (data_options){.task = DATA_TASK_REGRESS});

    /* An isolated last node must not be lost. */
    support_write("d/edges.tsv", "0\t1\n");
    support_write("d/nodes.tsv", "0\n1\n2\n");
    snprintf(spec, sizeof spec, "%s", support_path("d"));
    check_round_trip(spec, (data_options){0});
}
END_TEST

/* The values of features, dense; the caller frees them. */
static gnn_real *values_of(const gnn_tensor *x) {
    size_t bytes = (size_t)gnn_tensor_count(x) * sizeof(gnn_real);
    gnn_tensor *dense = NULL;
    if (x->layout == GNN_SPARSE) ck_assert_ok(gnn_tensor_to_dense(x, &dense));
    gnn_real *values = malloc(bytes);
    ck_assert_ptr_nonnull(values);
    memcpy(values, dense ? dense->data : x->data, bytes);
    gnn_tensor_free(dense);
    return values;
}

/* Features that were made are written, too, and read back as the same numbers. */
START_TEST(made_features_read_back) {
    static const char *const kinds[] = {"degree", "onehot", "random:3"};
    support_write("m/edges.tsv", "a\tb\nb\tc\nb\td\n");
    for (int i = 0; i < 3; i++) {
        data_nodes first, second;
        char folder[300], name[16];
        data_options options = {.features = kinds[i], .seed = 3};
        snprintf(name, sizeof name, "made%d", i);
        snprintf(folder, sizeof folder, "%s", support_path(name));
        ck_assert_ok(data_nodes_read(support_path("m"), &options, &first));
        ck_assert_ok(data_write_directory(folder, &first));
        ck_assert_ok(data_nodes_read(folder, NULL, &second));
        ck_assert_ptr_nonnull(second.features);
        ck_assert_int_eq(first.features->shape[1], second.features->shape[1]);
        gnn_real *x = values_of(first.features), *y = values_of(second.features);
        ck_assert_same_bytes(x, y,
                             (size_t)gnn_tensor_count(first.features) * sizeof(gnn_real));
        free(x);
        free(y);
        data_nodes_clear(&first);
        data_nodes_clear(&second);
    }
}
END_TEST

START_TEST(data_are_not_overwritten) {
    data_nodes nodes;
    support_write("a/edges.tsv", "0\t1\n");
    ck_assert_ok(data_nodes_read(support_path("a"), NULL, &nodes));
    ck_assert_fails(data_write_directory(support_path("a"), &nodes), GNN_ERR_OUTPUT,
                    "edges.tsv: exists already");
    ck_assert_fails(data_write_directory(support_write("file", ""), &nodes),
                    GNN_ERR_OUTPUT, "is no directory");
    ck_assert_fails(data_write_directory(support_path("no/such/place"), &nodes),
                    GNN_ERR_OUTPUT, "No such file");
    data_nodes_clear(&nodes);
    ck_assert_ok(data_nodes_read(support_write("e.tsv", "a\tb\nb\t#c\n"),
                                 &(data_options){.comment = ""}, &nodes));
    ck_assert_fails(data_write_directory(support_path("new"), &nodes), GNN_ERR_OUTPUT,
                    "node id '#c' would be read as a comment");
    ck_assert_int_eq(support_count_entries(support_path("new")), -1);
    data_nodes_clear(&nodes);
}
END_TEST

/* ---- failures ---- */

START_TEST(failures_leave_what_was_there) {
    gnn_tensor *x = make_tensor(GNN_REAL, 100, 100);
    size_t size;
    ck_assert_fails(data_write_npy(support_path("none/x.npy"), x), GNN_ERR_OUTPUT,
                    "none/x.npy");
    ck_assert_fails(data_write_npy("/dev/full", x), GNN_ERR_OUTPUT,
                    "/dev/full: No space");
    ck_assert_ok(data_write_npy("/dev/null", x));
    struct stat about;
    ck_assert_int_eq(stat("/dev/null", &about), 0);
    ck_assert(S_ISCHR(about.st_mode));

    support_write("f/x.npy", "before");
    ck_assert_int_eq(mkdir(support_path("f/folder"), 0700), 0);
    ck_assert_fails(data_write_npy(support_path("f/folder"), x), GNN_ERR_OUTPUT,
                    "f/folder");
    gnn_i_alloc_fail_after(0);
    gnn_status status = data_write_npy(support_path("f/x.npy"), x);
    gnn_i_alloc_fail_after(-1);
    ck_assert_int_eq(status, GNN_ERR_MEMORY);
    char *text = support_read(support_path("f/x.npy"), &size);
    ck_assert_str_eq(text, "before");
    free(text);
    ck_assert_int_eq(support_count_entries(support_path("f")), 2);
    ck_assert_ok(data_write_npy(support_path("f/x.npy"), x));
    ck_assert_int_eq(support_count_entries(support_path("f")), 2);
    gnn_tensor_free(x);
}
END_TEST

TESTS("data/write", 30, floats_read_back_equal, short_numbers_stay_short,
      npy_header_and_data, tables_as_text, directories_read_back, made_features_read_back,
      data_are_not_overwritten, failures_leave_what_was_there)
