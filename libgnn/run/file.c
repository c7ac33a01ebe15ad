/* Files that are whole or not there. */
#include "run/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"

/* More bytes than one write() takes in one go on any system. */
static const size_t LARGEST_WRITE = (size_t)1 << 30;
enum { COPY_BYTES = 1 << 18 };

static gnn_status fail_output(const char *path) {
    return gnn_fail(GNN_ERR_OUTPUT, "%s: %s", path, strerror(errno));
}

static gnn_status fail_input(const char *path) {
    return gnn_fail(GNN_ERR_INPUT, "%s: %s", path, strerror(errno));
}

gnn_status gnn_i_path(char *path, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(path, GNN_I_PATH_BYTES, format, arguments);
    va_end(arguments);
    if (length >= 0 && length < GNN_I_PATH_BYTES) return GNN_OK;
    return gnn_fail(GNN_ERR_ARGUMENT, "path of %d bytes is too long: %.60s...", length,
                    path);
}

gnn_status gnn_i_write_all(int file, const char *path, const void *bytes, size_t size) {
    const char *next = bytes;
    while (size > 0) {
        ssize_t n = write(file, next, size < LARGEST_WRITE ? size : LARGEST_WRITE);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return fail_output(path);
        next += n;
        size -= (size_t)n;
    }
    return GNN_OK;
}

gnn_status gnn_i_replacement_open(gnn_i_replacement *r, const char *path) {
    r->path = path;
    r->file = -1;
    gnn_status status = gnn_i_path(r->temporary, "%s.tmp", path);
    if (status != GNN_OK) return status;
    r->file = open(r->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    return r->file < 0 ? fail_output(path) : GNN_OK;
}

gnn_status gnn_i_replacement_write(gnn_i_replacement *r, const void *bytes, size_t size) {
    return gnn_i_write_all(r->file, r->path, bytes, size);
}

gnn_status gnn_i_replacement_commit(gnn_i_replacement *r, bool durable) {
    gnn_status status = GNN_OK;
    if (durable && fsync(r->file) != 0) status = fail_output(r->path);
    if (close(r->file) != 0 && status == GNN_OK) status = fail_output(r->path);
    r->file = -1;
    if (status == GNN_OK && rename(r->temporary, r->path) != 0)
        status = fail_output(r->path);
    if (status != GNN_OK) {
        unlink(r->temporary);
        return status;
    }
    return durable ? gnn_i_sync_parent(r->path) : GNN_OK;
}

void gnn_i_replacement_drop(gnn_i_replacement *r) {
    if (r->file < 0) return;
    close(r->file);
    unlink(r->temporary);
    r->file = -1;
}

gnn_status gnn_i_sync(const char *path) {
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0) return fail_output(path);
    gnn_status status = GNN_OK;
    /* Some file systems cannot flush a folder, and say so. */
    if (fsync(file) != 0 && errno != EINVAL && errno != ENOTSUP)
        status = fail_output(path);
    close(file);
    return status;
}

