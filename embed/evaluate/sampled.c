/* Ranks among a sample: each answer against some of its rivals, drawn with replacement.
 * Draws are a function of seed, triple and side. */
#include <embed/evaluate.h>

#include <math.h>
#include <stdatomic.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "evaluate/known.h"
#include "evaluate/ranking.h"
#include "kernels/table.h"

enum { BLOCK = 64, TILE = 512 };

static const uint64_t RIVAL_STREAM = (uint64_t)13 << 60;

typedef struct sampling {
    const emb_model *model;
    const gnn_triples *triples;
    const emb_evaluate_options *options;
    int64_t sample;
    uint64_t seed;
    emb_i_questions questions;
    emb_i_known known;
    int64_t *question; /* (2 n) of each place in `asked` */
    gnn_real *scratch; /* (threads, room) */
    int64_t room;
    double *ranks;      /* (2 n) among the sample, as in emb_evaluate */
    gnn_id *candidates; /* (2 n) that there are in all */
    atomic_bool cancelled;
    atomic_llong done;
} sampling;

/* ---- rivals ---- */

/* The entities that compete with an answer: all but those known, and but itself. */
typedef struct rivals {
    int64_t n_known;
    const gnn_id *known;
    gnn_id own; /* the answer's place among the entities not known; -1: it is known */
    gnn_id n;
} rivals;

/* How many of the ascending answers come before the entity that is number u of those
 * not among them: the first j with known[j] - j > u. */
static gnn_id known_before(int64_t n, const gnn_id *known, gnn_id u) {
    int64_t low = 0, high = n;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (known[middle] - middle <= u)
            low = middle + 1;
        else
            high = middle;
    }
    return (gnn_id)low;
}

static rivals rivals_of(const sampling *s, int64_t question, gnn_id answer) {
    rivals r;
    r.known = emb_i_known_get(&s->known, question, &r.n_known);
    int64_t others = s->model->entity.n - r.n_known;
    bool known = emb_i_is_among(r.n_known, r.known, answer);
    r.own = known ? -1 : answer - (gnn_id)emb_i_n_below(r.n_known, r.known, answer);
    r.n = (gnn_id)(known ? others : others - 1);
    return r;
}

static void draw(const rivals *r, gnn_i_rng *rng, int64_t n, gnn_id *ids) {
    for (int64_t i = 0; i < n; i++) {
        gnn_id u = (gnn_id)gnn_i_rng_below(rng, (uint64_t)r->n);
        if (r->own >= 0 && u >= r->own) u++;
        ids[i] = u + known_before(r->n_known, r->known, u);
    }
}

/* ---- ranks ---- */

static void rank_one(sampling *s, int64_t place, int64_t question, emb_i_side side,
                     const gnn_real *query, gnn_real own, gnn_real *scratch) {
    const emb_i_scorer *scorer = &s->model->scorer;
    gnn_real *scores = scratch, *rows = scores + TILE,
             *rest = rows + TILE * scorer->entity;
    rivals r = rivals_of(s, question, emb_i_triple_answer(s->triples, place));
    gnn_id ids[TILE];
    gnn_i_rng rng;
    int64_t above = 0, equal = 0;
    gnn_i_rng_init(&rng, s->seed, RIVAL_STREAM | (uint64_t)place);
    for (int64_t i = 0; i < s->sample && r.n > 0; i += TILE) {
        int64_t n = s->sample - i < TILE ? s->sample - i : TILE;
        draw(&r, &rng, n, ids);
        emb_i_table_rows(&s->model->entity, n, ids, rows);
        const emb_i_pairs pairs = {.n = 1,
                                   .m = n,
                                   .q = query,
                                   .ldq = scorer->query,
                                   .c = rows + scorer->first[side],
                                   .ldc = scorer->entity,
                                   .s = scores,
                                   .lds = TILE};
        emb_i_match_scores(&scorer->match, &pairs, rest);
        const gnn_i_tile_args counts = {.n = 1,
                                        .m = n,
                                        .s = scores,
                                        .ld = TILE,
                                        .lse = &own,
                                        .above = &above,
                                        .equal = &equal};
        gnn_i_kernels_get()->tile_counts(&counts);
    }
    s->ranks[place] = emb_i_rank(s->options->ties, (double)above, (double)equal);
    s->candidates[place] = r.n + 1;
}

/* Blocks hold answers of one side: those of tails are the first half. */
static void rank_block(void *argument, int64_t block, int thread) {
    sampling *s = argument;
    if (atomic_load(&s->cancelled)) return;
    const emb_i_scorer *scorer = &s->model->scorer;
    const int64_t n = s->triples->n, per_side = (n + BLOCK - 1) / BLOCK;
    const int64_t first = block % per_side * BLOCK, from = block / per_side * n + first;
    const int64_t size = n - first < BLOCK ? n - first : BLOCK;
    const emb_i_asked *asked = s->questions.asked + from;
    emb_i_question questions[BLOCK];
    gnn_id answers[BLOCK];
    gnn_real own[BLOCK];
    for (int64_t i = 0; i < size; i++) {
        questions[i] = emb_i_key_ask(s->model, asked[i].question);
        answers[i] = emb_i_triple_answer(s->triples, asked[i].place);
    }
    gnn_real *query = s->scratch + thread * s->room,
             *rest = query + BLOCK * scorer->query;
    emb_i_model_fold(s->model, size, questions, rest, query);
    emb_i_table_rows(&s->model->entity, size, answers, rest);
    emb_i_match_own(&scorer->match, size, query, scorer->query,
                    rest + scorer->first[questions->side], scorer->entity, own,
                    rest + BLOCK * scorer->entity);
    for (int64_t i = 0; i < size; i++)
        rank_one(s, asked[i].place, s->question[from + i], questions->side,
                 query + i * scorer->query, own[i], rest);
    int64_t done = atomic_fetch_add(&s->done, size) + size;
    if (thread == 0 && s->options->progress != NULL &&
        s->options->progress(s->options->user, "ranking", done, 2 * n) != 0)
        atomic_store(&s->cancelled, true);
}

