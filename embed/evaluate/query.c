/* The best answers to a question: all candidates are scored, the best are kept. */
#include <embed/query.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "model/model.h"

enum { BLOCK = 512 };

/* ---- scores ---- */

typedef struct asking {
    const emb_model *model;
    emb_i_side side;
    const gnn_real *query; /* folded */
    gnn_real *scores;      /* of all candidates */
    gnn_real *scratch;     /* (threads, room) */
    int64_t room;
} asking;

/* Candidates of a block against the one query. */
static void score_entities(void *argument, int64_t block, int thread) {
    const asking *a = argument;
    const emb_i_scorer *scorer = &a->model->scorer;
    const emb_i_table *table = &a->model->entity;
    int64_t first = block * BLOCK, left = table->n - first;
    const int64_t n = left < BLOCK ? left : BLOCK;
    gnn_real *scratch = a->scratch + thread * a->room;
    gnn_real *rest = scratch + emb_i_table_scratch(table, BLOCK);
    const emb_i_pairs pairs = {.n = 1,
                               .m = n,
                               .q = a->query,
                               .ldq = scorer->query,
                               .c = emb_i_table_block(table, first, n, scratch) +
                                    scorer->first[a->side],
                               .ldc = scorer->entity,
                               .s = a->scores + first,
                               .lds = BLOCK};
    emb_i_match_scores(&scorer->match, &pairs, rest);
}

static gnn_status entities(const emb_model *model, emb_i_question question, int n_threads,
                           gnn_real *scores) {
    gnn_status status;
    const emb_i_scorer *scorer = &model->scorer;
    gnn_real *query = NULL;
    asking a = {.model = model, .side = question.side, .scores = scores};
    a.room = (int64_t)emb_i_match_scratch(&scorer->match, 1, BLOCK) +
             emb_i_table_scratch(&model->entity, BLOCK);
    GNN_TRY(gnn_i_alloc(&query, (size_t)(scorer->query + emb_i_model_fold_scratch(model)),
                        sizeof *query, "a query"));
    GNN_TRY(gnn_i_alloc(&a.scratch, (size_t)(n_threads * a.room), sizeof *a.scratch,
                        "a query"));
    emb_i_model_fold(model, 1, &question, query + scorer->query, query);
    a.query = query;
    gnn_parallel_for(n_threads, (model->entity.n + BLOCK - 1) / BLOCK, score_entities,
                     &a);
cleanup:
    gnn_i_free(query);
    gnn_i_free(a.scratch);
    return status;
}

static gnn_status relations(const emb_model *model, gnn_id head, gnn_id tail,
                            int n_threads, gnn_real *scores) {
    int64_t n = model->options.n_relations;
    gnn_id *ids = NULL;
    gnn_status status;
    GNN_TRY(gnn_i_alloc(&ids, (size_t)(3 * n), sizeof *ids, "a query"));
    const gnn_triples triples = {n, ids, ids + n, ids + 2 * n};
    for (gnn_id r = 0; r < n; r++) {
        triples.head[r] = head;
        triples.relation[r] = r;
        triples.tail[r] = tail;
    }
    GNN_TRY(emb_model_score(model, &triples, n_threads, scores));
cleanup:
    gnn_i_free(ids);
    return status;
}

typedef struct comparing {
    const emb_i_table *table;
    const gnn_real *vector;
    gnn_real *scores;
    gnn_real *scratch; /* (threads, room) */
    int64_t room;
} comparing;

static double dot(int64_t n, const gnn_real *x, const gnn_real *y) {
    double sum = 0;
    for (int64_t k = 0; k < n; k++) sum += (double)x[k] * (double)y[k];
    return sum;
}

static void cosines(void *argument, int64_t block, int thread) {
    const comparing *c = argument;
    const int64_t width = c->table->width;
    const int64_t first = block * BLOCK, left = c->table->n - first;
    const int64_t n = left < BLOCK ? left : BLOCK;
    const gnn_real *x =
        emb_i_table_block(c->table, first, n, c->scratch + thread * c->room);
    double own = sqrt(dot(width, c->vector, c->vector));
    for (int64_t i = first; i < first + n; i++, x += width) {
        double length = own * sqrt(dot(width, x, x));
        c->scores[i] =
            length > 0 ? (gnn_real)(dot(width, x, c->vector) / length) : (gnn_real)0;
    }
}

