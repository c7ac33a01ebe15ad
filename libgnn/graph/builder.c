/* Building: a stable counting sort of the listings by row, then each row by itself.
 *
 *   1. count      the edge list is cut into parts; each part counts its listings per row
 *   2. lay out    row r gets room for its listings; within a row the parts follow each
 *   other
 *   3. scatter    each part writes its listings, at cursors of its own: no atomics, which
 *                 would wait for every missed store before them
 *   4. merge      rows are sorted, repeats merged, self-loops added (merge.c)
 *
 * Unweighted edges take the short way, where a listing is its source id, 4 bytes; weights
 * or edge numbers make it a key of 8 bytes. How many parts there are changes nothing:
 * rows are sorted afterwards. */
#include <math.h>
#include <string.h>

#include <gnn/parallel.h>

#include "graph/merge.h"

enum { MOST_PARTS = 16, PART_LEAST_EDGES = 65536 };

typedef struct builder {
    gnn_graph *graph;
    gnn_id n_nodes;
    gnn_i_edges *edges;
    gnn_graph_options options;
    gnn_i_merge merge;
    bool keyed; /* listings carry their edge */
    int n_parts;
    gnn_off *cursor; /* (n_parts, n_nodes): counts, then places, of the parts */
    gnn_off *end;   /* (n_nodes) the last part's cursors: at last, the ends of the rows */
    gnn_off *start; /* (n_nodes) keyed: arcs of the rows, then their places */
    gnn_off *row_ptr;   /* (n_nodes + 1) room of the rows; at last, the CSR's */
    gnn_off n_listings; /* row_ptr[n_nodes] */
    gnn_id *col;
    uint64_t *keys;       /* (n_listings) */
    gnn_i_arcs arcs;      /* where keyed rows are written */
    int64_t n_blocks;     /* of rows */
    pthread_mutex_t lock; /* of what follows */
    int64_t bad_edge;     /* least edge with an id or weight that is refused, or -1 */
    gnn_i_fault fault;
} builder;

/* ---- the edges ---- */

void gnn_i_edges_free_pairs(gnn_i_edges *edges) {
    if (!edges->owned) return;
    gnn_i_free((void *)edges->source);
    gnn_i_free((void *)edges->target);
    edges->source = edges->target = NULL;
}

void gnn_i_edges_clear(gnn_i_edges *edges) {
    gnn_i_edges_free_pairs(edges);
    if (edges->owned) gnn_i_free((void *)edges->weight);
    edges->weight = NULL;
}

static int64_t part_bound(const builder *b, int64_t part) {
    int64_t n = b->edges->n;
    int64_t rest = n % b->n_parts;
    return n / b->n_parts * part + (part < rest ? part : rest);
}

/* ---- 1. count ---- */

static bool edge_is_good(const builder *b, int64_t e) {
    const gnn_i_edges *edges = b->edges;
    uint32_t n = (uint32_t)b->n_nodes; /* negative ids are large ones */
    if ((uint32_t)edges->source[e] >= n || (uint32_t)edges->target[e] >= n) return false;
    return edges->weight == NULL || isfinite(edges->weight[e]);
}

static void count_part(void *argument, int64_t part, int thread) {
    (void)thread;
    builder *b = argument;
    const gnn_id *source = b->edges->source, *target = b->edges->target;
    gnn_off *count = b->cursor + part * b->n_nodes;
    bool mirrored = !b->options.directed, loops = !b->options.drop_self_loops;
    if (b->n_nodes > 0) memset(count, 0, (size_t)b->n_nodes * sizeof *count);
    for (int64_t e = part_bound(b, part), last = part_bound(b, part + 1); e < last; e++) {
        if (!edge_is_good(b, e)) {
            pthread_mutex_lock(&b->lock);
            if (b->bad_edge < 0 || e < b->bad_edge) b->bad_edge = e;
            pthread_mutex_unlock(&b->lock);
            return;
        }
        if (source[e] == target[e]) {
            count[target[e]] += loops;
            continue;
        }
        count[target[e]]++;
        if (mirrored) count[source[e]]++;
    }
}

static gnn_status report_bad_edge(const builder *b) {
    int64_t e = b->bad_edge;
    if (e < 0) return GNN_OK;
    gnn_id ends[2] = {b->edges->source[e], b->edges->target[e]};
    for (int i = 0; i < 2; i++)
        if (ends[i] < 0 || ends[i] >= b->n_nodes)
            return gnn_fail(GNN_ERR_INPUT, "edge %lld: %s id %d is outside 0..%d",
                            (long long)e, i == 0 ? "source" : "target", ends[i],
                            b->n_nodes - 1);
    return gnn_fail(GNN_ERR_INPUT, "edge %lld: weight %g is not finite", (long long)e,
                    (double)b->edges->weight[e]);
}

