/* How fast are the dense products of training, against OpenBLAS and the peak of the
 * processor?
 *
 *   gemm [threads]
 *
 * Each figure is the best of the repeats, ours and OpenBLAS (one thread in blocks of
 * rows, as we would call it) in turns; GF/s. */
#include <cblas.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "core/blas.h"
#include "kernels/gemm.h"

enum { NN, NT, TN, REPEATS = 9 };

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

typedef struct problem {
    int kind;
    int64_t m, n, k;
    float *a, *b, *c, *partial;
    void *scratch;
} problem;

static void ours(const problem *p, int threads) {
    if (p->kind == NN)
        gnn_i_gemm_nn(threads, p->m, p->n, p->k, p->a, p->k, p->b, p->n, p->c, p->n,
                      false, NULL);
    else if (p->kind == NT)
        gnn_i_gemm_nt(threads, p->m, p->n, p->k, p->a, p->k, p->b, p->k, p->c, p->n,
                      false, NULL);
    else
        gnn_i_gemm_tn(threads, p->m, p->n, p->k, p->a, p->m, p->b, p->n, p->c, p->n,
                      false, p->scratch);
}

enum { BLOCKS = 32 };

static void blas_block(void *argument, int64_t block, int thread) {
    const problem *p = argument;
    (void)thread;
    int64_t total = p->kind == TN ? p->k : p->m;
    int64_t first = total * block / BLOCKS, end = total * (block + 1) / BLOCKS;
    int rows = (int)(end - first), m = (int)p->m, n = (int)p->n, k = (int)p->k;
    if (p->kind == NN)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, rows, n, k, 1,
                    p->a + first * k, k, p->b, n, 0, p->c + first * n, n);
    else if (p->kind == NT)
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, rows, n, k, 1,
                    p->a + first * k, k, p->b, k, 0, p->c + first * n, n);
    else
        cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, m, n, rows, 1,
                    p->a + first * m, m, p->b + first * n, n, 0,
                    p->partial + block * m * n, n);
}

static float *take(int64_t count) {
    float *x = NULL;
    if (gnn_i_calloc(&x, (size_t)count, sizeof *x, "benchmark") != GNN_OK) exit(1);
    for (int64_t i = 0; i < count; i++) x[i] = (float)(i % 17) / 17;
    return x;
}

static void measure(int kind, int64_t m, int64_t n, int64_t k, int threads) {
    static const char *const names[] = {"A B", "A Bt", "At B"};
    problem p = {
        kind,        m,           n,           k,
        take(m * k), take(k * n), take(m * n), take(kind == TN ? BLOCKS * m * n : 1),
        NULL};
    p.scratch = take((int64_t)(gnn_i_gemm_tn_scratch(m, n, k) / 4) + 1);
    double best[2] = {1e9, 1e9};
    for (int r = 0; r < REPEATS; r++) {
        double began = seconds();
        ours(&p, threads);
        double middle = seconds();
        gnn_parallel_for(threads, BLOCKS, blas_block, &p);
        double end = seconds();
        if (middle - began < best[0]) best[0] = middle - began;
        if (end - middle < best[1]) best[1] = end - middle;
    }
    double flops = 2e-9 * (double)m * (double)n * (double)k;
    printf("%-5s %7lld %5lld %7lld  %8.1f %8.1f  %5.2f\n", names[kind], (long long)m,
           (long long)n, (long long)k, flops / best[0], flops / best[1],
           best[1] / best[0]);
    gnn_i_free(p.a);
    gnn_i_free(p.b);
    gnn_i_free(p.c);
    gnn_i_free(p.partial);
    gnn_i_free(p.scratch);
}

int main(int argc, char **argv) {
    int threads = argc > 1 ? atoi(argv[1]) : gnn_n_processors();
    gnn_i_blas_pin();
    printf("isa %s, OpenBLAS core %s, %d threads\n", gnn_isa(), openblas_get_corename(),
           threads);
    printf("kind        m     n       k  ours GF/s     BLAS  ratio\n");
    measure(NN, 2708, 16, 1433, threads);
    measure(NN, 2708, 7, 16, threads);
    measure(NN, 2708, 64, 64, threads);
    measure(NN, 170000, 256, 128, threads);
    measure(NN, 170000, 256, 256, threads);
    measure(NN, 170000, 40, 256, threads);
    measure(NN, 2048, 2048, 2048, threads);
    measure(NT, 170000, 256, 256, threads);
    measure(NT, 170000, 256, 40, threads);
    measure(NT, 2708, 64, 64, threads);
    measure(TN, 256, 256, 170000, threads);
    measure(TN, 128, 256, 170000, threads);
    measure(TN, 256, 40, 170000, threads);
    measure(TN, 64, 64, 2708, threads);
    measure(TN, 16, 7, 2708, threads);
    return 0;
}
