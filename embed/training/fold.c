/* From the rows of a batch to queries, and back to their gradients. */
#include <string.h>

#include <gnn/parallel.h>

#include "kernels/table.h"
#include "training/trainer.h"

/* Streams of the seed: what is dropped, by kind of row, step and first question. */
static const uint64_t DROPOUT_STREAM = (uint64_t)8 << 60;
enum { KIND_SHIFT = 58, STEP_SHIFT = 20 };
typedef enum dropped { DROP_ANCHOR, DROP_RELATION, DROP_QUERY } dropped;

/* x = mask ∘ x, for rows that begin at question `first`: the same mask each time. */
static void drop(const emb_i_trainer *t, dropped kind, double p, int64_t first,
                 int64_t count, gnn_real *x) {
    if (p == 0) return;
    uint64_t stream = DROPOUT_STREAM | (uint64_t)kind << KIND_SHIFT |
                      emb_i_trainer_step(t) << STEP_SHIFT | (uint64_t)first;
    const gnn_i_dropout_args args = {
        .dropout = gnn_i_dropout_make(t->options->seed, stream, p), .x = x, .y = x};
    gnn_i_kernels_get()->dropout(&args, 0, count);
}

/* Of queries what is compared, without what stands behind it: a bias, a normal. */
static void drop_query(const emb_i_trainer *t, int64_t first, int64_t n, gnn_real *x) {
    const emb_i_scorer *scorer = &t->model->scorer;
    for (int64_t i = 0; i < n; i++)
        drop(t, DROP_QUERY, t->options->query_dropout, first + i, scorer->match.width,
             x + i * scorer->query);
}

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
    if (t->has_target_gradients)
        emb_i_table_rows(&t->model->entity, n, batch->target + first,
                         r->target + first * scorer->entity);
    const emb_i_fold fold = fold_of(t, first, n);
    drop(t, DROP_ANCHOR, t->options->entity_dropout, first, n * scorer->entity,
         (gnn_real *)fold.anchor);
    drop(t, DROP_RELATION, t->options->relation_dropout, first, n * scorer->relation,
         (gnn_real *)fold.relation);
    scorer->type->fold(scorer, batch->side, &fold);
    drop_query(t, first, n, fold.query);
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
        const emb_i_regularized rows = {
            .anchor = r->anchor + i * entity,
            .relation = r->relation + i * relation,
            .target = r->target + i * entity,
            .query = r->query + i * scorer->query,
            .d_anchor = r->d_anchor + i * entity,
            .d_relation = r->d_relation + i * relation,
            .d_target = t->has_target_gradients ? r->d_target + i * entity : NULL,
            .d_query = r->d_query + i * scorer->query};
        t->row_loss[i] += emb_i_regularize(&t->regularizer, t->batch.side,
                                           factor * t->options->weight, &rows);
    }
    const double query_dropout = t->options->query_dropout;
    gnn_real *d_query = r->d_query + first * scorer->query;
    drop_query(t, first, n, d_query);
    /* Gradients of folds read whole queries, those of candidates what was left. */
    if (query_dropout > 0) scorer->type->fold(scorer, t->batch.side, &fold);
    scorer->type->fold_backward(scorer, t->batch.side, &fold);
    drop_query(t, first, n, fold.query);
    if (t->relation_term.weight > 0)
        emb_i_relation_term_rows(&t->relation_term, &t->batch, first, n, factor,
                                 r->anchor, r->target, r->d_anchor, r->d_target,
                                 t->row_loss);
    drop(t, DROP_ANCHOR, t->options->entity_dropout, first, n * entity, fold.d_anchor);
    drop(t, DROP_RELATION, t->options->relation_dropout, first, n * relation,
         fold.d_relation);
}

/* ---- shared parameters ---- */

static void update_part(void *argument, int64_t part, int thread) {
    emb_i_trainer *t = argument;
    const emb_i_scorer *scorer = &t->model->scorer;
    gnn_real *gradient =
        t->shared_scratch + thread * (scorer->shared + t->options->batch * scorer->dim);
    emb_i_fold fold = fold_of(t, 0, t->batch.n);
    fold.d_query = t->rows.d_query;
    scorer->type->shared_backward(scorer, t->batch.side, &fold, part, gradient,
                                  gradient + scorer->shared);
    emb_i_optimizer_row(&t->shared, part, gradient);
}

void emb_i_update_shared(emb_i_trainer *t) {
    gnn_parallel_for(t->n_threads, t->model->shared.n, update_part, t);
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
