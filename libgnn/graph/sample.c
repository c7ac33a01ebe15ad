/* Neighbour sampling (Hamilton, Ying & Leskovec 2017, arXiv:1706.02216).
 *
 * A draw keeps one list of nodes: the seeds, then the sources that each hop adds,
 * numbered by first appearance. The targets of a hop are the list as it is, its sources
 * the list as it becomes. A hop takes three turns: draw (parallel over targets), number
 * the sources (one thread, in order), sort and fill the rows (parallel). A node's draws
 * start at a position of the random stream that is its own, so that nothing depends on
 * threads or on the batch. */
#include <string.h>

#include <gnn/parallel.h>

#include "core/rng.h"
#include "graph/sort.h"
#include "graph/storage.h"

enum { MOST_HOPS = 32, MOST_FANOUT = 1 << 26, TARGETS_PER_BLOCK = 128 };

/* The words of (node, hop) start at node << 33 | hop << 28: room for MOST_FANOUT
 * draws. */
static uint64_t stream_position(gnn_id node, int hop) {
    return (uint64_t)node << 33 | (uint64_t)hop << 28;
}

/* A drawn arc while its row is sorted: number of the source in the batch (31 bits), place
 * in the row of the whole graph (33 bits). */
static uint64_t key_of(gnn_id source, gnn_off place) {
    return (uint64_t)source << 33 | (uint64_t)place;
}
static gnn_off key_place(uint64_t key) {
    return (gnn_off)(key & (((uint64_t)1 << 33) - 1));
}

typedef struct hop_state {
    gnn_graph *block;
    int fanout;
    gnn_i_buffer arc; /* (arcs) numbers in the whole graph */
} hop_state;

struct gnn_sampler {
    const gnn_graph *graph;
    uint64_t stamp; /* of the graph that `place` fits */
    int n_threads;
    int n_hops;
    hop_state *hops;   /* (n_hops) outermost first */
    gnn_id *place;     /* (n_nodes) number in the batch of each node; -1: not in it */
    gnn_i_buffer node; /* (n_met) nodes of the batch by number */
    gnn_id n_met;
    gnn_i_buffer key; /* (arcs of a hop) */
};

/* One hop being drawn. */
typedef struct draw {
    const gnn_sampler *sampler;
    const gnn_csr *whole;
    hop_state *hop;
    int number; /* of the hop */
    uint64_t seed, stream;
    gnn_id n_targets;
    gnn_off *row_ptr;
    gnn_id *col;
    uint64_t *key;
} draw;

void gnn_sampler_free(gnn_sampler *sampler) {
    if (sampler == NULL) return;
    for (int i = 0; sampler->hops != NULL && i < sampler->n_hops; i++) {
        gnn_graph_free(sampler->hops[i].block);
        gnn_i_buffer_clear(&sampler->hops[i].arc);
    }
    gnn_i_free(sampler->hops);
    gnn_i_free(sampler->place);
    gnn_i_buffer_clear(&sampler->node);
    gnn_i_buffer_clear(&sampler->key);
    gnn_i_free(sampler);
}

static gnn_status check_sampler(const gnn_graph *graph, int n_hops, const int *fanout) {
    const gnn_csr *csr = &graph->csr;
    gnn_status status = GNN_OK;
    GNN_CHECK(n_hops >= 1 && n_hops <= MOST_HOPS, GNN_ERR_ARGUMENT,
              "sampler: %d hops, need 1..%d", n_hops, MOST_HOPS);
    for (int i = 0; i < n_hops; i++)
        GNN_CHECK(fanout[i] != 0 && fanout[i] <= MOST_FANOUT, GNN_ERR_ARGUMENT,
                  "sampler: fan-out %d of hop %d, need 1..%d, or less than 0 for all",
                  fanout[i], i, MOST_FANOUT);
    GNN_CHECK(csr->n_rows == csr->n_cols, GNN_ERR_SHAPE,
              "sampler: the graph has %d targets and %d sources, need as many",
              csr->n_rows, csr->n_cols);
    for (gnn_id r = 0; r < csr->n_rows; r++)
        GNN_CHECK(csr->row_ptr[r + 1] - csr->row_ptr[r] <= INT32_MAX, GNN_ERR_UNSUPPORTED,
                  "sampler: node %d has more than %d arcs", r, INT32_MAX);
cleanup:
    return status;
}

