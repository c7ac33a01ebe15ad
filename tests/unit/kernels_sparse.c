/* Dots over arcs, gradients of maxima and rectified sums, segments, row indices: against
 * their plain versions on every instruction set, with the same bits at 1, 2 and 4
 * threads. */
#include "kernels_common.h"

#define TOLERANCE 100 * kernel_epsilon, 600 * kernel_epsilon

START_TEST(dots_rows_over_arcs) {
    static const int heads[] = {1, 2, 3, 8, 17};
    kernel_graph g = kernel_graph_make(30, 40, 4, 21);
    gnn_real *scale = kernel_random(30, 1);
    for (int h = 0; h < 5; h++)
        for (int i = 0; i < N_KERNEL_WIDTHS; i += h == 0 ? 1 : 3) {
            int64_t width = heads[h] * kernel_widths[i], ldy = width + i % 2,
                    ldx = width + 3;
            gnn_real *dy = kernel_random((size_t)(30 * ldy), 2);
            gnn_real *x = kernel_random((size_t)(40 * ldx), 3);
            size_t n = (size_t)(g.n_arcs * heads[h]);
            gnn_real *before = kernel_random(n, 4), *want = kernel_copy(before, n);
            gnn_real *out = kernel_take(n, sizeof *out), *s = i % 3 ? scale : NULL;
            gnn_i_ref_sddmm(30, g.row_ptr, g.col, heads[h], width, dy, ldy, x, ldx, s,
                            want, i % 2);
            KERNEL_CHECK(gnn_i_sddmm(threads, 30, g.row_ptr, g.col, heads[h], width, dy,
                                     ldy, x, ldx, s, out, i % 2),
                         out, before, want, n, TOLERANCE);
            void *blocks[] = {dy, x, before, want, out};
            for (int k = 0; k < 5; k++) gnn_i_free(blocks[k]);
        }
    gnn_i_free(scale);
    kernel_graph_clear(&g);
}
END_TEST

START_TEST(dots_rows) {
    for (int i = 0; i < N_KERNEL_WIDTHS; i++) {
        int64_t width = kernel_widths[i], n = 1 + 7 * i;
        gnn_real *a = kernel_random((size_t)(n * width), 2);
        gnn_real *b = kernel_random((size_t)(n * width), 3);
        gnn_real *before = kernel_random((size_t)n, 4),
                 *want = kernel_copy(before, (size_t)n);
        gnn_real *out = kernel_take((size_t)n, sizeof *out);
        gnn_i_ref_row_dot(n, width, a, b, want, i % 2);
        KERNEL_CHECK(gnn_i_row_dot(threads, n, width, a, b, out, i % 2), out, before,
                     want, n, TOLERANCE);
        void *blocks[] = {a, b, before, want, out};
        for (int k = 0; k < 5; k++) gnn_i_free(blocks[k]);
    }
}
END_TEST

START_TEST(sends_gradients_through_maxima) {
    kernel_graph g = kernel_graph_make(40, 30, 4, 22);
    gnn_real *w = kernel_random((size_t)g.n_arcs, 1);
    for (int i = 0; i < N_KERNEL_WIDTHS; i++) {
        int64_t width = kernel_widths[i];
        bool accumulate = i % 2;
        size_t n = (size_t)(30 * width), m = (size_t)(40 * width),
               arcs = (size_t)g.n_arcs;
        gnn_real *x = kernel_random(n, 2), *dy = kernel_random(m, 3);
        gnn_real *y = kernel_take(m, sizeof *y);
        int32_t *argmax = kernel_take(m, sizeof *argmax);
        gnn_i_ref_spmm(&(gnn_i_spmm_args){.n_rows = 40,
                                          .row_ptr = g.row_ptr,
                                          .col = g.col,
                                          .w = i % 3 ? w : NULL,
                                          .width = width,
                                          .x = x,
                                          .y = y,
                                          .reduce = GNN_I_MAX,
                                          .argmax = argmax});
        gnn_real *before = kernel_random(n, 4), *want = kernel_copy(before, n);
        gnn_real *out = kernel_take(n, sizeof *out);
        const int32_t *perm = i % 4 < 2 ? g.perm : NULL;
        const gnn_off *perm64 = perm ? NULL : g.perm64;
        gnn_i_ref_spmm_max_backward(30, g.col_ptr, g.row, perm, perm64, g.row_ptr,
                                    i % 3 ? w : NULL, width, dy, argmax, want,
                                    accumulate);
        KERNEL_CHECK(gnn_i_spmm_max_backward(threads, 30, g.col_ptr, g.row, perm, perm64,
                                             g.row_ptr, i % 3 ? w : NULL, width, dy,
                                             argmax, out, accumulate),
                     out, before, want, n, TOLERANCE);
        gnn_real *before_w = kernel_random(arcs, 5),
                 *want_w = kernel_copy(before_w, arcs);
        gnn_real *out_w = kernel_take(arcs, sizeof *out_w);
        gnn_i_ref_spmm_max_backward_w(40, g.row_ptr, g.col, width, dy, x, argmax, want_w,
                                      accumulate);
        KERNEL_CHECK(gnn_i_spmm_max_backward_w(threads, 40, g.row_ptr, g.col, width, dy,
                                               x, argmax, out_w, accumulate),
                     out_w, before_w, want_w, arcs, TOLERANCE);
        void *blocks[] = {x, dy, y, argmax, before, want, out, before_w, want_w, out_w};
        for (int k = 0; k < 10; k++) gnn_i_free(blocks[k]);
    }
    gnn_i_free(w);
    kernel_graph_clear(&g);
}
END_TEST

