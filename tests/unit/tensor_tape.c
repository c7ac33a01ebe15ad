/* The tape with ops of the test's own: recording, layout of gradients, sharing of memory,
 * row- sparse gradients, sticky errors. */
#include <math.h>

#include "support/support.h"

#include "core/alloc.h"
#include "tensor/context.h"

/* ---- ops ---- */

static gnn_status like_first(gnn_i_call *call) {
    return gnn_i_call_shape_like(call, call->in[0]);
}

/* out = in² ; the gradient may overwrite that of the output. */
static void square_forward(gnn_i_call *call) {
    const gnn_real *x = call->in[0]->data;
    gnn_real *y = call->out->data;
    for (int64_t i = 0; i < gnn_tensor_count(call->out); i++) y[i] = x[i] * x[i];
}
static int in_place_calls;
static void square_backward(gnn_i_call *call) {
    const gnn_real *x = call->in[0]->data;
    in_place_calls += call->d_in[0] == call->d_out;
    for (int64_t i = 0; i < gnn_tensor_count(call->out); i++) {
        gnn_real d = 2 * x[i] * call->d_out[i];
        call->d_in[0][i] = call->accumulate[0] ? call->d_in[0][i] + d : d;
    }
}
static const gnn_i_op square = {.name = "square",
                                .plan = like_first,
                                .forward = square_forward,
                                .backward = square_backward,
                                .first_gradient = GNN_I_GRADIENT_IN_PLACE};

/* out = a b, with scratch that is overwritten to see that it overlaps nothing. */
static gnn_status product_plan(gnn_i_call *call) {
    call->backward_scratch_bytes = 1000;
    call->forward_scratch_bytes = 500;
    call->saved_bytes = 8;
    return gnn_i_call_shape_like(call, call->in[0]);
}
static void product_forward(gnn_i_call *call) {
    const gnn_real *a = call->in[0]->data, *b = call->in[1]->data;
    gnn_real *y = call->out->data;
    memset(call->scratch, 0x55, 500);
    *(int64_t *)call->saved = 1234567;
    for (int64_t i = 0; i < gnn_tensor_count(call->out); i++) y[i] = a[i] * b[i];
}
static void product_backward(gnn_i_call *call) {
    memset(call->scratch, 0x77, 1000);
    ck_assert_int_eq(*(int64_t *)call->saved, 1234567);
    for (int k = 0; k < 2; k++) {
        const gnn_real *other = call->in[1 - k]->data;
        if (!gnn_i_wants(call, k)) continue;
        for (int64_t i = 0; i < gnn_tensor_count(call->out); i++) {
            gnn_real d = other[i] * call->d_out[i];
            call->d_in[k][i] = call->accumulate[k] ? call->d_in[k][i] + d : d;
        }
    }
}
static const gnn_i_op product = {.name = "product",
                                 .plan = product_plan,
                                 .forward = product_forward,
                                 .backward = product_backward};

/* scalar sum */
static gnn_status sum_plan(gnn_i_call *call) {
    return gnn_i_call_shape(call, GNN_AXIS_FREE, 1, (int64_t[]){1});
}
static void sum_forward(gnn_i_call *call) {
    const gnn_real *x = call->in[0]->data;
    gnn_real *y = call->out->data;
    *y = 0;
    for (int64_t i = 0; i < gnn_tensor_count(call->in[0]); i++) *y += x[i];
}
static void sum_backward(gnn_i_call *call) {
    for (int64_t i = 0; i < gnn_tensor_count(call->in[0]); i++)
        call->d_in[0][i] =
            call->accumulate[0] ? call->d_in[0][i] + *call->d_out : *call->d_out;
}
static const gnn_i_op sum = {
    .name = "sum", .plan = sum_plan, .forward = sum_forward, .backward = sum_backward};

