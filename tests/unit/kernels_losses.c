/* Losses of single values, blocks of columns and transposes against plain loops, at sizes
 * that fill several blocks. */
#include <math.h>

#include "kernels/layout.h"
#include "kernels/losses.h"
#include "support/support.h"

/* ---- losses ---- */

static double plain_loss(const gnn_i_loss_args *a, double x, double t, double weight) {
    double p = 1 / (1 + exp(-x)), r = fabs(x - t), d = (double)a->delta;
    switch (a->kind) {
    case GNN_I_LOSS_BCE: return -weight * t * log(p) - (1 - t) * log(1 - p);
    case GNN_I_LOSS_SQUARE: return r * r;
    case GNN_I_LOSS_ABSOLUTE: return r;
    default: return r <= d ? r * r / 2 : d * (r - d / 2);
    }
}

static double plain_slope(const gnn_i_loss_args *a, double x, double t, double weight) {
    double p = 1 / (1 + exp(-x)), r = x - t, d = (double)a->delta;
    switch (a->kind) {
    case GNN_I_LOSS_BCE: return -weight * t * (1 - p) + (1 - t) * p;
    case GNN_I_LOSS_SQUARE: return 2 * r;
    case GNN_I_LOSS_ABSOLUTE: return r > 0 ? 1 : r < 0 ? -1 : 0;
    default: return fmax(-d, fmin(d, r));
    }
}

static void check_loss(gnn_i_loss kind, int64_t n, int64_t cols, const gnn_id *rows,
                       int64_t n_all) {
    size_t size = (size_t)(n_all * cols) + 1;
    gnn_real *x = calloc(size, sizeof *x), *t = calloc(size, sizeof *t);
    gnn_real *dx = calloc(size, sizeof *dx), *want = calloc(size, sizeof *want);
    gnn_real *weight = calloc((size_t)cols + 1, sizeof *weight);
    support_fill(x, size, 1);
    support_fill(t, size, 2);
    support_fill(dx, size, 3);
    for (size_t i = 0; i < size; i++) {
        if (kind == GNN_I_LOSS_BCE) t[i] = (t[i] + 1) / 2;
        if (i % 7 == 3) t[i] = (gnn_real)NAN;
        want[i] = dx[i];
    }
    for (int64_t c = 0; c < cols; c++) weight[c] = (gnn_real)(1 + c % 3);
    gnn_i_loss_args args = {.kind = kind,
                            .n = n,
                            .rows = rows,
                            .cols = cols,
                            .x = x,
                            .target = t,
                            .positive_weight = kind == GNN_I_LOSS_BCE ? weight : NULL,
                            .delta = (gnn_real).5};
    double sum = 0, count = 0, sums[2];
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < cols; c++) {
            int64_t at = (rows ? rows[i] : i) * cols + c;
            if (isnan(t[at])) continue;
            double v = kind == GNN_I_LOSS_BCE ? (double)weight[c] : 1;
            sum += plain_loss(&args, (double)x[at], (double)t[at], v);
            want[at] +=
                (gnn_real)(.25 * plain_slope(&args, (double)x[at], (double)t[at], v));
            count++;
        }
    void *scratch = malloc(gnn_i_loss_scratch(n, cols) + 1);
    gnn_i_loss_sums(2, &args, sums, scratch);
    ck_assert_close_double(sums, ((double[]){sum, count}), 2, 1e-6, 0);
    gnn_i_loss_backward(2, &args, (gnn_real).25, dx);
    ck_assert_close(dx, want, n_all * cols, 1e-5, 1e-6);
    free(scratch);
    free(x);
    free(t);
    free(dx);
    free(want);
    free(weight);
}

