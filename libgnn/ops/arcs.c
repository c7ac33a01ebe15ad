/* Between nodes and arcs.
 *
 *   sddmm     y[a,h] = <x[target(a),h], z[source(a),h]>
 *             dx[r] = Σ_{a in r} dy_a z[source(a)]
 *             dz[j] = Σ_{a from j} dy_a x[target(a)]
 *   to_arcs   y[a] = x[source(a)] + z[target(a)],    dx, dz: sums over the arcs of a node
 *   from_arcs y[r] = reduce of e[a], a in r,         de[a] from dy[r]
 *   spmm_relu_add  y[r] = Σ_a relu(x[source(a)] + e[a]) */
#include <gnn/ops.h>

#include "kernels/sddmm.h"
#include "kernels/segment.h"
#include "ops/registry.h"
#include "ops/structure.h"

typedef struct arcs_options {
    int heads;      /* sddmm */
    gnn_reduce how; /* from_arcs */
    gnn_i_structure s;
    const gnn_i_transpose *transpose;
} arcs_options;

static const gnn_i_reduce kernel_reduce[] = {
    [GNN_SUM] = GNN_I_SUM, [GNN_MEAN] = GNN_I_MEAN, [GNN_MAX] = GNN_I_MAX};

static gnn_status same_width(const gnn_i_call *call, const char *a, const char *b) {
    int64_t wa = gnn_tensor_width(call->in[0]), wb = gnn_tensor_width(call->in[1]);
    if (wa == wb) return GNN_OK;
    return gnn_i_call_fail(call, GNN_ERR_SHAPE, "%s has %lld columns, %s has %lld", a,
                           (long long)wa, b, (long long)wb);
}

/* ---- sddmm ---- */

enum { AT_TARGET, AT_SOURCE };

static gnn_status plan_sddmm(gnn_i_call *call) {
    arcs_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_structure_of(call, &o->s));
    GNN_TRY(gnn_i_need_targets(call, AT_TARGET, "x", 2, &o->s));
    GNN_TRY(gnn_i_need_sources(call, AT_SOURCE, "y", 2, &o->s));
    GNN_TRY(same_width(call, "x", "y"));
    GNN_TRY(gnn_i_need_heads(call, "x", call->in[0]->shape[1], o->heads));
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_ARC, 2, (int64_t[]){o->s.n_arcs, o->heads}));
    if (gnn_i_will_want(call, AT_SOURCE))
        GNN_TRY(gnn_i_graph_transpose(call->graph, &o->transpose));
cleanup:
    return status;
}

static void forward_sddmm(gnn_i_call *call) {
    const arcs_options *o = call->options;
    gnn_i_sddmm(call->n_threads, o->s.n_rows, o->s.row_ptr, o->s.col, o->heads,
                call->in[0]->shape[1], gnn_i_target_values(call, AT_TARGET, &o->s), 0,
                gnn_i_in(call, AT_SOURCE), 0, NULL, gnn_i_out(call), false);
}

static void backward_sddmm(gnn_i_call *call) {
    const arcs_options *o = call->options;
    const gnn_i_structure *s = &o->s;
    int64_t width = call->in[0]->shape[1];
    bool add;
    gnn_real *dx = gnn_i_target_gradient(call, AT_TARGET, s, false, &add);
    if (dx)
        gnn_i_spmm(call->n_threads, &(gnn_i_spmm_args){.n_rows = s->n_rows,
                                                       .row_ptr = s->row_ptr,
                                                       .col = s->col,
                                                       .w = call->d_out,
                                                       .heads = o->heads,
                                                       .width = width,
                                                       .x = gnn_i_in(call, AT_SOURCE),
                                                       .y = dx,
                                                       .accumulate = add});
    if (gnn_i_wants(call, AT_SOURCE))
        gnn_i_spmm(call->n_threads,
                   &(gnn_i_spmm_args){.n_rows = s->n_cols,
                                      .row_ptr = o->transpose->csr.row_ptr,
                                      .col = o->transpose->csr.col,
                                      .w = call->d_out,
                                      .heads = o->heads,
                                      .perm = o->transpose->arc,
                                      .width = width,
                                      .x = gnn_i_target_values(call, AT_TARGET, s),
                                      .y = call->d_in[AT_SOURCE],
                                      .accumulate = call->accumulate[AT_SOURCE]});
}

