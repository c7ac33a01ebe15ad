/* The settings of a schedule, as entries of the option table of whoever trains. */
#ifndef GNN_CORE_SCHEDULE_OPTIONS_H
#define GNN_CORE_SCHEDULE_OPTIONS_H

#include <gnn/optim.h>

#include "core/option.h"

/* `base`: place of the gnn_schedule in the struct that the table describes. */
#define GNN_I_SCHEDULE_OPTIONS(base)                                                     \
    {"schedule",                                                                         \
     GNN_OPTION_CHOICE,                                                                  \
     base + offsetof(gnn_schedule, kind),                                                \
     0,                                                                                  \
     0,                                                                                  \
     0,                                                                                  \
     "constant step cosine plateau",                                                     \
     "learning rate over the epochs"},                                                   \
        {"warmup", GNN_OPTION_INT, base + offsetof(gnn_schedule, warmup),          0, 0, \
         1e9,      NULL,           "epochs in which the learning rate rises first"},     \
        {"schedule-every",                                                               \
         GNN_OPTION_INT,                                                                 \
         base + offsetof(gnn_schedule, every),                                           \
         50,                                                                             \
         1,                                                                              \
         1e9,                                                                            \
         NULL,                                                                           \
         "step: epochs between drops; plateau: epochs (of evaluation) of patience"},     \
        {"schedule-factor",                                                              \
         GNN_OPTION_REAL,                                                                \
         base + offsetof(gnn_schedule, factor),                                          \
         0.5,                                                                            \
         0,                                                                              \
         1,                                                                              \
         NULL,                                                                           \
         "step, plateau: what a drop multiplies by"},                                    \
    {                                                                                    \
        "schedule-last", GNN_OPTION_REAL, base + offsetof(gnn_schedule, last), 0, 0, 1,  \
            NULL, "cosine: factor at the end"                                            \
    }

#endif
