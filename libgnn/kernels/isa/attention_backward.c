/* Gradients of edge-softmax attention, GAT (edge_softmax.h), in three sweeps:
 *   1 rows     facts[r] = dst, max, 1/sum and D = Σ_c dY Y of each head, side by side
 *   2 sources  α and ds of each arc, again from the scores; dZ, dsrc; ds to scratch
 *   3 rows     ddst, darc_score, dself_score from ds
 * Only sweep 2 gathers wide rows (dY), each once. */
#include "kernels/isa/attention.h"
#include "kernels/isa/isa.h"

void ISA(gnn_i_attention_facts)(const gnn_i_attention_job *job, int64_t r0, int64_t r1) {
    const gnn_i_attention_args *s = job->args;
    int heads = s->heads;
    int64_t width = heads * s->dim;
    head_shape shape = head_shape_make(heads, s->dim);
    gnn_real dot[GNN_I_MAX_HEADS + VL];
    for (int64_t r = r0; r < r1; r++) {
        gnn_real *fact = job->facts + r * 4 * heads;
        two_rows rows = {job->grad->dy + r * width, s->y + r * width};
        head_dots(&shape, product_term, &rows, dot);
        for (int h = 0; h < heads; h++) {
            gnn_real sum = s->row_sum[r * heads + h];
            fact[h] = s->att ? 0 : s->dst[r * heads + h];
            fact[heads + h] = s->row_max[r * heads + h];
            fact[2 * heads + h] = sum > 0 ? 1 / sum : 0;
            fact[3 * heads + h] = dot[h];
        }
    }
}

/* What is known of the entries of a group, step by step. */
typedef struct entries {
    group_values weight; /* score - max, then exp of it, then α mask */
    group_values gain;   /* slope of the leaky relu */
    group_values mask;
    group_values dot;        /* Σ_c dY Z */
    gnn_off arc[GROUP_ARCS]; /* numbers of the arcs in the forward pass */
} entries;

/* The row whose self arc comes from source j, or -1. */
static inline int64_t own_row(const gnn_i_attention_args *s, int64_t j) {
    int64_t r = j - s->self_offset;
    return s->self_arc && r >= 0 && r < s->n_rows ? r : -1;
}

/* Score less maximum, slope and dots of one entry, source j and row r. */
INLINE void rescore(const gnn_i_attention_job *job, const plan *p, int64_t j, int64_t r,
                    const gnn_real *extra, int64_t slot, entries *e, head_size size) {
    const gnn_i_attention_args *s = job->args;
    int heads = p->heads;
    const gnn_real *fact = job->facts + r * 4 * heads;
    for (int h = 0; h < heads; h += VL) {
        vtail t = head_lanes(heads, h);
        vr x = h_load(s->src + j * heads + h, t, size) + h_load(fact + h, t, size);
        if (extra) x += h_load(extra + h, t, size);
        vr gain = v_gain(x, s->slope);
        h_store(e->gain + slot * heads + h, gain, t, size);
        h_store(e->weight + slot * heads + h,
                gain * x - h_load(fact + heads + h, t, size), t, size);
    }
    two_rows rows = {s->z + j * p->width, job->grad->dy + r * p->width};
    head_dots(&p->shape, product_term, &rows, e->dot + slot * heads);
}

INLINE void rescore_group(const gnn_i_attention_job *job, const plan *p, const group *g,
                          gnn_off limit, entries *e, head_size size) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *d = job->grad;
    int heads = p->heads;
    /* dots overwrite a little behind their slot, so slots are filled in ascending order
     */
    for (int64_t j = g->r0; g->n_self && j < g->r1; j++) {
        int64_t r = own_row(s, j);
        if (r < 0) continue;
        const gnn_real *extra = s->self_score ? s->self_score + r * heads : NULL;
        rescore(job, p, j, r, extra, j - g->r0, e, size);
    }
    for (int64_t j = g->r0; j < g->r1; j++) {
        gnn_off end = group_end(g, d->col_ptr, j);
        if (j + OWN_AHEAD < d->n_sources) {
            v_fetch_row(s->z + (j + OWN_AHEAD) * p->width, p->width);
            if (d->dz) v_fetch_row(d->dz + (j + OWN_AHEAD) * p->width, p->width);
        }
        for (gnn_off t = group_first(g, d->col_ptr, j); t < end; t++) {
            if (t + p->ahead < limit) {
                int64_t next = d->row[t + p->ahead];
                v_fetch_row(job->facts + next * 4 * heads, 4 * heads);
                v_fetch_row(d->dy + next * p->width, p->width);
            }
            gnn_off arc = d->perm ? d->perm[t] : d->perm64 ? d->perm64[t] : t;
            const gnn_real *extra = s->arc_score ? s->arc_score + arc * heads : NULL;
            e->arc[t - g->a0] = arc;
            rescore(job, p, j, d->row[t], extra, arc_slot(g, t), e, size);
        }
    }
}

static void draw_masks(const gnn_i_attention_args *s, const group *g, entries *e) {
    int heads = s->heads;
    ones(group_slots(g) * heads, e->mask);
    if (s->dropout.threshold == 0) return;
    int64_t n = 0, first = own_row(s, g->r0) >= 0 ? 0 : s->self_offset - g->r0;
    uint64_t start[GROUP_VALUES];
    int64_t last = s->self_offset + s->n_rows - g->r0; /* behind the last own row */
    if (first < 0) first = g->n_self;
    if (last > g->n_self) last = g->n_self;
    if (first < last)
        mask_run(&s->dropout,
                 (uint64_t)((s->n_arcs + g->r0 + first - s->self_offset) * heads),
                 (last - first) * heads, e->mask + first * heads);
    int together = 8 % heads == 0 ? heads : 1; /* elements that share a block */
    for (gnn_off t = g->a0; t < g->a1; t++)
        for (int h = 0; h < heads; h += together)
            start[n++] = (uint64_t)(e->arc[t - g->a0] * heads + h);
    mask_scattered(&s->dropout, start, n, together, e->mask + g->n_self * heads);
}

