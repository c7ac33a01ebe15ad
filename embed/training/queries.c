/* Questions in a random order. */
#include "training/queries.h"

#include "core/alloc.h"
#include "core/rng.h"

/* Streams of the seed: the order of each epoch. */
static const uint64_t ORDER_STREAM = (uint64_t)6 << 60;

gnn_status emb_i_queries_begin(emb_i_queries *q, const emb_model *model,
                               const gnn_triples *triples, int64_t batch_size,
                               uint64_t seed) {
    gnn_status status;
    *q = (emb_i_queries){
        .model = model, .triples = triples, .batch_size = batch_size, .seed = seed};
    /* Reciprocal relations: heads are asked for as tails, so that both mix in a batch. */
    bool reciprocal = model->options.reciprocal;
    GNN_CHECK(triples->n > 0 && triples->n <= INT32_MAX / 2, GNN_ERR_ARGUMENT,
              "%lld triples to train on, expected 1 to %d", (long long)triples->n,
              INT32_MAX / 2);
    q->n_sides = reciprocal ? 1 : 2;
    q->n = reciprocal ? 2 * triples->n : triples->n;
    q->n_batches = q->n_sides * ((q->n + batch_size - 1) / batch_size);
    GNN_TRY(gnn_i_alloc(&q->order, (size_t)(q->n_sides * q->n), sizeof *q->order,
                        "order of triples"));
    GNN_TRY(gnn_i_alloc(&q->batch_order, (size_t)q->n_batches, sizeof *q->batch_order,
                        "order of batches"));
    return GNN_OK;
cleanup:
    emb_i_queries_end(q);
    return status;
}

void emb_i_queries_end(emb_i_queries *q) {
    gnn_i_free(q->order);
    gnn_i_free(q->batch_order);
    *q = (emb_i_queries){0};
}

void emb_i_queries_shuffle(emb_i_queries *q, int64_t epoch) {
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, q->seed, ORDER_STREAM | (uint64_t)epoch);
    for (int64_t side = 0; side < q->n_sides; side++) {
        gnn_id *order = q->order + side * q->n;
        for (int64_t i = 0; i < q->n; i++) order[i] = (gnn_id)i;
        gnn_i_rng_shuffle(&rng, order, q->n);
    }
    for (int64_t b = 0; b < q->n_batches; b++) q->batch_order[b] = (gnn_id)b;
    gnn_i_rng_shuffle(&rng, q->batch_order, q->n_batches);
}

void emb_i_queries_batch(const emb_i_queries *q, int64_t b, emb_i_batch *batch) {
    int64_t per_side = q->n_batches / q->n_sides, place = q->batch_order[b];
    int64_t side = place / per_side, first = place % per_side * q->batch_size;
    int64_t left = q->n - first;
    batch->n = left < q->batch_size ? left : q->batch_size;
    batch->side = EMB_I_TAIL;
    for (int64_t i = 0; i < batch->n; i++) {
        int64_t item = q->order[side * q->n + first + i], triple = item % q->triples->n;
        bool head_asked = side == 1 || item >= q->triples->n;
        emb_i_question question =
            emb_i_ask(q->model, head_asked, q->triples->head[triple],
                      q->triples->relation[triple], q->triples->tail[triple]);
        batch->side = question.side;
        batch->anchor[i] = question.anchor;
        batch->relation[i] = question.relation;
        batch->target[i] = question.target;
    }
}
