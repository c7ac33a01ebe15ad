/* Training: it learns, gives the same bits on any number of threads, goes on after a stop
 * as if there had been none, and infers in blocks what it computes at once. */
#include "support/support.h"
#include "support/toy.h"

#include <math.h>

#include "core/alloc.h"
#include "train/trainer.h"

static gnn_train_options settings(int64_t epochs) {
    gnn_train_options o;
    gnn_train_options_init(&o);
    o.epochs = epochs;
    o.n_threads = 1;
    o.seed = 3;
    return o;
}

static gnn_model *new_model(const char *kind, const toy *t, uint64_t seed) {
    gnn_model *model;
    ck_assert_ok(
        gnn_model_new(kind, t->x->shape[1], t->task.n_outputs, NULL, seed, &model));
    return model;
}

/* All parameters of a model; the caller frees them. */
static gnn_real *parameters(const gnn_model *model, int64_t *n) {
    *n = gnn_i_parameters_count(model);
    gnn_real *values = malloc((size_t)*n * sizeof *values);
    ck_assert_ptr_nonnull(values);
    gnn_i_parameters_get(model, values);
    return values;
}

START_TEST(every_model_beats_a_guess) {
    toy t;
    toy_init(&t, 300, 3, false, 1);
    for (size_t i = 0; i < gnn_model_count(); i++) {
        const char *kind = gnn_model_get(i)->name;
        if (!strcmp(kind, "majority")) continue;
        gnn_model *model = new_model(kind, &t, 1);
        gnn_train_options o = settings(60);
        gnn_train_report report;
        ck_assert_ok(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report));
        ck_assert_msg(report.test.accuracy > 0.55, "%s: test accuracy %.3f", kind,
                      report.test.accuracy);
        ck_assert(report.train.n + report.valid.n + report.test.n == 300);
        gnn_model_free(model);
    }
    toy_clear(&t);
}
END_TEST

START_TEST(threads_do_not_change_the_result) {
    toy t;
    toy_init(&t, 500, 3, true, 2);
    const char *kinds[] = {"gcn", "gat", "sage", "appnp"};
    for (int k = 0; k < 4; k++)
        for (int batch = 0; batch <= 64; batch += 64) {
            gnn_real *first = NULL;
            for (int threads = 1; threads <= 4; threads *= 2) {
                gnn_model *model = new_model(kinds[k], &t, 1);
                gnn_train_options o = settings(5);
                gnn_train_report report;
                int64_t n;
                o.n_threads = threads;
                o.batch = batch;
                strcpy(o.fanout, batch ? "3" : "");
                ck_assert_ok(
                    gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report));
                gnn_real *values = parameters(model, &n);
                if (first)
                    ck_assert_same_bytes(values, first, (size_t)n * sizeof *values);
                if (first)
                    free(values);
                else
                    first = values;
                gnn_model_free(model);
            }
            free(first);
        }
    toy_clear(&t);
}
END_TEST

/* Features that nobody declared constant are so while they train: Â X is computed once,
 * and the graph keeps nothing of it afterwards. */
static int note_bytes(void *user, const gnn_epoch *epoch) {
    size_t *bytes = user;
    bytes[epoch->epoch] = gnn_graph_bytes((const gnn_graph *)(uintptr_t)bytes[0]);
    return 0;
}

START_TEST(products_of_features_are_kept_while_training) {
    toy t;
    toy_init(&t, 200, 3, false, 3);
    size_t bytes[4] = {(size_t)(uintptr_t)t.graph}, x_bytes = 200 * 8 * sizeof(gnn_real);
    gnn_model *model;
    gnn_train_options o = settings(3);
    gnn_train_report report;
    ck_assert(!t.x->is_constant);
    ck_assert_ok(gnn_model_new("gcn", 8, 3, "hidden=16", 1, &model));
    ck_assert_ok(gnn_train_nodes(model, &t.task, &o, NULL, note_bytes, bytes, &report));
    ck_assert_uint_eq(bytes[1], bytes[3]);
    ck_assert_uint_gt(bytes[1], gnn_graph_bytes(t.graph) + x_bytes);
    gnn_model_free(model);
    toy_clear(&t);
}
END_TEST

