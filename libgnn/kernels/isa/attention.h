/* What the attention kernels share: batches of arcs, their scores, weighted sums of their
 * rows.
 *
 * A batch is a few arcs of one row (or of one source, backwards): `index` holds the row
 * of the gathered matrix of each, values of an arc and head stand at [arc heads + head].
 * A batch fits the first-level cache with its rows, so that they come from memory
 * once. */
#ifndef GNN_KERNELS_ISA_ATTENTION_H
#define GNN_KERNELS_ISA_ATTENTION_H

#include "kernels/isa/dots.h"
#include "kernels/isa/gather.h"
#include "kernels/isa/math.h"
#include "kernels/isa/philox.h"
#include "kernels/table.h"

#define BATCH_ARCS 64
#define BATCH_VALUES 1024 /* at least GNN_I_MAX_HEADS */
#define BATCH_BYTES 32768 /* of rows */
#define PLAN_PASSES 16

/* y = (y or 0) + Σ_i w[i] x[index[i]], then times scale by head where scale is given. */
typedef struct weighted_sum {
    const gnn_real *x;
    const gnn_id *index;
    int n;
    const gnn_real *w;     /* (n, heads) */
    const gnn_real *scale; /* (heads) or NULL; VL readable values behind it */
    gnn_real *y;
    bool fresh; /* y counts as 0 */
} weighted_sum;

/* How rows of heads × dim are walked: passes over columns, and dots by head. */
typedef struct plan {
    int heads;
    int64_t dim, width;
    weighting mode;
    int max_arcs;  /* of a batch */
    gnn_off ahead; /* arcs that rows are fetched ahead */
    head_shape shape;
    int n_passes;
    columns cols[PLAN_PASSES];
    int nv[PLAN_PASSES];
} plan;

/* Columns of a pass and the next one's first; passes of at most `widest` vectors. */
static inline int64_t plan_pass(const plan *p, int64_t c0, int widest, columns *c,
                                int *nv) {
    int64_t c1 = p->mode == BY_ARC ? (c0 / p->dim + 1) * p->dim : p->width;
    int64_t vectors = (c1 - c0 + VL - 1) / VL;
    int n = vectors >= 8 ? 8 : vectors >= 4 ? 4 : (int)vectors;
    if (n > widest) n = widest;
    columns_lay(c, p->mode, p->dim, c0, c1, n);
    *nv = n;
    return c0 + (int64_t)n * VL < c1 ? c0 + (int64_t)n * VL : c1;
}

static inline void plan_make(plan *p, int heads, int64_t dim, int widest) {
    p->heads = heads;
    p->dim = dim;
    p->width = heads * dim;
    p->mode = weighting_of_heads(heads, dim);
    p->shape = head_shape_make(heads, dim);
    int64_t bytes = p->width * (int64_t)sizeof(gnn_real),
            arcs = BATCH_BYTES / (bytes + 1);
    if (arcs > BATCH_VALUES / heads) arcs = BATCH_VALUES / heads;
    p->max_arcs = arcs < 4            ? (heads <= BATCH_VALUES / 4 ? 4 : 2)
                  : arcs > BATCH_ARCS ? BATCH_ARCS
                                      : (int)arcs;
    p->ahead = bytes <= 64 ? 64 : bytes <= 256 ? 32 : bytes <= 512 ? 24 : 12;
    p->n_passes = 0;
    for (int64_t c = 0; c < p->width && p->n_passes < PLAN_PASSES; p->n_passes++)
        c = plan_pass(p, c, widest, &p->cols[p->n_passes], &p->nv[p->n_passes]);
}

/* Calls `run` for every pass: those laid out, and the rest of rows wider than the
 * plan. */
