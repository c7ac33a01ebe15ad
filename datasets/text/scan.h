/* Bytes of text → numbers, words, messages: the innermost loops of every reader. */
#ifndef DATASETS_TEXT_SCAN_H
#define DATASETS_TEXT_SCAN_H

#include <gnn/status.h>

/* A stretch of text, not NUL-terminated. */
typedef struct data_i_field {
    const char *text;
    size_t length;
} data_i_field;

static inline bool data_i_is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\r';
}

static inline bool data_i_is_digit(char c) {
    return (unsigned char)(c - '0') < 10;
}

/* Whether the field is the text, a NUL-terminated one. */
bool data_i_field_is(data_i_field field, const char *text);

/* What a text is as a whole number. */
typedef enum data_i_integer_kind {
    DATA_I_INTEGER,      /* a canonical decimal: 0, or digits that begin with 1-9 */
    DATA_I_NEGATIVE,     /* a canonical decimal behind a minus sign */
    DATA_I_LEADING_ZERO, /* digits, but not as a number is written */
    DATA_I_TOO_LARGE,    /* a canonical decimal beyond 2^31 - 2: largest + 1 must fit */
    DATA_I_NO_INTEGER
} data_i_integer_kind;
/* *value is set for DATA_I_INTEGER only. */
data_i_integer_kind data_i_parse_integer(data_i_field field, gnn_id *value);

/* A decimal number: sign, digits, point, exponent; or nan, inf, infinity in any case.
 * The nearest double but for the last bit of a number of 20 digits or more. False: not a
 * number. */
bool data_i_parse_real(data_i_field field, double *value);

/* Length of the longest prefix that is valid UTF-8 (RFC 3629: no surrogates, shortest
 * form). */
size_t data_i_utf8_valid(const char *text, size_t length);

enum { DATA_I_QUOTED = 80 };
/* A field as it can stand in a one-line message: 'text', shortened, control bytes and
 * broken UTF-8 escaped. Returns `out`. */
const char *data_i_quote(data_i_field field, char out[DATA_I_QUOTED]);

enum { DATA_I_COMPLAINT = 256 }; /* room for what is wrong with a line */

#endif
