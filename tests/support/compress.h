/* Compressed files for tests of readers. */
#ifndef TESTS_COMPRESS_H
#define TESTS_COMPRESS_H

#include <stddef.h>

/* As support_write_bytes, the bytes compressed on the way. */
const char *support_write_gzip(const char *name, const void *data, size_t size);
const char *support_write_zstd(const char *name, const void *data, size_t size);

#endif