#define FOR_EACH_PASS(p, widest, run)                                                    \
    do {                                                                                 \
        int64_t next_ = 0;                                                               \
        for (int i_ = 0; i_ < (p)->n_passes; i_++) {                                     \
            const columns *cols = &(p)->cols[i_];                                        \
            int nv = (p)->nv[i_];                                                        \
            run;                                                                         \
            next_ = i_ + 1 < (p)->n_passes ? 0 : plan_end(p, i_);                        \
        }                                                                                \
        while (next_ < (p)->width) {                                                     \
            columns laid_;                                                               \
            int nv;                                                                      \
            next_ = plan_pass(p, next_, widest, &laid_, &nv);                            \
            const columns *cols = &laid_;                                                \
            run;                                                                         \
        }                                                                                \
    } while (0)

static inline int64_t plan_end(const plan *p, int pass) {
    int64_t c0 = p->cols[pass].c0, end = c0 + (int64_t)p->nv[pass] * VL;
    int64_t c1 = p->mode == BY_ARC ? (c0 / p->dim + 1) * p->dim : p->width;
    return end < c1 ? end : c1;
}

/* ---- weighted sums of rows ---- */

INLINE void sum_columns(const plan *p, const columns *c, const weighted_sum *s, int nv,
                        weighting mode, bool tail) {
    vr acc[8];
    gnn_real *y = s->y + c->c0;
    const gnn_real *w = s->w + c->head;
#pragma GCC unroll 8
    for (int i = 0; i < nv; i++)
        acc[i] = s->fresh ? (vr){0} : load_part(c, y, i, nv, tail);
    for (int k = 0; k < s->n; k++, w += p->heads)
        add_arc(c, s->x + s->index[k] * p->width + c->c0, w, acc, nv, mode, tail);
#pragma GCC unroll 8
    for (int i = 0; i < nv; i++) {
        if (s->scale) acc[i] *= arc_weights(c, s->scale + c->head, i, mode);
        store_part(c, y, acc[i], i, nv, tail);
    }
}

#if VB == 64
#define SUM_COLUMNS(nv, mode) sum_columns(p, c, s, nv, mode, true)
#else
#define SUM_COLUMNS(nv, mode)                                                            \
    c->has_tail ? sum_columns(p, c, s, nv, mode, true)                                   \
                : sum_columns(p, c, s, nv, mode, false)
#endif

static void sum_pass_by_arc(const plan *p, const columns *c, const weighted_sum *s,
                            int nv) {
    switch (nv) {
    case 1: SUM_COLUMNS(1, BY_ARC); break;
    case 2: SUM_COLUMNS(2, BY_ARC); break;
    case 3: SUM_COLUMNS(3, BY_ARC); break;
    case 4: SUM_COLUMNS(4, BY_ARC); break;
    default: SUM_COLUMNS(8, BY_ARC); break;
    }
}
static void sum_pass_by_lane(const plan *p, const columns *c, const weighted_sum *s,
                             int nv) {
    switch (nv) {
    case 1: SUM_COLUMNS(1, BY_LANE); break;
    case 2: SUM_COLUMNS(2, BY_LANE); break;
    case 3: SUM_COLUMNS(3, BY_LANE); break;
    case 4: SUM_COLUMNS(4, BY_LANE); break;
    default: SUM_COLUMNS(8, BY_LANE); break;
    }
}

static inline void sum_rows_weighted(const plan *p, const weighted_sum *s) {
    if (p->mode == BY_ARC)
        FOR_EACH_PASS(p, 8, sum_pass_by_arc(p, cols, s, nv));
    else
        FOR_EACH_PASS(p, 8, sum_pass_by_lane(p, cols, s, nv));
}

/* ---- values of heads ---- */

/* x[i] = exp(x[i]), n values; up to VL - 1 behind them are overwritten. */
static inline void exp_run(int64_t n, gnn_real *x) {
    for (int64_t i = 0; i < n; i += VL) v_store(x + i, v_exp(v_load(x + i)));
}

INLINE vr v_leaky(vr x, gnn_real slope) {
    return v_select(x > 0, x, slope * x);
}

/* ---- terms of dots, GATv2 ---- */

/* att lrelu(z + zr + e) */
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
    return att * v_leaky(x, s->slope);
}

#endif
