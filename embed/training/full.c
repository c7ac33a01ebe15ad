/* A step whose loss compares each question with every entity, in tiles of entities.
 *
 *   1. queries   rows are gathered and folded into queries
 *   2. scores    tile by tile: scores, their largest and Σ exp(s - largest)
 *   3. back      tile by tile: weights of the scores, from them the gradients of the
 *                tile's entities, and of the queries in a few partial sums, each over its
 *                share of the tiles
 *   4. anchors   the partial sums, through the fold to anchors and relations
 *   5. update    tile by tile: what anchors and regularisers add to the tile's gradients,
 *                and the update of its rows
 *
 * While the scores of a batch fit softmax-memory they are kept from 2 to 3, which turns
 * them into weights for 5; else 3 and 5 compute them anew, so that memory never grows
 * with batch × entities. Each number is written by one block and sums run in a
 * fixed order: the bits are the same at any number of threads. */
#include <math.h>
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "kernels/table.h"
#include "training/trainer.h"

enum {
    TILE = 256,  /* entities */
    ROWS = 32,   /* questions of a block in phases 1, 2 (sums) and 4 */
    PARTIALS = 8 /* sums that the queries' gradients are made of */
};

typedef struct full {
    emb_i_trainer *t;
    int64_t n_entities, n_tiles;
    gnn_real *kept;            /* (n_tiles, batch, TILE) scores, from phase 3 on weights;
                                * NULL: not kept */
    gnn_real *partial;         /* (PARTIALS, batch, query) */
    gnn_real *top, *sum, *all; /* (n_tiles, batch): of each tile: largest, Σ exp (BCE:
                                * Σ log(1 + e^s)), Σ s … */
    gnn_real *own;             /* … and Σ s of the answers */
    gnn_real *lse;             /* (batch): log Σ exp */
    gnn_real *scratch;         /* (threads, room) */
    int64_t room;
    double factor; /* 1 / batch */
} full;

static int64_t tile_size(const full *f, int64_t tile) {
    int64_t left = f->n_entities - tile * TILE;
    return left < TILE ? left : TILE;
}

/* A thread's scratch: scores of a tile, their weights, gradients of its entities, its
 * rows where the table does not hold reals, and what matches need. */
typedef struct room {
    gnn_real *scores, *weights, *gradient, *rows, *rest;
} room;

static room room_of(const full *f, int thread) {
    const int64_t pairs = f->t->options->batch * TILE;
    gnn_real *scores = f->scratch + thread * f->room;
    gnn_real *weights = scores + pairs, *gradient = weights + pairs;
    gnn_real *rows = gradient + TILE * f->t->model->scorer.entity;
    return (room){scores, weights, gradient, rows,
                  rows + emb_i_table_scratch(&f->t->model->entity, TILE)};
}

gnn_status emb_i_full_begin(emb_i_trainer *t) {
    gnn_status status;
    full *f = NULL;
    const emb_i_scorer *scorer = &t->model->scorer;
    int64_t batch = t->options->batch, n = t->model->entity.n;
    GNN_TRY(gnn_i_calloc(&f, 1, sizeof *f, "a step"));
    t->step = f;
    f->t = t;
    t->block = ROWS;
    f->n_entities = n;
    f->n_tiles = (n + TILE - 1) / TILE;
    size_t sums = (size_t)(f->n_tiles * batch);
    double kept = (double)batch * (double)n * sizeof(gnn_real);
    if (kept <= (double)t->options->softmax_memory * 1e6)
        GNN_TRY(gnn_i_alloc(&f->kept, sums * TILE, sizeof *f->kept, "scores"));
    GNN_TRY(gnn_i_alloc(&f->partial, (size_t)(PARTIALS * batch * scorer->query),
                        sizeof *f->partial, "gradients"));
    GNN_TRY(gnn_i_alloc(&f->top, sums, sizeof *f->top, "sums of scores"));
    GNN_TRY(gnn_i_alloc(&f->sum, sums, sizeof *f->sum, "sums of scores"));
    GNN_TRY(gnn_i_alloc(&f->all, sums, sizeof *f->all, "sums of scores"));
    GNN_TRY(gnn_i_alloc(&f->lse, (size_t)batch, sizeof *f->lse, "sums of scores"));
    GNN_TRY(gnn_i_alloc(&f->own, sums, sizeof *f->own, "sums of scores"));
    f->room = 2 * batch * TILE + TILE * scorer->entity +
              emb_i_table_scratch(&t->model->entity, TILE) +
              (int64_t)emb_i_match_scratch(&scorer->match, batch, TILE);
    f->room = (f->room + 15) / 16 * 16;
    GNN_TRY(gnn_i_alloc(&f->scratch, (size_t)(t->n_threads * f->room), sizeof *f->scratch,
                        "scores"));
    GNN_TRY(emb_i_gradients_make(&t->entity_gradients, 2 * batch, scorer->entity,
                                 t->n_threads));
    return GNN_OK;
cleanup:
    emb_i_full_end(t);
    return status;
}