/* rows of a table */
typedef struct picks {
    int64_t n;
    const gnn_id *index;
} picks;
static gnn_status pick_plan(gnn_i_call *call) {
    const picks *p = call->options;
    call->n_rows = p->n;
    call->rows = p->index;
    return gnn_i_call_shape(call, GNN_AXIS_FREE, 2,
                            (int64_t[]){p->n, call->in[0]->shape[1]});
}
static void pick_forward(gnn_i_call *call) {
    int64_t width = call->in[0]->shape[1];
    for (int64_t i = 0; i < call->n_rows; i++)
        memcpy((gnn_real *)call->out->data + i * width,
               (const gnn_real *)call->in[0]->data + call->rows[i] * width,
               (size_t)width * sizeof(gnn_real));
}
static void pick_backward(gnn_i_call *call) {
    int64_t width = call->in[0]->shape[1];
    if (!call->accumulate[0])
        memset(call->d_in[0], 0,
               (size_t)gnn_tensor_count(call->in[0]) * sizeof(gnn_real));
    for (int64_t i = 0; i < call->n_rows; i++)
        for (int64_t j = 0; j < width; j++)
            call->d_in[0][call->rows[i] * width + j] += call->d_out[i * width + j];
}
static const gnn_i_op pick = {.name = "pick",
                              .plan = pick_plan,
                              .forward = pick_forward,
                              .backward = pick_backward,
                              .row_sparse = true};

static gnn_tensor *apply1(gnn_context *ctx, const gnn_i_op *op, gnn_tensor *x) {
    return gnn_i_apply(ctx, op, 1, &x, 0, NULL, NULL, 0);
}
static gnn_tensor *apply2(gnn_context *ctx, const gnn_i_op *op, gnn_tensor *x,
                          gnn_tensor *y) {
    return gnn_i_apply(ctx, op, 2, (gnn_tensor *[]){x, y}, 0, NULL, NULL, 0);
}

static gnn_tensor *parameter(int64_t rows, int64_t columns, uint64_t seed) {
    gnn_tensor *t;
    ck_assert_ok(
        gnn_tensor_new(GNN_REAL, GNN_AXIS_FREE, 2, (int64_t[]){rows, columns}, &t));
    t->requires_grad = true;
    support_fill(t->data, (size_t)(rows * columns), seed);
    return t;
}

/* ---- tests ---- */

START_TEST(gradients_are_right_and_share_memory) {
    gnn_context *ctx;
    gnn_tensor *a = parameter(5, 7, 1), *b = parameter(5, 7, 2);
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    /* loss = sum((a b)^2 b a^2): every tensor is used twice somewhere. */
    in_place_calls = 0;
    gnn_tensor *ab = apply2(ctx, &product, a, b);
    gnn_tensor *p = apply2(ctx, &product, apply1(ctx, &square, ab), b);
    gnn_tensor *loss =
        apply1(ctx, &sum, apply2(ctx, &product, p, apply1(ctx, &square, a)));
    ck_assert_ok(gnn_backward(ctx, loss));
    ck_assert_int_eq(in_place_calls, 1); /* that of ab; a is a leaf */
    const gnn_real *x = a->data, *y = b->data;
    gnn_real da[35], db[35];
    for (int i = 0; i < 35; i++) {
        da[i] = 4 * x[i] * x[i] * x[i] * y[i] * y[i] * y[i];
        db[i] = 3 * x[i] * x[i] * x[i] * x[i] * y[i] * y[i];
    }
    ck_assert_close(gnn_gradient(ctx, a), da, 35, 1e-5, 1e-7);
    ck_assert_close(gnn_gradient(ctx, b), db, 35, 1e-5, 1e-7);
    ck_assert_ptr_null(gnn_gradient(ctx, loss));
    gnn_context_free(ctx);
    gnn_tensor_free(a);
    gnn_tensor_free(b);
}
END_TEST

START_TEST(the_same_tensor_twice_accumulates) {
    gnn_context *ctx;
    gnn_tensor *a = parameter(3, 3, 4);
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    gnn_tensor *s = apply1(ctx, &square, a);
    ck_assert_ok(gnn_backward(ctx, apply1(ctx, &sum, apply2(ctx, &product, s, s))));
    const gnn_real *x = a->data;
    gnn_real want[9];
    for (int i = 0; i < 9; i++) want[i] = 4 * x[i] * x[i] * x[i];
    ck_assert_close(gnn_gradient(ctx, a), want, 9, 1e-5, 1e-7);
    gnn_context_free(ctx);
    gnn_tensor_free(a);
}
END_TEST

