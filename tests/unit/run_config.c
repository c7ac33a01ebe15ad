#include "support/support.h"

#include <float.h>
#include <gnn/run.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>

#include "core/alloc.h"
#include "run/text.h"

START_TEST(numbers_are_short_and_exact) {
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},
        {-0.0, "-0"},
        {1, "1"},
        {-17, "-17"},
        {0.1, "0.1"},
        {5e-4, "0.0005"},
        {1e-5, "1e-05"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.0 / 3, "0.3333333333333333"},
        {9007199254740991, "9007199254740991"},
        {1e15, "1000000000000000"},
        {1e22, "1e+22"},
        {1.7976931348623157e308, "1.7976931348623157e+308"},
        {5e-324, "5e-324"},
        {(double)0.1f, "0.10000000149011612"},
        {123456.789, "123456.789"},
        {NAN, "null"},
        {INFINITY, "null"},
        {2.5e-310, "2.5e-310"},
    };
    gnn_i_text text = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gnn_i_text_reset(&text);
        gnn_i_text_json_number(&text, cases[i].value);
        ck_assert_str_eq(text.bytes, cases[i].text);
    }
    int different = 0;
    for (uint64_t i = 0; i < 20000; i++) {
        uint64_t bits = support_bits(1, i);
        double value;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) continue;
        gnn_i_text_reset(&text);
        gnn_i_text_json_number(&text, value);
        different += strtod(text.bytes, NULL) != value;
    }
    ck_assert_int_eq(different, 0);
    gnn_i_text_clear(&text);
}
END_TEST

/* The settings of the tests below. */
static gnn_status fill(gnn_config *config) {
    gnn_status status;
    gnn_config *train, *empty;
    static const double fanout[] = {10, 25.5};
    static const char *const classes[] = {"a \"b\"", "", "ü\n"};
    GNN_TRY(gnn_config_set_string(config, "model", "gcn"));
    GNN_TRY(gnn_config_set_int(config, "hidden", 1));
    GNN_TRY(gnn_config_set_object(config, "train", &train));
    GNN_TRY(gnn_config_set_real(train, "lr", 0.01));
    GNN_TRY(gnn_config_set_bool(train, "shuffle", true));
    GNN_TRY(gnn_config_set_numbers(train, "fanout", 2, fanout));
    GNN_TRY(gnn_config_set_strings(config, "classes", 3, classes));
    GNN_TRY(gnn_config_set_numbers(config, "none", 0, NULL));
    GNN_TRY(gnn_config_set_object(config, "empty", &empty));
    GNN_TRY(gnn_config_set_int(config, "hidden", 16)); /* keeps its place */
cleanup:
    return status;
}

static const char text_of_it[] = "{\n"
                                 "  \"model\": \"gcn\",\n"
                                 "  \"hidden\": 16,\n"
                                 "  \"train\": {\n"
                                 "    \"lr\": 0.01,\n"
                                 "    \"shuffle\": true,\n"
                                 "    \"fanout\": [10, 25.5]\n"
                                 "  },\n"
                                 "  \"classes\": [\"a \\\"b\\\"\", \"\", \"ü\\n\"],\n"
                                 "  \"none\": [],\n"
                                 "  \"empty\": {}\n"
                                 "}\n";
static const char line_of_it[] = "{\"model\": \"gcn\", \"hidden\": 16, \"train\": "
                                 "{\"lr\": 0.01, \"shuffle\": true, \"fanout\": "
                                 "[10, 25.5]}, \"classes\": [\"a \\\"b\\\"\", \"\", "
                                 "\"ü\\n\"], \"none\": [], \"empty\": {}}";

static void check_values(const gnn_config *config) {
    const gnn_config *train;
    const char *string;
    const char *const *strings;
    const double *numbers;
    int64_t n;
    double real;
    bool flag;
    ck_assert_int_eq(gnn_config_count(config), 6);
    ck_assert_str_eq(gnn_config_name(config, 1), "hidden");
    ck_assert_ptr_null(gnn_config_name(config, 6));
    ck_assert_ok(gnn_config_get_string(config, "model", &string));
    ck_assert_str_eq(string, "gcn");
    ck_assert_ok(gnn_config_get_int(config, "hidden", &n));
    ck_assert_int_eq(n, 16);
    ck_assert_ok(gnn_config_get_object(config, "train", &train));
    ck_assert_ok(gnn_config_get_real(train, "lr", &real));
    ck_assert(real == 0.01);
    ck_assert_ok(gnn_config_get_bool(train, "shuffle", &flag));
    ck_assert(flag);
    ck_assert_ok(gnn_config_get_numbers(train, "fanout", &n, &numbers));
    ck_assert(n == 2 && numbers[0] == 10 && numbers[1] == 25.5);
    ck_assert_ok(gnn_config_get_strings(config, "classes", &n, &strings));
    ck_assert_int_eq(n, 3);
    ck_assert_str_eq(strings[0], "a \"b\"");
    ck_assert_str_eq(strings[2], "ü\n");
    ck_assert_ok(gnn_config_get_numbers(config, "none", &n, &numbers));
    ck_assert_int_eq(n, 0);
    ck_assert_ok(gnn_config_get_strings(config, "none", &n, &strings));
    ck_assert_int_eq(n, 0);
    ck_assert_int_eq(gnn_config_kind_of(config, "model"), GNN_CONFIG_STRING);
    ck_assert_int_eq(gnn_config_kind_of(config, "train"), GNN_CONFIG_OBJECT);
    ck_assert_int_eq(gnn_config_kind_of(config, "absent"), GNN_CONFIG_ABSENT);
    ck_assert(gnn_config_has(config, "empty") && !gnn_config_has(config, "lr"));
}

