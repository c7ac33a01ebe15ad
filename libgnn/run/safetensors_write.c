/* Writing safetensors files: the header in one text, then each array as it is. */
#include <gnn/safetensors.h>

#include <inttypes.h>
#include <string.h>

#include "core/alloc.h"
#include "run/file.h"
#include "run/safetensors_layout.h"
#include "run/text.h"

enum { FILL_BYTES = 1 << 16 }; /* what a fill function is asked for at a time */

/* By falling element size: the order of arrays in a file. */
static const struct {
    const char *name;
    size_t size;
} types[GNN_N_ARRAY_TYPES] = {
    [GNN_ARRAY_F64] = {"F64", 8}, [GNN_ARRAY_I64] = {"I64", 8},
    [GNN_ARRAY_U64] = {"U64", 8}, [GNN_ARRAY_F32] = {"F32", 4},
    [GNN_ARRAY_I32] = {"I32", 4}, [GNN_ARRAY_BF16] = {"BF16", 2},
    [GNN_ARRAY_U8] = {"U8", 1},
};

const char *gnn_array_type_name(gnn_array_type type) {
    return (unsigned)type < GNN_N_ARRAY_TYPES ? types[type].name : "unknown";
}

size_t gnn_array_type_size(gnn_array_type type) {
    return (unsigned)type < GNN_N_ARRAY_TYPES ? types[type].size : 0;
}

int64_t gnn_array_count(const gnn_array *array) {
    int64_t count = 1;
    for (int i = 0; i < array->n_axes; i++) count *= array->shape[i];
    return count;
}

bool gnn_i_array_bytes(const gnn_array *array, size_t *bytes) {
    size_t total = gnn_array_type_size(array->type);
    bool is_empty = false;
    *bytes = 0;
    for (int i = 0; i < array->n_axes; i++) {
        if (array->shape[i] < 0) return false;
        if (array->shape[i] == 0)
            is_empty = true;
        else if (!gnn_i_mul_size(total, (size_t)array->shape[i], &total))
            return false;
    }
    if (total > INT64_MAX) return false;
    *bytes = is_empty ? 0 : total;
    return true;
}

static gnn_status check_array(const gnn_array *array) {
    gnn_status status = GNN_OK;
    size_t bytes;
    GNN_CHECK(array->name != NULL && strcmp(array->name, "__metadata__") != 0,
              GNN_ERR_ARGUMENT, "an array needs a name, other than __metadata__");
    GNN_CHECK((unsigned)array->type < GNN_N_ARRAY_TYPES, GNN_ERR_ARGUMENT,
              "array '%s' has the unknown type %d", array->name, (int)array->type);
    GNN_CHECK(array->n_axes >= 0 && array->n_axes <= GNN_ARRAY_MAX_AXES, GNN_ERR_ARGUMENT,
              "array '%s' has %d axes, 0 .. %d are possible", array->name, array->n_axes,
              GNN_ARRAY_MAX_AXES);
    GNN_CHECK(gnn_i_array_bytes(array, &bytes), GNN_ERR_ARGUMENT,
              "array '%s' has a negative axis, or too many elements", array->name);
    GNN_CHECK(bytes == 0 || array->data != NULL || array->fill != NULL, GNN_ERR_ARGUMENT,
              "array '%s' has neither data nor a function that gives them", array->name);
cleanup:
    return status;
}

static gnn_status check_arrays(int64_t n, const gnn_array *arrays, int64_t n_notes,
                               const gnn_note *notes) {
    for (int64_t i = 0; i < n; i++) {
        gnn_status status = check_array(&arrays[i]);
        if (status != GNN_OK) return status;
        for (int64_t k = 0; k < i; k++)
            if (strcmp(arrays[i].name, arrays[k].name) == 0)
                return gnn_fail(GNN_ERR_ARGUMENT, "two arrays are called '%s'",
                                arrays[i].name);
    }
    for (int64_t i = 0; i < n_notes; i++)
        for (int64_t k = 0; k < i; k++)
            if (strcmp(notes[i].name, notes[k].name) == 0)
                return gnn_fail(GNN_ERR_ARGUMENT, "two notes are called '%s'",
                                notes[i].name);
    return GNN_OK;
}

static void put_entry(gnn_i_text *header, const gnn_array *array, int64_t start,
                      int64_t end) {
    gnn_i_text_json_string(header, array->name);
    gnn_i_text_puts(header, ":{\"dtype\":");
    gnn_i_text_json_string(header, types[array->type].name);
    gnn_i_text_puts(header, ",\"shape\":[");
    for (int i = 0; i < array->n_axes; i++) {
        if (i > 0) gnn_i_text_puts(header, ",");
        gnn_i_text_integer(header, array->shape[i]);
    }
    gnn_i_text_puts(header, "],\"data_offsets\":[");
    gnn_i_text_integer(header, start);
    gnn_i_text_puts(header, ",");
    gnn_i_text_integer(header, end);
    gnn_i_text_puts(header, "]}");
}

