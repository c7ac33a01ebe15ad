/* After the first step an op allocates nothing, whoever makes the allocation: each
 * example is repeated in one context, at 1 and 2 threads. */
#include "support/interpose.h"
#include "support/op_cases.h"

static gnn_status step(gnn_context *ctx, const op_case *c, const op_world *w, int n,
                       gnn_tensor *const *x) {
    bool wanted = false;
    for (int i = 0; i < n; i++) wanted |= x[i]->requires_grad;
    gnn_context_begin(ctx, GNN_TRAIN, 7);
    gnn_tensor *y = c->run(ctx, w, x);
    if (!wanted) return gnn_context_status(ctx);
    return gnn_backward(ctx, gnn_reduce_axis(ctx, y, GNN_MEAN, -1));
}

static void check(const op_case *c, const op_world *w, int n_threads) {
    gnn_context *ctx;
    gnn_tensor *x[OP_MAX_INPUTS];
    int n;
    ck_assert_ok(op_case_tensors(c, w, &n, x));
    ck_assert_ok(gnn_context_new(n_threads, 3, &ctx));
    ck_assert_ok(step(ctx, c, w, n, x));
    int64_t before = support_allocations();
    gnn_status status = step(ctx, c, w, n, x);
    int64_t after = support_allocations();
    ck_assert_ok(status);
    if (after != before)
        ck_abort_msg("%s: %lld allocations in the second step with %d threads", c->name,
                     (long long)(after - before), n_threads);
    op_case_free_tensors(n, x);
    gnn_context_free(ctx);
}

START_TEST(second_steps_allocate_nothing) {
    op_world w;
    ck_assert_ok(op_world_new(1, &w));
    for (size_t k = 0; k < op_case_count(); k++)
        for (int n_threads = 1; n_threads <= 2; n_threads++)
            check(op_case_get(k), &w, n_threads);
    op_world_clear(&w);
}
END_TEST

TESTS("ops/steady", 60, second_steps_allocate_nothing)
