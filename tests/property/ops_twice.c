/* Every example of every op: a second backward pass in the same step gives the gradients
 * of the first, or fails and says so where the op keeps nothing for it. */
#include "support/op_cases.h"

#include "tensor/context.h"

static bool runs_once(const gnn_context *ctx) {
    for (int32_t c = 0; c < ctx->n_calls; c++)
        if (ctx->calls[c]->op->backward_once) return true;
    return false;
}

static gnn_real *copy_of(gnn_context *ctx, const gnn_tensor *x) {
    const gnn_real *d = gnn_gradient(ctx, x);
    size_t bytes = (size_t)gnn_tensor_count(x) * sizeof *d;
    gnn_real *copy = d ? malloc(bytes + 1) : NULL;
    if (copy) memcpy(copy, d, bytes);
    return copy;
}

static void check(const op_case *c, const op_world *w) {
    gnn_tensor *x[OP_MAX_INPUTS];
    gnn_real *first[OP_MAX_INPUTS];
    gnn_context *ctx;
    int n;
    bool wanted = false;
    ck_assert_ok(op_case_tensors(c, w, &n, x));
    ck_assert_ok(gnn_context_new(2, 3, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 7);
    gnn_tensor *loss =
        gnn_reduce_axis(ctx, gnn_square(ctx, c->run(ctx, w, x)), GNN_MEAN, -1);
    for (int i = 0; i < n; i++) wanted |= x[i]->requires_grad;
    if (!wanted) goto done;
    ck_assert_ok(gnn_backward(ctx, loss));
    for (int i = 0; i < n; i++) first[i] = copy_of(ctx, x[i]);
    gnn_status again = gnn_backward(ctx, loss);
    if (runs_once(ctx))
        ck_assert_fails(again, GNN_ERR_ARGUMENT, "backward ran already");
    else
        ck_assert_ok(again);
    for (int i = 0; i < n; i++) {
        size_t bytes = (size_t)gnn_tensor_count(x[i]) * sizeof(gnn_real);
        const gnn_real *d = gnn_gradient(ctx, x[i]);
        if (again != GNN_OK)
            ck_assert_ptr_null(d);
        else if (first[i] && memcmp(first[i], d, bytes) != 0)
            ck_abort_msg("%s: other gradients of input %d the second time", c->name, i);
        free(first[i]);
    }
done:
    gnn_context_free(ctx);
    op_case_free_tensors(n, x);
}

START_TEST(second_backward_passes) {
    for (int scale = 0; scale < 2; scale++) {
        op_world w;
        ck_assert_ok(op_world_new(scale, &w));
        for (size_t k = 0; k < op_case_count(); k++) check(op_case_get(k), &w);
        op_world_clear(&w);
    }
}
END_TEST

TESTS("ops/twice", 60, second_backward_passes)
