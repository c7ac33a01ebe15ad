/* What the readers share that parse a window's chunks in parallel: each chunk writes to
 * the places that its line numbers give it, so that the result does not depend on the
 * number of threads; then gaps are closed and texts become rows, in file order. */
#ifndef DATASETS_TEXT_WINDOW_H
#define DATASETS_TEXT_WINDOW_H

#include "text/lines.h"

/* What became of a chunk. Parsing stops at the first line that is wrong. */
typedef struct data_i_outcome {
    int64_t n; /* lines of data in it, up to the one that is wrong */
    bool failed;
    size_t error_at; /* byte of the window where the wrong line begins */
    char message[DATA_I_COMPLAINT];
} data_i_outcome;

/* Leave a message. Returns false, for parsers to hand on. */
bool data_i_outcome_fail(data_i_outcome *outcome, const char *format, ...)
    GNN_PRINTF(2, 3);
/* GNN_ERR_INPUT with file, line and message when the chunk failed. */
gnn_status data_i_outcome_status(const data_i_outcome *outcome,
                                 const data_i_source *source);

/* Texts of a window that are looked up when it has been parsed, used again for the
 * next. */
typedef struct data_i_words {
    int64_t capacity;
    const char **text; /* (capacity) into the window */
    uint32_t *length;  /* (capacity) */
    gnn_id *row;       /* (capacity) */
} data_i_words;

/* Room for n texts; what the arrays held is lost. Errors: GNN_ERR_MEMORY. */
gnn_status data_i_words_reserve(data_i_words *words, int64_t n, const char *what);
void data_i_words_clear(data_i_words *words);

/* Move n elements of `size` bytes to place `to` from place `from`; a NULL array has
 * none. */
void data_i_squeeze(void *array, size_t size, int64_t to, int64_t from, int64_t n);

/* Places to make when the whole file will go into an array: `need` for the windows up to
 * this one and, by their share of the file's bytes, for the rest. */
int64_t data_i_source_expect(const data_i_source *source, int64_t need);

/* Tell the options' progress how far the file is read. Errors: GNN_ERR_CANCELLED. */
gnn_status data_i_source_report(const data_i_source *source, const data_options *options,
                                const char *what);

#endif
