/* Tensors of the caller: making, refusing, transposing, taking rows. */
#include "support/support.h"

#include <gnn/tensor.h>

#include "core/alloc.h"

static const gnn_off row_ptr[] = {0, 2, 2, 5};
static const gnn_id col[] = {1, 3, 0, 1, 2};
static const gnn_real value[] = {1, 2, 3, 4, 5};

START_TEST(new_tensors_are_zero_and_numbered) {
    gnn_tensor *a, *b;
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 3, (int64_t[]){2, 3, 4}, &a));
    ck_assert_ok(gnn_tensor_new(GNN_I32, GNN_AXIS_FREE, 1, (int64_t[]){0}, &b));
    ck_assert_int_eq(gnn_tensor_count(a), 24);
    ck_assert_int_eq(gnn_tensor_width(a), 12);
    ck_assert_int_eq(a->shape[3], 1);
    for (int i = 0; i < 24; i++) ck_assert(gnn_tensor_real(a)[i] == 0);
    ck_assert(a->id != b->id && !a->is_constant && !a->requires_grad);
    ck_assert_ptr_null(gnn_tensor_real(b));
    gnn_tensor_free(a);
    gnn_tensor_free(b);
    gnn_tensor_free(NULL);
}
END_TEST

START_TEST(impossible_shapes_are_refused) {
    gnn_tensor *t;
    ck_assert_fails(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 1, (int64_t[]){-1}, &t),
                    GNN_ERR_ARGUMENT, "axis 0");
    ck_assert_ptr_null(t);
    ck_assert_fails(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 5, (int64_t[5]){0}, &t),
                    GNN_ERR_ARGUMENT, "5 axes");
    int64_t huge = (int64_t)1 << 40;
    ck_assert_fails(
        gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, (int64_t[]){huge, huge}, &t),
        GNN_ERR_ARGUMENT, "too long");
}
END_TEST

START_TEST(sparse_tensors_carry_their_transpose) {
    gnn_tensor *x;
    ck_assert_ok(gnn_tensor_new_sparse(GNN_AXIS_NODE, 3, 4, row_ptr, col, value, &x));
    ck_assert_int_eq(gnn_tensor_n_stored(x), 5);
    ck_assert_int_eq(gnn_tensor_count(x), 12);
    const gnn_sparse *s = x->sparse;
    ck_assert_same_bytes(s->col_ptr, ((gnn_off[]){0, 1, 3, 4, 5}), 5 * sizeof(gnn_off));
    ck_assert_same_bytes(s->row, ((gnn_id[]){2, 0, 2, 2, 0}), 5 * sizeof(gnn_id));
    ck_assert_same_bytes(s->entry, ((gnn_id[]){2, 0, 3, 4, 1}), 5 * sizeof(gnn_id));
    gnn_tensor *dense;
    ck_assert_ok(gnn_tensor_to_dense(x, &dense));
    const gnn_real want[] = {0, 1, 0, 2, 0, 0, 0, 0, 3, 4, 5, 0};
    ck_assert_close(gnn_tensor_real(dense), want, 12, 0, 0);
    gnn_tensor_free(dense);
    gnn_tensor_free(x);
}
END_TEST

START_TEST(bad_sparse_tensors_are_refused) {
    gnn_tensor *x;
    ck_assert_fails(gnn_tensor_new_sparse(GNN_AXIS_NODE, 3, 3, row_ptr, col, value, &x),
                    GNN_ERR_INPUT, "row 0: column 3");
    const gnn_id twice[] = {1, 1, 0, 1, 2};
    ck_assert_fails(gnn_tensor_new_sparse(GNN_AXIS_NODE, 3, 4, row_ptr, twice, value, &x),
                    GNN_ERR_INPUT, "does not ascend");
    const gnn_real bad[] = {1, 2, 3, (gnn_real)(0.0 / 0.0), 5};
    ck_assert_fails(gnn_tensor_new_sparse(GNN_AXIS_NODE, 3, 4, row_ptr, col, bad, &x),
                    GNN_ERR_INPUT, "row 2, column 1");
    ck_assert_ptr_null(x);
}
END_TEST