/* The folder that `path` is an entry of. */
static gnn_status parent_of(const char *path, char *parent) {
    const char *slash = strrchr(path, '/');
    if (slash == NULL) return gnn_i_path(parent, ".");
    return gnn_i_path(parent, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

gnn_status gnn_i_sync_parent(const char *path) {
    char parent[GNN_I_PATH_BYTES];
    gnn_status status = parent_of(path, parent);
    return status == GNN_OK ? gnn_i_sync(parent) : status;
}

bool gnn_i_exists(const char *path) {
    struct stat info;
    return lstat(path, &info) == 0;
}

/* Calls visit(path of an entry, its name, argument) for every entry of a folder. */
typedef gnn_status (*visit_entry)(const char *path, const char *name, void *argument);

static gnn_status for_each_entry(const char *folder, visit_entry visit, void *argument) {
    gnn_status status = GNN_OK;
    DIR *entries = opendir(folder);
    if (entries == NULL) return fail_output(folder);
    for (const struct dirent *entry;
         status == GNN_OK && (entry = readdir(entries)) != NULL;) {
        char path[GNN_I_PATH_BYTES];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
        status = gnn_i_path(path, "%s/%s", folder, entry->d_name);
        if (status == GNN_OK) status = visit(path, entry->d_name, argument);
    }
    closedir(entries);
    return status;
}

static gnn_status sync_entry(const char *path, const char *name, void *unused) {
    (void)name, (void)unused;
    return gnn_i_sync(path);
}

gnn_status gnn_i_sync_folder(const char *folder) {
    gnn_status status = for_each_entry(folder, sync_entry, NULL);
    return status == GNN_OK ? gnn_i_sync(folder) : status;
}

static gnn_status remove_entry(const char *path, const char *name, void *unused) {
    (void)name, (void)unused;
    return unlink(path) == 0 || errno == ENOENT ? GNN_OK : fail_output(path);
}

gnn_status gnn_i_remove_folder(const char *folder) {
    if (!gnn_i_exists(folder)) return GNN_OK;
    gnn_status status = for_each_entry(folder, remove_entry, NULL);
    if (status != GNN_OK) return status;
    return rmdir(folder) == 0 ? GNN_OK : fail_output(folder);
}

static gnn_status remove_if_temporary(const char *path, const char *name, void *unused) {
    size_t length = strlen(name);
    bool is_temporary = length > 4 && strcmp(name + length - 4, ".tmp") == 0;
    return is_temporary ? remove_entry(path, name, unused) : GNN_OK;
}

gnn_status gnn_i_remove_temporary(const char *folder) {
    return for_each_entry(folder, remove_if_temporary, NULL);
}

static gnn_status copy_file(const char *from, const char *to) {
    gnn_status status = GNN_OK;
    char *buffer = NULL;
    int source = open(from, O_RDONLY | O_CLOEXEC), target = -1;
    GNN_CHECK(source >= 0, GNN_ERR_INPUT, "%s: %s", from, strerror(errno));
    target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    GNN_CHECK(target >= 0, GNN_ERR_OUTPUT, "%s: %s", to, strerror(errno));
    GNN_TRY(gnn_i_alloc(&buffer, COPY_BYTES, 1, "a buffer for copying"));
    for (;;) {
        ssize_t n = read(source, buffer, COPY_BYTES);
        if (n < 0 && errno == EINTR) continue;
        GNN_CHECK(n >= 0, GNN_ERR_INPUT, "%s: %s", from, strerror(errno));
        if (n == 0) break;
        GNN_TRY(gnn_i_write_all(target, to, buffer, (size_t)n));
    }
cleanup:
    gnn_i_free(buffer);
    if (source >= 0) close(source);
    if (target >= 0 && close(target) != 0 && status == GNN_OK) status = fail_output(to);
    return status;
}

static gnn_status copy_entry(const char *path, const char *name, void *to) {
    char target[GNN_I_PATH_BYTES];
    gnn_status status = gnn_i_path(target, "%s/%s", (const char *)to, name);
    return status == GNN_OK ? copy_file(path, target) : status;
}

gnn_status gnn_i_copy_folder(const char *from, const char *to) {
    char target[GNN_I_PATH_BYTES];
    gnn_status status = gnn_i_path(target, "%s", to);
    return status == GNN_OK ? for_each_entry(from, copy_entry, target) : status;
}

gnn_status gnn_i_read_file(const char *path, size_t limit, char **content, size_t *size) {
    gnn_status status = GNN_OK;
    char *bytes = NULL;
    size_t length = 0;
    int file = open(path, O_RDONLY | O_CLOEXEC);
    struct stat info;
    *content = NULL;
    if (file < 0) return fail_input(path);
    GNN_CHECK(fstat(file, &info) == 0, GNN_ERR_INPUT, "%s: %s", path, strerror(errno));
    GNN_CHECK(S_ISREG(info.st_mode), GNN_ERR_INPUT, "%s: not a file", path);
    GNN_CHECK((uint64_t)info.st_size <= limit, GNN_ERR_INPUT,
              "%s: %lld bytes, expected at most %zu", path, (long long)info.st_size,
              limit);
    GNN_TRY(gnn_i_alloc(&bytes, (size_t)info.st_size + 1, 1, "a file's content"));
    while (length < (size_t)info.st_size) {
        ssize_t n = read(file, bytes + length, (size_t)info.st_size - length);
        if (n < 0 && errno == EINTR) continue;
        GNN_CHECK(n >= 0, GNN_ERR_INPUT, "%s: %s", path, strerror(errno));
        if (n == 0) break; /* it was cut meanwhile */
        length += (size_t)n;
    }
    bytes[length] = '\0';
    *content = bytes;
    *size = length;
    bytes = NULL;
cleanup:
    gnn_i_free(bytes);
    close(file);
    return status;
}

gnn_status gnn_i_make_parents(const char *path) {
    char parent[GNN_I_PATH_BYTES];
    gnn_status status = gnn_i_path(parent, "%s", path);
    if (status != GNN_OK) return status;
    for (char *slash = strchr(parent + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(parent, 0777) != 0 && errno != EEXIST) return fail_output(parent);
        *slash = '/';
    }
    return GNN_OK;
}

gnn_status gnn_i_lock(const char *path, int *file) {
    for (;;) {
        int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
        if (lock < 0) return fail_output(path);
        if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
            gnn_status status =
                errno == EWOULDBLOCK
                    ? gnn_fail(GNN_ERR_OUTPUT,
                               "%s: held by another process that writes there", path)
                    : fail_output(path);
            close(lock);
            return status;
        }
        /* Whoever held it before removed the file at its end: only the lock on the file
         * that is there now counts. */
        struct stat held, there;
        if (fstat(lock, &held) == 0 && stat(path, &there) == 0 &&
            held.st_ino == there.st_ino && held.st_dev == there.st_dev) {
            *file = lock;
            return GNN_OK;
        }
        close(lock);
    }
}

void gnn_i_unlock(const char *path, int file) {
    unlink(path);
    close(file);
}
