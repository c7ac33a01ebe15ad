/* Making a model by name, and running its stages. */
#include "models/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "tensor/tape.h"

/* ---- life ---- */

gnn_status gnn_model_new(const char *kind, int64_t n_in, int64_t n_out,
                         const char *options, uint64_t seed, gnn_model **out) {
    gnn_status status;
    gnn_model *model = NULL;
    char models[256], layers[256];
    const gnn_i_model_type *type = gnn_i_model_find(kind);
    *out = NULL;
    if (type == NULL && gnn_i_layer_find(kind) != NULL) type = gnn_i_model_find("stack");
    GNN_CHECK(kind == NULL || type != NULL, GNN_ERR_ARGUMENT,
              "unknown model '%s'; known: %s, and stacks of the layers %s", kind,
              gnn_i_options_list(gnn_i_model_names, models, sizeof models),
              gnn_i_options_list(gnn_i_layer_names, layers, sizeof layers));
    GNN_CHECK(n_in > 0 && n_out > 0 && n_in < INT32_MAX && n_out < INT32_MAX,
              GNN_ERR_ARGUMENT, "model: widths %lld to %lld, expected at least 1",
              (long long)n_in, (long long)n_out);
    GNN_TRY(gnn_i_calloc(&model, 1, sizeof *model, "a model"));
    *model =
        (gnn_model){.type = type, .n_in = n_in, .n_out = n_out, .parameters.seed = seed};
    if (kind != NULL) {
        GNN_TRY(gnn_i_strdup(&model->kind, kind));
        GNN_TRY(gnn_i_calloc(&model->own, 1, type->own_size, "a model"));
        GNN_TRY(gnn_i_model_read_settings(model, kind, options));
        GNN_TRY(type->setup(model));
    }
    *out = model;
    return GNN_OK;
cleanup:
    gnn_model_free(model);
    return status;
}

void gnn_model_free(gnn_model *model) {
    if (model == NULL) return;
    for (int i = 0; i < model->n_layers; i++) gnn_i_layer_free(model->layers[i]);
    gnn_i_parameters_clear(&model->parameters);
    gnn_i_free(model->layers);
    gnn_i_free(model->stages);
    gnn_i_free(model->kind);
    gnn_i_free(model->options);
    gnn_i_free(model->own);
    gnn_i_free(model->layer_options);
    gnn_i_free(model->text);
    gnn_i_free(model);
}

const char *gnn_model_kind(const gnn_model *model) {
    return model->kind;
}
int64_t gnn_model_n_in(const gnn_model *model) {
    return model->n_in;
}
int64_t gnn_model_n_out(const gnn_model *model) {
    return model->n_out;
}
const char *gnn_model_options_text(const gnn_model *model) {
    return model->text != NULL ? model->text : "";
}

/* ---- learning without gradients ---- */

bool gnn_model_is_fitted_directly(const gnn_model *model) {
    return model->type != NULL && model->type->fit != NULL;
}

gnn_status gnn_model_fit(gnn_model *model, const gnn_graph *graph, const gnn_id *class_of,
                         int64_t n_rows, const gnn_id *rows) {
    if (!gnn_model_is_fitted_directly(model))
        return gnn_fail(GNN_ERR_UNSUPPORTED, "model %s learns by gradients",
                        model->kind != NULL ? model->kind : "without a kind");
    gnn_id n = gnn_graph_n_nodes(graph);
    if (class_of == NULL)
        return gnn_fail(GNN_ERR_ARGUMENT, "model %s: the classes are NULL", model->kind);
    if (n_rows < 0 || (rows == NULL && n_rows > n))
        return gnn_fail(GNN_ERR_ARGUMENT, "model %s: %lld rows of a graph of %d nodes",
                        model->kind, (long long)n_rows, n);
    for (int64_t i = 0; rows != NULL && i < n_rows; i++)
        if (rows[i] < 0 || rows[i] >= n)
            return gnn_fail(GNN_ERR_ARGUMENT, "model %s: row %d is outside 0..%d",
                            model->kind, rows[i], n - 1);
    return model->type->fit(model, graph, class_of, n_rows, rows);
}

/* ---- stages ---- */

