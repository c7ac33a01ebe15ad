/* The training loop: epochs of steps, evaluation, the best epoch, checkpoints. */
#include <math.h>
#include <string.h>
#include <time.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "kernels/table.h"
#include "training/trainer.h"

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- set-up ---- */

static void clear(emb_i_trainer *t) {
    if (emb_i_loss_is_full(t->options->loss))
        emb_i_full_end(t);
    else
        emb_i_sampled_end(t);
    emb_i_checkpoint_free(t->checkpoint);
    emb_i_optimizer_clear(&t->entity);
    emb_i_optimizer_clear(&t->relation);
    emb_i_optimizer_clear(&t->shared);
    emb_i_relation_term_end(&t->relation_term);
    emb_i_queries_end(&t->queries);
    emb_i_gradients_clear(&t->entity_gradients);
    emb_i_gradients_clear(&t->relation_gradients);
    gnn_i_free(t->batch.anchor);
    gnn_i_free(t->batch.answer);
    gnn_i_free(t->batch.n_answers);
    gnn_i_free(t->rows.anchor);
    gnn_i_free(t->row_loss);
    gnn_i_free(t->shared_scratch);
    gnn_i_free(t->best);
}

/* The batch's ids and rows, one block each. */
static gnn_status make_rows(emb_i_trainer *t) {
    gnn_status status;
    const emb_i_scorer *s = &t->model->scorer;
    int64_t n = t->options->batch;
    gnn_id *ids = NULL;
    gnn_real *rows = NULL;
    GNN_TRY(gnn_i_alloc(&ids, (size_t)(4 * n), sizeof *ids, "a batch"));
    t->batch = (emb_i_batch){
        .anchor = ids, .relation = ids + n, .target = ids + 2 * n, .place = ids + 3 * n};
    GNN_TRY(gnn_i_alloc(&t->batch.answer, (size_t)n, sizeof *t->batch.answer, "a batch"));
    GNN_TRY(gnn_i_alloc(&t->batch.n_answers, (size_t)n, sizeof *t->batch.n_answers,
                        "a batch"));
    const int64_t width = 4 * s->entity + 2 * s->relation + 2 * s->mixed + 2 * s->query;
    GNN_TRY(gnn_i_alloc(&rows, (size_t)(n * width), sizeof *rows, "a batch"));
    t->rows.anchor = rows;
    t->rows.d_anchor = rows += n * s->entity;
    t->rows.target = rows += n * s->entity;
    t->rows.d_target = rows += n * s->entity;
    t->rows.relation = rows += n * s->entity;
    t->rows.d_relation = rows += n * s->relation;
    t->rows.mixed = rows += n * s->relation;
    t->rows.d_mixed = rows += n * s->mixed;
    t->rows.query = rows += n * s->mixed;
    t->rows.d_query = rows += n * s->query;
    GNN_TRY(gnn_i_alloc(&t->row_loss, (size_t)n, sizeof *t->row_loss, "a batch"));
cleanup:
    return status;
}

gnn_status emb_train_options_settle(const emb_model *model, emb_train_options *options) {
    const emb_i_scorer *scorer = &model->scorer;
    /* Distances are small differences of large products. */
    const bool is_product = scorer->match.kind == EMB_I_DOT;
    if (options->precision == EMB_I_PRODUCTS_AUTO)
        options->precision = is_product && gnn_i_kernels_have_bf16()
                                 ? EMB_I_PRODUCTS_BF16
                                 : EMB_I_PRODUCTS_FP32;
    if (options->precision == EMB_I_PRODUCTS_FP32) return GNN_OK;
    if (!is_product)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "precision 'bf16' goes with scorers that are dot products, not "
                        "with %s",
                        scorer->type->info.name);
    if (!gnn_i_kernels_have_bf16())
        return gnn_fail(GNN_ERR_UNSUPPORTED,
                        "precision 'bf16': this processor, or the instruction set %s, "
                        "has no bfloat16 products",
                        gnn_isa());
    return GNN_OK;
}

