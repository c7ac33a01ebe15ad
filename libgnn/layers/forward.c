/* Running a layer: what all of them share around their own parts. */
#include "layers/arcs.h"
#include "layers/propagate.h"
#include "tensor/tape.h"

int gnn_i_layer_n_parts(const gnn_layer *layer) {
    return layer->prepares + layer->n_hops;
}
bool gnn_i_layer_part_is_hop(const gnn_layer *layer, int part) {
    return part >= layer->prepares;
}

bool gnn_i_layer_needs_whole_graph(const gnn_layer *layer) {
    for (const gnn_layer *inner = layer->inner; inner != NULL; inner = inner->next)
        if (gnn_i_layer_needs_whole_graph(inner)) return true;
    return layer->norm.kind == GNN_I_NORM_GRAPH ||
           (layer->gate != NULL && layer->type->learned_weight_needs_square);
}

static gnn_status check_input(const gnn_layer *layer, const gnn_tensor *x) {
    if (x->n_axes != 2 || x->shape[1] != layer->n_in)
        return gnn_fail(GNN_ERR_SHAPE,
                        "layer '%s' (%s): x has %lld columns, expected %lld", layer->name,
                        layer->type->info.name, (long long)gnn_tensor_width(x),
                        (long long)layer->n_in);
    return GNN_OK;
}

static gnn_status check_graph(const gnn_layer *layer, const gnn_graph *graph,
                              const gnn_tensor *x) {
    if (graph == NULL)
        return gnn_fail(GNN_ERR_ARGUMENT, "layer '%s' (%s) needs a graph", layer->name,
                        layer->type->info.name);
    if (x->shape[0] != gnn_graph_n_nodes(graph))
        return gnn_fail(GNN_ERR_SHAPE,
                        "layer '%s' (%s): x has %lld rows, the graph %d nodes",
                        layer->name, layer->type->info.name, (long long)x->shape[0],
                        gnn_graph_n_nodes(graph));
    return GNN_OK;
}

/* The input as the layer sees it: dropped, with what the residual will need put aside at
 * the end of the state. */
static void begin(gnn_context *ctx, const gnn_layer *layer, gnn_state *own) {
    gnn_tensor *x = own->tensor[0];
    gnn_status status = check_input(layer, x);
    if (status != GNN_OK) {
        gnn_i_sticky(ctx, status);
        return;
    }
    own->tensor[0] = gnn_dropout(ctx, x, (gnn_real)layer->common.dropout);
    if (layer->common.residual) own->tensor[own->n++] = x;
}

/* norm(y) + residual. */
static void end(gnn_context *ctx, const gnn_layer *layer, const gnn_graph *graph,
                gnn_tensor *x, gnn_state *own) {
    gnn_tensor *y = gnn_i_norm_apply(ctx, &layer->norm, graph, own->tensor[0]);
    if (layer->common.residual)
        y = gnn_add(ctx, y,
                    layer->residual != NULL ? gnn_matmul(ctx, x, layer->residual, NULL)
                                            : gnn_i_as_dense(ctx, x));
    own->tensor[0] = y;
    own->n = 1;
}

/* Weights and features of the arcs, checked; learned weights in the place of features. */
static gnn_i_hop prepare_arcs(gnn_context *ctx, const gnn_layer *layer,
                              const gnn_i_hop *given) {
    gnn_i_hop hop = *given;
    gnn_i_arcs_check(ctx, layer, &hop);
    if (layer->common.arcs == 0) return hop;
    if (hop.features == NULL) hop.features = gnn_i_arcs_features(ctx, layer, hop.graph);
    if (layer->type->arcs == GNN_I_ARCS_GATE) {
        hop.weight = gnn_i_arcs_gate(ctx, layer, &hop);
        hop.features = NULL;
    }
    return hop;
}

