/* Sparse × dense rows: sums and maxima over arcs with the accumulators of a row in
 * registers.
 *
 * A pass covers `nv` vectors of columns and walks the arcs of its rows once; widths that
 * need several passes take them over groups of rows small enough to stay in cache.
 * Weights that are more than a plain array (permuted, dropped, scaled by column) are put
 * together a window of arcs at a time. Source rows are fetched ahead. */
#include "kernels/isa/gather.h"
#include "kernels/isa/isa.h"
#include "kernels/isa/philox.h"

#define WINDOW 1024 /* weights put together at a time, and most heads */
#define GROUP 128   /* arcs of a group of rows that several passes share */

/* Effective weights of the arcs first .. end-1: arc a's are at w + (a - first) stride. */
typedef struct window {
    const gnn_i_spmm_args *s;
    gnn_off limit; /* end of the block's arcs */
    gnn_off first, end;
    const gnn_real *w;
    bool composed;                /* w is `buffer` */
    gnn_real buffer[WINDOW + 16]; /* whole vectors are read from any place in it */
} window;

typedef struct pass {
    const gnn_i_spmm_args *s;
    window *win;
    columns cols;
} pass;

/* ---- weights ---- */

INLINE gnn_off place_of(const gnn_i_spmm_args *s, gnn_off a) {
    return s->perm ? s->perm[a] : s->perm64 ? s->perm64[a] : a;
}

/* Masks of the arcs a0 .. a1-1 multiplied into buffer. */
static void drop_weights(const gnn_i_spmm_args *s, gnn_off a0, gnn_off a1,
                         gnn_real *buffer) {
    if (!s->perm && !s->perm64) {
        mask_run(&s->dropout, (uint64_t)(a0 * s->heads), (a1 - a0) * s->heads, buffer);
        return;
    }
    int group = 8 % s->heads == 0 ? s->heads : 1; /* elements that share a block */
    int64_t groups = s->heads / group, n = 0;
    uint64_t start[WINDOW];
    for (gnn_off a = a0; a < a1; a++)
        for (int64_t g = 0; g < groups; g++)
            start[n++] = (uint64_t)(place_of(s, a) * s->heads + g * group);
    mask_scattered(&s->dropout, start, n, group, buffer);
}

static __attribute__((noinline)) void compose(window *win, gnn_off a0) {
    const gnn_i_spmm_args *s = win->s;
    int64_t heads = s->heads;
    gnn_off a1 = a0 + WINDOW / heads;
    if (a1 > win->limit) a1 = win->limit;
    gnn_real *out = win->buffer;
    if (!s->w)
        for (int64_t i = 0; i < (a1 - a0) * heads; i++) out[i] = 1;
    else if (!s->perm && !s->perm64)
        memcpy(out, s->w + a0 * heads, (size_t)((a1 - a0) * heads) * sizeof *out);
    else if (heads == 1)
        for (gnn_off a = a0; a < a1; a++) out[a - a0] = s->w[place_of(s, a)];
    else
        for (gnn_off a = a0; a < a1; a++)
            for (int64_t h = 0; h < heads; h++)
                out[(a - a0) * heads + h] = s->w[place_of(s, a) * heads + h];
    if (s->col_scale)
        for (gnn_off a = a0; a < a1; a++)
            for (int64_t h = 0; h < heads; h++)
                out[(a - a0) * heads + h] *= s->col_scale[s->col ? s->col[a] : a];
    if (s->dropout.threshold) drop_weights(s, a0, a1, out);
    win->w = out;
    win->first = a0;
    win->end = a1;
}

/* ---- one pass ---- */

INLINE const gnn_real *source_row(const gnn_i_spmm_args *s, gnn_off a, int64_t c0) {
    return s->x + (s->col ? s->col[a] : a) * s->ldx + c0;
}

/* What stands after the reduced sum in gnn_i_spmm_args. */
INLINE void finish_row(const pass *p, int64_t r, const vr *acc, int nv, bool tail) {
    const gnn_i_spmm_args *s = p->s;
    const columns *c = &p->cols;
    gnn_real scale = s->scale, self = s->self_weight;
    if (s->row_scale) scale *= s->row_scale[r];
    if (s->reduce == GNN_I_MEAN && s->row_ptr[r + 1] > s->row_ptr[r])
        scale /= (gnn_real)(s->row_ptr[r + 1] - s->row_ptr[r]);
    if (s->diag) self += s->diag[r];
    const gnn_real *own =
        s->diag || self != 0 ? s->x + (r + s->self_offset) * s->ldx + p->cols.c0 : NULL;
    const gnn_real *addend = s->addend ? s->addend + r * s->width + p->cols.c0 : NULL;
    const gnn_real *bias = s->bias ? s->bias + p->cols.c0 : NULL;
    gnn_real *y = s->y + r * s->ldy + p->cols.c0;
#pragma GCC unroll 16
    for (int i = 0; i < nv; i++) {
        vr v = scale * acc[i];
        if (own) v += self * load_part(c, own, i, nv, tail);
        if (addend) v += s->addend_scale * load_part(c, addend, i, nv, tail);
        if (bias) v += load_part(c, bias, i, nv, tail);
        if (s->accumulate) v += load_part(c, y, i, nv, tail);
        if (s->relu) v = v_max(v, (vr){0});
        store_part(c, y, v, i, nv, tail);
    }
}

