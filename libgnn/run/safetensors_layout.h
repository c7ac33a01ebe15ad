/* What writer and reader of safetensors files agree on. */
#ifndef GNN_RUN_SAFETENSORS_LAYOUT_H
#define GNN_RUN_SAFETENSORS_LAYOUT_H

#include <gnn/safetensors.h>

#include "run/text.h"

enum {
    GNN_I_LENGTH_BYTES = 8,                  /* of the header's length */
    GNN_I_DATA_ALIGNMENT = 64,               /* of the data in files written here */
    GNN_I_LARGEST_HEADER = 100 * 1000 * 1000 /* as in the reference implementation */
};

/* Bytes of an array; false when a negative axis or an overflow makes it impossible. */
bool gnn_i_array_bytes(const gnn_array *array, size_t *bytes);

/* gnn_safetensors_write with the caller's buffer for the header, so that writing the same
 * arrays again allocates nothing; on disk when it returns if `durable`. */
gnn_status gnn_i_safetensors_write(const char *path, int64_t n, const gnn_array *arrays,
                                   int64_t n_notes, const gnn_note *notes, bool durable,
                                   gnn_i_text *header);

#endif
