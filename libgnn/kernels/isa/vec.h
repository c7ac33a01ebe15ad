/* Vectors of the instruction set that this file is compiled for. The sources of this
 * folder are built once per set with GNN_I_ISA (the suffix of their public names) and
 * GNN_I_VECTOR_BYTES (64: AVX-512, 32: AVX2, 16: baseline), so that one body serves them
 * all. */
#ifndef GNN_KERNELS_ISA_VEC_H
#define GNN_KERNELS_ISA_VEC_H

#include <gnn/status.h>
#include <string.h>
#if defined(__AVX2__)
#include <immintrin.h>
#endif

#define ISA_JOIN_(name, suffix) name##_##suffix
#define ISA_JOIN(name, suffix) ISA_JOIN_(name, suffix)
/* The name of a function or table in this instruction set. */
#define ISA(name) ISA_JOIN(name, GNN_I_ISA)

#define INLINE static inline __attribute__((always_inline))

#define VB GNN_I_VECTOR_BYTES
#define VL ((int)(VB / sizeof(gnn_real))) /* lanes */

#if GNN_REAL_DOUBLE
typedef int64_t vint;
#else
typedef int32_t vint;
#endif
typedef gnn_real vr __attribute__((vector_size(VB)));
typedef vint vi __attribute__((vector_size(VB)));
typedef gnn_real vr_unaligned
    __attribute__((vector_size(VB), aligned(sizeof(gnn_real)), may_alias));
typedef vint vi_unaligned
    __attribute__((vector_size(VB), aligned(sizeof(vint)), may_alias));

INLINE vr v_load(const gnn_real *p) {
    return *(const vr_unaligned *)p;
}
INLINE void v_store(gnn_real *p, vr x) {
    *(vr_unaligned *)p = x;
}
/* The same value in all lanes (x - 0 keeps the sign of zero). */
INLINE vr v_all(gnn_real x) {
    return x - (vr){0};
}
INLINE vi vi_all(vint x) {
    return x - (vi){0};
}
/* Lanes 0, 1, 2, ... */
#if VB == 64 && !GNN_REAL_DOUBLE
#define LANES ((vi){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15})
#elif VB == 64 || (VB == 32 && !GNN_REAL_DOUBLE)
#define LANES ((vi){0, 1, 2, 3, 4, 5, 6, 7})
#elif VB == 32 || !GNN_REAL_DOUBLE
#define LANES ((vi){0, 1, 2, 3})
#else
#define LANES ((vi){0, 1})
#endif
/* Lane i of the result is lane mask[i] of x, or of x followed by y. clang, which only
 * builds for the fuzzer, has no such builtin for masks that are not constants. */
#if defined(__clang__)
#define SHUFFLE(x, mask) SHUFFLE2(x, x, mask)
#define SHUFFLE2(x, y, mask)                                                             \
    ({                                                                                   \
        __typeof__((x) + (x)) x_ = (x), y_ = (y), out_;                                  \
        __typeof__(mask) mask_ = (mask);                                                 \
        int n_ = (int)(sizeof out_ / sizeof out_[0]);                                    \
        for (int i_ = 0; i_ < n_; i_++)                                                  \
            out_[i_] = (int)mask_[i_] < n_ ? x_[mask_[i_]] : y_[(int)mask_[i_] - n_];    \
        out_;                                                                            \
    })
#else
#define SHUFFLE(x, mask) __builtin_shuffle(x, mask)
#define SHUFFLE2(x, y, mask) __builtin_shuffle(x, y, mask)
#endif
/* x with the lanes i and i ^ k exchanged; k is a constant. */
INLINE vr v_exchange(vr x, vint k) {
    return SHUFFLE(x, LANES ^ k);
}

/* ---- half the lanes ---- */

typedef gnn_real vh __attribute__((vector_size(VB / 2)));
typedef gnn_real vh_unaligned
    __attribute__((vector_size(VB / 2), aligned(sizeof(gnn_real)), may_alias));
