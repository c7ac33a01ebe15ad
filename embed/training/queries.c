/* Questions in a random order. */
#include "training/queries.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "evaluate/typed.h"
#include "training/trainer.h"

/* Streams of the seed: the order of each epoch. */
static const uint64_t ORDER_STREAM = (uint64_t)6 << 60;

/* Item i of side s: the tails of all triples, then their heads; where batches are of both
 * sides, both are of the first, so that they mix. */
static gnn_id place_of(const emb_i_queries *q, int64_t side, int64_t item) {
    return (gnn_id)(2 * (item % q->triples->n) + (side == 1 || item >= q->triples->n));
}
static emb_i_question ask(const emb_i_queries *q, gnn_id place) {
    const int64_t triple = place / 2;
    return emb_i_ask(q->model, place % 2 == 1, q->triples->head[triple],
                     q->triples->relation[triple], q->triples->tail[triple]);
}

/* ---- grouping ---- */

static int compare(const void *a, const void *b) {
    const emb_i_question *x = a, *y = b;
    if (x->side != y->side) return x->side < y->side ? -1 : 1;
    if (x->relation != y->relation) return x->relation < y->relation ? -1 : 1;
    if (x->anchor != y->anchor) return x->anchor < y->anchor ? -1 : 1;
    return (x->target > y->target) - (x->target < y->target);
}

static bool asks_the_same(const emb_i_question *x, const emb_i_question *y) {
    return x->side == y->side && x->relation == y->relation && x->anchor == y->anchor;
}

/* Bring triples that ask the same together; a triple listed twice is one answer. */
static gnn_status group(emb_i_queries *q) {
    gnn_status status;
    int64_t n_items = 2 * q->triples->n, per_side = n_items / q->n_sides;
    GNN_TRY(gnn_i_alloc(&q->question, (size_t)n_items, sizeof *q->question, "questions"));
    GNN_TRY(gnn_i_alloc(&q->first, (size_t)n_items + 1, sizeof *q->first, "questions"));
    GNN_TRY(gnn_i_alloc(&q->answer, (size_t)n_items, sizeof *q->answer, "questions"));
    for (int64_t i = 0; i < n_items; i++)
        q->question[i] = ask(q, place_of(q, i / per_side, i % per_side));
    qsort(q->question, (size_t)n_items, sizeof *q->question, compare);
    int64_t n = 0, n_answers = 0;
    q->n[0] = q->n[1] = 0;
    for (int64_t i = 0; i < n_items; i++) {
        const emb_i_question this = q->question[i];
        bool new = n == 0 || !asks_the_same(&this, &q->question[n - 1]);
        if (!new && q->answer[n_answers - 1] == this.target) continue;
        if (new) {
            q->first[n] = n_answers;
            q->question[n++] = this; /* n <= i: it was read before */
            q->n[this.side]++;
        }
        q->answer[n_answers++] = this.target;
    }
    q->first[n] = n_answers;
    q->start[1] = q->n[0];
cleanup:
    return status;
}

/* ---- one end of each triple ---- */

static gnn_status weigh_ends(emb_i_queries *q) {
    gnn_status status;
    emb_i_typed typed = {0};
    const int64_t n = q->model->options.n_relations;
    GNN_TRY(emb_i_typed_make(&typed, n, q->triples));
    GNN_TRY(gnn_i_alloc(&q->ask_head, (size_t)n, sizeof *q->ask_head, "questions"));
    for (int64_t r = 0; r < n; r++) {
        const int64_t *first = typed.first + 2 * r;
        float tails = (float)(first[1] - first[0]), all = (float)(first[2] - first[0]);
        q->ask_head[r] = all > 0 ? tails / all : .5F;
    }
cleanup:
    emb_i_typed_clear(&typed);
    return status;
}

/* The items of an epoch: those of the second side from behind. */
static void draw_ends(emb_i_queries *q, gnn_i_rng *rng) {
    const int64_t n = q->triples->n;
    q->n[0] = q->n[1] = 0;
    for (int64_t i = 0; i < n; i++) {
        const bool head =
            gnn_i_rng_uniform_f32(rng) < q->ask_head[q->triples->relation[i]];
        if (q->n_sides == 1)
            q->order[q->n[0]++] = (gnn_id)(head ? n + i : i);
        else if (head)
            q->order[n - ++q->n[1]] = (gnn_id)i;
        else
            q->order[q->n[0]++] = (gnn_id)i;
    }
}

/* ---- batches ---- */

static void count_batches(emb_i_queries *q) {
    q->n_all = q->n_all_batches = 0;
    for (int64_t side = 0; side < q->n_sides; side++) {
        q->n_batches[side] = (q->n[side] + q->batch_size - 1) / q->batch_size;
        q->n_all += q->n[side];
        q->n_all_batches += q->n_batches[side];
    }
}

