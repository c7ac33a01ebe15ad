/* What triples ask: each for its tail and for its head, and what several of them ask only
 * once. */
#ifndef EMB_EVALUATE_QUESTIONS_H
#define EMB_EVALUATE_QUESTIONS_H

#include "model/model.h"

/* One side of one triple. */
typedef struct emb_i_asked {
    uint64_t question;
    int64_t place; /* 2 × triple + head asked */
} emb_i_asked;

typedef struct emb_i_questions {
    int64_t n;          /* different ones: those about tails first, then by relation */
    int64_t n_asked;    /* 2 × triples */
    emb_i_asked *asked; /* (n_asked) sorted by question, then place */
    int64_t *first;     /* (n + 1) where in `asked` each question begins */
} emb_i_questions;

/* A question as one number, and back. */
static inline uint64_t emb_i_question_key(bool head_asked, gnn_id anchor,
                                          gnn_id relation) {
    return (uint64_t)head_asked << 63 | (uint64_t)(uint32_t)relation << 32 |
           (uint64_t)(uint32_t)anchor;
}
static inline bool emb_i_key_head_asked(uint64_t question) {
    return question >> 63 != 0;
}
/* The question of a key as the model asks it; without a target. */
static inline emb_i_question emb_i_key_ask(const emb_model *model, uint64_t question) {
    gnn_id anchor = (gnn_id)(question & 0xffffffff);
    gnn_id relation = (gnn_id)(question >> 32 & 0x7fffffff);
    return emb_i_ask(model, emb_i_key_head_asked(question), anchor, relation, anchor);
}

/* Key and answer of a side of triple i. */
static inline uint64_t emb_i_triple_key(const gnn_triples *t, int64_t i,
                                        bool head_asked) {
    return emb_i_question_key(head_asked, head_asked ? t->tail[i] : t->head[i],
                              t->relation[i]);
}
static inline gnn_id emb_i_triple_answer(const gnn_triples *t, int64_t place) {
    return (place & 1) != 0 ? t->head[place / 2] : t->tail[place / 2];
}

/* Errors: GNN_ERR_MEMORY. Cost: O(n log n); 48 bytes a triple at most. */
gnn_status emb_i_questions_make(emb_i_questions *questions, const gnn_triples *triples);
void emb_i_questions_clear(emb_i_questions *questions);

#endif
