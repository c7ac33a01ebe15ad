/* Files that are not safetensors: each is refused with a message that names the file and
 * what is wrong with it, and nothing outside of the file is read (sanitizers watch). */
#include "support/support.h"

#include <gnn/safetensors.h>
#include <stdio.h>

#include "fuzz/memory_file.h"

#define ENTRY(dtype, shape, offsets)                                                     \
    "{\"dtype\":\"" dtype "\",\"shape\":[" shape "],\"data_offsets\":[" offsets "]}"

static const struct {
    const char *what;
    const char *json; /* NULL: the file is `data` alone */
    const char *data;
    size_t data_bytes;
    const char *message;
} cases[] = {
    {"no bytes", NULL, "", 0, "0 bytes are too few"},
    {"length cut", NULL, "\x05\0\0", 3, "3 bytes are too few"},
    {"only a length", NULL, "\0\0\0\0\0\0\0\0", 8, "8 bytes are too few"},
    {"header past the end", NULL, "\x05\0\0\0\0\0\0\0{}", 10,
     "header of 5 bytes, after which 2"},
    {"huge length", NULL, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10,
     "header of 18446744073709551615 bytes"},
    {"length with the sign bit", NULL, "\0\0\0\0\0\0\0\x80{}", 10, "after which 2 bytes"},
    {"empty header", "", "xx", 2, "not a JSON object"},
    {"not JSON", "{\"a\":}", "", 0, "not JSON near its byte"},
    {"JSON cut", "{\"a\":{\"dtype\":\"U8\"", "", 0, "not JSON near its byte"},
    {"a list", "[1,2]", "", 0, "not a JSON object"},
    {"a blank first", " {}", "", 0, "not a JSON object"},
    {"text behind the JSON", "{}x", "", 0, "goes on after its JSON"},
    {"two objects", "{}{}", "", 0, "goes on after its JSON"},
    {"entry is no object", "{\"a\":5}", "", 0, "array 'a' is not an object"},
    {"no dtype", "{\"a\":{\"shape\":[1],\"data_offsets\":[0,1]}}", "x", 1,
     "array 'a' lacks"},
    {"no shape", "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,1]}}", "x", 1,
     "array 'a' lacks"},
    {"no offsets", "{\"a\":{\"dtype\":\"U8\",\"shape\":[1]}}", "x", 1, "array 'a' lacks"},
    {"unknown member",
     "{\"a\":{\"dtype\":\"U8\",\"shape\":[1],\"data_offsets\":[0,1],\"z\":1}}", "x", 1,
     "array 'a': unknown member 'z'"},
    {"member twice",
     "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\",\"shape\":[1],"
     "\"data_offsets\":[0,1]}}",
     "x", 1, "'dtype' is there twice"},
    {"dtype is a number", "{\"a\":{\"dtype\":5,\"shape\":[1],\"data_offsets\":[0,1]}}",
     "x", 1, "dtype is not a text"},
    {"unknown dtype", "{\"a\":" ENTRY("F16", "1", "0,2") "}", "xx", 2,
     "dtype 'F16', expected"},
    {"dtype in small letters", "{\"a\":" ENTRY("u8", "1", "0,1") "}", "x", 1,
     "dtype 'u8'"},
    {"shape is a number", "{\"a\":{\"dtype\":\"U8\",\"shape\":1,\"data_offsets\":[0,1]}}",
     "x", 1, "shape is not a list"},
    {"negative axis", "{\"a\":" ENTRY("U8", "-1", "0,1") "}", "x", 1,
     "shape is not a list"},
    {"broken axis", "{\"a\":" ENTRY("U8", "1.5", "0,1") "}", "x", 1,
     "shape is not a list"},
    {"axis is a text", "{\"a\":" ENTRY("U8", "\"1\"", "0,1") "}", "x", 1,
     "shape is not a list"},
    {"infinite axis", "{\"a\":" ENTRY("U8", "1e999", "0,1") "}", "x", 1,
     "shape is not a list"},
    {"nine axes", "{\"a\":" ENTRY("U8", "1,1,1,1,1,1,1,1,1", "0,1") "}", "x", 1,
     "at most 8 whole numbers"},
    {"shape overflows", "{\"a\":" ENTRY("F64", "4294967296,4294967296", "0,8") "}",
     "12345678", 8, "do not fit its dtype and shape"},
    {"one offset", "{\"a\":" ENTRY("U8", "1", "0") "}", "x", 1, "not two whole numbers"},
    {"three offsets", "{\"a\":" ENTRY("U8", "1", "0,1,2") "}", "x", 1,
     "not two whole numbers"},
    {"negative offset", "{\"a\":" ENTRY("U8", "1", "-1,0") "}", "x", 1,
     "not two whole numbers"},
    {"offset beyond 2^53", "{\"a\":" ENTRY("U8", "1", "0,1e300") "}", "x", 1,
     "not two whole numbers"},
    {"offsets swapped", "{\"a\":" ENTRY("U8", "1", "1,0") "}", "x", 1,
     "1 .. 0 lie outside"},
    {"offset past the end", "{\"a\":" ENTRY("U8", "2", "0,2") "}", "x", 1,
     "0 .. 2 lie outside of the 1 bytes"},
    {"too few bytes", "{\"a\":" ENTRY("F32", "2", "0,4") "}", "1234", 4,
     "array 'a': 4 bytes of data do not fit"},
    {"too many bytes", "{\"a\":" ENTRY("F32", "1", "0,8") "}", "12345678", 8,
     "array 'a': 8 bytes of data do not fit"},
    {"gap", "{\"a\":" ENTRY("U8", "1", "0,1") ",\"b\":" ENTRY("U8", "1", "2,3") "}",
     "xyz", 3, "array 'b' starts at byte 2 of the data, after a gap"},
    {"gap at the start", "{\"a\":" ENTRY("U8", "1", "1,2") "}", "xy", 2, "after a gap"},
    {"overlap", "{\"a\":" ENTRY("U8", "2", "0,2") ",\"b\":" ENTRY("U8", "2", "1,3") "}",
     "xyz", 3, "array 'b' starts at byte 1 of the data, inside of another one"},
    {"two arrays in one place",
     "{\"a\":" ENTRY("U8", "1", "0,1") ",\"b\":" ENTRY("U8", "1", "0,1") "}", "x", 1,
     "inside of another one"},
    {"empty array inside",
     "{\"a\":" ENTRY("U8", "2", "0,2") ",\"b\":" ENTRY("U8", "0", "1,1") "}", "xy", 2,
     "inside of another one"},
    {"data behind the last", "{\"a\":" ENTRY("U8", "1", "0,1") "}", "xyz", 3,
     "2 bytes of data belong to no array"},
    {"data without arrays", "{}", "xyz", 3, "3 bytes of data belong to no array"},
    {"name twice",
     "{\"a\":" ENTRY("U8", "1", "0,1") ",\"a\":" ENTRY("U8", "1", "1,2") "}", "xy", 2,
     "two arrays are called 'a'"},
    {"name twice after a NUL",
     "{\"a\\u0000b\":" ENTRY("U8", "1", "0,1") ",\"a\":" ENTRY("U8", "1", "1,2") "}",
     "xy", 2, "two arrays are called 'a'"},
    {"not aligned",
     "{\"a\":" ENTRY("U8", "1", "0,1") ",\"b\":" ENTRY("F32", "1", "1,5") "}", "12345", 5,
     "which is no multiple of 4"},
    {"metadata is a text", "{\"__metadata__\":\"x\"}", "", 0,
     "__metadata__ is not an object"},
    {"metadata holds a number", "{\"__metadata__\":{\"k\":1}}", "", 0,
     "__metadata__ 'k' is not a text"},
    {"metadata twice", "{\"__metadata__\":{},\"__metadata__\":{}}", "", 0,
     "two entries __metadata__"},
};
enum { N_CASES = sizeof cases / sizeof *cases };

