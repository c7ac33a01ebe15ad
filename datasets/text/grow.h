/* Arrays that grow by half. */
#ifndef DATASETS_TEXT_GROW_H
#define DATASETS_TEXT_GROW_H

#include "core/alloc.h"

/* Make room for `need` elements of `size` bytes in *array (see gnn_i_realloc), which has
 * room for *capacity. */
static inline gnn_status data_i_grow(void *array, int64_t *capacity, int64_t need,
                                     size_t size, const char *what) {
    if (need <= *capacity) return GNN_OK;
    int64_t more = *capacity + *capacity / 2 + 16;
    if (more < need) more = need;
    gnn_status status = gnn_i_realloc(array, (size_t)more, size, what);
    if (status == GNN_OK) *capacity = more;
    return status;
}

#endif