START_TEST(a_long_chain_needs_two_gradients_at_most) {
    gnn_context *ctx;
    gnn_tensor *a = parameter(64, 64, 3), *b = parameter(64, 64, 5);
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    gnn_tensor *x = a;
    for (int i = 0; i < 50; i++) x = apply2(ctx, &product, x, b);
    ck_assert_ok(gnn_backward(ctx, apply1(ctx, &sum, x)));
    size_t one = 64 * 64 * sizeof(gnn_real);
    /* two leaves, two links of the chain, scratch, the loss */
    ck_assert_uint_le(ctx->gradients.peak, 4 * one + 4096);
    gnn_context_free(ctx);
    gnn_tensor_free(a);
    gnn_tensor_free(b);
}
END_TEST

START_TEST(lookups_give_coalesced_rows) {
    gnn_context *ctx;
    gnn_tensor *table = parameter(1000, 4, 7);
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    const gnn_id first[] = {7, 999, 7}, second[] = {0, 7};
    gnn_real dense[2][4000];
    for (int mixed = 0; mixed < 2; mixed++) {
        gnn_context_begin(ctx, GNN_TRAIN, 1);
        gnn_tensor *u = gnn_i_apply(ctx, &pick, 1, &table, 0, NULL, &(picks){3, first},
                                    sizeof(picks));
        gnn_tensor *v = gnn_i_apply(ctx, &pick, 1, &table, 0, NULL, &(picks){2, second},
                                    sizeof(picks));
        gnn_tensor *loss = apply1(ctx, &sum, apply1(ctx, &square, u));
        loss = apply2(ctx, &product, loss, apply1(ctx, &sum, apply1(ctx, &square, v)));
        if (mixed) /* another use makes the gradient dense */
            loss = apply2(ctx, &product, loss, apply1(ctx, &sum, table));
        ck_assert_ok(gnn_backward(ctx, loss));
        gnn_rows rows;
        ck_assert(gnn_gradient_rows(ctx, table, &rows) == !mixed);
        ck_assert((gnn_gradient(ctx, table) != NULL) == mixed);
        if (mixed) continue;
        ck_assert_int_eq(rows.n, 3);
        ck_assert_same_bytes(rows.index, ((gnn_id[]){0, 7, 999}), 3 * sizeof(gnn_id));
        /* d/dx of (2 s7 + s999)(s0 + s7), s_r the squared norm of row r */
        const gnn_real *x = table->data;
        double s[3] = {0};
        const int at[] = {0, 7, 999};
        for (int r = 0; r < 3; r++)
            for (int j = 0; j < 4; j++) s[r] += pow((double)x[at[r] * 4 + j], 2);
        double factor[] = {2 * s[1] + s[2], 2 * (s[0] + s[1]) + 2 * s[1] + s[2],
                           s[0] + s[1]};
        for (int r = 0; r < 3; r++)
            for (int j = 0; j < 4; j++)
                dense[0][r * 4 + j] =
                    (gnn_real)(2 * factor[r] * (double)x[at[r] * 4 + j]);
        ck_assert_close(rows.values, dense[0], 12, 1e-5, 1e-6);
    }
    gnn_context_free(ctx);
    gnn_tensor_free(table);
}
END_TEST

START_TEST(nothing_is_recorded_in_evaluation) {
    gnn_context *ctx;
    gnn_tensor *a = parameter(2, 2, 9);
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_tensor *y = apply1(ctx, &sum, apply1(ctx, &square, a));
    ck_assert(y && !y->requires_grad);
    ck_assert_fails(gnn_backward(ctx, y), GNN_ERR_ARGUMENT, "evaluation");
    gnn_context_free(ctx);
    gnn_tensor_free(a);
}
END_TEST

