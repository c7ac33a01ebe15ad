/* A file in memory, for readers that take a path. */
#ifndef TESTS_FUZZ_MEMORY_FILE_H
#define TESTS_FUZZ_MEMORY_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

typedef struct memory_file {
    int file;
    char path[32];
} memory_file;

/* A file that holds exactly these bytes, until memory_file_shut. */
static inline memory_file memory_file_open(const uint8_t *data, size_t size) {
    memory_file made;
    made.file = memfd_create("fuzz", MFD_CLOEXEC);
    if (made.file < 0) abort();
    for (size_t done = 0; done < size;) {
        ssize_t n = write(made.file, data + done, size - done);
        if (n <= 0) abort();
        done += (size_t)n;
    }
    snprintf(made.path, sizeof made.path, "/proc/self/fd/%d", made.file);
    return made;
}

static inline void memory_file_shut(memory_file *file) {
    close(file->file);
}

#endif