gnn_status emb_i_queries_begin(emb_i_queries *q, const emb_model *model,
                               const gnn_triples *triples, const emb_train_options *o) {
    gnn_status status;
    const bool grouped = o->answers == EMB_I_ALL_ANSWERS;
    *q = (emb_i_queries){
        .model = model, .triples = triples, .batch_size = o->batch, .seed = o->seed};
    q->segment = emb_i_loss_is_full(o->loss) ? o->batch : o->chunk;
    if (q->segment > o->batch) q->segment = o->batch;
    GNN_CHECK(triples->n > 0 && triples->n <= INT32_MAX / 2, GNN_ERR_ARGUMENT,
              "%lld triples to train on, expected 1 to %d", (long long)triples->n,
              INT32_MAX / 2);
    q->n_sides = model->options.reciprocal && o->head_negatives == 0 ? 1 : 2;
    for (int64_t side = 0; side < q->n_sides; side++)
        q->n[side] = 2 * triples->n / q->n_sides;
    if (o->corrupt == EMB_I_BERNOULLI) {
        GNN_TRY(weigh_ends(q));
        q->n[0] = triples->n;
        q->n[1] = 0;
    }
    if (grouped) GNN_TRY(group(q));
    count_batches(q);
    q->most_batches = q->n_all_batches + (q->ask_head != NULL);
    GNN_TRY(
        gnn_i_alloc(&q->order, (size_t)q->n_all, sizeof *q->order, "order of triples"));
    GNN_TRY(gnn_i_alloc(&q->batch_order, (size_t)q->most_batches, sizeof *q->batch_order,
                        "order of batches"));
    GNN_TRY(gnn_i_alloc(&q->keys, (size_t)q->segment, sizeof *q->keys, "order"));
    return GNN_OK;
cleanup:
    emb_i_queries_end(q);
    return status;
}

void emb_i_queries_end(emb_i_queries *q) {
    gnn_i_free(q->question);
    gnn_i_free(q->first);
    gnn_i_free(q->answer);
    gnn_i_free(q->order);
    gnn_i_free(q->batch_order);
    gnn_i_free(q->keys);
    gnn_i_free(q->ask_head);
    *q = (emb_i_queries){0};
}

static emb_i_question question_of(const emb_i_queries *q, int64_t side, gnn_id number) {
    if (q->question != NULL) return q->question[q->start[side] + number];
    return ask(q, place_of(q, side, number));
}

static int ascending(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

/* Bring the questions of a relation together in every segment of a side's batches. */
static void sort_segments(const emb_i_queries *q, int64_t side, gnn_id *order) {
    int64_t n;
    for (int64_t first = 0; first < q->n[side]; first += n) {
        const int64_t of_batch = first % q->batch_size;
        n = q->n[side] - first;
        if (n > q->segment) n = q->segment;
        if (n > q->batch_size - of_batch) n = q->batch_size - of_batch;
        for (int64_t i = 0; i < n; i++)
            q->keys[i] = (uint64_t)question_of(q, side, order[first + i]).relation << 32 |
                         (uint64_t)order[first + i];
        qsort(q->keys, (size_t)n, sizeof *q->keys, ascending);
        for (int64_t i = 0; i < n; i++)
            order[first + i] = (gnn_id)(q->keys[i] & 0xffffffffu);
    }
}

void emb_i_queries_shuffle(emb_i_queries *q, int64_t epoch) {
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, q->seed, ORDER_STREAM | (uint64_t)epoch);
    gnn_id *order = q->order;
    if (q->ask_head != NULL) {
        draw_ends(q, &rng);
        count_batches(q);
    }
    for (int64_t side = 0; side < q->n_sides; order += q->n[side++]) {
        for (int64_t i = 0; q->ask_head == NULL && i < q->n[side]; i++)
            order[i] = (gnn_id)i;
        gnn_i_rng_shuffle(&rng, order, q->n[side]);
        sort_segments(q, side, order);
    }
    for (int64_t b = 0; b < q->n_all_batches; b++) q->batch_order[b] = (gnn_id)b;
    gnn_i_rng_shuffle(&rng, q->batch_order, q->n_all_batches);
}

void emb_i_queries_batch(const emb_i_queries *q, int64_t b, emb_i_batch *batch) {
    int64_t place = q->batch_order[b], side = place >= q->n_batches[0];
    int64_t first = (side ? place - q->n_batches[0] : place) * q->batch_size;
    const gnn_id *order = q->order + (side ? q->n[0] : 0) + first;
    int64_t left = q->n[side] - first;
    batch->n = left < q->batch_size ? left : q->batch_size;
    batch->head_asked = side == 1;
    batch->side = q->model->options.reciprocal ? EMB_I_TAIL : (emb_i_side)side;
    for (int64_t i = 0; i < batch->n; i++) {
        const int64_t number = q->start[side] + order[i];
        const emb_i_question question = question_of(q, side, order[i]);
        batch->place[i] = place_of(q, side, order[i]);
        batch->anchor[i] = question.anchor;
        batch->relation[i] = question.relation;
        batch->target[i] = question.target;
        batch->answer[i] = &batch->target[i];
        batch->n_answers[i] = 1;
        if (q->question == NULL) continue;
        batch->answer[i] = q->answer + q->first[number];
        batch->n_answers[i] = (int32_t)(q->first[number + 1] - q->first[number]);
    }
}
