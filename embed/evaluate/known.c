/* Known answers: a table of the questions is looked into twice for every triple, to count
 * and to collect. */
#include "evaluate/known.h"

#include <stdlib.h>

#include "core/alloc.h"

/* ---- questions by key: open addressing, at most half full ---- */

typedef struct finder {
    const emb_i_questions *questions;
    int shift;
    uint64_t mask;
    int64_t *slots; /* question + 1, 0: none */
} finder;

static uint64_t home(const finder *f, uint64_t key) {
    return key * UINT64_C(0x9e3779b97f4a7c15) >> f->shift;
}

static uint64_t key_of(const emb_i_questions *q, int64_t k) {
    return q->asked[q->first[k]].question;
}

static gnn_status finder_make(finder *f, const emb_i_questions *questions) {
    gnn_status status;
    *f = (finder){.questions = questions, .shift = 63, .mask = 1};
    while (f->mask < 2 * (uint64_t)questions->n) {
        f->mask = 2 * f->mask + 1;
        f->shift--;
    }
    GNN_TRY(gnn_i_calloc(&f->slots, (size_t)f->mask + 1, sizeof *f->slots, "questions"));
    for (int64_t k = 0; k < questions->n; k++) {
        uint64_t at = home(f, key_of(questions, k));
        while (f->slots[at] != 0) at = (at + 1) & f->mask;
        f->slots[at] = k + 1;
    }
cleanup:
    return status;
}

/* -1 where nobody asks it. */
static int64_t find(const finder *f, uint64_t key) {
    for (uint64_t at = home(f, key); f->slots[at] != 0; at = (at + 1) & f->mask)
        if (key_of(f->questions, f->slots[at] - 1) == key) return f->slots[at] - 1;
    return -1;
}

/* ---- collecting ---- */

static void count(const finder *f, const gnn_triples *set, int64_t *first) {
    for (int64_t i = 0; i < 2 * set->n; i++) {
        int64_t k = find(f, emb_i_triple_key(set, i / 2, (i & 1) != 0));
        if (k >= 0) first[k + 1]++;
    }
}

/* first[k] moves on to where the next question begins. */
static void collect(const finder *f, const gnn_triples *set, int64_t *first,
                    gnn_id *answers) {
    for (int64_t i = 0; i < 2 * set->n; i++) {
        int64_t k = find(f, emb_i_triple_key(set, i / 2, (i & 1) != 0));
        if (k >= 0) answers[first[k]++] = emb_i_triple_answer(set, i);
    }
}

static int ascending(const void *a, const void *b) {
    gnn_id x = *(const gnn_id *)a, y = *(const gnn_id *)b;
    return (x > y) - (x < y);
}

/* Sort each question's answers and leave out what is there twice. */
static void tidy(int64_t n_questions, int64_t *first, gnn_id *answers) {
    int64_t kept = 0, begin = 0;
    for (int64_t k = 0; k < n_questions; k++) {
        int64_t end = first[k + 1];
        if (end > begin)
            qsort(answers + begin, (size_t)(end - begin), sizeof *answers, ascending);
        for (int64_t i = begin; i < end; i++)
            if (i == begin || answers[i] != answers[kept - 1])
                answers[kept++] = answers[i];
        begin = end;
        first[k + 1] = kept;
    }
}

gnn_status emb_i_known_make(emb_i_known *known, const emb_i_questions *questions, int n,
                            const gnn_triples *const *sets) {
    gnn_status status;
    finder f = {0};
    int64_t *first = NULL;
    *known = (emb_i_known){0};
    GNN_TRY(gnn_i_calloc(&known->first, (size_t)(questions->n + 1), sizeof *known->first,
                         "known triples"));
    if (n == 0) return GNN_OK;
    first = known->first;
    GNN_TRY(finder_make(&f, questions));
    for (int s = 0; s < n; s++) count(&f, sets[s], first);
    for (int64_t k = 0; k < questions->n; k++) first[k + 1] += first[k];
    GNN_TRY(gnn_i_alloc(&known->answers, (size_t)first[questions->n],
                        sizeof *known->answers, "known triples"));
    for (int s = 0; s < n; s++) collect(&f, sets[s], first, known->answers);
    /* collecting moved each first[k] to first[k + 1] */
    for (int64_t k = questions->n; k > 0; k--) first[k] = first[k - 1];
    first[0] = 0;
    tidy(questions->n, first, known->answers);
cleanup:
    gnn_i_free(f.slots);
    if (status != GNN_OK) emb_i_known_clear(known);
    return status;
}

void emb_i_known_clear(emb_i_known *known) {
    gnn_i_free(known->first);
    gnn_i_free(known->answers);
    *known = (emb_i_known){0};
}

int64_t emb_i_n_below(int64_t n, const gnn_id *answers, gnn_id a) {
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (answers[middle] < a)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool emb_i_is_among(int64_t n, const gnn_id *answers, gnn_id a) {
    int64_t below = emb_i_n_below(n, answers, a);
    return below < n && answers[below] == a;
}
