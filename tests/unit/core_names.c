#include "support/support.h"

#include <gnn/names.h>
#include <stdio.h>

START_TEST(rows_follow_first_appearance) {
    gnn_names *names;
    ck_assert_ok(gnn_names_new(&names));
    ck_assert(!gnn_names_are_integers(names));
    static const char *const texts[] = {"b", "a",  "",    "b", "ab",
                                        "a", "äö", "007", "7", "b"};
    static const int rows[] = {0, 1, 2, 0, 3, 1, 4, 5, 6, 0};
    for (int i = 0; i < 10; i++) {
        int64_t row;
        ck_assert_ok(gnn_names_add(names, texts[i], strlen(texts[i]), &row));
        ck_assert_int_eq(row, rows[i]);
    }
    ck_assert_int_eq(gnn_names_count(names), 7);
    ck_assert_int_eq(gnn_names_find(names, "ab", 2), 3);
    ck_assert_int_eq(gnn_names_find(names, "abc", 2), 3);
    ck_assert_int_eq(gnn_names_find(names, "abc", 3), -1);
    ck_assert_str_eq(gnn_names_get(names, 4, NULL), "äö");
    ck_assert_ptr_null(gnn_names_get(names, 7, NULL));
    ck_assert_ptr_null(gnn_names_get(names, -1, NULL));
    gnn_names_free(names);
    gnn_names_free(NULL);
}
END_TEST