START_TEST(losses_and_slopes) {
    enum { N = 3000 };
    static gnn_id rows[N];
    int64_t n_rows = 0;
    for (gnn_id r = 0; r < N; r += 2) rows[n_rows++] = r;
    for (int kind = GNN_I_LOSS_BCE; kind <= GNN_I_LOSS_HUBER; kind++) {
        check_loss((gnn_i_loss)kind, N, 5, NULL, N);
        check_loss((gnn_i_loss)kind, n_rows, 5, rows, N);
        check_loss((gnn_i_loss)kind, 3, 5000, NULL, 3); /* rows wider than a block */
        check_loss((gnn_i_loss)kind, 0, 5, NULL, 4);
        check_loss((gnn_i_loss)kind, 4, 0, NULL, 4);
    }
}
END_TEST

START_TEST(large_logits_stay_finite) {
    gnn_real x[] = {-1000, 1000, 1000, -1000}, t[] = {0, 1, 0, 1};
    double sums[2], scratch[16];
    gnn_i_loss_args args = {
        .kind = GNN_I_LOSS_BCE, .n = 1, .cols = 4, .x = x, .target = t};
    gnn_i_loss_sums(1, &args, sums, scratch);
    ck_assert_close_double(sums, ((double[]){2000, 4}), 2, 1e-12, 0);
    gnn_real dx[4] = {0}, want[] = {0, 0, 1, -1};
    gnn_i_loss_backward(1, &args, 1, dx);
    ck_assert_close(dx, want, 4, 0, 1e-12);
}
END_TEST

/* ---- layout ---- */

static void check_transpose(int64_t rows, int64_t cols, bool accumulate) {
    size_t n = (size_t)(rows * cols);
    gnn_real *x = calloc(n + 1, sizeof *x), *y = calloc(n + 1, sizeof *y);
    gnn_real *want = calloc(n + 1, sizeof *want);
    support_fill(x, n, 1);
    support_fill(y, n, 2);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++)
            want[c * rows + r] = (accumulate ? y[c * rows + r] : 0) + x[r * cols + c];
    gnn_i_matrix_transpose(2, rows, cols, x, y, accumulate);
    ck_assert_same_bytes(y, want, n * sizeof *y);
    free(x);
    free(y);
    free(want);
}

START_TEST(transposes) {
    static const int64_t sizes[][2] = {{1, 1},   {1, 100},  {100, 1}, {31, 33},
                                       {64, 32}, {700, 70}, {0, 5},   {5, 0}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_transpose(sizes[i][0], sizes[i][1], false);
        check_transpose(sizes[i][0], sizes[i][1], true);
    }
}
END_TEST

static void check_copy(int64_t rows, int64_t cols, int64_t ldx, int64_t ldy,
                       bool accumulate) {
    size_t n_x = (size_t)(rows * ldx), n_y = (size_t)(rows * ldy);
    gnn_real *x = calloc(n_x + 1, sizeof *x), *y = calloc(n_y + 1, sizeof *y);
    gnn_real *want = calloc(n_y + 1, sizeof *want);
    support_fill(x, n_x, 1);
    support_fill(y, n_y, 2);
    memcpy(want, y, n_y * sizeof *y);
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++)
            want[r * ldy + c] = (accumulate ? want[r * ldy + c] : 0) + x[r * ldx + c];
    gnn_i_copy_block(2, rows, cols, x, ldx, y, ldy, accumulate);
    ck_assert_same_bytes(y, want, n_y * sizeof *y);
    free(x);
    free(y);
    free(want);
}

START_TEST(blocks_of_columns_are_copied) {
    static const int64_t sizes[][4] = {{3, 2, 5, 4},         {5000, 20, 20, 30},
                                       {5000, 20, 30, 20},   {1, 100000, 100000, 100000},
                                       {300, 300, 300, 300}, {2, 70000, 70001, 70002},
                                       {32768, 2, 2, 2},     {0, 3, 3, 3}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const int64_t *s = sizes[i];
        check_copy(s[0], s[1], s[2], s[3], false);
        check_copy(s[0], s[1], s[2], s[3], true);
    }
}
END_TEST

TESTS("kernels/losses", 30, losses_and_slopes, large_logits_stay_finite, transposes,
      blocks_of_columns_are_copied)
