/* Tensors that belong to the caller: making, freeing, describing, taking rows. */
#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include "core/alloc.h"
#include "tensor/tape.h"

static atomic_uint_fast64_t next_id = 1;

size_t gnn_dtype_size(gnn_dtype dtype) {
    static const size_t size[GNN_N_DTYPES] = {4, 8, 2, 4, 8};
    return (unsigned)dtype < GNN_N_DTYPES ? size[dtype] : 0;
}

const char *gnn_dtype_name(gnn_dtype dtype) {
    static const char *const name[GNN_N_DTYPES] = {"f32", "f64", "bf16", "i32", "i64"};
    return (unsigned)dtype < GNN_N_DTYPES ? name[dtype] : "unknown";
}

int64_t gnn_tensor_count(const gnn_tensor *tensor) {
    if (!tensor) return 0;
    return tensor->shape[0] * tensor->shape[1] * tensor->shape[2] * tensor->shape[3];
}

int64_t gnn_tensor_width(const gnn_tensor *tensor) {
    return tensor ? tensor->shape[1] * tensor->shape[2] * tensor->shape[3] : 0;
}

int64_t gnn_tensor_n_stored(const gnn_tensor *tensor) {
    if (!tensor) return 0;
    return tensor->sparse ? tensor->sparse->row_ptr[tensor->shape[0]]
                          : gnn_tensor_count(tensor);
}

gnn_real *gnn_tensor_real(const gnn_tensor *tensor) {
    return tensor && tensor->dtype == GNN_REAL && tensor->layout == GNN_DENSE
               ? tensor->data
               : NULL;
}

static gnn_status new_header(gnn_dtype dtype, gnn_layout layout, gnn_axis axis,
                             int n_axes, const int64_t *shape, gnn_tensor **tensor) {
    gnn_status status = GNN_OK;
    gnn_tensor *t = NULL;
    GNN_CHECK((unsigned)dtype < GNN_N_DTYPES, GNN_ERR_ARGUMENT,
              "tensor: unknown dtype %d", (int)dtype);
    GNN_CHECK(n_axes >= 0 && n_axes <= GNN_MAX_AXES, GNN_ERR_ARGUMENT,
              "tensor: %d axes, at most %d are possible", n_axes, GNN_MAX_AXES);
    GNN_TRY(gnn_i_calloc(&t, 1, sizeof *t, "a tensor"));
    *t = (gnn_tensor){.dtype = dtype,
                      .layout = layout,
                      .axis = axis,
                      .n_axes = n_axes,
                      .shape = {1, 1, 1, 1},
                      .is_constant = layout == GNN_SPARSE,
                      .slot = -1};
    int64_t count = 1;
    for (int i = 0; i < n_axes; i++) {
        GNN_CHECK(shape[i] >= 0 && !__builtin_mul_overflow(count, shape[i], &count),
                  GNN_ERR_ARGUMENT,
                  "tensor: axis %d of length %lld is negative or too long", i,
                  (long long)shape[i]);
        t->shape[i] = shape[i];
    }
    t->id = atomic_fetch_add(&next_id, 1);
    *tensor = t;
    return GNN_OK;
cleanup:
    gnn_i_free(t);
    *tensor = NULL;
    return status;
}

gnn_status gnn_tensor_new(gnn_dtype dtype, gnn_axis axis, int n_axes,
                          const int64_t *shape, gnn_tensor **tensor) {
    gnn_status status = GNN_OK;
    gnn_tensor *t = NULL;
    *tensor = NULL;
    GNN_TRY(new_header(dtype, GNN_DENSE, axis, n_axes, shape, &t));
    GNN_TRY(gnn_i_calloc(&t->data, (size_t)gnn_tensor_count(t), gnn_dtype_size(dtype),
                         "a tensor's values"));
    *tensor = t;
    return GNN_OK;
cleanup:
    gnn_tensor_free(t);
    return status;
}

void gnn_tensor_set_constant(gnn_tensor *tensor, bool is_constant) {
    /* What graphs keep of an earlier promise goes by the earlier id. */
    if (is_constant && !tensor->is_constant) tensor->id = atomic_fetch_add(&next_id, 1);
    tensor->is_constant = is_constant;
}

gnn_tensor gnn_i_tensor_as_constant(const gnn_tensor *x) {
    gnn_tensor constant = *x;
    gnn_tensor_set_constant(&constant, true);
    return constant;
}

