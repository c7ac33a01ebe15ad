/* Distances and areas of every x_i and y_j, their gradients, and softmax over blocks of
 * scores.
 *
 * A pair is a lane: its parts are summed in the order of the columns. */
#include "kernels/isa/isa.h"
#include "kernels/isa/math.h"
#include "kernels/isa/softmax.h"
#include "kernels/isa/transpose.h"

typedef enum norm { MANHATTAN, MODULUS, AREA } norm;

/* ---- distances and areas ---- */

enum {
    ROWS = 4,           /* x and … */
    VECTORS = 2,        /* … vectors of y in a tile */
    FIRST_LEVEL = 8192, /* reals of the panel */
    STEP = VECTORS * VL
};

/* Columns k0 .. k0 + kc - 1 of the y from j on, up to STEP of them, side by side: y1, and
 * y2 for numbers of two parts, (kc, STEP). Lanes without a y are 0. */
typedef struct panel {
    int64_t j, columns, k0, kc;
    const gnn_real *y1, *y2;
} panel;

static void pack(const gnn_i_pairs_args *a, const panel *p, int64_t first, gnn_real *to) {
    transpose_panel(a->y + p->j * a->ldy + first, a->ldy, p->columns, p->kc, to, STEP);
}

/* sum - correction / 2 += |x - y|, or |x × y|, of the numbers x1 + i x2, y1 + i y2. */
INLINE void add_part(norm kind, bool odd, vr x1, vr x2, vr y1, vr y2, vr *sum,
                     vr *correction) {
    if (kind == MANHATTAN) {
        *sum += v_abs(x1 - y1);
    } else if (kind == AREA) {
        *sum += v_abs(x1 * y2 - x2 * y1);
    } else {
        /* Nested, so that there is one way only to fuse products with sums; 1e-36 keeps
         * the reciprocal root of 0 finite. */
        vr d = x1 - y1, e = x2 - y2, z = d * d + (e * e + (gnn_real)1e-36);
#if VB == 64 && !GNN_REAL_DOUBLE
        /* With y near 1 / sqrt(z) and t = z y, sqrt(z) = t - t (t y - 1) / 2 but for the
         * square of what y lacks: the units that multiply do every other root. */
        if (odd) {
            vr y = _mm512_rsqrt14_ps(z), t = z * y;
            *sum += t;
            *correction += t * (t * y - 1);
            return;
        }
#endif
        (void)odd, (void)correction;
        *sum += v_sqrt(z);
    }
}

/* `rows` rows from i on with the columns of a panel, `vectors` vectors of y. */
INLINE void distance_tile(norm kind, const gnn_i_pairs_args *a, const panel *p, int64_t i,
                          int rows, int vectors) {
    vr sum[ROWS * VECTORS], correction[ROWS * VECTORS] = {0};
    const gnn_real *x = a->x + i * a->ldx + p->k0, *second = x + a->width / 2;
    gnn_real *to = a->s + i * a->row_step + p->j;
#pragma GCC unroll 8
    for (int t = 0; t < rows * vectors; t++) {
        const int64_t column = t % vectors * VL;
        sum[t] = (vr){0};
        if (p->k0 > 0)
            sum[t] -=
                v_load_n(to + t / vectors * a->row_step + column, p->columns - column);
    }
#pragma GCC unroll 2
    for (int64_t k = 0; k < p->kc; k++) {
        vr y1[VECTORS], y2[VECTORS] = {0};
#pragma GCC unroll 2
        for (int v = 0; v < vectors; v++) {
            y1[v] = v_load(p->y1 + k * STEP + v * VL);
            if (kind != MANHATTAN) y2[v] = v_load(p->y2 + k * STEP + v * VL);
        }
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            vr x1 = v_all(x[r * a->ldx + k]), x2 = x1;
            if (kind != MANHATTAN) x2 = v_all(second[r * a->ldx + k]);
#pragma GCC unroll 2
            for (int v = 0; v < vectors; v++)
                add_part(kind, k % 2 == 1, x1, x2, y1[v], y2[v], &sum[r * vectors + v],
                         &correction[r * vectors + v]);
        }
    }
#pragma GCC unroll 8
    for (int t = 0; t < rows * vectors; t++) {
        const int64_t column = t % vectors * VL;
        if (kind == MODULUS) sum[t] -= (gnn_real).5 * correction[t];
        v_store_n(to + t / vectors * a->row_step + column, -sum[t], p->columns - column);
    }
}

/* Lanes are pairs, so that nothing is summed across them, and the bits of a pair do not
 * depend on its place in the block. */
