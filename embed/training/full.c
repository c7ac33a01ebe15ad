/* A step whose loss compares each question with every entity, in tiles of entities.
 *
 *   1. queries   rows are gathered and folded into queries
 *   2. scores    share by share of the tiles, tile by tile: scores, about the largest
 *                so far (top) and Σ exp(s - top); where weights need no more than that,
 *                the queries' gradients in a partial sum of the share
 *   3. back      else, tile by tile: weights of the scores and the queries' gradients
 *   4. anchors   the partial sums, through the fold to anchors and relations
 *   5. update    tile by tile: gradients of the tile's entities from the weights, what
 *                anchors and regularisers add to them, and the update of its rows
 *
 * Softmax divides exponentials by a sum over all tiles. What they are divided by stands
 * outside the sums over entities, so that 2 can add up exponentials relative to the
 * share's top and 4 divides; labels, which are not divided, come to the queries'
 * gradients in 4 and to weights in 5. With smoothing, which labels every entity, and for
 * matches whose weights are not the derivatives themselves 3 goes over the tiles again.
 *
 * While the scores of a batch fit softmax-memory they are kept, and become weights in
 * place; else 3 and 5 compute them anew, so that memory never grows with batch ×
 * entities. Each number is written by one block and sums run in a fixed order: the bits
 * are the same at any number of threads. */
#include <math.h>
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "kernels/table.h"
#include "training/trainer.h"

enum {
    TILE = 256, /* entities */
    ROWS = 16,  /* questions of a block in phases 1 and 4, and of settle_block */
    SHARES = 12 /* of the tiles: so many threads can work on 2 and 3 */
};

typedef struct full {
    emb_i_trainer *t;
    int64_t n_entities, n_tiles;
    bool at_once;      /* queries' gradients come with the scores */
    bool relative;     /* from exp(s - top), which takes the scores' place */
    gnn_real *kept;    /* (n_tiles, batch, TILE) scores, then weights; NULL: not kept */
    gnn_real *partial; /* (SHARES, batch, query) */
    gnn_real *top;     /* (n_tiles, batch): about the largest score of the share so far */
    gnn_real *sum;     /* (SHARES, batch): Σ exp(s - top), top of the last tile (BCE:
                        * Σ log(1 + e^s)) … */
    gnn_real *all;     /* … Σ s … */
    gnn_real *own;     /* … and Σ s of the answers */
    gnn_real *lse;     /* (batch): log Σ exp */
    gnn_real *scratch; /* (threads, room) */
    int64_t room;
    double factor; /* 1 / batch */
} full;

static int64_t tile_size(const full *f, int64_t tile) {
    int64_t left = f->n_entities - tile * TILE;
    return left < TILE ? left : TILE;
}

/* The first tile of a share, which depends on their number only. */
static int64_t share_begin(const full *f, int64_t share) {
    return share * f->n_tiles / SHARES;
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
    const bool softmax = t->options->loss == EMB_I_SOFTMAX;
    f->at_once =
        !softmax || (t->options->smoothing == 0 && !emb_i_match_weighs(&t->match));
    f->relative = softmax && f->at_once;
    size_t tops = (size_t)(f->n_tiles * batch), sums = (size_t)(SHARES * batch);
    double kept = (double)batch * (double)n * sizeof(gnn_real);
    if (kept <= (double)t->options->softmax_memory * 1e6)
        GNN_TRY(gnn_i_alloc(&f->kept, tops * TILE, sizeof *f->kept, "scores"));
    GNN_TRY(gnn_i_alloc(&f->partial, (size_t)(SHARES * batch * scorer->query),
                        sizeof *f->partial, "gradients"));
    GNN_TRY(gnn_i_alloc(&f->top, tops, sizeof *f->top, "sums of scores"));
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
    if (n == 0 || all[n - 1] < first || all[0] >= end) return 0;
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

/* Where a tile's scores are, or go: kept, or the thread's scratch. */
static gnn_real *place_of(const full *f, int64_t tile, const room *r) {
    return f->kept != NULL ? f->kept + tile * f->t->options->batch * TILE : r->scores;
}

/* All questions with a tile: s is (batch, TILE). */
static emb_i_pairs pairs_of(const full *f, int64_t tile, const room *r) {
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
        .s = place_of(f, tile, r),
        .lds = TILE};
}

/* A tile's rows as they lie in memory. */
static gnn_i_ahead rows_of(const full *f, int64_t tile) {
    const emb_i_table *table = &f->t->model->entity;
    return (gnn_i_ahead){{emb_i_table_place(table, tile * TILE)},
                         {(size_t)tile_size(f, tile) * emb_i_table_row_bytes(table)}};
}

