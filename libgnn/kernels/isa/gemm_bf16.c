/* Dense products of numbers rounded to bfloat16, which the processor multiplies two at a
 * time and sums in single precision.
 *
 * Both operands are rounded and copied into pairs of the inner axis, a chunk of it at a
 * time: pair[k / 2][i] = (X(i, k), X(i, k + 1)), the rows of A for a block of rows, the
 * columns of B for a panel. A tile of C is then summed in registers over the chunk, as in
 * gemm.c. Chunks follow one another in order, so the bits depend on shapes only. */
#include "kernels/isa/isa.h"

#if VB == 64 && !GNN_REAL_DOUBLE && !defined(__clang__)
#include "kernels/isa/transpose.h"

#pragma GCC target("avx512bf16")

enum {
    PANEL = 4,       /* vectors of columns */
    PAIRS = 128,     /* of the inner axis in a chunk */
    BLOCK_ROWS = 240 /* whose pairs stay in the second-level cache */
};

/* Numbers X(i, k): x[i * ld + k], or x[k * ld + i] when `inner_first`. */
typedef struct operand {
    const gnn_real *x;
    int64_t ld;
    bool inner_first;
} operand;

/* Both numbers of 16 pairs (low[i], high[i]), rounded to nearest, ties to even. */
INLINE vr join(vr low, vr high) {
    const __m512i places =
        _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23,
                         7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    const __m512i halves = (__m512i)_mm512_cvtne2ps_pbh(high, low);
    return (vr)_mm512_permutexvar_epi16(places, halves);
}
/* 32 numbers in a row as 16 pairs. */
INLINE vr round_pairs(const gnn_real *x, int64_t n) {
    const vr high = n > VL ? v_load_n(x + VL, n - VL) : (vr){0};
    return (vr)_mm512_cvtne2ps_pbh(high, v_load_n(x, n));
}

/* Pairs of rows i0 .. i0 + n - 1 and the inner k0 .. k0 + kc - 1: to[k / 2][i], rows
 * `step` apart, a whole number of vectors of them; what is beyond n or kc is 0. */
static void pack(const operand *x, int64_t i0, int64_t n, int64_t k0, int64_t kc,
                 int64_t step, gnn_real *to) {
    for (int64_t i = 0; i < n; i += VL) {
        const int64_t rows = n - i < VL ? n - i : VL;
        if (x->inner_first) {
            const gnn_real *from = x->x + k0 * x->ld + i0 + i;
            for (int64_t k = 0; k < kc; k += 2, from += 2 * x->ld) {
                const vr second = k + 1 < kc ? v_load_n(from + x->ld, rows) : (vr){0};
                v_store(to + k / 2 * step + i, join(v_load_n(from, rows), second));
            }
            continue;
        }
        const gnn_real *from = x->x + (i0 + i) * x->ld + k0;
        for (int64_t k = 0; k < kc; k += 2 * VL) {
            vr row[16];
            const int64_t pairs = (kc - k + 1) / 2 < VL ? (kc - k + 1) / 2 : VL;
#pragma GCC unroll 16
            for (int r = 0; r < VL; r++)
                row[r] = r < rows ? round_pairs(from + r * x->ld + k, kc - k) : (vr){0};
            v_transpose(row);
            if (pairs == VL) {
#pragma GCC unroll 16
                for (int p = 0; p < VL; p++) v_store(to + (k / 2 + p) * step + i, row[p]);
            } else {
                for (int64_t p = 0; p < pairs; p++)
                    v_store(to + (k / 2 + p) * step + i, row[p]);
            }
        }
    }
}

typedef struct tile {
    const gnn_real *a; /* pairs of the tile's rows, BLOCK_ROWS apart */
    const gnn_real *panel;
    int64_t pairs;
    gnn_real *c;
    int64_t ldc, columns;
    gnn_real scale;
    bool accumulate;
} tile;

