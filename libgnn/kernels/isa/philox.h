/* Philox4x32-10, several blocks at a time, and the dropout masks drawn from it (rng.h).
 */
#ifndef GNN_KERNELS_ISA_PHILOX_H
#define GNN_KERNELS_ISA_PHILOX_H

#include "kernels/isa/vec.h"
#include "kernels/rng.h"
#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define PHILOX_LANES (VB / 4)              /* blocks at a time */
#define PHILOX_LANES_16 (8 * PHILOX_LANES) /* 16-bit lanes of so many blocks */
typedef uint32_t vu __attribute__((vector_size(VB)));
typedef uint64_t vu64 __attribute__((vector_size(VB)));

/* 64-bit products of the even 32-bit lanes with a constant. */
INLINE vu64 mul_even(vu64 x, uint32_t factor) {
#if VB == 64
    return (vu64)_mm512_mul_epu32((__m512i)x, _mm512_set1_epi32((int)factor));
#elif VB == 32
    return (vu64)_mm256_mul_epu32((__m256i)x, _mm256_set1_epi32((int)factor));
#elif defined(__SSE2__)
    return (vu64)_mm_mul_epu32((__m128i)x, _mm_set1_epi32((int)factor));
#else
    return (x & 0xffffffffu) * (uint64_t)factor;
#endif
}

/* The high half of each 32-bit lane's product with a constant; *low receives the low
 * half. */
INLINE vu mul_high_low(vu x, uint32_t factor, vu *low) {
    vu64 even = mul_even((vu64)x, factor);
    vu64 odd = mul_even((vu64)x >> 32, factor);
    *low = (vu)((even & 0xffffffffu) | (odd << 32));
    return (vu)((even >> 32) | (odd & 0xffffffff00000000u));
}

/* Ten rounds on PHILOX_LANES counters, in place. */
INLINE void philox_rounds(vu c[4], uint64_t seed) {
    uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
#pragma GCC unroll 10
    for (int round = 0; round < 10; round++) {
        vu low0, low1;
        vu high0 = mul_high_low(c[0], 0xD2511F53u, &low0);
        vu high1 = mul_high_low(c[2], 0xCD9E8D57u, &low1);
        c[0] = high1 ^ c[1] ^ k0;
        c[2] = high0 ^ c[3] ^ k1;
        c[1] = low1;
        c[3] = low0;
        k0 += 0x9E3779B9u;
        k1 += 0xBB67AE85u;
    }
}

/* The blocks one behind the other: out as 32-bit words is word 0 .. 3 of lane 0, of lane
 * 1 … */
INLINE void philox_transpose(const vu c[4], vu out[4]) {
#if VB == 64
    const vu low = {0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23};
    const vu high = low + 8;
    const vu64 pair_low = {0, 8, 1, 9, 2, 10, 3, 11}, pair_high = pair_low + 4;
#elif VB == 32
    const vu low = {0, 8, 1, 9, 2, 10, 3, 11}, high = low + 4;
    const vu64 pair_low = {0, 4, 1, 5}, pair_high = pair_low + 2;
#else
    const vu low = {0, 4, 1, 5}, high = low + 2;
    const vu64 pair_low = {0, 2}, pair_high = pair_low + 1;
#endif
    vu64 a0 = (vu64)SHUFFLE2(c[0], c[1], low);
    vu64 a1 = (vu64)SHUFFLE2(c[0], c[1], high);
    vu64 b0 = (vu64)SHUFFLE2(c[2], c[3], low);
    vu64 b1 = (vu64)SHUFFLE2(c[2], c[3], high);
    out[0] = (vu)SHUFFLE2(a0, b0, pair_low);
    out[1] = (vu)SHUFFLE2(a0, b0, pair_high);
    out[2] = (vu)SHUFFLE2(a1, b1, pair_low);
    out[3] = (vu)SHUFFLE2(a1, b1, pair_high);
}

