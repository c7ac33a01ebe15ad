/* Edge-softmax attention forward, GAT and GATv2 (edge_softmax.h).
 *
 * The softmax is taken online: each batch of arcs raises the maximum where it must, and
 * what was summed before is scaled down by exp(old - new). */
#include "kernels/isa/attention.h"
#include "kernels/isa/isa.h"

typedef struct batch {
    int n;         /* arcs, the self arc first where it is there */
    bool self;     /* it is */
    gnn_off first; /* number of the first other arc */
    gnn_id index[BATCH_ARCS];
    gnn_real score[BATCH_VALUES + VL]; /* then exp(score - top), then weights */
} batch;

/* The running softmax of a row, by head. */
typedef struct softmax_state {
    gnn_real top[GNN_I_MAX_HEADS + VL];
    gnn_real sum[GNN_I_MAX_HEADS + VL];
    gnn_real factor[GNN_I_MAX_HEADS + VL];
} softmax_state;

static void score_gat(const gnn_i_attention_args *s, const plan *p, int64_t r,
                      gnn_off limit, batch *b) {
    int heads = s->heads;
    for (int i = 0; i < b->n; i++) {
        gnn_off arc = b->first + i - b->self;
        bool is_self = b->self && i == 0;
        if (!is_self && arc + p->ahead < limit) {
            int64_t next = s->col[arc + p->ahead];
            __builtin_prefetch(s->src + next * heads, 0, 3);
            v_fetch_row(s->z + next * p->width, p->width);
        }
        const gnn_real *extra = is_self ? s->self_score ? s->self_score + r * heads : NULL
                                : s->arc_score ? s->arc_score + arc * heads
                                               : NULL;
        for (int h = 0; h < heads; h += VL) {
            vr x = v_load_n(s->src + (int64_t)b->index[i] * heads + h, heads - h) +
                   v_load_n(s->dst + r * heads + h, heads - h);
            if (extra) x += v_load_n(extra + h, heads - h);
            v_store_n(b->score + i * heads + h, v_leaky(x, s->slope), heads - h);
        }
    }
}

static void score_gatv2(const gnn_i_attention_args *s, const plan *p, int64_t r,
                        gnn_off limit, batch *b) {
    score_rows rows = {.att = s->att, .zr = s->zr + r * p->width, .slope = s->slope};
    for (int i = 0; i < b->n; i++) {
        gnn_off arc = b->first + i - b->self;
        bool is_self = b->self && i == 0;
        if (!is_self && arc + p->ahead < limit)
            v_fetch_row(s->z + s->col[arc + p->ahead] * p->width, p->width);
        rows.z = s->z + b->index[i] * p->width;
        rows.e = s->e && !is_self ? s->e + arc * p->width : NULL;
        head_dots(&p->shape, score_term, &rows, b->score + i * s->heads);
    }
}

/* y by head *= factor */
static void scale_row(const plan *p, gnn_real *y, const gnn_real *factor) {
    for (int h = 0; h < p->heads; h++)
        for (int64_t c = 0; c < p->dim; c++) y[h * p->dim + c] *= factor[h];
}

/* Raises the maxima of `state` to those of the batch, scales the sums so far (and y), and
 * turns scores into exp(score - top), which are added to the sums. */
static void absorb(const plan *p, softmax_state *state, batch *b, bool fresh,
                   gnn_real *y) {
    int heads = p->heads;
    bool raised = false;
    for (int h = 0; h < heads; h += VL) {
        vr old = v_load(state->top + h), top = old;
        for (int i = 0; i < b->n; i++)
            top = v_max(v_load_n(b->score + i * heads + h, heads - h), top);
        v_store(state->top + h, top);
        for (int i = 0; i < b->n; i++) {
            vr x = v_load_n(b->score + i * heads + h, heads - h) - top;
            v_store_n(b->score + i * heads + h, x, heads - h);
        }
        if (fresh) continue;
        vr factor = v_exp(old - top);
        v_store(state->factor + h, factor);
        v_store(state->sum + h, factor * v_load(state->sum + h));
        for (int l = 0; l < VL && h + l < heads; l++) raised |= top[l] > old[l];
    }
    if (raised) scale_row(p, y, state->factor);
    exp_run((int64_t)b->n * heads, b->score);
    for (int h = 0; h < heads; h += VL) {
        vr sum = fresh ? (vr){0} : v_load(state->sum + h);
        for (int i = 0; i < b->n; i++)
            sum += v_load_n(b->score + i * heads + h, heads - h);
        v_store(state->sum + h, sum);
    }
}

static void drop(const gnn_i_attention_args *s, int64_t r, batch *b) {
    int heads = s->heads;
    if (b->self)
        mask_run(&s->dropout, (uint64_t)((s->n_arcs + r) * heads), heads, b->score);
    mask_run(&s->dropout, (uint64_t)(b->first * heads), (b->n - b->self) * heads,
             b->score + b->self * heads);
}

static void forward_row(const gnn_i_attention_args *s, const plan *p, int64_t r,
                        gnn_off limit, batch *b, softmax_state *state) {
    int heads = s->heads;
    gnn_off arc = s->row_ptr[r], end = s->row_ptr[r + 1];
    gnn_real *y = s->y + r * p->width;
    b->self = s->self_arc;
    for (int h = 0; h < heads; h += VL) v_store(state->top + h, v_all(-INFINITY));
    bool fresh = true;
    while (b->self || arc < end) {
        b->n = 0;
        b->first = arc;
        if (b->self) b->index[b->n++] = (gnn_id)(s->self_offset + r);
        while (b->n < p->max_arcs && arc < end) b->index[b->n++] = s->col[arc++];
        if (s->att)
            score_gatv2(s, p, r, limit, b);
        else
            score_gat(s, p, r, limit, b);
        absorb(p, state, b, fresh, y);
        if (s->dropout.threshold) drop(s, r, b);
        bool last = arc == end;
        for (int h = 0; last && h < heads; h += VL)
            v_store(state->factor + h, 1 / v_load(state->sum + h));
        sum_rows_weighted(p, &(weighted_sum){.x = s->z,
                                             .index = b->index,
                                             .n = b->n,
                                             .w = b->score,
                                             .y = y,
                                             .fresh = fresh,
                                             .scale = last ? state->factor : NULL});
        fresh = b->self = false;
    }
    if (fresh) {
        memset(y, 0, (size_t)p->width * sizeof *y);
        memset(state->top, 0, (size_t)heads * sizeof *y);
        memset(state->sum, 0, (size_t)heads * sizeof *y);
    }
    memcpy(s->row_max + r * heads, state->top, (size_t)heads * sizeof *y);
    memcpy(s->row_sum + r * heads, state->sum, (size_t)heads * sizeof *y);
}

void ISA(gnn_i_attention_rows)(const gnn_i_attention_args *s, int64_t r0, int64_t r1) {
    plan p;
    batch b = {0};
    softmax_state state = {0};
    plan_make(&p, s->heads, s->dim, 8);
    for (int64_t r = r0; r < r1; r++) forward_row(s, &p, r, s->row_ptr[r1], &b, &state);
}
