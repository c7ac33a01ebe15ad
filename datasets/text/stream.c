/* Streams of decompressed bytes: zlib (RFC 1952, any number of members) and zstd (RFC
 * 8878, any number of frames). */
#include "text/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "core/alloc.h"

enum { INPUT_BYTES = 128 << 10 };

static void *zlib_alloc(void *user, unsigned count, unsigned size) {
    (void)user;
    void *block;
    return gnn_i_alloc(&block, count, size, "gzip") == GNN_OK ? block : NULL;
}

static void zlib_free(void *user, void *block) {
    (void)user;
    gnn_i_free(block);
}

/* Up to `capacity` bytes from the file; 0 at its end (input_ended) or on error
 * (ended). */
static size_t read_file(data_i_stream *stream, char *buffer, size_t capacity) {
    ssize_t got;
    do { got = read(stream->fd, buffer, capacity); } while (got < 0 && errno == EINTR);
    if (got > 0) return (size_t)got;
    stream->input_ended = true;
    if (got < 0) {
        stream->ended = true;
        stream->error = "cannot be read";
        stream->error_number = errno;
    }
    return 0;
}

/* Read into the empty input buffer at least `least` bytes, unless the file ends
 * before. */
static void refill(data_i_stream *stream, size_t least) {
    stream->input_begin = stream->input_end = 0;
    while (stream->input_end < least && !stream->input_ended)
        stream->input_end += read_file(stream, stream->input + stream->input_end,
                                       INPUT_BYTES - stream->input_end);
}

static size_t read_plain(data_i_stream *stream, char *buffer, size_t capacity) {
    size_t ready = stream->input_end - stream->input_begin;
    if (ready > 0) {
        size_t n = ready < capacity ? ready : capacity;
        memcpy(buffer, stream->input + stream->input_begin, n);
        stream->input_begin += n;
        return n;
    }
    size_t got = read_file(stream, buffer, capacity);
    if (got == 0) stream->ended = true;
    return got;
}

static void fail_decoding(data_i_stream *stream, const char *error) {
    stream->error = error;
    stream->ended = true;
}

static size_t inflate_some(data_i_stream *stream, char *buffer, size_t capacity) {
    z_stream *z = stream->decoder;
    unsigned room = capacity < (1u << 30) ? (unsigned)capacity : 1u << 30;
    z->next_in = (Bytef *)(stream->input + stream->input_begin);
    z->avail_in = (unsigned)(stream->input_end - stream->input_begin);
    z->next_out = (Bytef *)buffer;
    z->avail_out = room;
    stream->in_frame = true;
    int code = inflate(z, Z_NO_FLUSH);
    stream->input_begin = stream->input_end - z->avail_in;
    if (code == Z_STREAM_END) {
        /* Another member may follow. */
        stream->in_frame = false;
        if (inflateReset(z) != Z_OK) fail_decoding(stream, "is damaged gzip data");
    } else if (code == Z_MEM_ERROR) {
        fail_decoding(stream, "cannot be decompressed: out of memory");
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
        fail_decoding(stream, "is damaged gzip data");
    }
    return room - z->avail_out;
}

static size_t unzstd_some(data_i_stream *stream, char *buffer, size_t capacity) {
    ZSTD_inBuffer in = {stream->input, stream->input_end, stream->input_begin};
    ZSTD_outBuffer out = {buffer, capacity, 0};
    size_t left = ZSTD_decompressStream(stream->decoder, &out, &in);
    stream->input_begin = in.pos;
    if (ZSTD_isError(left))
        fail_decoding(stream, "is damaged zstd data");
    else
        stream->in_frame = left != 0;
    return out.pos;
}

static size_t read_compressed(data_i_stream *stream, char *buffer, size_t capacity) {
    if (stream->input_begin == stream->input_end && !stream->input_ended)
        refill(stream, 1);
    if (stream->ended) return 0;
    bool is_gzip = stream->compression == DATA_I_GZIP;
    if (stream->input_begin == stream->input_end && !stream->in_frame) {
        stream->ended = true;
        return 0;
    }
    /* With no input left a decoder may still hold output; one that gives none wants
     * more. */
    size_t got = is_gzip ? inflate_some(stream, buffer, capacity)
                         : unzstd_some(stream, buffer, capacity);
    if (got == 0 && stream->input_ended && stream->in_frame && !stream->ended &&
        stream->input_begin == stream->input_end)
        fail_decoding(stream,
                      is_gzip ? "is truncated gzip data" : "is truncated zstd data");
    return got;
}

size_t data_i_stream_read(data_i_stream *stream, char *buffer, size_t capacity) {
    size_t filled = 0;
    while (filled < capacity && !stream->ended) {
        if (stream->compression == DATA_I_PLAIN)
            filled += read_plain(stream, buffer + filled, capacity - filled);
        else
            filled += read_compressed(stream, buffer + filled, capacity - filled);
    }
    return filled;
}

