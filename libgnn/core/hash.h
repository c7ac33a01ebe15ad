/* Hashes: XXH3 with 64 bits, for tables and for fingerprints of data; not against an
 * adversary. The values are the same on every machine. Exported for the other libraries
 * of the project, like core/alloc.h, and promised to nobody outside. */
#ifndef GNN_CORE_HASH_H
#define GNN_CORE_HASH_H

#include <gnn/status.h>

/* Hash of `size` bytes. A hash given as the seed of the next makes one hash of several
 * parts. */
GNN_API uint64_t gnn_i_hash(const void *bytes, size_t size, uint64_t seed);
/* Hash of a file's bytes: the same as gnn_i_hash of its content. Errors:
 * GNN_ERR_INPUT. */
GNN_API gnn_status gnn_i_hash_file(const char *path, uint64_t seed, uint64_t *hash);

#endif
