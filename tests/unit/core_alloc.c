#include "support/support.h"

#include "core/alloc.h"

START_TEST(sizes_are_checked) {
    size_t out = 7;
    ck_assert(gnn_i_mul_size(3, 5, &out));
    ck_assert_uint_eq(out, 15);
    ck_assert(!gnn_i_mul_size(SIZE_MAX / 2, 3, &out));
    ck_assert(!gnn_i_add_size(SIZE_MAX, 1, &out));
    ck_assert_uint_eq(out, 15);
    ck_assert(gnn_i_add_size(SIZE_MAX - 1, 1, &out));
    ck_assert(out == SIZE_MAX);
}
END_TEST

START_TEST(blocks_are_aligned_and_zero_on_request) {
    static const size_t sizes[] = {1, 63, 64, 1000, 5 << 20, 40 << 20};
    int64_t live = gnn_i_alloc_live();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        unsigned char *block;
        ck_assert_ok(gnn_i_alloc(&block, sizes[i], 1, "a block"));
        ck_assert_uint_eq((uintptr_t)block % 64, 0);
        memset(block, 0xff, sizes[i]);
        gnn_i_free(block);
        ck_assert_ok(gnn_i_calloc(&block, sizes[i], 1, "a block"));
        ck_assert_uint_eq((uintptr_t)block % 64, 0);
        ck_assert(block[0] == 0 && block[sizes[i] - 1] == 0 && block[sizes[i] / 2] == 0);
        ck_assert(memcmp(block, block + 1, sizes[i] - 1) == 0);
        ck_assert_int_eq(gnn_i_alloc_live(), live + 1);
        gnn_i_free(block);
    }
    gnn_i_free(NULL);
    ck_assert_int_eq(gnn_i_alloc_live(), live);
}
END_TEST

START_TEST(nothing_is_no_failure) {
    int *block = (int *)&block;
    ck_assert_ok(gnn_i_alloc(&block, 0, 8, "nothing"));
    ck_assert_ptr_null(block);
    block = (int *)&block;
    ck_assert_ok(gnn_i_calloc(&block, 8, 0, "nothing"));
    ck_assert_ptr_null(block);
}
END_TEST

START_TEST(overflow_and_hugeness_fail) {
    char *block = (char *)&block;
    ck_assert_fails(gnn_i_alloc(&block, SIZE_MAX / 2, 3, "the rows"), GNN_ERR_MEMORY,
                    "the rows");
    ck_assert_ptr_null(block);
    ck_assert_fails(gnn_i_calloc(&block, (size_t)1 << 62, 1, "the rows"), GNN_ERR_MEMORY,
                    "the rows");
    ck_assert_fails(gnn_i_alloc(&block, SIZE_MAX, 1, "the rows"), GNN_ERR_MEMORY, "rows");

    ck_assert_ok(gnn_i_alloc(&block, 40 << 20, 1, "the rows"));
    char *before = block;
    block[5] = 'x';
    ck_assert_fails(gnn_i_realloc(&block, SIZE_MAX / 2, 3, "the rows"), GNN_ERR_MEMORY,
                    "rows");
    ck_assert_fails(gnn_i_realloc(&block, (size_t)1 << 62, 1, "rows"), GNN_ERR_MEMORY,
                    "rows");
    ck_assert_ptr_eq(block, before);
    ck_assert_int_eq(block[5], 'x');
    gnn_i_free(block);
}
END_TEST

/* Through all pairs of sizes: what both hold is kept. */
START_TEST(realloc_keeps_content) {
    static const size_t sizes[] = {1,        100,      70000,   33 << 20,
                                   50 << 20, 34 << 20, 9 << 20, 3};
    unsigned char *block = NULL;
    size_t old = 0;
    int64_t live = gnn_i_alloc_live();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ck_assert_ok(gnn_i_realloc(&block, sizes[i], 1, "a block"));
        ck_assert_uint_eq((uintptr_t)block % 64, 0);
        size_t kept = old < sizes[i] ? old : sizes[i];
        for (size_t k = 0; k < kept; k += 997)
            ck_assert_uint_eq(block[k], (k * 31 + 5) % 256);
        for (size_t k = 0; k < sizes[i]; k++)
            block[k] = (unsigned char)((k * 31 + 5) % 256);
        old = sizes[i];
        ck_assert_int_eq(gnn_i_alloc_live(), live + 1);
    }
    ck_assert_ok(gnn_i_realloc(&block, 0, 1, "a block"));
    ck_assert_ptr_null(block);
    ck_assert_int_eq(gnn_i_alloc_live(), live);
}
END_TEST

START_TEST(failure_on_demand) {
    char *a = NULL, *b = NULL;
    int64_t count = gnn_i_alloc_count();
    gnn_i_alloc_fail_after(1);
    ck_assert_ok(gnn_i_alloc(&a, 10, 1, "a"));
    ck_assert_fails(gnn_i_alloc(&b, 10, 1, "the second"), GNN_ERR_MEMORY, "the second");
    ck_assert_fails(gnn_i_realloc(&a, 20, 1, "more"), GNN_ERR_MEMORY, "more");
    ck_assert_fails(gnn_i_strdup(&b, "text"), GNN_ERR_MEMORY, "memory");
    ck_assert_int_eq(gnn_i_alloc_count(), count + 4);
    gnn_i_alloc_fail_after(-1);
    ck_assert_ok(gnn_i_strdup(&b, "text"));
    ck_assert_str_eq(b, "text");
    gnn_i_free(a);
    gnn_i_free(b);
}
END_TEST

TESTS("core/alloc", 20, sizes_are_checked, blocks_are_aligned_and_zero_on_request,
      nothing_is_no_failure, overflow_and_hugeness_fail, realloc_keeps_content,
      failure_on_demand)
