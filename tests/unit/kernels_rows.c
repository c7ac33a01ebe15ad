/* Kernels over rows and columns against their plain versions: sums, heads, softmax, loss,
 * normalisation; every instruction set, the same bits at 1, 2 and 4 threads. */
#include "kernels_common.h"

#include "kernels/rows.h"

static const int64_t shapes[][2] = {{1, 1},   {2, 7},   {33, 16},   {100, 17}, {57, 64},
                                    {64, 70}, {9, 300}, {20000, 7}, {5000, 40}};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

typedef struct matrix {
    int64_t rows, cols, n;
    gnn_real *x, *y, *dy, *before, *want, *out, *row, *row2, *col, *col2;
    void *scratch;
} matrix;

static matrix make(int s) {
    matrix m = {.rows = shapes[s][0], .cols = shapes[s][1]};
    m.n = m.rows * m.cols;
    gnn_real **full[] = {&m.x, &m.y, &m.dy, &m.before, &m.want, &m.out};
    for (uint64_t i = 0; i < 6; i++) *full[i] = kernel_random((size_t)m.n, i);
    memcpy(m.want, m.before, (size_t)m.n * sizeof *m.want);
    m.row = kernel_random((size_t)m.cols, 11);
    m.row2 = kernel_random((size_t)m.cols, 12);
    m.col = kernel_random((size_t)m.rows, 13);
    m.col2 = kernel_random((size_t)m.rows, 14);
    m.scratch = kernel_take(2 * gnn_i_column_scratch(m.rows, m.cols), 1);
    return m;
}

static void clear(matrix *m) {
    void *blocks[] = {m->x,   m->y,    m->dy,  m->before, m->want,   m->out,
                      m->row, m->row2, m->col, m->col2,   m->scratch};
    for (int i = 0; i < 11; i++) gnn_i_free(blocks[i]);
}

static double slack(const matrix *m) {
    return 4 * (double)(m->rows + m->cols + 16) * kernel_epsilon;
}
#define NEAR 64 * kernel_epsilon, slack(&m)

START_TEST(sums_columns_and_rows) {
    for (int s = 0; s < N_SHAPES; s++)
        for (int more = 0; more < 2; more++) {
            matrix m = make(s);
            memcpy(m.want, m.row, (size_t)m.cols * sizeof *m.want);
            gnn_i_ref_column_sums(m.rows, m.cols, m.x, m.want, more);
            KERNEL_CHECK(
                gnn_i_column_sums(threads, m.rows, m.cols, m.x, m.out, more, m.scratch),
                m.out, m.row, m.want, m.cols, NEAR);
            memcpy(m.want, m.row, (size_t)m.cols * sizeof *m.want);
            gnn_i_ref_column_dots(m.rows, m.cols, m.x, m.y, m.want, more);
            KERNEL_CHECK(gnn_i_column_dots(threads, m.rows, m.cols, m.x, m.y, m.out, more,
                                           m.scratch),
                         m.out, m.row, m.want, m.cols, NEAR);
            memcpy(m.want, m.col, (size_t)m.rows * sizeof *m.want);
            gnn_i_ref_row_sums(m.rows, m.cols, m.x, m.want, more);
            KERNEL_CHECK(gnn_i_row_sums(threads, m.rows, m.cols, m.x, m.out, more), m.out,
                         m.col, m.want, m.rows, NEAR);
            clear(&m);
        }
}
END_TEST

