/* Files of named arrays: what is written is read, and reads as the format wants it. */
#include "support/support.h"

#include <gnn/safetensors.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "core/alloc.h"
#include "run/safetensors_layout.h"

#define PATH(name) support_own_path(__func__, name)
#define WRITE(name, text) support_own_write(__func__, name, text)
#define FOLDER PATH("")

static const double f64[] = {1.5, -2, 1e300};
static const float f32[] = {1, 2, 3, 4, 5, 6};
static const int64_t i64[] = {INT64_MIN, INT64_MAX};
static const uint64_t u64[] = {UINT64_MAX};
static const int32_t i32[] = {-1, 7};
static const uint16_t bf16[] = {0x3f80, 0xc000, 0x4040}; /* 1, -2, 3 */
static const uint8_t u8[] = {0, 1, 255, 3, 4};

/* In an order that the writer has to change for alignment. */
static const gnn_array arrays[] = {
    {.name = "bytes", .type = GNN_ARRAY_U8, .n_axes = 1, .shape = {5}, .data = u8},
    {.name = "layer.0/weight",
     .type = GNN_ARRAY_F32,
     .n_axes = 2,
     .shape = {2, 3},
     .data = f32},
    {.name = "half",
     .type = GNN_ARRAY_BF16,
     .n_axes = 3,
     .shape = {1, 3, 1},
     .data = bf16},
    {.name = "nothing",
     .type = GNN_ARRAY_F32,
     .n_axes = 2,
     .shape = {0, 7},
     .data = NULL},
    {.name = "big", .type = GNN_ARRAY_F64, .n_axes = 1, .shape = {3}, .data = f64},
    {.name = "seed", .type = GNN_ARRAY_U64, .n_axes = 0, .data = u64},
    {.name = "ids", .type = GNN_ARRAY_I32, .n_axes = 1, .shape = {2}, .data = i32},
    {.name = "long \"\\\n\x01 é",
     .type = GNN_ARRAY_I64,
     .n_axes = 1,
     .shape = {2},
     .data = i64},
};
enum { N = sizeof arrays / sizeof *arrays };
static const gnn_note notes[] = {{"kind", "a test"}, {"quoted", "\"\t\""}};

START_TEST(what_is_written_is_read) {
    const char *path = PATH("all.safetensors");
    gnn_safetensors *file;
    ck_assert_ok(gnn_safetensors_write(path, N, arrays, 2, notes));
    ck_assert_ok(gnn_safetensors_open(path, &file));
    ck_assert_str_eq(gnn_safetensors_path(file), path);
    ck_assert_int_eq(gnn_safetensors_count(file), N);
    for (int i = 0; i < N; i++) {
        const gnn_array *found = gnn_safetensors_find(file, arrays[i].name);
        ck_assert_ptr_nonnull(found);
        ck_assert_str_eq(found->name, arrays[i].name);
        ck_assert_int_eq(found->type, arrays[i].type);
        ck_assert_int_eq(found->n_axes, arrays[i].n_axes);
        for (int k = 0; k < arrays[i].n_axes; k++)
            ck_assert_int_eq(found->shape[k], arrays[i].shape[k]);
        size_t size = gnn_array_type_size(found->type);
        ck_assert_uint_eq((uintptr_t)found->data % size, 0);
        if (arrays[i].data != NULL)
            ck_assert_same_bytes(found->data, arrays[i].data,
                                 (size_t)gnn_array_count(found) * size);
    }
    ck_assert_ptr_null(gnn_safetensors_find(file, "absent"));
    ck_assert_ptr_null(gnn_safetensors_find(file, ""));
    ck_assert_ptr_null(gnn_safetensors_get(file, N));
    ck_assert_ptr_null(gnn_safetensors_get(file, -1));
    ck_assert_str_eq(gnn_safetensors_get(file, 0)->name, "big");
    ck_assert_str_eq(gnn_safetensors_note(file, "kind"), "a test");
    ck_assert_str_eq(gnn_safetensors_note(file, "quoted"), "\"\t\"");
    ck_assert_ptr_null(gnn_safetensors_note(file, "absent"));
    gnn_safetensors_free(file);
    gnn_safetensors_free(NULL);
}
END_TEST

