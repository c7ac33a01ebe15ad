/* A small task that every model can learn: communities of nodes with noisy features. */
#ifndef TESTS_TOY_H
#define TESTS_TOY_H

#include <gnn/train.h>

typedef struct toy {
    gnn_graph *graph;
    gnn_tensor *x;
    gnn_id *class_of;
    gnn_real *target; /* (n, classes) 0/1, for the other kinds of task */
    uint8_t *part;
    gnn_node_task task;
} toy;

/* n nodes in `classes` communities, each with about 6 arcs inside and 1 outside; features
 * (n, 8) of noise plus a hint of the class, sparse on request; half of the nodes train, a
 * quarter validate, a quarter test. */
void toy_init(toy *t, gnn_id n, int classes, bool sparse, uint64_t seed);
void toy_clear(toy *t);

#endif
