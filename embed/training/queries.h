/* The questions of an epoch: of every triple its tail and its head, in a random order,
 * cut into batches that ask for one end only. */
#ifndef EMB_TRAINING_QUERIES_H
#define EMB_TRAINING_QUERIES_H

#include "model/model.h"

typedef struct emb_i_queries {
    const emb_model *model;
    const gnn_triples *triples;
    int64_t batch_size;
    uint64_t seed;
    gnn_id *order;   /* (n): questions of one side, shuffled */
    int64_t n_sides; /* folds that the scorer has to be asked for: 1 reciprocal, else 2 */
    int64_t n;       /* questions of a side */
    int64_t n_batches;   /* of an epoch */
    gnn_id *batch_order; /* (n_batches) */
} emb_i_queries;

typedef struct emb_i_batch {
    emb_i_side side;
    int64_t n;
    gnn_id *anchor, *relation, *target; /* (n) rows of the tables */
} emb_i_batch;

gnn_status emb_i_queries_begin(emb_i_queries *queries, const emb_model *model,
                               const gnn_triples *triples, int64_t batch_size,
                               uint64_t seed);
void emb_i_queries_end(emb_i_queries *queries);
/* Shuffle for epoch number `epoch`: depends on seed and number only. */
void emb_i_queries_shuffle(emb_i_queries *queries, int64_t epoch);
/* Batch b of the epoch. */
void emb_i_queries_batch(const emb_i_queries *queries, int64_t b, emb_i_batch *batch);

#endif
