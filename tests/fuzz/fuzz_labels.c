/* Labels for the three tasks; the same bytes as names of classes, too. */
#include "data_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char text[] = "a\tb\nb\tc\n", integers[] = "0\t1\n1\t2\n";
    for (int i = 0; i < 6; i++) {
        char spec[64];
        const char *edges = i % 2 ? integers : text;
        snprintf(spec, sizeof spec, "edges:%s",
                 fuzz_file(0, (const uint8_t *)edges, strlen(edges)));
        data_options options = {.labels = fuzz_file(1, data, size), .n_threads = 1};
        options.task = (data_task)(i / 2);
        fuzz_read(spec, &options);
    }
    return 0;
}
