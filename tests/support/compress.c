/* zlib and zstd, each in one call. */
#include "support/compress.h"

#include <zlib.h>
#include <zstd.h>

#include "support/support.h"

const char *support_write_gzip(const char *name, const void *data, size_t size) {
    z_stream z = {0};
    ck_assert_int_eq(deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY),
                     Z_OK);
    size_t room = deflateBound(&z, (uLong)size);
    Bytef *out = malloc(room);
    z.next_in = (Bytef *)(uintptr_t)data; /* zlib does not write to it */
    z.avail_in = (uInt)size;
    z.next_out = out;
    z.avail_out = (uInt)room;
    ck_assert_int_eq(deflate(&z, Z_FINISH), Z_STREAM_END);
    const char *path = support_write_bytes(name, out, z.total_out);
    deflateEnd(&z);
    free(out);
    return path;
}

const char *support_write_zstd(const char *name, const void *data, size_t size) {
    size_t room = ZSTD_compressBound(size);
    void *out = malloc(room);
    size_t length = ZSTD_compress(out, room, data, size, 1);
    ck_assert(!ZSTD_isError(length));
    const char *path = support_write_bytes(name, out, length);
    free(out);
    return path;
}