INLINE void run_tile(const tile *t, int rows, int nv) {
    __m512 acc[24];
    const gnn_real *a = t->a, *b = t->panel;
#pragma GCC unroll 24
    for (int i = 0; i < rows * nv; i++) acc[i] = (__m512){0};
    for (int64_t k = 0; k < t->pairs; k++, a += BLOCK_ROWS, b += nv * VL) {
        __m512bh column[4];
#pragma GCC unroll 4
        for (int j = 0; j < nv; j++) column[j] = (__m512bh)v_load(b + j * VL);
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) {
            const __m512bh x = (__m512bh)_mm512_set1_ps(a[i]);
#pragma GCC unroll 4
            for (int j = 0; j < nv; j++)
                acc[i * nv + j] = _mm512_dpbf16_ps(acc[i * nv + j], x, column[j]);
        }
    }
#pragma GCC unroll 12
    for (int i = 0; i < rows; i++) {
        gnn_real *c = t->c + i * t->ldc;
#pragma GCC unroll 4
        for (int j = 0; j < nv; j++) {
            const int64_t left = t->columns - j * VL;
            vr x = t->scale * acc[i * nv + j];
            if (t->accumulate) x += v_load_n(c + j * VL, left);
            v_store_n(c + j * VL, x, left);
        }
    }
}

typedef void (*tile_body)(const tile *t);
#define TILE(rows, nv)                                                                   \
    static void tile_##rows##_##nv(const tile *t) {                                      \
        run_tile(t, rows, nv);                                                           \
    }
/* Bodies of a whole tile and of what is left of the rows. */
#define TILES(rows, nv)                                                                  \
    TILE(rows, nv)                                                                       \
    TILE(4, nv)                                                                          \
    TILE(2, nv)                                                                          \
    TILE(1, nv)
#define TILE_ENTRY(rows, nv)                                                             \
    {                                                                                    \
        {tile_##rows##_##nv, tile_4_##nv, tile_2_##nv, tile_1_##nv}, {                   \
            rows, 4, 2, 1                                                                \
        }                                                                                \
    }
TILES(12, 1)
TILES(12, 2)
TILES(8, 3)
TILES(6, 4)
/* By vectors of columns. */
static const struct {
    tile_body body[4];
    int rows[4];
} sets[] = {TILE_ENTRY(12, 1), TILE_ENTRY(12, 2), TILE_ENTRY(8, 3), TILE_ENTRY(6, 4)};

void ISA(gnn_i_gemm_bf16_block)(const gnn_i_gemm_args *g, int64_t r0, int64_t r1,
                                int64_t c0, int64_t c1) {
    gnn_real panel[PAIRS * PANEL * VL] __attribute__((aligned(64)));
    gnn_real block[PAIRS * BLOCK_ROWS] __attribute__((aligned(64)));
    const operand a = {g->a, g->lda, g->a_transposed},
                  b = {g->b, g->ldb, !g->b_transposed};
    for (int64_t first = r0; first < r1; first += BLOCK_ROWS) {
        const int64_t n = r1 - first < BLOCK_ROWS ? r1 - first : BLOCK_ROWS;
        for (int64_t k0 = g->k0; k0 == g->k0 || k0 < g->k1; k0 += 2 * PAIRS) {
            const int64_t kc = g->k1 - k0 < 2 * PAIRS ? g->k1 - k0 : 2 * PAIRS;
            pack(&a, first, n, k0, kc, BLOCK_ROWS, block);
            for (int64_t c = c0; c < c1; c += PANEL * VL) {
                const int64_t columns = c1 - c < PANEL * VL ? c1 - c : PANEL * VL;
                const int nv = (int)((columns + VL - 1) / VL);
                pack(&b, c, columns, k0, kc, nv * VL, panel);
                tile t = {.panel = panel,
                          .pairs = (kc + 1) / 2,
                          .ldc = g->ldc,
                          .columns = columns,
                          .scale = g->scale,
                          .accumulate = g->accumulate || k0 > g->k0};
                int64_t r = 0;
                for (int size = 0; size < 4; size++)
                    for (; r + sets[nv - 1].rows[size] <= n;
                         r += sets[nv - 1].rows[size]) {
                        t.a = block + r;
                        t.c = g->c + (first + r) * g->ldc + c;
                        sets[nv - 1].body[size](&t);
                    }
            }
        }
    }
}
#endif
