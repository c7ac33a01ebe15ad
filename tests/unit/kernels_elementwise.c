/* Elementwise kernels, dropout, random numbers and optimiser steps against their plain
 * versions, on every instruction set, with the same bits at 1, 2 and 4 threads.
 *
 * The plain versions compute in double: in float the bound is 8 units in the last place
 * beside an absolute 2^-22, which the functions meet over the ranges that follow. */
#include "kernels_common.h"

#include <math.h>

#include "kernels/elementwise.h"
#include "kernels/update.h"

#define RELATIVE (8 * kernel_epsilon)
#define ABSOLUTE (2 * kernel_epsilon)

static const int64_t sizes[] = {0, 1, 7, 15, 16, 17, 255, 256, 257, 1000, 300001};
enum { N_SIZES = sizeof sizes / sizeof *sizes };

/* Values over many magnitudes, positive where the function needs it. */
static gnn_real *spread(int64_t n, bool positive) {
    gnn_real *x = kernel_random((size_t)n, 7);
    for (int64_t i = 0; i < n; i++) {
        x[i] *= (gnn_real)(i % 3 == 0 ? 1 : i % 3 == 1 ? 12 : 80);
        if (positive) x[i] = (gnn_real)fabs((double)x[i]) + (gnn_real)1e-4;
    }
    return x;
}

static bool needs_positive(gnn_i_unary_op op) {
    return op == GNN_I_UNARY_LOG || op == GNN_I_UNARY_SQRT;
}

START_TEST(maps_values) {
    for (int op = 0; op < GNN_I_N_UNARY; op++)
        for (int s = 0; s < N_SIZES; s++) {
            int64_t n = sizes[s];
            gnn_real *x = spread(n, needs_positive((gnn_i_unary_op)op));
            for (int64_t i = 0; op == GNN_I_UNARY_EXP && i < n; i++) x[i] /= 2;
            gnn_real *want = kernel_take((size_t)n, sizeof *want);
            gnn_real *out = kernel_take((size_t)n, sizeof *out);
            gnn_i_ref_unary((gnn_i_unary_op)op, (gnn_real)0.3, n, x, want);
            KERNEL_CHECK(
                gnn_i_unary(threads, (gnn_i_unary_op)op, (gnn_real)0.3, n, x, out), out,
                x, want, n, RELATIVE, ABSOLUTE);
            void *blocks[] = {x, want, out};
            for (int k = 0; k < 3; k++) gnn_i_free(blocks[k]);
        }
}
END_TEST

START_TEST(sends_gradients_back) {
    const gnn_i_dropout drop = gnn_i_dropout_make(3, 5, 0.4);
    for (int op = 0; op < GNN_I_N_UNARY; op++)
        for (int s = 0; s < N_SIZES; s += 2)
            for (int drops = 0; drops < 2; drops++) {
                int64_t n = sizes[s];
                gnn_i_unary_op f = (gnn_i_unary_op)op;
                gnn_real *x = kernel_random((size_t)n, 1), *y, *dy, *before, *want, *out;
                for (int64_t i = 0; i < n; i++)
                    x[i] = needs_positive(f) ? x[i] * x[i] + (gnn_real)0.1 : 4 * x[i];
                y = kernel_take((size_t)n, sizeof *y);
                dy = kernel_random((size_t)n, 2);
                before = kernel_random((size_t)n, 3);
                want = kernel_copy(before, (size_t)n);
                out = kernel_take((size_t)n, sizeof *out);
                const gnn_real p = (gnn_real)0.3;
                if (drops) {
                    gnn_i_ref_unary_dropout(f, p, &drop, n, x, y);
                    gnn_i_ref_unary_dropout_backward(f, p, &drop, n, x, y, dy, want,
                                                     s % 4);
                    KERNEL_CHECK(gnn_i_unary_dropout_backward(threads, f, p, &drop, n, x,
                                                              y, dy, out, s % 4),
                                 out, before, want, n, RELATIVE, 2 * ABSOLUTE);
                    gnn_real *again = kernel_take((size_t)n, sizeof *again);
                    KERNEL_CHECK(gnn_i_unary_dropout(threads, f, p, &drop, n, x, again),
                                 again, before, y, n, RELATIVE, ABSOLUTE);
                    gnn_i_free(again);
                } else {
                    gnn_i_ref_unary(f, p, n, x, y);
                    gnn_i_ref_unary_backward(f, p, n, x, y, dy, want, s % 4);
                    KERNEL_CHECK(
                        gnn_i_unary_backward(threads, f, p, n, x, y, dy, out, s % 4), out,
                        before, want, n, RELATIVE, 2 * ABSOLUTE);
                }
                void *blocks[] = {x, y, dy, before, want, out};
                for (int k = 0; k < 6; k++) gnn_i_free(blocks[k]);
            }
}
END_TEST

