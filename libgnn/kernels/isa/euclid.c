/* Euclidean distances of blocks of pairs from their dot products, |x - y|² = |x|² + |y|²
 * - 2 x·y, and what their gradients need. Everything is done lane by lane or in one fixed
 * order a row, so that a pair's bits do not depend on its place in the block. */
#include "kernels/isa/isa.h"
#include "kernels/isa/math.h"

void ISA(gnn_i_row_squares)(int64_t n, int64_t width, const gnn_real *x, int64_t ld,
                            gnn_real *squares) {
    for (int64_t i = 0; i < n; i++) {
        const gnn_real *row = x + i * ld;
        vr sum = {0};
        for (int64_t k = 0; k < width; k += VL) {
            vr v = v_load_n(row + k, width - k);
            sum += v * v;
        }
        squares[i] = v_sum(sum);
    }
}

void ISA(gnn_i_euclid)(const gnn_i_euclid_args *a) {
    for (int64_t i = 0; i < a->n; i++) {
        gnn_real *s = a->s + i * a->ld;
        const vr x2 = v_all(a->x2[i]);
        const vr bias = v_all(a->x_bias != NULL ? a->x_bias[i] : 0);
        for (int64_t j = 0; j < a->m; j += VL) {
            const int64_t left = a->m - j;
            vr d2 = x2 + v_load_n(a->y2 + j, left) - 2 * v_load_n(s + j, left);
            d2 = v_max(d2, (vr){0});
            vr score = a->root ? -v_sqrt(d2) : bias - d2;
            if (a->y_bias != NULL) score += v_load_n(a->y_bias + j, left);
            v_store_n(s + j, score, left);
        }
    }
}

void ISA(gnn_i_tile_over_lengths)(const gnn_i_tile_args *a, gnn_real least) {
    for (int64_t i = 0; i < a->n; i++) {
        const gnn_real *s = a->s + i * a->ld;
        gnn_real *w = a->w + i * a->ldw;
        for (int64_t j = 0; j < a->m; j += VL) {
            vr length = v_max(-v_load_n(s + j, a->m - j), v_all(least));
            v_store_n(w + j, v_load_n(w + j, a->m - j) / length, a->m - j);
        }
    }
}

void ISA(gnn_i_tile_margins)(int64_t n, int64_t m, const gnn_real *w, int64_t ld,
                             gnn_real *rows, gnn_real *columns) {
    for (int64_t j = 0; columns != NULL && j < m; j += VL) {
        vr sum = {0};
        for (int64_t i = 0; i < n; i++) sum += v_load_n(w + i * ld + j, m - j);
        v_store_n(columns + j, sum, m - j);
    }
    for (int64_t i = 0; rows != NULL && i < n; i++) {
        vr sum = {0};
        for (int64_t j = 0; j < m; j += VL) sum += v_load_n(w + i * ld + j, m - j);
        rows[i] = v_sum(sum);
    }
}
