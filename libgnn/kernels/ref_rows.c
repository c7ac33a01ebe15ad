/* Plain versions of the kernels over rows and columns: sums, softmax, loss,
 * normalisation. */
#include <math.h>

#include "kernels/ref.h"

void gnn_i_ref_column_sums(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *y,
                           bool accumulate) {
    for (int64_t c = 0; c < cols; c++) {
        double sum = accumulate ? y[c] : 0;
        for (int64_t r = 0; r < rows; r++) sum += x[r * cols + c];
        y[c] = (gnn_real)sum;
    }
}

void gnn_i_ref_column_dots(int64_t rows, int64_t cols, const gnn_real *a,
                           const gnn_real *b, gnn_real *y, bool accumulate) {
    for (int64_t c = 0; c < cols; c++) {
        double sum = accumulate ? y[c] : 0;
        for (int64_t r = 0; r < rows; r++)
            sum += (double)a[r * cols + c] * b[r * cols + c];
        y[c] = (gnn_real)sum;
    }
}

void gnn_i_ref_row_sums(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *y,
                        bool accumulate) {
    for (int64_t r = 0; r < rows; r++) {
        double sum = accumulate ? y[r] : 0;
        for (int64_t c = 0; c < cols; c++) sum += x[r * cols + c];
        y[r] = (gnn_real)sum;
    }
}

void gnn_i_ref_head_dot(int64_t rows, int heads, int64_t dim, const gnn_real *x,
                        const gnn_real *a, gnn_real *y) {
    for (int64_t r = 0; r < rows; r++)
        for (int h = 0; h < heads; h++)
            y[r * heads + h] =
                (gnn_real)gnn_i_ref_dot(dim, x + (r * heads + h) * dim, a + h * dim);
}

void gnn_i_ref_head_dot_backward(int64_t rows, int heads, int64_t dim, const gnn_real *x,
                                 const gnn_real *a, const gnn_real *dy, gnn_real *dx,
                                 gnn_real *da) {
    for (int64_t i = 0; i < rows * heads; i++)
        for (int64_t k = 0; k < dim; k++) {
            int64_t head = i % heads;
            if (dx) dx[i * dim + k] += dy[i] * a[head * dim + k];
            if (da) da[head * dim + k] += dy[i] * x[i * dim + k];
        }
}

/* log Σ exp(x) of one row */
static double log_sum_exp(int64_t cols, const gnn_real *x) {
    double top = x[0], sum = 0;
    for (int64_t c = 1; c < cols; c++) top = fmax(top, x[c]);
    for (int64_t c = 0; c < cols; c++) sum += exp(x[c] - top);
    return top + log(sum);
}

void gnn_i_ref_softmax(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *y) {
    for (int64_t r = 0; r < rows; r++) {
        double lse = log_sum_exp(cols, x + r * cols);
        for (int64_t c = 0; c < cols; c++)
            y[r * cols + c] = (gnn_real)exp(x[r * cols + c] - lse);
    }
}

void gnn_i_ref_log_softmax(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *y) {
    for (int64_t r = 0; r < rows; r++) {
        double lse = log_sum_exp(cols, x + r * cols);
        for (int64_t c = 0; c < cols; c++)
            y[r * cols + c] = (gnn_real)(x[r * cols + c] - lse);
    }
}

void gnn_i_ref_softmax_backward(int64_t rows, int64_t cols, const gnn_real *y,
                                const gnn_real *dy, gnn_real *dx, bool accumulate) {
    for (int64_t r = 0; r < rows; r++) {
        double dot = gnn_i_ref_dot(cols, y + r * cols, dy + r * cols);
        for (int64_t i = r * cols; i < (r + 1) * cols; i++)
            dx[i] = (gnn_real)((accumulate ? dx[i] : 0) + y[i] * (dy[i] - dot));
    }
}

void gnn_i_ref_log_softmax_backward(int64_t rows, int64_t cols, const gnn_real *y,
                                    const gnn_real *dy, gnn_real *dx, bool accumulate) {
    for (int64_t r = 0; r < rows; r++) {
        double sum = gnn_i_ref_sum(cols, dy + r * cols);
        for (int64_t i = r * cols; i < (r + 1) * cols; i++)
            dx[i] = (gnn_real)((accumulate ? dx[i] : 0) + dy[i] - exp(y[i]) * sum);
    }
}

void gnn_i_ref_cross_entropy(int64_t n, const gnn_id *rows, int64_t cols,
                             const gnn_real *x, const int32_t *labels,
                             const gnn_real *class_weight, gnn_real smoothing,
                             gnn_real *lse, double sums[2]) {
    sums[0] = sums[1] = 0;
    for (int64_t i = 0; i < n; i++) {
        int64_t row = rows ? rows[i] : i;
        const gnn_real *logits = x + row * cols;
        double total = log_sum_exp(cols, logits);
        lse[i] = (gnn_real)total;
        if (labels[row] < 0) continue;
        double weight = class_weight ? class_weight[labels[row]] : 1;
        double loss = (1 - (double)smoothing) * (total - logits[labels[row]]);
        for (int64_t c = 0; c < cols; c++)
            loss += smoothing / (double)cols * (total - logits[c]);
        sums[0] += weight * loss;
        sums[1] += weight;
    }
}

