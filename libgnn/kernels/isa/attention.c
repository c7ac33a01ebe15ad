/* Edge-softmax attention forward, GAT and GATv2 (edge_softmax.h).
 *
 * A row that comes in several groups is normalised online: each group raises the maximum
 * where it must, and what was summed before is scaled down by exp(old - new). row_max,
 * row_sum and y hold the state in between. */
#include "kernels/isa/attention.h"
#include "kernels/isa/isa.h"

/* x = src + dst (+ extra); score = lrelu(x); into one slot. Returns the score. */
INLINE vr score_gat(const gnn_i_attention_args *s, vr dst, int64_t source,
                    const gnn_real *extra, int h, vtail t, head_size size) {
    vr x = dst + h_load(s->src + source * s->heads + h, t, size);
    if (extra) x += h_load(extra + h, t, size);
    return x * v_gain(x, s->slope);
}

#define SOURCES_AHEAD 64 /* arcs that rows of src are fetched ahead */

/* Scores of the group's entries. */
INLINE void scores_gat(const gnn_i_attention_args *s, const group *g, gnn_off limit,
                       gnn_real *score, head_size size) {
    int heads = s->heads;
    for (int h = 0; h < heads; h += VL) {
        vtail t = head_lanes(heads, h);
        gnn_real *out = score + h;
        for (int64_t r = g->r0; r < g->r1; r++) {
            vr dst = h_load(s->dst + r * heads + h, t, size);
            if (g->n_self) {
                const gnn_real *extra = s->self_score ? s->self_score + r * heads : NULL;
                h_store(out + (r - g->r0) * heads,
                        score_gat(s, dst, s->self_offset + r, extra, h, t, size), t,
                        size);
            }
            gnn_off end = group_end(g, s->row_ptr, r);
            for (gnn_off a = group_first(g, s->row_ptr, r); a < end; a++) {
                const gnn_real *extra = s->arc_score ? s->arc_score + a * heads : NULL;
                if (a + SOURCES_AHEAD < limit)
                    __builtin_prefetch(s->src + s->col[a + SOURCES_AHEAD] * heads + h);
                h_store(out + arc_slot(g, a) * heads,
                        score_gat(s, dst, s->col[a], extra, h, t, size), t, size);
            }
        }
    }
}

static void scores_gatv2(const gnn_i_attention_args *s, const plan *p, const group *g,
                         gnn_off limit, gnn_real *score) {
    score_rows rows = {.att = s->att, .slope = s->slope};
    for (int64_t r = g->r0; g->n_self && r < g->r1; r++) {
        rows.zr = s->zr + r * p->width;
        rows.z = s->z + (s->self_offset + r) * p->width;
        head_dots(&p->shape, score_term, &rows, score + (r - g->r0) * p->heads);
    }
    for (int64_t r = g->r0; r < g->r1; r++) {
        gnn_off end = group_end(g, s->row_ptr, r);
        rows.zr = s->zr + r * p->width;
        for (gnn_off a = group_first(g, s->row_ptr, r); a < end; a++) {
            if (a + p->ahead < limit)
                v_fetch_row(s->z + s->col[a + p->ahead] * p->width, p->width);
            rows.z = s->z + s->col[a] * p->width;
            if (s->e) rows.e = s->e + a * p->width;
            head_dots(&p->shape, score_term, &rows, score + arc_slot(g, a) * p->heads);
        }
    }
}

/* Scales down the shares that row r has so far, those before arc `end`; heads h … */
INLINE void scale_shares(const gnn_i_attention_args *s, int64_t r, gnn_off end, int h,
                         vr factor, vtail t, head_size size) {
    int heads = s->heads;
    gnn_off base = s->row_ptr[0], n_local = s->row_ptr[s->n_rows] - base;
    for (gnn_off a = s->row_ptr[r] - s->self_arc; a < end; a++) {
        gnn_off place = a < s->row_ptr[r] ? n_local + r : a - base;
        gnn_real *share = s->shares + place * heads + h;
        vr x = h_load(share, t, size), value = share_value(x);
        h_store(share, (vr)((vi)(factor * value) | ((vi)x ^ (vi)value)), t, size);
    }
}

/* Maxima of the rows, and e = scores less those. Rows that go on are scaled down. */
INLINE void shift(const gnn_i_attention_args *s, const plan *p, const group *g,
                  const gnn_real *score, gnn_real *e, head_size size) {
    int heads = s->heads;
    for (int h = 0; h < heads; h += VL) {
        vtail t = head_lanes(heads, h);
        for (int64_t r = g->r0; r < g->r1; r++) {
            gnn_real *top = s->row_max + r * heads + h;
            int64_t self = (r - g->r0) * heads + h;
            gnn_off first = group_first(g, s->row_ptr, r),
                    end = group_end(g, s->row_ptr, r);
            int64_t arc = arc_slot(g, first) * heads + h;
            vr old = g->fresh ? v_all(-INFINITY) : h_load(top, t, size), m = old;
            if (g->n_self) m = v_max(h_load(score + self, t, size), m);
            for (gnn_off k = 0; k < end - first; k++)
                m = v_max(h_load(score + arc + k * heads, t, size), m);
            if (g->n_self) h_store(e + self, h_load(score + self, t, size) - m, t, size);
            for (gnn_off k = 0; k < end - first; k++)
                h_store(e + arc + k * heads, h_load(score + arc + k * heads, t, size) - m,
                        t, size);
            h_store(top, m, t, size);
            if (g->fresh) continue;
            vr factor = v_exp(old - m);
            gnn_real *sum = s->row_sum + r * heads + h;
            h_store(sum, factor * h_load(sum, t, size), t, size);
            if (s->shares) scale_shares(s, r, g->a0, h, factor, t, size);
            for (int l = 0; l < VL && h + l < heads; l++) {
                gnn_real *y = s->y + r * p->width + (h + l) * p->dim;
                for (int64_t c = 0; c < p->dim; c++) y[c] *= factor[l];
            }
        }
    }
}

