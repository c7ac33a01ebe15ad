/* Graph norm and arc normalisation against plain loops in double. Their gradients are
 * checked by differences, as ops. */
#include <math.h>

#include "kernels/arc_norm.h"
#include "kernels/segment_norm.h"
#include "support/support.h"

#define TOLERANCE (GNN_REAL_DOUBLE ? 1e-12 : 1e-5)

enum { SEGMENTS = 5, COLS = 45 };
static const gnn_off ptr[SEGMENTS + 1] = {0, 3, 3, 4, 200, 1000};

START_TEST(columns_of_segments_are_normalised) {
    size_t n = (size_t)ptr[SEGMENTS] * COLS;
    gnn_real *x = calloc(n, sizeof *x), *y = calloc(n, sizeof *y),
             *want = calloc(n, sizeof *want);
    gnn_real shift[COLS], gain[COLS], offset[COLS];
    static gnn_real mean[SEGMENTS * COLS], rstd[SEGMENTS * COLS];
    support_fill(x, n, 1);
    support_fill(shift, COLS, 2);
    support_fill(gain, COLS, 3);
    support_fill(offset, COLS, 4);
    for (int s = 0; s < SEGMENTS; s++)
        for (int c = 0; c < COLS; c++) {
            double m = 0, v = 0, size = (double)(ptr[s + 1] - ptr[s]);
            for (gnn_off r = ptr[s]; r < ptr[s + 1]; r++)
                m += (double)x[r * COLS + c] / size;
            m *= (double)shift[c];
            for (gnn_off r = ptr[s]; r < ptr[s + 1]; r++)
                v += pow((double)x[r * COLS + c] - m, 2) / size;
            for (gnn_off r = ptr[s]; r < ptr[s + 1]; r++)
                want[r * COLS + c] = (gnn_real)(((double)x[r * COLS + c] - m) /
                                                    sqrt(v + .01) * (double)gain[c] +
                                                (double)offset[c]);
        }
    gnn_i_segment_norm(2, SEGMENTS, ptr, COLS, x, shift, gain, offset, (gnn_real).01, y,
                       mean, rstd);
    ck_assert_close(y, want, n, TOLERANCE, TOLERANCE);
    free(x);
    free(y);
    free(want);
}
END_TEST

/* A ring of n nodes: row i has the sources i-1 and i+1, ascending. */
START_TEST(arcs_are_normalised) {
    enum { N = 3000 };
    static gnn_off row_ptr[N + 1];
    static gnn_id col[2 * N];
    static gnn_real w[2 * N], arc[2 * N], loop[N], s[N], want[2 * N], want_loop[N];
    support_fill(w, (size_t)2 * N, 5);
    for (int i = 0; i < N; i++) {
        int a = (i + N - 1) % N, b = (i + 1) % N;
        col[2 * i] = a < b ? a : b;
        col[2 * i + 1] = a < b ? b : a;
        row_ptr[i + 1] = 2 * (i + 1);
    }
    w[0] = -3; /* a degree that is not positive: the row counts as 0 */
    for (int i = 0; i < N; i++) {
        double d = 1 + (double)w[2 * i] + (double)w[2 * i + 1];
        want_loop[i] = (gnn_real)(d > 0 ? 1 / d : 0);
    }
    for (int i = 0; i < N; i++)
        for (int a = 2 * i; a < 2 * i + 2; a++)
            want[a] = (gnn_real)((double)w[a] *
                                 sqrt((double)want_loop[i] * (double)want_loop[col[a]]));
    gnn_i_arc_norm(2, N, row_ptr, col, w, arc, loop, s);
    ck_assert_close(arc, want, 2 * N, TOLERANCE, TOLERANCE);
    ck_assert_close(loop, want_loop, N, TOLERANCE, TOLERANCE);
    ck_assert(loop[0] == 0 && arc[0] == 0 && s[0] == 0);
}
END_TEST

TESTS("kernels/norms", 10, columns_of_segments_are_normalised, arcs_are_normalised)