static void free_sparse(gnn_sparse *sparse) {
    if (!sparse) return;
    gnn_i_free(sparse->row_ptr);
    gnn_i_free(sparse->col);
    gnn_i_free(sparse->value);
    gnn_i_free(sparse->col_ptr);
    gnn_i_free(sparse->row);
    gnn_i_free(sparse->entry);
    gnn_i_free(sparse);
}

void gnn_tensor_free(gnn_tensor *tensor) {
    if (!tensor) return;
    free_sparse(tensor->sparse);
    gnn_i_free(tensor->data);
    gnn_i_free(tensor);
}

/* (col_ptr, row, entry) of the transpose by a counting sort: rows ascend within a
 * column. */
static void build_transpose(gnn_sparse *s, int64_t rows, int64_t columns) {
    memset(s->col_ptr, 0, ((size_t)columns + 1) * sizeof *s->col_ptr);
    int64_t n = s->row_ptr[rows];
    for (int64_t k = 0; k < n; k++) s->col_ptr[s->col[k] + 1]++;
    for (int64_t c = 0; c < columns; c++) s->col_ptr[c + 1] += s->col_ptr[c];
    for (int64_t r = 0; r < rows; r++)
        for (gnn_off k = s->row_ptr[r]; k < s->row_ptr[r + 1]; k++) {
            gnn_off at = s->col_ptr[s->col[k]]++;
            s->row[at] = (gnn_id)r;
            s->entry[at] = (gnn_id)k;
        }
    memmove(s->col_ptr + 1, s->col_ptr, (size_t)columns * sizeof *s->col_ptr);
    s->col_ptr[0] = 0;
}

static gnn_status check_sparse(int64_t rows, int64_t columns, const gnn_off *row_ptr,
                               const gnn_id *col, const gnn_real *value) {
    if (rows >= INT32_MAX || columns >= INT32_MAX || row_ptr[rows] >= INT32_MAX)
        return gnn_fail(
            GNN_ERR_UNSUPPORTED,
            "sparse tensor: %lld rows, %lld columns, %lld values; each must be "
            "below 2^31",
            (long long)rows, (long long)columns, (long long)row_ptr[rows]);
    for (int64_t r = 0; r < rows; r++)
        for (gnn_off k = row_ptr[r]; k < row_ptr[r + 1]; k++) {
            if (col[k] < 0 || col[k] >= columns)
                return gnn_fail(GNN_ERR_INPUT,
                                "sparse tensor: row %lld: column %d is outside 0..%lld",
                                (long long)r, col[k], (long long)columns - 1);
            if (k > row_ptr[r] && col[k] <= col[k - 1])
                return gnn_fail(GNN_ERR_INPUT,
                                "sparse tensor: row %lld: column %d does not ascend",
                                (long long)r, col[k]);
            if (value && !isfinite(value[k]))
                return gnn_fail(GNN_ERR_INPUT,
                                "sparse tensor: row %lld, column %d: value is not finite",
                                (long long)r, col[k]);
        }
    return GNN_OK;
}

/* Space for a sparse tensor's arrays, nothing filled. */
static gnn_status alloc_sparse(gnn_tensor *t, int64_t rows, int64_t columns, size_t n) {
    gnn_status status = GNN_OK;
    gnn_sparse *s;
    GNN_TRY(gnn_i_calloc(&t->sparse, 1, sizeof *t->sparse, "a sparse tensor"));
    s = t->sparse;
    GNN_TRY(
        gnn_i_alloc(&s->row_ptr, (size_t)rows + 1, sizeof *s->row_ptr, "sparse rows"));
    GNN_TRY(gnn_i_alloc(&s->col_ptr, (size_t)columns + 1, sizeof *s->col_ptr,
                        "sparse columns"));
    GNN_TRY(gnn_i_alloc(&s->col, n, sizeof *s->col, "sparse values"));
    GNN_TRY(gnn_i_alloc(&s->value, n, sizeof *s->value, "sparse values"));
    GNN_TRY(gnn_i_alloc(&s->row, n, sizeof *s->row, "sparse values"));
    GNN_TRY(gnn_i_alloc(&s->entry, n, sizeof *s->entry, "sparse values"));
cleanup:
    return status;
}

