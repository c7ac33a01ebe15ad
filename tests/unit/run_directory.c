/* Run directories: begun, written, resumed, finished, replaced, opened. What a kill or a
 * failing system call does to them is in run_crash.c. */
#include "support/support.h"

#include <gnn/run.h>
#include <signal.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/alloc.h"

#define PATH(name) support_own_path(__func__, name)
#define WRITE(name, text) support_own_write(__func__, name, text)
#define FOLDER PATH("")

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

static gnn_status write_config(gnn_run *run, int64_t value) {
    gnn_config *config;
    gnn_status status = gnn_config_new(&config);
    if (status == GNN_OK) status = gnn_config_set_int(config, "value", value);
    if (status == GNN_OK) status = gnn_run_write_config(run, config);
    gnn_config_free(config);
    return status;
}

static int64_t read_config(const char *path) {
    gnn_run *run;
    gnn_config *config;
    int64_t value;
    ck_assert_ok(gnn_run_open(path, &run));
    ck_assert_ok(gnn_run_read_config(run, &config));
    ck_assert_ok(gnn_config_get_int(config, "value", &value));
    gnn_config_free(config);
    gnn_run_free(run);
    return value;
}

static gnn_status save_step(gnn_run *run, uint64_t step) {
    gnn_array array = {.name = "step", .type = GNN_ARRAY_U64, .n_axes = 0, .data = &step};
    return gnn_run_save_state(run, 1, &array);
}

static gnn_status append(gnn_run *run, int epoch) {
    const gnn_run_metric metrics[] = {{"epoch", epoch}, {"loss", 1.0 / epoch}};
    return gnn_run_append_metrics(run, 2, metrics);
}

/* The step of the state that a run holds, UINT64_MAX when it has none. */
static uint64_t load_step(gnn_run *run) {
    gnn_safetensors *state;
    const gnn_array *array;
    ck_assert_ok(gnn_run_load_state(run, &state));
    if (state == NULL) return UINT64_MAX;
    ck_assert_ok(gnn_safetensors_need(state, "step", GNN_ARRAY_U64, 0, NULL, &array));
    uint64_t step = *(const uint64_t *)array->data;
    gnn_safetensors_free(state);
    return step;
}

static void check_text(const char *path, const char *want) {
    size_t size;
    char *got = support_read(path, &size);
    ck_assert_str_eq(got, want);
    free(got);
}

START_TEST(a_run_from_begin_to_end) {
    char *out = strdup(PATH("deep/er/run"));
    gnn_run *run;
    gnn_names *names, *read;
    ck_assert_ok(gnn_run_create(out, &run));
    ck_assert(!exists(out));
    ck_assert_ok(write_config(run, 5));
    ck_assert_ok(gnn_run_write_text(run, "classes.tsv", "a\nb\n", 4));
    ck_assert_ok(gnn_names_new(&names));
    int64_t row;
    ck_assert_ok(gnn_names_add(names, "x", 1, &row));
    ck_assert_ok(gnn_names_add(names, "y z", 3, &row));
    ck_assert_ok(gnn_run_write_names(run, "nodes.tsv", names));
    gnn_names_free(names);
    static const float weights[] = {1, 2};
    const gnn_array array = {
        .name = "w", .type = GNN_ARRAY_F32, .n_axes = 1, .shape = {2}, .data = weights};
    ck_assert_ok(gnn_run_write_arrays(run, "model.safetensors", 1, &array, 0, NULL));
    for (int epoch = 1; epoch <= 2; epoch++) ck_assert_ok(append(run, epoch));
    ck_assert_uint_eq(load_step(run), UINT64_MAX);
    ck_assert_ok(save_step(run, 2));
    ck_assert(!exists(out));
    ck_assert_ok(gnn_run_finish(run));
    ck_assert_str_eq(gnn_run_path(run, NULL), out);
    ck_assert_fails(append(run, 3), GNN_ERR_ARGUMENT, "not open for writing");
    gnn_run_free(run);
    ck_assert_int_eq(support_count_entries(PATH("deep/er")), 1);
    ck_assert_int_eq(support_count_entries(out), 6);

    ck_assert_ok(gnn_run_open(out, &run));
    check_text(gnn_run_path(run, "classes.tsv"), "a\nb\n");
    check_text(gnn_run_path(run, "nodes.tsv"), "x\ny z\n");
    check_text(gnn_run_path(run, "config.json"), "{\n  \"value\": 5\n}\n");
    check_text(gnn_run_path(run, "metrics.jsonl"),
               "{\"epoch\": 1, \"loss\": 1}\n{\"epoch\": 2, \"loss\": 0.5}\n");
    ck_assert(gnn_run_has(run, "model.safetensors") && !gnn_run_has(run, "UNFINISHED"));
    ck_assert_uint_eq(load_step(run), 2);
    ck_assert_ok(gnn_run_read_names(run, "nodes.tsv", &read));
    ck_assert_int_eq(gnn_names_find(read, "y z", 3), 1);
    gnn_names_free(read);
    ck_assert_fails(gnn_run_write_text(run, "a", "", 0), GNN_ERR_ARGUMENT,
                    "not open for writing");
    ck_assert_fails(gnn_run_finish(run), GNN_ERR_ARGUMENT, "not open for writing");
    gnn_run_free(run);
    free(out);
}
END_TEST