/* ---- 2. lay out ---- */

static gnn_csr room_of_rows(const builder *b) {
    return (gnn_csr){
        .n_rows = b->n_nodes, .n_arcs = b->n_listings, .row_ptr = b->row_ptr};
}

/* After which nothing may fail that leaves a refilled graph as it was. */
static void lay_out(builder *b) {
    gnn_off place = 0, loop = b->options.add_self_loops;
    for (gnn_id r = 0; r < b->n_nodes; r++) {
        b->row_ptr[r] = place;
        for (int part = 0; part < b->n_parts; part++) {
            gnn_off *cursor = &b->cursor[(gnn_off)part * b->n_nodes + r];
            gnn_off count = *cursor;
            *cursor = place;
            place += count;
        }
        place += loop;
    }
    b->row_ptr[b->n_nodes] = place;
    b->n_listings = place;
    gnn_csr room = room_of_rows(b);
    b->n_blocks = gnn_i_graph_n_blocks(&room);
}

/* ---- 3. scatter ---- */

static void scatter_ids(void *argument, int64_t part, int thread) {
    (void)thread;
    builder *b = argument;
    const gnn_id *source = b->edges->source, *target = b->edges->target;
    gnn_off *cursor = b->cursor + part * b->n_nodes;
    gnn_id *col = b->col;
    bool mirrored = !b->options.directed, loops = !b->options.drop_self_loops;
    for (int64_t e = part_bound(b, part), last = part_bound(b, part + 1); e < last; e++) {
        gnn_id u = source[e], v = target[e];
        if (u == v) {
            if (loops) col[cursor[v]++] = v;
            continue;
        }
        col[cursor[v]++] = u;
        if (mirrored) col[cursor[u]++] = v;
    }
}

static void scatter_keys(void *argument, int64_t part, int thread) {
    (void)thread;
    builder *b = argument;
    const gnn_id *source = b->edges->source, *target = b->edges->target;
    gnn_off *cursor = b->cursor + part * b->n_nodes;
    uint64_t *keys = b->keys;
    bool mirrored = !b->options.directed, loops = !b->options.drop_self_loops;
    for (int64_t e = part_bound(b, part), last = part_bound(b, part + 1); e < last; e++) {
        gnn_id u = source[e], v = target[e];
        if (u == v && !loops) continue;
        keys[cursor[v]++] = gnn_i_key(u, e, u > v);
        if (mirrored && u != v) keys[cursor[u]++] = gnn_i_key(v, e, u > v);
    }
}

/* ---- 4. merge ---- */

static void merge_ids_block(void *argument, int64_t block, int thread) {
    (void)thread;
    builder *b = argument;
    gnn_csr room = room_of_rows(b);
    gnn_id last = gnn_i_graph_row_bound(&room, block + 1, b->n_blocks);
    for (gnn_id r = gnn_i_graph_row_bound(&room, block, b->n_blocks); r < last; r++) {
        gnn_off begin = b->row_ptr[r];
        gnn_id *ids = b->col != NULL ? b->col + begin : NULL; /* NULL: nothing at all */
        b->end[r] = begin + gnn_i_merge_ids(&b->merge, r, ids, b->end[r] - begin);
    }
}

/* Move the rows together where merging left gaps. */
static gnn_off close_gaps(builder *b) {
    gnn_off place = 0;
    for (gnn_id r = 0; r < b->n_nodes; r++) {
        gnn_off begin = b->row_ptr[r], n = b->end[r] - begin;
        if (place != begin && n > 0)
            memmove(b->col + place, b->col + begin, (size_t)n * sizeof *b->col);
        b->row_ptr[r] = place;
        place += n;
    }
    b->row_ptr[b->n_nodes] = place;
    return place;
}

static void count_keys_block(void *argument, int64_t block, int thread) {
    (void)thread;
    builder *b = argument;
    gnn_csr room = room_of_rows(b);
    gnn_id last = gnn_i_graph_row_bound(&room, block + 1, b->n_blocks);
    for (gnn_id r = gnn_i_graph_row_bound(&room, block, b->n_blocks); r < last; r++) {
        gnn_off begin = b->row_ptr[r];
        b->start[r] = gnn_i_merge_count(&b->merge, r, b->keys + begin, b->end[r] - begin);
    }
}

