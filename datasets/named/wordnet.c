/* WordNet's synsets as a graph whose nodes are to be classified. */
#include "named/wordnet.h"

#include <stdlib.h>
#include <string.h>

#include "core/alloc.h"
#include "finish.h"
#include "named/wordnet_files.h"
#include "named/wordnet_kinds.h"

enum { LEAST_TEXTS = 2 };

static gnn_status build_graph(const data_i_wordnet *w, const data_options *options,
                              gnn_graph **graph) {
    gnn_status status;
    gnn_id *source = NULL, *target = NULL;
    size_t n = (size_t)w->n_pointers;
    /* A pointer between two words of one synset joins nothing. */
    gnn_graph_options how = {.directed = options->directed,
                             .drop_self_loops = true,
                             .duplicates = options->duplicates,
                             .n_threads = options->n_threads};
    GNN_TRY(gnn_i_alloc(&source, n, sizeof *source, "pointers"));
    GNN_TRY(gnn_i_alloc(&target, n, sizeof *target, "pointers"));
    for (size_t i = 0; i < n; i++) {
        source[i] = w->pointers[i].source;
        target[i] = w->pointers[i].target;
    }
    GNN_TRY(
        gnn_graph_new((gnn_id)w->n, w->n_pointers, source, target, NULL, &how, graph));
cleanup:
    gnn_i_free(source);
    gnn_i_free(target);
    return status;
}

/* By target, then source; of several kinds between two synsets the first of the table
 * counts. */
static int by_ends(const void *left, const void *right) {
    const data_i_wordnet_pointer *a = left, *b = right;
    if (a->target != b->target) return a->target < b->target ? -1 : 1;
    if (a->source != b->source) return a->source < b->source ? -1 : 1;
    return (a->kind > b->kind) - (a->kind < b->kind);
}

/* The kind of the pointer source → target, -1 for none. */
static int find_kind(const data_i_wordnet *w, gnn_id source, gnn_id target) {
    data_i_wordnet_pointer key = {.source = source, .target = target, .kind = -1};
    int64_t low = 0, high = w->n_pointers;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (by_ends(&w->pointers[middle], &key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == w->n_pointers) return -1;
    const data_i_wordnet_pointer *p = &w->pointers[low];
    return p->source == source && p->target == target ? p->kind : -1;
}

/* Every arc has the kind of its own direction. Sorts the pointers. */
static gnn_status set_kinds(data_i_wordnet *w, data_nodes *nodes) {
    gnn_status status;
    int32_t *type = NULL;
    int64_t row;
    const gnn_csr *csr = gnn_graph_csr(nodes->graph);
    if (w->n_pointers > 0)
        qsort(w->pointers, (size_t)w->n_pointers, sizeof *w->pointers, by_ends);
    GNN_TRY(gnn_i_alloc(&type, (size_t)csr->n_arcs, sizeof *type, "arc types"));
    for (gnn_id v = 0; v < csr->n_rows; v++)
        for (gnn_off a = csr->row_ptr[v]; a < csr->row_ptr[v + 1]; a++) {
            int kind = find_kind(w, csr->col[a], v);
            if (kind < 0)
                kind = data_i_wordnet_kinds[find_kind(w, v, csr->col[a])].inverse;
            type[a] = kind;
        }
    GNN_TRY(gnn_graph_arc_type_set(nodes->graph, type, DATA_I_WORDNET_KINDS));
    GNN_TRY(gnn_names_new(&nodes->arc_types));
    for (int i = 0; i < DATA_I_WORDNET_KINDS; i++) {
        const char *name = data_i_wordnet_kinds[i].name;
        GNN_TRY(gnn_names_add(nodes->arc_types, name, strlen(name), &row));
    }
cleanup:
    gnn_i_free(type);
    return status;
}

static gnn_status set_labels(data_i_wordnet *w, data_nodes *nodes) {
    gnn_status status;
    data_labels *labels;
    int64_t row;
    GNN_TRY(gnn_i_calloc(&nodes->labels, 1, sizeof *labels, "labels"));
    labels = nodes->labels;
    labels->task = DATA_TASK_CLASS;
    labels->n_outputs = DATA_I_WORDNET_CLASSES;
    GNN_TRY(gnn_names_new(&labels->classes));
    for (int i = 0; i < DATA_I_WORDNET_CLASSES; i++) {
        const char *name = data_i_wordnet_classes[i];
        GNN_TRY(gnn_names_add(labels->classes, name, strlen(name), &row));
    }
    labels->class_of = w->lexfile;
    w->lexfile = NULL;
cleanup:
    return status;
}

gnn_status data_i_wordnet_read(const char *path, const char *arguments,
                               const data_options *options, data_nodes *nodes) {
    gnn_status status;
    data_i_wordnet w = {0};
    const data_schema *schema = options->schema;
    const char *folder = arguments != NULL ? arguments : DATA_I_WORDNET_FOLDER;
    GNN_CHECK(strcmp(path, "lexname") == 0, GNN_ERR_ARGUMENT,
              "wordnet:%s; known: wordnet:lexname[:FOLDER]", path);
    GNN_CHECK(options->task == DATA_TASK_CLASS || options->labels != NULL,
              GNN_ERR_ARGUMENT, "wordnet:lexname has one class a node");
    GNN_TRY(data_i_wordnet_files_read(&w, folder, options, true));
    GNN_TRY(build_graph(&w, options, &nodes->graph));
    GNN_TRY(set_kinds(&w, nodes));
    GNN_TRY(set_labels(&w, nodes));
    GNN_TRY(data_i_glosses_finish(&w.glosses, LEAST_TEXTS,
                                  schema != NULL ? schema->vocabulary : NULL,
                                  &nodes->features, &nodes->vocabulary));
    nodes->names = w.names;
    nodes->titles = w.titles;
    w.names = NULL;
    w.titles = NULL;
    GNN_TRY(gnn_i_strdup(&nodes->name, "wordnet:lexname"));
    /* Glosses are of about one length: dividing rows by their sums would only make all
     * values small, and the first layer slow to learn. */
    if (options->features == NULL) GNN_TRY(gnn_i_strdup(&nodes->normalize, "none"));
    GNN_TRY(data_i_nodes_override(nodes, options, "WordNet"));
cleanup:
    data_i_wordnet_clear(&w);
    return status;
}
