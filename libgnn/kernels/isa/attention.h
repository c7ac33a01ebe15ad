/* What the attention kernels share: groups of arcs, weighted sums of their rows, scores.
 *
 * Work goes in groups: the arcs of a few rows (of sources, backwards), or a part of the
 * arcs of one row that has many. Each step of the computation runs over a whole group
 * before the next begins, so that nothing is read right after it was written,
 * exponentials and masks come in full vectors, and the rows of a group, gathered once,
 * stay in the first-level cache. Values of an entry and head stand at [slot heads +
 * head]; the self arcs of the rows have the first slots, arcs follow. */
#ifndef GNN_KERNELS_ISA_ATTENTION_H
#define GNN_KERNELS_ISA_ATTENTION_H

#include "kernels/isa/dots.h"
#include "kernels/isa/gather.h"
#include "kernels/isa/math.h"
#include "kernels/isa/philox.h"
#include "kernels/table.h"

#define GROUP_ARCS 128    /* most arcs, and most rows, of a group */
#define GROUP_BYTES 32768 /* of gathered rows */
#define GROUP_VALUES 4096 /* entries × heads; at least 4 GNN_I_MAX_HEADS */
#define PLAN_PASSES 16
#define OWN_AHEAD 4 /* rows that a row's own is fetched ahead */

/* One value an entry and head; vectors may read and write behind the last. */
typedef gnn_real group_values[GROUP_VALUES + VL];

/* ---- how rows of heads × dim are walked: passes over columns, and dots by head ---- */

typedef struct plan {
    int heads;
    int64_t dim, width;
    weighting mode;
    int max_arcs;  /* of a group, and rows */
    gnn_off ahead; /* arcs that rows are fetched ahead */
    head_shape shape;
    int n_passes;
    columns cols[PLAN_PASSES];
    int nv[PLAN_PASSES];
} plan;

/* The first column behind a pass of nv vectors from c0 on. */
static inline int64_t pass_end(const plan *p, int64_t c0, int nv) {
    int64_t end = p->mode == BY_ARC ? (c0 / p->dim + 1) * p->dim : p->width;
    return c0 + (int64_t)nv * VL < end ? c0 + (int64_t)nv * VL : end;
}

/* Lays a pass of at most `widest` vectors from column c0 on. */
static inline int pass_lay(const plan *p, int64_t c0, int widest, columns *c) {
    int64_t end = pass_end(p, c0, 1 << 20), vectors = (end - c0 + VL - 1) / VL;
    int nv = vectors >= 16 ? 16 : vectors >= 8 ? 8 : vectors >= 4 ? 4 : (int)vectors;
    if (p->mode >= BY_VECTOR && nv == 3) nv = 2;
    if (nv > widest) nv = widest;
    if (p->mode == BY_LANE && nv > 8) nv = 8; /* each needs a register for its heads */
    columns_lay(c, p->mode, p->dim, c0, end, nv);
    return nv;
}

#define CACHED_BYTES (768 << 10) /* matrices of so many stay in the second-level cache */

/* Passes of at most `widest` vectors over matrices of about n_rows rows. Those of MAX_NV,
 * for sums of rows, take many heads at once. */
static inline void plan_make(plan *p, int heads, int64_t dim, int widest,
                             int64_t n_rows) {
    p->heads = heads;
    p->dim = dim;
    p->width = heads * dim;
    p->mode = weighting_of_heads(heads, dim);
    if (widest == MAX_NV && heads > 1 && p->mode == BY_ARC) {
        int64_t vectors = dim / VL;
        if (vectors == 1) p->mode = BY_VECTOR;
        if (vectors == 2) p->mode = BY_2_VECTORS;
        if (vectors == 4) p->mode = BY_4_VECTORS;
        if (vectors == 8 && MAX_NV > 8) p->mode = BY_8_VECTORS;
    }
    p->shape = head_shape_make(heads, dim);
    int64_t bytes = p->width * (int64_t)sizeof(gnn_real);
    int64_t arcs = bytes > 0 ? GROUP_BYTES / bytes : GROUP_ARCS,
            most = GROUP_VALUES / 2 / heads;
    if (arcs < 8) arcs = 8;
    if (arcs > GROUP_ARCS) arcs = GROUP_ARCS;
    p->max_arcs = (int)(arcs < most ? arcs : most);
    p->ahead = bytes <= 64 ? 64 : bytes <= 256 ? 32 : bytes <= 512 ? 24 : 12;
    if (n_rows * bytes <= CACHED_BYTES) p->ahead = INT64_MAX / 2; /* never */
    p->n_passes = 0;
    for (int64_t c = 0; c < p->width && p->n_passes < PLAN_PASSES; p->n_passes++) {
        int i = p->n_passes;
        p->nv[i] = pass_lay(p, c, widest, &p->cols[i]);
        c = pass_end(p, c, p->nv[i]);
    }
}