/* Without hops a batch needs no sampler. */
START_TEST(models_without_hops_train_in_batches) {
    toy t;
    toy_init(&t, 300, 3, false, 1);
    const int64_t batches[] = {16, 1000000000};
    for (int i = 0; i < 2; i++) {
        gnn_model *model = new_model("mlp", &t, 1);
        gnn_train_options o = settings(40);
        gnn_train_report report;
        o.batch = batches[i];
        ck_assert_ok(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report));
        ck_assert(report.test.accuracy > 0.55);
        gnn_model_free(model);
    }
    toy_clear(&t);
}
END_TEST

/* ---- stopping and going on ---- */

static int stop_at(void *user, const gnn_epoch *epoch) {
    return epoch->epoch == *(int64_t *)user;
}

static gnn_real *train_with_stops(const toy *t, const char *kind, int64_t batch,
                                  int n_stops, int64_t *n) {
    const char *path = support_path(n_stops ? "stopped" : "straight");
    gnn_real *values = NULL;
    for (int k = 0; k <= n_stops; k++) {
        gnn_model *model = new_model(kind, t, 5);
        gnn_train_options o = settings(40);
        gnn_train_report report;
        gnn_run *run;
        int64_t stop = k < n_stops ? 7 * (k + 1) : -1;
        o.batch = batch;
        o.patience = 15;
        o.schedule.kind = GNN_SCHED_PLATEAU;
        o.schedule.every = 2;
        if (k == 0)
            ck_assert_ok(gnn_run_create(path, &run));
        else
            ck_assert_ok(gnn_run_resume(path, &run));
        gnn_status status =
            gnn_train_nodes(model, &t->task, &o, run, stop_at, &stop, &report);
        ck_assert_int_eq(status, k < n_stops ? GNN_ERR_CANCELLED : GNN_OK);
        if (status == GNN_OK) {
            ck_assert_ok(gnn_model_save(model, run));
            values = parameters(model, n);
            gnn_config *config;
            ck_assert_ok(gnn_config_new(&config));
            ck_assert_ok(gnn_run_write_config(run, config));
            gnn_config_free(config);
            ck_assert_ok(gnn_run_finish(run));
            gnn_model *again = new_model(kind, t, 6);
            ck_assert_ok(gnn_model_load(again, gnn_run_path(run, "model.safetensors")));
            gnn_real *loaded = parameters(again, n);
            ck_assert_same_bytes(loaded, values, (size_t)*n * sizeof *values);
            free(loaded);
            gnn_model_free(again);
        }
        gnn_run_free(run);
        gnn_model_free(model);
    }
    return values;
}

START_TEST(a_resumed_run_ends_with_the_same_bits) {
    toy t;
    toy_init(&t, 200, 3, true, 4);
    const char *kinds[] = {"gcn", "gat"};
    for (int k = 0; k < 2; k++)
        for (int64_t batch = 0; batch <= 32; batch += 32) {
            int64_t n, m;
            gnn_real *straight = train_with_stops(&t, kinds[k], batch, 0, &n);
            gnn_real *stopped = train_with_stops(&t, kinds[k], batch, 3, &m);
            ck_assert_int_eq(n, m);
            ck_assert_same_bytes(stopped, straight, (size_t)n * sizeof *straight);
            size_t size_a, size_b;
            char *a = support_read(support_path("straight/metrics.jsonl"), &size_a);
            char *b = support_read(support_path("stopped/metrics.jsonl"), &size_b);
            ck_assert_uint_eq(size_a, size_b);
            ck_assert_same_bytes(a, b, size_a);
            free(a);
            free(b);
            free(straight);
            free(stopped);
        }
    toy_clear(&t);
}
END_TEST

/* ---- inference ---- */