static emb_i_pairs score(const full *f, int64_t tile, const room *r) {
    const emb_i_pairs p = pairs_of(f, tile, r);
    emb_i_match_scores(&f->t->match, &p, r->rest);
    return p;
}

/* Weights of a tile's pairs, from scores or what `relative` made of them: in their place
 * where they are kept. BCE adds to loss (batch), unless that is NULL. */
static void weigh(const full *f, int64_t tile, emb_i_pairs *p, gnn_real *loss,
                  const room *r) {
    const emb_i_trainer *t = f->t;
    const gnn_real factor = (gnn_real)f->factor;
    const gnn_real smoothing = (gnn_real)t->options->smoothing;
    const gnn_i_kernels *kernels = gnn_i_kernels_get();
    gnn_real *s = p->s;
    if (emb_i_match_keeps_scores(&t->match)) p->s = r->weights;
    const gnn_i_tile_args args = {.n = p->n,
                                  .m = p->m,
                                  .s = s,
                                  .ld = TILE,
                                  .w = p->s,
                                  .ldw = TILE,
                                  .top = f->top + tile * p->n,
                                  .sum = loss,
                                  .more = true,
                                  .lse = f->lse,
                                  .factor = factor};
    if (t->options->loss == EMB_I_BCE)
        kernels->tile_sigmoid(&args);
    else if (f->relative)
        kernels->tile_scale(&args);
    else
        kernels->tile_softmax(&args);
    gnn_real even = factor * smoothing / (gnn_real)f->n_entities;
    for (int64_t i = 0; i < p->n; i++) {
        gnn_real *w = p->s + i * TILE;
        const gnn_real label = factor * (gnn_real)label_of(f, i);
        const gnn_id *answer;
        if (smoothing > 0)
            for (int64_t j = 0; j < p->m; j++) w[j] -= even;
        for (int32_t k = answers_in(f, i, tile, &answer); k-- > 0;)
            w[answer[k] - tile * TILE] -= label;
    }
    emb_i_match_weights(&t->match, p->n, p->m, s, TILE, p->s, TILE);
    if (f->kept != NULL && p->s != s) {
        memcpy(s, p->s, (size_t)(p->n * TILE) * sizeof *s);
        p->s = s;
    }
}

/* To the sums of the loss: the scores of the answers, with smoothing all scores. */
static void add_labelled(const full *f, int64_t tile, const emb_i_pairs *p, gnn_real *own,
                         gnn_real *all) {
    for (int64_t i = 0; i < p->n; i++) {
        const gnn_real *s = p->s + i * TILE;
        const gnn_id *answer;
        for (int32_t k = answers_in(f, i, tile, &answer); k-- > 0;)
            own[i] += s[answer[k] - tile * TILE];
        if (f->t->options->smoothing > 0)
            all[i] += (gnn_real)gnn_i_kernels_get()->sum(s, NULL, p->m);
    }
}

/* About the largest score so far, top, and Σ exp(s - top), from those of the tile before,
 * NULL where there is none. Where gradients are summed relative to it they follow. */
static void add_exponentials(const full *f, const emb_i_pairs *p, const gnn_real *before,
                             gnn_real *top, gnn_real *sum, gnn_real *dq) {
    const int64_t query = f->t->model->scorer.query;
    /* Relative to a score that is exceeded by little a sum is as exact, and seldom has to
     * be scaled. But a certain answer has to be 1, which products do not round: its label
     * takes off as much. */
    const gnn_real slack = f->t->match.bf16 ? 0 : 16;
    const gnn_i_tile_args args = {.n = p->n,
                                  .m = p->m,
                                  .s = p->s,
                                  .ld = TILE,
                                  .w = f->relative ? p->s : NULL,
                                  .ldw = TILE,
                                  .top = top,
                                  .sum = sum,
                                  .more = before != NULL,
                                  .slack = slack};
    if (before != NULL) memcpy(top, before, (size_t)p->n * sizeof *top);
    gnn_i_kernels_get()->tile_sums(&args);
    for (int64_t i = 0; f->relative && before != NULL && i < p->n; i++) {
        if (top[i] == before[i]) continue;
        gnn_real *d = dq + i * query;
        const gnn_i_combine_args fall = {
            .alpha = (gnn_real)exp((double)(before[i] - top[i])), .a = d, .y = d};
        gnn_i_kernels_get()->combine(&fall, 0, query);
    }
}