START_TEST(sums_rectified_messages) {
    kernel_graph g = kernel_graph_make(40, 30, 4, 23);
    for (int i = 0; i < N_KERNEL_WIDTHS; i++) {
        int64_t width = kernel_widths[i];
        size_t n = (size_t)(30 * width), m = (size_t)(40 * width);
        size_t arcs = (size_t)(g.n_arcs * width);
        gnn_real *x = kernel_random(n, 2), *e = kernel_random(arcs, 3);
        gnn_real *dy = kernel_random(m, 4), *y = kernel_random(m, 5),
                 *out = kernel_copy(y, m);
        gnn_i_ref_spmm_relu_add(40, g.row_ptr, g.col, width, x, e, y);
        KERNEL_CHECK(gnn_i_spmm_relu_add(threads, 40, g.row_ptr, g.col, width, x, e, out),
                     out, out, y, m, TOLERANCE);
        gnn_real *dx = kernel_random(n, 6), *de = kernel_random(arcs, 7);
        gnn_real *want_x = kernel_copy(dx, n), *want_e = kernel_copy(de, arcs);
        gnn_real *out_x = kernel_take(n, sizeof *out_x), *out_e = kernel_copy(de, arcs);
        gnn_i_ref_spmm_relu_add_backward(40, g.row_ptr, g.col, width, x, e, dy, want_x,
                                         want_e);
        const int32_t *perm = i % 2 ? g.perm : NULL;
        const gnn_off *perm64 = perm ? NULL : g.perm64;
        KERNEL_CHECK(gnn_i_spmm_relu_add_backward(threads, 40, g.row_ptr, g.col, 30,
                                                  g.col_ptr, g.row, perm, perm64, width,
                                                  x, e, dy, out_x, NULL),
                     out_x, dx, want_x, n, TOLERANCE);
        KERNEL_CHECK(gnn_i_spmm_relu_add_backward(threads, 40, g.row_ptr, g.col, 30,
                                                  g.col_ptr, g.row, perm, perm64, width,
                                                  x, e, dy, NULL, out_e),
                     out_e, de, want_e, arcs, TOLERANCE);
        void *blocks[] = {x, e, dy, y, out, dx, de, want_x, want_e, out_x, out_e};
        for (int k = 0; k < 11; k++) gnn_i_free(blocks[k]);
    }
    kernel_graph_clear(&g);
}
END_TEST

START_TEST(reduces_segments) {
    kernel_graph g = kernel_graph_make(40, 30, 4, 24);
    for (int i = 0; i < N_KERNEL_WIDTHS; i++)
        for (int how = 0; how < 3; how++) {
            gnn_i_reduce reduce = (gnn_i_reduce)how;
            int64_t width = kernel_widths[i];
            bool accumulate = i % 2 && reduce != GNN_I_MAX;
            size_t n = (size_t)(40 * width), items = (size_t)(g.n_arcs * width);
            gnn_real *x = kernel_random(items, 2), *dy = kernel_random(n, 3);
            gnn_real *before = kernel_random(n, 4), *want = kernel_copy(before, n);
            gnn_real *out = kernel_copy(before, n);
            int32_t *argmax = kernel_take(n, sizeof *argmax);
            const gnn_id *index = i % 3 ? NULL : g.col;
            gnn_i_ref_segment_reduce(reduce, 40, g.row_ptr, index, width, x, want, argmax,
                                     accumulate);
            KERNEL_CHECK(gnn_i_segment_reduce(threads, reduce, 40, g.row_ptr, index,
                                              width, x, out, argmax, accumulate),
                         out, before, want, n, TOLERANCE);
            gnn_real *want_x = kernel_copy(x, items), *out_x = kernel_copy(x, items);
            gnn_i_ref_segment_reduce_backward(reduce, 40, g.row_ptr, width, dy, argmax,
                                              want_x, i % 2);
            KERNEL_CHECK(gnn_i_segment_reduce_backward(threads, reduce, 40, g.row_ptr,
                                                       width, dy, argmax, out_x, i % 2),
                         out_x, x, want_x, items, TOLERANCE);
            void *blocks[] = {x, dy, before, want, out, argmax, want_x, out_x};
            for (int k = 0; k < 8; k++) gnn_i_free(blocks[k]);
        }
    kernel_graph_clear(&g);
}
END_TEST

