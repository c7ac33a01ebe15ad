/* Settings of training. */
#include <embed/train.h>

#include "core/option.h"
#include "core/schedule_options.h"
#include "training/candidates.h"
#include "training/trainer.h"

static const gnn_option table[] = {
    GNN_I_OPTION_INT(emb_train_options, epochs, "epochs", 100, 0, 1000000000,
                     "passes over the triples"),
    GNN_I_OPTION_INT(emb_train_options, batch, "batch", 1000, 1, 1000000,
                     "questions a step; every triple asks for its tail and its head"),
    GNN_I_OPTION_CHOICE(emb_train_options, loss, "loss", EMB_I_SOFTMAX, EMB_I_LOSSES,
                        "softmax and bce: against every entity; the others: against "
                        "negatives"),
    GNN_I_OPTION_CHOICE(emb_train_options, answers, "answers", EMB_I_ONE_ANSWER,
                        EMB_I_ANSWERS,
                        "all: triples that ask the same are one question with several "
                        "answers (losses against every entity)"),
    GNN_I_OPTION_INT(emb_train_options, negatives, "negatives", 256, 1, 1000000,
                     "sampled losses: entities drawn for each chunk"),
    GNN_I_OPTION_INT(emb_train_options, head_negatives, "head-negatives", 0, 0, 1000000,
                     "the same of questions for heads, 0: as many as for tails"),
    GNN_I_OPTION_CHOICE(emb_train_options, negative_sampling, "negative-sampling",
                        EMB_I_UNIFORM, EMB_I_SAMPLINGS,
                        "all entities alike, by degree, or such as are on that side of "
                        "the relation"),
    GNN_I_OPTION_REAL(emb_train_options, degree_power, "degree-power", .75, 0, 10,
                      "negative-sampling degree: exponent of an entity's degree"),
    GNN_I_OPTION_BOOL(emb_train_options, correct_sampling, "correct-sampling", 1,
                      "sampled-softmax, unless typed: scores are corrected for how often "
                      "candidates are drawn, so that the loss estimates softmax's"),
    GNN_I_OPTION_BOOL(emb_train_options, in_batch_negatives, "in-batch-negatives", 0,
                      "the answers of a chunk's other questions are negatives, too"),
    GNN_I_OPTION_BOOL(emb_train_options, self_negatives, "self-negatives", 0,
                      "a question's own entity is one of its negatives, too; "
                      "with filter-negatives where relations join entities with "
                      "themselves"),
    GNN_I_OPTION_BOOL(emb_train_options, filter_negatives, "filter-negatives", 0,
                      "negatives that make a training triple do not count"),
    GNN_I_OPTION_BOOL(emb_train_options, hogwild, "hogwild", 0,
                      "sampled losses: threads update rows without waiting for each "
                      "other; gives up the same bits at every run"),
    GNN_I_OPTION_CHOICE(emb_train_options, corrupt, "corrupt", EMB_I_BOTH, EMB_I_CORRUPTS,
                        "ends of each triple that are asked for; bernoulli: one, drawn "
                        "by how many heads and tails the relation has"),
    GNN_I_OPTION_INT(emb_train_options, chunk, "chunk", 256, 1, 1000000,
                     "sampled losses: questions that share their negatives"),
    GNN_I_OPTION_REAL(emb_train_options, margin, "margin", 9, -1e6, 1e6,
                      "margin and self-adversarial: what is added to scores, or how far "
                      "true ones have to lead"),
    GNN_I_OPTION_REAL(emb_train_options, temperature, "temperature", 1, 0, 1e6,
                      "self-adversarial: negatives weigh as the softmax of this times "
                      "their score"),
    GNN_I_OPTION_REAL(emb_train_options, smoothing, "smoothing", 0, 0, .999,
                      "softmax and bce: share of the labels that all entities divide"),
    GNN_I_OPTION_CHOICE(emb_train_options, optimizer, "optimizer", EMB_I_ADAGRAD,
                        EMB_I_OPTIMIZERS, "how rows follow their gradients"),
    GNN_I_OPTION_REAL(emb_train_options, lr, "lr", .1, 1e-12, 1e6, "learning rate"),
    GNN_I_SCHEDULE_OPTIONS(offsetof(emb_train_options, schedule)),
    GNN_I_OPTION_CHOICE(emb_train_options, regularizer, "regularizer",
                        EMB_I_REGULARIZE_NONE, EMB_I_REGULARIZERS,
                        "what the rows of each question cost"),
    GNN_I_OPTION_REAL(emb_train_options, weight, "weight", .05, 0, 1e6,
                      "of the regulariser"),
    GNN_I_OPTION_REAL(emb_train_options, relation_weight, "relation-weight", 0, 0, 1e6,
                      "of a term that predicts the relation from both ends, 0: none"),
    GNN_I_OPTION_REAL(emb_train_options, entity_dropout, "entity-dropout", 0, 0, .99,
                      "share of the numbers of a question's entity that are dropped"),
    GNN_I_OPTION_REAL(emb_train_options, relation_dropout, "relation-dropout", 0, 0, .99,
                      "of its relation"),
    GNN_I_OPTION_REAL(emb_train_options, query_dropout, "query-dropout", 0, 0, .99,
                      "of what the scorer makes of both"),
    GNN_I_OPTION_CHOICE(emb_train_options, precision, "precision", EMB_I_PRODUCTS_AUTO,
                        EMB_I_PRODUCTS,
                        "of products in training; auto: bf16, which is faster, where the "
                        "processor has it and scores are dot products"),
    GNN_I_OPTION_INT(emb_train_options, softmax_memory, "softmax-memory", 64, 0, 1000000,
                     "MB of scores that a step may keep; beyond, they are computed "
                     "twice"),
    GNN_I_OPTION_INT(emb_train_options, evaluate_every, "evaluate-every", 5, 1,
                     1000000000, "epochs between evaluations"),
    GNN_I_OPTION_INT(emb_train_options, patience, "patience", 0, 0, 1000000000,
                     "evaluations without a better MRR before stopping, 0: never"),
    GNN_I_OPTION_REAL(
        emb_train_options, save_every, "save-every", 30, 0, 1e9,
        "seconds between checkpoints, and at least ten times what the last one "
        "took; 0: only when interrupted"),
    GNN_I_OPTION_END,
};

const gnn_option *emb_train_option_table(void) {
    return table;
}

void emb_train_options_init(emb_train_options *options) {
    *options = (emb_train_options){0};
    gnn_options_init(table, options);
}
