/* The reader of triples: values and order, a naive reader on large files, what is done
 * with repeats and with names that training lacks, labels of entities, broken files. */
#include "support/support.h"

#include <datasets/triples.h>
#include <stdio.h>

#include "core/alloc.h"
#include "support/compress.h"

/* Tables and triples of one data set. */
typedef struct graph {
    gnn_names *entities, *relations;
    gnn_triples triples;
    data_triples_notes notes;
} graph;

static graph make_graph(void) {
    graph g = {0};
    ck_assert_ok(gnn_names_new(&g.entities));
    ck_assert_ok(gnn_names_new(&g.relations));
    return g;
}

static void clear_graph(graph *g) {
    data_triples_clear(&g->triples);
    gnn_names_free(g->entities);
    gnn_names_free(g->relations);
}

static gnn_status read_into(graph *g, const char *path, const char *relations_from,
                            data_options options) {
    return data_triples_read(path, relations_from, &options, g->entities, g->relations,
                             &g->triples, &g->notes);
}

static graph read_text(const char *text, data_options options) {
    graph g = make_graph();
    ck_assert_ok(read_into(&g, support_write("train.txt", text), NULL, options));
    return g;
}

/* Triple i is the line `head relation tail`. */
static void check_triple(const graph *g, int64_t i, const char *want) {
    char got[256];
    snprintf(got, sizeof got, "%s %s %s",
             gnn_names_get(g->entities, g->triples.head[i], NULL),
             gnn_names_get(g->relations, g->triples.relation[i], NULL),
             gnn_names_get(g->entities, g->triples.tail[i], NULL));
    ck_assert_str_eq(got, want);
}

START_TEST(values_and_order) {
    graph g = read_text("# head relation tail\n00260881\t_hypernym\t00260622\r\n\n"
                        "b\t_hypernym\t00260881\nb\t2\tb",
                        (data_options){.ids = 1});
    const gnn_id head[] = {0, 2, 2}, relation[] = {0, 0, 1}, tail[] = {1, 0, 2};
    ck_assert_int_eq(g.triples.n, 3);
    ck_assert_same_bytes(g.triples.head, head, sizeof head);
    ck_assert_same_bytes(g.triples.relation, relation, sizeof relation);
    ck_assert_same_bytes(g.triples.tail, tail, sizeof tail);
    check_triple(&g, 0, "00260881 _hypernym 00260622");
    ck_assert_int_eq(g.notes.n_read, 3);
    ck_assert_int_eq(g.notes.n_duplicates, 0);
    ck_assert_int_eq(g.notes.n_new_entities, 3);
    ck_assert_int_eq(g.notes.n_new_relations, 2);
    clear_graph(&g);
}
END_TEST

START_TEST(separators_and_comments) {
    graph g = read_text("a  r b\nc\tr\ta\n", (data_options){0});
    check_triple(&g, 1, "c r a");
    clear_graph(&g);
    g = read_text("New York\tlies in\tthe U.S.\n", (data_options){0});
    ck_assert_str_eq(gnn_names_get(g.entities, 0, NULL), "New York");
    clear_graph(&g);
    g = read_text("#a\tr\t#b\n", (data_options){.comment = ""});
    check_triple(&g, 0, "#a r #b");
    clear_graph(&g);
    g = read_text("% x y z\n#a r b\n", (data_options){.comment = "%"});
    ck_assert_int_eq(g.triples.n, 1);
    clear_graph(&g);
}
END_TEST

/* ---- repeats ---- */

static const char repeats[] = "a r b\nb r a\na r b\na s b\nb r a\nc r a\n";

START_TEST(repeats_are_dropped_and_counted) {
    graph g = read_text(repeats, (data_options){0});
    ck_assert_int_eq(g.triples.n, 4);
    check_triple(&g, 0, "a r b");
    check_triple(&g, 1, "b r a");
    check_triple(&g, 2, "a s b");
    check_triple(&g, 3, "c r a");
    ck_assert_int_eq(g.notes.n_read, 6);
    ck_assert_int_eq(g.notes.n_duplicates, 2);
    clear_graph(&g);
}
END_TEST

START_TEST(repeats_by_option) {
    graph g = read_text(repeats, (data_options){.duplicates = GNN_DUPLICATES_KEEP});
    ck_assert_int_eq(g.triples.n, 6);
    check_triple(&g, 2, "a r b");
    ck_assert_int_eq(g.notes.n_duplicates, 0);
    clear_graph(&g);
    g = make_graph();
    const char *path = support_write("train.txt", repeats);
    ck_assert_fails(
        read_into(&g, path, NULL, (data_options){.duplicates = GNN_DUPLICATES_ERROR}),
        GNN_ERR_INPUT, "train.txt:3: triple 'a r b' is listed twice");
    ck_assert_fails(
        read_into(&g, path, NULL, (data_options){.duplicates = GNN_DUPLICATES_SUM}),
        GNN_ERR_ARGUMENT, "no weights to sum");
    clear_graph(&g);
}
END_TEST