/* The match of training. */
static gnn_status choose_match(emb_i_trainer *t) {
    emb_train_options settled = *t->options;
    t->match = t->model->scorer.match;
    gnn_status status = emb_train_options_settle(t->model, &settled);
    t->match.bf16 = settled.precision == EMB_I_PRODUCTS_BF16;
    return status;
}

/* Checks what the model is said to have been, and freezes it if that is wanted. */
static gnn_status check_growth(emb_i_trainer *t, const emb_growth *growth) {
    const emb_model_options *now = &t->model->options;
    if (growth->n_entities < 1 || growth->n_entities > now->n_entities ||
        growth->n_relations < 1 || growth->n_relations > now->n_relations)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "a model of %lld entities and %lld relations is said to have had "
                        "%lld and %lld",
                        (long long)now->n_entities, (long long)now->n_relations,
                        (long long)growth->n_entities, (long long)growth->n_relations);
    if (!growth->freeze) return GNN_OK;
    t->entity.frozen = growth->n_entities;
    t->relation.frozen = growth->n_relations;
    t->relation.period = now->n_relations; /* reciprocal relations follow */
    t->shared.frozen = t->model->shared.n;
    return GNN_OK;
}

static gnn_status set_up(emb_i_trainer *t, const gnn_triples *valid, gnn_run *run) {
    gnn_status status;
    const emb_train_options *o = t->options;
    const emb_i_scorer *scorer = &t->model->scorer;
    emb_i_optimizer_kind kind = (emb_i_optimizer_kind)o->optimizer;
    const bool grouped = o->answers == EMB_I_ALL_ANSWERS;
    t->n_threads = o->n_threads > 0 ? o->n_threads : gnn_n_processors();
    t->regularizer = (emb_i_regularizer){(emb_i_regularizer_kind)o->regularizer, scorer};
    GNN_CHECK(!grouped || (emb_i_loss_is_full(o->loss) && o->relation_weight == 0),
              GNN_ERR_ARGUMENT,
              "answers 'all' goes with losses over all entities and without "
              "relation-weight");
    t->has_target_gradients =
        !grouped && (t->regularizer.kind != EMB_I_REGULARIZE_NONE ||
                     o->relation_weight > 0 || !emb_i_loss_is_full(o->loss));
    t->at.best_mrr = -1;
    t->at.schedule = o->schedule;
    t->at.schedule.epochs = o->epochs;
    t->at.schedule.current = 1;
    t->at.schedule.best = INFINITY;
    GNN_TRY(choose_match(t));
    GNN_TRY(emb_i_check_triples(t->model, t->train, "a training"));
    GNN_CHECK(!grouped || o->corrupt == EMB_I_BOTH, GNN_ERR_ARGUMENT,
              "answers 'all' asks for both ends: without corrupt 'bernoulli'");
    GNN_CHECK(!o->hogwild || (!emb_i_loss_is_full(o->loss) && o->relation_weight == 0),
              GNN_ERR_ARGUMENT,
              "hogwild goes with losses against negatives and without relation-weight");
    GNN_CHECK(o->head_negatives == 0 || !emb_i_loss_is_full(o->loss), GNN_ERR_ARGUMENT,
              "head-negatives goes with losses against negatives");
    GNN_TRY(emb_i_queries_begin(&t->queries, t->model, t->train, o));
    GNN_TRY(emb_i_optimizer_make(&t->entity, kind, &t->model->entity, o->lr));
    GNN_TRY(emb_i_optimizer_make(&t->relation, kind, &t->model->relation, o->lr));
    if (scorer->shared > 0)
        GNN_TRY(emb_i_optimizer_make(&t->shared, kind, &t->model->shared, o->lr));
    GNN_TRY(emb_i_shared_begin(t));
    GNN_TRY(make_rows(t));
    if (emb_i_loss_is_full(o->loss))
        GNN_TRY(emb_i_full_begin(t));
    else
        GNN_TRY(emb_i_sampled_begin(t));
    GNN_TRY(emb_i_relation_term_begin(&t->relation_term, t->model, o->relation_weight,
                                      o->batch));
    GNN_TRY(emb_i_gradients_make(&t->relation_gradients, o->batch + t->model->relation.n,
                                 scorer->relation, t->n_threads));
    size_t bytes = 0;
    for (int i = 0; i < EMB_I_N_TABLES; i++)
        bytes += emb_i_table_bytes(emb_i_trainer_table(t, i));
    if (valid != NULL && valid->n > 0)
        GNN_TRY(gnn_i_calloc(&t->best, bytes, 1, "the best epoch"));
    bool resumed = false;
    if (o->growth != NULL) GNN_TRY(check_growth(t, o->growth));
    if (run != NULL) {
        GNN_TRY(emb_i_checkpoint_make(t));
        GNN_TRY(emb_i_checkpoint_load(t, run, &resumed));
    }
    if (!resumed && o->growth != NULL && o->growth->run != NULL)
        GNN_TRY(emb_i_checkpoint_inherit(t, o->growth));
cleanup:
    return status;
}

