/* The same graph with its nodes called otherwise: row order[v] of the new graph is row v
 * of the old one, its sources renamed and sorted again. */
#include <string.h>

#include <gnn/parallel.h>

#include "graph/sort.h"
#include "graph/storage.h"

typedef struct reordering {
    const gnn_graph *from;
    const gnn_id *order;
    gnn_graph *to;
    gnn_id *inverse; /* (n_nodes) old node of each new one */
    uint64_t *keys;  /* (n_arcs) new source, place in the old row; NULL without payload */
    int64_t n_blocks;
} reordering;

/* A key holds a place in 33 bits, more than a row of distinct keys in memory can have. */
static uint64_t key_of(gnn_id col, gnn_off place) {
    return (uint64_t)col << 33 | (uint64_t)place;
}

static gnn_status invert(const gnn_id *order, gnn_id n, gnn_id *inverse) {
    for (gnn_id v = 0; v < n; v++) inverse[v] = -1;
    for (gnn_id v = 0; v < n; v++) {
        if (order[v] < 0 || order[v] >= n)
            return gnn_fail(GNN_ERR_ARGUMENT,
                            "order: place %d of node %d is outside 0..%d", order[v], v,
                            n - 1);
        if (inverse[order[v]] >= 0)
            return gnn_fail(GNN_ERR_ARGUMENT, "order: nodes %d and %d have the place %d",
                            inverse[order[v]], v, order[v]);
        inverse[order[v]] = v;
    }
    return GNN_OK;
}

static void row_without_payload(const reordering *t, gnn_id r) {
    const gnn_csr *from = &t->from->csr;
    gnn_id v = t->inverse[r];
    gnn_off begin = from->row_ptr[v], n = from->row_ptr[v + 1] - begin;
    gnn_id *col = (gnn_id *)t->to->col_store.data + t->to->csr.row_ptr[r];
    for (gnn_off i = 0; i < n; i++) col[i] = t->order[from->col[begin + i]];
    gnn_i_sort_ids(col, (size_t)n);
}

static void row_with_payload(const reordering *t, gnn_id r) {
    const gnn_csr *from = &t->from->csr;
    gnn_graph *to = t->to;
    gnn_id v = t->inverse[r];
    gnn_off begin = from->row_ptr[v], n = from->row_ptr[v + 1] - begin;
    gnn_off at = to->csr.row_ptr[r];
    uint64_t *keys = t->keys + at;
    for (gnn_off i = 0; i < n; i++) keys[i] = key_of(t->order[from->col[begin + i]], i);
    gnn_i_sort_keys(keys, (size_t)n);
    for (gnn_off i = 0; i < n; i++) {
        gnn_off a = begin + (gnn_off)(keys[i] & (((uint64_t)1 << 33) - 1));
        ((gnn_id *)to->col_store.data)[at + i] = (gnn_id)(keys[i] >> 33);
        if (t->from->weight != NULL)
            ((gnn_real *)to->weight_store.data)[at + i] = t->from->weight[a];
        if (t->from->edge_index != NULL)
            ((gnn_off *)to->edge_index_store.data)[at + i] = t->from->edge_index[a];
        if (t->from->arc_type != NULL)
            ((int32_t *)to->arc_type_store.data)[at + i] = t->from->arc_type[a];
    }
}

static void block_body(void *argument, int64_t block, int thread) {
    (void)thread;
    const reordering *t = argument;
    gnn_id last = gnn_i_graph_row_bound(&t->to->csr, block + 1, t->n_blocks);
    gnn_id r = gnn_i_graph_row_bound(&t->to->csr, block, t->n_blocks);
    for (; r < last; r++) {
        if (t->keys != NULL)
            row_with_payload(t, r);
        else
            row_without_payload(t, r);
    }
}

static gnn_status reserve(const gnn_graph *from, gnn_graph *to) {
    size_t arcs = (size_t)from->csr.n_arcs;
    gnn_status status;
    GNN_TRY(gnn_i_buffer_reserve(&to->row_ptr_store, (size_t)from->csr.n_rows + 1,
                                 sizeof(gnn_off), "rows of the graph"));
    GNN_TRY(gnn_i_buffer_reserve(&to->col_store, arcs, sizeof(gnn_id), "arcs"));
    if (from->weight != NULL)
        GNN_TRY(
            gnn_i_buffer_reserve(&to->weight_store, arcs, sizeof(gnn_real), "weights"));
    if (from->edge_index != NULL)
        GNN_TRY(gnn_i_buffer_reserve(&to->edge_index_store, arcs, sizeof(gnn_off),
                                     "edge numbers"));
    if (from->arc_type != NULL)
        GNN_TRY(
            gnn_i_buffer_reserve(&to->arc_type_store, arcs, sizeof(int32_t), "types"));
cleanup:
    return status;
}

static void lay_out(const reordering *t) {
    const gnn_csr *from = &t->from->csr;
    gnn_off *row_ptr = t->to->row_ptr_store.data, place = 0;
    for (gnn_id r = 0; r < from->n_rows; r++) {
        gnn_id v = t->inverse[r];
        row_ptr[r] = place;
        place += from->row_ptr[v + 1] - from->row_ptr[v];
    }
    row_ptr[from->n_rows] = place;
    t->to->csr = (gnn_csr){.n_rows = from->n_rows,
                           .n_cols = from->n_cols,
                           .n_arcs = place,
                           .row_ptr = row_ptr,
                           .col = t->to->col_store.data};
    t->to->weight = t->from->weight != NULL ? t->to->weight_store.data : NULL;
    t->to->edge_index = t->from->edge_index != NULL ? t->to->edge_index_store.data : NULL;
}

gnn_status gnn_graph_reorder(const gnn_graph *graph, const gnn_id *order,
                             gnn_graph **reordered) {
    reordering t = {.from = graph, .order = order};
    const gnn_csr *csr = &graph->csr;
    bool payload =
        graph->weight != NULL || graph->edge_index != NULL || graph->arc_type != NULL;
    gnn_status status;
    *reordered = NULL;
    GNN_CHECK(csr->n_rows == csr->n_cols, GNN_ERR_SHAPE,
              "reordering needs a square graph, this one has %d targets, %d sources",
              csr->n_rows, csr->n_cols);
    GNN_CHECK(!graph->is_batch, GNN_ERR_UNSUPPORTED, "reordering a batch");
    GNN_TRY(gnn_i_alloc(&t.inverse, (size_t)csr->n_rows, sizeof *t.inverse, "order"));
    GNN_TRY(invert(order, csr->n_rows, t.inverse));
    GNN_TRY(gnn_i_graph_alloc(GNN_I_GRAPH_BUILT, graph->n_threads, &t.to));
    GNN_TRY(reserve(graph, t.to));
    if (payload)
        GNN_TRY(gnn_i_alloc(&t.keys, (size_t)csr->n_arcs, sizeof *t.keys, "arcs"));
    lay_out(&t);
    t.n_blocks = gnn_i_graph_n_blocks(&t.to->csr);
    gnn_parallel_for(graph->n_threads, t.n_blocks, block_body, &t);

    t.to->symmetric = graph->symmetric;
    t.to->keeps_edge_index = graph->keeps_edge_index;
    gnn_i_graph_changed(t.to);
    if (graph->arc_type != NULL) t.to->arc_type = t.to->arc_type_store.data;
    t.to->n_types = graph->n_types;
    *reordered = t.to;
    t.to = NULL;
cleanup:
    gnn_graph_free(t.to);
    gnn_i_free(t.inverse);
    gnn_i_free(t.keys);
    return status;
}
