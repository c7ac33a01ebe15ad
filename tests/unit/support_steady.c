/* The tests' own tools: that the interposer sees allocations, and comparisons can
 * fail. */
#include <malloc.h>
#include <sys/mman.h>

#include "core/alloc.h"
#include "support/interpose.h"
#include "support/support.h"

static void *volatile block; /* volatile: so that no pair of calls is optimised away */

/* How many calls `statement` makes, which holds no ck_assert: those allocate. */
#define COUNT(statement)                                                                 \
    ({                                                                                   \
        int64_t before = support_allocations();                                          \
        statement;                                                                       \
        support_allocations() - before;                                                  \
    })

START_TEST(every_allocator_is_counted) {
    ck_assert_int_eq(COUNT(block = malloc(10)), 1);
    ck_assert_int_ge(COUNT(block = realloc(block, 100000)), 1);
    free(block);
    ck_assert_int_eq(COUNT(block = calloc(10, 10)), 1);
    free(block);
    ck_assert_int_eq(COUNT(block = aligned_alloc(64, 128)), 1);
    free(block);
    void *aligned = NULL;
    int failed = 0;
    ck_assert_int_eq(COUNT(failed = posix_memalign(&aligned, 64, 128)), 1);
    ck_assert_int_eq(failed, 0);
    free(aligned);
    ck_assert_int_eq(COUNT(block = strdup("text")), 1); /* from inside another library */
    free(block);
    ck_assert_int_eq(COUNT(), 0);
}
END_TEST

START_TEST(the_library_is_counted) {
    void *made = NULL;
    gnn_status status = GNN_OK;
    ck_assert_int_ge(COUNT(status = gnn_i_alloc(&made, 10, 10, "a test")), 1);
    ck_assert_ok(status);
    gnn_i_free(made);
}
END_TEST

START_TEST(mappings_are_counted) {
#if !defined(__SANITIZE_ADDRESS__)
    ck_assert_int_eq(
        COUNT(block = mmap(NULL, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)),
        1);
    ck_assert_ptr_ne(block, MAP_FAILED);
    ck_assert_int_eq(COUNT(mprotect(block, 4096, PROT_READ | PROT_WRITE)), 1);
    *(volatile char *)block = 1;
    munmap(block, 8192);
#endif
}
END_TEST

START_TEST(random_numbers_are_spread) {
    gnn_real x[1000];
    support_fill(x, 1000, 3);
    double sum = 0, least = 1, most = -1;
    for (int i = 0; i < 1000; i++) {
        sum += (double)x[i];
        if ((double)x[i] < least) least = (double)x[i];
        if ((double)x[i] > most) most = (double)x[i];
    }
    ck_assert(sum > -60 && sum < 60 && least > -1.01 && least < -.95 && most > .95 &&
              most < 1);
}
END_TEST

START_TEST(files_are_written_and_read) {
    size_t size = 0;
    char *text = support_read(support_write("a/b/c.txt", "one\ntwo\n"), &size);
    ck_assert_str_eq(text, "one\ntwo\n");
    ck_assert_uint_eq(size, 8);
    ck_assert_int_eq(support_count_entries(support_path("a")), 1);
    ck_assert_int_eq(support_count_entries(support_path("none")), -1);
    free(text);
}
END_TEST

TESTS("support", 10, every_allocator_is_counted, the_library_is_counted,
      mappings_are_counted, random_numbers_are_spread, files_are_written_and_read)