gnn_status data_i_stream_status(const data_i_stream *stream, const char *path) {
    if (stream->error == NULL) return GNN_OK;
    if (stream->error_number != 0)
        return gnn_fail(GNN_ERR_INPUT, "%s: %s: %s", path, stream->error,
                        strerror(stream->error_number));
    return gnn_fail(GNN_ERR_INPUT, "%s: %s", path, stream->error);
}

static gnn_status make_decoder(data_i_stream *stream) {
    if (stream->compression == DATA_I_GZIP) {
        z_stream *z;
        gnn_status status = gnn_i_calloc(&z, 1, sizeof *z, "gzip");
        if (status != GNN_OK) return status;
        z->zalloc = zlib_alloc;
        z->zfree = zlib_free;
        if (inflateInit2(z, 15 + 16) != Z_OK) {
            gnn_i_free(z);
            return gnn_fail(GNN_ERR_MEMORY, "out of memory: gzip");
        }
        stream->decoder = z;
    } else if (stream->compression == DATA_I_ZSTD) {
        stream->decoder = ZSTD_createDStream();
        if (stream->decoder == NULL)
            return gnn_fail(GNN_ERR_MEMORY, "out of memory: zstd");
    }
    return GNN_OK;
}

static bool ends_with(const char *text, const char *ending) {
    size_t n = strlen(text), m = strlen(ending);
    return n >= m && strcmp(text + n - m, ending) == 0;
}

/* What the first bytes say, and whether the name agrees. */
static gnn_status detect(data_i_stream *stream, const char *path) {
    const unsigned char *head = (const unsigned char *)stream->input;
    size_t n = stream->input_end;
    if (n >= 2 && head[0] == 0x1f && head[1] == 0x8b)
        stream->compression = DATA_I_GZIP;
    else if (n >= 4 && head[0] == 0x28 && head[1] == 0xb5 && head[2] == 0x2f &&
             head[3] == 0xfd)
        stream->compression = DATA_I_ZSTD;
    if (ends_with(path, ".gz") && stream->compression != DATA_I_GZIP)
        return gnn_fail(GNN_ERR_INPUT, "%s: not gzip data, as the name says", path);
    if (ends_with(path, ".zst") && stream->compression != DATA_I_ZSTD)
        return gnn_fail(GNN_ERR_INPUT, "%s: not zstd data, as the name says", path);
    return GNN_OK;
}

static gnn_status open_file(data_i_stream *stream, const char *path) {
    stream->fd = open(path, O_RDONLY | O_CLOEXEC);
    if (stream->fd < 0)
        return gnn_fail(GNN_ERR_INPUT, "%s: %s", path,
                        errno == ENOENT ? "no such file" : strerror(errno));
    struct stat about;
    if (fstat(stream->fd, &about) != 0)
        return gnn_fail(GNN_ERR_INPUT, "%s: %s", path, strerror(errno));
    if (S_ISDIR(about.st_mode))
        return gnn_fail(GNN_ERR_INPUT, "%s: is a directory, expected a file", path);
    stream->is_regular = S_ISREG(about.st_mode);
    stream->file_size = stream->is_regular ? about.st_size : 0;
    return GNN_OK;
}

gnn_status data_i_stream_open(data_i_stream *stream, const char *path) {
    gnn_status status;
    *stream = (data_i_stream){.fd = -1};
    GNN_TRY(open_file(stream, path));
    GNN_TRY(gnn_i_alloc(&stream->input, INPUT_BYTES, 1, "a file's buffer"));
    refill(stream, 4);
    GNN_TRY(data_i_stream_status(stream, path));
    GNN_TRY(detect(stream, path));
    GNN_TRY(make_decoder(stream));
cleanup:
    if (status != GNN_OK) data_i_stream_close(stream);
    return status;
}

void data_i_stream_close(data_i_stream *stream) {
    if (stream->decoder != NULL && stream->compression == DATA_I_GZIP) {
        inflateEnd(stream->decoder);
        gnn_i_free(stream->decoder);
    } else if (stream->decoder != NULL) {
        ZSTD_freeDStream(stream->decoder);
    }
    gnn_i_free(stream->input);
    if (stream->fd >= 0) close(stream->fd);
    *stream = (data_i_stream){.fd = -1};
}

gnn_status data_i_read_all(const char *path, size_t limit, char **bytes, size_t *size) {
    gnn_status status;
    data_i_stream stream;
    char *block = NULL;
    size_t filled = 0, capacity = 0;
    *bytes = NULL;
    *size = 0;
    GNN_TRY(data_i_stream_open(&stream, path));
    capacity = (size_t)stream.file_size + 2;
    for (;;) {
        GNN_TRY(gnn_i_realloc(&block, capacity, 1, "a file's content"));
        filled += data_i_stream_read(&stream, block + filled, capacity - 1 - filled);
        GNN_TRY(data_i_stream_status(&stream, path));
        if (stream.ended) break;
        GNN_CHECK(filled <= limit, GNN_ERR_INPUT, "%s: more than %zu bytes", path, limit);
        capacity = 2 * capacity;
    }
    block[filled] = '\0';
    *bytes = block;
    *size = filled;
    block = NULL;
cleanup:
    gnn_i_free(block);
    data_i_stream_close(&stream);
    return status;
}
