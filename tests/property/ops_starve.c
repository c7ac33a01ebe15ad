/* Every example of every op with its k-th allocation failing, for all k: the step reports
 * GNN_ERR_MEMORY, and nothing leaks. */
#include "support/op_cases.h"

static gnn_status one_step(void *argument) {
    const op_case *c = argument;
    gnn_status status = GNN_OK;
    op_world w;
    gnn_tensor *x[OP_MAX_INPUTS];
    gnn_context *ctx = NULL;
    int n = 0;
    status = op_world_new(0, &w);
    if (status != GNN_OK) return status;
    GNN_TRY(op_case_tensors(c, &w, &n, x));
    GNN_TRY(gnn_context_new(2, 3, &ctx));
    op_run job = {c, &w};
    gnn_real *y, *d[OP_MAX_INPUTS];
    int64_t n_y;
    GNN_TRY(support_step(ctx, op_run_function, &job, n, x, &y, &n_y, d));
    free(y);
    for (int i = 0; i < n; i++) free(d[i]);
cleanup:
    gnn_context_free(ctx);
    op_case_free_tensors(n, x);
    op_world_clear(&w);
    return status;
}

START_TEST(every_allocation_may_fail) {
    for (size_t k = 0; k < op_case_count(); k++) {
        int64_t n = support_starve(one_step, (void *)op_case_get(k));
        ck_assert_int_gt(n, 10);
    }
}
END_TEST

TESTS("ops/starve", 120, every_allocation_may_fail)
