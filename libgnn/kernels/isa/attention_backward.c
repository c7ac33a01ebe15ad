/* Gradients of edge-softmax attention, GAT (edge_softmax.h), in three sweeps:
 *   1 rows     facts[r] = 1/sum and D = Σ_c dY Y of each head, side by side
 *   2 sources  α and ds of each arc, from its share; dZ, dsrc; ds in place of the share
 *   3 rows     ddst, darc_score, dself_score from ds
 * Only sweep 2 gathers wide rows (dY), each once. */
#include "kernels/isa/attention.h"
#include "kernels/isa/isa.h"

void ISA(gnn_i_attention_facts)(const gnn_i_attention_job *job, int64_t r0, int64_t r1) {
    const gnn_i_attention_args *s = job->args;
    int heads = s->heads;
    int64_t width = heads * s->dim;
    head_shape shape = head_shape_make(heads, s->dim);
    gnn_real *facts = job->facts + r0 * 2 * heads;
    head_dots_of_rows(&shape, r1 - r0, job->grad->dy + r0 * width, width,
                      s->y + r0 * width, width, facts + heads, 2 * heads);
    for (int64_t r = r0; r < r1; r++, facts += 2 * heads)
        for (int h = 0; h < heads; h += VL) {
            vtail t = head_lanes(heads, h);
            vr sum = v_load_tail(s->row_sum + r * heads + h, t);
            v_store_tail(facts + h, v_select(sum > 0, 1 / sum, (vr){0}), t);
        }
}

/* What is known of the entries of a group, step by step. */
typedef struct entries {
    group_values dot;          /* Σ_c dY Z */
    group_values weight;       /* α mask */
    gnn_off place[GROUP_ARCS]; /* of the arcs, in ds */
} entries;

/* The row whose self arc comes from source j, or -1. */
static inline int64_t own_row(const gnn_i_attention_args *s, int64_t j) {
    int64_t r = j - s->self_offset;
    return s->self_arc && r >= 0 && r < s->n_rows ? r : -1;
}

#define SHARES_AHEAD 24 /* arcs that shares are fetched ahead */

/* Dots of the entries of a group, and where their shares are. */
static void gather_group(const gnn_i_attention_job *job, const plan *p, const group *g,
                         gnn_off limit, entries *e) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *d = job->grad;
    int heads = p->heads;
    gnn_off base = s->row_ptr[0];
    /* dots overwrite a little behind their slot, so slots are filled in ascending order
     */
    for (int64_t j = g->r0; g->n_self && j < g->r1; j++) {
        int64_t r = own_row(s, j);
        two_rows rows = {s->z + j * p->width, d->dy + r * p->width};
        if (r >= 0)
            head_dots(&p->shape, product_term, &rows, e->dot + (j - g->r0) * heads);
    }
    for (int64_t j = g->r0; j < g->r1; j++) {
        gnn_off end = group_end(g, d->col_ptr, j);
        two_rows rows = {.a = s->z + j * p->width};
        if (j + OWN_AHEAD < d->n_sources) {
            v_fetch_row(s->z + (j + OWN_AHEAD) * p->width, p->width);
            if (d->dz) v_fetch_row(d->dz + (j + OWN_AHEAD) * p->width, p->width);
        }
        for (gnn_off t = group_first(g, d->col_ptr, j); t < end; t++) {
            gnn_off ahead = t + p->ahead;
            if (ahead < limit) {
                int64_t next = d->row[ahead];
                v_fetch_row(job->facts + next * 2 * heads, 2 * heads);
                v_fetch_row(d->dy + next * p->width, p->width);
            }
            if (t + SHARES_AHEAD < limit)
                v_fetch_row(job->ds + (arc_of(d, t + SHARES_AHEAD) - base) * heads,
                            heads);
            e->place[t - g->a0] = arc_of(d, t) - base;
            rows.b = d->dy + d->row[t] * p->width;
            head_dots(&p->shape, product_term, &rows, e->dot + arc_slot(g, t) * heads);
        }
    }
}

/* α mask and ds of one entry; heads h … */
INLINE vr differentiate(const gnn_i_attention_job *job, vr kept, int64_t r, gnn_off place,
                        int64_t slot, int h, vtail t, entries *e, head_size size) {
    int heads = job->args->heads;
    const gnn_real *fact = job->facts + r * 2 * heads;
    gnn_real *ds = job->ds + place * heads + h;
    vr share = h_load(ds, t, size);
    vr alpha = share_value(share) * h_load(fact + h, t, size);
    vr mask = v_select(share_dropped(share), (vr){0}, kept);
    vr x = alpha * (mask * h_load(e->dot + slot * heads + h, t, size) -
                    h_load(fact + heads + h, t, size));
    x *= v_select(share_below(share), v_all(job->args->slope), v_all(1));
    h_store(ds, x, t, size);
    h_store(e->weight + slot * heads + h, alpha * mask, t, size);
    return x;
}

INLINE void differentiate_group(const gnn_i_attention_job *job, const group *g,
                                entries *e, head_size size) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *d = job->grad;
    int heads = s->heads;
    const vr kept = v_all(gnn_i_dropout_scale(&s->dropout));
    for (int h = 0; h < heads; h += VL) {
        vtail t = head_lanes(heads, h);
        for (int64_t j = g->r0; j < g->r1; j++) {
            vr sum = {0};
            int64_t own = own_row(s, j);
            if (g->n_self && own >= 0)
                sum += differentiate(job, kept, own, job->n_local + own, j - g->r0, h, t,
                                     e, size);
            gnn_off end = group_end(g, d->col_ptr, j);
            for (gnn_off a = group_first(g, d->col_ptr, j); a < end; a++)
                sum += differentiate(job, kept, d->row[a], e->place[a - g->a0],
                                     arc_slot(g, a), h, t, e, size);
            if (!d->dsrc) continue;
            gnn_real *dsrc = d->dsrc + j * heads + h;
            h_store(dsrc, h_load(dsrc, t, size) + sum, t, size);
        }
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
        gather_group(job, &p, &g, limit, &e);
        BY_HEAD_SIZE(p.heads, differentiate_group, job, &g, &e)
        if (!d->dz) continue;
        sum_group(&p, &(group_sum){.g = &g,
                                   .ptr = d->col_ptr,
                                   .index = d->row,
                                   .x = d->dy,
                                   .own_offset = -s->self_offset,
                                   .n_own = s->n_rows,
                                   .w = e.weight,
                                   .y = d->dz});
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
