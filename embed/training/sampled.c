/* A step whose loss compares each question with entities drawn at random, which the
 * questions of a chunk share, and with its own entity where that is asked for.
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
    int64_t columns;                /* the most that one question is compared with */
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
    s->columns = s->most - (o->self_negatives ? o->chunk - 1 : 0);
    GNN_TRY(emb_i_candidates_begin(&s->candidates, o, t->model->entity.n,
                                   t->model->options.n_relations, t->train));
    size_t n = (size_t)(s->most_chunks * s->most);
    size_t values = n * (size_t)scorer->entity;
    GNN_TRY(gnn_i_alloc(&s->negative, n, sizeof *s->negative, "negatives"));
    GNN_TRY(gnn_i_alloc(&s->candidate, values, sizeof *s->candidate, "negatives"));
    GNN_TRY(gnn_i_alloc(&s->gradient, values, sizeof *s->gradient, "negatives"));
    GNN_TRY(gnn_i_alloc(&s->sorted, (size_t)(t->n_threads * s->most), sizeof *s->sorted,
                        "negatives"));
    s->room = o->chunk * (2 * s->columns + 3) + s->columns +
              (int64_t)emb_i_match_scratch(&scorer->match, o->chunk, s->columns);
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

/* ---- a chunk ---- */

/* Questions first .. first + n - 1 of the batch. Scores and weights: of each one with
 * the m shared candidates and, where it is one, its own entity, the last column. */
typedef struct chunk {
    const sampled *s;
    emb_i_trainer *t;
    int64_t first, n, m, columns;
    int64_t rows; /* of candidates: the shared ones, then those of single questions */
    gnn_id *negative;
    gnn_real *candidate, *gradient; /* (rows, entity) */
    int64_t at;                     /* where in an entity's row what is compared stands */
    gnn_real *query, *d_query, *target, *d_target;
    gnn_real *scores, *w;   /* (n, columns), the same where scores are not kept */
    gnn_real *own, *own_w;  /* (n) of the answers */
    gnn_real *self;         /* (n) the last column by itself */
    gnn_real *shift, *rest; /* (m); scratch of the match */
    uint64_t *sorted;       /* (m) */
} chunk;

static chunk chunk_of(const sampled *s, int64_t number, int thread) {
    emb_i_trainer *t = s->t;
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch_rows *r = &t->rows;
    const int64_t size = t->options->chunk, first = number * size;
    const int64_t left = t->batch.n - first, n = left < size ? left : size;
    const int64_t m = emb_i_candidates_shared(&s->candidates, &t->batch, n);
    gnn_real *scores = s->scratch + thread * s->room,
             *own = scores + 2 * size * s->columns;
    return (chunk){.s = s,
                   .t = t,
                   .first = first,
                   .n = n,
                   .m = m,
                   .columns = m + (t->options->self_negatives ? 1 : 0),
                   .rows = emb_i_candidates_count(&s->candidates, &t->batch, n),
                   .negative = s->negative + number * s->each,
                   .candidate = s->candidate + number * s->each * scorer->entity,
                   .gradient = s->gradient + number * s->each * scorer->entity,
                   .at = scorer->first[t->batch.side],
                   .query = r->query + first * scorer->query,
                   .d_query = r->d_query + first * scorer->query,
                   .target = r->target + first * scorer->entity,
                   .d_target = r->d_target + first * scorer->entity,
                   .scores = scores,
                   .w = emb_i_match_keeps_scores(&t->match) ? scores + size * s->columns
                                                            : scores,
                   .own = own,
                   .own_w = own + size,
                   .self = own + 2 * size,
                   .shift = own + 3 * size,
                   .rest = own + 3 * size + s->columns,
                   .sorted = s->sorted + thread * s->most};
}

static emb_i_pairs shared_pairs(const chunk *c, gnn_real *s) {
    const emb_i_scorer *scorer = &c->t->model->scorer;
    return (emb_i_pairs){.n = c->n,
                         .m = c->m,
                         .q = c->query,
                         .ldq = scorer->query,
                         .c = c->candidate + c->at,
                         .ldc = scorer->entity,
                         .s = s,
                         .lds = c->columns};
}

