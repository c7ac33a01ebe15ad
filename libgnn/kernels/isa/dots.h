/* Dot products of rows, head by head. */
#ifndef GNN_KERNELS_ISA_DOTS_H
#define GNN_KERNELS_ISA_DOTS_H

#include "kernels/isa/vec.h"
#include "kernels/spmm.h"

/* How rows of heads × dim lie in vectors. */
typedef struct head_shape {
    int64_t heads, dim;
    /* many heads, or one, in a vector: dim, where it is a power of two below VL; for one
     * head the next power; else 0 */
    int group;
    vi first;     /* first lanes of its heads, where group > 0 */
    int64_t full; /* whole vectors of a head (of a row where group > 0) */
    bool has_tail;
    vtail tail; /* what follows them */
    int left;   /* lanes of it */
} head_shape;

static inline head_shape head_shape_make(int64_t heads, int64_t dim) {
    head_shape s = {.heads = heads, .dim = dim};
    if (dim < VL && (dim & (dim - 1)) == 0) s.group = (int)dim;
    if (heads == 1 && dim < VL / 2)
        for (s.group = 1; s.group < dim;) s.group *= 2;
    if (s.group) s.first = LANES * s.group & (VL - 1);
    int64_t length = s.group ? heads * dim : dim;
    s.full = length / VL;
    s.left = (int)(length % VL);
    s.has_tail = s.left > 0;
    s.tail = v_tail(s.left);
    return s;
}

/* The term of a dot product at place p of the row: what a caller of head_dots supplies.
 */
#define DOT_TERMS(name) vr name(const void *rows, int64_t p, bool is_tail, vtail tail)

/* Heads of `group` lanes, many in a vector. */
INLINE void group_dots(const head_shape *s, int group, DOT_TERMS((*term)),
                       const void *rows, gnn_real *out) {
    const int per = VL / group; /* heads in a vector */
    int64_t i = 0;
    for (; i < s->full; i++) {
        vr x = SHUFFLE(v_group_sums(term(rows, i * VL, false, s->tail), group), s->first);
        memcpy(out + i * per, &x, (size_t)per * sizeof *out);
    }
    if (!s->has_tail) return;
    vr x = SHUFFLE(v_group_sums(term(rows, i * VL, true, s->tail), group), s->first);
    memcpy(out + i * per, &x, (size_t)per * sizeof *out);
}

/* out[h] = Σ_c term(h dim + c); `term` is inlined. Up to VL - 1 values behind out[heads -
 * 1] are overwritten. */
INLINE void head_dots(const head_shape *s, DOT_TERMS((*term)), const void *rows,
                      gnn_real *out) {
    switch (s->group) {
    case 0: break;
    case 1: group_dots(s, 1, term, rows, out); return;
    case 2: group_dots(s, 2, term, rows, out); return;
    case 4: group_dots(s, 4, term, rows, out); return;
    default: group_dots(s, 8, term, rows, out); return;
    }
    for (int64_t h = 0; h < s->heads; h++) {
        int64_t p = h * s->dim, i = 0;
        vr even = {0}, odd = {0};
        for (; i + 2 <= s->full; i += 2) {
            even += term(rows, p + i * VL, false, s->tail);
            odd += term(rows, p + (i + 1) * VL, false, s->tail);
        }
        if (i < s->full) even += term(rows, p + i * VL, false, s->tail);
        if (s->has_tail) odd += term(rows, p + s->full * VL, true, s->tail);
        out[h] = v_sum(even + odd);
    }
}

/* a[p] b[p] */
typedef struct two_rows {
    const gnn_real *a, *b;
} two_rows;
INLINE DOT_TERMS(product_term) {
    const two_rows *r = rows;
    if (is_tail) return v_load_tail(r->a + p, tail) * v_load_tail(r->b + p, tail);
    return v_load(r->a + p) * v_load(r->b + p);
}

/* y[i y_step + h] = Σ_c a[i a_step + h dim + c] b[i b_step + h dim + c] for i < n. What
 * lies between the dots of one i and the next is overwritten. */
INLINE void head_dots_of_rows(const head_shape *s, int64_t n, const gnn_real *a,
                              int64_t a_step, const gnn_real *b, int64_t b_step,
                              gnn_real *y, int64_t y_step) {
    gnn_real last[GNN_I_MAX_HEADS + VL]; /* where too little room follows */
    for (int64_t i = 0; i < n; i++) {
        two_rows rows = {a + i * a_step, b + i * b_step};
        bool room = (n - 1 - i) * y_step >= VL;
        head_dots(s, product_term, &rows, room ? y + i * y_step : last);
        if (!room) memcpy(y + i * y_step, last, (size_t)s->heads * sizeof *y);
    }
}

#endif
