/* Reading safetensors files: map, check the header whole, then only hand out pointers.
 *
 * Nothing in the header is believed: each length is bounded by the file before it is
 * used, and what is not the format is refused, with the name of the file and of the
 * array. */
#include <gnn/safetensors.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cjson/cJSON.h>

#include "core/alloc.h"
#include "run/safetensors_layout.h"

typedef struct span {
    int64_t start, end; /* bytes, from where the data start */
} span;

struct gnn_safetensors {
    char *path;
    char *map;
    size_t map_bytes;
    size_t data_start, data_bytes;
    cJSON *json; /* owns the names and the notes' texts */
    int64_t n;
    gnn_array *arrays;  /* (n) in the order of their data */
    int64_t *by_name;   /* (n) indices into arrays, by rising name */
    const cJSON *notes; /* NULL: none */
};

void gnn_safetensors_free(gnn_safetensors *file) {
    if (file == NULL) return;
    if (file->map != NULL) munmap(file->map, file->map_bytes);
    cJSON_Delete(file->json);
    gnn_i_free(file->arrays);
    gnn_i_free(file->by_name);
    gnn_i_free(file->path);
    gnn_i_free(file);
}

static gnn_status map_file(gnn_safetensors *file) {
    gnn_status status = GNN_OK;
    const char *path = file->path;
    struct stat info;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return gnn_fail(GNN_ERR_INPUT, "%s: %s", path, strerror(errno));
    GNN_CHECK(fstat(fd, &info) == 0, GNN_ERR_INPUT, "%s: %s", path, strerror(errno));
    GNN_CHECK(S_ISREG(info.st_mode), GNN_ERR_INPUT, "%s: not a file", path);
    GNN_CHECK(info.st_size > GNN_I_LENGTH_BYTES, GNN_ERR_INPUT,
              "%s: %lld bytes are too few for a safetensors file", path,
              (long long)info.st_size);
    void *map = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
    GNN_CHECK(map != MAP_FAILED, GNN_ERR_MEMORY, "%s: cannot be mapped: %s", path,
              strerror(errno));
    file->map = map;
    file->map_bytes = (size_t)info.st_size;
cleanup:
    close(fd);
    return status;
}

static gnn_status parse_header(gnn_safetensors *file) {
    uint64_t length = 0;
    for (int i = 0; i < GNN_I_LENGTH_BYTES; i++)
        length |= (uint64_t)(unsigned char)file->map[i] << 8 * i;
    uint64_t rest = file->map_bytes - GNN_I_LENGTH_BYTES;
    if (length > rest || length > GNN_I_LARGEST_HEADER)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: not a safetensors file: a header of %" PRIu64
                        " bytes, after which %" PRIu64 " bytes follow",
                        file->path, length, rest);
    file->data_start = GNN_I_LENGTH_BYTES + (size_t)length;
    file->data_bytes = file->map_bytes - file->data_start;

    const char *text = file->map + GNN_I_LENGTH_BYTES, *end = text;
    if (length == 0 || text[0] != '{')
        return gnn_fail(GNN_ERR_INPUT, "%s: the header is not a JSON object", file->path);
    file->json = cJSON_ParseWithLengthOpts(text, (size_t)length, &end, false);
    if (file->json == NULL)
        return gnn_fail(GNN_ERR_INPUT, "%s: the header is not JSON near its byte %td",
                        file->path, end - text);
    for (; end < text + length; end++)
        if (*end != ' ')
            return gnn_fail(GNN_ERR_INPUT, "%s: the header goes on after its JSON",
                            file->path);
    return GNN_OK;
}

static gnn_status take_notes(gnn_safetensors *file, const cJSON *notes) {
    if (file->notes != NULL)
        return gnn_fail(GNN_ERR_INPUT, "%s: two entries __metadata__", file->path);
    if (!cJSON_IsObject(notes))
        return gnn_fail(GNN_ERR_INPUT, "%s: __metadata__ is not an object", file->path);
    for (const cJSON *note = notes->child; note != NULL; note = note->next)
        if (!cJSON_IsString(note))
            return gnn_fail(GNN_ERR_INPUT, "%s: __metadata__ '%s' is not a text",
                            file->path, note->string);
    file->notes = notes;
    return GNN_OK;
}

/* A whole number 0 .. 2^53, which a JSON reader's double holds exactly. */
static bool whole(const cJSON *number, int64_t *value) {
    if (!cJSON_IsNumber(number)) return false;
    double x = number->valuedouble;
    if (!(x >= 0 && x <= 0x1p53) || x != (double)(int64_t)x) return false;
    *value = (int64_t)x;
    return true;
}

static gnn_status take_type(const gnn_safetensors *file, const cJSON *value,
                            gnn_array *array) {
    if (!cJSON_IsString(value))
        return gnn_fail(GNN_ERR_INPUT, "%s: array '%s': dtype is not a text", file->path,
                        array->name);
    for (int type = 0; type < GNN_N_ARRAY_TYPES; type++)
        if (strcmp(value->valuestring, gnn_array_type_name((gnn_array_type)type)) == 0) {
            array->type = (gnn_array_type)type;
            return GNN_OK;
        }
    return gnn_fail(
        GNN_ERR_INPUT,
        "%s: array '%s': dtype '%s', expected F64, I64, U64, F32, I32, BF16 or U8",
        file->path, array->name, value->valuestring);
}

