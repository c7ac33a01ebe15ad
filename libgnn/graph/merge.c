/* From the listings of a row to its arcs: order, repeats, self-loops. The rules are those
 * of gnn_duplicates in the public header; each is a function of the row alone, and for an
 * undirected graph of the pair alone, so that both mirrored arcs come out with the same
 * bits. */
#include <math.h>

#include "graph/merge.h"
#include "graph/sort.h"

/* Sums of the same numbers in another order may differ in the last places. */
static const double SAME_WEIGHT = 1e-6;

enum { AHEAD = 24 };

/* ---- without payload ---- */

static gnn_off drop_repeats(gnn_id *ids, gnn_off n) {
    gnn_off kept = n < 1 ? n : 1;
    for (gnn_off i = 1; i < n; i++)
        if (ids[i] != ids[kept - 1]) ids[kept++] = ids[i];
    return kept;
}

static gnn_off insert_loop(gnn_id r, gnn_id *ids, gnn_off n) {
    gnn_off at = n;
    while (at > 0 && ids[at - 1] > r) at--;
    if (at > 0 && ids[at - 1] == r) return n;
    for (gnn_off i = n; i > at; i--) ids[i] = ids[i - 1];
    ids[at] = r;
    return n + 1;
}

gnn_off gnn_i_merge_ids(const gnn_i_merge *merge, gnn_id r, gnn_id *ids, gnn_off n) {
    gnn_i_sort_ids(ids, (size_t)n);
    if (merge->duplicates != GNN_DUPLICATES_KEEP) n = drop_repeats(ids, n);
    return merge->add_self_loops ? insert_loop(r, ids, n) : n;
}

/* ---- with payload ---- */

/* End of the run of listings that begins at i and becomes one arc. */
static gnn_off run_end(const gnn_i_merge *merge, const uint64_t *keys, gnn_off i,
                       gnn_off n) {
    gnn_id col = gnn_i_key_col(keys[i]);
    gnn_off end = i + 1;
    if (merge->duplicates == GNN_DUPLICATES_KEEP) return end;
    while (end < n && gnn_i_key_col(keys[end]) == col) end++;
    return end;
}

gnn_off gnn_i_merge_count(const gnn_i_merge *merge, gnn_id r, uint64_t *keys, gnn_off n) {
    gnn_i_sort_keys(keys, (size_t)n);
    gnn_off arcs = 0;
    bool has_loop = !merge->add_self_loops;
    for (gnn_off i = 0; i < n; i = run_end(merge, keys, i, n), arcs++)
        has_loop |= gnn_i_key_col(keys[i]) == r;
    return has_loop ? arcs : arcs + 1;
}

static double listed_weight(const gnn_i_merge *merge, uint64_t key) {
    return merge->weight != NULL ? (double)merge->weight[gnn_i_key_edge(key)] : 1.0;
}

static void fault_note(gnn_i_fault *fault, gnn_id r, uint64_t key, gnn_i_fault found) {
    if (fault->edge >= 0 && fault->edge <= found.edge) return;
    gnn_id col = gnn_i_key_col(key);
    gnn_id low = col < r ? col : r, high = col < r ? r : col;
    found.source = gnn_i_key_backward(key) ? high : low;
    found.target = gnn_i_key_backward(key) ? low : high;
    *fault = found;
}

/* The listings of one direction of a pair. */
typedef struct direction {
    int64_t n;
    uint64_t first; /* key of the first listing */
    double weight;  /* sum in input order */
} direction;

/* Both directions of a pair are there: they have to agree. */
static void compare_directions(const direction way[2], gnn_id r, gnn_i_fault *fault) {
    double most = fmax(fabs(way[0].weight), fabs(way[1].weight));
    if (fabs(way[0].weight - way[1].weight) <= SAME_WEIGHT * most) return;
    bool swap = gnn_i_key_edge(way[0].first) > gnn_i_key_edge(way[1].first);
    const direction *one = &way[swap], *other = &way[!swap];
    fault_note(fault, r, other->first,
               (gnn_i_fault){.edge = gnn_i_key_edge(other->first),
                             .first = gnn_i_key_edge(one->first),
                             .weight = other->weight,
                             .first_weight = one->weight});
}

