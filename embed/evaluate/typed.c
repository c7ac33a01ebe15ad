/* Entities by the sides of relations. */
#include "evaluate/typed.h"

#include <stdlib.h>

#include "core/alloc.h"
#include "evaluate/known.h"

static int ascending(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

gnn_status emb_i_typed_make(emb_i_typed *typed, int64_t n_relations,
                            const gnn_triples *t) {
    gnn_status status;
    uint64_t *keys = NULL; /* 2 relation + head, then the entity */
    int64_t kept = 0, n = 2 * t->n;
    *typed = (emb_i_typed){0};
    GNN_TRY(gnn_i_alloc(&keys, (size_t)n, sizeof *keys, "sides of relations"));
    GNN_TRY(gnn_i_calloc(&typed->first, (size_t)(2 * n_relations + 1),
                         sizeof *typed->first, "sides of relations"));
    GNN_TRY(gnn_i_alloc(&typed->entities, (size_t)n, sizeof *typed->entities,
                        "sides of relations"));
    for (int64_t i = 0; i < t->n; i++) {
        uint64_t side = 2 * (uint64_t)(uint32_t)t->relation[i];
        keys[2 * i] = side << 32 | (uint32_t)t->tail[i];
        keys[2 * i + 1] = (side + 1) << 32 | (uint32_t)t->head[i];
    }
    if (n > 0) qsort(keys, (size_t)n, sizeof *keys, ascending);
    for (int64_t i = 0; i < n; i++) {
        if (i > 0 && keys[i] == keys[i - 1]) continue;
        typed->entities[kept++] = (gnn_id)(keys[i] & 0xffffffff);
        typed->first[(keys[i] >> 32) + 1] = kept;
    }
    for (int64_t k = 0; k < 2 * n_relations; k++) /* sides that nothing stands on */
        if (typed->first[k + 1] < typed->first[k]) typed->first[k + 1] = typed->first[k];
cleanup:
    gnn_i_free(keys);
    if (status != GNN_OK) emb_i_typed_clear(typed);
    return status;
}

void emb_i_typed_clear(emb_i_typed *typed) {
    gnn_i_free(typed->first);
    gnn_i_free(typed->entities);
    *typed = (emb_i_typed){0};
}

gnn_id emb_i_typed_draw(const emb_i_typed *typed, gnn_i_rng *rng, gnn_id relation,
                        bool head, int64_t n_entities, int64_t n, const gnn_id *known) {
    enum { TRIES = 64 };
    const int64_t side = 2 * (int64_t)relation + head, first = typed->first[side];
    const int64_t n_typed = typed->first[side + 1] - first;
    for (int i = n_typed > 0 ? 0 : TRIES; i < 2 * TRIES; i++) {
        uint64_t among = (uint64_t)(i < TRIES ? n_typed : n_entities);
        gnn_id drawn = (gnn_id)gnn_i_rng_below(rng, among);
        if (i < TRIES) drawn = typed->entities[first + drawn];
        if (!emb_i_is_among(n, known, drawn)) return drawn;
    }
    return -1;
}
