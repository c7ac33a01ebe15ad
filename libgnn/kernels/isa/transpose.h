/* A square of numbers in vectors, turned. */
#ifndef GNN_KERNELS_ISA_TRANSPOSE_H
#define GNN_KERNELS_ISA_TRANSPOSE_H

#include "kernels/isa/vec.h"

/* One step of a transposition: lanes whose bit `step` differs from their row's change
 * places with the row `step` below. */
INLINE void v_exchange_rows(vr *row, int step) {
    const vi lane = LANES, high = (lane & step) != 0;
    const vi upper = vi_select(high, lane + VL - step, lane);
    const vi lower = vi_select(high, lane + VL, lane + step);
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++) {
        if (i & step) continue;
        vr a = row[i], b = row[i + step];
        row[i] = SHUFFLE2(a, b, upper);
        row[i + step] = SHUFFLE2(a, b, lower);
    }
}

/* row[i][j] = row[j][i] for VL × VL numbers; no arithmetic touches them. */
INLINE void v_transpose(vr *row) {
    v_exchange_rows(row, 1);
    if (VL > 2) v_exchange_rows(row, 2);
    if (VL > 4) v_exchange_rows(row, 4);
    if (VL > 8) v_exchange_rows(row, 8);
}

/* to[k][j] = from[j][k] for VL × VL numbers. Not inline: inside a loop the addresses of
 * all its rows would take more registers than there are. */
__attribute__((noinline)) static void transpose_square(const gnn_real *from,
                                                       int64_t from_step, gnn_real *to,
                                                       int64_t to_step) {
    vr row[VL];
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++) row[i] = v_load(from + i * from_step);
    v_transpose(row);
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++) v_store(to + i * to_step, row[i]);
}

/* The same of the first `rows` rows, up to `columns` numbers of each; rows that are
 * missing count as 0. */
static inline void transpose_corner(const gnn_real *from, int64_t from_step, int64_t rows,
                                    int64_t columns, gnn_real *to, int64_t to_step) {
    vr row[VL];
#pragma GCC unroll 16
    for (int i = 0; i < VL; i++)
        row[i] = i < rows ? v_load_n(from + i * from_step, columns) : (vr){0};
    v_transpose(row);
    for (int i = 0; i < VL && i < columns; i++) v_store(to + i * to_step, row[i]);
}

/* to[k][j] = from[j][k], k < kc and j < columns, to rows of `width` lanes, a whole number
 * of vectors; lanes without a column are 0. */
static inline void transpose_panel(const gnn_real *from, int64_t from_step,
                                   int64_t columns, int64_t kc, gnn_real *to,
                                   int64_t width) {
    for (int64_t j = 0; j < width; j += VL)
        for (int64_t next = 0; next < kc; next += VL) {
            /* a last square that would stand out is moved back over the one before */
            const int64_t k = next + VL <= kc || kc < VL ? next : kc - VL;
            const gnn_real *square = from + j * from_step + k;
            gnn_real *panel = to + k * width + j;
            if (j + VL > columns || k + VL > kc) {
                transpose_corner(square, from_step, columns - j, kc - k, panel, width);
                continue;
            }
            for (int i = 0; i < VL; i++)
                __builtin_prefetch(square + (VL + i) * from_step);
            transpose_square(square, from_step, panel, width);
        }
}

#endif
