/* Questions to a trained model: what fits best. */
#ifndef EMBED_QUERY_H
#define EMBED_QUERY_H

#include <embed/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** An answer: a row of the entities or relations, and its score. */
typedef struct emb_answer {
    gnn_id row;
    gnn_real score;
} emb_answer;

/** What is asked. Rows that are not given are -1.
 *
 *      head, relation   tails, by score
 *      relation, tail   heads
 *      head, tail       relations
 *      near             entities whose vectors have the largest cosine with that one's */
typedef struct emb_question {
    gnn_id head, relation, tail, near;
    int64_t n_excluded;
    const gnn_id *excluded; /**< rows that are no answer; in any order */
} emb_question;
#define EMB_QUESTION_INIT                                                                \
    { -1, -1, -1, -1, 0, NULL }

/** The `top` best answers, best first; among equals the lower row. *n receives how many
 *  there are (fewer where there are fewer candidates). Scores that are not numbers come
 *  last.
 *  Errors: GNN_ERR_ARGUMENT for a row out of range or a question of no such form;
 *  GNN_ERR_MEMORY. Cost: one pass over the candidates, 4 bytes each. */
GNN_API gnn_status emb_query(const emb_model *model, const emb_question *question,
                             int64_t top, int n_threads, emb_answer *answers, int64_t *n);

#ifdef __cplusplus
}
#endif

#endif
