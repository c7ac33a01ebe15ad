/* Distances and areas of pairs and their gradients against plain versions, on every
 * instruction set. */
#include <math.h>

#include "kernels_common.h"

#include "kernels/table.h"

static const int64_t sizes[][3] = {
    {1, 1, 2},    {3, 5, 8},    {7, 9, 30},   {4, 8, 64},
    {13, 21, 46}, {9, 33, 200}, {5, 37, 2100}}; /* wider than a panel */

typedef enum measure { MANHATTAN, MODULUS, AREA } measure;

static void reference(measure kind, const gnn_i_pairs_args *args) {
    if (kind == AREA) {
        gnn_i_ref_areas(args);
        gnn_i_ref_areas_backward(args);
    } else {
        gnn_i_ref_distances(kind == MODULUS, args);
        gnn_i_ref_distances_backward(kind == MODULUS, args);
    }
}

static void kernel(measure kind, const gnn_i_pairs_args *args) {
    const gnn_i_kernels *k = gnn_i_kernels_get();
    void (*const scores[])(const gnn_i_pairs_args *) = {k->manhattan, k->modulus,
                                                        k->area};
    void (*const gradients[])(const gnn_i_pairs_args *) = {
        k->manhattan_gradient, k->modulus_gradient, k->area_gradient};
    scores[kind](args);
    gradients[kind](args);
}

static void check(measure kind, const int64_t size[3]) {
    int64_t n = size[0], m = size[1], width = size[2], ld = width + 3;
    gnn_real *x = kernel_random((size_t)(n * ld), 1);
    gnn_real *y = kernel_random((size_t)(m * ld), 2);
    gnn_real *w = kernel_random((size_t)(n * m), 3);
    gnn_real *want = kernel_take((size_t)(n * m), sizeof *want);
    gnn_real *got = kernel_take((size_t)(n * m), sizeof *got);
    gnn_real *want_d = kernel_random((size_t)(n * ld), 4);
    gnn_real *before = kernel_copy(want_d, (size_t)(n * ld));
    gnn_i_pairs_args args = {.n = n,
                             .m = m,
                             .width = width,
                             .x = x,
                             .ldx = ld,
                             .y = y,
                             .ldy = ld,
                             .s = want,
                             .w = w,
                             .row_step = m,
                             .column_step = 1,
                             .dx = want_d,
                             .ldd = ld};
    reference(kind, &args);
    args.s = got;
    FOR_EACH_ISA {
        gnn_real *got_d = kernel_copy(before, (size_t)(n * ld));
        args.dx = got_d;
        kernel(kind, &args);
        double slack = (double)width * kernel_epsilon;
        ck_assert_close(got, want, n * m, 16 * kernel_epsilon, slack);
        ck_assert_close(got_d, want_d, n * ld, 64 * kernel_epsilon,
                        64 * (double)m * kernel_epsilon);
        gnn_i_free(got_d);
    }
    void *blocks[] = {x, y, w, want, got, want_d, before};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) gnn_i_free(blocks[i]);
}

START_TEST(distances_and_their_gradients) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check(MANHATTAN, sizes[i]);
        check(MODULUS, sizes[i]);
    }
}
END_TEST

START_TEST(areas_and_their_gradients) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) check(AREA, sizes[i]);
}
END_TEST

START_TEST(half_angles) {
    enum { N = 45 };
    gnn_real angle[N], cosine[N + 1], sine[N + 1];
    for (int i = 0; i < N; i++) angle[i] = (gnn_real)(.37 * (i - 22));
    FOR_EACH_ISA {
        cosine[N] = sine[N] = 7;
        gnn_i_kernels_get()->half_angles(N, angle, cosine, sine);
        for (int i = 0; i < N; i++) {
            const double half = (double)angle[i] / 2, near = 8 * kernel_epsilon;
            ck_assert_double_eq_tol((double)cosine[i], cos(half), near);
            ck_assert_double_eq_tol((double)sine[i], sin(half), near);
        }
        ck_assert((double)cosine[N] == 7 && (double)sine[N] == 7);
    }
}
END_TEST

