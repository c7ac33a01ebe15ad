/* Rounding to bfloat16: to the nearest, or to either neighbour, right on average. */
#include <math.h>

#include "kernels/table.h"
#include "kernels_common.h"

static double widened(uint16_t half) {
    gnn_real x;
    gnn_i_kernels_get()->bf16_widen(1, &half, &x);
    return (double)x;
}

static uint16_t narrowed(double x, bool stochastic, uint64_t key) {
    gnn_real real = (gnn_real)x;
    uint16_t half;
    const gnn_i_bf16_args args = {1, &real, &half, stochastic, key};
    gnn_i_kernels_get()->bf16_narrow(&args);
    return half;
}

START_TEST(rounds_to_the_nearest) {
    FOR_EACH_ISA {
        /* 1 = 0x3f80; its neighbours are 2^-7 above and 2^-8 below */
        ck_assert_uint_eq(narrowed(1, false, 0), 0x3f80);
        ck_assert_uint_eq(narrowed(1 + 0x1.1p-8, false, 0), 0x3f81);
        ck_assert_uint_eq(narrowed(1 + 0x1p-8, false, 0), 0x3f80); /* middle: even */
        ck_assert_uint_eq(narrowed(1 + 0x3p-8, false, 0), 0x3f82); /* middle: even */
        ck_assert_uint_eq(narrowed(-1, false, 0), 0xbf80);
        ck_assert_uint_eq(narrowed(0, false, 0), 0);
        ck_assert_uint_eq(narrowed(INFINITY, false, 0), 0x7f80);
        ck_assert_uint_eq(narrowed(INFINITY, true, 3), 0x7f80);
        ck_assert(isnan(widened(narrowed(NAN, false, 0))));
        ck_assert(isnan(widened(narrowed(NAN, true, 7))));
        ck_assert(isinf(widened(narrowed(3.4e38, false, 0)))); /* beyond the largest */
        for (uint32_t half = 0; half < 0x7f80; half += 37) /* every number is itself */
            for (int stochastic = 0; stochastic < 2; stochastic++)
                ck_assert_uint_eq(
                    narrowed(widened((uint16_t)half), stochastic != 0, half), half);
    }
}
END_TEST

START_TEST(is_right_on_average) {
    enum { KEYS = 20000 };
    const double values[] = {1 + 0x1p-9, -0.3, 1e-3, 123.4};
    FOR_EACH_ISA {
        for (int i = 0; i < 4; i++) {
            const double x = (double)(gnn_real)values[i];
            const double spacing = ldexp(1, ilogb(x) - 7);
            double sum = 0;
            for (uint64_t key = 0; key < KEYS; key++) {
                double y = widened(narrowed(x, true, key));
                ck_assert_double_lt(fabs(y - x), spacing);
                sum += y;
            }
            /* five standard deviations of a mean of numbers one spacing apart */
            ck_assert_double_eq_tol(sum / KEYS, x, 5 * .5 * spacing / sqrt(KEYS));
        }
    }
}
END_TEST

START_TEST(gives_the_same_bits_with_every_instruction_set) {
    enum { N = 1000 };
    gnn_real *x = kernel_random(N, 3), *y = kernel_take(N, sizeof *y);
    uint16_t *halves = kernel_take(N, sizeof *halves);
    for (int stochastic = 0; stochastic < 2; stochastic++) {
        uint16_t *first = NULL;
        FOR_EACH_ISA {
            const gnn_i_bf16_args args = {N, x, halves, stochastic != 0,
                                          0x123456789abcull};
            gnn_i_kernels_get()->bf16_narrow(&args);
            gnn_i_kernels_get()->bf16_widen(N, halves, y);
            for (int i = 0; i < N; i++)
                ck_assert_double_eq_tol((double)y[i], (double)x[i],
                                        fabs((double)x[i]) * 0x1p-7);
            if (first == NULL) {
                first = kernel_take(N, sizeof *first);
                memcpy(first, halves, N * sizeof *first);
            }
            ck_assert_same_bytes(halves, first, N * (int64_t)sizeof *first);
        }
        gnn_i_free(first);
    }
    gnn_i_free(x);
    gnn_i_free(y);
    gnn_i_free(halves);
}
END_TEST

TESTS("kernels/bf16", 60, rounds_to_the_nearest, is_right_on_average,
      gives_the_same_bits_with_every_instruction_set)
