/* Numbers, UTF-8 and quoting for the readers. Nothing here depends on the locale. */
#include "text/scan.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

bool data_i_field_is(data_i_field field, const char *text) {
    return strlen(text) == field.length && memcmp(field.text, text, field.length) == 0;
}

data_i_integer_kind data_i_parse_integer(data_i_field field, gnn_id *value) {
    const char *text = field.text;
    size_t length = field.length;
    bool is_negative = length > 1 && text[0] == '-';
    if (is_negative) {
        text++;
        length--;
    }
    if (length == 0) return DATA_I_NO_INTEGER;
    for (size_t i = 0; i < length; i++)
        if (!data_i_is_digit(text[i])) return DATA_I_NO_INTEGER;
    if (is_negative) return DATA_I_NEGATIVE;
    if (text[0] == '0' && length > 1) return DATA_I_LEADING_ZERO;
    if (length > 10) return DATA_I_TOO_LARGE;
    int64_t number = 0;
    for (size_t i = 0; i < length; i++) number = 10 * number + (text[i] - '0');
    if (number >= INT32_MAX) return DATA_I_TOO_LARGE;
    *value = (gnn_id)number;
    return DATA_I_INTEGER;
}

/* ---- decimal numbers ---- */

static bool same_word(data_i_field field, const char *word) {
    if (strlen(word) != field.length) return false;
    for (size_t i = 0; i < field.length; i++)
        if ((field.text[i] | 0x20) != word[i]) return false;
    return true;
}

/* digits × 10^exponent. Both factors are exact in a double for up to 2^53 and 10^22
 * (Clinger 1990, doi:10.1145/93542.93557): one rounding. Beyond, in 64 bits of
 * mantissa. */
static double scale(uint64_t digits, int exponent) {
    static const double power[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                   1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    if (digits == 0) return 0.0;
    if (digits <= (uint64_t)1 << 53 && exponent >= -22 && exponent <= 22)
        return exponent < 0 ? (double)digits / power[-exponent]
                            : (double)digits * power[exponent];
    return (double)((long double)digits * powl(10.0L, (long double)exponent));
}

/* An exponent's digits; far beyond any double's it stops growing. */
static bool parse_exponent(const char *p, const char *end, int *exponent) {
    bool is_negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    if (p == end) return false;
    int e = 0;
    for (; p < end; p++) {
        if (!data_i_is_digit(*p)) return false;
        if (e < 100000) e = 10 * e + (*p - '0');
    }
    *exponent += is_negative ? -e : e;
    return true;
}

bool data_i_parse_real(data_i_field field, double *value) {
    const char *p = field.text, *end = p + field.length;
    bool is_negative = p < end && *p == '-';
    if (p < end && (*p == '-' || *p == '+')) p++;
    data_i_field rest = {p, (size_t)(end - p)};
    if (same_word(rest, "nan")) {
        *value = NAN;
        return true;
    }
    if (same_word(rest, "inf") || same_word(rest, "infinity")) {
        *value = is_negative ? -INFINITY : INFINITY;
        return true;
    }
    uint64_t digits = 0;
    int n_digits = 0, exponent = 0;
    bool any = false, in_fraction = false;
    for (; p < end; p++) {
        if (*p == '.' && !in_fraction) {
            in_fraction = true;
            continue;
        }
        if (!data_i_is_digit(*p)) break;
        any = true;
        if (n_digits < 19) {
            digits = 10 * digits + (uint64_t)(*p - '0');
            if (digits > 0) n_digits++;
            if (in_fraction) exponent--;
        } else if (!in_fraction && exponent < 100000) {
            exponent++;
        }
    }
    if (!any) return false;
    if (p < end) {
        if ((*p | 0x20) != 'e') return false;
        if (!parse_exponent(p + 1, end, &exponent)) return false;
    }
    double magnitude = scale(digits, exponent);
    *value = is_negative ? -magnitude : magnitude;
    return true;
}

/* ---- UTF-8 ---- */

/* Bytes of the valid sequence that begins at p, 0 if there is none (RFC 3629, section
 * 4). */
static size_t sequence(const unsigned char *p, size_t left) {
    unsigned char c = p[0], low = 0x80, high = 0xbf;
    size_t n = c < 0x80   ? 1
               : c < 0xc2 ? 0
               : c < 0xe0 ? 2
               : c < 0xf0 ? 3
               : c < 0xf5 ? 4
                          : 0;
    if (n <= 1) return n;
    if (n > left) return 0;
    if (c == 0xe0) low = 0xa0;
    if (c == 0xed) high = 0x9f;
    if (c == 0xf0) low = 0x90;
    if (c == 0xf4) high = 0x8f;
    if (p[1] < low || p[1] > high) return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80) return 0;
    return n;
}

size_t data_i_utf8_valid(const char *text, size_t length) {
    const unsigned char *p = (const unsigned char *)text;
    size_t at = 0;
    while (at < length) {
        uint64_t word;
        if (length - at >= sizeof word) {
            memcpy(&word, p + at, sizeof word);
            if ((word & 0x8080808080808080u) == 0) {
                at += sizeof word;
                continue;
            }
        }
        size_t n = sequence(p + at, length - at);
        if (n == 0) return at;
        at += n;
    }
    return length;
}

const char *data_i_quote(data_i_field field, char out[DATA_I_QUOTED]) {
    enum { SPACE = DATA_I_QUOTED - 8 };
    const unsigned char *p = (const unsigned char *)field.text;
    size_t at = 0, i = 0;
    out[at++] = '\'';
    while (i < field.length && at < SPACE) {
        size_t n = sequence(p + i, field.length - i);
        if (n == 0 || p[i] < ' ' || p[i] == 0x7f) {
            at += (size_t)snprintf(out + at, 5, "\\x%02x", p[i]);
            i++;
        } else {
            memcpy(out + at, p + i, n);
            at += n;
            i += n;
        }
    }
    snprintf(out + at, DATA_I_QUOTED - at, "%s'", i < field.length ? "..." : "");
    return out;
}
