/* Softmax of a run of numbers. */
#ifndef GNN_KERNELS_ISA_SOFTMAX_H
#define GNN_KERNELS_ISA_SOFTMAX_H

#include "kernels/isa/math.h"

/* The largest of n > 0 numbers. */
static inline gnn_real run_max(int64_t n, const gnn_real *x) {
    vr best = v_all(-INFINITY);
    int64_t i = 0;
    for (; i + VL <= n; i += VL) best = v_max(v_load(x + i), best);
    gnn_real top = v_largest(best);
    for (; i < n; i++) top = x[i] > top ? x[i] : top;
    return top;
}

/* Σ exp(x - top); e[i] = exp(x[i] - top) unless e is NULL. e may be x. */
static inline gnn_real run_exp(int64_t n, const gnn_real *x, gnn_real top, gnn_real *e) {
    vr sum = {0};
    int64_t i = 0;
    for (; i + VL <= n; i += VL) {
        vr v = v_exp_weight(v_load(x + i) - top);
        sum += v;
        if (e) v_store(e + i, v);
    }
    if (i < n) {
        vr v = v_exp_weight(v_load_n(x + i, n - i) - top);
        /* what lies behind the end counts as 0 */
        sum += v_select(LANES < vi_all((vint)(n - i)), v, (vr){0});
        if (e) v_store_n(e + i, v, n - i);
    }
    return v_sum(sum);
}

static inline void run_scale(int64_t n, gnn_real factor, gnn_real *x) {
    for (int64_t i = 0; i < n; i += VL)
        v_store_n(x + i, factor * v_load_n(x + i, n - i), n - i);
}

static inline gnn_real run_dot(int64_t n, const gnn_real *x, const gnn_real *y) {
    vr sum = {0};
    for (int64_t i = 0; i < n; i += VL)
        sum += v_load_n(x + i, n - i) * v_load_n(y + i, n - i);
    return v_sum(sum);
}

#endif