int gnn_model_n_stages(const gnn_model *model) {
    return model->n_stages;
}

bool gnn_model_stage_is_hop(const gnn_model *model, int stage) {
    return stage >= 0 && stage < model->n_stages && model->stages[stage].hop;
}

int gnn_model_n_hops(const gnn_model *model) {
    int n = 0;
    for (int s = 0; s < model->n_stages; s++) n += model->stages[s].hop;
    return n;
}

bool gnn_model_needs_whole_graph(const gnn_model *model) {
    for (int i = 0; i < model->n_layers; i++)
        if (gnn_i_layer_needs_whole_graph(model->layers[i])) return true;
    return false;
}

void gnn_model_stage(gnn_context *ctx, const gnn_model *model, int stage,
                     const gnn_graph *graph, gnn_state *state) {
    if (!gnn_i_ok(ctx)) return;
    gnn_status status = GNN_OK;
    if (stage < 0 || stage >= model->n_stages)
        status = gnn_fail(GNN_ERR_ARGUMENT, "stage %d of a model that has %d", stage,
                          model->n_stages);
    else if (model->stages[stage].hop && graph == NULL)
        status = gnn_fail(GNN_ERR_ARGUMENT, "stage %d of model %s needs a graph", stage,
                          model->kind);
    else if (state->n < 1 || state->tensor[0] == NULL)
        status = gnn_fail(GNN_ERR_ARGUMENT, "stage %d of model %s has no input", stage,
                          model->kind);
    if (status != GNN_OK) {
        gnn_i_sticky(ctx, status);
        return;
    }
    model->type->stage(ctx, model, &model->stages[stage], graph, state);
}

gnn_tensor *gnn_model_forward(gnn_context *ctx, const gnn_model *model, int n_graphs,
                              const gnn_graph *const *graphs, gnn_tensor *x) {
    if (!gnn_i_ok(ctx)) return NULL;
    int n_hops = gnn_model_n_hops(model), at = 0;
    gnn_status status = GNN_OK;
    if (model->n_stages == 0)
        status = gnn_fail(GNN_ERR_ARGUMENT, "an empty model has no stages");
    else if (n_graphs != 1 && n_graphs != n_hops)
        status = gnn_fail(GNN_ERR_ARGUMENT, "%d graphs for a model of %d hops", n_graphs,
                          n_hops);
    else if (x == NULL)
        status = gnn_fail(GNN_ERR_ARGUMENT, "model %s: x is NULL", model->kind);
    else if (x->n_axes != 2 || x->shape[1] != model->n_in)
        status =
            gnn_fail(GNN_ERR_SHAPE, "model %s: x has %lld columns, expected %lld",
                     model->kind, (long long)gnn_tensor_width(x), (long long)model->n_in);
    if (status != GNN_OK) return gnn_i_sticky(ctx, status);
    gnn_state state = {.n = 1, .tensor = {x}};
    for (int s = 0; s < model->n_stages && gnn_i_ok(ctx); s++) {
        const gnn_graph *graph = n_graphs == 1 ? graphs[0] : NULL;
        if (n_graphs > 1 && model->stages[s].hop) graph = graphs[at++];
        gnn_model_stage(ctx, model, s, graph, &state);
    }
    return gnn_i_ok(ctx) ? state.tensor[0] : NULL;
}

/* ---- hidden states ---- */

int gnn_model_n_hidden(const gnn_model *model) {
    int n = 0;
    for (int s = 0; s < model->n_stages; s++) n += model->stages[s].ends_hidden;
    return n;
}

int gnn_model_hidden_stage(const gnn_model *model, int hidden) {
    int s = 0;
    for (int k = 0; k < hidden && s < model->n_stages; s++)
        k += model->stages[s].ends_hidden;
    return s;
}

int gnn_model_find_hidden(const gnn_model *model, const char *name) {
    int n = gnn_model_n_hidden(model);
    if (strcmp(name, "input") == 0) return 0;
    if (strcmp(name, "output") == 0) return n;
    char *end;
    long k = strtol(name, &end, 10);
    return end != name && *end == '\0' && k >= 0 && k <= n ? (int)k : -1;
}
