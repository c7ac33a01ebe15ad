/* A step whose loss compares each query with every entity, in tiles of entities.
 *
 *   1. queries   rows are gathered and folded into queries
 *   2. scores    tile by tile: scores, their largest and Σ exp(s - largest)
 *   3. back      query by query, tile after tile: scores become weights, dq = Σ w c; then
 *                through the fold to anchors and relations
 *   4. entities  tile by tile: dc = Σ w q, what anchors and regularisers add, and the
 *                update of the tile's rows
 *
 * The scores of a batch are kept from 2 to 4 while they fit softmax-memory; else each
 * phase computes them anew, so that memory never grows with batch × entities. Each number
 * is written by one block and sums run in the order of tiles or queries: the bits are
 * the same at any number of threads. */
#include <math.h>
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "kernels/table.h"
#include "training/trainer.h"

enum {
    TILE = 512, /* entities */
    ROWS = 48   /* queries of a block in phases 1 and 3 */
};

typedef struct full {
    emb_i_trainer *t;
    int64_t n_entities, n_tiles, n_row_blocks;
    gnn_real *kept;            /* (batch, n_entities) scores, then weights; or NULL */
    gnn_real *top, *sum, *all; /* (n_tiles, batch): of each tile: largest, Σ exp, Σ s */
    gnn_real *lse, *own;       /* (batch): log Σ exp, score of the target */
    gnn_real *scratch;         /* (threads, room) */
    int64_t room;
    double factor; /* 1 / batch */
} full;

static int64_t tile_size(const full *f, int64_t first) {
    return f->n_entities - first < TILE ? f->n_entities - first : TILE;
}

gnn_status emb_i_full_begin(emb_i_trainer *t) {
    gnn_status status;
    full *f = NULL;
    const emb_i_scorer *scorer = &t->model->scorer;
    int64_t batch = t->options->batch, n = t->model->entity.n;
    GNN_TRY(gnn_i_calloc(&f, 1, sizeof *f, "a step"));
    t->step = f;
    f->t = t;
    f->n_entities = n;
    f->n_tiles = (n + TILE - 1) / TILE;
    size_t sums = (size_t)(f->n_tiles * batch);
    double kept = (double)batch * (double)n * sizeof(gnn_real);
    if (kept <= (double)t->options->softmax_memory * 1e6)
        GNN_TRY(gnn_i_alloc(&f->kept, (size_t)(batch * n), sizeof *f->kept, "scores"));
    GNN_TRY(gnn_i_alloc(&f->top, sums, sizeof *f->top, "sums of scores"));
    GNN_TRY(gnn_i_alloc(&f->sum, sums, sizeof *f->sum, "sums of scores"));
    GNN_TRY(gnn_i_alloc(&f->all, sums, sizeof *f->all, "sums of scores"));
    GNN_TRY(gnn_i_alloc(&f->lse, (size_t)batch, sizeof *f->lse, "sums of scores"));
    GNN_TRY(gnn_i_alloc(&f->own, (size_t)batch, sizeof *f->own, "sums of scores"));
    /* scores of a tile and what becomes of them, gradients of its entities, scratch */
    f->room = 2 * (f->kept ? ROWS : batch) * TILE + TILE * scorer->entity +
              (int64_t)emb_i_match_scratch(batch, TILE);
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
    emb_i_trainer *t = f->t;
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch *batch = &t->batch;
    const emb_i_batch_rows *r = &t->rows;
    int64_t first = block * ROWS, n = batch->n - first < ROWS ? batch->n - first : ROWS;
    emb_i_table_rows(&t->model->entity, n, batch->anchor + first,
                     r->anchor + first * scorer->entity);
    emb_i_table_rows(&t->model->relation, n, batch->relation + first,
                     r->relation + first * scorer->relation);
    emb_i_table_rows(&t->model->entity, n, batch->target + first,
                     r->target + first * scorer->entity);
    const emb_i_fold fold = {.n = n,
                             .anchor = r->anchor + first * scorer->entity,
                             .relation = r->relation + first * scorer->relation,
                             .shared = t->model->shared.values,
                             .query = r->query + first * scorer->query};
    scorer->type->fold(scorer, batch->side, &fold);
}

/* ---- scores ---- */

