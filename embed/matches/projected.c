/* Distances on a hyperplane that is the query's: a query is q and behind it the unit
 * normal u,
 *
 *     f = |q - (c - (u·c) u)|,   f² = |q|² + |c|² - 2 q·c + p (2 g - p),
 *     p = u·c, g = q·u
 *
 * so that scores -f are two dense products, q·c and u·c. With weights A = ds / f and
 * B = A (p - g), products again:
 *
 *     dq_i = Σ_j A c_j - Σ_j A q_i - Σ_j A p u_i
 *     du_i = Σ_j B c_j - Σ_j A p q_i
 *     dc_j = Σ_i A q_i + Σ_i B u_i - Σ_i A c_j */
#include <math.h>

#include "kernels/table.h"
#include "matches/kinds.h"

/* Places in scratch. */
typedef struct room {
    gnn_real *p;    /* (n, m) u·c, then B */
    gnn_real *sum;  /* (m) Σ A, or |c|² */
    gnn_real *sump; /* (n) Σ A p, or |q|² */
} room;

static room room_of(const emb_i_pairs *p, gnn_real *reals) {
    gnn_real *sum = reals + p->n * p->m;
    return (room){reals, sum, sum + p->m};
}

static gnn_real dot(int64_t n, const gnn_real *x, const gnn_real *y) {
    gnn_real sum = 0;
    for (int64_t k = 0; k < n; k++) sum += x[k] * y[k];
    return sum;
}

/* The normals with the candidates: u·c, or their weights. */
static emb_i_pairs along_normals(const emb_i_match *match, const emb_i_pairs *p,
                                 const room *r) {
    emb_i_pairs pairs = *p;
    pairs.ahead = (gnn_i_ahead){0}; /* the other product asks */
    pairs.q = p->q + match->width;
    pairs.s = r->p;
    pairs.lds = p->m;
    return pairs;
}

static int64_t scratch(const emb_i_match *match, int64_t n, int64_t m) {
    (void)match;
    return n * m + n + m;
}

static void scores(const emb_i_match *match, const emb_i_pairs *p, gnn_real *reals) {
    const int64_t width = match->width;
    const room r = room_of(p, reals);
    const emb_i_pairs normals = along_normals(match, p, &r);
    emb_i_match_dot.scores(match, p, NULL);
    emb_i_match_dot.scores(match, &normals, NULL);
    gnn_i_kernels_get()->row_squares(p->m, width, p->c, p->ldc, r.sum);
    gnn_i_kernels_get()->row_squares(p->n, width, p->q, p->ldq, r.sump);
    for (int64_t i = 0; i < p->n; i++) {
        const gnn_real *q = p->q + i * p->ldq, *along = r.p + i * p->m;
        const gnn_real q2 = r.sump[i], g = dot(width, q, q + width);
        gnn_real *s = p->s + i * p->lds;
        for (int64_t j = 0; j < p->m; j++) {
            gnn_real f2 = q2 + r.sum[j] - 2 * s[j] + along[j] * (2 * g - along[j]);
            s[j] = -(gnn_real)sqrt((double)(f2 > 0 ? f2 : 0));
        }
    }
}

static void weights(const gnn_i_tile_args *tile) {
    gnn_i_kernels_get()->tile_over_lengths(tile, EMB_I_LEAST_DISTANCE);
}

/* r.p = B, from the weights A; r.sump = Σ_j A p. */
static void weigh_normals(const emb_i_match *match, const emb_i_pairs *p, const room *r) {
    const emb_i_pairs normals = along_normals(match, p, r);
    emb_i_match_dot.scores(match, &normals, NULL);
    for (int64_t i = 0; i < p->n; i++) {
        const gnn_real *q = p->q + i * p->ldq, *a = p->s + i * p->lds;
        const gnn_real g = dot(match->width, q, q + match->width);
        gnn_real *b = r->p + i * p->m, sum = 0;
        for (int64_t j = 0; j < p->m; j++) {
            sum += a[j] * b[j];
            b[j] = a[j] * (b[j] - g);
        }
        r->sump[i] = sum;
    }
}

static void query_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dq,
                       int64_t ldd, bool accumulate, gnn_real *reals) {
    (void)accumulate;
    const int64_t width = match->width;
    const room r = room_of(p, reals);
    weigh_normals(match, p, &r);
    const emb_i_pairs normals = along_normals(match, p, &r);
    emb_i_match_dot.query_grad(match, p, dq, ldd, true, NULL);
    emb_i_match_dot.query_grad(match, &normals, dq + width, ldd, true, NULL);
    for (int64_t i = 0; i < p->n; i++) {
        const gnn_real *q = p->q + i * p->ldq, *u = q + width, *a = p->s + i * p->lds;
        gnn_real *d = dq + i * ldd, *du = d + width, sum = 0;
        for (int64_t j = 0; j < p->m; j++) sum += a[j];
        for (int64_t k = 0; k < width; k++) {
            d[k] -= sum * q[k] + r.sump[i] * u[k];
            du[k] -= r.sump[i] * q[k];
        }
    }
}

static void candidate_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dc,
                           int64_t ldd, bool accumulate, gnn_real *reals) {
    (void)accumulate;
    const int64_t width = match->width;
    const room r = room_of(p, reals);
    weigh_normals(match, p, &r);
    const emb_i_pairs normals = along_normals(match, p, &r);
    emb_i_match_dot.candidate_grad(match, p, dc, ldd, true, NULL);
    emb_i_match_dot.candidate_grad(match, &normals, dc, ldd, true, NULL);
    for (int64_t j = 0; j < p->m; j++) r.sum[j] = 0;
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j < p->m; j++) r.sum[j] += p->s[i * p->lds + j];
    for (int64_t j = 0; j < p->m; j++)
        for (int64_t k = 0; k < width; k++)
            dc[j * ldd + k] -= r.sum[j] * p->c[j * p->ldc + k];
}

const emb_i_match_type emb_i_match_projected = {
    .scratch = scratch,
    .scores = scores,
    .weights = weights,
    .needs_scores = true,
    .query_grad = query_grad,
    .candidate_grad = candidate_grad,
};
