/* Matching queries with candidates: dense products, or the kernels for distances. */
#include "matches/match.h"

#include <math.h>
#include <string.h>

#include "kernels/table.h"
#include "matches/kinds.h"

static bool is_product(const emb_i_match *match) {
    return match->kind == EMB_I_DOT || match->kind == EMB_I_EUCLIDEAN ||
           match->kind == EMB_I_SQUARED;
}

void emb_i_match_product(const emb_i_match *match, bool a_transposed, bool b_transposed,
                         int64_t rows, int64_t columns, int64_t inner, const gnn_real *a,
                         int64_t lda, const gnn_real *b, int64_t ldb, gnn_real *c,
                         int64_t ldc, bool accumulate) {
    const gnn_i_gemm_args args = {.a = a,
                                  .lda = lda,
                                  .a_transposed = a_transposed,
                                  .b = b,
                                  .ldb = ldb,
                                  .b_transposed = b_transposed,
                                  .c = c,
                                  .ldc = ldc,
                                  .k1 = inner,
                                  .scale = 1,
                                  .accumulate = accumulate};
    const gnn_i_kernels *kernels = gnn_i_kernels_get();
    (match->bf16 ? kernels->gemm_bf16 : kernels->gemm)(&args, 0, rows, 0, columns);
}

gnn_real emb_i_match_squared(int64_t width, const gnn_real *x) {
    gnn_real sum = 0;
    for (int64_t k = 0; k < width; k++) sum += x[k] * x[k];
    return sum;
}

/* ---- scores ---- */

/* q · c → the score of a pair, from |q|² and |c|². */
static gnn_real from_dot(const emb_i_match *match, gnn_real dot, gnn_real q2, gnn_real c2,
                         gnn_real bias) {
    gnn_real distance2 = q2 + c2 - 2 * dot;
    if (distance2 < 0) distance2 = 0;
    return match->kind == EMB_I_SQUARED ? bias - distance2
                                        : -(gnn_real)sqrt((double)distance2);
}

static gnn_real biases(const emb_i_match *match, const gnn_real *q, const gnn_real *c) {
    return match->bias > 0 ? q[match->width] + c[match->bias] : 0;
}

enum { SQUARE = 8 }; /* pairs that stand alone are scored as all pairs of a few rows */

size_t emb_i_match_scratch(const emb_i_match *match, int64_t n, int64_t m) {
    if (n < SQUARE) n = SQUARE;
    if (m < SQUARE) m = SQUARE;
    const int64_t larger = n > m ? n : m;
    int64_t room = n + m;
    if (match->kind == EMB_I_PROJECTED) room += n * m;
    if (match->kind == EMB_I_POLAR) room += n * m + (n + m + larger) * match->width;
    return (size_t)room;
}

void emb_i_match_scores(const emb_i_match *match, const emb_i_pairs *p,
                        gnn_real *scratch) {
    const gnn_i_pairs_args args = {.n = p->n,
                                   .m = p->m,
                                   .width = match->width,
                                   .x = p->q,
                                   .ldx = p->ldq,
                                   .y = p->c,
                                   .ldy = p->ldc,
                                   .s = p->s,
                                   .row_step = p->lds};
    if (match->kind == EMB_I_MANHATTAN) gnn_i_kernels_get()->manhattan(&args);
    if (match->kind == EMB_I_MODULUS) gnn_i_kernels_get()->modulus(&args);
    if (match->kind == EMB_I_PROJECTED) emb_i_projected_scores(match, p, scratch);
    if (match->kind == EMB_I_POLAR) emb_i_polar_scores(match, p, scratch);
    if (!is_product(match)) return;
    emb_i_match_product(match, false, true, p->n, p->m, match->width, p->q, p->ldq, p->c,
                        p->ldc, p->s, p->lds, false);
    if (match->kind == EMB_I_DOT) return;
    gnn_real *c2 = scratch;
    for (int64_t j = 0; j < p->m; j++)
        c2[j] = emb_i_match_squared(match->width, p->c + j * p->ldc);
    for (int64_t i = 0; i < p->n; i++) {
        const gnn_real *q = p->q + i * p->ldq;
        gnn_real q2 = emb_i_match_squared(match->width, q), *s = p->s + i * p->lds;
        for (int64_t j = 0; j < p->m; j++)
            s[j] = from_dot(match, s[j], q2, c2[j], biases(match, q, p->c + j * p->ldc));
    }
}

