/* Lines, fields, and the loop over the lines of a small file. */
#include "text/lines.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

data_i_layout data_i_layout_of(const data_options *options) {
    return (data_i_layout){.comment = options->comment != NULL ? options->comment : "#"};
}

bool data_i_line_is_data(data_i_field line, const data_i_layout *layout) {
    if (line.length == 0) return false;
    size_t n = strlen(layout->comment);
    if (n > 0 && line.length >= n && memcmp(line.text, layout->comment, n) == 0)
        return false;
    for (size_t i = 0; i < line.length; i++)
        if (!data_i_is_blank(line.text[i])) return true;
    return false;
}

void data_i_layout_settle(data_i_layout *layout, data_i_field line) {
    if (layout->separator != 0) return;
    layout->separator = memchr(line.text, '\t', line.length) != NULL ? '\t' : ' ';
}

bool data_i_field_next(data_i_field *rest, char separator, data_i_field *field) {
    if (rest->text == NULL) return false;
    const char *p = rest->text, *end = p + rest->length;
    if (separator == '\t') {
        const char *tab = memchr(p, '\t', rest->length);
        *field = (data_i_field){p, (size_t)((tab != NULL ? tab : end) - p)};
        *rest = tab != NULL ? (data_i_field){tab + 1, (size_t)(end - tab - 1)}
                            : (data_i_field){NULL, 0};
        return true;
    }
    while (p < end && data_i_is_blank(*p)) p++;
    const char *begin = p;
    while (p < end && !data_i_is_blank(*p)) p++;
    *field = (data_i_field){begin, (size_t)(p - begin)};
    *rest = (data_i_field){p, (size_t)(end - p)};
    return p > begin;
}

int data_i_fields_split(data_i_field line, char separator, int most,
                        data_i_field *fields) {
    int n = 0;
    data_i_field field;
    while (data_i_field_next(&line, separator, &field)) {
        if (n < most) fields[n] = field;
        n++;
    }
    return n;
}

gnn_status data_i_lines_open(data_i_lines *lines, const char *path,
                             const data_options *options) {
    *lines = (data_i_lines){.layout = data_i_layout_of(options)};
    return data_i_source_open(&lines->source, path, options->n_threads);
}

void data_i_lines_close(data_i_lines *lines) {
    data_i_source_close(&lines->source);
}

gnn_status data_i_lines_next(data_i_lines *lines, data_i_field *line, bool *more) {
    for (;;) {
        while (lines->at < lines->end) {
            *line = data_i_line_at(lines->at, &lines->at);
            lines->number = lines->next_number++;
            if (!data_i_line_is_data(*line, &lines->layout)) continue;
            data_i_layout_settle(&lines->layout, *line);
            *more = true;
            return GNN_OK;
        }
        gnn_status status = data_i_source_next(&lines->source, more);
        if (status != GNN_OK || !*more) return status;
        lines->at = lines->source.text;
        lines->end = lines->at + lines->source.size;
        lines->next_number = lines->source.first_line;
    }
}

gnn_status data_i_lines_fail(const data_i_lines *lines, const char *format, ...) {
    char message[400];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    return gnn_fail(GNN_ERR_INPUT, "%s:%" PRId64 ": %s", lines->source.path,
                    lines->number, message);
}
