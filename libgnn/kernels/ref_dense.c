/* Plain versions of dense products, elementwise maps and optimiser steps. */
#include <math.h>
#include <string.h>

#include "kernels/ref.h"

static void store(gnn_real *c, double sum, bool accumulate, int64_t i, int64_t j,
                  int64_t ldc, const gnn_i_gemm_epilogue *epilogue) {
    gnn_i_gemm_epilogue e = epilogue ? *epilogue : (gnn_i_gemm_epilogue){0};
    if (e.scale != 0) sum *= e.scale;
    if (e.addend) sum += (double)e.addend_scale * e.addend[i * ldc + j];
    if (e.bias) sum += e.bias[j];
    if (accumulate) sum += c[i * ldc + j];
    c[i * ldc + j] = (gnn_real)(e.relu && !(sum > 0) ? 0 : sum);
}

void gnn_i_ref_gemm_nn(int64_t m, int64_t n, int64_t k, const gnn_real *a, int64_t lda,
                       const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                       bool accumulate, const gnn_i_gemm_epilogue *epilogue) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < k; l++)
                sum += (double)a[i * lda + l] * b[l * ldb + j];
            store(c, sum, accumulate, i, j, ldc, epilogue);
        }
}

void gnn_i_ref_gemm_nt(int64_t m, int64_t n, int64_t k, const gnn_real *a, int64_t lda,
                       const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                       bool accumulate, const gnn_i_gemm_epilogue *epilogue) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < k; l++)
                sum += (double)a[i * lda + l] * b[j * ldb + l];
            store(c, sum, accumulate, i, j, ldc, epilogue);
        }
}

void gnn_i_ref_gemm_tn(int64_t m, int64_t n, int64_t k, const gnn_real *a, int64_t lda,
                       const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                       bool accumulate) {
    for (int64_t i = 0; i < m; i++)
        for (int64_t j = 0; j < n; j++) {
            double sum = 0;
            for (int64_t l = 0; l < k; l++)
                sum += (double)a[l * lda + i] * b[l * ldb + j];
            store(c, sum, accumulate, i, j, ldc, NULL);
        }
}

gnn_real gnn_i_ref_bf16(gnn_real x) {
    float f = (float)x;
    uint32_t bits;
    memcpy(&bits, &f, sizeof bits);
    bits += 0x7fff + (bits >> 16 & 1);
    bits &= 0xffff0000u;
    memcpy(&f, &bits, sizeof bits);
    return (gnn_real)f;
}

void gnn_i_ref_fill(int64_t n, gnn_real value, gnn_real *y) {
    for (int64_t i = 0; i < n; i++) y[i] = value;
}
void gnn_i_ref_copy(int64_t n, const gnn_real *x, gnn_real *y) {
    for (int64_t i = 0; i < n; i++) y[i] = x[i];
}
void gnn_i_ref_scale(int64_t n, gnn_real factor, gnn_real *x) {
    for (int64_t i = 0; i < n; i++) x[i] *= factor;
}
void gnn_i_ref_axpy(int64_t n, gnn_real factor, const gnn_real *x, gnn_real *y) {
    for (int64_t i = 0; i < n; i++) y[i] += factor * x[i];
}

void gnn_i_ref_axpby(int64_t n, gnn_real alpha, const gnn_real *a, gnn_real beta,
                     const gnn_real *b, gnn_real *y) {
    for (int64_t i = 0; i < n; i++) y[i] = alpha * a[i] + beta * b[i];
}

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}

