/* One block-diagonal graph of many: node v of graph g becomes graph_ptr[g] + v. */
#include <string.h>

#include "graph/storage.h"

/* What the parts add up to. */
typedef struct batch_size {
    int64_t n_nodes;
    int64_t n_arcs;
    int32_t n_types;
    bool weighted, typed, symmetric;
} batch_size;

static gnn_status measure(int64_t n, const gnn_graph *const *graphs, batch_size *size) {
    gnn_status status = GNN_OK;
    *size = (batch_size){.symmetric = true};
    for (int64_t i = 0; i < n; i++) {
        const gnn_graph *g = graphs[i];
        const gnn_csr *csr = &g->csr;
        GNN_CHECK(csr->n_rows == csr->n_cols, GNN_ERR_SHAPE,
                  "graph %lld of a batch has %d targets and %d sources, need as many",
                  (long long)i, csr->n_rows, csr->n_cols);
        size->n_nodes += csr->n_cols;
        GNN_CHECK(size->n_nodes < INT32_MAX, GNN_ERR_ARGUMENT,
                  "a batch of more than %d nodes", INT32_MAX - 1);
        GNN_CHECK(!__builtin_add_overflow(size->n_arcs, csr->n_arcs, &size->n_arcs),
                  GNN_ERR_ARGUMENT, "a batch of too many arcs");
        size->weighted |= g->weight != NULL;
        size->typed |= g->arc_type != NULL;
        size->symmetric &= g->symmetric;
        if (g->n_types > size->n_types) size->n_types = g->n_types;
    }
    for (int64_t i = 0; size->typed && i < n; i++)
        GNN_CHECK(graphs[i]->arc_type != NULL || graphs[i]->csr.n_arcs == 0,
                  GNN_ERR_ARGUMENT, "graph %lld of a batch has no types of arcs",
                  (long long)i);
cleanup:
    return status;
}

static int64_t count_graphs(int64_t n, const gnn_graph *const *graphs) {
    int64_t count = 0;
    for (int64_t i = 0; i < n; i++) count += graphs[i]->n_graphs;
    return count;
}

static gnn_status reserve(gnn_graph *b, const batch_size *size, int64_t n_graphs) {
    size_t arcs = (size_t)size->n_arcs;
    gnn_status status;
    GNN_TRY(gnn_i_buffer_reserve(&b->row_ptr_store, (size_t)size->n_nodes + 1,
                                 sizeof(gnn_off), "rows of a batch"));
    GNN_TRY(gnn_i_buffer_reserve(&b->col_store, arcs, sizeof(gnn_id), "arcs of a batch"));
    GNN_TRY(gnn_i_buffer_reserve(&b->graph_ptr_store, (size_t)n_graphs + 1,
                                 sizeof(gnn_id), "graphs of a batch"));
    if (size->weighted)
        GNN_TRY(gnn_i_buffer_reserve(&b->weight_store, arcs, sizeof(gnn_real),
                                     "weights of a batch"));
    if (size->typed)
        GNN_TRY(gnn_i_buffer_reserve(&b->arc_type_store, arcs, sizeof(int32_t),
                                     "types of a batch"));
cleanup:
    return status;
}

/* Where the next graph goes. */
typedef struct batch_end {
    gnn_id node;
    gnn_off arc;
    int64_t graph;
} batch_end;

static void append_structure(gnn_graph *b, const gnn_graph *g, const batch_end *end) {
    gnn_off *row_ptr = (gnn_off *)b->row_ptr_store.data + end->node;
    gnn_id *col = (gnn_id *)b->col_store.data + end->arc;
    gnn_id *graph_ptr = (gnn_id *)b->graph_ptr_store.data + end->graph;
    const gnn_csr *csr = &g->csr;
    gnn_off origin = csr->row_ptr[0];
    for (gnn_id r = 0; r <= csr->n_rows; r++)
        row_ptr[r] = end->arc + csr->row_ptr[r] - origin;
    for (gnn_off a = 0; a < csr->n_arcs; a++) col[a] = end->node + csr->col[origin + a];
    int64_t n_graphs;
    const gnn_id *ptr = gnn_graph_ptr(g, &n_graphs);
    for (int64_t i = 0; i <= n_graphs; i++) graph_ptr[i] = end->node + ptr[i];
}

static void append_weights(gnn_graph *b, const gnn_graph *g, const batch_end *end) {
    gnn_real *weight = (gnn_real *)b->weight_store.data + end->arc;
    gnn_off n = g->csr.n_arcs, origin = g->csr.row_ptr[0];
    for (gnn_off a = 0; a < n; a++)
        weight[a] = g->weight != NULL ? g->weight[origin + a] : 1;
}

static void append_types(gnn_graph *b, const gnn_graph *g, const batch_end *end) {
    int32_t *type = (int32_t *)b->arc_type_store.data + end->arc;
    if (g->csr.n_arcs > 0)
        memcpy(type, g->arc_type + g->csr.row_ptr[0],
               (size_t)g->csr.n_arcs * sizeof *type);
}

static void fill(gnn_graph *b, const batch_size *size, int64_t n,
                 const gnn_graph *const *graphs) {
    batch_end end = {0, 0, 0};
    *(gnn_off *)b->row_ptr_store.data = 0;
    *(gnn_id *)b->graph_ptr_store.data = 0;
    for (int64_t i = 0; i < n; i++) {
        const gnn_graph *g = graphs[i];
        append_structure(b, g, &end);
        if (size->weighted) append_weights(b, g, &end);
        if (size->typed) append_types(b, g, &end);
        end.node += g->csr.n_cols;
        end.arc += g->csr.n_arcs;
        end.graph += g->n_graphs;
    }
    b->csr = (gnn_csr){.n_rows = end.node, .n_cols = end.node, .n_arcs = end.arc};
    b->weight = size->weighted ? b->weight_store.data : NULL;
    b->symmetric = size->symmetric;
    b->n_graphs = end.graph;
}

gnn_status gnn_graph_batch(int64_t n, const gnn_graph *const *graphs, gnn_graph **batch) {
    batch_size size;
    gnn_graph *b = *batch;
    bool is_new = b == NULL;
    gnn_status status = measure(n, graphs, &size);
    if (status != GNN_OK) return status;
    if (!is_new && !b->is_batch)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "a graph that was made another way cannot become a batch");
    if (is_new) status = gnn_i_graph_alloc(GNN_I_GRAPH_BUILT, 0, &b);
    if (status != GNN_OK) return status;
    status = reserve(b, &size, count_graphs(n, graphs));
    if (status == GNN_OK) fill(b, &size, n, graphs);
    gnn_i_graph_point(b);
    if (status != GNN_OK) {
        if (is_new) gnn_graph_free(b);
        return status;
    }
    b->is_batch = true;
    b->refilled = !is_new;
    gnn_i_graph_changed(b);
    b->arc_type = size.typed ? b->arc_type_store.data : NULL;
    b->n_types = size.n_types;
    *batch = b;
    return GNN_OK;
}
