/* One epoch of steps: the whole graph at once, or batches of target nodes with sampled
 * neighbours. Everything random depends on the seed and the number of the step or
 * epoch. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gnn/loss.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "train/trainer.h"

/* Streams of the seed: dropout draws by step from 0 up; these stand far above. */
enum { SHUFFLE_STREAM = 1, SAMPLE_STREAM = 2 };
static uint64_t stream_of(uint64_t purpose, int64_t number) {
    return purpose << 60 | (uint64_t)number;
}

gnn_tensor *gnn_i_task_loss(gnn_context *ctx, const gnn_i_trainer *t, gnn_tensor *z,
                            const gnn_id *class_of, const gnn_real *target,
                            int64_t n_rows, const gnn_id *rows) {
    switch (t->task->kind) {
    case GNN_TASK_CLASS:
        return gnn_cross_entropy(ctx, z, class_of, n_rows, rows, t->class_weight,
                                 (gnn_real)t->options->smoothing);
    case GNN_TASK_MULTILABEL:
        return gnn_bce_with_logits(ctx, z, target, n_rows, rows, NULL);
    default: return gnn_mse(ctx, z, target, n_rows, rows);
    }
}

/* Backward and update from a loss; *value receives the loss. */
static gnn_status finish_step(gnn_i_trainer *t, gnn_tensor *loss, double *value) {
    gnn_status status = GNN_OK;
    double factor = gnn_schedule_factor(&t->at.schedule, t->at.epoch + 1);
    GNN_TRY(gnn_backward(t->ctx, loss));
    *value = (double)*gnn_tensor_real(loss);
    GNN_CHECK(isfinite(*value), GNN_ERR_NUMERIC,
              "epoch %lld: the loss is not finite; a smaller learning rate may help",
              (long long)t->at.epoch + 1);
    GNN_TRY(gnn_optimizer_step(t->optimizer, t->ctx, factor));
cleanup:
    return status;
}

static gnn_status full_step(gnn_i_trainer *t, double *loss) {
    const gnn_node_task *task = t->task;
    gnn_context_begin(t->ctx, GNN_TRAIN, (uint64_t)++t->at.step);
    gnn_tensor *z = gnn_model_forward(t->ctx, t->model, 1, &task->graph, &t->x);
    return finish_step(t,
                       gnn_i_task_loss(t->ctx, t, z, task->class_of, task->target,
                                       t->n_rows[GNN_PART_TRAIN],
                                       t->rows[GNN_PART_TRAIN]),
                       loss);
}

/* ---- sampled batches ---- */

/* "10,5" → one number a hop; one number serves all hops, none means all neighbours. */
static gnn_status parse_fanout(const char *text, int n_hops, int *fanout) {
    int n = 0;
    for (int h = 0; h < n_hops; h++) fanout[h] = -1;
    for (const char *at = text; *at;) {
        char *end;
        long value = strtol(at, &end, 10);
        bool ends = *end == 0 || (*end == ',' && end[1] != 0);
        if (end == at || !ends || value < -1 || value == 0 || value > 1000000)
            return gnn_fail(
                GNN_ERR_ARGUMENT,
                "fanout '%s': expected numbers like 10,5 (-1: all neighbours)", text);
        if (n < n_hops) fanout[n] = (int)value;
        n++;
        at = *end ? end + 1 : end;
    }
    if (n == 1)
        for (int h = 1; h < n_hops; h++) fanout[h] = fanout[0];
    if (n > 1 && n != n_hops)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "fanout '%s' has %d numbers, the model has %d hops", text, n,
                        n_hops);
    return GNN_OK;
}

