/* The table of ops, made from ops.def. */
#include "ops/registry.h"

#include <gnn/ops.h>

static const gnn_i_op *const table[] = {
#define GNN_OP(name) &gnn_i_op_##name,
#include "ops/ops.def"
#undef GNN_OP
};

size_t gnn_i_op_count(void) {
    return sizeof table / sizeof *table;
}

const gnn_i_op *gnn_i_op_get(size_t i) {
    return table[i];
}

size_t gnn_op_count(void) {
    return gnn_i_op_count();
}

gnn_op_info gnn_op_get(size_t i) {
    return (gnn_op_info){table[i]->name, table[i]->formula};
}
