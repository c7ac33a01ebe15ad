/* Every example of every op, on tensors large enough for many blocks: outputs and
 * gradients have the same bytes at 1, 2 and 4 threads. */
#include "support/op_cases.h"

typedef struct outcome {
    gnn_real *y;
    int64_t n_y;
    gnn_real *d[OP_MAX_INPUTS];
} outcome;

/* One step of a case; worlds are not shared, since they keep views and products. */
static void run(const op_case *c, const op_world *w, int n_threads, outcome *o, int *n,
                int64_t *counts) {
    gnn_tensor *x[OP_MAX_INPUTS];
    gnn_context *ctx;
    ck_assert_ok(op_case_tensors(c, w, n, x));
    ck_assert_ok(gnn_context_new(n_threads, 3, &ctx));
    op_run job = {c, w};
    gnn_status status =
        support_step(ctx, op_run_function, &job, *n, x, &o->y, &o->n_y, o->d);
    if (status != GNN_OK)
        ck_abort_msg("%s: %s: %s", c->name, gnn_status_name(status), gnn_last_error());
    for (int i = 0; i < *n; i++) counts[i] = gnn_tensor_count(x[i]);
    gnn_context_free(ctx);
    op_case_free_tensors(*n, x);
}

static void compare(const op_case *c, int n_threads, const char *what,
                    const gnn_real *got, const gnn_real *want, int64_t n) {
    for (int64_t i = 0; i < n; i++)
        if (memcmp(got + i, want + i, sizeof *got) != 0)
            ck_abort_msg("%s: %s %lld is %.9g with %d threads, %.9g with one", c->name,
                         what, (long long)i, (double)got[i], n_threads, (double)want[i]);
}

static void clear(outcome *o, int n) {
    free(o->y);
    for (int i = 0; i < n; i++) free(o->d[i]);
}

START_TEST(same_bytes_at_any_thread_count) {
    op_world w[3];
    for (int i = 0; i < 3; i++) ck_assert_ok(op_world_new(1, &w[i]));
    for (size_t k = 0; k < op_case_count(); k++) {
        const op_case *c = op_case_get(k);
        outcome one, more;
        int n;
        int64_t counts[OP_MAX_INPUTS];
        run(c, &w[0], 1, &one, &n, counts);
        for (int j = 1; j < 3; j++) {
            run(c, &w[j], 2 * j, &more, &n, counts);
            ck_assert_int_eq(more.n_y, one.n_y);
            compare(c, 2 * j, "output", more.y, one.y, one.n_y);
            for (int i = 0; i < n; i++)
                if (one.d[i])
                    compare(c, 2 * j, "gradient", more.d[i], one.d[i], counts[i]);
            clear(&more, n);
        }
        clear(&one, n);
    }
    for (int i = 0; i < 3; i++) op_world_clear(&w[i]);
}
END_TEST

TESTS("ops/threads", 120, same_bytes_at_any_thread_count)
