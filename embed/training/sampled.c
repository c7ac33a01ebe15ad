/* A step whose loss compares each question with entities drawn at random, which the
 * questions of a chunk share.
 *
 * Chunks are computed side by side, each into gradients of its own; then these are
 * brought together by row, in the order of the chunks, and every row is updated once: the
 * bits are the same at any number of threads. With hogwild each chunk updates its rows by
 * itself, in the order in which threads come to it. */
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "training/candidates.h"
#include "training/negatives.h"
#include "training/trainer.h"

/* Streams of the seed: the negatives of each chunk of each step. */
static const uint64_t NEGATIVE_STREAM = (uint64_t)7 << 60;
enum { CHUNK_BITS = 20 };

typedef struct sampled {
    emb_i_trainer *t;
    emb_i_candidates candidates;
    int64_t most_chunks, most;      /* candidates of a chunk; in this batch, … */
    int64_t each;                   /* … of every chunk but the last */
    gnn_id *negative;               /* (chunks, each) */
    gnn_real *candidate, *gradient; /* (chunks, each, entity) */
    gnn_real *scratch;              /* (threads, room) */
    int64_t room;
    uint64_t *sorted; /* (threads, most) */
} sampled;

gnn_status emb_i_sampled_begin(emb_i_trainer *t) {
    gnn_status status;
    sampled *s = NULL;
    const emb_train_options *o = t->options;
    const emb_i_scorer *scorer = &t->model->scorer;
    GNN_TRY(gnn_i_calloc(&s, 1, sizeof *s, "a step"));
    t->step = s;
    s->t = t;
    t->block = o->chunk;
    s->most_chunks = (o->batch + o->chunk - 1) / o->chunk;
    GNN_CHECK(s->most_chunks < 1 << CHUNK_BITS, GNN_ERR_ARGUMENT,
              "a batch of %lld questions in chunks of %lld: too many chunks",
              (long long)o->batch, (long long)o->chunk);
    s->most = emb_i_candidates_most(o);
    GNN_TRY(emb_i_candidates_begin(&s->candidates, o, t->model->entity.n,
                                   t->model->options.n_relations, t->train));
    size_t n = (size_t)(s->most_chunks * s->most);
    size_t values = n * (size_t)scorer->entity;
    GNN_TRY(gnn_i_alloc(&s->negative, n, sizeof *s->negative, "negatives"));
    GNN_TRY(gnn_i_alloc(&s->candidate, values, sizeof *s->candidate, "negatives"));
    GNN_TRY(gnn_i_alloc(&s->gradient, values, sizeof *s->gradient, "negatives"));
    GNN_TRY(gnn_i_alloc(&s->sorted, (size_t)(t->n_threads * s->most), sizeof *s->sorted,
                        "negatives"));
    s->room = o->chunk * (2 * s->most + 2) + s->most +
              (int64_t)emb_i_match_scratch(&scorer->match, o->chunk, s->most);
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
    emb_i_candidates_end(&s->candidates);
    gnn_i_free(s->sorted);
    gnn_i_free(s->negative);
    gnn_i_free(s->candidate);
    gnn_i_free(s->gradient);
    gnn_i_free(s->scratch);
    gnn_i_free(s);
    t->step = NULL;
}

/* The candidates of a chunk: a function of the seed, the step and the chunk. */
static void draw(const sampled *s, int64_t chunk, int64_t first, int64_t n, gnn_id *ids) {
    const emb_i_trainer *t = s->t;
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, t->options->seed,
                   NEGATIVE_STREAM | emb_i_trainer_step(t) << CHUNK_BITS |
                       (uint64_t)chunk);
    emb_i_candidates_draw(&s->candidates, &rng, &t->batch, first, n, ids);
}

/* Hogwild [Niu et al. 2011]: the rows of a chunk at once, whatever other threads do to
 * them meanwhile. */