/* A finished run of value `value` with one state and one line of metrics. */
static gnn_status make_run(const char *out, int64_t value) {
    gnn_run *run = NULL;
    gnn_status status;
    GNN_TRY(gnn_run_create(out, &run));
    GNN_TRY(write_config(run, value));
    GNN_TRY(append(run, 1));
    GNN_TRY(save_step(run, (uint64_t)value));
    GNN_TRY(gnn_run_finish(run));
cleanup:
    gnn_run_free(run);
    return status;
}

START_TEST(a_finished_run_replaces_an_older_one) {
    char *out = strdup(PATH("run"));
    for (int64_t value = 1; value <= 3; value++) {
        ck_assert_ok(make_run(out, value));
        ck_assert_int_eq(read_config(out), value);
        ck_assert_int_eq(support_count_entries(FOLDER), 1);
    }
    /* Through a slash, a link and an empty folder. */
    char *link = strdup(PATH("link"));
    ck_assert_int_eq(symlink(out, link), 0);
    ck_assert_ok(make_run(link, 4));
    ck_assert_ok(make_run(PATH("run///"), 5));
    ck_assert_int_eq(read_config(link), 5);
    struct stat info;
    ck_assert(lstat(link, &info) == 0 && S_ISLNK(info.st_mode));
    char *empty = strdup(PATH("empty"));
    mkdir(empty, 0777);
    ck_assert_ok(make_run(empty, 6));
    ck_assert_int_eq(read_config(empty), 6);
    ck_assert_int_eq(support_count_entries(FOLDER), 3);
    free(out), free(link), free(empty);
}
END_TEST

START_TEST(an_unfinished_run_leaves_the_older_one) {
    char *out = strdup(PATH("run"));
    gnn_run *run;
    ck_assert_ok(make_run(out, 1));
    /* Without a state there is nothing to resume: it goes. */
    ck_assert_ok(gnn_run_create(out, &run));
    ck_assert_ok(write_config(run, 2));
    gnn_run_free(run);
    ck_assert_int_eq(support_count_entries(FOLDER), 1);
    /* Abandoned with a state: it goes too. */
    ck_assert_ok(gnn_run_create(out, &run));
    ck_assert_ok(save_step(run, 7));
    ck_assert_ok(gnn_run_abandon(run));
    ck_assert_fails(append(run, 1), GNN_ERR_ARGUMENT, "not open for writing");
    gnn_run_free(run);
    ck_assert_int_eq(support_count_entries(FOLDER), 1);
    /* Freed with a state: it stays beside. */
    ck_assert_ok(gnn_run_create(out, &run));
    ck_assert_ok(save_step(run, 7));
    gnn_run_free(run);
    ck_assert_int_eq(read_config(out), 1);
    ck_assert(exists(PATH("run.partial/UNFINISHED")));
    /* A new run gives it up. */
    ck_assert_ok(make_run(out, 3));
    ck_assert_int_eq(read_config(out), 3);
    ck_assert_int_eq(support_count_entries(FOLDER), 1);
    /* Without settings there is no run; what was made stays for a look. */
    ck_assert_ok(gnn_run_create(out, &run));
    ck_assert_fails(gnn_run_finish(run), GNN_ERR_ARGUMENT, "without config.json");
    gnn_run_free(run);
    ck_assert_int_eq(read_config(out), 3);
    free(out);
}
END_TEST

