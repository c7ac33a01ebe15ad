/* Malformed inputs: what is read, how, and what the one-line message has to say. The
 * library's tests read them with data_nodes_read or data_triples_read, the program's with
 * `gnn train` or `gnn embed`: the table is the same. */
#ifndef TESTS_MALFORMED_H
#define TESTS_MALFORMED_H

#include <datasets/datasets.h>

enum { MALFORMED_FILES = 5, MALFORMED_WORDS = 4 };

typedef struct malformed_file {
    const char *name; /* NULL ends the list; one that ends in / is a folder */
    const char *text;
    size_t size; /* of a text that holds NULs; 0: up to the first */
} malformed_file;

/* Paths are relative to the case's folder. */
typedef struct malformed_case {
    const char *name;
    malformed_file files[MALFORMED_FILES];
    const char *spec;                   /* a graph, or of a knowledge graph: */
    const char *triples, *valid, *test; /* read one after another */
    /* options, as on the command line; NULL or 0: not given */
    const char *labels, *features, *split, *normalize;
    int ids;
    data_task task;
    bool duplicates_are_errors;
    gnn_status status;                 /* 0 stands for GNN_ERR_INPUT */
    const char *says[MALFORMED_WORDS]; /* each is part of the message */
} malformed_case;

extern const malformed_case malformed_cases[];
extern const size_t n_malformed_cases;

/* Write the files of a case into `folder` (made if need be). */
void malformed_write(const malformed_case *one, const char *folder);

#endif
