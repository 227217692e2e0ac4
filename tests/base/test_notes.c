/* test_notes.c - remarks: order, copies, arguments, and the limit of their number. */
#include "testing.h"

#include "base/notes.h"

static void told_in_order(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 100000);
    struct notes n;
    notes_init(&n, &a);
    char place[20] = "Sheet1!C7", arg[20] = "2019-13-01";
    note_add(&n, place, "应为日期，如 {0}，而不是 {1}", "2019-03-01", arg);
    memset(place, 'x', 19);
    memset(arg, 'x', 19); /* both were copied */
    note_add(&n, NULL, "缺少标题行");
    assert_int_equal(n.count, 2);
    assert_string_equal(n.first->place, "Sheet1!C7");
    assert_string_equal(n.first->args[1], "2019-13-01");
    assert_null(n.first->args[2]);
    assert_string_equal(n.first->next->place, "");
    assert_ptr_equal(n.last, n.first->next);
    assert_null(n.last->next);
    _cleanup_(text_release) struct text out;
    text_init(&out, 1000);
    note_fill(&out, n.first->sentence, n.first->args);
    assert_string_equal(out.at, "应为日期，如 2019-03-01，而不是 2019-13-01");
}

static void filling(void **state) {
    (void)state;
    const char *const args[NOTE_ARGS] = {"{1}", "b", NULL, "d"};
    _cleanup_(text_release) struct text out;
    text_init(&out, 1000);
    note_fill(&out, "{1}{0}{2}{3}{4}{x}{", args);
    assert_string_equal(out.at, "b{1}d{4}{x}{"); /* an argument is never filled again */
}

static void limits(void **state) {
    (void)state;
    _cleanup_(arena_release) struct arena a;
    arena_init(&a, 1 << 20);
    struct notes n;
    notes_init(&n, &a);
    for (int i = 0; i < NOTES_MAX + 50; i++) note_add(&n, "p", "s", "1", "2", "3", "4");
    assert_int_equal(n.count, NOTES_MAX + 50);
    unsigned kept = 0;
    for (struct note *note = n.first; note; note = note->next) kept++;
    assert_int_equal(kept, NOTES_MAX);
    assert_string_equal(n.last->args[3], "4");
    note_add((struct notes *)NULL, "p", "s"); /* nobody listens */
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(told_in_order), cmocka_unit_test(filling), cmocka_unit_test(limits)};
    return RUN_TESTS(tests);
}
