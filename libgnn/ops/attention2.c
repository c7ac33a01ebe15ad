/* GATv2 [Brody et al. 2022]: e_a = <a, leaky(z_j + zt_i + arc_a)> for the arc a from j to
 * i, α = softmax over the arcs of i, y_i = Σ_a α_a z_j. One number an arc and head is
 * kept for the backward pass. */
#include "ops/attention.h"

#include "ops/registry.h"

enum { Z, Z_TARGET, ARC, A };

static gnn_status need_width(const gnn_i_call *call, int i, const char *name) {
    int64_t want = call->in[Z]->shape[1], have = gnn_tensor_width(call->in[i]);
    if (have == want) return GNN_OK;
    return gnn_i_call_fail(call, GNN_ERR_SHAPE, "%s has %lld columns, z has %lld", name,
                           (long long)have, (long long)want);
}

/* The kernel's arguments, with the saved parts in place. */
static gnn_i_attention_args arguments_of(const gnn_i_call *call) {
    const gnn_i_attention_call *o = call->options;
    gnn_i_attention_args args = gnn_i_attention_arguments(call);
    gnn_i_parts saved = {call->saved};
    int64_t n = o->s.n_rows * args.heads;
    args.att = gnn_i_in(call, A);
    args.zr = gnn_i_target_values(call, Z_TARGET, &o->s);
    args.e = gnn_i_arc_values(call, ARC, &o->s);
    if (!call->saved) return args; /* in plan */
    args.row_max = gnn_i_part(&saved, n, sizeof *args.row_max);
    args.row_sum = gnn_i_part(&saved, n, sizeof *args.row_sum);
    if (call->recorded)
        args.shares =
            gnn_i_part(&saved, gnn_i_attention_share_count(&args), sizeof *args.shares);
    return args;
}

static gnn_status plan_attention2(gnn_i_call *call) {
    gnn_i_attention_call *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_attention_plan(call));
    GNN_TRY(gnn_i_need_targets(call, Z_TARGET, "z_target", 2, &o->s));
    GNN_TRY(need_width(call, Z_TARGET, "z_target"));
    if (call->in[ARC]) {
        GNN_TRY(gnn_i_need_arcs(call, ARC, "arc", 2, &o->s));
        GNN_TRY(need_width(call, ARC, "arc"));
    }
    GNN_TRY(gnn_i_attention_need_vector(call, A, "a"));
    for (int k = 0; k < 2; k++) /* row_max, row_sum */
        GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes,
                                     o->s.n_rows * o->options.heads, sizeof(gnn_real)));
    if (!call->recorded) return GNN_OK;
    gnn_i_attention_args args = arguments_of(call);
    GNN_TRY(gnn_i_call_add_bytes(call, &call->saved_bytes,
                                 gnn_i_attention_share_count(&args), sizeof(gnn_real)));
    call->backward_scratch_bytes = gnn_i_attention_backward_scratch(&args);
cleanup:
    return status;
}

static void forward_attention2(gnn_i_call *call) {
    gnn_i_attention_args args = arguments_of(call);
    gnn_i_attention_forward(call->n_threads, &args);
}

static void backward_attention2(gnn_i_call *call) {
    const gnn_i_attention_call *o = call->options;
    gnn_i_attention_args args = arguments_of(call);
    gnn_i_attention_grad grad = gnn_i_attention_gradients(call);
    bool add;
    gnn_i_start_gradient(call, Z);
    grad.dz = call->d_in[Z];
    grad.dzr = gnn_i_target_gradient(call, Z_TARGET, &o->s, true, &add);
    grad.de = gnn_i_arc_gradient(call, ARC, &o->s, true, &add);
    gnn_i_start_gradient(call, A);
    grad.datt = call->d_in[A];
    grad.scratch = call->scratch;
    gnn_i_attention_backward(call->n_threads, &args, &grad);
}

const gnn_i_op gnn_i_op_attention2 = {
    .name = "attention2",
    .formula =
        "Σ_j α_ij z_j, α = softmax_j <a, leaky(z_j + zt_i + e_ij)> [Brody et al. 2022]",
    .plan = plan_attention2,
    .forward = forward_attention2,
    .backward = backward_attention2,
    .backward_once = true, /* the shares become their gradients: no second array */
};

gnn_tensor *gnn_attention2(gnn_context *ctx, const gnn_graph *graph, gnn_tensor *z_source,
                           gnn_tensor *z_target, gnn_tensor *arc, gnn_tensor *a,
                           const gnn_attention_options *options) {
    gnn_i_attention_call call = {.options = *options};
    gnn_tensor *in[] = {z_source, z_target, arc, a};
    return gnn_i_apply(ctx, &gnn_i_op_attention2, 4, in, 1u << ARC, graph, &call,
                       sizeof call);
}