gnn_status gnn_sampler_new(const gnn_graph *graph, int n_hops, const int *fanout,
                           int n_threads, gnn_sampler **sampler) {
    gnn_sampler *s = NULL;
    size_t n = (size_t)graph->csr.n_cols;
    gnn_status status;
    *sampler = NULL;
    GNN_CHECK(n_threads >= 0 && n_threads <= GNN_MOST_THREADS, GNN_ERR_ARGUMENT,
              "sampler: %d threads, need 0..%d", n_threads, GNN_MOST_THREADS);
    GNN_TRY(check_sampler(graph, n_hops, fanout));
    GNN_TRY(gnn_i_calloc(&s, 1, sizeof *s, "sampler"));
    s->graph = graph;
    s->stamp = graph->stamp;
    s->n_threads = n_threads > 0 ? n_threads : gnn_n_processors();
    s->n_hops = n_hops;
    GNN_TRY(gnn_i_calloc(&s->hops, (size_t)n_hops, sizeof *s->hops, "sampler"));
    for (int i = 0; i < n_hops; i++) {
        GNN_TRY(gnn_i_graph_alloc(GNN_I_GRAPH_BLOCK, s->n_threads, &s->hops[i].block));
        s->hops[i].fanout = fanout[i];
        s->hops[i].block->parent = graph;
        s->hops[i].block->refilled = true;
    }
    GNN_TRY(gnn_i_alloc(&s->place, n, sizeof *s->place, "numbers of nodes in a batch"));
    for (size_t v = 0; v < n; v++) s->place[v] = -1;
    *sampler = s;
    s = NULL;
cleanup:
    gnn_sampler_free(s);
    return status;
}

/* ---- the list of nodes ---- */

static gnn_status reserve_nodes(gnn_sampler *s, gnn_off more) {
    gnn_off n = s->n_met + more, most = s->graph->csr.n_cols;
    return gnn_i_buffer_reserve(&s->node, (size_t)(n < most ? n : most), sizeof(gnn_id),
                                "nodes of a batch");
}

static void forget_nodes(gnn_sampler *s) {
    const gnn_id *node = s->node.data;
    for (gnn_id i = 0; i < s->n_met; i++) s->place[node[i]] = -1;
    s->n_met = 0;
}

static gnn_status add_seeds(gnn_sampler *s, int64_t n, const gnn_id *seeds) {
    gnn_id n_nodes = s->graph->csr.n_cols;
    gnn_status status = reserve_nodes(s, n < n_nodes ? n : n_nodes);
    if (status != GNN_OK) return status;
    gnn_id *node = s->node.data;
    for (int64_t i = 0; i < n; i++) {
        gnn_id v = seeds[i];
        if (v < 0 || v >= n_nodes)
            return gnn_fail(GNN_ERR_ARGUMENT, "seed %lld: node %d is outside 0..%d",
                            (long long)i, v, n_nodes - 1);
        if (s->place[v] >= 0)
            return gnn_fail(GNN_ERR_ARGUMENT, "seeds %d and %lld are both node %d",
                            s->place[v], (long long)i, v);
        s->place[v] = s->n_met;
        node[s->n_met++] = v;
    }
    return GNN_OK;
}

/* ---- a hop ---- */

static gnn_off n_drawn(const hop_state *h, gnn_off degree) {
    return h->fanout < 0 || degree < h->fanout ? degree : h->fanout;
}

