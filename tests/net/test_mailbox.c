/* test_mailbox.c - the conversation with a mailbox's server: only looking, from where it was read, and servers that do not keep to the protocol. */
#include "imap_script.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

struct seen {
    size_t count;
    char first[100];
    enum fault answer;
};

static enum fault see(void *context, const char *bytes, size_t length) {
    struct seen *seen = context;
    if (!seen->count++) snprintf(seen->first, sizeof seen->first, "%.*s", (int)length, bytes);
    return seen->answer;
}

static enum fault talk(const char *says, size_t piece, struct mailbox_place *place, struct seen *seen, struct script *script,
                       char why[MAIL_WHY]) {
    *script = (struct script){.bytes = says, .length = strlen(says), .piece = piece};
    return mailbox_talk(&(struct mailbox_wire){script, script_receive, script_send}, "INBOX", place, see, seen, why);
}

#define OPENED "L1 OK\r\n* 3 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 4] next\r\nL2 OK [READ-ONLY] done\r\n"

static void letters_are_read_and_nothing_is_changed(void **state) {
    (void)state;
    static const char says[] = OPENED "* 1 FETCH (UID 1 BODY[]<0> {5}\r\nhello)\r\n* 2 FETCH (UID 2 FLAGS ())\r\n"
                                      "* 3 FETCH (BODY[]<0> {6}\r\nL3 OK\n UID 3)\r\nL3 OK done\r\n";
    for (size_t piece = 1; piece < 200; piece++) {
        struct mailbox_place place = {0, 0};
        struct seen seen = {0};
        struct script script;
        char why[MAIL_WHY];
        assert_int_equal(talk(says, piece, &place, &seen, &script, why), FAULT_NONE);
        assert_int_equal(seen.count, 2);
        assert_string_equal(seen.first, "hello");
        assert_int_equal(place.validity, 7);
        assert_int_equal(place.uid, 3);
        assert_string_equal(script.told, "L1 ID (\"name\" \"taizhang\")\r\nL2 EXAMINE \"INBOX\"\r\n"
                                         "L3 UID FETCH 1:3 (UID BODY.PEEK[]<0.131072>)\r\nL4 LOGOUT\r\n");
    }
}

static void it_goes_on_from_its_place(void **state) {
    (void)state;
    struct mailbox_place place = {7, 3};
    struct seen seen = {0};
    struct script script;
    char why[MAIL_WHY];
    assert_int_equal(talk(OPENED, 100, &place, &seen, &script, why), FAULT_NONE);
    assert_int_equal(seen.count, 0);
    place = (struct mailbox_place){6, 900}; /* the server made the mailbox anew: numbers of before mean nothing */
    assert_int_equal(talk(OPENED "* 1 FETCH (BODY[] {2}\r\nab)\r\nL3 OK\r\n", 100, &place, &seen, &script, why), FAULT_NONE);
    assert_int_equal(seen.count, 1);
    assert_int_equal(place.uid, 3);
    place = (struct mailbox_place){7, 0};
    seen = (struct seen){.answer = FAULT_STORE}; /* could not be kept: read again next time */
    assert_int_equal(talk(OPENED "* 1 FETCH (BODY[] {2}\r\nab)\r\nL3 OK\r\n", 100, &place, &seen, &script, why), FAULT_STORE);
    assert_int_equal(place.uid, 0);
}

static void servers_that_do_not_keep_to_it(void **state) {
    (void)state;
    static const struct {
        const char *says, *why;
    } cases[] = {
        {"", "hung up"},
        {"L1 OK\r\nL2 NO [NONEXISTENT] no such \x1b[31mbox\r\n", "EXAMINE \"INBOX\": NO [NONEXISTENT] no such"},
        {"L1 OK\r\nL2 OK\r\n", "does not number"},
        {"L1 OK\r\n* OK [UIDVALIDITY -1]\r\n* OK [UIDNEXT 4]\r\nL2 OK\r\n", "does not number"},
        {"* BYE too busy\r\n", "BYE too busy"},
        {OPENED "* 1 FETCH (BODY[] {99999999}\r\n", "more than was asked for"},
        {OPENED "* 1 FETCH (BODY[] {9}\r\nabc", "hung up"},
        {OPENED "L3 NO cannot\r\n", "NO cannot"},
    };
    for (size_t i = 0; i < COUNT_OF(cases); i++) {
        struct mailbox_place place = {0, 0};
        struct seen seen = {0};
        struct script script;
        char why[MAIL_WHY];
        assert_int_equal(talk(cases[i].says, 7, &place, &seen, &script, why), FAULT_BUSY);
        if (!strstr(why, cases[i].why) || strchr(why, 0x1b)) fail_msg("%zu: %s", i, why);
        assert_int_equal(place.uid, 0);
    }
    static char endless[20000];
    memset(endless, 'x', sizeof endless - 1);
    struct mailbox_place place = {0, 0};
    struct seen seen = {0};
    struct script script;
    char why[MAIL_WHY];
    assert_int_equal(talk(endless, 4096, &place, &seen, &script, why), FAULT_BUSY);
    assert_non_null(strstr(why, "too long"));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(letters_are_read_and_nothing_is_changed),
                                       cmocka_unit_test(it_goes_on_from_its_place),
                                       cmocka_unit_test(servers_that_do_not_keep_to_it)};
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
