/* Models: a scorer and its tables, made, scored, freed. */
#include "model/model.h"

#include <string.h>

#include <gnn/parallel.h>

#include "core/alloc.h"
#include "kernels/table.h"

/* Streams of the seed: initial values of each table; the trainer's stand below. */
static const uint64_t INIT_STREAM = (uint64_t)5 << 60;

enum { FILL = 256 }; /* rows of a block: its numbers begin where the kernel may */

typedef struct filling {
    const emb_model *model;
    emb_i_part part;
    emb_i_table *table;
    gnn_real *scratch; /* (threads, FILL, width) */
} filling;

/* Rows of standard normal numbers, scaled or otherwise turned into initial values. */
static void fill_block(void *argument, int64_t block, int thread) {
    const filling *f = argument;
    const emb_i_scorer *scorer = &f->model->scorer;
    const int64_t width = f->table->width, first = block * FILL,
                  left = f->table->n - first;
    const int64_t n = left < FILL ? left : FILL;
    gnn_real *rows = f->scratch + thread * FILL * width;
    const emb_i_rows_init init = {
        .part = f->part, .n = n, .rows = rows, .scale = f->model->options.init_scale};
    const gnn_i_fill_args numbers = {.seed = f->model->options.seed,
                                     .stream = INIT_STREAM | (uint64_t)f->part,
                                     .normal = true,
                                     .b = 1,
                                     .x = rows - first * width};
    gnn_i_kernels_get()->fill(&numbers, first * width, (first + n) * width);
    if (scorer->type->init != NULL)
        scorer->type->init(scorer, &init);
    else
        for (int64_t i = 0; i < n * width; i++) rows[i] *= (gnn_real)init.scale;
    emb_i_table_set(f->table, first, n, rows);
}

static gnn_status fill(emb_model *model, emb_i_part part, emb_i_table *table) {
    gnn_status status;
    const int threads = gnn_n_processors();
    filling f = {model, part, table, NULL};
    GNN_TRY(gnn_i_alloc(&f.scratch, (size_t)(threads * FILL * table->width),
                        sizeof *f.scratch, "initial vectors"));
    gnn_parallel_for(threads, (table->n + FILL - 1) / FILL, fill_block, &f);
cleanup:
    gnn_i_free(f.scratch);
    return status;
}

gnn_status emb_model_precision(const char *name, int *place) {
    *place = strcmp(name, "bf16") == 0 ? EMB_I_BF16 : EMB_I_FP32;
    if (*place == EMB_I_BF16 || strcmp(name, "fp32") == 0) return GNN_OK;
    return gnn_fail(GNN_ERR_ARGUMENT, "entity-precision '%s'; known: fp32, bf16", name);
}

static gnn_status check_options(const emb_model_options *options) {
    const struct {
        const char *name;
        int64_t value;
    } counts[] = {{"entities", options->n_entities}, {"relations", options->n_relations}};
    for (size_t i = 0; i < 2; i++)
        if (counts[i].value < 1 || counts[i].value > INT32_MAX / 2)
            return gnn_fail(GNN_ERR_ARGUMENT, "a model of %lld %s: expected 1 to %d",
                            (long long)counts[i].value, counts[i].name, INT32_MAX / 2);
    if (!(options->init_scale > 0))
        return gnn_fail(GNN_ERR_ARGUMENT, "init-scale is %g, expected more than 0",
                        options->init_scale);
    if (options->entity_precision < EMB_I_FP32 || options->entity_precision > EMB_I_BF16)
        return gnn_fail(GNN_ERR_ARGUMENT,
                        "entity-precision is number %d, expected 0 or 1",
                        options->entity_precision);
    return GNN_OK;
}

