/* Weights of arcs that layers ask for again and again: GCN's normalisation, row means,
 * and either in the order of the transpose. The formulas stand in graph.h. */
#include <math.h>

#include <gnn/parallel.h>

#include "graph/storage.h"

/* One array of numbers, the storage of most views here. */
typedef struct array_view {
    gnn_i_buffer values;
} array_view;

static void array_free(void *view) {
    array_view *v = view;
    gnn_i_buffer_clear(&v->values);
    gnn_i_free(v);
}

static size_t array_bytes(const void *view) {
    return sizeof(array_view) + ((const array_view *)view)->values.bytes;
}

/* `*view` with room for n numbers. */
static gnn_status array_reserve(void **view, gnn_off n, const char *what,
                                gnn_real **values) {
    gnn_status status = GNN_OK;
    *values = NULL;
    if (*view == NULL) status = gnn_i_calloc(view, 1, sizeof(array_view), what);
    if (status != GNN_OK) return status;
    array_view *v = *view;
    status = gnn_i_buffer_reserve(&v->values, (size_t)n, sizeof(gnn_real), what);
    *values = v->values.data;
    return status;
}

static gnn_status array_get(const gnn_graph *graph, const gnn_i_view_kind *kind,
                            uint64_t number, const gnn_real **values) {
    const void *view;
    gnn_status status = gnn_i_graph_view(graph, kind, number, NULL, &view);
    *values = status == GNN_OK ? ((const array_view *)view)->values.data : NULL;
    return status;
}

/* Sum of the weights of row r, in order, in double. */
static double row_sum(const gnn_graph *graph, gnn_id r) {
    gnn_off begin = graph->csr.row_ptr[r], end = graph->csr.row_ptr[r + 1];
    if (graph->weight == NULL) return (double)(end - begin);
    double sum = 0;
    for (gnn_off a = begin; a < end; a++) sum += (double)graph->weight[a];
    return sum;
}

/* ---- loops over blocks of rows ---- */

typedef struct row_task {
    const gnn_graph *graph;
    int64_t n_blocks;
    bool self_loops;
    gnn_real *out;        /* what the loop fills */
    const gnn_real *root; /* 1/sqrt(d) of the nodes of the whole graph */
    gnn_real *diag;
} row_task;

static void run_rows(row_task *task, gnn_block_body body) {
    task->n_blocks = gnn_i_graph_n_blocks(&task->graph->csr);
    gnn_parallel_for(task->graph->n_threads, task->n_blocks, body, task);
}

static void block_rows(const row_task *task, int64_t block, gnn_id *first, gnn_id *last) {
    *first = gnn_i_graph_row_bound(&task->graph->csr, block, task->n_blocks);
    *last = gnn_i_graph_row_bound(&task->graph->csr, block + 1, task->n_blocks);
}

/* ---- inverse degrees ---- */

static void inverse_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const row_task *task = argument;
    gnn_id r, last;
    for (block_rows(task, block, &r, &last); r < last; r++) {
        double sum = row_sum(task->graph, r);
        task->out[r] = sum != 0 ? (gnn_real)(1 / sum) : 0;
    }
}

static gnn_status inverse_build(const gnn_graph *graph, uint64_t number,
                                const void *argument, void **view) {
    (void)number;
    (void)argument;
    row_task task = {.graph = graph};
    gnn_status status =
        array_reserve(view, graph->csr.n_rows, "inverse degrees", &task.out);
    if (status == GNN_OK) run_rows(&task, inverse_block);
    return status;
}

static const gnn_i_view_kind inverse_kind = {"inverse degrees", inverse_build, array_free,
                                             array_bytes, true};

gnn_status gnn_i_graph_inverse_degree(const gnn_graph *graph, const gnn_real **inverse) {
    return array_get(graph, &inverse_kind, 0, inverse);
}

/* ---- 1 / sqrt(d) of every node, kept by whole graphs ---- */

static void root_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const row_task *task = argument;
    gnn_id r, last;
    for (block_rows(task, block, &r, &last); r < last; r++) {
        double d = row_sum(task->graph, r) + (task->self_loops ? 1 : 0);
        task->out[r] = d > 0 ? (gnn_real)(1 / sqrt(d)) : 0;
    }
}

