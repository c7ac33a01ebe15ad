/* Counter-based random numbers inside kernels: Philox4x32-10 [1], bit-equal to
 * Random123's.
 *
 * A stream of numbers is named by (seed, stream) and indexed from 0; nothing is stored
 * and any part of it can be drawn by any thread. Block b of a stream is
 *     philox4x32(key = {seed lo, seed hi}, counter = {b lo, b hi, stream lo, stream hi}),
 * four words of 32 bits. Dropout takes its 16-bit lanes (element i: lane i % 8 of block i
 * / 8; lane 0 is the low half of word 0, lane 1 its high half), fills take its words
 * (element i: word i % 4 of block i / 4).
 * [1] Salmon, Moraes, Dror & Shaw 2011, doi:10.1145/2063384.2063405 */
#ifndef GNN_KERNELS_RNG_H
#define GNN_KERNELS_RNG_H

#include <gnn/status.h>

/* A dropout mask: element i is kept, and scaled by 65536 / (65536 - threshold), when its
 * 16-bit lane is >= threshold; else it is 0. All zero: no dropout. */
typedef struct gnn_i_dropout {
    uint64_t seed;
    uint64_t stream;
    uint32_t threshold; /* round(65536 p), 0 .. 65536; 0: keep everything */
} gnn_i_dropout;

/* The mask that drops with probability p in [0, 1]. */
static inline gnn_i_dropout gnn_i_dropout_make(uint64_t seed, uint64_t stream, double p) {
    return (gnn_i_dropout){seed, stream, (uint32_t)(p * 65536.0 + 0.5)};
}

/* What kept values are multiplied by; 0 when nothing is kept. */
static inline gnn_real gnn_i_dropout_scale(const gnn_i_dropout *dropout) {
    if (dropout->threshold >= 65536) return 0;
    return (gnn_real)(65536.0 / (65536.0 - (double)dropout->threshold));
}

/* words[0..4 n_blocks) = blocks first_block .. first_block + n_blocks - 1 of a stream. */
void gnn_i_philox_blocks(uint64_t seed, uint64_t stream, uint64_t first_block,
                         int64_t n_blocks, uint32_t *words);

/* mask[i] = 0 or the scale of element first + i, for i < n: for code that has no
 * kernel. */
void gnn_i_dropout_mask(const gnn_i_dropout *dropout, uint64_t first, int64_t n,
                        gnn_real *mask);

/* y[i] = mask_i x[i]; y may be x. The gradient is the same map applied to dy. */
void gnn_i_dropout_apply(int n_threads, const gnn_i_dropout *dropout, int64_t n,
                         const gnn_real *x, gnn_real *y);
/* dx[i] = or += mask_i dy[i]. */
void gnn_i_dropout_backward(int n_threads, const gnn_i_dropout *dropout, int64_t n,
                            const gnn_real *dy, gnn_real *dx, bool accumulate);

/* x[i] = low + (high - low) u, u uniform on a grid of 2^-24 in [0, 1) (2^-32 in
 * double). */
void gnn_i_fill_uniform(int n_threads, uint64_t seed, uint64_t stream, int64_t n,
                        gnn_real low, gnn_real high, gnn_real *x);
/* x[i] = mean + deviation g, g standard normal (Box & Muller 1958, on words 2k and 2k +
 * 1). */
GNN_API void gnn_i_fill_normal(int n_threads, uint64_t seed, uint64_t stream, int64_t n,
                               gnn_real mean, gnn_real deviation, gnn_real *x);

#endif
