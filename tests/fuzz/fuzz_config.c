/* Any bytes as settings: refused with a message, or their text reads back as the same
 * text. */
#include <gnn/run.h>
#include <string.h>

#include "memory_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    memory_file input = memory_file_open(data, size);
    gnn_config *config, *again;
    if (gnn_config_load(input.path, &config) != GNN_OK) {
        if (config != NULL || gnn_last_error()[0] == '\0') abort();
        memory_file_shut(&input);
        return 0;
    }
    for (int one_line = 0; one_line <= 1; one_line++) {
        const char *text = gnn_config_text(config, one_line != 0);
        if (text == NULL) abort();
        memory_file output = memory_file_open((const uint8_t *)text, strlen(text));
        if (gnn_config_load(output.path, &again) != GNN_OK) abort();
        if (strcmp(gnn_config_text(again, one_line != 0), text) != 0) abort();
        gnn_config_free(again);
        memory_file_shut(&output);
    }
    gnn_config_free(config);
    memory_file_shut(&input);
    return 0;
}
