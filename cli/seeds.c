/* `--runs N`: N seeds of one training, and what they have in common.
 *
 * Each seed is a run of its own, OUT.runs/SEED, so that an interrupted command goes on
 * with the seed it was at. When all are done, the best on the validation part is put in
 * OUT by links to its files, and OUT.runs goes away. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"
#include "training.h"

/* The report of a seed that was finished before, with the same settings; NULL when there
 * is none. */
static gnn_status finished_before(const char *path, const cli_seed *one, cJSON **result) {
    gnn_status status = GNN_OK;
    gnn_run *run = NULL;
    gnn_config *before = NULL;
    *result = NULL;
    if (gnn_run_open(path, &run) != GNN_OK) return GNN_OK;
    GNN_TRY(gnn_run_read_config(run, &before));
    GNN_TRY(cli_config_compare(before, one->config));
    *result = cli_run_report(run);
cleanup:
    gnn_config_free(before);
    gnn_run_free(run);
    return status;
}

static gnn_status one_seed(cli_training *training, uint64_t seed, const char *path,
                           bool resume, cJSON **result) {
    gnn_status status = GNN_OK;
    cli_seed one = {0};
    gnn_run *run = NULL;
    *result = NULL;
    GNN_TRY(cli_seed_begin(training, seed, &one));
    if (seed == training->options.seed) GNN_TRY(cli_training_memory(training, &one));
    if (resume) GNN_TRY(finished_before(path, &one, result));
    if (*result) goto cleanup;
    GNN_TRY(cli_seed_open(path, resume, &one, &run));
    GNN_TRY(cli_seed_train(training, &one, run, result));
    GNN_TRY(gnn_run_finish(run));
cleanup:
    if (status != GNN_OK) {
        cJSON_Delete(*result);
        *result = NULL;
    }
    gnn_run_free(run);
    cli_seed_end(&one);
    return status;
}

/* The first of the results that are best on the validation part. */
static int best_of(const cli_training *training, const cJSON *results) {
    char names[512];
    char *rest = NULL;
    snprintf(names, sizeof names, "%s", gnn_metric_names);
    const char *monitor = strtok_r(names, " ", &rest);
    for (int i = 0; monitor && i < training->options.monitor; i++)
        monitor = strtok_r(NULL, " ", &rest);
    bool more = false;
    double any;
    gnn_metrics none = {0};
    if (monitor) gnn_metric_get(&none, monitor, &any, &more);
    int best = 0;
    double best_value = NAN;
    for (int i = 0; monitor && i < cJSON_GetArraySize(results); i++) {
        const cJSON *valid = cJSON_GetObjectItem(cJSON_GetArrayItem(results, i), "valid");
        const cJSON *value = cJSON_GetObjectItem(valid, monitor);
        if (!cJSON_IsNumber(value)) continue;
        bool better =
            more ? value->valuedouble > best_value : value->valuedouble < best_value;
        if (!isnan(best_value) && !better) continue;
        best = i;
        best_value = value->valuedouble;
    }
    return best;
}

/* A second name for a file, or a copy where the file system knows no links. */
static gnn_status link_file(const char *from, const char *to) {
    if (link(from, to) == 0) return GNN_OK;
    gnn_status status = GNN_OK;
    int in = open(from, O_RDONLY | O_CLOEXEC), out = -1;
    GNN_CHECK(in >= 0, GNN_ERR_OUTPUT, "%s: %s", from, strerror(errno));
    out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    GNN_CHECK(out >= 0, GNN_ERR_OUTPUT, "%s: %s", to, strerror(errno));
    for (;;) {
        char block[1 << 16];
        ssize_t n = read(in, block, sizeof block);
        if (n == 0) break;
        GNN_CHECK(n > 0, GNN_ERR_OUTPUT, "%s: %s", from, strerror(errno));
        for (ssize_t done = 0; done < n;) {
            ssize_t written = write(out, block + done, (size_t)(n - done));
            GNN_CHECK(written > 0, GNN_ERR_OUTPUT, "%s: %s", to, strerror(errno));
            done += written;
        }
    }
    GNN_CHECK(fsync(out) == 0, GNN_ERR_OUTPUT, "%s: %s", to, strerror(errno));
cleanup:
    if (in >= 0) close(in);
    if (out >= 0) close(out);
    return status;
}

