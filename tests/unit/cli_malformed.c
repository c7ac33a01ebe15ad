/* The program refuses every malformed input of the table: exit code 3 for content and 2
 * for options, one line on stderr that says what the table wants, nothing on stdout, no
 * file more than there was. */
#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/malformed.h"
#include "support/support.h"

extern char **environ;

/* BUILD/bin/gnn, this test being BUILD/tests/…. */
static const char *program(void) {
    static char path[PATH_MAX];
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    ck_assert_int_gt(length, 0);
    self[length] = '\0';
    snprintf(path, sizeof path, "%s/../bin/gnn", dirname(self));
    ck_assert_msg(access(path, X_OK) == 0, "%s is not built", path);
    return path;
}

/* A case as words of a command line. */
static void make_words(const malformed_case *one, const char **words) {
    static const char *const train[] = {"gnn", "train", "node", "--model", "mlp"};
    static const char *const embed[] = {"gnn", "embed", "--epochs", "1", "--dim=4"};
    int n = 5;
    memcpy(words, one->triples ? embed : train, sizeof train);
    static const char *const ids[] = {"auto", "integer", "string"};
    static const char *const tasks[] = {"class", "multilabel", "regress"};
    const struct {
        const char *option, *value;
    } given[] = {
        {"--out", "run"},
        {"--data", one->spec},
        {"--triples", one->triples},
        {"--valid", one->valid},
        {"--test", one->test},
        {"--labels", one->labels},
        {"--features", one->features},
        {"--split", one->split},
        {"--normalize", one->normalize},
        {"--ids", one->ids ? ids[one->ids] : NULL},
        {"--task", one->task ? tasks[one->task] : NULL},
        {"--duplicates", one->duplicates_are_errors ? "error" : NULL},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (given[i].value) {
            words[n++] = given[i].option;
            words[n++] = given[i].value;
        }
    words[n++] = "--quiet";
    words[n] = NULL;
}

/* Run the program in this folder; its exit code, with `out` and `err` beside the folder.
 * */
static int run(const char *const *words) {
    posix_spawn_file_actions_t files;
    pid_t child;
    int status;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 1, "../out", O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    posix_spawn_file_actions_addopen(&files, 2, "../err", O_WRONLY | O_CREAT | O_TRUNC,
                                     0600);
    ck_assert_int_eq(
        posix_spawn(&child, program(), &files, NULL, (char *const *)words, environ), 0);
    posix_spawn_file_actions_destroy(&files);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_msg(WIFEXITED(status), "%s: killed by signal %d", words[2],
                  WTERMSIG(status));
    return WEXITSTATUS(status);
}

static size_t read_text(const char *path, char *text, size_t size) {
    FILE *file = fopen(path, "r");
    ck_assert_ptr_nonnull(file);
    size_t length = fread(text, 1, size - 1, file);
    text[length] = '\0';
    fclose(file);
    return length;
}

static int count_entries(const char *folder) {
    int n = 0;
    DIR *open = opendir(folder);
    ck_assert_ptr_nonnull(open);
    while (readdir(open)) n++;
    closedir(open);
    return n;
}

static void check_one(const malformed_case *one, const char *const *words) {
    char text[4096];
    int before = count_entries(".");
    int code = run(words);
    int expected = one->status == GNN_ERR_ARGUMENT                         ? 2
                   : one->status == GNN_OK || one->status == GNN_ERR_INPUT ? 3
                                                                           : 1;
    size_t length = read_text("../err", text, sizeof text);
    ck_assert_msg(code == expected, "%s: exit code %d, expected %d: %s", one->name, code,
                  expected, text);
    ck_assert_msg(length > 0 && strchr(text, '\n') == text + length - 1 &&
                      strncmp(text, "gnn: ", 5) == 0,
                  "%s: not one line: %s", one->name, text);
    for (int i = 0; i < MALFORMED_WORDS && one->says[i]; i++)
        ck_assert_msg(strstr(text, one->says[i]) != NULL, "%s: '%s' lacks '%s'",
                      one->name, text, one->says[i]);
    ck_assert_msg(read_text("../out", text, sizeof text) == 0, "%s: on stdout: %s",
                  one->name, text);
    ck_assert_msg(count_entries(".") == before, "%s: files were written", one->name);
}

START_TEST(every_case_is_refused) {
    for (size_t i = 0; i < n_malformed_cases; i++) {
        const malformed_case *one = &malformed_cases[i];
        char folder[32];
        const char *words[32];
        ck_assert_int_eq(chdir(support_folder()), 0);
        snprintf(folder, sizeof folder, "%zu", i);
        malformed_write(one, folder);
        ck_assert_int_eq(chdir(folder), 0);
        make_words(one, words);
        check_one(one, words);
    }
}
END_TEST

TESTS("cli/malformed", 120, every_case_is_refused)
