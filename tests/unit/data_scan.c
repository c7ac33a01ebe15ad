/* Numbers, UTF-8 and quoting. */
#include "support/support.h"

#include <math.h>
#include <stdio.h>

#include "text/scan.h"

static data_i_field field_of(const char *text) {
    return (data_i_field){text, strlen(text)};
}

START_TEST(whole_numbers) {
    const struct {
        const char *text;
        data_i_integer_kind kind;
        gnn_id value;
    } cases[] = {
        {"0", DATA_I_INTEGER, 0},
        {"7", DATA_I_INTEGER, 7},
        {"2147483646", DATA_I_INTEGER, 2147483646},
        {"2147483647", DATA_I_TOO_LARGE, 0},
        {"99999999999", DATA_I_TOO_LARGE, 0},
        {"18446744073709551617", DATA_I_TOO_LARGE, 0},
        {"-3", DATA_I_NEGATIVE, 0},
        {"-0", DATA_I_NEGATIVE, 0},
        {"007", DATA_I_LEADING_ZERO, 0},
        {"00", DATA_I_LEADING_ZERO, 0},
        {"", DATA_I_NO_INTEGER, 0},
        {"-", DATA_I_NO_INTEGER, 0},
        {"1.0", DATA_I_NO_INTEGER, 0},
        {"+1", DATA_I_NO_INTEGER, 0},
        {" 1", DATA_I_NO_INTEGER, 0},
        {"1x", DATA_I_NO_INTEGER, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        gnn_id value = 0;
        ck_assert_msg(data_i_parse_integer(field_of(cases[i].text), &value) ==
                          cases[i].kind,
                      "'%s'", cases[i].text);
        ck_assert_int_eq(value, cases[i].value);
    }
}
END_TEST

/* Of 19 digits or fewer every number is the double that the C library reads. */
START_TEST(decimals_as_the_c_library_reads_them) {
    const char *const texts[] = {"0",
                                 "-0",
                                 "1",
                                 "3.25",
                                 ".5",
                                 "5.",
                                 "+1e3",
                                 "1E-3",
                                 "1e22",
                                 "1e23",
                                 "1e-22",
                                 "1e-23",
                                 "0.1",
                                 "123456789.123456789",
                                 "1e-300",
                                 "1e300",
                                 "4.9e-324",
                                 "1e400",
                                 "-1e400",
                                 "0e999",
                                 "1e-400",
                                 "9007199254740993",
                                 "0.000000000000000000000000000001234567890123456789"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double value;
        ck_assert_msg(data_i_parse_real(field_of(texts[i]), &value), "'%s'", texts[i]);
        double want = strtod(texts[i], NULL);
        ck_assert_msg(value == want && signbit(value) == signbit(want),
                      "'%s': %.17g, not %.17g", texts[i], value, want);
    }
}
END_TEST

START_TEST(random_decimals) {
    char text[64];
    for (uint64_t i = 0; i < 20000; i++) {
        double x = (double)(int64_t)support_bits(1, i);
        x *= pow(10, (double)support_below(2, i, 60) - 50);
        int digits = 1 + (int)support_below(3, i, 17);
        snprintf(text, sizeof text, i % 2 ? "%.*g" : "%.*e", digits, x);
        double value, want = strtod(text, NULL);
        ck_assert(data_i_parse_real(field_of(text), &value));
        ck_assert_msg(value == want, "'%s': %.17g, not %.17g", text, value, want);
    }
}
END_TEST

START_TEST(many_digits_to_the_last_bit_but_one) {
    const char *text = "0.12345678901234567890123456789e5";
    double value, want = strtod(text, NULL);
    ck_assert(data_i_parse_real(field_of(text), &value));
    ck_assert(fabs(value - want) <= fabs(want) * 0x1p-52);
}
END_TEST

START_TEST(words_for_what_is_not_finite) {
    double value;
    ck_assert(data_i_parse_real(field_of("NaN"), &value) && isnan(value));
    ck_assert(data_i_parse_real(field_of("-inf"), &value) && value == -INFINITY);
    ck_assert(data_i_parse_real(field_of("Infinity"), &value) && value == INFINITY);
    const char *const none[] = {"",    "-",     ".",    "e5", "1e",
                                "1e+", "1.2.3", "0x10", "1 ", "in"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        ck_assert_msg(!data_i_parse_real(field_of(none[i]), &value), "'%s'", none[i]);
}
END_TEST

START_TEST(utf8) {
    const struct {
        const char *text;
        size_t valid;
    } cases[] = {
        {"plain ASCII, longer than a word", 31},
        {"caf\xc3\xa9", 5},
        {"\xe2\x82\xac\xf0\x9f\x98\x80", 7},
        {"ab\xff", 2},
        {"ab\xc3", 2},           /* cut short */
        {"\xc0\xaf", 0},         /* overlong */
        {"\xe0\x80\xaf", 0},     /* overlong */
        {"\xed\xa0\x80", 0},     /* a surrogate */
        {"\xf4\x90\x80\x80", 0}, /* beyond U+10FFFF */
        {"12345678\x80", 8},     /* a continuation byte alone */
        {"1234567\xe2\x82\xac"
         "8",
         11},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        ck_assert_uint_eq(data_i_utf8_valid(cases[i].text, strlen(cases[i].text)),
                          cases[i].valid);
}
END_TEST

START_TEST(quotes_fit_one_line) {
    char out[DATA_I_QUOTED], text[301];
    ck_assert_str_eq(data_i_quote(field_of("a b"), out), "'a b'");
    ck_assert_str_eq(data_i_quote(field_of("\x01\xff\xc3\xa9"), out),
                     "'\\x01\\xff\xc3\xa9'");
    memset(text, 'x', 300);
    text[300] = '\0';
    data_i_quote(field_of(text), out);
    ck_assert_uint_lt(strlen(out), DATA_I_QUOTED);
    ck_assert_str_eq(out + strlen(out) - 4, "...'");
    /* Escapes and long characters at the very end keep within the buffer. */
    for (size_t n = 60; n < 100; n++) {
        memset(text, 'x', n);
        strcpy(text + n, "\xff\xf0\x9f\x98\x80\x01");
        ck_assert_uint_lt(strlen(data_i_quote(field_of(text), out)), DATA_I_QUOTED);
    }
}
END_TEST

TESTS("data/scan", 10, whole_numbers, decimals_as_the_c_library_reads_them,
      random_decimals, many_digits_to_the_last_bit_but_one, words_for_what_is_not_finite,
      utf8, quotes_fit_one_line)