/* ---- the best epoch ---- */

static void exchange_best(emb_i_trainer *t, bool keep) {
    char *best = t->best;
    for (int i = 0; i < EMB_I_N_TABLES; i++) {
        const emb_i_table *table = emb_i_trainer_table(t, i);
        const size_t bytes = emb_i_table_bytes(table);
        void *now = emb_i_table_data(table);
        if (bytes == 0) continue;
        memcpy(keep ? best : now, keep ? now : best, bytes);
        best += bytes;
    }
}

static gnn_status evaluate(emb_i_trainer *t, const gnn_triples *valid, emb_epoch *epoch,
                           emb_evaluation *evaluation) {
    const gnn_triples *known[] = {t->train, valid};
    const emb_evaluate_options options = {
        .n_known = 2, .known = known, .n_threads = t->n_threads};
    gnn_status status = emb_evaluate(t->model, valid, &options, NULL, evaluation);
    if (status != GNN_OK) return status;
    epoch->valid = evaluation;
    gnn_schedule_observe(&t->at.schedule, -evaluation->both.mrr);
    epoch->is_best = evaluation->both.mrr > t->at.best_mrr;
    t->at.since_best = epoch->is_best ? 0 : t->at.since_best + 1;
    if (epoch->is_best) {
        t->at.best_mrr = evaluation->both.mrr;
        t->at.best_epoch = t->at.epoch;
        exchange_best(t, true);
    }
    return GNN_OK;
}

/* ---- the loop ---- */

typedef struct training {
    emb_i_trainer *t;
    const gnn_triples *valid;
    gnn_run *run;
    const emb_watch *watch;
    double saved; /* when */
    double cost;  /* seconds that it took */
} training;

static gnn_status save(training *a) {
    double began = now();
    gnn_status status = a->run != NULL ? emb_i_checkpoint_save(a->t, a->run) : GNN_OK;
    a->saved = now();
    a->cost = a->saved - began;
    return status;
}

static gnn_status stop(training *a) {
    gnn_status status = save(a);
    if (status != GNN_OK) return status;
    return gnn_fail(GNN_ERR_CANCELLED, "training was interrupted in epoch %lld",
                    (long long)a->t->at.epoch + 1);
}

static gnn_status one_step(training *a) {
    emb_i_trainer *t = a->t;
    emb_i_queries_batch(&t->queries, t->at.batch, &t->batch);
    t->entity.step = emb_i_trainer_step(t);
    double loss =
        emb_i_loss_is_full(t->options->loss) ? emb_i_full_step(t) : emb_i_sampled_step(t);
    t->at.loss += loss;
    t->at.batch++;
    if (!isfinite(loss))
        return gnn_fail(GNN_ERR_NUMERIC,
                        "epoch %lld: the loss is not finite; a smaller learning rate "
                        "may help",
                        (long long)t->at.epoch + 1);
    return GNN_OK;
}

static void set_lr(emb_i_trainer *t) {
    double factor = gnn_schedule_factor(&t->at.schedule, t->at.epoch + 1);
    t->entity.lr = t->relation.lr = t->shared.lr = factor * t->options->lr;
}

