/* Ranks by trained vectors against a count by the scorers' definitions, support/scores.c:
 * of every scorer, raw and filtered, by the three tie rules, with entities whose vectors
 * are the same. Rank for rank in double precision, where no two scores that differ are
 * near enough to be told apart differently; nearly so in single precision.
 *
 *     build/gradcheck/tests/property_ranks_double FOLDER
 *
 * does it with train.txt, valid.txt and test.txt of a folder, and says of each scorer how
 * many ranks differ: seconds where there are a hundred entities, as in UMLS. */
#include <stdio.h>

#include <datasets/triples.h>
#include <embed/embed.h>

#include "core/alloc.h"
#include "model/model.h"
#include "support/scores.h"
#include "support/support.h"

static const char *folder; /* NULL: a graph that is drawn */

enum { ENTITIES = 83, RELATIONS = 4, TRAIN = 220, TEST = 60 };

typedef struct graph {
    gnn_triples sets[3]; /* to learn, to watch, to rank: all are known */
    int64_t n_entities, n_relations;
    int64_t n_known;
    uint64_t *known; /* keys of all triples, ascending */
} graph;

/* ---- triples ---- */

/* Relation k leads k + 1 places on, with some noise; hubs have many tails. */
static void draw(gnn_triples *t, int64_t n, uint64_t seed) {
    ck_assert_ok(gnn_i_alloc(&t->head, (size_t)n, sizeof *t->head, "test"));
    ck_assert_ok(gnn_i_alloc(&t->relation, (size_t)n, sizeof *t->head, "test"));
    ck_assert_ok(gnn_i_alloc(&t->tail, (size_t)n, sizeof *t->head, "test"));
    for (uint64_t i = 0; i < (uint64_t)n; i++) {
        uint64_t head = support_bits(seed, 3 * i) % ENTITIES;
        uint64_t noise = support_bits(seed, 3 * i + 1);
        t->relation[i] = (gnn_id)(support_bits(seed, 3 * i + 2) % RELATIONS);
        if (noise % 4 == 0) head = 7;
        t->head[i] = (gnn_id)head;
        t->tail[i] =
            (gnn_id)(noise % 4 == 0 ? noise / 4 % ENTITIES
                                    : (head + (uint64_t)t->relation[i] + 1) % ENTITIES);
    }
    t->n = n;
}

static void read_folder(graph *g) {
    static const char *const names[] = {"train", "valid", "test"};
    gnn_names *entities, *relations;
    ck_assert_ok(gnn_names_new(&entities));
    ck_assert_ok(gnn_names_new(&relations));
    for (int i = 0; i < 3; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/%s.txt", folder, names[i]);
        ck_assert_ok(data_triples_read(path, i > 0 ? "train.txt" : NULL, NULL, entities,
                                       relations, &g->sets[i], NULL));
    }
    g->n_entities = gnn_names_count(entities);
    g->n_relations = gnn_names_count(relations);
    gnn_names_free(entities);
    gnn_names_free(relations);
}

static uint64_t key(const graph *g, gnn_id h, gnn_id r, gnn_id t) {
    return (uint64_t)((h * g->n_relations + r) * g->n_entities + t);
}

