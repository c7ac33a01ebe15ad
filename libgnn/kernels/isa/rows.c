/* Kernels over rows and columns of dense matrices. */
#include "kernels/isa/dots.h"
#include "kernels/isa/isa.h"
#include "kernels/isa/math.h"
#include "kernels/isa/softmax.h"

/* ---- sums over rows ---- */

/* The summand of column vector c in row r. */
INLINE vr summand(const gnn_i_column_args *s, gnn_i_column_kind kind, int64_t r,
                  int64_t c, int64_t left, vr mean, vr rstd) {
    vr x = v_load_n(s->x + r * s->cols + c, left);
    switch (kind) {
    case GNN_I_COLUMN_SUM: return x;
    case GNN_I_COLUMN_DOT: return x * v_load_n(s->y + r * s->cols + c, left);
    case GNN_I_COLUMN_DEVIATION: x -= mean; return x * x;
    case GNN_I_COLUMN_HAT:
        return v_load_n(s->y + r * s->cols + c, left) * (x - mean) * rstd;
    case GNN_I_COLUMN_ROW_HAT:
        return v_load_n(s->y + r * s->cols + c, left) * (x - s->mean[r]) * s->rstd[r];
    }
    return x;
}

/* One vector of columns over rows r0 .. r1-1; two chains of sums. */
INLINE vr column_sum(const gnn_i_column_args *s, gnn_i_column_kind kind, int64_t c,
                     int64_t left, int64_t r0, int64_t r1) {
    vr mean = {0}, rstd = {0}, even = {0}, odd = {0};
    if (kind == GNN_I_COLUMN_DEVIATION || kind == GNN_I_COLUMN_HAT)
        mean = v_load_n(s->mean + c, left);
    if (kind == GNN_I_COLUMN_HAT) rstd = 1 / v_sqrt(v_load_n(s->rstd + c, left) + s->eps);
    int64_t r = r0;
    for (; r + 1 < r1; r += 2) {
        even += summand(s, kind, r, c, left, mean, rstd);
        odd += summand(s, kind, r + 1, c, left, mean, rstd);
    }
    if (r < r1) even += summand(s, kind, r, c, left, mean, rstd);
    return even + odd;
}

void ISA(gnn_i_column_rows)(const gnn_i_column_args *s, int64_t r0, int64_t r1,
                            gnn_real *sums) {
    for (int64_t c = 0; c < s->cols; c += VL) {
        int64_t left = s->cols - c;
        vr sum = {0};
        switch (s->kind) {
        case GNN_I_COLUMN_SUM:
            sum = column_sum(s, GNN_I_COLUMN_SUM, c, left, r0, r1);
            break;
        case GNN_I_COLUMN_DOT:
            sum = column_sum(s, GNN_I_COLUMN_DOT, c, left, r0, r1);
            break;
        case GNN_I_COLUMN_DEVIATION:
            sum = column_sum(s, GNN_I_COLUMN_DEVIATION, c, left, r0, r1);
            break;
        case GNN_I_COLUMN_HAT:
            sum = column_sum(s, GNN_I_COLUMN_HAT, c, left, r0, r1);
            break;
        case GNN_I_COLUMN_ROW_HAT:
            sum = column_sum(s, GNN_I_COLUMN_ROW_HAT, c, left, r0, r1);
            break;
        }
        v_store_n(sums + c, sum, left);
    }
}

void ISA(gnn_i_row_sum_rows)(int64_t cols, const gnn_real *x, gnn_real *y,
                             bool accumulate, int64_t r0, int64_t r1) {
    for (int64_t r = r0; r < r1; r++) {
        vr sum = {0};
        for (int64_t c = 0; c < cols; c += VL)
            sum += v_load_n(x + r * cols + c, cols - c);
        y[r] = (accumulate ? y[r] : 0) + v_sum(sum);
    }
}

/* ---- heads ---- */

void ISA(gnn_i_head_dot_rows)(const gnn_i_head_args *s, int64_t r0, int64_t r1) {
    int64_t width = s->heads * s->dim;
    head_shape shape = head_shape_make(s->heads, s->dim);
    head_dots_of_rows(&shape, r1 - r0, s->x + r0 * width, width, s->a, 0,
                      s->y + r0 * s->heads, s->heads);
}

/* dx and da of the columns c .. c + n - 1, n <= VL. dy of their heads: that of head h for
 * all of them, or, where `whole`, that of head `lanes[i]` for lane i. */
INLINE void head_columns(const gnn_i_head_args *s, int64_t r0, int64_t r1, gnn_real *da,
                         int64_t c, int64_t n, bool whole, vi lanes, int64_t h) {
    const int64_t heads = s->heads, width = heads * s->dim;
    const vr a = v_load_n(s->a + c, n);
    vr sum = da ? v_load_n(da + c, n) : (vr){0};
    for (int64_t r = r0; r < r1; r++) {
        const gnn_real *dy = s->dy + r * heads;
        const vr g = whole ? SHUFFLE(v_load_n(dy, heads), lanes) : v_all(dy[h]);
        const int64_t at = r * width + c;
        if (s->dx) v_store_n(s->dx + at, v_load_n(s->dx + at, n) + g * a, n);
        if (da) sum += g * v_load_n(s->x + at, n);
    }
    if (da) v_store_n(da + c, sum, n);
}

