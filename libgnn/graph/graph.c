/* Graphs: their life, what they tell about themselves, types of arcs. */
#include <stdatomic.h>
#include <string.h>

#include <gnn/parallel.h>

#include "graph/storage.h"

gnn_status gnn_i_buffer_reserve(gnn_i_buffer *buffer, size_t count, size_t size,
                                const char *what) {
    size_t bytes;
    if (!gnn_i_mul_size(count, size, &bytes))
        return gnn_fail(GNN_ERR_MEMORY, "%s: %zu elements of %zu bytes are too many",
                        what, count, size);
    if (bytes <= buffer->bytes) return GNN_OK;
    /* What grows once will grow again: batches differ by a little. */
    size_t slack = buffer->bytes / 4, wanted;
    if (!gnn_i_add_size(buffer->bytes, slack, &wanted) || wanted < bytes) wanted = bytes;
    gnn_status status = gnn_i_realloc(&buffer->data, wanted, 1, what);
    if (status == GNN_OK) buffer->bytes = wanted;
    return status;
}

void gnn_i_buffer_shrink(gnn_i_buffer *buffer, size_t count, size_t size) {
    size_t bytes = count * size;
    if (bytes == 0) {
        gnn_i_buffer_clear(buffer);
        return;
    }
    if (buffer->bytes - bytes < buffer->bytes / 16) return;
    void *data = buffer->data;
    if (gnn_i_realloc(&data, bytes, 1, "graph") != GNN_OK)
        return; /* as large as before */
    *buffer = (gnn_i_buffer){data, bytes};
}

void gnn_i_buffer_clear(gnn_i_buffer *buffer) {
    gnn_i_free(buffer->data);
    *buffer = (gnn_i_buffer){NULL, 0};
}

/* Unique in the process, so that a cache cannot mistake one graph for another that lay at
 * the same address. */
static uint64_t next_stamp(void) {
    static _Atomic uint64_t last;
    return atomic_fetch_add(&last, 1) + 1;
}

static bool lock_init(pthread_mutex_t *lock) {
    pthread_mutexattr_t recursive;
    if (pthread_mutexattr_init(&recursive) != 0) return false;
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    bool made = pthread_mutex_init(lock, &recursive) == 0;
    pthread_mutexattr_destroy(&recursive);
    return made;
}

gnn_status gnn_i_graph_alloc(gnn_i_graph_kind kind, int n_threads, gnn_graph **graph) {
    gnn_graph *g;
    *graph = NULL;
    gnn_status status = gnn_i_calloc(&g, 1, sizeof *g, "graph");
    if (status != GNN_OK) return status;
    if (!lock_init(&g->lock)) {
        gnn_i_free(g);
        return gnn_fail(GNN_ERR_MEMORY, "graph: no room for a lock");
    }
    g->kind = kind;
    g->n_threads = n_threads > 0 ? n_threads : gnn_n_processors();
    g->n_graphs = 1;
    *graph = g;
    return GNN_OK;
}

void gnn_graph_free(gnn_graph *graph) {
    if (graph == NULL) return;
    gnn_i_graph_drop_views(graph);
    gnn_i_graph_drop_attributes(graph);
    gnn_i_buffer *const stores[] = {
        &graph->row_ptr_store,    &graph->col_store,      &graph->weight_store,
        &graph->edge_index_store, &graph->arc_type_store, &graph->graph_ptr_store,
        &graph->cursor_scratch,   &graph->key_scratch,
    };
    for (size_t i = 0; i < sizeof stores / sizeof *stores; i++)
        gnn_i_buffer_clear(stores[i]);
    pthread_mutex_destroy(&graph->lock);
    gnn_i_free(graph);
}

void gnn_i_graph_changed(gnn_graph *graph) {
    graph->stamp = next_stamp();
    graph->single[0] = 0;
    graph->single[1] = graph->csr.n_cols;
    graph->arc_type = NULL;
    graph->n_types = 0;
    graph->pattern = (gnn_i_transpose){graph->csr, NULL};
    gnn_i_graph_expire_views(graph);
    gnn_i_graph_drop_attributes(graph);
}

