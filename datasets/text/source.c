/* Windows over text files. Invariant: a window is empty or ends with a newline, so that
 * loops over its lines need no other bound. */
#include "text/source.h"

#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#include "core/alloc.h"
#include "text/scan.h"

/* Small enough that what is kept of a window for a while costs little, large enough that
 * starting threads for it does not count. */
static const size_t WINDOW_BYTES = (size_t)8 << 20;
static const size_t CHUNK_BYTES = (size_t)256 << 10;
static const size_t LEAST_STEP = (size_t)4 << 10;
static const int64_t LEAST_MAPPED = (int64_t)1 << 20;

/* ---- windows over a mapping ---- */

static gnn_status map_file(data_i_source *source) {
    size_t size = (size_t)source->stream.file_size;
    void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, source->stream.fd, 0);
    if (map == MAP_FAILED) return GNN_OK; /* then it is read */
    madvise(map, size, MADV_SEQUENTIAL);
    source->map = map;
    source->map_size = size;
    return GNN_OK;
}

/* The last line, which has no newline, gets one in a copy. */
static gnn_status window_of_tail(data_i_source *source, size_t begin) {
    size_t length = source->map_size - begin;
    gnn_status status = gnn_i_alloc(&source->tail, length + 1, 1, "a line");
    if (status != GNN_OK) return status;
    memcpy(source->tail, source->map + begin, length);
    source->tail[length] = '\n';
    source->text = source->tail;
    source->size = length + 1;
    source->map_at = source->map_size;
    return GNN_OK;
}

static gnn_status next_mapped(data_i_source *source) {
    size_t begin = source->map_at, left = source->map_size - begin;
    source->size = 0;
    if (left == 0) return GNN_OK;
    const char *start = source->map + begin;
    const char *last = memrchr(start, '\n', left < WINDOW_BYTES ? left : WINDOW_BYTES);
    if (last == NULL) last = memchr(start, '\n', left);
    if (last == NULL) return window_of_tail(source, begin);
    source->text = start;
    source->size = (size_t)(last + 1 - start);
    source->map_at = begin + source->size;
    return GNN_OK;
}

/* ---- windows over buffers ---- */

static gnn_status reserve(data_i_source *source, int which, size_t bytes) {
    if (bytes <= source->capacity[which]) return GNN_OK;
    gnn_status status = gnn_i_realloc(&source->buffer[which], bytes, 1, "a file's lines");
    if (status == GNN_OK) source->capacity[which] = bytes;
    return status;
}

/* Bytes to read at a time: a small file at once, else a window. */
static size_t step_bytes(const data_i_source *source) {
    const data_i_stream *stream = &source->stream;
    bool is_small = stream->is_regular && stream->compression == DATA_I_PLAIN &&
                    (size_t)stream->file_size < WINDOW_BYTES;
    if (!is_small) return WINDOW_BYTES;
    size_t size = (size_t)stream->file_size + 1;
    return size > LEAST_STEP ? size : LEAST_STEP;
}

/* Fill the back buffer behind the bytes that the front one carries over. On any
 * thread. */
static void fill_back(data_i_source *source) {
    int back = 1 - source->front;
    size_t carried = source->filled - source->size;
    if (carried > 0)
        memcpy(source->buffer[back], source->buffer[source->front] + source->size,
               carried);
    /* One byte stays free for a newline that the last line may lack. */
    source->back_filled =
        carried + data_i_stream_read(&source->stream, source->buffer[back] + carried,
                                     source->capacity[back] - 1 - carried);
    source->back_is_ready = true;
}

/* Make the back buffer large enough to be filled behind what is carried over. */
static gnn_status prepare_back(data_i_source *source) {
    if (source->stream.ended && source->filled == source->size) return GNN_OK;
    size_t carried = source->filled - source->size;
    source->back_is_ready = false;
    return reserve(source, 1 - source->front, carried + step_bytes(source) + 1);
}

