/* Triples, plain or compressed, with relations open and closed; the same bytes as labels
 * of entities. */
#include <datasets/triples.h>

#include "data_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(gnn_status status) {
    if (status != GNN_OK && status != GNN_ERR_INPUT && status != GNN_ERR_MEMORY) abort();
    if (status != GNN_OK && gnn_last_error()[0] == '\0') abort();
}

/* Rows are in range, and no two neighbours are equal where repeats were dropped. */
static void check_triples(const gnn_triples *triples, int64_t n_entities,
                          int64_t n_relations, bool has_repeats) {
    for (int64_t i = 0; i < triples->n; i++) {
        gnn_id h = triples->head[i], r = triples->relation[i], t = triples->tail[i];
        if (h < 0 || h >= n_entities || t < 0 || t >= n_entities) abort();
        if (r < 0 || r >= n_relations) abort();
        if (!has_repeats && i > 0 && h == triples->head[i - 1] &&
            r == triples->relation[i - 1] && t == triples->tail[i - 1])
            abort();
    }
}

static void read_once(const char *path, const data_options *options, gnn_names *entities,
                      gnn_names *relations, bool is_closed) {
    gnn_triples triples;
    data_triples_notes notes;
    gnn_status status = data_triples_read(path, is_closed ? "train" : NULL, options,
                                          entities, relations, &triples, &notes);
    check(status);
    if (status != GNN_OK && triples.head != NULL) abort();
    check_triples(&triples, gnn_names_count(entities), gnn_names_count(relations),
                  options->duplicates == GNN_DUPLICATES_KEEP);
    if (status == GNN_OK && is_closed && notes.n_new_relations != 0) abort();
    data_triples_clear(&triples);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *path = fuzz_file(0, data, size);
    int64_t live = gnn_i_alloc_live();
    data_options options = {.n_threads = 1};
    gnn_names *entities, *relations;
    const char *const *labels;
    if (gnn_names_new(&entities) != GNN_OK || gnn_names_new(&relations) != GNN_OK)
        abort();
    read_once(path, &options, entities, relations, true);
    read_once(path, &options, entities, relations, false);
    options.comment = "";
    options.duplicates = GNN_DUPLICATES_KEEP;
    read_once(path, &options, entities, relations, false);
    check(data_entity_labels_read(path, &options, entities, &labels));
    data_entity_labels_free(labels);
    gnn_names_free(entities);
    gnn_names_free(relations);
    if (gnn_i_alloc_live() != live) abort();
    return 0;
}
