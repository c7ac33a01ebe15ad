/* Tables: .npy, TSV and word2vec's formats. */
#include <datasets/write.h>

#include <inttypes.h>
#include <string.h>

#include "core/alloc.h"
#include "write/file.h"

/* One row of a tensor of gnn_real: a dense row as it is, a sparse one spread out in
 * `spread`. */
static const gnn_real *dense_row(const gnn_tensor *x, int64_t row, gnn_real *spread) {
    int64_t width = gnn_tensor_width(x);
    if (x->layout == GNN_DENSE) return gnn_tensor_real(x) + row * width;
    memset(spread, 0, (size_t)width * sizeof *spread);
    for (gnn_off k = x->sparse->row_ptr[row]; k < x->sparse->row_ptr[row + 1]; k++)
        spread[x->sparse->col[k]] = x->sparse->value[k];
    return spread;
}

static gnn_status alloc_spread(const gnn_tensor *x, gnn_real **spread) {
    *spread = NULL;
    if (x->layout == GNN_DENSE) return GNN_OK;
    return gnn_i_alloc(spread, (size_t)gnn_tensor_width(x), sizeof **spread, "a row");
}

/* ---- .npy ---- */

/* The header, padded so that the data begin at a multiple of 64. */
static gnn_status put_npy_header(FILE *stream, const gnn_tensor *x) {
    static const char *const types[] = {
        [GNN_F32] = "<f4", [GNN_F64] = "<f8", [GNN_I32] = "<i4", [GNN_I64] = "<i8"};
    char shape[128], header[320];
    size_t n = 0;
    shape[0] = '\0';
    for (int i = 0; i < x->n_axes; i++)
        n += (size_t)snprintf(shape + n, sizeof shape - n, "%" PRId64 ",%s", x->shape[i],
                              i + 1 < x->n_axes ? " " : "");
    if (x->n_axes > 1) shape[n - 1] = '\0';
    int length = snprintf(header, sizeof header,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }",
                          types[x->dtype], shape);
    int padded = (10 + length + 1 + 63) / 64 * 64 - 10;
    const unsigned char head[10] = {0x93,
                                    'N',
                                    'U',
                                    'M',
                                    'P',
                                    'Y',
                                    1,
                                    0,
                                    (unsigned char)(padded & 0xff),
                                    (unsigned char)(padded >> 8)};
    fwrite(head, 1, sizeof head, stream);
    fprintf(stream, "%-*s\n", padded - 1, header);
    return GNN_OK;
}

gnn_status data_write_npy(const char *path, const gnn_tensor *tensor) {
    gnn_status status;
    data_i_file file = {0};
    gnn_real *spread = NULL;
    GNN_CHECK(tensor->dtype != GNN_BF16, GNN_ERR_UNSUPPORTED, "%s: .npy knows no bf16",
              path);
    GNN_TRY(alloc_spread(tensor, &spread));
    GNN_TRY(data_i_file_open(&file, path));
    GNN_TRY(put_npy_header(file.stream, tensor));
    if (tensor->layout == GNN_DENSE)
        fwrite(tensor->data, gnn_dtype_size(tensor->dtype),
               (size_t)gnn_tensor_count(tensor), file.stream);
    else
        for (int64_t i = 0; i < tensor->shape[0]; i++)
            fwrite(dense_row(tensor, i, spread), sizeof(gnn_real),
                   (size_t)gnn_tensor_width(tensor), file.stream);
cleanup:
    gnn_i_free(spread);
    return data_i_file_close(&file, status);
}

/* ---- text ---- */

static size_t format_real(gnn_real x, char out[32]) {
#if GNN_REAL_DOUBLE
    return data_i_format_f64(x, out);
#else
    return data_i_format_f32(x, out);
#endif
}

/* Element i of a dense tensor of any type. */
static size_t format_element(const gnn_tensor *x, int64_t i, char out[32]) {
    switch (x->dtype) {
    case GNN_F32: return data_i_format_f32(((const float *)x->data)[i], out);
    case GNN_F64: return data_i_format_f64(((const double *)x->data)[i], out);
    case GNN_I32:
        return (size_t)snprintf(out, 32, "%" PRId32, ((const int32_t *)x->data)[i]);
    default: return (size_t)snprintf(out, 32, "%" PRId64, ((const int64_t *)x->data)[i]);
    }
}

static void put_sparse_row(FILE *stream, const gnn_tensor *x, int64_t row) {
    char number[32];
    const gnn_sparse *s = x->sparse;
    for (gnn_off k = s->row_ptr[row]; k < s->row_ptr[row + 1]; k++) {
        format_real(s->value[k], number);
        fprintf(stream, "%s%d:%s", k > s->row_ptr[row] ? " " : "", s->col[k], number);
    }
}

