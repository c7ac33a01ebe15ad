/* GCN weights of arcs whose own weights are learned: with d_i = 1 + Σ_{a in row i} w_a,
 *   y = (w_a / √(d_i d_j) for the arcs, 1/d_i for the loops),
 * and gradients through the degrees as well. */
#include <gnn/ops.h>

#include "kernels/arc_norm.h"
#include "ops/registry.h"
#include "ops/structure.h"

typedef struct norm_options {
    gnn_i_structure s;
    const gnn_i_transpose *transpose;
} norm_options;

static gnn_status plan_norm(gnn_i_call *call) {
    norm_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_structure_of(call, &o->s));
    if (!gnn_i_is_square(&o->s)) {
        status = gnn_i_call_fail(call, GNN_ERR_SHAPE,
                                 "the graph has %lld targets, %lld sources",
                                 (long long)o->s.n_rows, (long long)o->s.n_cols);
        goto cleanup;
    }
    GNN_TRY(gnn_i_need_count(call, 0, "weight", o->s.n_arcs, "the graph", "arcs"));
    GNN_TRY(
        gnn_i_call_shape(call, GNN_AXIS_FREE, 1, (int64_t[]){o->s.n_arcs + o->s.n_rows}));
    GNN_TRY(
        gnn_i_call_add_bytes(call, &call->saved_bytes, o->s.n_rows, sizeof(gnn_real)));
    call->backward_scratch_bytes = call->saved_bytes;
    if (gnn_i_will_want(call, 0))
        GNN_TRY(gnn_i_graph_transpose(call->graph, &o->transpose));
cleanup:
    return status;
}

static void forward_norm(gnn_i_call *call) {
    const norm_options *o = call->options;
    gnn_real *y = gnn_i_out(call);
    gnn_i_arc_norm(call->n_threads, o->s.n_rows, o->s.row_ptr, o->s.col,
                   gnn_i_in(call, 0), y, y + o->s.n_arcs, call->saved);
}

static void backward_norm(gnn_i_call *call) {
    const norm_options *o = call->options;
    const gnn_i_transpose *t = o->transpose;
    gnn_i_arc_norm_backward(call->n_threads, o->s.n_rows, o->s.row_ptr, o->s.col,
                            t->csr.row_ptr, t->csr.col, t->arc, gnn_i_in(call, 0),
                            call->saved, call->d_out, call->d_out + o->s.n_arcs,
                            call->d_in[0], call->accumulate[0], call->scratch);
}

const gnn_i_op gnn_i_op_gcn_norm = {
    .name = "gcn_norm",
    .formula =
        "w_a / √(d_i d_j), then 1/d_i, d_i = 1 + Σ w of row i [Kipf & Welling 2017]",
    .plan = plan_norm,
    .forward = forward_norm,
    .backward = backward_norm,
};

gnn_tensor *gnn_gcn_norm(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *weight) {
    norm_options options = {0};
    return gnn_i_apply(ctx, &gnn_i_op_gcn_norm, 1, &weight, 0, graph, &options,
                       sizeof options);
}
