/* Front ends of the dense products: they cut C, or for Aᵀ B the inner axis, into blocks.
 *
 * The own kernels win while B fits the second-level cache; beyond that OpenBLAS takes
 * over, one thread a block of rows. Which one runs depends on the shapes only. */
#include "kernels/gemm.h"

#include <cblas.h>

#include "core/blas.h"
#include "kernels/blocks.h"
#include "kernels/table.h"

enum {
    ROWS_UNIT = 48,     /* a multiple of every tile's rows */
    COLUMNS_UNIT = 512, /* columns of a block where C has few rows */
    INNER_UNIT =
        1024, /* rows of A and B that are summed into a partial product, at least */
    MOST_PARTIALS = 32,       /* of Aᵀ B … */
    PARTIAL_VALUES = 1 << 22, /* … and values that they may hold together */
    BLAS_FROM = 512           /* inner length and columns from which OpenBLAS is faster */
};

typedef struct product {
    gnn_i_gemm_args args;
    const gnn_i_kernels *kernels;
    int64_t m, n;
    int64_t n_row_blocks, n_column_blocks;
    bool blas;
} product;

/* ---- C = A B, C = A Bᵀ ---- */

/* What OpenBLAS's alpha A B + C does not do is done before and after it. */
static void blas_block(const product *p, int64_t r0, int64_t r1) {
    const gnn_i_gemm_args *g = &p->args;
    int64_t n = p->n, k = g->k1;
    for (int64_t r = r0; r < r1; r++) {
        gnn_real *c = g->c + r * g->ldc;
        const gnn_real *addend = g->addend ? g->addend + r * g->ldc : NULL;
        for (int64_t j = 0; j < n; j++) {
            gnn_real x = g->accumulate ? c[j] : 0;
            if (addend) x += g->addend_scale * addend[j];
            if (g->bias) x += g->bias[j];
            c[j] = x;
        }
    }
    CBLAS_TRANSPOSE tb = g->b_transposed ? CblasTrans : CblasNoTrans;
#if GNN_REAL_DOUBLE
    cblas_dgemm(CblasRowMajor, CblasNoTrans, tb, (blasint)(r1 - r0), (blasint)n,
                (blasint)k, g->scale, g->a + r0 * g->lda, (blasint)g->lda, g->b,
                (blasint)g->ldb, 1, g->c + r0 * g->ldc, (blasint)g->ldc);
#else
    cblas_sgemm(CblasRowMajor, CblasNoTrans, tb, (blasint)(r1 - r0), (blasint)n,
                (blasint)k, g->scale, g->a + r0 * g->lda, (blasint)g->lda, g->b,
                (blasint)g->ldb, 1, g->c + r0 * g->ldc, (blasint)g->ldc);
#endif
    if (!g->relu) return;
    for (int64_t r = r0; r < r1; r++)
        for (int64_t j = 0; j < n; j++)
            if (!(g->c[r * g->ldc + j] > 0)) g->c[r * g->ldc + j] = 0;
}

static void product_block(void *argument, int64_t block, int thread) {
    const product *p = argument;
    (void)thread;
    int64_t row = block / p->n_column_blocks, column = block % p->n_column_blocks;
    int64_t r0 = gnn_i_block_bound(p->m, p->n_row_blocks, ROWS_UNIT, row);
    int64_t r1 = gnn_i_block_bound(p->m, p->n_row_blocks, ROWS_UNIT, row + 1);
    if (r0 >= r1) return;
    if (p->blas) {
        blas_block(p, r0, r1);
        return;
    }
    int64_t c0 = column * COLUMNS_UNIT, c1 = c0 + COLUMNS_UNIT;
    if (p->n_column_blocks == 1 || c1 > p->n) c1 = p->n;
    p->kernels->gemm(&p->args, r0, r1, c0, c1);
}

/* Work of a product in units of blocks.h: an operation is a vector's worth of
 * products. */
static double work_of(int64_t m, int64_t n, int64_t k) {
    return (double)m * (double)(n + 16) * (double)(k + 1) / 16;
}

static void multiply(int n_threads, int64_t m, int64_t n, int64_t k,
                     const gnn_i_gemm_args *args, const gnn_i_gemm_epilogue *e) {
    if (m <= 0 || n <= 0) return;
    product p = {.args = *args, .kernels = gnn_i_kernels_get(), .m = m, .n = n};
    p.args.k1 = k;
    p.args.scale = e && e->scale != 0 ? e->scale : 1;
    if (e) {
        p.args.addend = e->addend;
        p.args.addend_scale = e->addend_scale;
        p.args.bias = e->bias;
        p.args.relu = e->relu;
    }
    double work = work_of(m, n, k);
    p.blas = k >= BLAS_FROM && n >= BLAS_FROM && m >= ROWS_UNIT && k < INT32_MAX &&
             n < INT32_MAX && p.args.lda < INT32_MAX && p.args.ldb < INT32_MAX &&
             p.args.ldc < INT32_MAX;
    if (p.blas) gnn_i_blas_pin();
    p.n_row_blocks = gnn_i_block_count(work);
    if (p.n_row_blocks > (m + ROWS_UNIT - 1) / ROWS_UNIT)
        p.n_row_blocks = (m + ROWS_UNIT - 1) / ROWS_UNIT;
    p.n_column_blocks = 1;
    if (!p.blas && p.n_row_blocks < 8 && n > COLUMNS_UNIT)
        p.n_column_blocks = (n + COLUMNS_UNIT - 1) / COLUMNS_UNIT;
    gnn_parallel_for(gnn_i_threads_for(n_threads, work),
                     p.n_row_blocks * p.n_column_blocks, product_block, &p);
}

