/* Moduli and phases, width / 2 of each in a query and in a candidate:
 *
 *     s = -|q_m - c_m| - weight Σ_k |sin((q_p - c_p)_k / 2)|
 *
 * The first part is a Euclidean distance. The second needs no sine of a pair: as points
 * of the circle at half the angle, x = (cos(q_p / 2), sin(q_p / 2)) and y of c the same,
 * |sin((q_p - c_p) / 2)| is the area |x × y|. Weights of pairs are ds; those of the first
 * part, ds / |q_m - c_m|, are computed again. */
#include <string.h>

#include "kernels/table.h"
#include "matches/kinds.h"

/* Places in scratch. */
typedef struct room {
    gnn_real *s;     /* (n, m) */
    gnn_real *x, *y; /* (n, width), (m, width) points */
    gnn_real *d;     /* (n or m, width) gradients of points */
    gnn_real *rest;  /* of a Euclidean match */
} room;

static room room_of(const emb_i_match *match, const emb_i_pairs *p, gnn_real *reals) {
    const int64_t larger = p->n > p->m ? p->n : p->m;
    room r = {.s = reals, .x = reals + p->n * p->m};
    r.y = r.x + p->n * match->width;
    r.d = r.y + p->m * match->width;
    r.rest = r.d + larger * match->width;
    return r;
}

static emb_i_match moduli(const emb_i_match *match) {
    return (emb_i_match){.kind = EMB_I_EUCLIDEAN, .width = match->width / 2};
}

/* Cosines and sines of half the phases of n rows. */
static void points(const emb_i_match *match, int64_t n, const gnn_real *rows, int64_t ld,
                   gnn_real *to) {
    const int64_t half = match->width / 2;
    for (int64_t i = 0; i < n; i++, to += match->width)
        gnn_i_kernels_get()->half_angles(half, rows + i * ld + half, to, to + half);
}

static int64_t scratch(const emb_i_match *match, int64_t n, int64_t m) {
    const int64_t larger = n > m ? n : m;
    const emb_i_match modulus = moduli(match);
    return n * m + (n + m + larger) * match->width +
           emb_i_match_euclidean.scratch(&modulus, n, m);
}

static void scores(const emb_i_match *match, const emb_i_pairs *p, gnn_real *reals) {
    const emb_i_match modulus = moduli(match);
    const room r = room_of(match, p, reals);
    emb_i_match_euclidean.scores(&modulus, p, r.rest);
    points(match, p->n, p->q, p->ldq, r.x);
    points(match, p->m, p->c, p->ldc, r.y);
    const gnn_i_pairs_args areas = {.n = p->n,
                                    .m = p->m,
                                    .width = match->width,
                                    .x = r.x,
                                    .ldx = match->width,
                                    .y = r.y,
                                    .ldy = match->width,
                                    .s = r.s,
                                    .row_step = p->m};
    gnn_i_kernels_get()->area(&areas);
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j < p->m; j++)
            p->s[i * p->lds + j] += match->weight * r.s[i * p->m + j];
}

/* The pairs of the moduli, with their weights. */
static emb_i_pairs weigh_moduli(const emb_i_match *match, const emb_i_pairs *p,
                                const room *r) {
    const emb_i_match modulus = moduli(match);
    emb_i_pairs distances = *p;
    distances.s = r->s;
    distances.lds = p->m;
    emb_i_match_euclidean.scores(&modulus, &distances, r->rest);
    for (int64_t i = 0; i < p->n; i++)
        for (int64_t j = 0; j < p->m; j++) {
            gnn_real *s = &r->s[i * p->m + j], distance = -*s;
            *s = p->s[i * p->lds + j] /
                 (distance > EMB_I_LEAST_DISTANCE ? distance : EMB_I_LEAST_DISTANCE);
        }
    return distances;
}

/* d += the gradient of n phases, from x, y and the weights of `areas`. */
static void phases(const emb_i_match *match, gnn_i_pairs_args areas, const room *r,
                   gnn_real *d, int64_t ldd) {
    const int64_t half = match->width / 2;
    areas.width = areas.ldx = areas.ldy = areas.ldd = match->width;
    areas.dx = r->d;
    memset(r->d, 0, (size_t)(areas.n * match->width) * sizeof *r->d);
    gnn_i_kernels_get()->area_gradient(&areas);
    for (int64_t i = 0; i < areas.n; i++) {
        const gnn_real *x = areas.x + i * match->width, *dx = r->d + i * match->width;
        for (int64_t k = 0; k < half; k++)
            d[i * ldd + half + k] +=
                match->weight / 2 * (x[k] * dx[half + k] - x[half + k] * dx[k]);
    }
}

static void query_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dq,
                       int64_t ldd, bool accumulate, gnn_real *reals) {
    (void)accumulate;
    const emb_i_match modulus = moduli(match);
    const room r = room_of(match, p, reals);
    const emb_i_pairs weighed = weigh_moduli(match, p, &r);
    emb_i_match_euclidean.query_grad(&modulus, &weighed, dq, ldd, true, r.rest);
    points(match, p->n, p->q, p->ldq, r.x);
    points(match, p->m, p->c, p->ldc, r.y);
    phases(match,
           (gnn_i_pairs_args){.n = p->n,
                              .m = p->m,
                              .x = r.x,
                              .y = r.y,
                              .w = p->s,
                              .row_step = p->lds,
                              .column_step = 1},
           &r, dq, ldd);
}

static void candidate_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dc,
                           int64_t ldd, bool accumulate, gnn_real *reals) {
    (void)accumulate;
    const emb_i_match modulus = moduli(match);
    const room r = room_of(match, p, reals);
    const emb_i_pairs weighed = weigh_moduli(match, p, &r);
    emb_i_match_euclidean.candidate_grad(&modulus, &weighed, dc, ldd, true, r.rest);
    points(match, p->n, p->q, p->ldq, r.x);
    points(match, p->m, p->c, p->ldc, r.y);
    phases(match,
           (gnn_i_pairs_args){.n = p->m,
                              .m = p->n,
                              .x = r.y,
                              .y = r.x,
                              .w = p->s,
                              .row_step = 1,
                              .column_step = p->lds},
           &r, dc, ldd);
}

const emb_i_match_type emb_i_match_polar = {
    .scratch = scratch,
    .scores = scores,
    .query_grad = query_grad,
    .candidate_grad = candidate_grad,
};
