/* Arcs of the listings of a row: the last step of building, after builder.c has brought
 * listings into their rows. */
#ifndef GNN_GRAPH_MERGE_H
#define GNN_GRAPH_MERGE_H

#include "graph/storage.h"

/* A listing with payload, as it lies in its row while the graph is built:
 *
 *     source (31 bits) | edge (32 bits) | backward (1 bit)
 *
 * so that sorting orders a row by source, and repeats by their place in the input.
 * `backward`: the pair was listed with source > target. It tells u v from v u in
 * undirected graphs. */
#define GNN_I_KEY_MOST_EDGES ((int64_t)1 << 32)

static inline uint64_t gnn_i_key(gnn_id col, int64_t edge, bool backward) {
    return (uint64_t)col << 33 | (uint64_t)edge << 1 | (uint64_t)backward;
}
static inline gnn_id gnn_i_key_col(uint64_t key) {
    return (gnn_id)(key >> 33);
}
static inline int64_t gnn_i_key_edge(uint64_t key) {
    return (int64_t)(key >> 1 & 0xffffffffu);
}
static inline bool gnn_i_key_backward(uint64_t key) {
    return (key & 1) != 0;
}

/* A refusal found while rows are merged in parallel. */
typedef struct gnn_i_fault {
    int64_t edge;          /* the edge at which it shows; -1: none */
    int64_t first;         /* the edge that it contradicts */
    gnn_id source, target; /* the pair as listed by `edge` */
    bool is_repeat;        /* else the two directions differ in weight */
    double weight, first_weight;
} gnn_i_fault;
#define GNN_I_FAULT_NONE ((gnn_i_fault){.edge = -1})

gnn_status gnn_i_fault_report(const gnn_i_fault *fault);

/* What the rules need to know. */
typedef struct gnn_i_merge {
    const gnn_real *weight; /* (edges) of the input or NULL: all 1 */
    gnn_duplicates duplicates;
    bool add_self_loops;
} gnn_i_merge;

/* Without payload: sort the n ids of row r, drop repeats unless they are kept, add the
 * self-loop (there is room for it). Returns the number of arcs. */
gnn_off gnn_i_merge_ids(const gnn_i_merge *merge, gnn_id r, gnn_id *ids, gnn_off n);

/* With payload: sort the n keys of row r; returns the number of arcs that they will
 * be. */
gnn_off gnn_i_merge_count(const gnn_i_merge *merge, gnn_id r, uint64_t *keys, gnn_off n);

/* Where the arcs of a row go: weight and edge_index may be NULL. */
typedef struct gnn_i_arcs {
    gnn_id *col;
    gnn_real *weight;
    gnn_off *edge_index;
} gnn_i_arcs;
/* Write the arcs of row r from its sorted keys, the first at place `at`. Keeps in `fault`
 * the refusal with the least edge. */
void gnn_i_merge_write(const gnn_i_merge *merge, gnn_id r, const uint64_t *keys,
                       gnn_off n, const gnn_i_arcs *arcs, gnn_off at, gnn_i_fault *fault);

#endif
