/* Threads and instruction sets: process-wide facts, and the one parallel loop of the
 * project. */
#ifndef GNN_PARALLEL_H
#define GNN_PARALLEL_H

#include <gnn/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Processors this process may use (its affinity mask), at least 1. */
GNN_API int gnn_n_processors(void);

/** More threads than this are refused wherever a number of threads is given. */
#define GNN_MOST_THREADS 1024

/** Run `body(argument, block, thread)` for block = 0 .. n_blocks-1 on at most `n_threads`
 *  threads (fewer than 1: gnn_n_processors()); returns when all are done. Each thread
 *  takes blocks of a contiguous share of its own first, in ascending order, then of the
 *  others', so bounds of blocks must not depend on the number of threads if results shall
 *  not. A call from inside a body runs its blocks in order on the calling thread, as
 *  thread 0. Allocates nothing after the first call with as many threads. `thread` is
 *  0 .. n_threads-1, for per-thread scratch. */
typedef void (*gnn_block_body)(void *argument, int64_t block, int thread);
GNN_API void gnn_parallel_for(int n_threads, int64_t n_blocks, gnn_block_body body,
                              void *argument);

/** Instruction set of the kernels: "avx512", "avx2" or "baseline". The best one the
 *  processor has is chosen at first use. */
GNN_API const char *gnn_isa(void);

/** Force an instruction set by name. Errors: GNN_ERR_ARGUMENT for an unknown name,
 *  GNN_ERR_UNSUPPORTED where the processor lacks it. Not thread-safe: call it first. */
GNN_API gnn_status gnn_isa_set(const char *name);

#ifdef __cplusplus
}
#endif

#endif
