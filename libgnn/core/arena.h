/* An arena: one stretch of reserved address space, committed as it grows, reset and never
 * given back. A loop that repeats its requests allocates nothing after the first turn. */
#ifndef GNN_CORE_ARENA_H
#define GNN_CORE_ARENA_H

#include <gnn/status.h>

typedef struct gnn_i_arena {
    char *base;        /* start of the reserved range */
    size_t reserved;   /* bytes of address space */
    size_t committed;  /* bytes that may be touched; grows in steps, never shrinks */
    size_t used;       /* bytes handed out since the last reset */
    size_t peak;       /* largest `used` ever */
    int64_t n_commits; /* how often the arena had to grow */
} gnn_i_arena;

/* Reserve up to `reserve` bytes of address space (0: as much as this machine could ever
 * fill; less is taken where that much is refused). Nothing is committed yet. */
gnn_status gnn_i_arena_init(gnn_i_arena *arena, size_t reserve);
void gnn_i_arena_clear(gnn_i_arena *arena);
/* `size` bytes aligned to 64, uninitialised. NULL and an error message when memory is
 * short (also on demand: a commit counts as an allocation for gnn_i_alloc_fail_after). */
void *gnn_i_arena_take(gnn_i_arena *arena, size_t size);
/* Hand everything out again from the start (or from `mark`, an earlier value of `used`).
 * Under address sanitizer and valgrind the freed range is poisoned, and so are red zones
 * between blocks. */
void gnn_i_arena_reset(gnn_i_arena *arena);
void gnn_i_arena_rewind(gnn_i_arena *arena, size_t mark);

#endif
