/* The graph's insides: storage, generic slots for cached views, and the views that every
 * layer uses. Slots know nothing of what is in them: spectral code registers its own. */
#ifndef GNN_GRAPH_GRAPH_H
#define GNN_GRAPH_GRAPH_H

#include <gnn/graph.h>

/* A cached view: built at first use under the graph's lock, kept until the graph changes.
 * A key is the address of the kind, a static object of the view's owner, plus a number (a
 * layer option, a tensor's id), so that keys never collide.
 *
 * build: *view is NULL, or, if the kind `refills`, a view of an earlier state of the
 * graph whose storage is to be used again. On failure *view is NULL or still fit for
 * free. It may ask for other views of the same graph, but not from inside a parallel loop
 * (it holds the lock). */
typedef gnn_status (*gnn_i_view_build)(const gnn_graph *graph, uint64_t number,
                                       const void *argument, void **view);
typedef struct gnn_i_view_kind {
    const char *name;
    gnn_i_view_build build;
    void (*free)(void *view);
    size_t (*bytes)(const void *view); /* for gnn_graph_bytes; may be NULL */
    bool refills; /* an old view is storage for the next: no malloc when refilled */
} gnn_i_view_kind;
/* Returns the view in *view (borrowed). Errors: those of build. */
gnn_status gnn_i_graph_view(const gnn_graph *graph, const gnn_i_view_kind *kind,
                            uint64_t number, const void *argument, const void **view);

/* Views that count who holds them, of which a graph keeps `most` of a kind and those that
 * are held: of the others the ones unused for longest are freed when another is built.
 * hold and is_held run under the graph's lock; kind->free gives up the graph's own hold.
 */
typedef struct gnn_i_view_holds {
    int most;
    void (*hold)(void *view);
    bool (*is_held)(const void *view); /* by anybody but the graph */
} gnn_i_view_holds;
/* As gnn_i_graph_view; the view is held for the caller. */
gnn_status gnn_i_graph_view_held(const gnn_graph *graph, const gnn_i_view_kind *kind,
                                 const gnn_i_view_holds *holds, uint64_t number,
                                 const void *argument, const void **view);
/* Free the view of that kind and number, if there is one: nobody may borrow it. */
void gnn_i_graph_view_drop(const gnn_graph *graph, const gnn_i_view_kind *kind,
                           uint64_t number);

/* Named attributes (tensors), freed with the graph or when it is refilled. Setting
 * replaces one of the same axis and name; take = NULL removes it. On failure the caller
 * still owns `take`. */
gnn_status gnn_i_graph_attribute_set(gnn_graph *graph, int axis, const char *name,
                                     void *take, void (*free)(void *));
/* Borrowed; NULL when there is none. */
void *gnn_i_graph_attribute(const gnn_graph *graph, int axis, const char *name);

/* The graph that a range of rows or a sampled block was cut from; NULL for other graphs.
 * For a block *arc becomes the parent's number of each of its arcs, for a range NULL:
 * arcs keep their numbers. */
const gnn_graph *gnn_i_graph_parent(const gnn_graph *graph, const gnn_off **arc);

/* Transpose: row s lists the targets of the arcs that leave source s, ascending. For a
 * symmetric graph the arrays are the graph's own.
 * csr: n_rows = sources, n_cols = targets, row_offset = -(the graph's), so that in the
 * transpose, too, row r and column r + row_offset are the same node.
 * arc[k] is the number of the k-th arc of the transpose in the graph itself, minus its
 * row_ptr[0]. It is NULL exactly when the graph is symmetric and the caller asked by
 * gnn_i_graph_transpose_pattern (no arc data to follow). Both hold k counted from 0, as
 * csr.row_ptr[0] is 0.
 * Errors: GNN_ERR_MEMORY; GNN_ERR_UNSUPPORTED where arcs have to be numbered and there
 * are 2^31 or more. Cost: O(arcs + nodes) once. */
typedef struct gnn_i_transpose {
    gnn_csr csr;
    const gnn_id *arc; /* (n_arcs) or NULL */
} gnn_i_transpose;
gnn_status gnn_i_graph_transpose(const gnn_graph *graph, const gnn_i_transpose **view);
gnn_status gnn_i_graph_transpose_pattern(const gnn_graph *graph,
                                         const gnn_i_transpose **view);

/* Weights of the GCN operator A^ = D^-1/2 (A + I) D^-1/2, d_i = 1 + sum_j w_ij (Kipf &
 * Welling 2017, eq. 2), without storing the loops: arc[a] = w_a / sqrt(d_i d_j), diag[i]
 * = 1 / d_i. Without self-loops: D^-1/2 A D^-1/2, d_i = sum_j w_ij, no diag. Where d_i <=
 * 0, 1/sqrt(d_i) and 1/d_i count as 0.
 * A range of rows uses the degrees of its whole graph. In a sampled block an arc of
 * target i, which has n_i arcs in the whole graph and m_i in the block, gets n_i/m_i
 * times the weight it has in the whole graph; diag is the whole graph's.
 * Errors: GNN_ERR_MEMORY; GNN_ERR_SHAPE for a wrapped graph that is not square. */
typedef struct gnn_i_gcn_weights {
    const gnn_real *arc;  /* (n_arcs), indexed by arc number - row_ptr[0] */
    const gnn_real *diag; /* (n_rows), NULL without self-loops */
} gnn_i_gcn_weights;
gnn_status gnn_i_graph_gcn_weights(const gnn_graph *graph, bool self_loops,
                                   const gnn_i_gcn_weights **view);
/* The same `arc` in the order of the transpose's arcs, for A^T; apart, because inference
 * does without. For a symmetric graph it is `arc` itself, never NULL unless there are no
 * arcs. */
gnn_status gnn_i_graph_gcn_transpose(const gnn_graph *graph, bool self_loops,
                                     const gnn_real **transpose_arc);

/* Row means: inverse[i] = 1 / (number of arcs of row i), 0 for none; with weights 1 / sum
 * w. */
gnn_status gnn_i_graph_inverse_degree(const gnn_graph *graph, const gnn_real **inverse);

/* The graph's weights in the order of the transpose's arcs, counted from 0; NULL when
 * unweighted. For a symmetric graph they are gnn_graph_weight itself. */
gnn_status gnn_i_graph_transpose_weight(const gnn_graph *graph, const gnn_real **weight);

#endif
