/* Label propagation [1]: F ← α S F + (1 - α) Y, S = D^-1/2 A D^-1/2, `iterations` times,
 * where row i of Y is the class of a known node, else 0. With `clamp`, known rows are set
 * back to Y after each iteration [2]. Scores are shares: row i of F divided by its sum,
 * mixed with a little of the classes' shares in training, which alone count where no
 * label arrived; the output is their logarithms. Features are not read.
 *
 * The model is fitted to one graph: it holds a row of scores a node (option `nodes`) and
 * gives the rows of the targets it is asked for.
 * Cost: O(iterations · arcs · n_out).
 * [1] Zhou et al. 2003, Learning with local and global consistency
 * [2] Zhu & Ghahramani 2002, CMU-CALD-02-107 */
#include "models/baseline.h"

#include <math.h>
#include <string.h>

#include "core/alloc.h"
#include "tensor/tape.h"

typedef struct labelprop_options {
    int64_t iterations;
    double alpha;
    bool clamp;
    int64_t nodes;
} labelprop_options;

typedef struct labelprop {
    gnn_tensor *score; /* (nodes, n_out), not trained; NULL before it is fitted */
} labelprop;

static const gnn_option labelprop_table[] = {
    GNN_I_OPTION_INT(labelprop_options, iterations, "iterations", 50, 1, 100000,
                     "how often labels go one arc further"),
    GNN_I_OPTION_REAL(labelprop_options, alpha, "alpha", 0.9, 0, 1,
                      "share of the neighbours"),
    GNN_I_OPTION_BOOL(labelprop_options, clamp, "clamp", 1,
                      "known labels stay as they are"),
    GNN_I_OPTION_INT(labelprop_options, nodes, "nodes", 0, 0, INT32_MAX,
                     "nodes it was fitted to, 0: none yet"),
    GNN_I_OPTION_END,
};

static gnn_status add_scores(gnn_model *model, int64_t nodes) {
    labelprop *own = model->own;
    const int64_t shape[] = {nodes, model->n_out};
    return gnn_model_add_parameter(model, "score", 2, shape, GNN_INIT_ZERO, 0, 0, false,
                                   &own->score);
}

static gnn_status labelprop_setup(gnn_model *model) {
    gnn_status status;
    const labelprop_options *options = model->options;
    if (options->nodes > 0) GNN_TRY(add_scores(model, options->nodes));
    GNN_TRY(
        gnn_i_model_add_stage(model, (gnn_i_stage){.hop = true, .ends_hidden = true}));
cleanup:
    return status;
}

/* ---- fitting ---- */

/* Y: one where the class is known, else zero. */
static void fill_known(gnn_real *y, int64_t n_nodes, int64_t n_out,
                       const gnn_id *class_of, int64_t n_rows, const gnn_id *rows) {
    memset(y, 0, (size_t)(n_nodes * n_out) * sizeof *y);
    for (int64_t i = 0; i < n_rows; i++) {
        int64_t node = rows != NULL ? rows[i] : i;
        if (class_of[node] >= 0) y[node * n_out + class_of[node]] = 1;
    }
}

static void clamp_known(gnn_real *f, const gnn_real *y, int64_t n_out,
                        const gnn_id *class_of, int64_t n_rows, const gnn_id *rows) {
    for (int64_t i = 0; i < n_rows; i++) {
        int64_t node = rows != NULL ? rows[i] : i;
        if (class_of[node] >= 0)
            memcpy(f + node * n_out, y + node * n_out, (size_t)n_out * sizeof *f);
    }
}

/* One iteration from f to f, through the step's memory. */
static gnn_status iterate(gnn_context *ctx, const gnn_graph *graph, double alpha,
                          const gnn_tensor *y, gnn_tensor *f) {
    gnn_context_begin(ctx, GNN_EVAL, 0);
    gnn_tensor *sf = gnn_gcn_propagate(ctx, graph, f, false, NULL);
    gnn_tensor *next =
        gnn_axpby(ctx, (gnn_real)alpha, sf, (gnn_real)(1 - alpha), (gnn_tensor *)y);
    if (next != NULL)
        memcpy(f->data, next->data, (size_t)gnn_tensor_count(f) * sizeof(gnn_real));
    return gnn_context_status(ctx);
}

