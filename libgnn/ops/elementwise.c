/* Maps of one value at a time: y = f(x), dx = f'(x) dy. All share one plan, forward and
 * backward; the descriptors differ in their name, the options in the map. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "ops/registry.h"

typedef struct map_options {
    gnn_i_unary_op map;
    gnn_real parameter;
} map_options;

static gnn_status plan_map(gnn_i_call *call) {
    gnn_status status = gnn_i_call_need_dense(call, 0, 0);
    return status == GNN_OK ? gnn_i_call_shape_like(call, call->in[0]) : status;
}

static void forward_map(gnn_i_call *call) {
    const map_options *o = call->options;
    gnn_i_unary(call->n_threads, o->map, o->parameter, gnn_tensor_count(call->out),
                gnn_i_in(call, 0), gnn_i_out(call));
}

static void backward_map(gnn_i_call *call) {
    const map_options *o = call->options;
    gnn_i_unary_backward(call->n_threads, o->map, o->parameter,
                         gnn_tensor_count(call->out), gnn_i_in(call, 0), gnn_i_out(call),
                         call->d_out, call->d_in[0], call->accumulate[0]);
}

#define MAP(op, text)                                                                    \
    const gnn_i_op gnn_i_op_##op = {                                                     \
        .name = #op,                                                                     \
        .formula = text,                                                                 \
        .plan = plan_map,                                                                \
        .forward = forward_map,                                                          \
        .backward = backward_map,                                                        \
        .first_gradient = GNN_I_GRADIENT_IN_PLACE,                                       \
    }

MAP(relu, "max(x, 0)");
MAP(leaky_relu, "x > 0: x, else slope x");
MAP(elu, "x > 0: x, else alpha (e^x - 1) [Clevert et al. 2016]");
MAP(gelu, "x Φ(x) [Hendrycks & Gimpel 2016]");
MAP(silu, "x σ(x) [Elfwing et al. 2018]");
MAP(tanh, "tanh x");
MAP(sigmoid, "1 / (1 + e^-x)");
MAP(softplus, "log(1 + e^x)");
MAP(exp, "e^x");
MAP(log, "log x");
MAP(square, "x²");
MAP(sqrt, "√x");
MAP(abs, "|x|, gradient 0 at 0");

static gnn_tensor *map(gnn_context *ctx, const gnn_i_op *op, gnn_tensor *x,
                       gnn_i_unary_op kind, gnn_real parameter) {
    map_options options = {kind, parameter};
    return gnn_i_apply(ctx, op, 1, &x, 0, NULL, &options, sizeof options);
}

gnn_tensor *gnn_relu(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_relu, x, GNN_I_UNARY_RELU, 0);
}

gnn_tensor *gnn_leaky_relu(gnn_context *ctx, gnn_tensor *x, gnn_real slope) {
    return map(ctx, &gnn_i_op_leaky_relu, x, GNN_I_UNARY_LEAKY_RELU, slope);
}

gnn_tensor *gnn_elu(gnn_context *ctx, gnn_tensor *x, gnn_real alpha) {
    return map(ctx, &gnn_i_op_elu, x, GNN_I_UNARY_ELU, alpha);
}

gnn_tensor *gnn_gelu(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_gelu, x, GNN_I_UNARY_GELU, 0);
}

gnn_tensor *gnn_silu(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_silu, x, GNN_I_UNARY_SILU, 0);
}

gnn_tensor *gnn_tanh(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_tanh, x, GNN_I_UNARY_TANH, 0);
}

gnn_tensor *gnn_sigmoid(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_sigmoid, x, GNN_I_UNARY_SIGMOID, 0);
}

gnn_tensor *gnn_softplus(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_softplus, x, GNN_I_UNARY_SOFTPLUS, 0);
}

gnn_tensor *gnn_exp(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_exp, x, GNN_I_UNARY_EXP, 0);
}

gnn_tensor *gnn_log(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_log, x, GNN_I_UNARY_LOG, 0);
}

gnn_tensor *gnn_square(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_square, x, GNN_I_UNARY_SQUARE, 0);
}

gnn_tensor *gnn_sqrt(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_sqrt, x, GNN_I_UNARY_SQRT, 0);
}

gnn_tensor *gnn_abs(gnn_context *ctx, gnn_tensor *x) {
    return map(ctx, &gnn_i_op_abs, x, GNN_I_UNARY_ABS, 0);
}
