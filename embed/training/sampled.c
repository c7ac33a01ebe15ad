/* A step whose loss compares each question with entities drawn at random, which the
 * questions of a chunk share.
 *
 * Chunks are computed side by side, each into gradients of its own; then these are
 * brought together by row, in the order of the chunks, and every row is updated once: the
 * bits are the same at any number of threads. */
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "training/negatives.h"
#include "training/trainer.h"

/* Streams of the seed: the negatives of each chunk of each step. */
static const uint64_t NEGATIVE_STREAM = (uint64_t)7 << 60;
enum { CHUNK_BITS = 20 };

typedef struct sampled {
    emb_i_trainer *t;
    int64_t most_chunks;
    gnn_id *negative;               /* (chunks, negatives) */
    gnn_real *candidate, *gradient; /* (chunks, negatives, entity) */
    gnn_real *scratch;              /* (threads, room) */
    int64_t room;
} sampled;

gnn_status emb_i_sampled_begin(emb_i_trainer *t) {
    gnn_status status;
    sampled *s = NULL;
    const emb_train_options *o = t->options;
    const emb_i_scorer *scorer = &t->model->scorer;
    GNN_TRY(gnn_i_calloc(&s, 1, sizeof *s, "a step"));
    t->step = s;
    s->t = t;
    s->most_chunks = (o->batch + o->chunk - 1) / o->chunk;
    GNN_CHECK(s->most_chunks < 1 << CHUNK_BITS, GNN_ERR_ARGUMENT,
              "a batch of %lld questions in chunks of %lld: too many chunks",
              (long long)o->batch, (long long)o->chunk);
    size_t n = (size_t)(s->most_chunks * o->negatives);
    size_t values = n * (size_t)scorer->entity;
    GNN_TRY(gnn_i_alloc(&s->negative, n, sizeof *s->negative, "negatives"));
    GNN_TRY(gnn_i_alloc(&s->candidate, values, sizeof *s->candidate, "negatives"));
    GNN_TRY(gnn_i_alloc(&s->gradient, values, sizeof *s->gradient, "negatives"));
    s->room = o->chunk * (2 * o->negatives + 2) +
              (int64_t)emb_i_match_scratch(&scorer->match, o->chunk, o->negatives);
    GNN_TRY(gnn_i_alloc(&s->scratch, (size_t)(t->n_threads * s->room), sizeof *s->scratch,
                        "scores"));
    GNN_TRY(emb_i_gradients_make(&t->entity_gradients, 2 * o->batch + (int64_t)n,
                                 scorer->entity, t->n_threads));
    return GNN_OK;
cleanup:
    emb_i_sampled_end(t);
    return status;
}

void emb_i_sampled_end(emb_i_trainer *t) {
    sampled *s = t->step;
    if (s == NULL) return;
    gnn_i_free(s->negative);
    gnn_i_free(s->candidate);
    gnn_i_free(s->gradient);
    gnn_i_free(s->scratch);
    gnn_i_free(s);
    t->step = NULL;
}

/* The negatives of a chunk: a function of the seed, the step and the chunk. */
static void draw(const sampled *s, int64_t chunk, gnn_id *negative) {
    const emb_i_trainer *t = s->t;
    uint64_t step = (uint64_t)(t->at.epoch * t->queries.n_all_batches + t->at.batch);
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, t->options->seed,
                   NEGATIVE_STREAM | step << CHUNK_BITS | (uint64_t)chunk);
    for (int64_t j = 0; j < t->options->negatives; j++)
        negative[j] = (gnn_id)gnn_i_rng_below(&rng, (uint64_t)t->model->entity.n);
}

static void chunk_body(void *argument, int64_t chunk, int thread) {
    const sampled *s = argument;
    emb_i_trainer *t = s->t;
    const emb_train_options *o = t->options;
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch_rows *r = &t->rows;
    const int64_t entity = scorer->entity, at = scorer->first[t->batch.side];
    int64_t first = chunk * o->chunk, m = o->negatives;
    int64_t n = t->batch.n - first < o->chunk ? t->batch.n - first : o->chunk;
    gnn_id *negative = s->negative + chunk * m;
    gnn_real *candidate = s->candidate + chunk * m * entity;
    gnn_real *gradient = s->gradient + chunk * m * entity;
    gnn_real *scores = s->scratch + thread * s->room, *w = scores + o->chunk * m;
    gnn_real *own = w + o->chunk * m, *own_w = own + o->chunk, *rest = own_w + o->chunk;
    gnn_real *query = r->query + first * scorer->query;
    gnn_real *d_query = r->d_query + first * scorer->query;
    gnn_real *target = r->target + first * entity,
             *d_target = r->d_target + first * entity;
    const double factor = 1 / (double)t->batch.n;

    draw(s, chunk, negative);
    emb_i_fold_rows(t, first, n);
    emb_i_table_rows(&t->model->entity, m, negative, candidate);
    emb_i_pairs pairs = {.n = n,
                         .m = m,
                         .q = query,
                         .ldq = scorer->query,
                         .c = candidate + at,
                         .ldc = entity,
                         .s = scores,
                         .lds = m};
    emb_i_match_scores(&t->match, &pairs, rest);
    emb_i_match_own(&t->match, n, query, scorer->query, target + at, entity, own, rest);
    memcpy(w, scores, (size_t)(n * m) * sizeof *w);
    memcpy(own_w, own, (size_t)n * sizeof *own_w);
    for (int64_t i = 0; i < n; i++)
        t->row_loss[first + i] = emb_i_negatives_loss(o, factor, m, w + i * m, own_w + i);
    emb_i_match_weights(&t->match, n, m, scores, m, w, m);
    emb_i_match_weights(&t->match, n, 1, own, 1, own_w, 1);

    pairs.s = w;
    bool more = emb_i_match_clear(&t->match, n, scorer->query, d_query);
    emb_i_match_query_grad(&t->match, &pairs, d_query, scorer->query, more, rest);
    more = emb_i_match_clear(&t->match, m, entity, gradient);
    emb_i_match_candidate_grad(&t->match, &pairs, gradient + at, entity, more, rest);
    memset(d_target, 0, (size_t)(n * entity) * sizeof *d_target);
    emb_i_match_own_grad(&t->match, n, own_w, query, scorer->query, target + at, entity,
                         d_query, d_target + at, rest);
    emb_i_back_rows(t, first, n, factor);
}

double emb_i_sampled_step(emb_i_trainer *t) {
    sampled *s = t->step;
    const emb_train_options *o = t->options;
    int64_t chunks = (t->batch.n + o->chunk - 1) / o->chunk;
    gnn_parallel_for(t->n_threads, chunks, chunk_body, s);
    emb_i_collect(t, chunks * o->negatives, s->negative, s->gradient);
    emb_i_gradients_apply(&t->entity_gradients, t->n_threads, &t->entity);
    emb_i_gradients_apply(&t->relation_gradients, t->n_threads, &t->relation);
    emb_i_update_shared(t);
    double loss = 0;
    for (int64_t i = 0; i < t->batch.n; i++) loss += t->row_loss[i];
    return loss * (double)t->batch.n;
}
