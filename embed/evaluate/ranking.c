/* Means of ranks. */
#include "evaluate/ranking.h"

#include <stddef.h>

/* Until finish(), fields are sums, and amr that of the ranks which chance gives. */
static void add(emb_ranking *sum, double rank, gnn_id candidates) {
    sum->n++;
    sum->mrr += 1 / rank;
    sum->hits1 += rank <= 1;
    sum->hits3 += rank <= 3;
    sum->hits10 += rank <= 10;
    sum->mr += rank;
    sum->amr += (double)(candidates + 1) / 2;
}

static void finish(emb_ranking *r) {
    if (r->n == 0) return;
    const double n = (double)r->n, each = 1 / n, chance = r->amr;
    r->amr = r->mr / chance;
    r->amri = chance > n ? 1 - (r->mr - n) / (chance - n) : 1;
    r->mrr *= each;
    r->hits1 *= each;
    r->hits3 *= each;
    r->hits10 *= each;
    r->mr *= each;
}

static void finish_all(int64_t n, emb_evaluation *evaluations) {
    for (int64_t i = 0; i < n; i++) {
        finish(&evaluations[i].both);
        finish(&evaluations[i].tail);
        finish(&evaluations[i].head);
    }
}

void emb_i_rankings(int64_t n, const double *ranks, const gnn_id *candidates,
                    const emb_evaluate_options *options, emb_evaluation *evaluation) {
    emb_evaluation *groups = options->group != NULL ? options->groups : NULL;
    const int64_t n_groups = groups != NULL ? options->n_groups : 0;
    *evaluation = (emb_evaluation){0};
    for (int64_t g = 0; g < n_groups; g++) groups[g] = (emb_evaluation){0};
    for (int64_t i = 0; i < 2 * n; i++) {
        emb_evaluation *to[] = {evaluation,
                                groups != NULL ? &groups[options->group[i / 2]] : NULL};
        for (int k = 0; k < 2 && to[k] != NULL; k++) {
            add(i % 2 == 0 ? &to[k]->tail : &to[k]->head, ranks[i], candidates[i]);
            add(&to[k]->both, ranks[i], candidates[i]);
        }
    }
    finish_all(1, evaluation);
    finish_all(n_groups, groups);
}