/* The lower and the upper half. */
#if VB == 64 && !GNN_REAL_DOUBLE
INLINE vh v_low(vr x) {
    return _mm512_castps512_ps256(x);
}
INLINE vh v_high(vr x) {
    return _mm512_extractf32x8_ps(x, 1);
}
#elif VB == 64
INLINE vh v_low(vr x) {
    return _mm512_castpd512_pd256(x);
}
INLINE vh v_high(vr x) {
    return _mm512_extractf64x4_pd(x, 1);
}
#else
INLINE vh v_low(vr x) {
    vh y;
    memcpy(&y, &x, sizeof y);
    return y;
}
INLINE vh v_high(vr x) {
    vh y;
    memcpy(&y, (char *)&x + sizeof y, sizeof y);
    return y;
}
#endif

/* ---- the first n <= VL lanes ---- */

#if VB == 64 && !GNN_REAL_DOUBLE
typedef __mmask16 vtail;
INLINE vtail v_tail(int64_t n) {
    return (vtail)((1u << n) - 1u);
}
INLINE bool v_tail_has(vtail t, int lane) {
    return (t >> lane & 1) != 0;
}
INLINE vr v_load_tail(const gnn_real *p, vtail t) {
    return _mm512_maskz_loadu_ps(t, p);
}
INLINE void v_store_tail(gnn_real *p, vr x, vtail t) {
    _mm512_mask_storeu_ps(p, t, x);
}
#elif VB == 64
typedef __mmask8 vtail;
INLINE vtail v_tail(int64_t n) {
    return (vtail)((1u << n) - 1u);
}
INLINE bool v_tail_has(vtail t, int lane) {
    return (t >> lane & 1) != 0;
}
INLINE vr v_load_tail(const gnn_real *p, vtail t) {
    return _mm512_maskz_loadu_pd(t, p);
}
INLINE void v_store_tail(gnn_real *p, vr x, vtail t) {
    _mm512_mask_storeu_pd(p, t, x);
}
#elif VB == 32
typedef vi vtail;
INLINE vtail v_tail(int64_t n) {
    return LANES < vi_all((vint)n);
}
INLINE bool v_tail_has(vtail t, int lane) {
    return t[lane] != 0;
}
#if GNN_REAL_DOUBLE
INLINE vr v_load_tail(const gnn_real *p, vtail t) {
    return _mm256_maskload_pd(p, (__m256i)t);
}
INLINE void v_store_tail(gnn_real *p, vr x, vtail t) {
    _mm256_maskstore_pd(p, (__m256i)t, x);
}
#else
INLINE vr v_load_tail(const gnn_real *p, vtail t) {
    return _mm256_maskload_ps(p, (__m256i)t);
}
INLINE void v_store_tail(gnn_real *p, vr x, vtail t) {
    _mm256_maskstore_ps(p, (__m256i)t, x);
}
#endif
#else
typedef int vtail;
INLINE vtail v_tail(int64_t n) {
    return (vtail)n;
}
INLINE bool v_tail_has(vtail t, int lane) {
    return lane < t;
}
INLINE vr v_load_tail(const gnn_real *p, vtail t) {
    vr x = {0};
    for (int i = 0; i < VL; i++)
        if (i < t) x[i] = p[i];
    return x;
}
INLINE void v_store_tail(gnn_real *p, vr x, vtail t) {
    for (int i = 0; i < VL; i++)
        if (i < t) p[i] = x[i];
}
#endif

/* The first n lanes, or all where n >= VL; the others load as 0. */
INLINE vr v_load_n(const gnn_real *p, int64_t n) {
    return n >= VL ? v_load(p) : v_load_tail(p, v_tail(n));
}
INLINE void v_store_n(gnn_real *p, vr x, int64_t n) {
    if (n >= VL)
        v_store(p, x);
    else
        v_store_tail(p, x, v_tail(n));
}
/* Asks for a row that is read soon. */
INLINE void v_fetch_row(const gnn_real *p, int64_t width) {
    int64_t lines = (width * (int64_t)sizeof *p + 63) / 64;
    for (int64_t i = 0; i < lines && i < 32; i++)
        __builtin_prefetch((const char *)p + 64 * i, 0, 3);
}