static gnn_status root_build(const gnn_graph *graph, uint64_t number,
                             const void *argument, void **view) {
    (void)argument;
    row_task task = {.graph = graph, .self_loops = number != 0};
    if (graph->csr.n_rows != graph->csr.n_cols)
        return gnn_fail(
            GNN_ERR_SHAPE,
            "GCN weights need a square graph, this one has %d targets, %d sources",
            graph->csr.n_rows, graph->csr.n_cols);
    gnn_status status = array_reserve(view, graph->csr.n_rows, "GCN degrees", &task.out);
    if (status == GNN_OK) run_rows(&task, root_block);
    return status;
}

static const gnn_i_view_kind root_kind = {"GCN degrees", root_build, array_free,
                                          array_bytes, true};

/* ---- GCN weights ---- */

typedef struct gcn_view {
    gnn_i_gcn_weights view; /* first: what callers get */
    gnn_i_buffer arc, diag;
} gcn_view;

static void gcn_free(void *view) {
    gcn_view *v = view;
    gnn_i_buffer_clear(&v->arc);
    gnn_i_buffer_clear(&v->diag);
    gnn_i_free(v);
}

static size_t gcn_bytes(const void *view) {
    const gcn_view *v = view;
    return sizeof *v + v->arc.bytes + v->diag.bytes;
}

/* The products of float factors are rounded once and do not depend on which of i and j is
 * the target: a symmetric graph gets bit-symmetric weights. */
static void gcn_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const row_task *task = argument;
    const gnn_graph *graph = task->graph;
    const gnn_csr *csr = &graph->csr;
    gnn_off origin = csr->row_ptr[0];
    gnn_id r, last;
    for (block_rows(task, block, &r, &last); r < last; r++) {
        double root = (double)task->root[r];
        if (task->diag != NULL) task->diag[r] = (gnn_real)(root * root);
        for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++) {
            double product = root * (double)task->root[csr->col[a]];
            if (graph->weight != NULL) product *= (double)graph->weight[a];
            task->out[a - origin] = (gnn_real)product;
        }
    }
}

/* A target of a sampled block: row i of the whole graph, n_i of its arcs scaled from
 * m_i. */
static void gcn_sampled_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const row_task *task = argument;
    const gnn_graph *graph = task->graph;
    const gnn_csr *csr = &graph->csr;
    const gnn_off *whole = graph->parent->csr.row_ptr;
    gnn_id r, last;
    for (block_rows(task, block, &r, &last); r < last; r++) {
        gnn_id node = graph->node[r];
        double root = (double)task->root[node];
        gnn_off drawn = csr->row_ptr[r + 1] - csr->row_ptr[r];
        gnn_off degree = whole[node + 1] - whole[node];
        if (task->diag != NULL) task->diag[r] = (gnn_real)(root * root);
        for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++) {
            double product = root * (double)task->root[graph->node[csr->col[a]]];
            if (graph->weight != NULL) product *= (double)graph->weight[a];
            if (drawn < degree) product *= (double)degree / (double)drawn;
            task->out[a] = (gnn_real)product;
        }
    }
}

/* A range of rows points into the arrays of its whole graph. */
static gnn_status gcn_of_range(const gnn_graph *graph, bool self_loops, gcn_view *v) {
    const gnn_graph *whole = graph->parent;
    const gnn_i_gcn_weights *weights;
    gnn_status status = gnn_i_graph_gcn_weights(whole, self_loops, &weights);
    if (status != GNN_OK) return status;
    gnn_id first = graph->csr.row_offset - whole->csr.row_offset;
    v->view.arc = NULL;
    if (weights->arc != NULL)
        v->view.arc = weights->arc + (graph->csr.row_ptr[0] - whole->csr.row_ptr[0]);
    v->view.diag = weights->diag != NULL ? weights->diag + first : NULL;
    return GNN_OK;
}

static gnn_status gcn_compute(const gnn_graph *graph, bool self_loops, gcn_view *v) {
    row_task task = {.graph = graph, .self_loops = self_loops};
    bool sampled = graph->kind == GNN_I_GRAPH_BLOCK;
    gnn_status status;
    GNN_TRY(
        array_get(sampled ? graph->parent : graph, &root_kind, self_loops, &task.root));
    GNN_TRY(gnn_i_buffer_reserve(&v->arc, (size_t)graph->csr.n_arcs, sizeof(gnn_real),
                                 "GCN weights"));
    if (self_loops)
        GNN_TRY(gnn_i_buffer_reserve(&v->diag, (size_t)graph->csr.n_rows,
                                     sizeof(gnn_real), "GCN weights"));
    task.out = v->arc.data;
    task.diag = self_loops ? v->diag.data : NULL;
    run_rows(&task, sampled ? gcn_sampled_block : gcn_block);
    v->view = (gnn_i_gcn_weights){task.out, task.diag};
cleanup:
    return status;
}

