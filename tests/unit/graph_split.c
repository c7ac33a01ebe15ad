/* Random splits: exact counts, the same for a seed, uniform over the nodes. */
#include <gnn/graph.h>
#include <math.h>

#include "core/alloc.h"
#include "support/support.h"

static void count_parts(const uint8_t *part, int64_t n, int64_t count[4]) {
    memset(count, 0, 4 * sizeof *count);
    for (int64_t v = 0; v < n; v++) {
        ck_assert_int_le(part[v], GNN_PART_TEST);
        count[part[v]]++;
    }
}

START_TEST(gives_exact_counts) {
    uint8_t part[1000], eligible[1000] = {0};
    int64_t count[4];
    for (int64_t n = 0; n <= 1000; n += n < 20 ? 1 : 49) {
        int64_t m = 0;
        for (int64_t v = 0; v < n; v++) m += eligible[v] = v % 3 != 0;
        ck_assert_ok(gnn_split_random(n, eligible, .6, .2, .2, 1, part));
        count_parts(part, n, count);
        ck_assert_int_eq(count[GNN_PART_TRAIN], llround(.6 * (double)m));
        ck_assert_int_eq(count[GNN_PART_VALID],
                         llround(.8 * (double)m) - llround(.6 * (double)m));
        ck_assert_int_eq(count[GNN_PART_NONE], n - m);
        for (int64_t v = 0; v < n; v++)
            ck_assert_int_eq(part[v] == GNN_PART_NONE, !eligible[v]);
        ck_assert_ok(gnn_split_random(n, NULL, .1, 0, .3, 1, part));
        count_parts(part, n, count);
        ck_assert_int_eq(count[GNN_PART_TRAIN], llround(.1 * (double)n));
        ck_assert_int_eq(count[GNN_PART_VALID], 0);
        ck_assert_int_eq(count[GNN_PART_TEST],
                         llround(.4 * (double)n) - llround(.1 * (double)n));
    }
}
END_TEST

START_TEST(depends_on_the_seed_alone) {
    uint8_t a[500], b[500], c[500];
    ck_assert_ok(gnn_split_random(500, NULL, .5, .25, .25, 7, a));
    ck_assert_ok(gnn_split_random(500, NULL, .5, .25, .25, 7, b));
    ck_assert_ok(gnn_split_random(500, NULL, .5, .25, .25, 8, c));
    ck_assert_same_bytes(a, b, 500);
    int same = 0;
    for (int v = 0; v < 500; v++) same += a[v] == c[v];
    ck_assert_int_lt(same, 300); /* expected: 500 (1/4 + 1/16 + 1/16) = 188 */
}
END_TEST

/* Over 4000 seeds each node is trained on half of the time: 2000 +- 32, asked within
 * 5.5. */
START_TEST(is_uniform) {
    enum { N = 10, SEEDS = 4000 };
    int trained[N] = {0};
    uint8_t part[N];
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        ck_assert_ok(gnn_split_random(N, NULL, .5, 0, 0, seed, part));
        for (int v = 0; v < N; v++) trained[v] += part[v] == GNN_PART_TRAIN;
    }
    for (int v = 0; v < N; v++) ck_assert_int_lt(abs(trained[v] - SEEDS / 2), 175);
}
END_TEST

START_TEST(refuses_odd_ratios) {
    uint8_t part[4] = {9, 9, 9, 9};
    double bad[][3] = {{-.1, .5, .5}, {.5, .5, .1}, {.2, NAN, .2}, {INFINITY, 0, 0}};
    for (int i = 0; i < 4; i++)
        ck_assert_fails(
            gnn_split_random(4, NULL, bad[i][0], bad[i][1], bad[i][2], 1, part),
            GNN_ERR_ARGUMENT, "ratios >= 0");
    ck_assert_fails(gnn_split_random(-1, NULL, 1, 0, 0, 1, part), GNN_ERR_ARGUMENT, "-1");
    ck_assert_int_eq(part[0], 9);
    ck_assert_ok(
        gnn_split_random(4, NULL, .7, .2, .1, 1, part)); /* adds up to 1 - 1e-16 */
}
END_TEST

static gnn_status split_body(void *argument) {
    return gnn_split_random(4, NULL, 1, 0, 0, 1, argument);
}

START_TEST(survives_failing_allocations) {
    uint8_t part[4];
    ck_assert_int_eq(support_starve(split_body, part), 1);
}
END_TEST

TESTS("graph/split", 20, gives_exact_counts, depends_on_the_seed_alone, is_uniform,
      refuses_odd_ratios, survives_failing_allocations)