gnn_status gnn_tensor_new_sparse(gnn_axis axis, int64_t rows, int64_t columns,
                                 const gnn_off *row_ptr, const gnn_id *col,
                                 const gnn_real *value, gnn_tensor **tensor) {
    gnn_status status = GNN_OK;
    gnn_tensor *t = NULL;
    *tensor = NULL;
    size_t n = (size_t)row_ptr[rows];
    GNN_TRY(check_sparse(rows, columns, row_ptr, col, value));
    GNN_TRY(new_header(GNN_REAL, GNN_SPARSE, axis, 2, (int64_t[]){rows, columns}, &t));
    GNN_TRY(alloc_sparse(t, rows, columns, n));
    gnn_sparse *s = t->sparse;
    memcpy(s->row_ptr, row_ptr, ((size_t)rows + 1) * sizeof *row_ptr);
    if (n) {
        memcpy(s->col, col, n * sizeof *col);
        if (value)
            memcpy(s->value, value, n * sizeof *value);
        else
            for (size_t k = 0; k < n; k++) s->value[k] = 1;
    }
    build_transpose(s, rows, columns);
    *tensor = t;
    return GNN_OK;
cleanup:
    gnn_tensor_free(t);
    return status;
}

gnn_status gnn_tensor_to_dense(const gnn_tensor *sparse, gnn_tensor **dense) {
    if (!sparse->sparse)
        return gnn_fail(GNN_ERR_ARGUMENT, "gnn_tensor_to_dense: the tensor is dense");
    gnn_status status = gnn_tensor_new(GNN_REAL, sparse->axis, 2, sparse->shape, dense);
    if (status != GNN_OK) return status;
    const gnn_sparse *s = sparse->sparse;
    gnn_real *out = (*dense)->data;
    for (int64_t r = 0; r < sparse->shape[0]; r++)
        for (gnn_off k = s->row_ptr[r]; k < s->row_ptr[r + 1]; k++)
            out[r * sparse->shape[1] + s->col[k]] = s->value[k];
    return GNN_OK;
}

/* ---- taking rows ---- */

static void take_dense(const gnn_tensor *x, int64_t n, const gnn_id *index,
                       gnn_tensor *out) {
    size_t width = (size_t)gnn_tensor_width(x) * gnn_dtype_size(x->dtype);
    for (int64_t i = 0; i < n; i++)
        memcpy((char *)out->data + (size_t)i * width,
               (const char *)x->data + (size_t)index[i] * width, width);
}

static void take_sparse(const gnn_tensor *x, int64_t n, const gnn_id *index,
                        gnn_tensor *out) {
    const gnn_sparse *from = x->sparse;
    gnn_sparse *to = out->sparse;
    gnn_off at = 0;
    for (int64_t i = 0; i < n; i++) {
        to->row_ptr[i] = at;
        gnn_off first = from->row_ptr[index[i]];
        size_t length = (size_t)(from->row_ptr[index[i] + 1] - first);
        if (length) {
            memcpy(to->col + at, from->col + first, length * sizeof *to->col);
            memcpy(to->value + at, from->value + first, length * sizeof *to->value);
        }
        at += (gnn_off)length;
    }
    to->row_ptr[n] = at;
    build_transpose(to, n, x->shape[1]);
}

/* Rows and values for which the arrays of a result made earlier have room are kept in the
 * tensor's own unused fields of the header that holds it. */
typedef struct rows_tensor {
    gnn_tensor tensor; /* first: the result is this, seen as a tensor */
    int64_t row_room, value_room;
} rows_tensor;

static gnn_status reserve_rows(const gnn_tensor *x, int64_t n, int64_t n_values,
                               rows_tensor *out) {
    gnn_status status = GNN_OK;
    gnn_tensor *t = &out->tensor;
    if (n > out->row_room) {
        if (x->sparse)
            GNN_TRY(gnn_i_realloc(&t->sparse->row_ptr, (size_t)n + 1,
                                  sizeof *t->sparse->row_ptr, "rows taken"));
        else
            GNN_TRY(gnn_i_realloc(&t->data, (size_t)n,
                                  (size_t)gnn_tensor_width(x) * gnn_dtype_size(x->dtype),
                                  "rows taken"));
        out->row_room = n;
    }
    if (n_values > out->value_room) {
        gnn_sparse *s = t->sparse;
        out->value_room = 0;
        GNN_TRY(gnn_i_realloc(&s->col, (size_t)n_values, sizeof *s->col, "rows taken"));
        GNN_TRY(
            gnn_i_realloc(&s->value, (size_t)n_values, sizeof *s->value, "rows taken"));
        GNN_TRY(gnn_i_realloc(&s->row, (size_t)n_values, sizeof *s->row, "rows taken"));
        GNN_TRY(
            gnn_i_realloc(&s->entry, (size_t)n_values, sizeof *s->entry, "rows taken"));
        out->value_room = n_values;
    }
cleanup:
    return status;
}

