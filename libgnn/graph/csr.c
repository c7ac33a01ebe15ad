/* Transposes: which targets the arcs of a source lead to, and where these arcs are.
 *
 * A counting sort by source: arcs are visited in order, so that the targets of a source
 * ascend, too. For several threads the *sources* are cut into ranges; a thread looks up
 * its range in each row (rows are sorted) and writes where nobody else does. No scratch
 * space is needed, and the result does not depend on the cut. */
#include <string.h>

#include <gnn/parallel.h>

#include "graph/storage.h"

enum { MOST_RANGES = 64, RANGE_LEAST_ARCS = 32768 };

/* The transpose with its storage, in which a refilled graph builds the next. */
typedef struct transpose_view {
    gnn_i_transpose view; /* first: what callers get */
    gnn_i_buffer row_ptr, col, arc;
} transpose_view;

typedef struct transposition {
    const gnn_csr *csr;
    gnn_off *place; /* (n_cols + 2): see count_sources and scatter_arcs */
    gnn_id *row;    /* (n_arcs) NULL where the graph's own arrays serve */
    gnn_id *arc;    /* (n_arcs) */
    int64_t n_ranges;
    gnn_id bound[MOST_RANGES + 1]; /* of the ranges of sources */
} transposition;

/* First arc of a..end-1 whose source is at least s. */
static gnn_off lower_bound(const gnn_id *col, gnn_off a, gnn_off end, gnn_id s) {
    while (a < end) {
        gnn_off middle = a + (end - a) / 2;
        if (col[middle] < s)
            a = middle + 1;
        else
            end = middle;
    }
    return a;
}

/* First arc of row r in this range of sources. */
static gnn_off range_begin(const transposition *t, int64_t range, gnn_id r) {
    const gnn_csr *csr = t->csr;
    return range == 0 ? csr->row_ptr[r]
                      : lower_bound(csr->col, csr->row_ptr[r], csr->row_ptr[r + 1],
                                    t->bound[range]);
}

/* place[s + 2] = number of arcs of source s. */
static void count_sources(void *argument, int64_t range, int thread) {
    (void)thread;
    transposition *t = argument;
    const gnn_csr *csr = t->csr;
    gnn_off *count = t->place + 2;
    gnn_id last = t->bound[range + 1];
    for (gnn_id r = 0; r < csr->n_rows; r++) {
        gnn_off end = csr->row_ptr[r + 1];
        for (gnn_off a = range_begin(t, range, r); a < end && csr->col[a] < last; a++)
            count[csr->col[a]]++;
    }
}

/* place[s + 1] is where the next arc of source s goes; at last it is where source s + 1
 * begins, which makes `place` the transpose's row_ptr. */
static void scatter_arcs(void *argument, int64_t range, int thread) {
    (void)thread;
    transposition *t = argument;
    const gnn_csr *csr = t->csr;
    gnn_off *place = t->place + 1, origin = csr->row_ptr[0];
    gnn_id last = t->bound[range + 1];
    for (gnn_id r = 0; r < csr->n_rows; r++) {
        gnn_off end = csr->row_ptr[r + 1];
        for (gnn_off a = range_begin(t, range, r); a < end && csr->col[a] < last; a++) {
            gnn_off k = place[csr->col[a]]++;
            t->arc[k] = (gnn_id)(a - origin);
            if (t->row != NULL) t->row[k] = r;
        }
    }
}

static void bounds_by_count(transposition *t) {
    for (int64_t i = 0; i <= t->n_ranges; i++)
        t->bound[i] = (gnn_id)((int64_t)t->csr->n_cols * i / t->n_ranges);
}

/* Before the scatter, place[s + 1] is where source s begins. */
static void bounds_by_arcs(transposition *t) {
    gnn_id s = 0, n = t->csr->n_cols;
    for (int64_t i = 0; i < t->n_ranges; i++) {
        gnn_off goal = t->csr->n_arcs / t->n_ranges * i;
        while (s < n && t->place[s + 1] < goal) s++;
        t->bound[i] = s;
    }
    t->bound[t->n_ranges] = n;
}

