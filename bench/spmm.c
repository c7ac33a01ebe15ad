/* How fast is the sparse × dense product, against the plain loop and the memory it stands
 * on?
 *
 *   spmm [threads [nodes arcs]]
 *
 * Graph: R-MAT (.57 .19 .19 .05), ids shuffled, repeated arcs dropped. Each figure is the
 * least of the repeats of one run, taken in turns so that a busy machine slows all of
 * them alike. «gather GB/s» counts arcs × width × 4 bytes. The plain loop is compiled
 * with the flags of the kernels' instruction set and shares rows out dynamically; so does
 * the triad a = b + s c, which counts 3 × 4 bytes an element. */
#include <gnn/parallel.h>
#include <stdio.h>

#include "kernels/rng.h"
#include "kernels/spmm.h"
#include "rmat.h"

#define REPEATS 15

typedef struct problem {
    gnn_id n;
    gnn_off *row_ptr;
    gnn_id *col;
    gnn_real *w, *x, *y;
    int64_t width;
    int threads;
    int32_t *argmax;
    gnn_i_reduce reduce;
    gnn_real *triad;
    int64_t n_triad;
} problem;

/* Reverse Cuthill and McKee on the arcs as they point (breadth first from low degrees,
 * ties by degree); order[old] = new. */
static void rcm(const problem *p, gnn_id *order) {
    gnn_id n = p->n, *queue = bench_take((size_t)n, sizeof *queue), head = 0, tail = 0;
    memset(order, -1, (size_t)n * sizeof *order);
    for (gnn_id start = 0; start < n; start++) {
        if (order[start] >= 0) continue;
        order[start] = 0;
        queue[tail++] = start;
        while (head < tail) {
            gnn_id v = queue[head++], from = tail;
            for (gnn_off a = p->row_ptr[v]; a < p->row_ptr[v + 1]; a++)
                if (order[p->col[a]] < 0) {
                    order[p->col[a]] = 0;
                    gnn_id k = tail++;
                    gnn_off degree = p->row_ptr[p->col[a] + 1] - p->row_ptr[p->col[a]];
                    for (; k > from; k--) {
                        gnn_id u = queue[k - 1];
                        if (p->row_ptr[u + 1] - p->row_ptr[u] <= degree) break;
                        queue[k] = u;
                    }
                    queue[k] = p->col[a];
                }
        }
    }
    for (gnn_id k = 0; k < n; k++) order[queue[k]] = n - 1 - k;
    gnn_i_free(queue);
}

static void renumber(problem *p, uint64_t *arcs, int64_t n_arcs, const gnn_id *order) {
    for (int64_t a = 0; a < n_arcs; a++)
        arcs[a] =
            (uint64_t)order[arcs[a] >> 32] << 32 | (uint64_t)order[(uint32_t)arcs[a]];
    qsort(arcs, (size_t)n_arcs, sizeof *arcs, bench_ascending);
    bench_csr(p->n, arcs, n_arcs, p->row_ptr, p->col);
}

/* ---- the contestants ---- */

#define PLAIN_ROWS 256
#define TRIAD_BLOCK 65536

#define PLAIN_LOOP(name, ...)                                                            \
    __VA_ARGS__ static void name(void *argument, int64_t block, int thread) {            \
        const problem *p = argument;                                                     \
        (void)thread;                                                                    \
        int64_t end = (block + 1) * PLAIN_ROWS < p->n ? (block + 1) * PLAIN_ROWS : p->n; \
        for (int64_t r = block * PLAIN_ROWS; r < end; r++) {                             \
            gnn_real *y = p->y + r * p->width;                                           \
            for (int64_t c = 0; c < p->width; c++) y[c] = 0;                             \
            for (gnn_off a = p->row_ptr[r]; a < p->row_ptr[r + 1]; a++) {                \
                const gnn_real *x = p->x + p->col[a] * p->width;                         \
                gnn_real w = p->w[a];                                                    \
                for (int64_t c = 0; c < p->width; c++) y[c] += w * x[c];                 \
            }                                                                            \
        }                                                                                \
    }                                                                                    \
    __VA_ARGS__ static void name##_triad(void *argument, int64_t block, int thread) {    \
        const problem *p = argument;                                                     \
        (void)thread;                                                                    \
        gnn_real *restrict a = p->triad + block * TRIAD_BLOCK;                           \
        const gnn_real *restrict b = a + p->n_triad, *restrict c = b + p->n_triad;       \
        for (int64_t i = 0; i < TRIAD_BLOCK; i++) a[i] = b[i] + (gnn_real)3 * c[i];      \
    }

