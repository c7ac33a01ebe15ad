/* Ops know nothing of the numbers of nodes: with nodes renumbered, and arcs along with
 * them, the same values come out, renumbered. And a range of rows gives the rows of the
 * whole. */
#include "support/op_cases.h"

#include <math.h>

/* Where row i of an axis goes. */
typedef struct numbering {
    gnn_id *node; /* (n) */
    gnn_off *arc; /* (arcs) of the graph in question */
} numbering;

static gnn_id row_of(const gnn_csr *csr, gnn_off a) {
    gnn_id r = 0;
    while (csr->row_ptr[r + 1] <= a) r++;
    return r;
}

/* The arc from s to r, of which there is one. */
static gnn_off find_arc(const gnn_csr *csr, gnn_id s, gnn_id r) {
    for (gnn_off a = csr->row_ptr[r]; a < csr->row_ptr[r + 1]; a++)
        if (csr->col[a] == s) return a;
    ck_abort_msg("no arc from %d to %d", s, r);
    return -1;
}

static void number_arcs(const gnn_graph *from, const gnn_graph *to, numbering *p) {
    const gnn_csr *old = gnn_graph_csr(from), *new = gnn_graph_csr(to);
    p->arc = calloc((size_t)old->n_arcs + 1, sizeof *p->arc);
    for (gnn_off a = 0; a < old->n_arcs; a++)
        p->arc[a] = find_arc(new, p->node[old->col[a]], p->node[row_of(old, a)]);
}

/* to[p(i)] = from[i], row by row. */
static void renumber(const numbering *p, gnn_axis axis, int64_t rows, int64_t width,
                     const gnn_real *from, gnn_real *to) {
    for (int64_t i = 0; i < rows; i++) {
        int64_t k = axis == GNN_AXIS_NODE  ? p->node[i]
                    : axis == GNN_AXIS_ARC ? p->arc[i]
                                           : i;
        memcpy(to + k * width, from + i * width, (size_t)width * sizeof *to);
    }
}

static void check_renumbered(const op_case *c, const char *what, const numbering *p,
                             gnn_axis axis, int64_t rows, int64_t width,
                             const gnn_real *plain, const gnn_real *got) {
    gnn_real *want = calloc((size_t)(rows * width) + 1, sizeof *want);
    renumber(p, axis, rows, width, plain, want);
    for (int64_t i = 0; i < rows * width; i++) {
        double scale = fmax(fabs((double)want[i]), 1);
        if (!(fabs((double)got[i] - (double)want[i]) <=
              (GNN_REAL_DOUBLE ? 1e-12 : 3e-5) * scale))
            ck_abort_msg("%s: %s %lld is %.9g renumbered, %.9g before", c->name, what,
                         (long long)i, (double)got[i], (double)want[i]);
    }
    free(want);
}

/* The shape of the result, which support_step does not tell. */
typedef struct shaped_run {
    op_run run;
    gnn_tensor shape;
} shaped_run;
static gnn_tensor *shaped_function(gnn_context *ctx, gnn_tensor *const *x,
                                   void *argument) {
    shaped_run *job = argument;
    gnn_tensor *y = op_run_function(ctx, x, &job->run);
    if (y) job->shape = *y;
    return y;
}

static void check_case(const op_case *c, const op_world *plain, const op_world *other,
                       const numbering *p) {
    gnn_context *ctx;
    gnn_tensor *x[OP_MAX_INPUTS];
    gnn_real *y, *z, *d[OP_MAX_INPUTS], *e[OP_MAX_INPUTS];
    int n;
    int64_t n_y, n_z;
    ck_assert_ok(gnn_context_new(2, 3, &ctx));
    ck_assert_ok(op_case_tensors(c, plain, &n, x));
    shaped_run before = {.run = {c, plain}}, after = {.run = {c, other}};
    ck_assert_ok(support_step(ctx, shaped_function, &before, n, x, &y, &n_y, d));
    for (int i = 0; i < n; i++) {
        int64_t rows = x[i]->shape[0], width = gnn_tensor_width(x[i]);
        gnn_real *moved = calloc((size_t)(rows * width) + 1, sizeof *moved);
        renumber(p, x[i]->axis, rows, width, x[i]->data, moved);
        memcpy(x[i]->data, moved, (size_t)(rows * width) * sizeof *moved);
        gnn_tensor_set_constant(x[i], false); /* its values just changed */
        free(moved);
    }
    ck_assert_ok(support_step(ctx, shaped_function, &after, n, x, &z, &n_z, e));
    ck_assert_int_eq(n_y, n_z);
    int64_t rows = before.shape.shape[0];
    check_renumbered(c, "output", p, before.shape.axis, rows, rows > 0 ? n_y / rows : 0,
                     y, z);
    for (int i = 0; i < n; i++) {
        free(d[i]);
        free(e[i]);
    }
    free(y);
    free(z);
    op_case_free_tensors(n, x);
    gnn_context_free(ctx);
}

