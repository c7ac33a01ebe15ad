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
 *  or a range of rows; then target r is source `row_offset + r`. */
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

/** What becomes of pairs that are listed more than once.
 *
 *  In an undirected graph u v and v u name the same pair, and files list each pair once
 *  or twice. Listings of the same direction are repeats. With AUTO and ERROR a pair that
 *  is there both ways has to have the same weight both ways (to 1e-6 of it, after
 *  summing) and counts once; GNN_ERR_INPUT names it where it does not. SUM adds up all
 *  that is listed, either way; KEEP makes arcs of each listing, two arcs each way for a
 *  pair listed both ways. Sums are taken in input order, in double. */
typedef enum gnn_duplicates {
    GNN_DUPLICATES_AUTO = 0, /**< drop repeats; weighted: sum those of a direction */
    GNN_DUPLICATES_KEEP,
    GNN_DUPLICATES_SUM,  /**< the graph is weighted; an unweighted listing counts 1 */
    GNN_DUPLICATES_DROP, /**< the first listing stays, whichever way */
    GNN_DUPLICATES_ERROR /**< GNN_ERR_INPUT naming a repeat */
} gnn_duplicates;

typedef struct gnn_graph_options {
    bool directed;             /**< false: a pair u v gives the arcs u→v and v→u */
    bool add_self_loops;       /**< an arc, weight 1, to itself for nodes without one */
    bool drop_self_loops;      /**< leave out pairs u u */
    bool keep_edge_index;      /**< remember the input edge of every arc */
    gnn_duplicates duplicates; /**< what becomes of repeats */
    int n_threads;             /**< 0: all processors; at most GNN_MOST_THREADS */
} gnn_graph_options;
#define GNN_GRAPH_OPTIONS_INIT                                                           \
    { 0 }

/** Build a graph from n_edges pairs.
 *  @param n_nodes 0 .. 2^31 - 2
 *  @param source, target (n_edges) node ids, borrowed for the call
 *  @param weight (n_edges) or NULL; finite
 *  @param options NULL: GNN_GRAPH_OPTIONS_INIT
 *  A self-loop u u gives one arc, in undirected graphs too.
 *  Errors: GNN_ERR_INPUT for an id outside 0..n_nodes-1, a weight that is not finite, a
 *  repeat that is refused (the edge is named by its index, from 0; of several the first);
 *  GNN_ERR_ARGUMENT; GNN_ERR_MEMORY; GNN_ERR_UNSUPPORTED for more than 2^32 edges with
 *  weights, edge numbers, or repeats that are not simply dropped or kept.
 *  Cost: O(edges + nodes) time; beside the CSR itself at most 8 bytes a listing (with
 *  weights and the like) and 8 bytes a node and thread (at most half of what the pairs
 *  take), for a while. The same bits at any number of threads. */
GNN_API gnn_status gnn_graph_new(gnn_id n_nodes, int64_t n_edges, const gnn_id *source,
                                 const gnn_id *target, const gnn_real *weight,
                                 const gnn_graph_options *options, gnn_graph **graph);

/** Wrap arrays that the caller keeps until the graph is freed or wrapped anew: no copy.
 *  The graph counts as directed.
 *  @param csr row_ptr[0] = 0; targets are the sources row_offset .. row_offset + n_rows -
 *  1
 *  @param weight (n_arcs) or NULL
 *  `*graph` is NULL (a new one is made) or an earlier wrapped graph (reused without
 *  malloc; its attributes are dropped, its views become stale). On failure it stays as it
 *  was.
 *  Errors: GNN_ERR_ARGUMENT, and GNN_ERR_INPUT for offsets or sources that do not ascend
 *  or are out of range, or a weight that is not finite. Cost: O(arcs + nodes) for
 *  checking. */
GNN_API gnn_status gnn_graph_wrap(const gnn_csr *csr, const gnn_real *weight,
                                  gnn_graph **graph);

/** Refill a graph made by gnn_graph_new from new arcs, in the storage it has: no malloc
 *  while they fit in the largest it held. Arcs may come in any order; same rules as
 *  gnn_graph_new with options {directed = true, duplicates = keep}, and keep_edge_index
 *  as the graph was made with. Views become stale; types of arcs and attributes are
 *  dropped. On failure the graph is as it was. */
