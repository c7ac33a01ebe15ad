/* Graphs that borrow their arrays: from a caller, or rows from another graph. */
#include <math.h>

#include "graph/storage.h"

/* `*graph` of the given kind: the one that is there, or a new one. */
static gnn_status get_handle(gnn_i_graph_kind kind, int n_threads, gnn_graph **graph) {
    if (*graph == NULL) return gnn_i_graph_alloc(kind, n_threads, graph);
    if ((*graph)->kind != kind)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "a graph that was made another way cannot be reused");
    (*graph)->refilled = true;
    return GNN_OK;
}

/* ---- wrap ---- */

static gnn_status check_row(const gnn_csr *csr, gnn_id r) {
    gnn_off begin = csr->row_ptr[r], end = csr->row_ptr[r + 1];
    for (gnn_off a = begin; a < end; a++) {
        if (csr->col[a] < 0 || csr->col[a] >= csr->n_cols)
            return gnn_fail(GNN_ERR_INPUT, "arc %lld: source %d is outside 0..%d",
                            (long long)a, csr->col[a], csr->n_cols - 1);
        if (a > begin && csr->col[a] < csr->col[a - 1])
            return gnn_fail(GNN_ERR_INPUT,
                            "arc %lld: the sources of row %d do not ascend", (long long)a,
                            r);
    }
    return GNN_OK;
}

static gnn_status check_csr(const gnn_csr *csr, const gnn_real *weight) {
    gnn_status status = GNN_OK;
    GNN_CHECK(csr->n_rows >= 0 && csr->n_cols >= 0 && csr->n_cols < INT32_MAX,
              GNN_ERR_ARGUMENT, "graph of %d targets and %d sources", csr->n_rows,
              csr->n_cols);
    GNN_CHECK(csr->row_offset >= 0 && csr->row_offset <= csr->n_cols - csr->n_rows,
              GNN_ERR_ARGUMENT, "targets %d..%d are not among %d sources",
              csr->row_offset, csr->row_offset + csr->n_rows - 1, csr->n_cols);
    GNN_CHECK(csr->row_ptr != NULL && csr->row_ptr[0] == 0, GNN_ERR_ARGUMENT,
              "row_ptr does not begin with 0");
    for (gnn_id r = 0; r < csr->n_rows; r++)
        GNN_CHECK(csr->row_ptr[r] <= csr->row_ptr[r + 1], GNN_ERR_INPUT,
                  "row_ptr descends at row %d", r);
    gnn_off n_arcs = csr->row_ptr[csr->n_rows];
    GNN_CHECK(csr->n_arcs == n_arcs, GNN_ERR_ARGUMENT,
              "n_arcs is %lld, row_ptr ends with %lld", (long long)csr->n_arcs,
              (long long)n_arcs);
    GNN_CHECK(n_arcs == 0 || csr->col != NULL, GNN_ERR_ARGUMENT, "arcs without sources");
    for (gnn_id r = 0; r < csr->n_rows; r++) GNN_TRY(check_row(csr, r));
    for (gnn_off a = 0; weight != NULL && a < n_arcs; a++)
        GNN_CHECK(isfinite(weight[a]), GNN_ERR_INPUT, "arc %lld: weight %g is not finite",
                  (long long)a, (double)weight[a]);
cleanup:
    return status;
}

gnn_status gnn_graph_wrap(const gnn_csr *csr, const gnn_real *weight, gnn_graph **graph) {
    gnn_status status = check_csr(csr, weight);
    if (status == GNN_OK) status = get_handle(GNN_I_GRAPH_WRAPPED, 0, graph);
    if (status != GNN_OK) return status;
    (*graph)->csr = *csr;
    (*graph)->weight = weight;
    gnn_i_graph_changed(*graph);
    return GNN_OK;
}

/* ---- rows ---- */

gnn_status gnn_graph_rows(const gnn_graph *graph, gnn_id first, gnn_id count,
                          gnn_graph **range) {
    const gnn_csr *whole = &graph->csr;
    if (first < 0 || count < 0 || first > whole->n_rows - count)
        return gnn_fail(GNN_ERR_ARGUMENT, "rows %d..%d of a graph of %d targets", first,
                        first + count - 1, whole->n_rows);
    if (graph->kind == GNN_I_GRAPH_BLOCK)
        return gnn_fail(GNN_ERR_UNSUPPORTED, "rows of a sampled block");
    for (const gnn_graph *g = graph; g != NULL; g = g->parent)
        if (g == *range)
            return gnn_fail(GNN_ERR_ARGUMENT,
                            "rows of a graph cannot take the place of that graph");
    gnn_status status = get_handle(GNN_I_GRAPH_ROWS, graph->n_threads, range);
    if (status != GNN_OK) return status;
    gnn_graph *r = *range;
    r->parent = graph;
    r->csr = (gnn_csr){.n_rows = count,
                       .n_cols = whole->n_cols,
                       .n_arcs = whole->row_ptr[first + count] - whole->row_ptr[first],
                       .row_offset = whole->row_offset + first,
                       .row_ptr = whole->row_ptr + first,
                       .col = whole->col};
    r->weight = graph->weight;
    r->edge_index = graph->edge_index;
    gnn_i_graph_changed(r);
    r->arc_type = graph->arc_type;
    r->n_types = graph->n_types;
    return GNN_OK;
}