void gnn_i_ref_cross_entropy_backward(int64_t n, const gnn_id *rows, int64_t cols,
                                      const gnn_real *x, const int32_t *labels,
                                      const gnn_real *class_weight, gnn_real smoothing,
                                      gnn_real factor, gnn_real *dx) {
    for (int64_t i = 0; i < n; i++) {
        int64_t row = rows ? rows[i] : i;
        if (labels[row] < 0) continue;
        double weight = class_weight ? class_weight[labels[row]] : 1;
        double total = log_sum_exp(cols, x + row * cols);
        for (int64_t c = 0; c < cols; c++) {
            double q = smoothing / (double)cols;
            if (c == labels[row]) q += 1 - (double)smoothing;
            dx[row * cols + c] +=
                (gnn_real)(factor * weight * (exp(x[row * cols + c] - total) - q));
        }
    }
}

void gnn_i_ref_layer_norm(int64_t rows, int64_t cols, const gnn_real *x,
                          const gnn_real *gamma, const gnn_real *beta, gnn_real eps,
                          gnn_real *y, gnn_real *mean, gnn_real *rstd) {
    for (int64_t r = 0; r < rows; r++) {
        double mu = gnn_i_ref_sum(cols, x + r * cols) / (double)cols, var = 0;
        for (int64_t c = 0; c < cols; c++)
            var += (x[r * cols + c] - mu) * (x[r * cols + c] - mu) / (double)cols;
        double inverse = 1 / sqrt(var + eps);
        for (int64_t c = 0; c < cols; c++)
            y[r * cols + c] =
                (gnn_real)((x[r * cols + c] - mu) * inverse * (gamma ? gamma[c] : 1) +
                           (beta ? beta[c] : 0));
        mean[r] = (gnn_real)mu;
        rstd[r] = (gnn_real)inverse;
    }
}

void gnn_i_ref_layer_norm_backward(int64_t rows, int64_t cols, const gnn_real *x,
                                   const gnn_real *gamma, const gnn_real *mean,
                                   const gnn_real *rstd, const gnn_real *dy, gnn_real *dx,
                                   gnn_real *dgamma, gnn_real *dbeta) {
    for (int64_t r = 0; r < rows; r++) {
        double sum = 0, dot = 0;
        for (int64_t c = 0; c < cols; c++) {
            double hat = ((double)x[r * cols + c] - mean[r]) * rstd[r];
            double g = dy[r * cols + c] * (gamma ? (double)gamma[c] : 1);
            sum += g / (double)cols;
            dot += g * hat / (double)cols;
            if (dgamma) dgamma[c] += (gnn_real)(dy[r * cols + c] * hat);
            if (dbeta) dbeta[c] += dy[r * cols + c];
        }
        for (int64_t c = 0; dx && c < cols; c++) {
            double hat = ((double)x[r * cols + c] - mean[r]) * rstd[r];
            double g = dy[r * cols + c] * (gamma ? (double)gamma[c] : 1);
            dx[r * cols + c] += (gnn_real)(rstd[r] * (g - sum - hat * dot));
        }
    }
}

void gnn_i_ref_column_stats(int64_t rows, int64_t cols, const gnn_real *x, gnn_real *mean,
                            gnn_real *var) {
    for (int64_t c = 0; c < cols; c++) {
        double mu = 0, square = 0;
        for (int64_t r = 0; r < rows; r++) mu += x[r * cols + c] / (double)rows;
        for (int64_t r = 0; r < rows; r++)
            square += (x[r * cols + c] - mu) * (x[r * cols + c] - mu) / (double)rows;
        mean[c] = (gnn_real)mu;
        var[c] = (gnn_real)square;
    }
}

void gnn_i_ref_batch_norm(int64_t rows, int64_t cols, const gnn_real *x,
                          const gnn_real *mean, const gnn_real *var,
                          const gnn_real *gamma, const gnn_real *beta, gnn_real eps,
                          gnn_real *y) {
    for (int64_t r = 0; r < rows; r++)
        for (int64_t c = 0; c < cols; c++) {
            double hat = ((double)x[r * cols + c] - mean[c]) / sqrt((double)var[c] + eps);
            y[r * cols + c] =
                (gnn_real)(hat * (gamma ? gamma[c] : 1) + (beta ? beta[c] : 0));
        }
}

void gnn_i_ref_batch_norm_backward(int64_t rows, int64_t cols, const gnn_real *x,
                                   const gnn_real *mean, const gnn_real *var,
                                   const gnn_real *gamma, gnn_real eps, bool batch_stats,
                                   const gnn_real *dy, gnn_real *dx, gnn_real *dgamma,
                                   gnn_real *dbeta) {
    for (int64_t c = 0; c < cols; c++) {
        double rstd = 1 / sqrt((double)var[c] + eps), sum = 0, dot = 0;
        for (int64_t r = 0; r < rows; r++) {
            double g = dy[r * cols + c];
            sum += g;
            dot += g * ((double)x[r * cols + c] - mean[c]) * rstd;
        }
        if (dgamma) dgamma[c] += (gnn_real)dot;
        if (dbeta) dbeta[c] += (gnn_real)sum;
        if (!batch_stats) sum = dot = 0;
        for (int64_t r = 0; dx && r < rows; r++) {
            double hat = ((double)x[r * cols + c] - mean[c]) * rstd;
            double g = dy[r * cols + c] - (sum + hat * dot) / (double)rows;
            dx[r * cols + c] += (gnn_real)((gamma ? gamma[c] : 1) * rstd * g);
        }
    }
}
