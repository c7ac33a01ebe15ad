/* Drawing the candidates of a chunk. */
#include "training/candidates.h"

#include <math.h>
#include <stdlib.h>

#include "core/alloc.h"
#include "training/trainer.h"

/* ---- by degree ---- */

static void count_degrees(const emb_i_candidates *c, double *weight) {
    for (int64_t i = 0; i < c->triples->n; i++) {
        weight[c->triples->head[i]]++;
        weight[c->triples->tail[i]]++;
    }
    for (int64_t i = 0; i < c->n_entities; i++)
        weight[i] = weight[i] > 0 ? pow(weight[i], c->options->degree_power) : 0;
}

/* Vose's construction (1991): places that are too light are filled up by heavy ones.
 * `open` lists the light ones from the front and the heavy ones from the back. */
static void fill(emb_i_candidates *c, gnn_id *open) {
    const int64_t n = c->n_entities;
    double total = 0;
    int64_t light = 0, heavy = n;
    for (int64_t i = 0; i < n; i++) total += c->keep[i];
    for (int64_t i = 0; i < n; i++) {
        c->keep[i] *= (double)n / total;
        c->other[i] = (gnn_id)i;
        open[c->keep[i] < 1 ? light++ : --heavy] = (gnn_id)i;
    }
    while (light > 0 && heavy < n) {
        gnn_id from = open[--light], by = open[heavy];
        c->other[from] = by;
        c->keep[by] -= 1 - c->keep[from];
        if (c->keep[by] >= 1) continue;
        heavy++;
        open[light++] = by; /* a place that `from` or another left */
    }
}

/* The weights as probabilities. */
static gnn_status keep_shares(emb_i_candidates *c) {
    gnn_status status;
    double total = 0;
    GNN_TRY(gnn_i_alloc(&c->share, (size_t)c->n_entities, sizeof *c->share,
                        "a distribution"));
    for (int64_t i = 0; i < c->n_entities; i++) total += c->keep[i];
    for (int64_t i = 0; i < c->n_entities; i++) c->share[i] = c->keep[i] / total;
cleanup:
    return status;
}

static gnn_status make_alias(emb_i_candidates *c) {
    gnn_status status;
    gnn_id *open = NULL;
    const size_t n = (size_t)c->n_entities;
    GNN_TRY(gnn_i_calloc(&c->keep, n, sizeof *c->keep, "a distribution"));
    GNN_TRY(gnn_i_alloc(&c->other, n, sizeof *c->other, "a distribution"));
    GNN_TRY(gnn_i_alloc(&open, n, sizeof *open, "a distribution"));
    count_degrees(c, c->keep);
    if (c->corrects) GNN_TRY(keep_shares(c));
    fill(c, open);
cleanup:
    gnn_i_free(open);
    return status;
}

static gnn_status count_answers(emb_i_candidates *c) {
    gnn_status status;
    const int64_t n = c->n_entities;
    const double each = 1 / (double)c->triples->n;
    GNN_TRY(gnn_i_calloc(&c->answer, 2 * (size_t)n, sizeof *c->answer, "a distribution"));
    for (int64_t i = 0; i < c->triples->n; i++) {
        c->answer[c->triples->tail[i]] += each;
        c->answer[n + c->triples->head[i]] += each;
    }
cleanup:
    return status;
}

/* ---- what is true ---- */

static gnn_status index_questions(emb_i_candidates *c) {
    gnn_status status;
    const emb_i_questions *q = &c->questions;
    GNN_TRY(emb_i_questions_make(&c->questions, c->triples));
    GNN_TRY(gnn_i_alloc(&c->question_of, (size_t)q->n_asked, sizeof *c->question_of,
                        "questions"));
    for (int64_t k = 0; k < q->n; k++)
        for (int64_t i = q->first[k]; i < q->first[k + 1]; i++)
            c->question_of[q->asked[i].place] = (gnn_id)k;
cleanup:
    return status;
}

gnn_status emb_i_candidates_begin(emb_i_candidates *c, const emb_train_options *options,
                                  int64_t n_entities, int64_t n_relations,
                                  const gnn_triples *triples) {
    gnn_status status = GNN_OK;
    *c = (emb_i_candidates){
        .options = options, .triples = triples, .n_entities = n_entities};
    c->corrects = options->correct_sampling && options->loss == EMB_I_SAMPLED_SOFTMAX &&
                  options->negative_sampling != EMB_I_TYPED;
    if (options->negative_sampling == EMB_I_DEGREE) GNN_TRY(make_alias(c));
    if (options->negative_sampling == EMB_I_TYPED)
        GNN_TRY(emb_i_typed_make(&c->typed, n_relations, triples));
    if (options->filter_negatives) GNN_TRY(index_questions(c));
    if (c->corrects && options->in_batch_negatives) GNN_TRY(count_answers(c));
cleanup:
    if (status != GNN_OK) emb_i_candidates_end(c);
    return status;
}

void emb_i_candidates_end(emb_i_candidates *c) {
    gnn_i_free(c->keep);
    gnn_i_free(c->other);
    gnn_i_free(c->question_of);
    gnn_i_free(c->share);
    gnn_i_free(c->answer);
    emb_i_typed_clear(&c->typed);
    emb_i_questions_clear(&c->questions);
    *c = (emb_i_candidates){0};
}

/* ---- a chunk ---- */

