/* Real numbers as text. The C library does the arithmetic; the point of the locale is put
 * in before it reads and taken out after it wrote. */
#include "core/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST = 400, POINT_SIZE = 8 };

static const char digits[] = "0123456789";

/* Length of the decimal number that text begins with, 0 for none; *point is the place of
 * its point, or the length. */
static size_t number_length(const char *text, size_t *point) {
    size_t sign = *text == '+' || *text == '-', n = sign + strspn(text + sign, digits);
    size_t n_digits = n - sign;
    bool has_point = text[n] == '.';
    *point = n;
    if (has_point) {
        size_t fraction = strspn(text + n + 1, digits);
        n_digits += fraction;
        n += 1 + fraction;
    }
    if (n_digits == 0) return 0;
    if (text[n] == 'e' || text[n] == 'E') {
        size_t at = n + 1 + (text[n + 1] == '+' || text[n + 1] == '-');
        size_t exponent = strspn(text + at, digits);
        if (exponent > 0) n = at + exponent;
    }
    if (!has_point) *point = n;
    return n;
}

/* The point of the locale, asked of printf: localeconv is not for threads. */
static size_t locale_point(char point[POINT_SIZE]) {
    char half[POINT_SIZE + 2];
    int n = snprintf(half, sizeof half, "%.1f", .5);
    size_t size = n > 2 && (size_t)n < sizeof half ? (size_t)n - 2 : 0;
    memcpy(point, half + 1, size);
    return size;
}

bool gnn_i_real_parse(const char *text, const char **end, double *value) {
    const char *number = text + strspn(text, " \t\n");
    char copy[LONGEST + POINT_SIZE + 1], point[POINT_SIZE];
    size_t at, n = number_length(number, &at), size = 0;
    *end = text;
    *value = 0;
    if (n == 0 || n > LONGEST) return false;
    memcpy(copy, number, n + 1);
    if (at < n) {
        size = locale_point(point);
        memcpy(copy + at, point, size);
        memcpy(copy + at + size, number + at + 1, n - at - 1);
        size--;
    }
    copy[n + size] = '\0';
    *value = strtod(copy, NULL);
    *end = number + n;
    return true;
}

/* What is no part of a number is the point of the locale. */
static void put_point(char *text) {
    char *to = text;
    for (const char *from = text; *from != '\0';) {
        size_t plain = strspn(from, "0123456789+-einfa");
        memmove(to, from, plain);
        to += plain;
        from += plain;
        if (*from == '\0') break;
        *to++ = '.';
        from += strcspn(from, digits);
    }
    *to = '\0';
}

const char *gnn_i_real_print(double value, char text[GNN_I_REAL_SIZE]) {
    /* 15 digits survive the way through a double, and %g drops the zeros at their end, so
     * only what needs 16 or 17 is tried again. Below DBL_MIN doubles hold fewer
     * digits. */
    for (int n = fabs(value) < DBL_MIN ? 1 : 15; n <= 17; n++) {
        snprintf(text, GNN_I_REAL_SIZE, "%.*g", n, value);
        if (strtod(text, NULL) == value) break;
    }
    put_point(text);
    return text;
}
