/* A run that is killed, or whose system calls fail, at every step there is. The calls
 * that change files are defined here, in front of the C library's: they count, and at a
 * chosen count the process is killed (-9, with half of a write done) or the call fails.
 * Whatever happens, the run that was there stays loadable, and resuming ends with the
 * same bytes as if nothing had happened. */
#include "support/support.h"

#include <errno.h>
#include <fcntl.h>
#include <gnn/run.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/poison.h"

/* ---- the calls ---- */

static struct {
    bool is_on;
    int count;            /* calls so far */
    int at;               /* the one that matters; -1: none */
    int error;            /* it fails with this; 0: the process dies */
    bool is_sticky;       /* all that follow fail too, as on a full disk */
    bool cannot_exchange; /* as on a file system without RENAME_EXCHANGE */
} fault;

/* Count a call; true when it has to fail (errno is set). */
static bool strikes(void) {
    if (!fault.is_on || fault.at < 0) return false;
    int call = fault.count++;
    if (call != fault.at && !(fault.is_sticky && call > fault.at)) return false;
    if (fault.error == 0) kill(getpid(), SIGKILL);
    errno = fault.error;
    return true;
}

int open(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
        if (strikes()) return -1;
    }
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

ssize_t write(int file, const void *bytes, size_t size) {
    if (fault.is_on && file > 2) {
        bool dies = fault.count == fault.at && fault.error == 0;
        if (dies) syscall(SYS_write, file, bytes, size / 2);
        if (strikes()) return -1;
    }
    return syscall(SYS_write, file, bytes, size);
}

/* Nobody pulls the plug here: what was written is there for the next process. */
int fsync(int file) {
    (void)file;
    return strikes() ? -1 : 0;
}

int ftruncate(int file, off_t length) {
    return strikes() ? -1 : (int)syscall(SYS_ftruncate, file, length);
}

int rename(const char *from, const char *to) {
    return strikes() ? -1 : (int)syscall(SYS_rename, from, to);
}

int renameat2(int from_folder, const char *from, int to_folder, const char *to,
              unsigned flags) {
    if (strikes()) return -1;
    if (fault.is_on && fault.cannot_exchange) {
        errno = EINVAL;
        return -1;
    }
    return (int)syscall(SYS_renameat2, from_folder, from, to_folder, to, flags);
}

int unlink(const char *path) {
    return strikes() ? -1 : (int)syscall(SYS_unlink, path);
}

int rmdir(const char *path) {
    return strikes() ? -1 : (int)syscall(SYS_rmdir, path);
}

int mkdir(const char *path, mode_t mode) {
    return strikes() ? -1 : (int)syscall(SYS_mkdir, path, mode);
}

/* ---- the training that is disturbed ---- */

enum { STEPS = 5, SAVE_EVERY = 2 };

/* Steps of a run, from its state on: a weight that depends on all steps, a line of
 * metrics a step, states now and then, the model and the end. */
static gnn_status train(gnn_run *run, int64_t value) {
    gnn_status status;
    gnn_config *config = NULL;
    gnn_safetensors *state = NULL;
    const gnn_array *found;
    double weight = (double)value;
    uint64_t step = 0;
    GNN_TRY(gnn_run_load_state(run, &state));
    if (state != NULL) {
        GNN_TRY(gnn_safetensors_need(state, "step", GNN_ARRAY_U64, 0, NULL, &found));
        step = *(const uint64_t *)found->data;
        GNN_TRY(gnn_safetensors_need(state, "weight", GNN_ARRAY_F64, 0, NULL, &found));
        weight = *(const double *)found->data;
    }
    GNN_TRY(gnn_config_new(&config));
    GNN_TRY(gnn_config_set_int(config, "value", value));
    GNN_TRY(gnn_run_write_config(run, config));
    GNN_TRY(gnn_run_write_text(run, "nodes.tsv", "a\nb\n", 4));
    const gnn_array arrays[] = {
        {.name = "step", .type = GNN_ARRAY_U64, .n_axes = 0, .data = &step},
        {.name = "weight", .type = GNN_ARRAY_F64, .n_axes = 0, .data = &weight},
    };
    while (step < STEPS) {
        step++;
        weight = weight * 1.5 + (double)step;
        const gnn_run_metric metrics[] = {{"epoch", (double)step}, {"weight", weight}};
        GNN_TRY(gnn_run_append_metrics(run, 2, metrics));
        if (step % SAVE_EVERY == 0 || step == STEPS)
            GNN_TRY(gnn_run_save_state(run, 2, arrays));
    }
    GNN_TRY(gnn_run_write_arrays(run, "model.safetensors", 1, arrays + 1, 0, NULL));
    GNN_TRY(gnn_run_finish(run));
cleanup:
    gnn_safetensors_free(state);
    gnn_config_free(config);
    return status;
}

static gnn_status make(const char *out, int64_t value) {
    gnn_run *run;
    gnn_status status = gnn_run_create(out, &run);
    if (status != GNN_OK) return status;
    status = train(run, value);
    gnn_run_free(run);
    return status;
}

/* ---- what has to hold afterwards ---- */

static int64_t read_value(gnn_run *run) {
    gnn_config *config;
    int64_t value;
    ck_assert_ok(gnn_run_read_config(run, &config));
    ck_assert_ok(gnn_config_get_int(config, "value", &value));
    gnn_config_free(config);
    return value;
}

