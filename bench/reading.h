/* What the benchmarks of readers share: a process of its own for each reading, watched
 * from outside for its peak of memory. */
#ifndef BENCH_READING_H
#define BENCH_READING_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static inline double reading_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static inline void reading_die(const char *what) {
    perror(what);
    exit(1);
}

/* A scratch folder NAME.XXXXXX below TMPDIR, or /tmp. */
static inline void reading_folder(const char *name, char *folder, size_t size) {
    const char *temporary = getenv("TMPDIR");
    snprintf(folder, size, "%s/%s.XXXXXX", temporary ? temporary : "/tmp", name);
    if (mkdtemp(folder) == NULL) reading_die(folder);
}

/* RssAnon of a process in bytes. */
static inline double reading_anonymous_bytes(pid_t pid) {
    char path[64], text[4096];
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    int file = open(path, O_RDONLY);
    if (file < 0) return 0;
    ssize_t n = read(file, text, sizeof text - 1);
    close(file);
    if (n <= 0) return 0;
    text[n] = '\0';
    const char *at = strstr(text, "RssAnon:");
    return at == NULL ? 0 : 1024 * strtod(at + 8, NULL);
}

/* Call read_once(path, shared), which ends with _exit, in a process of its own; `shared`
 * comes from reading_shared. Returns its peak of anonymous memory, sampled every 2 ms. */
static inline double reading_watch(void (*read_once)(const char *path, void *shared),
                                   const char *path, void *shared) {
    double peak = 0;
    int state;
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0) reading_die("fork");
    if (pid == 0) read_once(path, shared);
    while (waitpid(pid, &state, WNOHANG) == 0) {
        double bytes = reading_anonymous_bytes(pid);
        if (bytes > peak) peak = bytes;
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
    }
    if (!WIFEXITED(state) || WEXITSTATUS(state) != 0) exit(1);
    return peak;
}

/* Memory that a reading process and its parent both see. */
static inline void *reading_shared(size_t size) {
    void *shared =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) reading_die("mmap");
    return shared;
}

/* path.gz beside path. */
static inline void reading_compress(const char *path) {
    pid_t pid = fork();
    if (pid == 0) {
        execlp("gzip", "gzip", "-1", "-k", "-f", path, (char *)NULL);
        _exit(127);
    }
    int state;
    if (pid < 0 || waitpid(pid, &state, 0) < 0 || state != 0) reading_die("gzip");
}

#endif