/* Runs `body` for every pass, with `cols` and `nv`: those laid out, then, for rows wider
 * than the plan, others laid out as they come. */
#define FOR_EACH_PASS(p, widest, body)                                                   \
    do {                                                                                 \
        int64_t next_ = 0;                                                               \
        for (int i_ = 0; next_ < (p)->width; i_++) {                                     \
            columns laid_;                                                               \
            const columns *cols = i_ < (p)->n_passes ? &(p)->cols[i_] : &laid_;          \
            int nv =                                                                     \
                i_ < (p)->n_passes ? (p)->nv[i_] : pass_lay(p, next_, widest, &laid_);   \
            body;                                                                        \
            next_ = pass_end(p, next_, nv);                                              \
        }                                                                                \
    } while (0)

/* ---- groups ---- */

typedef struct group {
    int64_t r0, r1; /* rows */
    gnn_off a0, a1; /* their arcs, or some of the arcs of one row */
    int64_t n_self; /* slots of self arcs: r1 - r0 or 0 */
    bool fresh;     /* begins its rows */
    bool last;      /* ends them */
} group;

static inline group group_before(const gnn_off *row_ptr, int64_t first) {
    return (group){.r1 = first, .a1 = row_ptr[first], .last = true};
}

/* Moves on to the next group of the rows before `end`; false when there is none. */
static inline bool group_next(group *g, const gnn_off *row_ptr, int64_t end, int max_arcs,
                              bool self) {
    if (!g->last) { /* more of one row */
        g->fresh = false;
        g->n_self = 0;
    } else {
        if (g->r1 >= end) return false;
        g->r0 = g->r1++;
        while (g->r1 < end && g->r1 - g->r0 < max_arcs &&
               row_ptr[g->r1 + 1] - row_ptr[g->r0] <= max_arcs)
            g->r1++;
        g->fresh = true;
        g->n_self = self ? g->r1 - g->r0 : 0;
    }
    g->a0 = g->a1;
    g->a1 = row_ptr[g->r1];
    g->last = g->a1 - g->a0 <= max_arcs;
    if (!g->last) g->a1 = g->a0 + max_arcs;
    return true;
}

static inline int64_t group_slots(const group *g) {
    return g->n_self + (g->a1 - g->a0);
}
/* The arcs of row r that are in the group: from here on … */
static inline gnn_off group_first(const group *g, const gnn_off *row_ptr, int64_t r) {
    return r == g->r0 ? g->a0 : row_ptr[r];
}
/* … to here. */
static inline gnn_off group_end(const group *g, const gnn_off *row_ptr, int64_t r) {
    return r == g->r1 - 1 ? g->a1 : row_ptr[r + 1];
}
static inline int64_t arc_slot(const group *g, gnn_off a) {
    return g->n_self + (a - g->a0);
}

/* The number in the forward pass of arc t of the transpose. */
static inline gnn_off arc_of(const gnn_i_attention_grad *d, gnn_off t) {
    return d->perm ? d->perm[t] : d->perm64 ? d->perm64[t] : t;
}

/* x = exp(x), n values. */
static inline void exp_run(int64_t n, gnn_real *x) {
    for (int64_t i = 0; i < n; i += VL) v_store(x + i, v_exp(v_load(x + i)));
}

/* ---- weighted sums of rows ---- */

/* For each row r of a group, y[r] = (y[r] or 0) + Σ_k w[slot of k] x[index[k]] over its
 * arcs k, with the row's own entry x[r + own_offset], then times scale by head where
 * given. Rows without entries stay as they are. */
typedef struct group_sum {
    const group *g;
    const gnn_off *ptr; /* arcs of the rows */
    const gnn_id *index;
    const gnn_real *x;
    int64_t own_offset, n_own; /* own rows of x: 0 .. n_own - 1, where g has self arcs */
    const gnn_real *w;         /* (slots, heads) */
    const gnn_real *scale;     /* (rows of the group, heads) or NULL */
    gnn_off limit;             /* arcs before it may be fetched ahead */
    gnn_real *y;
    bool fresh; /* y counts as 0 */
} group_sum;

