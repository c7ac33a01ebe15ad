/* Sparse products against their plain versions: every instruction set, reducer, weighting
 * and epilogue, odd widths, empty and heavy rows, and the same bits at 1, 2 and 4
 * threads. */
#include "kernels_common.h"

/* Runs the product described by `args`, whose y is `before` at first, by plain loops and
 * by the kernel at several thread counts, and compares. */
static void check(gnn_i_spmm_args args, int64_t ldy, const gnn_real *before) {
    size_t n = (size_t)(args.n_rows * ldy), places = (size_t)(args.n_rows * args.width);
    gnn_real *want = kernel_copy(before, n), *first = kernel_copy(before, n);
    int32_t *want_arg = kernel_take(places, sizeof *want_arg);
    int32_t *arg = kernel_take(places, sizeof *arg);
    bool max = args.reduce == GNN_I_MAX;
    args.ldy = ldy;
    args.y = want;
    args.argmax = max ? want_arg : NULL;
    gnn_i_ref_spmm(&args);
    static const int threads[] = {1, 2, 4};
    for (int t = 0; t < 3; t++) {
        gnn_real *got = kernel_copy(before, n);
        args.y = got;
        args.argmax = max ? arg : NULL;
        gnn_i_spmm(threads[t], &args);
        if (t == 0) {
            memcpy(first, got, n * sizeof *got);
            /* rows of up to 40 degree + 300 terms below 4 */
            ck_assert_close(got, want, n, 64 * kernel_epsilon, 600 * kernel_epsilon);
        }
        ck_assert_same_bytes(got, first, n * sizeof *got);
        /* weighted products are rounded apart from fused ones: then a tie may break
         * elsewhere */
        if (max) ck_assert_same_bytes(arg, want_arg, places * sizeof *arg);
        gnn_i_free(got);
    }
    gnn_i_free(want);
    gnn_i_free(first);
    gnn_i_free(want_arg);
    gnn_i_free(arg);
}

static void check_widths(kernel_graph *g, gnn_i_spmm_args args, int step) {
    for (int i = 0; i < N_KERNEL_WIDTHS; i += step) {
        int64_t width = kernel_widths[i], ldx = width + i % 3, ldy = width + i % 2;
        gnn_real *x = kernel_random((size_t)((g->n_cols + g->n_rows) * ldx), 7);
        gnn_real *before = kernel_random((size_t)(g->n_rows * ldy), 8);
        gnn_real *addend = kernel_random((size_t)(g->n_rows * width), 9);
        args.width = width;
        args.x = x;
        args.ldx = ldx;
        if (args.addend_scale != 0) args.addend = addend;
        FOR_EACH_ISA check(args, ldy, before);
        gnn_i_free(x);
        gnn_i_free(before);
        gnn_i_free(addend);
    }
}

START_TEST(reduces_plain_and_weighted_rows) {
    static const int64_t rows[] = {0, 1, 7, 40};
    for (int k = 0; k < 4; k++) {
        kernel_graph g = kernel_graph_make(rows[k], 30, 5, (uint64_t)k + 1);
        gnn_real *w = kernel_random((size_t)g.n_arcs, 3);
        gnn_i_spmm_args args = {.n_rows = g.n_rows, .row_ptr = g.row_ptr, .col = g.col};
        for (int reduce = 0; reduce < 3; reduce++) {
            args.reduce = (gnn_i_reduce)reduce;
            args.w = NULL;
            check_widths(&g, args, 1);
            args.w = w;
            check_widths(&g, args, k == 3 ? 1 : 3);
        }
        gnn_i_free(w);
        kernel_graph_clear(&g);
    }
}
END_TEST

START_TEST(finishes_rows_as_asked) {
    kernel_graph g = kernel_graph_make(25, 40, 4, 11);
    gnn_real *w = kernel_random((size_t)g.n_arcs, 3), *diag = kernel_random(25, 4);
    gnn_real *row_scale = kernel_random(25, 5), *bias = kernel_random(400, 6);
    for (int flags = 0; flags < 64; flags++) {
        gnn_i_spmm_args args = {
            .n_rows = g.n_rows,
            .row_ptr = g.row_ptr,
            .col = g.col,
            .w = flags & 1 ? w : NULL,
            .diag = flags & 2 ? diag : NULL,
            .self_weight = flags % 3 == 0 ? (gnn_real).75 : 0,
            .self_offset = 15,
            .scale = flags & 4 ? (gnn_real)-.5 : 0,
            .row_scale = flags & 8 ? row_scale : NULL,
            .addend_scale = flags & 16 ? (gnn_real)1.5 : 0,
            .bias = flags & 32 ? bias : NULL,
            .accumulate = flags % 5 == 2,
            .relu = flags % 7 == 3,
            .reduce = flags % 2 ? GNN_I_SUM : GNN_I_MEAN,
        };
        check_widths(&g, args, 5);
    }
    gnn_i_free(w);
    gnn_i_free(diag);
    gnn_i_free(row_scale);
    gnn_i_free(bias);
    kernel_graph_clear(&g);
}
END_TEST

