/* Weights and features of arcs: where a layer finds them, and features as weights. */
#include "layers/arcs.h"

#include <string.h>

#include <gnn/parallel.h>

#include "graph/graph.h"
#include "tensor/tape.h"

enum { BLOCK_ARCS = 8192 };

void gnn_i_arcs_check(gnn_context *ctx, const gnn_layer *layer, const gnn_i_hop *hop) {
    long long n_arcs = (long long)gnn_graph_n_arcs(hop->graph);
    const gnn_tensor *w = hop->weight, *f = hop->features;
    if (w != NULL && (w->n_axes != 1 || w->shape[0] != n_arcs))
        gnn_i_sticky(ctx,
                     gnn_fail(GNN_ERR_SHAPE,
                              "layer '%s': arc weights have %d axes and %lld values, "
                              "expected one axis and %lld",
                              layer->name, w->n_axes, (long long)w->shape[0], n_arcs));
    if (f != NULL &&
        (f->n_axes != 2 || f->shape[0] != n_arcs || f->shape[1] != layer->common.arcs))
        gnn_i_sticky(
            ctx,
            gnn_fail(GNN_ERR_SHAPE,
                     "layer '%s': arc features are (%lld, %lld), expected (%lld, "
                     "%lld) (its option `arcs`)",
                     layer->name, (long long)f->shape[0], (long long)gnn_tensor_width(f),
                     n_arcs, (long long)layer->common.arcs));
}

gnn_tensor *gnn_i_arcs_gate(gnn_context *ctx, const gnn_layer *layer,
                            const gnn_i_hop *hop) {
    static const gnn_real LOG_E_MINUS_1 =
        (gnn_real)0.5413248546129181; /* softplus gives 1 */
    const int64_t shape[] = {-1};
    gnn_tensor *score = gnn_matmul(ctx, hop->features, layer->gate, layer->gate_bias);
    gnn_tensor *gate = gnn_softplus(ctx, gnn_shift(ctx, score, LOG_E_MINUS_1));
    gate = gnn_reshape(ctx, gate, GNN_AXIS_ARC, 1, shape);
    gnn_tensor *weight = gnn_i_arcs_weight(ctx, hop);
    return weight != NULL ? gnn_mul(ctx, gate, weight) : gate;
}

/* A tensor of the step that shows `rows` rows of `width` at `data`, which belong to a
 * graph. */
static gnn_tensor *show(gnn_context *ctx, int n_axes, int64_t rows, int64_t width,
                        const gnn_real *data) {
    gnn_tensor *t = gnn_i_step_alloc(ctx, 1, sizeof *t);
    if (t == NULL) return NULL;
    *t = (gnn_tensor){.dtype = GNN_REAL,
                      .axis = GNN_AXIS_ARC,
                      .n_axes = n_axes,
                      .shape = {rows, width, 1, 1},
                      .slot = -1};
    t->data = (void *)(uintptr_t)data; /* ops only read their inputs */
    return t;
}

gnn_tensor *gnn_i_arcs_weight(gnn_context *ctx, const gnn_i_hop *hop) {
    if (hop->weight != NULL) return hop->weight;
    const gnn_real *weight = gnn_graph_weight(hop->graph);
    if (weight == NULL) return NULL;
    const gnn_csr *csr = gnn_graph_csr(hop->graph);
    return show(ctx, 1, csr->n_arcs, 1, weight + csr->row_ptr[0]);
}

/* ---- features of a block's arcs, picked from those of the whole graph ---- */

typedef struct pick_options {
    const gnn_off *arc; /* (arcs of the block) numbers in the parent */
    gnn_off first;      /* number of the first arc of the parent's tensor */
} pick_options;

static gnn_status pick_plan(gnn_i_call *call) {
    const int64_t shape[] = {gnn_graph_n_arcs(call->graph),
                             gnn_tensor_width(call->in[0])};
    return gnn_i_call_shape(call, GNN_AXIS_ARC, 2, shape);
}

static void pick_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const gnn_i_call *call = argument;
    const pick_options *options = call->options;
    int64_t width = call->out->shape[1];
    int64_t first = block * BLOCK_ARCS, last = first + BLOCK_ARCS;
    if (last > call->out->shape[0]) last = call->out->shape[0];
    for (int64_t a = first; a < last; a++)
        memcpy((gnn_real *)call->out->data + a * width,
               (const gnn_real *)call->in[0]->data +
                   (options->arc[a] - options->first) * width,
               (size_t)width * sizeof(gnn_real));
}

static void pick_forward(gnn_i_call *call) {
    int64_t blocks = (call->out->shape[0] + BLOCK_ARCS - 1) / BLOCK_ARCS;
    gnn_parallel_for(call->n_threads, blocks, pick_block, call);
}

static const gnn_i_op pick_op = {
    .name = "arc_features", .plan = pick_plan, .forward = pick_forward};

/* The tensor where the graph has one, else that of the graph it was cut from. */
static gnn_tensor *find_features(gnn_context *ctx, const gnn_graph *graph) {
    gnn_tensor *own = gnn_graph_tensor(graph, GNN_AXIS_ARC, "features");
    const gnn_off *arc;
    const gnn_graph *parent = gnn_i_graph_parent(graph, &arc);
    if (own != NULL || parent == NULL) return own;
    gnn_tensor *all = find_features(ctx, parent);
    if (all == NULL || !gnn_tensor_real(all)) return all;
    gnn_off first = gnn_graph_csr(parent)->row_ptr[0];
    if (arc != NULL) {
        const pick_options options = {arc, first};
        return gnn_i_apply(ctx, &pick_op, 1, &all, 0, graph, &options, sizeof options);
    }
    const gnn_csr *csr = gnn_graph_csr(graph);
    int64_t width = gnn_tensor_width(all);
    return show(ctx, 2, csr->n_arcs, width,
                gnn_tensor_real(all) + (csr->row_ptr[0] - first) * width);
}

gnn_tensor *gnn_i_arcs_features(gnn_context *ctx, const gnn_layer *layer,
                                const gnn_graph *graph) {
    gnn_tensor *features = find_features(ctx, graph);
    if (features == NULL && gnn_i_ok(ctx))
        gnn_i_sticky(ctx,
                     gnn_fail(GNN_ERR_ARGUMENT,
                              "layer '%s' reads %lld arc features, the graph has none",
                              layer->name, (long long)layer->common.arcs));
    if (features == NULL) return NULL;
    const gnn_i_hop found = {.graph = graph, .features = features};
    gnn_i_arcs_check(ctx, layer, &found);
    return gnn_i_ok(ctx) ? features : NULL;
}
