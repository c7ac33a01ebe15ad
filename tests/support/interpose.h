/* Counts allocations of the whole process, whoever makes them: the program, libgnn,
 * OpenBLAS, the OpenMP runtime. Test programs named *_steady.c are linked with
 * interpose.c. */
#ifndef TESTS_INTERPOSE_H
#define TESTS_INTERPOSE_H

#include <stdint.h>

/* Calls so far, from all threads, of malloc, calloc, realloc, posix_memalign,
 * aligned_alloc, memalign, and of mmap, mremap and mprotect, with which arenas grow.
 * (Under address sanitizer: of the allocator only.) Measure a stretch as the difference
 * of two values, with no ck_assert in it: Check allocates at each. */
int64_t support_allocations(void);

#endif
