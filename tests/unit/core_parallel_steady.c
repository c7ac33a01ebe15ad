/* The parallel loop: every block once, the same result at any number of threads, nested
 * loops in order, and no allocation once a team exists. */
#include "support/support.h"

#include <gnn/parallel.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "core/blas.h"
#include "support/interpose.h"

START_TEST(processors_follow_the_affinity_mask) {
    ck_assert_int_ge(gnn_n_processors(), 1);
    cpu_set_t one;
    sched_getaffinity(0, sizeof one, &one);
    for (size_t i = 0, seen = 0; i < CPU_SETSIZE; i++)
        if (CPU_ISSET(i, &one) && seen++ > 0) CPU_CLR(i, &one);
    ck_assert_int_eq(sched_setaffinity(0, sizeof one, &one), 0);
    ck_assert_int_eq(gnn_n_processors(), 1);
}
END_TEST

enum { N_BLOCKS = 1000 };

typedef struct tally {
    _Atomic int visits[N_BLOCKS];
    int n_threads;
    _Atomic int bad_threads;
    double sums[N_BLOCKS];
} tally;

static void visit(void *argument, int64_t block, int thread) {
    tally *t = argument;
    atomic_fetch_add(&t->visits[block], 1);
    if (thread < 0 || thread >= t->n_threads) atomic_fetch_add(&t->bad_threads, 1);
    double sum = 0;
    for (int i = 1; i < 200; i++) sum += 1.0 / (double)(i + block);
    t->sums[block] = sum;
}

START_TEST(blocks_run_once_with_the_same_result) {
    static tally one, many;
    one.n_threads = 1;
    gnn_parallel_for(1, N_BLOCKS, visit, &one);
    for (int n = 1; n <= 8; n++) {
        memset(&many, 0, sizeof many);
        many.n_threads = n;
        gnn_parallel_for(n, N_BLOCKS, visit, &many);
        for (int i = 0; i < N_BLOCKS; i++) ck_assert_int_eq(many.visits[i], 1);
        ck_assert_int_eq(many.bad_threads, 0);
        ck_assert_same_bytes(many.sums, one.sums, sizeof one.sums);
    }
    /* A smaller team after a larger one; no blocks; threads chosen by the library. */
    memset(&many, 0, sizeof many);
    many.n_threads = 2;
    gnn_parallel_for(2, N_BLOCKS, visit, &many);
    ck_assert_int_eq(many.bad_threads, 0);
    gnn_parallel_for(4, 0, visit, NULL);
    many.n_threads = gnn_n_processors();
    gnn_parallel_for(0, N_BLOCKS, visit, &many);
    ck_assert_int_eq(many.bad_threads, 0);
    ck_assert_int_eq(many.visits[N_BLOCKS - 1], 2);
}
END_TEST

typedef struct nested {
    pthread_t outer[8];
    int64_t last[8];
    _Atomic int wrong;
    int64_t inner_blocks[8];
} nested;

typedef struct inner_argument {
    nested *all;
    int64_t outer_block;
} inner_argument;

static void inner(void *argument, int64_t block, int thread) {
    inner_argument *a = argument;
    nested *n = a->all;
    if (thread != 0 || !pthread_equal(pthread_self(), n->outer[a->outer_block]) ||
        block != n->last[a->outer_block] + 1)
        atomic_fetch_add(&n->wrong, 1);
    n->last[a->outer_block] = block;
    n->inner_blocks[a->outer_block]++;
}

static void outer(void *argument, int64_t block, int thread) {
    (void)thread;
    nested *n = argument;
    n->outer[block] = pthread_self();
    n->last[block] = -1;
    inner_argument a = {n, block};
    gnn_parallel_for(4, 50, inner, &a);
}

START_TEST(nested_loops_run_in_order) {
    for (int n_threads = 1; n_threads <= 4; n_threads++) {
        nested n = {.wrong = 0};
        gnn_parallel_for(n_threads, 8, outer, &n);
        ck_assert_int_eq(n.wrong, 0);
        for (int i = 0; i < 8; i++) ck_assert_int_eq(n.inner_blocks[i], 50);
    }
}
END_TEST

START_TEST(nothing_is_allocated_once_a_team_exists) {
    static tally t;
    t.n_threads = 4;
    for (int n = 1; n <= 4; n++) gnn_parallel_for(n, N_BLOCKS, visit, &t);
    int64_t before = support_allocations();
    for (int i = 0; i < 50; i++) gnn_parallel_for(1 + i % 4, N_BLOCKS, visit, &t);
    gnn_parallel_for(3, 2, visit, &t);
    ck_assert_int_eq(support_allocations() - before, 0);
}
END_TEST

/* Declared here: tests do not see OpenBLAS's headers. The first three are enums. */
int openblas_get_parallel(void);
void cblas_sgemm(int order, int trans_a, int trans_b, int m, int n, int k, float alpha,
                 const float *a, int lda, const float *b, int ldb, float beta, float *c,
                 int ldc);

enum { M = 96, N = 64, K = 20000 };

typedef struct product {
    const float *a, *b;
    float *c;
    int64_t allocations;
} product;

/* A^T B with a long inner axis: OpenBLAS's two threads give other bits than its one. */
static void *multiply(void *argument) {
    product *p = argument;
    for (int i = 0; i < 3; i++) {
        int64_t before = support_allocations();
        gnn_i_blas_pin();
        cblas_sgemm(101, 112, 111, M, N, K, 1, p->a, M, p->b, N, 0, p->c, N);
        p->allocations = support_allocations() - before;
    }
    return NULL;
}

static int count_threads(void) {
    return support_count_entries("/proc/self/task");
}

START_TEST(blas_runs_on_one_thread) {
    ck_assert_msg(openblas_get_parallel() == 2, "OpenBLAS is not its OpenMP build");
    float *a = malloc(sizeof(float) * M * K), *b = malloc(sizeof(float) * N * K);
    static float first[M * N], second[M * N];
    for (int i = 0; i < M * K; i++) a[i] = (float)(i % 97) * 0.013f - 0.6f;
    for (int i = 0; i < N * K; i++) b[i] = (float)(i % 89) * 0.017f - 0.7f;
    int threads = count_threads();
    product here = {a, b, first, 0}, there = {a, b, second, 0};
    multiply(&here);
    /* A thread of the caller's own making is pinned too. */
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, multiply, &there), 0);
    pthread_join(thread, NULL);
    ck_assert_int_eq(count_threads(), threads);
    ck_assert_int_eq(here.allocations, 0);
    ck_assert_same_bytes(second, first, sizeof first);
    free(a);
    free(b);
}
END_TEST

TESTS("core/parallel", 30, processors_follow_the_affinity_mask,
      blocks_run_once_with_the_same_result, nested_loops_run_in_order,
      nothing_is_allocated_once_a_team_exists, blas_runs_on_one_thread)