/* ---- files that are read after training ---- */

START_TEST(entities_may_be_new_and_relations_not) {
    graph train = read_text("a r b\nb s c\n", (data_options){0}), test = train;
    const char *path = support_write("test.txt", "b r a\nd s a\nc r e\n");
    ck_assert_ok(read_into(&test, path, "train.txt", (data_options){0}));
    ck_assert_int_eq(test.triples.n, 3);
    ck_assert_int_eq(test.notes.n_new_entities, 2);
    ck_assert_int_eq(test.notes.n_new_relations, 0);
    check_triple(&test, 1, "d s a");
    int64_t n_unseen = 0; /* triples with an entity that training lacks */
    for (int64_t i = 0; i < test.triples.n; i++)
        n_unseen += test.triples.head[i] >= 3 || test.triples.tail[i] >= 3;
    ck_assert_int_eq(n_unseen, 2);
    data_triples_clear(&test.triples);

    path = support_write("test.txt", "b r a\n# x\n\nd t a\n");
    ck_assert_fails(read_into(&test, path, "train.txt", (data_options){0}), GNN_ERR_INPUT,
                    "test.txt:4: relation 't' is not in train.txt");
    data_options closed = {.entities_from = "runs/ab"};
    for (closed.n_threads = 1; closed.n_threads <= 4; closed.n_threads += 3) {
        ck_assert_fails(read_into(&test, support_write("test.txt", "# x\na r b\nb r x\n"),
                                  "train.txt", closed),
                        GNN_ERR_INPUT, "test.txt:3: entity 'x' is not in runs/ab");
        ck_assert_int_eq(gnn_names_count(test.entities), 5);
    }
    ck_assert_ptr_null(test.triples.head);
    ck_assert_int_eq(gnn_names_count(test.relations), 2);
    clear_graph(&train);
}
END_TEST

START_TEST(appended_triples_follow) {
    graph g = read_text("a r b\nb r c\n", (data_options){0}), more = g;
    const gnn_triples none = {0};
    ck_assert_ok(
        read_into(&more, support_write("more.txt", "c s a\n"), NULL, (data_options){0}));
    ck_assert_ok(data_triples_append(&g.triples, &more.triples));
    ck_assert_ok(data_triples_append(&g.triples, &none));
    ck_assert_int_eq(g.triples.n, 3);
    check_triple(&g, 0, "a r b");
    check_triple(&g, 2, "c s a");
    gnn_i_alloc_fail_after(1);
    gnn_status status = data_triples_append(&g.triples, &more.triples);
    gnn_i_alloc_fail_after(-1);
    ck_assert_int_eq(status, GNN_ERR_MEMORY);
    ck_assert_int_eq(g.triples.n, 3);
    check_triple(&g, 2, "c s a");
    data_triples_clear(&more.triples);
    clear_graph(&g);
}
END_TEST

START_TEST(tables_of_integers_are_refused) {
    gnn_triples triples;
    graph g = make_graph();
    gnn_names *integers;
    ck_assert_ok(gnn_names_new_integers(5, &integers));
    ck_assert_fails(data_triples_read(support_write("t", "0 0 1\n"), NULL, NULL, integers,
                                      g.relations, &triples, NULL),
                    GNN_ERR_ARGUMENT, "tables of texts");
    ck_assert_ptr_null(triples.head);
    gnn_names_free(integers);
    clear_graph(&g);
}
END_TEST

/* ---- large files, against a naive reader ---- */

typedef struct recipe {
    int64_t n, n_entities, n_relations;
    bool comments, closed;
    uint64_t seed;
} recipe;

static void draw(const recipe *r, int64_t i, int64_t row[3]) {
    for (uint64_t k = 0; k < 3; k++)
        row[k] = support_below(r->seed + k, (uint64_t)i,
                               k == 1 ? r->n_relations : r->n_entities);
}

static char *make_file(const recipe *r, size_t *size) {
    char *text = malloc((size_t)r->n * 80 + 1);
    int64_t row[3];
    *size = 0;
    for (int64_t i = 0; i < r->n; i++) {
        draw(r, i, row);
        if (r->comments && support_below(r->seed + 9, (uint64_t)i, 8) == 0)
            *size += (size_t)sprintf(text + *size, i % 2 ? "\n" : "#1\t2\n");
        *size += (size_t)sprintf(text + *size,
                                 "/m/%" PRIx64 "\trelation-%" PRId64 "\t/m/%" PRIx64 "\n",
                                 row[0] * 7919, row[1], row[2] * 7919);
    }
    return text;
}

