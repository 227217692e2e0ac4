/* test_fault.c - the fault table: complete, with distinct words and exit statuses, and as docs/operations.md lists it. */
#include "testing.h"

#include "base/fault.h"

static void table_is_complete(void **state) {
    (void)state;
    assert_int_equal(fault_http_status(FAULT_NONE), 200);
    assert_int_equal(fault_exit_status(FAULT_NONE), 0);
    for (enum fault f = FAULT_INPUT; f < FAULT_COUNT; f++) {
        assert_in_range(fault_http_status(f), 400, 599);
        assert_in_range(fault_exit_status(f), 64, 113); /* clear of 1 and 2, of the shell's 126–165 */
        assert_non_null(fault_word(f));
        assert_true(strlen(fault_sentence(f)) > 3);
    }
}

static void words_and_exits_are_distinct(void **state) {
    (void)state;
    for (enum fault f = FAULT_NONE; f < FAULT_COUNT; f++)
        for (enum fault g = FAULT_NONE; g < f; g++) {
            assert_string_not_equal(fault_word(f), fault_word(g));
            assert_int_not_equal(fault_exit_status(f), fault_exit_status(g));
        }
}

static void known_faults(void **state) {
    (void)state;
    assert_int_equal(fault_http_status(FAULT_LARGE), 413);
    assert_int_equal(fault_http_status(FAULT_SIGNIN), 401);
    assert_int_equal(fault_http_status(FAULT_RIGHT), 403);
    assert_int_equal(fault_http_status(FAULT_ABSENT), 404);
    assert_int_equal(fault_http_status(FAULT_CONFLICT), 409);
    assert_int_equal(fault_exit_status(FAULT_USAGE), 64);
    assert_int_equal(fault_exit_status(FAULT_TAMPERED), 70);
    assert_string_equal(fault_word(FAULT_TAMPERED), "tampered");
}

static void manual_lists_every_exit_status(void **state) {
    (void)state;
    FILE *f = fopen(OPERATIONS_PAGE, "r");
    assert_non_null(f);
    static char page[200000];
    size_t length = fread(page, 1, sizeof page - 1, f);
    fclose(f);
    page[length] = 0;
    for (enum fault fault = FAULT_NONE; fault < FAULT_COUNT; fault++) {
        char row[100];
        snprintf(row, sizeof row, "| %d | `%s` |", fault_exit_status(fault), fault_word(fault));
        if (!strstr(page, row)) fail_msg("docs/operations.md lacks the row “%s”", row);
    }
}

static void beyond_the_table(void) { (void)fault_word(FAULT_COUNT); }
static void unknown_fault_aborts(void **state) {
    (void)state;
    assert_true(test_aborts(beyond_the_table));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(table_is_complete),    cmocka_unit_test(words_and_exits_are_distinct),
        cmocka_unit_test(known_faults),         cmocka_unit_test(manual_lists_every_exit_status),
        cmocka_unit_test(unknown_fault_aborts),
    };
    return RUN_TESTS(tests);
}
