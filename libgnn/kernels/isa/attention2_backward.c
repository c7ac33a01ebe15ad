/* Gradients of edge-softmax attention, GATv2 (edge_softmax.h), in three sweeps:
 *   1 rows     facts (attention_backward.c)
 *   2 rows     ds in place of the shares, α mask to scratch; dZr, dE, and a part of datt
 *              for each block of rows
 *   3 sources  dZ[j] += Σ α mask dY[r] + ds att lrelu'(Z[j] + Zr[r] + E)
 * and the parts of datt are summed in order. */
#include "kernels/isa/attention.h"
#include "kernels/isa/isa.h"

/* ---- sweep 2 ---- */

/* dot = Σ_c dY Z of the entries of a group. */
static void multiply(const gnn_i_attention_job *job, const plan *p, const group *g,
                     gnn_off limit, gnn_real *dot) {
    const gnn_i_attention_args *s = job->args;
    int heads = p->heads;
    for (int64_t r = g->r0; g->n_self && r < g->r1; r++) {
        two_rows rows = {job->grad->dy + r * p->width,
                         s->z + (s->self_offset + r) * p->width};
        head_dots(&p->shape, product_term, &rows, dot + (r - g->r0) * heads);
    }
    for (int64_t r = g->r0; r < g->r1; r++) {
        gnn_off end = group_end(g, s->row_ptr, r);
        two_rows rows = {.a = job->grad->dy + r * p->width};
        for (gnn_off a = group_first(g, s->row_ptr, r); a < end; a++) {
            if (a + p->ahead < limit)
                v_fetch_row(s->z + s->col[a + p->ahead] * p->width, p->width);
            rows.b = s->z + s->col[a] * p->width;
            head_dots(&p->shape, product_term, &rows, dot + arc_slot(g, a) * heads);
        }
    }
}

/* ds of one entry of row r, here and in place of its share, and α mask for its source;
 * heads h … */
INLINE void differentiate(const gnn_i_attention_job *job, const gnn_real *fact,
                          gnn_off place, gnn_real *dot, int h, vtail t, head_size size) {
    int heads = job->args->heads;
    gnn_real *out = job->ds + place * heads + h;
    vr share = h_load(out, t, size),
       alpha = share_value(share) * h_load(fact + h, t, size);
    vr kept = v_all(gnn_i_dropout_scale(&job->args->dropout));
    vr mask = v_select(share_dropped(share), (vr){0}, kept);
    vr ds = alpha * (mask * h_load(dot, t, size) - h_load(fact + heads + h, t, size));
    h_store(dot, ds, t, size);
    h_store(out, ds, t, size);
    h_store(job->p + place * heads + h, alpha * mask, t, size);
}

/* ds of a group, from the dots and in their place. */
INLINE void differentiate_group(const gnn_i_attention_job *job, const group *g,
                                gnn_real *ds, head_size size) {
    const gnn_i_attention_args *s = job->args;
    int heads = s->heads;
    gnn_off base = s->row_ptr[0];
    for (int h = 0; h < heads; h += VL) {
        vtail t = head_lanes(heads, h);
        for (int64_t r = g->r0; r < g->r1; r++) {
            const gnn_real *fact = job->facts + r * 2 * heads;
            if (g->n_self)
                differentiate(job, fact, job->n_local + r, ds + (r - g->r0) * heads + h,
                              h, t, size);
            gnn_off end = group_end(g, s->row_ptr, r);
            for (gnn_off a = group_first(g, s->row_ptr, r); a < end; a++)
                differentiate(job, fact, a - base, ds + arc_slot(g, a) * heads + h, h, t,
                              size);
        }
    }
}

/* Sums of one row over some columns: dZr and datt. */
typedef struct row_sums {
    vr zr[4], att[4];
} row_sums;