GNN_API gnn_status gnn_graph_assign(gnn_graph *graph, gnn_id n_nodes, int64_t n_arcs,
                                    const gnn_id *source, const gnn_id *target,
                                    const gnn_real *weight);

/** Rows first .. first+count-1 as a graph of its own that borrows from `graph`, which
 *  must outlive it and not change meanwhile: all sources, `count` targets, weights and
 *  types of arcs of the whole; not symmetric. `*range` as `*graph` in gnn_graph_wrap.
 *  Cost: O(1).
 *  Errors: GNN_ERR_ARGUMENT for rows that are not there, or `*range` that `graph` is or
 *  borrows from; GNN_ERR_UNSUPPORTED for a block of a sampler. */
GNN_API gnn_status gnn_graph_rows(const gnn_graph *graph, gnn_id first, gnn_id count,
                                  gnn_graph **range);

/** One block-diagonal graph of n square graphs: node v of graph g becomes graph_ptr[g] +
 *  v, and gnn_graph_ptr gives the first node of each (batches of batches are flattened).
 *  Weights (1 where a graph has none and another has some) and types of arcs move along;
 *  edge numbers and named tensors do not. The batch is symmetric if every graph is.
 *  `*batch` is NULL or an earlier batch, refilled without malloc where it is large
 *  enough; on failure it stays usable.
 *  Errors: GNN_ERR_SHAPE, GNN_ERR_ARGUMENT when there are more than 2^31 - 2 nodes or
 *  only some graphs have types, GNN_ERR_MEMORY. Cost: O(arcs + nodes). */
GNN_API gnn_status gnn_graph_batch(int64_t n, const gnn_graph *const *graphs,
                                   gnn_graph **batch);

/** A copy with node v called order[v] (a permutation); weights, edge numbers and types of
 *  arcs move along, named tensors do not (arc data follow the edge numbers).
 *  Errors: GNN_ERR_ARGUMENT for no permutation, GNN_ERR_SHAPE, GNN_ERR_UNSUPPORTED for a
 *  batch, GNN_ERR_MEMORY. Cost: O(arcs + nodes), and rows are sorted anew. */
GNN_API gnn_status gnn_graph_reorder(const gnn_graph *graph, const gnn_id *order,
                                     gnn_graph **reordered);
/** An order that brings neighbours together: reverse Cuthill–McKee from pseudo-peripheral
 *  nodes (George & Liu 1981) with order[old] = new. `order` has n_nodes places. Arcs of
 *  directed graphs are followed both ways. Errors: GNN_ERR_SHAPE, GNN_ERR_MEMORY.
 *  Cost: O(arcs log max degree), one thread. */
GNN_API gnn_status gnn_graph_order_rcm(const gnn_graph *graph, gnn_id *order);

GNN_API void gnn_graph_free(gnn_graph *graph);

GNN_API gnn_id gnn_graph_n_nodes(const gnn_graph *graph);   /**< sources */
GNN_API gnn_id gnn_graph_n_targets(const gnn_graph *graph); /**< rows */
GNN_API gnn_off gnn_graph_n_arcs(const gnn_graph *graph);
GNN_API const gnn_csr *gnn_graph_csr(const gnn_graph *graph);
/** Weight of each arc; NULL when all are 1. Indexed by arc number. */
GNN_API const gnn_real *gnn_graph_weight(const gnn_graph *graph);
/** Input edge of each arc, where keep_edge_index was asked for; else NULL. Of merged
 *  repeats the first; mirrored arcs share theirs; -1 for self-loops that were added. */
GNN_API const gnn_off *gnn_graph_edge_index(const gnn_graph *graph);
/** The same arcs as gnn_graph_csr, with the same weights, whichever way they are read:
 *  set for undirected graphs. */
GNN_API bool gnn_graph_is_symmetric(const gnn_graph *graph);
/** First node of each graph of a batch, (n_graphs + 1); a single graph gives {0,
 *  n_nodes}. */
GNN_API const gnn_id *gnn_graph_ptr(const gnn_graph *graph, int64_t *n_graphs);
/** Type of each arc (kinds of relation), indexed by arc number; NULL when untyped.
 *  Setting copies (n_arcs) values 0 .. n_types-1 and makes views stale. Errors:
 *  GNN_ERR_INPUT for a type out of range, GNN_ERR_ARGUMENT for a range of rows or a block
 *  (set them on the whole). */
