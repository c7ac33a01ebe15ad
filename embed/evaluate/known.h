/* What is known to be true: all answers of each question, for filtered ranking. */
#ifndef EMB_EVALUATE_KNOWN_H
#define EMB_EVALUATE_KNOWN_H

#include "evaluate/questions.h"

typedef struct emb_i_known {
    int64_t *first;  /* (questions + 1) */
    gnn_id *answers; /* of question k from first[k] on: ascending, none twice */
} emb_i_known;

/* Answers that the triples of n sets give to the questions; others are not kept.
 * Cost: O(triples) lookups and sorting what is kept; 4 bytes an answer and 8 to 40 bytes
 * a question. Errors: GNN_ERR_MEMORY. */
gnn_status emb_i_known_make(emb_i_known *known, const emb_i_questions *questions, int n,
                            const gnn_triples *const *sets);
void emb_i_known_clear(emb_i_known *known);

/* The answers of question k: *n of them. */
static inline const gnn_id *emb_i_known_get(const emb_i_known *known, int64_t k,
                                            int64_t *n) {
    *n = known->first[k + 1] - known->first[k];
    return *n > 0 ? known->answers + known->first[k] : NULL;
}
/* How many of n ascending answers are less than a. */
int64_t emb_i_n_below(int64_t n, const gnn_id *answers, gnn_id a);
/* Whether a is among n ascending answers. */
bool emb_i_is_among(int64_t n, const gnn_id *answers, gnn_id a);

#endif
