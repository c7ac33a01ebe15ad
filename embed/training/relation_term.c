/* Predicting relations. */
#include "training/relation_term.h"

#include <math.h>
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "kernels/table.h"

enum { TILE = 64 }; /* relations of a block */

gnn_status emb_i_relation_term_begin(emb_i_relation_term *term, const emb_model *model,
                                     double weight, int64_t batch) {
    gnn_status status = GNN_OK;
    size_t n = (size_t)model->relation.n, width = (size_t)model->relation.width;
    *term = (emb_i_relation_term){.model = model, .weight = weight};
    if (weight == 0) return GNN_OK;
    GNN_CHECK(model->scorer.type->fold_ends != NULL, GNN_ERR_ARGUMENT,
              "relation-weight is %g, but scorer %s cannot be asked for relations",
              weight, emb_model_scorer(model));
    GNN_TRY(gnn_i_alloc(&term->query, (size_t)batch * width, sizeof *term->query,
                        "questions for relations"));
    GNN_TRY(gnn_i_alloc(&term->d_query, (size_t)batch * width, sizeof *term->d_query,
                        "questions for relations"));
    GNN_TRY(
        gnn_i_alloc(&term->w, (size_t)batch * n, sizeof *term->w, "scores of relations"));
    GNN_TRY(gnn_i_alloc(&term->gradient, n * width, sizeof *term->gradient,
                        "gradients of relations"));
    GNN_TRY(gnn_i_alloc(&term->rows, n, sizeof *term->rows, "gradients of relations"));
    for (size_t r = 0; r < n; r++) term->rows[r] = (gnn_id)r;
cleanup:
    if (status != GNN_OK) emb_i_relation_term_end(term);
    return status;
}

void emb_i_relation_term_end(emb_i_relation_term *term) {
    gnn_i_free(term->query);
    gnn_i_free(term->d_query);
    gnn_i_free(term->w);
    gnn_i_free(term->gradient);
    gnn_i_free(term->rows);
    *term = (emb_i_relation_term){0};
}

/* Scores of the rows → weights; their cost to row_loss. */
static void weigh(const emb_i_relation_term *term, const emb_i_batch *batch,
                  int64_t first, int64_t n, double factor, double *row_loss) {
    const int64_t relations = term->model->relation.n;
    for (int64_t i = first; i < first + n; i++) {
        gnn_real *s = term->w + i * relations, top, sum, lse;
        gnn_real own = s[batch->relation[i]];
        gnn_i_tile_args args = {.n = 1,
                                .m = relations,
                                .s = s,
                                .ld = relations,
                                .w = s,
                                .ldw = relations,
                                .top = &top,
                                .sum = &sum,
                                .lse = &lse,
                                .factor = (gnn_real)(factor * term->weight)};
        gnn_i_kernels_get()->tile_sums(&args);
        double log_sum = (double)top + log((double)sum);
        lse = (gnn_real)log_sum;
        gnn_i_kernels_get()->tile_scale(&args);
        s[batch->relation[i]] -= args.factor;
        row_loss[i] += factor * term->weight * (log_sum - (double)own);
    }
}

void emb_i_relation_term_rows(const emb_i_relation_term *term, const emb_i_batch *batch,
                              int64_t first, int64_t n, double factor,
                              const gnn_real *anchor, const gnn_real *target,
                              gnn_real *d_anchor, gnn_real *d_target, double *row_loss) {
    const emb_i_scorer *scorer = &term->model->scorer;
    const int64_t relations = term->model->relation.n, width = scorer->relation;
    bool tails = batch->side == EMB_I_TAIL; /* then the anchors are heads */
    int64_t at = first * scorer->entity;
    const gnn_real *head = (tails ? anchor : target) + at;
    const gnn_real *tail = (tails ? target : anchor) + at;
    gnn_real *query = term->query + first * width;
    gnn_real *d_query = term->d_query + first * width;
    scorer->type->fold_ends(scorer, n, head, tail, query);
    gnn_i_gemm_args scores = {.a = query,
                              .lda = width,
                              .b = term->model->relation.values,
                              .ldb = width,
                              .b_transposed = true,
                              .c = term->w + first * relations,
                              .ldc = relations,
                              .k1 = width,
                              .scale = 1};
    gnn_i_kernels_get()->gemm(&scores, 0, n, 0, relations);
    weigh(term, batch, first, n, factor, row_loss);
    gnn_i_gemm_args back = {.a = term->w + first * relations,
                            .lda = relations,
                            .b = term->model->relation.values,
                            .ldb = width,
                            .c = d_query,
                            .ldc = width,
                            .k1 = relations,
                            .scale = 1};
    gnn_i_kernels_get()->gemm(&back, 0, n, 0, width);
    scorer->type->fold_ends_backward(scorer, n, head, tail, d_query,
                                     (tails ? d_anchor : d_target) + at,
                                     (tails ? d_target : d_anchor) + at);
}

typedef struct summing {
    const emb_i_relation_term *term;
    int64_t n;
} summing;

/* gradient = wᵀ query, some rows of it. */
static void sum_tile(void *argument, int64_t block, int thread) {
    (void)thread;
    const summing *s = argument;
    const emb_i_relation_term *term = s->term;
    const int64_t relations = term->model->relation.n;
    const int64_t width = term->model->relation.width;
    const gnn_i_gemm_args args = {.a = term->w,
                                  .lda = relations,
                                  .a_transposed = true,
                                  .b = term->query,
                                  .ldb = width,
                                  .c = term->gradient,
                                  .ldc = width,
                                  .k1 = s->n,
                                  .scale = 1};
    int64_t first = block * TILE, end = first + TILE;
    gnn_i_kernels_get()->gemm(&args, first, end < relations ? end : relations, 0, width);
}

void emb_i_relation_term_relations(const emb_i_relation_term *term,
                                   const emb_i_batch *batch, int n_threads) {
    summing s = {term, batch->n};
    gnn_parallel_for(n_threads, (term->model->relation.n + TILE - 1) / TILE, sum_tile,
                     &s);
}
