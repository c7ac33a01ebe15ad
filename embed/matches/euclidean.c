/* s = -|q - c|, and s = -|q - c|² + a_q + b_c, from |q - c|² = |q|² + |c|² - 2 q·c: dense
 * products, and passes over the pairs. With weights w (ds / |q - c|; 2 ds)
 *
 *     dq_i = Σ_j w_ij c_j - (Σ_j w_ij) q_i,   da_i = Σ_j ds_ij = Σ_j w_ij / 2
 *
 * and the same of candidates. */
#include "kernels/table.h"
#include "matches/kinds.h"

/* |q|², |c|² and biases; or sums of weights. */
static int64_t scratch(const emb_i_match *match, int64_t n, int64_t m) {
    return match->bias > 0 ? 2 * (n + m) : n + m;
}

/* Number k of each of n rows. */
static void column(int64_t n, const gnn_real *rows, int64_t ld, int64_t k, gnn_real *to) {
    for (int64_t i = 0; i < n; i++) to[i] = rows[i * ld + k];
}

static void distances(const emb_i_match *match, const emb_i_pairs *p, bool root,
                      gnn_real *room) {
    const gnn_i_kernels *kernels = gnn_i_kernels_get();
    gnn_real *q2 = room, *c2 = q2 + p->n, *a = c2 + p->m, *b = a + p->n;
    emb_i_match_dot.scores(match, p, NULL);
    kernels->row_squares(p->n, match->width, p->q, p->ldq, q2);
    kernels->row_squares(p->m, match->width, p->c, p->ldc, c2);
    gnn_i_euclid_args args = {
        .n = p->n, .m = p->m, .s = p->s, .ld = p->lds, .x2 = q2, .y2 = c2, .root = root};
    if (match->bias > 0) {
        column(p->n, p->q, p->ldq, match->width, a);
        column(p->m, p->c, p->ldc, match->bias, b);
        args.x_bias = a;
        args.y_bias = b;
    }
    kernels->euclid(&args);
}

static void scores(const emb_i_match *match, const emb_i_pairs *p, gnn_real *room) {
    distances(match, p, true, room);
}
static void squared_scores(const emb_i_match *match, const emb_i_pairs *p,
                           gnn_real *room) {
    distances(match, p, false, room);
}

static void weights(const gnn_i_tile_args *tile) {
    gnn_i_kernels_get()->tile_over_lengths(tile, EMB_I_LEAST_DISTANCE);
}
static void squared_weights(const gnn_i_tile_args *tile) {
    for (int64_t i = 0; i < tile->n; i++)
        for (int64_t j = 0; j < tile->m; j++) tile->w[i * tile->ldw + j] *= 2;
}

/* d_i -= sum_i x_i, and of the biases d_i += sum_i / 2, for n rows. */
static void take_own(const emb_i_match *match, int64_t n, const gnn_real *x, int64_t ldx,
                     const gnn_real *sum, gnn_real *d, int64_t ldd, int64_t bias) {
    for (int64_t i = 0; i < n; i++, x += ldx, d += ldd) {
        const gnn_i_combine_args args = {
            .alpha = 1, .a = d, .beta = -sum[i], .b = x, .y = d};
        gnn_i_kernels_get()->combine(&args, 0, match->width);
        if (match->bias > 0) d[bias] += sum[i] / 2;
    }
}

static void query_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dq,
                       int64_t ldd, bool accumulate, gnn_real *sums) {
    (void)accumulate;
    emb_i_match_dot.query_grad(match, p, dq, ldd, true, NULL);
    gnn_i_kernels_get()->tile_margins(p->n, p->m, p->s, p->lds, sums, NULL);
    take_own(match, p->n, p->q, p->ldq, sums, dq, ldd, match->width);
}

static void candidate_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dc,
                           int64_t ldd, bool accumulate, gnn_real *sums) {
    (void)accumulate;
    emb_i_match_dot.candidate_grad(match, p, dc, ldd, true, NULL);
    gnn_i_kernels_get()->tile_margins(p->n, p->m, p->s, p->lds, NULL, sums);
    take_own(match, p->m, p->c, p->ldc, sums, dc, ldd, match->bias);
}

static void own_grad(const emb_i_match *match, const emb_i_pair *pair) {
    for (int64_t k = 0; k < match->width; k++) {
        gnn_real step = pair->w * (pair->c[k] - pair->q[k]);
        pair->dq[k] += step;
        pair->dc[k] -= step;
    }
    if (match->bias == 0) return;
    pair->dq[match->width] += pair->w / 2;
    pair->dc[match->bias] += pair->w / 2;
}

const emb_i_match_type emb_i_match_euclidean = {
    .scratch = scratch,
    .scores = scores,
    .weights = weights,
    .needs_scores = true,
    .query_grad = query_grad,
    .candidate_grad = candidate_grad,
    .own_grad = own_grad,
};

const emb_i_match_type emb_i_match_squared = {
    .scratch = scratch,
    .scores = squared_scores,
    .weights = squared_weights,
    .query_grad = query_grad,
    .candidate_grad = candidate_grad,
    .own_grad = own_grad,
};