static gnn_status next_buffered(data_i_source *source) {
    gnn_status status;
    bool at_end =
        source->stream.ended && source->filled == source->size && !source->back_is_ready;
    if (at_end) {
        source->size = source->filled = 0;
        return data_i_stream_status(&source->stream, source->path);
    }
    if (!source->back_is_ready) fill_back(source);
    source->front = 1 - source->front;
    source->filled = source->back_filled;
    source->back_is_ready = false;
    int front = source->front;
    const char *last = NULL;
    for (;;) {
        status = data_i_stream_status(&source->stream, source->path);
        if (status != GNN_OK) return status;
        if (source->filled > 0)
            last = memrchr(source->buffer[front], '\n', source->filled);
        if (last != NULL || source->stream.ended) break;
        /* A line longer than the buffer. */
        status = reserve(source, front, 2 * source->capacity[front]);
        if (status != GNN_OK) return status;
        source->filled +=
            data_i_stream_read(&source->stream, source->buffer[front] + source->filled,
                               source->capacity[front] - 1 - source->filled);
    }
    if (source->stream.ended && source->filled > 0 &&
        source->buffer[front][source->filled - 1] != '\n') {
        source->buffer[front][source->filled++] = '\n';
        last = source->buffer[front] + source->filled - 1;
    }
    source->text = source->buffer[front];
    source->size = last == NULL ? 0 : (size_t)(last + 1 - source->text);
    return prepare_back(source);
}

/* ---- chunks ---- */

static gnn_status cut_chunks(data_i_source *source) {
    int64_t most = (int64_t)(source->size / CHUNK_BYTES) + 1;
    if (most > source->chunks_capacity) {
        gnn_status status = gnn_i_realloc(&source->chunks, (size_t)most,
                                          sizeof *source->chunks, "chunks");
        if (status != GNN_OK) return status;
        source->chunks_capacity = most;
    }
    source->n_chunks = 0;
    for (size_t at = 0; at < source->size;) {
        size_t end = source->size;
        if (source->size - at > CHUNK_BYTES) {
            const char *from = source->text + at + CHUNK_BYTES - 1;
            const char *newline = memchr(from, '\n', (size_t)(source->text + end - from));
            end = (size_t)(newline + 1 - source->text);
        }
        source->chunks[source->n_chunks++] = (data_i_chunk){.begin = at, .end = end};
        at = end;
    }
    return GNN_OK;
}

/* Count a chunk's newlines and separators, and look for NULs and bytes beyond ASCII: a
 * loop that the compiler turns into vector code, with counters that a block cannot
 * overflow. */
static void count_chunk(void *argument, int64_t block, int thread) {
    (void)thread;
    data_i_source *source = argument;
    data_i_chunk *chunk = &source->chunks[block];
    const char *text = source->text;
    unsigned char all = 0, nul = 0;
    enum { BLOCK = 255 };
    for (size_t at = chunk->begin; at < chunk->end; at += BLOCK) {
        size_t n = chunk->end - at < BLOCK ? chunk->end - at : BLOCK;
        unsigned char lines = 0, separators = 0;
        for (size_t i = 0; i < n; i++) {
            unsigned char c = (unsigned char)text[at + i];
            all |= c;
            nul |= (unsigned char)(c == 0);
            lines = (unsigned char)(lines + (c == '\n'));
            separators = (unsigned char)(separators + (c <= ' '));
        }
        chunk->n_lines += lines;
        chunk->n_separators += separators;
    }
    chunk->has_nul = nul != 0;
    chunk->is_ascii = all < 0x80;
}

static gnn_status check_text(const data_i_source *source, const data_i_chunk *chunk) {
    const char *text = source->text;
    if (chunk->has_nul) {
        const char *nul = memchr(text + chunk->begin, 0, chunk->end - chunk->begin);
        return gnn_fail(GNN_ERR_INPUT, "%s:%" PRId64 ": holds a NUL byte, expected text",
                        source->path, data_i_source_line(source, (size_t)(nul - text)));
    }
    if (chunk->is_ascii) return GNN_OK;
    size_t length = chunk->end - chunk->begin;
    size_t valid = data_i_utf8_valid(text + chunk->begin, length);
    if (valid == length) return GNN_OK;
    return gnn_fail(GNN_ERR_INPUT, "%s:%" PRId64 ": not UTF-8 (byte 0x%02x)",
                    source->path, data_i_source_line(source, chunk->begin + valid),
                    (unsigned char)text[chunk->begin + valid]);
}