static gnn_status new_rows_tensor(const gnn_tensor *x, rows_tensor **out) {
    gnn_status status = GNN_OK;
    rows_tensor *made = NULL;
    GNN_TRY(gnn_i_calloc(&made, 1, sizeof *made, "rows taken"));
    made->tensor = (gnn_tensor){.dtype = x->dtype,
                                .layout = x->layout,
                                .axis = x->axis,
                                .n_axes = x->n_axes,
                                .shape = {0, x->shape[1], x->shape[2], x->shape[3]},
                                .is_constant = false,
                                .slot = -1};
    if (x->sparse) {
        gnn_sparse **s = &made->tensor.sparse;
        GNN_TRY(gnn_i_calloc(s, 1, sizeof **s, "rows taken"));
        GNN_TRY(gnn_i_alloc(&(*s)->col_ptr, (size_t)x->shape[1] + 1,
                            sizeof *(*s)->col_ptr, "rows taken"));
        GNN_TRY(gnn_i_calloc(&(*s)->row_ptr, 1, sizeof *(*s)->row_ptr, "rows taken"));
    }
    *out = made;
    return GNN_OK;
cleanup:
    if (made) gnn_tensor_free(&made->tensor);
    return status;
}

/* An earlier result fits rows of x when only their number may differ. */
static gnn_status check_refill(const gnn_tensor *x, const gnn_tensor *rows) {
    gnn_status status = GNN_OK;
    GNN_CHECK(rows->id == 0, GNN_ERR_ARGUMENT,
              "gnn_tensor_take_rows: *rows is no earlier result, or is constant");
    GNN_CHECK(rows->dtype == x->dtype && rows->layout == x->layout &&
                  rows->n_axes == x->n_axes &&
                  memcmp(rows->shape + 1, x->shape + 1,
                         (GNN_MAX_AXES - 1) * sizeof *x->shape) == 0,
              GNN_ERR_SHAPE,
              "gnn_tensor_take_rows: *rows holds %s rows of %lld %s values, the tensor "
              "%s rows of %lld %s values",
              rows->sparse ? "sparse" : "dense", (long long)gnn_tensor_width(rows),
              gnn_dtype_name(rows->dtype), x->sparse ? "sparse" : "dense",
              (long long)gnn_tensor_width(x), gnn_dtype_name(x->dtype));
cleanup:
    return status;
}

gnn_status gnn_tensor_take_rows(const gnn_tensor *x, int64_t n, const gnn_id *index,
                                gnn_tensor **rows) {
    gnn_status status = GNN_OK;
    rows_tensor *out = (rows_tensor *)*rows;
    bool is_new = out == NULL;
    int64_t n_values = 0;
    if (!is_new) GNN_TRY(check_refill(x, *rows));
    for (int64_t i = 0; i < n; i++) {
        GNN_CHECK(index[i] >= 0 && index[i] < x->shape[0], GNN_ERR_ARGUMENT,
                  "gnn_tensor_take_rows: row %d is outside 0..%lld", index[i],
                  (long long)x->shape[0] - 1);
        if (x->sparse)
            n_values += x->sparse->row_ptr[index[i] + 1] - x->sparse->row_ptr[index[i]];
    }
    if (is_new) GNN_TRY(new_rows_tensor(x, &out));
    GNN_TRY(reserve_rows(x, n, n_values, out));
    out->tensor.shape[0] = n;
    if (x->sparse)
        take_sparse(x, n, index, &out->tensor);
    else
        take_dense(x, n, index, &out->tensor);
    *rows = &out->tensor;
    return GNN_OK;
cleanup:
    if (is_new && out) gnn_tensor_free(&out->tensor);
    return status;
}
