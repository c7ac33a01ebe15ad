/* Plain versions of the sparse products, segments and row moves. */
#include <math.h>

#include "kernels/ref.h"

static gnn_off forward_arc(gnn_off a, const int32_t *perm, const gnn_off *perm64) {
    return perm ? perm[a] : perm64 ? perm64[a] : a;
}

/* W[a,c], the factor of arc a at column c. */
static double arc_weight(const gnn_i_spmm_args *s, gnn_off a, int64_t c) {
    int heads = s->heads > 1 ? s->heads : 1;
    int64_t head = c / (s->width / heads);
    gnn_off place = forward_arc(a, s->perm, s->perm64) * heads + head;
    double weight = s->w ? s->w[place] : 1;
    if (s->col_scale) weight *= s->col_scale[s->col ? s->col[a] : a];
    return weight * gnn_i_ref_mask(&s->dropout, (uint64_t)place);
}

static double reduce_element(const gnn_i_spmm_args *s, int64_t r, int64_t c) {
    int64_t ldx = s->ldx ? s->ldx : s->width;
    double sum = 0, best = 0;
    int32_t place = -1;
    for (gnn_off a = s->row_ptr[r]; a < s->row_ptr[r + 1]; a++) {
        int64_t source = s->col ? s->col[a] : a;
        double value = arc_weight(s, a, c) * s->x[source * ldx + c];
        sum += value;
        if (place < 0 || value > best) {
            best = value;
            place = (int32_t)(a - s->row_ptr[r]);
        }
    }
    if (s->reduce != GNN_I_MAX) return sum;
    if (s->argmax) s->argmax[r * s->width + c] = place;
    return best;
}

void gnn_i_ref_spmm(const gnn_i_spmm_args *s) {
    int64_t ldx = s->ldx ? s->ldx : s->width, ldy = s->ldy ? s->ldy : s->width;
    for (int64_t r = 0; r < s->n_rows; r++) {
        double scale = s->scale != 0 ? s->scale : 1;
        if (s->row_scale) scale *= s->row_scale[r];
        gnn_off arcs = s->row_ptr[r + 1] - s->row_ptr[r];
        if (s->reduce == GNN_I_MEAN && arcs > 0) scale /= (double)arcs;
        double self = s->self_weight + (s->diag ? s->diag[r] : 0);
        for (int64_t c = 0; c < s->width; c++) {
            double y = scale * reduce_element(s, r, c);
            if (s->diag || s->self_weight != 0)
                y += self * s->x[(r + s->self_offset) * ldx + c];
            if (s->addend) y += (double)s->addend_scale * s->addend[r * s->width + c];
            if (s->bias) y += s->bias[c];
            if (s->accumulate) y += s->y[r * ldy + c];
            s->y[r * ldy + c] = (gnn_real)(s->relu && !(y > 0) ? 0 : y);
        }
    }
}

void gnn_i_ref_spmm_max_backward(int64_t n_sources, const gnn_off *t_ptr,
                                 const gnn_id *t_row, const int32_t *perm,
                                 const gnn_off *perm64, const gnn_off *row_ptr,
                                 const gnn_real *w, int64_t width, const gnn_real *dy,
                                 const int32_t *argmax, gnn_real *dx, bool accumulate) {
    for (int64_t j = 0; j < n_sources; j++)
        for (int64_t c = 0; c < width; c++) {
            double sum = accumulate ? dx[j * width + c] : 0;
            for (gnn_off t = t_ptr[j]; t < t_ptr[j + 1]; t++) {
                gnn_off arc = forward_arc(t, perm, perm64), r = t_row[t];
                if (argmax[r * width + c] == arc - row_ptr[r])
                    sum += (w ? (double)w[arc] : 1) * dy[r * width + c];
            }
            dx[j * width + c] = (gnn_real)sum;
        }
}

void gnn_i_ref_spmm_max_backward_w(int64_t n_rows, const gnn_off *row_ptr,
                                   const gnn_id *col, int64_t width, const gnn_real *dy,
                                   const gnn_real *x, const int32_t *argmax, gnn_real *dw,
                                   bool accumulate) {
    for (int64_t r = 0; r < n_rows; r++)
        for (gnn_off a = row_ptr[r]; a < row_ptr[r + 1]; a++) {
            double sum = accumulate ? dw[a] : 0;
            for (int64_t c = 0; c < width; c++)
                if (argmax[r * width + c] == a - row_ptr[r])
                    sum += (double)dy[r * width + c] * x[col[a] * width + c];
            dw[a] = (gnn_real)sum;
        }
}

void gnn_i_ref_spmm_relu_add(int64_t n_rows, const gnn_off *row_ptr, const gnn_id *col,
                             int64_t width, const gnn_real *x, const gnn_real *e,
                             gnn_real *y) {
    for (int64_t r = 0; r < n_rows; r++)
        for (int64_t c = 0; c < width; c++) {
            double sum = 0;
            for (gnn_off a = row_ptr[r]; a < row_ptr[r + 1]; a++)
                sum += fmax(x[col[a] * width + c] + e[a * width + c], 0);
            y[r * width + c] = (gnn_real)sum;
        }
}

