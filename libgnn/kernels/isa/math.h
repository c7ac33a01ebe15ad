/* Elementary functions of vectors. In float: reductions and minimax polynomials of the
 * Cephes library (S. L. Moshier, single precision) but for v_exp_weight's, errors of a
 * few units in the last place, checked in tests/unit/kernels_elementwise.c and
 * kernels_pairs.c. In double: libm, lane by lane. */
#ifndef GNN_KERNELS_ISA_MATH_H
#define GNN_KERNELS_ISA_MATH_H

#include <math.h>

#include "kernels/isa/vec.h"

INLINE vr v_abs(vr x) {
    return (vr)((vi)x & ~(vi)v_all((gnn_real)-0.0));
}
/* |x| with the sign of s. */
INLINE vr v_copysign(vr x, vr s) {
    vi sign = (vi)v_all((gnn_real)-0.0);
    return (vr)(((vi)x & ~sign) | ((vi)s & sign));
}
INLINE vr v_sqrt(vr x) {
#if VB == 64 && !GNN_REAL_DOUBLE
    return _mm512_sqrt_ps(x);
#elif VB == 32 && !GNN_REAL_DOUBLE
    return _mm256_sqrt_ps(x);
#elif GNN_REAL_DOUBLE
    for (int i = 0; i < VL; i++) x[i] = sqrt(x[i]);
    return x;
#else
    for (int i = 0; i < VL; i++) x[i] = sqrtf(x[i]);
    return x;
#endif
}
#if GNN_REAL_DOUBLE

#define V_LIBM(name, expression)                                                         \
    INLINE vr name(vr v) {                                                               \
        for (int i = 0; i < VL; i++) {                                                   \
            double x = v[i];                                                             \
            v[i] = (expression);                                                         \
        }                                                                                \
        return v;                                                                        \
    }
V_LIBM(v_exp, exp(x))
V_LIBM(v_exp_weight, exp(x))
V_LIBM(v_expm1, expm1(x))
V_LIBM(v_log, log(x))
V_LIBM(v_tanh, tanh(x))
V_LIBM(v_sigmoid, 1 / (1 + exp(-x)))
V_LIBM(v_softplus, fmax(x, 0) + log1p(exp(-fabs(x))))
V_LIBM(v_normal_cdf, .5 * erfc(-x * 0.70710678118654752))
V_LIBM(v_round, nearbyint(x))
V_LIBM(v_cos_turns, cos(6.28318530717958648 * x))
V_LIBM(v_sin_turns, sin(6.28318530717958648 * x))

#else

/* c[0] x^(n-1) + ... + c[n-1] */
#define V_POLY(x, ...)                                                                   \
    v_poly((x), (const float[]){__VA_ARGS__},                                            \
           sizeof((float[]){__VA_ARGS__}) / sizeof(float))
INLINE vr v_poly(vr x, const float *c, size_t n) {
    vr y = v_all(c[0]);
#pragma GCC unroll 10
    for (size_t i = 1; i < n; i++) y = y * x + c[i];
    return y;
}