gnn_status emb_model_new(const char *name, const char *scorer_options,
                         const emb_model_options *options, emb_model **out) {
    gnn_status status;
    emb_model *model = NULL;
    *out = NULL;
    GNN_TRY(check_options(options));
    GNN_TRY(gnn_i_calloc(&model, 1, sizeof *model, "a model"));
    model->options = *options;
    GNN_TRY(emb_i_scorer_make(name, options->dim, scorer_options, &model->scorer));
    GNN_TRY(gnn_i_strdup(&model->scorer_options, scorer_options ? scorer_options : ""));
    const emb_i_scorer *scorer = &model->scorer;
    GNN_CHECK(!scorer->type->needs_reciprocal || options->reciprocal, GNN_ERR_ARGUMENT,
              "scorer %s asks for tails only: it needs reciprocal relations", name);
    int64_t n_relations = options->n_relations * (options->reciprocal ? 2 : 1);
    GNN_TRY(emb_i_table_make(&model->entity, options->n_entities, scorer->entity,
                             (emb_i_precision)options->entity_precision,
                             "vectors of entities"));
    GNN_TRY(emb_i_table_make(&model->relation, n_relations, scorer->relation, EMB_I_FP32,
                             "vectors of relations"));
    GNN_TRY(fill(model, EMB_I_ENTITY, &model->entity));
    GNN_TRY(fill(model, EMB_I_RELATION, &model->relation));
    if (scorer->shared > 0) {
        GNN_TRY(emb_i_table_make(&model->shared, scorer->shared_parts, scorer->shared,
                                 EMB_I_FP32, "parameters"));
        GNN_TRY(fill(model, EMB_I_SHARED, &model->shared));
    }
    *out = model;
    return GNN_OK;
cleanup:
    emb_model_free(model);
    return status;
}

/* The rows of one table, in a number of equal parts, to those of a larger one. */
static void spread(int64_t parts, const emb_i_table *from, emb_i_table *to) {
    emb_i_rows_spread(parts, from->n / parts, to->n / parts, emb_i_table_row_bytes(from),
                      emb_i_table_data(from), emb_i_table_data(to));
}

gnn_status emb_model_extend(const emb_model *from, int64_t n_entities,
                            int64_t n_relations, uint64_t seed, emb_model **out) {
    gnn_status status;
    emb_model *model = NULL;
    emb_model_options options = from->options;
    const int64_t entities = options.n_entities, relations = options.n_relations;
    const int64_t parts = options.reciprocal ? 2 : 1;
    *out = NULL;
    GNN_CHECK(n_entities >= entities && n_relations >= relations, GNN_ERR_ARGUMENT,
              "a model of %lld entities and %lld relations cannot become one of %lld and "
              "%lld",
              (long long)entities, (long long)relations, (long long)n_entities,
              (long long)n_relations);
    options.n_entities = n_entities;
    options.n_relations = n_relations;
    options.seed = seed;
    GNN_TRY(
        emb_model_new(emb_model_scorer(from), from->scorer_options, &options, &model));
    spread(1, &from->entity, &model->entity);
    spread(parts, &from->relation, &model->relation);
    spread(1, &from->shared, &model->shared);
    *out = model;
cleanup:
    return status;
}

void emb_model_free(emb_model *model) {
    if (model == NULL) return;
    emb_i_table_clear(&model->entity);
    emb_i_table_clear(&model->relation);
    emb_i_table_clear(&model->shared);
    emb_i_scorer_clear(&model->scorer);
    gnn_i_free(model->scorer_options);
    gnn_i_free(model);
}

const char *emb_model_scorer(const emb_model *model) {
    return model->scorer.type->info.name;
}
const emb_model_options *emb_model_get_options(const emb_model *model) {
    return &model->options;
}
const gnn_real *emb_model_entities(const emb_model *model, int64_t *width) {
    *width = model->entity.width;
    return model->entity.values;
}
gnn_status emb_model_read_entities(const emb_model *model, gnn_id first, int64_t n,
                                   gnn_real *rows) {
    if (first < 0 || n < 0 || n > model->entity.n - first)
        return gnn_fail(GNN_ERR_ARGUMENT, "%lld rows from %d on, of %lld", (long long)n,
                        first, (long long)model->entity.n);
    const gnn_real *block = emb_i_table_block(&model->entity, first, n, rows);
    if (block != rows && n > 0)
        memcpy(rows, block, (size_t)(n * model->entity.width) * sizeof *rows);
    return GNN_OK;
}
const gnn_real *emb_model_relations(const emb_model *model, int64_t *n, int64_t *width) {
    *n = model->relation.n;
    *width = model->relation.width;
    return model->relation.values;
}

