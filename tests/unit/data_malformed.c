/* Malformed input fails cleanly: with the status and the one line that the table says,
 * nothing left of it, nothing leaked, and in bounded memory when allocations fail on the
 * way, too. */
#include <datasets/triples.h>

#include "support/malformed.h"
#include "support/support.h"

#include <stdio.h>
#include <unistd.h>

#include "core/alloc.h"

/* Enter a folder of the case's own with its files. */
static void enter(size_t i) {
    char folder[32];
    ck_assert_int_eq(chdir(support_folder()), 0);
    snprintf(folder, sizeof folder, "%zu", i);
    malformed_write(&malformed_cases[i], folder);
    ck_assert_int_eq(chdir(folder), 0);
}

static data_options options_of(const malformed_case *one) {
    return (data_options){
        .labels = one->labels,
        .features = one->features,
        .split = one->split,
        .normalize = one->normalize,
        .ids = one->ids,
        .task = one->task,
        .duplicates =
            one->duplicates_are_errors ? GNN_DUPLICATES_ERROR : GNN_DUPLICATES_AUTO,
    };
}

/* The case's graph or triples, which are cleared if they could be read. */
static gnn_status read_case(const malformed_case *one) {
    gnn_status status;
    const data_options options = options_of(one);
    const char *const files[] = {one->triples, one->valid, one->test};
    data_triple_sets sets = {0};
    gnn_triples *const triples[] = {&sets.train, &sets.valid, &sets.test};
    if (one->triples == NULL) {
        data_nodes nodes;
        status = data_nodes_read(one->spec, &options, &nodes);
        ck_assert_msg(nodes.graph == NULL && nodes.names == NULL, "%s: leftovers",
                      one->name);
        return status;
    }
    GNN_TRY(gnn_names_new(&sets.entities));
    GNN_TRY(gnn_names_new(&sets.relations));
    for (int i = 0; i < 3; i++)
        if (files[i] != NULL)
            GNN_TRY(data_triples_read(files[i], i > 0 ? one->triples : NULL, &options,
                                      sets.entities, sets.relations, triples[i], NULL));
cleanup:
    data_triple_sets_clear(&sets);
    return status;
}

static void check_message(const malformed_case *one) {
    const char *message = gnn_last_error();
    ck_assert_msg(strchr(message, '\n') == NULL, "%s: more than one line", one->name);
    for (int i = 0; i < MALFORMED_WORDS && one->says[i] != NULL; i++)
        ck_assert_msg(strstr(message, one->says[i]) != NULL, "%s: '%s' lacks '%s'",
                      one->name, message, one->says[i]);
}

START_TEST(every_case_fails_as_it_should) {
    ck_assert_uint_ge(n_malformed_cases, 45);
    for (size_t i = 0; i < n_malformed_cases; i++) {
        const malformed_case *one = &malformed_cases[i];
        enter(i);
        int64_t live = gnn_i_alloc_live();
        gnn_status status = read_case(one);
        gnn_status expected = one->status != GNN_OK ? one->status : GNN_ERR_INPUT;
        ck_assert_msg(status == expected, "%s: gave %s: %s", one->name,
                      gnn_status_name(status), status == GNN_OK ? "" : gnn_last_error());
        check_message(one);
        ck_assert_msg(gnn_i_alloc_live() == live, "%s: leaks", one->name);
    }
}
END_TEST

START_TEST(cases_differ) {
    for (size_t i = 0; i < n_malformed_cases; i++)
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(malformed_cases[i].name, malformed_cases[j].name);
}
END_TEST

/* With too little memory a malformed file gives either error, but never leaks. */
START_TEST(failing_allocations_on_the_way) {
    for (size_t i = 0; i < n_malformed_cases; i++) {
        const malformed_case *one = &malformed_cases[i];
        enter(i);
        gnn_status expected = one->status != GNN_OK ? one->status : GNN_ERR_INPUT;
        gnn_status status = GNN_ERR_MEMORY;
        for (int64_t allowed = 0; status == GNN_ERR_MEMORY && allowed < 500; allowed++) {
            int64_t live = gnn_i_alloc_live();
            gnn_i_alloc_fail_after(allowed);
            status = read_case(one);
            gnn_i_alloc_fail_after(-1);
            ck_assert_msg(gnn_i_alloc_live() == live, "%s: leaks with %d allocations",
                          one->name, (int)allowed);
        }
        ck_assert_msg(status == expected, "%s: %s: %s", one->name,
                      gnn_status_name(status), gnn_last_error());
    }
}
END_TEST

TESTS("data/malformed", 60, every_case_fails_as_it_should, cases_differ,
      failing_allocations_on_the_way)
