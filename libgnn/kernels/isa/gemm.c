/* Dense products, a panel of columns and a chunk of the inner axis at a time.
 *
 * B's panel (CHUNK × PANEL vectors) stays in the first-level cache: where it is, when its
 * rows fit there together, else copied into a buffer, for A Bᵀ transposed, padded with
 * zeros to whole vectors. A tile of C, some rows of it, is then summed in registers over
 * the chunk; A is read as it is. Columns that fill at most half a vector share it two at
 * a time. Chunks follow one another in order, so the bits depend on shapes only. */
#include "kernels/isa/isa.h"
#include "kernels/isa/transpose.h"

#if VB == 64
#define PANEL 4 /* vectors of columns: SUMS, 4 of B, 1 of A in 32 registers */
#define SUMS 24
#else
#define PANEL 2 /* SUMS, 2 of B, 1 of A in 16 registers */
#define SUMS 12
#endif
#define CHUNK 128
#define BLOCK_ROWS 240
#define AHEAD 8 /* rows of B that are fetched while one is copied */

typedef struct tile {
    const gnn_real *a; /* A's first element of the tile and chunk */
    int64_t lda;
    const gnn_real *panel; /* (kc, nv * VL), rows `step` apart */
    int64_t step;
    int64_t kc;
    gnn_real *c;
    int64_t ldc, columns; /* columns of C in the panel: the last vector may be cut */
    /* what stands beside the sum of products */
    gnn_real scale;
    const gnn_real *addend, *bias; /* at the tile, or NULL */
    gnn_real addend_scale;
    bool accumulate, relu;
    bool is_plain; /* scale 1, no addend, bias or relu */
    /* what is asked for: this far on for each k */
    const char *ahead;
    int64_t ahead_step;
} tile;

/* Element k of row i of the tile's A. */
INLINE gnn_real element(const tile *t, int64_t i, int64_t k, bool transposed) {
    return transposed ? t->a[k * t->lda + i] : t->a[i * t->lda + k];
}

/* The sums of row i as they go to memory. */
INLINE void finish_row(const tile *t, int i, const vr *sum, int nv) {
    gnn_real *c = t->c + i * t->ldc;
#pragma GCC unroll 4
    for (int j = 0; j < nv; j++) {
        int64_t left = t->columns - j * VL;
        vr x = t->scale * sum[j];
        if (t->accumulate) x += v_load_n(c + j * VL, left);
        if (t->addend)
            x += t->addend_scale * v_load_n(t->addend + i * t->ldc + j * VL, left);
        if (t->bias) x += v_load_n(t->bias + j * VL, left);
        if (t->relu) x = v_max(x, (vr){0});
        v_store_n(c + j * VL, x, left);
    }
}

/* The same where nothing stands beside the sum, and whole vectors are written. */
INLINE void finish_plain_row(const tile *t, int i, const vr *sum, int nv) {
    gnn_real *c = t->c + i * t->ldc;
#pragma GCC unroll 4
    for (int j = 0; j < nv; j++)
        v_store(c + j * VL, t->accumulate ? v_load(c + j * VL) + sum[j] : sum[j]);
}

INLINE void run_tile(const tile *t, int rows, int nv, bool transposed) {
    vr acc[SUMS];
    const gnn_real *b = t->panel;
    const char *ahead = t->ahead;
#pragma GCC unroll 24
    for (int i = 0; i < rows * nv; i++) acc[i] = (vr){0};
    for (int64_t k = 0; k < t->kc; k++, b += t->step, ahead += t->ahead_step) {
        vr row[4];
        __builtin_prefetch(ahead, 0, 2);
#pragma GCC unroll 4
        for (int j = 0; j < nv; j++) row[j] = v_load(b + j * VL);
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) {
            vr x = v_all(element(t, i, k, transposed));
#pragma GCC unroll 4
            for (int j = 0; j < nv; j++) acc[i * nv + j] += x * row[j];
        }
    }
    /* unrolled, so that the sums stay in registers */
    if (t->is_plain && t->columns == nv * VL) {
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) finish_plain_row(t, i, acc + i * nv, nv);
    } else {
#pragma GCC unroll 12
        for (int i = 0; i < rows; i++) finish_row(t, i, acc + i * nv, nv);
    }
}

typedef void (*tile_body)(const tile *t);

#define TILE(rows, nv)                                                                   \
    static void tile_##rows##_##nv(const tile *t) {                                      \
        run_tile(t, rows, nv, false);                                                    \
    }                                                                                    \
    static void tile_##rows##_##nv##_t(const tile *t) {                                  \
        run_tile(t, rows, nv, true);                                                     \
    }
