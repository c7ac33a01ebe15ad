/* Rows of bfloat16, the upper halves of floats: to reals and back. Integer arithmetic
 * only: the same bits with every instruction set. */
#include <string.h>

#include "kernels/isa/isa.h"

INLINE uint32_t bits_of(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

void ISA(gnn_i_bf16_widen)(int64_t n, const uint16_t *x, gnn_real *y) {
    for (int64_t i = 0; i < n; i++) {
        uint32_t bits = (uint32_t)x[i] << 16;
        float value;
        memcpy(&value, &bits, sizeof value);
        y[i] = (gnn_real)value;
    }
}

/* Infinities and numbers that are none stay what they are. */
INLINE uint16_t rounded(uint32_t bits, uint32_t add) {
    uint32_t special = (bits >> 16) | ((bits & 0x007fffffu) != 0 ? 0x40u : 0u);
    uint32_t upper = (bits + add) >> 16;
    return (uint16_t)((bits & 0x7f800000u) == 0x7f800000u ? special : upper);
}

/* A number that depends on each bit of x like a random one (multipliers: C. Wellons,
 * "lowbias32"). */
INLINE uint32_t mixed(uint32_t x) {
    x = (x ^ x >> 16) * 0x7feb352du;
    x = (x ^ x >> 15) * 0x846ca68bu;
    return x ^ x >> 16;
}

void ISA(gnn_i_bf16_narrow)(const gnn_i_bf16_args *a) {
    const uint32_t key = mixed(mixed((uint32_t)a->key) ^ (uint32_t)(a->key >> 32));
    if (a->stochastic) {
        for (int64_t i = 0; i < a->n; i++)
            a->y[i] = rounded(bits_of((float)a->x[i]),
                              mixed(key + (uint32_t)i * 0x9e3779b9u) >> 16);
        return;
    }
    for (int64_t i = 0; i < a->n; i++) {
        uint32_t bits = bits_of((float)a->x[i]);
        a->y[i] = rounded(bits, 0x7fffu + (bits >> 16 & 1));
    }
}
