/* Known answers. */
#include "evaluate/known.h"

#include <stdlib.h>

#include "core/alloc.h"

static int compare(const void *a, const void *b) {
    const emb_i_answer *x = a, *y = b;
    if (x->question != y->question) return x->question < y->question ? -1 : 1;
    return (x->answer > y->answer) - (x->answer < y->answer);
}

gnn_status emb_i_known_make(emb_i_known *known, int n, const gnn_triples *const *sets) {
    gnn_status status;
    int64_t total = 0;
    *known = (emb_i_known){0};
    for (int s = 0; s < n; s++) total += 2 * sets[s]->n;
    GNN_TRY(gnn_i_alloc(&known->answers, (size_t)total, sizeof *known->answers,
                        "known triples"));
    for (int s = 0; s < n; s++)
        for (int64_t i = 0; i < sets[s]->n; i++) {
            gnn_id h = sets[s]->head[i], r = sets[s]->relation[i], t = sets[s]->tail[i];
            known->answers[known->n++] =
                (emb_i_answer){emb_i_question_key(false, h, r), t};
            known->answers[known->n++] =
                (emb_i_answer){emb_i_question_key(true, t, r), h};
        }
    if (known->n > 0)
        qsort(known->answers, (size_t)known->n, sizeof *known->answers, compare);
    int64_t kept = 0;
    for (int64_t i = 0; i < known->n; i++)
        if (i == 0 || compare(&known->answers[i], &known->answers[kept - 1]) != 0)
            known->answers[kept++] = known->answers[i];
    known->n = kept;
cleanup:
    return status;
}

void emb_i_known_clear(emb_i_known *known) {
    gnn_i_free(known->answers);
    *known = (emb_i_known){0};
}

/* The first answer whose question is at least `question`. */
static int64_t bound(const emb_i_known *known, uint64_t question) {
    int64_t low = 0, high = known->n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (known->answers[middle].question < question)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const emb_i_answer *emb_i_known_find(const emb_i_known *known, uint64_t question,
                                     int64_t *n) {
    int64_t first = bound(known, question);
    *n = bound(known, question + 1) - first;
    return known->answers + first;
}
