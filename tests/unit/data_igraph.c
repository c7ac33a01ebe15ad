/* Graph formats and generators of the igraph module. In a build without it nothing is
 * asked. */
#include "support/support.h"

#include <datasets/generate.h>
#include <math.h>
#include <stdio.h>

#include "core/alloc.h"
#include "support/compress.h"

#define NEED_MODULE                                                                      \
    if (!has_module()) return

static bool has_module(void) {
    data_nodes nodes;
    gnn_status status = data_generate("tree", "n=3", NULL, &nodes);
    if (status == GNN_OK) data_nodes_clear(&nodes);
    return status != GNN_ERR_UNSUPPORTED;
}

static const char *const graphml =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<graphml xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n"
    "<key id=\"c\" for=\"node\" attr.name=\"class\" attr.type=\"string\"/>\n"
    "<key id=\"h\" for=\"node\" attr.name=\"height\" attr.type=\"double\"/>\n"
    "<key id=\"b\" for=\"node\" attr.name=\"big\" attr.type=\"boolean\"/>\n"
    "<key id=\"l\" for=\"node\" attr.name=\"label\" attr.type=\"string\"/>\n"
    "<key id=\"w\" for=\"edge\" attr.name=\"weight\" attr.type=\"double\"/>\n"
    "<graph id=\"G\" edgedefault=\"undirected\">\n"
    "<node id=\"p\"><data key=\"c\">x</data><data key=\"h\">1.5</data>"
    "<data key=\"b\">true</data><data key=\"l\">Same</data></node>\n"
    "<node id=\"q\"><data key=\"c\">y</data><data key=\"h\">-2</data>"
    "<data key=\"b\">false</data><data key=\"l\">Same</data></node>\n"
    "<node id=\"r\"><data key=\"h\">0</data></node>\n"
    "<edge source=\"p\" target=\"q\"><data key=\"w\">0.5</data></edge>\n"
    "<edge source=\"q\" target=\"r\"><data key=\"w\">2</data></edge>\n"
    "</graph></graphml>\n";

static void check_graphml(const char *path) {
    data_nodes nodes;
    ck_assert_ok(data_nodes_read(path, NULL, &nodes));
    ck_assert_int_eq(gnn_graph_n_nodes(nodes.graph), 3);
    ck_assert_int_eq(gnn_graph_n_arcs(nodes.graph), 4);
    ck_assert_close(gnn_graph_weight(nodes.graph), ((gnn_real[]){.5f, .5f, 2, 2}), 4, 0,
                    0);
    ck_assert_str_eq(gnn_names_get(nodes.names, 0, NULL), "p");
    ck_assert_str_eq(data_texts_get(nodes.titles, 1), "Same");
    ck_assert_int_eq(nodes.labels->n_outputs, 2);
    const gnn_id want[] = {0, 1, -1};
    const gnn_real features[] = {1.5f, 1, -2, 0, 0, 0};
    ck_assert_same_bytes(nodes.labels->class_of, want, sizeof want);
    ck_assert_int_eq(nodes.features->shape[1], 2);
    ck_assert_close(gnn_tensor_real(nodes.features), features, 6, 0, 0);
    data_nodes_clear(&nodes);
    ck_assert_int_eq(gnn_i_alloc_live(), 0);
}

START_TEST(graphml_with_attributes) {
    NEED_MODULE;
    check_graphml(support_write("g.graphml", graphml));
    check_graphml(support_write_gzip("g.graphml.gz", graphml, strlen(graphml)));
}
END_TEST