void emb_i_match_own(const emb_i_match *match, int64_t n, const gnn_real *q, int64_t ldq,
                     const gnn_real *c, int64_t ldc, gnn_real *s, gnn_real *scratch) {
    gnn_real pair[SQUARE * SQUARE] = {0}; /* the diagonal is kept */
    for (int64_t i = 0; i < n; i += SQUARE) {
        int64_t rows = n - i < SQUARE ? n - i : SQUARE;
        const emb_i_pairs pairs = {.n = rows,
                                   .m = rows,
                                   .q = q + i * ldq,
                                   .ldq = ldq,
                                   .c = c + i * ldc,
                                   .ldc = ldc,
                                   .s = pair,
                                   .lds = SQUARE};
        emb_i_match_scores(match, &pairs, scratch);
        for (int64_t r = 0; r < rows; r++) s[i + r] = pair[r * SQUARE + r];
    }
}

/* ---- gradients ---- */

bool emb_i_match_keeps_scores(const emb_i_match *match) {
    return match->kind == EMB_I_EUCLIDEAN || match->kind == EMB_I_PROJECTED;
}

void emb_i_match_weights(const emb_i_match *match, int64_t n, int64_t m,
                         const gnn_real *score, int64_t ld, gnn_real *w, int64_t ldw) {
    if (emb_i_match_keeps_scores(match))
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < m; j++) {
                gnn_real distance = -score[i * ld + j];
                w[i * ldw + j] /=
                    distance > EMB_I_LEAST_DISTANCE ? distance : EMB_I_LEAST_DISTANCE;
            }
    if (match->kind == EMB_I_SQUARED)
        for (int64_t i = 0; i < n; i++)
            for (int64_t j = 0; j < m; j++) w[i * ldw + j] *= 2;
}

/* d_i += Σ_j w_ij (y_j - x_i) where the product gave Σ_j w_ij y_j; and the biases, whose
 * gradients are Σ_j ds = Σ_j w / 2. */
static void take_own(const emb_i_match *match, int64_t n, const gnn_real *x, int64_t ldx,
                     const gnn_real *sum, gnn_real *d, int64_t ldd, int64_t bias) {
    for (int64_t i = 0; i < n; i++) {
        for (int64_t k = 0; k < match->width; k++)
            d[i * ldd + k] -= sum[i] * x[i * ldx + k];
        if (match->bias > 0) d[i * ldd + bias] += sum[i] / 2;
    }
}

bool emb_i_match_clear(const emb_i_match *match, int64_t n, int64_t columns,
                       gnn_real *d) {
    if (match->kind == EMB_I_DOT && match->width == columns) return false;
    memset(d, 0, (size_t)(n * columns) * sizeof *d);
    return true;
}

/* The gradient of the side x of the pairs: the queries', or (turned) the candidates',
 * whose weights are columns of w. */
static void gradient(const emb_i_match *match, const gnn_i_pairs_args *a, bool turned,
                     bool accumulate, gnn_real *scratch) {
    const int64_t bias = turned ? match->bias : match->width;
    const int64_t step = turned ? a->column_step : a->row_step;
    if (match->kind == EMB_I_MANHATTAN) gnn_i_kernels_get()->manhattan_gradient(a);
    if (match->kind == EMB_I_MODULUS) gnn_i_kernels_get()->modulus_gradient(a);
    if (!is_product(match)) return;
    emb_i_match_product(match, turned, false, a->n, match->width, a->m, a->w, step, a->y,
                        a->ldy, a->dx, a->ldd, accumulate);
    if (match->kind == EMB_I_DOT) return;
    const int64_t outer = turned ? a->m : a->n, inner = turned ? a->n : a->m;
    for (int64_t i = 0; i < a->n; i++) scratch[i] = 0;
    for (int64_t o = 0; o < outer; o++)
        for (int64_t i = 0; i < inner; i++) scratch[turned ? i : o] += a->w[o * step + i];
    take_own(match, a->n, a->x, a->ldx, scratch, a->dx, a->ldd, bias);
}

