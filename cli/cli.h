/* What the commands of the program `gnn` share: exit codes, messages, texts. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdio.h>

#include <gnn/status.h>

/** Exit codes, a promise to scripts. */
enum {
    CLI_DONE = 0,
    CLI_FAILED = 1,  /**< output not writable, out of memory, numerical failure */
    CLI_OPTIONS = 2, /**< an option or argument is wrong */
    CLI_INPUT = 3,   /**< content of a file, or a file that is missing; triples that
                      *   memory does not hold */
    CLI_STOPPED = 4  /**< interrupted; what can be resumed was saved */
};

/** One command. `name` may hold two words ("train node"); argv[0] of `run` is "gnn NAME".
 *  */
typedef struct cli_command {
    const char *name;
    const char *help; /**< one line */
    int (*run)(int argc, char **argv);
} cli_command;

int cli_train_node(int argc, char **argv);
int cli_embed(int argc, char **argv);
int cli_query(int argc, char **argv);
int cli_eval(int argc, char **argv);
int cli_predict(int argc, char **argv);
int cli_export(int argc, char **argv);
int cli_info(int argc, char **argv);
int cli_list(int argc, char **argv);
int cli_generate(int argc, char **argv);
int cli_split(int argc, char **argv);

/** The exit code of a status. */
int cli_exit_code(gnn_status status);
/** Print gnn_last_error() as the one line `gnn: …`, unless status is GNN_OK; its exit
 *  code. */
int cli_end(gnn_status status);
/** Before the program ends: `code`, unless results could not be written to stdout. */
int cli_flush(int code);
/** A remark for the person at the terminal, on stderr; silent after cli_quiet(true). */
void cli_note(const char *format, ...) GNN_PRINTF(1, 2);
void cli_quiet(bool quiet);

/* Memory that must be there: a failure ends the program with code 1. The caller frees. */
void *cli_alloc(size_t count, size_t size);
void *cli_resize(void *memory, size_t count, size_t size);
char *cli_copy(const char *text);
/** printf into new memory. */
char *cli_text(const char *format, ...) GNN_PRINTF(1, 2);
/** Replace *text by `text` + separator (when text is not empty) + the formatted rest. */
void cli_append(char **text, const char *separator, const char *format, ...)
    GNN_PRINTF(3, 4);

/** "" for 1, else "s": for words behind a number. */
const char *cli_plural(int64_t n);
/** "1.3 GB", "12 kB" in powers of ten; "0:07", "2:03:10"; both in new memory. */
char *cli_bytes_text(double bytes);
char *cli_duration_text(double seconds);

/** The known word that `word` is a slip of, by at most two letters; NULL when none is
 *  near. */
const char *cli_nearest(const char *word, size_t n, const char *const *known);
/** Fails with «unknown WHAT 'word'; did you mean 'NEAR'? known: a, b, c» for a word that
 *  is not among `known` (n texts). */
gnn_status cli_unknown(const char *what, const char *word, size_t n,
                       const char *const *known);

double cli_now(void); /**< seconds of a clock that never goes back */

#endif
