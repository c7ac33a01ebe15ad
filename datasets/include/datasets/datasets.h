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

/** A graph whose nodes are to be learned about. Everything is owned; NULL where absent. */
typedef struct data_nodes {
    char *name;             /**< short, for reports: the directory's or file's base name */
    gnn_graph *graph;       /**< holds weights, arc types, arc tensors named "features" */
    gnn_names *names;       /**< (n_nodes) ids as given */
    gnn_names *titles;      /**< (n_nodes) what a person calls a node; NULL: names serve */
    gnn_tensor *features;   /**< (n_nodes, n_features) dense or sparse gnn_real; NULL: none */
    gnn_names *vocabulary;  /**< names of sparse feature columns; NULL when they are numbers */
    data_labels *labels;    /**< NULL when no labels were given */
    uint8_t *part;          /**< (n_nodes) gnn_part from split.tsv; NULL when not given */
    uint64_t fingerprint;   /**< of everything read */
} data_nodes;

/** How to read. Strings are borrowed. Zero is the default of every field. */
typedef struct data_options {
    bool directed;
    gnn_duplicates duplicates;
    int ids;                 /**< 0 auto, 1 integer, 2 string */
    const char *comment;     /**< NULL: "#"; "" turns comments off */
    const char *labels;      /**< file that overrides labels.tsv */
    const char *features;    /**< file, "degree", "onehot", "random:D", or NULL: the reader's */
    const char *split;       /**< "public" or NULL: the reader's; a file; "random:a,b,c" */
    const char *normalize;   /**< features: "none" (NULL: rows when all are >= 0 and sparse), "rows", "l2", "standard" */
    data_task task;
    uint64_t seed;           /**< of random splits and random features */
    int n_threads;           /**< 0: all */
    /* Set by predict: what the run learned its columns and classes by. Data then follow it:
     * unknown vocabulary is dropped, n_features is forced, statistics are reapplied. */
    const struct data_schema *schema;
    gnn_progress progress;
    void *progress_user;
} data_options;

/** How columns and classes of one data set were laid out, so that another can be read alike. */
typedef struct data_schema {
    int64_t n_features;
    const gnn_names *vocabulary; /**< NULL: columns are numbers */
    const gnn_names *classes;    /**< NULL: none */
    const char *features;        /**< as in data_options, resolved */
    const char *normalize;       /**< resolved: never NULL */
    const gnn_real *mean;        /**< (n_features) for "standard", else NULL */
    const gnn_real *deviation;   /**< (n_features) */
} data_schema;

/** Read a graph with nodes to learn about.
 *  @param spec a data directory, a file whose extension names its reader, or
 *         `reader:PATH[:options]`
 *  @param options NULL: all defaults
 *  @param nodes filled; cleared on failure
 *  Errors: GNN_ERR_INPUT with file, line and what was expected; GNN_ERR_ARGUMENT for an option
 *  or a reader that is unknown; GNN_ERR_MEMORY; GNN_ERR_CANCELLED. */
GNN_API gnn_status data_nodes_read(const char *spec, const data_options *options,
                                   data_nodes *nodes);
GNN_API void data_nodes_clear(data_nodes *nodes);

/** One reader: what `gnn list formats` shows. Registered in formats.def. */
typedef struct data_format {
    const char *name;       /**< as in `name:PATH` */
    const char *extensions; /**< blank-separated, e.g. "tsv txt edges csv"; "" for none */
    const char *help;       /**< one line, with the source of the format */
    gnn_status (*read)(const char *path, const char *arguments, const data_options *options,
                       data_nodes *nodes);
} data_format;
GNN_API const data_format *const *data_formats(size_t *n);

#ifdef __cplusplus
}
#endif

#endif