INLINE void distances(norm kind, const gnn_i_pairs_args *a) {
    gnn_real room[FIRST_LEVEL] __attribute__((aligned(64)));
    const int halves = kind == MANHATTAN ? 1 : 2;
    const int64_t width = a->width / halves, most = FIRST_LEVEL / STEP / halves;
    for (int64_t j = 0; j < a->m; j += STEP)
        for (int64_t k0 = 0; k0 < width; k0 += most) {
            panel p = {.j = j,
                       .columns = a->m - j < STEP ? a->m - j : STEP,
                       .k0 = k0,
                       .kc = width - k0 < most ? width - k0 : most,
                       .y1 = room,
                       .y2 = room + most * STEP};
            pack(a, &p, k0, room);
            if (halves == 2) pack(a, &p, width + k0, room + most * STEP);
            int64_t i = 0;
            if (p.columns > VL)
                for (; i + ROWS <= a->n; i += ROWS)
                    distance_tile(kind, a, &p, i, ROWS, VECTORS);
            for (; p.columns > VL && i < a->n; i++)
                distance_tile(kind, a, &p, i, 1, VECTORS);
            for (; i < a->n; i++) distance_tile(kind, a, &p, i, 1, 1);
        }
}

void ISA(gnn_i_manhattan)(const gnn_i_pairs_args *a) {
    distances(MANHATTAN, a);
}
void ISA(gnn_i_modulus)(const gnn_i_pairs_args *a) {
    distances(MODULUS, a);
}
void ISA(gnn_i_area)(const gnn_i_pairs_args *a) {
    distances(AREA, a);
}

/* ---- their gradients ---- */

/* w / sqrt(z) of z > 0. */
INLINE vr over_root(gnn_real w, vr z) {
#if VB == 64 && !GNN_REAL_DOUBLE
    /* an estimate of 14 bits and a step of Newton's: nothing is divided */
    vr y = _mm512_rsqrt14_ps(z);
    return (w / 2 * y) * (3 - z * y * y);
#else
    return w / v_sqrt(z);
#endif
}

/* Σ_j w_ij (y_j - x_i) / |y_j - x_i|, or Σ_j w_ij sign(x_i × y_j) (-y2, y1)_j, for `rows`
 * rows from i on, columns k ... */
INLINE void gradient_tile(norm kind, const gnn_i_pairs_args *a, int64_t i, int rows,
                          int64_t k, int64_t left, int64_t half) {
    vr x[4], sum[4] = {0}, x2[4], sum2[4] = {0};
    for (int r = 0; r < rows; r++) {
        x[r] = v_load_n(a->x + (i + r) * a->ldx + k, left);
        if (kind != MANHATTAN) x2[r] = v_load_n(a->x + (i + r) * a->ldx + half + k, left);
    }
    for (int64_t j = 0; j < a->m; j++) {
        const gnn_real *y = a->y + j * a->ldy + k;
        vr y1 = v_load_n(y, left), y2 = y1;
        if (kind != MANHATTAN) y2 = v_load_n(y + half, left);
#pragma GCC unroll 4
        for (int r = 0; r < rows; r++) {
            gnn_real weight = a->w[(i + r) * a->row_step + j * a->column_step];
            vr d = y1 - x[r];
            if (kind == AREA) {
                vi sign = (vi)(x[r] * y2 - x2[r] * y1) & (vi)v_all((gnn_real)-0.0);
                vr f = (vr)((vi)v_all(weight) ^ sign);
                sum[r] -= f * y2;
                sum2[r] += f * y1;
            } else if (kind == MANHATTAN) {
                vi sign = (vi)d & (vi)v_all((gnn_real)-0.0);
                sum[r] += (vr)((vi)v_all(weight) ^ sign);
            } else {
                vr e = y2 - x2[r];
                vr f = over_root(weight, d * d + (e * e + (gnn_real)1e-24));
                sum[r] += f * d;
                sum2[r] += f * e;
            }
        }
    }
    for (int r = 0; r < rows; r++) {
        gnn_real *d = a->dx + (i + r) * a->ldd + k;
        v_store_n(d, v_load_n(d, left) + sum[r], left);
        if (kind != MANHATTAN)
            v_store_n(d + half, v_load_n(d + half, left) + sum2[r], left);
    }
}

INLINE void gradients(norm kind, const gnn_i_pairs_args *a) {
    const int64_t width = kind == MANHATTAN ? a->width : a->width / 2;
    int64_t i = 0;
    for (; i + 4 <= a->n; i += 4)
        for (int64_t k = 0; k < width; k += VL)
            gradient_tile(kind, a, i, 4, k, width - k, width);
    for (; i < a->n; i++)
        for (int64_t k = 0; k < width; k += VL)
            gradient_tile(kind, a, i, 1, k, width - k, width);
}

void ISA(gnn_i_manhattan_gradient)(const gnn_i_pairs_args *a) {
    gradients(MANHATTAN, a);
}
void ISA(gnn_i_modulus_gradient)(const gnn_i_pairs_args *a) {
    gradients(MODULUS, a);
}
void ISA(gnn_i_area_gradient)(const gnn_i_pairs_args *a) {
    gradients(AREA, a);
}

void ISA(gnn_i_half_angles)(int64_t n, const gnn_real *angle, gnn_real *cosine,
                            gnn_real *sine) {
    for (int64_t k = 0; k < n; k += VL) {
        vr turns = v_load_n(angle + k, n - k) * (gnn_real)0.079577471545947668; /* 1/4π */
        turns -= v_round(turns);
        v_store_n(cosine + k, v_cos_turns(turns), n - k);
        v_store_n(sine + k, v_sin_turns(turns), n - k);
    }
}

/* ---- blocks of scores ---- */

