/* Calibration: nondecreasing functions from scores to probabilities. */
#include <embed/calibrate.h>

#include <math.h>
#include <stdlib.h>

#include "core/alloc.h"

typedef struct sample {
    double score, label, weight;
} sample;

static double logistic(double x) {
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

/* ---- Platt ---- */

typedef struct line {
    double slope, offset;
} line;

/* -Σ w (t log p + (1 - t) log(1 - p)), p = logistic(x). */
static double platt_loss(int64_t n, const sample *s, line l) {
    double loss = 0;
    for (int64_t i = 0; i < n; i++) {
        double x = l.slope * s[i].score + l.offset;
        loss += s[i].weight * (fmax(x, 0) - s[i].label * x + log1p(exp(-fabs(x))));
    }
    return loss;
}

/* Newton's step: the gradient by the inverse Hessian, which a small ridge keeps regular.
 * Returns the squared length of the gradient. */
static double platt_step(int64_t n, const sample *s, line l, line *step) {
    double ga = 0, gb = 0, haa = 1e-12, hab = 0, hbb = 1e-12;
    for (int64_t i = 0; i < n; i++) {
        double p = logistic(l.slope * s[i].score + l.offset), x = s[i].score;
        double d = s[i].weight * (p - s[i].label), h = s[i].weight * p * (1 - p);
        ga += d * x;
        gb += d;
        haa += h * x * x;
        hab += h * x;
        hbb += h;
    }
    double determinant = haa * hbb - hab * hab;
    step->slope = -(hbb * ga - hab * gb) / determinant;
    step->offset = -(haa * gb - hab * ga) / determinant;
    return ga * ga + gb * gb;
}

/* Newton's method with halved steps, on standardised scores [Lin, Lin & Weng 2007]. A
 * slope below 0 would turn the order round: the best that does not is level. */
static void platt(int64_t n, sample *s, double n_true, double n_false,
                  emb_calibration *c) {
    double mean = 0, square = 0, weight = n_true + n_false,
           hit = (n_true + 1) / (n_true + 2);
    double miss = 1 / (n_false + 2);
    for (int64_t i = 0; i < n; i++) mean += s[i].weight * s[i].score / weight;
    for (int64_t i = 0; i < n; i++)
        square += s[i].weight * (s[i].score - mean) * (s[i].score - mean) / weight;
    double deviation = square > 0 ? sqrt(square) : 1;
    for (int64_t i = 0; i < n; i++) {
        s[i].score = (s[i].score - mean) / deviation;
        s[i].label = s[i].label > 0 ? hit : miss;
    }
    const double level = log((n_true * hit + n_false * miss) /
                             (n_true * (1 - hit) + n_false * (1 - miss)));
    line l = {0, level}, step;
    double loss = platt_loss(n, s, l);
    for (int i = 0; i < 100 && square > 0; i++) {
        if (platt_step(n, s, l, &step) <= 1e-18 * weight * weight) break;
        double size = 1, next = loss;
        for (; size > 1e-10; size /= 2) {
            line there = {l.slope + size * step.slope, l.offset + size * step.offset};
            next = platt_loss(n, s, there);
            if (next >= loss) continue;
            l = there;
            break;
        }
        if (!(next < loss)) break;
        loss = next;
    }
    if (l.slope < 0) l = (line){0, level};
    c->slope = l.slope / deviation;
    c->offset = l.offset - l.slope * mean / deviation;
}

/* ---- isotonic ---- */

static int by_score(const void *a, const void *b) {
    const sample *x = a, *y = b;
    return (x->score > y->score) - (x->score < y->score);
}

/* A run of scores that share a probability. */
typedef struct pool {
    double first, last, mean, weight;
} pool;

static void join(pool *a, const pool *b) {
    a->mean = (a->mean * a->weight + b->mean * b->weight) / (a->weight + b->weight);
    a->weight += b->weight;
    a->last = b->last;
}

/* Pools of sorted samples: equal scores first, then neighbours out of order. */
static int64_t pool_violators(int64_t n, const sample *s, pool *pools) {
    int64_t n_pools = 0;
    for (int64_t i = 0; i < n;) {
        pool next = {s[i].score, s[i].score, s[i].label, s[i].weight};
        for (i++; i < n && s[i].score == next.first; i++) {
            const pool same = {s[i].score, s[i].score, s[i].label, s[i].weight};
            join(&next, &same);
        }
        pools[n_pools++] = next;
        while (n_pools > 1 && pools[n_pools - 2].mean >= pools[n_pools - 1].mean) {
            join(&pools[n_pools - 2], &pools[n_pools - 1]);
            n_pools--;
        }
    }
    return n_pools;
}

static gnn_status isotonic(int64_t n, sample *s, emb_calibration *c) {
    gnn_status status;
    pool *pools = NULL;
    qsort(s, (size_t)n, sizeof *s, by_score);
    GNN_TRY(gnn_i_alloc(&pools, (size_t)n, sizeof *pools, "a calibration"));
    int64_t n_pools = pool_violators(n, s, pools);
    GNN_TRY(
        gnn_i_alloc(&c->score, (size_t)(2 * n_pools), sizeof *c->score, "a calibration"));
    GNN_TRY(gnn_i_alloc(&c->probability, (size_t)(2 * n_pools), sizeof *c->probability,
                        "a calibration"));
    for (int64_t k = 0; k < n_pools; k++)
        for (int end = 0; end < (pools[k].first < pools[k].last ? 2 : 1); end++) {
            c->score[c->n] = end == 0 ? pools[k].first : pools[k].last;
            c->probability[c->n++] = pools[k].mean;
        }
cleanup:
    gnn_i_free(pools);
    return status;
}

static double interpolate(const emb_calibration *c, double score) {
    if (score <= c->score[0]) return c->probability[0];
    if (score >= c->score[c->n - 1]) return c->probability[c->n - 1];
    int64_t low = 0, high = c->n - 1; /* score[low] < score < score[high] */
    while (high - low > 1) {
        int64_t middle = low + (high - low) / 2;
        if (c->score[middle] == score) return c->probability[middle];
        *(c->score[middle] < score ? &low : &high) = middle;
    }
    double share = (score - c->score[low]) / (c->score[high] - c->score[low]);
    return c->probability[low] + share * (c->probability[high] - c->probability[low]);
}

/* ---- both ---- */

gnn_status emb_calibration_fit(emb_calibration_kind kind, int64_t n, const double *score,
                               const uint8_t *is_true, const double *weight,
                               emb_calibration *c) {
    gnn_status status;
    sample *samples = NULL;
    double sum[2] = {0, 0};
    *c = (emb_calibration){.kind = kind};
    GNN_TRY(gnn_i_alloc(&samples, (size_t)n, sizeof *samples, "a calibration"));
    for (int64_t i = 0; i < n; i++) {
        GNN_CHECK(isfinite(score[i]), GNN_ERR_ARGUMENT,
                  "cannot calibrate: score %lld is %g, expected a finite number",
                  (long long)i, score[i]);
        samples[i] = (sample){score[i], is_true[i] != 0, weight != NULL ? weight[i] : 1};
        sum[is_true[i] != 0] += samples[i].weight;
    }
    GNN_CHECK(sum[0] > 0 && sum[1] > 0, GNN_ERR_ARGUMENT,
              "cannot calibrate: expected scores of true triples and of false ones");
    if (kind == EMB_CALIBRATION_PLATT)
        platt(n, samples, sum[1], sum[0], c);
    else
        GNN_TRY(isotonic(n, samples, c));
cleanup:
    gnn_i_free(samples);
    if (status != GNN_OK) emb_calibration_clear(c);
    return status;
}

void emb_calibration_clear(emb_calibration *c) {
    gnn_i_free(c->score);
    gnn_i_free(c->probability);
    *c = (emb_calibration){0};
}

double emb_calibration_probability(const emb_calibration *c, double score) {
    if (isnan(score)) return NAN;
    return c->kind == EMB_CALIBRATION_PLATT ? logistic(c->slope * score + c->offset)
                                            : interpolate(c, score);
}