/* Pairs of the queries first .. first + n - 1 with a tile. */
static emb_i_pairs pairs_of(const full *f, int64_t first, int64_t n, int64_t tile,
                            gnn_real *s, int64_t lds) {
    const emb_i_scorer *scorer = &f->t->model->scorer;
    return (emb_i_pairs){.n = n,
                         .m = tile_size(f, tile),
                         .q = f->t->rows.query + first * scorer->query,
                         .ldq = scorer->query,
                         .c = emb_i_table_block(&f->t->model->entity, tile) +
                              scorer->first[f->t->batch.side],
                         .ldc = scorer->entity,
                         .s = s,
                         .lds = lds};
}

/* Phase 2: the tile's scores, kept or not, and their sums. */
static void score_tile(void *argument, int64_t block, int thread) {
    const full *f = argument;
    const emb_i_batch *batch = &f->t->batch;
    const emb_i_match *match = &f->t->model->scorer.match;
    int64_t tile = block * TILE, size = tile_size(f, tile);
    gnn_real *scratch = f->scratch + thread * f->room;
    emb_i_pairs pairs =
        f->kept ? pairs_of(f, 0, batch->n, tile, f->kept + tile, f->n_entities)
                : pairs_of(f, 0, batch->n, tile, scratch, TILE);
    emb_i_match_scores(match, &pairs, scratch + f->room - (batch->n + TILE + 48));
    const gnn_i_tile_args sums = {.n = batch->n,
                                  .m = size,
                                  .s = pairs.s,
                                  .ld = pairs.lds,
                                  .top = f->top + block * batch->n,
                                  .sum = f->sum + block * batch->n,
                                  .total = f->all + block * batch->n};
    gnn_i_kernels_get()->tile_sums(&sums);
    for (int64_t i = 0; i < batch->n; i++) {
        int64_t place = batch->target[i] - tile;
        if (place >= 0 && place < size) f->own[i] = pairs.s[i * pairs.lds + place];
    }
}

/* Between 2 and 3: log Σ exp of each query, and its loss. */
static void settle(const full *f) {
    const int64_t n = f->t->batch.n;
    const double smoothing = f->t->options->smoothing;
    for (int64_t i = 0; i < n; i++) {
        gnn_real top = f->top[i];
        double sum = 0, all = 0;
        for (int64_t k = 1; k < f->n_tiles; k++)
            if (f->top[k * n + i] > top) top = f->top[k * n + i];
        for (int64_t k = 0; k < f->n_tiles; k++) {
            sum += (double)f->sum[k * n + i] * exp((double)(f->top[k * n + i] - top));
            all += (double)f->all[k * n + i];
        }
        double lse = (double)top + log(sum);
        f->lse[i] = (gnn_real)lse;
        f->t->row_loss[i] = f->factor * (lse - (1 - smoothing) * (double)f->own[i] -
                                         smoothing * all / (double)f->n_entities);
    }
}

/* Scores of a tile → weights of its pairs, in place; `copy` is room for as many. */
static void weigh(const full *f, int64_t first, const emb_i_pairs *p, int64_t tile,
                  gnn_real *copy) {
    const emb_i_trainer *t = f->t;
    const emb_i_match *match = &t->model->scorer.match;
    const gnn_real factor = (gnn_real)f->factor;
    const gnn_real smoothing = (gnn_real)t->options->smoothing;
    bool keeps = emb_i_match_keeps_scores(match);
    if (keeps)
        for (int64_t i = 0; i < p->n; i++)
            memcpy(copy + i * p->m, p->s + i * p->lds, (size_t)p->m * sizeof *copy);
    gnn_real row_sum[ROWS];
    const gnn_i_tile_args args = {.n = p->n,
                                  .m = p->m,
                                  .s = p->s,
                                  .ld = p->lds,
                                  .sum = row_sum,
                                  .lse = f->lse + first,
                                  .factor = factor};
    if (t->options->loss == EMB_I_SOFTMAX)
        gnn_i_kernels_get()->tile_softmax(&args);
    else
        gnn_i_kernels_get()->tile_sigmoid(&args);
    gnn_real even = factor * smoothing / (gnn_real)f->n_entities;
    for (int64_t i = 0; i < p->n; i++) {
        gnn_real *w = p->s + i * p->lds;
        int64_t place = t->batch.target[first + i] - tile;
        if (smoothing > 0)
            for (int64_t j = 0; j < p->m; j++) w[j] -= even;
        if (place >= 0 && place < p->m) w[place] -= factor * (1 - smoothing);
        if (t->options->loss == EMB_I_BCE)
            t->row_loss[first + i] += f->factor * (double)row_sum[i];
    }
    emb_i_match_weights(match, p->n, p->m, copy, p->m, p->s, p->lds);
}

