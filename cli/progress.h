/* How far long work has come, on stderr; and the wish to stop, by signals. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "cli.h"

/** From now on the first SIGINT, SIGTERM or SIGHUP asks the command to save and stop; a
 *  second one ends it at once. */
void cli_stop_on_signals(void);
/** Whether a signal asked for it. */
bool cli_stopping(void);

/** A line of progress. On a terminal it is a bar, redrawn at most ten times a second;
 *  elsewhere a line at first after 10 seconds, then every 30. */
typedef struct cli_progress {
    bool silent, terminal, drawn;
    double start, next; /* seconds: of the work, of the next line */
    int64_t first;      /* units that were done before */
    char what[40];
} cli_progress;

void cli_progress_begin(cli_progress *progress, bool silent);
/** `done` of `total` (0: unknown) units of `what` are done; `note` ("loss 0.31 …") is
 *  shown when it fits, and may be NULL. A new `what` starts a new measurement. */
void cli_progress_show(cli_progress *progress, const char *what, int64_t done,
                       int64_t total, const char *note);
/** Whether cli_progress_show would draw now: notes need not be made when not. */
bool cli_progress_is_due(const cli_progress *progress);
/** Take the bar away. */
void cli_progress_end(cli_progress *progress);

/** A gnn_progress; `user` is a cli_progress. Non-zero when a signal asked to stop. */
int cli_progress_callback(void *user, const char *what, int64_t done, int64_t total);

#endif
