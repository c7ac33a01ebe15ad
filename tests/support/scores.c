/* The scores of scores.h, from the papers that the scorers' files name. */
#include "support/scores.h"

#include <math.h>
#include <string.h>

/* Σ <h ⊗ r / |r|, t> by the table of products: i j = k and so on. */
static double quaternions(int64_t n, const gnn_real *h, const gnn_real *r,
                          const gnn_real *t) {
    static const int place[4][4] = {
        {0, 1, 2, 3}, {1, 0, 3, 2}, {2, 3, 0, 1}, {3, 2, 1, 0}};
    static const int sign[4][4] = {
        {1, 1, 1, 1}, {1, -1, 1, -1}, {1, -1, -1, 1}, {1, 1, -1, -1}};
    double sum = 0;
    for (int64_t k = 0; k < n; k++) {
        double length = 0;
        for (int a = 0; a < 4; a++) length += pow((double)r[a * n + k], 2);
        for (int a = 0; a < 4; a++)
            for (int b = 0; b < 4; b++)
                sum += sign[a][b] * (double)h[a * n + k] * (double)r[b * n + k] *
                       (double)t[place[a][b] * n + k] / sqrt(length);
    }
    return sum;
}

double support_score(const support_scorer *scorer, const gnn_real *shared,
                     const gnn_real *h, const gnn_real *r, const gnn_real *t) {
    const char *name = scorer->name;
    const int64_t dim = scorer->dim, n = dim / 2;
    double sum = 0;
    if (strcmp(name, "transe l1") == 0 || strcmp(name, "transe l2") == 0) {
        bool l2 = name[8] == '2';
        for (int64_t k = 0; k < dim; k++) {
            double d = (double)(h[k] + r[k] - t[k]);
            sum += l2 ? d * d : fabs(d);
        }
        return l2 ? -sqrt(sum) : -sum;
    }
    if (strcmp(name, "transh") == 0) {
        double length = 0, along_h = 0, along_t = 0;
        for (int64_t k = 0; k < dim; k++) length += pow((double)r[k], 2);
        for (int64_t k = 0; k < dim; k++) {
            along_h += (double)(r[k] * h[k]) / length;
            along_t += (double)(r[k] * t[k]) / length;
        }
        for (int64_t k = 0; k < dim; k++) {
            double on_h = (double)h[k] - along_h * (double)r[k];
            double on_t = (double)t[k] - along_t * (double)r[k];
            sum += pow(on_h + (double)r[dim + k] - on_t, 2);
        }
        return -sqrt(sum);
    }
    if (strcmp(name, "hake") == 0) {
        double phases = 0;
        for (int64_t k = 0; k < n; k++) {
            sum += pow((double)h[k] * fabs((double)r[k]) - (double)t[k], 2);
            phases += fabs(sin((double)(h[n + k] + r[n + k] - t[n + k]) / 2));
        }
        return -sqrt(sum) - .3 * phases;
    }
    if (strcmp(name, "distmult") == 0)
        for (int64_t k = 0; k < dim; k++) sum += (double)(h[k] * r[k] * t[k]);
    if (strcmp(name, "rescal") == 0)
        for (int64_t k = 0; k < dim; k++)
            for (int64_t l = 0; l < dim; l++)
                sum += (double)(h[k] * r[k * dim + l]) * (double)t[l];
    if (strcmp(name, "tucker") == 0)
        for (int64_t j = 0; j < 4; j++)
            for (int64_t k = 0; k < dim; k++)
                for (int64_t l = 0; l < dim; l++)
                    sum += (double)(shared[(j * dim + k) * dim + l] * r[j]) *
                           (double)(h[k] * t[l]);
    if (strcmp(name, "quate") == 0) return quaternions(dim / 4, h, r, t);
    if (strcmp(name, "mure") == 0 || strcmp(name, "rote") == 0) {
        for (int64_t k = 0; k < dim; k++) {
            double moved;
            if (name[0] == 'r') { /* components k and n + k turn together */
                double angle = (double)r[k % n], other = (double)h[(k + n) % dim];
                moved = cos(angle) * (double)h[k] +
                        (k < n ? -1 : 1) * sin(angle) * other + (double)r[n + k];
            } else {
                moved = (double)(h[k] * r[k] + r[dim + k]);
            }
            sum -= pow(moved - (double)t[k], 2);
        }
        return sum + (double)h[dim] + (double)t[dim + 1];
    }
    for (int64_t k = 0; k < n; k++) {
        double hr = (double)h[k], hi = (double)h[n + k], tr = (double)t[k],
               ti = (double)t[n + k];
        if (strcmp(name, "cp") == 0) sum += hr * (double)r[k] * ti;
        if (strcmp(name, "simple") == 0)
            sum += (hr * (double)r[k] * ti + tr * (double)r[n + k] * hi) / 2;
        if (strcmp(name, "complex") == 0) {
            double rr = (double)r[k], ri = (double)r[n + k];
            sum += (hr * rr - hi * ri) * tr + (hr * ri + hi * rr) * ti;
        }
        if (strcmp(name, "rotate") == 0) {
            double c = cos((double)r[k]), s = sin((double)r[k]);
            sum -= hypot(hr * c - hi * s - tr, hr * s + hi * c - ti);
        }
    }
    return sum;
}

static const support_scorer scorers[] = {{"transe l1", "transe", "norm=l1", 9},
                                         {"transe l2", "transe", "norm=l2", 9},
                                         {"distmult", "distmult", NULL, 21},
                                         {"cp", "cp", NULL, 14},
                                         {"complex", "complex", NULL, 22},
                                         {"simple", "simple", NULL, 18},
                                         {"rotate", "rotate", NULL, 10},
                                         {"rescal", "rescal", NULL, 7},
                                         {"quate", "quate", NULL, 16},
                                         {"mure", "mure", NULL, 11},
                                         {"rote", "rote", NULL, 12},
                                         {"tucker", "tucker", "relation-dim=4", 8},
                                         {"transh", "transh", NULL, 13},
                                         {"hake", "hake", "phase-weight=0.3", 22}};

const support_scorer *support_scorer_get(size_t i) {
    return i < sizeof scorers / sizeof *scorers ? &scorers[i] : NULL;
}
