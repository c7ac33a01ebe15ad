/* From questions of several relations to their queries, and back. */
#include <string.h>

#include "scorers/scorer.h"

/* Floats of a relation as folds see it. */
static int64_t width_of(const emb_i_scorer *s) {
    return s->mixed > 0 ? s->mixed : s->relation;
}

/* Questions first .. first + n - 1, of group g. */
static emb_i_fold one_of(const emb_i_scorer *s, const emb_i_folds *f, int64_t g,
                         int64_t first, int64_t n) {
    const gnn_real *rows = s->mixed > 0 ? f->groups.mixed : f->groups.relation;
    return (emb_i_fold){.n = n,
                        .anchor = f->anchor + first * s->entity,
                        .relation = rows + g * width_of(s),
                        .query = f->query + first * s->query};
}

/* Where the group that begins at question i ends. */
static int64_t end_of(const emb_i_folds *f, int64_t i) {
    do i++;
    while (i < f->n && !emb_i_begins_group(f->id, i));
    return i;
}

void emb_i_fold_forward(const emb_i_scorer *s, emb_i_side side, const emb_i_folds *f) {
    if (s->mixed > 0) s->type->mix(s, &f->groups);
    for (int64_t i = 0, g = 0, end; i < f->n; i = end, g++) {
        end = end_of(f, i);
        const emb_i_fold one = one_of(s, f, g, i, end - i);
        s->type->fold(s, side, &one);
    }
}

void emb_i_fold_backward(const emb_i_scorer *s, emb_i_side side, const emb_i_folds *f) {
    gnn_real *d_rows = s->mixed > 0 ? f->groups.d_mixed : f->groups.d_relation;
    if (s->mixed > 0)
        memset(d_rows, 0, (size_t)(f->groups.n * s->mixed) * sizeof *d_rows);
    for (int64_t i = 0, g = 0, end; i < f->n; i = end, g++) {
        end = end_of(f, i);
        emb_i_fold one = one_of(s, f, g, i, end - i);
        one.d_query = f->d_query + i * s->query;
        one.d_anchor = f->d_anchor + i * s->entity;
        one.d_relation = d_rows + g * width_of(s);
        s->type->fold_backward(s, side, &one);
    }
    if (s->mixed > 0) s->type->mix_backward(s, &f->groups);
}
