/* Real numbers as text: what is read and where it ends, short and exact writing, the same
 * under a locale with a decimal comma. */
#include <float.h>
#include <locale.h>
#include <math.h>

#include "core/number.h"
#include "core/option.h"
#include "support/support.h"

static const struct {
    const char *text;
    double value;
    size_t length; /* 0: no number */
} cases[] = {
    {"0", 0, 1},
    {"-1.5e3", -1500, 6},
    {"+.25", .25, 4},
    {"7.", 7, 2},
    {"1e-7;rest", 1e-7, 4},
    {"1e", 1, 1},
    {"2e+x", 2, 1},
    {" 3.5", 3.5, 4},
    {"0,5", 0, 1},
    {".", 0, 0},
    {"", 0, 0},
    {"-", 0, 0},
    {"e5", 0, 0},
    {"nan", 0, 0},
    {"0x10", 0, 1},
    {"1.2.3", 1.2, 3},
    {"1e999", INFINITY, 5},
};

static void check_all(void) {
    const char *end;
    double value;
    char text[GNN_I_REAL_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool found = gnn_i_real_parse(cases[i].text, &end, &value);
        if (found != (cases[i].length > 0) || end != cases[i].text + cases[i].length ||
            value != cases[i].value)
            ck_abort_msg("'%s': %g, %zu bytes", cases[i].text, value,
                         (size_t)(end - cases[i].text));
    }
    ck_assert_str_eq(gnn_i_real_print(.1, text), "0.1");
    ck_assert_str_eq(gnn_i_real_print(-2.5e-300, text), "-2.5e-300");
    ck_assert_str_eq(gnn_i_real_print(170000, text), "170000");
    ck_assert_str_eq(gnn_i_real_print(5e-324, text), "5e-324");
    ck_assert_str_eq(gnn_i_real_print(-INFINITY, text), "-inf");
    for (uint64_t i = 0; i < 2000; i++) {
        double want = ldexp((double)(support_bits(1, i) >> 11), (int)(i % 200) - 150);
        gnn_i_real_print(want, text);
        ck_assert(gnn_i_real_parse(text, &end, &value) && *end == '\0' && value == want);
    }
}

START_TEST(numbers_are_read_and_written) {
    check_all();
    char *zeros = malloc(1000);
    const char *end;
    double value;
    memset(zeros, '0', 999);
    zeros[999] = '\0';
    ck_assert(!gnn_i_real_parse(zeros, &end, &value) && end == zeros);
    free(zeros);
}
END_TEST

/* Some locale with a decimal comma, where one is installed. */
static bool use_comma(void) {
    static const char *const names[] = {"de_DE.UTF-8", "de_DE.utf8", "de_DE",
                                        "fr_FR.UTF-8", "fr_FR",      "ru_RU.UTF-8"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (setlocale(LC_ALL, names[i])) return true;
    return false;
}

START_TEST(a_decimal_comma_changes_nothing) {
    if (!use_comma()) return; /* none is installed: nothing to see */
    struct {
        double rate;
    } settings = {.1};
    const gnn_option table[] = {{"rate", GNN_OPTION_REAL, 0, .1, 0, 1.5, NULL, "a rate"},
                                GNN_I_OPTION_END};
    char text[64];
    check_all();
    ck_assert_str_eq(gnn_options_get(table, &settings, text, sizeof text), "0.1");
    ck_assert_ok(gnn_options_parse(table, "test", "rate=0.25", &settings));
    ck_assert(settings.rate == .25);
    ck_assert_fails(gnn_options_parse(table, "test", "rate=2", &settings),
                    GNN_ERR_ARGUMENT, "from 0 to 1.5");
}
END_TEST

TESTS("core/number", 10, numbers_are_read_and_written, a_decimal_comma_changes_nothing)