void ISA(gnn_i_tile_sums)(const gnn_i_tile_args *a) {
    for (int64_t i = 0; i < a->n; i++) {
        const gnn_real *s = a->s + i * a->ld;
        gnn_real top = run_max(a->m, s), before = 0;
        if (a->more) {
            before = a->sum[i];
            if (top > a->top[i] + a->slack)
                before *= v_exp(v_all(a->top[i] - top))[0];
            else
                top = a->top[i];
        }
        a->sum[i] = before + run_exp(a->m, s, top, a->w ? a->w + i * a->ldw : NULL);
        a->top[i] = top;
    }
}

void ISA(gnn_i_tile_scale)(const gnn_i_tile_args *a) {
    for (int64_t first = 0; first < a->n; first += VL) {
        const int64_t left = a->n - first;
        const vr scale = a->factor * v_exp(v_load_n(a->top + first, left) -
                                           v_load_n(a->lse + first, left));
        for (int64_t i = first; i < first + VL && i < a->n; i++) {
            const gnn_real *s = a->s + i * a->ld;
            gnn_real *w = a->w + i * a->ldw;
            const vr x = v_all(scale[i - first]);
            for (int64_t j = 0; j < a->m; j += VL)
                v_store_n(w + j, x * v_load_n(s + j, a->m - j), a->m - j);
        }
    }
}

void ISA(gnn_i_tile_softmax)(const gnn_i_tile_args *a) {
    for (int64_t i = 0; i < a->n; i++) {
        const gnn_real *s = a->s + i * a->ld;
        gnn_real *w = a->w + i * a->ldw;
        for (int64_t j = 0; j < a->m; j += VL)
            v_store_n(w + j,
                      a->factor * v_exp_weight(v_load_n(s + j, a->m - j) - a->lse[i]),
                      a->m - j);
    }
}

void ISA(gnn_i_tile_sigmoid)(const gnn_i_tile_args *a) {
    for (int64_t i = 0; i < a->n; i++) {
        const gnn_real *s = a->s + i * a->ld;
        gnn_real *w = a->w + i * a->ldw;
        vr sum = {0};
        for (int64_t j = 0; j < a->m; j += VL) {
            vr x = v_load_n(s + j, a->m - j);
            vr loss = v_softplus(x);
            if (a->m - j < VL) /* lanes beyond the end hold log 2 */
                loss = v_select(LANES < vi_all((vint)(a->m - j)), loss, (vr){0});
            sum += loss;
            v_store_n(w + j, a->factor * v_sigmoid(x), a->m - j);
        }
        if (a->sum != NULL) a->sum[i] = (a->more ? a->sum[i] : 0) + v_sum(sum);
    }
}

/* exp(temperature s - top); 0 behind the end and where s is -inf. */
INLINE vr adversarial_weight(const gnn_i_tile_args *a, vr s, int64_t left, gnn_real top) {
    vr e = v_exp(a->temperature * s - top);
    e = v_select(s > -INFINITY, e, v_all(0));
    return left < VL ? v_select(LANES < vi_all((vint)left), e, v_all(0)) : e;
}

void ISA(gnn_i_tile_adversarial)(const gnn_i_tile_args *a) {
    for (int64_t i = 0; i < a->n; i++) {
        const gnn_real *s = a->s + i * a->ld;
        const gnn_real top = a->temperature * run_max(a->m, s);
        vr total = {0}, sum = {0};
        for (int64_t j = 0; j < a->m; j += VL)
            total += adversarial_weight(a, v_load_n(s + j, a->m - j), a->m - j, top);
        const gnn_real all = v_sum(total), scale = all > 0 ? 1 / all : 0;
        for (int64_t j = 0; j < a->m; j += VL) {
            vr x = v_load_n(s + j, a->m - j);
            vr p = scale * adversarial_weight(a, x, a->m - j, top);
            x = v_max(x + a->margin, v_all(-200)); /* -inf has p = 0; NaN stays */
            sum += p * v_softplus(x);
            v_store_n(a->w + i * a->ldw + j, a->factor * p * v_sigmoid(x), a->m - j);
        }
        a->sum[i] = v_sum(sum);
    }
}

/* Sums of the lanes of n masks, all ones counting -1: no lane overflows within a tile. */
static int64_t lanes_sum(vi x) {
    int64_t sum = 0;
    for (int i = 0; i < VL; i++) sum -= x[i];
    return sum;
}

void ISA(gnn_i_tile_counts)(const gnn_i_tile_args *a) {
    for (int64_t i = 0; i < a->n; i++) {
        const gnn_real *s = a->s + i * a->ld;
        const vr own = v_all(a->lse[i]);
        vi above = {0}, equal = {0};
        int64_t j = 0;
        for (; j + VL <= a->m; j += VL) {
            vr x = v_load(s + j);
            above += ~(x <= own);
            equal += x == own;
        }
        a->above[i] += lanes_sum(above);
        a->equal[i] += lanes_sum(equal);
        for (; j < a->m; j++) {
            a->above[i] += !(s[j] <= a->lse[i]);
            a->equal[i] += s[j] == a->lse[i];
        }
    }
}
