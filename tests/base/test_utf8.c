/* test_utf8.c - strict UTF-8 against the table of well-formed sequences of the Unicode standard (table 3-7). */
#include "testing.h"

#include "base/utf8.h"

#include <stdbool.h>

static bool between(unsigned v, unsigned low, unsigned high) { return v >= low && v <= high; }

/* The standard's table, row by row: the length of the sequence that begins at b, or 0. An oracle of another shape than the code. */
static size_t table_length(const unsigned char *b, size_t n) {
    static const struct {
        unsigned char low, high, low2, high2;
        size_t length;
    } rows[] = {{0x00, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
                {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
                {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4}};
    for (size_t r = 0; n && r < sizeof rows / sizeof *rows; r++) {
        if (!between(b[0], rows[r].low, rows[r].high)) continue;
        if (rows[r].length > n) return 0;
        for (size_t i = 1; i < rows[r].length; i++)
            if (!between(b[i], i == 1 ? rows[r].low2 : 0x80, i == 1 ? rows[r].high2 : 0xbf)) return 0;
        return rows[r].length;
    }
    return 0;
}

static void every_pair_of_bytes(void **state) {
    (void)state;
    static const unsigned char tails[] = {0x00, 0x7f, 0x80, 0xbf, 0xc0, 0xff};
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            for (size_t c = 0; c < sizeof tails; c++)
                for (size_t d = 0; d < sizeof tails; d++)
                    for (size_t n = 0; n <= 4; n++) {
                        unsigned char s[4] = {(unsigned char)a, (unsigned char)b, tails[c], tails[d]};
                        uint32_t character = 0;
                        if (utf8_decode((char *)s, n, &character) != table_length(s, n))
                            fail_msg("%02x %02x %02x %02x, %zu bytes", s[0], s[1], s[2], s[3], n);
                    }
}

static void every_character_round_trips(void **state) {
    (void)state;
    for (uint32_t c = 0; c <= 0x10ffff; c++) {
        if (c >= 0xd800 && c < 0xe000) continue;
        char bytes[4];
        size_t n = utf8_encode(c, bytes);
        uint32_t back = ~c;
        if (n != table_length((unsigned char *)bytes, n) || utf8_decode(bytes, n, &back) != n || back != c) fail_msg("U+%04X", c);
        if (n > 1 && utf8_decode(bytes, n - 1, &back)) fail_msg("U+%04X cut short", c);
    }
}

static void texts(void **state) {
    (void)state;
    assert_true(utf8_valid("", 0));
    assert_true(utf8_valid("台账 a😀", strlen("台账 a😀")));
    assert_true(utf8_valid("a\0b", 3));
    assert_false(utf8_valid("台\xcc", 4));
    assert_false(utf8_valid("\xd6\xd0\xce\xc4", 4)); /* 中文 in GB18030 */
    assert_int_equal(utf8_count("台账 a😀"), 5);
    assert_int_equal(utf8_count(""), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_pair_of_bytes),
        cmocka_unit_test(every_character_round_trips),
        cmocka_unit_test(texts),
    };
    return RUN_TESTS(tests);
}