static void compare(const chunk *c) {
    const emb_i_match *match = &c->t->match;
    const int64_t entity = c->t->model->scorer.entity, query = c->t->model->scorer.query;
    const emb_i_pairs pairs = shared_pairs(c, c->scores);
    emb_i_match_scores(match, &pairs, c->rest);
    emb_i_match_own(match, c->n, c->query, query, c->target + c->at, entity, c->own,
                    c->rest);
    if (c->columns == c->m) return;
    emb_i_match_own(match, c->n, c->query, query, c->candidate + c->m * entity + c->at,
                    entity, c->self, c->rest);
    for (int64_t i = 0; i < c->n; i++) c->scores[i * c->columns + c->m] = c->self[i];
}

/* Scores of shared candidates corrected for how likely each was. */
static void correct(const chunk *c) {
    emb_i_candidates_shift(&c->s->candidates, &c->t->batch, c->first, c->n, c->m,
                           c->negative, c->shift);
    for (int64_t i = 0; i < c->n; i++)
        for (int64_t j = 0; j < c->m; j++) c->w[i * c->columns + j] += c->shift[j];
}

/* From scores to losses and weights. */
static void weigh(const chunk *c, double factor) {
    const emb_i_trainer *t = c->t;
    const int64_t n = c->n, columns = c->columns;
    if (c->w != c->scores) memcpy(c->w, c->scores, (size_t)(n * columns) * sizeof *c->w);
    if (c->s->candidates.corrects) correct(c);
    emb_i_candidates_mask(&c->s->candidates, &t->batch, c->first, n, c->m, c->negative,
                          c->sorted, c->w, columns);
    memcpy(c->own_w, c->own, (size_t)n * sizeof *c->own_w);
    for (int64_t i = 0; i < n; i++)
        t->row_loss[c->first + i] = emb_i_negatives_loss(
            t->options, factor, columns, c->w + i * columns, c->own_w + i);
    emb_i_match_weights(&t->match, n, columns, c->scores, columns, c->w, columns);
    emb_i_match_weights(&t->match, n, 1, c->own, 1, c->own_w, 1);
}

/* d_query += …, d_rows = … of each question with a row of its own, by weights w (n). */
static void add_own_grad(const chunk *c, gnn_real *w, const gnn_real *rows,
                         gnn_real *d_rows) {
    const emb_i_scorer *scorer = &c->t->model->scorer;
    memset(d_rows, 0, (size_t)(c->n * scorer->entity) * sizeof *d_rows);
    emb_i_match_own_grad(&c->t->match, c->n, w, c->query, scorer->query, rows + c->at,
                         scorer->entity, c->d_query, d_rows + c->at, c->rest);
}

/* From weights to gradients of queries, candidates and answers. */
static void spread(const chunk *c) {
    const emb_i_match *match = &c->t->match;
    const int64_t entity = c->t->model->scorer.entity, query = c->t->model->scorer.query;
    const emb_i_pairs pairs = shared_pairs(c, c->w);
    bool more = emb_i_match_clear(match, c->n, query, c->d_query);
    emb_i_match_query_grad(match, &pairs, c->d_query, query, more, c->rest);
    more = emb_i_match_clear(match, c->m, entity, c->gradient);
    emb_i_match_candidate_grad(match, &pairs, c->gradient + c->at, entity, more, c->rest);
    if (c->columns > c->m) {
        for (int64_t i = 0; i < c->n; i++) c->self[i] = c->w[i * c->columns + c->m];
        add_own_grad(c, c->self, c->candidate + c->m * entity,
                     c->gradient + c->m * entity);
    }
    add_own_grad(c, c->own_w, c->target, c->d_target);
}

static void chunk_body(void *argument, int64_t number, int thread) {
    const sampled *s = argument;
    emb_i_trainer *t = s->t;
    const chunk c = chunk_of(s, number, thread);
    const double factor = 1 / (double)t->batch.n;
    draw(s, number, c.first, c.n, c.negative);
    emb_i_fold_rows(t, c.first, c.n);
    emb_i_table_rows(&t->model->entity, c.rows, c.negative, c.candidate);
    compare(&c);
    weigh(&c, factor);
    spread(&c);
    emb_i_back_rows(t, c.first, c.n, factor);
    if (t->options->hogwild)
        update_chunk(t, c.first, c.n, c.rows, c.negative, c.gradient);
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
