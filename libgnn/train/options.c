/* Every training setting: name, place, default, range, help. The optimiser's settings
 * stand in two tables, its own and the trainer's, from one list. */
#include <gnn/train.h>

#include "core/schedule_options.h"

#define OPT(field) offsetof(gnn_optimizer_options, field)
#define TRAIN(field) offsetof(gnn_train_options, field)

#define OPTIMIZER_OPTIONS(base)                                                          \
    {"optimizer", GNN_OPTION_CHOICE, base + OPT(kind), GNN_OPT_ADAM, 0,                  \
     0,           "adam adamw sgd",  "update rule"},                                     \
        {"lr", GNN_OPTION_REAL, base + OPT(lr), 0.01, 0, 1e6, NULL, "learning rate"},    \
        {"weight-decay",                                                                 \
         GNN_OPTION_REAL,                                                                \
         base + OPT(weight_decay),                                                       \
         0,                                                                              \
         0,                                                                              \
         1e6,                                                                            \
         NULL,                                                                           \
         "L2 penalty of adam and sgd, decoupled decay of adamw"},                        \
        {"beta1",                                                                        \
         GNN_OPTION_REAL,                                                                \
         base + OPT(beta1),                                                              \
         0.9,                                                                            \
         0,                                                                              \
         0.999999,                                                                       \
         NULL,                                                                           \
         "Adam: decay of the first moment"},                                             \
        {"beta2",                                                                        \
         GNN_OPTION_REAL,                                                                \
         base + OPT(beta2),                                                              \
         0.999,                                                                          \
         0,                                                                              \
         0.999999999,                                                                    \
         NULL,                                                                           \
         "Adam: decay of the second moment"},                                            \
        {"epsilon",                                                                      \
         GNN_OPTION_REAL,                                                                \
         base + OPT(epsilon),                                                            \
         1e-8,                                                                           \
         0,                                                                              \
         1,                                                                              \
         NULL,                                                                           \
         "Adam: added to the root of the second moment"},                                \
        {"momentum", GNN_OPTION_REAL, base + OPT(momentum), 0.9, 0, 0.999999,            \
         NULL,       "SGD: momentum"},                                                   \
    {                                                                                    \
        "clip", GNN_OPTION_REAL, base + OPT(clip), 0, 0, 1e30, NULL,                     \
            "largest norm of the whole gradient, 0: no limit"                            \
    }

static const gnn_option optimizer_table[] = {OPTIMIZER_OPTIONS(0), {0}};

static const gnn_option train_table[] = {
    {"epochs", GNN_OPTION_INT, TRAIN(epochs), 200, 1, 1e9, NULL,
     "passes over the training nodes"},
    {"patience", GNN_OPTION_INT, TRAIN(patience), 0, 0, 1e9, NULL,
     "stop after this many epochs without a better monitor, 0: never"},
    {"monitor", GNN_OPTION_CHOICE, TRAIN(monitor), 0, 0, 0, gnn_metric_names,
     "validation metric that picks the best epoch"},
    {"batch", GNN_OPTION_INT, TRAIN(batch), 0, 0, 1e9, NULL,
     "target nodes a step, with sampled neighbours; 0: the whole graph at once"},
    {"fanout", GNN_OPTION_TEXT, TRAIN(fanout), 0, 0,
     sizeof(((gnn_train_options *)0)->fanout), NULL,
     "neighbours drawn a node, layer by layer, e.g. 10,5; default: all"},
    {"evaluate-every", GNN_OPTION_INT, TRAIN(evaluate_every), 1, 1, 1e9, NULL,
     "epochs between evaluations"},
    {"smoothing", GNN_OPTION_REAL, TRAIN(smoothing), 0, 0, 0.999, NULL,
     "label smoothing"},
    {"balance-classes", GNN_OPTION_BOOL, TRAIN(balance_classes), 0, 0, 1, NULL,
     "weight classes by the inverse of their frequency"},
    OPTIMIZER_OPTIONS(TRAIN(optimizer)),
    {"group-decay", GNN_OPTION_TEXT, TRAIN(group_decay), 0, 0,
     sizeof(((gnn_train_options *)0)->group_decay), NULL,
     "weight decay of parameter groups, e.g. first:0.0005;rest:0"},
    GNN_I_SCHEDULE_OPTIONS(offsetof(gnn_train_options, schedule)),
    {"save-every", GNN_OPTION_REAL, TRAIN(save_every), 30, 0, 1e9, NULL,
     "seconds between checkpoints, 0: only when interrupted"},
    {0}};

const gnn_option *gnn_optimizer_option_table(void) {
    return optimizer_table;
}
const gnn_option *gnn_train_option_table(void) {
    return train_table;
}

void gnn_train_options_init(gnn_train_options *options) {
    *options = (gnn_train_options){0};
    gnn_options_init(train_table, options);
}
