/* Evaluation of link prediction: each triple's tail ranked among all entities, and its
 * head. */
#ifndef EMBED_EVALUATE_H
#define EMBED_EVALUATE_H

#include <embed/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What counts as rank when r rivals score higher and e as high as the true answer. */
typedef enum emb_ties {
    EMB_TIES_MEAN, /**< 1 + r + e / 2: a constant scorer gets (candidates + 1) / 2 */
    EMB_TIES_OPTIMISTIC, /**< 1 + r */
    EMB_TIES_PESSIMISTIC /**< 1 + r + e */
} emb_ties;

/** Means over queries. Two of them allow for how many candidates there are [Berrendorf et
 *  al. 2020], whose expected rank by chance is E = mean over queries of
 *  (candidates + 1) / 2:
 *      AMR = mr / E                  1 is chance, less is better
 *      AMRI = 1 - (mr - 1) / (E - 1) 1 is perfect, 0 is chance */
typedef struct emb_ranking {
    int64_t n; /**< queries */
    double mrr, hits1, hits3, hits10, mr, amr, amri;
} emb_ranking;

typedef struct emb_evaluation {
    emb_ranking both, tail, head;
} emb_evaluation;

typedef struct emb_evaluate_options {
    emb_ties ties;
    int n_known; /**< filtered: rivals that are true in one of these … */
    const gnn_triples *const *known; /**< … sets do not count; 0: raw */
    int n_threads;
    /** Evaluations apart for groups of triples (relations, say), or all NULL: */
    const int32_t *group; /**< (n) of each triple: 0 .. n_groups - 1 */
    int32_t n_groups;
    emb_evaluation *groups; /**< (n_groups) are filled */
    gnn_progress progress;
    void *user;
} emb_evaluate_options;

/** Rank the triples. What several triples ask is scored once. Memory beside the model, at
 *  any number of entities: 16 MB for blocks of scores, 1 MB a thread, some 100 bytes a
 *  ranked triple, and 4 bytes for each known answer to what is asked. Only relations of
 *  more than 262,144 floats take more: a row of them a thread.
 *  Cost: a score for each question and entity; the same ranks at any number of threads.
 *  @param ranks (2 n) or NULL: rank of the tail of triple i at 2 i, of its head behind
 *  Errors: GNN_ERR_ARGUMENT for an id out of range; GNN_ERR_MEMORY; GNN_ERR_CANCELLED. */
GNN_API gnn_status emb_evaluate(const emb_model *model, const gnn_triples *triples,
                                const emb_evaluate_options *options, double *ranks,
                                emb_evaluation *evaluation);

/** A mean over questions, and half the width of its 95 % confidence interval, 1.96 times
 *  the standard error; infinite with fewer than two questions. */
typedef struct emb_estimate {
    double value, error;
} emb_estimate;

/** Of ranks among a sample. */
typedef struct emb_sampled_ranking {
    int64_t n; /**< queries */
    /** Means of the ranks among the sampled entities. They are not those of exact ranks,
     *  look better, and may put models in another order [Krichene & Rendle 2020,
     *  doi:10.1145/3394486.3403226]: to be compared only for one sample
     *  size. */
    emb_estimate mrr, hits1, hits3, hits10;
    /** Estimates, without bias, of what emb_evaluate gives: the exact rank is estimated
     *  as 1 + rivals × (the share of the sample that scores higher, ties as options say).
     *  The other means have no such estimate: they are not linear in that share. */
    emb_estimate mr, amr, amri;
} emb_sampled_ranking;
typedef struct emb_sampled_evaluation {
    emb_sampled_ranking both, tail, head;
} emb_sampled_evaluation;

/** For tables too large to rank exactly: each answer against `sample` of its rivals,
 *  drawn uniformly with replacement, for each question anew, as a function of the seed.
 *  Groups of the options are not filled. Memory as emb_evaluate; cost: `sample` scores a
 *  question, of rows in random order. Errors: those of emb_evaluate; GNN_ERR_ARGUMENT for
 *  a sample of fewer than 1. */
GNN_API gnn_status emb_evaluate_sampled(const emb_model *model,
                                        const gnn_triples *triples,
                                        const emb_evaluate_options *options,
                                        int64_t sample, uint64_t seed,
                                        emb_sampled_evaluation *evaluation);

/** Whether a relation leads from one or several heads to one or several tails: several
 *  when a tail has 1.5 heads or more on average (a head that many tails) [Bordes et al.
 *  2013]. */
typedef enum emb_relation_kind {
    EMB_ONE_TO_ONE,
    EMB_ONE_TO_MANY, /**< one head, many tails */
    EMB_MANY_TO_ONE,
    EMB_MANY_TO_MANY
} emb_relation_kind;
/** kind[r] for every relation r < n_relations, from triples with ids in range; a relation
 *  without triples is EMB_ONE_TO_ONE. O(n log n). Errors: GNN_ERR_MEMORY. */
GNN_API gnn_status emb_relation_kinds(int64_t n_relations, const gnn_triples *triples,
                                      int32_t *kind);

#ifdef __cplusplus
}
#endif

#endif
