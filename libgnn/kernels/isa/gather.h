/* Sums of gathered rows with the accumulators in registers: what sparse products and
 * attention share. A pass covers `nv` vectors of columns; how its columns are weighted,
 * and where its heads lie in the vectors, is laid out once in a `columns`. */
#ifndef GNN_KERNELS_ISA_GATHER_H
#define GNN_KERNELS_ISA_GATHER_H

#include "kernels/isa/vec.h"

#if VB == 64
#define MAX_NV 16
#else
#define MAX_NV 8
#endif

typedef enum weighting {
    UNWEIGHTED,
    BY_ARC,  /* one weight for all columns of the pass */
    BY_LANE, /* heads narrower than a vector, or not a multiple of it */
    /* many heads in a pass, each 1, 2, 4 or 8 whole vectors wide */
    BY_VECTOR,
    BY_2_VECTORS,
    BY_4_VECTORS,
    BY_8_VECTORS
} weighting;

/* Vectors of a head, for the last four. */
#define SPAN(mode) (1 << ((mode)-BY_VECTOR))

/* The columns of a pass. */
typedef struct columns {
    int64_t c0;           /* the first */
    int head;             /* whose weight the first is, but for BY_LANE */
    bool has_tail;        /* the last vector is partial */
    vtail tail;           /* lanes of the last vector */
    gnn_off distance;     /* arcs that rows are fetched ahead */
    int head_of[MAX_NV];  /* BY_LANE: head of lane 0 of each vector … */
    vi lane_head[MAX_NV]; /* … and of every lane, relative to it */
} columns;

static inline weighting weighting_of_heads(int heads, int64_t dim) {
    return heads == 1 || dim % VL == 0 ? BY_ARC : BY_LANE;
}

/* Columns c0 .. c1-1, at most nv vectors of them, of rows of heads × dim. BY_ARC: within
 * a head. BY_LANE reads whole vectors of weights, up to VL behind the last. */
static inline void columns_lay(columns *c, weighting mode, int64_t dim, int64_t c0,
                               int64_t c1, int nv) {
    int64_t last = c1 - c0 - (int64_t)(nv - 1) * VL; /* in the last vector */
    int lines = nv * VB / 64;
    c->c0 = c0;
    c->head = mode == BY_LANE ? 0 : (int)(c0 / dim);
    c->has_tail = last < VL;
    c->tail = v_tail(last < VL ? last : VL);
    /* measured on R-MAT graphs beyond the caches */
    c->distance = lines <= 1   ? 64
                  : lines <= 2 ? 48
                  : lines <= 4 ? 32
                  : lines <= 8 ? 24
                               : 12;
    int head = (int)(c0 / dim);
    int64_t end = (head + 1) * dim; /* of its columns */
    for (int i = 0; mode == BY_LANE && i < nv; i++) {
        c->head_of[i] = head;
        for (int l = 0; l < VL; l++) {
            c->lane_head[i][l] = (vint)(head - c->head_of[i]);
            if (c0 + i * VL + l + 1 < end) continue;
            head++;
            end += dim;
        }
    }
}

INLINE vr load_part(const columns *c, const gnn_real *p, int i, int nv, bool tail) {
    return tail && i == nv - 1 ? v_load_tail(p + i * VL, c->tail) : v_load(p + i * VL);
}
INLINE void store_part(const columns *c, gnn_real *p, vr x, int i, int nv, bool tail) {
    if (tail && i == nv - 1)
        v_store_tail(p + i * VL, x, c->tail);
    else
        v_store(p + i * VL, x);
}

INLINE void fetch(const gnn_real *p, int nv) {
#pragma GCC unroll 16
    for (int i = 0; i < nv; i += 64 / VB) __builtin_prefetch(p + i * VL, 0, 3);
}

/* The weights of vector i, from those of the arc's heads. */
INLINE vr arc_weights(const columns *c, const gnn_real *w, int i, weighting mode) {
    if (mode == BY_ARC) return v_all(*w);
    if (mode >= BY_VECTOR) return v_all(w[i / SPAN(mode)]);
    return SHUFFLE(v_load(w + c->head_of[i]), c->lane_head[i]);
}

/* Vector i of w x for one arc. */
INLINE vr arc_value(const columns *c, const gnn_real *x, const gnn_real *w, int i, int nv,
                    weighting mode, bool tail) {
    vr v = load_part(c, x, i, nv, tail);
    return mode == UNWEIGHTED ? v : arc_weights(c, w, i, mode) * v;
}

INLINE void add_arc(const columns *c, const gnn_real *x, const gnn_real *w, vr *acc,
                    int nv, weighting mode, bool tail) {
#pragma GCC unroll 16
    for (int i = 0; i < nv; i++) acc[i] += arc_value(c, x, w, i, nv, mode, tail);
}

#endif
