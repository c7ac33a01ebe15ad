/* Runs: begun, resumed, opened, finished. Their folders are moved in staging.c, their
 * files written in run_files.c. */
#include "run/run.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"
#include "run/file.h"

/* The place that a path means: slashes at its end do not count, and links and dots at its
 * end are followed, so that the neighbours of the place lie in its own folder. */
static gnn_status set_place(gnn_run *run, const char *path) {
    size_t length = strlen(path);
    while (length > 1 && path[length - 1] == '/') length--;
    if (length == 0) return gnn_fail(GNN_ERR_ARGUMENT, "the path of a run is empty");
    gnn_status status = gnn_i_path(run->place, "%.*s", (int)length, path);
    if (status != GNN_OK) return status;

    const char *slash = strrchr(run->place, '/');
    const char *last = slash != NULL ? slash + 1 : run->place;
    struct stat info;
    bool is_link = lstat(run->place, &info) == 0 && S_ISLNK(info.st_mode);
    if (is_link || strcmp(last, ".") == 0 || strcmp(last, "..") == 0) {
        char resolved[PATH_MAX];
        if (realpath(path, resolved) == NULL)
            return gnn_fail(GNN_ERR_INPUT, "%s: %s", path, strerror(errno));
        status = gnn_i_path(run->place, "%s", resolved);
    }
    return status;
}

static gnn_status run_new(const char *path, gnn_run **run) {
    gnn_status status;
    gnn_run *made;
    *run = NULL;
    GNN_TRY(gnn_i_calloc(&made, 1, sizeof *made, "a run"));
    *run = made;
    made->mode = GNN_I_RUN_READING;
    made->lock_file = made->metrics_file = -1;
    GNN_TRY(set_place(made, path));
    GNN_TRY(gnn_i_path(made->partial, "%s.partial", made->place));
    GNN_TRY(gnn_i_path(made->old, "%s.gnn-old", made->place));
    GNN_TRY(gnn_i_path(made->scratch, "%s.gnn-tmp", made->place));
    GNN_TRY(gnn_i_path(made->lock, "%s.lock", made->place));
    GNN_TRY(gnn_i_path(made->folder, "%s", made->place));
cleanup:
    return status;
}

/* Become the only writer of the place, in good order. */
static gnn_status take_place(gnn_run *run) {
    gnn_status status;
    GNN_TRY(gnn_i_lock(run->lock, &run->lock_file));
    GNN_TRY(gnn_i_staging_recover(run));
    GNN_TRY(gnn_i_staging_check_place(run));
cleanup:
    return status;
}

/* Open the files of .partial for writing. */
static gnn_status open_staged(gnn_run *run) {
    char path[GNN_I_PATH_BYTES];
    gnn_status status;
    struct stat info;
    GNN_TRY(gnn_i_path(run->folder, "%s", run->partial));
    GNN_TRY(gnn_i_run_file(run, GNN_I_METRICS, path));
    run->metrics_file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    GNN_CHECK(run->metrics_file >= 0 && fstat(run->metrics_file, &info) == 0,
              GNN_ERR_OUTPUT, "%s: %s", path, strerror(errno));
    run->metrics_bytes = info.st_size;
    run->is_dirty = true;
cleanup:
    return status;
}

gnn_status gnn_run_create(const char *path, gnn_run **run) {
    gnn_status status;
    gnn_run *made = NULL;
    *run = NULL;
    GNN_TRY(run_new(path, &made));
    GNN_TRY(gnn_i_make_parents(made->place));
    GNN_TRY(take_place(made));
    GNN_TRY(gnn_i_staging_make(made, NULL));
    made->mode = GNN_I_RUN_STAGED;
    GNN_TRY(open_staged(made));
    *run = made;
    made = NULL;
cleanup:
    gnn_run_free(made);
    return status;
}

