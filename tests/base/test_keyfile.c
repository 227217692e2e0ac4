/* test_keyfile.c - a key is made once, for its owner only, and read whole or not at all. */
#include "base/keyfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static void made_once(void **state) {
    (void)state;
    char folder[] = "/tmp/taizhang-keyfile-XXXXXX", path[64];
    unsigned char one[32] = {0}, two[32] = {0}, zero[32] = {0};
    struct stat s;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/a.key", folder);
    assert_int_equal(keyfile_read(path, one, sizeof one), FAULT_ABSENT);
    assert_int_equal(keyfile_make(path, one, sizeof one), FAULT_NONE);
    assert_memory_not_equal(one, zero, sizeof one);
    assert_int_equal(keyfile_make(path, two, sizeof two), FAULT_NONE);
    assert_memory_equal(one, two, sizeof one);
    assert_int_equal(stat(path, &s), 0);
    assert_int_equal(s.st_mode & 0777, 0600);
    assert_int_equal(keyfile_read(path, two, 31), FAULT_FILE);
    assert_int_equal(truncate(path, 31), 0);
    memset(two, 0, sizeof two);
    assert_int_equal(keyfile_make(path, two, sizeof two), FAULT_FILE); /* damaged: never replaced */
    assert_memory_equal(two, zero, sizeof two);
    unlink(path);
    rmdir(folder);
    assert_int_equal(keyfile_make(path, two, sizeof two), FAULT_FILE);
}

int main(void) {
    cmocka_set_message_output(CM_OUTPUT_TAP);
    const struct CMUnitTest tests[] = {cmocka_unit_test(made_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
