/* The edge reader against a naive one, on files that are large enough for many chunks;
 * and the same file written in other ways. */
#include "support/support.h"

#include <datasets/datasets.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/alloc.h"
#include "support/compress.h"
#include "text/edges.h"

/* ---- files ---- */

typedef struct text {
    char *bytes;
    size_t size, capacity;
} text;

static void put(text *t, const char *format, ...) GNN_PRINTF(2, 3);

static void put(text *t, const char *format, ...) {
    va_list arguments;
    if (t->capacity - t->size < 256) {
        t->capacity = 2 * t->capacity + 1024;
        t->bytes = realloc(t->bytes, t->capacity);
    }
    va_start(arguments, format);
    t->size += (size_t)vsnprintf(t->bytes + t->size, 256, format, arguments);
    va_end(arguments);
}

/* What a random file is like. */
typedef struct recipe {
    int64_t n_edges, n_nodes;
    bool strings, weights, comments, crlf, blanks;
    uint64_t seed;
} recipe;

static void put_id(text *t, const recipe *r, int64_t id) {
    if (r->strings)
        put(t, "%s%" PRId64, id % 3 ? "n" : "\xc3\xa9-", id * 7919);
    else
        put(t, "%" PRId64, id);
}

static text make_file(const recipe *r) {
    text t = {0};
    for (int64_t i = 0; i < r->n_edges; i++) {
        uint64_t at = (uint64_t)i;
        if (r->comments && support_below(r->seed + 1, at, 10) == 0)
            put(&t, "# 1\t2 %" PRId64 "%s", i, r->crlf ? "\r\n" : "\n");
        if (r->comments && support_below(r->seed + 2, at, 10) == 0) put(&t, "\n");
        put_id(&t, r, support_below(r->seed + 3, at, r->n_nodes));
        put(&t, r->blanks ? (i % 5 ? " " : "  ") : "\t");
        put_id(&t, r, support_below(r->seed + 4, at, r->n_nodes));
        if (r->weights)
            put(&t, "%s%g", r->blanks ? " " : "\t",
                (double)support_below(r->seed + 5, at, 1000) / 8);
        put(&t, r->crlf ? "\r\n" : "\n");
    }
    return t;
}

/* ---- the naive reader ---- */

static void read_naively(const recipe *r, data_i_edges *edges, gnn_names **names) {
    int64_t row;
    *edges = (data_i_edges){.n = r->n_edges};
    edges->source = malloc((size_t)r->n_edges * sizeof *edges->source);
    edges->target = malloc((size_t)r->n_edges * sizeof *edges->target);
    edges->weight = malloc((size_t)r->n_edges * sizeof *edges->weight);
    ck_assert_ok(gnn_names_new(names));
    for (int64_t i = 0; i < r->n_edges; i++)
        for (int end = 0; end < 2; end++) {
            text t = {0};
            row = support_below(r->seed + 3 + (uint64_t)end, (uint64_t)i, r->n_nodes);
            if (r->strings) {
                put_id(&t, r, row);
                ck_assert_ok(gnn_names_add(*names, t.bytes, t.size, &row));
                free(t.bytes);
            }
            (end == 0 ? edges->source : edges->target)[i] = (gnn_id)row;
            edges->weight[i] =
                (gnn_real)support_below(r->seed + 5, (uint64_t)i, 1000) / 8;
        }
}

static void check_file(const recipe *r, const char *path, int n_threads) {
    data_options options = {.n_threads = n_threads};
    data_i_ids ids;
    data_i_edges got, want;
    gnn_names *names;
    ck_assert_ok(data_i_ids_init(&ids, &options));
    ck_assert_ok(data_i_edges_read(&got, path, &options, &ids));
    read_naively(r, &want, &names);
    size_t n = (size_t)want.n;
    ck_assert_int_eq(got.n, want.n);
    ck_assert_same_bytes(got.source, want.source, n * sizeof *got.source);
    ck_assert_same_bytes(got.target, want.target, n * sizeof *got.target);
    if (r->weights)
        ck_assert_same_bytes(got.weight, want.weight, n * sizeof *got.weight);
    else
        ck_assert_ptr_null(got.weight);
    if (r->strings) {
        ck_assert_int_eq(data_i_ids_count(&ids), gnn_names_count(names));
        for (int64_t i = 0; i < gnn_names_count(names); i++)
            ck_assert_str_eq(gnn_names_get(ids.names, i, NULL),
                             gnn_names_get(names, i, NULL));
    }
    data_i_edges_clear(&got);
    data_i_ids_clear(&ids);
    gnn_names_free(names);
    free(want.source);
    free(want.target);
    free(want.weight);
}