static void transpose_run(transposition *t, const gnn_graph *graph) {
    size_t n = (size_t)t->csr->n_cols;
    if (graph->symmetric) {
        t->place[0] = 0;
        memcpy(t->place + 1, t->csr->row_ptr, (n + 1) * sizeof *t->place);
    } else {
        memset(t->place, 0, (n + 2) * sizeof *t->place);
        bounds_by_count(t);
        gnn_parallel_for(graph->n_threads, t->n_ranges, count_sources, t);
        for (size_t i = 1; i < n + 2; i++) t->place[i] += t->place[i - 1];
    }
    bounds_by_arcs(t);
    gnn_parallel_for(graph->n_threads, t->n_ranges, scatter_arcs, t);
}

static int64_t count_ranges(const gnn_graph *graph) {
    int64_t n = graph->csr.n_arcs / RANGE_LEAST_ARCS + 1;
    if (n > graph->n_threads) n = graph->n_threads;
    return n < MOST_RANGES ? n : MOST_RANGES;
}

static void transpose_free(void *view) {
    transpose_view *v = view;
    gnn_i_buffer_clear(&v->row_ptr);
    gnn_i_buffer_clear(&v->col);
    gnn_i_buffer_clear(&v->arc);
    gnn_i_free(v);
}

static size_t transpose_bytes(const void *view) {
    const transpose_view *v = view;
    return sizeof *v + v->row_ptr.bytes + v->col.bytes + v->arc.bytes;
}

static gnn_status transpose_build(const gnn_graph *graph, uint64_t number,
                                  const void *argument, void **view) {
    (void)number;
    (void)argument;
    gnn_status status = GNN_OK;
    const gnn_csr *csr = &graph->csr;
    size_t n_arcs = (size_t)csr->n_arcs;
    GNN_CHECK(csr->n_arcs <= INT32_MAX, GNN_ERR_UNSUPPORTED,
              "transpose: %lld arcs, at most %d can be numbered", (long long)csr->n_arcs,
              INT32_MAX);
    if (*view == NULL)
        GNN_TRY(gnn_i_calloc(view, 1, sizeof(transpose_view), "transpose"));
    transpose_view *v = *view;
    GNN_TRY(gnn_i_buffer_reserve(&v->row_ptr, (size_t)csr->n_cols + 2, sizeof(gnn_off),
                                 "rows of a transpose"));
    GNN_TRY(gnn_i_buffer_reserve(&v->arc, n_arcs, sizeof(gnn_id), "arcs of a transpose"));
    if (!graph->symmetric)
        GNN_TRY(
            gnn_i_buffer_reserve(&v->col, n_arcs, sizeof(gnn_id), "arcs of a transpose"));

    transposition t = {.csr = csr,
                       .place = v->row_ptr.data,
                       .row = graph->symmetric ? NULL : v->col.data,
                       .arc = v->arc.data,
                       .n_ranges = count_ranges(graph)};
    transpose_run(&t, graph);
    if (graph->symmetric) {
        v->view = (gnn_i_transpose){*csr, v->arc.data};
        if (!graph->refilled) gnn_i_buffer_clear(&v->row_ptr);
    } else {
        v->view.csr = (gnn_csr){.n_rows = csr->n_cols,
                                .n_cols = csr->n_rows,
                                .n_arcs = csr->n_arcs,
                                .row_offset = -csr->row_offset,
                                .row_ptr = v->row_ptr.data,
                                .col = v->col.data};
        v->view.arc = v->arc.data;
    }
cleanup:
    return status;
}

static const gnn_i_view_kind transpose_kind = {"transpose", transpose_build,
                                               transpose_free, transpose_bytes, true};

gnn_status gnn_i_graph_transpose(const gnn_graph *graph, const gnn_i_transpose **view) {
    const void *v;
    gnn_status status = gnn_i_graph_view(graph, &transpose_kind, 0, NULL, &v);
    *view = v;
    return status;
}

gnn_status gnn_i_graph_transpose_pattern(const gnn_graph *graph,
                                         const gnn_i_transpose **view) {
    if (!graph->symmetric) return gnn_i_graph_transpose(graph, view);
    *view = &graph->pattern;
    return GNN_OK;
}
