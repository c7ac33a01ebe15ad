/* What a graph holds: for the files of this folder only.
 *
 * Invariants of every graph: row_ptr ascends, the sources of a row ascend, all of them
 * lie in 0 .. n_cols-1, n_arcs = row_ptr[n_rows] - row_ptr[0]. Per-arc arrays (weight,
 * edge_index, arc_type) are indexed by arc number. Parents outlive what borrows from
 * them. */
#ifndef GNN_GRAPH_STORAGE_H
#define GNN_GRAPH_STORAGE_H

#include <pthread.h>

#include "core/alloc.h"
#include "graph/graph.h"

/* ---- grow-only arrays ---- */

/* An array that grows and is refilled in place. */
typedef struct gnn_i_buffer {
    void *data;
    size_t bytes; /* capacity */
} gnn_i_buffer;

/* Room for count elements of `size` bytes; the content stays. On failure all is as
 * before. */
gnn_status gnn_i_buffer_reserve(gnn_i_buffer *buffer, size_t count, size_t size,
                                const char *what);
/* Give back what lies beyond count elements, if that is a sixteenth or more. */
void gnn_i_buffer_shrink(gnn_i_buffer *buffer, size_t count, size_t size);
void gnn_i_buffer_clear(gnn_i_buffer *buffer);

/* ---- the graph ---- */

typedef enum gnn_i_graph_kind {
    GNN_I_GRAPH_BUILT,   /* owns its arrays: built, batch, reordered */
    GNN_I_GRAPH_WRAPPED, /* borrows the caller's arrays */
    GNN_I_GRAPH_ROWS,    /* a range of rows of `parent` */
    GNN_I_GRAPH_BLOCK    /* sampled from `parent`; owns its arrays */
} gnn_i_graph_kind;

typedef struct gnn_i_slot gnn_i_slot;
typedef struct gnn_i_attribute gnn_i_attribute;

struct gnn_graph {
    gnn_i_graph_kind kind;
    gnn_csr csr;
    const gnn_real *weight;    /* (arcs) or NULL: all 1 */
    const gnn_off *edge_index; /* (arcs) or NULL; -1 for self-loops that were added */
    const int32_t *arc_type;   /* (arcs) or NULL */
    int32_t n_types;
    bool symmetric;
    bool is_batch;
    bool keeps_edge_index; /* as it was made; gnn_graph_assign goes on with it */
    bool refilled;         /* it changes: scratch space of its views is worth keeping */
    int n_threads;         /* for building views; at least 1 */
    uint64_t stamp;

    const gnn_graph *parent; /* ROWS, BLOCK; else NULL */
    const gnn_id *node;      /* BLOCK: the parent's node of each source */
    const gnn_off *arc;      /* BLOCK: the parent's number of each arc */

    gnn_i_buffer row_ptr_store, col_store, weight_store, edge_index_store, arc_type_store;
    gnn_i_buffer graph_ptr_store;
    gnn_i_buffer cursor_scratch, key_scratch; /* of gnn_graph_assign */
    int64_t n_graphs;
    gnn_id single[2]; /* {0, n_nodes}: graph_ptr of what is no batch */

    pthread_mutex_t lock; /* recursive: a view may be built from other views */
    gnn_i_slot *slots;
    gnn_i_attribute *attributes;
    gnn_i_transpose pattern; /* the transpose of a symmetric graph without arc numbers */
};

/* An empty graph of that kind. n_threads 0: all processors. */
gnn_status gnn_i_graph_alloc(gnn_i_graph_kind kind, int n_threads, gnn_graph **graph);
/* The structure changed: a new stamp, stale views, no attributes, no types.
 * Call it after csr and symmetric are set. */
void gnn_i_graph_changed(gnn_graph *graph);
/* Point a graph that owns its arrays at its storage: those of its arrays that are not
 * NULL. Where the storage has moved the views become stale. */
void gnn_i_graph_point(gnn_graph *graph);
/* Views are stale: kept as storage for their successors where their kind can use it. */
void gnn_i_graph_expire_views(gnn_graph *graph);
void gnn_i_graph_drop_views(gnn_graph *graph);
/* Free all attributes. */
void gnn_i_graph_drop_attributes(gnn_graph *graph);
size_t gnn_i_graph_view_bytes(const gnn_graph *graph);

/* First row of block b of n_blocks, so that rows plus arcs are shared out evenly; row
 * n_rows for b = n_blocks. */
gnn_id gnn_i_graph_row_bound(const gnn_csr *csr, int64_t b, int64_t n_blocks);
/* How many such blocks are worth having: depends on the size only. */
int64_t gnn_i_graph_n_blocks(const gnn_csr *csr);

/* ---- building ---- */

typedef struct gnn_i_edges {
    int64_t n;
    const gnn_id *source, *target; /* (n) */
    const gnn_real *weight;        /* (n) or NULL */
    bool owned;                    /* freed by the builder as early as it can */
} gnn_i_edges;

/* Fill `graph`, which is new or is being refilled, from edges. On failure the graph is as
 * it was, when options are those of gnn_graph_assign; else it may only be freed. */
gnn_status gnn_i_graph_fill(gnn_graph *graph, gnn_id n_nodes, gnn_i_edges *edges,
                            const gnn_graph_options *options);
/* Free owned arrays: the pairs alone, or all. */
void gnn_i_edges_free_pairs(gnn_i_edges *edges);
void gnn_i_edges_clear(gnn_i_edges *edges);

#endif