static int by_key(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static graph make_graph(void) {
    graph g = {.n_entities = ENTITIES, .n_relations = RELATIONS};
    if (folder) {
        read_folder(&g);
    } else {
        draw(&g.sets[0], TRAIN, 1);
        draw(&g.sets[2], TEST, 2);
    }
    const size_t n = (size_t)(g.sets[0].n + g.sets[1].n + g.sets[2].n);
    ck_assert_ok(gnn_i_alloc(&g.known, n, sizeof *g.known, "test"));
    for (int s = 0; s < 3; s++)
        for (int64_t i = 0; i < g.sets[s].n; i++)
            g.known[g.n_known++] =
                key(&g, g.sets[s].head[i], g.sets[s].relation[i], g.sets[s].tail[i]);
    qsort(g.known, n, sizeof *g.known, by_key);
    return g;
}

static void clear_graph(graph *g) {
    for (int i = 0; i < 3; i++) data_triples_clear(&g->sets[i]);
    gnn_i_free(g->known);
}

static bool is_known(const graph *g, gnn_id h, gnn_id r, gnn_id t) {
    const uint64_t wanted = key(g, h, r, t);
    return bsearch(&wanted, g->known, (size_t)g->n_known, sizeof wanted, by_key) != NULL;
}

/* ---- ranks ---- */

/* Rivals of an answer: all, and those that are not known to be true. */
typedef struct rivals {
    int64_t above[2], equal[2];
} rivals;

static rivals count(const emb_model *m, const support_scorer *scorer, const graph *g,
                    bool head_asked, int64_t i) {
    const gnn_triples *test = &g->sets[2];
    const gnn_id h = test->head[i], r = test->relation[i], t = test->tail[i];
    const gnn_id answer = head_asked ? h : t;
    const bool turned = head_asked && m->options.reciprocal;
    const int64_t row = r + (turned ? g->n_relations : 0);
    const gnn_real *relation = m->relation.values + row * m->relation.width;
    rivals found = {0};
    double own = 0;
    for (gnn_id c = -1; c < g->n_entities; c++) { /* first the answer itself */
        const gnn_id rival = c < 0 ? answer : c;
        const gnn_id head = head_asked ? rival : h, tail = head_asked ? t : rival;
        const gnn_id ends[] = {turned ? tail : head, turned ? head : tail};
        const double score = support_score(
            scorer, m->shared.values, m->entity.values + ends[0] * m->entity.width,
            relation, m->entity.values + ends[1] * m->entity.width);
        if (c < 0) own = score;
        if (c < 0 || c == answer) continue;
        for (int filtered = 0; filtered <= !is_known(g, head, r, tail); filtered++) {
            found.above[filtered] += score > own;
            found.equal[filtered] += score == own;
        }
    }
    return found;
}

/* Every third entity gets the vector of the one before. */
static void make_ties(emb_model *model) {
    const emb_i_table *entity = &model->entity;
    for (gnn_id e = 1; e < entity->n; e += 3)
        ck_assert_ok(
            emb_model_set_entity(model, e, entity->values + (e - 1) * entity->width));
}

/* How many of the ranks differ, over all protocols. */
static int64_t compare(const emb_model *model, const support_scorer *scorer,
                       const graph *g) {
    const gnn_triples *test = &g->sets[2];
    const gnn_triples *known[] = {&g->sets[0], &g->sets[1], &g->sets[2]};
    int64_t others = 0, ties = 0;
    double *ranks;
    rivals *found;
    emb_evaluation e;
    ck_assert_ok(gnn_i_alloc(&ranks, 2 * (size_t)test->n, sizeof *ranks, "test"));
    ck_assert_ok(gnn_i_alloc(&found, 2 * (size_t)test->n, sizeof *found, "test"));
    for (int64_t i = 0; i < 2 * test->n; i++) {
        found[i] = count(model, scorer, g, i % 2 == 1, i / 2);
        ties += found[i].equal[1];
    }
    ck_assert_int_gt(ties, test->n / 4);
    for (int k = 0; k < 6; k++) {
        const int filtered = k / 3;
        const emb_evaluate_options options = {.ties = (emb_ties)(k % 3),
                                              .n_known = filtered ? 3 : 0,
                                              .known = known,
                                              .n_threads = 2};
        ck_assert_ok(emb_evaluate(model, test, &options, ranks, &e));
        for (int64_t i = 0; i < 2 * test->n; i++) {
            const double equal = (double)found[i].equal[filtered];
            const double of_ties[] = {equal / 2, 0, equal}; /* mean optimistic pessi… */
            others += ranks[i] != 1 + (double)found[i].above[filtered] + of_ties[k % 3];
        }
    }
    gnn_i_free(ranks);
    gnn_i_free(found);
    return others;
}

static void check(const support_scorer *scorer, bool reciprocal, const graph *g) {
    emb_model *model;
    emb_train_options training;
    emb_evaluation e;
    const emb_evaluate_options raw = {.n_threads = 2};
    const emb_model_options shape = {.n_entities = g->n_entities,
                                     .n_relations = g->n_relations,
                                     .dim = scorer->dim,
                                     .reciprocal = reciprocal,
                                     .init_scale = .3,
                                     .seed = 2};
    ck_assert_ok(emb_model_new(scorer->scorer, scorer->options, &shape, &model));
    emb_train_options_init(&training);
    ck_assert_ok(gnn_options_parse(emb_train_option_table(), "test",
                                   "epochs=8,batch=40,lr=.1", &training));
    training.n_threads = 1;
    ck_assert_ok(emb_train(model, &g->sets[0], NULL, &training, NULL, NULL, NULL));
    ck_assert_ok(emb_evaluate(model, &g->sets[0], &raw, NULL, &e));
    ck_assert_double_gt(e.both.amri, .2); /* the vectors were trained */
    make_ties(model);
    const int64_t others = compare(model, scorer, g), n = 12 * g->sets[2].n;
    if (folder)
        printf("%s%s: %lld of %lld ranks differ\n", scorer->name,
               reciprocal ? ", reciprocal" : "", (long long)others, (long long)n);
    ck_assert_int_le(others, sizeof(gnn_real) == sizeof(double) ? 0 : n / 60);
    emb_model_free(model);
}

START_TEST(of_trained_vectors_are_those_of_the_definitions) {
    const support_scorer *scorer;
    graph g = make_graph();
    for (size_t i = 0; (scorer = support_scorer_get(i)) != NULL; i++)
        for (int reciprocal = 0; reciprocal < 2; reciprocal++)
            if (reciprocal || !emb_i_scorer_find(scorer->scorer)->needs_reciprocal)
                check(scorer, reciprocal, &g);
    clear_graph(&g);
}
END_TEST

START_TEST(every_scorer_is_compared) {
    for (size_t k = 0; k < emb_scorer_count(); k++) {
        const char *name = emb_scorer_get(k)->name;
        size_t i = 0;
        while (support_scorer_get(i) && strcmp(support_scorer_get(i)->scorer, name) != 0)
            i++;
        ck_assert_msg(support_scorer_get(i), "%s has no line in support/scores.c", name);
    }
}
END_TEST

int main(int argc, char **argv) {
    const TTest *const tests[] = {of_trained_vectors_are_those_of_the_definitions,
                                  every_scorer_is_compared};
    folder = argc > 1 ? argv[1] : NULL;
    return support_run("embed/ranks in double", folder ? 3600 : 60, 2, tests);
}
