/* test_id.c - ids: text form, order, and refusal of what is not an id. */
#include "testing.h"

#include "base/digest.h"
#include "base/id.h"

static void round_trip(void **state) {
    (void)state;
    for (int i = 0; i < 20000; i++) {
        struct id id, back;
        random_bytes(id.bytes, ID_BYTES);
        char text[ID_TEXT];
        id_format(&id, text);
        assert_int_equal(strlen(text), ID_TEXT - 1);
        assert_true(id_parse(text, &back));
        assert_true(id_same(&id, &back));
    }
}

static void known_forms(void **state) {
    (void)state;
    struct id id = {{0}};
    char text[ID_TEXT];
    assert_true(id_is_zero(&id));
    id_format(&id, text);
    assert_string_equal(text, "00000000000000000000000000");
    memset(id.bytes, 0xff, ID_BYTES);
    id_format(&id, text);
    assert_string_equal(text, "7zzzzzzzzzzzzzzzzzzzzzzzzz");
    memset(id.bytes, 0, ID_BYTES);
    id.bytes[ID_BYTES - 1] = 33;
    assert_false(id_is_zero(&id));
    id_format(&id, text);
    assert_string_equal(text, "00000000000000000000000011");
}

static void text_sorts_by_time(void **state) {
    (void)state;
    char before[ID_TEXT] = "", text[ID_TEXT];
    for (int64_t ms = 1500000000000; ms < 1500000000000 + 5000000; ms += 997) {
        struct id id = id_make(ms);
        id_format(&id, text);
        assert_true(strcmp(before, text) < 0);
        memcpy(before, text, ID_TEXT);
        int64_t made = 0;
        for (int i = 0; i < 6; i++) made = made << 8 | id.bytes[i];
        assert_int_equal(made, ms);
    }
    struct id a = id_make(1), b = id_make(1);
    assert_false(id_same(&a, &b));
}

static void not_ids(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "0",
                                      "80000000000000000000000000",
                                      "zzzzzzzzzzzzzzzzzzzzzzzzzz",
                                      "0000000000000000000000000",
                                      "000000000000000000000000000",
                                      "0000000000000000000000000i",
                                      "0000000000000000000000000u",
                                      "0000000000000000000000000A",
                                      "0000000000000000000000000 ",
                                      "-0000000000000000000000000"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct id out;
        memset(&out, 0x5a, sizeof out);
        if (id_parse(bad[i], &out)) fail_msg("“%s” was read", bad[i]);
        assert_int_equal(out.bytes[0], 0x5a); /* untouched */
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(round_trip),
        cmocka_unit_test(known_forms),
        cmocka_unit_test(text_sorts_by_time),
        cmocka_unit_test(not_ids),
    };
    return RUN_TESTS(tests);
}
