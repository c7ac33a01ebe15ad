/* What the test programs share: the runner, scratch files, comparisons, allocation
 * failure.
 *
 * A test program is one file:
 *
 *     #include "support/support.h"
 *
 *     START_TEST(adds_small_numbers) {
 *         ck_assert_int_eq(1 + 1, 2);
 *     }
 *     END_TEST
 *
 *     TESTS("core/numbers", 10, adds_small_numbers)
 *
 * Check forks a process for each test: start no thread outside of a test. CK_FORK=no runs
 * everything in one process (debuggers, valgrind); CK_RUN_CASE=NAME runs one test. */
#ifndef TESTS_SUPPORT_H
#define TESTS_SUPPORT_H

#include <check.h>
#include <gnn/status.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Defines main(): runs the tests that are listed, each with its own time limit in
 * seconds. The program ends with 0 when every test passed and at least one ran. */
#define TESTS(suite_name, seconds, ...)                                                  \
    int main(void) {                                                                     \
        const TTest *const support_tests[] = {__VA_ARGS__};                              \
        return support_run(suite_name, seconds,                                          \
                           sizeof support_tests / sizeof *support_tests, support_tests); \
    }
int support_run(const char *name, double seconds, size_t n, const TTest *const *tests);

/* Asserts that a call gives GNN_OK; the library's message is shown when it does not. */
#define ck_assert_ok(expression)                                                         \
    do {                                                                                 \
        gnn_status support_status = (expression);                                        \
        if (support_status != GNN_OK)                                                    \
            ck_abort_msg("%s: %s: %s", #expression, gnn_status_name(support_status),     \
                         gnn_last_error());                                              \
    } while (0)

/* Asserts that a call fails with `code` and that its message contains `text`. */
#define ck_assert_fails(expression, code, text)                                          \
    support_check_failure((expression), (code), (text), #expression, __FILE__, __LINE__)
void support_check_failure(gnn_status got, gnn_status want, const char *text,
                           const char *expression, const char *file, int line);

/* ---- comparisons: all end the test and name the first place that differs ---- */

/* |got[i] - want[i]| <= absolute + relative |want[i]| for all i < n; NaN equals
 * nothing. */
#define ck_assert_close(got, want, n, relative, absolute)                                \
    support_check_close((got), (want), (size_t)(n), (relative), (absolute), __FILE__,    \
                        __LINE__)
void support_check_close(const gnn_real *got, const gnn_real *want, size_t n,
                         double relative, double absolute, const char *file, int line);

/* The same for arrays of double. */
#define ck_assert_close_double(got, want, n, relative, absolute)                         \
    support_check_close_double((got), (want), (size_t)(n), (relative), (absolute),       \
                               __FILE__, __LINE__)
void support_check_close_double(const double *got, const double *want, size_t n,
                                double relative, double absolute, const char *file,
                                int line);

/* The same bytes, `size` of them. */
#define ck_assert_same_bytes(got, want, size)                                            \
    support_check_bytes((got), (want), (size_t)(size), __FILE__, __LINE__)
void support_check_bytes(const void *got, const void *want, size_t size, const char *file,
                         int line);

/* ---- inputs ---- */

/* The i-th number of the stream `seed`: uniform bits, the same on every machine. */
uint64_t support_bits(uint64_t seed, uint64_t i);
/* x[i] uniform in [-1, 1). */
void support_fill(gnn_real *x, size_t n, uint64_t seed);
/* Uniform in 0 .. bound-1. */
int64_t support_below(uint64_t seed, uint64_t i, int64_t bound);

/* ---- allocation failure ---- */

/* Calls body(argument) once undisturbed, then with 0, 1, 2, ... allocations allowed until
 * it succeeds. Each failing call must give GNN_ERR_MEMORY with a message, and every call
 * must leave as many blocks alive as it found: the body frees what it made, on both
 * paths.
 * Returns how many allocations the body needs. */
int64_t support_starve(gnn_status (*body)(void *argument), void *argument);

/* ---- files ---- */

/* This test's scratch folder, made at the first call and removed when the test passed. */
const char *support_folder(void);
/* The path of `name` in the scratch folder. Valid until 16 further calls. */
const char *support_path(const char *name);
/* Write a file into the scratch folder (folders in `name` are made); returns its path. */
const char *support_write(const char *name, const char *text);
const char *support_write_bytes(const char *name, const void *data, size_t size);
/* The same in a folder of the test's own, TEST/name with `test` being __func__: without
 * forks (valgrind) the tests of a program share the scratch folder. */
const char *support_own_path(const char *test, const char *name);
const char *support_own_write(const char *test, const char *name, const char *text);
/* The whole content of a file, followed by a NUL; freed by the caller with free(). */
char *support_read(const char *path, size_t *size);
/* Number of entries of a folder, -1 when there is none: to see that nothing was
 * written. */
int support_count_entries(const char *folder);

#endif
