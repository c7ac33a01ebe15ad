/* Exact ranks, streaming: a block of questions against a tile of entities at a time, of
 * which only counts are kept. What several triples ask is scored once for all their
 * answers. The score of a true answer has the bits that it has in its tile, so that a tie
 * is a tie. */
#include <embed/evaluate.h>

#include <stdatomic.h>
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "evaluate/known.h"
#include "evaluate/ranking.h"
#include "kernels/table.h"

/* Most questions and answers of a block, entities of a tile, rows gathered for answers;
 * and the reals that queries of all threads may take before blocks shrink. */
enum { QUERIES = 256, ANSWERS = 1024, TILE = 512, SQUARE = 8, MOST_REALS = 1 << 22 };

/* Where a block begins: answers of one side, of up to `queries` questions. */
typedef struct block_start {
    int64_t asked, question;
} block_start;

typedef struct evaluating {
    const emb_model *model;
    const gnn_triples *triples;
    const emb_evaluate_options *options;
    emb_i_questions questions;
    emb_i_known known;
    int64_t queries, n_blocks;
    block_start *blocks; /* (n_blocks + 1) */
    gnn_real *scratch;   /* (threads, room) */
    int64_t room;
    double *ranks;      /* (2 n): of the tail of triple i at 2 i, of its head behind it */
    gnn_id *candidates; /* (2 n) */
    atomic_bool cancelled;
    atomic_llong done;
} evaluating;

/* A question of a block. */
typedef struct row {
    int64_t first, n; /* its answers in the block */
    int64_t n_known, next_known;
    const gnn_id *known;
} row;

typedef struct block_state {
    int64_t n, n_answers;
    emb_i_question asked[QUERIES];
    row rows[QUERIES];
    gnn_id answer[ANSWERS];
    gnn_real own[ANSWERS];
    int64_t above[ANSWERS], equal[ANSWERS];
} block_state;

/* ---- blocks ---- */

static void start_block(evaluating *e, int64_t asked, int64_t question) {
    e->blocks[e->n_blocks++] = (block_start){asked, question};
}

static gnn_status make_blocks(evaluating *e) {
    gnn_status status;
    const emb_i_questions *q = &e->questions;
    int64_t n_rows = 0, pieces = q->n + q->n_asked / ANSWERS;
    int64_t most = pieces / e->queries + q->n_asked / ANSWERS + 3;
    bool side = false;
    GNN_TRY(gnn_i_alloc(&e->blocks, (size_t)most, sizeof *e->blocks, "an evaluation"));
    for (int64_t k = 0; k < q->n; k++) {
        bool head_asked = emb_i_key_head_asked(q->asked[q->first[k]].question);
        for (int64_t at = q->first[k]; at < q->first[k + 1];) {
            bool full = e->n_blocks == 0 || n_rows == e->queries || head_asked != side ||
                        at - e->blocks[e->n_blocks - 1].asked == ANSWERS;
            if (full) {
                start_block(e, at, k);
                n_rows = 0;
                side = head_asked;
            }
            int64_t end = e->blocks[e->n_blocks - 1].asked + ANSWERS;
            at = end < q->first[k + 1] ? end : q->first[k + 1];
            n_rows++;
        }
    }
    int64_t n_blocks = e->n_blocks;
    start_block(e, q->n_asked, q->n);
    e->n_blocks = n_blocks;
cleanup:
    return status;
}

/* ---- a block ---- */

static void ask(const evaluating *e, int64_t block, block_state *b) {
    const emb_i_asked *asked = e->questions.asked;
    const int64_t first = e->blocks[block].asked, end = e->blocks[block + 1].asked;
    b->n = 0;
    b->n_answers = end - first;
    for (int64_t i = first; i < end; i++) {
        if (i == first || asked[i].question != asked[i - 1].question) {
            row *r = &b->rows[b->n];
            *r = (row){.first = i - first};
            r->known =
                emb_i_known_get(&e->known, e->blocks[block].question + b->n, &r->n_known);
            b->asked[b->n++] = emb_i_key_ask(e->model, asked[i].question);
        }
        b->rows[b->n - 1].n++;
        b->answer[i - first] = emb_i_triple_answer(e->triples, asked[i].place);
        b->above[i - first] = b->equal[i - first] = 0;
    }
}

