/* Random splits of nodes. */
#include <gnn/graph.h>
#include <math.h>

#include "core/alloc.h"
#include "core/rng.h"

/* The stream of random numbers that splits are drawn from: "split". */
static const uint64_t SPLIT_STREAM = 0x73706c6974;

static gnn_status check_ratios(double train, double valid, double test) {
    /* Written so that NaN fails; the sum may exceed 1 by rounding. */
    if (!(train >= 0 && valid >= 0 && test >= 0 && train + valid + test <= 1 + 1e-9))
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "split %g, %g, %g: need ratios >= 0 with a sum of at most 1",
                        train, valid, test);
    return GNN_OK;
}

/* How many of m values lie below the cumulative ratio. */
static int64_t count_below(double ratio, int64_t m) {
    int64_t count = llround(ratio * (double)m);
    return count < m ? count : m;
}

gnn_status gnn_split_random(int64_t n, const uint8_t *eligible, double train,
                            double valid, double test, uint64_t seed, uint8_t *part) {
    gnn_id *order = NULL;
    gnn_status status = check_ratios(train, valid, test);
    if (status != GNN_OK) return status;
    if (n < 0 || n > INT32_MAX)
        return gnn_fail(GNN_ERR_ARGUMENT, "split of %lld nodes", (long long)n);
    status = gnn_i_alloc(&order, (size_t)n, sizeof *order, "order of a split");
    if (status != GNN_OK) return status;

    int64_t m = 0;
    for (int64_t v = 0; v < n; v++) {
        part[v] = GNN_PART_NONE;
        if (eligible == NULL || eligible[v] != 0) order[m++] = (gnn_id)v;
    }
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, seed, SPLIT_STREAM);
    gnn_i_rng_shuffle(&rng, order, m);

    const double ratio[] = {train, train + valid, train + valid + test};
    const uint8_t parts[] = {GNN_PART_TRAIN, GNN_PART_VALID, GNN_PART_TEST};
    for (int64_t k = 0, i = 0; k < 3; k++)
        for (int64_t end = count_below(ratio[k], m); i < end; i++)
            part[order[i]] = parts[k];
    gnn_i_free(order);
    return GNN_OK;
}