static gnn_id add(gnn_names *names, const char *format, int64_t value) {
    char text[64];
    int64_t row;
    int length = snprintf(text, sizeof text, format, value);
    if (gnn_names_add(names, text, (size_t)length, &row) != GNN_OK) abort();
    return (gnn_id)row;
}

/* Looks for repeats in a table of names that holds whole triples. */
static graph read_naively(const recipe *r) {
    graph g = make_graph();
    gnn_names *seen;
    size_t size = (size_t)r->n * sizeof(gnn_id);
    ck_assert_ok(gnn_names_new(&seen));
    ck_assert_ok(gnn_i_alloc(&g.triples.head, size, 1, "test"));
    ck_assert_ok(gnn_i_alloc(&g.triples.relation, size, 1, "test"));
    ck_assert_ok(gnn_i_alloc(&g.triples.tail, size, 1, "test"));
    for (int64_t i = 0; i < r->n; i++) {
        int64_t row[3], n = g.triples.n, at;
        char key[80];
        draw(r, i, row);
        g.triples.head[n] = add(g.entities, "/m/%" PRIx64, row[0] * 7919);
        g.triples.tail[n] = add(g.entities, "/m/%" PRIx64, row[2] * 7919);
        g.triples.relation[n] = add(g.relations, "relation-%" PRId64, row[1]);
        int length = snprintf(key, sizeof key, "%" PRId64 " %" PRId64 " %" PRId64, row[0],
                              row[1], row[2]);
        if (gnn_names_add(seen, key, (size_t)length, &at) != GNN_OK) abort();
        g.triples.n += at == n;
    }
    gnn_names_free(seen);
    return g;
}

static void check_names(const gnn_names *got, const gnn_names *want) {
    ck_assert_int_eq(gnn_names_count(got), gnn_names_count(want));
    for (int64_t i = 0; i < gnn_names_count(want); i++)
        if (strcmp(gnn_names_get(got, i, NULL), gnn_names_get(want, i, NULL)) != 0)
            ck_abort_msg("name %d differs", (int)i);
}

static void check_file(const recipe *r, const graph *want, const char *path,
                       int n_threads) {
    graph g = make_graph();
    if (r->closed) /* in the order of their first appearance, as where they are open */
        for (int64_t i = 0; i < gnn_names_count(want->relations); i++) {
            const char *name = gnn_names_get(want->relations, i, NULL);
            int64_t row;
            ck_assert_ok(gnn_names_add(g.relations, name, strlen(name), &row));
        }
    ck_assert_ok(read_into(&g, path, r->closed ? "x" : NULL,
                           (data_options){.n_threads = n_threads}));
    size_t size = (size_t)want->triples.n * sizeof(gnn_id);
    ck_assert_int_eq(g.triples.n, want->triples.n);
    ck_assert_same_bytes(g.triples.head, want->triples.head, size);
    ck_assert_same_bytes(g.triples.relation, want->triples.relation, size);
    ck_assert_same_bytes(g.triples.tail, want->triples.tail, size);
    ck_assert_int_eq(g.notes.n_read, r->n);
    ck_assert_int_eq(g.notes.n_duplicates, r->n - want->triples.n);
    check_names(g.entities, want->entities);
    check_names(g.relations, want->relations);
    clear_graph(&g);
}

START_TEST(random_files_at_any_number_of_threads) {
    for (uint64_t i = 0; i < 10; i++) {
        /* The last two are of several windows. */
        recipe r = {.n = i < 8 ? 1 + support_below(7, i, 20000) : 400000,
                    .n_entities = 1 + support_below(8, i, i < 4 ? 20 : 9000),
                    .n_relations = 1 + support_below(9, i, 300),
                    .comments = i & 1,
                    .closed = i & 2,
                    .seed = 100 * i};
        size_t size;
        char *text = make_file(&r, &size);
        graph want = read_naively(&r);
        const char *path = support_write_bytes("t.txt", text, size);
        for (int n_threads = 1; n_threads <= 4; n_threads *= 2)
            check_file(&r, &want, path, n_threads);
        check_file(&r, &want, support_write_gzip("t.txt.gz", text, size), 2);
        check_file(&r, &want, support_write_zstd("t.txt.zst", text, size), 2);
        clear_graph(&want);
        free(text);
    }
}
END_TEST

