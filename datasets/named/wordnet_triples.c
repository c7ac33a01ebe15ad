/* WordNet's pointers as a knowledge graph.
 *
 * Every pointer becomes a triple of the one of two inverse relations that is kept. All
 * triples between the same two synsets, whichever way and by whichever relation, are a
 * bundle; bundles are what is split, so that no triple can be read off one that joins the
 * same two in another part. */
#include "named/wordnet_triples.h"

#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "named/wordnet_files.h"
#include "named/wordnet_kinds.h"
#include "text/entity_labels.h"
#include "text/split.h"

typedef struct triple {
    gnn_id head, tail; /* rows of synsets, later of entities */
    int8_t kind;
    uint8_t part; /* gnn_part */
} triple;

/* What is made of the pointers. */
typedef struct making {
    triple *triples; /* (n) bundle by bundle */
    int64_t n;
    gnn_id *bundle; /* (n_bundles + 1) where each begins */
    int64_t n_bundles;
    gnn_id *entity; /* (synsets) row of the entity, -1 for synsets in no triple */
    int64_t n_entities;
    /* Triples that training still has, of each entity and of each kind. */
    int64_t *left_of_entity;
    int64_t left_of_kind[DATA_I_WORDNET_KINDS];
} making;

static void making_clear(making *m) {
    gnn_i_free(m->triples);
    gnn_i_free(m->bundle);
    gnn_i_free(m->entity);
    gnn_i_free(m->left_of_entity);
}

/* ---- triples and bundles ---- */

static gnn_id lesser(const triple *t) {
    return t->head < t->tail ? t->head : t->tail;
}

static gnn_id greater(const triple *t) {
    return t->head < t->tail ? t->tail : t->head;
}

static int by_ends(const triple *a, const triple *b) {
    if (lesser(a) != lesser(b)) return lesser(a) < lesser(b) ? -1 : 1;
    return (greater(a) > greater(b)) - (greater(a) < greater(b));
}

/* By the two synsets, so that bundles are whole; then by kind and direction. */
static int by_bundle(const void *left, const void *right) {
    const triple *a = left, *b = right;
    int order = by_ends(a, b);
    if (order != 0) return order;
    if (a->kind != b->kind) return a->kind < b->kind ? -1 : 1;
    return (a->head > b->head) - (a->head < b->head);
}

/* Pointers → triples without repeats. Words of one synset that point at each other say
 * nothing about synsets. */
static gnn_status make_triples(making *m, const data_i_wordnet *w, const char *folder) {
    gnn_status status =
        gnn_i_alloc(&m->triples, (size_t)w->n_pointers, sizeof *m->triples, "triples");
    if (status != GNN_OK) return status;
    for (int64_t i = 0; i < w->n_pointers; i++) {
        const data_i_wordnet_pointer *p = &w->pointers[i];
        if (p->source == p->target) continue;
        const data_i_wordnet_kind *kind = &data_i_wordnet_kinds[p->kind];
        bool is_kept = kind->relation != NULL;
        m->triples[m->n++] = (triple){.head = is_kept ? p->source : p->target,
                                      .tail = is_kept ? p->target : p->source,
                                      .kind = (int8_t)(is_kept ? p->kind : kind->inverse),
                                      .part = GNN_PART_TRAIN};
    }
    if (m->n == 0)
        return gnn_fail(GNN_ERR_INPUT, "%s: no pointer joins two synsets", folder);
    qsort(m->triples, (size_t)m->n, sizeof *m->triples, by_bundle);
    int64_t kept = 0;
    for (int64_t i = 0; i < m->n; i++)
        if (kept == 0 || by_bundle(&m->triples[kept - 1], &m->triples[i]) != 0)
            m->triples[kept++] = m->triples[i];
    m->n = kept;
    return GNN_OK;
}

/* Synsets that a triple has → entities in the same order. */
static gnn_status number_entities(making *m, int64_t n_synsets) {
    gnn_status status =
        gnn_i_alloc(&m->entity, (size_t)n_synsets, sizeof *m->entity, "entities");
    if (status != GNN_OK) return status;
    memset(m->entity, -1, (size_t)n_synsets * sizeof *m->entity);
    for (int64_t i = 0; i < m->n; i++)
        m->entity[m->triples[i].head] = m->entity[m->triples[i].tail] = 0;
    for (int64_t v = 0; v < n_synsets; v++)
        if (m->entity[v] == 0) m->entity[v] = (gnn_id)m->n_entities++;
    for (int64_t i = 0; i < m->n; i++) {
        m->triples[i].head = m->entity[m->triples[i].head];
        m->triples[i].tail = m->entity[m->triples[i].tail];
    }
    return GNN_OK;
}

static gnn_status make_bundles(making *m) {
    gnn_status status;
    GNN_TRY(gnn_i_alloc(&m->bundle, (size_t)m->n + 1, sizeof *m->bundle, "bundles"));
    GNN_TRY(gnn_i_calloc(&m->left_of_entity, (size_t)m->n_entities,
                         sizeof *m->left_of_entity, "entities"));
    for (int64_t i = 0; i < m->n; i++) {
        const triple *t = &m->triples[i];
        if (i == 0 || by_ends(t - 1, t) != 0) m->bundle[m->n_bundles++] = (gnn_id)i;
        m->left_of_entity[t->head]++;
        m->left_of_entity[t->tail]++;
        m->left_of_kind[t->kind]++;
    }
    m->bundle[m->n_bundles] = (gnn_id)m->n;
cleanup:
    return status;
}

/* ---- the split ---- */