INLINE void sum_rows(const pass *p, int64_t r0, int64_t r1, int nv, weighting mode,
                     bool tail) {
    const gnn_i_spmm_args *s = p->s;
    window *win = p->win;
    const int sets = nv == 1 ? 4 : nv <= 3 ? 2 : 1; /* chains of sums, to hide latency */
    const int64_t stride = mode == UNWEIGHTED ? 0 : s->heads;
    for (int64_t r = r0; r < r1; r++) {
        vr acc[16] = {0};
        gnn_off a = s->row_ptr[r], row_end = s->row_ptr[r + 1];
        while (a < row_end) {
            gnn_off end = row_end;
            const gnn_real *w = NULL;
            if (mode != UNWEIGHTED) {
                if (a < win->first || a >= win->end) compose(win, a);
                if (win->end < end) end = win->end;
                w = win->w + (a - win->first) * stride + p->cols.head;
            }
            gnn_off ahead =
                win->limit - p->cols.distance < end ? win->limit - p->cols.distance : end;
            for (; a + sets <= ahead; a += sets) {
#pragma GCC unroll 4
                for (int k = 0; k < sets; k++) {
                    fetch(source_row(s, a + k + p->cols.distance, p->cols.c0), nv);
                    add_arc(&p->cols, source_row(s, a + k, p->cols.c0), w, acc + k * nv,
                            nv, mode, tail);
                    w += stride;
                }
            }
            for (; a < end; a++, w += stride)
                add_arc(&p->cols, source_row(s, a, p->cols.c0), w, acc, nv, mode, tail);
        }
#pragma GCC unroll 4
        for (int k = 1; k < sets; k++)
#pragma GCC unroll 16
            for (int i = 0; i < nv; i++) acc[i] += acc[k * nv + i];
        finish_row(p, r, acc, nv, tail);
    }
}

/* ---- one pass, maxima ---- */

INLINE void max_rows(const pass *p, int64_t r0, int64_t r1, int nv, weighting mode,
                     bool tail) {
    const gnn_i_spmm_args *s = p->s;
    window *win = p->win;
    const int64_t stride = mode == UNWEIGHTED ? 0 : s->heads;
    for (int64_t r = r0; r < r1; r++) {
        vr best[8] = {0};
        vi place[8];
#pragma GCC unroll 8
        for (int i = 0; i < nv; i++) place[i] = vi_all(-1);
        gnn_off a = s->row_ptr[r], row_end = s->row_ptr[r + 1];
        bool first = true;
        vi k = {0};
        while (a < row_end) {
            gnn_off end = row_end;
            const gnn_real *w = NULL;
            if (mode != UNWEIGHTED) {
                if (a < win->first || a >= win->end) compose(win, a);
                if (win->end < end) end = win->end;
                w = win->w + (a - win->first) * stride + p->cols.head;
            }
            if (first) { /* wins whatever it is */
                const gnn_real *x = source_row(s, a, p->cols.c0);
#pragma GCC unroll 8
                for (int i = 0; i < nv; i++) {
                    best[i] = arc_value(&p->cols, x, w, i, nv, mode, tail);
                    place[i] = k;
                }
                if (a + p->cols.distance < win->limit)
                    fetch(source_row(s, a + p->cols.distance, p->cols.c0), nv);
                first = false;
                a++, k += 1, w += stride;
            }
            for (; a < end; a++, k += 1, w += stride) {
                if (a + p->cols.distance < win->limit)
                    fetch(source_row(s, a + p->cols.distance, p->cols.c0), nv);
                const gnn_real *x = source_row(s, a, p->cols.c0);
#pragma GCC unroll 8
                for (int i = 0; i < nv; i++)
                    v_keep_larger(arc_value(&p->cols, x, w, i, nv, mode, tail), k,
                                  &best[i], &place[i]);
            }
        }
        if (s->argmax) {
            int32_t *out = s->argmax + r * s->width + p->cols.c0;
#pragma GCC unroll 8
            for (int i = 0; i < nv; i++)
                if (tail && i == nv - 1)
                    v_store_places_tail(out + i * VL, place[i], p->cols.tail);
                else
                    v_store_places(out + i * VL, place[i]);
        }
        finish_row(p, r, best, nv, tail);
    }
}

/* ---- instances ---- */

typedef void (*pass_rows)(const pass *p, int64_t r0, int64_t r1);

#if VB == 64
/* Masked loads cost nothing here: every instance has a tail, which may be full. */
#define BY_TAIL(kind, nv, mode) kind##_rows(p, r0, r1, nv, mode, true)
#else
#define BY_TAIL(kind, nv, mode)                                                          \
    p->cols.has_tail ? kind##_rows(p, r0, r1, nv, mode, true)                            \
                     : kind##_rows(p, r0, r1, nv, mode, false)
