/* Do the maps, masks, row kernels and optimiser steps keep up with memory?
 *
 *   elementwise [threads [rows cols]]
 *
 * Each line: least milliseconds of the repeats, nanoseconds an element, and the bytes
 * that have to move (reads and writes named in the kernel's header) as GB/s; the first
 * line is a copy, to compare with. */
#include <gnn/parallel.h>

#include "kernels/elementwise.h"
#include "kernels/rows.h"
#include "kernels/update.h"
#include "rmat.h"

#define REPEATS 15

typedef struct problem {
    int threads;
    int64_t rows, cols, n;
    gnn_real *x, *y, *d, *m, *v;
    gnn_real *row, *mean, *rstd;
    void *scratch;
    gnn_i_unary_op op;
    gnn_i_dropout dropout;
} problem;

static void copy(problem *p) {
    gnn_i_copy(p->threads, p->n, p->x, p->y);
}
static void unary(problem *p) {
    gnn_i_unary(p->threads, p->op, (gnn_real).2, p->n, p->x, p->y);
}
static void unary_backward(problem *p) {
    gnn_i_unary_backward(p->threads, p->op, (gnn_real).2, p->n, p->x, p->y, p->d, p->m,
                         true);
}
static void dropout(problem *p) {
    gnn_i_dropout_apply(p->threads, &p->dropout, p->n, p->x, p->y);
}
static void relu_dropout(problem *p) {
    gnn_i_unary_dropout(p->threads, GNN_I_UNARY_RELU, 0, &p->dropout, p->n, p->x, p->y);
}
static void add_row(problem *p) {
    gnn_i_binary(p->threads, GNN_I_BINARY_ADD, p->rows, p->cols, p->x, GNN_I_FULL, p->row,
                 GNN_I_ROW, p->y);
}
static void column_sums(problem *p) {
    gnn_i_column_sums(p->threads, p->rows, p->cols, p->x, p->row, false, p->scratch);
}
static void softmax(problem *p) {
    gnn_i_softmax(p->threads, p->rows, p->cols, p->x, p->y);
}
static void layer_norm(problem *p) {
    gnn_i_layer_norm(p->threads, p->rows, p->cols, p->x, NULL, NULL, (gnn_real)1e-5, p->y,
                     p->mean, p->rstd);
}
static void adam(problem *p) {
    gnn_i_adam_args args = {
        .lr = 1e-6, .beta1 = .9, .beta2 = .999, .eps = 1e-8, .grad_scale = 1, .step = 3};
    gnn_i_adam(p->threads, &args, p->n, p->d, p->y, p->m, p->v);
}
static void squared_norm(problem *p) {
    p->row[0] += (gnn_real)1e-30 *
                 (gnn_real)gnn_i_squared_norm(p->threads, p->n, p->x, p->scratch);
}

/* `moves`: numbers read and written an element. */
static void measure(problem *p, const char *name, void (*run)(problem *), int moves) {
    double least = 1e30, n = (double)p->n;
    run(p);
    for (int k = 0; k < REPEATS; k++) {
        double start = bench_seconds();
        run(p);
        double time = bench_seconds() - start;
        if (time < least) least = time;
    }
    printf("%-24s %9.3f ms %7.3f ns %7.1f GB/s\n", name, 1e3 * least, 1e9 * least / n,
           1e-9 * n * moves * (double)sizeof(gnn_real) / least);
}

int main(int argc, char **argv) {
    problem p = {.threads = argc > 1 ? atoi(argv[1]) : gnn_n_processors(),
                 .rows = argc > 3 ? atoll(argv[2]) : 60000,
                 .cols = argc > 3 ? atoll(argv[3]) : 256,
                 .dropout = gnn_i_dropout_make(1, 2, .5)};
    p.n = p.rows * p.cols;
    gnn_real **arrays[] = {&p.x, &p.y, &p.d, &p.m, &p.v};
    for (int i = 0; i < 5; i++) {
        *arrays[i] = bench_take((size_t)p.n, sizeof(gnn_real));
        gnn_i_fill_uniform(p.threads, 1, (uint64_t)i, p.n, i == 4 ? 0 : -2, 2,
                           *arrays[i]);
    }
    p.row = bench_take((size_t)p.cols, sizeof *p.row);
    p.mean = bench_take((size_t)p.rows, sizeof *p.mean);
    p.rstd = bench_take((size_t)p.rows, sizeof *p.rstd);
    size_t bytes = gnn_i_column_scratch(p.rows, p.cols), other = gnn_i_sum_scratch(p.n);
    p.scratch = bench_take(bytes > other ? bytes : other, 1);
    printf("%lld x %lld, %d threads, %s, %zu-byte reals\n", (long long)p.rows,
           (long long)p.cols, p.threads, gnn_isa(), sizeof(gnn_real));
    measure(&p, "copy", copy, 2);
    static const struct {
        const char *name, *back;
        gnn_i_unary_op op;
    } maps[] = {{"relu", "relu'", GNN_I_UNARY_RELU},
                {"elu", "elu'", GNN_I_UNARY_ELU},
                {"gelu", "gelu'", GNN_I_UNARY_GELU},
                {"tanh", "tanh'", GNN_I_UNARY_TANH},
                {"exp", "exp'", GNN_I_UNARY_EXP}};
    for (size_t i = 0; i < sizeof maps / sizeof *maps; i++) {
        p.op = maps[i].op;
        measure(&p, maps[i].name, unary, 2);
        measure(&p, maps[i].back, unary_backward, 4);
    }
    measure(&p, "dropout", dropout, 2);
    measure(&p, "relu and dropout", relu_dropout, 2);
    measure(&p, "add a row", add_row, 2);
    measure(&p, "column sums", column_sums, 1);
    measure(&p, "softmax", softmax, 2);
    measure(&p, "layer norm", layer_norm, 2);
    measure(&p, "squared norm", squared_norm, 1);
    measure(&p, "adam", adam, 7);
    for (int i = 0; i < 5; i++) gnn_i_free(*arrays[i]);
    gnn_i_free(p.row);
    gnn_i_free(p.mean);
    gnn_i_free(p.rstd);
    gnn_i_free(p.scratch);
    return 0;
}
