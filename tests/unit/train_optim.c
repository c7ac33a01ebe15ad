/* Optimisers against the formulas of their papers, in double, on (w - 1)² and row-sparse
 * rows. */
#include "support/support.h"

#include <gnn/loss.h>
#include <gnn/ops.h>
#include <gnn/optim.h>
#include <math.h>

enum { N = 37, STEPS = 12 };

static gnn_model *new_model(gnn_tensor **w) {
    gnn_model *model;
    ck_assert_ok(gnn_model_new(NULL, 1, 1, NULL, 0, &model));
    ck_assert_ok(gnn_model_begin_group(model, "all"));
    ck_assert_ok(gnn_model_add_parameter(model, "w", 2, (int64_t[]){N, 3},
                                         GNN_INIT_UNIFORM_FAN_IN, 1, 1, true, w));
    return model;
}

static gnn_optimizer_options defaults(int kind) {
    gnn_optimizer_options o;
    gnn_optimizer_options_init(&o);
    ck_assert_int_eq(o.kind, GNN_OPT_ADAM);
    ck_assert_double_eq(o.beta2, 0.999);
    o.kind = kind;
    o.lr = 0.05;
    o.weight_decay = 0.1;
    return o;
}

/* One step of the formulas on value i; gradient g. */
static void reference(const gnn_optimizer_options *o, int64_t t, double g, double *w,
                      double *m, double *v) {
    if (o->kind == GNN_OPT_SGD) {
        g += o->weight_decay * *w;
        *m = o->momentum * *m + g;
        *w -= o->lr * *m;
        return;
    }
    if (o->kind == GNN_OPT_ADAMW)
        *w -= o->lr * o->weight_decay * *w;
    else
        g += o->weight_decay * *w;
    *m = o->beta1 * *m + (1 - o->beta1) * g;
    *v = o->beta2 * *v + (1 - o->beta2) * g * g;
    double mean = *m / (1 - pow(o->beta1, (double)t));
    double square = *v / (1 - pow(o->beta2, (double)t));
    *w -= o->lr * mean / (sqrt(square) + o->epsilon);
}

static void follow(int kind, double clip) {
    gnn_tensor *w;
    gnn_model *model = new_model(&w);
    gnn_optimizer_options o = defaults(kind);
    gnn_optimizer *optimizer;
    gnn_context *ctx;
    double want[3 * N], m[3 * N] = {0}, v[3 * N] = {0};
    gnn_real got[3 * N], expected[3 * N], ones[3 * N];
    o.clip = clip;
    for (int i = 0; i < 3 * N; i++) {
        want[i] = (double)gnn_tensor_real(w)[i];
        ones[i] = 1;
    }
    ck_assert_ok(gnn_optimizer_new(model, &o, &optimizer));
    ck_assert_ok(gnn_context_new(2, 0, &ctx));
    for (int64_t t = 1; t <= STEPS; t++) {
        gnn_context_begin(ctx, GNN_TRAIN, (uint64_t)t);
        ck_assert_ok(gnn_backward(ctx, gnn_mse(ctx, w, ones, 0, NULL)));
        ck_assert_ok(gnn_optimizer_step(optimizer, ctx, 1));
        double g[3 * N], norm = 0;
        for (int i = 0; i < 3 * N; i++) {
            g[i] = 2 * (want[i] - 1) / (3 * N);
            norm += g[i] * g[i];
        }
        double scale = clip > 0 && sqrt(norm) > clip ? clip / sqrt(norm) : 1;
        for (int i = 0; i < 3 * N; i++)
            reference(&o, t, scale * g[i], &want[i], &m[i], &v[i]);
    }
    for (int i = 0; i < 3 * N; i++) {
        got[i] = gnn_tensor_real(w)[i];
        expected[i] = (gnn_real)want[i];
    }
    ck_assert_close(got, expected, 3 * N, 2e-5, 2e-6);
    ck_assert_int_eq(gnn_optimizer_updates(optimizer), STEPS);
    gnn_context_free(ctx);
    gnn_optimizer_free(optimizer);
    gnn_model_free(model);
}

START_TEST(adam) {
    follow(GNN_OPT_ADAM, 0);
}
END_TEST
START_TEST(adamw) {
    follow(GNN_OPT_ADAMW, 0);
}
END_TEST
START_TEST(sgd_with_momentum) {
    follow(GNN_OPT_SGD, 0);
}
END_TEST
START_TEST(clipped) {
    follow(GNN_OPT_SGD, 0.02);
}
END_TEST

