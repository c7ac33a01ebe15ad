/* Gradients of edge-softmax attention, GATv2 (edge_softmax.h), in three sweeps:
 *   1 rows     facts (attention_backward.c)
 *   2 rows     scores again; ds and α mask of each arc to scratch; dZr, dE, and a part of
 *   datt
 *              for each block of rows
 *   3 sources  dZ[j] += Σ α mask dY[r] + ds att lrelu'(Z[j] + Zr[r] + E)
 * and the parts of datt are summed in order. */
#include "kernels/isa/attention.h"
#include "kernels/isa/isa.h"

/* A batch of arcs of one row (sweep 2) or one source (sweep 3). */
typedef struct batch {
    int n;
    gnn_id index[BATCH_ARCS];          /* sources of the arcs, or rows they point at */
    gnn_off arc[BATCH_ARCS];           /* -1: the self arc */
    gnn_real alpha[BATCH_VALUES + VL]; /* α mask in the end */
    gnn_real ds[BATCH_VALUES + VL];
    gnn_real mask[BATCH_VALUES + VL];
} batch;

/* ---- sweep 2 ---- */

/* alpha = exp(score - max), mask of the arcs, self arc first, of row r. */
static void rescore(const gnn_i_attention_job *job, const plan *p, int64_t r,
                    gnn_off limit, batch *b) {
    const gnn_i_attention_args *s = job->args;
    int heads = s->heads;
    const gnn_real *top = job->facts + (r * 4 + 1) * heads;
    score_rows rows = {.att = s->att, .zr = s->zr + r * p->width, .slope = s->slope};
    for (int i = 0; i < b->n; i++) {
        gnn_real *score = b->alpha + i * heads;
        gnn_off arc = b->arc[i];
        if (arc >= 0 && arc + p->ahead < limit)
            v_fetch_row(s->z + s->col[arc + p->ahead] * p->width, p->width);
        rows.z = s->z + b->index[i] * p->width;
        rows.e = s->e && arc >= 0 ? s->e + arc * p->width : NULL;
        head_dots(&p->shape, score_term, &rows, score);
        for (int h = 0; h < heads; h++) score[h] -= top[h];
        for (int h = 0; h < heads; h++) b->mask[i * heads + h] = 1;
    }
    exp_run((int64_t)b->n * heads, b->alpha);
    if (s->dropout.threshold == 0) return;
    int self = b->arc[0] < 0;
    if (self) mask_run(&s->dropout, (uint64_t)((s->n_arcs + r) * heads), heads, b->mask);
    if (b->n > self)
        mask_run(&s->dropout, (uint64_t)(b->arc[self] * heads), (b->n - self) * heads,
                 b->mask + self * heads);
}

static void differentiate(const gnn_i_attention_job *job, const plan *p, int64_t r,
                          batch *b) {
    const gnn_i_attention_args *s = job->args;
    int heads = s->heads;
    const gnn_real *fact = job->facts + r * 4 * heads;
    gnn_real dot[GNN_I_MAX_HEADS];
    two_rows rows = {.a = job->grad->dy + r * p->width};
    for (int i = 0; i < b->n; i++) {
        rows.b = s->z + b->index[i] * p->width;
        head_dots(&p->shape, product_term, &rows, dot);
        gnn_off place = b->arc[i] < 0 ? job->n_local + r : b->arc[i] - s->row_ptr[0];
        for (int h = 0; h < heads; h++) {
            int k = i * heads + h;
            gnn_real alpha = b->alpha[k] * fact[2 * heads + h];
            b->ds[k] = alpha * (b->mask[k] * dot[h] - fact[3 * heads + h]);
            b->alpha[k] = alpha * b->mask[k];
            job->ds[place * heads + h] = b->ds[k];
            job->p[place * heads + h] = b->alpha[k];
        }
    }
}

