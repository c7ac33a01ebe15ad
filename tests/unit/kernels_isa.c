/* The choice of an instruction set, and what the compiler made of the vector code:
 * products and sums on vectors must come out as fused multiply-adds, of which -std=c17
 * would make none (see CMAKE_C_EXTENSIONS). */
#include <stdio.h>
#include <unistd.h>

#include "kernels_common.h"

START_TEST(sets_are_chosen_by_name) {
    const char *best = gnn_isa();
    ck_assert(strcmp(best, "avx512") == 0 || strcmp(best, "avx2") == 0 ||
              strcmp(best, "baseline") == 0);
    ck_assert_ok(gnn_isa_set("baseline"));
    ck_assert_str_eq(gnn_isa(), "baseline");
    ck_assert_fails(gnn_isa_set("sse9"), GNN_ERR_ARGUMENT, "sse9");
    ck_assert_str_eq(gnn_isa(), "baseline");
    ck_assert_ok(gnn_isa_set(best));
    ck_assert_str_eq(gnn_isa(), best);
    FOR_EACH_ISA ck_assert_ptr_nonnull(gnn_isa());
}
END_TEST

#if defined(__x86_64__)
/* Fused multiply-adds of this program on registers of a kind; -1: no disassembler
 * here. */
static long count_fused(const char *registers) {
    char command[200], line[512];
    long n = 0;
    snprintf(command, sizeof command,
             "objdump -d --no-show-raw-insn /proc/%ld/exe 2>/dev/null", (long)getpid());
    FILE *in = popen(command, "r");
    ck_assert_ptr_nonnull(in);
    while (fgets(line, sizeof line, in))
        n += strstr(line, "vfmadd") != NULL && strstr(line, registers) != NULL;
    return pclose(in) == 0 ? n : -1;
}

START_TEST(vectors_are_multiplied_and_added_at_once) {
    long wide = count_fused("%zmm"), narrow = count_fused("%ymm");
    if (wide < 0) return;
    ck_assert_int_ge(wide, 500);
    ck_assert_int_ge(narrow, 500);
}
END_TEST
#else
START_TEST(vectors_are_multiplied_and_added_at_once) {
    ck_assert_str_eq(gnn_isa(), "baseline");
}
END_TEST
#endif

TESTS("kernels/isa", 60, sets_are_chosen_by_name,
      vectors_are_multiplied_and_added_at_once)
