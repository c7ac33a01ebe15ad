/* Questions: sorted, told apart. */
#include "evaluate/questions.h"

#include <stdlib.h>

#include "core/alloc.h"

static int compare(const void *a, const void *b) {
    const emb_i_asked *x = a, *y = b;
    if (x->question != y->question) return x->question < y->question ? -1 : 1;
    return (x->place > y->place) - (x->place < y->place);
}

gnn_status emb_i_questions_make(emb_i_questions *q, const gnn_triples *triples) {
    gnn_status status;
    *q = (emb_i_questions){.n_asked = 2 * triples->n};
    GNN_TRY(gnn_i_alloc(&q->asked, (size_t)q->n_asked, sizeof *q->asked, "questions"));
    for (int64_t i = 0; i < q->n_asked; i++)
        q->asked[i] = (emb_i_asked){emb_i_triple_key(triples, i / 2, (i & 1) != 0), i};
    if (q->n_asked > 0) qsort(q->asked, (size_t)q->n_asked, sizeof *q->asked, compare);
    for (int64_t i = 0; i < q->n_asked; i++)
        q->n += i == 0 || q->asked[i].question != q->asked[i - 1].question;
    GNN_TRY(gnn_i_alloc(&q->first, (size_t)(q->n + 1), sizeof *q->first, "questions"));
    int64_t n = 0;
    for (int64_t i = 0; i < q->n_asked; i++)
        if (i == 0 || q->asked[i].question != q->asked[i - 1].question) q->first[n++] = i;
    q->first[n] = q->n_asked;
cleanup:
    if (status != GNN_OK) emb_i_questions_clear(q);
    return status;
}

void emb_i_questions_clear(emb_i_questions *q) {
    gnn_i_free(q->asked);
    gnn_i_free(q->first);
    *q = (emb_i_questions){0};
}