/* dZr, dE and datt from the ds of a batch, over some columns. */
INLINE void row_columns(const gnn_i_attention_job *job, const plan *p, const columns *c,
                        int64_t r, const batch *b, gnn_real *datt, int nv, weighting mode,
                        bool tail) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *g = job->grad;
    const gnn_real *zr = s->zr + r * p->width + c->c0, *att = s->att + c->c0;
    vr sum_zr[4], sum_att[4];
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) sum_zr[i] = sum_att[i] = (vr){0};
    for (int k = 0; k < b->n; k++) {
        const gnn_real *z = s->z + b->index[k] * p->width + c->c0;
        bool has_e = b->arc[k] >= 0;
        const gnn_real *e = s->e && has_e ? s->e + b->arc[k] * p->width + c->c0 : NULL;
        gnn_real *de = g->de && has_e ? g->de + b->arc[k] * p->width + c->c0 : NULL;
        const gnn_real *ds = b->ds + k * p->heads + c->head;
#pragma GCC unroll 4
        for (int i = 0; i < nv; i++) {
            vr x = load_part(c, z, i, nv, tail) + load_part(c, zr, i, nv, tail);
            if (e) x += load_part(c, e, i, nv, tail);
            vr d = arc_weights(c, ds, i, mode);
            vr gain = v_select(x > 0, v_all(1), v_all(s->slope));
            vr dx = d * load_part(c, att, i, nv, tail) * gain;
            sum_att[i] += d * (gain * x);
            sum_zr[i] += dx;
            if (de) store_part(c, de, load_part(c, de, i, nv, tail) + dx, i, nv, tail);
        }
    }
    gnn_real *dzr = g->dzr ? g->dzr + r * p->width + c->c0 : NULL;
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) {
        if (dzr)
            store_part(c, dzr, load_part(c, dzr, i, nv, tail) + sum_zr[i], i, nv, tail);
        store_part(c, datt + c->c0, load_part(c, datt + c->c0, i, nv, tail) + sum_att[i],
                   i, nv, tail);
    }
}

#define BY_NV(function, mode, ...)                                                       \
    switch (nv) {                                                                        \
    case 1: function(__VA_ARGS__, 1, mode, true); break;                                 \
    case 2: function(__VA_ARGS__, 2, mode, true); break;                                 \
    case 3: function(__VA_ARGS__, 3, mode, true); break;                                 \
    default: function(__VA_ARGS__, 4, mode, true); break;                                \
    }

static void row_pass(const gnn_i_attention_job *job, const plan *p, const columns *c,
                     int nv, int64_t r, const batch *b, gnn_real *datt) {
    if (p->mode == BY_ARC) {
        BY_NV(row_columns, BY_ARC, job, p, c, r, b, datt)
    } else {
        BY_NV(row_columns, BY_LANE, job, p, c, r, b, datt)
    }
}

void ISA(gnn_i_attention2_rows)(const gnn_i_attention_job *job, int64_t r0, int64_t r1,
                                gnn_real *datt) {
    const gnn_i_attention_args *s = job->args;
    plan p;
    batch b = {0};
    plan_make(&p, s->heads, s->dim, 4);
    memset(datt, 0, (size_t)p.width * sizeof *datt);
    for (int64_t r = r0; r < r1; r++) {
        gnn_off a = s->row_ptr[r], end = s->row_ptr[r + 1];
        bool self = s->self_arc;
        while (self || a < end) {
            b.n = 0;
            if (self) {
                b.index[0] = (gnn_id)(s->self_offset + r);
                b.arc[b.n++] = -1;
                self = false;
            }
            for (; b.n < p.max_arcs && a < end; a++) {
                b.index[b.n] = s->col[a];
                b.arc[b.n++] = a;
            }
            rescore(job, &p, r, s->row_ptr[r1], &b);
            differentiate(job, &p, r, &b);
            FOR_EACH_PASS(&p, 4, row_pass(job, &p, cols, nv, r, &b, datt));
        }
    }
}

