/* The questions of an epoch, in a random order, cut into batches: of every triple its
 * tail and its head, or one of them, drawn anew each epoch. Grouped, triples that ask the
 * same are one question with several answers. Within a batch, or each of its chunks,
 * questions of a relation stand together: they are folded together. */
#ifndef EMB_TRAINING_QUERIES_H
#define EMB_TRAINING_QUERIES_H

#include <embed/train.h>

#include "model/model.h"

typedef enum emb_i_corrupt {
    EMB_I_BOTH,
    EMB_I_BERNOULLI /* the head with probability tails / (heads + tails) of the relation:
                     * the end for which a random entity is less often true
                     * [Wang et al. 2014] */
} emb_i_corrupt;
#define EMB_I_CORRUPTS "both bernoulli"

typedef struct emb_i_queries {
    const emb_model *model;
    const gnn_triples *triples;
    int64_t batch_size;
    int64_t segment; /* questions of a batch that stand in the order of their relations */
    uint64_t seed;
    /* grouped: question q of side s is number start[s] + q of these; else NULL */
    emb_i_question *question; /* target: its first answer */
    int64_t *first;           /* (questions + 1) where its answers begin */
    gnn_id *answer;           /* (twice the triples) in ascending order for each */
    int64_t start[2];
    int64_t n_sides; /* 2 where batches ask for tails only or for heads only: the folds
                      * differ (not reciprocal), or the numbers of negatives do */
    float *ask_head; /* (relations) BERNOULLI: how likely it is; else NULL */
    int64_t n[2];    /* questions of a side */
    int64_t n_all;   /* of an epoch */
    int64_t n_batches[2], n_all_batches;
    int64_t most_batches; /* of any epoch */
    gnn_id *order;        /* (n_all): questions of one side after the other, shuffled */
    gnn_id *batch_order;  /* (most_batches) */
    uint64_t *keys;       /* (segment) relation << 32 | number of a question */
} emb_i_queries;

typedef struct emb_i_batch {
    emb_i_side side;
    bool head_asked; /* where batches are of one side */
    int64_t n;
    gnn_id *anchor, *relation, *target; /* (n) rows of the tables */
    gnn_id *place;         /* (n) 2 × triple + head asked; not set where grouped */
    const gnn_id **answer; /* (n): targets of a question, ascending … */
    int32_t *n_answers;    /* … and how many: 1, unless grouped */
} emb_i_batch;

gnn_status emb_i_queries_begin(emb_i_queries *queries, const emb_model *model,
                               const gnn_triples *triples,
                               const emb_train_options *options);
void emb_i_queries_end(emb_i_queries *queries);
/* Shuffle for epoch number `epoch`: depends on seed and number only. */
void emb_i_queries_shuffle(emb_i_queries *queries, int64_t epoch);
/* Batch b of the epoch. */
void emb_i_queries_batch(const emb_i_queries *queries, int64_t b, emb_i_batch *batch);

#endif
