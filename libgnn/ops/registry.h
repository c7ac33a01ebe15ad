/* The registry of ops: every line of ops.def, in that order. */
#ifndef GNN_OPS_REGISTRY_H
#define GNN_OPS_REGISTRY_H

#include "tensor/tape.h"

#define GNN_OP(name) extern const gnn_i_op gnn_i_op_##name;
#include "ops/ops.def"
#undef GNN_OP

size_t gnn_i_op_count(void);
/* Op i, 0 <= i < gnn_i_op_count(). */
const gnn_i_op *gnn_i_op_get(size_t i);

#endif