void gnn_i_graph_point(gnn_graph *graph) {
    /* Views may point where the arrays were: the transpose of a symmetric graph does. */
    if (graph->csr.row_ptr != graph->row_ptr_store.data ||
        graph->csr.col != graph->col_store.data ||
        (graph->weight != NULL && graph->weight != graph->weight_store.data))
        gnn_i_graph_expire_views(graph);
    graph->csr.row_ptr = graph->row_ptr_store.data;
    graph->csr.col = graph->col_store.data;
    if (graph->weight != NULL) graph->weight = graph->weight_store.data;
    if (graph->edge_index != NULL) graph->edge_index = graph->edge_index_store.data;
    if (graph->arc_type != NULL) graph->arc_type = graph->arc_type_store.data;
    graph->pattern.csr = graph->csr;
}

gnn_id gnn_graph_n_nodes(const gnn_graph *graph) {
    return graph->csr.n_cols;
}

gnn_id gnn_graph_n_targets(const gnn_graph *graph) {
    return graph->csr.n_rows;
}

gnn_off gnn_graph_n_arcs(const gnn_graph *graph) {
    return graph->csr.n_arcs;
}

const gnn_csr *gnn_graph_csr(const gnn_graph *graph) {
    return &graph->csr;
}

const gnn_real *gnn_graph_weight(const gnn_graph *graph) {
    return graph->weight;
}

const gnn_off *gnn_graph_edge_index(const gnn_graph *graph) {
    return graph->edge_index;
}

bool gnn_graph_is_symmetric(const gnn_graph *graph) {
    return graph->symmetric;
}

const gnn_id *gnn_graph_ptr(const gnn_graph *graph, int64_t *n_graphs) {
    *n_graphs = graph->n_graphs;
    return graph->is_batch ? graph->graph_ptr_store.data : graph->single;
}

const int32_t *gnn_graph_arc_type(const gnn_graph *graph, int32_t *n_types) {
    *n_types = graph->n_types;
    return graph->arc_type;
}

gnn_status gnn_graph_arc_type_set(gnn_graph *graph, const int32_t *type,
                                  int32_t n_types) {
    size_t n = (size_t)graph->csr.n_arcs;
    if (graph->parent != NULL)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "types of arcs are set on the whole graph, not on a part of it");
    for (size_t a = 0; a < n; a++)
        if (type[a] < 0 || type[a] >= n_types)
            return gnn_fail(GNN_ERR_INPUT, "arc %zu: type %d is outside 0..%d", a,
                            type[a], n_types - 1);
    gnn_status status =
        gnn_i_buffer_reserve(&graph->arc_type_store, n, sizeof *type, "types of arcs");
    if (status != GNN_OK) return status;
    if (n > 0) memcpy(graph->arc_type_store.data, type, n * sizeof *type);
    graph->arc_type = n > 0 ? graph->arc_type_store.data : NULL;
    graph->n_types = n_types;
    graph->stamp = next_stamp();
    gnn_i_graph_expire_views(graph);
    return GNN_OK;
}

uint64_t gnn_graph_stamp(const gnn_graph *graph) {
    return graph->stamp;
}

const gnn_graph *gnn_i_graph_parent(const gnn_graph *graph, const gnn_off **arc) {
    *arc = graph->arc;
    return graph->parent;
}

size_t gnn_graph_bytes(const gnn_graph *graph) {
    return sizeof *graph + graph->row_ptr_store.bytes + graph->col_store.bytes +
           graph->weight_store.bytes + graph->edge_index_store.bytes +
           graph->arc_type_store.bytes + graph->graph_ptr_store.bytes +
           graph->cursor_scratch.bytes + graph->key_scratch.bytes +
           gnn_i_graph_view_bytes(graph);
}

gnn_id gnn_i_graph_row_bound(const gnn_csr *csr, int64_t b, int64_t n_blocks) {
    if (b >= n_blocks) return csr->n_rows;
    /* Row r begins after r + row_ptr[r] - row_ptr[0] units of work. */
    const gnn_off *ptr = csr->row_ptr;
    double share = (double)b / (double)n_blocks;
    gnn_off work = (gnn_off)(share * (double)(csr->n_rows + csr->n_arcs));
    gnn_id low = 0, high = csr->n_rows;
    while (low < high) {
        gnn_id middle = low + (high - low) / 2;
        if (ptr[middle] - ptr[0] + middle < work)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int64_t gnn_i_graph_n_blocks(const gnn_csr *csr) {
    gnn_off n = (csr->n_arcs + csr->n_rows) / 16384 + 1;
    return n < 1024 ? n : 1024;
}