static gnn_status survey(data_i_source *source) {
    gnn_status status = cut_chunks(source);
    if (status != GNN_OK) return status;
    gnn_parallel_for(source->n_threads, source->n_chunks, count_chunk, source);
    source->n_lines = source->n_separators = 0;
    for (int64_t i = 0; i < source->n_chunks; i++) {
        data_i_chunk *chunk = &source->chunks[i];
        status = check_text(source, chunk);
        if (status != GNN_OK) return status;
        chunk->line = source->n_lines;
        chunk->separator = source->n_separators;
        source->n_lines += chunk->n_lines;
        source->n_separators += chunk->n_separators;
    }
    return GNN_OK;
}

/* ---- the source ---- */

gnn_status data_i_source_open(data_i_source *source, const char *path, int n_threads) {
    gnn_status status;
    *source = (data_i_source){.path = path, .first_line = 1, .stream = {.fd = -1}};
    source->n_threads = n_threads > 0 ? n_threads : gnn_n_processors();
    GNN_TRY(data_i_stream_open(&source->stream, path));
    bool is_plain = source->stream.compression == DATA_I_PLAIN;
    if (is_plain) source->bytes_total = source->stream.file_size;
    if (is_plain && source->stream.file_size >= LEAST_MAPPED) GNN_TRY(map_file(source));
    if (source->map == NULL) GNN_TRY(prepare_back(source));
cleanup:
    if (status != GNN_OK) data_i_source_close(source);
    return status;
}

void data_i_source_close(data_i_source *source) {
    if (source->map != NULL) munmap(source->map, source->map_size);
    data_i_stream_close(&source->stream);
    gnn_i_free(source->buffer[0]);
    gnn_i_free(source->buffer[1]);
    gnn_i_free(source->tail);
    gnn_i_free(source->chunks);
    *source = (data_i_source){.stream = {.fd = -1}};
}

gnn_status data_i_source_next(data_i_source *source, bool *more) {
    bool is_first = source->bytes_done == 0;
    source->first_line += source->n_lines;
    source->n_lines = 0;
    *more = false;
    gnn_status status = source->map != NULL ? next_mapped(source) : next_buffered(source);
    if (status != GNN_OK) return status;
    source->bytes_done += (int64_t)source->size;
    /* A byte order mark is no part of the text. */
    bool has_mark =
        is_first && source->size >= 3 && memcmp(source->text, "\xef\xbb\xbf", 3) == 0;
    if (has_mark && source->map == NULL) {
        source->filled -= 3;
        memmove(source->buffer[source->front], source->text + 3, source->filled);
        source->size -= 3;
    } else if (has_mark) {
        source->text += 3;
        source->size -= 3;
    }
    *more = source->size > 0;
    return survey(source);
}

typedef struct run_job {
    data_i_source *source;
    gnn_block_body body;
    void *argument;
} run_job;

static void run_or_read(void *argument, int64_t block, int thread) {
    const run_job *job = argument;
    if (block == 0)
        fill_back(job->source);
    else
        job->body(job->argument, block - 1, thread);
}

void data_i_source_run(data_i_source *source, gnn_block_body body, void *argument) {
    bool reads_ahead =
        source->map == NULL && !source->stream.ended && !source->back_is_ready;
    if (!reads_ahead) {
        gnn_parallel_for(source->n_threads, source->n_chunks, body, argument);
        return;
    }
    run_job job = {source, body, argument};
    gnn_parallel_for(source->n_threads, source->n_chunks + 1, run_or_read, &job);
}

int64_t data_i_source_line(const data_i_source *source, size_t at) {
    int64_t line = source->first_line;
    for (const char *p = source->text, *end = source->text + at;
         (p = memchr(p, '\n', (size_t)(end - p))) != NULL; p++)
        line++;
    return line;
}
