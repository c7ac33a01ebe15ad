/* What ops do beside computing: products that are kept, running statistics, masks that
 * follow the step, tensors that pass through as they are, row-sparse gradients. */
#include "support/op_cases.h"

#include <gnn/loss.h>

#include "core/alloc.h"

static gnn_context *ctx;
static op_world w;

static void begin(int scale) {
    ck_assert_ok(op_world_new(scale, &w));
    ck_assert_ok(gnn_context_new(2, 1, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 0);
}

static void end(void) {
    gnn_context_free(ctx);
    op_world_clear(&w);
}

/* ---- products ---- */

START_TEST(products_of_constants_are_kept) {
    begin(0);
    const void *data[2][3];
    for (int step = 0; step < 2; step++) {
        gnn_context_begin(ctx, GNN_TRAIN, (uint64_t)step);
        gnn_tensor *one = gnn_gcn_propagate(ctx, w.arcs, w.steady, true, NULL);
        gnn_tensor *two = gnn_gcn_propagate(ctx, w.arcs, one, true, NULL);
        gnn_tensor *mean = gnn_spmm(ctx, w.arcs, w.steady, GNN_MEAN, NULL, NULL);
        ck_assert_ok(gnn_context_status(ctx));
        data[step][0] = one->data;
        data[step][1] = two->data;
        data[step][2] = mean->data;
        ck_assert(one->is_constant && one->id != 0 && !one->requires_grad);
    }
    for (int i = 0; i < 3; i++) ck_assert_ptr_eq(data[0][i], data[1][i]);
    ck_assert_ptr_ne(data[0][0], data[0][1]);
    ck_assert_ptr_ne(data[0][0], data[0][2]);
    end();
}
END_TEST

START_TEST(kept_products_are_the_products) {
    begin(0);
    gnn_tensor *copy;
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, w.steady->shape, &copy));
    size_t bytes = (size_t)gnn_tensor_count(copy) * sizeof(gnn_real);
    memcpy(copy->data, w.steady->data, bytes);
    for (int how = GNN_SUM; how <= GNN_MAX; how++)
        ck_assert_same_bytes(
            gnn_spmm(ctx, w.pairs, w.steady, (gnn_reduce)how, NULL, NULL)->data,
            gnn_spmm(ctx, w.pairs, copy, (gnn_reduce)how, NULL, NULL)->data, bytes);
    for (int loops = 0; loops < 2; loops++)
        ck_assert_same_bytes(gnn_gcn_propagate(ctx, w.pairs, w.steady, loops, NULL)->data,
                             gnn_gcn_propagate(ctx, w.pairs, copy, loops, NULL)->data,
                             bytes);
    gnn_tensor_free(copy);
    end();
}
END_TEST

/* A new constant each time, as for molecules one after the other: nothing piles up. */
START_TEST(a_changed_graph_drops_its_products) {
    begin(0);
    gnn_graph *graph;
    gnn_graph_options options = {.directed = true};
    int64_t live[4];
    ck_assert_ok(
        gnn_graph_new(2, 1, (gnn_id[]){0}, (gnn_id[]){1}, NULL, &options, &graph));
    for (int turn = 0; turn < 4; turn++) {
        gnn_tensor *x;
        gnn_id from = (gnn_id)(turn % 2), to = 1 - from;
        ck_assert_ok(gnn_graph_assign(graph, 2, 1, &from, &to, NULL));
        ck_assert_ok(
            support_tensor(GNN_AXIS_NODE, 2, (int64_t[]){2, 1}, 1, 2, 3, false, &x));
        gnn_tensor_set_constant(x, true);
        gnn_context_begin(ctx, GNN_TRAIN, 1);
        const gnn_real *y = gnn_spmm(ctx, graph, x, GNN_SUM, NULL, NULL)->data;
        ck_assert(y[to] == ((gnn_real *)x->data)[from] && y[from] == 0);
        gnn_tensor_free(x);
        live[turn] = gnn_i_alloc_live();
    }
    ck_assert_int_eq(live[3], live[1]);
    gnn_graph_free(graph);
    end();
}
END_TEST

