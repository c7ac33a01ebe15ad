/* Numbers as short decimals. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "write/file.h"

static const double power[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6, 1e7,
                               1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14};

/* digits × 10^-places without trailing zeros, as 12.5 or 0.00125. */
static size_t put_decimal(bool is_negative, uint32_t digits, int places, char *out) {
    char text[16];
    int n = 0;
    while (places > 0 && digits % 10 == 0) {
        digits /= 10;
        places--;
    }
    do {
        text[n++] = (char)('0' + digits % 10);
        digits /= 10;
    } while (digits > 0 || n <= places);
    char *at = out;
    if (is_negative) *at++ = '-';
    while (n > 0) {
        *at++ = text[--n];
        if (n == places && n > 0) *at++ = '.';
    }
    *at = '\0';
    return (size_t)(at - out);
}

static size_t print_shortest(double x, bool is_float, int least, int most, char out[32]) {
    int n = 0;
    for (int digits = least; digits <= most; digits++) {
        n = snprintf(out, 32, "%.*g", digits, x);
        double back = strtod(out, NULL);
        if (is_float ? (float)back == (float)x : back == x) break;
    }
    return (size_t)n;
}

/* For the usual magnitudes: 6 to 9 significant digits as a whole number, checked by the
 * division that a reader does. Both numbers are exact in a double. */
size_t data_i_format_f32(float x, char out[32]) {
    double magnitude = fabs((double)x);
    if (x == 0) return (size_t)snprintf(out, 32, "%s", signbit(x) ? "-0" : "0");
    if (!(magnitude >= 1e-4 && magnitude < 1e6))
        return print_shortest(x, true, 6, 9, out);
    int before = 0; /* digits in front of the point; 0, -1 … for 0.x, 0.0x … */
    if (magnitude >= 1)
        while (magnitude >= power[before]) before++;
    else
        while (magnitude * power[1 - before] < 1) before--;
    for (int digits = 6;; digits++) {
        int places = digits - before;
        double scaled = nearbyint(magnitude * power[places]);
        if (digits == 9 || (float)(scaled / power[places]) == (float)magnitude)
            return put_decimal(x < 0, (uint32_t)scaled, places, out);
    }
}

size_t data_i_format_f64(double x, char out[32]) {
    return print_shortest(x, false, 15, 17, out);
}