/* What one arc with gradient ds of its score adds. */
INLINE void add_entry(const columns *c, const gnn_i_attention_args *s, const gnn_real *z,
                      const gnn_real *zr, const gnn_real *e, gnn_real *de,
                      const gnn_real *ds, row_sums *sums, int nv, weighting mode) {
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) {
        vr x =
            load_part(c, z + c->c0, i, nv, true) + load_part(c, zr + c->c0, i, nv, true);
        if (e) x += load_part(c, e + c->c0, i, nv, true);
        vr d = arc_weights(c, ds + c->head, i, mode), gain = v_gain(x, s->slope);
        vr dx = d * load_part(c, s->att + c->c0, i, nv, true) * gain;
        sums->att[i] += d * (gain * x);
        sums->zr[i] += dx;
        if (!de) continue;
        store_part(c, de + c->c0, load_part(c, de + c->c0, i, nv, true) + dx, i, nv,
                   true);
    }
}

/* dZr, dE and datt of the group's rows over some columns. */
INLINE void row_columns(const gnn_i_attention_job *job, const plan *p, const columns *c,
                        const group *g, const gnn_real *ds, gnn_real *datt, int nv,
                        weighting mode) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *d = job->grad;
    row_sums sums;
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) sums.att[i] = load_part(c, datt + c->c0, i, nv, true);
    for (int64_t r = g->r0; r < g->r1; r++) {
        const gnn_real *zr = s->zr + r * p->width;
#pragma GCC unroll 4
        for (int i = 0; i < nv; i++) sums.zr[i] = (vr){0};
        if (g->n_self)
            add_entry(c, s, s->z + (s->self_offset + r) * p->width, zr, NULL, NULL,
                      ds + (r - g->r0) * p->heads, &sums, nv, mode);
        gnn_off end = group_end(g, s->row_ptr, r);
        for (gnn_off a = group_first(g, s->row_ptr, r); a < end; a++)
            add_entry(c, s, s->z + s->col[a] * p->width, zr,
                      s->e ? s->e + a * p->width : NULL,
                      d->de ? d->de + a * p->width : NULL, ds + arc_slot(g, a) * p->heads,
                      &sums, nv, mode);
        if (!d->dzr) continue;
        gnn_real *dzr = d->dzr + r * p->width + c->c0;
#pragma GCC unroll 4
        for (int i = 0; i < nv; i++)
            store_part(c, dzr, load_part(c, dzr, i, nv, true) + sums.zr[i], i, nv, true);
    }
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) store_part(c, datt + c->c0, sums.att[i], i, nv, true);
}

/* function(arguments …, nv, mode) with nv and mode constant */
#define BY_NV(function, mode, ...)                                                       \
    switch (nv) {                                                                        \
    case 1: function(__VA_ARGS__, 1, mode); break;                                       \
    case 2: function(__VA_ARGS__, 2, mode); break;                                       \
    case 3: function(__VA_ARGS__, 3, mode); break;                                       \
    default: function(__VA_ARGS__, 4, mode); break;                                      \
    }

static void row_pass(const gnn_i_attention_job *job, const plan *p, const columns *c,
                     int nv, const group *g, const gnn_real *ds, gnn_real *datt) {
    if (p->mode == BY_ARC) {
        BY_NV(row_columns, BY_ARC, job, p, c, g, ds, datt)
    } else {
        BY_NV(row_columns, BY_LANE, job, p, c, g, ds, datt)
    }
}

void ISA(gnn_i_attention2_rows)(const gnn_i_attention_job *job, int64_t r0, int64_t r1,
                                gnn_real *datt) {
    const gnn_i_attention_args *s = job->args;
    plan p;
    group_values ds;
    plan_make(&p, s->heads, s->dim, 4, s->n_rows);
    memset(datt, 0, (size_t)p.width * sizeof *datt);
    group g = group_before(s->row_ptr, r0);
    while (group_next(&g, s->row_ptr, r1, p.max_arcs, s->self_arc)) {
        multiply(job, &p, &g, s->row_ptr[r1], ds);
        BY_HEAD_SIZE(p.heads, differentiate_group, job, &g, ds)
        FOR_EACH_PASS(&p, 4, row_pass(job, &p, cols, nv, &g, ds, datt));
    }
}

