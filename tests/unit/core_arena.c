#include "support/support.h"

#include <sys/resource.h>

#include "core/alloc.h"
#include "core/arena.h"
#include "core/poison.h"

START_TEST(blocks_are_aligned_apart_and_repeatable) {
    gnn_i_arena arena;
    ck_assert_ok(gnn_i_arena_init(&arena, 0));
    ck_assert_uint_gt(arena.reserved, 1 << 20);
    ck_assert_uint_eq(arena.committed, 0);

    char *first[300];
    for (int round = 0; round < 3; round++) {
        char *end = arena.base;
        for (int i = 0; i < 300; i++) {
            size_t size = (size_t)support_below(1, (uint64_t)i, 20000);
            char *block = gnn_i_arena_take(&arena, size);
            ck_assert_ptr_nonnull(block);
            ck_assert_uint_eq((uintptr_t)block % 64, 0);
            ck_assert(block >= end);
            memset(block, round, size);
            end = block + size;
            if (round == 0) first[i] = block;
            ck_assert_ptr_eq(block, first[i]);
        }
        int64_t commits = arena.n_commits;
        ck_assert_uint_ge(arena.peak, arena.used);
        gnn_i_arena_reset(&arena);
        ck_assert_uint_eq(arena.used, 0);
        if (round > 0) ck_assert_int_eq(arena.n_commits, commits);
    }
    gnn_i_arena_clear(&arena);
    ck_assert_ptr_null(arena.base);
    gnn_i_arena_clear(&arena);
}
END_TEST

START_TEST(steps_grow) {
    gnn_i_arena arena;
    ck_assert_ok(gnn_i_arena_init(&arena, (size_t)1 << 32));
    ck_assert_ptr_nonnull(gnn_i_arena_take(&arena, 1));
    ck_assert_uint_eq(arena.committed, 64 << 10);
    /* 1 GiB in blocks of 64 KiB: a doubling each step up to 64 MiB, then 15 more. */
    for (int i = 0; i < 1 << 14; i++)
        ck_assert_ptr_nonnull(gnn_i_arena_take(&arena, 1 << 16));
    ck_assert_int_lt(arena.n_commits, 32);
    gnn_i_arena_clear(&arena);
}
END_TEST

START_TEST(rewind_gives_back_the_tail) {
    gnn_i_arena arena;
    ck_assert_ok(gnn_i_arena_init(&arena, 1 << 20));
    char *kept = gnn_i_arena_take(&arena, 100);
    memset(kept, 'k', 100);
    size_t mark = arena.used;
    char *tail = gnn_i_arena_take(&arena, 5000);
    gnn_i_arena_rewind(&arena, mark);
    ck_assert_uint_eq(arena.used, mark);
    ck_assert_ptr_eq(gnn_i_arena_take(&arena, 5000), tail);
    ck_assert_int_eq(kept[99], 'k');
    gnn_i_arena_rewind(&arena, (size_t)1 << 30); /* beyond what is used: nothing */
    ck_assert_uint_gt(arena.used, mark);
    gnn_i_arena_clear(&arena);
}
END_TEST

START_TEST(full_arena_and_huge_requests_fail) {
    gnn_i_arena arena;
    ck_assert_ok(gnn_i_arena_init(&arena, 1 << 20));
    ck_assert_ptr_null(gnn_i_arena_take(&arena, SIZE_MAX));
    ck_assert_ptr_null(gnn_i_arena_take(&arena, SIZE_MAX - 63));
    ck_assert_ptr_null(gnn_i_arena_take(&arena, arena.reserved + 1));
    ck_assert_ptr_nonnull(strstr(gnn_last_error(), "out of memory"));
    ck_assert_ptr_nonnull(gnn_i_arena_take(&arena, arena.reserved - 4096));
    ck_assert_ptr_null(gnn_i_arena_take(&arena, 8192));
    gnn_i_arena_clear(&arena);
}
END_TEST

static gnn_status use_arena(void *unused) {
    (void)unused;
    gnn_i_arena arena;
    gnn_status status;
    GNN_TRY(gnn_i_arena_init(&arena, 1 << 24));
    for (int i = 0; i < 50; i++)
        if (gnn_i_arena_take(&arena, 50000) == NULL) status = GNN_ERR_MEMORY;
cleanup:
    gnn_i_arena_clear(&arena);
    return status;
}

START_TEST(growth_counts_as_allocation) {
    ck_assert_int_ge(support_starve(use_arena, NULL), 3);
}
END_TEST

#ifndef GNN_ASAN
START_TEST(takes_what_ulimit_leaves) {
    struct rlimit limit = {(rlim_t)1 << 31, (rlim_t)1 << 31};
    ck_assert_int_eq(setrlimit(RLIMIT_AS, &limit), 0);
    gnn_i_arena arena[3];
    for (int i = 0; i < 3; i++) {
        ck_assert_ok(gnn_i_arena_init(&arena[i], 0));
        ck_assert_uint_ge(arena[i].reserved, 1 << 24);
        char *block = gnn_i_arena_take(&arena[i], 1 << 20);
        ck_assert_ptr_nonnull(block);
        memset(block, 1, 1 << 20);
    }
    void *other = malloc(1 << 20);
    ck_assert_ptr_nonnull(other);
    free(other);
    for (int i = 0; i < 3; i++) gnn_i_arena_clear(&arena[i]);
}
END_TEST
#else
START_TEST(takes_what_ulimit_leaves) {
    /* Address sanitizer itself needs more address space than any limit. What it adds is
     * seen here: freed ranges and red zones are poisoned, blocks are not. */
    gnn_i_arena arena;
    ck_assert_ok(gnn_i_arena_init(&arena, 1 << 20));
    char *a = gnn_i_arena_take(&arena, 100);
    char *b = gnn_i_arena_take(&arena, 64);
    ck_assert(!__asan_address_is_poisoned(a) && !__asan_address_is_poisoned(a + 99));
    ck_assert(__asan_address_is_poisoned(a + 128) && __asan_address_is_poisoned(b + 64));
    gnn_i_arena_reset(&arena);
    ck_assert(__asan_address_is_poisoned(a) && __asan_address_is_poisoned(b));
    char *base = arena.base;
    gnn_i_arena_clear(&arena);
    ck_assert(!__asan_address_is_poisoned(base));
}
END_TEST
#endif

TESTS("core/arena", 30, blocks_are_aligned_apart_and_repeatable, steps_grow,
      rewind_gives_back_the_tail, full_arena_and_huge_requests_fail,
      growth_counts_as_allocation, takes_what_ulimit_leaves)
