/* Text is written beside its place and renamed when it is whole. */
#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

gnn_status cli_make_parents(const char *path) {
    gnn_status status = GNN_OK;
    char *folder = cli_copy(path);
    for (char *slash = strchr(folder + (*folder == '/'), '/'); slash;
         slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
            status = gnn_fail(GNN_ERR_OUTPUT, "%s: %s", folder, strerror(errno));
            break;
        }
        *slash = '/';
    }
    free(folder);
    return status;
}

gnn_status cli_output_begin(const char *path, cli_output *output) {
    *output = (cli_output){0};
    if (!path || strcmp(path, "-") == 0) {
        output->file = stdout;
        return GNN_OK;
    }
    gnn_status made = cli_make_parents(path);
    if (made != GNN_OK) return made;
    output->path = cli_copy(path);
    struct stat there;
    bool in_place = stat(path, &there) == 0 && !S_ISREG(there.st_mode);
    if (!in_place) output->temporary = cli_text("%s.gnn-%ld", path, (long)getpid());
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | (in_place ? 0 : O_TRUNC);
    int descriptor = open(in_place ? path : output->temporary, flags, 0666);
    output->file = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (output->file) return GNN_OK;
    gnn_status status = gnn_fail(GNN_ERR_OUTPUT, "%s: %s", path, strerror(errno));
    if (descriptor >= 0) close(descriptor);
    cli_output_end(output);
    return status;
}

gnn_status cli_output_finish(cli_output *output) {
    const char *path = output->path ? output->path : "standard output";
    bool written = fflush(output->file) == 0 && !ferror(output->file);
    if (written && output->temporary) written = fsync(fileno(output->file)) == 0;
    if (!written) return gnn_fail(GNN_ERR_OUTPUT, "%s: %s", path, strerror(errno));
    if (output->file != stdout) {
        FILE *file = output->file;
        output->file = NULL;
        if (fclose(file) != 0)
            return gnn_fail(GNN_ERR_OUTPUT, "%s: %s", path, strerror(errno));
    }
    if (output->temporary) {
        if (rename(output->temporary, output->path) != 0)
            return gnn_fail(GNN_ERR_OUTPUT, "%s: %s", path, strerror(errno));
        free(output->temporary);
        output->temporary = NULL;
    }
    return GNN_OK;
}

void cli_output_end(cli_output *output) {
    if (output->file && output->file != stdout) fclose(output->file);
    if (output->temporary) unlink(output->temporary);
    free(output->temporary);
    free(output->path);
    *output = (cli_output){0};
}

static bool ends_with(const char *text, const char *end) {
    size_t n = strlen(text), m = strlen(end);
    return n >= m && strcmp(text + n - m, end) == 0;
}

gnn_status cli_check_out(const char *path) {
    static const char *const endings[] = {".gz", ".zst"};
    for (int i = 0; path && i < 2; i++)
        if (ends_with(path, endings[i]))
            return gnn_fail(GNN_ERR_ARGUMENT,
                            "--out %s: nothing is compressed here; leave out the %s",
                            path, endings[i]);
    return GNN_OK;
}

bool cli_is_npy(const char *path) {
    return path && ends_with(path, ".npy");
}

gnn_status cli_write_ids(const char *path, const gnn_names *names, int64_t n,
                         const gnn_id *rows) {
    const char *slash = strrchr(path, '/'), *dot = strrchr(path, '.');
    bool has_extension = dot && dot != path && (!slash || dot > slash + 1);
    char *ids = cli_text("%.*s.nodes.tsv",
                         (int)(has_extension ? dot - path : (long)strlen(path)), path);
    cli_output output = {0};
    gnn_status status = GNN_OK;
    char buffer[32];
    if (!rows) n = gnn_names_count(names);
    GNN_TRY(cli_output_begin(ids, &output));
    for (int64_t i = 0; i < n; i++) {
        fputs(gnn_names_get(names, rows ? rows[i] : i, buffer), output.file);
        fputc('\n', output.file);
    }
    GNN_TRY(cli_output_finish(&output));
cleanup:
    cli_output_end(&output);
    free(ids);
    return status;
}