/* Graph norm sees all nodes at once: no blocks are made, and no batches. */
START_TEST(graph_norm_sees_the_whole_graph) {
    toy t;
    toy_init(&t, 150, 3, false, 8);
    gnn_model *model;
    gnn_train_options o = settings(2);
    gnn_train_report report;
    gnn_i_inference *inference;
    const gnn_tensor *parts;
    gnn_tensor *whole;
    ck_assert_ok(gnn_model_new("gcn", gnn_tensor_width(t.x), 3, "norm=graph", 2, &model));
    ck_assert_ok(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report));
    ck_assert_ok(gnn_infer_nodes(model, t.graph, t.x, -1, 1, NULL, NULL, &whole));
    ck_assert_ok(gnn_i_inference_new(model, t.graph, 2, &inference));
    ck_assert_ok(gnn_i_inference_run(inference, t.x, gnn_model_n_stages(model), 11, NULL,
                                     NULL, &parts));
    ck_assert_close(gnn_tensor_real(parts), gnn_tensor_real(whole), 450, 1e-4, 1e-5);
    o.batch = 16;
    strcpy(o.fanout, "3");
    ck_assert_fails(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "sees the whole graph at once");
    gnn_i_inference_free(inference);
    gnn_tensor_free(whole);
    gnn_model_free(model);
    toy_clear(&t);
}
END_TEST

/* Graph norm in row-wise layers knows the graphs of a batch, too. */
START_TEST(graph_norm_sees_each_graph_of_a_batch) {
    toy t, u;
    toy_init(&t, 20, 3, false, 8);
    toy_init(&u, 30, 3, false, 9);
    const gnn_graph *graphs[] = {t.graph, u.graph}, *whole;
    gnn_graph *batch = NULL;
    gnn_tensor *x, *inferred;
    gnn_model *model;
    gnn_context *ctx;
    ck_assert_ok(gnn_graph_batch(2, graphs, &batch));
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, (int64_t[]){50, 8}, &x));
    support_fill(x->data, 400, 1);
    ck_assert_ok(gnn_model_new("linear", 8, 3, "layers=2,norm=graph", 2, &model));
    ck_assert_ok(gnn_context_new(1, 1, &ctx));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    whole = batch;
    const gnn_tensor *y = gnn_model_forward(ctx, model, 1, &whole, x);
    ck_assert_ok(gnn_infer_nodes(model, batch, x, -1, 1, NULL, NULL, &inferred));
    ck_assert_close(gnn_tensor_real(inferred), gnn_tensor_real(y), 150, 1e-5, 1e-6);
    gnn_tensor_free(inferred);
    gnn_tensor_free(x);
    gnn_context_free(ctx);
    gnn_model_free(model);
    gnn_graph_free(batch);
    toy_clear(&t);
    toy_clear(&u);
}
END_TEST

START_TEST(no_nodes_give_no_outputs) {
    gnn_graph *graph;
    gnn_tensor *x, *outputs;
    gnn_model *model;
    gnn_off row_ptr[] = {0};
    ck_assert_ok(gnn_graph_new(0, 0, NULL, NULL, NULL, NULL, &graph));
    ck_assert_ok(gnn_tensor_new_sparse(GNN_AXIS_NODE, 0, 5, row_ptr, NULL, NULL, &x));
    ck_assert_ok(gnn_model_new("gcn", 5, 3, NULL, 1, &model));
    ck_assert_ok(gnn_infer_nodes(model, graph, x, -1, 1, NULL, NULL, &outputs));
    ck_assert_int_eq(outputs->shape[0], 0);
    gnn_tensor_free(outputs);
    gnn_tensor_free(x);
    gnn_model_free(model);
    gnn_graph_free(graph);
}
END_TEST

START_TEST(blocks_give_what_the_whole_gives) {
    for (int sparse = 0; sparse < 2; sparse++) {
        toy t;
        toy_init(&t, 150, 3, sparse, 7);
        for (size_t i = 0; i < gnn_model_count(); i++) {
            const char *kind = gnn_model_get(i)->name;
            gnn_model *model = new_model(kind, &t, 2);
            gnn_train_options o = settings(2);
            gnn_train_report report;
            gnn_tensor *whole;
            ck_assert_ok(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report));
            ck_assert_ok(gnn_infer_nodes(model, t.graph, t.x, -1, 1, NULL, NULL, &whole));
            gnn_i_inference *inference;
            ck_assert_ok(gnn_i_inference_new(model, t.graph, 2, &inference));
            for (gnn_id rows = 11; rows <= 150; rows += 60) {
                const gnn_tensor *parts;
                ck_assert_ok(gnn_i_inference_run(
                    inference, t.x, gnn_model_n_stages(model), rows, NULL, NULL, &parts));
                ck_assert_int_eq(parts->shape[0], 150);
                ck_assert_close(gnn_tensor_real(parts), gnn_tensor_real(whole), 450, 1e-4,
                                1e-5);
            }
            gnn_i_inference_free(inference);
            gnn_tensor_free(whole);
            gnn_model_free(model);
        }
        toy_clear(&t);
    }
}
END_TEST