/* The layer's own part, on the state without what the residual put aside. */
static void run(gnn_context *ctx, const gnn_layer *layer, int part,
                const gnn_i_hop *given, gnn_state *own) {
    if (!gnn_i_layer_part_is_hop(layer, part)) {
        layer->type->prepare(ctx, layer, own);
        return;
    }
    gnn_status status = check_graph(layer, given->graph, own->tensor[0]);
    if (status != GNN_OK) {
        gnn_i_sticky(ctx, status);
        return;
    }
    gnn_i_hop hop = prepare_arcs(ctx, layer, given);
    if (gnn_i_ok(ctx)) layer->type->hop(ctx, layer, part - layer->prepares, &hop, own);
}

void gnn_i_layer_part(gnn_context *ctx, const gnn_layer *layer, int part,
                      const gnn_i_hop *given, gnn_state *state, int n_kept) {
    static const gnn_i_hop none = {NULL, NULL, NULL};
    if (!gnn_i_ok(ctx)) return;
    if (given == NULL) given = &none;
    bool hops = gnn_i_layer_part_is_hop(layer, part);
    gnn_state own = {.n = state->n - n_kept}, kept = {.n = n_kept};
    for (int i = 0; i < own.n; i++) own.tensor[i] = state->tensor[i];
    for (int i = 0; i < n_kept; i++) kept.tensor[i] = state->tensor[own.n + i];

    if (part == 0) begin(ctx, layer, &own);
    if (!gnn_i_ok(ctx)) return;
    gnn_tensor *x = layer->common.residual ? own.tensor[--own.n] : NULL;
    run(ctx, layer, part, given, &own);
    if (hops && gnn_i_ok(ctx)) {
        if (x != NULL) x = gnn_i_target_rows(ctx, given->graph, x);
        for (int i = 0; i < n_kept; i++)
            kept.tensor[i] = gnn_i_target_rows(ctx, given->graph, kept.tensor[i]);
    }
    if (!gnn_i_ok(ctx)) return;
    if (part + 1 == gnn_i_layer_n_parts(layer))
        end(ctx, layer, given->graph, x, &own);
    else if (x != NULL)
        own.tensor[own.n++] = x;

    state->n = 0;
    for (int i = 0; i < own.n; i++) state->tensor[state->n++] = own.tensor[i];
    for (int i = 0; i < n_kept; i++) state->tensor[state->n++] = kept.tensor[i];
}

/* ---- by itself ---- */

gnn_tensor *gnn_layer_forward_arcs(gnn_context *ctx, const gnn_layer *layer,
                                   const gnn_graph *graph, gnn_tensor *x,
                                   gnn_tensor *weight, gnn_tensor *features) {
    if (!gnn_i_ok(ctx)) return NULL;
    if (x == NULL)
        return gnn_i_sticky(
            ctx, gnn_fail(GNN_ERR_ARGUMENT, "layer '%s': x is NULL", layer->name));
    if (layer->n_hops > 1 && graph != NULL &&
        gnn_graph_n_targets(graph) != gnn_graph_n_nodes(graph))
        return gnn_i_sticky(ctx,
                            gnn_fail(GNN_ERR_UNSUPPORTED,
                                     "layer '%s' (%s) of %d hops needs a square graph; "
                                     "in a model each hop reads a graph of its own",
                                     layer->name, layer->type->info.name, layer->n_hops));
    const gnn_i_hop hop = {graph, weight, features};
    gnn_state state = {.n = 1, .tensor = {x}};
    for (int part = 0; part < gnn_i_layer_n_parts(layer); part++)
        gnn_i_layer_part(ctx, layer, part, &hop, &state, 0);
    return gnn_i_ok(ctx) ? state.tensor[0] : NULL;
}

gnn_tensor *gnn_layer_forward(gnn_context *ctx, const gnn_layer *layer,
                              const gnn_graph *graph, gnn_tensor *x) {
    return gnn_layer_forward_arcs(ctx, layer, graph, x, NULL, NULL);
}
