/* XXH3 of memory and of files. */
#include "core/hash.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define XXH_STATIC_LINKING_ONLY /* the state may live on the stack */
#include <xxhash.h>

#include "core/alloc.h"

enum { CHUNK_BYTES = 1 << 18 };

uint64_t gnn_i_hash(const void *bytes, size_t size, uint64_t seed) {
    return XXH3_64bits_withSeed(bytes, size, seed);
}

gnn_status gnn_i_hash_file(const char *path, uint64_t seed, uint64_t *hash) {
    gnn_status status = GNN_OK;
    char *chunk = NULL;
    XXH3_state_t state;
    XXH3_INITSTATE(&state);
    XXH3_64bits_reset_withSeed(&state, seed);

    int file = open(path, O_RDONLY | O_CLOEXEC);
    GNN_CHECK(file >= 0, GNN_ERR_INPUT, "%s: %s", path, strerror(errno));
    GNN_TRY(gnn_i_alloc(&chunk, CHUNK_BYTES, 1, "a buffer for reading"));
    for (;;) {
        ssize_t n = read(file, chunk, CHUNK_BYTES);
        if (n < 0 && errno == EINTR) continue;
        GNN_CHECK(n >= 0, GNN_ERR_INPUT, "%s: %s", path, strerror(errno));
        if (n == 0) break;
        XXH3_64bits_update(&state, chunk, (size_t)n);
    }
    *hash = XXH3_64bits_digest(&state);

cleanup:
    gnn_i_free(chunk);
    if (file >= 0) close(file);
    return status;
}
