/* How much memory training and inference take, by laying a step out without running
 * it. */
#include <gnn/train.h>

#include "ops/product.h"
#include "tensor/context.h"
#include "train/trainer.h"

static size_t tensor_bytes(const gnn_tensor *x) {
    size_t n = (size_t)gnn_tensor_n_stored(x);
    if (!x->sparse) return n * gnn_dtype_size(x->dtype);
    return n * (sizeof(gnn_real) + 3 * sizeof(gnn_id)) +
           (size_t)(x->shape[0] + x->shape[1] + 2) * sizeof(gnn_off);
}

gnn_status gnn_train_memory(const gnn_model *model, const gnn_node_task *task,
                            size_t *training, size_t *inference) {
    gnn_status status = GNN_OK;
    gnn_context *ctx = NULL;
    gnn_tensor x = gnn_i_tensor_as_constant(task->x); /* as training sees it */
    size_t parameters = (size_t)gnn_i_parameters_count(model) * sizeof(gnn_real);
    GNN_TRY(gnn_context_new(1, 0, &ctx));
    gnn_i_context_dry(ctx);
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_model_forward(ctx, model, 1, &task->graph, &x);
    GNN_TRY(gnn_context_status(ctx));
    size_t held = gnn_graph_bytes(task->graph) + tensor_bytes(task->x);
    *inference = held + parameters + gnn_context_peak_bytes(ctx);
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    gnn_tensor *z = gnn_model_forward(ctx, model, 1, &task->graph, &x);
    gnn_tensor *loss = gnn_reduce_axis(ctx, z, GNN_MEAN, -1);
    if (gnn_model_is_fitted_directly(model))
        *training = *inference;
    else {
        GNN_TRY(gnn_backward(ctx, loss));
        /* now, best, and two moments a parameter */
        *training = gnn_graph_bytes(task->graph) + tensor_bytes(task->x) +
                    4 * parameters + gnn_context_peak_bytes(ctx);
    }
cleanup:
    gnn_context_free(ctx);
    if (x.id != task->x->id) gnn_i_product_forget(task->graph, &x);
    return status;
}