static gnn_status set_row(emb_i_table *table, gnn_id row, const gnn_real *values) {
    if (row < 0 || row >= table->n)
        return gnn_fail(GNN_ERR_ARGUMENT, "row %d, expected 0 to %lld", row,
                        (long long)table->n - 1);
    emb_i_table_set(table, row, 1, values);
    return GNN_OK;
}

gnn_status emb_model_set_entity(emb_model *model, gnn_id row, const gnn_real *values) {
    return set_row(&model->entity, row, values);
}
gnn_status emb_model_set_relation(emb_model *model, gnn_id row, const gnn_real *values) {
    return set_row(&model->relation, row, values);
}

gnn_status emb_i_check_triples(const emb_model *model, const gnn_triples *triples,
                               const char *what) {
    const emb_model_options *options = &model->options;
    for (int64_t i = 0; i < triples->n; i++) {
        const struct {
            const char *name;
            gnn_id id;
            int64_t n;
        } ends[] = {{"head", triples->head[i], options->n_entities},
                    {"relation", triples->relation[i], options->n_relations},
                    {"tail", triples->tail[i], options->n_entities}};
        for (int k = 0; k < 3; k++)
            if (ends[k].id < 0 || ends[k].id >= ends[k].n)
                return gnn_fail(GNN_ERR_ARGUMENT,
                                "%s triple %lld: %s is %d, expected 0 to %lld", what,
                                (long long)i, ends[k].name, ends[k].id,
                                (long long)ends[k].n - 1);
    }
    return GNN_OK;
}

/* ---- scoring ---- */

enum { BLOCK = 64 };

typedef struct scoring {
    const emb_model *model;
    const gnn_triples *triples;
    gnn_real *scores;
    gnn_real *scratch; /* (threads, room) */
    int64_t room;
} scoring;

static void score_block(void *argument, int64_t block, int thread) {
    const scoring *s = argument;
    const emb_i_scorer *scorer = &s->model->scorer;
    const gnn_triples *triples = s->triples;
    int64_t first = block * BLOCK;
    int64_t n = triples->n - first < BLOCK ? triples->n - first : BLOCK;
    gnn_real *query = s->scratch + thread * s->room;
    gnn_real *candidate = query + BLOCK * scorer->query;
    gnn_real *rest = candidate + BLOCK * scorer->entity;
    emb_i_question asked[BLOCK];
    for (int64_t i = 0; i < n; i++)
        asked[i] = emb_i_ask(s->model, false, triples->head[first + i],
                             triples->relation[first + i], triples->tail[first + i]);
    emb_i_table_rows(&s->model->entity, n, triples->tail + first, candidate);
    emb_i_model_fold(s->model, n, asked, rest, query);
    emb_i_match_own(&scorer->match, n, query, scorer->query,
                    candidate + scorer->first[EMB_I_TAIL], scorer->entity,
                    s->scores + first, rest);
}

gnn_status emb_model_score(const emb_model *model, const gnn_triples *triples,
                           int n_threads, gnn_real *scores) {
    gnn_status status;
    const emb_i_scorer *scorer = &model->scorer;
    scoring s = {.model = model, .triples = triples, .scores = scores};
    GNN_TRY(emb_i_check_triples(model, triples, "a"));
    int threads = n_threads > 0 ? n_threads : gnn_n_processors();
    const int64_t match = (int64_t)emb_i_match_scratch(&scorer->match, BLOCK, BLOCK);
    const int64_t fold = emb_i_model_fold_scratch(model);
    s.room = BLOCK * (scorer->entity + scorer->query) + (match > fold ? match : fold);
    GNN_TRY(
        gnn_i_alloc(&s.scratch, (size_t)(threads * s.room), sizeof *s.scratch, "scores"));
    gnn_parallel_for(threads, (triples->n + BLOCK - 1) / BLOCK, score_block, &s);
cleanup:
    gnn_i_free(s.scratch);
    return status;
}
