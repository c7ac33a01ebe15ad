/* Distances and areas of every x_i and y_j, their gradients, and softmax over blocks of
 * scores.
 *
 * A pair has one vector of partial sums, filled in the order of the columns and summed in
 * a fixed tree at the end, so that its bits do not depend on its place in the block. */
#include "kernels/isa/isa.h"
#include "kernels/isa/math.h"
#include "kernels/isa/softmax.h"

typedef enum norm { MANHATTAN, MODULUS, AREA } norm;

/* |x - y|, or |x × y|, of the numbers x1 + i x2, y1 + i y2. */
INLINE vr part(norm kind, vr x1, vr x2, vr y1, vr y2) {
    if (kind == MANHATTAN) return v_abs(x1 - y1);
    if (kind == AREA) return v_abs(x1 * y2 - x2 * y1);
    vr d = x1 - y1, e = x2 - y2;
    return v_sqrt(d * d + e * e);
}

enum { ROWS = 2, COLUMNS = 4 };

/* sum += the parts of columns k .. k + VL - 1, of which `left` are there. */
INLINE void distance_parts(norm kind, const gnn_i_pairs_args *a, int64_t i, int64_t j,
                           int rows, int columns, int64_t k, int64_t left, int64_t half,
                           vr *sum) {
    vr x1[ROWS], x2[ROWS] = {0}, y2 = {0};
#pragma GCC unroll 2
    for (int r = 0; r < rows; r++) {
        const gnn_real *x = a->x + (i + r) * a->ldx + k;
        x1[r] = v_load_n(x, left);
        if (kind != MANHATTAN) x2[r] = v_load_n(x + half, left);
    }
#pragma GCC unroll 4
    for (int c = 0; c < columns; c++) {
        const gnn_real *y = a->y + (j + c) * a->ldy + k;
        vr y1 = v_load_n(y, left);
        if (kind != MANHATTAN) y2 = v_load_n(y + half, left);
#pragma GCC unroll 2
        for (int r = 0; r < rows; r++)
            sum[r * COLUMNS + c] += part(kind, x1[r], x2[r], y1, y2);
    }
}

INLINE void distance_tile(norm kind, const gnn_i_pairs_args *a, int64_t i, int64_t j,
                          int rows, int columns) {
    const int64_t width = kind == MANHATTAN ? a->width : a->width / 2;
    vr sum[ROWS * COLUMNS] = {0};
    int64_t k = 0;
    for (; k + VL <= width; k += VL) /* whole vectors: no question about the end */
        distance_parts(kind, a, i, j, rows, columns, k, VL, width, sum);
    if (k < width) distance_parts(kind, a, i, j, rows, columns, k, width - k, width, sum);
    for (int r = 0; r < rows; r++)
        for (int c = 0; c < columns; c++)
            a->s[(i + r) * a->row_step + j + c] = -v_sum(sum[r * COLUMNS + c]);
}

INLINE void distances(norm kind, const gnn_i_pairs_args *a) {
    for (int64_t i = 0; i < a->n; i += ROWS) {
        bool full = i + ROWS <= a->n;
        int64_t j = 0;
        for (; full && j + COLUMNS <= a->m; j += COLUMNS)
            distance_tile(kind, a, i, j, ROWS, COLUMNS);
        for (; j < a->m; j++)
            for (int64_t r = i; r < i + ROWS && r < a->n; r++)
                distance_tile(kind, a, r, j, 1, 1);
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
                vr f = weight * v_rsqrt(v_max(d * d + e * e, v_all((gnn_real)1e-24)));
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
        a->top[i] = run_max(a->m, s);
        a->sum[i] = run_exp(a->m, s, a->top[i], NULL);
        if (a->total == NULL) continue;
        vr total = {0};
        for (int64_t j = 0; j < a->m; j += VL) total += v_load_n(s + j, a->m - j);
        a->total[i] = v_sum(total);
    }
}

void ISA(gnn_i_tile_softmax)(const gnn_i_tile_args *a) {
    for (int64_t i = 0; i < a->n; i++) {
        const gnn_real *s = a->s + i * a->ld;
        gnn_real *w = a->w + i * a->ldw;
        for (int64_t j = 0; j < a->m; j += VL)
            v_store_n(w + j, a->factor * v_exp(v_load_n(s + j, a->m - j) - a->lse[i]),
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
        a->sum[i] = v_sum(sum);
    }
}

/* exp(temperature s - top), of scores that count: those behind the end and -inf do not. */
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