/* Bodies for a full tile and for what is left of the rows: 4, 2, 1 at a time. */
#define TILES(rows, nv)                                                                  \
    TILE(rows, nv)                                                                       \
    TILE(4, nv)                                                                          \
    TILE(2, nv)                                                                          \
    TILE(1, nv)
#define TILE_ENTRY(rows, nv)                                                             \
    {                                                                                    \
        {tile_##rows##_##nv, tile_4_##nv, tile_2_##nv, tile_1_##nv},                     \
            {tile_##rows##_##nv##_t, tile_4_##nv##_t, tile_2_##nv##_t, tile_1_##nv##_t}, \
            rows                                                                         \
    }

typedef struct tile_set {
    tile_body body[4], body_transposed[4];
    int rows;
} tile_set;

#if VB == 64
TILES(12, 1)
TILES(12, 2)
TILES(8, 3)
TILES(6, 4)
static const tile_set sets[] = {TILE_ENTRY(12, 1), TILE_ENTRY(12, 2), TILE_ENTRY(8, 3),
                                TILE_ENTRY(6, 4)};
#else
TILES(8, 1)
TILES(6, 2)
static const tile_set sets[] = {TILE_ENTRY(8, 1), TILE_ENTRY(6, 2)};
#endif

/* ---- columns that fill at most half a vector ---- */

/* Every other lane is a column's: two numbers of A side by side meet two of B. Where A
 * is transposed these are two rows of C, and B's column stands twice; else two numbers of
 * the inner axis, whose sums of even and odd ones are added in the end. */
#define HALF_SUMS 12
#define HALF_CHUNK (PANEL * CHUNK) /* even, and no more than fills the panel's room */

/* p[0] in even lanes, p[1] in odd ones. */
INLINE vr v_all_two(const gnn_real *p) {
#if GNN_REAL_DOUBLE
    return v_select((LANES & 1) != 0, v_all(p[1]), v_all(p[0]));
#else
    typedef double two __attribute__((may_alias, aligned(4)));
    typedef double twos __attribute__((vector_size(VB)));
    return (vr)(*(const two *)p - (twos){0});
#endif
}

/* finish_plain_row for half a vector. */
INLINE void finish_plain_half(const tile *t, int i, vh sum) {
    vh_unaligned *c = (vh_unaligned *)(t->c + i * t->ldc);
    if (t->accumulate) sum += *c;
    *c = sum;
}

INLINE void run_half(const tile *t, int sums, bool transposed) {
    const int64_t next_sum = transposed ? 2 : t->lda, next = transposed ? t->lda : 2;
    const gnn_real *a = t->a, *b = t->panel;
    vr acc[HALF_SUMS];
#pragma GCC unroll 12
    for (int i = 0; i < sums; i++) acc[i] = (vr){0};
    for (int64_t k = 0; k < t->kc; k += transposed ? 1 : 2, a += next, b += VL) {
        vr row = v_load(b);
#pragma GCC unroll 12
        for (int i = 0; i < sums; i++) acc[i] += v_all_two(a + i * next_sum) * row;
    }
    const vi even = 2 * LANES & (VL - 1), odd = even + 1;
    if (t->is_plain && t->columns == VL / 2) {
        const vi apart = vi_select((LANES & VL / 2) != 0, odd, even);
#pragma GCC unroll 12
        for (int i = 0; i < sums; i++) {
            vr x = SHUFFLE(acc[i], apart);
            if (transposed) {
                finish_plain_half(t, 2 * i, v_low(x));
                finish_plain_half(t, 2 * i + 1, v_high(x));
            } else {
                finish_plain_half(t, i, v_low(x) + v_high(x));
            }
        }
        return;
    }
#pragma GCC unroll 12
    for (int i = 0; i < sums; i++) {
        vr first = SHUFFLE(acc[i], even), second = SHUFFLE(acc[i], odd);
        if (transposed) {
            finish_row(t, 2 * i, &first, 1);
            finish_row(t, 2 * i + 1, &second, 1);
        } else {
            first += second;
            finish_row(t, i, &first, 1);
        }
    }
}

#define HALF(sums)                                                                       \
    static void half_##sums(const tile *t) {                                             \
        run_half(t, sums, false);                                                        \
    }                                                                                    \
    static void half_##sums##_t(const tile *t) {                                         \
        run_half(t, sums, true);                                                         \
    }
