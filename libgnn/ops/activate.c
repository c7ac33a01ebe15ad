/* An activation and the dropout that follows it, as one op: y = m ∘ f(x). The mask is
 * drawn again in the backward pass; for relu the sign of y tells it, so that x is not
 * read:
 *   dx = m ∘ f'(x) ∘ dy. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "ops/registry.h"

typedef struct activate_options {
    gnn_i_unary_op map;
    gnn_real parameter;
    gnn_real dropout;
} activate_options;

static gnn_status plan_activate(gnn_i_call *call) {
    const activate_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    GNN_TRY(gnn_i_need_probability(call, o->dropout));
    GNN_TRY(gnn_i_call_shape_like(call, call->in[0]));
cleanup:
    return status;
}

static gnn_i_dropout mask_of(const gnn_i_call *call) {
    const activate_options *o = call->options;
    return gnn_i_dropout_make(call->seed, call->stream, (double)o->dropout);
}

static void forward_activate(gnn_i_call *call) {
    const activate_options *o = call->options;
    gnn_i_dropout mask = mask_of(call);
    gnn_i_unary_dropout(call->n_threads, o->map, o->parameter, &mask,
                        gnn_tensor_count(call->out), gnn_i_in(call, 0), gnn_i_out(call));
}

static void backward_activate(gnn_i_call *call) {
    const activate_options *o = call->options;
    gnn_i_dropout mask = mask_of(call);
    gnn_i_unary_dropout_backward(call->n_threads, o->map, o->parameter, &mask,
                                 gnn_tensor_count(call->out), gnn_i_in(call, 0),
                                 gnn_i_out(call), call->d_out, call->d_in[0],
                                 call->accumulate[0]);
}

const gnn_i_op gnn_i_op_activate = {
    .name = "activate",
    .formula = "dropout(f(x), p), f one of the activations",
    .plan = plan_activate,
    .forward = forward_activate,
    .backward = backward_activate,
    .first_gradient = GNN_I_GRADIENT_IN_PLACE,
};

/* The map of an activation and its customary parameter. */
static bool map_of(gnn_activation kind, activate_options *o) {
    switch (kind) {
    case GNN_ACT_RELU: o->map = GNN_I_UNARY_RELU; return true;
    case GNN_ACT_LEAKY_RELU:
        o->map = GNN_I_UNARY_LEAKY_RELU;
        o->parameter = (gnn_real).01;
        return true;
    case GNN_ACT_ELU:
        o->map = GNN_I_UNARY_ELU;
        o->parameter = 1;
        return true;
    case GNN_ACT_GELU: o->map = GNN_I_UNARY_GELU; return true;
    case GNN_ACT_SILU: o->map = GNN_I_UNARY_SILU; return true;
    case GNN_ACT_TANH: o->map = GNN_I_UNARY_TANH; return true;
    case GNN_ACT_SIGMOID: o->map = GNN_I_UNARY_SIGMOID; return true;
    case GNN_ACT_SOFTPLUS: o->map = GNN_I_UNARY_SOFTPLUS; return true;
    default: return false;
    }
}

gnn_tensor *gnn_activate(gnn_context *ctx, gnn_tensor *x, gnn_activation kind,
                         gnn_real dropout) {
    if (kind == GNN_ACT_NONE) return gnn_dropout(ctx, x, dropout);
    activate_options options = {.dropout =
                                    gnn_context_mode(ctx) == GNN_TRAIN ? dropout : 0};
    if (!map_of(kind, &options)) {
        if (!gnn_i_ok(ctx)) return NULL;
        return gnn_i_sticky(
            ctx, gnn_fail(GNN_ERR_ARGUMENT, "activate: no activation %d", (int)kind));
    }
    return gnn_i_apply(ctx, &gnn_i_op_activate, 1, &x, 0, NULL, &options, sizeof options);
}
