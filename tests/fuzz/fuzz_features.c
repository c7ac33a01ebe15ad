/* Features of the three kinds, beside a small graph of string and one of integer ids. */
#include "data_file.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const edges[] = {"a\tb\nb\tc\n", "0\t1\n1\t2\n"};
    for (int i = 0; i < 4; i++) {
        char spec[64];
        const char *text = edges[i % 2];
        snprintf(spec, sizeof spec, "edges:%s",
                 fuzz_file(0, (const uint8_t *)text, strlen(text)));
        data_options options = {.features = fuzz_file(1, data, size), .n_threads = 1};
        options.normalize = i < 2 ? NULL : "standard";
        fuzz_read(spec, &options);
    }
    return 0;
}
