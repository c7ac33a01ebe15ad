/* WordNet as triples: a small one by hand, and what holds for any split of the real one,
 * where it is installed. */
#include "support/support.h"

#include <datasets/triples.h>
#include <stdio.h>
#include <unistd.h>

#include "core/alloc.h"

#define LICENCE "  1 This software and database is being provided to you\n"

/* Inverses listed both ways (@ ~), one way (%m), a pair with two relations (@ +), a
 * pointer inside of a synset (!), a synset without pointers, an only holonym (#p). */
static const char *const noun = LICENCE
    "00000100 05 n 01 animal 0 002 ~ 00000200 n 0000 ~ 00000300 n 0000 | lives  \n"
    "00000200 05 n 01 house_dog 0 003 @ 00000100 n 0000 + 00000100 v 0101 %m 00000300 n "
    "0000 | barks  \n"
    "00000300 05 n 01 cat 0 003 @ 00000100 n 0000 + 00000100 n 0101 ! 00000300 n 0102 | "
    "sleeps  \n"
    "00000400 05 n 01 paw 0 001 #p 00000200 n 0000 | of a dog  \n"
    "00000500 05 n 01 alone 0 000 | joined by nothing  \n";
static const char *const verb =
    LICENCE "00000100 39 v 01 bark 0 001 + 00000200 n 0101 01 + 02 00 | speak  \n";
static const char *const adjective =
    LICENCE "00000100 00 a 01 alive 0 001 & 00000200 a 0000 | that lives  \n"
            "00000200 44 s 01 living 0 001 & 00000100 a 0000 | lives  \n";
static const char *const adverb =
    LICENCE "00000100 02 r 01 alively 0 001 \\ 00000100 a 0101 | as one lives  \n";

static const char *write_files(void) {
    static char spec[300];
    support_write("w/data.noun", noun);
    support_write("w/data.verb", verb);
    support_write("w/data.adj", adjective);
    support_write("w/data.adv", adverb);
    snprintf(spec, sizeof spec, "wordnet:triples:%s", support_path("w"));
    return spec;
}

static bool has(const data_triple_sets *sets, const gnn_triples *triples,
                const char *want) {
    char got[128];
    for (int64_t i = 0; i < triples->n; i++) {
        snprintf(got, sizeof got, "%s %s %s",
                 gnn_names_get(sets->entities, triples->head[i], NULL),
                 gnn_names_get(sets->relations, triples->relation[i], NULL),
                 gnn_names_get(sets->entities, triples->tail[i], NULL));
        if (strcmp(got, want) == 0) return true;
    }
    return false;
}

START_TEST(one_of_two_inverse_relations) {
    static const char *const want[] = {
        "n00000200 hypernym n00000100",
        "n00000300 hypernym n00000100",
        "n00000300 derivationally_related_form n00000100",
        "n00000200 derivationally_related_form v00000100",
        "v00000100 derivationally_related_form n00000200",
        "n00000200 member_meronym n00000300",
        "n00000200 part_meronym n00000400",
        "a00000100 similar_to a00000200",
        "a00000200 similar_to a00000100",
        "r00000100 pertainym a00000100",
    };
    enum { N = sizeof want / sizeof *want };
    data_triple_sets sets;
    ck_assert_ok(data_triple_sets_read(write_files(), 0, 0, NULL, &sets));
    ck_assert_str_eq(sets.name, "wordnet:triples");
    ck_assert_int_eq(sets.train.n, N);
    for (int i = 0; i < N; i++)
        ck_assert_msg(has(&sets, &sets.train, want[i]), "%s is missing", want[i]);
    ck_assert_int_eq(sets.valid.n + sets.test.n, 0);
    ck_assert_int_eq(gnn_names_count(sets.entities), 8);
    ck_assert_int_eq(gnn_names_count(sets.relations), 6);
    ck_assert_int_eq(gnn_names_find(sets.entities, "n00000500", 9), -1);
    ck_assert_int_eq(gnn_names_find(sets.relations, "hyponym", 7), -1);
    ck_assert_str_eq(sets.labels[1], "house dog: barks");
    ck_assert_str_eq(sets.labels[7], "alively: as one lives");
    data_triple_sets_clear(&sets);
    ck_assert_int_eq(gnn_i_alloc_live(), 0);
}
END_TEST

