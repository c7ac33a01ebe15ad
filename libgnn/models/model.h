/* What a model is: one descriptor a kind, named parameters in groups, layers, stages.
 *
 * A model is a list of stages over a state (gnn/model.h). Setup makes layers and
 * parameters and lists the stages; `stage` runs one of them. Kinds that are made of
 * layers (stack, jumping, mlp) also hold the options of that layer and the common ones: a
 * name is looked up in the model's table first, then in the layer's, then in the common
 * one. */
#ifndef GNN_MODELS_MODEL_H
#define GNN_MODELS_MODEL_H

#include "layers/layer.h"

/* One stage: what the model's own `stage` needs to know to run it. */
typedef struct gnn_i_stage {
    bool hop;
    bool ends_hidden;       /* tensor[0] is a hidden state, or the output, after it */
    int step;               /* the model's own number: a layer, a power of Â … */
    const gnn_layer *layer; /* whose part it is; NULL: none */
    int part;
    bool is_last_part;
} gnn_i_stage;

/* The descriptor of a kind of model. */
typedef struct gnn_i_model_type {
    gnn_model_info info;
    size_t options_size; /* of the struct that info.options fills */
    size_t own_size;     /* of the struct with its parameters, zeroed before setup */
    const char *layer; /* kinds made of layers: that layer; "": the option `layer` says */
    gnn_status (*setup)(gnn_model *model);
    void (*stage)(gnn_context *ctx, const gnn_model *model, const gnn_i_stage *stage,
                  const gnn_graph *graph, gnn_state *state);
    /* Learns directly, without gradients; NULL for the others. */
    gnn_status (*fit)(gnn_model *model, const gnn_graph *graph, const gnn_id *class_of,
                      int64_t n_rows, const gnn_id *rows);
} gnn_i_model_type;

struct gnn_model {
    const gnn_i_model_type *type; /* NULL: an empty model */
    char *kind;                   /* as it was asked for: "gcn" for a stack of gcn */
    int64_t n_in, n_out;
    int n_threads; /* of `fit`, 0: all processors */

    gnn_i_parameters parameters; /* with the seed */
    gnn_layer **layers;
    int n_layers, layers_capacity;
    gnn_i_stage *stages;
    int n_stages, stages_capacity;

    void *options;                      /* the kind's own */
    void *own;                          /* its parameters and layers */
    const gnn_i_layer_type *layer_type; /* kinds made of layers: which, and its options */
    void *layer_options;
    gnn_i_layer_common common;
    char *text; /* every setting, for gnn_model_options_text */
};

/* ---- the registry ---- */
const gnn_i_model_type *gnn_i_model_find(const char *name);
/* "stack jumping sgc … ": for messages. */
extern const char gnn_i_model_names[];

/* ---- for setup ---- */

/* Append a stage. */
gnn_status gnn_i_model_add_stage(gnn_model *model, gnn_i_stage stage);
/* Append the parts of a layer as stages of step `step`; the last one ends a hidden
 * state. */
gnn_status gnn_i_model_add_layer(gnn_model *model, const gnn_layer *layer, int step);
/* A trained matrix (rows, columns). */
gnn_status gnn_i_model_matrix(gnn_model *model, const char *name, gnn_init init,
                              int64_t rows, int64_t columns, gnn_tensor **parameter);
/* A trained vector. */
gnn_status gnn_i_model_vector(gnn_model *model, const char *name, gnn_init init,
                              int64_t n, int64_t fan_in, gnn_tensor **parameter);

/* ---- settings (settings.c) ---- */

/* Find kind and layer, fill the option structs from defaults, the layer's defaults for
 * stacks, and text. */
gnn_status gnn_i_model_read_settings(gnn_model *model, const char *kind,
                                     const char *text);
/* Write model->text anew, after settings were changed. */
gnn_status gnn_i_model_write_settings(gnn_model *model);
/* The option of the layer that its kind reads, as "name=value,…" without the model's own;
 * made by gnn_i_alloc. is_output: as the last layer of a stack has them, without norm and
 * residual, and with out_heads averaged heads where the layer has heads. */
gnn_status gnn_i_model_layer_text(const gnn_model *model, bool is_output,
                                  int64_t out_heads, char **text);

#endif