/* own = scores of the answers, a few rows at a time. */
static void score_answers(const evaluating *e, block_state *b, const gnn_real *query,
                          gnn_real *scratch) {
    const emb_i_scorer *scorer = &e->model->scorer;
    gnn_real *candidates = scratch, *queries = candidates + SQUARE * scorer->entity;
    gnn_real *rest = queries + SQUARE * scorer->query;
    int64_t question = 0;
    for (int64_t i = 0; i < b->n_answers; i += SQUARE) {
        int64_t n = b->n_answers - i < SQUARE ? b->n_answers - i : SQUARE;
        for (int64_t k = 0; k < n; k++) {
            const row *r = &b->rows[question];
            if (i + k == r->first + r->n) question++;
            memcpy(queries + k * scorer->query, query + question * scorer->query,
                   (size_t)scorer->query * sizeof *query);
        }
        emb_i_table_rows(&e->model->entity, n, b->answer + i, candidates);
        emb_i_match_own(&scorer->match, n, queries, scorer->query,
                        candidates + scorer->first[b->asked->side], scorer->entity,
                        b->own + i, rest);
    }
}

/* Take back what an entity's score counted for the answers from `first` on. A NaN counts
 * as above everything. */
static void take_back(block_state *b, int64_t first, int64_t n, gnn_real score) {
    for (int64_t i = first; i < first + n; i++) {
        b->above[i] -= !(score <= b->own[i]);
        b->equal[i] -= score == b->own[i];
    }
}

/* Count the entities of a tile, without those that are no rivals: what is known, and
 * each answer itself. */
static void count(block_state *b, row *r, int64_t tile, int64_t size, const gnn_real *s) {
    const gnn_i_tile_args counts = {.n = r->n, /* one row of scores for all answers */
                                    .m = size,
                                    .s = (gnn_real *)s,
                                    .ld = 0,
                                    .lse = b->own + r->first,
                                    .above = b->above + r->first,
                                    .equal = b->equal + r->first};
    gnn_i_kernels_get()->tile_counts(&counts);
    for (; r->next_known < r->n_known && r->known[r->next_known] < tile + size;
         r->next_known++)
        take_back(b, r->first, r->n, s[r->known[r->next_known] - tile]);
    for (int64_t i = r->first; i < r->first + r->n; i++) {
        int64_t place = b->answer[i] - tile;
        if (place >= 0 && place < size &&
            !emb_i_is_among(r->n_known, r->known, b->answer[i]))
            take_back(b, i, 1, s[place]);
    }
}

static void keep_ranks(evaluating *e, int64_t block, const block_state *b) {
    const emb_i_asked *asked = e->questions.asked + e->blocks[block].asked;
    for (int64_t k = 0; k < b->n; k++) {
        const row *r = &b->rows[k];
        for (int64_t i = r->first; i < r->first + r->n; i++) {
            bool known = emb_i_is_among(r->n_known, r->known, b->answer[i]);
            int64_t filtered = r->n_known - known;
            e->ranks[asked[i].place] =
                emb_i_rank(e->options->ties, (double)b->above[i], (double)b->equal[i]);
            e->candidates[asked[i].place] = (gnn_id)(e->model->entity.n - filtered);
        }
    }
}

