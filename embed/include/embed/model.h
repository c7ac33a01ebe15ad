/* Models of triples: a scorer with a vector for every entity and relation. */
#ifndef EMBED_MODEL_H
#define EMBED_MODEL_H

#include <embed/scorer.h>
#include <gnn/names.h>
#include <gnn/run.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Owns its tables; many threads may read it. */
typedef struct emb_model emb_model;

typedef struct emb_model_options {
    int64_t n_entities, n_relations;
    int64_t dim;       /**< floats of an entity's vector: ComplEx of rank 100 has 200 */
    bool reciprocal;   /**< (?, r, t) is asked as (t, r', ?), r' a relation of its own */
    double init_scale; /**< deviation of the normal initial values */
    int entity_precision; /**< place in "fp32 bf16": how entities' vectors are kept. bf16
                           *   takes half the memory; updates round to either neighbour at
                           *   random, so that small steps are not lost */
    uint64_t seed;
} emb_model_options;

/** The place of a name, for entity_precision. Errors: GNN_ERR_ARGUMENT. */
GNN_API gnn_status emb_model_precision(const char *name, int *place);

/** Make a model with random vectors.
 *  @param scorer a name of `gnn list scorers`
 *  @param scorer_options "name=value,…" of the scorer's table, or NULL
 *  Memory: 4 dim bytes an entity (2 dim in bf16), and the scorer's width for each
 *  relation, twice with reciprocal ones. Errors: GNN_ERR_ARGUMENT naming what is unknown
 *  or does not fit. */
GNN_API gnn_status emb_model_new(const char *scorer, const char *scorer_options,
                                 const emb_model_options *options, emb_model **model);
GNN_API void emb_model_free(emb_model *model);

/** A model of more entities and relations that begins as `from`: its rows keep their
 *  vectors and numbers (those of reciprocal relations follow all the others again), and
 *  so does what all triples share; the rows behind them are those that emb_model_new
 *  would draw from `seed`.
 *  Errors: GNN_ERR_ARGUMENT when `from` has more of either; GNN_ERR_MEMORY. */
GNN_API gnn_status emb_model_extend(const emb_model *from, int64_t n_entities,
                                    int64_t n_relations, uint64_t seed,
                                    emb_model **model);

GNN_API const char *emb_model_scorer(const emb_model *model);
GNN_API const emb_model_options *emb_model_get_options(const emb_model *model);
/** The vectors: rows of *width floats, borrowed; of entities NULL where they are kept in
 *  bf16. Relations of the reciprocal kind follow the others. */
GNN_API const gnn_real *emb_model_entities(const emb_model *model, int64_t *width);
GNN_API const gnn_real *emb_model_relations(const emb_model *model, int64_t *n,
                                            int64_t *width);

/** rows (n, width) = the vectors of the entities first .. first + n - 1, however they are
 *  kept. Errors: GNN_ERR_ARGUMENT for rows out of range. */
GNN_API gnn_status emb_model_read_entities(const emb_model *model, gnn_id first,
                                           int64_t n, gnn_real *rows);

/** Set a row, before training as a rule. Rows of reciprocal relations follow the others.
 *  Errors: GNN_ERR_ARGUMENT for a row out of range. */
GNN_API gnn_status emb_model_set_entity(emb_model *model, gnn_id row,
                                        const gnn_real *values);
GNN_API gnn_status emb_model_set_relation(emb_model *model, gnn_id row,
                                          const gnn_real *values);

/** scores[i] of n triples: how likely they are, compared with each other; with reciprocal
 *  relations as tails asked for. Errors: GNN_ERR_ARGUMENT naming an id out of range. */
GNN_API gnn_status emb_model_score(const emb_model *model, const gnn_triples *triples,
                                   int n_threads, gnn_real *scores);

/** Tables to and from "model.safetensors" of a run. Loading makes the model from what
 *  config.json's object "embedding" says, which emb_model_configure writes.
 *  Errors: GNN_ERR_INPUT, GNN_ERR_OUTPUT. */
GNN_API gnn_status emb_model_configure(const emb_model *model, gnn_config *config);
GNN_API gnn_status emb_model_save(const emb_model *model, gnn_run *run);
GNN_API gnn_status emb_model_load(gnn_run *run, emb_model **model);

#ifdef __cplusplus
}
#endif

#endif
