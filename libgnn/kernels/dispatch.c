#include <gnn/parallel.h>
#include <string.h>
const char *gnn_isa(void) { return "baseline"; }
gnn_status gnn_isa_set(const char *name) {
    if (strcmp(name, "baseline") != 0) return gnn_fail(GNN_ERR_ARGUMENT, "unknown instruction set «%s»", name);
    return GNN_OK;
}