const gnn_i_op gnn_i_op_sddmm = {
    .name = "sddmm",
    .formula = "out[a,h] = <x[target(a),h], y[source(a),h]>",
    .plan = plan_sddmm,
    .forward = forward_sddmm,
    .backward = backward_sddmm,
};

gnn_tensor *gnn_sddmm(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x,
                      gnn_tensor *y, int heads) {
    arcs_options options = {.heads = heads};
    gnn_tensor *in[] = {x, y};
    return gnn_i_apply(ctx, &gnn_i_op_sddmm, 2, in, 0, graph, &options, sizeof options);
}

/* ---- to_arcs: inputs x at the sources, y at the targets ---- */

static gnn_status plan_to_arcs(gnn_i_call *call) {
    arcs_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_structure_of(call, &o->s));
    GNN_TRY(gnn_i_need_sources(call, 0, "x", 2, &o->s));
    if (call->in[1]) {
        GNN_TRY(gnn_i_need_targets(call, 1, "y", 2, &o->s));
        GNN_TRY(same_width(call, "x", "y"));
    }
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_ARC, 2,
                             (int64_t[]){o->s.n_arcs, call->in[0]->shape[1]}));
    if (gnn_i_will_want(call, 0))
        GNN_TRY(gnn_i_graph_transpose(call->graph, &o->transpose));
cleanup:
    return status;
}

static void forward_to_arcs(gnn_i_call *call) {
    const arcs_options *o = call->options;
    int64_t width = call->out->shape[1];
    gnn_i_gather_rows(call->n_threads, o->s.n_arcs, o->s.col, width, gnn_i_in(call, 0),
                      gnn_i_out(call), false);
    if (call->in[1]) /* spreading a row to its arcs is what a sum's gradient does */
        gnn_i_segment_reduce_backward(
            call->n_threads, GNN_I_SUM, o->s.n_rows, o->s.row_ptr, width,
            gnn_i_target_values(call, 1, &o->s), NULL, gnn_i_out(call), true);
}

static void backward_to_arcs(gnn_i_call *call) {
    const arcs_options *o = call->options;
    int64_t width = call->out->shape[1];
    if (gnn_i_wants(call, 0))
        gnn_i_segment_reduce(call->n_threads, GNN_I_SUM, o->s.n_cols,
                             o->transpose->csr.row_ptr, o->transpose->arc, width,
                             call->d_out, call->d_in[0], NULL, call->accumulate[0]);
    bool add;
    gnn_real *dy = gnn_i_target_gradient(call, 1, &o->s, false, &add);
    if (dy)
        gnn_i_segment_reduce(call->n_threads, GNN_I_SUM, o->s.n_rows, o->s.row_ptr, NULL,
                             width, call->d_out, dy, NULL, add);
}

const gnn_i_op gnn_i_op_to_arcs = {
    .name = "to_arcs",
    .formula = "out[a] = x[source(a)] + y[target(a)]",
    .plan = plan_to_arcs,
    .forward = forward_to_arcs,
    .backward = backward_to_arcs,
};

gnn_tensor *gnn_to_arcs(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x,
                        gnn_tensor *y) {
    arcs_options options = {0};
    gnn_tensor *in[] = {x, y};
    return gnn_i_apply(ctx, &gnn_i_op_to_arcs, 2, in, 1u << 1, graph, &options,
                       sizeof options);
}

/* ---- from_arcs ---- */

static gnn_status plan_from_arcs(gnn_i_call *call) {
    arcs_options *o = call->options;
    gnn_status status = GNN_OK;
    if ((unsigned)o->how > GNN_MAX) {
        status = gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "reducer %d", (int)o->how);
        goto cleanup;
    }
    GNN_TRY(gnn_i_structure_of(call, &o->s));
    GNN_TRY(gnn_i_need_arcs(call, 0, "e", 2, &o->s));
    int64_t width = call->in[0]->shape[1];
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_NODE, 2, (int64_t[]){o->s.n_rows, width}));
    if (o->how == GNN_MAX)
        GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, o->s.n_rows * width,
                                     sizeof(int32_t)));
