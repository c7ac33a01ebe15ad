/* Training of vectors from triples. */
#ifndef EMBED_TRAIN_H
#define EMBED_TRAIN_H

#include <embed/evaluate.h>
#include <gnn/optim.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a model was before emb_model_extend made it larger. */
typedef struct emb_growth {
    int64_t n_entities, n_relations; /**< then: the first rows */
    bool freeze;  /**< these rows, reciprocal relations too, and what all triples share
                   *   stay as they are, to the byte */
    gnn_run *run; /**< a finished run of that model, trained with the same optimiser: its
                   *   state of these rows goes on; NULL: all begin anew */
} emb_growth;

/** Every setting but seed, threads and growth is in emb_train_option_table.
 *
 *  A step takes `batch` questions: full losses compare each with every entity, sampled
 *  ones with `negatives` entities that a chunk of questions shares. A question is one end
 *  of one triple (1vsAll), or with `answers` 1 every triple that agrees on anchor and
 *  relation (KvsAll): softmax then gives each of k answers the label 1/k, bce 1; the
 *  regularisers leave the answers' own rows out. */
typedef struct emb_train_options {
    int64_t epochs;
    int64_t batch;     /**< queries a step */
    int loss;          /**< place in "softmax bce sampled-softmax logistic margin
                         *   self-adversarial" */
    int answers;       /**< place in "one all": of a question */
    int corrupt;       /**< place in "both bernoulli": ends of a triple that an epoch asks
                         *   for; bernoulli: one of them, the head with probability
                         *   tails / (heads + tails) of its relation [Wang et al. 2014] */
    int64_t negatives; /**< of sampled losses: candidates drawn for each chunk */
    int64_t head_negatives; /**< 0: as many; else of questions for heads, which are in
                             *   batches of their own then */
    int negative_sampling; /**< place in "uniform degree typed": which entities; by degree
                            *   to the degree_power, or, for each question of the chunk
                            *   in turn, such as stand where its answer does in triples
                            *   of its relation */
    bool correct_sampling; /**< of sampled-softmax with entities that are not typed: the
                            *   score of a candidate loses the logarithm of how often it
                            *   is expected among them, so that Σ exp estimates that over
                            *   all entities [Bengio & Senécal 2008]; else, and for the
                            *   other losses, candidates count as they come */
    double degree_power;
    bool in_batch_negatives; /**< the answers of a chunk's other questions compete, too */
    bool self_negatives;     /**< a question's own entity competes, too [Wang et al. 2022,
                          *   SimKGC]: by distance it is a near rival of the answer that
                          *   random candidates seldom hold */
    bool hogwild; /**< of sampled losses: chunks update rows without waiting for each
                   *   other [Niu et al. 2011]; several threads then give other bits each
                   *   time */
    bool filter_negatives; /**< candidates that make a training triple do not count */
    int64_t chunk;         /**< of sampled losses: queries that share their negatives */
    double margin, temperature, smoothing;
    int optimizer; /**< place in "adagrad row-adagrad adam sgd" */
    double lr;
    gnn_schedule schedule;  /**< of lr, epoch by epoch; plateau watches the MRR */
    int regularizer;        /**< place in "none n3 l2 dura" */
    double weight;          /**< of the regulariser */
    double relation_weight; /**< of the term that predicts relations; 0: none */
    double entity_dropout;  /**< share of a question's numbers that are set to 0, the
                             *   others scaled up; regularisers see what is left */
    double relation_dropout, query_dropout;
    int precision;          /**< place in "auto fp32 bf16": how scores and their gradients
                             *   are multiplied. bf16 rounds the operands to bfloat16 and
                             *   sums in single precision, for scorers that are dot
                             *   products, where the processor has it (else
                             *   GNN_ERR_UNSUPPORTED); auto takes it where it can be had,
                             *   else fp32 */
    int64_t softmax_memory; /**< MB of scores that a step may keep */
    int64_t evaluate_every; /**< epochs between evaluations on the validation triples */
    int64_t patience;  /**< evaluations without a better MRR before stopping, 0: none */
    double save_every; /**< seconds between checkpoints; at least ten times what the
                        *   last one took */
    uint64_t seed;
    int n_threads;
    const emb_growth *growth; /**< NULL: none */
} emb_train_options;
GNN_API const gnn_option *emb_train_option_table(void);
GNN_API void emb_train_options_init(emb_train_options *options);

typedef struct emb_epoch {
    int64_t epoch; /**< from 1 */
    double loss;   /**< mean over the queries, regulariser included */
    double seconds;
    int64_t n_queries;
    const emb_evaluation *valid; /**< NULL in epochs without evaluation */
    bool is_best;
} emb_epoch;
/** Who watches the training; a function that returns non-zero cancels it: the state is
 *  saved, then GNN_ERR_CANCELLED. Each may be NULL. */
typedef struct emb_watch {
    /** Before the first step, with the bytes that training holds beside the model and
     *  the triples, evaluation not counted. */
    void (*ready)(void *user, int64_t bytes);
    int (*epoch)(void *user, const emb_epoch *epoch); /**< after each */
    gnn_progress step;                                /**< after each step, in queries */
    void *user;
} emb_watch;

typedef struct emb_train_report {
    int64_t epochs, best_epoch;
    double seconds_total, seconds_per_epoch, queries_per_second;
} emb_train_report;

/** Replace the precision 'auto' by what emb_train takes for it with this model, on this
 *  processor and instruction set; to be recorded where a run shall go on elsewhere.
 *  Errors: GNN_ERR_ARGUMENT, GNN_ERR_UNSUPPORTED for a precision that cannot be had. */
GNN_API gnn_status emb_train_options_settle(const emb_model *model,
                                            emb_train_options *options);

/** Train a model on triples; it ends with the vectors of the epoch that was best on
 *  `valid` (NULL or empty: of the last one). With a run, checkpoints go into it,
 *  metrics.jsonl grows by a line an epoch, and a run that holds a state goes on from
 *  there to the same bits as if it had never stopped. The same seed gives the same bits
 *  at any number of threads. Without a report (NULL) none is given.
 *  Errors: GNN_ERR_ARGUMENT for ids out of range and settings that do not fit together;
 *  GNN_ERR_NUMERIC when the loss is not finite; GNN_ERR_CANCELLED; GNN_ERR_MEMORY.
 *  Allocates nothing from the second step on. */
GNN_API gnn_status emb_train(emb_model *model, const gnn_triples *train,
                             const gnn_triples *valid, const emb_train_options *options,
                             gnn_run *run, const emb_watch *watch,
                             emb_train_report *report);

#ifdef __cplusplus
}
#endif

#endif