/* GNN_DUPLICATES_AUTO and _ERROR: the directions are summed apart. */
static double merge_directions(const gnn_i_merge *merge, gnn_id r, const uint64_t *keys,
                               gnn_off n, gnn_i_fault *fault) {
    direction way[2] = {{0, 0, 0.0}, {0, 0, 0.0}};
    bool repeats = false;
    for (gnn_off i = 0; i < n; i++) {
        direction *d = &way[gnn_i_key_backward(keys[i])];
        d->weight += listed_weight(merge, keys[i]);
        if (d->n++ == 0) {
            d->first = keys[i];
        } else if (merge->duplicates == GNN_DUPLICATES_ERROR) {
            repeats = true;
            fault_note(fault, r, keys[i],
                       (gnn_i_fault){.edge = gnn_i_key_edge(keys[i]),
                                     .first = gnn_i_key_edge(d->first),
                                     .is_repeat = true});
        }
    }
    if (way[0].n > 0 && way[1].n > 0 && !repeats) compare_directions(way, r, fault);
    return way[0].n > 0 ? way[0].weight : way[1].weight;
}

static double merge_run(const gnn_i_merge *merge, gnn_id r, const uint64_t *keys,
                        gnn_off n, gnn_i_fault *fault) {
    double sum = 0;
    switch (merge->duplicates) {
    case GNN_DUPLICATES_KEEP:
    case GNN_DUPLICATES_DROP: return listed_weight(merge, keys[0]);
    case GNN_DUPLICATES_SUM:
        for (gnn_off i = 0; i < n; i++) sum += listed_weight(merge, keys[i]);
        return sum;
    case GNN_DUPLICATES_AUTO:
    case GNN_DUPLICATES_ERROR: break;
    }
    return n == 1 ? listed_weight(merge, keys[0])
                  : merge_directions(merge, r, keys, n, fault);
}

static void arc_write(const gnn_i_arcs *arcs, gnn_off at, gnn_id col, double weight,
                      gnn_off edge) {
    arcs->col[at] = col;
    if (arcs->weight != NULL) arcs->weight[at] = (gnn_real)weight;
    if (arcs->edge_index != NULL) arcs->edge_index[at] = edge;
}

/* Weights lie in input order, that is anywhere: ask for those of keys i .. end-1. */
static void prefetch_weights(const gnn_i_merge *merge, const uint64_t *keys, gnn_off i,
                             gnn_off end) {
    if (merge->weight == NULL) return;
    for (; i < end; i++) __builtin_prefetch(&merge->weight[gnn_i_key_edge(keys[i])]);
}

void gnn_i_merge_write(const gnn_i_merge *merge, gnn_id r, const uint64_t *keys,
                       gnn_off n, const gnn_i_arcs *arcs, gnn_off at,
                       gnn_i_fault *fault) {
    bool loop_due = merge->add_self_loops;
    prefetch_weights(merge, keys, 0, n < AHEAD ? n : AHEAD);
    for (gnn_off i = 0, end; i < n; i = end) {
        if (i + AHEAD < n) prefetch_weights(merge, keys, i + AHEAD, i + AHEAD + 1);
        gnn_id col = gnn_i_key_col(keys[i]);
        end = run_end(merge, keys, i, n);
        if (loop_due && col > r) arc_write(arcs, at++, r, 1.0, -1);
        loop_due = loop_due && col < r;
        double weight = merge_run(merge, r, keys + i, end - i, fault);
        arc_write(arcs, at++, col, weight, gnn_i_key_edge(keys[i]));
    }
    if (loop_due) arc_write(arcs, at, r, 1.0, -1);
}

gnn_status gnn_i_fault_report(const gnn_i_fault *fault) {
    if (fault->edge < 0) return GNN_OK;
    if (fault->is_repeat)
        return gnn_fail(GNN_ERR_INPUT, "edge %lld: %d %d repeats edge %lld",
                        (long long)fault->edge, fault->source, fault->target,
                        (long long)fault->first);
    return gnn_fail(
        GNN_ERR_INPUT,
        "edge %lld: %d %d has weight %g one way and %g the other (edge %lld): not "
        "undirected; keep, sum or drop repeats, or make the graph directed",
        (long long)fault->edge, fault->source, fault->target, fault->weight,
        fault->first_weight, (long long)fault->first);
}