static gnn_status lay_out(gnn_sampler *s, draw *d) {
    gnn_graph *block = d->hop->block;
    const gnn_id *node = s->node.data;
    gnn_status status;
    GNN_TRY(gnn_i_buffer_reserve(&block->row_ptr_store, (size_t)d->n_targets + 1,
                                 sizeof(gnn_off), "rows of a batch"));
    d->row_ptr = block->row_ptr_store.data;
    d->row_ptr[0] = 0;
    for (gnn_id t = 0; t < d->n_targets; t++) {
        const gnn_off *row = d->whole->row_ptr + node[t];
        d->row_ptr[t + 1] = d->row_ptr[t] + n_drawn(d->hop, row[1] - row[0]);
    }
    size_t n = (size_t)d->row_ptr[d->n_targets];
    GNN_TRY(
        gnn_i_buffer_reserve(&block->col_store, n, sizeof(gnn_id), "arcs of a batch"));
    GNN_TRY(gnn_i_buffer_reserve(&d->hop->arc, n, sizeof(gnn_off), "arcs of a batch"));
    GNN_TRY(gnn_i_buffer_reserve(&s->key, n, sizeof(uint64_t), "arcs of a batch"));
    if (s->graph->weight != NULL)
        GNN_TRY(gnn_i_buffer_reserve(&block->weight_store, n, sizeof(gnn_real),
                                     "weights of a batch"));
    if (s->graph->arc_type != NULL)
        GNN_TRY(gnn_i_buffer_reserve(&block->arc_type_store, n, sizeof(int32_t),
                                     "types of a batch"));
    GNN_TRY(reserve_nodes(s, (gnn_off)n));
    d->col = block->col_store.data;
    d->key = s->key.data;
cleanup:
    return status;
}

static void target_range(const draw *d, int64_t block, gnn_id *first, gnn_id *last) {
    int64_t end = (block + 1) * TARGETS_PER_BLOCK;
    *first = (gnn_id)(block * TARGETS_PER_BLOCK);
    *last = end < d->n_targets ? (gnn_id)end : d->n_targets;
}

/* col = node of the whole graph, key = place in its row, for every arc of these
 * targets. */
static void draw_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const draw *d = argument;
    const gnn_id *node = d->sampler->node.data;
    gnn_id t, last;
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, d->seed, d->stream);
    for (target_range(d, block, &t, &last); t < last; t++) {
        gnn_off begin = d->whole->row_ptr[node[t]];
        gnn_off degree = d->whole->row_ptr[node[t] + 1] - begin;
        gnn_off n = d->row_ptr[t + 1] - d->row_ptr[t];
        gnn_id *col = d->col + d->row_ptr[t];
        uint64_t *key = d->key + d->row_ptr[t];
        if (n < degree) {
            gnn_i_rng_seek(&rng, stream_position(node[t], d->number));
            gnn_i_rng_sample(&rng, (gnn_id)degree, (gnn_id)n, col);
        } else {
            for (gnn_off i = 0; i < n; i++) col[i] = (gnn_id)i;
        }
        for (gnn_off i = 0; i < n; i++) {
            key[i] = (uint64_t)col[i];
            col[i] = d->whole->col[begin + col[i]];
        }
    }
}

/* key = number of the source in the batch, place in the row of the whole graph. */
static void number_sources(gnn_sampler *s, draw *d) {
    gnn_id *node = s->node.data;
    gnn_off n = d->row_ptr[d->n_targets];
    for (gnn_off a = 0; a < n; a++) {
        gnn_id *place = &s->place[d->col[a]];
        if (*place < 0) {
            *place = s->n_met;
            node[s->n_met++] = d->col[a];
        }
        d->key[a] = key_of(*place, (gnn_off)d->key[a]);
    }
}

