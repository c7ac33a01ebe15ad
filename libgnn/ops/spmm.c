/* Weighted aggregation: y[r] = reduce_{a in r} w_a x[col_a] + self_r x[row_offset + r].
 *
 *   sum   dx = Aᵀ dy + self ∘ dy, dw_a = <dy_r, x_col>, dself_r = <dy_r, x_r>
 *   mean  as the sum with dy_r / arcs(r)
 *   max   through the arcs that won, whose places are saved
 * Without a weight tensor the graph's weights serve, or 1. */
#include <gnn/ops.h>

#include "kernels/sddmm.h"
#include "ops/product.h"
#include "ops/registry.h"

typedef struct spmm_options {
    gnn_reduce how;
    /* found by plan */
    gnn_i_structure s;
    const gnn_real *weight; /* of the graph, from arc 0 on; NULL: 1, or a weight tensor */
    const gnn_i_transpose *transpose;
    const gnn_real *transpose_weight; /* of the graph, in the order of the transpose */
    bool follows_arcs;                /* the transpose looks weights up by arc */
} spmm_options;

enum { X, WEIGHT, SELF };

static const gnn_i_reduce kernel_reduce[] = {
    [GNN_SUM] = GNN_I_SUM, [GNN_MEAN] = GNN_I_MEAN, [GNN_MAX] = GNN_I_MAX};

/* What the gradient of x needs of the transpose. */
static gnn_status plan_transpose(gnn_i_call *call, spmm_options *o) {
    gnn_status status = GNN_OK;
    o->follows_arcs = call->in[WEIGHT] || o->how == GNN_MAX;
    if (o->follows_arcs)
        GNN_TRY(gnn_i_graph_transpose(call->graph, &o->transpose));
    else {
        GNN_TRY(gnn_i_graph_transpose_pattern(call->graph, &o->transpose));
        GNN_TRY(gnn_i_graph_transpose_weight(call->graph, &o->transpose_weight));
    }
    call->backward_scratch_bytes =
        gnn_i_binary_scratch(o->s.n_rows, gnn_tensor_width(call->in[X]));
cleanup:
    return status;
}

static gnn_status plan_spmm(gnn_i_call *call) {
    spmm_options *o = call->options;
    gnn_status status = GNN_OK;
    if ((unsigned)o->how > GNN_MAX) {
        status = gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "reducer %d", (int)o->how);
        goto cleanup;
    }
    GNN_TRY(gnn_i_structure_of(call, &o->s));
    GNN_TRY(gnn_i_need_sources(call, X, "x", 2, &o->s));
    if (call->in[WEIGHT]) {
        GNN_TRY(gnn_i_need_arcs(call, WEIGHT, "weight", 0, &o->s));
        if (gnn_tensor_width(call->in[WEIGHT]) != 1) {
            status = gnn_i_call_fail(call, GNN_ERR_SHAPE, "weight has %lld values an arc",
                                     (long long)gnn_tensor_width(call->in[WEIGHT]));
            goto cleanup;
        }
    } else if (gnn_graph_weight(call->graph))
        o->weight = gnn_graph_weight(call->graph) + o->s.first;
    if (call->in[SELF])
        GNN_TRY(
            gnn_i_need_count(call, SELF, "self", o->s.n_rows, "the graph", "targets"));
    int64_t width = call->in[X]->shape[1];
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_NODE, 2, (int64_t[]){o->s.n_rows, width}));
    if (!call->recorded) return GNN_OK;
    if (o->how == GNN_MAX)
        GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, o->s.n_rows * width,
                                     sizeof(int32_t)));
    if (o->how == GNN_MEAN) /* 1 / arcs of each row, for x and for the weights */
        GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, o->s.n_rows,
                                     sizeof(gnn_real)));
    if (gnn_i_will_want(call, X)) GNN_TRY(plan_transpose(call, o));
cleanup:
    return status;
}

static gnn_i_spmm_args arguments_of(const gnn_i_structure *s, const gnn_tensor *x) {
    return (gnn_i_spmm_args){.n_rows = s->n_rows,
                             .row_ptr = s->row_ptr,
                             .col = s->col,
                             .self_offset = s->row_offset,
                             .width = x->shape[1],
                             .x = x->data};
}

static void forward_spmm(gnn_i_call *call) {
    const spmm_options *o = call->options;
    const gnn_i_structure *s = &o->s;
    gnn_i_spmm_args args = arguments_of(s, call->in[X]);
    args.w = call->in[WEIGHT] ? gnn_i_arc_values(call, WEIGHT, s) : o->weight;
    args.diag = gnn_i_in(call, SELF);
    args.y = gnn_i_out(call);
    args.reduce = kernel_reduce[o->how];
    if (o->how == GNN_MAX) args.argmax = call->saved; /* NULL where nothing is recorded */
    gnn_i_spmm(call->n_threads, &args);
    if (o->how != GNN_MEAN || !call->recorded) return;
    gnn_real *inverse = call->saved;
    for (int64_t r = 0; r < s->n_rows; r++) {
        gnn_off n = s->row_ptr[r + 1] - s->row_ptr[r];
        inverse[r] = n > 0 ? 1 / (gnn_real)n : 0;
    }
}

