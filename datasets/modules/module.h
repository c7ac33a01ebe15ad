/* What this part and its modules say to each other. A module is a shared object that is
 * loaded when something of it is first named; it holds what needs a library that is
 * large, or whose licence would pass on to whatever links it. A module links nothing of
 * the project: it gets the functions it needs, and gives plain arrays. */
#ifndef DATASETS_MODULES_MODULE_H
#define DATASETS_MODULES_MODULE_H

#include <gnn/status.h>

/* Raised whenever a struct below changes. */
enum { DATA_MODULE_VERSION = 1 };

/* The project's functions of those names in core/alloc.h and <gnn/status.h>. */
typedef struct data_module_host {
    gnn_status (*alloc)(void *pointer, size_t count, size_t size, const char *what);
    void (*free)(void *block);
    gnn_status (*fail)(gnn_status status, const char *format, ...) GNN_PRINTF(2, 3);
} data_module_host;

/* One attribute of all vertices or edges: numbers, or texts (the other is NULL). */
typedef struct data_module_column {
    char *name;
    double *number; /* (rows), NaN where missing */
    char **text;    /* (rows) pointers into `bytes`, "" where missing */
    char *bytes;
} data_module_column;

typedef struct data_module_columns {
    int64_t n;
    data_module_column *column;
} data_module_columns;

/* A graph as plain arrays, made by `alloc`; the host frees them, also after a failure. */
typedef struct data_module_graph {
    int64_t n_nodes, n_edges;
    bool is_directed;        /* what the file says */
    gnn_id *source, *target; /* (n_edges) */
    int32_t *group;          /* (n_nodes) of a generator that knows groups; else NULL */
    int32_t n_groups;
    data_module_columns vertices, edges;
} data_module_graph;

/* A parameter's value: its text, and the numbers that it lists with `+`, if it does. */
enum { DATA_MODULE_NUMBERS = 64 };
typedef struct data_module_value {
    const char *text;
    int n; /* 0: not numbers */
    double number[DATA_MODULE_NUMBERS];
} data_module_value;

/* What a module exports under the name `data_module_table`. Its functions are called by
 * one thread at a time. */
typedef struct data_module {
    int32_t version; /* DATA_MODULE_VERSION it was built with */
    /* Read a graph of the named format from bytes; `path` is for messages.
     * Errors: GNN_ERR_INPUT, GNN_ERR_MEMORY. */
    gnn_status (*read)(const data_module_host *host, const char *format, const char *path,
                       const char *bytes, size_t size, data_module_graph *graph);
    /* Make a graph: the values of the generator's parameters in the order in which
     * generators.def lists them. Errors: GNN_ERR_ARGUMENT, GNN_ERR_MEMORY. */
    gnn_status (*generate)(const data_module_host *host, const char *kind,
                           const data_module_value *values, uint64_t seed, bool directed,
                           data_module_graph *graph);
} data_module;

#endif
