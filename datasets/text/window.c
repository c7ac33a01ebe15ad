/* Outcomes of chunks, texts of windows, gaps. */
#include "text/window.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>

#include "core/alloc.h"

bool data_i_outcome_fail(data_i_outcome *outcome, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(outcome->message, sizeof outcome->message, format, arguments);
    va_end(arguments);
    outcome->failed = true;
    return false;
}

gnn_status data_i_outcome_status(const data_i_outcome *outcome,
                                 const data_i_source *source) {
    if (!outcome->failed) return GNN_OK;
    return gnn_fail(GNN_ERR_INPUT, "%s:%" PRId64 ": %s", source->path,
                    data_i_source_line(source, outcome->error_at), outcome->message);
}

gnn_status data_i_words_reserve(data_i_words *words, int64_t n, const char *what) {
    gnn_status status = GNN_OK;
    if (n <= words->capacity) return GNN_OK;
    /* Nothing is kept, so nothing is copied; some more, since windows differ a little. */
    int64_t more = n + n / 8;
    size_t count = (size_t)more;
    data_i_words_clear(words);
    GNN_TRY(gnn_i_alloc(&words->text, count, sizeof *words->text, what));
    GNN_TRY(gnn_i_alloc(&words->length, count, sizeof *words->length, what));
    GNN_TRY(gnn_i_alloc(&words->row, count, sizeof *words->row, what));
    words->capacity = more;
cleanup:
    return status;
}

void data_i_words_clear(data_i_words *words) {
    gnn_i_free(words->text);
    gnn_i_free(words->length);
    gnn_i_free(words->row);
    *words = (data_i_words){0};
}

void data_i_squeeze(void *array, size_t size, int64_t to, int64_t from, int64_t n) {
    if (array == NULL || to == from || n == 0) return;
    memmove((char *)array + (size_t)to * size, (char *)array + (size_t)from * size,
            (size_t)n * size);
}

int64_t data_i_source_expect(const data_i_source *source, int64_t need) {
    /* A compressed file or a pipe does not say how long its text is. */
    if (source->bytes_total <= 0) return need + need / 2;
    double share = (double)source->bytes_total / (double)source->bytes_done;
    return share > 1 ? (int64_t)((double)need * share * 1.02) + 64 : need;
}

gnn_status data_i_source_report(const data_i_source *source, const data_options *options,
                                const char *what) {
    if (options->progress == NULL) return GNN_OK;
    if (options->progress(options->progress_user, what, source->bytes_done,
                          source->bytes_total) == 0)
        return GNN_OK;
    return gnn_fail(GNN_ERR_CANCELLED, "%s: reading was cancelled", source->path);
}