/* A file of the length of the header (where there is one), the header and the data. */
static const char *write_case(const char *json, const char *data, size_t data_bytes) {
    char bytes[2000];
    size_t size = 0;
    if (json != NULL) {
        /* Blanks, so that the data start at a multiple of 8. */
        size_t length = strlen(json);
        size_t padded = length == 0 ? 0 : (length + 7) / 8 * 8;
        for (int i = 0; i < 8; i++) bytes[size++] = (char)(padded >> 8 * i);
        memcpy(bytes + size, json, length);
        memset(bytes + size + length, ' ', padded - length);
        size += padded;
    }
    memcpy(bytes + size, data, data_bytes);
    return support_write_bytes("case.safetensors", bytes, size + data_bytes);
}

START_TEST(each_is_refused_with_its_message) {
    for (int i = 0; i < N_CASES; i++) {
        gnn_safetensors *file = (gnn_safetensors *)&file;
        const char *path = write_case(cases[i].json, cases[i].data, cases[i].data_bytes);
        gnn_status status = gnn_safetensors_open(path, &file);
        if (status != GNN_ERR_INPUT ||
            strstr(gnn_last_error(), cases[i].message) == NULL ||
            strstr(gnn_last_error(), "case.safetensors: ") == NULL || file != NULL)
            ck_abort_msg("%s: %s: %s", cases[i].what, gnn_status_name(status),
                         gnn_last_error());
    }
}
END_TEST

