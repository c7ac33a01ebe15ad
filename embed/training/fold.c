/* From the rows of a batch to queries, and back to their gradients. */
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
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

/* The block that begins at question `first`, and how many questions it has. */
static emb_i_folds folds_of(const emb_i_trainer *t, int64_t first, int64_t n) {
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch_rows *r = &t->rows;
    const gnn_id *id = t->batch.relation + first;
    int64_t groups = 0;
    for (int64_t i = 0; i < n; i++) groups += emb_i_begins_group(id, i);
    return (emb_i_folds){
        .n = n,
        .id = id,
        .anchor = r->anchor + first * scorer->entity,
        .groups = {.n = groups,
                   .relation = r->relation + first * scorer->relation,
                   .shared = t->model->shared.values,
                   .mixed = r->mixed + first * scorer->mixed,
                   .d_mixed = r->d_mixed + first * scorer->mixed,
                   .d_relation = r->d_relation + first * scorer->relation},
        .query = r->query + first * scorer->query,
        .d_query = r->d_query + first * scorer->query,
        .d_anchor = r->d_anchor + first * scorer->entity};
}
static int64_t block_size(const emb_i_trainer *t, int64_t first) {
    const int64_t left = t->batch.n - first;
    return left < t->block ? left : t->block;
}

void emb_i_fold_rows(emb_i_trainer *t, int64_t first, int64_t n) {
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch *batch = &t->batch;
    const emb_i_batch_rows *r = &t->rows;
    const emb_i_folds folds = folds_of(t, first, n);
    gnn_real *relation = r->relation + first * scorer->relation;
    emb_i_table_rows(&t->model->entity, n, batch->anchor + first,
                     r->anchor + first * scorer->entity);
    for (int64_t i = 0, g = 0; i < n; i++)
        if (emb_i_begins_group(folds.id, i))
            emb_i_table_rows(&t->model->relation, 1, &folds.id[i],
                             relation + g++ * scorer->relation);
    if (t->has_target_gradients)
        emb_i_table_rows(&t->model->entity, n, batch->target + first,
                         r->target + first * scorer->entity);
    drop(t, DROP_ANCHOR, t->options->entity_dropout, first, n * scorer->entity,
         r->anchor + first * scorer->entity);
    drop(t, DROP_RELATION, t->options->relation_dropout, first,
         folds.groups.n * scorer->relation, relation);
    emb_i_fold_forward(scorer, batch->side, &folds);
    drop_query(t, first, n, folds.query);
}

void emb_i_back_rows(emb_i_trainer *t, int64_t first, int64_t n, double factor) {
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch_rows *r = &t->rows;
    const int64_t entity = scorer->entity, relation = scorer->relation;
    const emb_i_folds folds = folds_of(t, first, n);
    const emb_i_mix *groups = &folds.groups;
    memset(folds.d_anchor, 0, (size_t)(n * entity) * sizeof(gnn_real));
    memset(groups->d_relation, 0, (size_t)(groups->n * relation) * sizeof(gnn_real));
    for (int64_t i = first, g = -1; i < first + n && t->regularizer.kind; i++) {
        g += emb_i_begins_group(folds.id, i - first);
        const emb_i_regularized rows = {
            .anchor = r->anchor + i * entity,
            .relation = groups->relation + g * relation,
            .target = r->target + i * entity,
            .query = r->query + i * scorer->query,
            .d_anchor = r->d_anchor + i * entity,
            .d_relation = groups->d_relation + g * relation,
            .d_target = t->has_target_gradients ? r->d_target + i * entity : NULL,
            .d_query = r->d_query + i * scorer->query};
        t->row_loss[i] += emb_i_regularize(&t->regularizer, t->batch.side,
                                           factor * t->options->weight, &rows);
    }
    const double query_dropout = t->options->query_dropout;
    gnn_real *d_query = r->d_query + first * scorer->query;
    drop_query(t, first, n, d_query);
    /* Gradients of folds read whole queries, those of candidates what was left. */
    if (query_dropout > 0) emb_i_fold_forward(scorer, t->batch.side, &folds);
    emb_i_fold_backward(scorer, t->batch.side, &folds);
    drop_query(t, first, n, folds.query);
    if (t->relation_term.weight > 0)
        emb_i_relation_term_rows(&t->relation_term, &t->batch, first, n, factor,
                                 r->anchor, r->target, r->d_anchor, r->d_target,
                                 t->row_loss);
    drop(t, DROP_ANCHOR, t->options->entity_dropout, first, n * entity, folds.d_anchor);
    drop(t, DROP_RELATION, t->options->relation_dropout, first, groups->n * relation,
         groups->d_relation);
}

/* ---- shared parameters ---- */

/* Parts updated at a time: their gradients take a few MB. */
static int64_t parts_at_once(const emb_i_scorer *scorer) {
    enum { MOST_REALS = 1 << 19 };
    const int64_t parts = MOST_REALS / scorer->shared;
    if (parts < 1) return 1;
    return parts < scorer->shared_parts ? parts : scorer->shared_parts;
}

gnn_status emb_i_shared_begin(emb_i_trainer *t) {
    const emb_i_scorer *scorer = &t->model->scorer;
    if (scorer->shared == 0) return GNN_OK;
    const int64_t reals = parts_at_once(scorer) * scorer->shared;
    return gnn_i_alloc(&t->shared_scratch, (size_t)(t->n_threads * reals),
                       sizeof *t->shared_scratch, "gradients of parameters");
}

static void update_parts(void *argument, int64_t job, int thread) {
    emb_i_trainer *t = argument;
    const emb_i_scorer *scorer = &t->model->scorer;
    const int64_t parts = parts_at_once(scorer), first = job * parts;
    const int64_t left = scorer->shared_parts - first, n = left < parts ? left : parts;
    const size_t reals = (size_t)(parts * scorer->shared);
    gnn_real *gradient = t->shared_scratch + (size_t)thread * reals;
    memset(gradient, 0, reals * sizeof *gradient);
    for (int64_t block = 0; block < t->batch.n; block += t->block) {
        const emb_i_folds folds = folds_of(t, block, block_size(t, block));
        scorer->type->shared_backward(scorer, &folds.groups, first, n, gradient);
    }
    emb_i_optimizer_rows(&t->shared, first, n, gradient);
}

void emb_i_update_shared(emb_i_trainer *t) {
    const emb_i_scorer *scorer = &t->model->scorer;
    if (scorer->shared == 0) return;
    const int64_t parts = parts_at_once(scorer);
    gnn_parallel_for(t->n_threads, (scorer->shared_parts + parts - 1) / parts,
                     update_parts, t);
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
    for (int64_t block = 0; block < batch->n; block += t->block) {
        const emb_i_folds folds = folds_of(t, block, block_size(t, block));
        const gnn_real *d = folds.groups.d_relation;
        for (int64_t i = 0; i < folds.n; i++) {
            if (!emb_i_begins_group(folds.id, i)) continue;
            emb_i_gradients_add(&t->relation_gradients, 1, &folds.id[i], d,
                                scorer->relation);
            d += scorer->relation;
        }
    }
    if (t->relation_term.weight > 0) {
        emb_i_relation_term_relations(&t->relation_term, batch, t->n_threads);
        emb_i_gradients_add(&t->relation_gradients, t->model->relation.n,
                            t->relation_term.rows, t->relation_term.gradient,
                            scorer->relation);
    }
    emb_i_gradients_sort(&t->entity_gradients);
    emb_i_gradients_sort(&t->relation_gradients);
}