/* PHILOX_LANES consecutive blocks from `block` on, one behind the other. */
INLINE void philox_draw(uint64_t seed, uint64_t stream, uint64_t block, vu out[4]) {
    vu lane;
    for (uint32_t i = 0; i < PHILOX_LANES; i++) lane[i] = i;
    uint32_t low = (uint32_t)block, high = (uint32_t)(block >> 32);
    vu c[4] = {lane + low, (vu){0} + high, (vu){0} + (uint32_t)stream,
               (vu){0} + (uint32_t)(stream >> 32)};
    c[1] -= (vu)(c[0] < (vu){0} + low); /* carry: true is -1 */
    philox_rounds(c, seed);
    philox_transpose(c, out);
}

/* The same into memory. */
INLINE void philox_run(uint64_t seed, uint64_t stream, uint64_t block,
                       uint32_t words[4 * PHILOX_LANES]) {
    vu blocks[4];
    philox_draw(seed, stream, block, blocks);
    memcpy(words, blocks, sizeof blocks);
}

/* Drawn blocks as 16-bit lanes in order. */
typedef struct drawn_lanes {
    uint16_t lane[PHILOX_LANES_16];
} drawn_lanes;
INLINE drawn_lanes lanes_of(const vu blocks[4]) {
    drawn_lanes drawn;
    memcpy(drawn.lane, blocks, sizeof drawn.lane);
    return drawn;
}

/* x[k] = x[k] scale or 0, by lanes from `lane` on; threshold < 65536. */
INLINE void mask_lanes(const uint16_t *lane, uint32_t threshold, gnn_real scale, int n,
                       gnn_real *x) {
    for (int k = 0; k < n; k++) x[k] = lane[k] >= threshold ? x[k] * scale : 0;
}

/* All lanes of the drawn blocks. */
INLINE void mask_blocks(const vu blocks[4], uint32_t threshold, gnn_real scale,
                        gnn_real *x) {
#if VB == 64 && !GNN_REAL_DOUBLE
    __m512i least = _mm512_set1_epi16((short)threshold);
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++, x += 32) {
        __mmask32 keep = _mm512_cmpge_epu16_mask((__m512i)blocks[i], least);
        vr low = _mm512_maskz_mul_ps((__mmask16)keep, v_load(x), v_all(scale));
        vr high =
            _mm512_maskz_mul_ps((__mmask16)(keep >> 16), v_load(x + 16), v_all(scale));
        v_store(x, low);
        v_store(x + 16, high);
    }
#else
    drawn_lanes drawn = lanes_of(blocks);
    mask_lanes(drawn.lane, threshold, scale, PHILOX_LANES_16, x);
#endif
}

/* x[i] = mask of element first + i times x[i], i < n. */
static inline void mask_run(const gnn_i_dropout *drop, uint64_t first, int64_t n,
                            gnn_real *x) {
    const gnn_real scale = gnn_i_dropout_scale(drop);
    if (n <= 0) return;
    if (drop->threshold >= 65536) {
        memset(x, 0, (size_t)n * sizeof *x);
        return;
    }
    int64_t i = -(int64_t)(first % 8);
    for (; i < n; i += PHILOX_LANES_16) {
        vu blocks[4];
        philox_draw(drop->seed, drop->stream, (first + (uint64_t)i) / 8, blocks);
        if (i >= 0 && i + PHILOX_LANES_16 <= n) {
            mask_blocks(blocks, drop->threshold, scale, x + i);
            continue;
        }
        drawn_lanes drawn = lanes_of(blocks);
        int from = i < 0 ? (int)-i : 0;
        int to = n - i < PHILOX_LANES_16 ? (int)(n - i) : PHILOX_LANES_16;
        mask_lanes(drawn.lane + from, drop->threshold, scale, to - from, x + i + from);
    }
}