GNN_API const int32_t *gnn_graph_arc_type(const gnn_graph *graph, int32_t *n_types);
GNN_API gnn_status gnn_graph_arc_type_set(gnn_graph *graph, const int32_t *type,
                                          int32_t n_types);
/** Changes whenever the graph is refilled; caches made elsewhere compare it. No two
 *  graphs of the process ever have the same. */
GNN_API uint64_t gnn_graph_stamp(const gnn_graph *graph);
/** Bytes held: arrays that are its own, and cached views. */
GNN_API size_t gnn_graph_bytes(const gnn_graph *graph);

/** A neighbour sampler: for a batch of target nodes, `n_hops` rectangular graphs
 *  ("blocks"), one for each layer, blocks[0] for the first layer (the farthest from the
 *  seeds). A target of blocks[k] has min(fanout[k], its degree) arcs, drawn without
 *  replacement, every set equally likely (Hamilton et al. 2017); fanout[k] < 0: all. The
 *  targets of a block are its first sources, and the sources of blocks[k+1] are the
 *  targets of blocks[k], so that a layer's output feeds the next; the targets of the last
 *  block are the seeds. Draws depend on (seed, stream, node, hop) alone: not on the other
 *  seeds, nor on threads. */
typedef struct gnn_sampler gnn_sampler;
/** @param graph square; borrowed, and not to be changed while the sampler is used
 *  @param n_hops 1 .. 32  @param fanout (n_hops) 1 .. 2^26, or negative
 *  @param n_threads 0: all processors
 *  Errors: GNN_ERR_ARGUMENT, GNN_ERR_SHAPE, GNN_ERR_MEMORY. Memory: 4 bytes a node. */
GNN_API gnn_status gnn_sampler_new(const gnn_graph *graph, int n_hops, const int *fanout,
                                   int n_threads, gnn_sampler **sampler);
GNN_API void gnn_sampler_free(gnn_sampler *sampler);
/** @param seeds (n_seeds) distinct nodes
 *  @param blocks (n_hops) receives borrowed graphs, valid until the next draw
 *  @param nodes receives the (n_nodes) nodes of the whole graph that are the sources of
 *         blocks[0], seeds first; borrowed until the next draw
 *  Blocks carry the weights and types of the whole graph's arcs. Their cached GCN weights
 *  use the degrees of the whole graph, times degree / drawn arcs: unbiased for Â X.
 *  No malloc once the largest batch was seen, in views of the blocks neither. One draw at
 *  a time. Errors: GNN_ERR_ARGUMENT for a seed that is out of range or given twice, or
 *  when the graph has changed; GNN_ERR_MEMORY. Cost: O(nodes and arcs drawn), plus
 *  O(fan-out^2), at most O(degree), for drawing a target's arcs. */
GNN_API gnn_status gnn_sampler_draw(gnn_sampler *sampler, int64_t n_seeds,
                                    const gnn_id *seeds, uint64_t seed, uint64_t stream,
                                    gnn_graph **blocks, const gnn_id **nodes,
                                    int64_t *n_nodes);
/** For each arc of blocks[hop] of the last draw, its arc number in the whole graph; NULL
 *  for a hop that is not there. */
GNN_API const gnn_off *gnn_sampler_arcs(const gnn_sampler *sampler, int hop);

/** Parts of a node split. */
typedef enum gnn_part {
    GNN_PART_NONE = 0,
    GNN_PART_TRAIN,
    GNN_PART_VALID,
    GNN_PART_TEST
} gnn_part;
/** Draw a random split of the m nodes of 0..n-1 with eligible[v] != 0 (NULL: all):
 *  part[v] receives a gnn_part. The ratios are >= 0 and add up to at most 1; the rest,
 *  and what is not eligible, is GNN_PART_NONE. The first k parts together have round(m *
 *  (their ratios)) nodes. The same seed gives the same split, on any machine. n at most
 *  2^31 - 1.
 *  Errors: GNN_ERR_ARGUMENT, GNN_ERR_MEMORY (part unchanged). */
GNN_API gnn_status gnn_split_random(int64_t n, const uint8_t *eligible, double train,
                                    double valid, double test, uint64_t seed,
                                    uint8_t *part);

#ifdef __cplusplus
}
#endif

#endif