static int64_t count_of(gnn_i_broadcast kind, int64_t rows, int64_t cols) {
    return kind == GNN_I_FULL  ? rows * cols
           : kind == GNN_I_ROW ? cols
           : kind == GNN_I_COL ? rows
                               : 1;
}

START_TEST(combines_two) {
    static const int64_t shapes[][2] = {{1, 1},  {5, 1},     {1, 9},
                                        {7, 33}, {3000, 20}, {40000, 1}};
    for (int op = 0; op <= GNN_I_BINARY_MAX; op++)
        for (int s = 0; s < 6; s++)
            for (int kinds = 0; kinds < 16; kinds++) {
                int64_t rows = shapes[s][0], cols = shapes[s][1], n = rows * cols;
                gnn_i_broadcast ka = (gnn_i_broadcast)(kinds / 4);
                gnn_i_broadcast kb = (gnn_i_broadcast)(kinds % 4);
                gnn_i_binary_op f = (gnn_i_binary_op)op;
                if (s >= 4 && kinds % 3) continue;
                int64_t na = count_of(ka, rows, cols), nb = count_of(kb, rows, cols);
                gnn_real *a = kernel_random((size_t)na, 1),
                         *b = kernel_random((size_t)nb, 2);
                for (int64_t i = 0; i < nb; i++)
                    if (f == GNN_I_BINARY_DIV) b[i] = (gnn_real)1.5 + b[i] / 2;
                gnn_real *want = kernel_take((size_t)n, sizeof *want);
                gnn_real *out = kernel_take((size_t)n, sizeof *out);
                gnn_i_ref_binary(f, rows, cols, a, ka, b, kb, want);
                KERNEL_CHECK(gnn_i_binary(threads, f, rows, cols, a, ka, b, kb, out), out,
                             want, want, n, RELATIVE, ABSOLUTE);
                gnn_real *dy = kernel_random((size_t)n, 3);
                gnn_real *da0 = kernel_random((size_t)na, 4),
                         *db0 = kernel_random((size_t)nb, 5);
                gnn_real *da = kernel_copy(da0, (size_t)na),
                         *db = kernel_copy(db0, (size_t)nb);
                gnn_real *ga = kernel_copy(da0, (size_t)na),
                         *gb = kernel_copy(db0, (size_t)nb);
                void *scratch = kernel_take(gnn_i_binary_scratch(rows, cols), 1);
                bool blind = f <= GNN_I_BINARY_SUB;
                gnn_i_ref_binary_backward(f, rows, cols, a, ka, b, kb, dy, da, db);
                double slack = (double)(n + 8) * 4 * kernel_epsilon;
                KERNEL_CHECK(
                    (memcpy(gb, db0, (size_t)nb * sizeof *gb),
                     gnn_i_binary_backward(threads, f, rows, cols, blind ? NULL : a, ka,
                                           blind ? NULL : b, kb, dy, ga, gb, scratch)),
                    ga, da0, da, na, 20 * RELATIVE, slack);
                ck_assert_close(gb, db, nb, 20 * RELATIVE, slack);
                KERNEL_CHECK(gnn_i_binary_backward(threads, f, rows, cols,
                                                   blind ? NULL : a, ka, blind ? NULL : b,
                                                   kb, dy, NULL, gb, scratch),
                             gb, db0, db, nb, 20 * RELATIVE, slack);
                void *blocks[] = {a, b, want, out, dy, da0, db0, da, db, ga, gb, scratch};
                for (int k = 0; k < 12; k++) gnn_i_free(blocks[k]);
            }
}
END_TEST

