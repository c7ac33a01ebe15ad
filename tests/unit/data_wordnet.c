/* The WordNet reader on a WordNet of seven synsets. */
#include "support/support.h"

#include <datasets/datasets.h>
#include <stdio.h>

#include "core/alloc.h"

#define LICENCE "  1 This software and database is being provided to you\n"

/* Two nouns below a third, a verb derived from one, an adjective with its satellite, an
 * adverb that pertains to the adjective. */
static const char *const noun = LICENCE
    "00000100 05 n 02 animal 0 beast 1 002 ~ 00000200 n 0000 ~ 00000300 n 0000 | a "
    "living thing; \"the animal lives\"  \n"
    "00000200 05 n 01 house_dog 0 002 @ 00000100 n 0000 + 00000100 v 0101 | a living "
    "Thing that barks; sleeps  \n"
    "00000300 05 n 01 cat 0 001 @ 00000100 n 0000 | sleeps  \n";
static const char *const verb = LICENCE "00000100 39 v 01 bark 0 001 + 00000200 n 0101 "
                                        "01 + 02 00 | speak, as a thing barks  \n";
static const char *const adjective =
    LICENCE "00000100 00 a 01 alive 0 001 & 00000200 a 0000 | a thing that lives  \n"
            "00000200 44 s 01 living(p) 0 001 & 00000100 a 0000 | lives  \n";
static const char *const adverb =
    LICENCE "00000100 02 r 01 alively 0 001 \\ 00000100 a 0101 | as one lives  \n";

static const char *write_files(void) {
    static char spec[300];
    support_write("w/data.noun", noun);
    support_write("w/data.verb", verb);
    support_write("w/data.adj", adjective);
    support_write("w/data.adv", adverb);
    snprintf(spec, sizeof spec, "wordnet:lexname:%s", support_path("w"));
    return spec;
}

static const char *kind_of_arc(const data_nodes *nodes, gnn_id source, gnn_id target) {
    int32_t n_types;
    const gnn_csr *csr = gnn_graph_csr(nodes->graph);
    const int32_t *type = gnn_graph_arc_type(nodes->graph, &n_types);
    for (gnn_off a = csr->row_ptr[target]; a < csr->row_ptr[target + 1]; a++)
        if (csr->col[a] == source) return gnn_names_get(nodes->arc_types, type[a], NULL);
    return "none";
}

