/* The table of malformed inputs, and how a case becomes files. */
#include "support/malformed.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "support/support.h"

const malformed_case malformed_cases[] = {
#include "malformed_cases.def"
};

const size_t n_malformed_cases = sizeof malformed_cases / sizeof *malformed_cases;

/* Make the folders on the way to a path. */
static void make_folders(const char *path) {
    char folder[1024];
    for (const char *slash = strchr(path + 1, '/'); slash != NULL;
         slash = strchr(slash + 1, '/')) {
        snprintf(folder, sizeof folder, "%.*s", (int)(slash - path), path);
        mkdir(folder, 0777);
    }
}

void malformed_write(const malformed_case *one, const char *folder) {
    char path[1024];
    snprintf(path, sizeof path, "%s/", folder);
    make_folders(path);
    for (int i = 0; i < MALFORMED_FILES && one->files[i].name != NULL; i++) {
        const malformed_file *file = &one->files[i];
        snprintf(path, sizeof path, "%s/%s", folder, file->name);
        make_folders(path);
        if (file->text == NULL) continue;
        size_t size = file->size > 0 ? file->size : strlen(file->text);
        FILE *stream = fopen(path, "wb");
        ck_assert_ptr_nonnull(stream);
        ck_assert_uint_eq(fwrite(file->text, 1, size, stream), size);
        ck_assert_int_eq(fclose(stream), 0);
    }
}