INLINE void sum_columns(const plan *p, const columns *c, const group_sum *s, int nv,
                        weighting mode, bool tail) {
    const group g = *s->g;
    const gnn_real *x = s->x + c->c0, *w = s->w + c->head;
    const gnn_id *index = s->index;
    const int64_t heads = p->heads, width = p->width;
    const gnn_off limit = c->c0 == 0 ? s->limit - p->ahead : 0;
    for (int64_t r = g.r0; r < g.r1; r++) {
        gnn_off first = group_first(&g, s->ptr, r), end = group_end(&g, s->ptr, r);
        int64_t own = r + s->own_offset;
        bool has_own = g.n_self && own >= 0 && own < s->n_own;
        if (first == end && !has_own) continue;
        vr acc[MAX_NV];
        gnn_real *y = s->y + r * width + c->c0;
#pragma GCC unroll 16
        for (int i = 0; i < nv; i++)
            acc[i] = s->fresh ? (vr){0} : load_part(c, y, i, nv, tail);
        if (has_own) {
            if (c->c0 == 0 && own + OWN_AHEAD < s->n_own)
                v_fetch_row(x + (own + OWN_AHEAD) * width, width);
            add_arc(c, x + own * width, w + (r - g.r0) * heads, acc, nv, mode, tail);
        }
        const gnn_real *arc_w = w + arc_slot(&g, first) * heads;
        for (gnn_off k = first; k < end; k++, arc_w += heads) {
            if (k < limit) v_fetch_row(x + index[k + p->ahead] * width, width);
            add_arc(c, x + index[k] * width, arc_w, acc, nv, mode, tail);
        }
#pragma GCC unroll 16
        for (int i = 0; i < nv; i++) {
            const gnn_real *scale = s->scale + (r - g.r0) * heads + c->head;
            if (s->scale) acc[i] *= arc_weights(c, scale, i, mode);
            store_part(c, y, acc[i], i, nv, tail);
        }
    }
}

#if VB == 64
#define SUM_COLUMNS(nv, mode) sum_columns(p, c, s, nv, mode, true)
#else
#define SUM_COLUMNS(nv, mode)                                                            \
    c->has_tail ? sum_columns(p, c, s, nv, mode, true)                                   \
                : sum_columns(p, c, s, nv, mode, false)
#endif

/* The passes that a weighting has: all widths, or those that hold whole heads. */
#if VB == 64
#define SUM_16(mode)                                                                     \
    case 16:                                                                             \
        SUM_COLUMNS(16, mode);                                                           \
        break;
#else
#define SUM_16(mode)
#endif
#define SUM_FROM_1(mode)                                                                 \
    case 1:                                                                              \
        SUM_COLUMNS(1, mode);                                                            \
        break;
#define SUM_FROM_2(mode)                                                                 \
    case 2:                                                                              \
        SUM_COLUMNS(2, mode);                                                            \
        break;
#define SUM_FROM_4(mode)                                                                 \
    case 4:                                                                              \
        SUM_COLUMNS(4, mode);                                                            \
        break;
#define SUM_FROM_8(mode)                                                                 \
    case 8: SUM_COLUMNS(8, mode); break;

static void sum_by_arc(const plan *p, const columns *c, const group_sum *s, int nv) {
    switch (nv) {
        SUM_FROM_1(BY_ARC)
        SUM_FROM_2(BY_ARC)
    case 3:
        SUM_COLUMNS(3, BY_ARC);
        break;
        SUM_FROM_4(BY_ARC)
        SUM_FROM_8(BY_ARC)
        SUM_16(BY_ARC)
    }
}
static void sum_by_lane(const plan *p, const columns *c, const group_sum *s, int nv) {
    switch (nv) {
        SUM_FROM_1(BY_LANE)
        SUM_FROM_2(BY_LANE)
    case 3:
        SUM_COLUMNS(3, BY_LANE);
        break;
        SUM_FROM_4(BY_LANE)
    default: SUM_COLUMNS(8, BY_LANE); break;
    }
}
static void sum_by_vector(const plan *p, const columns *c, const group_sum *s, int nv) {
    switch (nv) {
        SUM_FROM_1(BY_VECTOR)
        SUM_FROM_2(BY_VECTOR)
        SUM_FROM_4(BY_VECTOR)
        SUM_FROM_8(BY_VECTOR)
        SUM_16(BY_VECTOR)
    }
}
static void sum_by_2_vectors(const plan *p, const columns *c, const group_sum *s,
                             int nv) {
    switch (nv) {
        SUM_FROM_2(BY_2_VECTORS)
        SUM_FROM_4(BY_2_VECTORS)
        SUM_FROM_8(BY_2_VECTORS)
        SUM_16(BY_2_VECTORS)
    }
}
static void sum_by_4_vectors(const plan *p, const columns *c, const group_sum *s,
                             int nv) {
    switch (nv) {
        SUM_FROM_4(BY_4_VECTORS)
        SUM_FROM_8(BY_4_VECTORS)
        SUM_16(BY_4_VECTORS)
    }
}
static void sum_by_8_vectors(const plan *p, const columns *c, const group_sum *s,
                             int nv) {
    switch (nv) {
        SUM_FROM_8(BY_8_VECTORS)
        SUM_16(BY_8_VECTORS)
    }
}

