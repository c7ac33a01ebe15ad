/* Exact ranks, streaming: a block of questions against a tile of entities at a time, of
 * which only counts are kept. The score of the true answer has the bits that it has in
 * its tile, so that a tie is a tie. */
#include <embed/evaluate.h>

#include <math.h>
#include <stdatomic.h>
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "evaluate/known.h"
#include "kernels/table.h"

enum { QUERIES = 256, TILE = 512 };

typedef struct evaluating {
    const emb_model *model;
    const gnn_triples *triples;
    const emb_evaluate_options *options;
    emb_i_known known;
    gnn_real *scratch; /* (threads, room) */
    int64_t room;
    double *rank;        /* (2, n): of tails, then of heads */
    int64_t *candidates; /* (2, n) */
    atomic_bool cancelled;
    atomic_llong done;
} evaluating;

/* The questions of a block and what has been counted of each. */
typedef struct block_state {
    int64_t first, n;
    bool head_asked;
    emb_i_side side;
    gnn_id anchor[QUERIES], relation[QUERIES], target[QUERIES];
    const emb_i_answer *known[QUERIES];
    int64_t n_known[QUERIES];
    gnn_real own[QUERIES];
    int64_t above[QUERIES], equal[QUERIES], filtered[QUERIES];
} block_state;

static void ask(const evaluating *e, block_state *b) {
    const gnn_triples *triples = e->triples;
    for (int64_t i = 0; i < b->n; i++) {
        gnn_id h = triples->head[b->first + i], r = triples->relation[b->first + i],
               t = triples->tail[b->first + i];
        emb_i_question question = emb_i_ask(e->model, b->head_asked, h, r, t);
        b->side = question.side;
        b->anchor[i] = question.anchor;
        b->relation[i] = question.relation;
        b->target[i] = question.target;
        b->known[i] = emb_i_known_find(
            &e->known, emb_i_question_key(b->head_asked, question.anchor, r),
            &b->n_known[i]);
        b->above[i] = b->equal[i] = b->filtered[i] = 0;
    }
}

/* Take back what was counted of entities that do not compete: other true answers, and the
 * answer itself. A NaN counts as above everything. */
static void take_back(block_state *b, int64_t i, int64_t tile, int64_t size,
                      const gnn_real *s) {
    gnn_real own = b->own[i];
    for (int64_t k = 0; k < b->n_known[i]; k++) {
        int64_t place = b->known[i][k].answer - tile;
        if (place < 0 || place >= size || b->known[i][k].answer == b->target[i]) continue;
        b->filtered[i]++;
        b->above[i] -= !(s[place] <= own);
        b->equal[i] -= s[place] == own;
    }
    int64_t place = b->target[i] - tile;
    if (place < 0 || place >= size) return;
    b->above[i] -= !(s[place] <= own);
    b->equal[i] -= s[place] == own;
}

static double rank_of(emb_ties ties, int64_t above, int64_t equal) {
    switch (ties) {
    case EMB_TIES_OPTIMISTIC: return 1 + (double)above;
    case EMB_TIES_PESSIMISTIC: return 1 + (double)(above + equal);
    case EMB_TIES_MEAN: break;
    }
    return 1 + (double)above + (double)equal / 2;
}

static void rank_block(void *argument, int64_t block, int thread) {
    evaluating *e = argument;
    if (atomic_load(&e->cancelled)) return;
    const emb_i_scorer *scorer = &e->model->scorer;
    const emb_i_table *entities = &e->model->entity;
    int64_t n = e->triples->n, per_side = (n + QUERIES - 1) / QUERIES;
    block_state b = {.head_asked = block >= per_side};
    b.first = block % per_side * QUERIES;
    b.n = n - b.first < QUERIES ? n - b.first : QUERIES;
    ask(e, &b);

    gnn_real *anchor = e->scratch + thread * e->room;
    gnn_real *relation = anchor + QUERIES * scorer->entity;
    gnn_real *query = relation + QUERIES * scorer->relation;
    gnn_real *s = query + QUERIES * scorer->query, *rest = s + QUERIES * TILE;
    emb_i_table_rows(entities, b.n, b.anchor, anchor);
    emb_i_table_rows(&e->model->relation, b.n, b.relation, relation);
    const emb_i_fold fold = {.n = b.n,
                             .anchor = anchor,
                             .relation = relation,
                             .shared = e->model->shared.values,
                             .query = query};
    scorer->type->fold(scorer, b.side, &fold);
    emb_i_table_rows(entities, b.n, b.target, anchor); /* the answers' rows now */
    emb_i_match_own(&scorer->match, b.n, query, scorer->query,
                    anchor + scorer->first[b.side], scorer->entity, b.own, rest);

    for (int64_t tile = 0; tile < entities->n; tile += TILE) {
        int64_t size = entities->n - tile < TILE ? entities->n - tile : TILE;
        const emb_i_pairs pairs = {.n = b.n,
                                   .m = size,
                                   .q = query,
                                   .ldq = scorer->query,
                                   .c = emb_i_table_block(entities, tile) +
                                        scorer->first[b.side],
                                   .ldc = scorer->entity,
                                   .s = s,
                                   .lds = TILE};
        emb_i_match_scores(&scorer->match, &pairs, rest);
        const gnn_i_tile_args counts = {.n = b.n,
                                        .m = size,
                                        .s = s,
                                        .ld = TILE,
                                        .lse = b.own,
                                        .above = b.above,
                                        .equal = b.equal};
        gnn_i_kernels_get()->tile_counts(&counts);
        for (int64_t i = 0; i < b.n; i++) take_back(&b, i, tile, size, s + i * TILE);
    }
    for (int64_t i = 0; i < b.n; i++) {
        int64_t at = (b.head_asked ? n : 0) + b.first + i;
        e->rank[at] = rank_of(e->options->ties, b.above[i], b.equal[i]);
        e->candidates[at] = entities->n - b.filtered[i];
    }
    int64_t done = atomic_fetch_add(&e->done, b.n) + b.n;
    if (thread == 0 && e->options->progress != NULL &&
        e->options->progress(e->options->user, "ranking", done, 2 * n) != 0)
        atomic_store(&e->cancelled, true);
}