void emb_i_full_end(emb_i_trainer *t) {
    full *f = t->step;
    if (f == NULL) return;
    gnn_i_free(f->kept);
    gnn_i_free(f->partial);
    gnn_i_free(f->top);
    gnn_i_free(f->sum);
    gnn_i_free(f->all);
    gnn_i_free(f->lse);
    gnn_i_free(f->own);
    gnn_i_free(f->scratch);
    gnn_i_free(f);
    t->step = NULL;
}

/* ---- 1. queries ---- */

static void fold_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const full *f = argument;
    int64_t first = block * ROWS, left = f->t->batch.n - first;
    emb_i_fold_rows(f->t, first, left < ROWS ? left : ROWS);
}

/* ---- 2. scores ---- */

/* The answers to question i that a tile holds, and how many. */
static int32_t answers_in(const full *f, int64_t i, int64_t tile, const gnn_id **answer) {
    const gnn_id *all = f->t->batch.answer[i];
    const int32_t n = f->t->batch.n_answers[i];
    const gnn_id first = (gnn_id)(tile * TILE), end = first + (gnn_id)tile_size(f, tile);
    int32_t low = 0, high = n;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (all[middle] < first)
            low = middle + 1;
        else
            high = middle;
    }
    *answer = all + low;
    for (high = low; high < n && all[high] < end; high++) continue;
    return high - low;
}

/* What each answer to question i is labelled: with softmax they divide 1. */
static double label_of(const full *f, int64_t i) {
    const emb_train_options *o = f->t->options;
    double all = o->loss == EMB_I_SOFTMAX ? f->t->batch.n_answers[i] : 1;
    return (1 - o->smoothing) / all;
}

/* All questions with a tile; s is (batch, TILE). */
static emb_i_pairs pairs_of(const full *f, int64_t tile, gnn_real *s, const room *r) {
    const emb_i_scorer *scorer = &f->t->model->scorer;
    const int64_t m = tile_size(f, tile);
    return (emb_i_pairs){
        .n = f->t->batch.n,
        .m = m,
        .q = f->t->rows.query,
        .ldq = scorer->query,
        .c = emb_i_table_block(&f->t->model->entity, tile * TILE, m, r->rows) +
             scorer->first[f->t->batch.side],
        .ldc = scorer->entity,
        .s = s,
        .lds = TILE};
}

/* Where a tile's scores are, or go: kept, or the thread's scratch. */
static gnn_real *place_of(const full *f, int64_t tile, gnn_real *scratch) {
    return f->kept != NULL ? f->kept + tile * f->t->options->batch * TILE : scratch;
}

static void score_tile(void *argument, int64_t tile, int thread) {
    const full *f = argument;
    const emb_i_batch *batch = &f->t->batch;
    const room r = room_of(f, thread);
    gnn_real *s = place_of(f, tile, r.scores);
    const emb_i_pairs pairs = pairs_of(f, tile, s, &r);
    emb_i_match_scores(&f->t->match, &pairs, r.rest);
    const gnn_i_tile_args sums = {.n = batch->n,
                                  .m = pairs.m,
                                  .s = s,
                                  .ld = TILE,
                                  .top = f->top + tile * batch->n,
                                  .sum = f->sum + tile * batch->n,
                                  .total = f->all + tile * batch->n};
    gnn_i_kernels_get()->tile_sums(&sums);
    for (int64_t i = 0; i < batch->n; i++) {
        const gnn_id *answer;
        gnn_real sum = 0;
        for (int32_t k = answers_in(f, i, tile, &answer); k-- > 0;)
            sum += s[i * TILE + answer[k] - tile * TILE];
        f->own[tile * batch->n + i] = sum;
    }
}