START_TEST(what_is_no_file_is_refused) {
    gnn_safetensors *file;
    ck_assert_fails(gnn_safetensors_open(support_path("absent"), &file), GNN_ERR_INPUT,
                    "absent: No such file");
    ck_assert_fails(gnn_safetensors_open(support_folder(), &file), GNN_ERR_INPUT,
                    "not a file");
    ck_assert_fails(gnn_safetensors_open("/dev/null", &file), GNN_ERR_INPUT,
                    "not a file");
    ck_assert_ptr_null(file);
}
END_TEST

START_TEST(deep_nesting_is_refused) {
    static char bytes[8 + 200000];
    size_t length = sizeof bytes - 8;
    for (int i = 0; i < 8; i++) bytes[i] = (char)(length >> 8 * i);
    memset(bytes + 8, '[', length);
    memcpy(bytes + 8, "{\"a\":", 5);
    gnn_safetensors *file;
    const char *path = support_write_bytes("deep.safetensors", bytes, sizeof bytes);
    ck_assert_fails(gnn_safetensors_open(path, &file), GNN_ERR_INPUT, "not JSON");
}
END_TEST

/* Open bytes as a file, and touch all that it says it holds. */
static gnn_status try_bytes(const char *bytes, size_t size) {
    memory_file input = memory_file_open((const uint8_t *)bytes, size);
    gnn_safetensors *file;
    gnn_status status = gnn_safetensors_open(input.path, &file);
    unsigned sum = 0;
    for (int64_t i = 0; status == GNN_OK && i < gnn_safetensors_count(file); i++) {
        const gnn_array *array = gnn_safetensors_get(file, i);
        const unsigned char *data = array->data;
        size_t count = (size_t)gnn_array_count(array) * gnn_array_type_size(array->type);
        for (size_t k = 0; k < count; k++) sum += data[k];
    }
    if (sum > 1 << 30) ck_abort_msg("the sum of a few bytes is %u", sum);
    gnn_safetensors_free(file);
    memory_file_shut(&input);
    return status;
}

/* A right file, cut everywhere, and with every bit of its header changed: refused or
 * read, never a crash. */
START_TEST(cut_and_changed_files_do_no_harm) {
    static const float weights[4] = {1, 2, 3, 4};
    static const gnn_array array = {.name = "w",
                                    .type = GNN_ARRAY_F32,
                                    .n_axes = 2,
                                    .shape = {2, 2},
                                    .data = weights};
    static const gnn_note note = {"k", "v"};
    const char *path = support_path("right.safetensors");
    size_t size;
    ck_assert_ok(gnn_safetensors_write(path, 1, &array, 1, &note));
    char *bytes = support_read(path, &size);
    ck_assert_ok(try_bytes(bytes, size));
    for (size_t cut = 0; cut < size; cut++)
        ck_assert_int_eq(try_bytes(bytes, cut), GNN_ERR_INPUT);
    for (size_t i = 0; i < size - sizeof weights; i++)
        for (int bit = 0; bit < 8; bit++) {
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
            try_bytes(bytes, size);
            bytes[i] = (char)(bytes[i] ^ 1 << bit);
        }
    free(bytes);
}
END_TEST

TESTS("run/safetensors, malformed", 30, each_is_refused_with_its_message,
      what_is_no_file_is_refused, deep_nesting_is_refused,
      cut_and_changed_files_do_no_harm)
