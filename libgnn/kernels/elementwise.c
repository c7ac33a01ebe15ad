/* Front ends of the elementwise kernels: they cut arrays into blocks and share them
 * out. */
#include "kernels/elementwise.h"

#include <string.h>

#include "kernels/blocks.h"
#include "kernels/table.h"

enum {
    UNIT = 256
}; /* blocks of elements start at multiples of it: see isa/elementwise.c */

/* ---- linear combinations ---- */

static void combine_items(const gnn_i_kernels *k, const void *args, int64_t i0,
                          int64_t i1) {
    k->combine(args, i0, i1);
}

static void combine(int n_threads, int64_t n, gnn_real alpha, const gnn_real *a,
                    gnn_real beta, const gnn_real *b, gnn_real *y) {
    gnn_i_combine_args args = {alpha, a, beta, b, y};
    gnn_i_run_range(n_threads, (double)n, n, UNIT, combine_items, &args);
}

void gnn_i_fill(int n_threads, int64_t n, gnn_real value, gnn_real *y) {
    combine(n_threads, n, 0, NULL, value, NULL, y);
}

void gnn_i_copy(int n_threads, int64_t n, const gnn_real *x, gnn_real *y) {
    if (n > 0 && x != y) combine(n_threads, n, 1, x, 0, NULL, y);
}

void gnn_i_scale(int n_threads, int64_t n, gnn_real factor, gnn_real *x) {
    combine(n_threads, n, factor, x, 0, NULL, x);
}

void gnn_i_axpy(int n_threads, int64_t n, gnn_real factor, const gnn_real *x,
                gnn_real *y) {
    combine(n_threads, n, factor, x, 1, y, y);
}

void gnn_i_axpby(int n_threads, int64_t n, gnn_real alpha, const gnn_real *a,
                 gnn_real beta, const gnn_real *b, gnn_real *y) {
    combine(n_threads, n, alpha, a, beta, b, y);
}

/* ---- one argument ---- */

bool gnn_i_unary_needs_x(gnn_i_unary_op op) {
    return op != GNN_I_UNARY_NEG && !gnn_i_unary_needs_y(op);
}

bool gnn_i_unary_needs_y(gnn_i_unary_op op) {
    return op == GNN_I_UNARY_RELU || op == GNN_I_UNARY_TANH ||
           op == GNN_I_UNARY_SIGMOID || op == GNN_I_UNARY_EXP || op == GNN_I_UNARY_SQRT;
}

/* Cost of an element, in loads and stores of a plain one. */
static double unary_cost(gnn_i_unary_op op, bool drops) {
    bool plain = op == GNN_I_UNARY_NEG || op == GNN_I_UNARY_RELU ||
                 op == GNN_I_UNARY_LEAKY_RELU || op == GNN_I_UNARY_SQUARE ||
                 op == GNN_I_UNARY_ABS;
    return (plain ? 1 : 8) + (drops ? 4 : 0);
}

static void unary_items(const gnn_i_kernels *k, const void *args, int64_t i0,
                        int64_t i1) {
    k->unary(args, i0, i1);
}

static void unary_backward_items(const gnn_i_kernels *k, const void *args, int64_t i0,
                                 int64_t i1) {
    k->unary_backward(args, i0, i1);
}

void gnn_i_unary_dropout(int n_threads, gnn_i_unary_op op, gnn_real parameter,
                         const gnn_i_dropout *dropout, int64_t n, const gnn_real *x,
                         gnn_real *y) {
    gnn_i_unary_args args = {
        .op = op, .parameter = parameter, .x = x, .y = (gnn_real *)y};
    if (dropout) args.dropout = *dropout;
    gnn_i_run_range(n_threads, (double)n * unary_cost(op, dropout != NULL), n, UNIT,
                    unary_items, &args);
}

void gnn_i_unary_dropout_backward(int n_threads, gnn_i_unary_op op, gnn_real parameter,
                                  const gnn_i_dropout *dropout, int64_t n,
                                  const gnn_real *x, const gnn_real *y,
                                  const gnn_real *dy, gnn_real *dx, bool accumulate) {
    gnn_i_unary_args args = {.op = op,
                             .parameter = parameter,
                             .x = x,
                             .y = (gnn_real *)y,
                             .dy = dy,
                             .dx = dx,
                             .accumulate = accumulate};
    bool draws = dropout && op != GNN_I_UNARY_RELU;
    if (dropout) args.dropout = *dropout;
    gnn_i_run_range(n_threads, (double)n * unary_cost(op, draws), n, UNIT,
                    unary_backward_items, &args);
}

void gnn_i_unary(int n_threads, gnn_i_unary_op op, gnn_real parameter, int64_t n,
                 const gnn_real *x, gnn_real *y) {
    gnn_i_unary_dropout(n_threads, op, parameter, NULL, n, x, y);
}

void gnn_i_unary_backward(int n_threads, gnn_i_unary_op op, gnn_real parameter, int64_t n,
                          const gnn_real *x, const gnn_real *y, const gnn_real *dy,
                          gnn_real *dx, bool accumulate) {
    gnn_i_unary_dropout_backward(n_threads, op, parameter, NULL, n, x, y, dy, dx,
                                 accumulate);
}

/* ---- two arguments ---- */

static void binary_rows(const gnn_i_kernels *k, const void *args, int64_t r0,
                        int64_t r1) {
    k->binary_rows(args, r0, r1);
}