/* The nearest integer, as a float; |x| < 2^22. */
INLINE vr v_round(vr x) {
#if VB == 64
    return _mm512_roundscale_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#elif VB == 32
    return _mm256_round_ps(x, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
#else
    return (x + 0x1.8p23f) - 0x1.8p23f;
#endif
}

/* x 2^n for integral n, |n| <= 252; over- and underflow are gradual. */
INLINE vr v_scale2(vr x, vr n) {
#if VB == 64
    return _mm512_scalef_ps(x, n);
#else
    vi k = __builtin_convertvector(n, vi), half = k >> 1;
    vr first = (vr)((half + 127) << 23), second = (vr)((k - half + 127) << 23);
    return x * first * second;
#endif
}

/* n and r = x - n log 2, |r| <= log 2 / 2; x within the range where exp is not 0 or
 * infinite (clamped to it; NaN stays). */
INLINE vr v_exp_reduce(vr x, vr *n) {
    x = v_max(v_all(-104), v_min(v_all(89), x));
    *n = v_round(x * 1.44269504088896341f);
    vr r = x - *n * 0.693359375f;
    return r - *n * -2.12194440e-4f;
}
/* exp(r) - 1 for |r| <= log 2 / 2 */
INLINE vr v_expm1_core(vr r) {
    vr p = V_POLY(r, 1.9875691500e-4f, 1.3981999507e-3f, 8.3334519073e-3f,
                  4.1665795894e-2f, 1.6666665459e-1f, 5.0000001201e-1f);
    return p * (r * r) + r;
}
INLINE vr v_exp(vr x) {
    vr n, r = v_exp_reduce(x, &n);
    return v_scale2(v_expm1_core(r) + 1, n);
}
/* exp(x) of x < 60 where sums of many go into weights: within 1.7e-7 of it for |x| < 1,
 * 2.1e-7 for |x| < 16, 4.1e-7 down to where it is subnormal; two thirds of v_exp's
 * operations. The polynomial is exp's minimax of relative errors with exp(0) = exp'(0) =
 * 1. */
INLINE vr v_exp_weight(vr x) {
    x = v_max(v_all(-104), x);
    vr n = v_round(x * 1.44269504088896341f);
#if VB > 16
    vr r = x - n * 0.693147180559945309f; /* one rounding: the product is fused */
#else
    vr r = x - n * 0.693359375f;
    r -= n * -2.12194440e-4f;
#endif
    return v_scale2(V_POLY(r, 8.31250101e-3f, 4.18903306e-2f, 1.66671157e-1f,
                           4.99992311e-1f, 1.f, 1.f),
                    n);
}
INLINE vr v_expm1(vr x) {
    /* 2^n (e^r - 1) + (2^n - 1): exact cancellation for small x, where n = 0. Beyond 88
     * the second term would overflow early; nothing is lost by taking exp there. */
    vr n, r = v_exp_reduce(x, &n);
    vr power = v_scale2(v_all(1), n);
    vr small = v_scale2(v_expm1_core(r), n) + (power - 1);
    return v_select(x > 80, v_exp(x), small);
}

/* log of x; 0 gives -inf, below 0 NaN. */
INLINE vr v_log(vr x) {
    vr scaled = v_select(x < 0x1p-126f, x * 0x1p23f, x); /* subnormal numbers */
    vi bits = (vi)scaled;
    /* mantissa in [sqrt(1/2), sqrt 2) */
    vi offset = bits - 0x3f3504f3;
    vr e = __builtin_convertvector(offset >> 23, vr);
    e -= v_select(x < 0x1p-126f, v_all(23), v_all(0));
    vr m = (vr)((offset & 0x007fffff) + 0x3f3504f3) - 1;
    vr z = m * m;
    vr y = V_POLY(m, 7.0376836292e-2f, -1.1514610310e-1f, 1.1676998740e-1f,
                  -1.2420140846e-1f, 1.4249322787e-1f, -1.6668057665e-1f,
                  2.0000714765e-1f, -2.4999993993e-1f, 3.3333331174e-1f);
    y = y * m * z + e * -2.12194440e-4f - .5f * z;
    vr result = m + y + e * 0.693359375f;
    result = v_select(x == 0, v_all(-INFINITY), result);
    result = v_select(x == INFINITY, x, result);
    return v_select(x >= 0, result, v_all(NAN));
}

INLINE vr v_tanh(vr x) {
    vr a = v_abs(x), z = x * x;
    vr small = V_POLY(z, -5.70498872745e-3f, 2.06390887954e-2f, -5.37397155531e-2f,
                      1.33314422036e-1f, -3.33332819422e-1f) *
                   z * x +
               x;
    vr large = 1 - 2 / (v_exp(2 * a) + 1);
    return v_select(a < .625f, small, v_copysign(large, x));
}

INLINE vr v_sigmoid(vr x) {
    return 1 / (1 + v_exp(-x));
}

/* log(1 + e^x) = max(x, 0) + log1p(u), u = e^-|x|; log1p(u) = log(w) u / (w - 1), w = 1 +
 * u. */
INLINE vr v_softplus(vr x) {
    vr u = v_exp(-v_abs(x)), w = 1 + u;
    vr log1p = v_select(w == 1, u, v_log(w) * u / (w - 1));
    return v_max(x, v_all(0)) + log1p; /* NaN: log1p is NaN */
}

/* Φ(x) = erfc(-x / sqrt 2) / 2 */
INLINE vr v_normal_cdf(vr x) {
    vr t = x * -0.70710678118654752f, a = v_abs(t), z = t * t;
    vr erf =
        t * V_POLY(z, 7.853861353153693e-5f, -8.010193625184903e-4f,
                   5.188327685732524e-3f, -2.685381193529856e-2f, 1.128358514861418e-1f,
                   -3.761262582423300e-1f, 1.128379165726710e+0f);
    vr q = 1 / a, y = q * q;
    vr middle =
        V_POLY(y, 2.326819970068386e-2f, -1.387039388740657e-1f, 3.687424674597105e-1f,
               -5.824733027278666e-1f, 6.210004621745983e-1f, -4.944515323274145e-1f,
               3.404879937665872e-1f, -2.741127028184656e-1f, 5.638259427386472e-1f);
    vr far = V_POLY(y, -1.047766399936249e+1f, 1.297719955372516e+1f,
                    -7.495518717768503e+0f, 2.921019019210786e+0f, -1.015265279202700e+0f,
                    4.218463358204948e-1f, -2.820767439740514e-1f, 5.641895067754075e-1f);
    vr tail = v_exp(-z) * q * v_select(a < 2, middle, far); /* erfc(|t|) */
    vr erfc = v_select(a < 1, 1 - erf, v_select(t > 0, tail, 2 - tail));
    return .5f * erfc;
}

/* cos and sin of 2π x for -1 < x < 1: quadrant, then polynomials on |θ| <= π/4. */
INLINE vr v_cos_quadrant(vr x, vr shift) {
    vr turns = 4 * x, q = v_round(turns);
    vr theta = (turns - q) * 1.57079632679489662f, z = theta * theta;
    vr sine =
        V_POLY(z, -1.9515295891e-4f, 8.3321608736e-3f, -1.6666654611e-1f) * z * theta +
        theta;
    vr cosine =
        V_POLY(z, 2.443315711809948e-5f, -1.388731625493765e-3f, 4.166664568298827e-2f) *
            z * z -
        .5f * z + 1;
    vi k = __builtin_convertvector(q + shift, vi); /* cos(θ + k π/2) */
    vr value = v_select((k & 1) == 0, cosine, sine);
    return v_select(((k + 1) & 2) == 0, value, -value);
}
INLINE vr v_cos_turns(vr x) {
    return v_cos_quadrant(x, v_all(0));
}
INLINE vr v_sin_turns(vr x) {
    return v_cos_quadrant(x, v_all(3)); /* sin θ = cos(θ - π/2) */
}

#endif

#endif