/* Pairs of a tile as weights: kept by phase 3, or computed anew, a few rows at a time. */
static emb_i_pairs weights_again(const full *f, int64_t tile, gnn_real *scratch) {
    const int64_t n = f->t->batch.n;
    if (f->kept) return pairs_of(f, 0, n, tile, f->kept + tile, f->n_entities);
    gnn_real *copy = scratch + f->t->options->batch * TILE;
    gnn_real *rest = scratch + f->room - (n + TILE + 48);
    for (int64_t first = 0; first < n; first += ROWS) {
        int64_t rows = n - first < ROWS ? n - first : ROWS;
        emb_i_pairs some = pairs_of(f, first, rows, tile, scratch + first * TILE, TILE);
        emb_i_match_scores(&f->t->model->scorer.match, &some, rest);
        weigh(f, first, &some, tile, copy);
    }
    return pairs_of(f, 0, n, tile, scratch, TILE);
}

/* ---- 3. back ---- */

static void back_block(void *argument, int64_t block, int thread) {
    const full *f = argument;
    emb_i_trainer *t = f->t;
    const emb_i_scorer *scorer = &t->model->scorer;
    const emb_i_batch_rows *r = &t->rows;
    int64_t first = block * ROWS;
    int64_t n = t->batch.n - first < ROWS ? t->batch.n - first : ROWS;
    gnn_real *scratch = f->scratch + thread * f->room, *copy = scratch + ROWS * TILE;
    gnn_real *rest = scratch + f->room - (t->batch.n + TILE + 48);
    gnn_real *dq = r->d_query + first * scorer->query;
    memset(dq, 0, (size_t)(n * scorer->query) * sizeof *dq);
    memset(r->d_target + first * scorer->entity, 0,
           (size_t)(n * scorer->entity) * sizeof *dq);
    for (int64_t tile = 0; tile < f->n_entities; tile += TILE) {
        emb_i_pairs pairs =
            f->kept ? pairs_of(f, first, n, tile, f->kept + first * f->n_entities + tile,
                               f->n_entities)
                    : pairs_of(f, first, n, tile, scratch, TILE);
        if (!f->kept) emb_i_match_scores(&scorer->match, &pairs, rest);
        weigh(f, first, &pairs, tile, copy);
        emb_i_match_query_grad(&scorer->match, &pairs, dq, scorer->query, rest);
    }
    emb_i_back_rows(t, first, n, f->factor);
}

/* ---- 4. entities ---- */

static void entity_tile(void *argument, int64_t block, int thread) {
    const full *f = argument;
    emb_i_trainer *t = f->t;
    const emb_i_scorer *scorer = &t->model->scorer;
    int64_t tile = block * TILE, size = tile_size(f, tile);
    gnn_real *scratch = f->scratch + thread * f->room;
    gnn_real *rest = scratch + f->room - (t->batch.n + TILE + 48);
    gnn_real *d = scratch + 2 * (f->kept ? ROWS : t->options->batch) * TILE;
    memset(d, 0, (size_t)(size * scorer->entity) * sizeof *d);
    emb_i_pairs pairs = weights_again(f, tile, scratch);
    emb_i_match_candidate_grad(&scorer->match, &pairs, d + scorer->first[t->batch.side],
                               scorer->entity, rest);
    emb_i_gradients_add_range(&t->entity_gradients, tile, size, d);
    for (int64_t row = 0; row < size; row++)
        emb_i_optimizer_row(&t->entity, tile + row, d + row * scorer->entity);
}

double emb_i_full_step(emb_i_trainer *t) {
    full *f = t->step;
    int64_t blocks = (t->batch.n + ROWS - 1) / ROWS;
    f->factor = 1 / (double)t->batch.n;
    gnn_parallel_for(t->n_threads, blocks, fold_block, f);
    gnn_parallel_for(t->n_threads, f->n_tiles, score_tile, f);
    if (t->options->loss == EMB_I_SOFTMAX)
        settle(f);
    else
        for (int64_t i = 0; i < t->batch.n; i++)
            t->row_loss[i] = -f->factor * (double)f->own[i];
    gnn_parallel_for(t->n_threads, blocks, back_block, f);
    emb_i_collect(t, 0, NULL, NULL);
    gnn_parallel_for(t->n_threads, f->n_tiles, entity_tile, f);
    emb_i_gradients_apply(&t->relation_gradients, t->n_threads, &t->relation);
    double loss = 0;
    for (int64_t i = 0; i < t->batch.n; i++) loss += t->row_loss[i];
    return loss * (double)t->batch.n;
}
