/* Edge-softmax attention, forward and backward, GAT and GATv2, against the plain
 * versions: odd heads and widths, empty and heavy rows, self arcs, dropout, arc scores
 * and features, every instruction set, and the same bits at 1, 2 and 4 threads. */
#include "kernels_common.h"

/* Everything one attention needs, inputs and outputs of both passes. */
typedef struct problem {
    kernel_graph g;
    gnn_i_attention_args args;
    gnn_i_attention_grad grad;
    int64_t width;
    size_t n_y, n_z, n_scores, n_shares;
} problem;

enum { SELF = 1, DROPOUT = 2, EXTRA = 4, V2 = 8, PERM64 = 16, N_FLAGS = 32 };

static problem make(int64_t n, int64_t degree, int heads, int64_t dim, int flags,
                    uint64_t seed) {
    problem p = {.g = kernel_graph_make(n, n + 5, degree, seed), .width = heads * dim};
    int64_t sources = n + 5;
    p.n_y = (size_t)(n * p.width);
    p.n_z = (size_t)(sources * p.width);
    p.n_scores = (size_t)(p.g.n_arcs * heads);
    gnn_i_attention_args *s = &p.args;
    s->n_rows = n;
    s->row_ptr = p.g.row_ptr;
    s->col = p.g.col;
    s->heads = heads;
    s->dim = dim;
    s->slope = (gnn_real).2;
    s->self_arc = (flags & SELF) != 0;
    s->self_offset = 5;
    s->n_arcs = p.g.n_arcs;
    if (flags & DROPOUT) s->dropout = gnn_i_dropout_make(3, 9, .35);
    s->z = kernel_random(p.n_z, seed + 1);
    if (flags & V2) {
        s->att = kernel_random((size_t)p.width, seed + 2);
        s->zr = kernel_random(p.n_y, seed + 3);
        if (flags & EXTRA) s->e = kernel_random((size_t)(p.g.n_arcs * p.width), seed + 4);
    } else {
        gnn_real *src = kernel_random((size_t)(sources * heads), seed + 2);
        for (int64_t i = 0; i < sources * heads; i++) src[i] *= 6; /* sharp maxima */
        s->src = src;
        s->dst = kernel_random((size_t)(n * heads), seed + 3);
        if (flags & EXTRA) {
            s->arc_score = kernel_random(p.n_scores, seed + 4);
            s->self_score = kernel_random((size_t)(n * heads), seed + 5);
        }
    }
    p.grad = (gnn_i_attention_grad){.n_sources = sources,
                                    .col_ptr = p.g.col_ptr,
                                    .row = p.g.row,
                                    .perm = flags & PERM64 ? NULL : p.g.perm,
                                    .perm64 = flags & PERM64 ? p.g.perm64 : NULL,
                                    .dy = kernel_random(p.n_y, seed + 6)};
    p.n_shares = (size_t)gnn_i_attention_share_count(s);
    p.grad.scratch = kernel_take(gnn_i_attention_backward_scratch(s), 1);
    return p;
}

static void clear(problem *p) {
    const void *blocks[] = {
        p->args.z,   p->args.att,       p->args.zr,         p->args.e,  p->args.src,
        p->args.dst, p->args.arc_score, p->args.self_score, p->grad.dy, p->grad.scratch};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        gnn_i_free((void *)blocks[i]);
    kernel_graph_clear(&p->g);
}

/* The arrays that a pass writes, one behind the other. */
enum {
    Y,
    ROW_MAX,
    ROW_SUM,
    N_FORWARD
}; /* shares are apart: they are not plain numbers */
enum { DZ, DSRC, DDST, DARC, DSELF, DATT, DZR, DE, N_BACKWARD };

