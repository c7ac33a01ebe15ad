/* One of WordNet's files, as a graph and as triples; the others hold a synset each. */
#include <datasets/triples.h>
#include <string.h>

#include "data_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static char folder[64];

/* The i-th file of the folder becomes a link to bytes in memory. */
static void put(int i, const uint8_t *data, size_t size) {
    static const char *const names[] = {"noun", "verb", "adj", "adv"};
    char link[96];
    snprintf(link, sizeof link, "%s/data.%s", folder, names[i]);
    unlink(link);
    if (data != NULL && symlink(fuzz_file(i, data, size), link) != 0) abort();
}

static void remove_folder(void) {
    for (int i = 0; i < 4; i++) put(i, NULL, 0);
    rmdir(folder);
}

static void make_folder(void) {
    static const char *const rest[] = {"00000100 39 v 01 b 0 000 | w\n",
                                       "00000100 00 a 01 c 0 000 | w\n",
                                       "00000100 02 r 01 d 0 000 | w\n"};
    strcpy(folder, "/tmp/fuzz_wordnet.XXXXXX");
    if (mkdtemp(folder) == NULL) abort();
    atexit(remove_folder);
    for (int i = 1; i < 4; i++) put(i, (const uint8_t *)rest[i - 1], strlen(rest[i - 1]));
}

static void read_triples(const char *spec) {
    data_triple_sets sets;
    int64_t live = gnn_i_alloc_live();
    gnn_status status =
        data_triple_sets_read(spec, 2, 2, &(data_options){.n_threads = 1}, &sets);
    if (status == GNN_OK) data_triple_sets_clear(&sets);
    if (status != GNN_OK && status != GNN_ERR_INPUT && status != GNN_ERR_MEMORY) abort();
    if (gnn_i_alloc_live() != live) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char spec[96];
    if (folder[0] == '\0') make_folder();
    put(0, data, size);
    snprintf(spec, sizeof spec, "wordnet:lexname:%s", folder);
    fuzz_read(spec, &(data_options){.n_threads = 1});
    snprintf(spec, sizeof spec, "wordnet:triples:%s", folder);
    read_triples(spec);
    return 0;
}
