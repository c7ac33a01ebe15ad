/* Runs a fuzz target without a fuzzer: on every file of the folders (or files) given, and
 * on copies of each that are cut short or have one byte changed, always the same ones.
 * Each input is a heap block of its exact size, so that the address sanitizer sees a byte
 * read too far. */
#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CUTS = 32, CHANGES = 32 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void run(const uint8_t *data, size_t size) {
    uint8_t *copy = malloc(size > 0 ? size : 1);
    if (copy == NULL) abort();
    if (size > 0) memcpy(copy, data, size);
    LLVMFuzzerTestOneInput(copy, size);
    free(copy);
}

/* The i-th place and byte to change, by a multiplicative hash: no state, no
 * repetition. */
static void run_damaged(uint8_t *data, size_t size) {
    for (size_t i = 0; i < CUTS && i < size; i++) run(data, size * i / CUTS);
    for (size_t i = 0; i < CHANGES && size > 0; i++) {
        uint64_t bits = (i + 1) * 0x9e3779b97f4a7c15u;
        size_t place = (size_t)(bits >> 32) % size;
        uint8_t before = data[place];
        data[place] = (uint8_t)(bits >> 24);
        run(data, size);
        data[place] = before;
    }
}

static int replay_file(const char *path) {
    FILE *file = fopen(path, "rb");
    struct stat info;
    if (file == NULL || fstat(fileno(file), &info) != 0) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        if (file != NULL) fclose(file);
        return 0;
    }
    size_t size = (size_t)info.st_size;
    uint8_t *data = malloc(size + 1);
    int done = data != NULL && fread(data, 1, size, file) == size;
    fclose(file);
    if (done) {
        run(data, size);
        run_damaged(data, size);
    }
    free(data);
    return done;
}

static int replay_folder(const char *path) {
    DIR *folder = opendir(path);
    if (folder == NULL) return errno == ENOTDIR ? replay_file(path) : 0;
    int n = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.') continue;
        char name[4096];
        snprintf(name, sizeof name, "%s/%s", path, entry->d_name);
        n += replay_file(name);
    }
    closedir(folder);
    return n;
}

int main(int argc, char **argv) {
    int n = 0;
    for (int i = 1; i < argc; i++) n += replay_folder(argv[i]);
    printf("%d inputs, each with %d damaged copies\n", n, CUTS + CHANGES);
    return n > 0 ? EXIT_SUCCESS : EXIT_FAILURE; /* an empty corpus tests nothing */
}