START_TEST(fills_and_adds) {
    for (int s = 0; s < N_SIZES; s++) {
        int64_t n = sizes[s];
        gnn_real *a = kernel_random((size_t)n, 1), *b = kernel_random((size_t)n, 2);
        gnn_real *want = kernel_copy(a, (size_t)n), *out = kernel_copy(a, (size_t)n);
        gnn_i_ref_axpy(n, 3, b, want);
        KERNEL_CHECK(gnn_i_axpy(threads, n, 3, b, out), out, a, want, n, RELATIVE,
                     ABSOLUTE);
        gnn_i_ref_axpby(n, 2, a, -3, b, want);
        KERNEL_CHECK(gnn_i_axpby(threads, n, 2, a, -3, b, out), out, a, want, n, RELATIVE,
                     4 * ABSOLUTE);
        memcpy(want, a, (size_t)n * sizeof *want);
        gnn_i_ref_scale(n, 7, want);
        KERNEL_CHECK(gnn_i_scale(threads, n, 7, out), out, a, want, n, RELATIVE,
                     ABSOLUTE);
        gnn_i_ref_fill(n, -2, want);
        KERNEL_CHECK(gnn_i_fill(threads, n, -2, out), out, a, want, n, 0, 0);
        KERNEL_CHECK(gnn_i_copy(threads, n, b, out), out, a, b, n, 0, 0);
        void *blocks[] = {a, b, want, out};
        for (int k = 0; k < 4; k++) gnn_i_free(blocks[k]);
    }
}
END_TEST

START_TEST(drops_as_random123_draws) {
    static const double p[] = {0, 0.1, 0.5, 0.999, 1};
    for (int s = 0; s < N_SIZES; s++)
        for (int i = 0; i < 5; i++) {
            int64_t n = sizes[s];
            const gnn_i_dropout drop =
                gnn_i_dropout_make(0x123456789abcdefu, (uint64_t)1 << 40, p[i]);
            gnn_real *x = kernel_random((size_t)n, 1),
                     *before = kernel_random((size_t)n, 2);
            gnn_real *want = kernel_copy(before, (size_t)n);
            gnn_real *out = kernel_take((size_t)n, sizeof *out);
            gnn_i_ref_dropout_backward(&drop, n, x, want, s % 2);
            KERNEL_CHECK(gnn_i_dropout_backward(threads, &drop, n, x, out, s % 2), out,
                         before, want, n, kernel_epsilon, ABSOLUTE);
            gnn_i_ref_dropout_apply(&drop, n, x, want);
            KERNEL_CHECK(gnn_i_dropout_apply(threads, &drop, n, x, out), out, before,
                         want, n, kernel_epsilon, 0);
            if (n > 20 && drop.threshold) {
                gnn_i_dropout_mask(&drop, 5, n - 5, out);
                for (int64_t k = 0; k < 300 && k < n - 5; k++)
                    ck_assert(out[k] == gnn_i_ref_mask(&drop, (uint64_t)(k + 5)));
            }
            void *blocks[] = {x, before, want, out};
            for (int k = 0; k < 4; k++) gnn_i_free(blocks[k]);
        }
}
END_TEST

START_TEST(draws_numbers) {
    for (int s = 0; s < N_SIZES; s++) {
        int64_t n = sizes[s];
        gnn_real *want = kernel_take((size_t)n, sizeof *want);
        gnn_real *out = kernel_take((size_t)n, sizeof *out);
        gnn_i_ref_fill_uniform(9, 8, n, -1, 3, want);
        KERNEL_CHECK(gnn_i_fill_uniform(threads, 9, 8, n, -1, 3, out), out, want, want, n,
                     kernel_epsilon, 4 * ABSOLUTE);
        gnn_i_ref_fill_normal(9, 8, n, 1, 2, want);
        KERNEL_CHECK(gnn_i_fill_normal(threads, 9, 8, n, 1, 2, out), out, want, want, n,
                     kernel_epsilon, 8 * ABSOLUTE);
        gnn_i_free(want);
        gnn_i_free(out);
    }
    FOR_EACH_ISA {
        uint32_t words[4 * 37], want[4];
        gnn_i_philox_blocks(77, 5, 0xfffffff0u, 37, words);
        for (uint64_t b = 0; b < 37; b++) {
            gnn_i_ref_philox(77, 5, 0xfffffff0u + b, want);
            ck_assert_same_bytes(words + 4 * b, want, sizeof want);
        }
    }
}
END_TEST

