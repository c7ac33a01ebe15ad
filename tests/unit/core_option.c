/* Option tables: defaults, parsing, refusals that name what is known, text that reads
 * back. */
#include <float.h>

#include "core/alloc.h"
#include "core/option.h"
#include "support/support.h"

typedef struct settings {
    bool bias;
    int64_t layers;
    double rate;
    int norm;
    char fanout[16];
} settings;

static const gnn_option table[] = {
    GNN_I_OPTION_BOOL(settings, bias, "bias", 1, "add a bias"),
    GNN_I_OPTION_INT(settings, layers, "layers", 2, 1, 64, "how many"),
    GNN_I_OPTION_REAL(settings, rate, "learning-rate", 0.1, 0, 10, "step length"),
    GNN_I_OPTION_CHOICE(settings, norm, "norm", 1, "none batch layer", "which norm"),
    GNN_I_OPTION_TEXT(settings, fanout, "fanout", "10", "arcs drawn"),
    GNN_I_OPTION_END,
};

START_TEST(defaults_fill_every_field) {
    settings s;
    memset(&s, 0xff, sizeof s);
    gnn_options_init(table, &s);
    ck_assert(s.bias && s.layers == 2 && s.rate == 0.1 && s.norm == 1);
    ck_assert_str_eq(s.fanout, "10");
}
END_TEST

START_TEST(text_sets_fields) {
    settings s;
    gnn_options_init(table, &s);
    ck_assert_ok(gnn_options_parse(
        table, "test", "norm=layer,layers=64,learning-rate=2.5e-3,bias=false", &s));
    ck_assert(!s.bias && s.layers == 64 && s.rate == 2.5e-3 && s.norm == 2);
    ck_assert_ok(gnn_options_parse(table, "test", NULL, &s));
    ck_assert_ok(gnn_options_parse(table, "test", "", &s));
    ck_assert_ok(gnn_options_set(table, "test", "bias", "on", &s));
    ck_assert(s.bias && s.layers == 64);
}
END_TEST

START_TEST(texts_may_hold_commas) {
    settings s;
    gnn_options_init(table, &s);
    ck_assert_ok(gnn_options_parse(table, "test", "fanout=10,5,-1,layers=3", &s));
    ck_assert_str_eq(s.fanout, "10,5,-1");
    ck_assert_int_eq(s.layers, 3);
    ck_assert_ok(gnn_options_parse(table, "test", "fanout=,layers=4", &s));
    ck_assert_str_eq(s.fanout, "");
    ck_assert_int_eq(s.layers, 4);
    char buffer[4];
    ck_assert_ok(gnn_options_set(table, "test", "fanout", "first:0.5;rest", &s));
    ck_assert_str_eq(gnn_options_get(&table[4], &s, buffer, sizeof buffer),
                     "first:0.5;rest");
    ck_assert_fails(gnn_options_set(table, "test", "fanout", "0123456789abcdef", &s),
                    GNN_ERR_ARGUMENT, "fanout is longer than 15 bytes");
}
END_TEST

