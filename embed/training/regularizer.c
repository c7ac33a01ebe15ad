/* Regularisers. */
#include "training/regularizer.h"

#include <math.h>

/* Σ |x|³ of `width` floats, `modulus` of which, width / modulus apart, make one number;
 * d += 3 factor |x| x. */
static double cubes(int64_t width, int64_t modulus, double factor, const gnn_real *x,
                    gnn_real *d) {
    const int64_t n = width / modulus;
    double sum = 0;
    for (int64_t k = 0; k < n; k++) {
        gnn_real square = 0;
        for (int64_t part = 0; part < modulus; part++)
            square += x[part * n + k] * x[part * n + k];
        gnn_real length = (gnn_real)sqrt((double)square);
        sum += (double)(square * length);
        for (int64_t part = 0; part < modulus; part++)
            d[part * n + k] += (gnn_real)(3 * factor) * length * x[part * n + k];
    }
    return sum;
}

/* Σ x²; d += 2 factor x. */
static double squares(int64_t width, double factor, const gnn_real *x, gnn_real *d) {
    double sum = 0;
    for (int64_t k = 0; k < width; k++) {
        sum += (double)(x[k] * x[k]);
        d[k] += (gnn_real)(2 * factor) * x[k];
    }
    return sum;
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