/* ---- labels ---- */

START_TEST(labels_by_row) {
    graph g = read_text("a r b\nc r d\n", (data_options){0});
    const char *const *labels;
    const char *path = support_write(
        "entity_names.tsv", "# ids\nb\tBologna\ta town\nx\tnobody\nx\tagain\nd\t\t-\n"
                            "a\t New \x01York \n");
    ck_assert_ok(data_entity_labels_read(path, NULL, g.entities, &labels));
    ck_assert_str_eq(labels[0], "New  York");
    ck_assert_str_eq(labels[1], "Bologna");
    ck_assert_ptr_null(labels[2]);
    ck_assert_ptr_null(labels[3]);
    data_entity_labels_free(labels);
    path = support_write("entity_names.tsv", "b the town\na\n");
    ck_assert_ok(data_entity_labels_read(path, NULL, g.entities, &labels));
    ck_assert_str_eq(labels[1], "the town");
    ck_assert_ptr_null(labels[0]);
    data_entity_labels_free(labels);
    path = support_write("entity_names.tsv", "b\tx\n\nb\ty\n");
    ck_assert_fails(data_entity_labels_read(path, NULL, g.entities, &labels),
                    GNN_ERR_INPUT, "entity_names.tsv:3: 'b' is listed twice");
    ck_assert_ptr_null(labels);
    path = support_write("entity_names.tsv", "\tx\n");
    ck_assert_fails(data_entity_labels_read(path, NULL, g.entities, &labels),
                    GNN_ERR_INPUT, "entity_names.tsv:1: the name is empty");
    ck_assert_fails(data_entity_labels_read("none.tsv", NULL, g.entities, &labels),
                    GNN_ERR_INPUT, "none.tsv: no such file");
    data_entity_labels_free(NULL);
    clear_graph(&g);
}
END_TEST

/* ---- what goes wrong ---- */

START_TEST(broken_files) {
    static const char nul[] = "a r b\na\0 r b\n";
    const struct {
        const char *text;
        size_t size; /* 0: up to the NUL */
        const char *says;
    } cases[] = {
        {"", 0, "t.txt: holds no triples, expected head, relation and tail"},
        {"# a\n\n  \n#\n", 0, "t.txt: holds no triples"},
        {"a\tr\tb\nc\tr\n", 0, "t.txt:2: 2 columns, expected head, relation and tail"},
        {"a\tr\tb\n\n#\nc\tr\tb\t1\n", 0, "t.txt:4: 4 columns, expected head"},
        {"a r b\nc\n", 0, "t.txt:2: 1 column, expected head"},
        {"a\tr\tb\nc r b\n", 0, "t.txt:2: 1 column, expected head"},
        {"\tr\tb\n", 0, "t.txt:1: the head is empty"},
        {"a\t\tb\n", 0, "t.txt:1: the relation is empty"},
        {"a\tr\t\r\n", 0, "t.txt:1: the tail is empty"},
        {"a r b\na \xff b\n", 0, "t.txt:2: not UTF-8 (byte 0xff)"},
        {"a r b\na \xc3", 0, "t.txt:2: not UTF-8"},
        {nul, sizeof nul - 1, "t.txt:2: holds a NUL byte, expected text"},
        {"\x1f\x8b\x08\0\0\0\0\0\2\3\x33\xe0", 12, "t.txt: "},
        {"\x28\xb5\x2f\xfd\x04\x58\x41", 7, "t.txt: "},
        {"a r b c\na\n", 0, "t.txt:1: 4 columns"},
    };
    graph g = make_graph();
    int64_t live = gnn_i_alloc_live();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t size = cases[i].size > 0 ? cases[i].size : strlen(cases[i].text);
        const char *path = support_write_bytes("t.txt", cases[i].text, size);
        ck_assert_fails(read_into(&g, path, NULL, (data_options){0}), GNN_ERR_INPUT,
                        cases[i].says);
        ck_assert_ptr_null(g.triples.head);
        ck_assert_int_eq(g.triples.n, 0);
    }
    ck_assert_fails(read_into(&g, "none.txt", NULL, (data_options){0}), GNN_ERR_INPUT,
                    "none.txt: no such file");
    ck_assert_fails(read_into(&g, support_folder(), NULL, (data_options){0}),
                    GNN_ERR_INPUT, "is a directory, expected a file");
    ck_assert_int_le(gnn_i_alloc_live(), live + 16); /* the tables grew, nothing else */
    clear_graph(&g);
    ck_assert_int_eq(gnn_i_alloc_live(), 0);
}
END_TEST