static void binary_items(const gnn_i_kernels *k, const void *args, int64_t i0,
                         int64_t i1) {
    k->binary_items(args, i0, i1);
}

static void binary_backward_items(const gnn_i_kernels *k, const void *args, int64_t i0,
                                  int64_t i1) {
    k->binary_backward_items(args, i0, i1);
}

/* With one column a column is the whole and a row is one value. */
static gnn_i_broadcast as_flat(gnn_i_broadcast kind, int64_t cols) {
    if (cols != 1) return kind;
    return kind == GNN_I_COL ? GNN_I_FULL : kind == GNN_I_ROW ? GNN_I_SCALAR : kind;
}

static bool is_flat(gnn_i_broadcast kind) {
    return kind == GNN_I_FULL || kind == GNN_I_SCALAR;
}

void gnn_i_binary(int n_threads, gnn_i_binary_op op, int64_t rows, int64_t cols,
                  const gnn_real *a, gnn_i_broadcast kind_a, const gnn_real *b,
                  gnn_i_broadcast kind_b, gnn_real *y) {
    kind_a = as_flat(kind_a, cols);
    kind_b = as_flat(kind_b, cols);
    gnn_i_binary_args args = {.op = op,
                              .cols = cols,
                              .a = a,
                              .b = b,
                              .kind_a = kind_a,
                              .kind_b = kind_b,
                              .y = y};
    double work = (double)rows * (double)(cols + 4);
    if (is_flat(kind_a) && is_flat(kind_b))
        gnn_i_run_range(n_threads, work, rows * cols, UNIT, binary_items, &args);
    else
        gnn_i_run_range(n_threads, work, rows, 1, binary_rows, &args);
}

/* Blocks of rows of the backward pass; each has a row for a, a row for b and two
 * totals. */
static int64_t backward_blocks(int64_t rows, int64_t cols) {
    int64_t blocks = gnn_i_block_count((double)rows * (double)(cols + 4));
    return blocks > rows ? (rows > 0 ? rows : 1) : blocks;
}

typedef struct backward_job {
    const gnn_i_kernels *kernels;
    gnn_i_binary_args args;
    int64_t rows, n_blocks;
    double *totals; /* (n_blocks, 2) */
    gnn_real *sums; /* (n_blocks, 2, cols) */
} backward_job;

static void backward_block(void *argument, int64_t block, int thread) {
    const backward_job *j = argument;
    (void)thread;
    int64_t cols = j->args.cols;
    gnn_real *sums = j->sums + 2 * block * cols;
    double *totals = j->totals + 2 * block;
    totals[0] = totals[1] = 0;
    memset(sums, 0, (size_t)(2 * cols) * sizeof *sums);
    j->kernels->binary_backward_rows(
        &j->args, gnn_i_block_bound(j->rows, j->n_blocks, 1, block),
        gnn_i_block_bound(j->rows, j->n_blocks, 1, block + 1), sums, sums + cols, totals,
        totals + 1);
}

/* What the blocks gathered for an argument that was broadcast over rows, in order. */
static void collect(const backward_job *j, gnn_i_broadcast kind, int which, gnn_real *d) {
    int64_t cols = j->args.cols;
    if (!d || (kind != GNN_I_ROW && kind != GNN_I_SCALAR)) return;
    double total = 0;
    for (int64_t b = 0; b < j->n_blocks; b++) {
        const gnn_real *from = j->sums + (2 * b + which) * cols;
        total += j->totals[2 * b + which];
        for (int64_t c = 0; kind == GNN_I_ROW && c < cols; c++) d[c] += from[c];
    }
    if (kind == GNN_I_SCALAR) *d += (gnn_real)total;
}

void gnn_i_binary_backward(int n_threads, gnn_i_binary_op op, int64_t rows, int64_t cols,
                           const gnn_real *a, gnn_i_broadcast kind_a, const gnn_real *b,
                           gnn_i_broadcast kind_b, const gnn_real *dy, gnn_real *da,
                           gnn_real *db, void *scratch) {
    if (rows <= 0 || cols <= 0) return;
    backward_job job = {.kernels = gnn_i_kernels_get(),
                        .rows = rows,
                        .n_blocks = backward_blocks(rows, cols)};
    job.args = (gnn_i_binary_args){.op = op,
                                   .cols = cols,
                                   .a = a,
                                   .b = b,
                                   .kind_a = as_flat(kind_a, cols),
                                   .kind_b = as_flat(kind_b, cols),
                                   .dy = dy,
                                   .da = da,
                                   .db = db};
    double work = (double)rows * (double)(cols + 4);
    if (job.args.kind_a == GNN_I_FULL && job.args.kind_b == GNN_I_FULL) {
        gnn_i_run_range(n_threads, work, rows * cols, UNIT, binary_backward_items,
                        &job.args);
        return;
    }
    job.totals = scratch;
    job.sums = (gnn_real *)(job.totals + 2 * job.n_blocks);
    gnn_parallel_for(gnn_i_threads_for(n_threads, work), job.n_blocks, backward_block,
                     &job);
    collect(&job, job.args.kind_a, 0, da);
    collect(&job, job.args.kind_b, 1, db);
}

size_t gnn_i_binary_scratch(int64_t rows, int64_t cols) {
    return (size_t)(backward_blocks(rows, cols) * 2) *
           (sizeof(double) + (size_t)cols * sizeof(gnn_real));
}