HALF(12)
HALF(4)
HALF(2)
HALF(1)
static const tile_set halves = {{half_12, half_4, half_2, half_1},
                                {half_12_t, half_4_t, half_2_t, half_1_t},
                                HALF_SUMS};

/* How many of the last columns go this way: pairs have to come out even. */
static int64_t count_halves(const gnn_i_gemm_args *g, int64_t rows, int64_t columns) {
    const int64_t last = columns % (PANEL * VL);
    const int64_t pairs = g->a_transposed ? rows : g->k1 - g->k0;
    return !g->b_transposed && last <= VL / 2 && pairs % 2 == 0 ? last : 0;
}

/* panel[k][2 j], panel[k][2 j + 1] = B[k][j] twice where A is transposed, else B[2 k][j],
 * B[2 k + 1][j]. */
static void pack_half(const gnn_i_gemm_args *g, int64_t k0, int64_t kc, int64_t c0,
                      int64_t columns, gnn_real *panel) {
    const int64_t step = g->a_transposed ? 1 : 2;
    for (int64_t k = 0; k < kc; k += step, panel += VL) {
        const gnn_real *from = g->b + (k0 + k) * g->ldb + c0;
        vr first = v_load_n(from, columns), second = first;
        if (step == 2) second = v_load_n(from + g->ldb, columns);
        v_store(panel, SHUFFLE2(first, second, LANES / 2 + (LANES & 1) * VL));
    }
}

/* panel[k][j] = B[k][j], or B[j][k] for A Bᵀ, j < columns, then zeros. */
static void pack(const gnn_i_gemm_args *g, int64_t k0, int64_t kc, int64_t c0,
                 int64_t columns, int nv, gnn_real *panel) {
    const int64_t width = nv * VL;
    if (!g->b_transposed) {
        for (int64_t k = 0; k < kc; k++) {
            const gnn_real *from = g->b + (k0 + k) * g->ldb + c0;
            for (int j = 0; j < nv; j++)
                __builtin_prefetch(from + AHEAD * g->ldb + j * VL);
            for (int j = 0; j < nv; j++)
                v_store(panel + k * width + j * VL,
                        v_load_n(from + j * VL, columns - j * VL));
        }
        return;
    }
    transpose_panel(g->b + c0 * g->ldb + k0, g->ldb, columns, kc, panel, width);
}

/* ---- what is read after the product ---- */

typedef struct requests {
    gnn_i_ahead left;
    int64_t step; /* bytes for each k of a tile; 0: none left */
} requests;

/* All in the course of the product, but at most a line for each k. Columns by halves ask
 * for nothing. */
static requests begin_requests(const gnn_i_gemm_args *g, int64_t rows, int64_t columns) {
    double bytes = 0;
    for (int i = 0; i < GNN_I_STRETCHES; i++) bytes += (double)g->ahead.bytes[i];
    if (bytes == 0) return (requests){.step = 0};
    const double tiles = (double)rows * (double)columns / (SUMS * VL);
    const double step = bytes / (tiles * (double)(g->k1 - g->k0) + 1) + 1;
    return (requests){g->ahead, step < 64 ? (int64_t)step : 64};
}

/* Those that a tile makes; with none left it asks for its panel, which is there. */
static void hand_out(requests *all, tile *t) {
    const size_t most = (size_t)(t->kc * all->step);
    for (int i = 0; i < GNN_I_STRETCHES; i++) {
        const size_t left = all->left.bytes[i], bytes = most < left ? most : left;
        if (left == 0) continue;
        t->ahead = all->left.at[i];
        t->ahead_step = all->step;
        all->left.at[i] = t->ahead + bytes;
        all->left.bytes[i] = left - bytes;
        return;
    }
    t->ahead = (const char *)t->panel;
    t->ahead_step = all->step = 0;
}

/* `rows` rows of one panel over one chunk, from where the tile stands; `unit` of them to
 * each that the set counts. */
static void run_rows(const gnn_i_gemm_args *g, tile *t, const tile_set *set, int unit,
                     int64_t rows, requests *all) {
    static const int rest[] = {0, 4, 2, 1};
    const tile_body *bodies = g->a_transposed ? set->body_transposed : set->body;
    const int64_t next = g->a_transposed ? 1 : g->lda;
    for (int size = 0; size < 4; size++) {
        int step = unit * (size == 0 ? set->rows : rest[size]);
        for (; rows >= step; rows -= step) {
            if (all->step > 0 && set != &halves) hand_out(all, t);
            bodies[size](t);
            t->a += step * next;
            t->c += step * g->ldc;
            if (t->addend) t->addend += step * g->ldc;
        }
    }
}