static void put_notes(gnn_i_text *header, int64_t n_notes, const gnn_note *notes) {
    gnn_i_text_puts(header, "\"__metadata__\":{");
    for (int64_t i = 0; i < n_notes; i++) {
        if (i > 0) gnn_i_text_puts(header, ",");
        gnn_i_text_json_string(header, notes[i].name);
        gnn_i_text_puts(header, ":");
        gnn_i_text_json_string(header, notes[i].text);
    }
    gnn_i_text_puts(header, "}");
}

/* The length and the JSON, up to where the data start. */
static gnn_status make_header(int64_t n, const gnn_array *arrays, int64_t n_notes,
                              const gnn_note *notes, gnn_i_text *header) {
    gnn_i_text_reset(header);
    gnn_i_text_repeat(header, '\0', GNN_I_LENGTH_BYTES);
    gnn_i_text_puts(header, "{");
    if (n_notes > 0) put_notes(header, n_notes, notes);
    bool is_first = n_notes == 0;
    size_t start = 0;
    for (int type = 0; type < GNN_N_ARRAY_TYPES; type++)
        for (int64_t i = 0; i < n; i++) {
            size_t bytes, end;
            if ((int)arrays[i].type != type) continue;
            gnn_i_array_bytes(&arrays[i], &bytes);
            if (!gnn_i_add_size(start, bytes, &end) || end > INT64_MAX)
                return gnn_fail(GNN_ERR_ARGUMENT,
                                "the arrays are too large for one file");
            if (!is_first) gnn_i_text_puts(header, ",");
            put_entry(header, &arrays[i], (int64_t)start, (int64_t)end);
            is_first = false;
            start = end;
        }
    gnn_i_text_puts(header, "}");
    gnn_i_text_repeat(header, ' ', -header->length % GNN_I_DATA_ALIGNMENT);
    gnn_status status = gnn_i_text_check(header);
    if (status != GNN_OK) return status;
    uint64_t length = header->length - GNN_I_LENGTH_BYTES;
    if (length > GNN_I_LARGEST_HEADER)
        return gnn_fail(GNN_ERR_ARGUMENT, "the names of %" PRId64 " arrays are too long",
                        n);
    for (int i = 0; i < GNN_I_LENGTH_BYTES; i++)
        header->bytes[i] = (char)(length >> 8 * i);
    return GNN_OK;
}

static gnn_status write_filled(gnn_i_replacement *file, const gnn_array *array) {
    _Alignas(64) char block[FILL_BYTES];
    int64_t count = gnn_array_count(array);
    size_t size = gnn_array_type_size(array->type);
    int64_t most = size > 0 ? (int64_t)(sizeof block / size) : 1;
    for (int64_t first = 0; first < count; first += most) {
        int64_t some = count - first < most ? count - first : most;
        gnn_status status = array->fill(array->user, first, some, block);
        if (status == GNN_OK)
            status = gnn_i_replacement_write(file, block, (size_t)some * size);
        if (status != GNN_OK) return status;
    }
    return GNN_OK;
}

static gnn_status write_data(gnn_i_replacement *file, int64_t n,
                             const gnn_array *arrays) {
    for (int type = 0; type < GNN_N_ARRAY_TYPES; type++)
        for (int64_t i = 0; i < n; i++) {
            size_t bytes;
            if ((int)arrays[i].type != type) continue;
            gnn_i_array_bytes(&arrays[i], &bytes);
            if (bytes == 0) continue;
            gnn_status status = arrays[i].data != NULL
                                    ? gnn_i_replacement_write(file, arrays[i].data, bytes)
                                    : write_filled(file, &arrays[i]);
            if (status != GNN_OK) return status;
        }
    return GNN_OK;
}

gnn_status gnn_i_safetensors_write(const char *path, int64_t n, const gnn_array *arrays,
                                   int64_t n_notes, const gnn_note *notes, bool durable,
                                   gnn_i_text *header) {
    gnn_status status;
    gnn_i_replacement file = {.file = -1};
    GNN_TRY(check_arrays(n, arrays, n_notes, notes));
    GNN_TRY(make_header(n, arrays, n_notes, notes, header));
    GNN_TRY(gnn_i_replacement_open(&file, path));
    GNN_TRY(gnn_i_replacement_write(&file, header->bytes, header->length));
    GNN_TRY(write_data(&file, n, arrays));
    GNN_TRY(gnn_i_replacement_commit(&file, durable));
cleanup:
    gnn_i_replacement_drop(&file);
    return status;
}

gnn_status gnn_safetensors_write(const char *path, int64_t n, const gnn_array *arrays,
                                 int64_t n_notes, const gnn_note *notes) {
    gnn_i_text header = {0};
    gnn_status status =
        gnn_i_safetensors_write(path, n, arrays, n_notes, notes, true, &header);
    gnn_i_text_clear(&header);
    return status;
}
