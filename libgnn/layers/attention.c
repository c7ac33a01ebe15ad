/* Heads of the attention layers. */
#include "layers/attention.h"

void gnn_i_heads_width(gnn_layer *layer, const gnn_i_heads *heads) {
    layer->width = heads->concat ? heads->heads * layer->n_out : layer->n_out;
}

gnn_attention_options gnn_i_heads_attention(const gnn_i_heads *heads) {
    return (gnn_attention_options){.heads = (int)heads->heads,
                                   .slope = (gnn_real)heads->slope,
                                   .dropout = (gnn_real)heads->dropout,
                                   .self_loops = heads->self_loops};
}

gnn_status gnn_i_heads_vector(gnn_layer *layer, const gnn_i_heads *heads,
                              const char *name, gnn_tensor **parameter) {
    const int64_t shape[] = {heads->heads, layer->n_out};
    return gnn_i_layer_parameter(layer, name, 2, shape, GNN_INIT_GLOROT, layer->n_out, 1,
                                 parameter);
}

gnn_tensor *gnn_i_heads_join(gnn_context *ctx, const gnn_layer *layer,
                             const gnn_i_heads *heads, gnn_tensor *y) {
    if (!heads->concat && heads->heads > 1 && y != NULL) {
        const int64_t shape[] = {-1, heads->heads, layer->n_out};
        y = gnn_reduce_axis(ctx, gnn_reshape(ctx, y, GNN_AXIS_NODE, 3, shape), GNN_MEAN,
                            1);
    }
    return gnn_bias(ctx, y, layer->bias);
}
