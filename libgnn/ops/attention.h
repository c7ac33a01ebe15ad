/* What both attentions share: options, the structure, and the kernel's arguments for
 * it. */
#ifndef GNN_OPS_ATTENTION_H
#define GNN_OPS_ATTENTION_H

#include <gnn/ops.h>

#include "kernels/edge_softmax.h"
#include "ops/structure.h"

typedef struct gnn_i_attention_call {
    gnn_attention_options options;
    /* found by plan */
    gnn_i_structure s;
    int64_t dim; /* of a head */
    const gnn_i_transpose *transpose;
} gnn_i_attention_call;

/* For plan: heads, slope and dropout are in range, `z` (input 0) fits the heads and the
 * graph; sets s, dim, the shape of the output, and the transpose where something is
 * recorded. */
gnn_status gnn_i_attention_plan(gnn_i_call *call);
/* Input i is (heads, dim). */
gnn_status gnn_i_attention_need_vector(const gnn_i_call *call, int i, const char *name);
/* Structure, options, dropout, z and y; the score's operands are left to the caller. */
gnn_i_attention_args gnn_i_attention_arguments(const gnn_i_call *call);
/* The transpose and dy; where the gradients go is left to the caller. */
gnn_i_attention_grad gnn_i_attention_gradients(const gnn_i_call *call);

#endif