START_TEST(refusals_name_what_is_known) {
    static const struct {
        const char *text, *message;
    } cases[] = {
        {"layer=3",
         "unknown option 'layer'; known: bias, layers, learning-rate, norm, fanout"},
        {"layers", "'layers' is not name=value"},
        {"bias=true,norm,layers=3", "bias is 'true,norm', expected true or false"},
        {"bias=true,,layers=3", "is not name=value"},
        {"layers=0", "layers is '0', expected a whole number from 1 to 64"},
        {"layers=65", "whole number"},
        {"layers=3.5", "whole number"},
        {"layers=99999999999999999999", "whole number"},
        {"layers=", "layers is ''"},
        {"learning-rate=fast", "expected a number from 0 to 10"},
        {"learning-rate=nan", "expected a number"},
        {"learning-rate=-1", "expected a number"},
        {"learning-rate=1x", "expected a number"},
        {"norm=bath", "norm is 'bath', expected one of none, batch, layer"},
        {"norm=none batch", "expected one of"},
        {"norm=", "expected one of"},
        {"bias=maybe", "expected true or false"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        settings s;
        gnn_options_init(table, &s);
        ck_assert_fails(gnn_options_parse(table, "test", cases[i].text, &s),
                        GNN_ERR_ARGUMENT, cases[i].message);
        ck_assert(strncmp(gnn_last_error(), "test: ", 6) == 0);
    }
    char text[400] = "norm=";
    settings s;
    memset(text + 5, '0', sizeof text - 6);
    ck_assert_fails(gnn_options_parse(table, "test", text, &s), GNN_ERR_ARGUMENT,
                    "too long");
}
END_TEST

START_TEST(values_read_back_exactly) {
    static const double values[] = {0.1,     1.0 / 3.0,           5e-4,   2.0, 10.0,
                                    DBL_MIN, 0.30000000000000004, 1e-300, 0.0};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        settings s = {.rate = values[i]}, back = {0};
        char text[64];
        gnn_options_get(&table[2], &s, text, sizeof text);
        ck_assert_ok(gnn_options_set(table, "test", "learning-rate", text, &back));
        ck_assert(back.rate == values[i]);
    }
    settings s = {.rate = 0.1};
    char text[64];
    ck_assert_str_eq(gnn_options_get(&table[2], &s, text, sizeof text), "0.1");
}
END_TEST

typedef struct inner {
    int64_t heads;
    double dropout;
} inner;
static const gnn_option inner_table[] = {
    GNN_I_OPTION_INT(inner, heads, "heads", 1, 1, 8, "heads"),
    GNN_I_OPTION_REAL(inner, dropout, "learning-rate", 0.5, 0, 1, "shadowed"),
    GNN_I_OPTION_END,
};

START_TEST(several_tables_act_as_one) {
    settings s;
    inner i;
    gnn_options_init(table, &s);
    gnn_options_init(inner_table, &i);
    const gnn_i_option_set sets[] = {{table, &s}, {NULL, NULL}, {inner_table, &i}};
    ck_assert_ok(gnn_i_options_parse(sets, 3, "test", "heads=4,learning-rate=0.25"));
    ck_assert(i.heads == 4 && s.rate == 0.25 && i.dropout == 0.5);
    char *text;
    ck_assert_ok(gnn_i_options_text(sets, 3, &text));
    ck_assert_str_eq(
        text, "bias=true,layers=2,learning-rate=0.25,norm=batch,fanout=10,heads=4");
    ck_assert_ok(gnn_i_options_parse(sets, 3, "test", text));
    gnn_i_free(text);
    ck_assert_fails(gnn_i_options_parse(sets, 3, "test", "head=4"), GNN_ERR_ARGUMENT,
                    "fanout, heads");
}
END_TEST

static gnn_status make_text(void *argument) {
    const gnn_i_option_set set = {table, argument};
    char *text;
    gnn_status status = gnn_i_options_text(&set, 1, &text);
    if (status == GNN_OK) gnn_i_free(text);
    return status;
}

START_TEST(text_survives_allocation_failure) {
    settings s;
    gnn_options_init(table, &s);
    ck_assert_int_eq(support_starve(make_text, &s), 1);
}
END_TEST

START_TEST(words_are_found_by_place_and_name) {
    size_t size;
    ck_assert(
        strncmp(gnn_i_options_choice(" none  batch layer ", 1, &size), "batch", 5) == 0);
    ck_assert_uint_eq(size, 5);
    ck_assert_ptr_null(gnn_i_options_choice("none batch", 2, &size));
    ck_assert_ptr_null(gnn_i_options_choice("", 0, &size));
    ck_assert_int_eq(gnn_i_options_place("none batch layer ", "layer", 5), 2);
    ck_assert_int_eq(gnn_i_options_place("none batch layer", "bat", 3), -1);
}
END_TEST

TESTS("core/option", 10, defaults_fill_every_field, text_sets_fields,
      texts_may_hold_commas, refusals_name_what_is_known, values_read_back_exactly,
      several_tables_act_as_one, text_survives_allocation_failure,
      words_are_found_by_place_and_name)