static inline void sum_group(const plan *p, const group_sum *s) {
    static void (*const run[])(const plan *, const columns *, const group_sum *,
                               int) = {[BY_ARC] = sum_by_arc,
                                       [BY_LANE] = sum_by_lane,
                                       [BY_VECTOR] = sum_by_vector,
                                       [BY_2_VECTORS] = sum_by_2_vectors,
                                       [BY_4_VECTORS] = sum_by_4_vectors,
                                       [BY_8_VECTORS] = sum_by_8_vectors};
    FOR_EACH_PASS(p, MAX_NV, run[p->mode](p, cols, s, nv));
}

/* ---- values of heads ---- */

/* Some heads of one row of heads values, as a vector. Whole vectors at the small strides
 * of few heads would cross cache lines all the time, so few heads are moved by half or
 * quarter vectors: `size` is a constant where these are called. */
typedef enum head_size { ALL_LANES, HALF, QUARTER } head_size;

static inline head_size head_size_of(int heads) {
    return heads <= VL / 4 ? QUARTER : heads <= VL / 2 ? HALF : ALL_LANES;
}

/* Lanes of the heads h, h + 1, … */
INLINE vtail head_lanes(int heads, int h) {
    return v_tail(heads - h < VL ? heads - h : VL);
}

INLINE vr h_load(const gnn_real *p, vtail t, head_size size) {
#if VB == 64 && !GNN_REAL_DOUBLE
    if (size == QUARTER)
        return _mm512_zextps128_ps512(_mm_maskz_loadu_ps((__mmask8)t, p));
    if (size == HALF)
        return _mm512_zextps256_ps512(_mm256_maskz_loadu_ps((__mmask8)t, p));
#endif
    (void)size;
    return v_load_tail(p, t);
}
INLINE void h_store(gnn_real *p, vr x, vtail t, head_size size) {
#if VB == 64 && !GNN_REAL_DOUBLE
    if (size == QUARTER) {
        _mm_mask_storeu_ps(p, (__mmask8)t, _mm512_castps512_ps128(x));
        return;
    }
    if (size == HALF) {
        _mm256_mask_storeu_ps(p, (__mmask8)t, _mm512_castps512_ps256(x));
        return;
    }
#endif
    (void)size;
    v_store_tail(p, x, t);
}

/* Calls function(…, size) with a constant size, for `heads` heads. */
#define BY_HEAD_SIZE(heads, function, ...)                                               \
    switch (head_size_of(heads)) {                                                       \
    case QUARTER: function(__VA_ARGS__, QUARTER); break;                                 \
    case HALF: function(__VA_ARGS__, HALF); break;                                       \
    case ALL_LANES: function(__VA_ARGS__, ALL_LANES); break;                             \
    }

/* ---- scores ---- */

/* What a share (edge_softmax.h) says: exp(s - max), and lanes where a flag is set. */
INLINE vr share_value(vr share) {
    return (vr)((vi)share & ~(vint)(GNN_I_SHARE_BELOW | GNN_I_SHARE_DROPPED));
}
INLINE vi share_below(vr share) {
    return (vi)share < 0;
}
INLINE vi share_dropped(vr share) {
    return ((vi)share & (vint)GNN_I_SHARE_DROPPED) != 0;
}

/* The slope of the leaky relu at x. */
INLINE vr v_gain(vr x, gnn_real slope) {
    return v_select(x > 0, v_all(1), v_all(slope));
}

/* GATv2: att lrelu(z + zr + e) */
typedef struct score_rows {
    const gnn_real *att, *z, *zr, *e; /* e may be NULL */
    gnn_real slope;
} score_rows;
INLINE DOT_TERMS(score_term) {
    const score_rows *s = rows;
    vr att = is_tail ? v_load_tail(s->att + p, tail) : v_load(s->att + p);
    vr x = is_tail ? v_load_tail(s->z + p, tail) + v_load_tail(s->zr + p, tail)
                   : v_load(s->z + p) + v_load(s->zr + p);
    if (s->e) x += is_tail ? v_load_tail(s->e + p, tail) : v_load(s->e + p);
    return att * (x * v_gain(x, s->slope));
}

#endif
