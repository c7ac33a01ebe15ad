/* Plain versions of the random kernels: Random123's own Philox, one element at a time. */
#include <Random123/philox.h>
#include <math.h>

#include "kernels/ref.h"

void gnn_i_ref_philox(uint64_t seed, uint64_t stream, uint64_t block, uint32_t words[4]) {
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t counter = {{(uint32_t)block, (uint32_t)(block >> 32),
                                 (uint32_t)stream, (uint32_t)(stream >> 32)}};
    philox4x32_ctr_t out = philox4x32(counter, key);
    for (int i = 0; i < 4; i++) words[i] = out.v[i];
}

gnn_real gnn_i_ref_mask(const gnn_i_dropout *dropout, uint64_t element) {
    if (dropout->threshold == 0) return 1;
    uint32_t words[4];
    gnn_i_ref_philox(dropout->seed, dropout->stream, element / 8, words);
    uint32_t lane = (words[element % 8 / 2] >> (16 * (element % 2))) & 0xffffu;
    return lane >= dropout->threshold ? gnn_i_dropout_scale(dropout) : 0;
}

void gnn_i_ref_dropout_apply(const gnn_i_dropout *dropout, int64_t n, const gnn_real *x,
                             gnn_real *y) {
    for (int64_t i = 0; i < n; i++) {
        gnn_real mask = gnn_i_ref_mask(dropout, (uint64_t)i);
        y[i] = mask == 0 ? 0 : mask * x[i];
    }
}

void gnn_i_ref_dropout_backward(const gnn_i_dropout *dropout, int64_t n,
                                const gnn_real *dy, gnn_real *dx, bool accumulate) {
    for (int64_t i = 0; i < n; i++) {
        gnn_real mask = gnn_i_ref_mask(dropout, (uint64_t)i);
        dx[i] = (accumulate ? dx[i] : 0) + (mask == 0 ? 0 : mask * dy[i]);
    }
}

static double uniform01(uint64_t seed, uint64_t stream, uint64_t i) {
    uint32_t words[4];
    gnn_i_ref_philox(seed, stream, i / 4, words);
    if (sizeof(gnn_real) == sizeof(float)) return (double)(words[i % 4] >> 8) * 0x1p-24;
    return (double)words[i % 4] * 0x1p-32;
}

void gnn_i_ref_fill_uniform(uint64_t seed, uint64_t stream, int64_t n, gnn_real low,
                            gnn_real high, gnn_real *x) {
    for (int64_t i = 0; i < n; i++)
        x[i] = low + (high - low) * (gnn_real)uniform01(seed, stream, (uint64_t)i);
}

void gnn_i_ref_fill_normal(uint64_t seed, uint64_t stream, int64_t n, gnn_real mean,
                           gnn_real deviation, gnn_real *x) {
    for (int64_t i = 0; i < n; i++) {
        uint64_t pair = (uint64_t)i & ~(uint64_t)1;
        /* 1 - u is in (0, 1]: the logarithm is finite */
        double radius = sqrt(-2 * log(1 - uniform01(seed, stream, pair)));
        double angle = 2 * 3.14159265358979323846 * uniform01(seed, stream, pair + 1);
        double g = radius * ((i & 1) == 0 ? cos(angle) : sin(angle));
        x[i] = mean + deviation * (gnn_real)g;
    }
}
