/* Regularisers. */
#include "training/regularizer.h"

#include <math.h>

#include "kernels/table.h"

enum { PIECE = 256 }; /* numbers at a time */

/* square = Σ over the parts of x², n numbers whose parts are `step` apart; length is its
 * root. */
static void measure(int64_t n, int64_t modulus, int64_t step, const gnn_real *restrict x,
                    gnn_real *restrict square, gnn_real *restrict length) {
    for (int64_t k = 0; k < n; k++) square[k] = x[k] * x[k];
    for (int64_t part = 1; part < modulus; part++)
        for (int64_t k = 0; k < n; k++)
            square[k] += x[part * step + k] * x[part * step + k];
    for (int64_t k = 0; k < n; k++) length[k] = (gnn_real)sqrt((double)square[k]);
}

/* d += factor length x */
static void pull(int64_t n, gnn_real factor, const gnn_real *restrict length,
                 const gnn_real *restrict x, gnn_real *restrict d) {
    for (int64_t k = 0; k < n; k++) d[k] += factor * length[k] * x[k];
}

/* Σ |x|³ of `width` floats, `modulus` of which, width / modulus apart, make one number;
 * d += 3 factor |x| x. */
static double cubes(int64_t width, int64_t modulus, double factor, const gnn_real *x,
                    gnn_real *d) {
    const int64_t n = width / modulus;
    gnn_real square[PIECE], length[PIECE];
    double sum = 0;
    for (int64_t k = 0; k < n; k += PIECE) {
        const int64_t size = n - k < PIECE ? n - k : PIECE;
        measure(size, modulus, n, x + k, square, length);
        sum += gnn_i_kernels_get()->sum(square, length, size);
        for (int64_t at = k; at < width; at += n)
            pull(size, (gnn_real)(3 * factor), length, x + at, d + at);
    }
    return sum;
}

/* Σ x²; d += 2 factor x. */
static double squares(int64_t width, double factor, const gnn_real *x, gnn_real *d) {
    const gnn_i_combine_args args = {
        .alpha = 1, .a = d, .beta = (gnn_real)(2 * factor), .b = x, .y = d};
    gnn_i_kernels_get()->combine(&args, 0, width);
    return gnn_i_kernels_get()->sum(x, x, width);
}

double emb_i_regularize(const emb_i_regularizer *regularizer, emb_i_side side,
                        double factor, const emb_i_regularized *r) {
    const emb_i_scorer *s = regularizer->scorer;
    const int64_t own = s->own_first[side], candidate = s->first[side];
    const int64_t width = s->match.width;
    double cost = 0;
    switch (regularizer->kind) {
    case EMB_I_N3:
        cost =
            cubes(s->own, s->modulus, factor, r->anchor + own, r->d_anchor + own) +
            cubes(s->relation, s->relation_modulus, factor, r->relation, r->d_relation);
        if (r->d_target != NULL)
            cost += cubes(width, s->modulus, factor, r->target + candidate,
                          r->d_target + candidate);
        return factor * cost;
    case EMB_I_L2:
        cost = squares(s->own, factor, r->anchor + own, r->d_anchor + own) +
               squares(s->relation, factor, r->relation, r->d_relation);
        break;
    case EMB_I_DURA: cost = squares(width, factor, r->query, r->d_query); break;
    case EMB_I_REGULARIZE_NONE: return 0;
    }
    if (r->d_target != NULL)
        cost += squares(width, factor, r->target + candidate, r->d_target + candidate);
    return factor * cost;
}
