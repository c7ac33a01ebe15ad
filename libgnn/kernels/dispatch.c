/* Chooses the instruction set of the kernels, at first use or by name. */
#include <gnn/parallel.h>
#include <stdatomic.h>
#include <string.h>

#include "kernels/table.h"

typedef struct instruction_set {
    const char *name;
    const gnn_i_kernels *kernels;
} instruction_set;

extern const gnn_i_kernels gnn_i_kernels_baseline;
#if defined(__x86_64__)
extern const gnn_i_kernels gnn_i_kernels_avx2, gnn_i_kernels_avx512;
#endif

/* Best first. */
static const instruction_set sets[] = {
#if defined(__x86_64__)
    {"avx512", &gnn_i_kernels_avx512},
    {"avx2", &gnn_i_kernels_avx2},
#endif
    {"baseline", &gnn_i_kernels_baseline},
};
enum { n_sets = sizeof sets / sizeof *sets };

static _Atomic(const instruction_set *) chosen;

static bool processor_has(const char *name) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (strcmp(name, "avx512") == 0)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") &&
               __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (strcmp(name, "avx2") == 0)
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    return strcmp(name, "baseline") == 0;
}

static const instruction_set *current(void) {
    const instruction_set *set = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (set) return set;
    set = sets;
    while (!processor_has(set->name)) set++;
    /* Every thread that comes here chooses the same one. */
    atomic_store_explicit(&chosen, set, memory_order_relaxed);
    return set;
}

const gnn_i_kernels *gnn_i_kernels_get(void) {
    return current()->kernels;
}

bool gnn_i_kernels_have_bf16(void) {
#if defined(__x86_64__)
    return gnn_i_kernels_get()->gemm_bf16 && __builtin_cpu_supports("avx512bf16");
#else
    return false;
#endif
}

const char *gnn_isa(void) {
    return current()->name;
}

gnn_status gnn_isa_set(const char *name) {
    static const char *const known[] = {"avx512", "avx2", "baseline"};
    for (int i = 0; i < n_sets; i++)
        if (strcmp(sets[i].name, name) == 0 && processor_has(name)) {
            atomic_store_explicit(&chosen, &sets[i], memory_order_relaxed);
            return GNN_OK;
        }
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i], name) == 0)
            return gnn_fail(GNN_ERR_UNSUPPORTED, "this processor has no %s", name);
    return gnn_fail(GNN_ERR_ARGUMENT,
                    "unknown instruction set '%s'; known: avx512, avx2, "
                    "baseline",
                    name);
}