/* ---- sweep 3 ---- */

INLINE void source_columns(const gnn_i_attention_job *job, const plan *p,
                           const columns *c, int64_t j, const batch *b, int nv,
                           weighting mode, bool tail) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *g = job->grad;
    const gnn_real *att = s->att + c->c0;
    gnn_real *dz = g->dz + j * p->width + c->c0;
    vr z[4], sum[4];
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) {
        z[i] = load_part(c, s->z + j * p->width + c->c0, i, nv, tail);
        sum[i] = load_part(c, dz, i, nv, tail);
    }
    for (int k = 0; k < b->n; k++) {
        const gnn_real *zr = s->zr + b->index[k] * p->width + c->c0;
        const gnn_real *dy = g->dy + b->index[k] * p->width + c->c0;
        const gnn_real *e =
            s->e && b->arc[k] >= 0 ? s->e + b->arc[k] * p->width + c->c0 : NULL;
        const gnn_real *ds = b->ds + k * p->heads + c->head;
        const gnn_real *w = b->alpha + k * p->heads + c->head;
#pragma GCC unroll 4
        for (int i = 0; i < nv; i++) {
            vr x = z[i] + load_part(c, zr, i, nv, tail);
            if (e) x += load_part(c, e, i, nv, tail);
            vr gain = v_select(x > 0, v_all(1), v_all(s->slope));
            sum[i] += arc_weights(c, w, i, mode) * load_part(c, dy, i, nv, tail);
            sum[i] +=
                arc_weights(c, ds, i, mode) * (load_part(c, att, i, nv, tail) * gain);
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < nv; i++) store_part(c, dz, sum[i], i, nv, tail);
}

static void source_pass(const gnn_i_attention_job *job, const plan *p, const columns *c,
                        int nv, int64_t j, const batch *b) {
    if (p->mode == BY_ARC) {
        BY_NV(source_columns, BY_ARC, job, p, c, j, b)
    } else {
        BY_NV(source_columns, BY_LANE, job, p, c, j, b)
    }
}

static void take(const gnn_i_attention_job *job, gnn_id row, gnn_off arc, gnn_off place,
                 batch *b) {
    int heads = job->args->heads;
    size_t size = (size_t)heads * sizeof(gnn_real);
    b->index[b->n] = row;
    b->arc[b->n] = arc;
    memcpy(b->ds + b->n * heads, job->ds + place * heads, size);
    memcpy(b->alpha + b->n * heads, job->p + place * heads, size);
    b->n++;
}

void ISA(gnn_i_attention2_sources)(const gnn_i_attention_job *job, int64_t j0,
                                   int64_t j1) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *g = job->grad;
    plan p;
    batch b = {0};
    plan_make(&p, s->heads, s->dim, 4);
    gnn_off limit = g->col_ptr[j1], base = s->row_ptr[0];
    for (int64_t j = j0; j < j1; j++) {
        gnn_off t = g->col_ptr[j], end = g->col_ptr[j + 1];
        int64_t own = j - s->self_offset;
        bool self = s->self_arc && own >= 0 && own < s->n_rows;
        while (self || t < end) {
            b.n = 0;
            if (self) take(job, (gnn_id)own, -1, job->n_local + own, &b);
            self = false;
            for (; b.n < p.max_arcs && t < end; t++) {
                gnn_off arc = g->perm ? g->perm[t] : g->perm64 ? g->perm64[t] : t;
                if (t + p.ahead < limit) {
                    v_fetch_row(s->zr + g->row[t + p.ahead] * p.width, p.width);
                    v_fetch_row(g->dy + g->row[t + p.ahead] * p.width, p.width);
                }
                take(job, g->row[t], arc, arc - base, &b);
            }
            FOR_EACH_PASS(&p, 4, source_pass(job, &p, cols, nv, j, &b));
        }
    }
}