/* Distances by way of dot products against their definition, and sums of weights. */
static void check_euclid(bool root, bool biased, const int64_t size[3]) {
    int64_t n = size[0], m = size[1], width = size[2], ld = m + 5;
    gnn_real *x = kernel_random((size_t)(n * width), 1);
    gnn_real *y = kernel_random((size_t)(m * width), 2);
    gnn_real *x_bias = kernel_random((size_t)n, 3), *y_bias = kernel_random((size_t)m, 4);
    gnn_real *w = kernel_random((size_t)(n * ld), 5);
    gnn_real *x2 = kernel_take((size_t)n, sizeof *x2);
    gnn_real *y2 = kernel_take((size_t)m, sizeof *y2);
    FOR_EACH_ISA {
        const gnn_i_kernels *kernels = gnn_i_kernels_get();
        gnn_real *s = kernel_copy(w, (size_t)(n * ld));
        kernels->row_squares(n, width, x, width, x2);
        kernels->row_squares(m, width, y, width, y2);
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < m; j++) {
                double dot = 0;
                for (int64_t k = 0; k < width; k++)
                    dot += (double)(x[i * width + k] * y[j * width + k]);
                s[i * ld + j] = (gnn_real)dot;
            }
        const gnn_i_euclid_args args = {.n = n,
                                        .m = m,
                                        .s = s,
                                        .ld = ld,
                                        .x2 = x2,
                                        .y2 = y2,
                                        .root = root,
                                        .x_bias = biased ? x_bias : NULL,
                                        .y_bias = biased ? y_bias : NULL};
        kernels->euclid(&args);
        gnn_real *v = kernel_copy(w, (size_t)(n * ld));
        const gnn_i_tile_args over = {
            .n = n, .m = m, .s = s, .ld = ld, .w = v, .ldw = ld};
        if (root) kernels->tile_over_lengths(&over, (gnn_real)1e-3);
        const double slack = 64 * (double)width * kernel_epsilon;
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < m; j++) {
                double d2 = 0, got = (double)s[i * ld + j];
                for (int64_t k = 0; k < width; k++)
                    d2 += pow((double)(x[i * width + k] - y[j * width + k]), 2);
                double want = root ? -sqrt(d2) : -d2;
                if (biased) want += (double)(x_bias[i] + y_bias[j]);
                ck_assert_double_eq_tol(got, want, slack);
                if (!root) continue;
                ck_assert_double_eq_tol((double)v[i * ld + j],
                                        (double)w[i * ld + j] / fmax(-got, 1e-3),
                                        slack + 1e-3 * kernel_epsilon);
            }
        ck_assert_same_bytes(&s[m], &w[m], (ld - m) * (int64_t)sizeof *s);
        gnn_i_free(s);
        gnn_i_free(v);
    }
    void *blocks[] = {x, y, x_bias, y_bias, w, x2, y2};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) gnn_i_free(blocks[i]);
}

START_TEST(distances_by_products) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        check_euclid(true, false, sizes[i]);
        check_euclid(false, false, sizes[i]);
        check_euclid(false, true, sizes[i]);
    }
}
END_TEST

START_TEST(sums_of_rows_and_columns) {
    enum { N = 7, M = 37, LD = 41 };
    gnn_real *w = kernel_random(N * LD, 6);
    FOR_EACH_ISA {
        gnn_real rows[N], columns[M + 1] = {[M] = 5};
        gnn_i_kernels_get()->tile_margins(N, M, w, LD, rows, columns);
        for (int i = 0; i < N; i++) {
            double sum = 0;
            for (int j = 0; j < M; j++) sum += (double)w[i * LD + j];
            ck_assert_double_eq_tol((double)rows[i], sum, 64 * kernel_epsilon);
        }
        for (int j = 0; j < M; j++) {
            double sum = 0;
            for (int i = 0; i < N; i++) sum += (double)w[i * LD + j];
            ck_assert_double_eq_tol((double)columns[j], sum, 64 * kernel_epsilon);
        }
        ck_assert((double)columns[M] == 5);
    }
    gnn_i_free(w);
}
END_TEST

/* Weights are as exact as v_exp_weight says, from the smallest to the largest. */
START_TEST(weights_over_the_whole_range) {
    enum { FIRST = -11000, M = 12600 }; /* hundredths: -110 to 16 */
    gnn_real *s = kernel_take(M + 2, sizeof *s), *w = kernel_take(M + 2, sizeof *w);
    const gnn_real lse = 0;
    for (int j = 0; j < M; j++) s[j] = (gnn_real)((FIRST + j) / 100.);
    s[M] = -INFINITY;
    s[M + 1] = NAN;
    FOR_EACH_ISA {
        const gnn_i_tile_args args = {
            .n = 1, .m = M + 2, .s = s, .w = w, .lse = &lse, .factor = 1};
        gnn_i_kernels_get()->tile_softmax(&args);
        for (int j = 0; j <= M; j++) {
            const double x = (double)s[j], size = fabs(x), want = exp(x);
            const double most = size < 1 ? 1.7e-7 : size < 16 ? 2.1e-7 : 4.1e-7;
            ck_assert_msg(fabs((double)w[j] - want) <= most * want + 1e-44,
                          "exp(%g) is %g, not %g", x, (double)w[j], want);
        }
        ck_assert(isnan(w[M + 1]));
    }
    gnn_i_free(s);
    gnn_i_free(w);
}
END_TEST

