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
    for (int64_t r = r0; r < r1; r++) {
        gnn_real *fact = job->facts + r * 4 * heads;
        two_rows rows = {job->grad->dy + r * width, s->y + r * width};
        head_dots(&shape, product_term, &rows, fact + 3 * heads);
        for (int h = 0; h < heads; h++) {
            fact[h] = s->att ? 0 : s->dst[r * heads + h];
            fact[heads + h] = s->row_max[r * heads + h];
            gnn_real sum = s->row_sum[r * heads + h];
            fact[2 * heads + h] = sum > 0 ? 1 / sum : 0;
        }
    }
}

/* A batch of arcs of one source. */
typedef struct batch {
    int n;
    gnn_id index[BATCH_ARCS];          /* rows they point at */
    gnn_off place[BATCH_ARCS];         /* their places in ds */
    uint64_t element[BATCH_ARCS];      /* their dropout indices, divided by heads */
    gnn_real alpha[BATCH_VALUES + VL]; /* s - max, then exp of it, then α mask */
    gnn_real gain[BATCH_VALUES + VL];  /* slope of the leaky relu */
    gnn_real mask[BATCH_VALUES + VL];
} batch;

static void take_arc(const gnn_i_attention_job *job, gnn_off t, batch *b) {
    const gnn_i_attention_grad *g = job->grad;
    gnn_off arc = g->perm ? g->perm[t] : g->perm64 ? g->perm64[t] : t;
    b->index[b->n] = g->row[t];
    b->place[b->n] = arc - job->args->row_ptr[0];
    b->element[b->n++] = (uint64_t)arc;
}

static void take_self(const gnn_i_attention_job *job, int64_t r, batch *b) {
    b->index[b->n] = (gnn_id)r;
    b->place[b->n] = job->n_local + r;
    b->element[b->n++] = (uint64_t)(job->args->n_arcs + r);
}

/* Scores less their maxima and slopes of the batch, source j. */
static void rescore(const gnn_i_attention_job *job, const plan *p, int64_t j, bool self,
                    gnn_off t, gnn_off limit, batch *b) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *g = job->grad;
    int heads = s->heads;
    for (int i = 0; i < b->n; i++) {
        bool is_self = self && i == 0;
        gnn_off ahead = t + i - self + p->ahead;
        if (ahead < limit) {
            int64_t next = g->row[ahead];
            v_fetch_row(job->facts + next * 4 * heads, 4 * heads);
            v_fetch_row(g->dy + next * p->width, p->width);
        }
        const gnn_real *fact = job->facts + (int64_t)b->index[i] * 4 * heads,
                       *extra = NULL;
        if (is_self) {
            if (s->self_score) extra = s->self_score + (int64_t)b->index[i] * heads;
        } else if (s->arc_score) {
            extra = s->arc_score + (int64_t)b->element[i] * heads;
        }
        for (int h = 0; h < heads; h += VL) {
            vr x = v_load_n(s->src + j * heads + h, heads - h) +
                   v_load_n(fact + h, heads - h);
            if (extra) x += v_load_n(extra + h, heads - h);
            vr gain = v_select(x > 0, v_all(1), v_all(s->slope));
            vr top = v_load_n(fact + heads + h, heads - h);
            v_store_n(b->gain + i * heads + h, gain, heads - h);
            v_store_n(b->alpha + i * heads + h, gain * x - top, heads - h);
        }
    }
}

static void draw_masks(const gnn_i_dropout *drop, int heads, batch *b) {
    int64_t n = (int64_t)b->n * heads;
    for (int64_t i = 0; i < n; i++) b->mask[i] = 1;
    if (drop->threshold == 0) return;
    int group = 8 % heads == 0 ? heads : 1;
    uint64_t start[BATCH_VALUES];
    int64_t m = 0;
    for (int i = 0; i < b->n; i++)
        for (int h = 0; h < heads; h += group)
            start[m++] = b->element[i] * (uint64_t)heads + (uint64_t)h;
    mask_scattered(drop, start, m, group, b->mask);
}

/* From exp(s - max): α, ds (to scratch, and summed into dsrc), weights of the row
 * sums. */
