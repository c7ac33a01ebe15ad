/* Bytes of a fuzzer as data sets. */
#ifndef TESTS_FUZZ_DATA_FILE_H
#define TESTS_FUZZ_DATA_FILE_H

#include <datasets/datasets.h>

#include "core/alloc.h"
#include "memory_file.h"

/* A path under which the bytes can be read until the slot is filled again. */
static inline const char *fuzz_file(int slot, const uint8_t *data, size_t size) {
    enum { SLOTS = 4 };
    static memory_file file[SLOTS];
    static bool is_open[SLOTS];
    if (is_open[slot]) memory_file_shut(&file[slot]);
    file[slot] = memory_file_open(data, size);
    is_open[slot] = true;
    return file[slot].path;
}

/* Read what a spec names; whatever comes of it, nothing may be left. */
static inline void fuzz_read(const char *spec, const data_options *options) {
    data_nodes nodes;
    int64_t live = gnn_i_alloc_live();
    gnn_status status = data_nodes_read(spec, options, &nodes);
    if (status == GNN_OK) data_nodes_clear(&nodes);
    if (status != GNN_OK && status != GNN_ERR_INPUT && status != GNN_ERR_MEMORY) abort();
    if (status != GNN_OK && gnn_last_error()[0] == '\0') abort();
    if (gnn_i_alloc_live() != live) abort();
}

#endif