START_TEST(text_and_back) {
    gnn_config *config, *again;
    const char *path = support_path("config.json");
    ck_assert_ok(gnn_config_new(&config));
    ck_assert_str_eq(gnn_config_text(config, true), "{}");
    ck_assert_ok(fill(config));
    check_values(config);
    ck_assert_str_eq(gnn_config_text(config, false), text_of_it);
    ck_assert_str_eq(gnn_config_text(config, true), line_of_it);
    ck_assert_ok(gnn_config_save(config, path));
    ck_assert_ok(gnn_config_load(path, &again));
    check_values(again);
    ck_assert_str_eq(gnn_config_text(again, false), text_of_it);
    gnn_config_free(again);
    gnn_config_free(config);
    gnn_config_free(NULL);
}
END_TEST

START_TEST(a_value_of_another_kind_replaces) {
    gnn_config *config, *inner;
    ck_assert_ok(gnn_config_new(&config));
    ck_assert_ok(gnn_config_set_int(config, "a", 1));
    ck_assert_ok(gnn_config_set_object(config, "a", &inner));
    ck_assert_ok(gnn_config_set_string(inner, "b", "text"));
    ck_assert_ok(gnn_config_set_object(config, "a", &inner));
    ck_assert_str_eq(gnn_config_text(config, true), "{\"a\": {\"b\": \"text\"}}");
    ck_assert_ok(gnn_config_set_bool(config, "a", false));
    ck_assert_str_eq(gnn_config_text(config, true), "{\"a\": false}");
    gnn_config_free(config);
}
END_TEST

START_TEST(what_json_cannot_keep_is_refused) {
    gnn_config *config;
    double bad[] = {1, NAN};
    ck_assert_ok(gnn_config_new(&config));
    ck_assert_fails(gnn_config_set_real(config, "lr", NAN), GNN_ERR_ARGUMENT,
                    "'lr' is nan");
    ck_assert_fails(gnn_config_set_real(config, "lr", INFINITY), GNN_ERR_ARGUMENT,
                    "finite");
    ck_assert_fails(gnn_config_set_numbers(config, "x", 2, bad), GNN_ERR_ARGUMENT,
                    "'x' holds");
    ck_assert_fails(gnn_config_set_int(config, "seed", ((int64_t)1 << 53) + 1),
                    GNN_ERR_ARGUMENT, "'seed' is 9007199254740993");
    ck_assert_ok(gnn_config_set_int(config, "seed", (int64_t)1 << 53));
    ck_assert_str_eq(gnn_config_text(config, true), "{\"seed\": 9007199254740992}");
    gnn_config_free(config);
}
END_TEST

