/* A training run from inside: what its steps, its loop and its checkpoints share. */
#ifndef EMB_TRAINING_TRAINER_H
#define EMB_TRAINING_TRAINER_H

#include <embed/train.h>

#include "model/model.h"
#include "optimizers/optimizer.h"
#include "training/gradients.h"
#include "training/queries.h"
#include "training/regularizer.h"
#include "training/relation_term.h"

typedef enum emb_i_loss {
    EMB_I_SOFTMAX,         /* against every entity */
    EMB_I_BCE,             /* each entity true or false by itself */
    EMB_I_SAMPLED_SOFTMAX, /* these: against negatives that a chunk shares */
    EMB_I_LOGISTIC,
    EMB_I_MARGIN,
    EMB_I_SELF_ADVERSARIAL
} emb_i_loss;
#define EMB_I_LOSSES "softmax bce sampled-softmax logistic margin self-adversarial"
typedef enum emb_i_answers { EMB_I_ONE_ANSWER, EMB_I_ALL_ANSWERS } emb_i_answers;
#define EMB_I_ANSWERS "one all"
/* Of products in training. */
typedef enum emb_i_products {
    EMB_I_PRODUCTS_AUTO,
    EMB_I_PRODUCTS_FP32,
    EMB_I_PRODUCTS_BF16
} emb_i_products;
#define EMB_I_PRODUCTS "auto fp32 bf16"
static inline bool emb_i_loss_is_full(int loss) {
    return loss == EMB_I_SOFTMAX || loss == EMB_I_BCE;
}

/* Rows of a batch and their gradients, (batch, width) each. Of relations there is one for
 * each group of a block: its first as the block's first question, and so on. */
typedef struct emb_i_batch_rows {
    gnn_real *anchor, *relation, *mixed, *target, *query;
    gnn_real *d_anchor, *d_relation, *d_mixed, *d_target, *d_query;
} emb_i_batch_rows;

/* Where a run is: with the tables and the optimisers' states all that a checkpoint
 * needs. */
typedef struct emb_i_position {
    int64_t epoch, batch; /* epochs done; batches done of the one that runs */
    double loss;          /* of the epoch that runs, summed over its queries */
    int64_t best_epoch;
    int64_t since_best; /* evaluations */
    double best_mrr;
    double seconds;        /* of training */
    double seconds_before; /* the epoch that runs */
    gnn_schedule schedule;
} emb_i_position;

typedef struct emb_i_checkpoint emb_i_checkpoint;

typedef struct emb_i_trainer {
    emb_model *model;
    const gnn_triples *train;
    const emb_train_options *options;
    int n_threads;
    emb_i_match match; /* the scorer's, in the precision of training */
    emb_i_optimizer entity, relation, shared;
    emb_i_queries queries;
    emb_i_batch batch;
    emb_i_batch_rows rows;
    emb_i_gradients entity_gradients, relation_gradients;
    emb_i_regularizer regularizer;
    emb_i_relation_term relation_term; /* weight 0: none */
    bool has_target_gradients;
    int64_t block;            /* questions that are folded together */
    double *row_loss;         /* (batch) */
    gnn_real *shared_scratch; /* (threads, parts, shared) of update_shared */
    void *step;               /* what the kind of step keeps: full.c or sampled.c */
    emb_i_position at;
    char *best; /* the tables of the best epoch, one after another; NULL: no valid */
    emb_i_checkpoint *checkpoint; /* NULL without a run */
} emb_i_trainer;

/* The tables, with shared parameters, in the order in which `best` holds them. */
enum { EMB_I_N_TABLES = 3 };
static inline emb_i_table *emb_i_trainer_table(const emb_i_trainer *t, int i) {
    emb_i_table *const tables[] = {&t->model->entity, &t->model->relation,
                                   &t->model->shared};
    return tables[i];
}

/* Number of the step that runs, different for each: random numbers depend on it. */
static inline uint64_t emb_i_trainer_step(const emb_i_trainer *t) {
    return (uint64_t)(t->at.epoch * t->queries.most_batches + t->at.batch);
}

/* checkpoint.c: what is saved is described once, so that saving allocates nothing. */
gnn_status emb_i_checkpoint_make(emb_i_trainer *t);
void emb_i_checkpoint_free(emb_i_checkpoint *checkpoint);
gnn_status emb_i_checkpoint_save(emb_i_trainer *t, gnn_run *run);
/* *found: whether the run holds a state. */
gnn_status emb_i_checkpoint_load(emb_i_trainer *t, gnn_run *run, bool *found);
/* The optimisers' state of old rows from the run that the growth tells of. */
gnn_status emb_i_checkpoint_inherit(emb_i_trainer *t, const emb_growth *growth);

/* fold.c: what both kinds of steps do before and after the comparison with candidates. */

/* Rows of the questions first .. first + n - 1, a block, and their queries. */
void emb_i_fold_rows(emb_i_trainer *t, int64_t first, int64_t n);
/* From d_query of the block first .. first + n - 1 through the fold to anchors and
 * relations, and what regularisers add, times `factor` (their cost to row_loss);
 * d_target holds what else it is to hold. */
void emb_i_back_rows(emb_i_trainer *t, int64_t first, int64_t n, double factor);
/* What all triples share: allocated, and updated from the whole batch. */
gnn_status emb_i_shared_begin(emb_i_trainer *t);
void emb_i_update_shared(emb_i_trainer *t);
/* Gradients of anchors, targets, relations and negatives of the batch, listed and sorted
 * by row. */
void emb_i_collect(emb_i_trainer *t, int64_t n_negatives, const gnn_id *negatives,
                   const gnn_real *gradients);

/* full.c: losses over all entities. */
gnn_status emb_i_full_begin(emb_i_trainer *t);
void emb_i_full_end(emb_i_trainer *t);
/* One step on t->batch; returns the loss summed over its queries. */
double emb_i_full_step(emb_i_trainer *t);

/* sampled.c: losses against shared negatives. */
gnn_status emb_i_sampled_begin(emb_i_trainer *t);
void emb_i_sampled_end(emb_i_trainer *t);
double emb_i_sampled_step(emb_i_trainer *t);

#endif