static void fill_block(void *argument, int64_t block, int thread) {
    (void)thread;
    const draw *d = argument;
    const gnn_graph *whole = d->sampler->graph;
    const gnn_id *node = d->sampler->node.data;
    gnn_off *arc = d->hop->arc.data;
    gnn_real *weight = d->hop->block->weight_store.data;
    int32_t *type = d->hop->block->arc_type_store.data;
    gnn_id t, last;
    for (target_range(d, block, &t, &last); t < last; t++) {
        gnn_off begin = d->whole->row_ptr[node[t]], end = d->row_ptr[t + 1];
        gnn_i_sort_keys(d->key + d->row_ptr[t], (size_t)(end - d->row_ptr[t]));
        for (gnn_off a = d->row_ptr[t]; a < end; a++) {
            d->col[a] = (gnn_id)(d->key[a] >> 33);
            arc[a] = begin + key_place(d->key[a]);
            if (whole->weight != NULL) weight[a] = whole->weight[arc[a]];
            if (whole->arc_type != NULL) type[a] = whole->arc_type[arc[a]];
        }
    }
}

static gnn_status draw_hop(gnn_sampler *s, int number, uint64_t seed, uint64_t stream) {
    draw d = {.sampler = s,
              .whole = &s->graph->csr,
              .hop = &s->hops[number],
              .number = number,
              .seed = seed,
              .stream = stream,
              .n_targets = s->n_met};
    gnn_status status = lay_out(s, &d);
    if (status != GNN_OK) return status;
    int64_t n_blocks = (d.n_targets + TARGETS_PER_BLOCK - 1) / TARGETS_PER_BLOCK;
    gnn_parallel_for(s->n_threads, n_blocks, draw_block, &d);
    number_sources(s, &d);
    gnn_parallel_for(s->n_threads, n_blocks, fill_block, &d);
    d.hop->block->csr = (gnn_csr){.n_rows = d.n_targets,
                                  .n_cols = s->n_met,
                                  .n_arcs = d.row_ptr[d.n_targets],
                                  .row_ptr = d.row_ptr,
                                  .col = d.col};
    return GNN_OK;
}

/* Hand the block what it borrows, once nothing moves any more. */
static void settle(const gnn_sampler *s, hop_state *h) {
    gnn_graph *block = h->block;
    const gnn_graph *whole = s->graph;
    block->node = s->node.data;
    block->arc = h->arc.data;
    block->weight = whole->weight != NULL ? block->weight_store.data : NULL;
    gnn_i_graph_changed(block);
    block->arc_type = whole->arc_type != NULL ? block->arc_type_store.data : NULL;
    block->n_types = whole->n_types;
}

gnn_status gnn_sampler_draw(gnn_sampler *sampler, int64_t n_seeds, const gnn_id *seeds,
                            uint64_t seed, uint64_t stream, gnn_graph **blocks,
                            const gnn_id **nodes, int64_t *n_nodes) {
    gnn_sampler *s = sampler;
    gnn_status status;
    GNN_CHECK(s->stamp == s->graph->stamp, GNN_ERR_ARGUMENT,
              "sampler: its graph has changed, make another sampler");
    GNN_CHECK(n_seeds >= 0, GNN_ERR_ARGUMENT, "sampler: %lld seeds", (long long)n_seeds);
    GNN_TRY(add_seeds(s, n_seeds, seeds));
    for (int i = s->n_hops - 1; i >= 0; i--) GNN_TRY(draw_hop(s, i, seed, stream));
    for (int i = 0; i < s->n_hops; i++) {
        settle(s, &s->hops[i]);
        blocks[i] = s->hops[i].block;
    }
    *nodes = s->node.data;
    *n_nodes = s->n_met;
cleanup:
    forget_nodes(s);
    return status;
}

const gnn_off *gnn_sampler_arcs(const gnn_sampler *sampler, int hop) {
    return hop >= 0 && hop < sampler->n_hops ? sampler->hops[hop].arc.data : NULL;
}