gnn_status gnn_i_prepare_batches(gnn_i_trainer *t) {
    gnn_status status = GNN_OK;
    int *fanout = NULL;
    size_t n = (size_t)t->n_rows[GNN_PART_TRAIN], batch = (size_t)t->options->batch;
    if (batch > n) batch = n;
    GNN_CHECK(!gnn_model_needs_whole_graph(t->model), GNN_ERR_ARGUMENT,
              "batch is %lld, but this model sees the whole graph at once: it has graph "
              "norm or learned GCN weights",
              (long long)t->options->batch);
    t->n_hops = gnn_model_n_hops(t->model);
    GNN_TRY(gnn_i_alloc(&fanout, (size_t)t->n_hops, sizeof *fanout, "the fan-outs"));
    GNN_TRY(parse_fanout(t->options->fanout, t->n_hops, fanout));
    GNN_TRY(
        gnn_i_calloc(&t->blocks, (size_t)t->n_hops + 1, sizeof *t->blocks, "a batch"));
    if (t->n_hops > 0) /* else a node is all that its output sees */
        GNN_TRY(gnn_sampler_new(t->task->graph, t->n_hops, fanout,
                                gnn_context_n_threads(t->ctx), &t->sampler));
    GNN_TRY(gnn_i_inference_new(t->model, t->task->graph, gnn_context_n_threads(t->ctx),
                                &t->inference));
    GNN_TRY(gnn_i_alloc(&t->order, n, sizeof *t->order, "the order of training nodes"));
    if (t->task->class_of)
        GNN_TRY(gnn_i_alloc(&t->batch_class, batch, sizeof *t->batch_class, "a batch"));
    if (t->task->target)
        GNN_TRY(gnn_i_alloc(&t->batch_target, batch * (size_t)t->task->n_outputs,
                            sizeof *t->batch_target, "a batch"));
cleanup:
    gnn_i_free(fanout);
    return status;
}

static void take_labels(gnn_i_trainer *t, const gnn_id *nodes, int64_t n) {
    int64_t k = t->task->n_outputs;
    for (int64_t i = 0; i < n; i++) {
        if (t->batch_class) t->batch_class[i] = t->task->class_of[nodes[i]];
        if (t->batch_target)
            memcpy(t->batch_target + i * k, t->task->target + nodes[i] * k,
                   (size_t)k * sizeof *t->batch_target);
    }
}

static gnn_status batch_step(gnn_i_trainer *t, const gnn_id *seeds, int64_t n,
                             double *loss) {
    gnn_status status = GNN_OK;
    const gnn_id *sources = seeds;
    int64_t n_sources = n;
    t->at.step++;
    if (t->sampler)
        GNN_TRY(gnn_sampler_draw(t->sampler, n, seeds, t->options->seed,
                                 stream_of(SAMPLE_STREAM, t->at.step), t->blocks,
                                 &sources, &n_sources));
    GNN_TRY(gnn_tensor_take_rows(&t->x, n_sources, sources, &t->batch_x));
    take_labels(t, seeds, n);
    gnn_context_begin(t->ctx, GNN_TRAIN, (uint64_t)t->at.step);
    gnn_tensor *z = gnn_model_forward(t->ctx, t->model, t->n_hops,
                                      (const gnn_graph *const *)t->blocks, t->batch_x);
    GNN_TRY(finish_step(
        t, gnn_i_task_loss(t->ctx, t, z, t->batch_class, t->batch_target, n, NULL),
        loss));
cleanup:
    return status;
}

gnn_status gnn_i_train_epoch(gnn_i_trainer *t, double *mean) {
    gnn_status status = GNN_OK;
    int64_t n = t->n_rows[GNN_PART_TRAIN], batch = t->options->batch;
    double sum = 0, loss = 0, began = gnn_i_now();
    if (!batch) {
        status = full_step(t, mean);
        gnn_i_times_add(&t->step_times, gnn_i_now() - began);
        return status;
    }
    memcpy(t->order, t->rows[GNN_PART_TRAIN], (size_t)n * sizeof *t->order);
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, t->options->seed, stream_of(SHUFFLE_STREAM, t->at.epoch));
    gnn_i_rng_shuffle(&rng, t->order, n);
    for (int64_t first = 0; first < n; first += batch) {
        int64_t count = n - first < batch ? n - first : batch;
        began = gnn_i_now();
        GNN_TRY(batch_step(t, t->order + first, count, &loss));
        gnn_i_times_add(&t->step_times, gnn_i_now() - began);
        sum += loss * (double)count;
    }
    *mean = sum / (double)n;
cleanup:
    return status;
}