START_TEST(multiplies_heads) {
    static const int heads[] = {1, 2, 4, 8, 3};
    for (int s = 0; s < N_SHAPES; s++)
        for (int h = 0; h < 5; h++) {
            matrix m = make(s);
            int64_t dim = m.cols / heads[h], n = m.rows * heads[h],
                    width = heads[h] * dim;
            if (dim == 0) {
                clear(&m);
                continue;
            }
            gnn_real *dots = kernel_random((size_t)n, 20),
                     *want = kernel_copy(dots, (size_t)n);
            gnn_real *out = kernel_copy(dots, (size_t)n);
            gnn_i_ref_head_dot(m.rows, heads[h], dim, m.x, m.row, want);
            KERNEL_CHECK(gnn_i_head_dot(threads, m.rows, heads[h], dim, m.x, m.row, out),
                         out, dots, want, n, NEAR);
            gnn_real *da = kernel_copy(m.row2, (size_t)m.cols);
            gnn_real *da_want = kernel_copy(m.row2, (size_t)m.cols);
            gnn_i_ref_head_dot_backward(m.rows, heads[h], dim, m.x, m.row, dots, m.want,
                                        da_want);
            KERNEL_CHECK((memcpy(da, m.row2, (size_t)width * sizeof *da),
                          gnn_i_head_dot_backward(threads, m.rows, heads[h], dim, m.x,
                                                  m.row, dots, m.out, da, m.scratch)),
                         m.out, m.before, m.want, m.rows * width, NEAR);
            ck_assert_close(da, da_want, width, 64 * kernel_epsilon, slack(&m));
            KERNEL_CHECK(gnn_i_head_dot_backward(threads, m.rows, heads[h], dim, m.x,
                                                 m.row, dots, NULL, da, m.scratch),
                         da, m.row2, da_want, width, NEAR);
            KERNEL_CHECK(gnn_i_head_dot_backward(threads, m.rows, heads[h], dim, m.x,
                                                 m.row, dots, m.out, NULL, m.scratch),
                         m.out, m.before, m.want, m.rows * width, NEAR);
            void *blocks[] = {dots, want, out, da, da_want};
            for (int k = 0; k < 5; k++) gnn_i_free(blocks[k]);
            clear(&m);
        }
}
END_TEST

START_TEST(takes_softmax) {
    for (int s = 0; s < N_SHAPES; s++) {
        matrix m = make(s);
        for (int64_t i = 0; i < m.n; i++) m.x[i] *= 30;
        gnn_i_ref_softmax(m.rows, m.cols, m.x, m.want);
        KERNEL_CHECK(gnn_i_softmax(threads, m.rows, m.cols, m.x, m.out), m.out, m.before,
                     m.want, m.n, 80 * kernel_epsilon, 8 * kernel_epsilon);
        memcpy(m.y, m.want, (size_t)m.n * sizeof *m.y);
        memcpy(m.want, m.before, (size_t)m.n * sizeof *m.y);
        gnn_i_ref_softmax_backward(m.rows, m.cols, m.y, m.dy, m.want, s % 2);
        KERNEL_CHECK(
            gnn_i_softmax_backward(threads, m.rows, m.cols, m.y, m.dy, m.out, s % 2),
            m.out, m.before, m.want, m.n, NEAR);
        gnn_i_ref_log_softmax(m.rows, m.cols, m.x, m.want);
        KERNEL_CHECK(gnn_i_log_softmax(threads, m.rows, m.cols, m.x, m.out), m.out,
                     m.before, m.want, m.n, 80 * kernel_epsilon, 80 * kernel_epsilon);
        memcpy(m.y, m.want, (size_t)m.n * sizeof *m.y);
        memcpy(m.want, m.before, (size_t)m.n * sizeof *m.y);
        gnn_i_ref_log_softmax_backward(m.rows, m.cols, m.y, m.dy, m.want, s % 2);
        KERNEL_CHECK(
            gnn_i_log_softmax_backward(threads, m.rows, m.cols, m.y, m.dy, m.out, s % 2),
            m.out, m.before, m.want, m.n, NEAR);
        clear(&m);
    }
}
END_TEST

