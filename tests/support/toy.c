#include "support/toy.h"

#include "support/support.h"

enum { WIDTH = 8, INSIDE = 3 };

static gnn_graph *communities(gnn_id n, int classes, uint64_t seed) {
    int64_t n_edges = (int64_t)n * (INSIDE + 1);
    gnn_id *u = malloc((size_t)n_edges * sizeof *u),
           *v = malloc((size_t)n_edges * sizeof *v);
    ck_assert(u && v);
    for (int64_t e = 0; e < n_edges; e++) {
        gnn_id from = (gnn_id)(e / (INSIDE + 1));
        gnn_id to = (gnn_id)support_below(seed, (uint64_t)e, n);
        if (e % (INSIDE + 1) < INSIDE) to = (gnn_id)(to - to % classes + from % classes);
        u[e] = from;
        v[e] = to < n ? to : from;
    }
    gnn_graph *graph;
    gnn_graph_options options = GNN_GRAPH_OPTIONS_INIT;
    options.drop_self_loops = true;
    options.n_threads = 1;
    ck_assert_ok(gnn_graph_new(n, n_edges, u, v, NULL, &options, &graph));
    free(u);
    free(v);
    return graph;
}

static gnn_tensor *features(gnn_id n, int classes, bool sparse, uint64_t seed) {
    gnn_tensor *x;
    ck_assert_ok(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, (int64_t[]){n, WIDTH}, &x));
    gnn_real *values = gnn_tensor_real(x);
    support_fill(values, (size_t)n * WIDTH, seed);
    for (gnn_id i = 0; i < n; i++) values[i * WIDTH + i % classes] += (gnn_real)0.8;
    if (!sparse) return x;
    gnn_off *row_ptr = malloc(((size_t)n + 1) * sizeof *row_ptr);
    gnn_id *col = malloc((size_t)n * WIDTH * sizeof *col);
    gnn_real *kept = malloc((size_t)n * WIDTH * sizeof *kept);
    ck_assert(row_ptr && col && kept);
    gnn_off at = 0;
    for (gnn_id i = 0; i < n; i++) {
        row_ptr[i] = at;
        for (gnn_id j = 0; j < WIDTH; j++)
            if (values[i * WIDTH + j] > (gnn_real)0.2) {
                col[at] = j;
                kept[at++] = values[i * WIDTH + j];
            }
    }
    row_ptr[n] = at;
    gnn_tensor *thin;
    ck_assert_ok(
        gnn_tensor_new_sparse(GNN_AXIS_NODE, n, WIDTH, row_ptr, col, kept, &thin));
    free(row_ptr);
    free(col);
    free(kept);
    gnn_tensor_free(x);
    return thin;
}

void toy_init(toy *t, gnn_id n, int classes, bool sparse, uint64_t seed) {
    t->graph = communities(n, classes, seed);
    t->x = features(n, classes, sparse, seed + 1);
    t->class_of = malloc((size_t)n * sizeof *t->class_of);
    t->part = malloc((size_t)n);
    t->target = calloc((size_t)n * (size_t)classes, sizeof *t->target);
    ck_assert(t->class_of && t->part && t->target);
    for (gnn_id i = 0; i < n; i++) {
        const uint8_t parts[] = {GNN_PART_TRAIN, GNN_PART_TRAIN, GNN_PART_VALID,
                                 GNN_PART_TEST};
        t->class_of[i] = i % classes;
        t->target[i * classes + i % classes] = 1;
        t->part[i] = parts[support_below(seed + 2, (uint64_t)i, 4)];
    }
    t->task = (gnn_node_task){.kind = GNN_TASK_CLASS,
                              .graph = t->graph,
                              .x = t->x,
                              .n_outputs = classes,
                              .class_of = t->class_of,
                              .target = t->target,
                              .part = t->part};
}

void toy_clear(toy *t) {
    gnn_graph_free(t->graph);
    gnn_tensor_free(t->x);
    free(t->class_of);
    free(t->part);
    free(t->target);
}