cleanup:
    return status;
}

static void forward_from_arcs(gnn_i_call *call) {
    const arcs_options *o = call->options;
    gnn_i_segment_reduce(call->n_threads, kernel_reduce[o->how], o->s.n_rows,
                         o->s.row_ptr, NULL, call->out->shape[1],
                         gnn_i_arc_values(call, 0, &o->s), gnn_i_out(call),
                         o->how == GNN_MAX ? call->saved : NULL, false);
}

static void backward_from_arcs(gnn_i_call *call) {
    const arcs_options *o = call->options;
    bool add;
    gnn_real *de = gnn_i_arc_gradient(call, 0, &o->s, false, &add);
    gnn_i_segment_reduce_backward(call->n_threads, kernel_reduce[o->how], o->s.n_rows,
                                  o->s.row_ptr, call->out->shape[1], call->d_out,
                                  o->how == GNN_MAX ? call->saved : NULL, de, add);
}

const gnn_i_op gnn_i_op_from_arcs = {
    .name = "from_arcs",
    .formula = "out[r] = sum, mean or max of e[a], a the arcs that point at r",
    .plan = plan_from_arcs,
    .forward = forward_from_arcs,
    .backward = backward_from_arcs,
};

gnn_tensor *gnn_from_arcs(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *e,
                          gnn_reduce how) {
    arcs_options options = {.how = how};
    return gnn_i_apply(ctx, &gnn_i_op_from_arcs, 1, &e, 0, graph, &options,
                       sizeof options);
}

/* ---- spmm_relu_add: inputs x at the sources, e on the arcs ---- */

static gnn_status plan_relu_add(gnn_i_call *call) {
    arcs_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_structure_of(call, &o->s));
    GNN_TRY(gnn_i_need_sources(call, 0, "x", 2, &o->s));
    GNN_TRY(gnn_i_need_arcs(call, 1, "e", 2, &o->s));
    GNN_TRY(same_width(call, "x", "e"));
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_NODE, 2,
                             (int64_t[]){o->s.n_rows, call->in[0]->shape[1]}));
    if (gnn_i_will_want(call, 0))
        GNN_TRY(gnn_i_graph_transpose(call->graph, &o->transpose));
cleanup:
    return status;
}

static void forward_relu_add(gnn_i_call *call) {
    const arcs_options *o = call->options;
    gnn_i_spmm_relu_add(call->n_threads, o->s.n_rows, o->s.row_ptr, o->s.col,
                        call->out->shape[1], gnn_i_in(call, 0),
                        gnn_i_arc_values(call, 1, &o->s), gnn_i_out(call));
}

static void backward_relu_add(gnn_i_call *call) {
    const arcs_options *o = call->options;
    const gnn_i_transpose *t = o->transpose;
    bool add;
    gnn_i_start_gradient(call, 0);
    gnn_real *de = gnn_i_arc_gradient(call, 1, &o->s, true, &add);
    gnn_i_spmm_relu_add_backward(
        call->n_threads, o->s.n_rows, o->s.row_ptr, o->s.col, o->s.n_cols,
        t ? t->csr.row_ptr : NULL, t ? t->csr.col : NULL, t ? t->arc : NULL, NULL,
        call->out->shape[1], gnn_i_in(call, 0), gnn_i_arc_values(call, 1, &o->s),
        call->d_out, call->d_in[0], de);
}

const gnn_i_op gnn_i_op_spmm_relu_add = {
    .name = "spmm_relu_add",
    .formula = "out[r] = Σ_a relu(x[source(a)] + e[a]) [Hu et al. 2020, GINE]",
    .plan = plan_relu_add,
    .forward = forward_relu_add,
    .backward = backward_relu_add,
};

gnn_tensor *gnn_spmm_relu_add(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x,
                              gnn_tensor *e) {
    arcs_options options = {0};
    gnn_tensor *in[] = {x, e};
    return gnn_i_apply(ctx, &gnn_i_op_spmm_relu_add, 2, in, 0, graph, &options,
                       sizeof options);
}
