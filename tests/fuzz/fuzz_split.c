/* Splits, and lists of nodes: the two small files that name nodes. */
#include "data_file.h"

#include <string.h>

#include "text/node_list.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char text[] = "a\tb\nb\tc\n", integers[] = "0\t1\n1\t2\n";
    for (int i = 0; i < 2; i++) {
        char spec[64];
        const char *edges = i ? integers : text;
        snprintf(spec, sizeof spec, "edges:%s",
                 fuzz_file(0, (const uint8_t *)edges, strlen(edges)));
        data_options options = {.split = fuzz_file(1, data, size), .n_threads = 1};
        fuzz_read(spec, &options);
    }
    static const data_options plain = {.n_threads = 1};
    for (int mode = 1; mode < 3; mode++) {
        data_i_ids ids;
        data_texts *titles;
        data_options options = plain;
        options.ids = mode;
        if (data_i_ids_init(&ids, &options) != GNN_OK) abort();
        if (data_i_node_list_read(fuzz_file(2, data, size), &options, &ids, &titles) ==
            GNN_OK)
            data_texts_free(titles);
        data_i_ids_clear(&ids);
    }
    return 0;
}
