/* Losses against negatives. */
#include "training/negatives.h"

#include <math.h>

#include "kernels/table.h"
#include "training/trainer.h"

static double sigmoid(double x) {
    return 1 / (1 + exp(-x));
}
static double softplus(double x) {
    return (x > 0 ? x : 0) + log1p(exp(-fabs(x)));
}

/* The scores of one question, to be replaced by their weights. */
static gnn_i_tile_args row_of(int64_t m, gnn_real *s, double factor) {
    return (gnn_i_tile_args){
        .n = 1, .m = m, .s = s, .ld = m, .w = s, .ldw = m, .factor = (gnn_real)factor};
}

/* log Σ exp(s_j), of m numbers. */
static double log_sum(int64_t m, const gnn_real *s) {
    gnn_real top, sum;
    const gnn_i_tile_args args = {
        .n = 1, .m = m, .s = s, .ld = m, .top = &top, .sum = &sum};
    gnn_i_kernels_get()->tile_sums(&args);
    return (double)top + log((double)sum);
}

/* s = factor exp(s - lse) */
static void softmax(int64_t m, gnn_real *s, double lse, double factor) {
    const gnn_real shift = (gnn_real)lse;
    gnn_i_tile_args args = row_of(m, s, factor);
    args.lse = &shift;
    gnn_i_kernels_get()->tile_softmax(&args);
}

static double sampled_softmax(double factor, int64_t m, gnn_real *s, gnn_real *own) {
    double rest = log_sum(m, s), score = (double)*own;
    double top = rest > score ? rest : score;
    double lse = top + log(exp(rest - top) + exp(score - top));
    softmax(m, s, lse, factor);
    *own = (gnn_real)(factor * (exp(score - lse) - 1));
    return lse - score;
}

static double logistic(double factor, int64_t m, gnn_real *s, gnn_real *own) {
    double score = (double)*own;
    gnn_real sum;
    gnn_i_tile_args args = row_of(m, s, factor / (double)m);
    args.sum = &sum;
    gnn_i_kernels_get()->tile_sigmoid(&args);
    *own = (gnn_real)(-factor * sigmoid(-score));
    return softplus(-score) + (double)sum / (double)m;
}

static double margin_loss(double margin, double factor, int64_t m, gnn_real *s,
                          gnn_real *own) {
    double sum = 0, each = factor / (double)m, gradient = 0;
    for (int64_t j = 0; j < m; j++) {
        double lack = margin + (double)s[j] - (double)*own;
        s[j] = lack > 0 ? (gnn_real)each : 0;
        if (lack > 0) {
            sum += lack;
            gradient -= each;
        }
    }
    *own = (gnn_real)gradient;
    return sum / (double)m;
}

static double self_adversarial(const emb_train_options *o, double factor, int64_t m,
                               gnn_real *s, gnn_real *own) {
    double score = (double)*own;
    gnn_real sum;
    gnn_i_tile_args args = row_of(m, s, factor / 2);
    args.sum = &sum;
    args.temperature = (gnn_real)o->temperature;
    args.margin = (gnn_real)o->margin;
    gnn_i_kernels_get()->tile_adversarial(&args);
    *own = (gnn_real)(-factor / 2 * sigmoid(-o->margin - score));
    return (softplus(-o->margin - score) + (double)sum) / 2;
}

double emb_i_negatives_loss(const emb_train_options *o, double factor, int64_t m,
                            gnn_real *s, gnn_real *own) {
    switch ((emb_i_loss)o->loss) {
    case EMB_I_SAMPLED_SOFTMAX: return factor * sampled_softmax(factor, m, s, own);
    case EMB_I_MARGIN: return factor * margin_loss(o->margin, factor, m, s, own);
    case EMB_I_SELF_ADVERSARIAL: return factor * self_adversarial(o, factor, m, s, own);
    case EMB_I_LOGISTIC:
    case EMB_I_SOFTMAX:
    case EMB_I_BCE: break;
    }
    return factor * logistic(factor, m, s, own);
}
