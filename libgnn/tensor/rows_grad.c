/* Row-sparse gradients: rows as lookups leave them, then sorted by row and summed.
 * The sums run in the order in which the rows came, so the bits do not depend on
 * threads. */
#include <string.h>

#include "core/alloc.h"
#include "tensor/context.h"

static size_t align_up(size_t bytes) {
    return (bytes + 63) / 64 * 64;
}

size_t gnn_i_rows_gradient_bytes(int64_t rows, int64_t width) {
    size_t n = (size_t)rows, values, total;
    if (rows < 0 || width < 0 || !gnn_i_mul_size(n, (size_t)width, &values) ||
        values > SIZE_MAX / (4 * sizeof(gnn_real)) || n > SIZE_MAX / 64)
        return 0;
    total = align_up(sizeof(gnn_i_rows_gradient)) + align_up(n * sizeof(gnn_id)) +
            align_up(2 * n * sizeof(int64_t)) + 2 * align_up(values * sizeof(gnn_real));
    return total;
}

gnn_i_rows_gradient *gnn_i_rows_gradient_place(void *memory, int64_t rows,
                                               int64_t width) {
    char *at = memory;
    gnn_i_rows_gradient *g = memory;
    size_t n = (size_t)rows, values = n * (size_t)width;
    *g = (gnn_i_rows_gradient){.width = width, .capacity = rows};
    at += align_up(sizeof *g);
    g->index = (gnn_id *)at;
    at += align_up(n * sizeof(gnn_id));
    g->order = (int64_t *)at;
    at += align_up(2 * n * sizeof(int64_t));
    g->values = (gnn_real *)at;
    at += align_up(values * sizeof(gnn_real));
    g->merged = (gnn_real *)at;
    return g;
}

void gnn_i_rows_gradient_append(gnn_i_rows_gradient *g, int64_t n, const gnn_id *index,
                                const gnn_real *values) {
    memcpy(g->index + g->n, index, (size_t)n * sizeof *index);
    memcpy(g->values + g->n * g->width, values, (size_t)(n * g->width) * sizeof *values);
    g->n += n;
}

/* Stable sort of positions by row: three passes of a radix sort, 11 bits each. */
static const int64_t *sort_positions(const gnn_i_rows_gradient *g) {
    int64_t *from = g->order, *to = g->order + g->capacity;
    for (int64_t i = 0; i < g->n; i++) from[i] = i;
    for (int shift = 0; shift < 33; shift += 11) {
        int64_t count[2049] = {0};
        for (int64_t i = 0; i < g->n; i++)
            count[((g->index[from[i]] >> shift) & 2047) + 1]++;
        for (int d = 0; d < 2048; d++) count[d + 1] += count[d];
        for (int64_t i = 0; i < g->n; i++)
            to[count[(g->index[from[i]] >> shift) & 2047]++] = from[i];
        int64_t *swap = from;
        from = to;
        to = swap;
    }
    return from;
}

void gnn_i_rows_gradient_coalesce(gnn_i_rows_gradient *g) {
    const int64_t *order = sort_positions(g);
    /* Row numbers in sorted order go where the sort's other half was. */
    gnn_id *sorted = (gnn_id *)(order == g->order ? g->order + g->capacity : g->order);
    int64_t n = 0;
    for (int64_t i = 0; i < g->n; i++) {
        gnn_id row = g->index[order[i]];
        const gnn_real *from = g->values + order[i] * g->width;
        bool starts = n == 0 || sorted[n - 1] != row;
        if (starts) sorted[n++] = row;
        gnn_real *to = g->merged + (n - 1) * g->width;
        for (int64_t j = 0; j < g->width; j++) to[j] = starts ? from[j] : to[j] + from[j];
    }
    memcpy(g->index, sorted, (size_t)n * sizeof *sorted);
    g->n = n;
}