PLAIN_LOOP(plain_baseline)
#if defined(__x86_64__)
PLAIN_LOOP(plain_avx2, __attribute__((target("avx2,fma"))))
PLAIN_LOOP(plain_avx512,
           __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma"))))
#endif

static gnn_block_body plain_body(bool triad) {
#if defined(__x86_64__)
    if (strcmp(gnn_isa(), "avx512") == 0)
        return triad ? plain_avx512_triad : plain_avx512;
    if (strcmp(gnn_isa(), "avx2") == 0) return triad ? plain_avx2_triad : plain_avx2;
#endif
    return triad ? plain_baseline_triad : plain_baseline;
}

static void run_plain(problem *p) {
    gnn_parallel_for(p->threads, (p->n + PLAIN_ROWS - 1) / PLAIN_ROWS, plain_body(false),
                     p);
}
static void run_triad(problem *p) {
    gnn_parallel_for(p->threads, p->n_triad / TRIAD_BLOCK, plain_body(true), p);
}
static void run_kernel(problem *p) {
    gnn_i_spmm(p->threads, &(gnn_i_spmm_args){.n_rows = p->n,
                                              .row_ptr = p->row_ptr,
                                              .col = p->col,
                                              .w = p->reduce == GNN_I_SUM ? p->w : NULL,
                                              .width = p->width,
                                              .x = p->x,
                                              .y = p->y,
                                              .reduce = p->reduce,
                                              .argmax = p->argmax});
}
static void run_sum(problem *p) {
    p->reduce = GNN_I_SUM;
    run_kernel(p);
}
static void run_mean(problem *p) {
    p->reduce = GNN_I_MEAN;
    run_kernel(p);
}
static void run_max(problem *p) {
    p->reduce = GNN_I_MAX;
    run_kernel(p);
}

/* Least seconds of each runner, taken in turns. */
static void measure(problem *p, int n, void (*const *run)(problem *), double *least) {
    for (int i = 0; i < n; i++) {
        run[i](p);
        least[i] = 1e30;
    }
    for (int k = 0; k < REPEATS; k++)
        for (int i = 0; i < n; i++) {
            double start = bench_seconds();
            run[i](p);
            double time = bench_seconds() - start;
            if (time < least[i]) least[i] = time;
        }
}

static void table(problem *p, const char *order) {
    static const int64_t widths[] = {16, 64, 128, 256};
    void (*const run[])(problem *) = {run_plain, run_sum, run_mean, run_max, run_triad};
    double arcs = (double)p->row_ptr[p->n];
    for (int i = 0; i < 4; i++) {
        p->width = widths[i];
        double t[5], bytes = arcs * (double)p->width * sizeof(gnn_real);
        measure(p, 5, run, t);
        double triad = 3e-9 * (double)p->n_triad * sizeof(gnn_real) / t[4];
        printf("%-9s %5d %9.2f %8.2f %8.2f %8.2f %8.2f %11.1f %11.1f %12.2f\n", order,
               (int)p->width, 1e3 * t[0], 1e3 * t[1], 1e3 * t[2], 1e3 * t[3], t[0] / t[1],
               1e-9 * bytes / t[1], triad, 1e-9 * bytes / t[1] / triad);
    }
}

int main(int argc, char **argv) {
    problem p = {.threads = argc > 1 ? atoi(argv[1]) : gnn_n_processors(),
                 .n = argc > 3 ? atoi(argv[2]) : 170000};
    int64_t n_arcs = argc > 3 ? atoll(argv[3]) : 2350000;
    uint64_t *arcs = bench_take((size_t)n_arcs, sizeof *arcs);
    n_arcs = bench_rmat(p.n, n_arcs, arcs);
    p.row_ptr = bench_take((size_t)p.n + 1, sizeof *p.row_ptr);
    p.col = bench_take((size_t)n_arcs, sizeof *p.col);
    p.w = bench_take((size_t)n_arcs, sizeof *p.w);
    p.x = bench_take((size_t)p.n * 256, sizeof *p.x);
    p.y = bench_take((size_t)p.n * 256, sizeof *p.y);
    p.argmax = bench_take((size_t)p.n * 256, sizeof *p.argmax);
    p.n_triad = 256 * TRIAD_BLOCK;
    p.triad = bench_take(3 * (size_t)p.n_triad, sizeof *p.triad);
    gnn_i_fill_uniform(1, 1, 1, n_arcs, 0, 1, p.w);
    gnn_i_fill_uniform(1, 1, 2, (int64_t)p.n * 256, -1, 1, p.x);
    bench_csr(p.n, arcs, n_arcs, p.row_ptr, p.col);
    gnn_off widest = 0;
    for (gnn_id r = 0; r < p.n; r++)
        if (p.row_ptr[r + 1] - p.row_ptr[r] > widest)
            widest = p.row_ptr[r + 1] - p.row_ptr[r];
    printf("%d nodes, %lld arcs, longest row %lld, %d threads, %s, %zu-byte reals\n", p.n,
           (long long)n_arcs, (long long)widest, p.threads, gnn_isa(), sizeof(gnn_real));
    printf("order     width  plain ms   sum ms  mean ms   max ms  speedup gather GB/s  "
           "triad "
           "GB/s gather/triad\n");
    table(&p, "shuffled");
    gnn_id *order = bench_take((size_t)p.n, sizeof *order);
    double start = bench_seconds();
    rcm(&p, order);
    double ordering = bench_seconds() - start;
    renumber(&p, arcs, n_arcs, order);
    table(&p, "rcm");
    printf("ordering took %.2f s\n", ordering);
    void *blocks[] = {arcs, p.row_ptr, p.col, p.w, p.x, p.y, p.argmax, p.triad, order};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) gnn_i_free(blocks[i]);
    return 0;
}