START_TEST(resuming_goes_back_to_the_state) {
    char *out = strdup(PATH("run"));
    gnn_run *run;
    ck_assert_ok(make_run(out, 1));
    ck_assert_ok(gnn_run_create(out, &run));
    ck_assert_ok(write_config(run, 2));
    for (int epoch = 1; epoch <= 3; epoch++) ck_assert_ok(append(run, epoch));
    ck_assert_ok(save_step(run, 3));
    for (int epoch = 4; epoch <= 6; epoch++) ck_assert_ok(append(run, epoch));
    gnn_run_free(run);
    WRITE("run.partial/nodes.tsv.tmp", "half a file");

    ck_assert_ok(gnn_run_resume(out, &run));
    ck_assert(!gnn_run_has(run, "nodes.tsv.tmp"));
    ck_assert_uint_eq(load_step(run), 3);
    ck_assert_ok(append(run, 4));
    check_text(
        gnn_run_path(run, "metrics.jsonl"),
        "{\"epoch\": 1, \"loss\": 1}\n{\"epoch\": 2, \"loss\": 0.5}\n"
        "{\"epoch\": 3, \"loss\": 0.3333333333333333}\n{\"epoch\": 4, \"loss\": 0.25}\n");
    ck_assert_ok(save_step(run, 4));
    ck_assert_ok(gnn_run_finish(run));
    gnn_run_free(run);
    ck_assert_int_eq(read_config(out), 2);

    /* A finished run is gone on with as a copy. */
    ck_assert_ok(gnn_run_resume(out, &run));
    ck_assert_uint_eq(load_step(run), 4);
    ck_assert_ok(write_config(run, 9));
    ck_assert_ok(append(run, 5));
    ck_assert_int_eq(read_config(out), 2);
    ck_assert_ok(gnn_run_finish(run));
    gnn_run_free(run);
    ck_assert_int_eq(read_config(out), 9);
    ck_assert_int_eq(support_count_entries(FOLDER), 1);
    free(out);
}
END_TEST

START_TEST(nothing_to_resume_is_said) {
    gnn_run *run = (gnn_run *)&run;
    ck_assert_fails(gnn_run_resume(PATH("absent"), &run), GNN_ERR_INPUT,
                    "absent: there is no run to resume");
    ck_assert_ptr_null(run);
    char *out = strdup(PATH("run"));
    ck_assert_ok(make_run(out, 1));
    ck_assert_int_eq(unlink(PATH("run/state.safetensors")), 0);
    ck_assert_fails(gnn_run_resume(out, &run), GNN_ERR_INPUT, "nothing to resume");
    ck_assert_int_eq(support_count_entries(FOLDER), 1);
    free(out);
}
END_TEST

START_TEST(a_damaged_state_is_refused) {
    char *out = strdup(PATH("run"));
    gnn_run *run;
    gnn_safetensors *state;
    ck_assert_ok(make_run(out, 1));
    WRITE("run/metrics.jsonl", "short");
    ck_assert_ok(gnn_run_resume(out, &run));
    ck_assert_fails(gnn_run_load_state(run, &state), GNN_ERR_INPUT,
                    "metrics.jsonl: 5 bytes, expected at least the 24");
    gnn_run_free(run);
    static const struct {
        const char *text, *message;
    } notes[] = {{"", "is '', expected a number"},
                 {"-5", "is '-5'"},
                 {"7x", "is '7x'"},
                 {"99999999999999999999", "expected a number"}};
    for (size_t i = 0; i < sizeof notes / sizeof *notes; i++) {
        const gnn_note note = {"metrics_bytes", notes[i].text};
        ck_assert_ok(gnn_safetensors_write(PATH("run.partial/state.safetensors"), 0, NULL,
                                           1, &note));
        ck_assert_ok(gnn_run_resume(out, &run));
        ck_assert_fails(gnn_run_load_state(run, &state), GNN_ERR_INPUT, notes[i].message);
        gnn_run_free(run);
    }
    WRITE("run.partial/state.safetensors", "not a safetensors file");
    ck_assert_ok(gnn_run_resume(out, &run));
    ck_assert_fails(gnn_run_load_state(run, &state), GNN_ERR_INPUT,
                    "not a safetensors file");
    ck_assert_ptr_null(state);
    gnn_run_free(run);
    free(out);
}
END_TEST