/* ---- sweep 3 ---- */

/* dZ of one source: what arcs to rows (index) with given places in scratch add. */
typedef struct source {
    int64_t j, own; /* own: the row of its self arc, or -1 */
    gnn_off first, end;
} source;

INLINE void source_entry(const gnn_i_attention_job *job, const plan *p, const columns *c,
                         const vr *z, int64_t r, const gnn_real *e, gnn_off place,
                         vr *sum, int nv, weighting mode) {
    const gnn_i_attention_args *s = job->args;
    const gnn_real *zr = s->zr + r * p->width + c->c0;
    const gnn_real *dy = job->grad->dy + r * p->width + c->c0;
    const gnn_real *ds = job->ds + place * p->heads + c->head;
    const gnn_real *w = job->p + place * p->heads + c->head;
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) {
        vr x = z[i] + load_part(c, zr, i, nv, true);
        if (e) x += load_part(c, e + c->c0, i, nv, true);
        vr att = load_part(c, s->att + c->c0, i, nv, true);
        sum[i] += arc_weights(c, w, i, mode) * load_part(c, dy, i, nv, true);
        sum[i] += arc_weights(c, ds, i, mode) * (att * v_gain(x, s->slope));
    }
}

INLINE void source_columns(const gnn_i_attention_job *job, const plan *p,
                           const columns *c, const source *o, gnn_off limit, int nv,
                           weighting mode) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *d = job->grad;
    gnn_real *dz = d->dz + o->j * p->width + c->c0;
    gnn_off base = s->row_ptr[0];
    vr z[4], sum[4];
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) {
        z[i] = load_part(c, s->z + o->j * p->width + c->c0, i, nv, true);
        sum[i] = load_part(c, dz, i, nv, true);
    }
    if (o->own >= 0)
        source_entry(job, p, c, z, o->own, NULL, job->n_local + o->own, sum, nv, mode);
    for (gnn_off t = o->first; t < o->end; t++) {
        gnn_off ahead = t + p->ahead;
        if (c->c0 == 0 && ahead < limit) {
            gnn_off next = arc_of(d, ahead);
            __builtin_prefetch(job->ds + (next - base) * p->heads, 0, 3);
            __builtin_prefetch(job->p + (next - base) * p->heads, 0, 3);
            v_fetch_row(s->zr + d->row[ahead] * p->width, p->width);
            v_fetch_row(d->dy + d->row[ahead] * p->width, p->width);
        }
        gnn_off arc = arc_of(d, t);
        source_entry(job, p, c, z, d->row[t], s->e ? s->e + arc * p->width : NULL,
                     arc - base, sum, nv, mode);
    }
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) store_part(c, dz, sum[i], i, nv, true);
}

static void source_pass(const gnn_i_attention_job *job, const plan *p, const columns *c,
                        int nv, const source *o, gnn_off limit) {
    if (p->mode == BY_ARC) {
        BY_NV(source_columns, BY_ARC, job, p, c, o, limit)
    } else {
        BY_NV(source_columns, BY_LANE, job, p, c, o, limit)
    }
}

void ISA(gnn_i_attention2_sources)(const gnn_i_attention_job *job, int64_t j0,
                                   int64_t j1) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *d = job->grad;
    plan p;
    plan_make(&p, s->heads, s->dim, 4, s->n_rows);
    for (int64_t j = j0; j < j1; j++) {
        int64_t own = j - s->self_offset;
        source o = {j, s->self_arc && own >= 0 && own < s->n_rows ? own : -1, 0, 0};
        for (o.first = d->col_ptr[j]; o.first < d->col_ptr[j + 1] || o.own >= 0;
             o.first = o.end) {
            o.end = o.first + p.max_arcs;
            if (o.end > d->col_ptr[j + 1]) o.end = d->col_ptr[j + 1];
            FOR_EACH_PASS(&p, 4, source_pass(job, &p, cols, nv, &o, d->col_ptr[j1]));
            o.own = -1;
        }
    }
}
