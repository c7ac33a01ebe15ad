/* A model from inside: a scorer and its tables. */
#ifndef EMB_MODEL_MODEL_H
#define EMB_MODEL_MODEL_H

#include <embed/model.h>

#include "scorers/scorer.h"
#include "tables/table.h"

struct emb_model {
    emb_i_scorer scorer;
    char *scorer_options; /* as they were given */
    emb_model_options options;
    emb_i_table entity;   /* (n_entities, scorer.entity) */
    emb_i_table relation; /* (n_relations, or twice as many, scorer.relation) */
    emb_i_table shared;   /* (shared_parts, shared) or empty */
};

/* What is asked of one end of a triple. */
typedef struct emb_i_question {
    emb_i_side side; /* how the scorer folds */
    gnn_id anchor, relation, target;
} emb_i_question;

/* The question about the tail (about the head) of head –relation→ tail. With reciprocal
 * relations heads are asked for as tails of the reciprocal one. */
static inline emb_i_question emb_i_ask(const emb_model *model, bool head_asked,
                                       gnn_id head, gnn_id relation, gnn_id tail) {
    if (!head_asked) return (emb_i_question){EMB_I_TAIL, head, relation, tail};
    if (!model->options.reciprocal)
        return (emb_i_question){EMB_I_HEAD, tail, relation, head};
    gnn_id reciprocal = relation + (gnn_id)model->options.n_relations;
    return (emb_i_question){EMB_I_TAIL, tail, reciprocal, head};
}

/* fold.c: queries (n, scorer.query) of n questions of one side, best those of a relation
 * together. */
void emb_i_model_fold(const emb_model *model, int64_t n, const emb_i_question *asked,
                      gnn_real *scratch, gnn_real *query);
/* Reals of scratch for it, whatever n is. */
int64_t emb_i_model_fold_scratch(const emb_model *model);

/* GNN_ERR_ARGUMENT when an id of the triples is out of range; `what` calls them. */
gnn_status emb_i_check_triples(const emb_model *model, const gnn_triples *triples,
                               const char *what);

#endif