/* What may go is dog – animal (one triple) or cat – animal (two), but not both: animal
 * would be left alone. */
START_TEST(training_keeps_entities_and_relations) {
    int n_dogs = 0, n_cats = 0;
    data_triple_sets sets;
    for (uint64_t seed = 0; seed < 20; seed++) {
        data_options options = {.seed = seed};
        ck_assert_ok(data_triple_sets_read(write_files(), 10, 10, &options, &sets));
        bool dog = has(&sets, &sets.test, "n00000200 hypernym n00000100");
        bool cat = has(&sets, &sets.test, "n00000300 hypernym n00000100");
        ck_assert_int_eq(dog + cat, 1);
        ck_assert_int_eq(sets.test.n, dog ? 1 : 2);
        ck_assert_int_eq(sets.valid.n, 0);
        ck_assert_int_eq(sets.train.n + sets.test.n, 10);
        n_dogs += dog;
        n_cats += cat;
        data_triple_sets_clear(&sets);
        ck_assert_ok(data_triple_sets_read(write_files(), 1, 0, &options, &sets));
        ck_assert_int_eq(sets.valid.n, 1); /* two are too many */
        ck_assert_int_eq(sets.test.n, 0);
        data_triple_sets_clear(&sets);
    }
    ck_assert_int_gt(n_dogs, 3);
    ck_assert_int_gt(n_cats, 3);
}
END_TEST

/* ---- the real one ---- */

/* The number of a pair of entities, whichever way, in a table. */
static int64_t pair_row(gnn_names *pairs, const gnn_triples *t, int64_t i, bool may_add) {
    char key[32];
    int64_t row;
    gnn_id a = t->head[i], b = t->tail[i];
    int length = snprintf(key, sizeof key, "%d %d", a < b ? a : b, a < b ? b : a);
    if (!may_add) return gnn_names_find(pairs, key, (size_t)length);
    if (gnn_names_add(pairs, key, (size_t)length, &row) != GNN_OK) abort();
    return row;
}

static void check_sets(const data_triple_sets *sets) {
    size_t n_entities = (size_t)gnn_names_count(sets->entities);
    size_t n_relations = (size_t)gnn_names_count(sets->relations);
    char *entities = calloc(n_entities, 1), *relations = calloc(n_relations, 1);
    const gnn_triples *parts[] = {&sets->train, &sets->valid, &sets->test};
    gnn_names *pairs;
    int64_t n_loops = 0, n_leaks = 0;
    ck_assert_ok(gnn_names_new(&pairs));
    for (int64_t i = 0; i < sets->train.n; i++) {
        entities[sets->train.head[i]] = entities[sets->train.tail[i]] = 1;
        relations[sets->train.relation[i]] = 1;
    }
    ck_assert_ptr_null(memchr(entities, 0, n_entities));
    ck_assert_ptr_null(memchr(relations, 0, n_relations));
    /* No pair of entities in two sets: not reversed, not by another relation. */
    for (int k = 0; k < 3; k++) {
        for (int64_t i = 0; i < parts[k]->n; i++) {
            n_loops += parts[k]->head[i] == parts[k]->tail[i];
            n_leaks += pair_row(pairs, parts[k], i, false) >= 0;
        }
        for (int64_t i = 0; i < parts[k]->n; i++) pair_row(pairs, parts[k], i, true);
    }
    ck_assert_int_eq(n_loops, 0);
    ck_assert_int_eq(n_leaks, 0);
    gnn_names_free(pairs);
    free(entities);
    free(relations);
}

static bool same_triples(const gnn_triples *a, const gnn_triples *b) {
    size_t size = (size_t)a->n * sizeof(gnn_id);
    return a->n == b->n && memcmp(a->head, b->head, size) == 0 &&
           memcmp(a->relation, b->relation, size) == 0 &&
           memcmp(a->tail, b->tail, size) == 0;
}

