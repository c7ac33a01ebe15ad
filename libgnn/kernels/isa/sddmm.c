/* Dots of rows over arcs, maxima backwards, rectified sums: what else walks compressed
 * rows. */
#include "kernels/isa/dots.h"
#include "kernels/isa/isa.h"

#define AHEAD 16 /* arcs that rows are fetched ahead */

void ISA(gnn_i_sddmm_rows)(const gnn_i_sddmm_args *s, int64_t r0, int64_t r1) {
    head_shape shape = head_shape_make(s->heads, s->width / s->heads);
    gnn_off limit = s->row_ptr[r1];
    for (int64_t r = r0; r < r1; r++) {
        gnn_real scale = s->row_scale ? s->row_scale[r] : 1;
        two_rows rows = {.a = s->dy + r * s->ldy};
        for (gnn_off a = s->row_ptr[r]; a < s->row_ptr[r + 1]; a++) {
            if (s->col && a + AHEAD < limit)
                v_fetch_row(s->x + s->col[a + AHEAD] * s->ldx, s->width);
            rows.b = s->x + (s->col ? s->col[a] : a) * s->ldx;
            gnn_real *out = s->dw + a * s->heads, dot[GNN_I_MAX_HEADS + VL];
            head_dots(&shape, product_term, &rows, dot);
            for (int h = 0; h < s->heads; h++)
                out[h] = (s->accumulate ? out[h] : 0) + scale * dot[h];
        }
    }
}

/* y[r] = dots of rows r of two packed matrices. */
void ISA(gnn_i_row_dots)(int64_t width, const gnn_real *a, const gnn_real *b, gnn_real *y,
                         bool accumulate, int64_t r0, int64_t r1) {
    head_shape shape = head_shape_make(1, width);
    for (int64_t r = r0; r < r1; r++) {
        two_rows rows = {a + r * width, b + r * width};
        gnn_real dot[VL] = {0};
        head_dots(&shape, product_term, &rows, dot);
        y[r] = accumulate ? y[r] + dot[0] : dot[0];
    }
}

void ISA(gnn_i_max_backward_rows)(const gnn_i_transpose_args *s, int64_t j0, int64_t j1) {
    int64_t width = s->width;
    for (int64_t j = j0; j < j1; j++) {
        gnn_real *dx = s->dx + j * width;
        if (!s->accumulate) memset(dx, 0, (size_t)width * sizeof *dx);
        for (gnn_off t = s->t_ptr[j]; t < s->t_ptr[j + 1]; t++) {
            int64_t r = s->t_row[t];
            gnn_off arc = s->perm ? s->perm[t] : s->perm64 ? s->perm64[t] : t;
            vint q = (vint)(arc - s->row_ptr[r]);
            gnn_real w = s->w ? s->w[arc] : 1;
            const gnn_real *dy = s->dy + r * width;
            const int32_t *place = s->argmax + r * width;
            for (int64_t c = 0; c < width; c += VL) {
                vi hit = v_places_equal(place + c, width - c, q);
                vr g = (vr)((vi)v_load_n(dy + c, width - c) & hit);
                v_store_n(dx + c, v_load_n(dx + c, width - c) + w * g, width - c);
            }
        }
    }
}

void ISA(gnn_i_max_backward_w_rows)(const gnn_i_sddmm_args *s, const int32_t *argmax,
                                    int64_t r0, int64_t r1) {
    int64_t width = s->width;
    for (int64_t r = r0; r < r1; r++) {
        const gnn_real *dy = s->dy + r * width;
        const int32_t *place = argmax + r * width;
        for (gnn_off a = s->row_ptr[r]; a < s->row_ptr[r + 1]; a++) {
            const gnn_real *x = s->x + s->col[a] * width;
            vr sum = {0};
            for (int64_t c = 0; c < width; c += VL) {
                vi hit = v_places_equal(place + c, width - c, (vint)(a - s->row_ptr[r]));
                sum += (vr)((vi)v_load_n(dy + c, width - c) & hit) *
                       v_load_n(x + c, width - c);
            }
            s->dw[a] = (s->accumulate ? s->dw[a] : 0) + v_sum(sum);
        }
    }
}

void ISA(gnn_i_relu_add_rows)(const gnn_i_relu_add_args *s, int64_t r0, int64_t r1) {
    int64_t width = s->width;
    for (int64_t r = r0; r < r1; r++)
        for (int64_t c = 0; c < width; c += VL) {
            vr sum = {0};
            for (gnn_off a = s->row_ptr[r]; a < s->row_ptr[r + 1]; a++)
                sum += v_max(v_load_n(s->x + s->col[a] * width + c, width - c) +
                                 v_load_n(s->e + a * width + c, width - c),
                             (vr){0});
            v_store_n(s->y + r * width + c, sum, width - c);
        }
}

/* dE of the rows r0 .. r1-1. */
void ISA(gnn_i_relu_add_de_rows)(const gnn_i_relu_add_args *s, int64_t r0, int64_t r1) {
    int64_t width = s->width;
    for (int64_t r = r0; r < r1; r++)
        for (gnn_off a = s->row_ptr[r]; a < s->row_ptr[r + 1]; a++)
            for (int64_t c = 0; c < width; c += VL) {
                const gnn_real *e = s->e + a * width + c;
                gnn_real *de = s->de + a * width + c;
                vr sum = v_load_n(s->x + s->col[a] * width + c, width - c) +
                         v_load_n(e, width - c);
                vr g = (vr)((vi)v_load_n(s->dy + r * width + c, width - c) & (sum > 0));
                v_store_n(de, v_load_n(de, width - c) + g, width - c);
            }
}

/* dX of the sources j0 .. j1-1. */
void ISA(gnn_i_relu_add_dx_rows)(const gnn_i_relu_add_args *s, int64_t j0, int64_t j1) {
    int64_t width = s->width;
    for (int64_t j = j0; j < j1; j++)
        for (int64_t c = 0; c < width; c += VL) {
            vr x = v_load_n(s->x + j * width + c, width - c), sum = {0};
            for (gnn_off t = s->t_ptr[j]; t < s->t_ptr[j + 1]; t++) {
                gnn_off arc = s->perm ? s->perm[t] : s->perm64 ? s->perm64[t] : t;
                vr in = x + v_load_n(s->e + arc * width + c, width - c);
                vr dy = v_load_n(s->dy + s->t_row[t] * width + c, width - c);
                sum += (vr)((vi)dy & (in > 0));
            }
            gnn_real *dx = s->dx + j * width + c;
            v_store_n(dx, v_load_n(dx, width - c) + sum, width - c);
        }
}