/* The steps of an epoch, or what is left of them. */
static gnn_status steps(training *a) {
    gnn_status status = GNN_OK;
    emb_i_trainer *t = a->t;
    const emb_i_queries *q = &t->queries;
    emb_i_queries_shuffle(&t->queries, t->at.epoch);
    set_lr(t);
    while (t->at.batch < q->n_all_batches) {
        double began = now();
        GNN_TRY(one_step(a));
        double ended = now(), every = t->options->save_every;
        t->at.seconds += ended - began;
        int64_t done = t->at.batch * q->batch_size, all = q->n_all;
        if (a->watch != NULL && a->watch->step != NULL &&
            a->watch->step(a->watch->user, "queries", done < all ? done : all, all) != 0)
            return stop(a);
        if (every > 0 && ended - a->saved >= fmax(every, 10 * a->cost)) GNN_TRY(save(a));
    }
cleanup:
    return status;
}

static gnn_status append_metrics(gnn_run *run, const emb_epoch *e) {
    gnn_run_metric line[] = {{"epoch", (double)e->epoch},
                             {"train_loss", e->loss},
                             {"seconds", e->seconds},
                             {"valid_mrr", e->valid ? e->valid->both.mrr : 0},
                             {"valid_hits@1", e->valid ? e->valid->both.hits1 : 0},
                             {"valid_hits@10", e->valid ? e->valid->both.hits10 : 0}};
    return gnn_run_append_metrics(run, e->valid ? 6 : 3, line);
}

static gnn_status one_epoch(training *a) {
    gnn_status status;
    emb_i_trainer *t = a->t;
    const emb_train_options *o = t->options;
    emb_evaluation evaluation;
    emb_epoch epoch = {0};
    GNN_TRY(steps(a));
    epoch.n_queries = t->queries.n_all;
    epoch.loss = t->at.loss / (double)epoch.n_queries;
    epoch.seconds = t->at.seconds - t->at.seconds_before;
    t->at.seconds_before = t->at.seconds;
    epoch.epoch = ++t->at.epoch;
    t->at.batch = 0;
    t->at.loss = 0;
    if (t->best != NULL &&
        (t->at.epoch == o->epochs || t->at.epoch % o->evaluate_every == 0))
        GNN_TRY(evaluate(t, a->valid, &epoch, &evaluation));
    if (a->run != NULL) GNN_TRY(append_metrics(a->run, &epoch));
    if (a->watch != NULL && a->watch->epoch != NULL &&
        a->watch->epoch(a->watch->user, &epoch) != 0)
        return stop(a);
cleanup:
    return status;
}

gnn_status emb_train(emb_model *model, const gnn_triples *train, const gnn_triples *valid,
                     const emb_train_options *options, gnn_run *run,
                     const emb_watch *watch, emb_train_report *report) {
    gnn_status status;
    emb_i_trainer *t = NULL;
    GNN_TRY(gnn_i_calloc(&t, 1, sizeof *t, "a trainer"));
    t->model = model;
    t->train = train;
    t->options = options;
    int64_t held = gnn_i_alloc_bytes();
    GNN_TRY(set_up(t, valid, run));
    if (watch != NULL && watch->ready != NULL)
        watch->ready(watch->user, gnn_i_alloc_bytes() - held);
    training a = {.t = t, .valid = valid, .run = run, .watch = watch, .saved = now()};
    while (t->at.epoch < options->epochs &&
           !(options->patience > 0 && t->at.since_best >= options->patience))
        GNN_TRY(one_epoch(&a));
    GNN_TRY(save(&a));
    if (t->at.best_epoch > 0) exchange_best(t, false);
    double each = t->at.epoch > 0 ? t->at.seconds / (double)t->at.epoch : 0;
    if (report != NULL)
        *report = (emb_train_report){.epochs = t->at.epoch,
                                     .best_epoch = t->at.best_epoch,
                                     .seconds_total = t->at.seconds,
                                     .seconds_per_epoch = each,
                                     .queries_per_second =
                                         each > 0 ? (double)t->queries.n_all / each : 0};
cleanup:
    if (t != NULL) clear(t);
    gnn_i_free(t);
    return status;
}