static gnn_off starts_from_counts(builder *b) {
    gnn_off place = 0;
    for (gnn_id r = 0; r < b->n_nodes; r++) {
        gnn_off count = b->start[r];
        b->start[r] = place;
        place += count;
    }
    return place;
}

static void write_keys_block(void *argument, int64_t block, int thread) {
    (void)thread;
    builder *b = argument;
    gnn_csr room = room_of_rows(b);
    gnn_i_fault fault = GNN_I_FAULT_NONE;
    gnn_id last = gnn_i_graph_row_bound(&room, block + 1, b->n_blocks);
    for (gnn_id r = gnn_i_graph_row_bound(&room, block, b->n_blocks); r < last; r++) {
        gnn_off begin = b->row_ptr[r];
        gnn_i_merge_write(&b->merge, r, b->keys + begin, b->end[r] - begin, &b->arcs,
                          b->start[r], &fault);
    }
    if (fault.edge < 0) return;
    pthread_mutex_lock(&b->lock);
    if (b->fault.edge < 0 || fault.edge < b->fault.edge) b->fault = fault;
    pthread_mutex_unlock(&b->lock);
}

/* ---- together ---- */

static gnn_status reserve_arcs(builder *b, gnn_off n) {
    gnn_graph *g = b->graph;
    gnn_status status;
    GNN_TRY(gnn_i_buffer_reserve(&g->col_store, (size_t)n, sizeof *b->col,
                                 "arcs of the graph"));
    b->col = b->arcs.col = g->col_store.data;
    if (!b->keyed) return GNN_OK;
    if (b->merge.weight != NULL || b->merge.duplicates == GNN_DUPLICATES_SUM) {
        GNN_TRY(gnn_i_buffer_reserve(&g->weight_store, (size_t)n, sizeof(gnn_real),
                                     "weights of the graph"));
        b->arcs.weight = g->weight_store.data;
    }
    if (b->options.keep_edge_index) {
        GNN_TRY(gnn_i_buffer_reserve(&g->edge_index_store, (size_t)n, sizeof(gnn_off),
                                     "edge numbers of the graph"));
        b->arcs.edge_index = g->edge_index_store.data;
    }
cleanup:
    return status;
}

static gnn_status reserve_cursors(builder *b) {
    gnn_graph *g = b->graph;
    size_t rows = (size_t)b->n_nodes, parts = (size_t)b->n_parts, count;
    if (!gnn_i_mul_size(rows, parts + b->keyed, &count))
        return gnn_fail(GNN_ERR_MEMORY, "graph: %zu rows are too many", rows);
    gnn_status status = gnn_i_buffer_reserve(&g->cursor_scratch, count, sizeof *b->cursor,
                                             "cursors of the rows");
    if (status != GNN_OK) return status;
    b->cursor = g->cursor_scratch.data;
    b->end = b->cursor + (parts - 1) * rows;
    b->start = b->cursor + parts * rows;
    return GNN_OK;
}

static gnn_status reserve_row_ptr(builder *b) {
    gnn_graph *g = b->graph;
    gnn_status status = gnn_i_buffer_reserve(&g->row_ptr_store, (size_t)b->n_nodes + 1,
                                             sizeof *b->row_ptr, "rows of the graph");
    b->row_ptr = g->row_ptr_store.data;
    return status;
}

static gnn_status reserve_keys(builder *b, gnn_off n) {
    gnn_graph *g = b->graph;
    gnn_status status = gnn_i_buffer_reserve(&g->key_scratch, (size_t)n, sizeof *b->keys,
                                             "edges in their rows");
    b->keys = g->key_scratch.data;
    return status;
}

static gnn_status build_ids(builder *b, gnn_off *n_arcs) {
    gnn_status status = reserve_arcs(b, b->n_listings);
    if (status != GNN_OK) return status;
    gnn_parallel_for(b->graph->n_threads, b->n_parts, scatter_ids, b);
    gnn_i_edges_free_pairs(b->edges);
    gnn_parallel_for(b->graph->n_threads, b->n_blocks, merge_ids_block, b);
    *n_arcs = close_gaps(b);
    return GNN_OK;
}

