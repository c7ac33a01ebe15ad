/* The allocator. A block is preceded by a header of one cache line that holds its size:
 *
 *     | header (64) | count * size bytes, aligned to 64 |
 *
 * Blocks below MAP_BYTES come from malloc. Larger ones are mappings of their own, aligned
 * so that huge pages fit, and grow by moving page tables (mremap) instead of bytes.
 * MAP_BYTES is where glibc starts to map every block too, so that nothing below it is
 * given back to the kernel more often than by malloc. Under address sanitizer everything
 * comes from malloc: its red zones and leak check see each block. */
#include "core/alloc.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/poison.h"

enum { HEADER_BYTES = 64, PAGE_BYTES = 4096 };
static const size_t HUGE_BYTES = (size_t)2 << 20;
#ifdef GNN_ASAN
static const size_t MAP_BYTES = SIZE_MAX;
#else
static const size_t MAP_BYTES = (size_t)32 << 20;
#endif

typedef struct block_header {
    size_t size;  /* bytes the caller asked for */
    void *base;   /* mapped: where the mapping starts */
    size_t bytes; /* mapped: its length; 0 for a block of malloc */
} block_header;

static _Atomic int64_t n_allocations;
static _Atomic int64_t n_live, n_bytes;
static _Atomic int64_t n_permitted = -1;

void gnn_i_alloc_fail_after(int64_t n) {
    atomic_store(&n_permitted, n);
}

int64_t gnn_i_alloc_count(void) {
    return atomic_load(&n_allocations);
}

int64_t gnn_i_alloc_live(void) {
    return atomic_load(&n_live);
}

int64_t gnn_i_alloc_bytes(void) {
    return atomic_load(&n_bytes);
}

static void count_live(int64_t blocks, size_t bytes) {
    atomic_fetch_add_explicit(&n_live, blocks, memory_order_relaxed);
    atomic_fetch_add_explicit(&n_bytes, blocks * (int64_t)bytes, memory_order_relaxed);
}

bool gnn_i_alloc_permit(void) {
    atomic_fetch_add_explicit(&n_allocations, 1, memory_order_relaxed);
    int64_t left = atomic_load_explicit(&n_permitted, memory_order_relaxed);
    while (left > 0)
        if (atomic_compare_exchange_weak(&n_permitted, &left, left - 1)) return true;
    return left != 0;
}

/* The header is poisoned while its block lives; these two open and shut it. */
static block_header *header_open(void *block) {
    char *header = (char *)block - HEADER_BYTES;
#ifdef GNN_ASAN
    gnn_i_unpoison(header, HEADER_BYTES);
#endif
    return (block_header *)(void *)header;
}

static void header_shut(void *block) {
#ifdef GNN_ASAN
    gnn_i_poison((char *)block - HEADER_BYTES, HEADER_BYTES);
#else
    (void)block;
#endif
}

static void *block_finish(char *block, block_header header) {
    memcpy(block - HEADER_BYTES, &header, sizeof header);
    header_shut(block);
    return block;
}

static size_t round_up(size_t n, size_t multiple) {
    return (n + multiple - 1) / multiple * multiple;
}

/* Where a mapped block of `bytes` (its header's page included) would start, so that the
 * block itself starts at a huge page: a range of address space that is reserved, not yet
 * usable. */