static gnn_status take_shape(const gnn_safetensors *file, const cJSON *value,
                             gnn_array *array) {
    bool fits = cJSON_IsArray(value);
    for (const cJSON *axis = fits ? value->child : NULL; fits && axis != NULL;
         axis = axis->next)
        fits = array->n_axes < GNN_ARRAY_MAX_AXES &&
               whole(axis, &array->shape[array->n_axes++]);
    if (fits) return GNN_OK;
    return gnn_fail(GNN_ERR_INPUT,
                    "%s: array '%s': shape is not a list of at most %d whole numbers",
                    file->path, array->name, GNN_ARRAY_MAX_AXES);
}

static gnn_status take_span(const gnn_safetensors *file, const cJSON *value,
                            const gnn_array *array, span *place) {
    const cJSON *start = cJSON_IsArray(value) ? value->child : NULL;
    const cJSON *end = start != NULL ? start->next : NULL;
    if (end == NULL || end->next != NULL || !whole(start, &place->start) ||
        !whole(end, &place->end))
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: array '%s': data_offsets are not two whole numbers",
                        file->path, array->name);
    if (place->start > place->end || (size_t)place->end > file->data_bytes)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: array '%s': data_offsets %" PRId64 " .. %" PRId64
                        " lie outside of the %zu bytes of data",
                        file->path, array->name, place->start, place->end,
                        file->data_bytes);
    return GNN_OK;
}

/* One entry of the header, each member exactly once. */
static gnn_status take_entry(const gnn_safetensors *file, const cJSON *entry,
                             gnn_array *array, span *place) {
    gnn_status status = GNN_OK;
    const cJSON *type = NULL, *shape = NULL, *offsets = NULL;
    array->name = entry->string;
    GNN_CHECK(cJSON_IsObject(entry), GNN_ERR_INPUT, "%s: array '%s' is not an object",
              file->path, array->name);
    for (const cJSON *member = entry->child; member != NULL; member = member->next) {
        const cJSON **known = strcmp(member->string, "dtype") == 0          ? &type
                              : strcmp(member->string, "shape") == 0        ? &shape
                              : strcmp(member->string, "data_offsets") == 0 ? &offsets
                                                                            : NULL;
        GNN_CHECK(known != NULL, GNN_ERR_INPUT, "%s: array '%s': unknown member '%s'",
                  file->path, array->name, member->string);
        GNN_CHECK(*known == NULL, GNN_ERR_INPUT, "%s: array '%s': '%s' is there twice",
                  file->path, array->name, member->string);
        *known = member;
    }
    GNN_CHECK(type != NULL && shape != NULL && offsets != NULL, GNN_ERR_INPUT,
              "%s: array '%s' lacks dtype, shape or data_offsets", file->path,
              array->name);
    GNN_TRY(take_type(file, type, array));
    GNN_TRY(take_shape(file, shape, array));
    GNN_TRY(take_span(file, offsets, array, place));

    size_t bytes;
    GNN_CHECK(gnn_i_array_bytes(array, &bytes) &&
                  bytes == (size_t)(place->end - place->start),
              GNN_ERR_INPUT,
              "%s: array '%s': %" PRId64 " bytes of data do not fit its dtype and shape",
              file->path, array->name, place->end - place->start);
    array->data = file->map + file->data_start + place->start;
    GNN_CHECK((uintptr_t)array->data % gnn_array_type_size(array->type) == 0,
              GNN_ERR_INPUT,
              "%s: array '%s' starts at byte %zu, which is no multiple of %zu",
              file->path, array->name, file->data_start + (size_t)place->start,
              gnn_array_type_size(array->type));
cleanup:
    return status;
}

/* By place; empty arrays share theirs with the one behind, and come before it. */
static int compare_places(const void *a, const void *b) {
    const gnn_array *x = a, *y = b;
    if (x->data != y->data) return (const char *)x->data < (const char *)y->data ? -1 : 1;
    int64_t x_count = gnn_array_count(x), y_count = gnn_array_count(y);
    return (x_count > 0) - (y_count > 0);
}

static int compare_names(const void *a, const void *b, void *arrays) {
    const gnn_array *all = arrays;
    return strcmp(all[*(const int64_t *)a].name, all[*(const int64_t *)b].name);
}

/* Arrays in the order of their data have to follow each other and fill it. */
static gnn_status check_places(const gnn_safetensors *file) {
    const char *start = file->map + file->data_start, *next = start;
    for (int64_t i = 0; i < file->n; i++) {
        const gnn_array *array = &file->arrays[i];
        size_t bytes;
        gnn_i_array_bytes(array, &bytes);
        if ((const char *)array->data != next)
            return gnn_fail(GNN_ERR_INPUT,
                            "%s: array '%s' starts at byte %td of the data, %s",
                            file->path, array->name, (const char *)array->data - start,
                            (const char *)array->data < next ? "inside of another one"
                                                             : "after a gap");
        next = (const char *)array->data + bytes;
    }
    if (next == start + file->data_bytes) return GNN_OK;
    return gnn_fail(GNN_ERR_INPUT, "%s: %td bytes of data belong to no array", file->path,
                    start + file->data_bytes - next);
}