static void differentiate(const gnn_i_attention_job *job, const plan *p, int64_t j,
                          batch *b) {
    const gnn_i_attention_grad *g = job->grad;
    int heads = p->heads;
    gnn_real dot[GNN_I_MAX_HEADS + VL] = {0};
    two_rows rows = {.a = job->args->z + j * p->width};
    for (int i = 0; i < b->n; i++) {
        const gnn_real *fact = job->facts + (int64_t)b->index[i] * 4 * heads;
        gnn_real *ds = job->ds + b->place[i] * heads;
        rows.b = g->dy + b->index[i] * p->width;
        head_dots(&p->shape, product_term, &rows, dot);
        for (int h = 0; h < heads; h += VL) {
            int64_t n = heads - h;
            vr alpha =
                v_load_n(b->alpha + i * heads + h, n) * v_load_n(fact + 2 * heads + h, n);
            vr mask = v_load_n(b->mask + i * heads + h, n);
            vr d = alpha *
                   (mask * v_load_n(dot + h, n) - v_load_n(fact + 3 * heads + h, n)) *
                   v_load_n(b->gain + i * heads + h, n);
            v_store_n(ds + h, d, n);
            v_store_n(b->alpha + i * heads + h, alpha * mask, n);
            if (g->dsrc) {
                gnn_real *dsrc = g->dsrc + j * heads + h;
                v_store_n(dsrc, v_load_n(dsrc, n) + d, n);
            }
        }
    }
}

void ISA(gnn_i_attention_sources)(const gnn_i_attention_job *job, int64_t j0,
                                  int64_t j1) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *g = job->grad;
    plan p;
    batch b = {0};
    plan_make(&p, s->heads, s->dim, 8);
    gnn_off limit = g->col_ptr[j1];
    for (int64_t j = j0; j < j1; j++) {
        gnn_off t = g->col_ptr[j], end = g->col_ptr[j + 1];
        int64_t own = j - s->self_offset;
        bool self = s->self_arc && own >= 0 && own < s->n_rows;
        while (self || t < end) {
            gnn_off first = t;
            b.n = 0;
            if (self) take_self(job, own, &b);
            while (b.n < p.max_arcs && t < end) take_arc(job, t++, &b);
            rescore(job, &p, j, self, first, limit, &b);
            exp_run((int64_t)b.n * s->heads, b.alpha);
            draw_masks(&s->dropout, s->heads, &b);
            differentiate(job, &p, j, &b);
            if (g->dz)
                sum_rows_weighted(&p, &(weighted_sum){.x = g->dy,
                                                      .index = b.index,
                                                      .n = b.n,
                                                      .w = b.alpha,
                                                      .y = g->dz + j * p.width});
            self = false;
        }
    }
}

void ISA(gnn_i_attention_targets)(const gnn_i_attention_job *job, int64_t r0,
                                  int64_t r1) {
    const gnn_i_attention_args *s = job->args;
    const gnn_i_attention_grad *g = job->grad;
    int heads = s->heads;
    gnn_off base = s->row_ptr[0];
    for (int64_t r = r0; r < r1; r++)
        for (int h = 0; h < heads; h += VL) {
            int64_t n = heads - h;
            vr sum = {0};
            for (gnn_off a = s->row_ptr[r]; a < s->row_ptr[r + 1]; a++) {
                vr d = v_load_n(job->ds + (a - base) * heads + h, n);
                sum += d;
                if (!g->darc_score) continue;
                gnn_real *out = g->darc_score + a * heads + h;
                v_store_n(out, v_load_n(out, n) + d, n);
            }
            if (s->self_arc) {
                vr d = v_load_n(job->ds + (job->n_local + r) * heads + h, n);
                sum += d;
                if (g->dself_score) {
                    gnn_real *out = g->dself_score + r * heads + h;
                    v_store_n(out, v_load_n(out, n) + d, n);
                }
            }
            if (g->ddst) {
                gnn_real *out = g->ddst + r * heads + h;
                v_store_n(out, v_load_n(out, n) + sum, n);
            }
        }
}