/* Whether a panel with rows so far apart fits the first-level cache as it is: rows whose
 * distance is a multiple of 512 bytes fall on a few of its 64 sets and evict one
 * another. */
static bool spreads(int64_t ld) {
    return ld * (int64_t)sizeof(gnn_real) % 512 != 0;
}

/* Columns c0 .. c1 - 1 of some rows, all of them by halves or none. */
static void run_columns(const gnn_i_gemm_args *g, int64_t r0, int64_t r1, int64_t c0,
                        int64_t c1, bool half, requests *all) {
    gnn_real panel[CHUNK * PANEL * VL] __attribute__((aligned(64)));
    const int64_t chunk = half ? HALF_CHUNK : CHUNK;
    for (int64_t k0 = g->k0; k0 == g->k0 || k0 < g->k1; k0 += chunk) {
        int64_t kc = g->k1 - k0 < chunk ? g->k1 - k0 : chunk;
        bool first = k0 == g->k0, last = k0 + kc == g->k1;
        for (int64_t c = c0; c < c1;) {
            int64_t vectors = (c1 - c + VL - 1) / VL;
            int nv = vectors < PANEL ? (int)vectors : PANEL;
            int64_t columns = c1 - c < nv * VL ? c1 - c : nv * VL;
            const tile_set *set = half ? &halves : &sets[nv - 1];
            /* For one or two tiles a copy would cost as much as the products anyway. */
            const bool in_place = !g->b_transposed && columns == nv * VL &&
                                  (r1 - r0 <= 2 * set->rows || spreads(g->ldb));
            if (half)
                pack_half(g, k0, kc, c, columns, panel);
            else if (!in_place)
                pack(g, k0, kc, c, columns, nv, panel);
            tile t = {.a = g->a_transposed ? g->a + k0 * g->lda + r0
                                           : g->a + r0 * g->lda + k0,
                      .lda = g->lda,
                      .panel = in_place ? g->b + k0 * g->ldb + c : panel,
                      .step = in_place ? g->ldb : nv * VL,
                      .kc = kc,
                      .c = g->c + r0 * g->ldc + c,
                      .ldc = g->ldc,
                      .columns = columns,
                      .scale = g->scale,
                      .bias = g->bias && first ? g->bias + c : NULL,
                      .addend = g->addend && first ? g->addend + r0 * g->ldc + c : NULL,
                      .addend_scale = g->addend_scale,
                      .accumulate = g->accumulate || !first,
                      .relu = g->relu && last};
            t.is_plain = t.scale == 1 && !t.addend && !t.bias && !t.relu;
            t.ahead = (const char *)t.panel;
            run_rows(g, &t, set, half && g->a_transposed ? 2 : 1, r1 - r0, all);
            c += columns;
        }
    }
}

/* Some rows, as much of the inner axis at a time as columns by halves take: what of A
 * they read stays in the second-level cache from panel to panel. */
static void run_block(const gnn_i_gemm_args *g, int64_t r0, int64_t r1, int64_t c0,
                      int64_t c1, requests *all) {
    const int64_t whole = c1 - count_halves(g, r1 - r0, c1 - c0);
    gnn_i_gemm_args part = *g;
    for (int64_t k0 = g->k0; k0 == g->k0 || k0 < g->k1; k0 += HALF_CHUNK) {
        part.k0 = k0;
        part.k1 = g->k1 - k0 < HALF_CHUNK ? g->k1 : k0 + HALF_CHUNK;
        part.relu = g->relu && part.k1 == g->k1;
        if (whole > c0) run_columns(&part, r0, r1, c0, whole, false, all);
        if (whole < c1) run_columns(&part, r0, r1, whole, c1, true, all);
        part.accumulate = true;
        part.addend = part.bias = NULL;
    }
}

void ISA(gnn_i_gemm_block)(const gnn_i_gemm_args *g, int64_t r0, int64_t r1, int64_t c0,
                           int64_t c1) {
    /* Blocks of about BLOCK_ROWS and of one size: a small last one would copy all of B
     * for few rows. One panel is copied once, whatever the rows. */
    int64_t all = r1 - r0, blocks = (all + BLOCK_ROWS / 2) / BLOCK_ROWS;
    if (blocks < 1 || c1 - c0 <= PANEL * VL) blocks = 1;
    requests requests_left = begin_requests(g, all, c1 - c0);
    for (int64_t b = 0; b < blocks; b++)
        run_block(g, r0 + b * all / blocks, r0 + (b + 1) * all / blocks, c0, c1,
                  &requests_left);
}
