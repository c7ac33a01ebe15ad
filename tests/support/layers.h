/* What the tests of layers and models share: the cases, small graphs, leaves. */
#ifndef TESTS_SUPPORT_LAYERS_H
#define TESTS_SUPPORT_LAYERS_H

#include <gnn/model.h>

#include "support/gradcheck.h"

/* ---- the cases of layer_cases.def and model_cases.def ---- */

typedef struct support_layer_case {
    const char *kind;
    int64_t n_in, n_out;
    int64_t arcs; /* width of the arc features, 0: none */
    const char *options;
} support_layer_case;
extern const support_layer_case support_layer_cases[];
extern const size_t support_n_layer_cases;

typedef struct support_model_case {
    const char *kind;
    int64_t n_in, n_out;
    const char *options;
} support_model_case;
extern const support_model_case support_model_cases[];
extern const size_t support_n_model_cases;

/* ---- inputs ---- */

/* n nodes and 3 n random pairs, the last node without any, positive weights where
 * weighted. */
gnn_graph *support_graph(gnn_id n, bool directed, bool weighted);
gnn_status support_graph_make(gnn_id n, bool directed, bool weighted, gnn_graph **graph);

/* A tensor filled from the stream `seed`: uniform in [low, high). The caller frees it. */
gnn_tensor *support_matrix(gnn_axis axis, int64_t rows, int64_t columns, double low,
                           double high, uint64_t seed);
/* As above, with one axis. */
gnn_tensor *support_vector(gnn_axis axis, int64_t n, double low, double high,
                           uint64_t seed);
/* The same with zeros in about half of its places, in compressed rows; *dense (or NULL)
 * receives the same numbers in the other layout. */
gnn_tensor *support_sparse(int64_t rows, int64_t columns, uint64_t seed,
                           gnn_tensor **dense);

/* Every value of every parameter moved a little, so that zeros and ones are not
 * special. */
void support_perturb(gnn_model *model, uint64_t seed);

/* ---- a layer by itself ---- */

/* A model with the case's layer in it; arcs=… is added to the options. */
typedef struct support_layer {
    gnn_model *model;
    gnn_layer *layer;
} support_layer;
gnn_status support_layer_make(const support_layer_case *c, support_layer *made);
support_layer support_layer_new(const support_layer_case *c);

/* ---- gradients ---- */

/* The trained parameters of a model, then the inputs that are there, as what gradients
 * are checked of. Returns how many; `leaves` has room for all. */
int support_leaves(const gnn_model *model, int n_inputs, gnn_tensor *const *inputs,
                   gnn_tensor **leaves);

/* Σ y ∘ r with r fixed and random: a scalar that sees every value of y. */
gnn_tensor *support_scalar_of(gnn_context *ctx, gnn_tensor *y);

#endif