static void score_share(void *argument, int64_t share, int thread) {
    const full *f = argument;
    const emb_i_scorer *scorer = &f->t->model->scorer;
    const room r = room_of(f, thread);
    const int64_t n = f->t->batch.n, first = share_begin(f, share);
    gnn_real *dq = f->partial + share * n * scorer->query;
    gnn_real *sum = f->sum + share * n, *own = f->own + share * n;
    gnn_real *all = f->all + share * n;
    memset(dq, 0, (size_t)(n * scorer->query) * sizeof *dq);
    memset(sum, 0, (size_t)n * sizeof *sum);
    memset(own, 0, (size_t)n * sizeof *own);
    memset(all, 0, (size_t)n * sizeof *all);
    for (int64_t tile = first; tile < share_begin(f, share + 1); tile++) {
        gnn_real *top = f->top + tile * n;
        emb_i_pairs p = score(f, tile, &r);
        add_labelled(f, tile, &p, own, all);
        if (f->t->options->loss == EMB_I_BCE)
            weigh(f, tile, &p, sum, &r);
        else
            add_exponentials(f, &p, tile > first ? top - n : NULL, top, sum, dq);
        if (!f->at_once) continue;
        if (tile + 1 < f->n_tiles) p.ahead = rows_of(f, tile + 1);
        emb_i_match_query_grad(&f->t->match, &p, dq, scorer->query, true, r.rest);
    }
}

/* A tile's pairs as phase 2 left them: kept, or computed again. */
static emb_i_pairs recall(const full *f, int64_t tile, const room *r) {
    if (f->kept != NULL) return pairs_of(f, tile, r);
    const emb_i_pairs p = score(f, tile, r);
    const gnn_i_tile_args exponentials = {.n = p.n,
                                          .m = p.m,
                                          .s = p.s,
                                          .ld = TILE,
                                          .w = p.s,
                                          .ldw = TILE,
                                          .lse = f->top + tile * p.n,
                                          .factor = 1};
    if (f->relative) gnn_i_kernels_get()->tile_softmax(&exponentials);
    return p;
}

/* What the labels of question i take off its loss. */
static double labelled(const full *f, int64_t i) {
    const int64_t n = f->t->batch.n;
    double own = 0, all = 0;
    for (int64_t share = 0; share < SHARES; share++) {
        own += (double)f->own[share * n + i];
        all += (double)f->all[share * n + i];
    }
    return label_of(f, i) * own + f->t->options->smoothing * all / (double)f->n_entities;
}

/* What the exponentials of question i in a share are relative to. */
static double top_of(const full *f, int64_t share, int64_t i) {
    const int64_t end = share_begin(f, share + 1);
    return end > share_begin(f, share) ? (double)f->top[(end - 1) * f->t->batch.n + i]
                                       : -INFINITY;
}

/* log Σ exp of question i, its loss, and what makes the exponentials of each share
 * weights. */
static void settle(const full *f, int64_t i, double *scale) {
    const int64_t n = f->t->batch.n;
    double top = -INFINITY, sum = 0;
    for (int64_t share = 0; share < SHARES; share++) top = fmax(top, top_of(f, share, i));
    for (int64_t share = 0; share < SHARES; share++) {
        scale[share] = exp(top_of(f, share, i) - top);
        sum += scale[share] * (double)f->sum[share * n + i];
    }
    for (int64_t share = 0; share < SHARES; share++) scale[share] *= f->factor / sum;
    double lse = top + log(sum);
    f->lse[i] = (gnn_real)lse;
    f->t->row_loss[i] = f->factor * (lse - labelled(f, i));
}

static void settle_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const full *f = argument;
    double scale[SHARES];
    for (int64_t i = block * ROWS; i < f->t->batch.n && i < (block + 1) * ROWS; i++)
        settle(f, i, scale);
}

/* ---- 3. back ---- */

static void back_share(void *argument, int64_t share, int thread) {
    const full *f = argument;
    const emb_i_scorer *scorer = &f->t->model->scorer;
    const room r = room_of(f, thread);
    gnn_real *dq = f->partial + share * f->t->batch.n * scorer->query;
    for (int64_t tile = share_begin(f, share); tile < share_begin(f, share + 1); tile++) {
        emb_i_pairs p = recall(f, tile, &r);
        weigh(f, tile, &p, NULL, &r);
        emb_i_match_query_grad(&f->t->match, &p, dq, scorer->query, true, r.rest);
    }
}

/* ---- 4. anchors ---- */

/* The gradient of query i: the sums of the shares, times `scale`. */
static void sum_shares(const full *f, int64_t i, const double *scale) {
    const emb_i_trainer *t = f->t;
    const int64_t query = t->model->scorer.query;
    gnn_real *dq = t->rows.d_query + i * query;
    memset(dq, 0, (size_t)query * sizeof *dq);
    for (int64_t share = 0; share < SHARES; share++) {
        const gnn_i_combine_args sum = {.alpha = 1,
                                        .a = dq,
                                        .beta = (gnn_real)scale[share],
                                        .b =
                                            f->partial + (share * t->batch.n + i) * query,
                                        .y = dq};
        gnn_i_kernels_get()->combine(&sum, 0, query);
    }
}

