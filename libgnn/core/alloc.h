/* Heap memory of the project: overflow-checked, aligned, and able to fail on demand in
 * tests.
 *
 * A private header whose functions are exported all the same: the readers, the embedding
 * trainer and the program link libgnn, and one allocator means that one counter makes any
 * allocation of the whole project fail. No promise is made to anybody outside. */
#ifndef GNN_CORE_ALLOC_H
#define GNN_CORE_ALLOC_H

#include <gnn/status.h>

/* out = a * b (a + b); false, without touching out, when it does not fit size_t. */
static inline bool gnn_i_mul_size(size_t a, size_t b, size_t *out) {
    size_t r;
    if (__builtin_mul_overflow(a, b, &r)) return false;
    *out = r;
    return true;
}
static inline bool gnn_i_add_size(size_t a, size_t b, size_t *out) {
    size_t r;
    if (__builtin_add_overflow(a, b, &r)) return false;
    *out = r;
    return true;
}

/* `pointer` is the address of a pointer of any type: gnn_i_alloc(&rows, n, sizeof *rows,
 * "rows"). *pointer = count * size bytes, aligned to 64, uninitialised (alloc) or zero
 * (calloc); large blocks ask for huge pages. count or size 0 gives NULL and GNN_OK. On
 * failure *pointer is NULL and the message names `what`. */
GNN_API gnn_status gnn_i_alloc(void *pointer, size_t count, size_t size,
                               const char *what);
GNN_API gnn_status gnn_i_calloc(void *pointer, size_t count, size_t size,
                                const char *what);
/* Resize *pointer, which was made here or is NULL, keeping the first min(old, new) bytes.
 * On failure *pointer is as before. Blocks beyond 32 MiB are moved by the kernel, not
 * copied. */
GNN_API gnn_status gnn_i_realloc(void *pointer, size_t count, size_t size,
                                 const char *what);
/* Give back a block that was made here; NULL is legal. */
GNN_API void gnn_i_free(void *block);
/* A copy of a string. */
GNN_API gnn_status gnn_i_strdup(char **copy, const char *text);

/* Tests: let `n` more allocations succeed, then fail all that follow; -1 turns it off.
 * The count is process-wide. */
GNN_API void gnn_i_alloc_fail_after(int64_t n);
/* Allocations asked for, and blocks still held, since the process started. */
GNN_API int64_t gnn_i_alloc_count(void);
GNN_API int64_t gnn_i_alloc_live(void);
/* Bytes asked for in blocks that are still held. */
GNN_API int64_t gnn_i_alloc_bytes(void);

/* For the arena: count one allocation; false when it is to fail. */
bool gnn_i_alloc_permit(void);

#endif
