/* Learning-rate schedules, epoch by epoch. */
#include "support/support.h"

#include <gnn/optim.h>
#include <math.h>

START_TEST(constant_with_warmup) {
    gnn_schedule s = {.kind = GNN_SCHED_CONSTANT, .warmup = 4};
    const double want[] = {0.2, 0.4, 0.6, 0.8, 1, 1};
    for (int e = 1; e <= 6; e++)
        ck_assert_double_eq_tol(gnn_schedule_factor(&s, e), want[e - 1], 1e-12);
}
END_TEST

START_TEST(step_drops) {
    gnn_schedule s = {.kind = GNN_SCHED_STEP, .every = 10, .factor = 0.1};
    ck_assert_double_eq_tol(gnn_schedule_factor(&s, 10), 1, 1e-12);
    ck_assert_double_eq_tol(gnn_schedule_factor(&s, 11), 0.1, 1e-12);
    ck_assert_double_eq_tol(gnn_schedule_factor(&s, 31), 1e-3, 1e-12);
}
END_TEST

START_TEST(cosine_falls_to_its_end) {
    gnn_schedule s = {.kind = GNN_SCHED_COSINE, .epochs = 101, .last = 0.2};
    ck_assert_double_eq_tol(gnn_schedule_factor(&s, 1), 1, 1e-12);
    ck_assert_double_eq_tol(gnn_schedule_factor(&s, 51), 0.6, 1e-12);
    ck_assert_double_eq_tol(gnn_schedule_factor(&s, 101), 0.2, 1e-12);
    ck_assert_double_eq_tol(gnn_schedule_factor(&s, 500), 0.2, 1e-12);
}
END_TEST

START_TEST(plateau_waits) {
    gnn_schedule s = {.kind = GNN_SCHED_PLATEAU,
                      .every = 2,
                      .factor = 0.5,
                      .current = 1,
                      .best = INFINITY};
    const double losses[] = {3, 2, 2, 2, 2, 2, 2, 1, 1};
    const double want[] = {1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.5};
    for (int e = 0; e < 9; e++) {
        gnn_schedule_observe(&s, losses[e]);
        ck_assert_double_eq_tol(gnn_schedule_factor(&s, e + 2), want[e], 1e-12);
    }
    gnn_schedule_observe(&s, NAN);
    ck_assert_int_eq(s.since, 1);
}
END_TEST

TESTS("train/schedule", 5, constant_with_warmup, step_drops, cosine_falls_to_its_end,
      plateau_waits)
