/* Marking memory as off limits for address sanitizer and valgrind; nothing in other
 * builds. */
#ifndef GNN_CORE_POISON_H
#define GNN_CORE_POISON_H

#include <stddef.h>

#if defined(__SANITIZE_ADDRESS__)
#define GNN_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GNN_ASAN 1
#endif
#endif

#ifdef GNN_ASAN
#include <sanitizer/asan_interface.h>
#elif __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#define GNN_VALGRIND 1
#endif

/* True when somebody watches, so that red zones are worth their bytes. */
static inline int gnn_i_poison_active(void) {
#if defined(GNN_ASAN)
    return 1;
#elif defined(GNN_VALGRIND)
    return RUNNING_ON_VALGRIND != 0;
#else
    return 0;
#endif
}

/* Touching the range is an error from now on. */
static inline void gnn_i_poison(void *start, size_t size) {
#if defined(GNN_ASAN)
    ASAN_POISON_MEMORY_REGION(start, size);
#elif defined(GNN_VALGRIND)
    (void)VALGRIND_MAKE_MEM_NOACCESS(start, size);
#else
    (void)start, (void)size;
#endif
}

/* The range may be used; what it holds is undefined. */
static inline void gnn_i_unpoison(void *start, size_t size) {
#if defined(GNN_ASAN)
    ASAN_UNPOISON_MEMORY_REGION(start, size);
#elif defined(GNN_VALGRIND)
    (void)VALGRIND_MAKE_MEM_UNDEFINED(start, size);
#else
    (void)start, (void)size;
#endif
}

#endif
