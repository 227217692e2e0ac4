/* test_log.c - log lines: one line an event whatever its values hold, levels, and overlong values. */
#include "testing.h"

#include "base/log.h"

#include <fcntl.h>

/* Runs `act` with standard error in a file and returns what it wrote there. */
static const char *written(void (*act)(void)) {
    static char text[20000];
    char name[] = "/tmp/test-log-XXXXXX";
    int file = mkstemp(name), saved = dup(STDERR_FILENO);
    assert_true(file >= 0 && saved >= 0);
    unlink(name);
    dup2(file, STDERR_FILENO);
    act();
    dup2(saved, STDERR_FILENO);
    close(saved);
    ssize_t n = pread(file, text, sizeof text - 1, 0);
    close(file);
    assert_true(n >= 0);
    text[n] = 0;
    return text;
}

static void hostile(void) { log_line(LOG_WARN_, "signin", "from", "a\nERROR forged\x1b[31m\"", "id", NULL); }
static void quiet(void) { log_line(LOG_DEBUG_, "detail", "a", "b"); }
static void plain(void) { log_line(LOG_INFO_, "start"); }
static void overlong(void) {
    static char value[20000];
    memset(value, 'v', sizeof value - 1);
    log_line(LOG_ERROR_, "big", "value", value, "after", "x");
}

static void one_line_an_event(void **state) {
    (void)state;
    const char *line = written(hostile);
    assert_non_null(strstr(line, " warn signin from=\"a\\nERROR forged\\u001b[31m\\\"\" id=\"\"\n"));
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_int_equal(line[4], '-');
    line = written(plain);
    assert_string_equal(line + 19, " info start\n");
}

static void levels(void **state) {
    (void)state;
    assert_string_equal(written(quiet), "");
    log_set_level(LOG_DEBUG_);
    assert_non_null(strstr(written(quiet), "debug detail a=\"b\"\n"));
    log_set_level(LOG_ERROR_);
    assert_string_equal(written(hostile), "");
    log_set_level(LOG_INFO_);
}

static void overlong_values(void **state) {
    (void)state;
    const char *line = written(overlong);
    assert_true(strlen(line) <= 8193);
    assert_int_equal(line[strlen(line) - 1], '\n');
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(one_line_an_event), cmocka_unit_test(levels),
                                       cmocka_unit_test(overlong_values)};
    return RUN_TESTS(tests);
}