START_TEST(takes_optimiser_steps) {
    for (int s = 0; s < N_SIZES; s++)
        for (int variant = 0; variant < 4; variant++) {
            int64_t n = sizes[s];
            gnn_real *g = kernel_random((size_t)n, 1), *w0 = kernel_random((size_t)n, 2);
            gnn_real *m0 = kernel_random((size_t)n, 3), *v0 = kernel_random((size_t)n, 4);
            for (int64_t i = 0; i < n; i++) v0[i] *= v0[i];
            gnn_real *want = kernel_copy(w0, (size_t)n), *w = kernel_copy(w0, (size_t)n);
            gnn_real *m = kernel_copy(m0, (size_t)n), *v = kernel_copy(v0, (size_t)n);
            gnn_real *m1 = kernel_copy(m0, (size_t)n), *v1 = kernel_copy(v0, (size_t)n);
            const gnn_i_adam_args adam = {.lr = 0.01,
                                          .beta1 = 0.9,
                                          .beta2 = 0.999,
                                          .eps = 1e-8,
                                          .weight_decay = 0.1,
                                          .decoupled = variant & 1,
                                          .grad_scale = 0.5,
                                          .step = variant + 1};
            gnn_i_ref_adam(&adam, n, g, want, m1, v1);
            KERNEL_CHECK((memcpy(m, m0, (size_t)n * sizeof *m),
                          memcpy(v, v0, (size_t)n * sizeof *v),
                          gnn_i_adam(threads, &adam, n, g, w, m, v)),
                         w, w0, want, n, 4 * RELATIVE, 64 * ABSOLUTE);
            ck_assert_close(m, m1, n, RELATIVE, ABSOLUTE);
            ck_assert_close(v, v1, n, RELATIVE, ABSOLUTE);
            const gnn_i_sgd_args sgd = {.lr = 0.1,
                                        .momentum = 0.9,
                                        .weight_decay = 0.01,
                                        .nesterov = variant & 1,
                                        .grad_scale = 2};
            bool plain = variant & 2;
            memcpy(want, w0, (size_t)n * sizeof *want);
            memcpy(m1, m0, (size_t)n * sizeof *m1);
            gnn_i_ref_sgd(&sgd, n, g, want, plain ? NULL : m1);
            KERNEL_CHECK((memcpy(m, m0, (size_t)n * sizeof *m),
                          gnn_i_sgd(threads, &sgd, n, g, w, plain ? NULL : m)),
                         w, w0, want, n, RELATIVE, 4 * ABSOLUTE);
            void *blocks[] = {g, w0, m0, v0, want, w, m, v, m1, v1};
            for (int k = 0; k < 10; k++) gnn_i_free(blocks[k]);
        }
}
END_TEST

START_TEST(sums_in_double) {
    for (int s = 0; s < N_SIZES; s++) {
        int64_t n = sizes[s];
        gnn_real *x = kernel_random((size_t)n, 1), *y = kernel_random((size_t)n, 2);
        void *scratch = kernel_take(gnn_i_sum_scratch(n), 1);
        double tolerance = 1e-12 * (double)(n + 1);
        FOR_EACH_ISA {
            double first = 0;
            for (int t = 0; t < 3; t++) {
                double dot = gnn_i_dot(kernel_threads[t], n, x, y, scratch);
                if (t == 0) first = dot;
                ck_assert(dot == first);
            }
            ck_assert_double_eq_tol(first, gnn_i_ref_dot(n, x, y), tolerance);
            ck_assert_double_eq_tol(gnn_i_squared_norm(2, n, x, scratch),
                                    gnn_i_ref_dot(n, x, x), tolerance);
            ck_assert_double_eq_tol(gnn_i_sum(2, n, x, scratch), gnn_i_ref_sum(n, x),
                                    tolerance);
        }
        gnn_i_free(x);
        gnn_i_free(y);
        gnn_i_free(scratch);
    }
}
END_TEST

TESTS("kernels/elementwise", 120, maps_values, sends_gradients_back, combines_two,
      fills_and_adds, drops_as_random123_draws, draws_numbers, takes_optimiser_steps,
      sums_in_double)