/* Scores of all entities: the cosine with one of them. */
static gnn_status neighbours(const emb_model *model, gnn_id row, int n_threads,
                             gnn_real *scores) {
    gnn_status status;
    const emb_i_table *table = &model->entity;
    comparing c = {.table = table, .scores = scores};
    gnn_real *vector;
    c.room = emb_i_table_scratch(table, BLOCK);
    GNN_TRY(gnn_i_alloc(&c.scratch, (size_t)(n_threads * c.room + table->width),
                        sizeof *c.scratch, "a query"));
    vector = c.scratch + n_threads * c.room;
    c.vector = emb_i_table_block(table, row, 1, vector);
    gnn_parallel_for(n_threads, (table->n + BLOCK - 1) / BLOCK, cosines, &c);
cleanup:
    gnn_i_free(c.scratch);
    return status;
}

/* ---- choosing ---- */

/* Whether a is a better answer than b. */
static bool is_better(emb_answer a, emb_answer b) {
    if (isnan(a.score) || isnan(b.score)) {
        if (isnan(a.score) != isnan(b.score)) return isnan(b.score);
        return a.row < b.row;
    }
    return a.score != b.score ? a.score > b.score : a.row < b.row;
}

static int by_quality(const void *a, const void *b) {
    const emb_answer *x = a, *y = b;
    return x->row == y->row ? 0 : is_better(*x, *y) ? -1 : 1;
}

/* A heap whose root is the worst of the answers kept. */
static void sink(emb_answer *heap, int64_t n) {
    for (int64_t i = 0;;) {
        int64_t worst = i, left = 2 * i + 1, right = left + 1;
        if (left < n && is_better(heap[worst], heap[left])) worst = left;
        if (right < n && is_better(heap[worst], heap[right])) worst = right;
        if (worst == i) return;
        emb_answer swap = heap[i];
        heap[i] = heap[worst];
        heap[worst] = swap;
        i = worst;
    }
}

static void keep(emb_answer *heap, int64_t *n, int64_t top, emb_answer answer) {
    if (*n < top) {
        int64_t i = (*n)++;
        heap[i] = answer;
        for (; i > 0 && is_better(heap[(i - 1) / 2], heap[i]); i = (i - 1) / 2) {
            emb_answer swap = heap[i];
            heap[i] = heap[(i - 1) / 2];
            heap[(i - 1) / 2] = swap;
        }
    } else if (is_better(answer, heap[0])) {
        heap[0] = answer;
        sink(heap, *n);
    }
}

/* ---- questions ---- */

static gnn_status check(const emb_model *model, const emb_question *q) {
    const struct {
        const char *name;
        gnn_id row;
        int64_t n;
    } given[] = {{"head", q->head, model->options.n_entities},
                 {"relation", q->relation, model->options.n_relations},
                 {"tail", q->tail, model->options.n_entities},
                 {"near", q->near, model->options.n_entities}};
    int n = 0;
    for (int i = 0; i < 4; i++) {
        if (given[i].row < 0) continue;
        if (given[i].row >= given[i].n)
            return gnn_fail(GNN_ERR_ARGUMENT, "%s is row %d, expected 0 to %lld",
                            given[i].name, given[i].row, (long long)given[i].n - 1);
        n++;
    }
    if (q->near >= 0 ? n != 1 : n != 2)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "expected two of head, relation and tail, or near alone");
    return GNN_OK;
}

gnn_status emb_query(const emb_model *model, const emb_question *q, int64_t top,
                     int n_threads, emb_answer *answers, int64_t *n) {
    gnn_status status;
    gnn_real *scores = NULL;
    uint8_t *excluded = NULL;
    bool of_relations = q->relation < 0 && q->near < 0;
    int64_t candidates = of_relations ? model->options.n_relations : model->entity.n;
    if (n_threads <= 0) n_threads = gnn_n_processors();
    *n = 0;
    GNN_TRY(check(model, q));
    GNN_TRY(gnn_i_alloc(&scores, (size_t)candidates, sizeof *scores, "a query"));
    GNN_TRY(gnn_i_calloc(&excluded, (size_t)candidates, 1, "a query"));
    for (int64_t i = 0; i < q->n_excluded; i++)
        if (q->excluded[i] >= 0 && q->excluded[i] < candidates)
            excluded[q->excluded[i]] = 1;
    if (q->near >= 0) {
        GNN_TRY(neighbours(model, q->near, n_threads, scores));
        excluded[q->near] = 1;
    } else if (of_relations) {
        GNN_TRY(relations(model, q->head, q->tail, n_threads, scores));
    } else {
        bool head_asked = q->head < 0;
        GNN_TRY(entities(model,
                         emb_i_ask(model, head_asked, q->head, q->relation, q->tail),
                         n_threads, scores));
    }
    for (int64_t i = 0; i < candidates && top > 0; i++)
        if (!excluded[i]) keep(answers, n, top, (emb_answer){(gnn_id)i, scores[i]});
    qsort(answers, (size_t)*n, sizeof *answers, by_quality);
cleanup:
    gnn_i_free(scores);
    gnn_i_free(excluded);
    return status;
}
