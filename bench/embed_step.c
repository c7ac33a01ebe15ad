/* How long is one training step of vectors, and what share of the processor's arithmetic
 * does it use?
 *
 *   embed_step full SCORER [DIM [BATCH [OPTIONS [STEPS]]]]
 *       softmax over all entities; sizes of FB15k-237 with reciprocal relations: 14,541
 *       entities, 237 relations
 *   embed_step sampled SCORER [DIM [BATCH [OPTIONS [STEPS]]]]
 *       256 questions share 256 negatives; 1 M entities, 1000 relations
 *
 * Triples are random: the arithmetic does not depend on them. Prints least and median of
 * the steps after the first three, questions a second, the peak of resident memory; with
 * `full` the arithmetic of the three products (scores, and the gradients of both sides)
 * as a share of a loop of fused multiply-adds that runs before. Environment:
 * GNN_BENCH_THREADS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include <embed/embed.h>
#include <gnn/parallel.h>

#include "core/alloc.h"
#include "core/rng.h"
#include "kernels/table.h"

enum { MOST_STEPS = 10000, WARM = 3 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* ---- the bound: products that stay in registers and the first-level cache ---- */

enum { SIDE = 192, ROUNDS = 400 };
static gnn_real matrix[64][3][SIDE * SIDE];

static void multiply(void *argument, int64_t block, int thread) {
    (void)argument, (void)block;
    const gnn_i_gemm_args args = {.a = matrix[thread][0],
                                  .lda = SIDE,
                                  .b = matrix[thread][1],
                                  .ldb = SIDE,
                                  .c = matrix[thread][2],
                                  .ldc = SIDE,
                                  .k1 = SIDE,
                                  .scale = 1};
    for (int i = 0; i < ROUNDS / 8; i++)
        gnn_i_kernels_get()->gemm(&args, 0, SIDE, 0, SIDE);
}

/* Sums of fused multiply-adds that never leave the registers, as many as hide their
 * latency. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__)
#define FMA_LOOP 1
typedef float wide __attribute__((vector_size(64)));
__attribute__((target("avx512f,fma"))) static void fma_loop(void *argument, int64_t block,
                                                            int thread) {
    (void)thread;
    wide s[12], a = {1e-9f}, b = {1};
    a += (float)block * 1e-9f;
    b += 1e-7f;
#pragma GCC unroll 12
    for (int k = 0; k < 12; k++) s[k] = a * (float)(k + 1); /* chains that differ */
    for (int i = 0; i < 4000000; i++)
#pragma GCC unroll 12
        for (int k = 0; k < 12; k++) s[k] = s[k] * b + a;
#pragma GCC unroll 12
    for (int k = 1; k < 12; k++) s[0] += s[k];
    *(volatile float *)argument = s[0][0];
}
#endif

/* GFLOP/s of `threads` threads. */
static double peak(int threads) {
    double best = 0;
    float sink;
    for (int round = 0; round < 3; round++) {
        double start = now(), flops;
#if FMA_LOOP
        if (strcmp(gnn_isa(), "avx512") == 0) {
            gnn_parallel_for(threads, threads, fma_loop, &sink);
            flops = 2. * 12 * 16 * 4e6 * threads;
        } else
#endif
        {
            gnn_parallel_for(threads, 8 * threads, multiply, &sink);
            flops = 2. * SIDE * SIDE * SIDE * (ROUNDS / 8) * 8 * threads;
        }
        double rate = flops / (now() - start) / 1e9;
        if (rate > best) best = rate;
    }
    return best;
}

/* ---- the steps ---- */

typedef struct timings {
    int n, most;
    double last, seconds[MOST_STEPS];
} timings;

