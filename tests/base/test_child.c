/* test_child.c - a child gets its input, gives its output, and is stopped at each of its limits. */
#include "base/child.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const struct child_limits usual = {5000, 2, (size_t)256 << 20, 1 << 20};

static enum fault run(const char *script, const char *input, size_t length, const struct child_limits *limits, struct text *out) {
    const char *const argv[] = {"/bin/sh", "-c", script, NULL};
    text_clear(out);
    return child_run(argv, input, length, limits, out);
}

static void input_comes_back(void **state) {
    (void)state;
    _cleanup_(text_release) struct text out, large;
    text_init(&out, 4 << 20);
    text_init(&large, 1 << 20);
    assert_int_equal(run("cat", "abc", 3, &usual, &out), FAULT_NONE);
    assert_string_equal(out.at, "abc");
    assert_int_equal(run("cat", "", 0, &usual, &out), FAULT_NONE);
    assert_string_equal(out.at, "");
    for (int i = 0; i < 900000; i++) text_addc(&large, (char)('a' + i % 26)); /* more than both pipes hold */
    assert_int_equal(run("cat", large.at, large.length, &usual, &out), FAULT_NONE);
    assert_int_equal(out.length, large.length);
    assert_memory_equal(out.at, large.at, large.length);
}

static void a_child_that_does_not_read(void **state) {
    (void)state;
    _cleanup_(text_release) struct text out, large;
    text_init(&out, 1 << 20);
    text_init(&large, 1 << 20);
    while (large.length < 900000) text_add(&large, "0123456789");
    assert_int_equal(run("echo enough", large.at, large.length, &usual, &out), FAULT_NONE);
    assert_string_equal(out.at, "enough\n");
}

static void ends(void **state) {
    (void)state;
    _cleanup_(text_release) struct text out;
    text_init(&out, 8 << 20);
    const char *const absent[] = {"/nothing/here", NULL};
    assert_int_equal(child_run(absent, "", 0, &usual, &out), FAULT_ABSENT);
    assert_int_equal(run("exit 3", "", 0, &usual, &out), FAULT_INPUT);
    assert_int_equal(run("kill -SEGV $$", "", 0, &usual, &out), FAULT_INPUT);
    struct child_limits l = usual;
    l.deadline_ms = 200;
    assert_int_equal(run("exec sleep 30", "", 0, &l, &out), FAULT_BUSY);
    assert_int_equal(run("exec >&-; exec sleep 30", "", 0, &l, &out), FAULT_BUSY);
    l = usual;
    l.processor_s = 1;
    assert_int_equal(run("while :; do :; done", "", 0, &l, &out), FAULT_INPUT);
    l = usual;
    l.output_max_bytes = 100000;
    assert_int_equal(run("while :; do echo 0123456789; done", "", 0, &l, &out), FAULT_LARGE);
}

static void it_has_nothing_of_ours(void **state) {
    (void)state;
    _cleanup_(text_release) struct text out;
    text_init(&out, 1 << 20);
    assert_int_equal(run("env | sort | grep -v -e ^PWD= -e ^_= -e ^SHLVL= -e ^OLDPWD=; ls /proc/self/fd | wc -l; grep NoNewPrivs "
                         "/proc/self/status",
                         "", 0, &usual, &out),
                     FAULT_NONE);
    assert_string_equal(out.at,
                        "LANG=C.UTF-8\nPATH=/usr/bin:/bin\n4\nNoNewPrivs:\t1\n"); /* the fourth descriptor is the listing's own */
    assert_int_equal(run("echo x > /tmp/child-wrote && head -c 10 /tmp/child-wrote", "", 0, &usual, &out), FAULT_INPUT);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(input_comes_back), cmocka_unit_test(a_child_that_does_not_read),
                                       cmocka_unit_test(ends), cmocka_unit_test(it_has_nothing_of_ours)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
