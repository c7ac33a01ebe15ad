/* Philox4x32-10, several blocks at a time, and the dropout masks drawn from it
 * (rng.h). */
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

/* words[4 lane + k] = word k of the lane's block. */
INLINE void philox_store(const vu c[4], uint32_t words[4 * PHILOX_LANES]) {
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
    vu64 out[4] = {SHUFFLE2(a0, b0, pair_low), SHUFFLE2(a0, b0, pair_high),
                   SHUFFLE2(a1, b1, pair_low), SHUFFLE2(a1, b1, pair_high)};
    memcpy(words, out, sizeof out);
}

/* PHILOX_LANES consecutive blocks from `block` on. */
INLINE void philox_run(uint64_t seed, uint64_t stream, uint64_t block,
                       uint32_t words[4 * PHILOX_LANES]) {
    vu lane;
    for (uint32_t i = 0; i < PHILOX_LANES; i++) lane[i] = i;
    uint32_t low = (uint32_t)block, high = (uint32_t)(block >> 32);
    vu c[4] = {lane + low, (vu){0} + high, (vu){0} + (uint32_t)stream,
               (vu){0} + (uint32_t)(stream >> 32)};
    c[1] -= (vu)(c[0] < (vu){0} + low); /* carry: true is -1 */
    philox_rounds(c, seed);
    philox_store(c, words);
}

/* x[i] = mask of element first + i times x[i], i < n. */
static inline void mask_run(const gnn_i_dropout *drop, uint64_t first, int64_t n,
                            gnn_real *x) {
    const gnn_real scale = gnn_i_dropout_scale(drop);
    union {
        uint32_t words[4 * PHILOX_LANES];
        uint16_t lane[PHILOX_LANES_16];
    } block;
    int64_t skip = (int64_t)(first % 8);
    for (int64_t i = -skip; i < n; i += PHILOX_LANES_16) {
        philox_run(drop->seed, drop->stream, (first + (uint64_t)i) / 8, block.words);
        if (i >= 0 && i + PHILOX_LANES_16 <= n) {
            for (int k = 0; k < PHILOX_LANES_16; k++)
                x[i + k] = block.lane[k] >= drop->threshold ? x[i + k] * scale : 0;
        } else {
            for (int k = 0; k < PHILOX_LANES_16; k++)
                if (i + k >= 0 && i + k < n)
                    x[i + k] = block.lane[k] >= drop->threshold ? x[i + k] * scale : 0;
        }
    }
}

/* x[group i + h] *= mask of element start[i] + h, for i < n and h < group. group is 1, 2,
 * 4 or
 * 8 and start[i] a multiple of it, so that a group lies in one block. */
static inline void mask_scattered(const gnn_i_dropout *drop, const uint64_t *start,
                                  int64_t n, int group, gnn_real *x) {
    const gnn_real scale = gnn_i_dropout_scale(drop);
    union {
        uint32_t words[4 * PHILOX_LANES];
        uint16_t lane[PHILOX_LANES_16];
    } block;
    for (int64_t i = 0; i < n; i += PHILOX_LANES) {
        int count = n - i < PHILOX_LANES ? (int)(n - i) : PHILOX_LANES;
        uint32_t low[PHILOX_LANES] = {0}, high[PHILOX_LANES] = {0};
        for (int k = 0; k < count; k++) {
            low[k] = (uint32_t)(start[i + k] >> 3);
            high[k] = (uint32_t)(start[i + k] >> 35);
        }
        vu c[4];
        memcpy(&c[0], low, sizeof low);
        memcpy(&c[1], high, sizeof high);
        c[2] = (vu){0} + (uint32_t)drop->stream;
        c[3] = (vu){0} + (uint32_t)(drop->stream >> 32);
        philox_rounds(c, drop->seed);
        philox_store(c, block.words);
        for (int k = 0; k < count; k++)
            for (int h = 0; h < group; h++) {
                uint32_t lane = block.lane[8 * k + (int)(start[i + k] & 7) + h];
                gnn_real *v = &x[(i + k) * group + h];
                *v = lane >= drop->threshold ? *v * scale : 0;
            }
    }
}

#endif