/* Put the files of one seed's run at `from` into the begun run. */
static gnn_status link_files(const char *from, gnn_run *run) {
    gnn_status status = GNN_OK;
    static const char *const names[] = {"config.json", "model.safetensors",
                                        "metrics.jsonl", "state.safetensors"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *path = cli_text("%s/%s", from, names[i]);
        if (access(path, F_OK) == 0)
            status = link_file(path, gnn_run_path(run, names[i]));
        free(path);
        if (status != GNN_OK) return status;
    }
    return status;
}

/* Remove a folder of plain files. What cannot be removed stays. */
static void remove_folder(const char *path) {
    DIR *folder = opendir(path);
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(folder), entry->d_name, 0);
    closedir(folder);
    rmdir(path);
}

/* The best seed's run, with all results, in the place where the command was to leave it.
 * */
static gnn_status put_in_place(const cli_training *training, const char *best_path,
                               const char *out, const cJSON *report) {
    gnn_status status = GNN_OK;
    gnn_run *run = NULL;
    GNN_TRY(gnn_run_create(out, &run));
    GNN_TRY(link_files(best_path, run));
    GNN_TRY(cli_run_write_data(run, &training->nodes));
    GNN_TRY(cli_run_write_report(run, report));
    GNN_TRY(gnn_run_finish(run));
cleanup:
    gnn_run_free(run);
    return status;
}

gnn_status cli_seeds_before(const char *out, gnn_config **config) {
    char *path = cli_text("%s.runs", out);
    DIR *folder = opendir(path);
    unsigned long long first = ULLONG_MAX;
    *config = NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder)) != NULL;) {
        char *end;
        unsigned long long seed = strtoull(entry->d_name, &end, 10);
        bool is_run = end != entry->d_name && (!*end || strcmp(end, ".partial") == 0);
        if (is_run && seed < first) first = seed;
    }
    if (folder) closedir(folder);
    free(path);
    if (first == ULLONG_MAX) return GNN_OK;
    path = cli_text("%s.runs/%llu", out, first);
    gnn_status status = cli_config_before(path, config);
    free(path);
    return status;
}

gnn_status cli_train_seeds(cli_training *training, int64_t n, const char *out,
                           bool resume, cJSON **report) {
    gnn_status status = GNN_OK;
    uint64_t first = training->options.seed;
    cJSON *results = cli_json(cJSON_CreateArray());
    char *best_path = NULL;
    double seconds = 0;
    *report = NULL;
    if (!resume) cli_note_given_up(out);
    for (int64_t i = 0; i < n; i++) {
        char *path =
            cli_text("%s.runs/%llu", out, (unsigned long long)first + (uint64_t)i);
        cJSON *result = NULL;
        status = one_seed(training, first + (uint64_t)i, path, resume, &result);
        free(path);
        if (status != GNN_OK) goto cleanup;
        cJSON_AddItemToArray(results, result);
        const cJSON *spent = cJSON_GetObjectItem(result, "seconds_total");
        seconds += spent ? spent->valuedouble : 0;
    }
    int best = best_of(training, results);
    best_path = cli_text("%s.runs/%llu", out,
                         (unsigned long long)first + (unsigned long long)best);
    cJSON *mean, *sd;
    cli_mean_json(results, &mean, &sd);
    *report = cli_json(cJSON_Duplicate(cJSON_GetArrayItem(results, best), true));
    cJSON_DeleteItemFromObject(*report, "seconds_total");
    cli_json_number(*report, "seconds_total", seconds);
    cli_json_add(*report, "mean", mean);
    cli_json_add(*report, "sd", sd);
    cli_json_add(*report, "runs", results);
    results = NULL;
    GNN_TRY(put_in_place(training, best_path, out, *report));
    for (int64_t i = 0; i < n; i++) {
        char *path =
            cli_text("%s.runs/%llu", out, (unsigned long long)first + (uint64_t)i);
        remove_folder(path);
        free(path);
    }
    char *folder = cli_text("%s.runs", out);
    rmdir(folder);
    free(folder);
cleanup:
    if (status != GNN_OK) {
        cJSON_Delete(*report);
        *report = NULL;
    }
    free(best_path);
    cJSON_Delete(results);
    return status;
}
