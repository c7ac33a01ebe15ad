/* The last steps of reading, the same for every reader. */
#include "finish.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/alloc.h"
#include "core/hash.h"
#include "text/companions.h"
#include "text/normalize.h"
#include "text/split.h"

gnn_status data_i_nodes_override(data_nodes *nodes, const data_options *options,
                                 const char *where) {
    gnn_status status;
    data_i_companions companions = {0};
    data_i_files own = {0}, chosen;
    data_i_ids ids = data_i_ids_of(nodes->names, where);
    GNN_TRY(data_i_files_choose(&own, options, &chosen));
    GNN_TRY(data_i_companions_read(&companions, &chosen, options, &ids, NULL, NULL));
    GNN_TRY(data_i_companions_finish(&companions, options, &ids,
                                     gnn_graph_n_nodes(nodes->graph), nodes));
cleanup:
    data_i_companions_clear(&companions);
    return status;
}

/* ---- fingerprint ---- */

static uint64_t hash_array(const void *array, size_t count, size_t size, uint64_t hash) {
    return array == NULL ? hash : gnn_i_hash(array, count * size, hash);
}

/* Whether row i is called i, in a table of texts or of integers: what is written as 0, 1,
 * 2 … may be read back as either. */
static bool are_row_numbers(const gnn_names *names) {
    char number[24];
    int64_t n = gnn_names_count(names);
    if (gnn_names_are_integers(names)) return true;
    for (int64_t i = 0; i < n; i++) {
        snprintf(number, sizeof number, "%" PRId64, i);
        if (strcmp(gnn_names_get(names, i, NULL), number) != 0) return false;
    }
    return true;
}

static uint64_t hash_names(const gnn_names *names, uint64_t hash) {
    if (names == NULL) return hash;
    int64_t n = gnn_names_count(names);
    hash = gnn_i_hash(&n, sizeof n, hash);
    if (are_row_numbers(names)) return hash;
    for (int64_t i = 0; i < n; i++) {
        const char *text = gnn_names_get(names, i, NULL);
        hash = gnn_i_hash(text, strlen(text) + 1, hash);
    }
    return hash;
}

static uint64_t hash_tensor(const gnn_tensor *x, uint64_t hash) {
    if (x == NULL) return hash;
    hash = gnn_i_hash(x->shape, sizeof x->shape, hash);
    if (x->layout == GNN_DENSE)
        return hash_array(x->data, (size_t)gnn_tensor_count(x), gnn_dtype_size(x->dtype),
                          hash);
    size_t n = (size_t)gnn_tensor_n_stored(x);
    hash = hash_array(x->sparse->row_ptr, (size_t)x->shape[0] + 1, sizeof(gnn_off), hash);
    hash = hash_array(x->sparse->col, n, sizeof(gnn_id), hash);
    return hash_array(x->sparse->value, n, sizeof(gnn_real), hash);
}

static uint64_t hash_graph(const gnn_graph *graph, uint64_t hash) {
    const gnn_csr *csr = gnn_graph_csr(graph);
    size_t n_arcs = (size_t)csr->n_arcs;
    int32_t n_types;
    hash = hash_array(csr->row_ptr, (size_t)csr->n_rows + 1, sizeof(gnn_off), hash);
    hash = hash_array(csr->col, n_arcs, sizeof(gnn_id), hash);
    hash = hash_array(gnn_graph_weight(graph), n_arcs, sizeof(gnn_real), hash);
    hash = hash_array(gnn_graph_arc_type(graph, &n_types), n_arcs, sizeof(int32_t), hash);
    return hash_tensor(gnn_graph_tensor(graph, GNN_AXIS_ARC, "features"), hash);
}

static uint64_t fingerprint(const data_nodes *nodes) {
    size_t n = (size_t)gnn_graph_n_nodes(nodes->graph);
    uint64_t hash = hash_graph(nodes->graph, 0);
    hash = hash_names(nodes->names, hash);
    hash = hash_tensor(nodes->features, hash);
    hash = hash_names(nodes->vocabulary, hash);
    const data_labels *labels = nodes->labels;
    if (labels != NULL) {
        hash = hash_array(labels->class_of, n, sizeof(gnn_id), hash);
        hash = hash_array(labels->target, n * (size_t)labels->n_outputs, sizeof(gnn_real),
                          hash);
        hash = hash_names(labels->classes, hash);
    }
    return hash_array(nodes->part, n, 1, hash);
}

/* ---- the steps ---- */

/* What options or a schema ask for; NULL: what the reader gave. */
static const char *wanted_features(const data_nodes *nodes, const data_options *options) {
    if (options->features != NULL) return options->features;
    if (options->schema != NULL) return options->schema->features;
    return nodes->features == NULL ? options->features_default : NULL;
}

static gnn_status settle_features(data_nodes *nodes, const data_options *options) {
    const char *wanted = wanted_features(nodes, options);
    const data_schema *schema = options->schema;
    if (wanted != NULL && data_i_features_are_made(wanted)) {
        gnn_status status = data_i_make_features(nodes, wanted, options);
        return status == GNN_OK ? gnn_i_strdup(&nodes->feature_kind, wanted) : status;
    }
    if (schema != NULL && nodes->features == NULL)
        return gnn_fail(GNN_ERR_INPUT,
                        "%s: no features, but the model was trained with some; give them "
                        "with --features FILE",
                        nodes->name);
    return gnn_i_strdup(&nodes->feature_kind, nodes->features != NULL ? "file" : "none");
}

gnn_status data_i_nodes_finish(data_nodes *nodes, const data_options *options) {
    gnn_status status;
    GNN_TRY(settle_features(nodes, options));
    GNN_TRY(data_i_normalize(nodes, options));
    nodes->fingerprint = fingerprint(nodes);
    if (options->split != NULL && data_i_split_is_drawn(options->split)) {
        size_t n = (size_t)gnn_graph_n_nodes(nodes->graph);
        if (nodes->part == NULL) GNN_TRY(gnn_i_calloc(&nodes->part, n, 1, "a split"));
        GNN_TRY(data_split_draw(nodes, options->split, options->seed, nodes->part));
    }
cleanup:
    return status;
}

void data_nodes_schema(const data_nodes *nodes, data_schema *schema) {
    *schema = (data_schema){
        .n_features = nodes->features == NULL ? 0 : nodes->features->shape[1],
        .vocabulary = nodes->vocabulary,
        .classes = nodes->labels == NULL ? NULL : nodes->labels->classes,
        .features = nodes->feature_kind,
        .normalize = nodes->normalize,
        .mean = nodes->mean,
        .deviation = nodes->deviation,
    };
}

void data_nodes_clear(data_nodes *nodes) {
    gnn_i_free(nodes->name);
    gnn_graph_free(nodes->graph);
    gnn_names_free(nodes->arc_types);
    gnn_names_free(nodes->names);
    data_texts_free(nodes->titles);
    gnn_tensor_free(nodes->features);
    gnn_names_free(nodes->vocabulary);
    data_labels_free(nodes->labels);
    gnn_i_free(nodes->part);
    gnn_i_free(nodes->feature_kind);
    gnn_i_free(nodes->normalize);
    gnn_i_free(nodes->mean);
    gnn_i_free(nodes->deviation);
    *nodes = (data_nodes){0};
}
