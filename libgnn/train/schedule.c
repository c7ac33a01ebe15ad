/* Learning-rate schedules: a factor for each epoch. */
#include <math.h>

#include <gnn/optim.h>

double gnn_schedule_factor(const gnn_schedule *s, int64_t epoch) {
    double warm = epoch <= s->warmup ? (double)epoch / (double)(s->warmup + 1) : 1;
    switch (s->kind) {
    case GNN_SCHED_STEP: {
        int64_t drops = s->every > 0 ? (epoch - 1) / s->every : 0;
        return warm * pow(s->factor, (double)drops);
    }
    case GNN_SCHED_COSINE: {
        int64_t length = s->epochs > 1 ? s->epochs - 1 : 1;
        double t = fmin(1, (double)(epoch - 1) / (double)length);
        return warm * (s->last + (1 - s->last) * 0.5 * (1 + cos(acos(-1.0) * t)));
    }
    case GNN_SCHED_PLATEAU: return warm * s->current;
    default: return warm;
    }
}

void gnn_schedule_observe(gnn_schedule *s, double loss) {
    if (s->kind != GNN_SCHED_PLATEAU || isnan(loss)) return;
    if (loss < s->best) {
        s->best = loss;
        s->since = 0;
    } else if (++s->since > s->every) {
        s->current *= s->factor;
        s->since = 0;
    }
}