/* ---- means ---- */

/* Until finish(), fields are sums, and amri that of the ranks which chance gives. */
static void add(emb_ranking *sum, double rank, int64_t candidates) {
    sum->n++;
    sum->mrr += 1 / rank;
    sum->hits1 += rank <= 1;
    sum->hits3 += rank <= 3;
    sum->hits10 += rank <= 10;
    sum->mr += rank;
    sum->amri += (double)(candidates - 1) / 2;
}

static void finish(emb_ranking *r) {
    if (r->n == 0) return;
    double each = 1 / (double)r->n;
    r->amri = r->amri > 0 ? 1 - (r->mr - (double)r->n) / r->amri : 1;
    r->mrr *= each;
    r->hits1 *= each;
    r->hits3 *= each;
    r->hits10 *= each;
    r->mr *= each;
}

static void add_all(const evaluating *e, emb_evaluation *all, emb_evaluation *groups) {
    const int64_t n = e->triples->n;
    for (int64_t i = 0; i < 2 * n; i++) {
        emb_evaluation *to[] = {all, groups ? &groups[e->options->group[i % n]] : NULL};
        for (int k = 0; k < 2 && to[k] != NULL; k++) {
            add(i < n ? &to[k]->tail : &to[k]->head, e->rank[i], e->candidates[i]);
            add(&to[k]->both, e->rank[i], e->candidates[i]);
        }
    }
}

static void finish_all(int64_t n, emb_evaluation *evaluations) {
    for (int64_t i = 0; i < n; i++) {
        finish(&evaluations[i].both);
        finish(&evaluations[i].tail);
        finish(&evaluations[i].head);
    }
}

gnn_status emb_evaluate(const emb_model *model, const gnn_triples *triples,
                        const emb_evaluate_options *options, double *ranks,
                        emb_evaluation *evaluation) {
    gnn_status status;
    const emb_i_scorer *scorer = &model->scorer;
    int64_t n = triples->n;
    evaluating e = {.model = model, .triples = triples, .options = options};
    int threads = options->n_threads > 0 ? options->n_threads : gnn_n_processors();
    GNN_TRY(emb_i_check_triples(model, triples, "an evaluated"));
    for (int s = 0; s < options->n_known; s++)
        GNN_TRY(emb_i_check_triples(model, options->known[s], "a known"));
    GNN_TRY(emb_i_known_make(&e.known, options->n_known, options->known));
    e.room = QUERIES * (scorer->entity + scorer->relation + scorer->query + TILE) +
             (int64_t)emb_i_match_scratch(QUERIES, TILE);
    GNN_TRY(gnn_i_alloc(&e.scratch, (size_t)(threads * e.room), sizeof *e.scratch,
                        "an evaluation"));
    GNN_TRY(gnn_i_alloc(&e.rank, (size_t)(2 * n), sizeof *e.rank, "ranks"));
    GNN_TRY(gnn_i_alloc(&e.candidates, (size_t)(2 * n), sizeof *e.candidates, "ranks"));
    gnn_parallel_for(threads, 2 * ((n + QUERIES - 1) / QUERIES), rank_block, &e);
    GNN_CHECK(!atomic_load(&e.cancelled), GNN_ERR_CANCELLED, "interrupted while ranking");
    emb_evaluation *groups = options->group != NULL ? options->groups : NULL;
    int64_t n_groups = groups != NULL ? options->n_groups : 0;
    *evaluation = (emb_evaluation){0};
    for (int64_t g = 0; g < n_groups; g++) groups[g] = (emb_evaluation){0};
    add_all(&e, evaluation, groups);
    finish_all(1, evaluation);
    finish_all(n_groups, groups);
    for (int64_t i = 0; ranks != NULL && i < n; i++) {
        ranks[2 * i] = e.rank[i];
        ranks[2 * i + 1] = e.rank[n + i];
    }
cleanup:
    emb_i_known_clear(&e.known);
    gnn_i_free(e.scratch);
    gnn_i_free(e.rank);
    gnn_i_free(e.candidates);
    return status;
}