/* Data written between steps are read anew, unless they are promised not to change. */
START_TEST(only_promised_constants_are_kept) {
    begin(0);
    gnn_tensor *x;
    gnn_real before[2];
    ck_assert_ok(support_tensor(GNN_AXIS_NODE, 2, w.steady->shape, 1, 2, 3, false, &x));
    size_t bytes = gnn_graph_bytes(w.plain);
    for (int turn = 0; turn < 4; turn++) { /* no promise, a promise, another, none */
        gnn_tensor_set_constant(x, turn == 1 || turn == 2);
        for (int step = 0; step < 2; step++) {
            gnn_context_begin(ctx, GNN_TRAIN, 1);
            const gnn_real *y = gnn_spmm(ctx, w.plain, x, GNN_MAX, NULL, NULL)->data;
            before[step] = y[0];
            for (int64_t i = 0; i < gnn_tensor_count(x); i++) ((gnn_real *)x->data)[i]++;
        }
        ck_assert(before[1] == before[0] + (turn % 3 ? 0 : 1));
        if (turn == 0) ck_assert_uint_eq(gnn_graph_bytes(w.plain), bytes);
        if (turn == 1) gnn_tensor_set_constant(x, false);
    }
    gnn_tensor_free(x);
    end();
}
END_TEST

/* Constants that come and go leave a few products; what a step reads is never freed. */
START_TEST(a_graph_keeps_few_products) {
    begin(0);
    enum { STEPS = 40, HOPS = 12 };
    size_t bytes = 0;
    for (int step = 0; step < STEPS; step++) {
        gnn_tensor *x, *h[HOPS + 1];
        ck_assert_ok(
            support_tensor(GNN_AXIS_NODE, 2, w.steady->shape, 1, 2, 3, false, &x));
        gnn_tensor_set_constant(x, true);
        gnn_context_begin(ctx, GNN_TRAIN, 1);
        h[0] = x;
        for (int k = 0; k < HOPS; k++)
            h[k + 1] = gnn_spmm(ctx, w.plain, h[k], GNN_MEAN, NULL, NULL);
        ck_assert_ok(gnn_context_status(ctx));
        for (int k = 1; k <= HOPS; k++) ck_assert(*(gnn_real *)h[k]->data > 0);
        gnn_tensor_free(x);
        if (step == 1) bytes = gnn_graph_bytes(w.plain);
    }
    ck_assert_uint_le(gnn_graph_bytes(w.plain), bytes);
    end();
}
END_TEST

/* The graph goes first: the step still has what it reads. */
START_TEST(products_outlive_their_graph) {
    begin(0);
    const gnn_tensor *y = gnn_spmm(ctx, w.plain, w.steady, GNN_SUM, NULL, NULL);
    gnn_real first = *(gnn_real *)y->data;
    gnn_graph_free(w.plain);
    w.plain = NULL;
    ck_assert(*(gnn_real *)y->data == first);
    end();
}
END_TEST

START_TEST(blocks_and_ranges_keep_nothing) {
    begin(0);
    ck_assert_uint_eq(gnn_spmm(ctx, w.block, w.steady, GNN_SUM, NULL, NULL)->id, 0);
    ck_assert_uint_eq(gnn_gcn_propagate(ctx, w.range, w.steady, true, NULL)->id, 0);
    end();
}
END_TEST

/* ---- running statistics ---- */

START_TEST(batch_norm_moves_its_statistics_once) {
    begin(0);
    /* columns (1, 2, 6): mean 3, variance 14/3, unbiased 7 */
    gnn_tensor *x, *mean, *var, *gain;
    int64_t shape[] = {3, 1};
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, shape, &x));
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_FREE, 1, shape + 1, &mean));
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_FREE, 1, shape + 1, &var));
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_FREE, 1, shape + 1, &gain));
    memcpy(x->data, (gnn_real[]){1, 2, 6}, 3 * sizeof(gnn_real));
    *(gnn_real *)mean->data = 10;
    *(gnn_real *)var->data = *(gnn_real *)gain->data = 1;
    gain->requires_grad = true;
    gnn_tensor *y = gnn_batch_norm(ctx, x, gain, NULL, mean, var, (gnn_real).25, 0);
    gnn_tensor *loss = gnn_reduce_axis(ctx, y, GNN_SUM, -1);
    ck_assert(*(gnn_real *)mean->data ==
              10); /* nothing before the pass is known to be good */
    ck_assert_ok(gnn_backward(ctx, loss));
    ck_assert_close((gnn_real *)mean->data, (gnn_real[]){(gnn_real)8.25}, 1, 1e-6, 0);
    ck_assert_close((gnn_real *)var->data, (gnn_real[]){(gnn_real)2.5}, 1, 1e-6, 0);
    /* evaluation reads them and leaves them alone */
    gnn_context_begin(ctx, GNN_EVAL, 0);
    y = gnn_batch_norm(ctx, x, gain, NULL, mean, var, (gnn_real).25, (gnn_real)1.5);
    ck_assert_close((gnn_real *)y->data,
                    ((gnn_real[]){(gnn_real)-3.625, (gnn_real)-3.125, (gnn_real)-1.125}),
                    3, 1e-6, 0);
    ck_assert_close((gnn_real *)mean->data, (gnn_real[]){(gnn_real)8.25}, 1, 1e-6, 0);
    gnn_tensor_free(x);
    gnn_tensor_free(mean);
    gnn_tensor_free(var);
    gnn_tensor_free(gain);
    end();
}
END_TEST

