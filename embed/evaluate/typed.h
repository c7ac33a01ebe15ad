/* Entities by the sides of relations on which they stand: for false triples that are
 * plausible. */
#ifndef EMB_EVALUATE_TYPED_H
#define EMB_EVALUATE_TYPED_H

#include "core/rng.h"
#include "model/model.h"

typedef struct emb_i_typed {
    int64_t *first; /* (2 relations + 1): tails of relation r from first[2 r] on, then its
                     * heads */
    gnn_id *entities; /* none twice on a side, ascending */
} emb_i_typed;

/* Errors: GNN_ERR_MEMORY. Cost: O(n log n), 24 bytes a triple while it works. */
gnn_status emb_i_typed_make(emb_i_typed *typed, int64_t n_relations,
                            const gnn_triples *triples);
void emb_i_typed_clear(emb_i_typed *typed);

/* An entity of that side of a relation, or any of n_entities where those are too often
 * among the n ascending known answers; never one of these. -1 when none was found. */
gnn_id emb_i_typed_draw(const emb_i_typed *typed, gnn_i_rng *rng, gnn_id relation,
                        bool head, int64_t n_entities, int64_t n, const gnn_id *known);

#endif