/* dx of rows r0 .. r1-1; their share of da is added to `da` (NULL: not wanted). */
void ISA(gnn_i_head_dot_backward_rows)(const gnn_i_head_args *s, int64_t r0, int64_t r1,
                                       gnn_real *da) {
    const int64_t heads = s->heads, dim = s->dim;
    if (dim < VL && VL % dim == 0 && heads * dim % VL == 0 && heads <= VL) {
        /* whole vectors hold whole heads, and one vector the dots of a row */
        vi lanes = LANES / vi_all((vint)dim);
        for (int64_t c = 0; c < heads * dim; c += VL, lanes += vi_all((vint)(VL / dim)))
            head_columns(s, r0, r1, da, c, VL, true, lanes, 0);
        return;
    }
    for (int64_t h = 0; h < heads; h++)
        for (int64_t k = 0; k < dim; k += VL) {
            int64_t n = dim - k < VL ? dim - k : VL;
            head_columns(s, r0, r1, da, h * dim + k, n, false, LANES, h);
        }
}

/* ---- softmax ---- */

void ISA(gnn_i_softmax_rows)(const gnn_i_softmax_args *s, int64_t r0, int64_t r1) {
    for (int64_t r = r0; r < r1; r++) {
        const gnn_real *x = s->x + r * s->cols;
        gnn_real *y = s->y + r * s->cols, top = run_max(s->cols, x);
        gnn_real sum = run_exp(s->cols, x, top, s->logarithm ? NULL : y);
        if (!s->logarithm) {
            run_scale(s->cols, 1 / sum, y);
            continue;
        }
        const vr shift = v_all(top + (gnn_real)log((double)sum));
        for (int64_t c = 0; c < s->cols; c += VL)
            v_store_n(y + c, v_load_n(x + c, s->cols - c) - shift, s->cols - c);
    }
}

void ISA(gnn_i_softmax_backward_rows)(const gnn_i_softmax_args *s, int64_t r0,
                                      int64_t r1) {
    for (int64_t r = r0; r < r1; r++) {
        const gnn_real *y = s->y + r * s->cols, *dy = s->dy + r * s->cols;
        gnn_real *dx = s->dx + r * s->cols;
        vr sums = {0};
        for (int64_t c = 0; c < s->cols; c += VL) {
            vr d = v_load_n(dy + c, s->cols - c);
            sums += s->logarithm ? d : d * v_load_n(y + c, s->cols - c);
        }
        const vr sum = v_all(v_sum(sums));
        for (int64_t c = 0; c < s->cols; c += VL) {
            int64_t left = s->cols - c;
            vr p = v_load_n(y + c, left), d = v_load_n(dy + c, left);
            vr g = s->logarithm ? d - v_exp(p) * sum : p * (d - sum);
            if (s->accumulate) g += v_load_n(dx + c, left);
            v_store_n(dx + c, g, left);
        }
    }
}

/* ---- cross-entropy ---- */

/* Rows i0 .. i1-1 of the selection; sums[0], sums[1] are set. */
void ISA(gnn_i_cross_entropy_rows)(const gnn_i_entropy_args *s, int64_t i0, int64_t i1,
                                   double sums[2]) {
    sums[0] = sums[1] = 0;
    for (int64_t i = i0; i < i1; i++) {
        int64_t row = s->rows ? s->rows[i] : i;
        const gnn_real *x = s->x + row * s->cols;
        gnn_real top = run_max(s->cols, x);
        double total = (double)top + log((double)run_exp(s->cols, x, top, NULL));
        s->lse[i] = (gnn_real)total;
        int32_t label = s->labels[row];
        if (label < 0) continue;
        double weight = s->class_weight ? (double)s->class_weight[label] : 1;
        double loss = (1 - (double)s->smoothing) * (total - (double)x[label]);
        if (s->smoothing > 0) {
            double sum = 0;
            for (int64_t c = 0; c < s->cols; c++) sum += (double)x[c];
            loss += (double)s->smoothing * (total - sum / (double)s->cols);
        }
        sums[0] += weight * loss;
        sums[1] += weight;
    }
}

void ISA(gnn_i_cross_entropy_backward_rows)(const gnn_i_entropy_args *s, int64_t i0,
                                            int64_t i1) {
    for (int64_t i = i0; i < i1; i++) {
        int64_t row = s->rows ? s->rows[i] : i;
        int32_t label = s->labels[row];
        if (label < 0) continue;
        const gnn_real *x = s->x + row * s->cols;
        gnn_real *dx = s->dx + row * s->cols;
        gnn_real f = s->factor * (s->class_weight ? s->class_weight[label] : 1);
        const vr lse = v_all(s->lse[i]), factor = v_all(f);
        const vr rest = v_all(s->smoothing / (gnn_real)s->cols);
        for (int64_t c = 0; c < s->cols; c += VL) {
            int64_t left = s->cols - c;
            vr p = v_exp(v_load_n(x + c, left) - lse) - rest;
            v_store_n(dx + c, v_load_n(dx + c, left) + factor * p, left);
        }
        dx[label] -= f * (1 - s->smoothing);
    }
}

