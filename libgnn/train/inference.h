/* Inference stage by stage in blocks of target rows, with memory that is kept between
 * runs. */
#ifndef GNN_TRAIN_INFERENCE_H
#define GNN_TRAIN_INFERENCE_H

#include <gnn/model.h>

typedef struct gnn_i_inference gnn_i_inference;

/* model and graph are borrowed. */
gnn_status gnn_i_inference_new(const gnn_model *model, const gnn_graph *graph,
                               int n_threads, gnn_i_inference **inference);
void gnn_i_inference_free(gnn_i_inference *inference);
/* Run the first n_stages stages on x (borrowed); *output is borrowed until the next run.
 * Rows in blocks of block_rows, 0 chooses; all at once where the model needs it.
 * Allocates nothing when repeated. */
gnn_status gnn_i_inference_run(gnn_i_inference *inference, const gnn_tensor *x,
                               int n_stages, int64_t block_rows, gnn_progress progress,
                               void *user, const gnn_tensor **output);
size_t gnn_i_inference_bytes(const gnn_i_inference *inference);

#endif
