/* Graph attention [Veličković et al. 2018]:
 *   e_a = leaky(<a_source, z_j> + <a_target, z_i> + arc_score_a)  for arc a from j to i,
 *   α = softmax over the arcs of i,  y_i = Σ_a α_a z_j.
 * The two dots are computed once a node; the kernels do the rest in one pass over the
 * arcs. From the gradients of the dots: dz_j += dsrc_j a_source, dz_i += ddst_i a_target,
 * da_source = Σ_j dsrc_j z_j, da_target = Σ_i ddst_i z_i. */
#include "ops/attention.h"

#include "kernels/rows.h"
#include "ops/registry.h"

/* ---- shared with attention2.c ---- */

static gnn_status check_options(const gnn_i_call *call, const gnn_attention_options *o) {
    gnn_status status = gnn_i_need_heads(call, "z", call->in[0]->shape[1], o->heads);
    if (status != GNN_OK) return status;
    if (!(o->slope >= 0 && o->slope <= 1))
        return gnn_i_call_fail(call, GNN_ERR_ARGUMENT, "slope is %g, expected 0 to 1",
                               (double)o->slope);
    return gnn_i_need_probability(call, o->dropout);
}

gnn_status gnn_i_attention_plan(gnn_i_call *call) {
    gnn_i_attention_call *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_structure_of(call, &o->s));
    GNN_TRY(gnn_i_need_sources(call, 0, "z", 2, &o->s));
    GNN_TRY(check_options(call, &o->options));
    int64_t width = call->in[0]->shape[1];
    o->dim = width / o->options.heads;
    GNN_TRY(gnn_i_call_shape(call, GNN_AXIS_NODE, 2, (int64_t[]){o->s.n_rows, width}));
    if (call->recorded) GNN_TRY(gnn_i_graph_transpose(call->graph, &o->transpose));
cleanup:
    return status;
}

gnn_status gnn_i_attention_need_vector(const gnn_i_call *call, int i, const char *name) {
    const gnn_i_attention_call *o = call->options;
    return gnn_i_need_count(call, i, name, o->dim * o->options.heads, "z", "columns");
}

gnn_i_attention_args gnn_i_attention_arguments(const gnn_i_call *call) {
    const gnn_i_attention_call *o = call->options;
    gnn_i_attention_args args = {.n_rows = o->s.n_rows,
                                 .row_ptr = o->s.row_ptr,
                                 .col = o->s.col,
                                 .heads = o->options.heads,
                                 .dim = o->dim,
                                 .slope = o->options.slope,
                                 .self_arc = o->options.self_loops,
                                 .self_offset = o->s.row_offset,
                                 .n_arcs = o->s.n_arcs,
                                 .z = gnn_i_in(call, 0),
                                 .y = gnn_i_out(call)};
    if (gnn_i_training(call))
        args.dropout =
            gnn_i_dropout_make(call->seed, call->stream, (double)o->options.dropout);
    return args;
}

gnn_i_attention_grad gnn_i_attention_gradients(const gnn_i_call *call) {
    const gnn_i_attention_call *o = call->options;
    return (gnn_i_attention_grad){.n_sources = o->s.n_cols,
                                  .col_ptr = o->transpose->csr.row_ptr,
                                  .row = o->transpose->csr.col,
                                  .perm = o->transpose->arc,
                                  .dy = call->d_out};
}

/* ---- the op ---- */

enum { Z, A_SOURCE, A_TARGET, ARC_SCORE };

static gnn_status plan_attention(gnn_i_call *call) {
    gnn_i_attention_call *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_attention_plan(call));
    GNN_TRY(gnn_i_attention_need_vector(call, A_SOURCE, "a_source"));
    GNN_TRY(gnn_i_attention_need_vector(call, A_TARGET, "a_target"));
    int64_t heads = o->options.heads;
    if (call->in[ARC_SCORE]) {
        GNN_TRY(gnn_i_need_arcs(call, ARC_SCORE, "arc_score", 0, &o->s));
        if (gnn_tensor_width(call->in[ARC_SCORE]) != heads) {
            status = gnn_i_call_fail(
                call, GNN_ERR_SHAPE, "arc_score has %lld columns for %d heads",
                (long long)gnn_tensor_width(call->in[ARC_SCORE]), (int)heads);
            goto cleanup;
        }
    }
    /* saved: dots of sources, dots of targets, row_max, row_sum, shares */
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, o->s.n_cols * heads,
                                 sizeof(gnn_real)));
    for (int k = 0; k < 3; k++)
        GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes, o->s.n_rows * heads,
                                     sizeof(gnn_real)));
    if (!call->recorded) return GNN_OK;
    gnn_i_attention_args args = gnn_i_attention_arguments(call);
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes,
                                 gnn_i_attention_share_count(&args), sizeof(gnn_real)));
    /* scratch: gradients of the dots, then what the kernels want in turn */
    size_t kernels = gnn_i_attention_backward_scratch(&args);
    gnn_i_at_least(&kernels, gnn_i_column_scratch(o->s.n_cols, heads * o->dim));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->backward_scratch_bytes, o->s.n_cols * heads,
                                 sizeof(gnn_real)));
    GNN_TRY(gnn_i_call_add_bytes(call, &call->backward_scratch_bytes, o->s.n_rows * heads,
                                 sizeof(gnn_real)));
    GNN_TRY(
        gnn_i_call_add_bytes(call, &call->backward_scratch_bytes, (int64_t)kernels, 1));