START_TEST(what_is_not_a_run_is_left_alone) {
    gnn_run *run;
    WRITE("folder/important.txt", "text");
    WRITE("model/config.json", "{}");
    WRITE("model/model.safetensors", "x");
    WRITE("nested/config.json", "{}");
    WRITE("nested/metrics.jsonl", "");
    WRITE("nested/inner/file", "text");
    WRITE("file", "text");
    WRITE("other.partial/file", "text");
    static const char *const places[] = {"folder", "model", "nested", "file"};
    for (int i = 0; i < 4; i++)
        ck_assert_fails(gnn_run_create(PATH(places[i]), &run), GNN_ERR_OUTPUT,
                        "is not a run; it is left alone");
    ck_assert_fails(gnn_run_create(PATH("other"), &run), GNN_ERR_OUTPUT,
                    "other.partial: is there and is not a run");
    ck_assert_fails(gnn_run_create(PATH("file/run"), &run), GNN_ERR_OUTPUT, "file");
    ck_assert_fails(gnn_run_create("", &run), GNN_ERR_ARGUMENT, "empty");
    ck_assert_fails(gnn_run_create("/proc/no/run", &run), GNN_ERR_OUTPUT, "/proc/no");
    char *longer = malloc(5000);
    memset(longer, 'x', 4999);
    longer[4999] = '\0';
    ck_assert_fails(gnn_run_create(longer, &run), GNN_ERR_ARGUMENT, "too long");
    free(longer);
    ck_assert_int_eq(support_count_entries(FOLDER), 5);
    check_text(PATH("nested/inner/file"), "text");
}
END_TEST

START_TEST(opening_says_what_is_wrong) {
    gnn_run *run = (gnn_run *)&run;
    ck_assert_fails(gnn_run_open(PATH("absent"), &run), GNN_ERR_INPUT,
                    "absent: there is no such run");
    ck_assert_fails(gnn_run_open(FOLDER, &run), GNN_ERR_INPUT, "not a run");
    ck_assert_ptr_null(run);
    char *out = strdup(PATH("run"));
    gnn_run *begun;
    ck_assert_ok(gnn_run_create(out, &begun));
    ck_assert_fails(gnn_run_open(out, &run), GNN_ERR_INPUT, "was not finished");
    gnn_run_free(begun);
    free(out);
}
END_TEST

START_TEST(names_of_files_are_checked) {
    gnn_run *run;
    ck_assert_ok(gnn_run_create(PATH("run"), &run));
    static const char *const names[] = {
        "",           ".hidden",       "..",
        "a/b",        "/etc/passwd",   "a.tmp",
        "UNFINISHED", "metrics.jsonl", "state.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ck_assert_fails(gnn_run_write_text(run, names[i], "x", 1), GNN_ERR_ARGUMENT,
                        "cannot be the name");
    gnn_run_free(run);
}
END_TEST

START_TEST(one_writer_at_a_time) {
    char *out = strdup(PATH("run"));
    gnn_run *run, *second;
    ck_assert_ok(gnn_run_create(out, &run));
    ck_assert_fails(gnn_run_create(out, &second), GNN_ERR_OUTPUT,
                    "run.lock: held by another process");
    ck_assert_fails(gnn_run_resume(out, &second), GNN_ERR_OUTPUT,
                    "held by another process");
    pid_t child = fork();
    if (child == 0) _exit(gnn_run_create(out, &second) == GNN_ERR_OUTPUT ? 0 : 1);
    int result;
    waitpid(child, &result, 0);
    ck_assert_int_eq(result, 0);
    ck_assert_ok(save_step(run, 1)); /* undisturbed */
    gnn_run_free(run);
    ck_assert_ok(gnn_run_resume(out, &run));
    gnn_run_free(run);
    free(out);
}
END_TEST