/* The same bytes each time, and these: worked out by hand from the format. */
START_TEST(bytes_are_the_format) {
    static const gnn_array two[] = {
        {.name = "b", .type = GNN_ARRAY_U8, .n_axes = 1, .shape = {2}, .data = "xy"},
        {.name = "a", .type = GNN_ARRAY_I32, .n_axes = 1, .shape = {1}, .data = "ABCD"},
    };
    static const char want[] =
        "\xb8\0\0\0\0\0\0\0{\"__metadata__\":{\"k\":\"v\"},"
        "\"a\":{\"dtype\":\"I32\",\"shape\":[1],\"data_offsets\":[0,4]},"
        "\"b\":{\"dtype\":\"U8\",\"shape\":[2],\"data_offsets\":[4,6]}}"
        "                                                     ABCDxy";
    static const gnn_note note = {"k", "v"};
    for (int i = 0; i < 2; i++) {
        size_t size;
        const char *path = PATH("two.safetensors");
        ck_assert_ok(gnn_safetensors_write(path, 2, two, 1, &note));
        char *got = support_read(path, &size);
        ck_assert_uint_eq(size, sizeof want - 1);
        ck_assert_same_bytes(got, want, size);
        ck_assert_uint_eq((size - 6) % 64, 0);
        free(got);
    }
}
END_TEST

START_TEST(an_empty_file_is_a_file) {
    const char *path = PATH("empty.safetensors");
    gnn_safetensors *file;
    ck_assert_ok(gnn_safetensors_write(path, 0, NULL, 0, NULL));
    ck_assert_ok(gnn_safetensors_open(path, &file));
    ck_assert_int_eq(gnn_safetensors_count(file), 0);
    ck_assert_ptr_null(gnn_safetensors_find(file, "a"));
    ck_assert_ptr_null(gnn_safetensors_note(file, "a"));
    gnn_safetensors_free(file);
}
END_TEST

typedef struct counting {
    int64_t next;    /* element that has to be asked for next */
    int64_t fail_at; /* -1: never */
} counting;

static gnn_status count_up(void *user, int64_t first, int64_t count, void *out) {
    counting *c = user;
    if (c->fail_at >= 0 && first + count > c->fail_at)
        return gnn_fail(GNN_ERR_CANCELLED, "stopped at %" PRId64, first);
    if (first != c->next) return gnn_fail(GNN_ERR_ARGUMENT, "asked for %" PRId64, first);
    for (int64_t i = 0; i < count; i++) ((int32_t *)out)[i] = (int32_t)(first + i);
    c->next = first + count;
    return GNN_OK;
}

START_TEST(arrays_can_be_computed_while_written) {
    const char *path = PATH("filled.safetensors");
    gnn_safetensors *file;
    counting state = {0, -1};
    gnn_array array = {.name = "n",
                       .type = GNN_ARRAY_I32,
                       .n_axes = 2,
                       .shape = {1001, 99},
                       .fill = count_up,
                       .user = &state};
    ck_assert_ok(gnn_safetensors_write(path, 1, &array, 0, NULL));
    ck_assert_int_eq(state.next, 1001 * 99);
    ck_assert_ok(gnn_safetensors_open(path, &file));
    const int32_t *data = gnn_safetensors_get(file, 0)->data;
    for (int i = 0; i < 1001 * 99; i++)
        if (data[i] != i) ck_abort_msg("element %d is %d", i, data[i]);
    gnn_safetensors_free(file);

    /* A fill function that fails leaves the file that was there. */
    state = (counting){0, 70000};
    ck_assert_fails(gnn_safetensors_write(path, 1, &array, 0, NULL), GNN_ERR_CANCELLED,
                    "stopped at");
    ck_assert_ok(gnn_safetensors_open(path, &file));
    gnn_safetensors_free(file);
    ck_assert_int_eq(support_count_entries(FOLDER), 1);
}
END_TEST

