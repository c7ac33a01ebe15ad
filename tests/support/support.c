/* The runner, comparisons, reproducible inputs and the starving loop of support.h. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>

#include "core/alloc.h"

int support_run(const char *name, double seconds, size_t n, const TTest *const *tests) {
    Suite *suite = suite_create(name);
    for (size_t i = 0; i < n; i++) {
        /* One case a test, so that CK_RUN_CASE finds it. */
        TCase *one = tcase_create(tests[i]->name);
        tcase_set_timeout(one, seconds);
        tcase_add_test(one, tests[i]);
        suite_add_tcase(suite, one);
    }
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner), ran = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && ran > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

void support_check_failure(gnn_status got, gnn_status want, const char *text,
                           const char *expression, const char *file, int line) {
    if (got != want)
        ck_abort_msg("%s:%d: %s gave %s, not %s: %s", file, line, expression,
                     gnn_status_name(got), gnn_status_name(want), gnn_last_error());
    if (strstr(gnn_last_error(), text) == NULL)
        ck_abort_msg("%s:%d: %s says '%s', without '%s'", file, line, expression,
                     gnn_last_error(), text);
}

/* Whether a is near b in the sense of ck_assert_close; infinities are near themselves. */
static bool near(double a, double b, double relative, double absolute) {
    return a == b || fabs(a - b) <= absolute + relative * fabs(b);
}

void support_check_close(const gnn_real *got, const gnn_real *want, size_t n,
                         double relative, double absolute, const char *file, int line) {
    for (size_t i = 0; i < n; i++)
        if (!near((double)got[i], (double)want[i], relative, absolute))
            ck_abort_msg("%s:%d: element %zu of %zu is %.9g, not %.9g", file, line, i, n,
                         (double)got[i], (double)want[i]);
}

void support_check_close_double(const double *got, const double *want, size_t n,
                                double relative, double absolute, const char *file,
                                int line) {
    for (size_t i = 0; i < n; i++)
        if (!near(got[i], want[i], relative, absolute))
            ck_abort_msg("%s:%d: element %zu of %zu is %.17g, not %.17g", file, line, i,
                         n, got[i], want[i]);
}

void support_check_bytes(const void *got, const void *want, size_t size, const char *file,
                         int line) {
    const unsigned char *a = got, *b = want;
    for (size_t i = 0; i < size; i++)
        if (a[i] != b[i])
            ck_abort_msg("%s:%d: byte %zu of %zu is %02x, not %02x", file, line, i, size,
                         a[i], b[i]);
}

/* splitmix64 (Steele, Lea & Flood 2014, doi:10.1145/2660193.2660195) at position i. */
uint64_t support_bits(uint64_t seed, uint64_t i) {
    uint64_t z = seed * 0xd1342543de82ef95u + (i + 1) * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

void support_fill(gnn_real *x, size_t n, uint64_t seed) {
    for (size_t i = 0; i < n; i++)
        x[i] = (gnn_real)((double)(support_bits(seed, i) >> 40) * 0x1p-23 - 1.0);
}

int64_t support_below(uint64_t seed, uint64_t i, int64_t bound) {
    return (int64_t)(support_bits(seed, i) % (uint64_t)bound);
}

int64_t support_starve(gnn_status (*body)(void *argument), void *argument) {
    /* The first call also makes what a process makes once and keeps. */
    ck_assert_ok(body(argument));
    int64_t live = gnn_i_alloc_live();
    for (int64_t allowed = 0;; allowed++) {
        gnn_i_alloc_fail_after(allowed);
        gnn_status status = body(argument);
        gnn_i_alloc_fail_after(-1);
        if (gnn_i_alloc_live() != live)
            ck_abort_msg("with %" PRId64 " allocations allowed %" PRId64 " blocks leak",
                         allowed, gnn_i_alloc_live() - live);
        if (status == GNN_OK) return allowed;
        if (status != GNN_ERR_MEMORY)
            ck_abort_msg("with %" PRId64
                         " allocations allowed: %s, not GNN_ERR_MEMORY: %s",
                         allowed, gnn_status_name(status), gnn_last_error());
        if (gnn_last_error()[0] == '\0')
            ck_abort_msg("with %" PRId64 " allocations allowed: no message", allowed);
    }
}
