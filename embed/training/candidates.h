/* The entities that the questions of a chunk are compared with: shared ones, drawn at
 * random or answers to the other questions; and the own entity of each question alone. */
#ifndef EMB_TRAINING_CANDIDATES_H
#define EMB_TRAINING_CANDIDATES_H

#include <embed/train.h>

#include "core/rng.h"
#include "evaluate/questions.h"
#include "evaluate/typed.h"
#include "training/queries.h"

typedef enum emb_i_sampling {
    EMB_I_UNIFORM, /* every entity as likely as any other */
    EMB_I_DEGREE,  /* as likely as the degree-power of how often it is in triples */
    EMB_I_TYPED    /* for each question of the chunk in turn, one of the entities that
                    * triples have on that side of its relation */
} emb_i_sampling;
#define EMB_I_SAMPLINGS "uniform degree typed"

typedef struct emb_i_candidates {
    const emb_train_options *options;
    const gnn_triples *triples;
    int64_t n_entities;
    bool corrects; /* scores get emb_i_candidates_shift */
    double *keep;  /* DEGREE, an alias table [Walker 1977]: place i stands for itself with
                   * probability keep[i], else … */
    gnn_id *other; /* … for this one */
    emb_i_typed typed;         /* TYPED */
    emb_i_questions questions; /* filtered: what the triples ask, … */
    gnn_id *question_of;       /* … and which of it each side of a triple asks */
    double *share;  /* corrected, DEGREE: probability of each entity to be drawn */
    double *answer; /* corrected, answers in batch: (2, entities): share of the questions
                     * for tails, for heads, that each entity answers */
} emb_i_candidates;

/* Errors: GNN_ERR_MEMORY. */
gnn_status emb_i_candidates_begin(emb_i_candidates *candidates,
                                  const emb_train_options *options, int64_t n_entities,
                                  int64_t n_relations, const gnn_triples *triples);
void emb_i_candidates_end(emb_i_candidates *candidates);
/* The most that a chunk has. */
int64_t emb_i_candidates_most(const emb_train_options *options);
/* How many n questions of this batch have, as a chunk: … */
int64_t emb_i_candidates_count(const emb_i_candidates *candidates,
                               const emb_i_batch *batch, int64_t n);
/* … shared ones, which come first; then, with self-negatives, one of each question. */
int64_t emb_i_candidates_shared(const emb_i_candidates *candidates,
                                const emb_i_batch *batch, int64_t n);
/* Those of the questions first .. first + n - 1. */
void emb_i_candidates_draw(const emb_i_candidates *candidates, gnn_i_rng *rng,
                           const emb_i_batch *batch, int64_t first, int64_t n,
                           gnn_id *ids);
/* Scores s (n, m), rows lds apart, of shared candidates that do not count become so low
 * that no loss sees them: the answer itself where answers or the own entity are
 * candidates or sampling is corrected, and what is known to be true where negatives are
 * filtered. With self-negatives column m is the question's own entity, which the others
 * leave out; it does not count either where it is the answer or known. scratch: m
 * numbers. */
void emb_i_candidates_mask(const emb_i_candidates *candidates, const emb_i_batch *batch,
                           int64_t first, int64_t n, int64_t m, const gnn_id *ids,
                           uint64_t *scratch, gnn_real *s, int64_t lds);
/* shift_j = -log of how many of these candidates are expected to be the entity of
 * candidate j: what is added to scores where sampling is corrected. */
void emb_i_candidates_shift(const emb_i_candidates *candidates, const emb_i_batch *batch,
                            int64_t first, int64_t n, int64_t m, const gnn_id *ids,
                            gnn_real *shift);

#endif