START_TEST(the_first_error_sticks) {
    gnn_context *ctx;
    gnn_tensor *a = parameter(2, 2, 9);
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 0);
    ck_assert_ptr_null(apply2(ctx, &product, a, NULL));
    ck_assert_ptr_null(apply1(ctx, &square, a));
    ck_assert_int_eq(gnn_context_status(ctx), GNN_ERR_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(gnn_last_error(), "product: input 1"));
    ck_assert_int_eq(gnn_backward(ctx, NULL), GNN_ERR_ARGUMENT);
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    ck_assert_ok(gnn_backward(ctx, apply1(ctx, &sum, a)));
    gnn_context_free(ctx);
    gnn_tensor_free(a);
}
END_TEST

START_TEST(watched_constants_get_gradients) {
    gnn_context *ctx;
    gnn_tensor *a = parameter(2, 2, 9);
    a->requires_grad = false;
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 0);
    gnn_tensor *seen = gnn_watch(ctx, a);
    ck_assert_ok(gnn_backward(ctx, apply1(ctx, &sum, seen)));
    ck_assert_close(gnn_gradient(ctx, seen), ((gnn_real[]){1, 1, 1, 1}), 4, 0, 0);
    ck_assert_ptr_null(gnn_gradient(ctx, a));
    gnn_context_free(ctx);
    gnn_tensor_free(a);
}
END_TEST

/* A step over many leaves, so that every table grows. */
enum { LEAVES = 150 };
static gnn_tensor *leaves[LEAVES];
static gnn_status wide_step(gnn_context *ctx) {
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    gnn_tensor *x = leaves[0];
    for (int i = 1; i < LEAVES; i++) x = apply2(ctx, &product, x, leaves[i]);
    return gnn_backward(ctx, apply1(ctx, &sum, x));
}
static gnn_status wide_body(void *unused) {
    gnn_context *ctx = NULL;
    (void)unused;
    gnn_status status = gnn_context_new(1, 0, &ctx);
    if (status == GNN_OK) status = wide_step(ctx);
    gnn_context_free(ctx);
    return status;
}

START_TEST(repeated_steps_allocate_nothing_and_lack_of_memory_is_survived) {
    gnn_context *ctx;
    for (int i = 0; i < LEAVES; i++) leaves[i] = parameter(3, 5, (uint64_t)i);
    ck_assert_ok(gnn_context_new(2, 0, &ctx));
    ck_assert_ok(wide_step(ctx));
    for (int i = 0; i < LEAVES; i++) ck_assert_ptr_nonnull(gnn_gradient(ctx, leaves[i]));
    int64_t before = gnn_i_alloc_count();
    for (int i = 0; i < 3; i++) ck_assert_ok(wide_step(ctx));
    ck_assert_int_eq(gnn_i_alloc_count(), before);
    gnn_context_free(ctx);
    ck_assert_int_gt(support_starve(wide_body, NULL), 5);
    for (int i = 0; i < LEAVES; i++) gnn_tensor_free(leaves[i]);
}
END_TEST

START_TEST(a_dry_step_tells_what_a_real_one_takes) {
    gnn_context *dry, *real;
    for (int i = 0; i < LEAVES; i++) leaves[i] = parameter(30, 50, (uint64_t)i);
    ck_assert_ok(gnn_context_new(1, 0, &dry));
    ck_assert_ok(gnn_context_new(1, 0, &real));
    gnn_i_context_dry(dry);
    ck_assert_ok(wide_step(dry));
    ck_assert_ok(wide_step(real));
    ck_assert_uint_eq(gnn_context_peak_bytes(dry), gnn_context_peak_bytes(real));
    gnn_context_free(dry);
    gnn_context_free(real);
    for (int i = 0; i < LEAVES; i++) gnn_tensor_free(leaves[i]);
}
END_TEST

TESTS("tensor/tape", 20, gradients_are_right_and_share_memory,
      the_same_tensor_twice_accumulates, a_long_chain_needs_two_gradients_at_most,
      lookups_give_coalesced_rows, nothing_is_recorded_in_evaluation,
      the_first_error_sticks, watched_constants_get_gradients,
      repeated_steps_allocate_nothing_and_lack_of_memory_is_survived,
      a_dry_step_tells_what_a_real_one_takes)