/* The masks of single elements, PHILOX_LANES of them, whose blocks are c. */
INLINE void mask_elements(const vu c[4], vu element, uint32_t threshold, gnn_real scale,
                          int n, gnn_real *x) {
    vu place = element >> 1 & 3;
    vu word = c[0] & (vu)(place == 0);
    word |= c[1] & (vu)(place == 1);
    word |= c[2] & (vu)(place == 2);
    word |= c[3] & (vu)(place == 3);
    vu odd = (vu)((element & 1) != 0);
    vu keep = (vu)(((word >> 16 & odd) | (word & 0xffffu & ~odd)) >= threshold);
#if !GNN_REAL_DOUBLE
    if (n == VL) {
        v_store(x, (vr)((vi)(scale * v_load(x)) & (vi)keep));
        return;
    }
#endif
    for (int k = 0; k < n; k++) x[k] = keep[k] ? scale * x[k] : 0;
}

/* The masks of groups of 2, 4 or 8 elements, the first of which are start[k]. */
INLINE void mask_groups(const drawn_lanes *drawn, const uint64_t *start,
                        uint32_t threshold, gnn_real scale, int n, int group,
                        gnn_real *x) {
#if VB == 64 && !GNN_REAL_DOUBLE
    __m128i least = _mm_set1_epi16((short)threshold);
    for (int k = 0; k < n; k++) {
        const uint16_t *lane = drawn->lane + 8 * k + (int)(start[k] & 7);
        gnn_real *v = x + k * group;
        if (group == 8) {
            __mmask8 keep =
                _mm_cmpge_epu16_mask(_mm_loadu_si128((const void *)lane), least);
            _mm256_storeu_ps(
                v, _mm256_maskz_mul_ps(keep, _mm256_loadu_ps(v), _mm256_set1_ps(scale)));
        } else if (group == 4) {
            __mmask8 keep =
                _mm_cmpge_epu16_mask(_mm_loadl_epi64((const void *)lane), least);
            _mm_storeu_ps(v, _mm_maskz_mul_ps(keep, _mm_loadu_ps(v), _mm_set1_ps(scale)));
        } else {
            mask_lanes(lane, threshold, scale, group, v);
        }
    }
#else
    for (int k = 0; k < n; k++)
        mask_lanes(drawn->lane + 8 * k + (int)(start[k] & 7), threshold, scale, group,
                   x + k * group);
#endif
}

/* x[group i + h] *= mask of element start[i] + h, for i < n and h < group. group is 1, 2,
 * 4 or 8 and start[i] a multiple of it, so that a group lies in one block. */
static inline void mask_scattered(const gnn_i_dropout *drop, const uint64_t *start,
                                  int64_t n, int group, gnn_real *x) {
    const gnn_real scale = gnn_i_dropout_scale(drop);
    if (drop->threshold >= 65536) {
        memset(x, 0, (size_t)(n * group) * sizeof *x);
        return;
    }
    for (int64_t i = 0; i < n; i += PHILOX_LANES) {
        int count = n - i < PHILOX_LANES ? (int)(n - i) : PHILOX_LANES;
        vu c[4] = {{0},
                   {0},
                   (vu){0} + (uint32_t)drop->stream,
                   (vu){0} + (uint32_t)(drop->stream >> 32)};
        vu element = {0};
        for (int k = 0; k < count; k++) {
            c[0][k] = (uint32_t)(start[i + k] >> 3);
            c[1][k] = (uint32_t)(start[i + k] >> 35);
            element[k] = (uint32_t)start[i + k];
        }
        philox_rounds(c, drop->seed);
        if (group == 1) {
            mask_elements(c, element, drop->threshold, scale, count, x + i);
        } else {
            vu blocks[4];
            philox_transpose(c, blocks);
            drawn_lanes drawn = lanes_of(blocks);
            mask_groups(&drawn, start + i, drop->threshold, scale, count, group,
                        x + i * group);
        }
    }
}

#endif
