/* Dense products against their plain versions: every tail of rows and columns, chunks of
 * the inner axis, epilogues, strides, OpenBLAS's share, rounded operands; the same bits
 * at 1, 2 and 4 threads. */
#include "kernels_common.h"

#include "kernels/gemm.h"
#include "kernels/table.h"

static const int64_t shapes[][3] = {
    /* m, n, k */
    {1, 1, 1},      {1, 1, 0},      {3, 5, 7},     {13, 16, 128},   {12, 17, 129},
    {48, 33, 64},   {49, 40, 16},   {100, 48, 31}, {7, 64, 300},    {61, 65, 130},
    {200, 70, 20},  {97, 7, 433},   {3, 1100, 40}, {300, 256, 96},  {5, 128, 257},
    {2, 3, 5000},   {64, 64, 9000}, {50, 8, 34},   {100, 200, 256}, {26, 72, 1300},
    {26, 20, 1300}, {26, 18, 1300} /* half a vector is left */};
enum { N_SHAPES = sizeof shapes / sizeof *shapes };

static double slack(int64_t k) {
    return (double)(k + 16) * 0.5 * kernel_epsilon;
}

/* Operands of a product with rows wider than their columns. */
typedef struct operands {
    int64_t m, n, k, lda, ldb, ldc;
    gnn_real *a, *b, *before, *want, *out, *addend, *bias;
    size_t size;
} operands;

static operands make(const int64_t *shape, int64_t a_rows, int64_t a_columns,
                     int64_t b_rows, int64_t b_columns, int64_t pad) {
    operands o = {.m = shape[0], .n = shape[1], .k = shape[2]};
    o.lda = a_columns + pad;
    o.ldb = b_columns + pad;
    o.ldc = o.n + pad;
    o.size = (size_t)(o.m * o.ldc);
    o.a = kernel_random((size_t)(a_rows * o.lda), 1);
    o.b = kernel_random((size_t)(b_rows * o.ldb), 2);
    o.before = kernel_random(o.size, 3);
    o.want = kernel_copy(o.before, o.size);
    o.out = kernel_take(o.size, sizeof *o.out);
    o.addend = kernel_random(o.size, 4);
    o.bias = kernel_random((size_t)o.n, 5);
    return o;
}

static void clear(operands *o) {
    void *blocks[] = {o->a, o->b, o->before, o->want, o->out, o->addend, o->bias};
    for (int i = 0; i < 7; i++) gnn_i_free(blocks[i]);
}

static gnn_i_gemm_epilogue epilogue_of(const operands *o, int i) {
    gnn_i_gemm_epilogue e = {0};
    if (i & 1) e.bias = o->bias;
    if (i & 2) e.scale = (gnn_real)-0.75;
    if (i & 4) e.addend = o->addend, e.addend_scale = (gnn_real)0.5;
    if (i & 8) e.relu = true;
    return e;
}

START_TEST(multiplies) {
    for (int i = 0; i < N_SHAPES; i++)
        for (int variant = 0; variant < 16; variant += i < 10 ? 1 : 5) {
            const int64_t *s = shapes[i];
            operands o = make(s, s[0], s[2], s[2], s[1], variant % 3);
            gnn_i_gemm_epilogue e = epilogue_of(&o, variant);
            bool more = variant % 2;
            gnn_i_ref_gemm_nn(o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb, o.want, o.ldc, more,
                              &e);
            KERNEL_CHECK(gnn_i_gemm_nn(threads, o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb,
                                       o.out, o.ldc, more, variant ? &e : NULL),
                         o.out, o.before, o.want, o.size, 1e-5, slack(o.k));
            clear(&o);
        }
}
END_TEST

START_TEST(multiplies_by_a_transpose) {
    for (int i = 0; i < N_SHAPES; i++)
        for (int variant = 0; variant < 16; variant += 3) {
            const int64_t *s = shapes[i];
            operands o = make(s, s[0], s[2], s[1], s[2], variant % 2);
            gnn_i_gemm_epilogue e = epilogue_of(&o, variant);
            bool more = variant % 4 == 1;
            gnn_i_ref_gemm_nt(o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb, o.want, o.ldc, more,
                              &e);
            KERNEL_CHECK(gnn_i_gemm_nt(threads, o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb,
                                       o.out, o.ldc, more, &e),
                         o.out, o.before, o.want, o.size, 1e-5, slack(o.k));
            clear(&o);
        }
}
END_TEST

