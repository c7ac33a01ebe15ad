/* The arena. Its range is mapped without access, so that it costs address space only, and
 * made accessible from the front as blocks are taken:
 *
 *     base          used        committed                reserved
 *      | blocks …    | free      | no access               |
 *
 * Blocks never move; what was once committed stays, so that a loop that repeats its
 * requests makes no system call and meets no page fault after its first turn. */
#include "core/arena.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sysinfo.h>

#include "core/alloc.h"
#include "core/poison.h"

enum { ALIGN_BYTES = 64, RED_ZONE_BYTES = 64 };
static const size_t HUGE_BYTES = (size_t)2 << 20;
static const size_t LEAST_STEP = (size_t)64 << 10;
static const size_t LARGEST_STEP = (size_t)64 << 20;

static size_t round_up(size_t n, size_t multiple) {
    return (n + multiple - 1) / multiple * multiple;
}

/* What the machine could ever fill: memory and swap; half of `ulimit -v` where that is
 * set, since other memory has to live beside the arena. */
static size_t largest_wish(void) {
    size_t wish = (size_t)16 << 30;
    struct sysinfo machine;
    if (sysinfo(&machine) == 0)
        wish = ((size_t)machine.totalram + machine.totalswap) * machine.mem_unit;
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur / 2 < wish)
        wish = limit.rlim_cur / 2;
    return wish;
}

gnn_status gnn_i_arena_init(gnn_i_arena *arena, size_t reserve) {
    memset(arena, 0, sizeof *arena);
    size_t wish = reserve > 0 ? reserve : largest_wish();
    if (wish > PTRDIFF_MAX / 2) wish = PTRDIFF_MAX / 2;
    bool permitted = gnn_i_alloc_permit();
    for (; permitted && wish >= LEAST_STEP; wish /= 2) {
        size_t bytes = round_up(wish, HUGE_BYTES);
        char *base = mmap(NULL, bytes + HUGE_BYTES, PROT_NONE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        if (base == MAP_FAILED) continue;
        /* Start at a huge page; the ends that are cut off go back. */
        char *start = (char *)round_up((uintptr_t)base, HUGE_BYTES);
        if (start > base) munmap(base, (size_t)(start - base));
        munmap(start + bytes, HUGE_BYTES - (size_t)(start - base));
        madvise(start, bytes, MADV_HUGEPAGE);
        arena->base = start;
        arena->reserved = bytes;
        return GNN_OK;
    }
    return gnn_fail(GNN_ERR_MEMORY, "out of memory: no address space for an arena");
}

void gnn_i_arena_clear(gnn_i_arena *arena) {
    if (arena->base != NULL) {
        gnn_i_unpoison(arena->base, arena->committed);
        munmap(arena->base, arena->reserved);
    }
    memset(arena, 0, sizeof *arena);
}

/* Make at least `end` bytes accessible. Steps double from 64 KiB to 64 MiB. */
static gnn_status commit(gnn_i_arena *arena, size_t end) {
    size_t step = arena->committed;
    if (step < LEAST_STEP) step = LEAST_STEP;
    if (step > LARGEST_STEP) step = LARGEST_STEP;
    size_t target = arena->committed + step;
    if (target < end) target = end;
    target = round_up(target, target < HUGE_BYTES ? LEAST_STEP : HUGE_BYTES);
    if (target > arena->reserved) target = arena->reserved;

    char *start = arena->base + arena->committed;
    size_t bytes = target - arena->committed;
    if (!gnn_i_alloc_permit() || mprotect(start, bytes, PROT_READ | PROT_WRITE) != 0)
        return gnn_fail(GNN_ERR_MEMORY,
                        "out of memory: an arena of %zu bytes cannot grow to %zu",
                        arena->committed, target);
    gnn_i_poison(start, bytes);
    arena->committed = target;
    arena->n_commits++;
    return GNN_OK;
}

void *gnn_i_arena_take(gnn_i_arena *arena, size_t size) {
    size_t room = arena->reserved - arena->used;
    size_t red_zone = gnn_i_poison_active() ? RED_ZONE_BYTES : 0;
    if (size > room || round_up(size, ALIGN_BYTES) + red_zone > room) {
        gnn_fail(
            GNN_ERR_MEMORY,
            "out of memory: %zu bytes do not fit an arena that holds %zu of at most %zu",
            size, arena->used, arena->reserved);
        return NULL;
    }
    size_t end = arena->used + round_up(size, ALIGN_BYTES) + red_zone;
    if (end > arena->committed && commit(arena, end) != GNN_OK) return NULL;
    char *block = arena->base + arena->used;
    gnn_i_unpoison(block, size);
    arena->used = end;
    if (end > arena->peak) arena->peak = end;
    return block;
}

void gnn_i_arena_reset(gnn_i_arena *arena) {
    gnn_i_arena_rewind(arena, 0);
}

void gnn_i_arena_rewind(gnn_i_arena *arena, size_t mark) {
    if (mark >= arena->used) return;
    if (gnn_i_poison_active()) gnn_i_poison(arena->base + mark, arena->used - mark);
    arena->used = mark;
}