static size_t layout(const problem *p, bool backward, size_t *at) {
    size_t rows = (size_t)(p->args.n_rows * p->args.heads);
    size_t sources = (size_t)(p->grad.n_sources * p->args.heads),
           width = (size_t)p->width;
    size_t forward_sizes[] = {p->n_y, rows, rows};
    size_t backward_sizes[] = {p->n_z, sources, rows,   p->n_scores,
                               rows,   width,   p->n_y, (size_t)p->g.n_arcs * width};
    size_t total = 0;
    for (int i = 0; i < (backward ? N_BACKWARD : N_FORWARD); i++) {
        at[i] = total;
        total += backward ? backward_sizes[i] : forward_sizes[i];
    }
    return total;
}

static gnn_i_attention_args with_outputs(const problem *p, gnn_real *out,
                                         gnn_real *shares) {
    size_t at[N_FORWARD];
    layout(p, false, at);
    gnn_i_attention_args s = p->args;
    s.y = out + at[Y];
    s.row_max = out + at[ROW_MAX];
    s.row_sum = out + at[ROW_SUM];
    s.shares = shares;
    return s;
}

static gnn_i_attention_grad with_gradients(const problem *p, gnn_real *out) {
    size_t at[N_BACKWARD];
    layout(p, true, at);
    gnn_i_attention_grad g = p->grad;
    g.dz = out + at[DZ];
    g.dsrc = out + at[DSRC];
    g.ddst = out + at[DDST];
    g.darc_score = out + at[DARC];
    g.dself_score = out + at[DSELF];
    g.datt = out + at[DATT];
    g.dzr = out + at[DZR];
    g.de = out + at[DE];
    return g;
}

/* Shares agree: flags, and values where those are finite numbers. */
static void check_shares(const problem *p, const gnn_real *got, const gnn_real *want) {
    const gnn_i_share_bits flags = GNN_I_SHARE_BELOW | GNN_I_SHARE_DROPPED;
    size_t n =
        (size_t)((p->g.n_arcs + p->args.self_arc * p->args.n_rows) * p->args.heads);
    for (size_t i = 0; i < n; i++) {
        gnn_i_share_bits a, b, of_interest = p->args.att ? GNN_I_SHARE_DROPPED : flags;
        gnn_real x, y;
        memcpy(&a, got + i, sizeof a);
        memcpy(&b, want + i, sizeof b);
        ck_assert_uint_eq(a & of_interest, b & of_interest);
        a &= ~flags;
        b &= ~flags;
        memcpy(&x, &a, sizeof x);
        memcpy(&y, &b, sizeof y);
        ck_assert_double_eq_tol(x, y, 1000 * kernel_epsilon);
    }
}

static void check(problem *p) {
    size_t at[N_BACKWARD], n = layout(p, false, at), m = layout(p, true, at);
    gnn_real *want = kernel_take(n, sizeof *want), *out = kernel_take(n, sizeof *out);
    gnn_real *want_shares = kernel_take(p->n_shares, sizeof *want);
    gnn_real *shares = kernel_take(p->n_shares, sizeof *shares);
    gnn_i_attention_args ref = with_outputs(p, want, want_shares),
                         got = with_outputs(p, out, shares);
    gnn_i_ref_attention_forward(&ref);
    KERNEL_CHECK(gnn_i_attention_forward(threads, &got);
                 check_shares(p, shares, want_shares), out, out, want, n,
                 1000 * kernel_epsilon, 1000 * kernel_epsilon);
    gnn_real *before = kernel_random(m, 77), *want_d = kernel_copy(before, m);
    gnn_real *out_d = kernel_copy(before, m);
    gnn_i_attention_grad ref_d = with_gradients(p, want_d),
                         got_d = with_gradients(p, out_d);
    gnn_i_ref_attention_backward(&ref, &ref_d);
    /* the kernel's gradients from the same y, maxima, sums and shares */
    ref.shares = shares;
    KERNEL_CHECK(memcpy(shares, want_shares, p->n_shares * sizeof *shares);
                 gnn_i_attention_backward(threads, &ref, &got_d), out_d, before, want_d,
                 m, 2000 * kernel_epsilon, 2000 * kernel_epsilon);
    gnn_i_free(want);
    gnn_i_free(want_shares);
    gnn_i_free(shares);
    gnn_i_free(out);
    gnn_i_free(before);
    gnn_i_free(want_d);
    gnn_i_free(out_d);
}

