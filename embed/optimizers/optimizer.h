/* Row optimisers: how the rows of a table follow their gradients.
 *
 * A row is updated when it has a gradient, with all that the step gave it summed; other
 * rows stay as they are, their state too (lazy): Adam's moments of a row do not fade
 * while the row rests, and its correction of early steps counts the row's own updates.
 * Rows of halves are rounded to either neighbour at random, by step and row. */
#ifndef EMB_OPTIMIZERS_OPTIMIZER_H
#define EMB_OPTIMIZERS_OPTIMIZER_H

#include "kernels/ahead.h"
#include "tables/table.h"

typedef enum emb_i_optimizer_kind {
    EMB_I_ADAGRAD,     /* v += g², x -= lr g / (sqrt(v) + eps)   [Duchi et al. 2011] */
    EMB_I_ROW_ADAGRAD, /* v += mean(g²), one number a row */
    EMB_I_ADAM,        /* [Kingma & Ba 2015] */
    EMB_I_SGD          /* x -= lr g */
} emb_i_optimizer_kind;
#define EMB_I_OPTIMIZERS "adagrad row-adagrad adam sgd"

/* The state that belongs to a table. */
typedef struct emb_i_optimizer {
    emb_i_optimizer_kind kind;
    emb_i_table *table;
    double lr, eps, beta1, beta2; /* lr is set anew by schedules */
    gnn_real *v;                  /* (n, width), ROW_ADAGRAD (n), SGD NULL */
    gnn_real *m;                  /* (n, width): ADAM */
    int32_t *steps;               /* (n): ADAM, updates of each row */
    uint64_t step;          /* of training: what the rounding of halves depends on */
    int64_t frozen, period; /* the first `frozen` of every `period` rows stay as
                                   * they are */
} emb_i_optimizer;

gnn_status emb_i_optimizer_make(emb_i_optimizer *optimizer, emb_i_optimizer_kind kind,
                                emb_i_table *table, double lr);
void emb_i_optimizer_clear(emb_i_optimizer *optimizer);
/* Asks memory for what the update of a row will need: rows lie all over it. */
void emb_i_optimizer_fetch(const emb_i_optimizer *optimizer, int64_t row);
/* The memory of the rows first .. first + n - 1, for a kernel that runs before their
 * update: table and, but for Adam's means, state. */
gnn_i_ahead emb_i_optimizer_ahead(const emb_i_optimizer *optimizer, int64_t first,
                                  int64_t n);
/* Update one row by its gradient (width). Different rows may be updated by different
 * threads. */
void emb_i_optimizer_row(const emb_i_optimizer *optimizer, int64_t row,
                         const gnn_real *gradient);
/* The same of the rows first .. first + n - 1, by gradients (n, width). */
void emb_i_optimizer_rows(const emb_i_optimizer *optimizer, int64_t first, int64_t n,
                          const gnn_real *gradients);

#endif