START_TEST(takes_cross_entropy) {
    for (int s = 0; s < N_SHAPES; s++)
        for (int variant = 0; variant < 8; variant++) {
            matrix m = make(s);
            int64_t n = variant & 1 ? (m.rows + 1) / 2 : m.rows;
            gnn_id *rows = kernel_take((size_t)m.rows, sizeof *rows);
            int32_t *labels = kernel_take((size_t)m.rows, sizeof *labels);
            gnn_real *weight = kernel_random((size_t)m.cols, 3);
            for (int64_t i = 0; i < m.rows; i++) {
                rows[i] = (gnn_id)(m.rows - 1 - i);
                labels[i] = (int32_t)support_below(5, (uint64_t)i, m.cols + 1) - 1;
            }
            for (int64_t c = 0; c < m.cols; c++) weight[c] *= weight[c];
            for (int64_t i = 0; i < m.n; i++) m.x[i] *= 10;
            const gnn_id *chosen = variant & 1 ? rows : NULL;
            const gnn_real *by_class = variant & 2 ? weight : NULL;
            gnn_real smooth = variant & 4 ? (gnn_real)0.1 : 0;
            gnn_real *lse = kernel_take((size_t)n, sizeof *lse);
            gnn_real *lse_want = kernel_take((size_t)n, sizeof *lse_want);
            void *scratch = kernel_take(gnn_i_cross_entropy_scratch(n), 1);
            double sums[2], want[2];
            gnn_i_ref_cross_entropy(n, chosen, m.cols, m.x, labels, by_class, smooth,
                                    lse_want, want);
            KERNEL_CHECK(gnn_i_cross_entropy(threads, n, chosen, m.cols, m.x, labels,
                                             by_class, smooth, lse, sums, scratch),
                         lse, lse_want, lse_want, n, 8 * kernel_epsilon,
                         8 * kernel_epsilon);
            ck_assert_double_eq_tol(sums[0], want[0],
                                    16 * kernel_epsilon * 30 * (double)(n + 1));
            ck_assert_double_eq_tol(sums[1], want[1], 1e-9 * (double)(n + 1));
            gnn_i_ref_cross_entropy_backward(n, chosen, m.cols, m.x, labels, by_class,
                                             smooth, 2, m.want);
            KERNEL_CHECK(
                gnn_i_cross_entropy_backward(threads, n, chosen, m.cols, m.x, labels,
                                             by_class, smooth, lse, 2, m.out),
                m.out, m.before, m.want, m.n, 64 * kernel_epsilon, 64 * kernel_epsilon);
            void *blocks[] = {rows, labels, weight, lse, lse_want, scratch};
            for (int k = 0; k < 6; k++) gnn_i_free(blocks[k]);
            clear(&m);
        }
}
END_TEST

START_TEST(normalises_rows) {
    for (int s = 0; s < N_SHAPES; s++)
        for (int variant = 0; variant < 2; variant++) {
            matrix m = make(s);
            gnn_real *gamma = variant ? m.row : NULL, *beta = variant ? m.row2 : NULL;
            const gnn_real eps = (gnn_real)1e-2;
            gnn_real *mean = kernel_take((size_t)m.rows, sizeof *mean);
            gnn_real *rstd = kernel_take((size_t)m.rows, sizeof *rstd);
            gnn_i_ref_layer_norm(m.rows, m.cols, m.x, gamma, beta, eps, m.want, m.col,
                                 m.col2);
            KERNEL_CHECK(gnn_i_layer_norm(threads, m.rows, m.cols, m.x, gamma, beta, eps,
                                          m.out, mean, rstd),
                         m.out, m.before, m.want, m.n, NEAR);
            ck_assert_close(mean, m.col, m.rows, 64 * kernel_epsilon, slack(&m));
            ck_assert_close(rstd, m.col2, m.rows, 64 * kernel_epsilon, slack(&m));
            gnn_real *dg = kernel_random((size_t)m.cols, 31),
                     *db = kernel_random((size_t)m.cols, 32);
            gnn_real *g0 = kernel_copy(dg, (size_t)m.cols),
                     *b0 = kernel_copy(db, (size_t)m.cols);
            gnn_real *dg_want = kernel_copy(dg, (size_t)m.cols);
            gnn_real *db_want = kernel_copy(db, (size_t)m.cols);
            memcpy(m.want, m.before, (size_t)m.n * sizeof *m.want);
            gnn_i_ref_layer_norm_backward(m.rows, m.cols, m.x, gamma, m.col, m.col2, m.dy,
                                          m.want, dg_want, db_want);
            KERNEL_CHECK(
                (memcpy(dg, g0, (size_t)m.cols * sizeof *dg),
                 memcpy(db, b0, (size_t)m.cols * sizeof *db),
                 gnn_i_layer_norm_backward(threads, m.rows, m.cols, m.x, gamma, m.col,
                                           m.col2, m.dy, m.out, dg, db, m.scratch)),
                m.out, m.before, m.want, m.n, 512 * kernel_epsilon, 4 * slack(&m));
            ck_assert_close(dg, dg_want, m.cols, 64 * kernel_epsilon, 10 * slack(&m));
            ck_assert_close(db, db_want, m.cols, 64 * kernel_epsilon, slack(&m));
            void *blocks[] = {mean, rstd, dg, db, g0, b0, dg_want, db_want};
            for (int k = 0; k < 8; k++) gnn_i_free(blocks[k]);
            clear(&m);
        }
}
END_TEST