START_TEST(memory_is_foretold) {
    toy t;
    toy_init(&t, 400, 3, false, 7);
    gnn_model *gcn = new_model("gcn", &t, 2), *gat = new_model("gat", &t, 2);
    size_t training, inference, wider;
    ck_assert_ok(gnn_train_memory(gcn, &t.task, &training, &inference));
    ck_assert_uint_gt(inference, 400 * 8 * sizeof(gnn_real));
    ck_assert_uint_gt(training, inference);
    ck_assert_ok(gnn_train_memory(gat, &t.task, &wider, &inference));
    ck_assert_uint_gt(wider, training);
    gnn_model_free(gcn);
    gnn_model_free(gat);
    toy_clear(&t);
}
END_TEST

/* ---- other tasks, refusals ---- */

START_TEST(labels_and_numbers_are_learned_too) {
    toy t;
    toy_init(&t, 300, 3, false, 8);
    t.task.class_of = NULL;
    t.target[0] = (gnn_real)NAN;
    for (int kind = GNN_TASK_MULTILABEL; kind <= GNN_TASK_REGRESS; kind++) {
        gnn_model *model = new_model("sage", &t, 1);
        gnn_train_options o = settings(80);
        gnn_train_report report;
        t.task.kind = (gnn_task)kind;
        ck_assert_ok(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report));
        if (kind == GNN_TASK_REGRESS)
            ck_assert(report.test.rmse < 0.47);
        else
            ck_assert(report.test.accuracy > 0.75 && report.test.roc_auc > 0.75);
        gnn_model_free(model);
    }
    toy_clear(&t);
}
END_TEST

START_TEST(wrong_settings_are_refused) {
    toy t;
    toy_init(&t, 60, 3, false, 9);
    gnn_model *model = new_model("gcn", &t, 1);
    gnn_train_options o = settings(2);
    gnn_train_report report;
    strcpy(o.group_decay, "first:0.1;last:0");
    ck_assert_fails(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "group 'last'");
    strcpy(o.group_decay, "first=0.1");
    ck_assert_fails(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "GROUP:NUMBER");
    o = settings(2);
    o.batch = 8;
    strcpy(o.fanout, "3,3,3");
    ck_assert_fails(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "3 numbers, the model has 2 hops");
    strcpy(o.fanout, "3,x");
    ck_assert_fails(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "fanout");
    t.class_of[5] = 3;
    ck_assert_fails(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report),
                    GNN_ERR_ARGUMENT, "node 5 has class 3");
    t.class_of[5] = 2;
    o = settings(2);
    for (o.monitor = 6; o.monitor < 8; o.monitor++) /* rmse, mae */
        ck_assert_fails(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report),
                        GNN_ERR_ARGUMENT,
                        "the task has loss, accuracy, macro_f1, micro_f1, roc_auc, "
                        "average_precision");
    o = settings(3);
    gnn_tensor_real(t.x)[0] = (gnn_real)1e38;
    o.optimizer.lr = 1e6;
    ck_assert_fails(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report),
                    GNN_ERR_NUMERIC, "");
    gnn_model_free(model);
    toy_clear(&t);
}
END_TEST

/* Options that no text was parsed into. */
START_TEST(settings_out_of_range_are_named) {
    toy t;
    toy_init(&t, 60, 3, false, 9);
    gnn_model *model = new_model("gcn", &t, 1);
    gnn_train_options all[5];
    const char *message[] = {"evaluate-every is 0", "batch is -5", "monitor is choice 77",
                             "lr is -1", "fanout is a text without end"};
    gnn_train_report report;
    for (int i = 0; i < 5; i++) all[i] = settings(2);
    all[0].evaluate_every = 0;
    all[1].batch = -5;
    all[2].monitor = 77;
    all[3].optimizer.lr = -1;
    memset(all[4].fanout, '1', sizeof all[4].fanout);
    for (int i = 0; i < 5; i++)
        ck_assert_fails(
            gnn_train_nodes(model, &t.task, &all[i], NULL, NULL, NULL, &report),
            GNN_ERR_ARGUMENT, message[i]);
    gnn_model_free(model);
    toy_clear(&t);
}
END_TEST

