/* Questions folded with the rows of a model's tables. */
#include "model/model.h"

/* Questions gathered at a time, and reals that their anchors, and the rows of their
 * relations, may take before they are fewer. */
enum { GATHERED = 256, MOST_REALS = 1 << 17 };

static int64_t gathered(int64_t width) {
    const int64_t rows = MOST_REALS / width;
    return rows < 1 ? 1 : rows < GATHERED ? rows : GATHERED;
}
static int64_t most_questions(const emb_i_scorer *scorer) {
    return gathered(scorer->entity);
}
static int64_t most_groups(const emb_i_scorer *scorer) {
    return gathered(scorer->relation + scorer->mixed);
}

int64_t emb_i_model_fold_scratch(const emb_model *model) {
    const emb_i_scorer *s = &model->scorer;
    return most_questions(s) * s->entity + most_groups(s) * (s->relation + s->mixed);
}

void emb_i_model_fold(const emb_model *model, int64_t n, const emb_i_question *asked,
                      gnn_real *scratch, gnn_real *query) {
    const emb_i_scorer *s = &model->scorer;
    const int64_t questions = most_questions(s), groups = most_groups(s);
    gnn_real *anchor = scratch, *relation = anchor + questions * s->entity;
    gnn_real *mixed = relation + groups * s->relation;
    gnn_id anchors[GATHERED], relations[GATHERED];
    for (int64_t first = 0, end = 0; first < n; first = end) {
        int64_t g = 0;
        for (; end < n && end - first < questions; end++) {
            const int64_t i = end - first;
            anchors[i] = asked[end].anchor;
            relations[i] = asked[end].relation;
            if (!emb_i_begins_group(relations, i)) continue;
            if (g == groups) break;
            emb_i_table_rows(&model->relation, 1, &relations[i],
                             relation + g++ * s->relation);
        }
        emb_i_table_rows(&model->entity, end - first, anchors, anchor);
        const emb_i_folds folds = {.n = end - first,
                                   .id = relations,
                                   .anchor = anchor,
                                   .groups = {.n = g,
                                              .relation = relation,
                                              .shared = model->shared.values,
                                              .mixed = mixed},
                                   .query = query + first * s->query};
        emb_i_fold_forward(s, asked->side, &folds);
    }
}
