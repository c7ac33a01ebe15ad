/* Reading .npy: a header of Python text, then numbers in one of two orders. */
#include "text/npy.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "text/scan.h"

enum { LONGEST_HEADER = 1 << 16, BLOCK_BYTES = 64 << 10 };

static bool ends_with(const char *text, const char *ending) {
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

bool data_i_is_npy(const char *path) {
    return ends_with(path, ".npy") || ends_with(path, ".npy.gz") ||
           ends_with(path, ".npy.zst");
}

/* ---- the header ---- */

/* Where the value of a key begins, behind its colon and blanks; NULL when it is not
 * there. */
static const char *value_of(const char *header, const char *key) {
    const char *p = strstr(header, key);
    if (p == NULL) return NULL;
    p += strlen(key);
    while (*p == ' ') p++;
    if (*p != ':') return NULL;
    p++;
    while (*p == ' ') p++;
    return p;
}

static gnn_status parse_type(data_i_npy *npy, const char *header) {
    static const char *const known[] = {"f4", "f8", "i1", "i2", "i4",
                                        "i8", "u1", "u2", "u4", "b1"};
    const char *p = value_of(header, "'descr'");
    if (p == NULL || *p != '\'')
        return gnn_fail(GNN_ERR_INPUT, "%s: the header names no type", npy->path);
    const char *end = strchr(++p, '\'');
    size_t length = end == NULL ? 0 : (size_t)(end - p);
    bool in_order = length == 3 && (*p == '<' || *p == '|' || *p == '=');
    for (size_t i = 0; in_order && i < sizeof known / sizeof *known; i++) {
        if (memcmp(p + 1, known[i], 2) != 0) continue;
        npy->kind = p[1];
        npy->size = p[2] - '0';
        return GNN_OK;
    }
    char quoted[DATA_I_QUOTED];
    return gnn_fail(
        GNN_ERR_INPUT,
        "%s: type %s, expected little-endian f4 f8 i1 i2 i4 i8 u1 u2 u4 or b1", npy->path,
        data_i_quote((data_i_field){p, length}, quoted));
}

/* (rows,) or (rows, columns) */
static gnn_status parse_shape(data_i_npy *npy, const char *header) {
    const char *p = value_of(header, "'shape'");
    int64_t axis[2] = {0, 1};
    int n = 0;
    if (p == NULL || *p != '(')
        return gnn_fail(GNN_ERR_INPUT, "%s: the header names no shape", npy->path);
    for (p++; *p != ')' && *p != '\0';) {
        while (*p == ' ' || *p == ',') p++;
        if (*p == ')') break;
        const char *begin = p;
        while (data_i_is_digit(*p)) p++;
        gnn_id value;
        data_i_field field = {begin, (size_t)(p - begin)};
        if (data_i_parse_integer(field, &value) != DATA_I_INTEGER)
            return gnn_fail(GNN_ERR_INPUT, "%s: the shape is not one of 32-bit numbers",
                            npy->path);
        if (n < 2) axis[n] = value;
        n++;
    }
    if (n < 1 || n > 2)
        return gnn_fail(GNN_ERR_INPUT, "%s: %d axes, expected (rows, columns)", npy->path,
                        n);
    if (axis[0] == 0 || axis[1] == 0)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: the matrix (%" PRId64 ", %" PRId64 ") is empty", npy->path,
                        axis[0], axis[1]);
    npy->rows = axis[0];
    npy->columns = axis[1];
    return GNN_OK;
}

static gnn_status parse_header(data_i_npy *npy, const char *header) {
    gnn_status status = parse_type(npy, header);
    if (status == GNN_OK) status = parse_shape(npy, header);
    if (status != GNN_OK) return status;
    const char *order = value_of(header, "'fortran_order'");
    if (order == NULL)
        return gnn_fail(GNN_ERR_INPUT, "%s: the header names no order", npy->path);
    npy->is_fortran = strncmp(order, "True", 4) == 0;
    return GNN_OK;
}

/* Exactly n bytes, or an error. */
static gnn_status read_exactly(data_i_npy *npy, void *bytes, size_t n) {
    if (data_i_stream_read(&npy->stream, bytes, n) == n) return GNN_OK;
    gnn_status status = data_i_stream_status(&npy->stream, npy->path);
    if (status != GNN_OK) return status;
    return gnn_fail(GNN_ERR_INPUT,
                    "%s: the file ends early, expected .npy data of (%" PRId64
                    ", %" PRId64 ")",
                    npy->path, npy->rows, npy->columns);
}

