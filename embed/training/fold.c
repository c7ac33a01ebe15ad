/* From the rows of a batch to queries, and back to their gradients. */
#include <string.h>

#include "training/trainer.h"

/* The questions first .. first + n - 1, without gradients. */
static emb_i_fold fold_of(const emb_i_trainer *t, int64_t first, int64_t n) {
    const emb_i_scorer *scorer = &t->model->scorer;
    return (emb_i_fold){.n = n,
                        .anchor = t->rows.anchor + first * scorer->entity,
                        .relation = t->rows.relation + first * scorer->relation,
                        .shared = t->model->shared.values,
                        .query = t->rows.query + first * scorer->query};
}

void emb_i_fold_rows(emb_i_trainer *t, int64_t first, int64_t n) {
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch *batch = &t->batch;
    const emb_i_batch_rows *r = &t->rows;
    emb_i_table_rows(&t->model->entity, n, batch->anchor + first,
                     r->anchor + first * scorer->entity);
    emb_i_table_rows(&t->model->relation, n, batch->relation + first,
                     r->relation + first * scorer->relation);
    emb_i_table_rows(&t->model->entity, n, batch->target + first,
                     r->target + first * scorer->entity);
    const emb_i_fold fold = fold_of(t, first, n);
    scorer->type->fold(scorer, batch->side, &fold);
}

void emb_i_back_rows(emb_i_trainer *t, int64_t first, int64_t n, double factor) {
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch_rows *r = &t->rows;
    const int64_t entity = scorer->entity, relation = scorer->relation;
    emb_i_fold fold = fold_of(t, first, n);
    fold.d_query = r->d_query + first * scorer->query;
    fold.d_anchor = r->d_anchor + first * entity;
    fold.d_relation = r->d_relation + first * relation;
    memset(fold.d_anchor, 0, (size_t)(n * entity) * sizeof(gnn_real));
    memset(fold.d_relation, 0, (size_t)(n * relation) * sizeof(gnn_real));
    for (int64_t i = first; i < first + n && t->regularizer.kind; i++) {
        const emb_i_regularized rows = {.anchor = r->anchor + i * entity,
                                        .relation = r->relation + i * relation,
                                        .target = r->target + i * entity,
                                        .query = r->query + i * scorer->query,
                                        .d_anchor = r->d_anchor + i * entity,
                                        .d_relation = r->d_relation + i * relation,
                                        .d_target = r->d_target + i * entity,
                                        .d_query = r->d_query + i * scorer->query};
        t->row_loss[i] += emb_i_regularize(&t->regularizer, t->batch.side,
                                           factor * t->options->weight, &rows);
    }
    scorer->type->fold_backward(scorer, t->batch.side, &fold);
    if (t->relation_term.weight > 0)
        emb_i_relation_term_rows(&t->relation_term, &t->batch, first, n, factor,
                                 r->anchor, r->target, r->d_anchor, r->d_target,
                                 t->row_loss);
}

void emb_i_collect(emb_i_trainer *t, int64_t n_negatives, const gnn_id *negatives,
                   const gnn_real *gradients) {
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch *batch = &t->batch;
    emb_i_gradients_reset(&t->entity_gradients);
    emb_i_gradients_reset(&t->relation_gradients);
    emb_i_gradients_add(&t->entity_gradients, batch->n, batch->anchor, t->rows.d_anchor,
                        scorer->entity);
    if (t->has_target_gradients)
        emb_i_gradients_add(&t->entity_gradients, batch->n, batch->target,
                            t->rows.d_target, scorer->entity);
    emb_i_gradients_add(&t->entity_gradients, n_negatives, negatives, gradients,
                        scorer->entity);
    emb_i_gradients_add(&t->relation_gradients, batch->n, batch->relation,
                        t->rows.d_relation, scorer->relation);
    if (t->relation_term.weight > 0) {
        emb_i_relation_term_relations(&t->relation_term, batch, t->n_threads);
        emb_i_gradients_add(&t->relation_gradients, t->model->relation.n,
                            t->relation_term.rows, t->relation_term.gradient,
                            scorer->relation);
    }
    emb_i_gradients_sort(&t->entity_gradients);
    emb_i_gradients_sort(&t->relation_gradients);
}