static void rank_block(void *argument, int64_t block, int thread) {
    evaluating *e = argument;
    if (atomic_load(&e->cancelled)) return;
    const emb_i_scorer *scorer = &e->model->scorer;
    const emb_i_table *entities = &e->model->entity;
    block_state b;
    ask(e, block, &b);
    gnn_real *query = e->scratch + thread * e->room;
    gnn_real *s = query + e->queries * scorer->query, *wide = s + e->queries * TILE;
    gnn_real *rest = wide + emb_i_table_scratch(entities, TILE);
    emb_i_model_fold(e->model, b.n, b.asked, rest, query);
    score_answers(e, &b, query, rest);
    for (int64_t tile = 0; tile < entities->n; tile += TILE) {
        int64_t size = entities->n - tile < TILE ? entities->n - tile : TILE;
        const emb_i_pairs pairs = {.n = b.n,
                                   .m = size,
                                   .q = query,
                                   .ldq = scorer->query,
                                   .c = emb_i_table_block(entities, tile, size, wide) +
                                        scorer->first[b.asked->side],
                                   .ldc = scorer->entity,
                                   .s = s,
                                   .lds = TILE};
        emb_i_match_scores(&scorer->match, &pairs, rest);
        for (int64_t k = 0; k < b.n; k++) count(&b, &b.rows[k], tile, size, s + k * TILE);
    }
    keep_ranks(e, block, &b);
    int64_t done = atomic_fetch_add(&e->done, b.n_answers) + b.n_answers;
    if (thread == 0 && e->options->progress != NULL &&
        e->options->progress(e->options->user, "ranking", done, e->questions.n_asked) !=
            0)
        atomic_store(&e->cancelled, true);
}

/* ---- evaluation ---- */

static int64_t larger(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* Queries of a block, and reals for each thread. */
static void plan(evaluating *e, int threads) {
    const emb_i_scorer *scorer = &e->model->scorer;
    const emb_i_match *match = &scorer->match;
    const int64_t two = (int64_t)emb_i_match_scratch(match, 2 * SQUARE, TILE);
    const int64_t each =
        (two - (int64_t)emb_i_match_scratch(match, SQUARE, TILE)) / SQUARE;
    const int64_t width = scorer->query + TILE;
    int64_t queries = MOST_REALS / (threads * (width + each));
    e->queries = queries < SQUARE ? SQUARE : queries < QUERIES ? queries : QUERIES;
    int64_t answers = SQUARE * (scorer->entity + scorer->query) +
                      (int64_t)emb_i_match_scratch(match, SQUARE, SQUARE);
    int64_t rest = larger((int64_t)emb_i_match_scratch(match, e->queries, TILE), answers);
    e->room = e->queries * width + emb_i_table_scratch(&e->model->entity, TILE) +
              larger(rest, emb_i_model_fold_scratch(e->model));
}

gnn_status emb_evaluate(const emb_model *model, const gnn_triples *triples,
                        const emb_evaluate_options *options, double *ranks,
                        emb_evaluation *evaluation) {
    gnn_status status;
    int64_t n = triples->n;
    evaluating e = {.model = model, .triples = triples, .options = options};
    int threads = options->n_threads > 0 ? options->n_threads : gnn_n_processors();
    GNN_TRY(emb_i_check_triples(model, triples, "an evaluated"));
    for (int s = 0; s < options->n_known; s++)
        GNN_TRY(emb_i_check_triples(model, options->known[s], "a known"));
    GNN_TRY(emb_i_questions_make(&e.questions, triples));
    GNN_TRY(emb_i_known_make(&e.known, &e.questions, options->n_known, options->known));
    plan(&e, threads);
    GNN_TRY(make_blocks(&e));
    if (threads > e.n_blocks) threads = e.n_blocks > 0 ? (int)e.n_blocks : 1;
    GNN_TRY(gnn_i_alloc(&e.scratch, (size_t)(threads * e.room), sizeof *e.scratch,
                        "an evaluation"));
    GNN_TRY(gnn_i_alloc(&e.ranks, (size_t)(2 * n), sizeof *e.ranks, "ranks"));
    GNN_TRY(gnn_i_alloc(&e.candidates, (size_t)(2 * n), sizeof *e.candidates, "ranks"));
    gnn_parallel_for(threads, e.n_blocks, rank_block, &e);
    GNN_CHECK(!atomic_load(&e.cancelled), GNN_ERR_CANCELLED, "interrupted while ranking");
    emb_i_rankings(n, e.ranks, e.candidates, options, evaluation);
    if (ranks != NULL && n > 0) memcpy(ranks, e.ranks, (size_t)(2 * n) * sizeof *ranks);
cleanup:
    emb_i_questions_clear(&e.questions);
    emb_i_known_clear(&e.known);
    gnn_i_free(e.blocks);
    gnn_i_free(e.scratch);
    gnn_i_free(e.ranks);
    gnn_i_free(e.candidates);
    return status;
}