START_TEST(getting_says_file_field_and_value) {
    const char *path = support_write(
        "c.json", "{\"lr\": \"fast\", \"hidden\": 1.5, \"on\": 1, \"list\": [1, 2],\n"
                  " \"train\": {\"deep\": {\"epochs\": true}}, \"big\": 1e17}");
    gnn_config *config;
    const gnn_config *train, *deep;
    double real;
    int64_t n;
    bool flag;
    const char *string;
    const char *const *strings;
    ck_assert_ok(gnn_config_load(path, &config));
    ck_assert_fails(gnn_config_get_real(config, "lr", &real), GNN_ERR_INPUT,
                    "c.json: field 'lr' is \"fast\", expected a number");
    ck_assert_fails(gnn_config_get_int(config, "hidden", &n), GNN_ERR_INPUT,
                    "field 'hidden' is 1.5, expected a whole number");
    ck_assert_fails(gnn_config_get_int(config, "big", &n), GNN_ERR_INPUT,
                    "'big' is 1e+17");
    ck_assert_fails(gnn_config_get_bool(config, "on", &flag), GNN_ERR_INPUT,
                    "field 'on' is 1, expected true or false");
    ck_assert_fails(gnn_config_get_string(config, "list", &string), GNN_ERR_INPUT,
                    "field 'list' is [1, 2], expected a text");
    ck_assert_fails(gnn_config_get_strings(config, "list", &n, &strings), GNN_ERR_INPUT,
                    "expected a list of texts");
    ck_assert_fails(gnn_config_get_object(config, "absent", &train), GNN_ERR_INPUT,
                    "c.json: field 'absent' is missing, expected an object");
    ck_assert_ok(gnn_config_get_object(config, "train", &train));
    ck_assert_ok(gnn_config_get_object(train, "deep", &deep));
    ck_assert_fails(gnn_config_get_int(deep, "epochs", &n), GNN_ERR_INPUT,
                    "c.json: field 'train.deep.epochs' is true, expected a whole number");
    gnn_config_free(config);
    ck_assert_ok(gnn_config_new(&config));
    ck_assert_fails(gnn_config_get_int(config, "epochs", &n), GNN_ERR_INPUT,
                    "settings: field 'epochs' is missing");
    gnn_config_free(config);
}
END_TEST

START_TEST(broken_files_are_refused) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"", "c.json:1: not JSON"},
        {"{\n\"a\": 1,\n\"b\" 2\n}", "c.json:3: not JSON"},
        {"{\"a\": 1", "not JSON"},
        {"{\"a\": 1} x", "c.json:1: 'x' follows"},
        {"{}\n{}", "c.json:2: '{}' follows"},
        {"[1]", "not a JSON object"},
        {"7", "not a JSON object"},
        {"{\"a\": null}", "field 'a' is null"},
        {"{\"a\": 1, \"b\": 2, \"a\": 3}", "field 'a' is there twice"},
        {"{\"a\": {\"b\": 1, \"b\": 1}}", "field 'a.b' is there twice"},
        {"{\"a\": [1, \"x\"]}", "field 'a' is a list of something else"},
        {"{\"a\": [[1]]}", "field 'a' is a list of something else"},
        {"{\"a\": [true]}", "field 'a' is a list of something else"},
        {"{\"a\": 1e999}", "field 'a' is a number that no double can hold"},
        {"{\"a\": [1, -1e999]}", "field 'a' holds a number that no double can hold"},
        {"{\"a\": NaN}", "not JSON"},
        {"{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{"
         "\"a\":{\"a\":"
         "{\"a\":{\"a\":{\"a\":{\"a\":{}}}}}}}}}}}}}}}}}}",
         "lies too deep"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gnn_config *config = (gnn_config *)&config;
        gnn_status status =
            gnn_config_load(support_write("c.json", cases[i].text), &config);
        if (status != GNN_ERR_INPUT ||
            strstr(gnn_last_error(), cases[i].message) == NULL || config != NULL)
            ck_abort_msg("%s: %s: %s", cases[i].text, gnn_status_name(status),
                         gnn_last_error());
    }
    gnn_config *config;
    ck_assert_fails(gnn_config_load(support_path("absent"), &config), GNN_ERR_INPUT,
                    "absent: No such file");
    ck_assert_fails(gnn_config_load(support_folder(), &config), GNN_ERR_INPUT,
                    "not a file");
}
END_TEST

START_TEST(another_locale_changes_nothing) {
    /* Where no such locale is installed this checks the usual one again. */
    if (setlocale(LC_ALL, "de_DE.UTF-8") == NULL) setlocale(LC_ALL, "de_DE");
    gnn_config *config;
    ck_assert_ok(
        gnn_config_load(support_write("c.json", "{\"a\": 0.25, \"b\": 1e-7}"), &config));
    ck_assert_str_eq(gnn_config_text(config, true), "{\"a\": 0.25, \"b\": 1e-07}");
    gnn_config_free(config);
}
END_TEST

static gnn_status save_and_load(void *path) {
    gnn_status status;
    gnn_config *config = NULL, *again = NULL;
    GNN_TRY(gnn_config_new(&config));
    GNN_TRY(fill(config));
    GNN_TRY(gnn_config_save(config, path));
    GNN_TRY(gnn_config_load(path, &again));
cleanup:
    gnn_config_free(config);
    gnn_config_free(again);
    return status;
}

START_TEST(survives_short_memory) {
    char *path = strdup(support_path("starved.json"));
    ck_assert_int_ge(support_starve(save_and_load, path), 30);
    free(path);
}
END_TEST

TESTS("run/config", 20, numbers_are_short_and_exact, text_and_back,
      a_value_of_another_kind_replaces, what_json_cannot_keep_is_refused,
      getting_says_file_field_and_value, broken_files_are_refused,
      another_locale_changes_nothing, survives_short_memory)
