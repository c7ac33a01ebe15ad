/* The folders of a run: made in PLACE.partial, put in PLACE in one step.
 *
 *   PLACE           the finished run
 *   PLACE.partial   with the marker UNFINISHED: a run that is being made;
 *                   without: an older run that was exchanged and not yet removed
 *   PLACE.gnn-tmp   a folder that is being filled or emptied: never worth anything
 *   PLACE.gnn-old   the older run between the two renames of the fallback
 *
 * Folders appear under their names only whole, and leave them before they are emptied.
 * Publishing keeps this order, so that a kill between any two steps leaves a state that
 * the next call understands:
 *
 *   1. nothing in PLACE has the marker                     (recover sees to it)
 *   2. exchange .partial and PLACE  |  fallback: PLACE → .gnn-old, .partial → PLACE
 *   3. remove the marker, which is now in PLACE
 *   4. remove the older run */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "run/file.h"
#include "run/run.h"

static const char marker_text[] =
    "This run was interrupted, or is still going on. --resume continues it.\n";

static bool has_file(const char *folder, const char *name) {
    char path[GNN_I_PATH_BYTES];
    return gnn_i_path(path, "%s/%s", folder, name) == GNN_OK && gnn_i_exists(path);
}

bool gnn_i_is_run(const char *folder) {
    return has_file(folder, GNN_I_CONFIG) && has_file(folder, GNN_I_METRICS);
}

/* Count the entries of a folder, and the folders among them. False: it cannot be read. */
static bool count_entries(const char *folder, int64_t *n, int64_t *n_folders) {
    DIR *entries = opendir(folder);
    *n = *n_folders = 0;
    if (entries == NULL) return false;
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        struct stat info;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        ++*n;
        *n_folders +=
            fstatat(dirfd(entries), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISDIR(info.st_mode);
    }
    closedir(entries);
    return true;
}

/* Whether a folder may be removed: it is empty, or a run, and holds no folder. */
static bool is_ours(const char *folder) {
    int64_t n, n_folders;
    return count_entries(folder, &n, &n_folders) && n_folders == 0 &&
           (n == 0 || gnn_i_is_run(folder) || has_file(folder, GNN_I_UNFINISHED));
}

static gnn_status move(const char *from, const char *to) {
    if (rename(from, to) == 0) return GNN_OK;
    return gnn_fail(GNN_ERR_OUTPUT, "%s: cannot be renamed to %s: %s", from, to,
                    strerror(errno));
}

static gnn_status discard(const gnn_run *run, const char *folder) {
    gnn_status status = move(folder, run->scratch);
    return status == GNN_OK ? gnn_i_remove_folder(run->scratch) : status;
}

static gnn_status make_marker(const char *folder) {
    char path[GNN_I_PATH_BYTES];
    gnn_status status = gnn_i_path(path, "%s/" GNN_I_UNFINISHED, folder);
    if (status != GNN_OK) return status;
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (file < 0) return gnn_fail(GNN_ERR_OUTPUT, "%s: %s", path, strerror(errno));
    status = gnn_i_write_all(file, path, marker_text, sizeof marker_text - 1);
    close(file);
    return status;
}

static gnn_status remove_marker(const char *folder) {
    char path[GNN_I_PATH_BYTES];
    gnn_status status = gnn_i_path(path, "%s/" GNN_I_UNFINISHED, folder);
    if (status != GNN_OK || unlink(path) == 0 || errno == ENOENT) return status;
    return gnn_fail(GNN_ERR_OUTPUT, "%s: %s", path, strerror(errno));
}

gnn_status gnn_i_staging_recover(const gnn_run *run) {
    gnn_status status;
    GNN_TRY(gnn_i_remove_folder(run->scratch));
    if (gnn_i_exists(run->old)) {
        if (gnn_i_exists(run->place))
            GNN_TRY(discard(run, run->old));
        else
            GNN_TRY(move(run->old, run->place));
        GNN_TRY(gnn_i_sync_parent(run->place));
    }
    if (gnn_i_is_run(run->place)) GNN_TRY(remove_marker(run->place));
cleanup:
    return status;
}

gnn_status gnn_i_staging_check_place(const gnn_run *run) {
    if (!gnn_i_exists(run->place) || is_ours(run->place)) return GNN_OK;
    return gnn_fail(
        GNN_ERR_OUTPUT,
        "%s: is there and is not a run; it is left alone: name another output",
        run->place);
}

gnn_status gnn_i_staging_make(const gnn_run *run, const char *from) {
    gnn_status status = GNN_OK;
    if (gnn_i_exists(run->partial)) {
        GNN_CHECK(is_ours(run->partial), GNN_ERR_OUTPUT,
                  "%s: is there and is not a run; it is in the way", run->partial);
        GNN_TRY(discard(run, run->partial));
    }
    GNN_CHECK(mkdir(run->scratch, 0777) == 0, GNN_ERR_OUTPUT, "%s: %s", run->partial,
              strerror(errno));
    if (from != NULL) GNN_TRY(gnn_i_copy_folder(from, run->scratch));
    GNN_TRY(make_marker(run->scratch));
    if (from != NULL) GNN_TRY(gnn_i_sync_folder(run->scratch));
    GNN_TRY(move(run->scratch, run->partial));
cleanup:
    return status;
}

bool gnn_i_staging_is_begun(const gnn_run *run) {
    return has_file(run->partial, GNN_I_UNFINISHED);
}

gnn_status gnn_i_staging_discard(const gnn_run *run) {
    return discard(run, run->partial);
}

/* Exchange the two folders in one step. *done is false where the file system cannot. */
static gnn_status exchange(const char *a, const char *b, bool *done) {
    *done = renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0;
    if (*done || errno == EINVAL || errno == ENOSYS || errno == ENOTSUP) return GNN_OK;
    return gnn_fail(GNN_ERR_OUTPUT, "%s: cannot be exchanged with %s: %s", b, a,
                    strerror(errno));
}

/* Step 2. *older is where the older run is afterwards. */
static gnn_status put_in_place(const gnn_run *run, const char **older) {
    bool done;
    *older = run->partial;
    gnn_status status = exchange(run->partial, run->place, &done);
    if (status != GNN_OK || done) return status;
    *older = run->old;
    status = move(run->place, run->old);
    if (status != GNN_OK) return status;
    status = move(run->partial, run->place);
    if (status != GNN_OK) rename(run->old, run->place);
    return status;
}

gnn_status gnn_i_staging_publish(const gnn_run *run, bool *is_published) {
    gnn_status status;
    const char *older = NULL;
    *is_published = false;
    GNN_TRY(gnn_i_staging_recover(run));
    GNN_TRY(gnn_i_staging_check_place(run));
    if (gnn_i_is_run(run->place))
        GNN_TRY(put_in_place(run, &older));
    else
        GNN_TRY(move(run->partial, run->place));
    *is_published = true;
    GNN_TRY(gnn_i_sync_parent(run->place));
    /* What fails from here on is left to the next writer's recover, and so is what a
     * power cut undoes. */
    if (remove_marker(run->place) == GNN_OK && older != NULL) (void)discard(run, older);
cleanup:
    return status;
}