START_TEST(normalises_columns) {
    for (int s = 0; s < N_SHAPES; s++)
        for (int variant = 0; variant < 4; variant++) {
            matrix m = make(s);
            gnn_real *gamma = variant & 1 ? m.row : NULL,
                     *beta = variant & 1 ? m.row2 : NULL;
            bool of_batch = variant & 2;
            const gnn_real eps = (gnn_real)1e-1;
            size_t cols = (size_t)m.cols;
            gnn_real *mean = kernel_take(cols, sizeof *mean),
                     *var = kernel_take(cols, sizeof *var);
            gnn_real *got = kernel_take(cols, sizeof *got),
                     *got2 = kernel_take(cols, sizeof *got2);
            gnn_i_ref_column_stats(m.rows, m.cols, m.x, mean, var);
            KERNEL_CHECK(
                gnn_i_column_stats(threads, m.rows, m.cols, m.x, got, got2, m.scratch),
                got, mean, mean, m.cols, NEAR);
            ck_assert_close(got2, var, m.cols, 64 * kernel_epsilon, slack(&m));
            gnn_i_ref_batch_norm(m.rows, m.cols, m.x, mean, var, gamma, beta, eps,
                                 m.want);
            KERNEL_CHECK(gnn_i_batch_norm(threads, m.rows, m.cols, m.x, mean, var, gamma,
                                          beta, eps, m.out),
                         m.out, m.before, m.want, m.n, NEAR);
            gnn_real *dg = kernel_take(cols, sizeof *dg),
                     *db = kernel_take(cols, sizeof *db);
            gnn_real *dg_want = kernel_take(cols, sizeof *dg),
                     *db_want = kernel_take(cols, sizeof *db);
            memcpy(m.want, m.before, (size_t)m.n * sizeof *m.want);
            gnn_i_ref_batch_norm_backward(m.rows, m.cols, m.x, mean, var, gamma, eps,
                                          of_batch, m.dy, m.want, dg_want, db_want);
            KERNEL_CHECK((memset(dg, 0, cols * sizeof *dg),
                          memset(db, 0, cols * sizeof *db),
                          gnn_i_batch_norm_backward(threads, m.rows, m.cols, m.x, mean,
                                                    var, gamma, eps, of_batch, m.dy,
                                                    m.out, dg, db, m.scratch)),
                         m.out, m.before, m.want, m.n, 256 * kernel_epsilon, slack(&m));
            ck_assert_close(dg, dg_want, m.cols, 64 * kernel_epsilon, 10 * slack(&m));
            ck_assert_close(db, db_want, m.cols, 64 * kernel_epsilon, slack(&m));
            void *blocks[] = {mean, var, got, got2, dg, db, dg_want, db_want};
            for (int k = 0; k < 8; k++) gnn_i_free(blocks[k]);
            clear(&m);
        }
}
END_TEST

TESTS("kernels/rows", 120, sums_columns_and_rows, multiplies_heads, takes_softmax,
      takes_cross_entropy, normalises_rows, normalises_columns)
