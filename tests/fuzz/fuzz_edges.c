/* Edge lists, plain or compressed, with all ways to take ids and repeats. */
#include "data_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char spec[64];
    snprintf(spec, sizeof spec, "edges:%s", fuzz_file(0, data, size));
    for (int ids = 0; ids < 3; ids++) {
        data_options options = {.ids = ids, .directed = ids == 1, .n_threads = 1};
        options.comment = ids == 2 ? "" : NULL;
        fuzz_read(spec, &options);
    }
    return 0;
}