START_TEST(blocks_of_scores) {
    enum { N = 3, M = 37, LD = 40 };
    gnn_real *s = kernel_random(N * LD, 5);
    s[2 * LD + 4] = s[2 * LD + 30]; /* a tie */
    FOR_EACH_ISA {
        gnn_real top[N], sum[N], lse[N] = {1, 2, 3};
        int64_t above[N] = {1, 0, 0}, equal[N] = {0};
        gnn_i_tile_args args = {.n = N, .m = M, .s = s, .ld = LD, .top = top, .sum = sum};
        gnn_i_kernels_get()->tile_sums(&args);
        for (int i = 0; i < N; i++) {
            double largest = -9, exps = 0;
            for (int j = 0; j < M; j++)
                if ((double)s[i * LD + j] > largest) largest = (double)s[i * LD + j];
            for (int j = 0; j < M; j++) exps += exp((double)s[i * LD + j] - largest);
            ck_assert((double)top[i] == largest);
            ck_assert_double_eq_tol((double)sum[i], exps, 1e-4);
        }
        /* the columns one half after the other; exponentials relative to the first
         * half's largest are made weights */
        enum { HALF = 18, SLACK = 16 };
        gnn_real *w = kernel_copy(s, N * LD), first[N];
        gnn_i_tile_args part = {
            .n = N, .m = HALF, .s = w, .ld = LD, .w = w, .ldw = LD, .lse = lse};
        part.top = first;
        part.sum = sum;
        part.factor = 3;
        gnn_i_kernels_get()->tile_sums(&part);
        gnn_i_kernels_get()->tile_scale(&part);
        memcpy(top, first, sizeof top);
        const gnn_i_tile_args rest = {.n = N,
                                      .m = M - HALF,
                                      .s = s + HALF,
                                      .ld = LD,
                                      .top = top,
                                      .sum = sum,
                                      .more = true};
        gnn_i_kernels_get()->tile_sums(&rest);
        for (int i = 0; i < N; i++) {
            double exps = 0;
            for (int j = 0; j < M; j++)
                exps += exp((double)s[i * LD + j] - (double)top[i]);
            ck_assert_double_eq_tol((double)sum[i], exps, 1e-4);
            for (int j = 0; j < HALF; j++)
                ck_assert_double_eq_tol((double)w[i * LD + j],
                                        3 * exp((double)s[i * LD + j] - (double)lse[i]),
                                        1e-5);
            ck_assert_same_bytes(&w[i * LD + HALF], &s[i * LD + HALF], sizeof *s);
        }
        /* later columns that exceed the first by little, and by much */
        for (int j = HALF; j < M; j++) {
            w[LD + j] += SLACK - 4;
            w[2 * LD + j] += SLACK + 80;
        }
        memcpy(w + LD, s + LD, HALF * sizeof *s);
        memcpy(w + 2 * LD, s + 2 * LD, HALF * sizeof *s);
        gnn_real *e = kernel_take(N * LD, sizeof *e);
        for (int from = 0; from < M; from += from == 0 ? HALF : M) {
            const gnn_i_tile_args columns = {.n = N,
                                             .m = from == 0 ? HALF : M - HALF,
                                             .s = w + from,
                                             .ld = LD,
                                             .w = e + from,
                                             .ldw = LD,
                                             .top = top,
                                             .sum = sum,
                                             .more = from > 0,
                                             .slack = SLACK};
            gnn_i_kernels_get()->tile_sums(&columns);
            for (int i = 0; i < N; i++)
                for (int j = from; j < (from == 0 ? HALF : M); j++)
                    ck_assert_double_eq_tol(
                        (double)e[i * LD + j] /
                            exp((double)w[i * LD + j] - (double)top[i]),
                        1, 6 * kernel_epsilon);
        }
        gnn_i_free(e);
        for (int i = 1; i < N; i++) {
            double largest = -9, exps = 0;
            for (int j = 0; j < M; j++) {
                largest = fmax(largest, (double)w[i * LD + j]);
                exps += exp((double)w[i * LD + j] - (double)top[i]);
            }
            ck_assert_double_eq_tol((double)sum[i] / exps, 1, 1e-5);
            ck_assert_msg(i == 1 ? (double)top[i] < largest : (double)top[i] == largest,
                          "row %d is relative to %g of %g", i, (double)top[i], largest);
        }
        gnn_i_free(w);
        gnn_real own[N] = {s[7], 5, s[2 * LD + 4]};
        args.lse = own;
        args.above = above;
        args.equal = equal;
        gnn_i_kernels_get()->tile_counts(&args);
        int64_t higher[N] = {1, 0, 0}, same[N] = {0};
        for (int i = 0; i < N; i++)
            for (int j = 0; j < M; j++) {
                higher[i] += s[i * LD + j] > own[i];
                same[i] += s[i * LD + j] == own[i];
            }
        for (int i = 0; i < N; i++) {
            ck_assert_int_eq(above[i], higher[i]);
            ck_assert_int_eq(equal[i], same[i]);
        }
        ck_assert_int_eq(same[2], 2);
        gnn_real *copy = kernel_copy(s, N * LD);
        args = (gnn_i_tile_args){.n = N,
                                 .m = M,
                                 .s = s,
                                 .ld = LD,
                                 .w = copy,
                                 .ldw = LD,
                                 .lse = lse,
                                 .factor = 2};
        gnn_i_kernels_get()->tile_softmax(&args);
        for (int i = 0; i < N; i++)
            for (int j = 0; j < M; j++)
                ck_assert_double_eq_tol((double)copy[i * LD + j],
                                        2 * exp((double)s[i * LD + j] - (double)lse[i]),
                                        1e-5);
        ck_assert_same_bytes(&copy[M], &s[M], sizeof *s); /* nothing behind the block */
        memcpy(copy, s, N * LD * sizeof *s);
        args.sum = sum;
        args.s = copy; /* in place */
        gnn_i_kernels_get()->tile_sigmoid(&args);
        for (int i = 0; i < N; i++) {
            double losses = 0;
            for (int j = 0; j < M; j++) {
                losses += log1p(exp((double)s[i * LD + j]));
                ck_assert_double_eq_tol((double)copy[i * LD + j],
                                        2 / (1 + exp(-(double)s[i * LD + j])), 1e-5);
            }
            ck_assert_double_eq_tol((double)sum[i], losses, 1e-3);
        }
        gnn_i_free(copy);
    }
    gnn_i_free(s);
}
END_TEST