/* What the labels of question i add to it. */
static void add_labels(const full *f, int64_t i, const room *r) {
    const emb_i_trainer *t = f->t;
    const emb_i_scorer *scorer = &t->model->scorer;
    const int64_t query = scorer->query, entity = scorer->entity;
    gnn_real label = (gnn_real)(-f->factor * label_of(f, i));
    /* d_row is not used: the row's own gradient comes in 5 */
    gnn_real *row = r->gradient, *d_row = row + entity;
    memset(d_row, 0, (size_t)entity * sizeof *d_row);
    for (int32_t k = 0; k < t->batch.n_answers[i]; k++) {
        emb_i_table_rows(&t->model->entity, 1, &t->batch.answer[i][k], row);
        /* what the label takes off has to cancel what the product added */
        emb_i_match_round(&t->match, entity, row, (uint16_t *)(d_row + entity));
        emb_i_match_own_grad(&t->match, 1, &label, t->rows.query + i * query, query,
                             row + scorer->first[t->batch.side], entity,
                             t->rows.d_query + i * query, d_row, r->rest);
    }
}

static void anchor_block(void *argument, int64_t block, int thread) {
    const full *f = argument;
    emb_i_trainer *t = f->t;
    const room r = room_of(f, thread);
    const int64_t entity = t->model->scorer.entity, first = block * ROWS;
    const int64_t n = t->batch.n - first < ROWS ? t->batch.n - first : ROWS;
    memset(t->rows.d_target + first * entity, 0,
           (size_t)(n * entity) * sizeof *t->rows.d_target);
    for (int64_t i = first; i < first + n; i++) {
        double scale[SHARES];
        for (int share = 0; share < SHARES; share++) scale[share] = 1;
        if (f->relative) settle(f, i, scale);
        sum_shares(f, i, scale);
        if (f->relative) add_labels(f, i, &r);
        if (t->options->loss != EMB_I_BCE) continue;
        double loss = -labelled(f, i);
        for (int64_t share = 0; share < SHARES; share++)
            loss += (double)f->sum[share * t->batch.n + i];
        t->row_loss[i] = f->factor * loss;
    }
    emb_i_back_rows(t, first, n, f->factor);
}

/* ---- 5. update ---- */

/* Gradients (rows of a tile, entity) from the weights of its pairs. */
static void candidate_gradients(const full *f, const emb_i_pairs *pairs, gnn_real *d,
                                const room *r) {
    const emb_i_scorer *scorer = &f->t->model->scorer;
    bool more = emb_i_match_clear(&f->t->match, pairs->m, scorer->entity, d);
    emb_i_match_candidate_grad(&f->t->match, pairs, d + scorer->first[f->t->batch.side],
                               scorer->entity, more, r->rest);
}

static void update_tile(void *argument, int64_t tile, int thread) {
    const full *f = argument;
    emb_i_trainer *t = f->t;
    const int64_t first = tile * TILE;
    const int64_t size = tile_size(f, tile);
    if (first + size <= t->entity.frozen) return;
    const room r = room_of(f, thread);
    gnn_real *d = r.gradient;
    emb_i_pairs p = recall(f, tile, &r);
    if (f->kept == NULL || f->relative) weigh(f, tile, &p, NULL, &r);
    p.ahead = emb_i_optimizer_ahead(&t->entity, first, size);
    candidate_gradients(f, &p, d, &r);
    emb_i_gradients_add_range(&t->entity_gradients, first, size, d);
    emb_i_optimizer_rows(&t->entity, first, size, d);
}

double emb_i_full_step(emb_i_trainer *t) {
    full *f = t->step;
    int64_t blocks = (t->batch.n + ROWS - 1) / ROWS;
    f->factor = 1 / (double)t->batch.n;
    gnn_parallel_for(t->n_threads, blocks, fold_block, f);
    gnn_parallel_for(t->n_threads, SHARES, score_share, f);
    if (!f->at_once) {
        gnn_parallel_for(t->n_threads, blocks, settle_block, f);
        gnn_parallel_for(t->n_threads, SHARES, back_share, f);
    }
    gnn_parallel_for(t->n_threads, blocks, anchor_block, f);
    emb_i_collect(t, 0, NULL, NULL);
    gnn_parallel_for(t->n_threads, f->n_tiles, update_tile, f);
    emb_i_gradients_apply(&t->relation_gradients, t->n_threads, &t->relation);
    emb_i_update_shared(t);
    double loss = 0;
    for (int64_t i = 0; i < t->batch.n; i++) loss += t->row_loss[i];
    return loss * (double)t->batch.n;
}
