/* Outside data: files, directories, data bases → graphs, features, labels, splits. */
#ifndef DATASETS_DATASETS_H
#define DATASETS_DATASETS_H

#include <gnn/names.h>
#include <gnn/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum data_task {
    DATA_TASK_CLASS = 0,  /**< one class a node: labels are class rows */
    DATA_TASK_MULTILABEL, /**< any number of classes a node: targets 0/1 (n, n_classes) */
    DATA_TASK_REGRESS     /**< numbers: targets (n, n_targets) */
} data_task;

/** What is to be predicted. NaN rows of `target` (class -1) are unlabelled. */
typedef struct data_labels {
    data_task task;
    int32_t n_outputs;  /**< classes, or numbers a node */
    gnn_id *class_of;   /**< (n_nodes) DATA_TASK_CLASS: class row or -1; else NULL */
    gnn_real *target;   /**< (n_nodes, n_outputs) other tasks; else NULL */
    gnn_names *classes; /**< names of the classes; NULL for DATA_TASK_REGRESS */
} data_labels;

GNN_API void data_labels_free(data_labels *labels);

/** A text for each of n rows; unlike names they may repeat. */
typedef struct data_texts data_texts;
/** Text of a row, NUL-terminated, borrowed; "" when the row has none or is out of
 * range. */
GNN_API const char *data_texts_get(const data_texts *texts, int64_t row);
GNN_API void data_texts_free(data_texts *texts);

/** A graph whose nodes are to be learned about. Everything is owned; NULL where
 * absent. */
typedef struct data_nodes {
    char *name;           /**< short, for reports: the directory's or file's base name */
    gnn_graph *graph;     /**< holds weights, arc types, arc tensors named "features" */
    gnn_names *arc_types; /**< names of the graph's arc types; NULL when arcs have none */
    gnn_names *names;     /**< (n_nodes) ids as given */
    data_texts *titles;   /**< (n_nodes) what a person calls a node; NULL: names serve */
    gnn_tensor
        *features; /**< (n_nodes, n_features) dense or sparse gnn_real; NULL: none */
    gnn_names
        *vocabulary; /**< names of sparse feature columns; NULL when they are numbers */
    data_labels *labels; /**< NULL when no labels were given */
    uint8_t *part;       /**< (n_nodes) gnn_part from split.tsv; NULL when not given */
    /* How the features came about, so that data_nodes_schema can tell the next reader: */
    char *feature_kind;  /**< "none", "file", "degree", "onehot" or "random:D" */
    char *normalize;     /**< "none", "rows", "l2" or "standard" */
    gnn_real *mean;      /**< (n_features) subtracted by "standard", else NULL */
    gnn_real *deviation; /**< (n_features) divided by in "standard", else NULL */
    uint64_t
        fingerprint; /**< of graph, names, features, labels and a split that was read */
} data_nodes;

/** How to read. Strings are borrowed. Zero is the default of every field. */
typedef struct data_options {
    bool directed;
    gnn_duplicates duplicates;
    int ids;              /**< 0 auto, 1 integer, 2 string */
    const char *comment;  /**< NULL: "#"; "" turns comments off */
    const char *labels;   /**< file that overrides labels.tsv */
    const char *features; /**< file, "degree", "onehot", "random:D", "none", or NULL: the
                                reader's */
    const char *features_default; /**< made where the data bring none and `features` is
                                     NULL: "degree", "onehot", "random:D"; NULL: none */
    const char *split;     /**< "public" or NULL: the reader's; a file; "random:a,b,c";
                                "per-class:TRAIN,VALID" (the rest is test) */
    const char *normalize; /**< features: "none", "rows", "l2", "standard"; NULL: "rows"
                                when they are sparse and none is negative, else "none";
                                a reader may have its own way */
    data_task task;
    uint64_t seed; /**< of random splits and random features */
    int n_threads; /**< 0: all */
    /* Set by predict: what the run learned its columns and classes by. Data then follow
     * it: unknown vocabulary is dropped, n_features is forced, statistics are
     * reapplied. */
    const struct data_schema *schema;
    const char *entities_from; /**< triples: NULL: entities may be new. Else they are
                                    closed, and this says in messages where the table
                                    came from */
    gnn_progress progress;
    void *progress_user;
} data_options;

/** How columns and classes of one data set were laid out, so that another can be read
 * alike. */
typedef struct data_schema {
    int64_t n_features;
    const gnn_names *vocabulary; /**< NULL: columns are numbers */
    const gnn_names *classes;    /**< NULL: none */
    const char *features;  /**< kind: "none", "file", "degree", "onehot", "random:D" */
    const char *normalize; /**< resolved: never NULL */
    const gnn_real *mean;  /**< (n_features) for "standard", else NULL */
    const gnn_real *deviation; /**< (n_features) */
} data_schema;

/** Read a graph with nodes to learn about.
 *  @param spec a data directory, a file whose extension names its reader, or
 *         `reader:PATH[:options]`
 *  @param options NULL: all defaults
 *  @param nodes filled; cleared on failure
 *  Errors: GNN_ERR_INPUT with file, line and what was expected; GNN_ERR_ARGUMENT for an
 *  option or a reader that is unknown; GNN_ERR_UNSUPPORTED when a reader's module cannot
 *  be loaded; GNN_ERR_MEMORY; GNN_ERR_CANCELLED. */
GNN_API gnn_status data_nodes_read(const char *spec, const data_options *options,
                                   data_nodes *nodes);
GNN_API void data_nodes_clear(data_nodes *nodes);
/** The layout of what was read, borrowed from `nodes`. */
GNN_API void data_nodes_schema(const data_nodes *nodes, data_schema *schema);
/** Draw a split of the labelled nodes (all when there are no labels) into part (n_nodes).
 *  @param split "random:TRAIN,VALID,TEST" (ratios, sum <= 1), or "per-class:TRAIN,VALID"
 *         (nodes a class, the rest is test; DATA_TASK_CLASS only)
 *  Errors: GNN_ERR_ARGUMENT for other text or numbers out of range. */
GNN_API gnn_status data_split_draw(const data_nodes *nodes, const char *split,
                                   uint64_t seed, uint8_t *part);

/** Hand over the rows of the nodes that a file lists, an id a line, in its order; what
 *  follows a tab is not looked at. The file may be compressed, as all text files.
 *  @param where what the names are of, for messages
 *  Errors: GNN_ERR_INPUT naming file and line, also for a node that is not among the
 *  names; GNN_ERR_MEMORY. */
GNN_API gnn_status data_rows_read(const char *path, const gnn_names *names,
                                  const char *where, void (*take)(void *user, gnn_id row),
                                  void *user);

/** One reader: what `gnn list formats` shows. Registered in formats.def. */
typedef struct data_format {
    const char *name;       /**< as in `name:PATH` */
    const char *extensions; /**< blank-separated, e.g. "tsv txt edges"; "" for none */
    const char *help;       /**< one line, with the source of the format */
    gnn_status (*read)(const char *path, const char *arguments,
                       const data_options *options, data_nodes *nodes);
} data_format;
GNN_API const data_format *const *data_formats(size_t *n);

#ifdef __cplusplus
}
#endif

#endif
