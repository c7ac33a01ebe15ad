/* Plain versions of edge-softmax attention, forward and backward, GAT and GATv2. */
#include <math.h>
#include <string.h>

#include "kernels/ref.h"

/* Arc `a` of row r, or its self arc (a < 0), as the formulas see it. */
typedef struct arc {
    int64_t source;
    gnn_off a; /* -1: the self arc */
    double mask;
} arc;

static arc arc_make(const gnn_i_attention_args *t, int64_t r, gnn_off a, int h) {
    gnn_off element = (a >= 0 ? a : t->n_arcs + r) * t->heads + h;
    int64_t source = a >= 0 ? t->col[a] : t->self_offset + r;
    return (arc){source, a, gnn_i_ref_mask(&t->dropout, (uint64_t)element)};
}

static double lrelu(double x, double slope) {
    return x > 0 ? x : slope * x;
}

/* What the leaky relu is applied to: GAT (c unused) and GATv2 at column c of the head. */
static double before_relu(const gnn_i_attention_args *t, int64_t r, arc e, int h,
                          int64_t c) {
    if (!t->att) {
        double x = (double)t->src[e.source * t->heads + h] + t->dst[r * t->heads + h];
        if (e.a >= 0 && t->arc_score) x += t->arc_score[e.a * t->heads + h];
        if (e.a < 0 && t->self_score) x += t->self_score[r * t->heads + h];
        return x;
    }
    int64_t width = t->heads * t->dim, place = h * t->dim + c;
    double x = (double)t->z[e.source * width + place] + t->zr[r * width + place];
    if (e.a >= 0 && t->e) x += t->e[e.a * width + place];
    return x;
}

static double score(const gnn_i_attention_args *t, int64_t r, arc e, int h) {
    if (!t->att) return lrelu(before_relu(t, r, e, h, 0), t->slope);
    double s = 0;
    for (int64_t c = 0; c < t->dim; c++)
        s += t->att[h * t->dim + c] * lrelu(before_relu(t, r, e, h, c), t->slope);
    return s;
}

/* Arcs of row r as a range that the self arc, if any, begins with as `first` - 1. */
static gnn_off first_arc(const gnn_i_attention_args *t, int64_t r) {
    return t->row_ptr[r] - (t->self_arc ? 1 : 0);
}
static arc arc_at(const gnn_i_attention_args *t, int64_t r, gnn_off k, int h) {
    return arc_make(t, r, k < t->row_ptr[r] ? -1 : k, h);
}

/* Keeps what the backward pass wants to know of an arc. */
static void keep_share(const gnn_i_attention_args *t, int64_t r, arc e, int h,
                       double value) {
    gnn_real share = (gnn_real)value;
    gnn_i_share_bits bits;
    gnn_off base = t->row_ptr[0], n_local = t->row_ptr[t->n_rows] - base;
    gnn_off place = e.a >= 0 ? e.a - base : n_local + r;
    memcpy(&bits, &share, sizeof bits);
    if (!(score(t, r, e, h) > 0)) bits |= GNN_I_SHARE_BELOW;
    if (e.mask == 0) bits |= GNN_I_SHARE_DROPPED;
    memcpy(t->shares + place * t->heads + h, &bits, sizeof bits);
}

static void forward_head(const gnn_i_attention_args *t, int64_t r, int h) {
    gnn_off first = first_arc(t, r), end = t->row_ptr[r + 1];
    int64_t width = t->heads * t->dim;
    double top = -INFINITY, sum = 0;
    for (gnn_off k = first; k < end; k++)
        top = fmax(top, score(t, r, arc_at(t, r, k, h), h));
    for (gnn_off k = first; k < end; k++) {
        arc e = arc_at(t, r, k, h);
        double value = exp(score(t, r, e, h) - top);
        sum += value;
        if (t->shares) keep_share(t, r, e, h, value);
    }
    for (int64_t c = h * t->dim; c < (h + 1) * t->dim; c++) {
        double y = 0;
        for (gnn_off k = first; k < end; k++) {
            arc e = arc_at(t, r, k, h);
            y += exp(score(t, r, e, h) - top) / sum * e.mask * t->z[e.source * width + c];
        }
        t->y[r * width + c] = (gnn_real)y;
    }
    t->row_max[r * t->heads + h] = first < end ? (gnn_real)top : 0;
    t->row_sum[r * t->heads + h] = (gnn_real)sum;
}

void gnn_i_ref_attention_forward(const gnn_i_attention_args *t) {
    for (int64_t r = 0; r < t->n_rows; r++)
        for (int h = 0; h < t->heads; h++) forward_head(t, r, h);
}

static void add(gnn_real *array, int64_t place, double value) {
    if (array) array[place] += (gnn_real)value;
}

/* Sends ds, the gradient of the score of arc e, on to what the score was made of. */
static void score_backward(const gnn_i_attention_args *t, const gnn_i_attention_grad *g,
                           int64_t r, arc e, int h, double ds) {
    int64_t width = t->heads * t->dim;
    if (!t->att) {
        ds *= before_relu(t, r, e, h, 0) > 0 ? 1 : t->slope;
        add(g->dsrc, e.source * t->heads + h, ds);
        add(g->ddst, r * t->heads + h, ds);
        if (e.a >= 0)
            add(g->darc_score, e.a * t->heads + h, ds);
        else
            add(g->dself_score, r * t->heads + h, ds);
        return;
    }
    for (int64_t c = 0; c < t->dim; c++) {
        double x = before_relu(t, r, e, h, c);
        int64_t place = h * t->dim + c;
        double dx = ds * t->att[place] * (x > 0 ? 1 : t->slope);
        add(g->datt, place, ds * lrelu(x, t->slope));
        add(g->dz, e.source * width + place, dx);
        add(g->dzr, r * width + place, dx);
        if (e.a >= 0) add(g->de, e.a * width + place, dx);
    }
}

static void backward_head(const gnn_i_attention_args *t, const gnn_i_attention_grad *g,
                          int64_t r, int h) {
    int64_t width = t->heads * t->dim;
    double d = 0;
    for (int64_t c = h * t->dim; c < (h + 1) * t->dim; c++)
        d += (double)g->dy[r * width + c] * t->y[r * width + c];
    for (gnn_off k = first_arc(t, r); k < t->row_ptr[r + 1]; k++) {
        arc e = arc_at(t, r, k, h);
        double alpha = exp(score(t, r, e, h) - t->row_max[r * t->heads + h]) /
                       t->row_sum[r * t->heads + h];
        double dot = 0;
        for (int64_t c = h * t->dim; c < (h + 1) * t->dim; c++) {
            dot += (double)g->dy[r * width + c] * t->z[e.source * width + c];
            add(g->dz, e.source * width + c, alpha * e.mask * g->dy[r * width + c]);
        }
        score_backward(t, g, r, e, h, alpha * (e.mask * dot - d));
    }
}

void gnn_i_ref_attention_backward(const gnn_i_attention_args *t,
                                  const gnn_i_attention_grad *g) {
    for (int64_t r = 0; r < t->n_rows; r++)
        for (int h = 0; h < t->heads; h++) backward_head(t, g, r, h);
}