gnn_status data_i_npy_open(data_i_npy *npy, const char *path) {
    gnn_status status;
    unsigned char head[8], size[4] = {0};
    char *header = NULL;
    *npy = (data_i_npy){.path = path, .stream = {.fd = -1}};
    GNN_TRY(data_i_stream_open(&npy->stream, path));
    GNN_TRY(read_exactly(npy, head, sizeof head));
    GNN_CHECK(memcmp(head, "\x93NUMPY", 6) == 0, GNN_ERR_INPUT,
              "%s: does not begin like a .npy file", path);
    GNN_CHECK(head[6] >= 1 && head[6] <= 3, GNN_ERR_INPUT,
              "%s: .npy format %d, expected 1 to 3", path, head[6]);
    GNN_TRY(read_exactly(npy, size, head[6] == 1 ? 2 : 4));
    uint32_t length = size[0] | (uint32_t)size[1] << 8 | (uint32_t)size[2] << 16 |
                      (uint32_t)size[3] << 24;
    GNN_CHECK(length <= LONGEST_HEADER, GNN_ERR_INPUT,
              "%s: a header of %u bytes, expected %d", path, length, LONGEST_HEADER);
    GNN_TRY(gnn_i_calloc(&header, (size_t)length + 1, 1, "a header"));
    GNN_TRY(read_exactly(npy, header, length));
    GNN_TRY(parse_header(npy, header));
cleanup:
    gnn_i_free(header);
    if (status != GNN_OK) data_i_npy_close(npy);
    return status;
}

void data_i_npy_close(data_i_npy *npy) {
    data_i_stream_close(&npy->stream);
}

/* ---- the data ---- */

static double number_at(const data_i_npy *npy, const char *p) {
    union {
        float f4;
        double f8;
        int8_t i1;
        int16_t i2;
        int32_t i4;
        int64_t i8;
        uint8_t u1;
        uint16_t u2;
        uint32_t u4;
    } x;
    memcpy(&x, p, (size_t)npy->size);
    switch (npy->kind) {
    case 'f': return npy->size == 4 ? (double)x.f4 : x.f8;
    case 'i':
        return npy->size == 1   ? (double)x.i1
               : npy->size == 2 ? (double)x.i2
               : npy->size == 4 ? (double)x.i4
                                : (double)x.i8;
    case 'u':
        return npy->size == 1   ? (double)x.u1
               : npy->size == 2 ? (double)x.u2
                                : (double)x.u4;
    default: return x.u1 != 0;
    }
}

gnn_status data_i_npy_values(data_i_npy *npy, gnn_real *values) {
    gnn_status status = GNN_OK;
    char *block = NULL;
    int64_t count = npy->rows * npy->columns, row = 0, column = 0;
    size_t step = BLOCK_BYTES / (size_t)npy->size;
    GNN_TRY(gnn_i_alloc(&block, BLOCK_BYTES, 1, ".npy data"));
    for (int64_t done = 0; done < count;) {
        size_t n = (size_t)(count - done) < step ? (size_t)(count - done) : step;
        GNN_TRY(read_exactly(npy, block, n * (size_t)npy->size));
        for (size_t i = 0; i < n; i++) {
            gnn_real x = (gnn_real)number_at(npy, block + i * (size_t)npy->size);
            GNN_CHECK(isfinite(x), GNN_ERR_INPUT,
                      "%s: row %" PRId64 ", column %" PRId64 ": %g is not finite",
                      npy->path, row, column, (double)x);
            values[row * npy->columns + column] = x;
            if (npy->is_fortran ? ++row == npy->rows : ++column == npy->columns) {
                row = npy->is_fortran ? 0 : row + 1;
                column = npy->is_fortran ? column + 1 : 0;
            }
        }
        done += (int64_t)n;
    }
    GNN_CHECK(data_i_stream_read(&npy->stream, block, 1) == 0, GNN_ERR_INPUT,
              "%s: bytes behind the data of (%" PRId64 ", %" PRId64 ")", npy->path,
              npy->rows, npy->columns);
    GNN_TRY(data_i_stream_status(&npy->stream, npy->path));
cleanup:
    gnn_i_free(block);
    return status;
}