static void check_same(const char *a, const char *b, const char *name) {
    char path_a[300], path_b[300];
    size_t size_a, size_b;
    snprintf(path_a, sizeof path_a, "%s/%s", a, name);
    snprintf(path_b, sizeof path_b, "%s/%s", b, name);
    char *bytes_a = support_read(path_a, &size_a),
         *bytes_b = support_read(path_b, &size_b);
    ck_assert_uint_eq(size_a, size_b);
    ck_assert_same_bytes(bytes_a, bytes_b, size_a);
    free(bytes_a);
    free(bytes_b);
}

/* The whole run at `out` is the one of `value` that never stopped. */
static void check_whole(const char *out, int64_t value) {
    static const char *const files[] = {"config.json", "nodes.tsv", "metrics.jsonl",
                                        "state.safetensors", "model.safetensors"};
    char *reference = strdup(support_path(value == 1 ? "reference1" : "reference2"));
    for (int i = 0; i < 5; i++) check_same(out, reference, files[i]);
    free(reference);
}

/* After the accident: a run can be read, whole; resuming (or starting anew, where the new
 * run had not begun) ends as if nothing had happened, and leaves no litter. */
static void check_recovery(const char *out) {
    gnn_run *run;
    ck_assert_ok(gnn_run_open(out, &run));
    int64_t value = read_value(run);
    ck_assert(value == 1 || value == 2);
    check_whole(gnn_run_path(run, NULL), value);
    gnn_run_free(run);

    ck_assert_ok(gnn_run_resume(out, &run));
    if (gnn_run_has(run, "config.json") && read_value(run) == 1) {
        gnn_run_free(run);
        ck_assert_ok(make(out, 2));
    } else {
        ck_assert_ok(train(run, 2));
        gnn_run_free(run);
    }
    check_whole(out, 2);
    ck_assert_int_eq(support_count_entries(out),
                     5 + (access(support_path("run/UNFINISHED"), F_OK) == 0));
    ck_assert_int_eq(support_count_entries(support_folder()), 3);
}

static void make_references(void) {
    /* Thousands of small files: in memory where that can be had. */
    if (access("/dev/shm", W_OK) == 0) setenv("TMPDIR", "/dev/shm", 0);
    char *path = strdup(support_path("reference1"));
    ck_assert_ok(make(path, 1));
    free(path);
    path = strdup(support_path("reference2"));
    ck_assert_ok(make(path, 2));
    free(path);
}

/* The new run, disturbed, in a process of its own. Returns how it ended. */
static int disturbed(const char *out, int at, int error, bool sticky,
                     bool cannot_exchange) {
    pid_t child = fork();
    if (child == 0) {
        fault.is_on = true;
        fault.at = at;
        fault.error = error;
        fault.is_sticky = sticky;
        fault.cannot_exchange = cannot_exchange;
        gnn_status status = make(out, 2);
        bool struck = fault.count > at;
        /* 0: no fault was met; 1: met, and reported or only tidying failed; 2: something
         * else */
        if (!struck) _exit(status == GNN_OK ? 0 : 2);
        _exit(status == GNN_OK || status == GNN_ERR_OUTPUT ? 1 : 2);
    }
    int result;
    waitpid(child, &result, 0);
    if (WIFSIGNALED(result)) return WTERMSIG(result) == SIGKILL ? 1 : 2;
    return WEXITSTATUS(result);
}

/* A process under address sanitizer takes long to fork: every fourth step has to do. */
#ifdef GNN_ASAN
enum { STRIDE = 4 };
#else
enum { STRIDE = 1 };
#endif

/* Disturb at step 0, 1, 2 … until a run meets no fault. Returns how many steps there
 * are. */
static int disturb_everywhere(int error, bool sticky, bool cannot_exchange) {
    char *out = strdup(support_path("run"));
    int at = 0;
    for (;; at += STRIDE) {
        ck_assert_ok(make(out, 1));
        int ended = disturbed(out, at, error, sticky, cannot_exchange);
        ck_assert_msg(ended != 2, "step %d: neither died nor reported", at);
        check_recovery(out);
        if (ended == 0) break;
    }
    free(out);
    return at;
}

START_TEST(killed_at_every_step) {
    make_references();
    ck_assert_int_ge(disturb_everywhere(0, false, false), 60);
}
END_TEST

START_TEST(killed_at_every_step_without_exchange) {
    make_references();
    ck_assert_int_ge(disturb_everywhere(0, false, true), 60);
}
END_TEST

START_TEST(disk_full_from_every_step_on) {
    make_references();
    ck_assert_int_ge(disturb_everywhere(ENOSPC, true, false), 60);
}
END_TEST

START_TEST(every_call_fails_once) {
    make_references();
    ck_assert_int_ge(disturb_everywhere(EIO, false, false), 60);
    ck_assert_int_ge(disturb_everywhere(EACCES, false, true), 60);
}
END_TEST

/* No calls are counted here: a real signal at a random moment. */
START_TEST(killed_at_random_moments) {
    make_references();
    char *out = strdup(support_path("run"));
    ck_assert_ok(make(out, 1));
    for (uint64_t i = 0; i < 30; i++) {
        pid_t child = fork();
        if (child == 0) {
            while (make(out, 2) == GNN_OK && make(out, 1) == GNN_OK) {}
            _exit(1);
        }
        usleep((useconds_t)support_below(7, i, 8000));
        kill(child, SIGKILL);
        waitpid(child, NULL, 0);
        check_recovery(out);
    }
    free(out);
}
END_TEST

TESTS("run/crash", 60, killed_at_every_step, killed_at_every_step_without_exchange,
      disk_full_from_every_step_on, every_call_fails_once, killed_at_random_moments)
