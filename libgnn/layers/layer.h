/* What a layer is: one descriptor a file, its parameters, and the parts it runs in.
 *
 * A layer maps (sources, n_in) to (targets, n_out) in parts:
 *
 *     prepare   optional; row by row: what every target needs of a source, such as X W
 *     hop       n_hops times; reads one graph: sources to targets
 *
 * Layers without hops (linear, mlp) only prepare. Before the first part layer.c drops
 * values of x, after the last it normalises and adds the residual; bias is the layer's
 * own affair, since most can fuse it. Parts of a layer talk through gnn_state: `prepare`
 * and each `hop` take its tensors and leave tensors, the result in tensor[0] after the
 * last part.
 *
 * To add a layer: a file with one `const gnn_i_layer_type gnn_i_layer_NAME`, the line
 * GNN_LAYER(NAME) in layers.def, a line in tests/layer_cases.def. */
#ifndef GNN_LAYERS_LAYER_H
#define GNN_LAYERS_LAYER_H

#include <gnn/model.h>

#include "core/option.h"
#include "layers/norm.h"

/* What a hop reads: the graph, and weights and features of its arcs. */
typedef struct gnn_i_hop {
    const gnn_graph *graph;
    gnn_tensor
        *weight; /* (arcs): given, or learned from features; NULL: the graph's own */
    gnn_tensor *features; /* (arcs, arcs option) for GNN_I_ARCS_FEATURES; else NULL */
} gnn_i_hop;

/* What a layer does with features of arcs (option `arcs` > 0). */
typedef enum gnn_i_arcs {
    GNN_I_ARCS_NONE,    /* it has no arcs: an error */
    GNN_I_ARCS_GATE,    /* layer.c turns them into weights (see gnn_layer_forward_arcs) */
    GNN_I_ARCS_FEATURES /* it reads hop->features itself */
} gnn_i_arcs;

/* The descriptor of a layer. */
typedef struct gnn_i_layer_type {
    gnn_layer_info info;
    size_t options_size; /* of the struct that info.options fills */
    size_t own_size; /* of the struct with the layer's parameters, zeroed before setup */
    gnn_i_arcs arcs;
    bool learned_weight_needs_square; /* arc weights learned: all degrees are read */
    /* Make the parameters; set width, n_hops, prepares and adds_bias where they differ
     * from what gnn_layer says of them. */
    gnn_status (*setup)(gnn_layer *layer);
    void (*prepare)(gnn_context *ctx, const gnn_layer *layer, gnn_state *state);
    void (*hop)(gnn_context *ctx, const gnn_layer *layer, int k, const gnn_i_hop *hop,
                gnn_state *state);
    const char
        *stack; /* options that a stack of it has by default, "hidden=8,…" or NULL */
    const char *recipe; /* training settings it is published with, or NULL */
} gnn_i_layer_type;

typedef struct gnn_i_layer_common {
    bool bias;
    bool residual;
    int norm; /* gnn_i_norm_kind */
    double dropout;
    int64_t arcs;
} gnn_i_layer_common;

struct gnn_layer {
    const gnn_i_layer_type *type;
    gnn_i_parameters *parameters; /* those of the model, where its own are */
    char *name;
    int64_t n_in, n_out;
    int64_t width;  /* of the result: set by setup, n_out at first */
    int n_hops;     /* 1 with a hop function, else 0, unless setup says otherwise */
    bool prepares;  /* has a prepare part: with a function, unless setup says not */
    bool adds_bias; /* layer.c makes `bias`: the option, unless setup says not */
    gnn_i_layer_common common;
    void *options;                /* the layer's own */
    void *own;                    /* its parameters and inner layers */
    gnn_tensor *bias;             /* (width) or NULL */
    gnn_tensor *residual;         /* (n_in, width); NULL: none, or the identity */
    gnn_tensor *gate, *gate_bias; /* (arcs, 1), (1): GNN_I_ARCS_GATE with features */
    gnn_i_norm norm;
    gnn_layer *inner, *next; /* the first layer inside this one; one beside this one */
};

/* Names of gnn_activation, in its order, for options. */
#define GNN_I_ACTIVATIONS "none relu leaky-relu elu gelu silu tanh sigmoid softplus"

/* ---- the registry ---- */

/* By name; NULL when unknown. */
const gnn_i_layer_type *gnn_i_layer_find(const char *name);
const gnn_i_layer_type *gnn_i_layer_type_get(size_t i);
/* The place of each in the registry: GNN_I_LAYER_gcn. */
enum {
#define GNN_LAYER(name) GNN_I_LAYER_##name,
#include "layers/layers.def"
#undef GNN_LAYER
};
/* "linear mlp gcn …": for options that name a layer; places are those of
 * gnn_layer_get. */
extern const char gnn_i_layer_names[];
extern const gnn_option gnn_i_layer_common_table[];

/* ---- for setup ---- */

/* A parameter called NAME.`name` with the given shape. */
gnn_status gnn_i_layer_parameter(gnn_layer *layer, const char *name, int n_axes,
                                 const int64_t *shape, gnn_init init, int64_t fan_in,
                                 int64_t fan_out, gnn_tensor **parameter);
/* A Glorot-filled matrix (rows, columns). */
gnn_status gnn_i_layer_matrix(gnn_layer *layer, const char *name, int64_t rows,
                              int64_t columns, gnn_tensor **parameter);
/* A layer inside this one, which owns it, called NAME.`name`. */
gnn_status gnn_i_layer_inner(gnn_layer *layer, const char *kind, const char *name,
                             int64_t n_in, int64_t n_out, const char *options,
                             gnn_layer **inner);

/* ---- for models ---- */

/* A layer that adds its parameters to the set; on failure the set is as it was before.
 * See gnn_layer_new. */
gnn_status gnn_i_layer_make(gnn_i_parameters *parameters, const char *kind,
                            const char *name, int64_t n_in, int64_t n_out,
                            const char *options, gnn_layer **layer);
void gnn_i_layer_free(gnn_layer *layer);

/* Parts: prepare (if any), then the hops. */
int gnn_i_layer_n_parts(const gnn_layer *layer);
bool gnn_i_layer_part_is_hop(const gnn_layer *layer, int part);
/* Run a part on the state. Its last n_kept tensors are not the layer's: a hop cuts them
 * to the targets. `given` may be NULL for parts that are no hop. */
void gnn_i_layer_part(gnn_context *ctx, const gnn_layer *layer, int part,
                      const gnn_i_hop *given, gnn_state *state, int n_kept);
/* Whether it can only run on whole graphs; see gnn_model_needs_whole_graph. */
bool gnn_i_layer_needs_whole_graph(const gnn_layer *layer);

#endif