/* ---- normalisation ---- */

INLINE vr or_all(const gnn_real *p, int64_t c, int64_t left, gnn_real otherwise) {
    return p ? v_load_n(p + c, left) : v_all(otherwise);
}

void ISA(gnn_i_layer_norm_rows)(const gnn_i_norm_args *s, int64_t r0, int64_t r1) {
    int64_t cols = s->cols;
    for (int64_t r = r0; r < r1; r++) {
        const gnn_real *x = s->x + r * cols;
        vr sum = {0}, square = {0};
        for (int64_t c = 0; c < cols; c += VL) sum += v_load_n(x + c, cols - c);
        gnn_real mean = v_sum(sum) / (gnn_real)cols;
        for (int64_t c = 0; c < cols; c += VL) {
            vr d = v_load_n(x + c, cols - c) - mean;
            if (cols - c < VL) /* what lies behind the end is no deviation */
                for (int lane = 0; lane < VL; lane++)
                    if (lane >= cols - c) d[lane] = 0;
            square += d * d;
        }
        gnn_real variance = v_sum(square) / (gnn_real)cols;
        gnn_real rstd = (gnn_real)(1 / sqrt((double)variance + (double)s->eps));
        for (int64_t c = 0; c < cols; c += VL) {
            int64_t left = cols - c;
            vr hat = (v_load_n(x + c, left) - mean) * rstd;
            v_store_n(s->y + r * cols + c,
                      hat * or_all(s->gamma, c, left, 1) + or_all(s->beta, c, left, 0),
                      left);
        }
        s->row_mean[r] = mean;
        s->row_rstd[r] = rstd;
    }
}

void ISA(gnn_i_layer_norm_backward_rows)(const gnn_i_norm_args *s, int64_t r0,
                                         int64_t r1) {
    int64_t cols = s->cols;
    for (int64_t r = r0; r < r1; r++) {
        const gnn_real *x = s->x + r * cols, *dy = s->dy + r * cols;
        gnn_real mean = s->row_mean[r], rstd = s->row_rstd[r];
        vr sum = {0}, dot = {0};
        for (int64_t c = 0; c < cols; c += VL) {
            int64_t left = cols - c;
            vr g = v_load_n(dy + c, left) * or_all(s->gamma, c, left, 1);
            sum += g;
            dot += g * (v_load_n(x + c, left) - mean) * rstd;
        }
        gnn_real a = v_sum(sum) / (gnn_real)cols, b = v_sum(dot) / (gnn_real)cols;
        for (int64_t c = 0; c < cols; c += VL) {
            int64_t left = cols - c;
            vr g = v_load_n(dy + c, left) * or_all(s->gamma, c, left, 1);
            vr hat = (v_load_n(x + c, left) - mean) * rstd;
            gnn_real *dx = s->dx + r * cols + c;
            v_store_n(dx, v_load_n(dx, left) + rstd * (g - a - hat * b), left);
        }
    }
}

/* Column by column of vectors, so that what belongs to a column is made once a block. */
void ISA(gnn_i_batch_norm_rows)(const gnn_i_norm_args *s, int64_t r0, int64_t r1) {
    for (int64_t c = 0; c < s->cols; c += VL) {
        int64_t left = s->cols - c;
        vr mean = v_load_n(s->mean + c, left);
        vr scale =
            or_all(s->gamma, c, left, 1) / v_sqrt(v_load_n(s->var + c, left) + s->eps);
        vr beta = or_all(s->beta, c, left, 0);
        for (int64_t r = r0; r < r1; r++) {
            int64_t at = r * s->cols + c;
            v_store_n(s->y + at, (v_load_n(s->x + at, left) - mean) * scale + beta, left);
        }
    }
}

/* sums, dots: Σ_r dy and Σ_r dy x̂, over the number of rows; NULL where the statistics
 * are constants. */
void ISA(gnn_i_batch_norm_backward_rows)(const gnn_i_norm_args *s, int64_t r0,
                                         int64_t r1) {
    const gnn_real per_row = s->rows > 0 ? 1 / (gnn_real)s->rows : 0;
    for (int64_t c = 0; c < s->cols; c += VL) {
        int64_t left = s->cols - c;
        vr mean = v_load_n(s->mean + c, left);
        vr rstd = 1 / v_sqrt(v_load_n(s->var + c, left) + s->eps);
        vr scale = or_all(s->gamma, c, left, 1) * rstd;
        vr sum = s->sums ? per_row * v_load_n(s->sums + c, left) : v_all(0);
        vr dot = s->dots ? per_row * v_load_n(s->dots + c, left) : v_all(0);
        for (int64_t r = r0; r < r1; r++) {
            int64_t at = r * s->cols + c;
            vr hat = (v_load_n(s->x + at, left) - mean) * rstd;
            vr g = scale * (v_load_n(s->dy + at, left) - sum - hat * dot);
            v_store_n(s->dx + at, v_load_n(s->dx + at, left) + g, left);
        }
    }
}
