/* Texts and memory for the commands: whatever is asked for is there, or the program ends.
 * */
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli.h"

static bool silent;

void cli_quiet(bool quiet) {
    silent = quiet;
}

void cli_note(const char *format, ...) {
    if (silent) return;
    va_list arguments;
    va_start(arguments, format);
    fputs("gnn: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

int cli_exit_code(gnn_status status) {
    switch (status) {
    case GNN_OK: return CLI_DONE;
    case GNN_ERR_ARGUMENT: return CLI_OPTIONS;
    case GNN_ERR_INPUT: return CLI_INPUT;
    case GNN_ERR_CANCELLED: return CLI_STOPPED;
    default: return CLI_FAILED;
    }
}

int cli_end(gnn_status status) {
    if (status == GNN_OK) return CLI_DONE;
    const char *message = gnn_last_error();
    fprintf(stderr, "gnn: %s\n", message[0] ? message : gnn_status_name(status));
    return cli_exit_code(status);
}

int cli_flush(int code) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return code;
    if (code != CLI_DONE) return code;
    fprintf(stderr, "gnn: standard output: %s\n", strerror(errno));
    return CLI_FAILED;
}

static void *or_end(void *memory) {
    if (memory) return memory;
    fputs("gnn: out of memory\n", stderr);
    exit(CLI_FAILED);
}

void *cli_alloc(size_t count, size_t size) {
    return or_end(calloc(count ? count : 1, size));
}

void *cli_resize(void *memory, size_t count, size_t size) {
    return or_end(reallocarray(memory, count ? count : 1, size));
}

char *cli_copy(const char *text) {
    return or_end(strdup(text));
}

static char *format_text(const char *format, va_list arguments) {
    char *text = NULL;
    if (vasprintf(&text, format, arguments) < 0) text = NULL;
    return or_end(text);
}

char *cli_text(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(format, arguments);
    va_end(arguments);
    return text;
}

void cli_append(char **text, const char *separator, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *rest = format_text(format, arguments);
    va_end(arguments);
    bool first = *text == NULL || **text == '\0';
    char *whole = cli_text("%s%s%s", *text ? *text : "", first ? "" : separator, rest);
    free(rest);
    free(*text);
    *text = whole;
}

const char *cli_plural(int64_t n) {
    return n == 1 ? "" : "s";
}

char *cli_bytes_text(double bytes) {
    static const char *const units[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < sizeof units / sizeof *units) {
        bytes /= 1000;
        unit++;
    }
    return cli_text(unit > 0 && bytes < 9.95 ? "%.1f %s" : "%.0f %s", bytes, units[unit]);
}

char *cli_duration_text(double seconds) {
    if (!(seconds >= 0)) seconds = 0;
    if (seconds < 99.5) return cli_text("%.3g s", seconds);
    if (seconds > 1e7) return cli_text("%.0f days", seconds / 86400);
    long whole = (long)(seconds + .5);
    if (whole < 3600) return cli_text("%ld:%02ld", whole / 60, whole % 60);
    return cli_text("%ld:%02ld:%02ld", whole / 3600, whole / 60 % 60, whole % 60);
}

double cli_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* Insertions, deletions, replacements and swaps of neighbours that turn a into b (optimal
 * string alignment; Damerau 1964), for words of at most 31 bytes; more than that: 99. */
static int distance(const char *a, const char *b) {
    enum { LONGEST = 31 };
    size_t n = strlen(a), m = strlen(b);
    if (n > LONGEST || m > LONGEST) return 99;
    int d[LONGEST + 1][LONGEST + 1];
    for (size_t i = 0; i <= n; i++) d[i][0] = (int)i;
    for (size_t j = 0; j <= m; j++) d[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            int best = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            if (d[i - 1][j] + 1 < best) best = d[i - 1][j] + 1;
            if (d[i][j - 1] + 1 < best) best = d[i][j - 1] + 1;
            bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
            if (swapped && d[i - 2][j - 2] + 1 < best) best = d[i - 2][j - 2] + 1;
            d[i][j] = best;
        }
    return d[n][m];
}

const char *cli_nearest(const char *word, size_t n, const char *const *known) {
    const char *nearest = NULL;
    int least = strlen(word) > 4 ? 3 : 2;
    for (size_t i = 0; i < n; i++) {
        int changes = distance(word, known[i]);
        if (changes < least && changes < (int)strlen(known[i])) {
            nearest = known[i];
            least = changes;
        }
    }
    return nearest;
}

gnn_status cli_unknown(const char *what, const char *word, size_t n,
                       const char *const *known) {
    const char *nearest = cli_nearest(word, n, known);
    char *hint = nearest ? cli_text("; did you mean '%s'? known: ", nearest)
                         : cli_copy("; known: ");
    char *list = NULL;
    for (size_t i = 0; i < n; i++) cli_append(&list, ", ", "%s", known[i]);
    gnn_status status = gnn_fail(GNN_ERR_ARGUMENT, "unknown %s '%s'%s%s", what, word,
                                 hint, list ? list : "");
    free(hint);
    free(list);
    return status;
}
