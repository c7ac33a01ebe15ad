/* Which OpenBLAS is loaded: the OpenMP build, even where the pthread build is installed
 * and preferred by the alternatives system. The pthread build beside OpenMP loops is
 * seven times slower, and it would be loaded under the same name. */
#include <cblas.h>
#include <dlfcn.h>
#include <link.h>

#include "core/blas.h"
#include "support/support.h"

START_TEST(it_is_the_openmp_build) {
    ck_assert_int_eq(openblas_get_parallel(), OPENBLAS_OPENMP);
}
END_TEST

START_TEST(it_comes_from_its_own_folder) {
    Dl_info info;
    ck_assert_int_ne(dladdr((void *)(uintptr_t)openblas_get_parallel, &info), 0);
    char *path = realpath(info.dli_fname, NULL);
    ck_assert_ptr_nonnull(path);
    ck_assert_msg(strstr(path, "/openblas-openmp/") != NULL, "%s is loaded", path);
    free(path);
}
END_TEST

/* Counts the loaded objects that call themselves an OpenBLAS or a BLAS. */
static int is_blas(struct dl_phdr_info *info, size_t size, void *n) {
    (void)size;
    if (strstr(info->dlpi_name, "libopenblas") || strstr(info->dlpi_name, "libblas"))
        ++*(int *)n;
    return 0;
}

START_TEST(it_is_the_only_one) {
    int n = 0;
    dl_iterate_phdr(is_blas, &n);
    ck_assert_int_eq(n, 1);
}
END_TEST

START_TEST(it_computes_on_one_thread) {
    gnn_i_blas_pin();
    ck_assert_int_eq(openblas_get_num_threads(), 1);
}
END_TEST

TESTS("core/openblas", 20, it_is_the_openmp_build, it_comes_from_its_own_folder,
      it_is_the_only_one, it_computes_on_one_thread)