void emb_i_match_query_grad(const emb_i_match *match, const emb_i_pairs *p, gnn_real *dq,
                            int64_t ldd, bool accumulate, gnn_real *scratch) {
    const gnn_i_pairs_args args = {.n = p->n,
                                   .m = p->m,
                                   .width = match->width,
                                   .x = p->q,
                                   .ldx = p->ldq,
                                   .y = p->c,
                                   .ldy = p->ldc,
                                   .w = p->s,
                                   .row_step = p->lds,
                                   .column_step = 1,
                                   .dx = dq,
                                   .ldd = ldd};
    gradient(match, &args, false, accumulate, scratch);
    if (match->kind == EMB_I_PROJECTED)
        emb_i_projected_query_grad(match, p, dq, ldd, scratch);
    if (match->kind == EMB_I_POLAR) emb_i_polar_query_grad(match, p, dq, ldd, scratch);
}

void emb_i_match_candidate_grad(const emb_i_match *match, const emb_i_pairs *p,
                                gnn_real *dc, int64_t ldd, bool accumulate,
                                gnn_real *scratch) {
    const gnn_i_pairs_args args = {.n = p->m,
                                   .m = p->n,
                                   .width = match->width,
                                   .x = p->c,
                                   .ldx = p->ldc,
                                   .y = p->q,
                                   .ldy = p->ldq,
                                   .w = p->s,
                                   .row_step = 1,
                                   .column_step = p->lds,
                                   .dx = dc,
                                   .ldd = ldd};
    gradient(match, &args, true, accumulate, scratch);
    if (match->kind == EMB_I_PROJECTED)
        emb_i_projected_candidate_grad(match, p, dc, ldd, scratch);
    if (match->kind == EMB_I_POLAR)
        emb_i_polar_candidate_grad(match, p, dc, ldd, scratch);
}

/* ---- pairs by themselves ---- */

/* d += w (y - x) / length by component, e -= the same; lengths of the kind. */
static void pull(const emb_i_match *match, gnn_real w, const gnn_real *x,
                 const gnn_real *y, gnn_real *d, gnn_real *e) {
    const int64_t width = match->width, half = width / 2;
    if (match->kind == EMB_I_MODULUS) {
        for (int64_t k = 0; k < half; k++) {
            gnn_real re = y[k] - x[k], im = y[half + k] - x[half + k];
            gnn_real length = (gnn_real)sqrt((double)(re * re + im * im));
            gnn_real f =
                w / (length > EMB_I_LEAST_DISTANCE ? length : EMB_I_LEAST_DISTANCE);
            d[k] += f * re;
            d[half + k] += f * im;
            e[k] -= f * re;
            e[half + k] -= f * im;
        }
        return;
    }
    for (int64_t k = 0; k < width; k++) {
        gnn_real step = w * (y[k] - x[k]);
        if (match->kind == EMB_I_MANHATTAN) step = y[k] - x[k] < 0 ? -w : w;
        d[k] += step;
        e[k] -= step;
    }
}

void emb_i_match_own_grad(const emb_i_match *match, int64_t n, gnn_real *w,
                          const gnn_real *q, int64_t ldq, const gnn_real *c, int64_t ldc,
                          gnn_real *dq, gnn_real *dc, gnn_real *scratch) {
    for (int64_t i = 0; i < n; i++, q += ldq, dq += ldq, c += ldc, dc += ldc) {
        if (match->kind == EMB_I_PROJECTED || match->kind == EMB_I_POLAR) {
            const emb_i_pairs pair = {1, 1, q, ldq, c, ldc, w + i, 1};
            emb_i_match_query_grad(match, &pair, dq, ldq, true, scratch);
            emb_i_match_candidate_grad(match, &pair, dc, ldc, true, scratch);
            continue;
        }
        if (match->kind != EMB_I_DOT) {
            pull(match, w[i], q, c, dq, dc);
            if (match->bias == 0) continue;
            dq[match->width] += w[i] / 2;
            dc[match->bias] += w[i] / 2;
            continue;
        }
        for (int64_t k = 0; k < match->width; k++) {
            dq[k] += w[i] * c[k];
            dc[k] += w[i] * q[k];
        }
    }
}