/* f ← log of (f / its row sum + ε shares) / (1 + ε), or of the shares for an empty
 * row. */
static void to_logits(gnn_real *f, int64_t n_nodes, int64_t n_out, const double *share) {
    static const double LITTLE = 1e-3;
    for (int64_t i = 0; i < n_nodes; i++) {
        gnn_real *row = f + i * n_out;
        double sum = 0;
        for (int64_t c = 0; c < n_out; c++) sum += (double)row[c];
        for (int64_t c = 0; c < n_out; c++) {
            double own = sum > 0 ? (double)row[c] / sum : share[c];
            row[c] = (gnn_real)log((own + LITTLE * share[c]) / (1 + LITTLE));
        }
    }
}

static gnn_status make_room(gnn_model *model, int64_t nodes) {
    gnn_status status = GNN_OK;
    labelprop_options *options = model->options;
    labelprop *own = model->own;
    if (own->score != NULL && own->score->shape[0] == nodes) return GNN_OK;
    gnn_i_parameters_cut(&model->parameters, 0);
    own->score = NULL;
    options->nodes = 0;
    GNN_TRY(add_scores(model, nodes));
    options->nodes = nodes;
    GNN_TRY(gnn_i_model_write_settings(model));
cleanup:
    return status;
}

static gnn_status labelprop_fit(gnn_model *model, const gnn_graph *graph,
                                const gnn_id *class_of, int64_t n_rows,
                                const gnn_id *rows) {
    gnn_status status;
    const labelprop_options *options = model->options;
    labelprop *own = model->own;
    int64_t n = gnn_graph_n_nodes(graph), k = model->n_out;
    const int64_t shape[] = {n, k};
    double *share = NULL;
    gnn_tensor *y = NULL;
    gnn_context *ctx = NULL;
    GNN_CHECK(gnn_graph_n_targets(graph) == n, GNN_ERR_SHAPE,
              "label propagation needs a whole graph");
    GNN_TRY(gnn_i_alloc(&share, (size_t)k, sizeof *share, "shares of classes"));
    GNN_TRY(gnn_i_class_shares(model, class_of, n_rows, rows, share));
    GNN_TRY(gnn_context_new(model->n_threads, model->parameters.seed, &ctx));
    GNN_TRY(gnn_tensor_new(GNN_REAL, GNN_AXIS_NODE, 2, shape, &y));
    GNN_TRY(make_room(model, n));
    gnn_real *f = gnn_tensor_real(own->score);
    fill_known(gnn_tensor_real(y), n, k, class_of, n_rows, rows);
    memcpy(f, y->data, (size_t)(n * k) * sizeof *f);
    for (int64_t i = 0; i < options->iterations; i++) {
        GNN_TRY(iterate(ctx, graph, options->alpha, y, own->score));
        if (options->clamp) clamp_known(f, y->data, k, class_of, n_rows, rows);
    }
    to_logits(f, n, k, share);
cleanup:
    gnn_tensor_free(y);
    gnn_context_free(ctx);
    gnn_i_free(share);
    return status;
}

static void labelprop_stage(gnn_context *ctx, const gnn_model *model,
                            const gnn_i_stage *stage, const gnn_graph *graph,
                            gnn_state *state) {
    (void)stage;
    const labelprop *own = model->own;
    long long fitted = own->score != NULL ? (long long)own->score->shape[0] : 0;
    if (fitted != gnn_graph_n_nodes(graph)) {
        gnn_i_sticky(ctx,
                     gnn_fail(GNN_ERR_SHAPE,
                              "label propagation was fitted to a graph of %lld nodes, "
                              "this one has %d",
                              fitted, gnn_graph_n_nodes(graph)));
        return;
    }
    state->tensor[0] = gnn_targets(ctx, graph, own->score);
    state->n = 1;
}

const gnn_i_model_type gnn_i_model_labelprop = {
    .info = {"labelprop", "label propagation, without features [Zhou et al. 2003]",
             labelprop_table, ""},
    .options_size = sizeof(labelprop_options),
    .own_size = sizeof(labelprop),
    .setup = labelprop_setup,
    .stage = labelprop_stage,
    .fit = labelprop_fit,
};