static double unary_value(gnn_i_unary_op op, double p, double x) {
    switch (op) {
    case GNN_I_UNARY_NEG: return -x;
    case GNN_I_UNARY_RELU: return x > 0 ? x : 0;
    case GNN_I_UNARY_LEAKY_RELU: return x > 0 ? x : p * x;
    case GNN_I_UNARY_ELU: return x > 0 ? x : p * expm1(x);
    case GNN_I_UNARY_GELU: return .5 * x * erfc(-x * sqrt(.5));
    case GNN_I_UNARY_SILU: return x * sigmoid(x);
    case GNN_I_UNARY_TANH: return tanh(x);
    case GNN_I_UNARY_SIGMOID: return sigmoid(x);
    case GNN_I_UNARY_SOFTPLUS: return fmax(x, 0) + log1p(exp(-fabs(x)));
    case GNN_I_UNARY_EXP: return exp(x);
    case GNN_I_UNARY_LOG: return log(x);
    case GNN_I_UNARY_SQUARE: return x * x;
    case GNN_I_UNARY_SQRT: return sqrt(x);
    case GNN_I_UNARY_ABS: return fabs(x);
    default: return 0;
    }
}

static double unary_slope(gnn_i_unary_op op, double p, double x, double y) {
    switch (op) {
    case GNN_I_UNARY_NEG: return -1;
    case GNN_I_UNARY_RELU: return y > 0 ? 1 : 0;
    case GNN_I_UNARY_LEAKY_RELU: return x > 0 ? 1 : p;
    case GNN_I_UNARY_ELU: return x > 0 ? 1 : p * exp(x);
    case GNN_I_UNARY_GELU:
        return .5 * erfc(-x * sqrt(.5)) + x * exp(-.5 * x * x) * .3989422804014327;
    case GNN_I_UNARY_SILU: return sigmoid(x) * (1 + x * (1 - sigmoid(x)));
    case GNN_I_UNARY_TANH: return 1 - y * y;
    case GNN_I_UNARY_SIGMOID: return y * (1 - y);
    case GNN_I_UNARY_SOFTPLUS: return sigmoid(x);
    case GNN_I_UNARY_EXP: return y;
    case GNN_I_UNARY_LOG: return 1 / x;
    case GNN_I_UNARY_SQUARE: return 2 * x;
    case GNN_I_UNARY_SQRT: return .5 / y;
    case GNN_I_UNARY_ABS: return (x > 0) - (x < 0);
    default: return 0;
    }
}

void gnn_i_ref_unary(gnn_i_unary_op op, gnn_real parameter, int64_t n, const gnn_real *x,
                     gnn_real *y) {
    for (int64_t i = 0; i < n; i++) y[i] = (gnn_real)unary_value(op, parameter, x[i]);
}

void gnn_i_ref_unary_backward(gnn_i_unary_op op, gnn_real parameter, int64_t n,
                              const gnn_real *x, const gnn_real *y, const gnn_real *dy,
                              gnn_real *dx, bool accumulate) {
    for (int64_t i = 0; i < n; i++) {
        double slope = unary_slope(op, parameter, x ? x[i] : 0, y ? y[i] : 0);
        dx[i] = (gnn_real)((accumulate ? dx[i] : 0) + slope * dy[i]);
    }
}

void gnn_i_ref_unary_dropout(gnn_i_unary_op op, gnn_real parameter,
                             const gnn_i_dropout *dropout, int64_t n, const gnn_real *x,
                             gnn_real *y) {
    for (int64_t i = 0; i < n; i++) {
        double mask = gnn_i_ref_mask(dropout, (uint64_t)i);
        y[i] = (gnn_real)(mask == 0 ? 0 : mask * unary_value(op, parameter, x[i]));
    }
}

void gnn_i_ref_unary_dropout_backward(gnn_i_unary_op op, gnn_real parameter,
                                      const gnn_i_dropout *dropout, int64_t n,
                                      const gnn_real *x, const gnn_real *y,
                                      const gnn_real *dy, gnn_real *dx, bool accumulate) {
    for (int64_t i = 0; i < n; i++) {
        double mask = gnn_i_ref_mask(dropout, (uint64_t)i), slope;
        if (op == GNN_I_UNARY_RELU)
            slope = y[i] > 0 ? 1 : 0;
        else
            slope = unary_slope(op, parameter, x[i], unary_value(op, parameter, x[i]));
        double g = mask == 0 ? 0 : mask * slope * dy[i];
        dx[i] = (gnn_real)((accumulate ? dx[i] : 0) + g);
    }
}