START_TEST(a_full_disk_leaves_the_last_state) {
    char *out = strdup(PATH("run"));
    gnn_run *run;
    struct rlimit unlimited, limit;
    static char bytes[100000];
    const gnn_array large = {.name = "large",
                             .type = GNN_ARRAY_U8,
                             .n_axes = 1,
                             .shape = {sizeof bytes},
                             .data = bytes};
    ck_assert_ok(make_run(out, 1));
    ck_assert_ok(gnn_run_create(out, &run));
    ck_assert_ok(write_config(run, 2));
    ck_assert_ok(append(run, 1));
    ck_assert_ok(save_step(run, 5));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &unlimited);
    limit = unlimited;
    limit.rlim_cur = 40;
    setrlimit(RLIMIT_FSIZE, &limit);
    gnn_status saved = gnn_run_save_state(run, 1, &large);
    char message[200];
    snprintf(message, sizeof message, "%s", gnn_last_error());
    gnn_status model = gnn_run_write_arrays(run, "model.safetensors", 1, &large, 0, NULL);
    gnn_status line = append(run, 2);
    setrlimit(RLIMIT_FSIZE, &unlimited);
    ck_assert_int_eq(saved, GNN_ERR_OUTPUT);
    ck_assert_ptr_nonnull(strstr(message, "state.safetensors: File too large"));
    ck_assert_int_eq(model, GNN_ERR_OUTPUT);
    ck_assert_int_eq(line, GNN_ERR_OUTPUT);
    /* Half a line does not stay. */
    check_text(gnn_run_path(run, "metrics.jsonl"), "{\"epoch\": 1, \"loss\": 1}\n");
    gnn_run_free(run);
    ck_assert_int_eq(read_config(out), 1);
    ck_assert_ok(gnn_run_resume(out, &run));
    ck_assert_uint_eq(load_step(run), 5);
    ck_assert_ok(append(run, 2));
    ck_assert_ok(gnn_run_finish(run));
    gnn_run_free(run);
    ck_assert_int_eq(read_config(out), 2);
    free(out);
}
END_TEST

START_TEST(training_allocates_nothing_here) {
    gnn_run *run;
    ck_assert_ok(gnn_run_create(PATH("run"), &run));
    ck_assert_ok(write_config(run, 1));
    ck_assert_ok(append(run, 1000));
    ck_assert_ok(save_step(run, 1));
    int64_t before = gnn_i_alloc_count();
    for (int i = 0; i < 10; i++) {
        ck_assert_ok(append(run, 1001 + i));
        ck_assert_ok(save_step(run, 2));
    }
    ck_assert_int_eq(gnn_i_alloc_count(), before);
    gnn_run_free(run);
}
END_TEST

static gnn_status whole_run(void *out) {
    gnn_run *run = NULL;
    gnn_safetensors *state = NULL;
    gnn_names *names = NULL;
    gnn_status status;
    GNN_TRY(make_run(out, 1));
    GNN_TRY(gnn_run_resume(out, &run));
    GNN_TRY(gnn_run_load_state(run, &state));
    gnn_safetensors_free(state);
    state = NULL;
    GNN_TRY(gnn_run_write_text(run, "nodes.tsv", "a\nb\n", 4));
    GNN_TRY(gnn_run_read_names(run, "nodes.tsv", &names));
    GNN_TRY(gnn_run_write_names(run, "nodes.tsv", names));
    GNN_TRY(append(run, 2));
    GNN_TRY(save_step(run, 2));
    GNN_TRY(gnn_run_finish(run));
cleanup:
    gnn_safetensors_free(state);
    gnn_names_free(names);
    gnn_run_free(run);
    return status;
}

START_TEST(survives_short_memory) {
    char *out = strdup(PATH("starved"));
    ck_assert_int_ge(support_starve(whole_run, out), 20);
    ck_assert_int_eq(read_config(out), 1);
    free(out);
}
END_TEST

TESTS("run/directory", 30, a_run_from_begin_to_end, a_finished_run_replaces_an_older_one,
      an_unfinished_run_leaves_the_older_one, resuming_goes_back_to_the_state,
      nothing_to_resume_is_said, a_damaged_state_is_refused,
      what_is_not_a_run_is_left_alone, opening_says_what_is_wrong,
      names_of_files_are_checked, one_writer_at_a_time, a_full_disk_leaves_the_last_state,
      training_allocates_nothing_here, survives_short_memory)