/* ---- means ---- */

typedef struct sums {
    double n, sum, squares;
} sums;

static void add(sums *s, double x) {
    s->n++;
    s->sum += x;
    s->squares += x * x;
}

/* The mean, and 1.96 times its standard error. */
static emb_estimate estimate(const sums *s) {
    if (s->n == 0) return (emb_estimate){0, INFINITY};
    double mean = s->sum / s->n;
    double variance = (s->squares - s->n * mean * mean) / (s->n - 1);
    bool none = s->n < 2;
    return (emb_estimate){mean, none ? INFINITY : 1.96 * sqrt(fmax(variance, 0) / s->n)};
}

/* Over the places first, first + step … of 2 n. */
static void average(const sampling *s, int64_t first, int64_t step,
                    emb_sampled_ranking *out) {
    sums mrr = {0}, hits[3] = {{0}}, mr = {0};
    double chance = 0;
    static const double within[] = {1, 3, 10};
    for (int64_t i = first; i < 2 * s->triples->n; i += step) {
        double rank = s->ranks[i], others = (double)s->candidates[i] - 1;
        add(&mrr, 1 / rank);
        for (int k = 0; k < 3; k++) add(&hits[k], rank <= within[k]);
        add(&mr, 1 + others * (rank - 1) / (double)s->sample);
        chance += 1 + others / 2;
    }
    *out = (emb_sampled_ranking){.n = (int64_t)mr.n,
                                 .mrr = estimate(&mrr),
                                 .hits1 = estimate(&hits[0]),
                                 .hits3 = estimate(&hits[1]),
                                 .hits10 = estimate(&hits[2]),
                                 .mr = estimate(&mr)};
    if (mr.n == 0) return;
    const double rest = chance - mr.n; /* 0: no question has a rival */
    out->amr = (emb_estimate){mr.sum / chance, out->mr.error * mr.n / chance};
    out->amri.value = rest > 0 ? 1 - (mr.sum - mr.n) / rest : 1;
    out->amri.error = rest > 0 ? out->mr.error * mr.n / rest : 0;
}

gnn_status emb_evaluate_sampled(const emb_model *model, const gnn_triples *triples,
                                const emb_evaluate_options *options, int64_t sample,
                                uint64_t seed, emb_sampled_evaluation *evaluation) {
    gnn_status status;
    const int64_t n = triples->n;
    const emb_i_scorer *scorer = &model->scorer;
    sampling s = {.model = model,
                  .triples = triples,
                  .options = options,
                  .sample = sample,
                  .seed = seed};
    int threads = options->n_threads > 0 ? options->n_threads : gnn_n_processors();
    GNN_CHECK(sample > 0, GNN_ERR_ARGUMENT,
              "a sample of %lld entities: expected 1 or more", (long long)sample);
    GNN_TRY(emb_i_check_triples(model, triples, "an evaluated"));
    for (int i = 0; i < options->n_known; i++)
        GNN_TRY(emb_i_check_triples(model, options->known[i], "a known"));
    GNN_TRY(emb_i_questions_make(&s.questions, triples));
    GNN_TRY(emb_i_known_make(&s.known, &s.questions, options->n_known, options->known));
    GNN_TRY(gnn_i_alloc(&s.question, (size_t)(2 * n), sizeof *s.question, "questions"));
    for (int64_t k = 0; k < s.questions.n; k++)
        for (int64_t i = s.questions.first[k]; i < s.questions.first[k + 1]; i++)
            s.question[i] = k;
    int64_t rest = TILE * (scorer->entity + 1) +
                   (int64_t)emb_i_match_scratch(&scorer->match, BLOCK, TILE);
    int64_t folding = emb_i_model_fold_scratch(model);
    s.room = BLOCK * scorer->query + (rest > folding ? rest : folding);
    GNN_TRY(gnn_i_alloc(&s.scratch, (size_t)(threads * s.room), sizeof *s.scratch,
                        "an evaluation"));
    GNN_TRY(gnn_i_alloc(&s.ranks, (size_t)(2 * n), sizeof *s.ranks, "ranks"));
    GNN_TRY(gnn_i_alloc(&s.candidates, (size_t)(2 * n), sizeof *s.candidates, "ranks"));
    gnn_parallel_for(threads, 2 * ((n + BLOCK - 1) / BLOCK), rank_block, &s);
    GNN_CHECK(!atomic_load(&s.cancelled), GNN_ERR_CANCELLED, "interrupted while ranking");
    average(&s, 0, 1, &evaluation->both);
    average(&s, 0, 2, &evaluation->tail);
    average(&s, 1, 2, &evaluation->head);
cleanup:
    emb_i_questions_clear(&s.questions);
    emb_i_known_clear(&s.known);
    gnn_i_free(s.question);
    gnn_i_free(s.scratch);
    gnn_i_free(s.ranks);
    gnn_i_free(s.candidates);
    return status;
}