void gnn_i_ref_spmm_relu_add_backward(int64_t n_rows, const gnn_off *row_ptr,
                                      const gnn_id *col, int64_t width, const gnn_real *x,
                                      const gnn_real *e, const gnn_real *dy, gnn_real *dx,
                                      gnn_real *de) {
    for (int64_t r = 0; r < n_rows; r++)
        for (gnn_off a = row_ptr[r]; a < row_ptr[r + 1]; a++)
            for (int64_t c = 0; c < width; c++) {
                if (!(x[col[a] * width + c] + e[a * width + c] > 0)) continue;
                if (dx) dx[col[a] * width + c] += dy[r * width + c];
                if (de) de[a * width + c] += dy[r * width + c];
            }
}

void gnn_i_ref_sddmm(int64_t n_rows, const gnn_off *row_ptr, const gnn_id *col, int heads,
                     int64_t width, const gnn_real *dy, int64_t ldy, const gnn_real *x,
                     int64_t ldx, const gnn_real *row_scale, gnn_real *dw,
                     bool accumulate) {
    if (ldy == 0) ldy = width;
    if (ldx == 0) ldx = width;
    int64_t dim = width / heads;
    for (int64_t r = 0; r < n_rows; r++)
        for (gnn_off a = row_ptr[r]; a < row_ptr[r + 1]; a++)
            for (int h = 0; h < heads; h++) {
                double sum = 0;
                int64_t source = col ? col[a] : a;
                for (int64_t c = h * dim; c < (h + 1) * dim; c++)
                    sum += (double)dy[r * ldy + c] * x[source * ldx + c];
                if (row_scale) sum *= row_scale[r];
                gnn_off place = a * heads + h;
                dw[place] = (gnn_real)((accumulate ? dw[place] : 0) + sum);
            }
}

void gnn_i_ref_row_dot(int64_t n_rows, int64_t width, const gnn_real *a,
                       const gnn_real *b, gnn_real *y, bool accumulate) {
    for (int64_t r = 0; r < n_rows; r++) {
        double sum = accumulate ? y[r] : 0;
        for (int64_t c = 0; c < width; c++)
            sum += (double)a[r * width + c] * b[r * width + c];
        y[r] = (gnn_real)sum;
    }
}

void gnn_i_ref_segment_reduce(gnn_i_reduce reduce, int64_t n_segments, const gnn_off *ptr,
                              const gnn_id *index, int64_t width, const gnn_real *x,
                              gnn_real *y, int32_t *argmax, bool accumulate) {
    gnn_i_ref_spmm(&(gnn_i_spmm_args){.n_rows = n_segments,
                                      .row_ptr = ptr,
                                      .col = index,
                                      .width = width,
                                      .x = x,
                                      .y = y,
                                      .reduce = reduce,
                                      .argmax = argmax,
                                      .accumulate = accumulate});
}

void gnn_i_ref_segment_reduce_backward(gnn_i_reduce reduce, int64_t n_segments,
                                       const gnn_off *ptr, int64_t width,
                                       const gnn_real *dy, const int32_t *argmax,
                                       gnn_real *dx, bool accumulate) {
    for (int64_t s = 0; s < n_segments; s++)
        for (gnn_off k = ptr[s]; k < ptr[s + 1]; k++)
            for (int64_t c = 0; c < width; c++) {
                double g = dy[s * width + c];
                if (reduce == GNN_I_MEAN) g /= (double)(ptr[s + 1] - ptr[s]);
                if (reduce == GNN_I_MAX && argmax[s * width + c] != k - ptr[s]) g = 0;
                gnn_real *out = &dx[k * width + c];
                *out = (gnn_real)((accumulate ? *out : 0) + g);
            }
}

void gnn_i_ref_segment_softmax(int64_t n_segments, const gnn_off *ptr, int64_t width,
                               const gnn_real *x, gnn_real *y) {
    for (int64_t s = 0; s < n_segments; s++)
        for (int64_t c = 0; c < width; c++) {
            double top = -INFINITY, sum = 0;
            for (gnn_off k = ptr[s]; k < ptr[s + 1]; k++)
                top = fmax(top, x[k * width + c]);
            for (gnn_off k = ptr[s]; k < ptr[s + 1]; k++)
                sum += exp(x[k * width + c] - top);
            for (gnn_off k = ptr[s]; k < ptr[s + 1]; k++)
                y[k * width + c] = (gnn_real)(exp(x[k * width + c] - top) / sum);
        }
}

void gnn_i_ref_segment_softmax_backward(int64_t n_segments, const gnn_off *ptr,
                                        int64_t width, const gnn_real *y,
                                        const gnn_real *dy, gnn_real *dx,
                                        bool accumulate) {
    for (int64_t s = 0; s < n_segments; s++)
        for (int64_t c = 0; c < width; c++) {
            double sum = 0;
            for (gnn_off k = ptr[s]; k < ptr[s + 1]; k++)
                sum += (double)y[k * width + c] * dy[k * width + c];
            for (gnn_off k = ptr[s]; k < ptr[s + 1]; k++) {
                double g = y[k * width + c] * (dy[k * width + c] - sum);
                dx[k * width + c] = (gnn_real)((accumulate ? dx[k * width + c] : 0) + g);
            }
        }
}

void gnn_i_ref_gather_rows(int64_t n, const gnn_id *index, int64_t width,
                           const gnn_real *x, gnn_real *y, bool accumulate) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < width; c++)
            y[i * width + c] =
                (accumulate ? y[i * width + c] : 0) + x[index[i] * width + c];
}

void gnn_i_ref_scatter_add_rows(int64_t n, const gnn_id *index, int64_t width,
                                const gnn_real *x, gnn_real *y) {
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < width; c++) y[index[i] * width + c] += x[i * width + c];
}