static void update_chunk(emb_i_trainer *t, int64_t first, int64_t n, int64_t m,
                         const gnn_id *negative, const gnn_real *gradient) {
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch_rows *r = &t->rows;
    const int64_t entity = scorer->entity;
    const gnn_real *d_relation = r->d_relation + first * scorer->relation;
    for (int64_t i = first; i < first + n; i++) {
        emb_i_optimizer_row(&t->entity, t->batch.anchor[i], r->d_anchor + i * entity);
        emb_i_optimizer_row(&t->entity, t->batch.target[i], r->d_target + i * entity);
        if (!emb_i_begins_group(t->batch.relation + first, i - first)) continue;
        emb_i_optimizer_row(&t->relation, t->batch.relation[i], d_relation);
        d_relation += scorer->relation;
    }
    for (int64_t j = 0; j < m; j++)
        emb_i_optimizer_row(&t->entity, negative[j], gradient + j * entity);
}

/* s (n, m) corrected for how likely each candidate was. */
static void correct(const sampled *s, int64_t first, int64_t n, int64_t m,
                    const gnn_id *negative, gnn_real *shift, gnn_real *scores) {
    emb_i_candidates_shift(&s->candidates, &s->t->batch, first, n, m, negative, shift);
    for (int64_t i = 0; i < n; i++)
        for (int64_t j = 0; j < m; j++) scores[i * m + j] += shift[j];
}

static void chunk_body(void *argument, int64_t chunk, int thread) {
    const sampled *s = argument;
    emb_i_trainer *t = s->t;
    const emb_train_options *o = t->options;
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch_rows *r = &t->rows;
    const int64_t entity = scorer->entity, at = scorer->first[t->batch.side];
    int64_t first = chunk * o->chunk;
    int64_t n = t->batch.n - first < o->chunk ? t->batch.n - first : o->chunk;
    const int64_t m = emb_i_candidates_count(&s->candidates, &t->batch, n);
    gnn_id *negative = s->negative + chunk * s->each;
    gnn_real *candidate = s->candidate + chunk * s->each * entity;
    gnn_real *gradient = s->gradient + chunk * s->each * entity;
    gnn_real *scores = s->scratch + thread * s->room, *w = scores;
    gnn_real *own = scores + 2 * o->chunk * s->most, *own_w = own + o->chunk;
    gnn_real *shift = own_w + o->chunk, *rest = shift + s->most;
    if (emb_i_match_keeps_scores(&t->match)) w = scores + o->chunk * s->most;
    gnn_real *query = r->query + first * scorer->query;
    gnn_real *d_query = r->d_query + first * scorer->query;
    gnn_real *target = r->target + first * entity,
             *d_target = r->d_target + first * entity;
    const double factor = 1 / (double)t->batch.n;

    draw(s, chunk, first, n, negative);
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
    if (w != scores) memcpy(w, scores, (size_t)(n * m) * sizeof *w);
    if (s->candidates.corrects) correct(s, first, n, m, negative, shift, w);
    emb_i_candidates_mask(&s->candidates, &t->batch, first, n, m, negative,
                          s->sorted + thread * s->most, w);
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
    if (o->hogwild) update_chunk(t, first, n, m, negative, gradient);
}

/* What the chunks gave, brought together by row; then every row is updated once. */
static void update(const sampled *s, int64_t chunks) {
    emb_i_trainer *t = s->t;
    const int64_t last = t->batch.n - (chunks - 1) * t->options->chunk;
    const int64_t n =
        (chunks - 1) * s->each + emb_i_candidates_count(&s->candidates, &t->batch, last);
    emb_i_collect(t, n, s->negative, s->gradient);
    emb_i_gradients_apply(&t->entity_gradients, t->n_threads, &t->entity);
    emb_i_gradients_apply(&t->relation_gradients, t->n_threads, &t->relation);
}

double emb_i_sampled_step(emb_i_trainer *t) {
    sampled *s = t->step;
    const emb_train_options *o = t->options;
    int64_t chunks = (t->batch.n + o->chunk - 1) / o->chunk;
    s->each = emb_i_candidates_count(&s->candidates, &t->batch, o->chunk);
    gnn_parallel_for(t->n_threads, chunks, chunk_body, s);
    if (!o->hogwild) update(s, chunks);
    emb_i_update_shared(t);
    double loss = 0;
    for (int64_t i = 0; i < t->batch.n; i++) loss += t->row_loss[i];
    return loss * (double)t->batch.n;
}
