/* The graph's insides: storage, generic slots for cached views, and the views that every
 * layer uses. Slots know nothing of what is in them: spectral code registers its own. */
#ifndef GNN_GRAPH_GRAPH_H
#define GNN_GRAPH_GRAPH_H

#include <gnn/graph.h>

/* A cached view: built at first use under the graph's lock, kept until the graph changes.
 * `key` is the address of a static object of the view's owner plus a number (a layer
 * option, a tensor's id), so that keys never collide. */
typedef gnn_status (*gnn_i_view_build)(const gnn_graph *graph, uint64_t number,
                                       const void *argument, void **view);
typedef struct gnn_i_view_kind {
    const char *name;
    gnn_i_view_build build;
    void (*free)(void *view);
} gnn_i_view_kind;
/* Returns the view in *view (borrowed). Errors: those of build. */
gnn_status gnn_i_graph_view(const gnn_graph *graph, const gnn_i_view_kind *kind,
                            uint64_t number, const void *argument, const void **view);

/* Named attributes (tensors) ride in slots of the same kind. */
gnn_status gnn_i_graph_attribute_set(gnn_graph *graph, int axis, const char *name,
                                     void *take, void (*free)(void *));
void *gnn_i_graph_attribute(const gnn_graph *graph, int axis, const char *name);

/* Transpose: row s lists the targets of the arcs that leave source s. For a symmetric
 * graph the arrays are the graph's own. arc[k] is the number of the k-th arc of the
 * transpose in the graph itself minus its row_ptr[0]; NULL exactly when it is not needed
 * because the graph is symmetric AND the caller asked by gnn_i_graph_transpose_pattern
 * (no arc data to follow). */
typedef struct gnn_i_transpose {
    gnn_csr csr;       /* n_rows = sources, n_cols = targets */
    const gnn_id *arc; /* (n_arcs) or NULL */
} gnn_i_transpose;
gnn_status gnn_i_graph_transpose(const gnn_graph *graph, const gnn_i_transpose **view);
gnn_status gnn_i_graph_transpose_pattern(const gnn_graph *graph,
                                         const gnn_i_transpose **view);

/* Weights of the GCN operator Â = D^-1/2 (A + I) D^-1/2, d_i = 1 + sum_j w_ij (Kipf &
 * Welling 2017, eq. 2), without storing the loops: arc[a] = w_a / sqrt(d_i d_j), diag[i]
 * = 1 / d_i. transpose_arc[k] = arc of the k-th arc of the transpose: NULL when the graph
 * is symmetric (then `arc` serves both ways). number 0: with self-loops; 1: without (d_i
 * = sum_j w_ij, no diag). In blocks of a sampled batch see gnn_sampler_draw. */
typedef struct gnn_i_gcn_weights {
    gnn_real *arc;           /* (n_arcs), indexed by arc number - row_ptr[0] */
    gnn_real *transpose_arc; /* (n_arcs) or NULL */
    gnn_real *diag;          /* (n_rows) or NULL */
} gnn_i_gcn_weights;
gnn_status gnn_i_graph_gcn_weights(const gnn_graph *graph, bool self_loops,
                                   const gnn_i_gcn_weights **view);

/* Row means: inverse[i] = 1 / (number of arcs of row i), 0 for none; with weights 1 / sum
 * w. */
gnn_status gnn_i_graph_inverse_degree(const gnn_graph *graph, const gnn_real **inverse);

/* The graph's weights permuted to the transpose's order; NULL when unweighted or
 * symmetric. */
gnn_status gnn_i_graph_transpose_weight(const gnn_graph *graph, const gnn_real **weight);

#endif
