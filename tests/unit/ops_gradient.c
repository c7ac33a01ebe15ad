/* Every example of every op: its gradient against central differences (in the double
 * build). */
#include "support/op_cases.h"

#include "ops/registry.h"

/* A file of the library that has no example would never be looked at. */
START_TEST(every_op_has_a_case) {
    for (size_t i = 0; i < gnn_i_op_count(); i++) {
        const gnn_i_op *op = gnn_i_op_get(i);
        bool found = false;
        for (size_t k = 0; k < op_case_count(); k++)
            found |= strcmp(op_case_get(k)->op, op->name) == 0;
        if (!found) ck_abort_msg("op %s has no case in tests/cases.def", op->name);
        ck_assert_msg(op->formula && op->formula[0], "op %s has no formula", op->name);
    }
}
END_TEST

START_TEST(every_case_names_an_op) {
    for (size_t k = 0; k < op_case_count(); k++) {
        bool found = false;
        for (size_t i = 0; i < gnn_i_op_count(); i++)
            found |= strcmp(gnn_i_op_get(i)->name, op_case_get(k)->op) == 0;
        if (!found) ck_abort_msg("there is no op %s", op_case_get(k)->op);
    }
}
END_TEST

START_TEST(gradients_agree_with_differences) {
    op_world w;
    ck_assert_ok(op_world_new(0, &w));
    for (size_t k = 0; k < op_case_count(); k++) {
        const op_case *c = op_case_get(k);
        gnn_tensor *x[OP_MAX_INPUTS];
        int n;
        ck_assert_ok(op_case_tensors(c, &w, &n, x));
        op_run run = {c, &w};
        support_check_gradient(c->name, op_run_function, &run, n, x);
        op_case_free_tensors(n, x);
    }
    op_world_clear(&w);
}
END_TEST

TESTS("ops/gradient", 120, every_op_has_a_case, every_case_names_an_op,
      gradients_agree_with_differences)