/* What the labels of question i take off its loss. */
static double labelled(const full *f, int64_t i) {
    const int64_t n = f->t->batch.n;
    double own = 0, all = 0;
    for (int64_t k = 0; k < f->n_tiles; k++) {
        own += (double)f->own[k * n + i];
        all += (double)f->all[k * n + i];
    }
    return label_of(f, i) * own + f->t->options->smoothing * all / (double)f->n_entities;
}

/* Between 2 and 3: log Σ exp of each question, and its loss. */
static void settle_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const full *f = argument;
    const int64_t n = f->t->batch.n, first = block * ROWS;
    for (int64_t i = first; i < n && i < first + ROWS; i++) {
        gnn_real top = f->top[i];
        double sum = 0;
        for (int64_t k = 1; k < f->n_tiles; k++)
            if (f->top[k * n + i] > top) top = f->top[k * n + i];
        for (int64_t k = 0; k < f->n_tiles; k++)
            sum += (double)f->sum[k * n + i] * exp((double)(f->top[k * n + i] - top));
        double lse = (double)top + log(sum);
        f->lse[i] = (gnn_real)lse;
        f->t->row_loss[i] = f->factor * (lse - labelled(f, i));
    }
}

/* ---- 3. back ---- */

/* Weights of a tile's pairs from their scores, which they replace where these are kept.
 * BCE leaves its loss in f->sum. */
static emb_i_pairs weigh(const full *f, int64_t tile, const room *r) {
    const emb_i_trainer *t = f->t;
    const gnn_real factor = (gnn_real)f->factor;
    const gnn_real smoothing = (gnn_real)t->options->smoothing;
    gnn_real *s = place_of(f, tile, r->scores);
    emb_i_pairs p = pairs_of(f, tile, s, r);
    if (f->kept == NULL) emb_i_match_scores(&f->t->match, &p, r->rest);
    if (emb_i_match_keeps_scores(&f->t->match)) p.s = r->weights;
    const gnn_i_tile_args args = {.n = p.n,
                                  .m = p.m,
                                  .s = s,
                                  .ld = TILE,
                                  .w = p.s,
                                  .ldw = TILE,
                                  .sum = f->sum + tile * p.n,
                                  .lse = f->lse,
                                  .factor = factor};
    if (t->options->loss == EMB_I_SOFTMAX)
        gnn_i_kernels_get()->tile_softmax(&args);
    else
        gnn_i_kernels_get()->tile_sigmoid(&args);
    gnn_real even = factor * smoothing / (gnn_real)f->n_entities;
    for (int64_t i = 0; i < p.n; i++) {
        gnn_real *w = p.s + i * TILE;
        const gnn_real label = factor * (gnn_real)label_of(f, i);
        const gnn_id *answer;
        if (smoothing > 0)
            for (int64_t j = 0; j < p.m; j++) w[j] -= even;
        for (int32_t k = answers_in(f, i, tile, &answer); k-- > 0;)
            w[answer[k] - tile * TILE] -= label;
    }
    emb_i_match_weights(&t->match, p.n, p.m, s, TILE, p.s, TILE);
    if (f->kept != NULL && p.s != s) {
        memcpy(s, p.s, (size_t)(p.n * TILE) * sizeof *s);
        p.s = s;
    }
    return p;
}

/* Gradients (rows of a tile, entity) from the weights of its pairs. */
static void candidate_gradients(const full *f, const emb_i_pairs *pairs, gnn_real *d,
                                const room *r) {
    const emb_i_scorer *scorer = &f->t->model->scorer;
    bool more = emb_i_match_clear(&f->t->match, pairs->m, scorer->entity, d);
    emb_i_match_candidate_grad(&f->t->match, pairs, d + scorer->first[f->t->batch.side],
                               scorer->entity, more, r->rest);
}

