/* Growing texts and pieces of JSON. */
#include "run/text.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "core/number.h"

void gnn_i_text_clear(gnn_i_text *text) {
    gnn_i_free(text->bytes);
    memset(text, 0, sizeof *text);
}

void gnn_i_text_reset(gnn_i_text *text) {
    text->length = 0;
    text->failed = false;
}

gnn_status gnn_i_text_check(const gnn_i_text *text) {
    return text->failed ? gnn_fail(GNN_ERR_MEMORY, "out of memory: a text of %zu bytes",
                                   text->length)
                        : GNN_OK;
}

/* Room for `more` bytes and the NUL. */
static bool reserve(gnn_i_text *text, size_t more) {
    size_t need;
    if (text->failed) return false;
    if (!gnn_i_add_size(text->length, more, &need) || !gnn_i_add_size(need, 1, &need)) {
        text->failed = true;
        return false;
    }
    if (need <= text->capacity) return true;
    size_t capacity = text->capacity < 128 ? 256 : 2 * text->capacity;
    if (capacity < need) capacity = need;
    text->failed = gnn_i_realloc(&text->bytes, capacity, 1, "a text") != GNN_OK;
    if (!text->failed) text->capacity = capacity;
    return !text->failed;
}

void gnn_i_text_append(gnn_i_text *text, const char *bytes, size_t length) {
    if (!reserve(text, length)) return;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    text->bytes[text->length] = '\0';
}

void gnn_i_text_puts(gnn_i_text *text, const char *string) {
    gnn_i_text_append(text, string, strlen(string));
}

void gnn_i_text_repeat(gnn_i_text *text, char c, size_t count) {
    if (!reserve(text, count)) return;
    memset(text->bytes + text->length, c, count);
    text->length += count;
    text->bytes[text->length] = '\0';
}

/* The letter of JSON's short escapes, 0 for a character that has none. */
static char short_escape(char c) {
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return 0;
    }
}

void gnn_i_text_json_string(gnn_i_text *text, const char *string) {
    gnn_i_text_append(text, "\"", 1);
    const char *plain = string; /* what was read but not yet appended */
    for (const char *c = string; *c != '\0'; c++) {
        char letter = short_escape(*c);
        if (letter == 0 && (unsigned char)*c >= ' ') continue;
        gnn_i_text_append(text, plain, (size_t)(c - plain));
        plain = c + 1;
        char escape[8];
        if (letter != 0)
            snprintf(escape, sizeof escape, "\\%c", letter);
        else
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned char)*c);
        gnn_i_text_puts(text, escape);
    }
    gnn_i_text_puts(text, plain);
    gnn_i_text_append(text, "\"", 1);
}

void gnn_i_text_json_number(gnn_i_text *text, double value) {
    if (!isfinite(value)) {
        gnn_i_text_puts(text, "null");
        return;
    }
    if (fabs(value) < 0x1p53 && value == (double)(int64_t)value &&
        !(value == 0 && signbit(value))) {
        gnn_i_text_integer(text, (int64_t)value);
        return;
    }
    char digits[GNN_I_REAL_SIZE];
    gnn_i_text_puts(text, gnn_i_real_print(value, digits));
}

void gnn_i_text_integer(gnn_i_text *text, int64_t value) {
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, value);
    gnn_i_text_puts(text, digits);
}
