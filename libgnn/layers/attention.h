/* What the attention layers share: heads, their options, the sum over heads. */
#ifndef GNN_LAYERS_ATTENTION_H
#define GNN_LAYERS_ATTENTION_H

#include "layers/layer.h"

enum { GNN_I_MOST_HEADS = 64 };

typedef struct gnn_i_heads {
    int64_t heads;
    bool concat;
    double slope;
    double dropout;
    bool self_loops;
} gnn_i_heads;
#define GNN_I_HEADS_OPTIONS(type, field)                                                 \
    GNN_I_OPTION_INT(type, field.heads, "heads", 1, 1, GNN_I_MOST_HEADS,                 \
                     "attention heads"),                                                 \
        GNN_I_OPTION_BOOL(type, field.concat, "concat", 1,                               \
                          "put the heads side by side; false: average them"),            \
        GNN_I_OPTION_REAL(type, field.slope, "slope", 0.2, 0, 1, "of the leaky relu"),   \
        GNN_I_OPTION_REAL(                                                               \
            type, field.dropout, "attention-dropout", 0, 0, 0.99,                        \
            "probability of dropping an attention coefficient in training"),             \
        GNN_I_OPTION_BOOL(type, field.self_loops, "self-loops", 1,                       \
                          "each node attends to itself, too")

/* Set the layer's width from its heads. */
void gnn_i_heads_width(gnn_layer *layer, const gnn_i_heads *heads);
gnn_attention_options gnn_i_heads_attention(const gnn_i_heads *heads);
/* A parameter (heads, n_out), filled by Glorot's rule as one map n_out → 1 a head. */
gnn_status gnn_i_heads_vector(gnn_layer *layer, const gnn_i_heads *heads,
                              const char *name, gnn_tensor **parameter);
/* (targets, heads·n_out) → the layer's result: heads side by side or averaged, then
 * bias. */
gnn_tensor *gnn_i_heads_join(gnn_context *ctx, const gnn_layer *layer,
                             const gnn_i_heads *heads, gnn_tensor *y);

#endif
