/* Matching queries with candidates, by kind. */
#include "matches/match.h"

#include <string.h>

#include "kernels/table.h"
#include "matches/kinds.h"

static const emb_i_match_type *type_of(const emb_i_match *match) {
    static const emb_i_match_type *const types[] = {
        [EMB_I_DOT] = &emb_i_match_dot,
        [EMB_I_EUCLIDEAN] = &emb_i_match_euclidean,
        [EMB_I_SQUARED] = &emb_i_match_squared,
        [EMB_I_MANHATTAN] = &emb_i_match_manhattan,
        [EMB_I_MODULUS] = &emb_i_match_modulus,
        [EMB_I_PROJECTED] = &emb_i_match_projected,
        [EMB_I_POLAR] = &emb_i_match_polar,
    };
    return types[match->kind];
}

enum { SQUARE = 16 }; /* pairs that stand alone are scored as all pairs of a few rows */

size_t emb_i_match_scratch(const emb_i_match *match, int64_t n, int64_t m) {
    const emb_i_match_type *type = type_of(match);
    if (n < SQUARE) n = SQUARE;
    if (m < SQUARE) m = SQUARE;
    return type->scratch != NULL ? (size_t)type->scratch(match, n, m) : 0;
}

void emb_i_match_scores(const emb_i_match *match, const emb_i_pairs *pairs,
                        gnn_real *scratch) {
    type_of(match)->scores(match, pairs, scratch);
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

void emb_i_match_round(const emb_i_match *match, int64_t n, gnn_real *x,
                       uint16_t *scratch) {
    const gnn_i_bf16_args rounding = {.n = n, .x = x, .y = scratch};
    if (!match->bf16) return;
    gnn_i_kernels_get()->bf16_narrow(&rounding);
    gnn_i_kernels_get()->bf16_widen(n, scratch, x);
}

bool emb_i_match_weighs(const emb_i_match *match) {
    return type_of(match)->weights != NULL;
}

bool emb_i_match_keeps_scores(const emb_i_match *match) {
    return type_of(match)->needs_scores;
}

void emb_i_match_weights(const emb_i_match *match, int64_t n, int64_t m,
                         const gnn_real *score, int64_t ld, gnn_real *w, int64_t ldw) {
    const gnn_i_tile_args tile = {
        .n = n, .m = m, .s = score, .ld = ld, .w = w, .ldw = ldw};
    if (type_of(match)->weights != NULL) type_of(match)->weights(&tile);
}

bool emb_i_match_clear(const emb_i_match *match, int64_t n, int64_t columns,
                       gnn_real *d) {
    if (type_of(match)->overwrites && match->width == columns) return false;
    memset(d, 0, (size_t)(n * columns) * sizeof *d);
    return true;
}

void emb_i_match_query_grad(const emb_i_match *match, const emb_i_pairs *pairs,
                            gnn_real *dq, int64_t ldd, bool accumulate,
                            gnn_real *scratch) {
    type_of(match)->query_grad(match, pairs, dq, ldd, accumulate, scratch);
}

void emb_i_match_candidate_grad(const emb_i_match *match, const emb_i_pairs *pairs,
                                gnn_real *dc, int64_t ldd, bool accumulate,
                                gnn_real *scratch) {
    type_of(match)->candidate_grad(match, pairs, dc, ldd, accumulate, scratch);
}

void emb_i_match_own_grad(const emb_i_match *match, int64_t n, gnn_real *w,
                          const gnn_real *q, int64_t ldq, const gnn_real *c, int64_t ldc,
                          gnn_real *dq, gnn_real *dc, gnn_real *scratch) {
    const emb_i_match_type *type = type_of(match);
    for (int64_t i = 0; i < n; i++, q += ldq, dq += ldq, c += ldc, dc += ldc) {
        if (type->own_grad != NULL) {
            type->own_grad(match, &(emb_i_pair){w[i], q, c, dq, dc});
            continue;
        }
        const emb_i_pairs pair = {
            .n = 1, .m = 1, .q = q, .ldq = ldq, .c = c, .ldc = ldc, .s = w + i, .lds = 1};
        type->query_grad(match, &pair, dq, ldq, true, scratch);
        type->candidate_grad(match, &pair, dc, ldc, true, scratch);
    }
}
