/* Names in a run directory: written, read back, refused. */
#include "support/support.h"

#include <gnn/run.h>
#include <stdio.h>
#include <string.h>

START_TEST(names_come_back) {
    gnn_run *run;
    gnn_names *names, *read;
    char buffer[24];
    ck_assert_ok(gnn_run_create(support_path("run"), &run));
    ck_assert_ok(gnn_names_new_integers(20000, &names));
    ck_assert_ok(gnn_run_write_names(run, "nodes.tsv", names));
    gnn_names_free(names);
    ck_assert_ok(gnn_run_read_names(run, "nodes.tsv", &read));
    ck_assert(gnn_names_are_integers(read));
    ck_assert_int_eq(gnn_names_count(read), 20000);
    gnn_names_free(read);

    ck_assert_ok(gnn_names_new(&names));
    for (int i = 0; i < 20000; i++) {
        int64_t row;
        int length = snprintf(buffer, sizeof buffer, "%d", 2 * i);
        ck_assert(gnn_names_add(names, buffer, (size_t)length, &row) == GNN_OK);
    }
    ck_assert_ok(gnn_run_write_names(run, "nodes.tsv", names));
    ck_assert_ok(gnn_run_read_names(run, "nodes.tsv", &read));
    ck_assert(!gnn_names_are_integers(read));
    ck_assert_int_eq(gnn_names_count(read), 20000);
    ck_assert_str_eq(gnn_names_get(read, 19999, NULL), "39998");
    gnn_names_free(names);
    gnn_names_free(read);

    ck_assert_ok(gnn_run_write_text(run, "e.tsv", "", 0));
    ck_assert_ok(gnn_run_read_names(run, "e.tsv", &read));
    ck_assert_int_eq(gnn_names_count(read), 0);
    gnn_names_free(read);
    static const struct {
        const char *text, *message;
    } cases[] = {{"a\nb\na\n", "e.tsv:3: 'a' is line 1 already"},
                 {"a\nb", "e.tsv: the last line does not end"},
                 {"a\nb\tc\n", "e.tsv:2: name 'b?c' holds"},
                 {"0\n1\n1\n", "e.tsv:3: '1' is line 2 already"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ck_assert_ok(
            gnn_run_write_text(run, "e.tsv", cases[i].text, strlen(cases[i].text)));
        ck_assert_fails(gnn_run_read_names(run, "e.tsv", &read), GNN_ERR_INPUT,
                        cases[i].message);
    }
    ck_assert_fails(gnn_run_read_names(run, "f.tsv", &read), GNN_ERR_INPUT,
                    "f.tsv: No such");
    gnn_run_free(run);
}
END_TEST

TESTS("run/names", 30, names_come_back)
