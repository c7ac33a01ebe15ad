/* No allocation from the second step on, by anyone in the process, in every model's
 * loop. */
#include "support/interpose.h"
#include "support/support.h"
#include "support/toy.h"

enum { EPOCHS = 8 };

static int64_t seen[EPOCHS + 1];

static int note(void *user, const gnn_epoch *epoch) {
    (void)user;
    seen[epoch->epoch] = support_allocations();
    return 0;
}

static void count(const char *kind, const toy *t, int threads, int64_t batch) {
    gnn_model *model;
    gnn_train_options o;
    gnn_train_report report;
    ck_assert_ok(gnn_model_new(kind, t->x->shape[1], t->task.n_outputs, NULL, 1, &model));
    gnn_train_options_init(&o);
    o.epochs = EPOCHS;
    o.n_threads = threads;
    o.batch = batch;
    strcpy(o.fanout, batch ? "3" : "");
    ck_assert_ok(gnn_train_nodes(model, &t->task, &o, NULL, note, NULL, &report));
    /* A full batch repeats itself from the second step on; sampled batches have all seen
     * their largest soon, but not at once. */
    int from = batch ? EPOCHS - 2 : 1;
    if (report.epochs == EPOCHS)
        ck_assert_msg(seen[EPOCHS] == seen[from],
                      "%s, %d threads, batch %d: %d allocations after epoch %d", kind,
                      threads, (int)batch, (int)(seen[EPOCHS] - seen[from]), from);
    gnn_model_free(model);
}

START_TEST(full_batches) {
    for (int sparse = 0; sparse < 2; sparse++) {
        toy t;
        toy_init(&t, 300, 3, sparse, 1);
        for (size_t i = 0; i < gnn_model_count(); i++)
            for (int threads = 1; threads <= 2; threads++)
                count(gnn_model_get(i)->name, &t, threads, 0);
        for (size_t i = 0; i < gnn_layer_count(); i++)
            count(gnn_layer_get(i)->name, &t, 2, 0);
        toy_clear(&t);
    }
}
END_TEST

START_TEST(sampled_batches) {
    toy t;
    toy_init(&t, 300, 3, true, 1);
    const char *kinds[] = {"gcn", "sage", "gat"};
    for (int k = 0; k < 3; k++)
        for (int threads = 1; threads <= 2; threads++) count(kinds[k], &t, threads, 32);
    toy_clear(&t);
}
END_TEST

TESTS("train/steady", 60, full_batches, sampled_batches)