/* Integer lanes as int32_t, all of them and the first n. */
INLINE void v_store_places(int32_t *p, vi x) {
#if GNN_REAL_DOUBLE
    for (int i = 0; i < VL; i++) p[i] = (int32_t)x[i];
#else
    memcpy(p, &x, sizeof x);
#endif
}
INLINE void v_store_places_tail(int32_t *p, vi x, vtail t) {
#if VB == 64 && !GNN_REAL_DOUBLE
    _mm512_mask_storeu_epi32(p, t, (__m512i)x);
#elif VB == 32 && !GNN_REAL_DOUBLE
    _mm256_maskstore_epi32(p, (__m256i)t, (__m256i)x);
#else
    for (int i = 0; i < VL; i++)
        if (v_tail_has(t, i)) p[i] = (int32_t)x[i];
#endif
}

/* Which of n places are q (lanes beyond n: none). */
INLINE vi v_places_equal(const int32_t *place, int64_t n, vint q) {
    vi p = vi_all(-2);
    if (n >= VL) {
#if GNN_REAL_DOUBLE
        for (int i = 0; i < VL; i++) p[i] = place[i];
#else
        memcpy(&p, place, sizeof p);
#endif
    } else {
        for (int i = 0; i < n; i++) p[i] = place[i];
    }
    return p == vi_all(q);
}

/* ---- choice by lane; masks are all ones or all zeros a lane ---- */

INLINE vr v_select(vi mask, vr yes, vr no) {
    return (vr)((mask & (vi)yes) | (~mask & (vi)no));
}
INLINE vi vi_select(vi mask, vi yes, vi no) {
    return (mask & yes) | (~mask & no);
}
/* Where x > *best: *best = x and *place = k. */
INLINE void v_keep_larger(vr x, vi k, vr *best, vi *place) {
#if VB == 64 && !GNN_REAL_DOUBLE
    __mmask16 wins = _mm512_cmp_ps_mask(x, *best, _CMP_GT_OQ);
    *best = _mm512_mask_mov_ps(*best, wins, x);
    *place = (vi)_mm512_mask_mov_epi32((__m512i)*place, wins, (__m512i)k);
#elif VB == 32 && !GNN_REAL_DOUBLE
    __m256 wins = (__m256)(x > *best);
    *best = _mm256_blendv_ps(*best, x, wins);
    *place = (vi)_mm256_blendv_ps((__m256)*place, (__m256)k, wins);
#else
    vi wins = x > *best;
    *best = v_select(wins, x, *best);
    *place = vi_select(wins, k, *place);
#endif
}
INLINE vr v_max(vr a, vr b) {
#if VB == 64 && !GNN_REAL_DOUBLE
    return _mm512_max_ps(a, b);
#elif VB == 32 && !GNN_REAL_DOUBLE
    return _mm256_max_ps(a, b);
#else
    return v_select(a > b, a, b);
#endif
}
INLINE vr v_min(vr a, vr b) {
#if VB == 64 && !GNN_REAL_DOUBLE
    return _mm512_min_ps(a, b);
#elif VB == 32 && !GNN_REAL_DOUBLE
    return _mm256_min_ps(a, b);
#else
    return v_select(a < b, a, b);
#endif
}

/* Sums over each group of `group` lanes (a power of two), in all lanes of the group. */
INLINE vr v_group_sums(vr x, int group) {
    if (VL >= 16 && group >= 16) x += v_exchange(x, 8);
    if (VL >= 8 && group >= 8) x += v_exchange(x, 4);
    if (VL >= 4 && group >= 4) x += v_exchange(x, 2);
    if (group >= 2) x += v_exchange(x, 1);
    return x;
}
/* Sum of the lanes, in a fixed tree. */
INLINE gnn_real v_sum(vr x) {
    return v_group_sums(x, VL)[0];
}
INLINE gnn_real v_largest(vr x) {
    if (VL >= 16) x = v_max(x, v_exchange(x, 8));
    if (VL >= 8) x = v_max(x, v_exchange(x, 4));
    if (VL >= 4) x = v_max(x, v_exchange(x, 2));
    return v_max(x, v_exchange(x, 1))[0];
}

#endif
