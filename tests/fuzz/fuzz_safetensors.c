/* Any bytes as a safetensors file: refused with a message, or every byte of every array
 * may be read, and what was read writes and reads again as the same arrays. */
#include <gnn/safetensors.h>
#include <string.h>

#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static unsigned touched; /* keeps the reads below from being optimised away */

static size_t bytes_of(const gnn_array *array) {
    return (size_t)gnn_array_count(array) * gnn_array_type_size(array->type);
}

static void check_same(const gnn_safetensors *a, const gnn_safetensors *b) {
    if (gnn_safetensors_count(a) != gnn_safetensors_count(b)) abort();
    for (int64_t i = 0; i < gnn_safetensors_count(a); i++) {
        const gnn_array *x = gnn_safetensors_get(a, i);
        const gnn_array *y = gnn_safetensors_find(b, x->name);
        if (y == NULL || x->type != y->type || x->n_axes != y->n_axes) abort();
        for (int k = 0; k < x->n_axes; k++)
            if (x->shape[k] != y->shape[k]) abort();
        if (memcmp(x->data, y->data, bytes_of(x)) != 0) abort();
    }
}

/* Written files need a name: renaming puts them in place. */
static void check_round_trip(const gnn_safetensors *file) {
    static char path[64];
    if (path[0] == '\0')
        snprintf(path, sizeof path, "/tmp/gnn-fuzz-%ld.safetensors", (long)getpid());
    int64_t n = gnn_safetensors_count(file);
    gnn_safetensors *again;
    if (n == 0) return;
    gnn_status status =
        gnn_safetensors_write(path, n, gnn_safetensors_get(file, 0), 0, NULL);
    if (status != GNN_OK || gnn_safetensors_open(path, &again) != GNN_OK) abort();
    check_same(file, again);
    gnn_safetensors_free(again);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory_file input = memory_file_open(data, size);
    gnn_safetensors *file;
    if (gnn_safetensors_open(input.path, &file) != GNN_OK) {
        if (file != NULL || gnn_last_error()[0] == '\0') abort();
    } else {
        for (int64_t i = 0; i < gnn_safetensors_count(file); i++) {
            const gnn_array *array = gnn_safetensors_get(file, i);
            const unsigned char *bytes = array->data;
            for (size_t k = 0; k < bytes_of(array); k++) touched += bytes[k];
            if (gnn_safetensors_find(file, array->name) != array) abort();
        }
        check_round_trip(file);
        gnn_safetensors_free(file);
    }
    memory_file_shut(&input);
    return 0;
}
