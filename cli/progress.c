/* The progress line. Rates are those since `what` began, so that a resumed run tells its
 * own. */
#include "progress.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static volatile sig_atomic_t stop_wanted;

static void want_stop(int signal) {
    (void)signal;
    stop_wanted = 1;
}

void cli_stop_on_signals(void) {
    struct sigaction action = {.sa_handler = want_stop,
                               .sa_flags = (int)(SA_RESTART | SA_RESETHAND)};
    sigemptyset(&action.sa_mask);
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) {
        struct sigaction before;
        /* What the caller chose to ignore (nohup, a background job) stays ignored. */
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
    }
}

bool cli_stopping(void) {
    return stop_wanted != 0;
}

void cli_progress_begin(cli_progress *progress, bool silent) {
    *progress = (cli_progress){.silent = silent, .terminal = isatty(STDERR_FILENO) == 1};
}

bool cli_progress_is_due(const cli_progress *progress) {
    return !progress->silent && cli_now() >= progress->next;
}

static int columns(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 20)
        return size.ws_col;
    return 80;
}

/* "120/200  312/s  0:12 left", or without a total "120  312/s". */
static char *figures(const cli_progress *progress, int64_t done, int64_t total) {
    double seconds = cli_now() - progress->start;
    double rate = seconds > 0 ? (double)(done - progress->first) / seconds : 0;
    char *text = total > 0 ? cli_text("%lld/%lld", (long long)done, (long long)total)
                           : cli_text("%lld", (long long)done);
    if (rate > 0) cli_append(&text, "  ", rate < 10 ? "%.2f/s" : "%.0f/s", rate);
    if (rate > 0 && total > 0) {
        char *left = cli_duration_text(ceil((double)(total - done) / rate));
        cli_append(&text, "  ", "%s left", left);
        free(left);
    }
    return text;
}

static void draw_bar(const cli_progress *progress, int64_t done, int64_t total,
                     const char *text, const char *note) {
    enum { BAR = 16 };
    char bar[BAR + 1];
    int full = total > 0 ? (int)(BAR * (double)done / (double)total) : 0;
    for (int i = 0; i < BAR; i++) bar[i] = i < full ? '#' : '.';
    bar[BAR] = '\0';
    char *line = total > 0 ? cli_text("%s [%s] %s", progress->what, bar, text)
                           : cli_text("%s %s", progress->what, text);
    if (note) cli_append(&line, "  ", "%s", note);
    fprintf(stderr, "\r%.*s\033[K", columns() - 1, line);
    fflush(stderr);
    free(line);
}

void cli_progress_show(cli_progress *progress, const char *what, int64_t done,
                       int64_t total, const char *note) {
    if (progress->silent) return;
    double now = cli_now();
    if (strncmp(what, progress->what, sizeof progress->what - 1) != 0) {
        snprintf(progress->what, sizeof progress->what, "%s", what);
        progress->start = now;
        progress->first = done;
        progress->next = now + (progress->terminal ? .2 : 10);
        return;
    }
    if (now < progress->next) return;
    progress->next = now + (progress->terminal ? .1 : 30);
    char *text = figures(progress, done, total);
    if (progress->terminal) {
        draw_bar(progress, done, total, text, note);
        progress->drawn = true;
    } else {
        fprintf(stderr, "gnn: %s %s%s%s\n", progress->what, text, note ? "  " : "",
                note ? note : "");
        fflush(stderr);
    }
    free(text);
}

void cli_progress_end(cli_progress *progress) {
    if (progress->drawn) fputs("\r\033[K", stderr);
    progress->drawn = false;
    progress->what[0] = '\0';
}

int cli_progress_callback(void *user, const char *what, int64_t done, int64_t total) {
    cli_progress_show(user, what, done, total, NULL);
    return cli_stopping();
}