static gnn_status gcn_build(const gnn_graph *graph, uint64_t number, const void *argument,
                            void **view) {
    (void)argument;
    gnn_status status = GNN_OK;
    if (*view == NULL) status = gnn_i_calloc(view, 1, sizeof(gcn_view), "GCN weights");
    if (status != GNN_OK) return status;
    bool self_loops = number != 0;
    return graph->kind == GNN_I_GRAPH_ROWS ? gcn_of_range(graph, self_loops, *view)
                                           : gcn_compute(graph, self_loops, *view);
}

static const gnn_i_view_kind gcn_kind = {"GCN weights", gcn_build, gcn_free, gcn_bytes,
                                         true};

gnn_status gnn_i_graph_gcn_weights(const gnn_graph *graph, bool self_loops,
                                   const gnn_i_gcn_weights **view) {
    const void *v;
    gnn_status status = gnn_i_graph_view(graph, &gcn_kind, self_loops, NULL, &v);
    *view = v;
    return status;
}

/* ---- in the order of the transpose ---- */

typedef struct permutation {
    const gnn_real *from;
    const gnn_id *arc;
    gnn_real *to;
    gnn_off n;
} permutation;

enum { PERMUTE_BLOCK = 65536 };

static void permute_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const permutation *p = argument;
    gnn_off last = (block + 1) * PERMUTE_BLOCK;
    if (last > p->n) last = p->n;
    for (gnn_off k = block * PERMUTE_BLOCK; k < last; k++) p->to[k] = p->from[p->arc[k]];
}

/* to[k] = from[number in the graph of the k-th arc of the transpose] */
static gnn_status permute(const gnn_graph *graph, const gnn_real *from, void **view) {
    const gnn_i_transpose *transpose;
    permutation p = {.from = from, .n = graph->csr.n_arcs};
    gnn_status status = gnn_i_graph_transpose(graph, &transpose);
    if (status == GNN_OK)
        status = array_reserve(view, p.n, "weights of a transpose", &p.to);
    if (status != GNN_OK) return status;
    p.arc = transpose->arc;
    gnn_parallel_for(graph->n_threads, (p.n + PERMUTE_BLOCK - 1) / PERMUTE_BLOCK,
                     permute_block, &p);
    return GNN_OK;
}

static gnn_status gcn_transpose_build(const gnn_graph *graph, uint64_t number,
                                      const void *argument, void **view) {
    (void)argument;
    const gnn_i_gcn_weights *weights;
    gnn_status status = gnn_i_graph_gcn_weights(graph, number != 0, &weights);
    return status == GNN_OK ? permute(graph, weights->arc, view) : status;
}

static const gnn_i_view_kind gcn_transpose_kind = {
    "GCN weights of a transpose", gcn_transpose_build, array_free, array_bytes, true};

gnn_status gnn_i_graph_gcn_transpose(const gnn_graph *graph, bool self_loops,
                                     const gnn_real **transpose_arc) {
    if (!graph->symmetric)
        return array_get(graph, &gcn_transpose_kind, self_loops, transpose_arc);
    const gnn_i_gcn_weights *weights;
    gnn_status status = gnn_i_graph_gcn_weights(graph, self_loops, &weights);
    *transpose_arc = status == GNN_OK ? weights->arc : NULL;
    return status;
}

static gnn_status weight_transpose_build(const gnn_graph *graph, uint64_t number,
                                         const void *argument, void **view) {
    (void)number;
    (void)argument;
    return permute(graph, graph->weight + graph->csr.row_ptr[0], view);
}

static const gnn_i_view_kind weight_transpose_kind = {
    "weights of a transpose", weight_transpose_build, array_free, array_bytes, true};

gnn_status gnn_i_graph_transpose_weight(const gnn_graph *graph, const gnn_real **weight) {
    if (graph->weight != NULL && !graph->symmetric)
        return array_get(graph, &weight_transpose_kind, 0, weight);
    *weight = graph->weight;
    return GNN_OK;
}