static gnn_status build_keyed(builder *b, gnn_off *n_arcs) {
    gnn_status status;
    GNN_TRY(reserve_keys(b, b->n_listings));
    gnn_parallel_for(b->graph->n_threads, b->n_parts, scatter_keys, b);
    gnn_i_edges_free_pairs(b->edges);
    gnn_parallel_for(b->graph->n_threads, b->n_blocks, count_keys_block, b);
    *n_arcs = starts_from_counts(b);
    GNN_TRY(reserve_arcs(b, *n_arcs));
    gnn_parallel_for(b->graph->n_threads, b->n_blocks, write_keys_block, b);
    GNN_TRY(gnn_i_fault_report(&b->fault));
    if (b->n_nodes > 0)
        memcpy(b->row_ptr, b->start, (size_t)b->n_nodes * sizeof *b->row_ptr);
    b->row_ptr[b->n_nodes] = *n_arcs;
cleanup:
    return status;
}

static void plan(builder *b) {
    const gnn_graph_options *options = &b->options;
    bool weighted = b->edges->weight != NULL;
    gnn_duplicates duplicates = options->duplicates;
    if (duplicates == GNN_DUPLICATES_AUTO && !weighted) duplicates = GNN_DUPLICATES_DROP;
    b->merge = (gnn_i_merge){b->edges->weight, duplicates, options->add_self_loops};
    b->keyed = weighted || options->keep_edge_index || duplicates == GNN_DUPLICATES_SUM ||
               duplicates == GNN_DUPLICATES_ERROR;

    /* A part's cursors should not weigh more than half of its share of the arcs. */
    int64_t n = b->edges->n,
            most = n / (b->n_nodes > 0 ? 2 * (int64_t)b->n_nodes : 1) + 1;
    int64_t n_parts = b->graph->n_threads;
    if (n_parts > MOST_PARTS) n_parts = MOST_PARTS;
    if (n_parts > n / PART_LEAST_EDGES + 1) n_parts = n / PART_LEAST_EDGES + 1;
    b->n_parts = (int)(n_parts < most ? n_parts : most);
}

/* A graph that is refilled has as many arcs as edges: all that it needs, at once. */
static gnn_status reserve_all(builder *b) {
    gnn_status status = reserve_arcs(b, b->edges->n);
    return status == GNN_OK && b->keyed ? reserve_keys(b, b->edges->n) : status;
}

/* Point the graph at its storage. */
static void settle(const builder *b, gnn_off n_arcs) {
    gnn_graph *g = b->graph;
    g->csr = (gnn_csr){.n_rows = b->n_nodes, .n_cols = b->n_nodes, .n_arcs = n_arcs};
    g->weight = b->arcs.weight;
    g->edge_index = b->arcs.edge_index;
    g->symmetric = !b->options.directed;
}

static void give_back_slack(gnn_graph *g) {
    size_t n = (size_t)g->csr.n_arcs;
    gnn_i_buffer_clear(&g->cursor_scratch);
    gnn_i_buffer_clear(&g->key_scratch);
    gnn_i_buffer_shrink(&g->col_store, n, sizeof(gnn_id));
    gnn_i_graph_point(g);
}

gnn_status gnn_i_graph_fill(gnn_graph *graph, gnn_id n_nodes, gnn_i_edges *edges,
                            const gnn_graph_options *options) {
    gnn_status status;
    gnn_off n_arcs = 0;
    builder b = {.graph = graph,
                 .n_nodes = n_nodes,
                 .edges = edges,
                 .options = *options,
                 .lock = PTHREAD_MUTEX_INITIALIZER,
                 .bad_edge = -1,
                 .fault = GNN_I_FAULT_NONE};
    plan(&b);
    GNN_CHECK(!b.keyed || edges->n <= GNN_I_KEY_MOST_EDGES, GNN_ERR_UNSUPPORTED,
              "graph: %lld edges with weights or numbers, at most %lld can be built",
              (long long)edges->n, (long long)GNN_I_KEY_MOST_EDGES);
    GNN_TRY(reserve_cursors(&b));
    gnn_parallel_for(graph->n_threads, b.n_parts, count_part, &b);
    GNN_TRY(report_bad_edge(&b));
    GNN_TRY(reserve_row_ptr(&b));
    if (graph->refilled) GNN_TRY(reserve_all(&b));
    lay_out(&b);
    GNN_TRY(b.keyed ? build_keyed(&b, &n_arcs) : build_ids(&b, &n_arcs));
    settle(&b, n_arcs);
cleanup:
    gnn_i_graph_point(graph); /* which may have moved */
    if (status != GNN_OK) return status;
    if (!graph->refilled) give_back_slack(graph);
    gnn_i_graph_changed(graph);
    return status;
}
