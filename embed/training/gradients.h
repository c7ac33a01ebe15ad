/* Gradients of some rows of a table: contributions in the order of their making, brought
 * together by row before the optimiser sees them. */
#ifndef EMB_TRAINING_GRADIENTS_H
#define EMB_TRAINING_GRADIENTS_H

#include "optimizers/optimizer.h"

typedef struct emb_i_gradients {
    int64_t n, capacity;
    gnn_id *row;            /* (n) of the table, as they were added */
    const gnn_real **value; /* (n) width numbers each, borrowed */
    uint64_t *key;          /* (n) row << 32 | place: sorted */
    uint64_t *spare;        /* (n) */
    int64_t n_groups;       /* different rows */
    int64_t *group;         /* (n_groups + 1) where they begin among the keys */
    int64_t *order;         /* (n_groups) groups by their first contribution: the order in
                             * which gradients lie in memory */
    gnn_real *sums;         /* (threads, width) */
    int64_t width;
} emb_i_gradients;

gnn_status emb_i_gradients_make(emb_i_gradients *gradients, int64_t capacity,
                                int64_t width, int n_threads);
void emb_i_gradients_clear(emb_i_gradients *gradients);
void emb_i_gradients_reset(emb_i_gradients *gradients);
/* Append n contributions, value rows `step` numbers apart. */
void emb_i_gradients_add(emb_i_gradients *gradients, int64_t n, const gnn_id *rows,
                         const gnn_real *values, int64_t step);
/* Sort by row; contributions to a row keep their order. */
void emb_i_gradients_sort(emb_i_gradients *gradients);
/* Update every row of the optimiser's table that has a gradient, after a sort. */
void emb_i_gradients_apply(emb_i_gradients *gradients, int n_threads,
                           const emb_i_optimizer *optimizer);
/* After a sort: add what the rows first .. first + n - 1 have to `sums` (n, width). */
void emb_i_gradients_add_range(const emb_i_gradients *gradients, int64_t first, int64_t n,
                               gnn_real *sums);

#endif
