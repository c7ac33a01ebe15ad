/* The majority baseline: every node gets the logarithms of the classes' shares in
 * training, so that softmax gives those shares and the guess is the most frequent class.
 * Shares are smoothed by one count a class (Laplace), so that their logarithms are
 * finite. */
#include "models/baseline.h"

#include <math.h>

#include "core/alloc.h"

typedef struct majority {
    gnn_tensor *logit; /* (1, n_out): not trained */
} majority;

static const gnn_option majority_table[] = {GNN_I_OPTION_END};

gnn_status gnn_i_class_shares(const gnn_model *model, const gnn_id *class_of,
                              int64_t n_rows, const gnn_id *rows, double *share) {
    gnn_status status = GNN_OK;
    int64_t n = 0;
    for (int64_t c = 0; c < model->n_out; c++) share[c] = 1;
    for (int64_t i = 0; i < n_rows; i++) {
        gnn_id c = class_of[rows != NULL ? rows[i] : i];
        GNN_CHECK(c < model->n_out, GNN_ERR_INPUT,
                  "model %s: class %d of node %lld, there "
                  "are %lld classes",
                  model->kind, c, (long long)(rows != NULL ? rows[i] : i),
                  (long long)model->n_out);
        if (c < 0) continue;
        share[c] += 1;
        n++;
    }
    GNN_CHECK(n > 0, GNN_ERR_INPUT, "model %s: no node to learn from has a class",
              model->kind);
    for (int64_t c = 0; c < model->n_out; c++) share[c] /= (double)(n + model->n_out);
cleanup:
    return status;
}

static gnn_status majority_setup(gnn_model *model) {
    gnn_status status;
    majority *own = model->own;
    const int64_t shape[] = {1, model->n_out};
    GNN_TRY(gnn_model_add_parameter(model, "logit", 2, shape, GNN_INIT_ZERO, 0, 0, false,
                                    &own->logit));
    GNN_TRY(gnn_i_model_add_stage(model, (gnn_i_stage){.ends_hidden = true}));
cleanup:
    return status;
}

static gnn_status majority_fit(gnn_model *model, const gnn_graph *graph,
                               const gnn_id *class_of, int64_t n_rows,
                               const gnn_id *rows) {
    (void)graph;
    gnn_status status;
    majority *own = model->own;
    double *share = NULL;
    GNN_TRY(
        gnn_i_alloc(&share, (size_t)model->n_out, sizeof *share, "shares of classes"));
    GNN_TRY(gnn_i_class_shares(model, class_of, n_rows, rows, share));
    for (int64_t c = 0; c < model->n_out; c++)
        gnn_tensor_real(own->logit)[c] = (gnn_real)log(share[c]);
cleanup:
    gnn_i_free(share);
    return status;
}

/* A column of zeros plus the row of logits. */
static void majority_stage(gnn_context *ctx, const gnn_model *model,
                           const gnn_i_stage *stage, const gnn_graph *graph,
                           gnn_state *state) {
    (void)stage;
    (void)graph;
    const majority *own = model->own;
    const int64_t shape[] = {state->tensor[0]->shape[0], 1};
    gnn_tensor *zero = gnn_step_tensor(ctx, GNN_AXIS_NODE, 2, shape);
    for (int64_t i = 0; zero != NULL && i < shape[0]; i++) gnn_tensor_real(zero)[i] = 0;
    state->tensor[0] = zero != NULL ? gnn_add(ctx, zero, own->logit) : NULL;
    state->n = 1;
}

const gnn_i_model_type gnn_i_model_majority = {
    .info = {"majority", "shares of the classes in training: the least a model must beat",
             majority_table, ""},
    .own_size = sizeof(majority),
    .setup = majority_setup,
    .stage = majority_stage,
    .fit = majority_fit,
};