gnn_status gnn_run_resume(const char *path, gnn_run **run) {
    gnn_status status;
    gnn_run *made = NULL;
    char state[GNN_I_PATH_BYTES];
    *run = NULL;
    GNN_TRY(run_new(path, &made));
    /* Asked before anything is made: a mistyped path leaves no lock file behind. */
    GNN_CHECK(gnn_i_exists(made->partial) || gnn_i_exists(made->place) ||
                  gnn_i_exists(made->old),
              GNN_ERR_INPUT, "%s: there is no run to resume", made->place);
    GNN_TRY(take_place(made));
    if (!gnn_i_staging_is_begun(made)) {
        GNN_TRY(gnn_i_path(state, "%s/" GNN_I_STATE, made->place));
        GNN_CHECK(gnn_i_is_run(made->place) && gnn_i_exists(state), GNN_ERR_INPUT,
                  "%s: there is nothing to resume: it holds no " GNN_I_STATE
                  ", and %s is not there",
                  made->place, made->partial);
        GNN_TRY(gnn_i_staging_make(made, made->place));
    }
    GNN_TRY(gnn_i_remove_temporary(made->partial));
    made->goes_back = true;
    made->mode = GNN_I_RUN_STAGED;
    GNN_TRY(open_staged(made));
    *run = made;
    made = NULL;
cleanup:
    gnn_run_free(made);
    return status;
}

gnn_status gnn_run_open(const char *path, gnn_run **run) {
    gnn_status status;
    gnn_run *made = NULL;
    *run = NULL;
    GNN_TRY(run_new(path, &made));
    if (!gnn_i_is_run(made->place)) {
        GNN_CHECK(!gnn_i_exists(made->place), GNN_ERR_INPUT,
                  "%s: not a run: it lacks " GNN_I_CONFIG " or " GNN_I_METRICS,
                  made->place);
        /* A writer was killed between the two renames of the fallback. */
        GNN_CHECK(gnn_i_is_run(made->old), GNN_ERR_INPUT,
                  gnn_i_exists(made->partial)
                      ? "%s: the run was not finished: resuming it does that"
                      : "%s: there is no such run",
                  made->place);
        GNN_TRY(gnn_i_path(made->folder, "%s", made->old));
    }
    *run = made;
    made = NULL;
cleanup:
    gnn_run_free(made);
    return status;
}

/* Let go of the files and the lock. */
static void shut(gnn_run *run) {
    if (run->metrics_file >= 0) close(run->metrics_file);
    if (run->lock_file >= 0) gnn_i_unlock(run->lock, run->lock_file);
    run->metrics_file = run->lock_file = -1;
}

void gnn_run_free(gnn_run *run) {
    if (run == NULL) return;
    if (run->mode == GNN_I_RUN_STAGED && !run->is_kept && !gnn_run_has(run, GNN_I_STATE))
        (void)gnn_i_staging_discard(run);
    shut(run);
    gnn_i_text_clear(&run->text);
    gnn_i_free(run);
}

gnn_status gnn_run_finish(gnn_run *run) {
    gnn_status status;
    bool is_published = false;
    char config[GNN_I_PATH_BYTES];
    GNN_TRY(gnn_i_run_writable(run));
    run->is_kept = true;
    GNN_TRY(gnn_i_run_file(run, GNN_I_CONFIG, config));
    GNN_CHECK(gnn_i_exists(config), GNN_ERR_ARGUMENT,
              "%s: a run without " GNN_I_CONFIG " cannot be finished", run->place);
    GNN_TRY(gnn_i_run_sync(run));
    status = gnn_i_staging_publish(run, &is_published);
    if (is_published) {
        memcpy(run->folder, run->place, sizeof run->folder);
        run->mode = GNN_I_RUN_READING;
        shut(run);
    }
cleanup:
    return status;
}

gnn_status gnn_run_abandon(gnn_run *run) {
    gnn_status status = gnn_i_run_writable(run);
    if (status == GNN_OK) status = gnn_i_staging_discard(run);
    if (status != GNN_OK) return status;
    run->mode = GNN_I_RUN_GONE;
    shut(run);
    return GNN_OK;
}

const char *gnn_run_path(gnn_run *run, const char *name) {
    if (name == NULL) return run->folder;
    return gnn_i_run_file(run, name, run->path) == GNN_OK ? run->path : NULL;
}

bool gnn_run_has(gnn_run *run, const char *name) {
    const char *path = gnn_run_path(run, name);
    return path != NULL && gnn_i_exists(path);
}