START_TEST(nodes_and_labels) {
    data_nodes nodes;
    ck_assert_ok(data_nodes_read(write_files(), NULL, &nodes));
    ck_assert_str_eq(nodes.name, "wordnet:lexname");
    ck_assert_int_eq(gnn_graph_n_nodes(nodes.graph), 7);
    ck_assert_str_eq(gnn_names_get(nodes.names, 0, NULL), "n00000100");
    ck_assert_str_eq(gnn_names_get(nodes.names, 3, NULL), "v00000100");
    ck_assert_str_eq(gnn_names_get(nodes.names, 5, NULL), "a00000200");
    ck_assert_str_eq(gnn_names_get(nodes.names, 6, NULL), "r00000100");
    ck_assert_str_eq(data_texts_get(nodes.titles, 0), "animal: a living thing");
    ck_assert_str_eq(data_texts_get(nodes.titles, 1),
                     "house dog: a living Thing that barks");
    ck_assert_str_eq(data_texts_get(nodes.titles, 5), "living: lives");
    const gnn_id want[] = {5, 5, 5, 39, 0, 44, 2};
    ck_assert_int_eq(nodes.labels->n_outputs, 45);
    ck_assert_same_bytes(nodes.labels->class_of, want, sizeof want);
    const char *const classes[] = {"adj.all", "adv.all", "noun.animal", "verb.perception",
                                   "adj.ppl"};
    const int rows[] = {0, 2, 5, 39, 44};
    for (int i = 0; i < 5; i++)
        ck_assert_str_eq(gnn_names_get(nodes.labels->classes, rows[i], NULL), classes[i]);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(arcs_have_the_kind_of_their_direction) {
    data_nodes nodes;
    ck_assert_ok(data_nodes_read(write_files(), NULL, &nodes));
    ck_assert_int_eq(gnn_graph_n_arcs(nodes.graph), 10);
    ck_assert(gnn_graph_is_symmetric(nodes.graph));
    ck_assert_str_eq(kind_of_arc(&nodes, 1, 0), "hypernym");
    ck_assert_str_eq(kind_of_arc(&nodes, 0, 1), "hyponym");
    ck_assert_str_eq(kind_of_arc(&nodes, 1, 3), "derivation");
    ck_assert_str_eq(kind_of_arc(&nodes, 3, 1), "derivation");
    ck_assert_str_eq(kind_of_arc(&nodes, 4, 5), "similar to");
    ck_assert_str_eq(kind_of_arc(&nodes, 6, 4), "pertainym");
    ck_assert_str_eq(kind_of_arc(&nodes, 4, 6), "has pertaining");
    data_nodes_clear(&nodes);
    ck_assert_ok(
        data_nodes_read(write_files(), &(data_options){.directed = true}, &nodes));
    ck_assert_int_eq(gnn_graph_n_arcs(nodes.graph), 9);
    ck_assert_str_eq(kind_of_arc(&nodes, 4, 6), "none");
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(words_of_two_glosses_or_more) {
    data_nodes nodes, again;
    data_schema schema;
    ck_assert_ok(data_nodes_read(write_files(), NULL, &nodes));
    ck_assert_str_eq(nodes.normalize, "none");
    /* Not: the, animal, speak, one. */
    const char *const words[] = {"a",    "living", "thing",  "lives",
                                 "that", "barks",  "sleeps", "as"};
    ck_assert_int_eq(gnn_names_count(nodes.vocabulary), 8);
    for (int i = 0; i < 8; i++)
        ck_assert_int_ge(gnn_names_find(nodes.vocabulary, words[i], strlen(words[i])), 0);
    const gnn_sparse *s = nodes.features->sparse;
    const gnn_off row_ptr[] = {0, 4, 10, 11, 15, 19, 20, 22};
    ck_assert_same_bytes(s->row_ptr, row_ptr, sizeof row_ptr);
    for (int i = 0; i < 22; i++) ck_assert(s->value[i] == 1);

    data_nodes_schema(&nodes, &schema);
    write_files();
    support_write("w/data.adv", LICENCE "00000100 02 r 01 x 0 000 | a new word\n");
    char spec[300];
    snprintf(spec, sizeof spec, "wordnet:lexname:%s", support_path("w"));
    ck_assert_ok(data_nodes_read(spec, &(data_options){.schema = &schema}, &again));
    ck_assert_int_eq(again.features->shape[1], 8);
    data_nodes_clear(&again);
    data_nodes_clear(&nodes);
}
END_TEST

START_TEST(other_labels_and_splits) {
    data_nodes nodes;
    data_options options = {.labels =
                                support_write("l.tsv", "n00000100\tx\nr00000100\ty\n"),
                            .split = support_write("s.tsv", "n00000100\ttrain\n"),
                            .features = "degree"};
    ck_assert_ok(data_nodes_read(write_files(), &options, &nodes));
    ck_assert_int_eq(nodes.labels->n_outputs, 2);
    ck_assert_int_eq(nodes.labels->class_of[6], 1);
    ck_assert_int_eq(nodes.part[0], GNN_PART_TRAIN);
    ck_assert_int_eq(nodes.features->shape[1], 33);
    ck_assert_ptr_null(nodes.vocabulary);
    data_nodes_clear(&nodes);
    options.labels = support_write("l.tsv", "n00000101\tx\n");
    ck_assert_fails(
        data_nodes_read(write_files(), &options, &nodes), GNN_ERR_INPUT,
        "l.tsv:1: label of an unknown node 'n00000101', which is not in WordNet");
}
END_TEST

START_TEST(broken_files) {
    const struct {
        const char *line, *says;
    } cases[] = {
        {"00000100 05\n", "data.noun:2: no synset"},
        {"0000010x 05 n 01 a 0 000 | x\n", "data.noun:2: no synset"},
        {"00000100 05 v 01 a 0 000 | x\n", "data.noun:2: no synset"},
        {"00000100 45 n 01 a 0 000 | x\n",
         "data.noun:2: lexicographer file 45, expected 0 to 44"},
        {"00000100 05 n 02 a 0 000 | x\n", "data.noun:2: 1 words, expected 2"},
        {"00000100 05 n 01 a 0\n", "data.noun:2: no number of pointers"},
        {"00000100 05 n 01 a 0 001 | x\n", "data.noun:2: a broken pointer"},
        {"00000100 05 n 01 a 0 001 ? 00000100 v 0000 | x\n",
         "data.noun:2: a broken pointer"},
        {"00000100 05 n 01 a 0 001 @ 00000100 x 0000 | x\n",
         "data.noun:2: a broken pointer"},
        {"00000100 05 n 01 a 0 001 @ 00000900 n 0000 | x\n",
         "data.noun:2: a pointer to offset 00000900 of data.noun"},
        {"00000100 05 n 01 a 0 000 | x\n00000100 05 n 01 a 0 000 | x\n",
         "data.noun:3: offset 100 is not above"},
        {"", "data.noun: holds no synset"},
    };
    data_nodes nodes;
    char text[300], spec[300];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_files();
        snprintf(text, sizeof text, "%s%s", LICENCE, cases[i].line);
        support_write("w/data.noun", text);
        snprintf(spec, sizeof spec, "wordnet:lexname:%s", support_path("w"));
        ck_assert_fails(data_nodes_read(spec, NULL, &nodes), GNN_ERR_INPUT,
                        cases[i].says);
    }
    ck_assert_fails(data_nodes_read("wordnet:lexname:/none", NULL, &nodes), GNN_ERR_INPUT,
                    "/none/data.noun: no such file (Debian's package wordnet-base");
    ck_assert_fails(data_nodes_read("wordnet:synsets", NULL, &nodes), GNN_ERR_ARGUMENT,
                    "known: wordnet:lexname");
}
END_TEST

static gnn_status read_all(void *argument) {
    data_nodes nodes;
    gnn_status status = data_nodes_read(argument, NULL, &nodes);
    if (status == GNN_OK) data_nodes_clear(&nodes);
    return status;
}

START_TEST(survives_failing_allocations) {
    char spec[300];
    snprintf(spec, sizeof spec, "%s", write_files());
    ck_assert_int_gt(support_starve(read_all, spec), 40);
}
END_TEST

TESTS("data/wordnet", 30, nodes_and_labels, arcs_have_the_kind_of_their_direction,
      words_of_two_glosses_or_more, other_labels_and_splits, broken_files,
      survives_failing_allocations)
