/* Models: named parameters, and arrangements of layers that map node features to
 * outputs. */
#ifndef GNN_MODEL_H
#define GNN_MODEL_H

#include <gnn/layer.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Make a model.
 *  @param kind a name of `gnn list models`, or a layer's name (a stack of that layer), or
 *         NULL: an empty model, to which gnn_layer_new adds
 *  @param options "name=value,…" of the model's table (and, for stacks, of the layer's)
 *  @param seed of the initial parameters */
GNN_API gnn_status gnn_model_new(const char *kind, int64_t n_in, int64_t n_out,
                                 const char *options, uint64_t seed, gnn_model **model);
GNN_API void gnn_model_free(gnn_model *model);
GNN_API const char *gnn_model_kind(const gnn_model *model);
GNN_API int64_t gnn_model_n_in(const gnn_model *model);
GNN_API int64_t gnn_model_n_out(const gnn_model *model);

/** How many times a node's output looks one arc further. */
GNN_API int gnn_model_n_hops(const gnn_model *model);

/** A model runs in stages. Each takes the state, up to GNN_MAX_STATE tensors whose rows
 *  are nodes, to the next; a stage reads at most one graph. So one definition serves full
 *  batches (every stage the same graph), sampled batches (a block a hop) and inference in
 *  node blocks (every stage, row range by row range).
 *
 *  Stages that are no hop work row by row: their state may be given a block of rows at a
 *  time. A hop takes tensors over the sources of its graph to tensors over its targets;
 *  what it only passes on is cut to the targets. Work that would be repeated for every
 *  range of rows, such as X W, is a stage of its own before the hop. */
#define GNN_MAX_STATE 72
typedef struct gnn_state {
    int n;
    gnn_tensor *tensor[GNN_MAX_STATE];
} gnn_state;
GNN_API int gnn_model_n_stages(const gnn_model *model);
/** Whether stage k reads the graph (is a hop). */
GNN_API bool gnn_model_stage_is_hop(const gnn_model *model, int stage);
/** Whether the model can only run on whole graphs, not on sampled blocks or ranges of
 *  rows: it normalises over all nodes of a graph (graph norm), or its GCN weights are
 *  learned, so that they need the degrees of all sources. */
GNN_API bool gnn_model_needs_whole_graph(const gnn_model *model);
/** Run stage k in place on the state; `graph` may be NULL for stages that are no hop.
 *  After the last stage tensor[0] is the output. Errors are sticky in ctx. */
GNN_API void gnn_model_stage(gnn_context *ctx, const gnn_model *model, int stage,
                             const gnn_graph *graph, gnn_state *state);
/** All stages: `graphs` holds one graph for every hop, or one for all (n_graphs == 1).
 *  @return (targets of the last graph, n_out) */
GNN_API gnn_tensor *gnn_model_forward(gnn_context *ctx, const gnn_model *model,
                                      int n_graphs, const gnn_graph *const *graphs,
                                      gnn_tensor *x);
/** Hidden states, 0 the input to gnn_model_n_hidden the output: state k is tensor[0]
 *  after the first gnn_model_hidden_stage(model, k) stages. `gnn export --layer` calls
 *  them "input", "1", "2" … "output"; gnn_model_find_hidden reads such a name, -1 when
 *  there is none. */
GNN_API int gnn_model_n_hidden(const gnn_model *model);
GNN_API int gnn_model_hidden_stage(const gnn_model *model, int hidden);
GNN_API int gnn_model_find_hidden(const gnn_model *model, const char *name);

/** Parameters in the order of their making. Those whose requires_grad is false are
 *  buffers (running statistics): saved, not trained. */
GNN_API int gnn_model_n_parameters(const gnn_model *model);
GNN_API gnn_tensor *gnn_model_parameter(const gnn_model *model, int i);
GNN_API gnn_tensor *gnn_model_find_parameter(const gnn_model *model, const char *name);
/** Group of parameter i, by which optimisers tell learning rates and weight decay apart:
 *  stacks "first" and "rest", GCNII "conv" and "linear"; a place in
 *  gnn_model_group_name. */
GNN_API int gnn_model_parameter_group(const gnn_model *model, int i);
GNN_API int gnn_model_n_groups(const gnn_model *model);
GNN_API const char *gnn_model_group_name(const gnn_model *model, int group);

/** How a new parameter is filled. */
typedef enum gnn_init {
    GNN_INIT_ZERO,
    GNN_INIT_ONE,
    GNN_INIT_GLOROT,
    GNN_INIT_HE,
    GNN_INIT_UNIFORM_FAN_IN
} gnn_init;
/** Add a parameter to a model: for layers of one's own. The model owns it. Random
 *  fillings are uniform in ±sqrt(6 / (fan_in + fan_out)) [Glorot & Bengio 2010], ±sqrt(6
 *  / fan_in) [He et al.
 *  2015], ±1 / sqrt(fan_in), from a stream of the model's seed and the parameter's place.
 *  Errors: GNN_ERR_ARGUMENT when the name is taken. */
GNN_API gnn_status gnn_model_add_parameter(gnn_model *model, const char *name, int n_axes,
                                           const int64_t *shape, gnn_init init,
                                           int64_t fan_in, int64_t fan_out, bool trained,
                                           gnn_tensor **parameter);
/** Parameters added from now on belong to the group of this name. */
GNN_API gnn_status gnn_model_begin_group(gnn_model *model, const char *name);

/** What does not learn by gradients (majority, label propagation) learns here, from the
 *  classes of the nodes in `rows` (NULL: of all n_rows nodes); class_of (n_nodes), -1
 *  unlabelled. All processors work on it; within gnn_train_nodes as many threads as its
 *  options say. Errors: GNN_ERR_UNSUPPORTED for models that learn by gradients;
 *  GNN_ERR_INPUT when no node has a class; GNN_ERR_ARGUMENT for rows that are not
 *  there. */
GNN_API bool gnn_model_is_fitted_directly(const gnn_model *model);
GNN_API gnn_status gnn_model_fit(gnn_model *model, const gnn_graph *graph,
                                 const gnn_id *class_of, int64_t n_rows,
                                 const gnn_id *rows);

/** A row of `gnn list models`. */
typedef struct gnn_model_info {
    const char *name;
    const char *help; /**< one line with the source */
    const gnn_option *options;
    const char *recipe; /**< training settings it is published with, "lr=0.01,…" */
} gnn_model_info;
GNN_API size_t gnn_model_count(void);
GNN_API const gnn_model_info *gnn_model_get(size_t i);
/** The recipe of a model or, for a layer's name, of the stack of that layer; NULL if
 *  unknown. */
GNN_API const char *gnn_model_recipe(const char *kind);
/** Every setting resolved, as options text that gnn_model_new reads back; owned by model,
 *  valid until gnn_model_fit. */
GNN_API const char *gnn_model_options_text(const gnn_model *model);

#ifdef __cplusplus
}
#endif

#endif