static int note_step(void *user, const char *what, int64_t done, int64_t total) {
    (void)what, (void)done, (void)total;
    timings *t = user;
    double at = now();
    if (t->last > 0 && t->n < MOST_STEPS) t->seconds[t->n++] = at - t->last;
    t->last = at;
    return t->n >= t->most + WARM;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static gnn_status make_triples(int64_t n, int64_t n_entities, int64_t n_relations,
                               gnn_triples *triples) {
    gnn_status status;
    gnn_id *ids = NULL;
    gnn_i_rng rng;
    gnn_i_rng_init(&rng, 1, 1);
    GNN_TRY(gnn_i_alloc(&ids, (size_t)(3 * n), sizeof *ids, "triples"));
    *triples = (gnn_triples){n, ids, ids + n, ids + 2 * n};
    for (int64_t i = 0; i < n; i++) {
        triples->head[i] = (gnn_id)gnn_i_rng_below(&rng, (uint64_t)n_entities);
        triples->relation[i] = (gnn_id)gnn_i_rng_below(&rng, (uint64_t)n_relations);
        triples->tail[i] = (gnn_id)gnn_i_rng_below(&rng, (uint64_t)n_entities);
    }
cleanup:
    return status;
}

static void report(timings *t, bool full, const char *scorer, int64_t dim, int64_t batch,
                   int64_t n_entities, int threads, double bound) {
    struct rusage usage;
    int n = t->n - WARM;
    getrusage(RUSAGE_SELF, &usage);
    qsort(t->seconds + WARM, (size_t)n, sizeof *t->seconds, ascending);
    double least = t->seconds[WARM], median = t->seconds[WARM + n / 2];
    printf("%s %s dim %lld batch %lld: step median %.3f ms, least %.3f ms over %d; "
           "%.0f questions/s; %d threads, %s; resident peak %ld MB",
           full ? "full" : "sampled", scorer, (long long)dim, (long long)batch,
           1e3 * median, 1e3 * least, n, (double)batch / median, threads, gnn_isa(),
           usage.ru_maxrss / 1024);
    if (full) {
        double rate = 6. * (double)(batch * n_entities * dim) / least / 1e9;
        printf("; %.0f GFLOP/s of %.0f: %.0f %%", rate, bound, 100 * rate / bound);
    }
    printf("\n");
}

int main(int argc, char **argv) {
    static timings t;
    gnn_status status;
    gnn_triples triples = {0};
    emb_model *model = NULL;
    emb_train_options options;
    emb_train_report trained;
    const bool full = argc > 1 && strcmp(argv[1], "full") == 0;
    const int64_t dim = argc > 3 ? atoll(argv[3]) : full ? 200 : 400;
    const int64_t batch = argc > 4 ? atoll(argv[4]) : full ? 1000 : 4096;
    t.most = argc > 6 ? atoi(argv[6]) : 30;
    if (argc < 3 || argc > 7 || batch < 1 || t.most < 1 || t.most > MOST_STEPS - WARM ||
        (!full && strcmp(argv[1], "sampled") != 0)) {
        fprintf(stderr, "usage: embed_step full|sampled SCORER [DIM [BATCH [OPTIONS "
                        "[STEPS]]]]\n");
        return 2;
    }
    const char *threads = getenv("GNN_BENCH_THREADS");
    emb_train_options_init(&options);
    options.n_threads = threads ? atoi(threads) : gnn_n_processors();
    options.batch = batch;
    options.epochs = 1000;
    emb_model_options made = {.n_entities = full ? 14541 : 1000000,
                              .n_relations = full ? 237 : 1000,
                              .dim = dim,
                              .reciprocal = full,
                              .init_scale = 1e-3};
    GNN_TRY(gnn_options_parse(
        emb_train_option_table(), "training",
        full ? "regularizer=n3" : "loss=logistic,optimizer=row-adagrad", &options));
    GNN_TRY(gnn_options_parse(emb_train_option_table(), "training",
                              argc > 5 ? argv[5] : NULL, &options));
    int64_t n_triples = full ? 272115 : 2000000;
    if (n_triples > batch) n_triples -= n_triples % batch; /* no step is shorter */
    GNN_TRY(make_triples(n_triples, made.n_entities, made.n_relations, &triples));
    double bound = full ? peak(options.n_threads) : 0;
    GNN_TRY(emb_model_new(argv[2], NULL, &made, &model));
    const emb_watch watch = {.step = note_step, .user = &t};
    status = emb_train(model, &triples, NULL, &options, NULL, &watch, &trained);
    if (status == GNN_ERR_CANCELLED) status = GNN_OK;
    if (status == GNN_OK)
        report(&t, full, argv[2], dim, batch, made.n_entities, options.n_threads, bound);
cleanup:
    if (status != GNN_OK) fprintf(stderr, "embed_step: %s\n", gnn_last_error());
    emb_model_free(model);
    gnn_i_free(triples.head);
    return status != GNN_OK;
}
