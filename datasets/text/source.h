/* A text file as a row of windows: stretches of whole lines, each line ended by a
 * newline.
 *
 * A large plain file is mapped, and its windows point into the mapping: nothing is
 * copied. Any other file (compressed, small, a pipe) is read into two buffers by turns,
 * and while the lines of one are parsed, one of the parsing threads fills the other. */
#ifndef DATASETS_TEXT_SOURCE_H
#define DATASETS_TEXT_SOURCE_H

#include <gnn/parallel.h>

#include "text/stream.h"

/* A stretch of whole lines of a window, for one block of a parallel loop. */
typedef struct data_i_chunk {
    size_t begin, end; /* bytes of the window */
    int64_t n_lines;   /* newlines in it */
    int64_t
        n_separators; /* blanks, tabs and newlines: at least as many as there are words */
    int64_t line;     /* lines of the window before it */
    int64_t separator; /* separators of the window before it */
    bool has_nul;
    bool is_ascii;
} data_i_chunk;

typedef struct data_i_source {
    const char *path; /* as the user named it; borrowed */
    int n_threads;
    /* The current window. */
    const char *text;
    size_t size;        /* 0 before the first and after the last window */
    int64_t first_line; /* number of its first line, from 1 */
    int64_t n_lines;
    int64_t n_separators;
    data_i_chunk *chunks; /* (n_chunks) */
    int64_t n_chunks;
    /* How far: bytes of text handed out, and of how many (0: not known). */
    int64_t bytes_done, bytes_total;
    /* Private. */
    data_i_stream stream;
    char *map;
    size_t map_size, map_at;
    char *buffer[2];
    size_t capacity[2];
    int front;
    size_t filled;      /* bytes of the front buffer, of which `size` are the window */
    size_t back_filled; /* bytes of the back buffer, the carried ones included */
    bool back_is_ready;
    char *tail; /* the last line of a mapped file that lacks its newline, with one */
    int64_t chunks_capacity;
} data_i_source;

/* Open `path`, which must outlive the source. n_threads 0: all. Errors: see
 * data_i_stream_open. */
gnn_status data_i_source_open(data_i_source *source, const char *path, int n_threads);
void data_i_source_close(data_i_source *source);

/* Go to the next window; *more is false when there is none. Counts its lines and checks
 * that it is text: GNN_ERR_INPUT names the line that is not UTF-8 or holds a NUL.
 * GNN_ERR_MEMORY. */
gnn_status data_i_source_next(data_i_source *source, bool *more);

/* body(argument, chunk, thread) for each chunk of the window, in parallel, while the next
 * window is read. At most once a window. */
void data_i_source_run(data_i_source *source, gnn_block_body body, void *argument);

/* The number of the line that holds byte `at` of the window. */
int64_t data_i_source_line(const data_i_source *source, size_t at);

#endif
