/* A file as a stream of decompressed bytes: plain, gzip or zstd, told apart by content.
 *
 * Reading never sets the library's error message, so that it may run on any thread; what
 * went wrong is kept as text for whoever looks at the stream next. */
#ifndef DATASETS_TEXT_STREAM_H
#define DATASETS_TEXT_STREAM_H

#include <gnn/status.h>

typedef enum data_i_compression {
    DATA_I_PLAIN,
    DATA_I_GZIP,
    DATA_I_ZSTD
} data_i_compression;

typedef struct data_i_stream {
    int fd;
    bool is_regular;   /* its size is known */
    int64_t file_size; /* bytes on disk; 0 unless is_regular */
    data_i_compression compression;
    char *input; /* what was read from the file but not yet decoded: begin .. end */
    size_t input_begin, input_end;
    bool input_ended;
    void *decoder;     /* z_stream or ZSTD_DStream; NULL for plain files */
    bool in_frame;     /* between the start and the end of a compressed frame */
    bool ended;        /* everything was handed out, or an error was met */
    const char *error; /* NULL while all is well; a static text */
    int error_number;  /* errno of a failed read, or 0 */
} data_i_stream;

/* Open `path`. Errors: GNN_ERR_INPUT for a file that is missing, unreadable or a
 * directory, or whose name ends in .gz or .zst when its content does not;
 * GNN_ERR_MEMORY. */
gnn_status data_i_stream_open(data_i_stream *stream, const char *path);
void data_i_stream_close(data_i_stream *stream);

/* Fill `buffer` with up to `capacity` bytes; fewer only at the end or on error (see
 * `error`). Safe on any one thread at a time. */
size_t data_i_stream_read(data_i_stream *stream, char *buffer, size_t capacity);

/* GNN_ERR_INPUT with the path and the reason when the stream met an error. */
gnn_status data_i_stream_status(const data_i_stream *stream, const char *path);

/* The whole decompressed content in one block, followed by a NUL; *size without it. For
 * files that cannot be read in pieces. Errors as above; GNN_ERR_INPUT beyond `limit`
 * bytes. */
gnn_status data_i_read_all(const char *path, size_t limit, char **bytes, size_t *size);

#endif
