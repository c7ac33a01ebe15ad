/* Graphs for kernels, and operands on their nodes and arcs. */
#include "ops/structure.h"

/* Arcs of the whole graph that a range of rows was cut from; else of the graph itself. */
static gnn_off arcs_of_whole(const gnn_graph *graph) {
    const gnn_off *arc;
    for (const gnn_graph *parent;
         (parent = gnn_i_graph_parent(graph, &arc)) != NULL && arc == NULL;)
        graph = parent;
    return gnn_graph_n_arcs(graph);
}

gnn_status gnn_i_structure_of(gnn_i_call *call, gnn_i_structure *s) {
    const gnn_csr *csr = gnn_graph_csr(call->graph);
    gnn_off first = csr->row_ptr[0];
    *s = (gnn_i_structure){.n_rows = csr->n_rows,
                           .n_cols = csr->n_cols,
                           .row_offset = csr->row_offset,
                           .n_arcs = csr->n_arcs,
                           .n_whole = arcs_of_whole(call->graph),
                           .first = first,
                           .row_ptr = csr->row_ptr,
                           .col = csr->col};
    if (first == 0) return GNN_OK;
    gnn_off *row_ptr =
        gnn_i_step_alloc(call->ctx, (int64_t)csr->n_rows + 1, sizeof *row_ptr);
    if (!row_ptr) return GNN_ERR_MEMORY;
    for (gnn_id r = 0; r <= csr->n_rows; r++) row_ptr[r] = csr->row_ptr[r] - first;
    s->row_ptr = row_ptr;
    s->col = csr->col + first;
    return GNN_OK;
}

gnn_status gnn_i_need_sources(const gnn_i_call *call, int i, const char *name, int n_axes,
                              const gnn_i_structure *s) {
    return gnn_i_need_rows(call, i, name, n_axes, s->n_cols, "the graph", "sources");
}

gnn_status gnn_i_need_targets(const gnn_i_call *call, int i, const char *name, int n_axes,
                              const gnn_i_structure *s) {
    if (call->in[i]->shape[0] == s->n_cols) return gnn_i_call_need_dense(call, i, n_axes);
    return gnn_i_need_rows(call, i, name, n_axes, s->n_rows, "the graph", "targets");
}

gnn_status gnn_i_need_arcs(const gnn_i_call *call, int i, const char *name, int n_axes,
                           const gnn_i_structure *s) {
    if (call->in[i]->shape[0] == s->n_whole)
        return gnn_i_call_need_dense(call, i, n_axes);
    return gnn_i_need_rows(call, i, name, n_axes, s->n_arcs, "the graph", "arcs");
}

const gnn_real *gnn_i_target_values(const gnn_i_call *call, int i,
                                    const gnn_i_structure *s) {
    if (!gnn_i_in(call, i)) return NULL;
    return gnn_i_in(call, i) +
           gnn_i_target_row(call, i, s) * gnn_tensor_width(call->in[i]);
}

const gnn_real *gnn_i_arc_values(const gnn_i_call *call, int i,
                                 const gnn_i_structure *s) {
    if (!gnn_i_in(call, i)) return NULL;
    return gnn_i_in(call, i) + gnn_i_arc_row(call, i, s) * gnn_tensor_width(call->in[i]);
}

/* The gradient of input i from `row` on, of whose rows `n` are written here. */
static gnn_real *part_of_gradient(gnn_i_call *call, int i, int64_t row, int64_t n,
                                  bool adds, bool *accumulate) {
    *accumulate = true;
    if (!gnn_i_wants(call, i)) return NULL;
    if (adds || n != call->in[i]->shape[0])
        gnn_i_start_gradient(call, i);
    else
        *accumulate = call->accumulate[i];
    return call->d_in[i] + row * gnn_tensor_width(call->in[i]);
}

gnn_real *gnn_i_target_gradient(gnn_i_call *call, int i, const gnn_i_structure *s,
                                bool adds, bool *accumulate) {
    *accumulate = true;
    if (!gnn_i_wants(call, i)) return NULL;
    return part_of_gradient(call, i, gnn_i_target_row(call, i, s), s->n_rows, adds,
                            accumulate);
}

gnn_real *gnn_i_arc_gradient(gnn_i_call *call, int i, const gnn_i_structure *s, bool adds,
                             bool *accumulate) {
    *accumulate = true;
    if (!gnn_i_wants(call, i)) return NULL;
    return part_of_gradient(call, i, gnn_i_arc_row(call, i, s), s->n_arcs, adds,
                            accumulate);
}

void gnn_i_add_to_self(gnn_i_call *call, const gnn_i_structure *s, int64_t width,
                       const gnn_real *factor, const gnn_real *dy, gnn_real *dx,
                       void *scratch) {
    gnn_real *own = dx + s->row_offset * width;
    if (!factor) {
        gnn_i_axpy(call->n_threads, s->n_rows * width, 1, dy, own);
        return;
    }
    /* The gradient of own ∘ factor with respect to own is factor ∘ dy. */
    gnn_i_binary_backward(call->n_threads, GNN_I_BINARY_MUL, s->n_rows, width, own,
                          GNN_I_FULL, factor, GNN_I_COL, dy, own, NULL, scratch);
}