void gnn_i_gemm_nn(int n_threads, int64_t m, int64_t n, int64_t k, const gnn_real *a,
                   int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                   bool accumulate, const gnn_i_gemm_epilogue *epilogue) {
    gnn_i_gemm_args args = {.a = a,
                            .lda = lda,
                            .b = b,
                            .ldb = ldb,
                            .c = c,
                            .ldc = ldc,
                            .accumulate = accumulate};
    multiply(n_threads, m, n, k, &args, epilogue);
}

void gnn_i_gemm_nt(int n_threads, int64_t m, int64_t n, int64_t k, const gnn_real *a,
                   int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                   bool accumulate, const gnn_i_gemm_epilogue *epilogue) {
    gnn_i_gemm_args args = {.a = a,
                            .lda = lda,
                            .b = b,
                            .ldb = ldb,
                            .c = c,
                            .ldc = ldc,
                            .accumulate = accumulate,
                            .b_transposed = true};
    multiply(n_threads, m, n, k, &args, epilogue);
}

/* ---- C = Aᵀ B ---- */

/* How the inner axis and the rows of C are cut. */
typedef struct cut {
    int64_t
        n_partials; /* blocks of the inner axis, each with a partial product of its own */
    int64_t n_row_blocks;
} cut;

static cut cut_of(int64_t m, int64_t n, int64_t k) {
    int64_t size = m * n > 0 ? m * n : 1;
    int64_t partials = (k + INNER_UNIT - 1) / INNER_UNIT;
    if (partials > MOST_PARTIALS) partials = MOST_PARTIALS;
    if (partials > PARTIAL_VALUES / size) partials = PARTIAL_VALUES / size;
    if (partials < 1) partials = 1;
    int64_t rows = 1;
    if (partials < 8) rows = (m + ROWS_UNIT - 1) / ROWS_UNIT;
    return (cut){partials, rows > 0 ? rows : 1};
}

typedef struct gradient {
    product p;
    cut cut;
    int64_t k;
    gnn_real *partials; /* (n_partials, m, n); NULL: straight into C */
} gradient;

static void gradient_block(void *argument, int64_t block, int thread) {
    const gradient *g = argument;
    (void)thread;
    int64_t partial = block / g->cut.n_row_blocks, row = block % g->cut.n_row_blocks;
    int64_t r0 = gnn_i_block_bound(g->p.m, g->cut.n_row_blocks, ROWS_UNIT, row);
    int64_t r1 = gnn_i_block_bound(g->p.m, g->cut.n_row_blocks, ROWS_UNIT, row + 1);
    gnn_i_gemm_args args = g->p.args;
    args.k0 = gnn_i_block_bound(g->k, g->cut.n_partials, 8, partial);
    args.k1 = gnn_i_block_bound(g->k, g->cut.n_partials, 8, partial + 1);
    if (g->partials) {
        args.c = g->partials + partial * g->p.m * g->p.n;
        args.ldc = g->p.n;
        args.accumulate = false;
    }
    if (r0 < r1) g->p.kernels->gemm(&args, r0, r1, 0, g->p.n);
}

/* Rows of C: the partial products one after the other. */
static void sum_partials(void *argument, int64_t block, int thread) {
    const gradient *g = argument;
    (void)thread;
    int64_t m = g->p.m, n = g->p.n, first = block * ROWS_UNIT;
    int64_t end = first + ROWS_UNIT < m ? first + ROWS_UNIT : m;
    for (int64_t r = first; r < end; r++) {
        gnn_real *c = g->p.args.c + r * g->p.args.ldc;
        if (!g->p.args.accumulate)
            for (int64_t j = 0; j < n; j++) c[j] = 0;
        for (int64_t b = 0; b < g->cut.n_partials; b++) {
            const gnn_real *from = g->partials + (b * m + r) * n;
            for (int64_t j = 0; j < n; j++) c[j] += from[j];
        }
    }
}

void gnn_i_gemm_tn(int n_threads, int64_t m, int64_t n, int64_t k, const gnn_real *a,
                   int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c, int64_t ldc,
                   bool accumulate, void *scratch) {
    if (m <= 0 || n <= 0) return;
    gradient g = {.cut = cut_of(m, n, k), .k = k};
    g.p = (product){.kernels = gnn_i_kernels_get(), .m = m, .n = n};
    g.p.args = (gnn_i_gemm_args){.a = a,
                                 .lda = lda,
                                 .a_transposed = true,
                                 .b = b,
                                 .ldb = ldb,
                                 .c = c,
                                 .ldc = ldc,
                                 .scale = 1,
                                 .accumulate = accumulate};
    if (g.cut.n_partials > 1) g.partials = scratch;
    int threads = gnn_i_threads_for(n_threads, work_of(m, n, k));
    gnn_parallel_for(threads, g.cut.n_partials * g.cut.n_row_blocks, gradient_block, &g);
    if (g.partials)
        gnn_parallel_for(threads, (m + ROWS_UNIT - 1) / ROWS_UNIT, sum_partials, &g);
}

size_t gnn_i_gemm_tn_scratch(int64_t m, int64_t n, int64_t k) {
    int64_t partials = cut_of(m, n, k).n_partials;
    return partials > 1 ? (size_t)(partials * m * n) * sizeof(gnn_real) : 0;
}