START_TEST(results_follow_the_numbering) {
    op_world plain, other;
    numbering arcs = {0}, pairs = {0};
    int n_checked = 0;
    ck_assert_ok(op_world_new(0, &plain));
    ck_assert_ok(op_world_new(0, &other));
    arcs.node = calloc((size_t)plain.n, sizeof *arcs.node);
    for (int64_t v = 0; v < plain.n; v++) arcs.node[v] = (gnn_id)((3 * v + 2) % plain.n);
    pairs.node = arcs.node;
    gnn_graph *new_arcs, *new_pairs;
    ck_assert_ok(gnn_graph_reorder(plain.arcs, arcs.node, &new_arcs));
    ck_assert_ok(gnn_graph_reorder(plain.pairs, arcs.node, &new_pairs));
    number_arcs(plain.arcs, new_arcs, &arcs);
    number_arcs(plain.pairs, new_pairs, &pairs);
    gnn_graph *old_arcs = other.arcs, *old_pairs = other.pairs;
    other.arcs = new_arcs;
    other.pairs = new_pairs;
    for (size_t k = 0; k < op_case_count(); k++) {
        const op_case *c = op_case_get(k);
        if (c->numbering == OP_UNNUMBERED) continue;
        check_case(c, &plain, &other, c->numbering == OP_ON_PAIRS ? &pairs : &arcs);
        n_checked++;
    }
    ck_assert_int_gt(n_checked, 50);
    other.arcs = old_arcs;
    other.pairs = old_pairs;
    gnn_graph_free(new_arcs);
    gnn_graph_free(new_pairs);
    free(arcs.node);
    free(arcs.arc);
    free(pairs.arc);
    op_world_clear(&plain);
    op_world_clear(&other);
}
END_TEST

/* ---- ranges ---- */

/* Cases whose inputs live on all sources and on arcs of the whole graph only, so that
 * they run on a range of rows as they are. */
static const char *const ranged[] = {
    "spmm/sum",       "spmm/mean",      "spmm/max",          "gcn_propagate/loops",
    "from_arcs/sum",  "from_arcs/max",  "spmm_relu_add/any", "attention/any",
    "attention2/any", "sddmm/one_head", "to_arcs/sources",
};

static const op_case *find_case(const char *name) {
    for (size_t k = 0; k < op_case_count(); k++)
        if (strcmp(op_case_get(k)->name, name) == 0) return op_case_get(k);
    ck_abort_msg("no case %s", name);
    return NULL;
}

/* The rows of a range are those of the whole, but for how the sums of long rows are
 * cut. */
static void check_range(const op_case *c, op_world *w) {
    gnn_context *ctx;
    gnn_tensor *x[OP_MAX_INPUTS];
    int n;
    ck_assert_ok(gnn_context_new(1, 3, &ctx));
    ck_assert_ok(op_case_tensors(c, w, &n, x));
    gnn_context_begin(ctx, GNN_EVAL, 0);
    const gnn_tensor *whole = c->run(ctx, w, x);
    gnn_graph *arcs = w->arcs;
    const gnn_csr *range = gnn_graph_csr(w->range);
    w->arcs = w->range;
    const gnn_tensor *part = c->run(ctx, w, x);
    w->arcs = arcs;
    ck_assert_ok(gnn_context_status(ctx));
    bool on_arcs = part->axis == GNN_AXIS_ARC;
    int64_t first = on_arcs ? range->row_ptr[0] : range->row_offset;
    ck_assert_int_eq(part->shape[0], on_arcs ? range->n_arcs : range->n_rows);
    ck_assert_close(part->data,
                    (const gnn_real *)whole->data + first * gnn_tensor_width(whole),
                    gnn_tensor_count(part), 0, GNN_REAL_DOUBLE ? 1e-13 : 1e-5);
    op_case_free_tensors(n, x);
    gnn_context_free(ctx);
}

START_TEST(ranges_give_the_rows_of_the_whole) {
    for (int scale = 0; scale < 2; scale++) {
        op_world w;
        ck_assert_ok(op_world_new(scale, &w));
        for (size_t k = 0; k < sizeof ranged / sizeof *ranged; k++)
            check_range(find_case(ranged[k]), &w);
        op_world_clear(&w);
    }
}
END_TEST

TESTS("ops/numbering", 60, results_follow_the_numbering,
      ranges_give_the_rows_of_the_whole)