/* α mask and ds of one entry; heads h … */
INLINE vr differentiate(const gnn_i_attention_job *job, int64_t r, gnn_off place,
                        int64_t slot, int h, vtail t, entries *e, head_size size) {
    int heads = job->args->heads;
    const gnn_real *fact = job->facts + r * 4 * heads;
    gnn_real *weight = e->weight + slot * heads + h;
    vr alpha = h_load(weight, t, size) * h_load(fact + 2 * heads + h, t, size);
    vr mask = h_load(e->mask + slot * heads + h, t, size);
    vr ds = alpha *
            (mask * h_load(e->dot + slot * heads + h, t, size) -
             h_load(fact + 3 * heads + h, t, size)) *
            h_load(e->gain + slot * heads + h, t, size);
    h_store(job->ds + place * heads + h, ds, t, size);
    h_store(weight, alpha * mask, t, size);
    return ds;
}

INLINE void differentiate_group(const gnn_i_attention_job *job, const group *g,
                                entries *e, head_size size) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *d = job->grad;
    int heads = s->heads;
    gnn_off base = s->row_ptr[0];
    for (int h = 0; h < heads; h += VL) {
        vtail t = head_lanes(heads, h);
        for (int64_t j = g->r0; j < g->r1; j++) {
            vr sum = {0};
            int64_t own = own_row(s, j);
            if (g->n_self && own >= 0)
                sum +=
                    differentiate(job, own, job->n_local + own, j - g->r0, h, t, e, size);
            gnn_off end = group_end(g, d->col_ptr, j);
            for (gnn_off a = group_first(g, d->col_ptr, j); a < end; a++)
                sum += differentiate(job, d->row[a], e->arc[a - g->a0] - base,
                                     arc_slot(g, a), h, t, e, size);
            if (!d->dsrc) continue;
            gnn_real *dsrc = d->dsrc + j * heads + h;
            h_store(dsrc, h_load(dsrc, t, size) + sum, t, size);
        }
    }
}

static void add_rows(const gnn_i_attention_job *job, const plan *p, const group *g,
                     const entries *e) {
    const gnn_i_attention_grad *d = job->grad;
    for (int64_t j = g->r0; j < g->r1; j++) {
        gnn_off first = group_first(g, d->col_ptr, j), end = group_end(g, d->col_ptr, j);
        int64_t own = g->n_self ? own_row(job->args, j) : -1;
        if (first == end && own < 0) continue;
        weighted_sum sum = {.x = d->dy,
                            .index = d->row + first,
                            .n = end - first,
                            .w = e->weight + arc_slot(g, first) * p->heads,
                            .y = d->dz + j * p->width};
        if (own >= 0) {
            sum.own = d->dy + own * p->width;
            sum.own_w = e->weight + (j - g->r0) * p->heads;
        }
        sum_rows_weighted(p, &sum);
    }
}

void ISA(gnn_i_attention_sources)(const gnn_i_attention_job *job, int64_t j0,
                                  int64_t j1) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *d = job->grad;
    plan p;
    entries e;
    plan_make(&p, s->heads, s->dim, MAX_NV, s->n_rows);
    gnn_off limit = d->col_ptr[j1];
    group g = group_before(d->col_ptr, j0);
    while (group_next(&g, d->col_ptr, j1, p.max_arcs, s->self_arc)) {
        /* slots of sources that are no rows stay as they are: give them numbers */
        if (g.n_self)
            memset(e.weight, 0, (size_t)(g.n_self * p.heads) * sizeof(gnn_real));
        BY_HEAD_SIZE(p.heads, rescore_group, job, &p, &g, limit, &e)
        exp_run(group_slots(&g) * p.heads, e.weight);
        draw_masks(s, &g, &e);
        BY_HEAD_SIZE(p.heads, differentiate_group, job, &g, &e)
        if (d->dz) add_rows(job, &p, &g, &e);
    }
}

INLINE void targets(const gnn_i_attention_job *job, int64_t r0, int64_t r1,
                    head_size size) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *g = job->grad;
    int heads = s->heads;
    gnn_off base = s->row_ptr[0];
    for (int h = 0; h < heads; h += VL) {
        vtail t = head_lanes(heads, h);
        for (int64_t r = r0; r < r1; r++) {
            vr sum = {0};
            for (gnn_off a = s->row_ptr[r]; a < s->row_ptr[r + 1]; a++) {
                vr d = h_load(job->ds + (a - base) * heads + h, t, size);
                sum += d;
                if (!g->darc_score) continue;
                gnn_real *out = g->darc_score + a * heads + h;
                h_store(out, h_load(out, t, size) + d, t, size);
            }
            if (s->self_arc) {
                vr d = h_load(job->ds + (job->n_local + r) * heads + h, t, size);
                sum += d;
                if (g->dself_score) {
                    gnn_real *out = g->dself_score + r * heads + h;
                    h_store(out, h_load(out, t, size) + d, t, size);
                }
            }
            if (g->ddst) {
                gnn_real *out = g->ddst + r * heads + h;
                h_store(out, h_load(out, t, size) + sum, t, size);
            }
        }
    }
}

void ISA(gnn_i_attention_targets)(const gnn_i_attention_job *job, int64_t r0,
                                  int64_t r1) {
    BY_HEAD_SIZE(job->args->heads, targets, job, r0, r1)
}
