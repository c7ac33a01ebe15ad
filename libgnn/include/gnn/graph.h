/* Graphs: compressed rows of arcs, built once, immutable while in use, with cached
 * views. */
#ifndef GNN_GRAPH_H
#define GNN_GRAPH_H

#include <gnn/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A graph. Row r of its CSR lists the sources of the arcs that point at target node r,
 *  in ascending order, so that each output row of a message passing step has one writer.
 *  A graph is square (targets = sources = nodes) unless it is a block of a sampled batch
 *  or a range of rows; then target r is source `target_offset + r`. */
typedef struct gnn_graph gnn_graph;

/** The structure of a graph (borrowed from it). Arc a of row r: row_ptr[r] <= a <
 *  row_ptr[r+1]. In a range of rows row_ptr[0] need not be 0: arcs keep the numbers of
 *  the whole graph. */
typedef struct gnn_csr {
    gnn_id n_rows;          /**< targets */
    gnn_id n_cols;          /**< sources */
    gnn_off n_arcs;         /**< row_ptr[n_rows] - row_ptr[0] */
    gnn_id row_offset;      /**< the source that target 0 is */
    const gnn_off *row_ptr; /**< (n_rows + 1) */
    const gnn_id *col;      /**< (arcs) source of each arc */
} gnn_csr;

/** What becomes of pairs that are listed more than once. */
typedef enum gnn_duplicates {
    GNN_DUPLICATES_AUTO = 0, /**< drop when unweighted, sum when weighted */
    GNN_DUPLICATES_KEEP,
    GNN_DUPLICATES_SUM,
    GNN_DUPLICATES_DROP, /**< the first stays */
    GNN_DUPLICATES_ERROR /**< GNN_ERR_INPUT naming the pair */
} gnn_duplicates;

typedef struct gnn_graph_options {
    bool directed;             /**< false: each pair u v gives the arcs u→v and v→u */
    bool add_self_loops;       /**< give every node an arc to itself where it has none */
    bool drop_self_loops;      /**< leave out pairs u u */
    bool keep_edge_index;      /**< remember the input edge of every arc (arc features,
                                *   types) */
    gnn_duplicates duplicates; /**< a pair listed both ways of an undirected graph is one
                                *   pair */
    int n_threads;             /**< 0: all processors */
} gnn_graph_options;
#define GNN_GRAPH_OPTIONS_INIT                                                           \
    { 0 }

/** Build a graph from n_edges pairs.
 *  @param source, target (n_edges) node ids, borrowed for the call
 *  @param weight (n_edges) or NULL; finite
 *  @param options NULL: GNN_GRAPH_OPTIONS_INIT
 *  Errors: GNN_ERR_INPUT for an id outside 0..n_nodes-1 or a weight that is not finite
 *  (the edge is named by its index), GNN_ERR_MEMORY.
 *  Cost: O(edges + nodes) time; beside the CSR itself at most 8 bytes an arc for a
 *  while. */
GNN_API gnn_status gnn_graph_new(gnn_id n_nodes, int64_t n_edges, const gnn_id *source,
                                 const gnn_id *target, const gnn_real *weight,
                                 const gnn_graph_options *options, gnn_graph **graph);

/** As gnn_graph_new, but takes ownership of `source` and `target` (made by gnn_i_alloc)
 *  and frees them as early as it can: the peak stays below three times the CSR. They are
 *  freed on failure, too. */
GNN_API gnn_status gnn_graph_new_take(gnn_id n_nodes, int64_t n_edges, gnn_id *source,
                                      gnn_id *target, gnn_real *weight,
                                      const gnn_graph_options *options,
                                      gnn_graph **graph);

/** Wrap arrays that the caller keeps until the graph is freed or wrapped anew: no copy.
 *  `*graph` is NULL (a new one is made) or an earlier wrapped graph (reused without
 *  malloc). */
GNN_API gnn_status gnn_graph_wrap(const gnn_csr *csr, const gnn_real *weight,
                                  gnn_graph **graph);

/** Refill a graph made by gnn_graph_new from new arcs, in the storage it has: no malloc
 *  while they fit in the largest it held. Arcs may come in any order; same rules as
 *  gnn_graph_new with options {directed = true, duplicates = keep}. Cached views are
 *  dropped. */
GNN_API gnn_status gnn_graph_assign(gnn_graph *graph, gnn_id n_nodes, int64_t n_arcs,
                                    const gnn_id *source, const gnn_id *target,
                                    const gnn_real *weight);

/** Rows first .. first+count-1 as a graph of its own that borrows from `graph`: all
 *  sources, `count` targets. `*range` as `*graph` in gnn_graph_wrap. */
GNN_API gnn_status gnn_graph_rows(const gnn_graph *graph, gnn_id first, gnn_id count,
                                  gnn_graph **range);

/** One block-diagonal graph of n graphs; gnn_graph_ptr gives the first node of each. */
GNN_API gnn_status gnn_graph_batch(int64_t n, const gnn_graph *const *graphs,
                                   gnn_graph **batch);