START_TEST(integers_cost_nothing) {
    gnn_names *names;
    ck_assert_ok(gnn_names_new_integers(2000000000, &names));
    ck_assert(gnn_names_are_integers(names));
    ck_assert_int_eq(gnn_names_count(names), 2000000000);
    ck_assert_uint_lt(gnn_names_bytes(names), 1000);
    char buffer[24];
    ck_assert_str_eq(gnn_names_get(names, 1999999999, buffer), "1999999999");
    ck_assert_ptr_null(gnn_names_get(names, 2000000000, buffer));
    static const struct {
        const char *text;
        int64_t row;
    } cases[] = {{"0", 0},
                 {"17", 17},
                 {"1999999999", 1999999999},
                 {"2000000000", -1},
                 {"", -1},
                 {"01", -1},
                 {"-1", -1},
                 {"+1", -1},
                 {"1 ", -1},
                 {"99999999999999999999", -1}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_int_eq(gnn_names_find(names, cases[i].text, strlen(cases[i].text)),
                         cases[i].row);
    int64_t row;
    ck_assert_fails(gnn_names_add(names, "5", 1, &row), GNN_ERR_ARGUMENT, "integer");
    gnn_names_free(names);
    ck_assert_fails(gnn_names_new_integers(-1, &names), GNN_ERR_ARGUMENT, "-1");
    ck_assert_fails(gnn_names_new_integers((int64_t)1 << 31, &names), GNN_ERR_ARGUMENT,
                    "2147483648");
    ck_assert_ptr_null(names);
}
END_TEST

START_TEST(forbidden_texts_are_refused) {
    gnn_names *names;
    int64_t row = 99;
    ck_assert_ok(gnn_names_new(&names));
    ck_assert_fails(gnn_names_add(names, "a\tb", 3, &row), GNN_ERR_ARGUMENT, "tab");
    ck_assert_fails(gnn_names_add(names, "a\nb", 3, &row), GNN_ERR_ARGUMENT, "newline");
    ck_assert_fails(gnn_names_add(names, "a\0b", 3, &row), GNN_ERR_ARGUMENT, "NUL");
    char *text = malloc(70000);
    memset(text, 'x', 70000);
    ck_assert_fails(gnn_names_add(names, text, 65535, &row), GNN_ERR_ARGUMENT, "65534");
    ck_assert_int_eq(gnn_names_count(names), 0);
    ck_assert_int_eq(row, 99);
    ck_assert_ok(gnn_names_add(names, text, 65534, &row));
    ck_assert_int_eq(gnn_names_find(names, text, 65534), 0);
    ck_assert_int_eq(gnn_names_find(names, text, 65533), -1);
    free(text);
    gnn_names_free(names);
}
END_TEST

/* The oracle: value v is written as a text that no other value shares, and its row is
 * looked up in a plain array. */
static uint32_t write_text(char *text, int64_t v) {
    static const char *const forms[] = {"%" PRId64, "n%" PRId64,
                                        "http://example.org/id/%" PRId64};
    return (uint32_t)sprintf(text, forms[v % 3], v);
}

enum { DISTINCT = 200000, COUNT = 600000, TEXT_BYTES = 48 };

/* Both ways of adding, with repeats, across many growths and the blocks of 65536 rows. */
START_TEST(agrees_with_a_plain_table) {
    gnn_names *one, *many;
    ck_assert_ok(gnn_names_new(&one));
    ck_assert_ok(gnn_names_new(&many));
    gnn_id *oracle = malloc(sizeof *oracle * DISTINCT);
    memset(oracle, 0xff, sizeof *oracle * DISTINCT);
    char *bytes = malloc((size_t)COUNT * TEXT_BYTES);
    const char **texts = malloc(sizeof *texts * COUNT);
    uint32_t *lengths = malloc(sizeof *lengths * COUNT);
    gnn_id *want = malloc(sizeof *want * COUNT), *got = malloc(sizeof *got * COUNT);
    gnn_id n = 0;
    for (int64_t i = 0; i < COUNT; i++) {
        int64_t v = support_below(3, (uint64_t)i, DISTINCT);
        if (oracle[v] < 0) oracle[v] = n++;
        want[i] = oracle[v];
        texts[i] = bytes + i * TEXT_BYTES;
        lengths[i] = write_text(bytes + i * TEXT_BYTES, v);
        int64_t row = -1;
        gnn_names_add(one, texts[i], lengths[i], &row);
        if (row != want[i]) ck_abort_msg("text %s: row %" PRId64, texts[i], row);
    }
    ck_assert_ok(gnn_names_add_many(many, 1001, texts, lengths, got));
    ck_assert_ok(
        gnn_names_add_many(many, COUNT - 1001, texts + 1001, lengths + 1001, got + 1001));
    ck_assert_same_bytes(got, want, sizeof *got * COUNT);
    ck_assert_int_eq(gnn_names_count(one), n);
    ck_assert_int_eq(gnn_names_count(many), n);
    size_t text_bytes = 0;
    for (int64_t v = 0; v < DISTINCT; v++) {
        char text[TEXT_BYTES];
        uint32_t length = write_text(text, v);
        /* Asserting each would take longer than the work. */
        if (gnn_names_find(many, text, length) != oracle[v])
            ck_abort_msg("%s not found", text);
        if (oracle[v] < 0) continue;
        if (strcmp(gnn_names_get(one, oracle[v], NULL), text) != 0)
            ck_abort_msg("%s changed", text);
        text_bytes += length;
    }
    ck_assert_int_eq(gnn_names_find(one, "n-1", 3), -1);
    /* 1 + 4 bytes and at most 10.7 of slots a name, with a quarter of slack in the
     * arrays. */
    ck_assert_uint_lt(gnn_names_bytes(many),
                      text_bytes + text_bytes / 4 + 18 * (size_t)n);
    gnn_names_free(one);
    gnn_names_free(many);
    free(oracle), free(bytes), free(texts), free(lengths), free(want), free(got);
}
END_TEST

static gnn_status fill(void *unused) {
    (void)unused;
    gnn_status status;
    gnn_names *names = NULL;
    GNN_TRY(gnn_names_new(&names));
    for (int64_t i = 0; i < 300; i++) {
        char text[TEXT_BYTES];
        const char *texts[] = {text};
        uint32_t length = write_text(text, i);
        int64_t row = -1;
        gnn_id id = -1;
        if (i % 2 == 0)
            status = gnn_names_add(names, text, length, &row);
        else
            status = gnn_names_add_many(names, 1, texts, &length, &id);
        if (status != GNN_OK) {
            /* Nothing half done: what came before is whole. */
            ck_assert_int_eq(gnn_names_count(names), i);
            if (i == 0) goto cleanup;
            length = write_text(text, i - 1);
            ck_assert_int_eq(gnn_names_find(names, text, length), i - 1);
            goto cleanup;
        }
    }
cleanup:
    gnn_names_free(names);
    return status;
}

static gnn_status make_integers(void *unused) {
    (void)unused;
    gnn_names *names;
    gnn_status status = gnn_names_new_integers(5, &names);
    gnn_names_free(names);
    return status;
}

START_TEST(survives_short_memory) {
    ck_assert_int_ge(support_starve(fill, NULL), 10);
    ck_assert_int_eq(support_starve(make_integers, NULL), 1);
}
END_TEST

TESTS("core/names", 30, rows_follow_first_appearance, integers_cost_nothing,
      forbidden_texts_are_refused, agrees_with_a_plain_table, survives_short_memory)
