/* Dropout: y = m ∘ x, m = 0 with probability p, else 1/(1-p); dx = m ∘ dy. The mask is a
 * function of (seed, stream, index), drawn again where the gradient needs it. */
#include "ops/common.h"

#include <gnn/ops.h>

#include "ops/registry.h"

typedef struct dropout_options {
    gnn_real p;
} dropout_options;

static gnn_i_dropout mask_of(const gnn_i_call *call) {
    const dropout_options *o = call->options;
    return gnn_i_dropout_make(call->seed, call->stream, (double)o->p);
}

static gnn_status plan_dropout(gnn_i_call *call) {
    const dropout_options *o = call->options;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_call_need_dense(call, 0, 0));
    GNN_TRY(gnn_i_need_probability(call, o->p));
    GNN_TRY(gnn_i_call_shape_like(call, call->in[0]));
cleanup:
    return status;
}

static void forward_dropout(gnn_i_call *call) {
    gnn_i_dropout mask = mask_of(call);
    gnn_i_dropout_apply(call->n_threads, &mask, gnn_tensor_count(call->out),
                        gnn_i_in(call, 0), gnn_i_out(call));
}

static void backward_dropout(gnn_i_call *call) {
    gnn_i_dropout mask = mask_of(call);
    gnn_i_dropout_backward(call->n_threads, &mask, gnn_tensor_count(call->out),
                           call->d_out, call->d_in[0], call->accumulate[0]);
}

const gnn_i_op gnn_i_op_dropout = {
    .name = "dropout",
    .formula = "x m, m 0 with probability p, else 1/(1-p) [Srivastava et al. 2014]",
    .plan = plan_dropout,
    .forward = forward_dropout,
    .backward = backward_dropout,
    .first_gradient = GNN_I_GRADIENT_IN_PLACE,
};

/* A sparse x: its structure is shared, the stored values get the mask. Sparse tensors are
 * constants, so there is no gradient. */
static gnn_status plan_sparse(gnn_i_call *call) {
    const dropout_options *o = call->options;
    gnn_tensor *x = call->in[0], *out = call->out;
    gnn_status status = GNN_OK;
    GNN_TRY(gnn_i_need_probability(call, o->p));
    GNN_TRY(gnn_i_call_shape_like(call, x));
    gnn_sparse *sparse = gnn_i_step_alloc(call->ctx, 1, sizeof *sparse);
    gnn_real *value =
        gnn_i_step_alloc(call->ctx, gnn_tensor_n_stored(x), sizeof *sparse->value);
    if (!sparse || !value) return GNN_ERR_MEMORY;
    *sparse = *x->sparse;
    sparse->value = value;
    out->layout = GNN_SPARSE;
    out->sparse = sparse;
cleanup:
    return status;
}

static void forward_sparse(gnn_i_call *call) {
    gnn_i_dropout mask = mask_of(call);
    gnn_i_dropout_apply(call->n_threads, &mask, gnn_tensor_n_stored(call->in[0]),
                        call->in[0]->sparse->value, call->out->sparse->value);
}

const gnn_i_op gnn_i_op_dropout_sparse = {
    .name = "dropout_sparse",
    .formula = "dropout of the stored values of a sparse tensor",
    .plan = plan_sparse,
    .forward = forward_sparse,
};

gnn_tensor *gnn_dropout(gnn_context *ctx, gnn_tensor *x, gnn_real p) {
    if (x && gnn_i_ok(ctx) && (p == 0 || gnn_context_mode(ctx) == GNN_EVAL)) return x;
    dropout_options options = {p};
    const gnn_i_op *op =
        x && x->layout == GNN_SPARSE ? &gnn_i_op_dropout_sparse : &gnn_i_op_dropout;
    return gnn_i_apply(ctx, op, 1, &x, 0, NULL, &options, sizeof options);
}