/* ---- masks ---- */

static double kept_share(const gnn_tensor *y) {
    const gnn_real *v = y->data;
    int64_t kept = 0;
    for (int64_t i = 0; i < gnn_tensor_count(y); i++) kept += v[i] != 0;
    return (double)kept / (double)gnn_tensor_count(y);
}

START_TEST(masks_follow_the_step_and_the_call) {
    begin(1);
    size_t bytes = (size_t)gnn_tensor_count(w.steady) * sizeof(gnn_real);
    gnn_real *first = malloc(bytes);
    gnn_context_begin(ctx, GNN_TRAIN, 5);
    gnn_tensor *y = gnn_dropout(ctx, w.steady, (gnn_real).25);
    memcpy(first, y->data, bytes);
    ck_assert(kept_share(y) > .74 && kept_share(y) < .76);
    gnn_tensor *z = gnn_dropout(ctx, w.steady, (gnn_real).25);
    ck_assert(memcmp(first, z->data, bytes) != 0); /* another call, another mask */
    gnn_context_begin(ctx, GNN_TRAIN, 6);
    y = gnn_dropout(ctx, w.steady, (gnn_real).25);
    ck_assert(memcmp(first, y->data, bytes) != 0); /* another step */
    gnn_context_begin(ctx, GNN_TRAIN, 5);
    y = gnn_dropout(ctx, w.steady, (gnn_real).25);
    ck_assert_same_bytes(y->data, first, bytes);
    const gnn_real *x = w.steady->data;
    for (int64_t i = 0; i < gnn_tensor_count(w.steady); i++) {
        gnn_real want = x[i] * (gnn_real)(4.0 / 3);
        if (first[i] != 0) ck_assert_close(first + i, &want, 1, 1e-6, 0);
    }
    free(first);
    end();
}
END_TEST

START_TEST(evaluation_drops_nothing) {
    begin(0);
    gnn_context_begin(ctx, GNN_EVAL, 0);
    ck_assert_ptr_eq(gnn_dropout(ctx, w.steady, (gnn_real).5), w.steady);
    ck_assert_ptr_eq(gnn_dropout(ctx, w.sparse, (gnn_real).5), w.sparse);
    const gnn_tensor *y = gnn_activate(ctx, w.steady, GNN_ACT_RELU, (gnn_real).5);
    const gnn_tensor *z = gnn_relu(ctx, w.steady);
    ck_assert_same_bytes(y->data, z->data,
                         (size_t)gnn_tensor_count(z) * sizeof(gnn_real));
    end();
}
END_TEST

START_TEST(a_sparse_tensor_keeps_its_structure) {
    begin(1);
    const gnn_tensor *y = gnn_dropout(ctx, w.sparse, (gnn_real).5);
    ck_assert_ptr_ne(y, w.sparse);
    ck_assert_int_eq(y->layout, GNN_SPARSE);
    ck_assert_ptr_eq(y->sparse->col, w.sparse->sparse->col);
    ck_assert_ptr_ne(y->sparse->value, w.sparse->sparse->value);
    int64_t n = gnn_tensor_n_stored(y), kept = 0;
    ck_assert_int_eq(n, gnn_tensor_n_stored(w.sparse));
    for (int64_t i = 0; i < n; i++) {
        gnn_real got = y->sparse->value[i], was = w.sparse->sparse->value[i];
        ck_assert(got == 0 || got == 2 * was);
        kept += got != 0;
    }
    ck_assert(kept > 48 * n / 100 && kept < 52 * n / 100);
    end();
}
END_TEST

/* ---- what passes through ---- */

