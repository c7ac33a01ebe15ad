#include "support/support.h"

#include <pthread.h>

START_TEST(every_status_has_a_name) {
    for (int s = 0; s < GNN_N_STATUS; s++) {
        const char *name = gnn_status_name((gnn_status)s);
        ck_assert_msg(strncmp(name, "GNN_", 4) == 0, "status %d is called '%s'", s, name);
    }
    ck_assert_str_eq(gnn_status_name((gnn_status)-1), "unknown status");
    ck_assert_str_eq(gnn_status_name(GNN_N_STATUS), "unknown status");
}
END_TEST

START_TEST(message_is_kept_and_replaced) {
    ck_assert_str_eq(gnn_last_error(), "");
    ck_assert_int_eq(gnn_fail(GNN_ERR_INPUT, "%s:%d: bad", "a.tsv", 7), GNN_ERR_INPUT);
    ck_assert_str_eq(gnn_last_error(), "a.tsv:7: bad");
    /* A message may be wrapped into the next. */
    gnn_fail(GNN_ERR_SHAPE, "while reading: %s", gnn_last_error());
    ck_assert_str_eq(gnn_last_error(), "while reading: a.tsv:7: bad");
}
END_TEST

START_TEST(message_stays_one_line_and_bounded) {
    gnn_fail(GNN_ERR_INPUT, "id 'a\nb\t\x1b[31m\x7f' é");
    ck_assert_str_eq(gnn_last_error(), "id 'a?b??[31m?' é");

    char text[4000];
    memset(text, 'x', sizeof text);
    text[sizeof text - 1] = '\0';
    gnn_fail(GNN_ERR_INPUT, "%s", text);
    size_t length = strlen(gnn_last_error());
    ck_assert_uint_eq(length, 1023);
    ck_assert_str_eq(gnn_last_error() + length - 4, "x...");
}
END_TEST

static void *fail_elsewhere(void *result) {
    *(bool *)result = gnn_last_error()[0] == '\0';
    gnn_fail(GNN_ERR_MEMORY, "of the other thread");
    return NULL;
}

START_TEST(each_thread_has_its_message) {
    pthread_t thread;
    bool was_empty = false;
    gnn_fail(GNN_ERR_INPUT, "of this thread");
    ck_assert_int_eq(pthread_create(&thread, NULL, fail_elsewhere, &was_empty), 0);
    pthread_join(thread, NULL);
    ck_assert(was_empty);
    ck_assert_str_eq(gnn_last_error(), "of this thread");
}
END_TEST

static gnn_status half(int n, int *result) {
    gnn_status status = GNN_OK;
    GNN_CHECK(n % 2 == 0, GNN_ERR_ARGUMENT, "n is %d, need an even number", n);
    *result = n / 2;
cleanup:
    return status;
}

static gnn_status quarter(int n, int *result) {
    gnn_status status;
    GNN_TRY(half(n, result));
    GNN_TRY(half(*result, result));
cleanup:
    return status;
}

START_TEST(try_and_check_go_to_cleanup) {
    int result = 0;
    ck_assert_ok(quarter(12, &result));
    ck_assert_int_eq(result, 3);
    ck_assert_fails(quarter(6, &result), GNN_ERR_ARGUMENT, "n is 3, need an even number");
}
END_TEST

TESTS("core/status", 10, every_status_has_a_name, message_is_kept_and_replaced,
      message_stays_one_line_and_bounded, each_thread_has_its_message,
      try_and_check_go_to_cleanup)
