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
    o = settings(20);
    o.optimizer.kind = GNN_OPT_SGD;
    o.optimizer.lr = o.optimizer.weight_decay = 1e6;
    ck_assert_fails(gnn_train_nodes(model, &t.task, &o, NULL, NULL, NULL, &report),
                    GNN_ERR_NUMERIC, "");
    gnn_model_free(model);
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
      labels_and_numbers_are_learned_too, wrong_settings_are_refused,
      lack_of_memory_is_survived)