START_TEST(long_names_and_cut_archives) {
    graph g = make_graph();
    size_t size = 70000, line;
    char *text = malloc(size + 100), says[100];
    memset(text, 'x', size);
    line = (size_t)sprintf(text + size, " r b\n");
    const char *path = support_write_bytes("t.txt", text, size + line);
    ck_assert_fails(read_into(&g, path, NULL, (data_options){0}), GNN_ERR_INPUT,
                    "t.txt:1: a head of 70000 bytes, expected at most 65534");
    free(text);

    recipe r = {.n = 20000, .n_entities = 9000, .n_relations = 9, .seed = 3};
    text = make_file(&r, &size);
    char *whole = support_read(support_write_gzip("t.gz", text, size), &size);
    snprintf(says, sizeof says, "t.txt.gz: ");
    path = support_write_bytes("t.txt.gz", whole, size / 2);
    ck_assert_fails(read_into(&g, path, NULL, (data_options){0}), GNN_ERR_INPUT, says);
    free(whole);
    free(text);
    clear_graph(&g);
}
END_TEST

/* The first line that is wrong is reported, however many chunks err. */
START_TEST(first_error_is_reported) {
    recipe r = {.n = 60000, .n_entities = 900, .n_relations = 9, .comments = true};
    size_t size;
    char *text = make_file(&r, &size), says[80];
    int64_t line = 1, wanted = 0;
    for (size_t i = 1; i < size; i++) {
        if (text[i - 1] != '\n') continue;
        line++;
        if (i < size / 3 || text[i] != '/') continue;
        if (wanted == 0) wanted = line;
        *strchr(text + i, '\t') = '-';
    }
    snprintf(says, sizeof says, "t.txt:%" PRId64 ": 2 columns", wanted);
    const char *path = support_write_bytes("t.txt", text, size);
    for (int n_threads = 1; n_threads < 4; n_threads++) {
        graph g = make_graph();
        ck_assert_fails(read_into(&g, path, NULL, (data_options){.n_threads = n_threads}),
                        GNN_ERR_INPUT, says);
        clear_graph(&g);
    }
    free(text);
}
END_TEST

static int stop_at_once(void *user, const char *what, int64_t done, int64_t total) {
    ck_assert_str_eq(what, "triples");
    ck_assert_int_le(done, total);
    ++*(int *)user;
    return 1;
}

START_TEST(reading_can_be_cancelled) {
    int calls = 0;
    graph g = make_graph();
    data_options options = {.progress = stop_at_once, .progress_user = &calls};
    ck_assert_fails(read_into(&g, support_write("t.txt", "a r b\n"), NULL, options),
                    GNN_ERR_CANCELLED, "t.txt");
    ck_assert_int_eq(calls, 1);
    clear_graph(&g);
    ck_assert_int_eq(gnn_i_alloc_live(), 0);
}
END_TEST

static gnn_status read_all(void *argument) {
    const char *const *paths = argument;
    gnn_status status;
    graph g = {0};
    gnn_triples test = {0};
    const char *const *labels = NULL;
    data_options options = {.n_threads = 2};
    GNN_TRY(gnn_names_new(&g.entities));
    GNN_TRY(gnn_names_new(&g.relations));
    GNN_TRY(read_into(&g, paths[0], NULL, options));
    GNN_TRY(data_triples_read(paths[1], paths[0], &options, g.entities, g.relations,
                              &test, NULL));
    GNN_TRY(data_entity_labels_read(paths[2], &options, g.entities, &labels));
cleanup:
    data_entity_labels_free(labels);
    data_triples_clear(&test);
    data_triples_clear(&g.triples);
    gnn_names_free(g.entities);
    gnn_names_free(g.relations);
    return status;
}

START_TEST(survives_failing_allocations) {
    recipe r = {.n = 3000, .n_entities = 500, .n_relations = 9, .seed = 4};
    size_t size;
    char *text = make_file(&r, &size);
    const char *paths[] = {support_write_gzip("train.gz", text, size),
                           support_write("test.txt", "a relation-1 b\n"),
                           support_write("names.tsv", "a\tAnna\n")};
    ck_assert_int_gt(support_starve(read_all, paths), 20);
    free(text);
}
END_TEST

TESTS("data/triples", 60, values_and_order, separators_and_comments,
      repeats_are_dropped_and_counted, repeats_by_option,
      entities_may_be_new_and_relations_not, appended_triples_follow,
      tables_of_integers_are_refused, random_files_at_any_number_of_threads,
      labels_by_row, broken_files, long_names_and_cut_archives, first_error_is_reported,
      reading_can_be_cancelled, survives_failing_allocations)