#endif
#define INSTANCE(kind, nv)                                                               \
    static void kind##_##nv##_unweighted(const pass *p, int64_t r0, int64_t r1) {        \
        BY_TAIL(kind, nv, UNWEIGHTED);                                                   \
    }                                                                                    \
    static void kind##_##nv##_by_arc(const pass *p, int64_t r0, int64_t r1) {            \
        BY_TAIL(kind, nv, BY_ARC);                                                       \
    }                                                                                    \
    static void kind##_##nv##_by_lane(const pass *p, int64_t r0, int64_t r1) {           \
        BY_TAIL(kind, nv, BY_LANE);                                                      \
    }
#define INSTANCES(kind, nv)                                                              \
    { kind##_##nv##_unweighted, kind##_##nv##_by_arc, kind##_##nv##_by_lane }

INSTANCE(sum, 1)
INSTANCE(sum, 2)
INSTANCE(sum, 3)
INSTANCE(sum, 4)
INSTANCE(sum, 8)
INSTANCE(max, 1)
INSTANCE(max, 2)
INSTANCE(max, 4)
#if VB == 64
INSTANCE(sum, 16)
INSTANCE(max, 8)
#endif

/* The widest instance of at most n vectors. */
static pass_rows choose(bool max, weighting mode, int64_t n, int *nv) {
    static const pass_rows sums[][3] = {
        INSTANCES(sum, 1),
        INSTANCES(sum, 2),
        INSTANCES(sum, 3),
        INSTANCES(sum, 4),
        INSTANCES(sum, 8),
#if VB == 64
        INSTANCES(sum, 16)
#endif
    };
    static const pass_rows maxima[][3] = {
        INSTANCES(max, 1),
        INSTANCES(max, 2),
        INSTANCES(max, 4),
#if VB == 64
        INSTANCES(max, 8)
#endif
    };
    static const int sum_nv[] = {1, 2, 3, 4, 8, 16}, max_nv[] = {1, 2, 4, 8};
    const int *sizes = max ? max_nv : sum_nv;
    int count =
        max ? (int)(sizeof maxima / sizeof *maxima) : (int)(sizeof sums / sizeof *sums);
    int i = count - 1;
    while (i > 0 && sizes[i] > n) i--;
    *nv = sizes[i];
    return max ? maxima[i][mode] : sums[i][mode];
}

/* How the columns of a product are weighted. */
static weighting weighting_of(const gnn_i_spmm_args *s) {
    bool composed = s->perm || s->perm64 || s->col_scale || s->dropout.threshold;
    if (!s->w && !composed) return UNWEIGHTED;
    return weighting_of_heads(s->heads, s->width / s->heads);
}

/* Columns c0 .. c1-1 (of one head, when weighted BY_ARC) of the rows r0 .. r1-1. Returns
 * the number of passes; with r0 = r1 it only counts them. */
static int some_columns(pass *p, weighting mode, int64_t c0, int64_t c1, int64_t r0,
                        int64_t r1) {
    const gnn_i_spmm_args *s = p->s;
    int passes = 0;
    while (c0 < c1) {
        int nv;
        pass_rows rows =
            choose(s->reduce == GNN_I_MAX, mode, (c1 - c0 + VL - 1) / VL, &nv);
        if (r0 < r1) {
            columns_lay(&p->cols, mode, s->width / s->heads, c0, c1, nv);
            rows(p, r0, r1);
        }
        c0 += (int64_t)nv * VL;
        passes++;
    }
    return passes;
}

static int all_columns(pass *p, weighting mode, int64_t r0, int64_t r1) {
    const gnn_i_spmm_args *s = p->s;
    if (mode != BY_ARC || s->heads == 1)
        return some_columns(p, mode, 0, s->width, r0, r1);
    int64_t dim = s->width / s->heads;
    int passes = 0;
    for (int64_t c = 0; c < s->width; c += dim)
        passes += some_columns(p, mode, c, c + dim, r0, r1);
    return passes;
}

void ISA(gnn_i_spmm_rows)(const gnn_i_spmm_args *s, int64_t r0, int64_t r1) {
    window win = {.s = s, .limit = s->row_ptr[r1]};
    pass p = {.s = s, .win = &win};
    weighting mode = weighting_of(s);
    bool composed = s->perm || s->perm64 || s->col_scale || s->dropout.threshold;
    if (mode == BY_ARC && !composed) {
        win.w = s->w;
        win.end = win.limit;
    }
    if (all_columns(&p, mode, r0, r0) == 1) {
        all_columns(&p, mode, r0, r1);
        return;
    }
    while (r0 < r1) {
        int64_t r = r0 + 1;
        while (r < r1 && s->row_ptr[r + 1] - s->row_ptr[r0] <= GROUP) r++;
        all_columns(&p, mode, r0, r);
        r0 = r;
    }
}
