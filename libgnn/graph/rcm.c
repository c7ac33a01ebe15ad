/* Reverse Cuthill-McKee: number the nodes of each component breadth first from one end of
 * it, neighbours by ascending degree, then turn the order round.
 *
 * George & Liu 1981, "Computer Solution of Large Sparse Positive Definite Systems", ch.
 * 4: the end is a pseudo-peripheral node, found by repeating "go to a node of least
 * degree in the last level" while the number of levels grows. Directed arcs are followed
 * both ways. */
#include "core/alloc.h"
#include "graph/sort.h"
#include "graph/storage.h"

typedef struct walk {
    const gnn_csr *out; /* rows of the graph */
    const gnn_csr *in;  /* rows of its transpose, NULL when symmetric */
    gnn_id n;
    gnn_id *degree; /* (n) arcs either way */
    uint32_t *mark; /* (n) search that met the node last; NUMBERED once it has a number */
    gnn_id *queue;  /* (n) nodes in the order in which they are met */
    uint64_t *keys; /* (most arcs of a node) its new neighbours: degree, node */
    uint32_t search; /* number of the search, from 1 */
} walk;

#define NUMBERED UINT32_MAX
enum { MOST_SEARCHES = 8 };

static gnn_off row_length(const gnn_csr *csr, gnn_id v) {
    return csr->row_ptr[v + 1] - csr->row_ptr[v];
}

/* Append the unmet neighbours of v in `csr` to keys[n..]; returns the new n. */
static size_t gather(walk *w, const gnn_csr *csr, gnn_id v, size_t n) {
    if (csr == NULL) return n;
    for (gnn_off a = csr->row_ptr[v]; a < csr->row_ptr[v + 1]; a++) {
        gnn_id u = csr->col[a];
        if (w->mark[u] == w->search || w->mark[u] == NUMBERED) continue;
        w->mark[u] = w->search;
        w->keys[n++] = (uint64_t)w->degree[u] << 32 | (uint64_t)u;
    }
    return n;
}

typedef struct levels {
    gnn_id n;     /* nodes met */
    gnn_id depth; /* levels */
    gnn_id last;  /* place in the queue where the last level begins */
} levels;

/* Breadth first from `root` through what is not numbered; the nodes met are in
 * `queue`. */
static levels search(walk *w, gnn_id *queue, gnn_id root) {
    levels found = {.n = 1};
    w->search++;
    w->mark[root] = w->search;
    queue[0] = root;
    for (gnn_id begin = 0; begin < found.n; found.depth++) {
        gnn_id end = found.n;
        found.last = begin;
        for (; begin < end; begin++) {
            gnn_id v = queue[begin];
            size_t n = gather(w, w->in, v, gather(w, w->out, v, 0));
            gnn_i_sort_keys(w->keys, n);
            for (size_t i = 0; i < n; i++)
                queue[found.n++] = (gnn_id)(uint32_t)w->keys[i];
        }
    }
    return found;
}

static gnn_id least_degree(const walk *w, const gnn_id *nodes, gnn_id n) {
    gnn_id best = nodes[0];
    for (gnn_id i = 1; i < n; i++)
        if (w->degree[nodes[i]] < w->degree[best]) best = nodes[i];
    return best;
}

/* Number the component of `root`: leaves its nodes at the front of `queue`; returns how
 * many they are. */
static gnn_id number_component(walk *w, gnn_id *queue, gnn_id root) {
    levels found = search(w, queue, root);
    for (int i = 0; i < MOST_SEARCHES && found.depth > 1; i++) {
        gnn_id end = least_degree(w, queue + found.last, found.n - found.last);
        levels next = search(w, queue, end);
        bool longer = next.depth > found.depth;
        found = next;
        if (!longer) break;
    }
    for (gnn_id i = 0; i < found.n; i++) w->mark[queue[i]] = NUMBERED;
    return found.n;
}

/* Components in the order of their node of least degree (then least number). */
static void number_nodes(walk *w, const uint64_t *by_degree, gnn_id *order) {
    gnn_id met = 0;
    for (gnn_id i = 0; i < w->n; i++) {
        gnn_id root = (gnn_id)(uint32_t)by_degree[i];
        if (w->mark[root] != NUMBERED) met += number_component(w, w->queue + met, root);
    }
    for (gnn_id i = 0; i < w->n; i++) order[w->queue[i]] = w->n - 1 - i;
}

gnn_status gnn_graph_order_rcm(const gnn_graph *graph, gnn_id *order) {
    const gnn_csr *csr = &graph->csr;
    size_t n = (size_t)csr->n_rows, most = 0;
    walk w = {.out = csr, .n = csr->n_rows};
    uint64_t *by_degree = NULL;
    const gnn_i_transpose *transpose;
    gnn_status status;
    GNN_CHECK(csr->n_rows == csr->n_cols, GNN_ERR_SHAPE,
              "an order needs a square graph, this one has %d targets, %d sources",
              csr->n_rows, csr->n_cols);
    if (!graph->symmetric) {
        GNN_TRY(gnn_i_graph_transpose_pattern(graph, &transpose));
        w.in = &transpose->csr;
    }
    GNN_TRY(gnn_i_alloc(&w.degree, n, sizeof *w.degree, "degrees"));
    GNN_TRY(gnn_i_calloc(&w.mark, n, sizeof *w.mark, "marks of nodes"));
    GNN_TRY(gnn_i_alloc(&w.queue, n, sizeof *w.queue, "queue of nodes"));
    GNN_TRY(gnn_i_alloc(&by_degree, n, sizeof *by_degree, "nodes by degree"));
    for (gnn_id v = 0; v < w.n; v++) {
        gnn_off d = row_length(w.out, v) + (w.in != NULL ? row_length(w.in, v) : 0);
        w.degree[v] = d < INT32_MAX ? (gnn_id)d : INT32_MAX;
        by_degree[v] = (uint64_t)w.degree[v] << 32 | (uint64_t)v;
        if ((size_t)d > most) most = (size_t)d;
    }
    GNN_TRY(gnn_i_alloc(&w.keys, most, sizeof *w.keys, "neighbours of a node"));
    gnn_i_sort_keys(by_degree, n);
    number_nodes(&w, by_degree, order);
cleanup:
    gnn_i_free(w.degree);
    gnn_i_free(w.mark);
    gnn_i_free(w.queue);
    gnn_i_free(w.keys);
    gnn_i_free(by_degree);
    return status;
}
