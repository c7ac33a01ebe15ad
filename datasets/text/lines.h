/* Lines and their fields, by the rules that all text files share: tab-separated if the
 * first data line has a tab, else blanks; `#` begins a comment as the first character
 * only; LF or CRLF; empty lines are skipped. */
#ifndef DATASETS_TEXT_LINES_H
#define DATASETS_TEXT_LINES_H

#include <string.h>

#include <datasets/datasets.h>

#include "text/scan.h"
#include "text/source.h"

/* How the fields of a file's lines are told apart. */
typedef struct data_i_layout {
    const char *comment; /* what a comment line begins with; "" for none */
    char separator; /* '\t', ' ' (any number of blanks and tabs), or 0: not known yet */
} data_i_layout;

/* The layout that options ask for: separator not known yet. */
data_i_layout data_i_layout_of(const data_options *options);

/* The line that begins at p, without its newline and carriage return; *next is where the
 * line after it begins. The text holds a newline at or after p. */
static inline data_i_field data_i_line_at(const char *p, const char **next) {
    const char *end = rawmemchr(p, '\n');
    *next = end + 1;
    if (end > p && end[-1] == '\r') end--;
    return (data_i_field){p, (size_t)(end - p)};
}

/* Whether the line holds data: neither empty nor blank nor a comment. */
bool data_i_line_is_data(data_i_field line, const data_i_layout *layout);

/* Set the separator from a file's first data line, if it is not known yet. */
void data_i_layout_settle(data_i_layout *layout, data_i_field line);

/* Cut the next field off the front of `rest`; false when there is none left. With tabs
 * an empty line holds one empty field, and "a⇥" holds two. */
bool data_i_field_next(data_i_field *rest, char separator, data_i_field *field);

/* Split a line. Returns how many fields there are; the first `most` of them are
 * stored. */
int data_i_fields_split(data_i_field line, char separator, int most,
                        data_i_field *fields);

/* Going through a small file line by line. */
typedef struct data_i_lines {
    data_i_source source;
    data_i_layout layout;
    const char *at, *end; /* what is left of the window */
    int64_t next_number;  /* number of the line at `at` */
    int64_t number;       /* number of the line that was handed out last */
} data_i_lines;

gnn_status data_i_lines_open(data_i_lines *lines, const char *path,
                             const data_options *options);
void data_i_lines_close(data_i_lines *lines);
/* The next data line, borrowed until the next call; *more is false at the end. */
gnn_status data_i_lines_next(data_i_lines *lines, data_i_field *line, bool *more);
/* GNN_ERR_INPUT with file and line in front. Returns it. */
gnn_status data_i_lines_fail(const data_i_lines *lines, const char *format, ...)
    GNN_PRINTF(2, 3);

#endif