gnn_status data_write_tsv(const char *path, const gnn_names *names,
                          const gnn_tensor *tensor) {
    gnn_status status;
    data_i_file file = {0};
    char number[32], buffer[24];
    int64_t width = gnn_tensor_width(tensor);
    GNN_CHECK(tensor->dtype != GNN_BF16, GNN_ERR_UNSUPPORTED, "%s: no text of bf16",
              path);
    GNN_CHECK(names == NULL || gnn_names_count(names) >= tensor->shape[0], GNN_ERR_SHAPE,
              "%s: %" PRId64 " names of %" PRId64 " rows", path, gnn_names_count(names),
              tensor->shape[0]);
    GNN_TRY(data_i_file_open(&file, path));
    for (int64_t i = 0; i < tensor->shape[0]; i++) {
        if (names != NULL) {
            fputs(gnn_names_get(names, i, buffer), file.stream);
            fputc('\t', file.stream);
        }
        if (tensor->layout == GNN_SPARSE) put_sparse_row(file.stream, tensor, i);
        for (int64_t j = 0; tensor->layout == GNN_DENSE && j < width; j++) {
            size_t n = format_element(tensor, i * width + j, number);
            if (j > 0) fputc('\t', file.stream);
            fwrite(number, 1, n, file.stream);
        }
        fputc('\n', file.stream);
    }
cleanup:
    return data_i_file_close(&file, status);
}

/* ---- word2vec ---- */

/* Blanks end a name in these formats: they become _. Two names that would become one are
 * an error: rows could not be told apart. */
static gnn_status make_words(const char *path, const gnn_names *names, int64_t n,
                             gnn_names **words) {
    gnn_status status;
    char buffer[24], *text = NULL;
    GNN_TRY(gnn_names_new(words));
    for (int64_t i = 0, row; i < n; i++) {
        const char *name = gnn_names_get(names, i, buffer);
        GNN_TRY(gnn_i_strdup(&text, name));
        for (char *c = text; *c != '\0'; c++)
            if (*c == ' ') *c = '_';
        GNN_TRY(gnn_names_add(*words, text, strlen(text), &row));
        GNN_CHECK(
            row == i, GNN_ERR_INPUT,
            "%s: '%s' and another name would both be called '%s': blanks become _ in "
            "word2vec's formats",
            path, gnn_names_get(names, row, buffer), text);
        gnn_i_free(text);
        text = NULL;
    }
cleanup:
    gnn_i_free(text);
    return status;
}

static void put_text_row(FILE *stream, int64_t width, const gnn_real *row) {
    char number[33] = " ";
    for (int64_t j = 0; j < width; j++)
        fwrite(number, 1, 1 + format_real(row[j], number + 1), stream);
}

/* Single precision, as the machine has it: little-endian wherever this is built. */
static void put_binary_row(FILE *stream, int64_t width, const gnn_real *row) {
    fputc(' ', stream);
    for (int64_t j = 0; j < width; j++) {
        const float x = (float)row[j];
        fwrite(&x, sizeof x, 1, stream);
    }
}

static gnn_status write_words(const char *path, const gnn_names *names,
                              const gnn_tensor *tensor,
                              void (*put_row)(FILE *, int64_t, const gnn_real *)) {
    gnn_status status;
    data_i_file file = {0};
    gnn_real *spread = NULL;
    gnn_names *words = NULL;
    int64_t width = gnn_tensor_width(tensor);
    GNN_CHECK(tensor->dtype == GNN_REAL, GNN_ERR_UNSUPPORTED, "%s: word2vec of %s", path,
              gnn_dtype_name(tensor->dtype));
    GNN_CHECK(gnn_names_count(names) >= tensor->shape[0], GNN_ERR_SHAPE,
              "%s: %" PRId64 " names of %" PRId64 " rows", path, gnn_names_count(names),
              tensor->shape[0]);
    GNN_TRY(make_words(path, names, tensor->shape[0], &words));
    GNN_TRY(alloc_spread(tensor, &spread));
    GNN_TRY(data_i_file_open(&file, path));
    fprintf(file.stream, "%" PRId64 " %" PRId64 "\n", tensor->shape[0], width);
    for (int64_t i = 0; i < tensor->shape[0]; i++) {
        fputs(gnn_names_get(words, i, NULL), file.stream);
        put_row(file.stream, width, dense_row(tensor, i, spread));
        fputc('\n', file.stream);
    }
cleanup:
    gnn_names_free(words);
    gnn_i_free(spread);
    return data_i_file_close(&file, status);
}

gnn_status data_write_word2vec(const char *path, const gnn_names *names,
                               const gnn_tensor *tensor) {
    return write_words(path, names, tensor, put_text_row);
}

gnn_status data_write_word2vec_binary(const char *path, const gnn_names *names,
                                      const gnn_tensor *tensor) {
    return write_words(path, names, tensor, put_binary_row);
}