/* Where element (r, c) of a broadcast argument stands. */
static int64_t place(gnn_i_broadcast kind, int64_t r, int64_t c, int64_t cols) {
    switch (kind) {
    case GNN_I_FULL: return r * cols + c;
    case GNN_I_ROW: return c;
    case GNN_I_COL: return r;
    default: return 0;
    }
}

void gnn_i_ref_binary(gnn_i_binary_op op, int64_t rows, int64_t cols, const gnn_real *a,
                      gnn_i_broadcast kind_a, const gnn_real *b, gnn_i_broadcast kind_b,
                      gnn_real *y) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) {
            gnn_real u = a[place(kind_a, r, c, cols)], v = b[place(kind_b, r, c, cols)];
            y[r * cols + c] = op == GNN_I_BINARY_ADD   ? u + v
                              : op == GNN_I_BINARY_SUB ? u - v
                              : op == GNN_I_BINARY_MUL ? u * v
                              : op == GNN_I_BINARY_DIV ? u / v
                                                       : (u >= v ? u : v);
        }
}

void gnn_i_ref_binary_backward(gnn_i_binary_op op, int64_t rows, int64_t cols,
                               const gnn_real *a, gnn_i_broadcast kind_a,
                               const gnn_real *b, gnn_i_broadcast kind_b,
                               const gnn_real *dy, gnn_real *da, gnn_real *db) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) {
            int64_t i = place(kind_a, r, c, cols), j = place(kind_b, r, c, cols);
            double g = dy[r * cols + c], ga = g, gb = g;
            switch (op) {
            case GNN_I_BINARY_ADD: break;
            case GNN_I_BINARY_SUB: gb = -g; break;
            case GNN_I_BINARY_MUL: ga = g * b[j], gb = g * a[i]; break;
            case GNN_I_BINARY_DIV:
                ga = g / b[j], gb = -g * a[i] / ((double)b[j] * b[j]);
                break;
            case GNN_I_BINARY_MAX: ga = a[i] >= b[j] ? g : 0, gb = g - ga; break;
            }
            if (da) da[i] += (gnn_real)ga;
            if (db) db[j] += (gnn_real)gb;
        }
}

double gnn_i_ref_dot(int64_t n, const gnn_real *x, const gnn_real *y) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += (double)x[i] * y[i];
    return sum;
}
double gnn_i_ref_sum(int64_t n, const gnn_real *x) {
    double sum = 0;
    for (int64_t i = 0; i < n; i++) sum += x[i];
    return sum;
}

void gnn_i_ref_adam(const gnn_i_adam_args *s, int64_t n, const gnn_real *g, gnn_real *w,
                    gnn_real *m, gnn_real *v) {
    double bias1 = 1 - pow(s->beta1, (double)s->step);
    double bias2 = 1 - pow(s->beta2, (double)s->step);
    for (int64_t i = 0; i < n; i++) {
        double d = s->grad_scale * g[i] + (s->decoupled ? 0 : s->weight_decay * w[i]);
        double m1 = s->beta1 * m[i] + (1 - s->beta1) * d;
        double v1 = s->beta2 * v[i] + (1 - s->beta2) * d * d;
        double step = m1 / bias1 / (sqrt(v1 / bias2) + s->eps);
        if (s->decoupled) step += s->weight_decay * w[i];
        m[i] = (gnn_real)m1;
        v[i] = (gnn_real)v1;
        w[i] = (gnn_real)(w[i] - s->lr * step);
    }
}

void gnn_i_ref_sgd(const gnn_i_sgd_args *s, int64_t n, const gnn_real *g, gnn_real *w,
                   gnn_real *velocity) {
    for (int64_t i = 0; i < n; i++) {
        double d = s->grad_scale * g[i] + s->weight_decay * w[i], u = d;
        if (velocity) {
            u = s->momentum * velocity[i] + d;
            velocity[i] = (gnn_real)u;
            if (s->nesterov) u = d + s->momentum * u;
        }
        w[i] = (gnn_real)(w[i] - s->lr * u);
    }
}