static char *reserve_aligned(size_t bytes) {
    size_t reserved = bytes + 2 * HUGE_BYTES;
    char *base = mmap(NULL, reserved, PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (base == MAP_FAILED) return NULL;
    uintptr_t block = round_up((uintptr_t)base + PAGE_BYTES, HUGE_BYTES);
    char *start = (char *)block - PAGE_BYTES;
    char *end = start + bytes;
    if (start > base) munmap(base, (size_t)(start - base));
    if (end < base + reserved) munmap(end, (size_t)(base + reserved - end));
    return start;
}

static void *map_block(size_t size) {
    size_t bytes = PAGE_BYTES + round_up(size, PAGE_BYTES);
    char *start = reserve_aligned(bytes);
    if (start == NULL) return NULL;
    if (mprotect(start, bytes, PROT_READ | PROT_WRITE) != 0) {
        munmap(start, bytes);
        return NULL;
    }
    madvise(start, bytes, MADV_HUGEPAGE);
    return block_finish(start + PAGE_BYTES, (block_header){size, start, bytes});
}

/* Move a mapped block's pages to a range of the new size; NULL leaves it as it is. */
static void *remap_block(void *block, size_t size) {
    block_header header = *header_open(block);
    size_t bytes = PAGE_BYTES + round_up(size, PAGE_BYTES);
    char *start = reserve_aligned(bytes);
    if (start == NULL) return NULL;
    void *moved =
        mremap(header.base, header.bytes, bytes, MREMAP_MAYMOVE | MREMAP_FIXED, start);
    if (moved == MAP_FAILED) {
        munmap(start, bytes);
        return NULL;
    }
    return block_finish(start + PAGE_BYTES, (block_header){size, start, bytes});
}

/* Blocks of malloc that hold whole huge pages ask for them too. */
static void advise_huge(char *block, size_t size) {
    uintptr_t first = round_up((uintptr_t)block, HUGE_BYTES);
    uintptr_t last = ((uintptr_t)block + size) / HUGE_BYTES * HUGE_BYTES;
    if (last > first) madvise((void *)first, last - first, MADV_HUGEPAGE);
}

static void *malloc_block(size_t size) {
    void *base;
    if (posix_memalign(&base, HEADER_BYTES, HEADER_BYTES + size) != 0) return NULL;
    char *block = (char *)base + HEADER_BYTES;
    if (size >= 2 * HUGE_BYTES) advise_huge(block, size);
    return block_finish(block, (block_header){size, NULL, 0});
}

/* A new block of size > 0 bytes; *is_zero tells whether it is known to be zero. */
static void *block_new(size_t size, bool *is_zero) {
    *is_zero = false;
    /* Room for header and rounding; a block beyond PTRDIFF_MAX cannot be indexed. */
    if (size > PTRDIFF_MAX - 4 * HUGE_BYTES || !gnn_i_alloc_permit()) return NULL;
    *is_zero = size >= MAP_BYTES;
    void *block = *is_zero ? map_block(size) : malloc_block(size);
    if (block != NULL) count_live(1, size);
    return block;
}

void gnn_i_free(void *block) {
    if (block == NULL) return;
    block_header *header = header_open(block);
    count_live(-1, header->size);
    if (header->bytes > 0)
        munmap(header->base, header->bytes);
    else
        free(header);
}

static gnn_status fail_memory(size_t count, size_t size, const char *what) {
    return gnn_fail(GNN_ERR_MEMORY, "out of memory: %s (%zu x %zu bytes)", what, count,
                    size);
}

static gnn_status make(void *pointer, size_t count, size_t size, bool zero,
                       const char *what) {
    void *block = NULL;
    size_t bytes = 0;
    bool is_zero = false;
    bool fits = gnn_i_mul_size(count, size, &bytes);
    if (fits && bytes > 0) {
        block = block_new(bytes, &is_zero);
        if (block != NULL && zero && !is_zero) memset(block, 0, bytes);
    }
    memcpy(pointer, &block, sizeof block);
    if (!fits || (bytes > 0 && block == NULL)) return fail_memory(count, size, what);
    return GNN_OK;
}

gnn_status gnn_i_alloc(void *pointer, size_t count, size_t size, const char *what) {
    return make(pointer, count, size, false, what);
}

gnn_status gnn_i_calloc(void *pointer, size_t count, size_t size, const char *what) {
    return make(pointer, count, size, true, what);
}

gnn_status gnn_i_realloc(void *pointer, size_t count, size_t size, const char *what) {
    void *old;
    memcpy(&old, pointer, sizeof old);
    if (old == NULL) return gnn_i_alloc(pointer, count, size, what);

    size_t bytes;
    if (!gnn_i_mul_size(count, size, &bytes)) return fail_memory(count, size, what);
    void *block = NULL;
    size_t old_bytes = header_open(old)->size;
    header_shut(old);
    if (bytes == 0) {
        gnn_i_free(old);
    } else if (old_bytes >= MAP_BYTES && bytes >= MAP_BYTES) {
        bool fits = bytes <= PTRDIFF_MAX - 4 * HUGE_BYTES;
        if (fits && gnn_i_alloc_permit()) block = remap_block(old, bytes);
        if (block == NULL) return fail_memory(count, size, what);
        count_live(-1, old_bytes);
        count_live(1, bytes);
    } else {
        bool is_zero;
        block = block_new(bytes, &is_zero);
        if (block == NULL) return fail_memory(count, size, what);
        memcpy(block, old, old_bytes < bytes ? old_bytes : bytes);
        gnn_i_free(old);
    }
    memcpy(pointer, &block, sizeof block);
    return GNN_OK;
}

gnn_status gnn_i_strdup(char **copy, const char *text) {
    size_t bytes = strlen(text) + 1;
    gnn_status status = gnn_i_alloc(copy, bytes, 1, "a string");
    if (status == GNN_OK) memcpy(*copy, text, bytes);
    return status;
}