START_TEST(need_names_what_differs) {
    const char *path = PATH("need.safetensors");
    gnn_safetensors *file;
    const gnn_array *found = NULL;
    ck_assert_ok(gnn_safetensors_write(path, N, arrays, 0, NULL));
    ck_assert_ok(gnn_safetensors_open(path, &file));
    static const int64_t right[] = {2, 3}, any[] = {-1, 3}, wrong[] = {2, 4},
                         free_wrong[] = {-1, 4};
    ck_assert_ok(
        gnn_safetensors_need(file, "layer.0/weight", GNN_ARRAY_F32, 2, right, &found));
    ck_assert_ok(
        gnn_safetensors_need(file, "layer.0/weight", GNN_ARRAY_F32, 2, any, &found));
    ck_assert_ptr_eq(found, gnn_safetensors_find(file, "layer.0/weight"));
    ck_assert_ok(gnn_safetensors_need(file, "seed", GNN_ARRAY_U64, 0, NULL, &found));
    ck_assert_fails(gnn_safetensors_need(file, "w", GNN_ARRAY_F32, 2, right, &found),
                    GNN_ERR_INPUT, "need.safetensors: there is no array 'w'");
    ck_assert_fails(
        gnn_safetensors_need(file, "layer.0/weight", GNN_ARRAY_F32, 2, wrong, &found),
        GNN_ERR_INPUT, "'layer.0/weight' is F32 (2, 3), expected F32 (2, 4)");
    ck_assert_fails(gnn_safetensors_need(file, "layer.0/weight", GNN_ARRAY_F32, 2,
                                         free_wrong, &found),
                    GNN_ERR_INPUT, "expected F32 (*, 4)");
    ck_assert_fails(
        gnn_safetensors_need(file, "layer.0/weight", GNN_ARRAY_F64, 2, right, &found),
        GNN_ERR_INPUT, "expected F64 (2, 3)");
    ck_assert_fails(gnn_safetensors_need(file, "seed", GNN_ARRAY_U64, 2, right, &found),
                    GNN_ERR_INPUT, "is U64 (), expected U64 (2, 3)");
    gnn_safetensors_free(file);
}
END_TEST