/* Move a bundle to `part`, unless training would lose an entity or a relation by it. */
static bool move_bundle(making *m, int64_t bundle, uint8_t part) {
    triple *begin = m->triples + m->bundle[bundle];
    int64_t n = m->bundle[bundle + 1] - m->bundle[bundle];
    if (m->left_of_entity[begin->head] <= n || m->left_of_entity[begin->tail] <= n)
        return false;
    bool keeps_kinds = true;
    for (int64_t i = 0; i < n; i++)
        if (--m->left_of_kind[begin[i].kind] == 0) keeps_kinds = false;
    if (!keeps_kinds) {
        for (int64_t i = 0; i < n; i++) m->left_of_kind[begin[i].kind]++;
        return false;
    }
    m->left_of_entity[begin->head] -= n;
    m->left_of_entity[begin->tail] -= n;
    for (int64_t i = 0; i < n; i++) begin[i].part = part;
    return true;
}

/* Bundles in random order fill the test set, then the validation set. */
static gnn_status split(making *m, int64_t n_valid, int64_t n_test, uint64_t seed) {
    gnn_id *order;
    gnn_i_rng rng;
    gnn_status status =
        gnn_i_alloc(&order, (size_t)m->n_bundles, sizeof *order, "bundles");
    if (status != GNN_OK) return status;
    for (int64_t i = 0; i < m->n_bundles; i++) order[i] = (gnn_id)i;
    gnn_i_rng_init(&rng, seed, DATA_I_SPLIT_STREAM);
    gnn_i_rng_shuffle(&rng, order, m->n_bundles);
    for (int64_t i = 0; i < m->n_bundles && n_test + n_valid > 0; i++) {
        int64_t n = m->bundle[order[i] + 1] - m->bundle[order[i]];
        if (n <= n_test) {
            if (move_bundle(m, order[i], GNN_PART_TEST)) n_test -= n;
        } else if (n <= n_valid) {
            if (move_bundle(m, order[i], GNN_PART_VALID)) n_valid -= n;
        }
    }
    gnn_i_free(order);
    return GNN_OK;
}

/* ---- what comes out ---- */

static gnn_status name_entities(const making *m, const data_i_wordnet *w,
                                data_triple_sets *sets) {
    gnn_status status;
    gnn_id *synset = NULL; /* of each entity */
    int64_t row;
    GNN_TRY(gnn_i_alloc(&synset, (size_t)m->n_entities, sizeof *synset, "entities"));
    GNN_TRY(gnn_names_new(&sets->entities));
    for (int64_t v = 0; v < w->n; v++) {
        if (m->entity[v] < 0) continue;
        const char *name = gnn_names_get(w->names, v, NULL);
        GNN_TRY(gnn_names_add(sets->entities, name, strlen(name), &row));
        synset[row] = (gnn_id)v;
    }
    GNN_TRY(data_i_entity_labels_make(w->titles, synset, m->n_entities, &sets->labels));
cleanup:
    gnn_i_free(synset);
    return status;
}

/* Relations that there are, in the order of the table of kinds. */
static gnn_status name_relations(const making *m, gnn_id *relation,
                                 data_triple_sets *sets) {
    gnn_status status;
    int64_t row;
    GNN_TRY(gnn_names_new(&sets->relations));
    for (int i = 0; i < DATA_I_WORDNET_KINDS; i++) {
        const char *name = data_i_wordnet_kinds[i].relation;
        relation[i] = -1;
        if (m->left_of_kind[i] == 0) continue; /* training has all that there are */
        GNN_TRY(gnn_names_add(sets->relations, name, strlen(name), &row));
        relation[i] = (gnn_id)row;
    }
cleanup:
    return status;
}

static gnn_status take_part(const making *m, uint8_t part, const gnn_id *relation,
                            gnn_triples *out) {
    gnn_status status;
    size_t n = 0;
    for (int64_t i = 0; i < m->n; i++) n += m->triples[i].part == part;
    GNN_TRY(gnn_i_alloc(&out->head, n, sizeof *out->head, "triples"));
    GNN_TRY(gnn_i_alloc(&out->relation, n, sizeof *out->relation, "triples"));
    GNN_TRY(gnn_i_alloc(&out->tail, n, sizeof *out->tail, "triples"));
    for (int64_t i = 0; i < m->n; i++) {
        if (m->triples[i].part != part) continue;
        out->head[out->n] = m->triples[i].head;
        out->relation[out->n] = relation[m->triples[i].kind];
        out->tail[out->n++] = m->triples[i].tail;
    }
cleanup:
    return status;
}

static gnn_status fill(const making *m, const data_i_wordnet *w, data_triple_sets *sets) {
    gnn_status status;
    gnn_id relation[DATA_I_WORDNET_KINDS];
    GNN_TRY(name_entities(m, w, sets));
    GNN_TRY(name_relations(m, relation, sets));
    GNN_TRY(take_part(m, GNN_PART_TRAIN, relation, &sets->train));
    GNN_TRY(take_part(m, GNN_PART_VALID, relation, &sets->valid));
    GNN_TRY(take_part(m, GNN_PART_TEST, relation, &sets->test));
cleanup:
    return status;
}

gnn_status data_i_wordnet_triples_read(const char *folder, int64_t n_valid,
                                       int64_t n_test, const data_options *options,
                                       data_triple_sets *sets) {
    gnn_status status;
    data_i_wordnet w = {0};
    making m = {0};
    if (folder == NULL) folder = DATA_I_WORDNET_FOLDER;
    GNN_TRY(data_i_wordnet_files_read(&w, folder, options, false));
    GNN_TRY(make_triples(&m, &w, folder));
    GNN_TRY(number_entities(&m, w.n));
    GNN_TRY(make_bundles(&m));
    GNN_TRY(split(&m, n_valid, n_test, options->seed));
    GNN_TRY(fill(&m, &w, sets));
cleanup:
    making_clear(&m);
    data_i_wordnet_clear(&w);
    return status;
}
