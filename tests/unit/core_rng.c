/* Known answers of Philox4x32-10: kat_vectors of Random123 1.14
 * (https://github.com/DEShawResearch/random123/blob/main/tests/kat_vectors), exact.
 * Distributions: bounds of 5 standard errors, so a right generator with these fixed seeds
 * passes always. What each draw has to satisfy is counted and asserted once: an assertion
 * costs more than a draw. */
#include "support/support.h"

#include <math.h>

#include "core/rng.h"

START_TEST(philox_gives_the_known_answers) {
    static const struct {
        uint64_t seed, stream, block;
        uint32_t out[4];
    } cases[] = {
        {0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX,
         UINT64_MAX,
         UINT64_MAX,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822,
         0x0370734413198a2e,
         0x85a308d3243f6a88,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint32_t out[4];
        gnn_i_philox(cases[i].seed, cases[i].stream, cases[i].block, out);
        for (int k = 0; k < 4; k++) ck_assert_uint_eq(out[k], cases[i].out[k]);
    }
}
END_TEST

START_TEST(sequence_follows_the_counter) {
    gnn_i_rng rng, other;
    gnn_i_rng_init(&rng, 42, 7);
    uint32_t drawn[40];
    for (uint64_t i = 0; i < 40; i++) {
        uint32_t block[4];
        gnn_i_philox(42, 7, i / 4, block);
        drawn[i] = gnn_i_rng_u32(&rng);
        ck_assert_uint_eq(drawn[i], block[i % 4]);
    }
    ck_assert_uint_eq(rng.position, 40);
    for (uint64_t i = 0; i < 40; i++) {
        gnn_i_rng_init(&other, 42, 7);
        gnn_i_rng_seek(&other, i);
        ck_assert_uint_eq(gnn_i_rng_u32(&other), drawn[i]);
    }
    gnn_i_rng_seek(&rng, 1);
    ck_assert_uint_eq(gnn_i_rng_u64(&rng), drawn[1] | (uint64_t)drawn[2] << 32);
    gnn_i_rng_init(&other, 42, 8);
    ck_assert_uint_ne(gnn_i_rng_u32(&other), drawn[0]);
}
END_TEST

START_TEST(uniform_and_normal_have_their_moments) {
    enum { COUNT = 100000 };
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 1, 0);
    int outside = 0;
    double sum = 0, sum_f32 = 0, normal = 0, square = 0;
    for (int i = 0; i < COUNT; i++) {
        double u = gnn_i_rng_uniform(&rng);
        float f = gnn_i_rng_uniform_f32(&rng);
        double z = gnn_i_rng_normal(&rng);
        outside += !(u >= 0 && u < 1 && f >= 0 && f < 1 && isfinite(z));
        sum += u;
        sum_f32 += f;
        normal += z;
        square += z * z;
    }
    ck_assert_int_eq(outside, 0);
    double error = 5 * sqrt(1.0 / 12 / COUNT);
    ck_assert(fabs(sum / COUNT - 0.5) < error && fabs(sum_f32 / COUNT - 0.5) < error);
    ck_assert(fabs(normal / COUNT) < 5 / sqrt(COUNT));
    ck_assert(fabs(square / COUNT - 1) < 5 * sqrt(2.0 / COUNT));
}
END_TEST

START_TEST(bounded_integers_are_even) {
    enum { COUNT = 120000 };
    static const uint64_t bounds[] = {2, 3, 6, 10};
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 2, 0);
    for (size_t b = 0; b < 4; b++) {
        double count[10] = {0}, share = 1.0 / (double)bounds[b];
        for (int i = 0; i < COUNT; i++) count[gnn_i_rng_below(&rng, bounds[b])]++;
        for (uint64_t v = 0; v < bounds[b]; v++)
            ck_assert(fabs(count[v] / COUNT - share) <
                      5 * sqrt(share * (1 - share) / COUNT));
    }
    /* Bounds where taking a remainder would favour the lower half by a factor of two. */
    static const uint64_t skewed[] = {3u << 30, 3ull << 62, (1ull << 32) + (1ull << 31)};
    for (size_t b = 0; b < 3; b++) {
        int lower = 0, outside = 0;
        for (int i = 0; i < COUNT; i++) {
            uint64_t v = gnn_i_rng_below(&rng, skewed[b]);
            outside += v >= skewed[b];
            lower += v < skewed[b] / 2;
        }
        ck_assert_int_eq(outside, 0);
        ck_assert(fabs((double)lower / COUNT - 0.5) < 5 * 0.5 / sqrt(COUNT));
    }
    for (int i = 0; i < 10; i++) ck_assert_uint_eq(gnn_i_rng_below(&rng, 1), 0);
    ck_assert_uint_eq(gnn_i_rng_below(&rng, 0), 0);
}
END_TEST

START_TEST(shuffle_reaches_each_order_equally) {
    enum { COUNT = 60000 };
    double count[27] = {0};
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 3, 0);
    for (int i = 0; i < COUNT; i++) {
        gnn_id v[3] = {0, 1, 2};
        gnn_i_rng_shuffle(&rng, v, 3);
        count[9 * v[0] + 3 * v[1] + v[2]]++;
    }
    static const int orders[6] = {5,  7, 11, 15,
                                  19, 21}; /* 012 021 102 120 201 210, base
                                                          * 3 */
    for (int i = 0; i < 6; i++)
        ck_assert(fabs(count[orders[i]] / COUNT - 1.0 / 6) < 5 * sqrt(5.0 / 36 / COUNT));
    gnn_i_rng_shuffle(&rng, NULL, 0);
}
END_TEST

static void check_sample(gnn_id n, gnn_id k, int count) {
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 4, (uint64_t)n * 1000 + (uint64_t)k);
    double *hits = calloc((size_t)n, sizeof *hits);
    int *seen = calloc((size_t)n, sizeof *seen);
    gnn_id *values = malloc(sizeof *values * (size_t)k);
    int bad = 0;
    for (int i = 1; i <= count; i++) {
        bad += gnn_i_rng_sample(&rng, n, k, values) != k;
        for (gnn_id j = 0; j < k; j++) {
            if (values[j] < 0 || values[j] >= n)
                ck_abort_msg("value %d of %d", values[j], n);
            bad += seen[values[j]] == i;
            seen[values[j]] = i;
            hits[values[j]]++;
        }
    }
    ck_assert_int_eq(bad, 0);
    double share = (double)k / n;
    for (gnn_id v = 0; v < n; v++)
        ck_assert(fabs(hits[v] / count - share) <= 5 * sqrt(share * (1 - share) / count));
    free(hits);
    free(seen);
    free(values);
}

START_TEST(samples_are_sets_of_equal_chance) {
    check_sample(10, 3, 20000); /* Floyd */
    check_sample(10, 9, 20000);
    check_sample(200, 60, 10000);  /* selection */
    check_sample(2000, 40, 20000); /* Floyd, k^2 < n */
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 5, 0);
    gnn_id values[5], sum = 0;
    ck_assert_int_eq(gnn_i_rng_sample(&rng, 5, 9, values), 5);
    for (int i = 0; i < 5; i++) sum += values[i];
    ck_assert_int_eq(sum, 10);
    ck_assert_int_eq(gnn_i_rng_sample(&rng, 5, 0, values), 0);
    ck_assert_int_eq(gnn_i_rng_sample(&rng, 0, 3, values), 0);
}
END_TEST

TESTS("core/rng", 30, philox_gives_the_known_answers, sequence_follows_the_counter,
      uniform_and_normal_have_their_moments, bounded_integers_are_even,
      shuffle_reaches_each_order_equally, samples_are_sets_of_equal_chance)