cleanup:
    return status;
}

/* The kernel's arguments, with the saved parts in place. */
static gnn_i_attention_args arguments_of(const gnn_i_call *call, gnn_real **src,
                                         gnn_real **dst) {
    const gnn_i_attention_call *o = call->options;
    int64_t heads = o->options.heads;
    gnn_i_attention_args args = gnn_i_attention_arguments(call);
    gnn_i_parts saved = {call->saved};
    *src = gnn_i_part(&saved, o->s.n_cols * heads, sizeof **src);
    *dst = gnn_i_part(&saved, o->s.n_rows * heads, sizeof **dst);
    args.row_max = gnn_i_part(&saved, o->s.n_rows * heads, sizeof *args.row_max);
    args.row_sum = gnn_i_part(&saved, o->s.n_rows * heads, sizeof *args.row_sum);
    args.src = *src;
    args.dst = *dst;
    if (call->recorded)
        args.shares =
            gnn_i_part(&saved, gnn_i_attention_share_count(&args), sizeof *args.shares);
    args.arc_score = gnn_i_arc_values(call, ARC_SCORE, &o->s);
    return args;
}

static void forward_attention(gnn_i_call *call) {
    const gnn_i_attention_call *o = call->options;
    gnn_real *src, *dst;
    gnn_i_attention_args args = arguments_of(call, &src, &dst);
    int64_t width = args.heads * o->dim;
    gnn_i_head_dot(call->n_threads, o->s.n_cols, args.heads, o->dim, args.z,
                   gnn_i_in(call, A_SOURCE), src);
    gnn_i_head_dot(call->n_threads, o->s.n_rows, args.heads, o->dim,
                   args.z + o->s.row_offset * width, gnn_i_in(call, A_TARGET), dst);
    gnn_i_attention_forward(call->n_threads, &args);
}

static void backward_attention(gnn_i_call *call) {
    const gnn_i_attention_call *o = call->options;
    gnn_real *src, *dst;
    gnn_i_attention_args args = arguments_of(call, &src, &dst);
    gnn_i_attention_grad grad = gnn_i_attention_gradients(call);
    int64_t heads = args.heads, own = o->s.row_offset * heads * o->dim;
    bool add;
    for (int i = 0; i < ARC_SCORE; i++) gnn_i_start_gradient(call, i);
    grad.dz = call->d_in[Z];
    grad.darc_score = gnn_i_arc_gradient(call, ARC_SCORE, &o->s, true, &add);
    gnn_i_parts scratch = {call->scratch};
    grad.dsrc = gnn_i_part(&scratch, o->s.n_cols * heads, sizeof *grad.dsrc);
    grad.ddst = gnn_i_part(&scratch, o->s.n_rows * heads, sizeof *grad.ddst);
    gnn_i_fill(call->n_threads, o->s.n_cols * heads, 0, grad.dsrc);
    gnn_i_fill(call->n_threads, o->s.n_rows * heads, 0, grad.ddst);
    grad.scratch = scratch.at;
    gnn_i_attention_backward(call->n_threads, &args, &grad);
    gnn_i_head_dot_backward(call->n_threads, o->s.n_cols, args.heads, o->dim, args.z,
                            gnn_i_in(call, A_SOURCE), grad.dsrc, grad.dz,
                            call->d_in[A_SOURCE], scratch.at);
    gnn_i_head_dot_backward(call->n_threads, o->s.n_rows, args.heads, o->dim,
                            args.z + own, gnn_i_in(call, A_TARGET), grad.ddst,
                            grad.dz ? grad.dz + own : NULL, call->d_in[A_TARGET],
                            scratch.at);
}

const gnn_i_op gnn_i_op_attention = {
    .name = "attention",
    .formula =
        "Σ_j α_ij z_j, α = softmax_j leaky(a_s z_j + a_t z_i) [Veličković et al. 2018]",
    .plan = plan_attention,
    .forward = forward_attention,
    .backward = backward_attention,
    .backward_once = true, /* the shares become their gradients: no second array */
};

gnn_tensor *gnn_attention(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *z,
                          gnn_tensor *a_source, gnn_tensor *a_target,
                          gnn_tensor *arc_score, const gnn_attention_options *options) {
    gnn_i_attention_call call = {.options = *options};
    gnn_tensor *in[] = {z, a_source, a_target, arc_score};
    return gnn_i_apply(ctx, &gnn_i_op_attention, 4, in, 1u << ARC_SCORE, graph, &call,
                       sizeof call);
}