START_TEST(rows_that_were_not_looked_up_stay) {
    gnn_tensor *w;
    gnn_model *model = new_model(&w);
    gnn_optimizer_options o = defaults(GNN_OPT_ADAM);
    gnn_optimizer *optimizer;
    gnn_context *ctx;
    gnn_real before[3 * N];
    const gnn_id rows[] = {4, 9, 4};
    memcpy(before, w->data, sizeof before);
    ck_assert_ok(gnn_optimizer_new(model, &o, &optimizer));
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    gnn_tensor *picked = gnn_lookup(ctx, w, GNN_AXIS_FREE, 3, rows);
    ck_assert_ok(gnn_backward(ctx, gnn_reduce_axis(ctx, picked, GNN_SUM, -1)));
    ck_assert_ok(gnn_optimizer_step(optimizer, ctx, 1));
    const gnn_real *after = gnn_tensor_real(w);
    for (int i = 0; i < 3 * N; i++)
        ck_assert((before[i] == after[i]) == (i / 3 != 4 && i / 3 != 9));
    gnn_context_free(ctx);
    gnn_optimizer_free(optimizer);
    gnn_model_free(model);
}
END_TEST

START_TEST(a_gradient_that_is_not_finite_changes_nothing) {
    gnn_tensor *w;
    gnn_model *model = new_model(&w);
    gnn_optimizer_options o = defaults(GNN_OPT_ADAM);
    gnn_optimizer *optimizer;
    gnn_context *ctx;
    gnn_real before[3 * N];
    ck_assert_ok(gnn_optimizer_new(model, &o, &optimizer));
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    gnn_tensor_real(w)[5] = 0;
    memcpy(before, w->data, sizeof before);
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    gnn_tensor *loss =
        gnn_reduce_axis(ctx, gnn_sqrt(ctx, gnn_square(ctx, w)), GNN_SUM, -1);
    loss = gnn_add(ctx, loss, gnn_reduce_axis(ctx, gnn_div(ctx, w, w), GNN_SUM, -1));
    ck_assert_ok(gnn_backward(ctx, loss));
    ck_assert_fails(gnn_optimizer_step(optimizer, ctx, 1), GNN_ERR_NUMERIC,
                    "gradient of w");
    ck_assert_same_bytes(w->data, before, sizeof before);
    gnn_context_free(ctx);
    gnn_optimizer_free(optimizer);
    gnn_model_free(model);
}
END_TEST

START_TEST(groups_have_rates_of_their_own) {
    gnn_tensor *w;
    gnn_model *model = new_model(&w);
    gnn_optimizer_options o = defaults(GNN_OPT_SGD);
    gnn_optimizer *optimizer;
    gnn_context *ctx;
    gnn_real before[3 * N];
    o.momentum = 0;
    memcpy(before, w->data, sizeof before);
    ck_assert_ok(gnn_optimizer_new(model, &o, &optimizer));
    ck_assert_ok(gnn_optimizer_group(optimizer, "all", 0.5, 0));
    ck_assert_fails(gnn_optimizer_group(optimizer, "some", 1, 0), GNN_ERR_ARGUMENT,
                    "known: all");
    ck_assert_ok(gnn_context_new(1, 0, &ctx));
    gnn_context_begin(ctx, GNN_TRAIN, 1);
    ck_assert_ok(gnn_backward(ctx, gnn_reduce_axis(ctx, w, GNN_SUM, -1)));
    ck_assert_ok(gnn_optimizer_step(optimizer, ctx, 0.1));
    for (int i = 0; i < 3 * N; i++) before[i] -= (gnn_real)(0.05 * 0.5 * 0.1);
    ck_assert_close(gnn_tensor_real(w), before, 3 * N, 1e-5, 1e-6);
    gnn_context_free(ctx);
    gnn_optimizer_free(optimizer);
    gnn_model_free(model);
}
END_TEST

START_TEST(options_out_of_range_are_refused) {
    gnn_tensor *w;
    gnn_model *model = new_model(&w);
    gnn_optimizer *optimizer;
    gnn_optimizer_options o = defaults(GNN_N_OPT);
    ck_assert_fails(gnn_optimizer_new(model, &o, &optimizer), GNN_ERR_ARGUMENT, "kind");
    o = defaults(GNN_OPT_ADAM);
    o.lr = -1;
    ck_assert_fails(gnn_optimizer_new(model, &o, &optimizer), GNN_ERR_ARGUMENT,
                    "lr is -1, expected 0 to");
    o = defaults(GNN_OPT_ADAM);
    o.beta1 = (double)NAN;
    ck_assert_fails(gnn_optimizer_new(model, &o, &optimizer), GNN_ERR_ARGUMENT, "beta1");
    ck_assert_ptr_null(optimizer);
    gnn_model_free(model);
}
END_TEST

TESTS("train/optim", 20, options_out_of_range_are_refused, adam, adamw, sgd_with_momentum,
      clipped, rows_that_were_not_looked_up_stay,
      a_gradient_that_is_not_finite_changes_nothing, groups_have_rates_of_their_own)