START_TEST(bad_requests_are_refused) {
    const char *path = PATH("bad.safetensors");
    const gnn_array good = {
        .name = "a", .type = GNN_ARRAY_U8, .n_axes = 1, .shape = {2}, .data = "xy"};
    const struct {
        gnn_array array;
        const char *message;
    } cases[] = {
        {{.name = NULL, .data = "x"}, "needs a name"},
        {{.name = "__metadata__", .data = "x"}, "needs a name"},
        {{.name = "a", .type = GNN_N_ARRAY_TYPES, .data = "x"}, "unknown type"},
        {{.name = "a", .n_axes = 9, .data = "x"}, "9 axes"},
        {{.name = "a", .n_axes = -1, .data = "x"}, "-1 axes"},
        {{.name = "a", .n_axes = 2, .shape = {2, -1}, .data = "x"}, "negative axis"},
        {{.name = "a", .n_axes = 2, .shape = {INT64_MAX, 2}, .data = "x"},
         "too many elements"},
        {{.name = "a", .n_axes = 3, .shape = {INT64_MAX, 0, 9}, .data = "x"},
         "too many elements"},
        {{.name = "a", .n_axes = 1, .shape = {2}}, "neither data nor"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_fails(gnn_safetensors_write(path, 1, &cases[i].array, 0, NULL),
                        GNN_ERR_ARGUMENT, cases[i].message);
    const gnn_array twice[] = {good, good};
    ck_assert_fails(gnn_safetensors_write(path, 2, twice, 0, NULL), GNN_ERR_ARGUMENT,
                    "two arrays are called 'a'");
    const gnn_note same[] = {{"n", "1"}, {"n", "2"}};
    ck_assert_fails(gnn_safetensors_write(path, 1, &good, 2, same), GNN_ERR_ARGUMENT,
                    "two notes are called 'n'");
    ck_assert_int_eq(support_count_entries(FOLDER), 0);
}
END_TEST

START_TEST(what_cannot_be_written_is_said) {
    ck_assert_fails(gnn_safetensors_write(PATH("absent/a"), N, arrays, 0, NULL),
                    GNN_ERR_OUTPUT, "absent/a: No such file or directory");
    WRITE("file", "text");
    ck_assert_fails(gnn_safetensors_write(PATH("file/a"), N, arrays, 0, NULL),
                    GNN_ERR_OUTPUT, "Not a directory");
    /* A folder in the place of the file: the temporary file is written, renaming it
     * fails. */
    WRITE("folder/inner", "text");
    ck_assert_fails(gnn_safetensors_write(PATH("folder"), N, arrays, 0, NULL),
                    GNN_ERR_OUTPUT, "folder: Is a directory");
    ck_assert_int_eq(support_count_entries(FOLDER), 2);
}
END_TEST

/* As a full disk does it: writing fails part of the way. */
START_TEST(a_full_disk_leaves_the_older_file) {
    const char *path = PATH("full.safetensors");
    ck_assert_ok(gnn_safetensors_write(path, N, arrays, 0, NULL));
    size_t size, size_after;
    char *before = support_read(path, &size);
    static char bytes[100000];
    const gnn_array large = {.name = "large",
                             .type = GNN_ARRAY_U8,
                             .n_axes = 1,
                             .shape = {sizeof bytes},
                             .data = bytes};
    struct rlimit unlimited, limit;
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &unlimited);
    limit = unlimited;
    limit.rlim_cur = 50000;
    setrlimit(RLIMIT_FSIZE, &limit);
    gnn_status status = gnn_safetensors_write(path, 1, &large, 0, NULL);
    setrlimit(RLIMIT_FSIZE, &unlimited);
    ck_assert_fails(status, GNN_ERR_OUTPUT, "full.safetensors: File too large");
    char *after = support_read(path, &size_after);
    ck_assert_uint_eq(size_after, size);
    ck_assert_same_bytes(after, before, size);
    ck_assert_int_eq(support_count_entries(FOLDER), 1);
    free(before);
    free(after);
}
END_TEST

static gnn_status write_and_read(void *path) {
    gnn_safetensors *file = NULL;
    gnn_status status;
    GNN_TRY(gnn_safetensors_write(path, N, arrays, 2, notes));
    GNN_TRY(gnn_safetensors_open(path, &file));
cleanup:
    gnn_safetensors_free(file);
    return status;
}

START_TEST(survives_short_memory) {
    char *path = strdup(PATH("starved.safetensors"));
    ck_assert_int_ge(support_starve(write_and_read, path), 4);
    free(path);
}
END_TEST

START_TEST(writing_again_allocates_nothing) {
    const char *path = PATH("again.safetensors");
    gnn_i_text header = {0};
    ck_assert_ok(gnn_i_safetensors_write(path, N, arrays, 2, notes, true, &header));
    int64_t before = gnn_i_alloc_count();
    ck_assert_ok(gnn_i_safetensors_write(path, N, arrays, 2, notes, true, &header));
    ck_assert_int_eq(gnn_i_alloc_count(), before);
    gnn_i_text_clear(&header);
}
END_TEST

TESTS("run/safetensors", 20, what_is_written_is_read, bytes_are_the_format,
      an_empty_file_is_a_file, arrays_can_be_computed_while_written,
      need_names_what_differs, bad_requests_are_refused, what_cannot_be_written_is_said,
      a_full_disk_leaves_the_older_file, survives_short_memory,
      writing_again_allocates_nothing)
