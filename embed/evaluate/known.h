/* What is known to be true: the answers of each question, for filtered ranking. */
#ifndef EMB_EVALUATE_KNOWN_H
#define EMB_EVALUATE_KNOWN_H

#include "model/model.h"

/* An answer to «anchor, relation, which side». */
typedef struct emb_i_answer {
    uint64_t question;
    gnn_id answer;
} emb_i_answer;

typedef struct emb_i_known {
    int64_t n;
    emb_i_answer *answers; /* sorted by question, then answer; none twice */
} emb_i_known;

static inline uint64_t emb_i_question_key(bool head_asked, gnn_id anchor,
                                          gnn_id relation) {
    return (uint64_t)(uint32_t)anchor << 32 | (uint64_t)(uint32_t)relation << 1 |
           (uint64_t)head_asked;
}

/* Both questions of every triple of n sets. Cost: 32 bytes a triple. */
gnn_status emb_i_known_make(emb_i_known *known, int n, const gnn_triples *const *sets);
void emb_i_known_clear(emb_i_known *known);
/* The answers of a question: *n of them. */
const emb_i_answer *emb_i_known_find(const emb_i_known *known, uint64_t question,
                                     int64_t *n);

#endif