static gnn_status take_entries(gnn_safetensors *file) {
    gnn_status status = GNN_OK;
    int64_t n = cJSON_GetArraySize(file->json);
    GNN_TRY(
        gnn_i_calloc(&file->arrays, (size_t)n, sizeof *file->arrays, "a file's arrays"));
    GNN_TRY(
        gnn_i_alloc(&file->by_name, (size_t)n, sizeof *file->by_name, "a file's arrays"));
    for (const cJSON *entry = file->json->child; entry != NULL; entry = entry->next) {
        span place = {0, 0};
        if (strcmp(entry->string, "__metadata__") == 0)
            GNN_TRY(take_notes(file, entry));
        else
            GNN_TRY(take_entry(file, entry, &file->arrays[file->n++], &place));
    }
    if (file->n > 0) {
        qsort(file->arrays, (size_t)file->n, sizeof *file->arrays, compare_places);
        for (int64_t i = 0; i < file->n; i++) file->by_name[i] = i;
        qsort_r(file->by_name, (size_t)file->n, sizeof *file->by_name, compare_names,
                file->arrays);
    }
    for (int64_t i = 1; i < file->n; i++) {
        const char *name = file->arrays[file->by_name[i]].name;
        GNN_CHECK(strcmp(name, file->arrays[file->by_name[i - 1]].name) != 0,
                  GNN_ERR_INPUT, "%s: two arrays are called '%s'", file->path, name);
    }
    GNN_TRY(check_places(file));
cleanup:
    return status;
}

gnn_status gnn_safetensors_open(const char *path, gnn_safetensors **file) {
    gnn_status status;
    gnn_safetensors *made = NULL;
    *file = NULL;
    GNN_TRY(gnn_i_calloc(&made, 1, sizeof *made, "a safetensors file"));
    GNN_TRY(gnn_i_strdup(&made->path, path));
    GNN_TRY(map_file(made));
    GNN_TRY(parse_header(made));
    GNN_TRY(take_entries(made));
    *file = made;
    made = NULL;
cleanup:
    gnn_safetensors_free(made);
    return status;
}

int64_t gnn_safetensors_count(const gnn_safetensors *file) {
    return file->n;
}

const gnn_array *gnn_safetensors_get(const gnn_safetensors *file, int64_t i) {
    return i >= 0 && i < file->n ? &file->arrays[i] : NULL;
}

const char *gnn_safetensors_path(const gnn_safetensors *file) {
    return file->path;
}

const gnn_array *gnn_safetensors_find(const gnn_safetensors *file, const char *name) {
    int64_t low = 0, high = file->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        const gnn_array *array = &file->arrays[file->by_name[middle]];
        int order = strcmp(name, array->name);
        if (order == 0) return array;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const char *gnn_safetensors_note(const gnn_safetensors *file, const char *name) {
    const cJSON *note = file->notes != NULL ? file->notes->child : NULL;
    for (; note != NULL; note = note->next)
        if (strcmp(note->string, name) == 0) return note->valuestring;
    return NULL;
}

/* "F32 (2, 3)"; an axis of -1 is written as *. */
static void describe(char *text, size_t size, gnn_array_type type, int n_axes,
                     const int64_t *shape) {
    size_t length = (size_t)snprintf(text, size, "%s (", gnn_array_type_name(type));
    for (int i = 0; i < n_axes && length < size; i++) {
        const char *comma = i > 0 ? ", " : "";
        if (shape[i] < 0)
            length += (size_t)snprintf(text + length, size - length, "%s*", comma);
        else
            length += (size_t)snprintf(text + length, size - length, "%s%" PRId64, comma,
                                       shape[i]);
    }
    if (length < size) snprintf(text + length, size - length, ")");
}

gnn_status gnn_safetensors_need(const gnn_safetensors *file, const char *name,
                                gnn_array_type type, int n_axes, const int64_t *shape,
                                const gnn_array **array) {
    const gnn_array *found = gnn_safetensors_find(file, name);
    if (found == NULL)
        return gnn_fail(GNN_ERR_INPUT, "%s: there is no array '%s'", file->path, name);
    bool fits = found->type == type && found->n_axes == n_axes;
    for (int i = 0; fits && i < n_axes; i++)
        fits = shape[i] < 0 || shape[i] == found->shape[i];
    if (!fits) {
        char is[200], expected[200];
        describe(is, sizeof is, found->type, found->n_axes, found->shape);
        describe(expected, sizeof expected, type, n_axes, shape);
        return gnn_fail(GNN_ERR_INPUT, "%s: array '%s' is %s, expected %s", file->path,
                        name, is, expected);
    }
    *array = found;
    return GNN_OK;
}
