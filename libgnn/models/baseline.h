/* What the models that learn without gradients share: classes counted, rows of scores. */
#ifndef GNN_MODELS_BASELINE_H
#define GNN_MODELS_BASELINE_H

#include "models/model.h"

/* share[c] = (count of class c + 1) / (n + n_out) over the labelled nodes in `rows`.
 * Errors: GNN_ERR_INPUT for a class that is not in 0 .. n_out-1, or no labelled node. */
gnn_status gnn_i_class_shares(const gnn_model *model, const gnn_id *class_of,
                              int64_t n_rows, const gnn_id *rows, double *share);

#endif
