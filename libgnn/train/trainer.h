/* The trainer's insides: what a training run holds, shared by its steps, its evaluation
 * and its checkpoints. */
#ifndef GNN_TRAIN_TRAINER_H
#define GNN_TRAIN_TRAINER_H

#include <gnn/train.h>

#include "train/inference.h"
#include "train/times.h"

enum { N_PARTS = 4 };

/* Where a run is: with the parameters and the optimiser's moments, all that a checkpoint
 * needs. */
typedef struct gnn_i_position {
    int64_t epoch; /* done */
    int64_t step;  /* done */
    int64_t best_epoch;
    int64_t since_best; /* epochs */
    double best_value;  /* of the monitor at best_epoch */
    double seconds;     /* of training so far */
    gnn_schedule schedule;
} gnn_i_position;

typedef struct gnn_i_checkpoint gnn_i_checkpoint;

typedef struct gnn_i_trainer {
    gnn_model *model;
    const gnn_node_task *task;
    gnn_tensor x; /* the task's, which stays as it is meanwhile: a constant */
    const gnn_train_options *options;
    gnn_context *ctx;
    gnn_optimizer *optimizer;
    gnn_metrics_scratch *scratch;
    gnn_i_checkpoint *checkpoint; /* NULL without a run */
    gnn_i_position at;
    gnn_real *best; /* all parameters, one after the other, of the best epoch */
    int64_t n_values;
    gnn_id *rows[N_PARTS]; /* labelled nodes of each part, ascending */
    int64_t n_rows[N_PARTS];
    gnn_real *class_weight; /* (n_outputs) or NULL */
    gnn_i_times epoch_times, step_times;
    /* Sampled batches. */
    gnn_sampler *sampler;
    gnn_i_inference *inference; /* evaluates */
    int n_hops;
    gnn_graph **blocks;     /* (n_hops) of the current batch */
    gnn_id *order;          /* training nodes, shuffled each epoch */
    gnn_tensor *batch_x;    /* features of the batch's sources */
    gnn_id *batch_class;    /* (batch) */
    gnn_real *batch_target; /* (batch, n_outputs) */
} gnn_i_trainer;

/* step.c: the steps of one epoch; *loss receives their mean, weighted by target nodes. */
gnn_status gnn_i_train_epoch(gnn_i_trainer *t, double *loss);
gnn_status gnn_i_prepare_batches(gnn_i_trainer *t);

/* The loss of a task on outputs z: rows NULL means all rows of z. */
gnn_tensor *gnn_i_task_loss(gnn_context *ctx, const gnn_i_trainer *t, gnn_tensor *z,
                            const gnn_id *class_of, const gnn_real *target,
                            int64_t n_rows, const gnn_id *rows);

/* checkpoint.c: what is saved is described once, so that saving allocates nothing. */
gnn_status gnn_i_checkpoint_new(gnn_i_trainer *t, gnn_i_checkpoint **checkpoint);
void gnn_i_checkpoint_free(gnn_i_checkpoint *checkpoint);
gnn_status gnn_i_checkpoint_save(gnn_i_trainer *t, gnn_run *run);
gnn_status gnn_i_checkpoint_load(gnn_i_trainer *t, gnn_run *run);

/* evaluate.c: whether a task and a model fit together. */
gnn_status gnn_i_task_check(const gnn_model *model, const gnn_node_task *task);
/* Outputs of all nodes with the parameters as they are, borrowed until the
 * next step; metrics on the labelled nodes of a part. */
gnn_status gnn_i_outputs(gnn_i_trainer *t, const gnn_tensor **outputs);
gnn_status gnn_i_measure(gnn_i_trainer *t, const gnn_tensor *outputs, gnn_part part,
                         bool ranked, gnn_metrics *metrics);
/* Labelled nodes of a part of a task, ascending, as a new array. */
gnn_status gnn_i_labelled_rows(const gnn_node_task *task, gnn_part part, gnn_id **rows,
                               int64_t *n);

/* All parameters of a model to and from one block. */
int64_t gnn_i_parameters_count(const gnn_model *model);
void gnn_i_parameters_get(const gnn_model *model, gnn_real *values);
void gnn_i_parameters_set(gnn_model *model, const gnn_real *values);

#endif