/* A share of the tiles, whose bounds depend on their number only. */
static void back_share(void *argument, int64_t share, int thread) {
    const full *f = argument;
    const emb_i_scorer *scorer = &f->t->model->scorer;
    const room r = room_of(f, thread);
    const int64_t n = f->t->batch.n * scorer->query;
    gnn_real *dq = f->partial + share * n;
    memset(dq, 0, (size_t)n * sizeof *dq);
    int64_t end = (share + 1) * f->n_tiles / PARTIALS;
    for (int64_t tile = share * f->n_tiles / PARTIALS; tile < end; tile++) {
        const emb_i_pairs pairs = weigh(f, tile, &r);
        emb_i_match_query_grad(&f->t->match, &pairs, dq, scorer->query, true, r.rest);
    }
}

/* ---- 4. anchors ---- */

static void anchor_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const full *f = argument;
    emb_i_trainer *t = f->t;
    const emb_i_scorer *scorer = &t->model->scorer;
    int64_t first = block * ROWS;
    int64_t n = t->batch.n - first < ROWS ? t->batch.n - first : ROWS;
    gnn_real *dq = t->rows.d_query + first * scorer->query;
    const gnn_real *partial = f->partial + first * scorer->query;
    memcpy(dq, partial, (size_t)(n * scorer->query) * sizeof *dq);
    for (int k = 1; k < PARTIALS; k++) {
        partial += t->batch.n * scorer->query;
        for (int64_t i = 0; i < n * scorer->query; i++) dq[i] += partial[i];
    }
    memset(t->rows.d_target + first * scorer->entity, 0,
           (size_t)(n * scorer->entity) * sizeof *dq);
    for (int64_t i = first; t->options->loss == EMB_I_BCE && i < first + n; i++) {
        double loss = -labelled(f, i);
        for (int64_t k = 0; k < f->n_tiles; k++)
            loss += (double)f->sum[k * t->batch.n + i];
        t->row_loss[i] = f->factor * loss;
    }
    emb_i_back_rows(t, first, n, f->factor);
}

/* ---- 5. update ---- */

static void update_tile(void *argument, int64_t tile, int thread) {
    const full *f = argument;
    emb_i_trainer *t = f->t;
    const int64_t first = tile * TILE;
    const int64_t size = tile_size(f, tile);
    if (first + size <= t->entity.frozen) return;
    const room r = room_of(f, thread);
    gnn_real *d = r.gradient;
    const emb_i_pairs pairs = f->kept != NULL
                                  ? pairs_of(f, tile, place_of(f, tile, NULL), &r)
                                  : weigh(f, tile, &r);
    candidate_gradients(f, &pairs, d, &r);
    emb_i_gradients_add_range(&t->entity_gradients, first, size, d);
    emb_i_optimizer_rows(&t->entity, first, size, d);
}

double emb_i_full_step(emb_i_trainer *t) {
    full *f = t->step;
    int64_t blocks = (t->batch.n + ROWS - 1) / ROWS;
    f->factor = 1 / (double)t->batch.n;
    gnn_parallel_for(t->n_threads, blocks, fold_block, f);
    gnn_parallel_for(t->n_threads, f->n_tiles, score_tile, f);
    if (t->options->loss == EMB_I_SOFTMAX)
        gnn_parallel_for(t->n_threads, blocks, settle_block, f);
    gnn_parallel_for(t->n_threads, PARTIALS, back_share, f);
    gnn_parallel_for(t->n_threads, blocks, anchor_block, f);
    emb_i_collect(t, 0, NULL, NULL);
    gnn_parallel_for(t->n_threads, f->n_tiles, update_tile, f);
    emb_i_gradients_apply(&t->relation_gradients, t->n_threads, &t->relation);
    emb_i_update_shared(t);
    double loss = 0;
    for (int64_t i = 0; i < t->batch.n; i++) loss += t->row_loss[i];
    return loss * (double)t->batch.n;
}