START_TEST(rows_are_taken_into_the_same_storage) {
    gnn_tensor *x, *rows = NULL;
    ck_assert_ok(gnn_tensor_new_sparse(GNN_AXIS_NODE, 3, 4, row_ptr, col, value, &x));
    ck_assert_ok(gnn_tensor_take_rows(x, 3, (gnn_id[]){2, 0, 2}, &rows));
    ck_assert_int_eq(gnn_tensor_n_stored(rows), 8);
    int64_t before = gnn_i_alloc_count();
    ck_assert_ok(gnn_tensor_take_rows(x, 2, (gnn_id[]){1, 2}, &rows));
    ck_assert_int_eq(gnn_i_alloc_count(), before);
    gnn_tensor *dense, *few = NULL;
    ck_assert_ok(gnn_tensor_to_dense(rows, &dense));
    const gnn_real want[] = {0, 0, 0, 0, 3, 4, 5, 0};
    ck_assert_close(gnn_tensor_real(dense), want, 8, 0, 0);
    ck_assert_ok(gnn_tensor_take_rows(dense, 1, (gnn_id[]){1}, &few));
    ck_assert_close(gnn_tensor_real(few), want + 4, 4, 0, 0);
    ck_assert_fails(gnn_tensor_take_rows(x, 1, (gnn_id[]){3}, &rows), GNN_ERR_ARGUMENT,
                    "row 3");
    gnn_tensor_free(few);
    gnn_tensor_free(dense);
    gnn_tensor_free(rows);
    gnn_tensor_free(x);
}
END_TEST

START_TEST(rows_of_another_kind_are_not_refilled) {
    gnn_tensor *sparse, *narrow, *wide, *words, *rows = NULL;
    gnn_id index[] = {0, 1, 2};
    int64_t shape[] = {3, 1};
    ck_assert_ok(
        gnn_tensor_new_sparse(GNN_AXIS_NODE, 3, 4, row_ptr, col, value, &sparse));
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, shape, &narrow));
    ck_assert_ok(gnn_tensor_new(GNN_I64, GNN_AXIS_NODE, 2, shape, &words));
    shape[1] = 100000;
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, shape, &wide));
    ck_assert_ok(gnn_tensor_take_rows(narrow, 3, index, &rows));
    ck_assert_fails(gnn_tensor_take_rows(wide, 3, index, &rows), GNN_ERR_SHAPE, "100000");
    ck_assert_fails(gnn_tensor_take_rows(words, 3, index, &rows), GNN_ERR_SHAPE, "i64");
    ck_assert_fails(gnn_tensor_take_rows(sparse, 3, index, &rows), GNN_ERR_SHAPE,
                    "sparse");
    ck_assert_fails(gnn_tensor_take_rows(narrow, 3, index, &narrow), GNN_ERR_ARGUMENT,
                    "no earlier result");
    ck_assert_ok(gnn_tensor_take_rows(narrow, 2, index, &rows));
    gnn_tensor_free(rows);
    gnn_tensor_free(sparse);
    gnn_tensor_free(narrow);
    gnn_tensor_free(wide);
    gnn_tensor_free(words);
}
END_TEST

static gnn_status make_all(void *unused) {
    gnn_status status = GNN_OK;
    gnn_tensor *x = NULL, *dense = NULL, *rows = NULL, *more = NULL;
    (void)unused;
    GNN_TRY(gnn_tensor_new_sparse(GNN_AXIS_NODE, 3, 4, row_ptr, col, value, &x));
    GNN_TRY(gnn_tensor_to_dense(x, &dense));
    GNN_TRY(gnn_tensor_take_rows(x, 2, (gnn_id[]){0, 2}, &rows));
    GNN_TRY(gnn_tensor_take_rows(x, 3, (gnn_id[]){2, 2, 2}, &rows));
    GNN_TRY(gnn_tensor_take_rows(dense, 2, (gnn_id[]){0, 2}, &more));
cleanup:
    gnn_tensor_free(x);
    gnn_tensor_free(dense);
    gnn_tensor_free(rows);
    gnn_tensor_free(more);
    return status;
}

START_TEST(survives_lack_of_memory) {
    ck_assert_int_gt(support_starve(make_all, NULL), 10);
}
END_TEST

TESTS("tensor/tensor", 10, new_tensors_are_zero_and_numbered,
      impossible_shapes_are_refused, sparse_tensors_carry_their_transpose,
      bad_sparse_tensors_are_refused, rows_are_taken_into_the_same_storage,
      rows_of_another_kind_are_not_refilled, survives_lack_of_memory)
