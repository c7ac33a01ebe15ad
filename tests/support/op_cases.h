/* The examples of ops in tests/cases.def, for the tests that run over the registry. */
#ifndef TESTS_OP_CASES_H
#define TESTS_OP_CASES_H

#include <gnn/gnn.h>

#include "support/gradcheck.h"

/* What examples are made of: graphs, lists and sizes, which the expressions of cases.def
 * read as w->…. */
typedef struct op_world {
    int64_t n; /* nodes */
    int64_t d; /* a width, a multiple of 3 */
    gnn_graph
        *arcs; /* n nodes, directed, weighted, no pair twice, node 1 without arcs in */
    gnn_graph *pairs; /* n nodes, undirected (symmetric), weighted */
    gnn_graph *plain; /* n nodes, undirected, without weights */
    gnn_graph
        *block; /* rectangular, weighted: n sources, n_targets targets from source 1 on */
    gnn_graph *range;      /* n_range rows of `arcs` from row first_row on */
    gnn_graph *first_rows; /* n_range rows of `arcs` from row 0 on */
    int64_t n_targets, n_range;
    int64_t a_arcs, p_arcs, b_arcs, r_arcs; /* arcs of arcs, pairs, block, range */
    int64_t n_list;                         /* a list of rows with repeats … */
    gnn_id *list;                           /* (n_list) of 0 .. n-1 */
    int64_t n_rows;                         /* … and one without */
    gnn_id *rows;                           /* (n_rows) ascending, not all */
    int64_t n_segments;
    gnn_id *ptr;            /* (n_segments + 1) 0 .. n, one segment is empty */
    gnn_id *classes;        /* (n) of 0 .. d-1, some -1 */
    gnn_real *target;       /* (n d) of both signs, some NaN */
    gnn_real *binary;       /* (n d) 0, 1 or between, some NaN */
    gnn_real *weights;      /* (d) positive */
    gnn_tensor *mean, *var; /* (d) running statistics */
    gnn_tensor *sparse;     /* (n, d) */
    gnn_tensor *steady;     /* (n, d) a constant */
    void *arrays;           /* of `block` */
} op_world;

/* scale 0: small enough for finite differences; 1: large enough for several blocks of
 * every kernel. The same contents each time. */
gnn_status op_world_new(int scale, op_world *w);
void op_world_clear(op_world *w);

typedef enum op_values { OP_ANY, OP_POSITIVE, OP_CONSTANT } op_values;
typedef struct op_input {
    gnn_axis axis;
    int n_axes;
    int64_t shape[GNN_MAX_AXES];
    op_values values;
} op_input;

/* How the result answers to another numbering of the nodes: not at all, or as the axis of
 * the result says; the arcs of the inputs are those of w->arcs or w->pairs. */
typedef enum op_numbering { OP_UNNUMBERED, OP_ON_ARCS, OP_ON_PAIRS } op_numbering;

enum { OP_MAX_INPUTS = 16 };
typedef struct op_case {
    const char *op, *label, *name; /* name: "op/label" */
    op_numbering numbering;
    int (*inputs)(const op_world *w, op_input *list); /* returns how many */
    gnn_tensor *(*run)(gnn_context *ctx, const op_world *w, gnn_tensor *const *x);
} op_case;

size_t op_case_count(void);
const op_case *op_case_get(size_t i);

/* Tensors for the inputs of a case: x has OP_MAX_INPUTS places. On failure nothing is
 * left. */
gnn_status op_case_tensors(const op_case *c, const op_world *w, int *n, gnn_tensor **x);
void op_case_free_tensors(int n, gnn_tensor **x);

/* A case in a world, as support_function wants it. */
typedef struct op_run {
    const op_case *c;
    const op_world *w;
} op_run;
gnn_tensor *op_run_function(gnn_context *ctx, gnn_tensor *const *x, void *argument);

#endif
