/* Graph formats that igraph parses: what comes through its parsers must not harm us. The
 * first byte of the input chooses the format. */
#include "data_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const formats[] = {"graphml", "gml", "pajek", "lgl", "ncol", "dl"};
    static const char digits[] = "012345";
    char spec[64];
    if (size < 1) return 0;
    size_t which = 0;
    while (which < 5 && (char)data[0] != digits[which]) which++;
    snprintf(spec, sizeof spec, "%s:%s", formats[which],
             fuzz_file(0, data + 1, size - 1));
    data_nodes nodes;
    if (data_nodes_read(spec, &(data_options){.n_threads = 1}, &nodes) == GNN_OK)
        data_nodes_clear(&nodes);
    return 0;
}