START_TEST(random_files) {
    for (uint64_t i = 0; i < 32; i++) {
        recipe r = {.n_edges = i < 28 ? 1 + support_below(9, i, 3000) : 120000,
                    .n_nodes = 1 + support_below(10, i, 5000),
                    .strings = i & 1,
                    .weights = i & 2,
                    .comments = i & 4,
                    .crlf = i & 8,
                    .blanks = i & 16,
                    .seed = 100 * i};
        text t = make_file(&r);
        check_file(&r, support_write_bytes("e.tsv", t.bytes, t.size), 1);
        check_file(&r, support_path("e.tsv"), 3);
        check_file(&r, support_write_gzip("e.tsv.gz", t.bytes, t.size), 2);
        check_file(&r, support_write_zstd("e.tsv.zst", t.bytes, t.size), 2);
        free(t.bytes);
    }
}
END_TEST

/* ---- one data set, written in several ways ---- */

static uint64_t fingerprint_of(const char *path, data_options options) {
    data_nodes nodes;
    ck_assert_ok(data_nodes_read(path, &options, &nodes));
    uint64_t fingerprint = nodes.fingerprint;
    data_nodes_clear(&nodes);
    return fingerprint;
}

START_TEST(the_same_by_any_way) {
    for (int strings = 0; strings < 2; strings++) {
        recipe r = {.n_edges = 60000, .n_nodes = 5000, .strings = strings, .seed = 5};
        text plain = make_file(&r);
        uint64_t want = fingerprint_of(
            support_write_bytes("e.tsv", plain.bytes, plain.size), (data_options){0});
        ck_assert_uint_eq(
            fingerprint_of(support_path("e.tsv"), (data_options){.n_threads = 1}), want);
        ck_assert_uint_eq(
            fingerprint_of(support_path("e.tsv"), (data_options){.n_threads = 4}), want);
        ck_assert_uint_eq(
            fingerprint_of(support_write_gzip("e.tsv.gz", plain.bytes, plain.size),
                           (data_options){0}),
            want);
        for (int how = 0; how < 3; how++) {
            recipe other = r;
            other.crlf = how == 0;
            other.comments = how == 1;
            other.blanks = how == 2;
            text t = make_file(&other);
            ck_assert_uint_eq(
                fingerprint_of(support_write_bytes("o.tsv", t.bytes, t.size),
                               (data_options){0}),
                want);
            free(t.bytes);
        }
        ck_assert_uint_ne(
            fingerprint_of(support_path("e.tsv"), (data_options){.directed = true}),
            want);
        free(plain.bytes);
    }
}
END_TEST

/* The first error of the file is the one reported, with its line, however many chunks
 * err. */
START_TEST(first_error_is_reported) {
    recipe r = {.n_edges = 100000, .n_nodes = 100, .comments = true, .seed = 6};
    text t = make_file(&r);
    int64_t line = 1;
    for (size_t i = 0; i < t.size / 3; i++) line += t.bytes[i] == '\n';
    for (size_t i = t.size / 3; i < t.size; i++) /* every line from the next one on */
        if (t.bytes[i - 1] == '\n' && t.bytes[i] != '#' && t.bytes[i] != '\n')
            t.bytes[i] = 'x';
    /* Comments and empty lines stay as they are. */
    const char *at = t.bytes + t.size / 3;
    while (*at != 'x' || at[-1] != '\n') line += *at++ == '\n';
    char want[80];
    snprintf(want, sizeof want, "e.tsv:%" PRId64 ": node id 'x", line);
    data_options options = {.ids = 1};
    for (options.n_threads = 1; options.n_threads < 4; options.n_threads++) {
        data_nodes nodes;
        ck_assert_fails(data_nodes_read(support_write_bytes("e.tsv", t.bytes, t.size),
                                        &options, &nodes),
                        GNN_ERR_INPUT, want);
    }
    free(t.bytes);
}
END_TEST

START_TEST(lines_are_found_again) {
    int64_t line;
    data_options options = {0};
    const char *path = support_write("e.tsv", "# c\nsource target\n\na b\n# d\nb c\n");
    ck_assert_ok(data_i_edges_line(path, &options, 0, &line));
    ck_assert_int_eq(line, 4);
    ck_assert_ok(data_i_edges_line(path, &options, 1, &line));
    ck_assert_int_eq(line, 6);
}
END_TEST

static int stop_at_once(void *user, const char *what, int64_t done, int64_t total) {
    (void)what;
    ck_assert_int_le(done, total);
    ++*(int *)user;
    return 1;
}

START_TEST(reading_can_be_cancelled) {
    int calls = 0;
    data_nodes nodes;
    data_options options = {.progress = stop_at_once, .progress_user = &calls};
    ck_assert_fails(data_nodes_read(support_write("e.tsv", "0 1\n"), &options, &nodes),
                    GNN_ERR_CANCELLED, "e.tsv");
    ck_assert_int_eq(calls, 1);
    ck_assert_int_eq(gnn_i_alloc_live(), 0);
}
END_TEST

TESTS("data/edges", 60, random_files, the_same_by_any_way, first_error_is_reported,
      lines_are_found_again, reading_can_be_cancelled)