/* Sums of exp(score - max) over the rows, and their inverses. */
INLINE void add_up(const gnn_i_attention_args *s, const group *g, const gnn_real *e,
                   gnn_real *inverse, head_size size) {
    int heads = s->heads;
    for (int h = 0; h < heads; h += VL) {
        vtail t = head_lanes(heads, h);
        for (int64_t r = g->r0; r < g->r1; r++) {
            gnn_real *out = s->row_sum + r * heads + h;
            gnn_off first = group_first(g, s->row_ptr, r),
                    end = group_end(g, s->row_ptr, r);
            const gnn_real *arc = e + arc_slot(g, first) * heads + h;
            vr sum = g->fresh ? (vr){0} : h_load(out, t, size);
            if (g->n_self) sum += h_load(e + (r - g->r0) * heads + h, t, size);
            for (gnn_off k = 0; k < end - first; k++)
                sum += h_load(arc + k * heads, t, size);
            h_store(out, sum, t, size);
            h_store(inverse + (r - g->r0) * heads + h, 1 / sum, t, size);
        }
    }
}

/* Rows without arcs: all zero. */
static void clear_empty_rows(const gnn_i_attention_args *s, const plan *p,
                             const group *g) {
    for (int64_t r = g->r0; r < g->r1; r++) {
        if (g->n_self || s->row_ptr[r] < s->row_ptr[r + 1]) continue;
        memset(s->y + r * p->width, 0, (size_t)p->width * sizeof *s->y);
        memset(s->row_max + r * s->heads, 0, (size_t)s->heads * sizeof *s->y);
        memset(s->row_sum + r * s->heads, 0, (size_t)s->heads * sizeof *s->y);
    }
}

/* Shares before masks, in place of the scores. */
static void make_shares(int64_t n, const gnn_real *e, gnn_real *score) {
    for (int64_t i = 0; i < n; i += VL) {
        vi below = (v_load(score + i) > 0) ^ -1;
        vi sign = below & (vint)GNN_I_SHARE_BELOW;
        v_store(score + i, (vr)((vi)v_load(e + i) | sign));
    }
}

/* n shares to memory; w, which they are weighted with, is 0 for those dropped. */
INLINE void put_shares(int64_t n, const gnn_real *share, const gnn_real *w,
                       gnn_real *out) {
    for (int64_t i = 0; i < n; i += VL) {
        vi dropped = (v_load(w + i) == 0) & (vint)GNN_I_SHARE_DROPPED;
        v_store_n(out + i, (vr)((vi)v_load(share + i) | dropped), n - i);
    }
}

static void store_shares(const gnn_i_attention_args *s, const group *g,
                         const gnn_real *share, const gnn_real *w) {
    int64_t heads = s->heads, own = g->n_self * heads;
    gnn_off base = s->row_ptr[0], n_local = s->row_ptr[s->n_rows] - base;
    put_shares(own, share, w, s->shares + (n_local + g->r0) * heads);
    put_shares((g->a1 - g->a0) * heads, share + own, w + own,
               s->shares + (g->a0 - base) * heads);
}

void ISA(gnn_i_attention_rows)(const gnn_i_attention_args *s, int64_t r0, int64_t r1) {
    plan p;
    group_values score, e, inverse; /* e: exp(score - max), then times mask */
    plan_make(&p, s->heads, s->dim, MAX_NV, s->n_rows);
    gnn_off limit = s->row_ptr[r1];
    group g = group_before(s->row_ptr, r0);
    while (group_next(&g, s->row_ptr, r1, p.max_arcs, s->self_arc)) {
        if (s->att)
            scores_gatv2(s, &p, &g, limit, score);
        else
            BY_HEAD_SIZE(s->heads, scores_gat, s, &g, limit, score)
        int64_t n = group_slots(&g) * s->heads;
        BY_HEAD_SIZE(s->heads, shift, s, &p, &g, score, e)
        exp_run(n, e);
        BY_HEAD_SIZE(s->heads, add_up, s, &g, e, inverse)
        if (s->shares) make_shares(n, e, score);
        if (s->dropout.threshold) {
            mask_run(&s->dropout, (uint64_t)((s->n_arcs + g.r0) * s->heads),
                     g.n_self * s->heads, e);
            mask_run(&s->dropout, (uint64_t)(g.a0 * s->heads), (g.a1 - g.a0) * s->heads,
                     e + g.n_self * s->heads);
        }
        if (s->shares) store_shares(s, &g, score, e);
        sum_group(&p, &(group_sum){.g = &g,
                                   .ptr = s->row_ptr,
                                   .index = s->col,
                                   .x = s->z,
                                   .own_offset = s->self_offset,
                                   .n_own = s->self_offset + s->n_rows,
                                   .w = e,
                                   .scale = g.last ? inverse : NULL,
                                   .limit = s->att ? 0 : limit,
                                   .y = s->y,
                                   .fresh = g.fresh});
        if (!s->self_arc) clear_empty_rows(s, &p, &g);
    }
}
