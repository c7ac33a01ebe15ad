/* How long is one full-batch training step, and how much memory does it take?
 *
 *   train_step data SPEC MODEL [OPTIONS [STEPS]]   a data set's public or random split
 *   train_step large MODEL [OPTIONS [STEPS [PAIRS]]]   170,000 nodes, 600,000 pairs (1.2
 *   M
 *                                                  arcs), 128 features, 40 classes
 *
 * MODEL and OPTIONS as in `gnn train node`. The large graph has sources n u², u uniform:
 * a few nodes of very high degree; features, labels and the training half are random.
 * Prints least and median of the steps after the first, the peak of resident memory, and
 * the memory held before training. Environment: GNN_BENCH_THREADS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <datasets/datasets.h>
#include <gnn/gnn.h>

#include "core/alloc.h"
#include "core/graph_take.h"
#include "core/rng.h"

enum { MOST_STEPS = 10000 };

typedef struct timings {
    int n;
    double seconds[MOST_STEPS];
} timings;

static int note_epoch(void *user, const gnn_epoch *epoch) {
    timings *t = user;
    if (t->n < MOST_STEPS) t->seconds[t->n++] = epoch->seconds;
    return 0;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double resident_peak_mb(void) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024;
}

/* The synthetic graph and its random task. */
static gnn_status make_large(int64_t n_pairs, gnn_node_task *task, gnn_graph **graph) {
    enum { N = 170000, FEATURES = 128, CLASSES = 40 };
    gnn_status status = GNN_OK;
    gnn_id *source = NULL, *target = NULL, *class_of;
    uint8_t *part;
    gnn_tensor *x;
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 0, 0);
    GNN_TRY(gnn_i_alloc(&source, (size_t)n_pairs, sizeof *source, "pairs"));
    GNN_TRY(gnn_i_alloc(&target, (size_t)n_pairs, sizeof *target, "pairs"));
    for (int64_t i = 0; i < n_pairs; i++) {
        double u = gnn_i_rng_uniform(&rng);
        source[i] = (gnn_id)(N * u * u);
        target[i] = (gnn_id)gnn_i_rng_below(&rng, N);
    }
    GNN_TRY(gnn_i_graph_new_take(N, n_pairs, source, target, NULL, NULL, graph));
    source = target = NULL;
    GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, (int64_t[]){N, FEATURES}, &x));
    GNN_TRY(gnn_i_alloc(&class_of, N, sizeof *class_of, "labels"));
    GNN_TRY(gnn_i_alloc(&part, N, sizeof *part, "split"));
    for (int64_t i = 0; i < (int64_t)N * FEATURES; i++)
        gnn_tensor_real(x)[i] = (gnn_real)(2 * gnn_i_rng_uniform(&rng) - 1);
    for (int i = 0; i < N; i++) {
        class_of[i] = (gnn_id)gnn_i_rng_below(&rng, CLASSES);
        part[i] = gnn_i_rng_uniform(&rng) < .54 ? GNN_PART_TRAIN : GNN_PART_NONE;
    }
    *task = (gnn_node_task){.kind = GNN_TASK_CLASS,
                            .graph = *graph,
                            .x = x,
                            .n_outputs = CLASSES,
                            .class_of = class_of,
                            .part = part};
cleanup:
    gnn_i_free(source);
    gnn_i_free(target);
    return status;
}

/* A data set with its training nodes; the rest is left out, so that nothing is
 * evaluated. */
static gnn_status read_data(const char *spec, data_nodes *nodes, gnn_node_task *task) {
    data_options options = {.normalize = "rows"};
    gnn_status status = data_nodes_read(spec, &options, nodes);
    if (status != GNN_OK) return status;
    if (!nodes->labels || !nodes->part || !nodes->features)
        return gnn_fail(GNN_ERR_INPUT, "%s: labels, features or a split are missing",
                        spec);
    for (gnn_id v = 0; v < gnn_graph_n_nodes(nodes->graph); v++)
        if (nodes->part[v] != GNN_PART_TRAIN) nodes->part[v] = GNN_PART_NONE;
    *task = (gnn_node_task){.kind = GNN_TASK_CLASS,
                            .graph = nodes->graph,
                            .x = nodes->features,
                            .n_outputs = nodes->labels->n_outputs,
                            .class_of = nodes->labels->class_of,
                            .part = nodes->part};
    return GNN_OK;
}

int main(int argc, char **argv) {
    gnn_status status = GNN_OK;
    bool large = argc > 2 && !strcmp(argv[1], "large");
    int at = large ? 2 : 3;
    if (argc <= at) {
        fprintf(stderr, "usage: train_step data SPEC MODEL [OPTIONS [STEPS]]\n"
                        "       train_step large MODEL [OPTIONS [STEPS [PAIRS]]]\n");
        return 2;
    }
    const char *kind = argv[at], *options_text = argc > at + 1 ? argv[at + 1] : "";
    int steps = argc > at + 2 ? atoi(argv[at + 2]) : large ? 6 : 300;
    int64_t n_pairs = argc > at + 3 ? atoll(argv[at + 3]) : 600000;
    static timings times;
    data_nodes nodes = {0};
    gnn_graph *graph = NULL;
    gnn_node_task task;
    gnn_model *model = NULL;
    gnn_train_options options;
    gnn_train_report report;
    gnn_train_options_init(&options);
    options.epochs = steps;
    options.n_threads =
        getenv("GNN_BENCH_THREADS") ? atoi(getenv("GNN_BENCH_THREADS")) : 0;
    if (large)
        GNN_TRY(make_large(n_pairs, &task, &graph));
    else
        GNN_TRY(read_data(argv[2], &nodes, &task));
    double before = resident_peak_mb();
    GNN_TRY(gnn_model_new(kind, gnn_tensor_width(task.x), task.n_outputs, options_text, 0,
                          &model));
    GNN_TRY(gnn_train_nodes(model, &task, &options, NULL, note_epoch, &times, &report));
    if (times.n > 1) {
        qsort(times.seconds + 1, (size_t)times.n - 1, sizeof *times.seconds, ascending);
        printf("%s %s: %d nodes, %lld arcs, isa %s: step median %.3f ms, least %.3f ms "
               "over %d; "
               "resident peak %.0f MB, %.0f MB before training\n",
               large ? "large" : argv[2], kind, gnn_graph_n_nodes(task.graph),
               (long long)gnn_graph_n_arcs(task.graph), gnn_isa(),
               1e3 * times.seconds[1 + (times.n - 1) / 2], 1e3 * times.seconds[1],
               times.n - 1, resident_peak_mb(), before);
    }
cleanup:
    if (status != GNN_OK) fprintf(stderr, "train_step: %s\n", gnn_last_error());
    gnn_model_free(model);
    if (large) {
        gnn_tensor_free((gnn_tensor *)task.x);
        gnn_i_free((void *)task.class_of);
        gnn_i_free((void *)task.part);
        gnn_graph_free(graph);
    } else
        data_nodes_clear(&nodes);
    return status != GNN_OK;
}
