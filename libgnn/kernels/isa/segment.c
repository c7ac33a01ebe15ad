/* Segments and row indices. */
#include "kernels/isa/isa.h"
#include "kernels/isa/softmax.h"

#define AHEAD 16 /* rows fetched ahead */

void ISA(gnn_i_segment_backward)(const gnn_i_segment_args *s, int64_t s0, int64_t s1) {
    int64_t width = s->width;
    for (int64_t i = s0; i < s1; i++) {
        gnn_off first = s->ptr[i], end = s->ptr[i + 1];
        gnn_real scale = s->reduce == GNN_I_MEAN ? 1 / (gnn_real)(end - first) : 1;
        const gnn_real *dy = s->dy + i * width;
        for (gnn_off k = first; k < end; k++) {
            gnn_real *dx = s->dx + k * width;
            for (int64_t c = 0; c < width; c += VL) {
                vr g = scale * v_load_n(dy + c, width - c);
                if (s->reduce == GNN_I_MAX) {
                    vi hit = v_places_equal(s->argmax + i * width + c, width - c,
                                            (vint)(k - first));
                    g = (vr)((vi)g & hit);
                }
                if (s->accumulate) g += v_load_n(dx + c, width - c);
                v_store_n(dx + c, g, width - c);
            }
        }
    }
}

/* Softmax of one segment, vectors of columns at a time. */
static void softmax_columns(int64_t n, int64_t width, const gnn_real *x, gnn_real *y) {
    for (int64_t c = 0; c < width; c += VL) {
        int64_t m = width - c;
        vr top = v_all(-INFINITY), sum = {0};
        for (int64_t k = 0; k < n; k++) top = v_max(v_load_n(x + k * width + c, m), top);
        for (int64_t k = 0; k < n; k++) {
            vr e = v_exp(v_load_n(x + k * width + c, m) - top);
            sum += e;
            v_store_n(y + k * width + c, e, m);
        }
        sum = 1 / sum;
        for (int64_t k = 0; k < n; k++)
            v_store_n(y + k * width + c, sum * v_load_n(y + k * width + c, m), m);
    }
}

void ISA(gnn_i_segment_softmax)(const gnn_i_segment_args *s, int64_t s0, int64_t s1) {
    for (int64_t i = s0; i < s1; i++) {
        int64_t n = s->ptr[i + 1] - s->ptr[i], start = s->ptr[i] * s->width;
        if (n == 0) continue;
        if (s->width > 1) {
            softmax_columns(n, s->width, s->x + start, s->y + start);
            continue;
        }
        gnn_real sum = run_exp(n, s->x + start, run_max(n, s->x + start), s->y + start);
        run_scale(n, 1 / sum, s->y + start);
    }
}

void ISA(gnn_i_segment_softmax_backward)(const gnn_i_segment_args *s, int64_t s0,
                                         int64_t s1) {
    int64_t width = s->width;
    for (int64_t i = s0; i < s1; i++)
        for (int64_t c = 0; c < width; c += VL) {
            int64_t m = width - c;
            vr dot = {0};
            for (gnn_off k = s->ptr[i]; k < s->ptr[i + 1]; k++)
                dot += v_load_n(s->y + k * width + c, m) *
                       v_load_n(s->dy + k * width + c, m);
            for (gnn_off k = s->ptr[i]; k < s->ptr[i + 1]; k++) {
                gnn_real *dx = s->dx + k * width + c;
                vr g = v_load_n(s->y + k * width + c, m) *
                       (v_load_n(s->dy + k * width + c, m) - dot);
                if (s->accumulate) g += v_load_n(dx, m);
                v_store_n(dx, g, m);
            }
        }
}

void ISA(gnn_i_gather_rows)(const gnn_i_index_args *s, int64_t i0, int64_t i1) {
    int64_t width = s->width;
    for (int64_t i = i0; i < i1; i++) {
        const gnn_real *x = s->x + s->index[i] * width;
        gnn_real *y = s->y + i * width;
        if (i + AHEAD < i1) v_fetch_row(s->x + s->index[i + AHEAD] * width, width);
        for (int64_t c = 0; c < width; c += VL) {
            vr v = v_load_n(x + c, width - c);
            if (s->accumulate) v += v_load_n(y + c, width - c);
            v_store_n(y + c, v, width - c);
        }
    }
}

/* Columns c0 .. c1-1 of all rows: y[index[i],:] += x[i,:] in ascending i. */
void ISA(gnn_i_scatter_add_columns)(const gnn_i_index_args *s, int64_t c0, int64_t c1) {
    for (int64_t i = 0; i < s->n; i++) {
        const gnn_real *x = s->x + i * s->width;
        gnn_real *y = s->y + s->index[i] * s->width;
        for (int64_t c = c0; c < c1; c += VL)
            v_store_n(y + c, v_load_n(y + c, c1 - c) + v_load_n(x + c, c1 - c), c1 - c);
    }
}