/* Negatives weighed by the softmax of temperature times their score; masked ones and rows
 * of nothing else count nothing. */
START_TEST(adversarial_weights) {
    enum { N = 3, M = 37, LD = 41 };
    gnn_real *s = kernel_random(N * LD, 11);
    s[3] = -INFINITY;
    for (int j = 0; j < M; j++) s[2 * LD + j] = -INFINITY;
    for (int t = 0; t < 2; t++) {
        const double temperature = t == 0 ? 0 : .7, margin = 1.5;
        FOR_EACH_ISA {
            gnn_real *w = kernel_copy(s, N * LD), sum[N];
            const gnn_i_tile_args args = {.n = N,
                                          .m = M,
                                          .s = w,
                                          .ld = LD,
                                          .w = w,
                                          .ldw = LD,
                                          .sum = sum,
                                          .factor = 3,
                                          .temperature = (gnn_real)temperature,
                                          .margin = (gnn_real)margin};
            gnn_i_kernels_get()->tile_adversarial(&args);
            for (int i = 0; i < 2; i++) {
                double total = 0, loss = 0;
                for (int j = 0; j < M; j++) {
                    const double x = (double)s[i * LD + j];
                    if (isfinite(x)) total += exp(temperature * x);
                }
                for (int j = 0; j < M; j++) {
                    const double x = (double)s[i * LD + j];
                    const double p = isfinite(x) ? exp(temperature * x) / total : 0;
                    const double y = isfinite(x) ? x + margin : 0;
                    loss += p * log1p(exp(y));
                    ck_assert_double_eq_tol((double)w[i * LD + j], 3 * p / (1 + exp(-y)),
                                            1e-6);
                }
                ck_assert_double_eq_tol((double)sum[i], loss, 1e-5);
            }
            for (int j = 0; j < M; j++) ck_assert(w[2 * LD + j] == 0);
            ck_assert(sum[2] == 0);
            ck_assert_same_bytes(&w[M], &s[M], sizeof *s);
            gnn_i_free(w);
        }
    }
    gnn_i_free(s);
}
END_TEST

TESTS("kernels/pairs", 60, distances_and_their_gradients, areas_and_their_gradients,
      half_angles, distances_by_products, sums_of_rows_and_columns, blocks_of_scores,
      weights_over_the_whole_range, adversarial_weights)
