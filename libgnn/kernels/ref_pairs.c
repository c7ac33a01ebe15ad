/* Plain versions of the kernels of pairs. */
#include <math.h>

#include "kernels/ref.h"

/* The k-th difference y - x and its length. */
static gnn_real length_of(bool complex_numbers, const gnn_real *x, const gnn_real *y,
                          int64_t k, int64_t half) {
    gnn_real re = y[k] - x[k];
    if (!complex_numbers) return (gnn_real)fabs((double)re);
    gnn_real im = y[half + k] - x[half + k];
    return (gnn_real)sqrt((double)(re * re + im * im));
}

void gnn_i_ref_distances(bool complex_numbers, const gnn_i_pairs_args *a) {
    int64_t n = complex_numbers ? a->width / 2 : a->width;
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t j = 0; j < a->m; j++) {
            double sum = 0;
            for (int64_t k = 0; k < n; k++)
                sum += length_of(complex_numbers, a->x + i * a->ldx, a->y + j * a->ldy, k,
                                 n);
            a->s[i * a->row_step + j] = (gnn_real)-sum;
        }
}

void gnn_i_ref_distances_backward(bool complex_numbers, const gnn_i_pairs_args *a) {
    int64_t n = complex_numbers ? a->width / 2 : a->width;
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t k = 0; k < a->width; k++) {
            double sum = 0;
            for (int64_t j = 0; j < a->m; j++) {
                const gnn_real *x = a->x + i * a->ldx, *y = a->y + j * a->ldy;
                gnn_real w = a->w[i * a->row_step + j * a->column_step];
                gnn_real length = length_of(complex_numbers, x, y, k % n, n);
                if (length > 0) sum += (double)(w * (y[k] - x[k]) / length);
            }
            a->dx[i * a->ldd + k] += (gnn_real)sum;
        }
}

/* x_k × y_k */
static double cross(const gnn_real *x, const gnn_real *y, int64_t k, int64_t half) {
    return (double)x[k] * (double)y[half + k] - (double)x[half + k] * (double)y[k];
}

void gnn_i_ref_areas(const gnn_i_pairs_args *a) {
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t j = 0; j < a->m; j++) {
            double sum = 0;
            for (int64_t k = 0; k < a->width / 2; k++)
                sum += fabs(cross(a->x + i * a->ldx, a->y + j * a->ldy, k, a->width / 2));
            a->s[i * a->row_step + j] = (gnn_real)-sum;
        }
}

void gnn_i_ref_areas_backward(const gnn_i_pairs_args *a) {
    const int64_t half = a->width / 2;
    for (int64_t i = 0; i < a->n; i++)
        for (int64_t k = 0; k < half; k++) {
            double first = 0, second = 0;
            for (int64_t j = 0; j < a->m; j++) {
                const gnn_real *x = a->x + i * a->ldx, *y = a->y + j * a->ldy;
                double w = (double)a->w[i * a->row_step + j * a->column_step];
                if (cross(x, y, k, half) < 0) w = -w;
                first -= w * (double)y[half + k];
                second += w * (double)y[k];
            }
            a->dx[i * a->ldd + k] += (gnn_real)first;
            a->dx[i * a->ldd + half + k] += (gnn_real)second;
        }
}
