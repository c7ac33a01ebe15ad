/* Optimiser steps and sums in double. */
#include "kernels/isa/isa.h"
#include "kernels/isa/math.h"

void ISA(gnn_i_adam_run)(const gnn_i_adam_job *s, int64_t i0, int64_t i1) {
    const vr scale = v_all(s->grad_scale), decay = v_all(s->coupled_decay);
    const vr beta1 = v_all(s->beta1), rest1 = v_all(s->rest1);
    const vr beta2 = v_all(s->beta2), rest2 = v_all(s->rest2);
    const vr size = v_all(s->size), bias = v_all(s->bias), eps = v_all(s->eps);
    const vr shrink = v_all(s->shrink);
    for (int64_t i = i0; i < i1; i += VL) {
        int64_t left = i1 - i;
        vr w = v_load_n(s->w + i, left);
        vr g = scale * v_load_n(s->g + i, left) + decay * w;
        vr m = beta1 * v_load_n(s->m + i, left) + rest1 * g;
        vr v = beta2 * v_load_n(s->v + i, left) + rest2 * g * g;
        w = shrink * w - size * m / (v_sqrt(v * bias) + eps);
        v_store_n(s->m + i, m, left);
        v_store_n(s->v + i, v, left);
        v_store_n(s->w + i, w, left);
    }
}

void ISA(gnn_i_sgd_run)(const gnn_i_sgd_job *s, int64_t i0, int64_t i1) {
    const vr scale = v_all(s->grad_scale), decay = v_all(s->weight_decay);
    const vr momentum = v_all(s->momentum), lr = v_all(s->lr);
    for (int64_t i = i0; i < i1; i += VL) {
        int64_t left = i1 - i;
        vr w = v_load_n(s->w + i, left);
        vr g = scale * v_load_n(s->g + i, left) + decay * w, u = g;
        if (s->velocity) {
            u = momentum * v_load_n(s->velocity + i, left) + g;
            v_store_n(s->velocity + i, u, left);
            if (s->nesterov) u = g + momentum * u;
        }
        v_store_n(s->w + i, w - lr * u, left);
    }
}

void ISA(gnn_i_adagrad_run)(const gnn_i_adagrad_job *s, int64_t i0, int64_t i1) {
    const vr lr = v_all(s->lr), eps = v_all(s->eps);
    for (int64_t i = i0; i < i1; i += VL) {
        int64_t left = i1 - i;
        vr g = v_load_n(s->g + i, left);
        vr sum = v_load_n(s->sum + i, left) + g * g;
        v_store_n(s->sum + i, sum, left);
        v_store_n(s->w + i, v_load_n(s->w + i, left) - lr * g / (v_sqrt(sum) + eps),
                  left);
    }
}

/* ---- sums in double ---- */

typedef double vd __attribute__((vector_size(VB)));
#define DL ((int)(VB / sizeof(double)))
#if GNN_REAL_DOUBLE
typedef vr_unaligned narrow;
#else
typedef float narrow __attribute__((vector_size(VB / 2), aligned(4), may_alias));
#endif
INLINE vd widen(const gnn_real *p) {
    return __builtin_convertvector(*(const narrow *)p, vd);
}

/* Σ x y, or Σ x where y is NULL. */
double ISA(gnn_i_sum_run)(const gnn_real *x, const gnn_real *y, int64_t n) {
    vd s0 = {0}, s1 = {0};
    int64_t i = 0;
    for (; i + 2 * DL <= n; i += 2 * DL) {
        vd a = widen(x + i), b = widen(x + i + DL);
        s0 += y ? a * widen(y + i) : a;
        s1 += y ? b * widen(y + i + DL) : b;
    }
    s0 += s1;
    double sum = 0;
    for (int k = 0; k < DL; k++) sum += s0[k];
    for (; i < n; i++) sum += (double)x[i] * (y ? (double)y[i] : 1);
    return sum;
}
