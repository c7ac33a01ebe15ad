/* The one parallel loop, and the only file that names OpenMP and sets the threads of
 * BLAS. */
#include <gnn/parallel.h>

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include <cblas.h>
#ifdef _OPENMP
#include <omp.h>
#endif

#include "core/blas.h"

/* This thread is inside a body: loops that it starts run in order. */
static _Thread_local bool inside_body;

int gnn_n_processors(void) {
    cpu_set_t few;
    if (sched_getaffinity(0, sizeof few, &few) == 0) return CPU_COUNT(&few);
    /* More processors than a cpu_set_t holds: ask with larger sets. */
    for (int n = 4 * CPU_SETSIZE; n <= 1 << 20; n *= 4) {
        cpu_set_t *many = CPU_ALLOC((size_t)n);
        if (many == NULL) break;
        size_t bytes = CPU_ALLOC_SIZE((size_t)n);
        bool known = sched_getaffinity(0, bytes, many) == 0;
        int count = known ? CPU_COUNT_S(bytes, many) : 0;
        CPU_FREE(many);
        if (known && count > 0) return count;
    }
    return 1;
}

static void run_in_order(int64_t n_blocks, gnn_block_body body, void *argument) {
    bool was_inside = inside_body;
    inside_body = true;
    for (int64_t block = 0; block < n_blocks; block++) body(argument, block, 0);
    inside_body = was_inside;
}

#ifdef _OPENMP

/* The largest team this thread ever started. libgomp ends threads and allocates anew when
 * the size of a team changes, so every team is started at the largest size and those
 * beyond n_threads find nothing to do. */
static _Thread_local int team_size;

static void run_team(int n_threads, int64_t n_blocks, gnn_block_body body,
                     void *argument) {
    if (n_threads > team_size) team_size = n_threads;
    _Alignas(64) _Atomic int64_t next = 0;
#pragma omp parallel num_threads(team_size)
    {
        int thread = omp_get_thread_num();
        if (thread < n_threads) {
            inside_body = true;
            for (;;) {
                int64_t block = atomic_fetch_add_explicit(&next, 1, memory_order_relaxed);
                if (block >= n_blocks) break;
                body(argument, block, thread);
            }
            inside_body = false;
        }
    }
}

void gnn_parallel_for(int n_threads, int64_t n_blocks, gnn_block_body body,
                      void *argument) {
    if (n_threads < 1) n_threads = gnn_n_processors();
    if (n_threads == 1 || n_blocks <= 1 || inside_body || omp_in_parallel())
        run_in_order(n_blocks, body, argument);
    else
        run_team(n_threads, n_blocks, body, argument);
}

#else

void gnn_parallel_for(int n_threads, int64_t n_blocks, gnn_block_body body,
                      void *argument) {
    (void)n_threads;
    run_in_order(n_blocks, body, argument);
}

#endif

static void set_one_thread(void) {
    openblas_set_num_threads(1);
}

/* OpenBLAS's OpenMP build asks OpenMP at each call how many threads this thread may
 * start, so the number has to be set on every thread; its own setting, which moves shared
 * buffers, is made once. In a parallel region it runs on one thread by itself. Compiled
 * without OpenMP, its setting is the only way: repeated on each thread, it finds nothing
 * left to move. */
void gnn_i_blas_pin(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, set_one_thread);
#ifdef _OPENMP
    if (omp_get_max_threads() != 1) omp_set_num_threads(1);
#else
    static _Thread_local bool is_pinned;
    if (!is_pinned) set_one_thread();
    is_pinned = true;
#endif
}
