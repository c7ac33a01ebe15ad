/* The term that predicts relations [1]: beside tails and heads, each question asks which
 * relation joins its ends, by a softmax over all of them,
 *
 *     weight (log Σ_r' exp s(h, r', t) - s(h, r, t)),   s(h, r, t) = q(h, t) · r,
 *
 * for scorers that are linear in the relation (fold_ends).
 * [1] Chen, Minervini, Riedel & Stenetorp 2021, arXiv:2110.02834 */
#ifndef EMB_TRAINING_RELATION_TERM_H
#define EMB_TRAINING_RELATION_TERM_H

#include "model/model.h"
#include "training/queries.h"

typedef struct emb_i_relation_term {
    const emb_model *model;
    double weight;
    gnn_real *query, *d_query; /* (batch, relation) */
    gnn_real *w;               /* (batch, relations) scores, then their weights */
    gnn_real *gradient;        /* (relations, relation) of the batch */
    gnn_id *rows;              /* (relations) 0, 1, 2 … */
} emb_i_relation_term;

/* Errors: GNN_ERR_ARGUMENT for a scorer without fold_ends. */
gnn_status emb_i_relation_term_begin(emb_i_relation_term *term, const emb_model *model,
                                     double weight, int64_t batch);
void emb_i_relation_term_end(emb_i_relation_term *term);

/* The rows of questions first .. first + n - 1: adds factor times their cost to row_loss,
 * and gradients to d_anchor and d_target, all indexed from the batch's first question. */
void emb_i_relation_term_rows(const emb_i_relation_term *term, const emb_i_batch *batch,
                              int64_t first, int64_t n, double factor,
                              const gnn_real *anchor, const gnn_real *target,
                              gnn_real *d_anchor, gnn_real *d_target, double *row_loss);
/* After all rows: term->gradient of every relation. */
void emb_i_relation_term_relations(const emb_i_relation_term *term,
                                   const emb_i_batch *batch, int n_threads);

#endif