START_TEST(roles_of_attributes) {
    NEED_MODULE;
    data_nodes nodes;
    char spec[300];
    snprintf(spec, sizeof spec,
             "graphml:%s:features=height,label=big,title=class,weight=weight",
             support_write("g.graphml", graphml));
    ck_assert_ok(data_nodes_read(spec, NULL, &nodes));
    ck_assert_int_eq(nodes.features->shape[1], 1);
    ck_assert_str_eq(gnn_names_get(nodes.labels->classes, 1, NULL), "1");
    ck_assert_str_eq(data_texts_get(nodes.titles, 1), "y");
    data_nodes_clear(&nodes);

    data_options options = {.task = DATA_TASK_REGRESS};
    snprintf(spec, sizeof spec, "graphml:%s:features=none,label=height",
             support_path("g.graphml"));
    ck_assert_ok(data_nodes_read(spec, &options, &nodes));
    ck_assert_ptr_null(nodes.features);
    ck_assert_close(nodes.labels->target, ((gnn_real[]){1.5f, -2, 0}), 3, 0, 0);
    data_nodes_clear(&nodes);

    const char *const wrong[][2] = {
        {"features=weight", "no attribute 'weight', which features= names"},
        {"features=class", "no numbers in attribute 'class'"},
        {"id=label", "attribute 'label' does not differ"},
        {"id=nope", "no attribute 'nope', which id= names"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(spec, sizeof spec, "graphml:%s:%s", support_path("g.graphml"),
                 wrong[i][0]);
        ck_assert_fails(data_nodes_read(spec, NULL, &nodes), GNN_ERR_INPUT, wrong[i][1]);
    }
    snprintf(spec, sizeof spec, "graphml:%s:size=3", support_path("g.graphml"));
    ck_assert_fails(data_nodes_read(spec, NULL, &nodes), GNN_ERR_ARGUMENT,
                    "reader option 'size=3', expected id=A");
}
END_TEST

START_TEST(files_beside_a_graph) {
    NEED_MODULE;
    data_nodes nodes;
    data_options options = {.labels = support_write("l.tsv", "q\tnew\n"),
                            .features = support_write("f.tsv", "r\t1\np\t2\n"),
                            .split = support_write("s.tsv", "q\ttrain\n")};
    ck_assert_ok(data_nodes_read(support_write("g.graphml", graphml), &options, &nodes));
    ck_assert_int_eq(nodes.labels->class_of[1], 0);
    ck_assert_int_eq(nodes.labels->n_outputs, 1);
    ck_assert_close(gnn_tensor_real(nodes.features), ((gnn_real[]){2, 0, 1}), 3, 0, 0);
    ck_assert_int_eq(nodes.part[1], GNN_PART_TRAIN);
    data_nodes_clear(&nodes);
    options.labels = support_write("l.tsv", "z\tnew\n");
    ck_assert_fails(data_nodes_read(support_path("g.graphml"), &options, &nodes),
                    GNN_ERR_INPUT, "label of an unknown node 'z'");
}
END_TEST

START_TEST(other_formats) {
    NEED_MODULE;
    const struct {
        const char *name, *text, *first;
        int nodes, arcs;
        gnn_real weight;
    } cases[] = {
        {"g.gml",
         "graph [\n node [ id 1 label \"a b\" ]\n node [ id 5 label \"c\" ]\n"
         " edge [ source 1 target 5 value 2.5 ]\n]\n",
         "a b", 2, 2, 2.5f},
        {"g.net", "*Vertices 2\n1 \"x y\" 0.1 0.2 0.5\n2 \"y\" 0 0 0\n*Edges\n1 2 3\n",
         "x y", 2, 2, 3},
        {"g.ncol", "a b 1.5\nb c 2\n", "a", 3, 4, 1.5f},
        {"g.lgl", "# a\nb 4\n# b\nc 2\n", "a", 3, 4, 4},
        {"g.dl", "dl n=3\nformat = edgelist1\nlabels:\na,b,c\ndata:\n1 2 1\n2 3 1\n", "a",
         3, 4, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        data_nodes nodes;
        ck_assert_ok(
            data_nodes_read(support_write(cases[i].name, cases[i].text), NULL, &nodes));
        ck_assert_int_eq(gnn_graph_n_nodes(nodes.graph), cases[i].nodes);
        ck_assert_int_eq(gnn_graph_n_arcs(nodes.graph), cases[i].arcs);
        ck_assert_str_eq(gnn_names_get(nodes.names, 0, NULL), cases[i].first);
        ck_assert(gnn_graph_weight(nodes.graph)[0] == cases[i].weight);
        data_nodes_clear(&nodes);
    }
}
END_TEST

START_TEST(broken_files) {
    NEED_MODULE;
    data_nodes nodes;
    const char *const cases[][3] = {
        {"g.graphml", "<graphml><graph><node id=\"a\">",
         "g.graphml: not as graphml should be"},
        {"g.graphml", "no xml", "g.graphml: not as graphml should be"},
        {"g.gml", "graph [ node [ id 1 ] edge [ source 1 target 2 ] ]",
         "g.gml: not as gml"},
        {"g.gml", "", "g.gml: empty, expected gml"},
        {"g.net", "*Vertices x\n", "g.net: not as pajek should be"},
        {"g.net", "*Vertices 2\n*Edges\n1 3\n", "g.net: not as pajek should be"},
        {"g.lgl", "a b\n", "g.lgl: not as lgl should be"},
        {"g.ncol", "a\n", "g.ncol: not as ncol should be"},
        {"g.dl", "dl\n", "g.dl: not as dl should be"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_fails(
            data_nodes_read(support_write(cases[i][0], cases[i][1]), NULL, &nodes),
            GNN_ERR_INPUT, cases[i][2]);
    ck_assert_fails(data_nodes_read("gml:/none.gml", NULL, &nodes), GNN_ERR_INPUT,
                    "/none.gml: no such file");
    ck_assert_int_eq(gnn_i_alloc_live(), 0);
}
END_TEST

START_TEST(generators) {
    NEED_MODULE;
    const struct {
        const char *kind, *parameters;
        int nodes, arcs; /* arcs -1: random */
    } cases[] = {
        {"barabasi", "n=100,m=1", 100, 198},
        {"erdos", "n=50,edges=70", 50, 140},
        {"erdos", "n=50,p=0.5", 50, -1},
        {"sbm", "sizes=5+7,inside=1,outside=0", 12, 62},
        {"small-world", "n=20,neighbours=2,p=0", 20, 80},
        {"grid", "size=3+4", 12, 34},
        {"grid", "size=3+4+2,periodic=0", 24, 92},
        {"grid", "size=5,periodic=1", 5, 10},
        {"tree", "n=7,children=2", 7, 12},
        {"tree", "n=30,children=0", 30, 58},
        {"famous", "name=Zachary", 34, 156},
        {"famous", NULL, 34, 156},
    };
    size_t n;
    const data_generator *const *all = data_generators(&n);
    for (size_t i = 0; i < n; i++) {
        data_nodes nodes;
        ck_assert_ok(data_generate(all[i]->name, NULL, NULL, &nodes));
        ck_assert_str_eq(nodes.name, all[i]->name);
        data_nodes_clear(&nodes);
    }
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        data_nodes nodes;
        ck_assert_ok(data_generate(cases[i].kind, cases[i].parameters, NULL, &nodes));
        ck_assert_int_eq(gnn_graph_n_nodes(nodes.graph), cases[i].nodes);
        if (cases[i].arcs >= 0)
            ck_assert_int_eq(gnn_graph_n_arcs(nodes.graph), cases[i].arcs);
        ck_assert(gnn_names_are_integers(nodes.names));
        data_nodes_clear(&nodes);
    }
}
END_TEST

START_TEST(blocks_are_labels) {
    NEED_MODULE;
    data_nodes nodes;
    data_options options = {.features = "onehot", .split = "random:.5,.25,.25"};
    ck_assert_ok(data_generate("sbm", "sizes=2+3+4", &options, &nodes));
    const gnn_id want[] = {0, 0, 1, 1, 1, 2, 2, 2, 2};
    ck_assert_int_eq(nodes.labels->n_outputs, 3);
    ck_assert_same_bytes(nodes.labels->class_of, want, sizeof want);
    ck_assert_str_eq(gnn_names_get(nodes.labels->classes, 2, NULL), "2");
    ck_assert_int_eq(nodes.features->shape[1], 9);
    ck_assert_ptr_nonnull(nodes.part);
    data_nodes_clear(&nodes);
}
END_TEST

static uint64_t fingerprint_of(const char *kind, uint64_t seed) {
    data_nodes nodes;
    ck_assert_ok(data_generate(kind, NULL, &(data_options){.seed = seed}, &nodes));
    uint64_t fingerprint = nodes.fingerprint;
    data_nodes_clear(&nodes);
    return fingerprint;
}

START_TEST(the_seed_decides) {
    NEED_MODULE;
    const char *const kinds[] = {"barabasi", "erdos", "sbm", "small-world"};
    for (int i = 0; i < 4; i++) {
        uint64_t first = fingerprint_of(kinds[i], 1);
        ck_assert_uint_ne(fingerprint_of(kinds[i], 2), first);
        ck_assert_uint_eq(fingerprint_of(kinds[i], 1), first);
    }
}
END_TEST

START_TEST(wrong_parameters) {
    data_nodes nodes;
    const char *const cases[][3] = {
        {"barabassi", "", "unknown generator 'barabassi'; known: barabasi, erdos"},
        {"erdos", "q=1", "unknown parameter 'q' of erdos, which takes n=1000"},
        {"erdos", "n", "parameter 'n' of erdos has no value"},
    };
    const char *const with_module[][3] = {
        {"erdos", "n=0", "erdos: n=0, expected a whole number"},
        {"erdos", "n=1.5", "n=1.5, expected a whole number"},
        {"erdos", "n=3+4", "n=3+4, expected a whole number"},
        {"erdos", "p=2", "p=2, expected a number of 0 to 1"},
        {"erdos", "p=nan", "p=nan, expected a number of 0 to 1"},
        {"erdos", "n=10,edges=100", "erdos:"},
        {"sbm", "sizes=5+x", "sizes=5+x, expected whole numbers"},
        {"sbm", "sizes=5+0", "sizes=5+0, expected whole numbers"},
        {"grid", "size=100000+100000", "expected whole numbers like 30+30"},
        {"famous", "name=Nobody", "name=Nobody: igraph knows no such graph"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_fails(data_generate(cases[i][0], cases[i][1], NULL, &nodes),
                        GNN_ERR_ARGUMENT, cases[i][2]);
    NEED_MODULE;
    for (size_t i = 0; i < sizeof with_module / sizeof *with_module; i++)
        ck_assert_fails(data_generate(with_module[i][0], with_module[i][1], NULL, &nodes),
                        GNN_ERR_ARGUMENT, with_module[i][2]);
    ck_assert_int_eq(gnn_i_alloc_live(), 0);
}
END_TEST

static gnn_status make(void *argument) {
    data_nodes nodes;
    gnn_status status = argument != NULL
                            ? data_nodes_read(argument, NULL, &nodes)
                            : data_generate("sbm", "sizes=3+3,inside=1", NULL, &nodes);
    if (status == GNN_OK) data_nodes_clear(&nodes);
    return status;
}

START_TEST(survives_failing_allocations) {
    NEED_MODULE;
    char path[300];
    snprintf(path, sizeof path, "%s", support_write("g.graphml", graphml));
    ck_assert_int_gt(support_starve(make, path), 20);
    ck_assert_int_gt(support_starve(make, NULL), 10);
}
END_TEST

TESTS("data/igraph", 30, graphml_with_attributes, roles_of_attributes,
      files_beside_a_graph, other_formats, broken_files, generators, blocks_are_labels,
      the_seed_decides, wrong_parameters, survives_failing_allocations)