/* dx = or += Aᵀ (scale ∘ dy) + self ∘ dy. */
static void source_gradient(gnn_i_call *call, const gnn_real *w,
                            const gnn_real *inverse) {
    const spmm_options *o = call->options;
    const gnn_i_structure *s = &o->s;
    const gnn_i_transpose *t = o->transpose;
    const gnn_real *self = gnn_i_in(call, SELF);
    int64_t width = call->in[X]->shape[1];
    bool on_diagonal = self && gnn_i_is_square(s) && o->how != GNN_MAX;
    if (o->how == GNN_MAX)
        gnn_i_spmm_max_backward(call->n_threads, s->n_cols, t->csr.row_ptr, t->csr.col,
                                t->arc, NULL, s->row_ptr, w, width, call->d_out,
                                call->saved, call->d_in[X], call->accumulate[X]);
    else
        gnn_i_spmm(call->n_threads,
                   &(gnn_i_spmm_args){.n_rows = s->n_cols,
                                      .row_ptr = t->csr.row_ptr,
                                      .col = t->csr.col,
                                      .w = o->follows_arcs ? w : o->transpose_weight,
                                      .perm = o->follows_arcs && w ? t->arc : NULL,
                                      .col_scale = inverse,
                                      .diag = on_diagonal ? self : NULL,
                                      .width = width,
                                      .x = call->d_out,
                                      .y = call->d_in[X],
                                      .accumulate = call->accumulate[X]});
    if (self && !on_diagonal)
        gnn_i_add_to_self(call, s, width, self, call->d_out, call->d_in[X],
                          call->scratch);
}

static void backward_spmm(gnn_i_call *call) {
    const spmm_options *o = call->options;
    const gnn_i_structure *s = &o->s;
    const gnn_real *x = gnn_i_in(call, X), *dy = call->d_out;
    const gnn_real *w = call->in[WEIGHT] ? gnn_i_arc_values(call, WEIGHT, s) : o->weight;
    const gnn_real *inverse = o->how == GNN_MEAN ? call->saved : NULL;
    int64_t width = call->in[X]->shape[1];
    if (gnn_i_wants(call, X)) source_gradient(call, w, inverse);
    bool add;
    gnn_real *dw = gnn_i_arc_gradient(call, WEIGHT, s, false, &add);
    if (dw && o->how == GNN_MAX)
        gnn_i_spmm_max_backward_w(call->n_threads, s->n_rows, s->row_ptr, s->col, width,
                                  dy, x, call->saved, dw, add);
    else if (dw)
        gnn_i_sddmm(call->n_threads, s->n_rows, s->row_ptr, s->col, 1, width, dy, 0, x, 0,
                    inverse, dw, add);
    if (gnn_i_wants(call, SELF))
        gnn_i_row_dot(call->n_threads, s->n_rows, width, dy, x + s->row_offset * width,
                      call->d_in[SELF], call->accumulate[SELF]);
}

const gnn_i_op gnn_i_op_spmm = {
    .name = "spmm",
    .formula = "y[r] = reduce_a (w_a x[source(a)]) + self[r] x[r], sum, mean or max",
    .plan = plan_spmm,
    .forward = forward_spmm,
    .backward = backward_spmm,
};

/* A constant's sum, mean or max with the graph's own weights is kept. */
static gnn_tensor *kept_product(gnn_context *ctx, const gnn_graph *graph,
                                const gnn_tensor *x, gnn_reduce how) {
    static const gnn_i_product product[] = {[GNN_SUM] = GNN_I_PRODUCT_SUM,
                                            [GNN_MEAN] = GNN_I_PRODUCT_MEAN,
                                            [GNN_MAX] = GNN_I_PRODUCT_MAX};
    const gnn_csr *csr = gnn_graph_csr(graph);
    gnn_i_spmm_args args = {.n_rows = csr->n_rows,
                            .row_ptr = csr->row_ptr,
                            .col = csr->col,
                            .w = gnn_graph_weight(graph),
                            .width = x->shape[1],
                            .x = x->data,
                            .reduce = kernel_reduce[how]};
    return gnn_i_product_get(ctx, graph, product[how], x, &args);
}

gnn_tensor *gnn_spmm(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *x,
                     gnn_reduce how, gnn_tensor *weight, gnn_tensor *self) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    if (x && !weight && !self && gnn_i_ok(ctx) && (unsigned)how <= GNN_MAX &&
        gnn_tensor_real(x) && x->n_axes == 2 && x->shape[0] == csr->n_cols &&
        gnn_i_product_is_kept(graph, x))
        return kept_product(ctx, graph, x, how);
    spmm_options options = {.how = how};
    gnn_tensor *in[] = {x, weight, self};
    return gnn_i_apply(ctx, &gnn_i_op_spmm, 3, in, 1u << WEIGHT | 1u << SELF, graph,
                       &options, sizeof options);
}
