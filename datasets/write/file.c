/* Writing beside the place and renaming into it. */
#include "write/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/alloc.h"

static gnn_status fail_at(const char *path) {
    return gnn_fail(GNN_ERR_OUTPUT, "%s: %s", path, strerror(errno));
}

/* A file of a name of its own beside `path`. */
static gnn_status open_temporary(data_i_file *file) {
    size_t size = strlen(file->path) + 40;
    gnn_status status = gnn_i_alloc(&file->temporary, size, 1, "a path");
    if (status != GNN_OK) return status;
    int descriptor = -1;
    for (int i = 0; i < 100 && descriptor < 0; i++) {
        snprintf(file->temporary, size, "%s.%d-%d.tmp", file->path, (int)getpid(), i);
        descriptor = open(file->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor < 0 && errno != EEXIST) break;
    }
    if (descriptor < 0) {
        status = fail_at(file->path);
        gnn_i_free(file->temporary);
        file->temporary = NULL;
        return status;
    }
    file->stream = fdopen(descriptor, "w");
    if (file->stream != NULL) return GNN_OK;
    close(descriptor);
    unlink(file->temporary);
    gnn_i_free(file->temporary);
    file->temporary = NULL;
    return gnn_fail(GNN_ERR_MEMORY, "out of memory: %s", file->path);
}

gnn_status data_i_file_open(data_i_file *file, const char *path) {
    struct stat about;
    *file = (data_i_file){.path = path};
    if (strcmp(path, "-") == 0) {
        file->stream = stdout;
        file->is_stdout = true;
        return GNN_OK;
    }
    if (stat(path, &about) != 0 || S_ISREG(about.st_mode)) return open_temporary(file);
    file->stream = fopen(path, "we");
    return file->stream != NULL ? GNN_OK : fail_at(path);
}

gnn_status data_i_file_close(data_i_file *file, gnn_status status) {
    if (file->stream == NULL) return status;
    bool good = !ferror(file->stream) && fflush(file->stream) == 0;
    if (good && file->temporary != NULL) good = fsync(fileno(file->stream)) == 0;
    if (!good && errno == 0) errno = EIO;
    if (!good && status == GNN_OK) status = fail_at(file->path);
    if (!file->is_stdout && fclose(file->stream) != 0 && status == GNN_OK)
        status = fail_at(file->path);
    if (file->temporary != NULL) {
        if (status == GNN_OK && rename(file->temporary, file->path) != 0)
            status = fail_at(file->path);
        if (status != GNN_OK) unlink(file->temporary);
        gnn_i_free(file->temporary);
    }
    *file = (data_i_file){0};
    return status;
}
