/* What the isomorphism layers share: (1 + ε) x_i beside the sum over the neighbours. */
#ifndef GNN_LAYERS_GIN_H
#define GNN_LAYERS_GIN_H

#include "layers/mlp.h"

typedef struct gnn_i_gin_options {
    gnn_i_mlp_options mlp;
    double epsilon;
    bool train_epsilon;
} gnn_i_gin_options;
#define GNN_I_GIN_OPTIONS                                                                \
    GNN_I_MLP_OPTIONS(gnn_i_gin_options, mlp),                                           \
        GNN_I_OPTION_REAL(gnn_i_gin_options, epsilon, "eps", 0, -1e6, 1e6,               \
                          "the node itself counts 1 + eps times"),                       \
        GNN_I_OPTION_BOOL(gnn_i_gin_options, train_epsilon, "train-eps", 1,              \
                          "learn what is added to eps")

typedef struct gnn_i_gin {
    gnn_layer *mlp;
    gnn_tensor *epsilon; /* (1), added to the option; NULL: not learned */
    gnn_tensor *arc;     /* gine: (arcs, n_in), NULL when features are read as they are */
} gnn_i_gin;

/* The inner MLP from n_in, and ε. */
gnn_status gnn_i_gin_setup(gnn_layer *layer, int64_t n_in);
/* sum + (1 + ε) x_i; x over the sources, sum over the targets. */
gnn_tensor *gnn_i_gin_add_self(gnn_context *ctx, const gnn_layer *layer,
                               const gnn_graph *graph, gnn_tensor *x, gnn_tensor *sum);

#endif