START_TEST(what_does_not_fit_is_refused) {
    toy t;
    toy_init(&t, 60, 3, false, 9);
    gnn_model *model = new_model("gcn", &t, 1), *wide;
    gnn_graph *range = NULL;
    gnn_tensor *outputs;
    gnn_metrics metrics;
    gnn_id far[] = {0, 60};
    gnn_node_task none = t.task;
    none.x = NULL;
    ck_assert_ok(gnn_model_new("gcn", 8, 7, NULL, 1, &wide));
    ck_assert_fails(gnn_evaluate_nodes(wide, &t.task, GNN_PART_TEST, 1, &metrics),
                    GNN_ERR_SHAPE, "7 outputs, the task 3");
    ck_assert_fails(gnn_evaluate_nodes(model, &t.task, (gnn_part)4, 1, &metrics),
                    GNN_ERR_ARGUMENT, "no part 4");
    ck_assert_fails(gnn_evaluate_nodes(model, &none, GNN_PART_TEST, 1, &metrics),
                    GNN_ERR_SHAPE, "0 rows");
    ck_assert_ok(gnn_evaluate_nodes(model, &t.task, GNN_PART_TEST, 1, &metrics));
    ck_assert_ok(gnn_graph_rows(t.graph, 0, 20, &range));
    ck_assert_fails(gnn_infer_nodes(model, range, t.x, -1, 1, NULL, NULL, &outputs),
                    GNN_ERR_SHAPE, "20 targets");
    gnn_model_free(model);
    ck_assert_ok(gnn_model_new("gcn", 9, 3, NULL, 1, &model));
    ck_assert_fails(gnn_infer_nodes(model, t.graph, t.x, -1, 1, NULL, NULL, &outputs),
                    GNN_ERR_SHAPE, "8 columns, the model expects 9");
    gnn_model_free(model);
    ck_assert_ok(gnn_model_new("majority", 8, 3, NULL, 1, &model));
    ck_assert_fails(gnn_model_fit(model, t.graph, t.class_of, 2, far), GNN_ERR_ARGUMENT,
                    "row 60");
    ck_assert_fails(gnn_model_fit(model, t.graph, t.class_of, 61, NULL), GNN_ERR_ARGUMENT,
                    "61 rows");
    gnn_graph_free(range);
    gnn_model_free(model);
    gnn_model_free(wide);
    toy_clear(&t);
}
END_TEST

static toy starved;
static gnn_status train_once(void *unused) {
    gnn_status status = GNN_OK;
    gnn_model *model = NULL;
    gnn_train_options o = settings(2);
    gnn_train_report report;
    (void)unused;
    o.batch = 16;
    strcpy(o.fanout, "2,2");
    GNN_TRY(gnn_model_new("gcn", starved.x->shape[1], 3, NULL, 1, &model));
    GNN_TRY(gnn_train_nodes(model, &starved.task, &o, NULL, NULL, NULL, &report));
cleanup:
    gnn_model_free(model);
    return status;
}

START_TEST(lack_of_memory_is_survived) {
    toy_init(&starved, 40, 3, true, 5);
    /* The graph keeps views it has made: make them first. */
    ck_assert_ok(train_once(NULL));
    ck_assert_int_gt(support_starve(train_once, NULL), 20);
    toy_clear(&starved);
}
END_TEST

TESTS("train/loop", 60, every_model_beats_a_guess, threads_do_not_change_the_result,
      a_resumed_run_ends_with_the_same_bits, blocks_give_what_the_whole_gives,
      graph_norm_sees_the_whole_graph, memory_is_foretold,
      labels_and_numbers_are_learned_too, products_of_features_are_kept_while_training,
      models_without_hops_train_in_batches, graph_norm_sees_each_graph_of_a_batch,
      no_nodes_give_no_outputs, settings_out_of_range_are_named,
      what_does_not_fit_is_refused, wrong_settings_are_refused,
      lack_of_memory_is_survived)