int64_t emb_i_candidates_most(const emb_train_options *o) {
    int64_t drawn = o->negatives > o->head_negatives ? o->negatives : o->head_negatives;
    return drawn + (o->in_batch_negatives ? o->chunk : 0) +
           (o->self_negatives ? o->chunk : 0);
}

static gnn_id draw_typed(const emb_i_candidates *c, gnn_i_rng *rng, gnn_id place) {
    const int64_t side = 2 * (int64_t)c->triples->relation[place / 2] + (place & 1);
    const int64_t first = c->typed.first[side], end = c->typed.first[side + 1];
    return c->typed
        .entities[first + (int64_t)gnn_i_rng_below(rng, (uint64_t)(end - first))];
}

/* Those that are drawn. */
static int64_t n_drawn(const emb_train_options *o, const emb_i_batch *batch) {
    return batch->head_asked && o->head_negatives > 0 ? o->head_negatives : o->negatives;
}

int64_t emb_i_candidates_shared(const emb_i_candidates *c, const emb_i_batch *batch,
                                int64_t n) {
    return n_drawn(c->options, batch) + (c->options->in_batch_negatives ? n : 0);
}

int64_t emb_i_candidates_count(const emb_i_candidates *c, const emb_i_batch *batch,
                               int64_t n) {
    return emb_i_candidates_shared(c, batch, n) + (c->options->self_negatives ? n : 0);
}

void emb_i_candidates_draw(const emb_i_candidates *c, gnn_i_rng *rng,
                           const emb_i_batch *batch, int64_t first, int64_t n,
                           gnn_id *ids) {
    const emb_train_options *o = c->options;
    const int64_t drawn = n_drawn(o, batch);
    for (int64_t j = 0; j < drawn; j++) {
        if (o->negative_sampling == EMB_I_TYPED) {
            ids[j] = draw_typed(c, rng, batch->place[first + j % n]);
            continue;
        }
        ids[j] = (gnn_id)gnn_i_rng_below(rng, (uint64_t)c->n_entities);
        if (o->negative_sampling == EMB_I_DEGREE &&
            gnn_i_rng_uniform(rng) >= c->keep[ids[j]])
            ids[j] = c->other[ids[j]];
    }
    for (int64_t i = 0; o->in_batch_negatives && i < n; i++)
        ids[drawn + i] = batch->target[first + i];
    gnn_id *self = ids + emb_i_candidates_shared(c, batch, n);
    for (int64_t i = 0; o->self_negatives && i < n; i++)
        self[i] = batch->anchor[first + i];
}

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static const gnn_real nothing = (gnn_real)-1e30; /* finite: sums of it are no NaN */

/* All places of an entity among m sorted (entity, place). */
static void mask_entity(gnn_id entity, int64_t m, const uint64_t *sorted, gnn_real *s) {
    const uint64_t key = (uint64_t)(uint32_t)entity << 32;
    int64_t low = 0, high = m;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (sorted[middle] < key)
            low = middle + 1;
        else
            high = middle;
    }
    for (; low < m && sorted[low] >> 32 == key >> 32; low++)
        s[sorted[low] & 0xffffffff] = nothing;
}

void emb_i_candidates_mask(const emb_i_candidates *c, const emb_i_batch *batch,
                           int64_t first, int64_t n, int64_t m, const gnn_id *ids,
                           uint64_t *scratch, gnn_real *s, int64_t lds) {
    const emb_train_options *o = c->options;
    if (!o->in_batch_negatives && !o->filter_negatives && !o->self_negatives &&
        !c->corrects)
        return;
    for (int64_t j = 0; j < m; j++)
        scratch[j] = (uint64_t)(uint32_t)ids[j] << 32 | (uint64_t)j;
    qsort(scratch, (size_t)m, sizeof *scratch, ascending);
    for (int64_t i = 0; i < n; i++) {
        gnn_real *row = s + i * lds;
        const gnn_id self = batch->anchor[first + i], target = batch->target[first + i];
        mask_entity(target, m, scratch, row);
        if (o->self_negatives) mask_entity(self, m, scratch, row);
        if (o->self_negatives && self == target) row[m] = nothing;
        if (!o->filter_negatives) continue;
        const emb_i_questions *q = &c->questions;
        const int64_t k = c->question_of[batch->place[first + i]];
        for (int64_t a = q->first[k]; a < q->first[k + 1]; a++) {
            const gnn_id known = emb_i_triple_answer(c->triples, q->asked[a].place);
            mask_entity(known, m, scratch, row);
            if (o->self_negatives && self == known) row[m] = nothing;
        }
    }
}

void emb_i_candidates_shift(const emb_i_candidates *c, const emb_i_batch *batch,
                            int64_t first, int64_t n, int64_t m, const gnn_id *ids,
                            gnn_real *shift) {
    const double drawn = (double)n_drawn(c->options, batch);
    const double even = 1 / (double)c->n_entities;
    double asked[2] = {0}; /* questions for tails, for heads */
    for (int64_t i = first; c->answer != NULL && i < first + n; i++)
        asked[batch->place[i] & 1]++;
    for (int64_t j = 0; j < m; j++) {
        double expected = drawn * (c->share != NULL ? c->share[ids[j]] : even);
        for (int side = 0; c->answer != NULL && side < 2; side++)
            expected += asked[side] * c->answer[side * c->n_entities + ids[j]];
        shift[j] = (gnn_real)-log(expected);
    }
}
