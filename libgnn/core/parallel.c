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

#ifdef _OPENMP
/* Where OMP_PROC_BIND or OMP_PLACES are set this thread's mask holds one processor, but
 * OpenMP knows what it was before; elsewhere it counts this thread's mask. */
int gnn_n_processors(void) {
    return omp_get_num_procs();
}
#else
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
#endif

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

/* A thread's share of the blocks. Threads take their own first, the same ones from loop
 * to loop, so that what one loop leaves in a core's cache the next finds there; then what
 * is left of the others'. */
typedef struct share {
    _Alignas(64) _Atomic int64_t next;
    int64_t end;
} share;
enum { MOST_SHARES = 64 };

static void work(share *shares, int n_shares, int thread, gnn_block_body body,
                 void *argument) {
    for (int k = 0; k < n_shares; k++) {
        share *s = &shares[(thread + k) % n_shares];
        for (;;) {
            int64_t block = atomic_fetch_add_explicit(&s->next, 1, memory_order_relaxed);
            if (block >= s->end) break;
            body(argument, block, thread);
        }
    }
}

static void run_team(int n_threads, int64_t n_blocks, gnn_block_body body,
                     void *argument) {
    share shares[MOST_SHARES];
    int n_shares = n_threads < MOST_SHARES ? n_threads : MOST_SHARES;
    for (int i = 0; i < n_shares; i++) {
        /* without overflow for any number of blocks */
        int64_t size = n_blocks / n_shares, rest = n_blocks % n_shares;
        atomic_init(&shares[i].next, size * i + (i < rest ? i : rest));
        shares[i].end = size * (i + 1) + (i + 1 < rest ? i + 1 : rest);
    }
    if (n_threads > team_size) team_size = n_threads;
#pragma omp parallel num_threads(team_size)
    {
        int thread = omp_get_thread_num();
        if (thread < n_threads) {
            inside_body = true;
            work(shares, n_shares, thread, body, argument);
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