START_TEST(nothing_to_do_gives_the_input) {
    begin(0);
    ck_assert_ptr_eq(gnn_bias(ctx, w.steady, NULL), w.steady);
    ck_assert_ptr_eq(gnn_dropout(ctx, w.steady, 0), w.steady);
    ck_assert_ptr_eq(gnn_activate(ctx, w.steady, GNN_ACT_NONE, 0), w.steady);
    ck_assert_ptr_eq(gnn_targets(ctx, w.arcs, w.steady), w.steady);
    ck_assert_ptr_eq(gnn_concat(ctx, 1, &w.steady, 0), w.steady);
    ck_assert_ptr_eq(gnn_reshape(ctx, w.steady, GNN_AXIS_FREE, 1, (int64_t[]){-1})->data,
                     w.steady->data);
    end();
}
END_TEST

/* ---- rows ---- */

/* Seven rows, each listed very often: threads would write over each other. */
START_TEST(rows_of_a_loss_may_repeat) {
    enum { N = 20000, ROWS = 7, WIDTH = 16 };
    gnn_tensor *x;
    gnn_id *rows = calloc(N, sizeof *rows), class_of[ROWS];
    gnn_real target[ROWS * WIDTH] = {0}, first[2][ROWS * WIDTH];
    for (int i = 0; i < N; i++) rows[i] = i % ROWS;
    for (int i = 0; i < ROWS; i++) class_of[i] = i;
    ck_assert_ok(
        support_tensor(GNN_AXIS_NODE, 2, (int64_t[]){ROWS, WIDTH}, -1, 1, 1, true, &x));
    for (int turn = 0; turn < 8; turn++) {
        ck_assert_ok(gnn_context_new(turn < 2 ? 1 : 4, 1, &ctx));
        gnn_context_begin(ctx, GNN_TRAIN, 0);
        bool entropy = turn % 2;
        gnn_tensor *loss = entropy ? gnn_cross_entropy(ctx, x, class_of, N, rows, NULL, 0)
                                   : gnn_mse(ctx, x, target, N, rows);
        ck_assert_ok(gnn_backward(ctx, loss));
        if (turn < 2) memcpy(first[entropy], gnn_gradient(ctx, x), sizeof *first);
        ck_assert_same_bytes(gnn_gradient(ctx, x), first[entropy], sizeof *first);
        gnn_context_free(ctx);
    }
    gnn_tensor_free(x);
    free(rows);
}
END_TEST

START_TEST(lookups_leave_row_sparse_gradients) {
    begin(0);
    gnn_tensor *table;
    ck_assert_ok(
        support_tensor(GNN_AXIS_NODE, 2, (int64_t[]){100, 2}, -1, 1, 1, true, &table));
    gnn_tensor *a = gnn_lookup(ctx, table, GNN_AXIS_FREE, 3, (gnn_id[]){70, 5, 70});
    gnn_tensor *b = gnn_lookup(ctx, table, GNN_AXIS_FREE, 1, (gnn_id[]){6});
    gnn_tensor *loss = gnn_add(ctx, gnn_reduce_axis(ctx, a, GNN_SUM, -1),
                               gnn_scale(ctx, gnn_reduce_axis(ctx, b, GNN_SUM, -1), 3));
    ck_assert_ok(gnn_backward(ctx, loss));
    gnn_rows rows;
    ck_assert(gnn_gradient_rows(ctx, table, &rows));
    ck_assert_ptr_null(gnn_gradient(ctx, table));
    ck_assert_int_eq(rows.n, 3);
    ck_assert_same_bytes(rows.index, ((gnn_id[]){5, 6, 70}), 3 * sizeof(gnn_id));
    ck_assert_close(rows.values, ((gnn_real[]){1, 1, 3, 3, 2, 2}), 6, 0, 0);
    gnn_tensor_free(table);
    end();
}
END_TEST

TESTS("ops/state", 30, products_of_constants_are_kept, kept_products_are_the_products,
      a_changed_graph_drops_its_products, only_promised_constants_are_kept,
      a_graph_keeps_few_products, products_outlive_their_graph,
      blocks_and_ranges_keep_nothing, batch_norm_moves_its_statistics_once,
      masks_follow_the_step_and_the_call, evaluation_drops_nothing,
      a_sparse_tensor_keeps_its_structure, nothing_to_do_gives_the_input,
      rows_of_a_loss_may_repeat, lookups_leave_row_sparse_gradients)