START_TEST(weighs_through_permutations_masks_and_columns) {
    kernel_graph g = kernel_graph_make(60, 50, 6, 12);
    gnn_real *w = kernel_random((size_t)g.n_arcs, 3), *col_scale = kernel_random(60, 4);
    for (int flags = 0; flags < 16; flags++) {
        gnn_i_spmm_args args = {
            .n_rows = g.n_cols,
            .row_ptr = g.col_ptr,
            .col = g.row, /* the transpose */
            .w = flags & 1 ? w : NULL,
            .perm = flags & 2 ? g.perm : NULL,
            .perm64 = !(flags & 2) && flags & 4 ? g.perm64 : NULL,
            .col_scale = flags % 3 == 1 ? col_scale : NULL,
            .dropout = flags & 8 ? gnn_i_dropout_make(5, 1ull << 40 | 3, .4)
                                 : (gnn_i_dropout){0},
            .reduce = flags % 5 == 4 ? GNN_I_MAX : GNN_I_SUM,
        };
        kernel_graph turned = {.n_rows = g.n_cols, .n_cols = g.n_rows};
        check_widths(&turned, args, 4);
    }
    gnn_i_free(w);
    gnn_i_free(col_scale);
    kernel_graph_clear(&g);
}
END_TEST

START_TEST(weighs_heads) {
    static const int heads[] = {2, 3, 4, 8, 16, 17};
    static const int64_t dims[] = {1, 2, 3, 5, 7, 8, 12, 16, 20, 32, 64};
    kernel_graph g = kernel_graph_make(30, 25, 4, 13);
    for (int h = 0; h < 6; h++)
        for (int d = 0; d < 11; d++) {
            int64_t width = heads[h] * dims[d];
            gnn_real *w = kernel_random((size_t)(g.n_arcs * heads[h]), 3);
            gnn_real *x = kernel_random((size_t)(g.n_cols * width), 4);
            gnn_real *before = kernel_random((size_t)(g.n_rows * width), 5);
            for (int dropped = 0; dropped < 2; dropped++) {
                gnn_i_spmm_args args = {
                    .n_rows = g.n_rows,
                    .row_ptr = g.row_ptr,
                    .col = g.col,
                    .w = w,
                    .heads = heads[h],
                    .width = width,
                    .x = x,
                    .reduce = d % 3 == 2 ? GNN_I_MAX : GNN_I_SUM,
                    .dropout =
                        dropped ? gnn_i_dropout_make(6, 2, .3) : (gnn_i_dropout){0},
                };
                FOR_EACH_ISA check(args, width, before);
                /* the same arcs seen through a permutation (the identity) */
                int32_t *perm = kernel_take((size_t)g.n_arcs, sizeof *perm);
                for (gnn_off a = 0; a < g.n_arcs; a++) perm[a] = (int32_t)a;
                args.perm = perm;
                FOR_EACH_ISA check(args, width, before);
                gnn_i_free(perm);
            }
            gnn_i_free(w);
            gnn_i_free(x);
            gnn_i_free(before);
        }
    kernel_graph_clear(&g);
}
END_TEST

START_TEST(takes_parts_of_a_graph) {
    kernel_graph g = kernel_graph_make(40, 40, 5, 14);
    gnn_real *w = kernel_random((size_t)g.n_arcs, 3), *x = kernel_random(40 * 33, 4);
    gnn_real *before = kernel_random(40 * 33, 5);
    gnn_i_spmm_args args = {.n_rows = 20,
                            .row_ptr = g.row_ptr + 13,
                            .col = g.col,
                            .w = w,
                            .width = 33,
                            .x = x,
                            .self_weight = 1,
                            .self_offset = 13,
                            .dropout = gnn_i_dropout_make(6, 2, .3)};
    FOR_EACH_ISA check(args, 33, before);
    gnn_i_free(w);
    gnn_i_free(x);
    gnn_i_free(before);
    kernel_graph_clear(&g);
}
END_TEST

/* Large enough for many blocks and for threads. */
START_TEST(gives_the_same_bits_on_any_number_of_threads) {
    kernel_graph g = kernel_graph_make(3000, 3000, 12, 15);
    gnn_real *w = kernel_random((size_t)g.n_arcs, 3);
    gnn_i_spmm_args args = {.n_rows = g.n_rows,
                            .row_ptr = g.row_ptr,
                            .col = g.col,
                            .w = w,
                            .dropout = gnn_i_dropout_make(6, 2, .5)};
    static const int64_t widths[] = {16, 70, 128};
    for (int i = 0; i < 3; i++) {
        gnn_real *x = kernel_random((size_t)(3000 * widths[i]), 4);
        gnn_real *before = kernel_random((size_t)(3000 * widths[i]), 5);
        args.x = x;
        args.width = widths[i];
        FOR_EACH_ISA check(args, widths[i], before);
        gnn_i_free(x);
        gnn_i_free(before);
    }
    gnn_i_free(w);
    kernel_graph_clear(&g);
}
END_TEST

TESTS("kernels/spmm", 60, reduces_plain_and_weighted_rows, finishes_rows_as_asked,
      weighs_through_permutations_masks_and_columns, weighs_heads, takes_parts_of_a_graph,
      gives_the_same_bits_on_any_number_of_threads)