START_TEST(normalises_segments) {
    kernel_graph g = kernel_graph_make(50, 30, 6, 25);
    for (int i = 0; i < N_KERNEL_WIDTHS; i++) {
        int64_t width = kernel_widths[i];
        size_t n = (size_t)(g.n_arcs * width);
        gnn_real *x = kernel_random(n, 2), *dy = kernel_random(n, 3);
        for (size_t k = 0; k < n; k++) x[k] *= 20;
        gnn_real *y = kernel_take(n, sizeof *y), *out = kernel_copy(x, n);
        gnn_i_ref_segment_softmax(50, g.row_ptr, width, x, y);
        KERNEL_CHECK(gnn_i_segment_softmax(threads, 50, g.row_ptr, width, x, out), out, x,
                     y, n, 200 * kernel_epsilon, 4 * kernel_epsilon);
        /* in place */
        KERNEL_CHECK(gnn_i_segment_softmax(threads, 50, g.row_ptr, width, out, out), out,
                     x, y, n, 200 * kernel_epsilon, 4 * kernel_epsilon);
        gnn_real *want = kernel_copy(x, n);
        gnn_i_ref_segment_softmax_backward(50, g.row_ptr, width, y, dy, want, i % 2);
        KERNEL_CHECK(gnn_i_segment_softmax_backward(threads, 50, g.row_ptr, width, y, dy,
                                                    out, i % 2),
                     out, x, want, n, TOLERANCE);
        void *blocks[] = {x, dy, y, out, want};
        for (int k = 0; k < 5; k++) gnn_i_free(blocks[k]);
    }
    kernel_graph_clear(&g);
}
END_TEST

START_TEST(moves_rows) {
    for (int i = 0; i < N_KERNEL_WIDTHS; i++) {
        int64_t width = kernel_widths[i], n = i % 4 == 1 ? 0 : 50 + 80 * (i % 3),
                rows = 60;
        gnn_id *index = kernel_take((size_t)n, sizeof *index);
        for (int64_t k = 0; k < n; k++)
            index[k] = (gnn_id)support_below(9, (uint64_t)k, rows);
        size_t m = (size_t)(n * width), total = (size_t)(rows * width);
        gnn_real *x = kernel_random(total, 1), *y = kernel_random(m, 2);
        gnn_real *want = kernel_copy(y, m), *out = kernel_copy(y, m);
        gnn_i_ref_gather_rows(n, index, width, x, want, i % 2);
        KERNEL_CHECK(gnn_i_gather_rows(threads, n, index, width, x, out, i % 2), out, y,
                     want, m, TOLERANCE);
        gnn_real *want_x = kernel_copy(x, total), *out_x = kernel_copy(x, total);
        gnn_i_ref_scatter_add_rows(n, index, width, y, want_x);
        KERNEL_CHECK(gnn_i_scatter_add_rows(threads, n, index, width, y, out_x), out_x, x,
                     want_x, total, TOLERANCE);
        /* the same sum through compressed rows */
        gnn_off *ptr = kernel_take((size_t)rows + 1, sizeof *ptr);
        gnn_id *order = kernel_take((size_t)n, sizeof *order);
        gnn_i_index_csr(n, index, rows, ptr, order);
        ck_assert_int_eq(ptr[0], 0);
        ck_assert_int_eq(ptr[rows], n);
        for (int64_t t = 0; t < rows; t++)
            for (gnn_off k = ptr[t]; k < ptr[t + 1]; k++) {
                ck_assert_int_eq(index[order[k]], t);
                if (k > ptr[t]) ck_assert_int_gt(order[k], order[k - 1]);
            }
        KERNEL_CHECK(gnn_i_segment_reduce(threads, GNN_I_SUM, rows, ptr, order, width, y,
                                          out_x, NULL, true),
                     out_x, x, want_x, total, TOLERANCE);
        void *blocks[] = {index, x, y, want, out, want_x, out_x, ptr, order};
        for (int k = 0; k < 9; k++) gnn_i_free(blocks[k]);
    }
}
END_TEST

TESTS("kernels/sparse", 60, dots_rows_over_arcs, dots_rows,
      sends_gradients_through_maxima, sums_rectified_messages, reduces_segments,
      normalises_segments, moves_rows)
