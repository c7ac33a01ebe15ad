/* The counting allocator of interpose.h: definitions in the program come before libc's
 * for every library that is loaded; each counts and goes on to glibc's own entry
 * points. */
#include "support/interpose.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

static _Atomic int64_t n_calls;

int64_t support_allocations(void) {
    return atomic_load(&n_calls);
}

#if defined(__SANITIZE_ADDRESS__)
/* The sanitizer owns malloc; it tells of each block through a hook. */
int __sanitizer_install_malloc_and_free_hooks(void (*made)(const volatile void *block,
                                                           size_t size),
                                              void (*freed)(const volatile void *block));

static void count(const volatile void *block, size_t size) {
    (void)block, (void)size;
    atomic_fetch_add(&n_calls, 1);
}

static void ignore(const volatile void *block) {
    (void)block;
}

__attribute__((constructor)) static void install(void) {
    __sanitizer_install_malloc_and_free_hooks(count, ignore);
}

#else
#include <malloc.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The project compiles with hidden names; these must be seen by every loaded library. */
#pragma GCC visibility push(default)

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *block, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void count(void) {
    atomic_fetch_add(&n_calls, 1);
}

void *malloc(size_t size) {
    count();
    return __libc_malloc(size);
}

void *calloc(size_t n, size_t size) {
    count();
    return __libc_calloc(n, size);
}

void *realloc(void *block, size_t size) {
    count();
    return __libc_realloc(block, size);
}

void *memalign(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    count();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **block, size_t alignment, size_t size) {
    count();
    void *made = __libc_memalign(alignment, size);
    if (made == NULL) return ENOMEM;
    *block = made;
    return 0;
}

void *mmap(void *address, size_t size, int protection, int flags, int file,
           off_t offset) {
    count();
    return (void *)syscall(SYS_mmap, address, size, protection, flags, file, offset);
}

void *mremap(void *old, size_t old_size, size_t size, int flags, ...) {
    va_list rest;
    va_start(rest, flags);
    void *address = flags & MREMAP_FIXED ? va_arg(rest, void *) : NULL;
    va_end(rest);
    count();
    return (void *)syscall(SYS_mremap, old, old_size, size, flags, address);
}

int mprotect(void *address, size_t size, int protection) {
    count();
    return (int)syscall(SYS_mprotect, address, size, protection);
}

#pragma GCC visibility pop
#endif
