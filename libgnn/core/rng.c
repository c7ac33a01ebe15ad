/* Philox and what is drawn from it. */
#include "core/rng.h"

#include <math.h>

#include <Random123/philox.h>

void gnn_i_philox(uint64_t seed, uint64_t stream, uint64_t block, uint32_t out[4]) {
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t counter = {{(uint32_t)block, (uint32_t)(block >> 32),
                                 (uint32_t)stream, (uint32_t)(stream >> 32)}};
    philox4x32_ctr_t words = philox4x32(counter, key);
    for (int i = 0; i < 4; i++) out[i] = words.v[i];
}

void gnn_i_rng_init(gnn_i_rng *rng, uint64_t seed, uint64_t stream) {
    *rng = (gnn_i_rng){.seed = seed, .stream = stream};
}

void gnn_i_rng_seek(gnn_i_rng *rng, uint64_t position) {
    rng->position = position;
    if (position % 4 > 0) gnn_i_philox(rng->seed, rng->stream, position / 4, rng->words);
}

uint32_t gnn_i_rng_u32(gnn_i_rng *rng) {
    unsigned i = (unsigned)(rng->position % 4);
    if (i == 0) gnn_i_philox(rng->seed, rng->stream, rng->position / 4, rng->words);
    rng->position++;
    return rng->words[i];
}

uint64_t gnn_i_rng_u64(gnn_i_rng *rng) {
    uint64_t low = gnn_i_rng_u32(rng);
    return low | (uint64_t)gnn_i_rng_u32(rng) << 32;
}

float gnn_i_rng_uniform_f32(gnn_i_rng *rng) {
    return (float)(gnn_i_rng_u32(rng) >> 8) * 0x1p-24f;
}

double gnn_i_rng_uniform(gnn_i_rng *rng) {
    return (double)(gnn_i_rng_u64(rng) >> 11) * 0x1p-53;
}

double gnn_i_rng_normal(gnn_i_rng *rng) {
    /* 1 - u is in (0, 1], where the logarithm is finite. */
    double radius = sqrt(-2.0 * log(1.0 - gnn_i_rng_uniform(rng)));
    double angle = 2.0 * 3.14159265358979323846 * gnn_i_rng_uniform(rng);
    return radius * cos(angle);
}

/* The high half of word * n is uniform once the 2^w mod n low halves that come once too
 * often are thrown away. */
static uint32_t below_32(gnn_i_rng *rng, uint32_t n) {
    uint64_t product = (uint64_t)gnn_i_rng_u32(rng) * n;
    if ((uint32_t)product < n) {
        uint32_t excess = (0u - n) % n;
        while ((uint32_t)product < excess) product = (uint64_t)gnn_i_rng_u32(rng) * n;
    }
    return (uint32_t)(product >> 32);
}

static uint64_t below_64(gnn_i_rng *rng, uint64_t n) {
    unsigned __int128 product = (unsigned __int128)gnn_i_rng_u64(rng) * n;
    if ((uint64_t)product < n) {
        uint64_t excess = (0u - n) % n;
        while ((uint64_t)product < excess)
            product = (unsigned __int128)gnn_i_rng_u64(rng) * n;
    }
    return (uint64_t)(product >> 64);
}

uint64_t gnn_i_rng_below(gnn_i_rng *rng, uint64_t n) {
    return n <= UINT32_MAX ? below_32(rng, (uint32_t)n) : below_64(rng, n);
}

void gnn_i_rng_shuffle(gnn_i_rng *rng, gnn_id *values, int64_t n) {
    for (int64_t i = n - 1; i > 0; i--) {
        int64_t j = (int64_t)gnn_i_rng_below(rng, (uint64_t)i + 1);
        gnn_id value = values[i];
        values[i] = values[j];
        values[j] = value;
    }
}

/* Floyd: for j = n-k .. n-1 take a random t in 0 .. j, or j itself when t is taken
 * already (Bentley & Floyd 1987, doi:10.1145/30401.315746). */
static void sample_few(gnn_i_rng *rng, gnn_id n, gnn_id k, gnn_id *values) {
    for (gnn_id count = 0; count < k; count++) {
        gnn_id j = n - k + count;
        gnn_id t = (gnn_id)gnn_i_rng_below(rng, (uint64_t)j + 1);
        for (gnn_id i = 0; i < count; i++)
            if (values[i] == t) {
                t = j;
                break;
            }
        values[count] = t;
    }
}

/* Selection: value i is taken with probability (still needed) / (still to come)
 * (Knuth, The Art of Computer Programming 2, 3.4.2, algorithm S). */
static void sample_many(gnn_i_rng *rng, gnn_id n, gnn_id k, gnn_id *values) {
    gnn_id count = 0;
    for (gnn_id i = 0; count < k; i++)
        if (gnn_i_rng_below(rng, (uint64_t)(n - i)) < (uint64_t)(k - count))
            values[count++] = i;
}

int64_t gnn_i_rng_sample(gnn_i_rng *rng, gnn_id n, gnn_id k, gnn_id *values) {
    if (n <= 0 || k <= 0) return 0;
    if (k > n) k = n;
    if ((int64_t)k * k <= n || k <= 32)
        sample_few(rng, n, k, values);
    else
        sample_many(rng, n, k, values);
    return k;
}
