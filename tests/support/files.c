/* Scratch folders and files of support.h. */
#include <dirent.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/support.h"

static char folder[PATH_MAX / 2];
static pid_t folder_owner;

static int remove_one(const char *path, const struct stat *info, int kind,
                      struct FTW *walk) {
    (void)info, (void)kind, (void)walk;
    return remove(path);
}

/* Check ends a failed test with _exit, so that what it wrote stays for a look. */
static void remove_folder(void) {
    if (getpid() == folder_owner) nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

const char *support_folder(void) {
    if (folder_owner == getpid()) return folder;
    const char *parent = getenv("TMPDIR");
    snprintf(folder, sizeof folder, "%s/gnn-test-XXXXXX", parent ? parent : "/tmp");
    if (mkdtemp(folder) == NULL) ck_abort_msg("%s: %s", folder, strerror(errno));
    folder_owner = getpid();
    atexit(remove_folder);
    return folder;
}

const char *support_path(const char *name) {
    static char paths[16][PATH_MAX];
    static unsigned next;
    char *path = paths[next++ % 16];
    snprintf(path, PATH_MAX, "%s/%s", support_folder(), name);
    return path;
}

const char *support_write_bytes(const char *name, const void *data, size_t size) {
    char *path = (char *)(uintptr_t)support_path(name);
    for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            ck_abort_msg("%s: %s", path, strerror(errno));
        *slash = '/';
    }
    FILE *file = fopen(path, "wb");
    if (file == NULL) ck_abort_msg("%s: %s", path, strerror(errno));
    size_t written = size > 0 ? fwrite(data, 1, size, file) : 0;
    if (fclose(file) != 0 || written != size) ck_abort_msg("%s: not written", path);
    return path;
}

const char *support_write(const char *name, const char *text) {
    return support_write_bytes(name, text, strlen(text));
}

const char *support_own_path(const char *test, const char *name) {
    char path[300];
    mkdir(support_path(test), 0777);
    snprintf(path, sizeof path, "%s/%s", test, name);
    return support_path(path);
}

const char *support_own_write(const char *test, const char *name, const char *text) {
    char path[300];
    snprintf(path, sizeof path, "%s/%s", test, name);
    return support_write(path, text);
}

char *support_read(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) ck_abort_msg("%s: %s", path, strerror(errno));
    fseek(file, 0, SEEK_END);
    long length = ftell(file);
    rewind(file);
    if (length < 0) ck_abort_msg("%s: not a regular file", path);
    char *content = malloc((size_t)length + 1);
    if (content == NULL || fread(content, 1, (size_t)length, file) != (size_t)length)
        ck_abort_msg("%s: not read", path);
    fclose(file);
    content[length] = '\0';
    if (size != NULL) *size = (size_t)length;
    return content;
}

int support_count_entries(const char *path) {
    DIR *entries = opendir(path);
    if (entries == NULL) return -1;
    int n = 0;
    for (struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) n++;
    closedir(entries);
    return n;
}