START_TEST(multiplies_a_transpose) {
    for (int i = 0; i < N_SHAPES; i++)
        for (int more = 0; more < 2; more++) {
            const int64_t *s = shapes[i];
            operands o = make(s, s[2], s[0], s[2], s[1], more);
            size_t bytes = gnn_i_gemm_tn_scratch(o.m, o.n, o.k);
            char *scratch = kernel_take(bytes, 1);
            gnn_i_ref_gemm_tn(o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb, o.want, o.ldc, more);
            KERNEL_CHECK(gnn_i_gemm_tn(threads, o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb,
                                       o.out, o.ldc, more, scratch),
                         o.out, o.before, o.want, o.size, 1e-5, slack(o.k));
            gnn_i_free(scratch);
            clear(&o);
        }
}
END_TEST

START_TEST(an_addend_may_be_the_result) {
    const int64_t s[] = {50, 40, 200};
    operands o = make(s, s[0], s[2], s[2], s[1], 0);
    gnn_i_gemm_epilogue e = {.addend = o.want, .addend_scale = 2};
    gnn_i_ref_gemm_nn(o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb, o.want, o.ldc, false, &e);
    e.addend = o.out;
    KERNEL_CHECK(gnn_i_gemm_nn(threads, o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb, o.out,
                               o.ldc, false, &e),
                 o.out, o.before, o.want, o.size, 1e-5, slack(o.k));
    clear(&o);
}
END_TEST

START_TEST(hands_wide_products_to_openblas) {
    const int64_t s[] = {70, 600, 700};
    for (int variant = 0; variant < 16; variant += 5) {
        operands o = make(s, s[0], s[2], s[2], s[1], 2);
        gnn_i_gemm_epilogue e = epilogue_of(&o, variant);
        gnn_i_ref_gemm_nn(o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb, o.want, o.ldc, true, &e);
        KERNEL_CHECK(gnn_i_gemm_nn(threads, o.m, o.n, o.k, o.a, o.lda, o.b, o.ldb, o.out,
                                   o.ldc, true, &e),
                     o.out, o.before, o.want, o.size, 1e-5, slack(o.k));
        clear(&o);
    }
}
END_TEST

static gnn_real *rounded(const gnn_real *x, size_t n) {
    gnn_real *y = kernel_take(n, sizeof *y);
    for (size_t i = 0; i < n; i++) y[i] = gnn_i_ref_bf16(x[i]);
    return y;
}

START_TEST(multiplies_rounded_numbers) {
    ck_assert(gnn_i_ref_bf16((gnn_real)1.00390625) == 1); /* a tie goes to even */
    ck_assert(gnn_i_ref_bf16((gnn_real)1.01171875) == (gnn_real)1.015625);
    for (int i = 0; i < N_SHAPES; i++)
        for (int variant = 0; variant < 8; variant++) {
            const int64_t *s = shapes[i];
            const bool turn_a = variant & 1, turn_b = variant & 2, more = variant & 4;
            if (turn_a && turn_b) continue; /* nobody asks for it */
            operands o = make(s, turn_a ? s[2] : s[0], turn_a ? s[0] : s[2],
                              turn_b ? s[1] : s[2], turn_b ? s[2] : s[1], variant % 3);
            size_t n_a = (size_t)((turn_a ? o.k : o.m) * o.lda);
            size_t n_b = (size_t)((turn_b ? o.n : o.k) * o.ldb);
            gnn_real *a = rounded(o.a, n_a), *b = rounded(o.b, n_b);
            if (turn_a)
                gnn_i_ref_gemm_tn(o.m, o.n, o.k, a, o.lda, b, o.ldb, o.want, o.ldc, more);
            else
                (turn_b ? gnn_i_ref_gemm_nt : gnn_i_ref_gemm_nn)(
                    o.m, o.n, o.k, a, o.lda, b, o.ldb, o.want, o.ldc, more, NULL);
            FOR_EACH_ISA {
                if (!gnn_i_kernels_have_bf16()) continue;
                const gnn_i_gemm_args args = {.a = o.a,
                                              .lda = o.lda,
                                              .a_transposed = turn_a,
                                              .b = o.b,
                                              .ldb = o.ldb,
                                              .b_transposed = turn_b,
                                              .c = o.out,
                                              .ldc = o.ldc,
                                              .k1 = o.k,
                                              .scale = 1,
                                              .accumulate = more};
                memcpy(o.out, o.before, o.size * sizeof *o.out);
                gnn_i_kernels_get()->gemm_bf16(&args, 0, o.m, 0, o.n);
                ck_assert_close(o.out, o.want, o.size, 1e-5, slack(o.k));
            }
            gnn_i_free(a);
            gnn_i_free(b);
            clear(&o);
        }
}
END_TEST

TESTS("kernels/gemm", 60, multiplies_rounded_numbers, multiplies,
      multiplies_by_a_transpose, multiplies_a_transpose, an_addend_may_be_the_result,
      hands_wide_products_to_openblas)