static void check_shapes(int version) {
    static const int heads[] = {1, 2, 3, 4, 8, 17};
    static const int64_t dims[] = {1, 2, 3, 5, 7, 8, 12, 16, 20, 33, 40, 64, 70};
    for (int h = 0; h < 6; h++)
        for (int d = 0; d < 13; d++)
            for (int k = 0; k < (heads[h] * dims[d] <= 150 ? 2 : 1); k++) {
                int flags =
                    (int)support_below(5, (uint64_t)(26 * h + 2 * d + k), N_FLAGS);
                problem p = make(20, 3, heads[h], dims[d], (flags & ~V2) | version,
                                 (uint64_t)(100 + d));
                check(&p);
                clear(&p);
            }
}

START_TEST(attends_as_gat) {
    check_shapes(0);
}
END_TEST

START_TEST(attends_as_gatv2) {
    check_shapes(V2);
}
END_TEST

START_TEST(takes_every_option) {
    for (int flags = 0; flags < N_FLAGS; flags++) {
        problem p = make(11, 4, 4, 8, flags, 200);
        check(&p);
        clear(&p);
    }
}
END_TEST

START_TEST(takes_graphs_without_arcs) {
    for (int flags = 0; flags < N_FLAGS; flags += 8) {
        problem p = make(4, 0, 2, 3, flags, 300);
        check(&p);
        clear(&p);
    }
}
END_TEST

START_TEST(gives_the_same_bits_on_any_number_of_threads) {
    for (int flags = SELF | DROPOUT; flags < N_FLAGS; flags += 8) {
        problem p = make(900, 8, 4, 16, flags, 400);
        check(&p);
        clear(&p);
    }
}
END_TEST

/* Gradients that nobody asks for are skipped, whichever they are. */
START_TEST(skips_gradients) {
    for (int version = 0; version <= V2; version += V2) {
        problem p = make(15, 3, 2, 5, SELF | EXTRA | version, 500);
        size_t at[N_BACKWARD], n = layout(&p, false, at), m = layout(&p, true, at);
        gnn_real *forward = kernel_take(n, sizeof *forward);
        gnn_real *all = kernel_take(m, sizeof *all), *some = kernel_take(m, sizeof *some);
        gnn_real *shares = kernel_take(p.n_shares, sizeof *shares);
        gnn_i_attention_args s = with_outputs(&p, forward, shares);
        gnn_i_attention_forward(1, &s);
        gnn_i_attention_grad g = with_gradients(&p, all);
        gnn_i_attention_backward(1, &s, &g);
        for (int skipped = 0; skipped < N_BACKWARD; skipped++) {
            memset(some, 0, m * sizeof *some);
            g = with_gradients(&p, some);
            gnn_real **field[] = {&g.dz,          &g.dsrc, &g.ddst, &g.darc_score,
                                  &g.dself_score, &g.datt, &g.dzr,  &g.de};
            *field[skipped] = NULL;
            gnn_i_attention_forward(1, &s); /* shares, which backward overwrites */
            gnn_i_attention_backward(2, &s, &g);
            size_t end = skipped + 1 < N_BACKWARD ? at[skipped + 1] : m;
            for (size_t i = at[skipped]; i < end; i++) some[i] = all[i];
            ck_assert_same_bytes(some, all, m * sizeof *all);
        }
        gnn_i_free(forward);
        gnn_i_free(shares);
        gnn_i_free(all);
        gnn_i_free(some);
        clear(&p);
    }
}
END_TEST

TESTS("kernels/attention", 60, attends_as_gat, attends_as_gatv2, takes_every_option,
      takes_graphs_without_arcs, gives_the_same_bits_on_any_number_of_threads,
      skips_gradients)