/** A copy with node v called order[v] (a permutation); arcs and their tensors move
 *  along. */
GNN_API gnn_status gnn_graph_reorder(const gnn_graph *graph, const gnn_id *order,
                                     gnn_graph **reordered);
/** An order that brings neighbours together: reverse Cuthill–McKee (George & Liu 1981)
 *  with order[old] = new. `order` has n_nodes places. Cost O(arcs log max degree). */
GNN_API gnn_status gnn_graph_order_rcm(const gnn_graph *graph, gnn_id *order);

GNN_API void gnn_graph_free(gnn_graph *graph);

GNN_API gnn_id gnn_graph_n_nodes(const gnn_graph *graph);   /**< sources */
GNN_API gnn_id gnn_graph_n_targets(const gnn_graph *graph); /**< rows */
GNN_API gnn_off gnn_graph_n_arcs(const gnn_graph *graph);
GNN_API const gnn_csr *gnn_graph_csr(const gnn_graph *graph);
/** Weight of each arc; NULL when all are 1. Indexed by arc number. */
GNN_API const gnn_real *gnn_graph_weight(const gnn_graph *graph);
/** Input edge of each arc, where keep_edge_index was asked for; else NULL. */
GNN_API const gnn_off *gnn_graph_edge_index(const gnn_graph *graph);
/** The same arcs as gnn_graph_csr, with the same weights, whichever way they are read:
 *  set for undirected graphs. */
GNN_API bool gnn_graph_is_symmetric(const gnn_graph *graph);
/** First node of each graph of a batch, (n_graphs + 1); a single graph gives {0,
 *  n_nodes}. */
GNN_API const gnn_id *gnn_graph_ptr(const gnn_graph *graph, int64_t *n_graphs);
/** Type of each arc (kinds of relation), in the order of the arcs; NULL when untyped.
 *  Setting copies (n_arcs) values 0 .. n_types-1. */
GNN_API const int32_t *gnn_graph_arc_type(const gnn_graph *graph, int32_t *n_types);
GNN_API gnn_status gnn_graph_arc_type_set(gnn_graph *graph, const int32_t *type,
                                          int32_t n_types);
/** Changes whenever the graph is refilled; caches made elsewhere compare it. */
GNN_API uint64_t gnn_graph_stamp(const gnn_graph *graph);
GNN_API size_t gnn_graph_bytes(const gnn_graph *graph);

/** A neighbour sampler: for a batch of target nodes, `n_hops` rectangular graphs, the
 *  outermost first, each with at most fanout[hop] arcs a target, drawn without
 *  replacement (Hamilton et al. 2017). fanout < 0: all. The targets of a block are its
 *  first sources, and the sources of block k+1 are the targets of block k, so that a
 *  layer's output feeds the next. Draws depend on (seed, stream, node, hop) alone. */
typedef struct gnn_sampler gnn_sampler;
GNN_API gnn_status gnn_sampler_new(const gnn_graph *graph, int n_hops, const int *fanout,
                                   int n_threads, gnn_sampler **sampler);
GNN_API void gnn_sampler_free(gnn_sampler *sampler);
/** @param seeds (n_seeds) distinct nodes
 *  @param blocks (n_hops) receives borrowed graphs, valid until the next draw
 *  @param nodes receives the (n_nodes) nodes of the whole graph that are the sources of
 *         blocks[0], seeds first; borrowed until the next draw
 *  Blocks carry the weights of the whole graph's arcs, and their cached GCN weights use
 *  the degrees of the whole graph, scaled by degree / drawn arcs: unbiased for Â X.
 *  No malloc once the largest batch was seen. */
GNN_API gnn_status gnn_sampler_draw(gnn_sampler *sampler, int64_t n_seeds,
                                    const gnn_id *seeds, uint64_t seed, uint64_t stream,
                                    gnn_graph **blocks, const gnn_id **nodes,
                                    int64_t *n_nodes);
/** For each arc of blocks[hop] of the last draw, its arc number in the whole graph. */
GNN_API const gnn_off *gnn_sampler_arcs(const gnn_sampler *sampler, int hop);

/** Parts of a node split. */
typedef enum gnn_part {
    GNN_PART_NONE = 0,
    GNN_PART_TRAIN,
    GNN_PART_VALID,
    GNN_PART_TEST
} gnn_part;
/** Draw a random split: part[v] for the n nodes with eligible[v] != 0 (NULL: all), in the
 *  given ratios (sum <= 1; the rest is GNN_PART_NONE), rounded so that counts are exact
 *  to one. The same seed gives the same split. Errors: GNN_ERR_ARGUMENT for ratios out of
 *  range. */
GNN_API gnn_status gnn_split_random(int64_t n, const uint8_t *eligible, double train,
                                    double valid, double test, uint64_t seed,
                                    uint8_t *part);

#ifdef __cplusplus
}
#endif

#endif