START_TEST(the_real_one) {
    data_triple_sets sets, again, other;
    if (access("/usr/share/wordnet/data.noun", R_OK) != 0) return;
    data_options options = {.seed = 1};
    ck_assert_ok(data_triple_sets_read("wordnet:triples", -1, -1, &options, &sets));
    ck_assert_int_eq(sets.valid.n, 3000);
    ck_assert_int_eq(sets.test.n, 3000);
    ck_assert_int_eq(sets.train.n, 229393);
    ck_assert_int_eq(gnn_names_count(sets.entities), 116650);
    ck_assert_int_eq(gnn_names_count(sets.relations), 18);
    check_sets(&sets);
    options.n_threads = 1;
    ck_assert_ok(data_triple_sets_read("wordnet:triples", 3000, 3000, &options, &again));
    ck_assert(same_triples(&sets.train, &again.train));
    ck_assert(same_triples(&sets.valid, &again.valid));
    ck_assert(same_triples(&sets.test, &again.test));
    options.seed = 2;
    ck_assert_ok(data_triple_sets_read("wordnet:triples", 7, 1001, &options, &other));
    ck_assert_int_eq(other.valid.n, 7);
    ck_assert_int_eq(other.test.n, 1001);
    check_sets(&other);
    ck_assert(!same_triples(&sets.test, &other.test));
    data_triple_sets_clear(&sets);
    data_triple_sets_clear(&again);
    data_triple_sets_clear(&other);
}
END_TEST

/* ---- what goes wrong ---- */

START_TEST(broken_files_and_names) {
    data_triple_sets sets;
    const char *spec = write_files();
    ck_assert_fails(data_triple_sets_read("wordnet:lexname", 1, 1, NULL, &sets),
                    GNN_ERR_ARGUMENT,
                    "unknown triples 'wordnet:lexname'; known: wordnet:triples");
    ck_assert_fails(data_triple_sets_read("wordnet:triplesx", 1, 1, NULL, &sets),
                    GNN_ERR_ARGUMENT, "known: wordnet:triples[:FOLDER]");
    ck_assert_fails(data_triple_sets_read("wordnet:triples:/none", 1, 1, NULL, &sets),
                    GNN_ERR_INPUT, "/none/data.noun: no such file (Debian's package");
    support_write("w/data.noun", "00000100 05 n 01 a 0 001 @ 00000900 n 0000 | x\n");
    ck_assert_fails(data_triple_sets_read(spec, 1, 1, NULL, &sets), GNN_ERR_INPUT,
                    "data.noun:1: a pointer to offset 00000900");
    ck_assert_ptr_null(sets.entities);
    support_write("w/data.noun", "00000100 05 n 01 a 0 000 | x\n");
    support_write("w/data.verb", "00000100 39 v 01 b 0 000 | x\n");
    support_write("w/data.adj", "00000100 00 a 01 c 0 000 | x\n");
    support_write("w/data.adv", "00000100 02 r 01 d 0 001 ! 00000100 r 0101 | x\n");
    ck_assert_fails(data_triple_sets_read(spec, 1, 1, NULL, &sets), GNN_ERR_INPUT,
                    "no pointer joins two synsets");
    ck_assert_int_eq(gnn_i_alloc_live(), 0);
}
END_TEST

static gnn_status read_all(void *argument) {
    data_triple_sets sets;
    gnn_status status = data_triple_sets_read(argument, 1, 1, NULL, &sets);
    if (status == GNN_OK) data_triple_sets_clear(&sets);
    return status;
}

START_TEST(survives_failing_allocations) {
    char spec[300];
    snprintf(spec, sizeof spec, "%s", write_files());
    ck_assert_int_gt(support_starve(read_all, spec), 40);
}
END_TEST

TESTS("data/wordnet_triples", 60, one_of_two_inverse_relations,
      training_keeps_entities_and_relations, the_real_one, broken_files_and_names,
      survives_failing_allocations)
